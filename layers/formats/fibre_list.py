"""A user's list of fibre that is there today: exchanges, cabinets, chambers and lengths of duct.

Canonical columns: `fibre_id kind name owner easting northing to_easting to_northing` (EPSG:27700). `kind`
is `exchange`, `cabinet`, `chamber` or `duct`; a duct with `to_easting to_northing` runs straight from one
end to the other, one without is a point where it can be joined. Where a network runs is commercially
and security sensitive: the file stays out of public outputs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats import Format
from layers.formats._plain import commercial, positioned, with_positions, write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "KINDS", "read", "write"]

KINDS = ("exchange", "cabinet", "chamber", "duct")
ENDS = ("to_easting", "to_northing")
LAYOUTS = with_positions(
    Layout(
        "list of fibre",
        (
            Field("fibre_id", ("fibre_id", "Fibre ID"), fill_required=True),
            Field("kind", ("fibre_kind", "kind"), fill_required=True),
            Field("name", ("name",), required=False),
            Field("owner", ("owner",), required=False),
            Field("to_easting", ("to_easting",), "number", required=False),
            Field("to_northing", ("to_northing",), "number", required=False),
        ),
        unique=("fibre_id",),
        detail="fibre",
        everyday=True,
    )
)

FORMAT = Format(
    key="fibre_list",
    title="list of fibre",
    dataset=lambda _detail: "fibre-list",
    layouts=LAYOUTS,
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = commercial(positioned(read_layout(look, source, layout)))
    kind = reading.frame["kind"].str.strip().str.lower()
    reading.frame["kind"] = kind
    reading = reading.without_bad(~kind.isin(KINDS), f"not one of {', '.join(KINDS)}", "kind")
    for name in ENDS:
        if name not in reading.frame:
            reading.frame[name] = np.nan
    halved = reading.frame[ENDS[0]].isna() != reading.frame[ENDS[1]].isna()
    return reading.without_bad(halved, "one coordinate of its far end is missing", ENDS[0])


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list with National Grid positions."""
    return write_titles(frame, path, LAYOUTS[0])
