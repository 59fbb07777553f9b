"""Get Information About Schools (GIAS): schools and colleges in England.

Canonical columns: `publisher_id` (URN), `name`, `phase`, `status`, `uprn`, `postcode`, `easting`,
`northing` (EPSG:27700), `lad`. Closed schools and schools not open yet are set aside.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._places import on_grid
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import CRLF, dressed, whole, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import POSTCODE, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

HEADER = (
    "URN", "LA (code)", "LA (name)", "EstablishmentNumber", "EstablishmentName",
    "TypeOfEstablishment (name)", "EstablishmentStatus (name)", "PhaseOfEducation (name)",
    "Postcode", "Easting", "Northing", "UPRN", "DistrictAdministrative (code)",
    "DistrictAdministrative (name)",
)  # fmt: skip

LAYOUT = Layout(
    "Get Information About Schools",
    (
        Field("publisher_id", ("URN",), matches=r"\d{5,7}", fill_required=True),
        Field("name", ("EstablishmentName",), fill_required=True),
        Field("phase", ("PhaseOfEducation (name)",)),
        Field("status", ("EstablishmentStatus (name)",)),
        Field("uprn", ("UPRN",), "uprn", required=False),
        Field("postcode", ("Postcode",), "postcode", matches=POSTCODE),
        Field("easting", ("Easting",), "number"),
        Field("northing", ("Northing",), "number"),
        Field("lad", ("DistrictAdministrative (code)",), "code"),
    ),
    unique=("publisher_id",),
    detail="schools",
)

FORMAT = Format(
    key="schools",
    title="Get Information About Schools",
    dataset=lambda _detail: "gias-schools",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    status = reading.frame["status"].str.lower()
    reading = reading.without(status == "closed", "closed school")
    status = reading.frame["status"].str.lower()
    reading = on_grid(reading.without(status.str.startswith("proposed"), "school not open yet"))
    frame = reading.frame
    return replace(
        reading,
        frame=frame.assign(lad=frame["lad"].where(frame["lad"].str.match(r"[EW]\d{8}$"), "")),
    )


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice register (cp1252, CRLF) with the publisher's headers that are read."""
    work = frame.assign(easting=whole(frame["easting"]), northing=whole(frame["northing"]))
    columns = {
        "URN": "publisher_id", "EstablishmentName": "name", "PhaseOfEducation (name)": "phase",
        "EstablishmentStatus (name)": "status", "Postcode": "postcode", "Easting": "easting",
        "Northing": "northing", "UPRN": "uprn", "DistrictAdministrative (code)": "lad",
        "DistrictAdministrative (name)": "lad_name",
    }  # fmt: skip
    return write_table(dressed(work, HEADER, columns), path, encoding="cp1252", newline=CRLF)
