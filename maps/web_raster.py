"""Rasters of the web map: a raster on the National Grid becomes a small picture in the page.

The page is drawn in Web Mercator, to which the National Grid lies at an angle: each pixel of the
picture takes the cell that it falls in (OSTN15), so that nothing is shifted and no value invented.
"""

from __future__ import annotations

import base64
import io
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from layers.grid import from_lonlat, to_lonlat
from maps.made_once import kept_with
from maps.style import CLASS_COLOURS
from maps.view import RasterView

__all__ = ["classes_of", "raster_data", "raster_legend"]

MOST_PIXELS = 1_400
EARTH_M = 6_378_137.0
Floats = NDArray[np.float64]


def classes_of(values: Floats, breaks: tuple[float, ...]) -> NDArray[np.int16]:
    """Return the class of each cell, -1 without data or below the first break.

    >>> classes_of(np.array([np.nan, 4, 5, 60]), (5, 50)).tolist()
    [-1, -1, 0, 1]
    """
    found = np.full(values.shape, -1, dtype=np.int16)
    for least in breaks:  # a few looks at all cells are sooner than a search for each
        found += values >= least  # no value reaches none
    return found


def _colours(raster: RasterView) -> list[str]:
    """Return a colour a class; dark is the widest gap, or the weakest coverage, as everywhere."""
    count = len(raster.breaks)
    picked = np.rint(np.linspace(0, len(CLASS_COLOURS) - 1, count)).astype(int)
    colours = [CLASS_COLOURS[i] for i in picked]
    return colours[::-1] if raster.deficit else colours


def raster_legend(raster: RasterView) -> list[tuple[str, str]]:
    """Return colour and words of each class, the lowest first."""
    edges = [f"{edge:g}" for edge in raster.breaks]
    words = [f"{low} to {high}" for low, high in pairwise(edges)]
    words = [f"{w} {raster.unit}".strip() for w in words]
    words.append(f"{edges[-1]} {raster.unit}".strip() + " and over")
    return list(zip(_colours(raster), words, strict=True))


def _mercator(latitude: Floats) -> Floats:
    return EARTH_M * np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2))


def _bounds(raster: RasterView) -> tuple[float, float, float, float]:
    rows, columns = raster.values.shape
    x = raster.left_m + raster.cell_m * np.array([0, columns, 0, columns])
    y = raster.top_m - raster.cell_m * np.array([0, 0, rows, rows])
    longitude, latitude = to_lonlat(x.astype(float), y.astype(float))
    return (
        float(longitude.min()),
        float(latitude.min()),
        float(longitude.max()),
        float(latitude.max()),
    )


@kept_with
def raster_data(raster: RasterView) -> dict[str, Any]:
    """Return a raster for the page: a picture as a data address, its bounds, its name."""
    rows, columns = raster.values.shape
    west, south, east, north = _bounds(raster)
    scale = min(1.0, MOST_PIXELS / max(rows, columns))
    height, width = (max(1, round(1.15 * n * scale)) for n in (rows, columns))
    across = west + (np.arange(width) + 0.5) * (east - west) / width
    low, high = _mercator(np.array([south, north]))
    up = high - (np.arange(height) + 0.5) * (high - low) / height
    down = np.degrees(2 * np.arctan(np.exp(up / EARTH_M)) - np.pi / 2)
    longitude, latitude = (grid.ravel() for grid in np.meshgrid(across, down))
    easting, northing = from_lonlat(longitude, latitude)
    column = np.floor((easting - raster.left_m) / raster.cell_m)
    row = np.floor((raster.top_m - northing) / raster.cell_m)
    with np.errstate(invalid="ignore"):
        inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    classes = np.full(len(easting), -1, dtype=np.int16)
    held = classes_of(raster.values, raster.breaks)
    classes[inside] = held[row[inside].astype(int), column[inside].astype(int)]
    picture = Image.fromarray((classes + 1).astype(np.uint8).reshape(height, width))
    palette = bytes.fromhex("000000" + "".join(c[1:] for c in _colours(raster)))
    picture.putpalette(palette)
    stream = io.BytesIO()
    picture.save(stream, format="PNG", optimize=True, transparency=0)
    return {
        "label": raster.label,
        "image": "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii"),
        "bounds": [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]],
    }
