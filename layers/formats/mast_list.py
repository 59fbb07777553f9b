"""A user's list of mobile masts, existing or possible.

Canonical columns: `mast_id name operator height_m easting northing` (EPSG:27700; WGS84 degrees are
converted). Which operator is where is commercially sensitive: the file stays out of public outputs.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import commercial, positioned, with_positions, write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

LAYOUTS = with_positions(
    Layout(
        "list of masts",
        (
            Field("mast_id", ("mast_id", "Mast ID", "Mast reference"), fill_required=True),
            Field("name", ("name", "Site name"), required=False),
            Field("operator", ("operator", "Operators"), required=False),
            Field("height_m", ("height_m", "Height (m)"), "number", required=False, low=0, high=400),
        ),
        unique=("mast_id",),
        detail="masts",
        everyday=True,
    )
)  # fmt: skip

FORMAT = Format(
    key="mast_list",
    title="list of masts",
    dataset=lambda _detail: "mast-list",
    layouts=LAYOUTS,
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    return commercial(positioned(read_layout(look, source, layout)))


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list with National Grid positions."""
    return write_titles(frame, path, LAYOUTS[0])
