"""A council's list of empty properties for business rates, by a mapping file beside it.

Councils publish no common layout. Canonical columns: `ba_reference uprn address postcode
description status empty_from relief rateable_value kind`; `kind` is `empty` where the list states
that the property is empty (or when it became so) and `relief` where only a relief or exemption code
says so, which is weaker evidence. Other rows are set aside. Who is liable is never taken in:
ratepayers may be persons.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats import Format
from layers.formats._plain import write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

EMPTY = r"\b(?:empty|vacant|void|unoccupied|y|yes|true|e|v)\b"
NOT_EMPTY = r"\b(?:not|non|part)\b|\boccupied\b|\bin use\b"
# empty-property relief and exemption codes of common rates systems begin so (EPRN, EPRI)
RELIEF = r"^(?:EPR|EMPTY|VOID|E\d)|empty|unoccupied|void"
LAYOUT = Layout(
    "business-rates empty properties",
    (
        Field("ba_reference", ("ba_reference", "BA reference", "Property Reference", "Billing Authority Reference"), fill_required=True),
        Field("address", ("address", "Property Address", "Full Property Address")),
        Field("postcode", ("postcode", "Post Code"), "postcode"),
        Field("status", ("status", "Occupied Status", "Occupation Status", "Empty Status")),
        Field("empty_from", ("empty_from", "Empty From", "Empty From Date", "Void From"), "date"),
        Field("relief", ("relief", "Relief", "Exemption", "Relief Type"), required=False),
        Field("uprn", ("uprn",), "uprn", required=False),
        Field("description", ("description", "Property Description", "Description"), required=False),
        Field("rateable_value", ("rateable_value", "Rateable Value", "Current Rateable Value"), "number", required=False, low=0),
    ),
    unique=("ba_reference",),
    detail="empties",
    everyday=True,
)  # fmt: skip

FORMAT = Format(
    key="rates_empties",
    title="business-rates empty properties",
    dataset=lambda _detail: "business-rates-empties",
    layouts=(
        LAYOUT,
        # a list without a status, or without a date, can still be mapped
        replace(
            LAYOUT,
            name="business-rates empty properties (by relief)",
            fields=tuple(
                replace(f, required=f.name in {"ba_reference", "address", "postcode", "relief"})
                for f in LAYOUT.fields
            ),
        ),
    ),
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    frame = reading.frame
    for name in ("status", "empty_from", "relief"):
        if name not in frame:
            frame = frame.assign(**{name: ""})
    status = frame["status"].str.strip()
    empty = status.str.contains(EMPTY, case=False) & ~status.str.contains(NOT_EMPTY, case=False)
    occupied = (status != "") & ~empty
    # an end date may stand in a second column; a start date with no status says the state
    empty |= (status == "") & (frame["empty_from"] != "")
    relief = ~empty & ~occupied & frame["relief"].str.contains(RELIEF, case=False)
    frame = frame.assign(kind=np.select([empty, relief], ["empty", "relief"], default=""))
    frame["kind"] = frame["kind"].astype("str")
    reading = replace(reading, frame=frame)
    return reading.without(frame["kind"] == "", "not said to be empty")


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list with the canonical names as headers."""
    return write_titles(frame, path, LAYOUT)
