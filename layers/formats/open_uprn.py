"""OS Open UPRN: the position of every unique property reference number.

Canonical columns: `uprn`, `easting`, `northing` (EPSG:27700). It counts all addressable objects
(masts and substations too) and says nothing of their use.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats import Format
from layers.formats._places import off_grid, on_grid
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import CRLF, fixed, write_table
from layers.grid import to_lonlat
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import Keep, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

LAYOUT = Layout(
    "OS Open UPRN",
    (
        Field("uprn", ("UPRN",), "uprn", fill_required=True),
        Field("easting", ("X_COORDINATE",), "number", fill_required=True),
        Field("northing", ("Y_COORDINATE",), "number", fill_required=True),
    ),
    unique=("uprn",),
    detail="points",
    long=True,
    check=off_grid,
)

FORMAT = Format(
    key="open_uprn",
    title="OS Open UPRN",
    dataset=lambda _detail: "os-open-uprn",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
    stage=2,
    keep=lambda scope, _source, frame: scope.places(frame, "uprn"),
)


def read(look: Peek, source: SourceFile, layout: Layout, keep: Keep | None = None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    return finish(read_layout(look, source, layout, keep), layout)


def finish(reading: Reading, _layout: Layout) -> Reading:
    """Bring the rows of a file, or of a piece of one, into their canonical columns."""
    reading = on_grid(reading)
    nowhere = np.isnan(reading.frame["easting"].to_numpy(float))
    return reading.without(nowhere, "no position (0, 0)")


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice file as published: byte-order mark, CRLF, degrees to seven decimals."""
    longitude, latitude = to_lonlat(
        frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
    )
    out = pd.DataFrame(
        {
            "UPRN": frame["uprn"],
            "X_COORDINATE": fixed(frame["easting"], 2),
            "Y_COORDINATE": fixed(frame["northing"], 2),
            "LATITUDE": fixed(pd.Series(latitude, index=frame.index), 7),
            "LONGITUDE": fixed(pd.Series(longitude, index=frame.index), 7),
        }
    )
    return write_table(out, path, encoding="utf-8-sig", newline=CRLF)
