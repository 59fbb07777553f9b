"""The form that a planner fills in at a building, read back as evidence about it.

Canonical columns: `site_id uprn site_name postcode visited_on visited_by_role occupancy
vacant_since vacant_area_m2 confirmed_by_role confirmed_on floor_area_nia_m2 condition
step_free_access asbestos fire power measured_download_mbps measured_upload_mbps heritage flood
disposal_plan photographs remarks`. Dates are ISO text; `occupancy` is `vacant`, `part vacant`,
`occupied` or empty (not known). A row that nobody filled in (no date of visit) is set aside. This
is no published format: maps write the blank form, and this reads it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, write_table
from layers.layouts import Field, Layout
from layers.ledger import apart
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["COLUMNS", "FORMAT", "read", "write"]

COLUMNS = {
    "site_id": "Site id", "uprn": "UPRN", "site_name": "Site name", "postcode": "Postcode",
    "visited_on": "Visited on", "visited_by_role": "Visited by (role)",
    "occupancy": "Occupancy (vacant, part vacant, occupied)", "vacant_since": "Vacant since",
    "vacant_area_m2": "Vacant area (m2)",
    "confirmed_by_role": "Vacancy confirmed by (asset manager's role)",
    "confirmed_on": "Vacancy confirmed on", "floor_area_nia_m2": "Floor area, net internal (m2)",
    "condition": "Condition", "step_free_access": "Step-free access", "asbestos": "Asbestos",
    "fire": "Fire", "power": "Power", "measured_download_mbps": "Measured download (Mbit/s)",
    "measured_upload_mbps": "Measured upload (Mbit/s)", "heritage": "Heritage", "flood": "Flood",
    "disposal_plan": "Disposal plan", "photographs": "Photographs", "remarks": "Remarks",
}  # fmt: skip
OCCUPANCY = r"(?i)vacant|part[ -]vacant|occupied"
NUMBERS = (
    "vacant_area_m2", "floor_area_nia_m2", "measured_download_mbps", "measured_upload_mbps",
)  # fmt: skip
DATES = ("visited_on", "vacant_since", "confirmed_on")
NOT_VISITED = "no date of visit: not filled in"
NEEDED = ("site_id", "visited_on", "occupancy", "confirmed_on")


def _field(name: str) -> Field:
    headers = (COLUMNS[name], name)
    if name in NUMBERS:
        return Field(name, headers, "number", required=False, low=0)
    if name in DATES:
        return Field(name, headers, "date", required=name in NEEDED)
    if name == "uprn":
        return Field(name, headers, "uprn", required=False)
    if name == "occupancy":
        return Field(name, headers, matches=OCCUPANCY)
    return Field(name, headers, required=name in NEEDED, fill_required=name == "site_id")


LAYOUT = Layout(
    "visit sheet",
    tuple(_field(name) for name in COLUMNS),
    unique=("site_id", "visited_on"),
    detail="visits",
)

FORMAT = Format(
    key="visit_sheet",
    title="visit sheet of buildings",
    dataset=lambda _detail: "visit-sheet",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    frame = reading.frame
    reasons = np.where(frame["visited_on"].fillna("") == "", NOT_VISITED, "").astype(object)
    kept = apart(reading, reasons)
    words = kept.frame["occupancy"].fillna("").str.lower().str.replace("-", " ")
    return replace(kept, frame=kept.frame.assign(occupancy=words))


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a form, blank or filled, from canonical columns."""
    headers = tuple(COLUMNS.values())
    columns = {title: name for name, title in COLUMNS.items()}
    return write_table(dressed(frame, headers, columns), path)
