"""A study too large to be held at once, cut into parts: whole districts that lie together.

Parts decide who makes what, never what is made: no figure depends on how many there are.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["SQUARE_M", "parts_of", "reached", "squares"]

SQUARE_M = 1_000
# northings stay below this many squares
COLUMN = 10_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def parts_of(districts: gpd.GeoDataFrame, areas: pd.DataFrame, count: int) -> Ints:
    """Share districts out among parts of about as many small areas each.

    The districts are halved again and again across the longer side of where they lie.

    Parameters
    ----------
    districts
        `id geometry`, ordered by `id`.
    areas
        `lad`, one row a small area.
    count
        How many parts; no more than districts are made.

    Returns
    -------
    array
        The part of each small area.
    """
    middle: Floats = shapely.get_coordinates(shapely.centroid(districts.geometry.to_numpy()))
    ids = districts["id"].to_numpy()
    weight: Floats = (
        areas["lad"].value_counts().reindex(ids).fillna(0).to_numpy().astype(np.float64)
    )
    part = np.zeros(len(ids), dtype=np.int64)
    found = _halved(middle, weight, np.arange(len(ids)), min(count, len(ids)))
    for number, members in enumerate(found):
        part[members] = number
    of_area: Ints = part[pd.Index(ids).get_indexer(pd.Index(areas["lad"]))]
    return of_area


def _halved(middle: Floats, weight: Floats, members: NDArray[Any], count: int) -> list[Ints]:
    if count <= 1:
        return [members]
    here = middle[members]
    axis = int(np.argmax(np.ptp(here, axis=0)))
    order = members[np.lexsort((members, here[:, axis]))]
    first = count // 2
    heavy = np.cumsum(weight[order])
    cut = int(np.searchsorted(heavy, heavy[-1] * first / count)) + 1
    # either side needs a district for each of its parts
    cut = min(max(cut, first), len(order) - (count - first))
    return _halved(middle, weight, order[:cut], first) + _halved(
        middle, weight, order[cut:], count - first
    )


def squares(easting: Floats, northing: Floats) -> Ints:
    """Return a number for the square kilometre of each position in metres; -1 without one."""
    known = np.isfinite(easting) & np.isfinite(northing)
    x, y = np.where(known, easting, 0.0), np.where(known, northing, 0.0)
    number = np.floor(x / SQUARE_M) * COLUMN + np.floor(y / SQUARE_M)
    return np.where(known, number, -1).astype(np.int64)


def reached(easting: Floats, northing: Floats, reach_m: float) -> Ints:
    """Return the squares, each once, in which anything within a reach of some position can lie."""
    known = np.isfinite(easting) & np.isfinite(northing)
    x, y = easting[known], northing[known]
    steps = np.linspace(-reach_m, reach_m, int(np.ceil(2 * reach_m / SQUARE_M)) + 1)
    steps = np.unique(np.r_[steps, -reach_m, 0.0, reach_m])
    found = [np.unique(squares(x + east, y + north)) for east in steps for north in steps]
    return np.unique(np.concatenate(found))
