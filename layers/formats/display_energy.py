"""Display energy certificates (DEC) of public buildings.

Canonical columns: `certificate uprn postcode property_type rating_band floor_area_m2 lodged`, as in
`epc_non_domestic`. The band is operational (energy used), not that of an EPC (energy the building
would need), and the two are not compared; the area is total useful floor area, measured like GIA.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

BANDS = ("A", "B", "C", "D", "E", "F", "G")
HEADER = (
    "LMK_KEY", "ADDRESS1", "ADDRESS2", "ADDRESS3", "POSTCODE", "BUILDING_REFERENCE_NUMBER",
    "CURRENT_OPERATIONAL_RATING", "YR1_OPERATIONAL_RATING", "YR2_OPERATIONAL_RATING",
    "OPERATIONAL_RATING_BAND", "PROPERTY_TYPE", "INSPECTION_DATE", "LOCAL_AUTHORITY",
    "LODGEMENT_DATE", "MAIN_BENCHMARK", "TOTAL_FLOOR_AREA", "OCCUPANCY_LEVEL", "UPRN",
)  # fmt: skip


def _layout(name: str, key: str, detail: str) -> Layout:
    return Layout(
        name,
        (
            Field("certificate", (key,), fill_required=True),
            Field("uprn", ("UPRN",), "uprn", required=False),
            Field("postcode", ("POSTCODE",), "postcode"),
            Field("property_type", ("PROPERTY_TYPE",), required=False),
            Field("rating_band", ("OPERATIONAL_RATING_BAND",), "code"),
            Field("floor_area_m2", ("TOTAL_FLOOR_AREA",), "number", low=0),
            Field("lodged", ("LODGEMENT_DATE",), "date", fill_required=True),
        ),
        unique=("certificate",),
        detail=detail,
    )


FORMAT = Format(
    key="display_energy",
    title="Display energy certificates",
    dataset=lambda _detail: "display-energy-certificates",
    layouts=(
        _layout("display energy certificates (legacy)", "LMK_KEY", "legacy"),
        _layout("display energy certificates", "certificate_number", "new"),
    ),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; only the newest certificate of a UPRN is kept in use."""
    reading = read_layout(look, source, layout)
    frame = reading.frame
    if "uprn" in frame:
        newest = frame[frame["uprn"].notna()].sort_values(["lodged", "record"], kind="stable")
        older = newest.index[newest.duplicated("uprn", keep="last")]
        reading = reading.without(
            frame.index.isin(older), "superseded by a newer certificate of the same UPRN"
        )
    frame = reading.frame
    frame = frame.assign(
        rating_band=frame["rating_band"].where(frame["rating_band"].isin(BANDS), "")
    )
    frame["floor_area_m2"] = frame["floor_area_m2"].mask(frame["floor_area_m2"] == 0)
    return replace(reading, frame=frame)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write practice certificates with the legacy header."""
    columns = {
        "LMK_KEY": "certificate", "POSTCODE": "postcode", "OPERATIONAL_RATING_BAND": "rating_band",
        "PROPERTY_TYPE": "property_type", "LODGEMENT_DATE": "lodged",
        "TOTAL_FLOOR_AREA": "floor_area_m2", "UPRN": "uprn",
    }  # fmt: skip
    return write_table(dressed(frame, HEADER, columns), path)
