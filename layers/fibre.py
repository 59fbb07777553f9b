"""Fibre that is there today: the study's own lists, and along which streets a duct can be re-used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.boundaries import Ground
from layers.ledger import Ledger, apart, newest_first, stack
from layers.parameters import Parameters
from layers.transport import MARGIN

__all__ = ["DUCT_MATCH", "along_ducts", "duct_lines", "listed_fibre"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DUCT_MATCH = "fibre.duct_match_m"
ENDS = ("to_easting", "to_northing")
COLUMNS = ("id", "src", "record", "name", "kind", "easting", "northing", *ENDS)


def listed_fibre(ledger: Ledger, ground: Ground, parameters: Parameters) -> pd.DataFrame | None:
    """Return the fibre of the study's own lists near the study area.

    Returns
    -------
    DataFrame or None
        `id src record name kind easting northing to_easting to_northing` (EPSG:27700; the last two
        where a duct runs to another point).
    """
    margin = parameters.value(MARGIN)
    parts: list[pd.DataFrame] = []
    for reading in newest_first(ledger.of("fibre_list")):
        frame = reading.frame
        x, y = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
        far = f"more than {margin:,.0f} m outside the study area"
        reasons = np.where(ground.near(x, y, margin), "", far).astype(object)
        ledger.settle(apart(reading, reasons))
        kept = frame.loc[reasons == ""]
        name = kept["name"] if "name" in kept else kept["fibre_id"]
        id_ = "fibre:" + reading.source.src + "/" + kept["fibre_id"].astype("str")
        parts.append(kept.assign(id=id_, name=name))
    made = stack(parts, COLUMNS)
    return made.sort_values("id", ignore_index=True) if len(made) else None


def duct_lines(listed: pd.DataFrame | None) -> NDArray[Any]:
    """Return the ducts of a list that run from one point to another, as lines in EPSG:27700."""
    if listed is None:
        return np.empty(0, dtype=object)
    rows = listed[(listed["kind"] == "duct") & listed[ENDS[0]].notna()]
    ends = rows[["easting", "northing", *ENDS]].to_numpy(float).reshape(-1, 2, 2)
    return np.asarray(shapely.linestrings(ends), dtype=object).reshape(-1)


def along_ducts(
    x: Floats,
    y: Floats,
    start: NDArray[Any],
    end: NDArray[Any],
    ducts: NDArray[Any],
    within_m: float,
) -> Bools:
    """Return which edges run along an existing duct: both ends and the middle are near one.

    Parameters
    ----------
    x, y
        Nodes in metres, EPSG:27700.
    start, end
        Node numbers of each edge.
    ducts
        Lines in EPSG:27700.
    """
    result = np.zeros(len(start), dtype=bool)
    if not len(ducts) or not len(result):
        return result
    middle = ((x[start] + x[end]) / 2, (y[start] + y[end]) / 2)
    tree = shapely.STRtree(ducts)
    result[:] = True
    for east, north in ((x[start], y[start]), middle, (x[end], y[end])):
        left = np.flatnonzero(result)
        near, _ = tree.query(
            shapely.points(east[left], north[left]), predicate="dwithin", distance=within_m
        )
        result[:] = False
        result[left[near]] = True
    return result
