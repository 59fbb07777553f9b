"""Predicted signal strength on a grid, from a user's CSV: one row a cell, operator and technology.

Canonical columns: `easting northing operator technology rsrp_dbm`, positions the centre of a cell
(EPSG:27700). Where a column `corner` says `lower-left`, half a cell (`cell_m`, else 100 m) is added;
without it the centre is taken, and said. Per-operator predictions are outside the open licence: the
file stays out of public outputs.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats import Format
from layers.formats._plain import GRID, commercial, positioned, write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "RSRP", "read", "write"]

CELL_M = 100.0
# reported reference-signal powers run from -156 (3GPP TS 38.133) to about -30 dBm at a mast's foot
RSRP = Field(
    "rsrp_dbm", ("rsrp_dbm", "RSRP (dBm)", "SS-RSRP", "RSRP"), "number", low=-160, high=-20
)
LAYOUT = Layout(
    "predicted signal strength on a grid",
    (
        *GRID,
        Field("operator", ("operator",), fill_required=True),
        Field("technology", ("technology", "tech"), fill_required=True),
        RSRP,
        Field("corner", ("corner", "cell_reference"), required=False, matches=r"(?i)centre|center|lower-left"),
        Field("cell_m", ("cell_m",), "number", required=False, low=1, high=5000),
    ),
    unique=("easting", "northing", "operator", "technology"),
    never_has=("measured_at", "timestamp", "time"),
    detail="pixels",
    everyday=True,
)  # fmt: skip

FORMAT = Format(
    key="signal_pixels",
    title="predicted signal strength on a grid",
    dataset=lambda _detail: "operator-signal",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = positioned(read_layout(look, source, layout))
    reading = reading.without(reading.frame["rsrp_dbm"].isna(), "no prediction for the cell")
    frame = reading.frame
    if "corner" in frame and (frame["corner"] != "").any():
        half = frame.get("cell_m", pd.Series(np.nan, index=frame.index)).fillna(CELL_M) / 2
        shift = half.where(frame["corner"].str.lower() == "lower-left", 0.0)
        frame = frame.assign(easting=frame["easting"] + shift, northing=frame["northing"] + shift)
    else:
        reading = reading.note(
            "the file does not say whether positions are centres or corners of cells: centres taken"
        )
    frame = frame.drop(columns=[c for c in ("corner", "cell_m") if c in frame])
    return commercial(replace(reading, frame=frame))


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write practice predictions at the centres of cells."""
    return write_titles(frame, path, LAYOUT)
