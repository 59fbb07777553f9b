"""What the formats of a user's own lists share: positions, sensitivity, and their writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats._places import from_degrees, on_grid
from layers.formats._writing import dressed, write_table
from layers.layouts import Field, Layout
from layers.source import Reading

__all__ = ["DEGREES", "GRID", "commercial", "positioned", "with_positions", "write_titles"]

GRID = (
    Field("easting", ("easting", "Eastings", "X Co-ordinate", "GeoX"), "number"),
    Field("northing", ("northing", "Northings", "Y Co-ordinate", "GeoY"), "number"),
)
DEGREES = (
    Field("longitude", ("longitude", "lon", "lng", "long"), "number"),
    Field("latitude", ("latitude", "lat"), "number"),
)


def with_positions(layout: Layout, *, required: bool = True) -> tuple[Layout, Layout]:
    """Return a layout twice: with National Grid metres, and with WGS84 degrees."""
    made = [
        replace(layout, fields=(*layout.fields, *(replace(f, required=required) for f in pair)))
        for pair in (GRID, DEGREES)
    ]
    return made[0], made[1]


def positioned(reading: Reading, *, needed: bool = True) -> Reading:
    """Give every row `easting` and `northing`; rows without are quarantined where they are needed."""
    if "longitude" in reading.frame and "latitude" in reading.frame:
        reading = from_degrees(reading)
    frame = reading.frame
    if "easting" not in frame or "northing" not in frame:
        bare = [n for n in ("easting", "northing", "longitude", "latitude") if n in frame]
        frame = frame.drop(columns=bare).assign(easting=np.nan, northing=np.nan)
        reading = replace(reading, frame=frame)
    reading = on_grid(reading)
    if not needed:
        return reading
    lost = reading.frame["easting"].isna() | reading.frame["northing"].isna()
    return reading.without_bad(lost, "no position", "easting")


def commercial(reading: Reading) -> Reading:
    """Mark a file as commercially sensitive: it stays out of public outputs."""
    return replace(reading, source=replace(reading.source, sensitivity="commercial"))


def write_titles(frame: pd.DataFrame, path: Path, layout: Layout, more: Sequence[str] = ()) -> Path:
    """Write a practice list with a layout's own titles; `more` are extra columns, left as named."""
    columns = {f.title: f.name for f in layout.fields if f.required or f.name in frame}
    columns |= {name: name for name in more}
    return write_table(dressed(frame, tuple(columns), columns), path)
