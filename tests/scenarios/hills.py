"""Small made grounds for the radio tests: flat, walled, hilly; and carriers and masts on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.parameters import shipped
from layers.rasters import Raster
from scenarios.transmitters import Carrier, masts_from

LEFT, TOP = 400_000.0, 290_000.0


def raster(values, cell=10.0):
    return Raster(np.asarray(values, dtype=np.float32), LEFT, TOP, cell)


def flat(rows=101, columns=101, height=100.0, cell=10.0):
    return raster(np.full((rows, columns), height), cell)


def hills(size=120, cell=10.0, seed=4):
    """Rolling ground, and the same with buildings on a seventh of it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size]
    ground = 120 + 15 * np.sin(x / 17) + 10 * np.cos(y / 23) + 4 * np.sin((x + y) / 7)
    roofs = np.where(rng.random((size, size)) < 0.15, rng.uniform(5, 14, (size, size)), 0.0)
    return raster(ground, cell), raster(ground + roofs, cell)


def at(row, column, cell=10.0):
    """Easting and northing of a cell's centre."""
    return LEFT + (column + 0.5) * cell, TOP - (row + 0.5) * cell


def carrier(group="radio.macro_3500", environment="uma", level="high"):
    return Carrier.of(shipped(), group, environment, level)


def masts(*cells, height=25.0, on=None, cell=10.0):
    """Masts at (row, column) cells."""
    rows = [
        {
            "id": f"m{i}",
            "easting": at(r, c, cell)[0],
            "northing": at(r, c, cell)[1],
            "height_m": height,
        }
        for i, (r, c) in enumerate(cells)
    ]
    frame = pd.DataFrame(rows, columns=["id", "easting", "northing", "height_m"])
    return masts_from(frame, on or carrier())
