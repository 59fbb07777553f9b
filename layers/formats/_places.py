"""Positions as publishers give them, made metres on the National Grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from layers.cells import counted
from layers.grid import from_lonlat, in_britain
from layers.source import Reading

__all__ = ["SWAPPED", "from_degrees", "looks_swapped", "off_grid", "on_grid"]

INSIDE_M = 1_000.0  # an easting and a northing that are on the grid
SWAPPED = "longitude and latitude are swapped"
OFF_GRID = "outside the cover of the National Grid transform"
Floats = np.ndarray


def looks_swapped(longitude: Floats, latitude: Floats) -> np.ndarray:
    """Whether pairs make a place in Great Britain only the other way round."""
    with np.errstate(invalid="ignore"):
        return (longitude > 49) & (longitude < 61.5) & (latitude > -9) & (latitude < 2.5)


def from_degrees(
    reading: Reading, longitude: str = "longitude", latitude: str = "latitude"
) -> Reading:
    """Turn columns of WGS84 degrees into `easting` and `northing`, filling only what is missing.

    Swapped pairs and places the transform does not cover are quarantined; (0, 0) means no position.
    The degree columns are dropped.
    """
    frame = reading.frame
    if longitude not in frame or latitude not in frame:
        return reading
    x = frame[longitude].to_numpy(dtype=float).copy()
    y = frame[latitude].to_numpy(dtype=float).copy()
    nowhere = ((x == 0) & (y == 0)) | (y > 99)
    x[nowhere], y[nowhere] = np.nan, np.nan
    need = ~(np.isnan(x) | np.isnan(y))
    if "easting" in frame:
        given = in_britain(frame["easting"].to_numpy(float), frame["northing"].to_numpy(float))
        need &= ~given
    easting, northing = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    if need.any():
        easting[need], northing[need] = from_lonlat(x[need], y[need])
    swapped = need & looks_swapped(x, y)
    outside = need & ~swapped & ~in_britain(easting, northing)
    frame = frame.copy()
    if "easting" in frame:
        frame["easting"] = frame["easting"].where(~need, easting)
        frame["northing"] = frame["northing"].where(~need, northing)
    else:
        frame["easting"], frame["northing"] = easting, northing
    reading = replace(reading, frame=frame)
    keep = ~swapped
    reading = reading.without_bad(swapped, SWAPPED, longitude)
    reading = reading.without_bad(outside[keep], OFF_GRID, longitude)
    return replace(reading, frame=reading.frame.drop(columns=[longitude, latitude]))


def on_grid(reading: Reading) -> Reading:
    """Quarantine filled positions that are off the National Grid; (0, 0) becomes missing, noted."""
    frame = reading.frame
    e, n = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
    zero = (e == 0) & (n == 0)
    if zero.any():
        frame = frame.copy()
        frame.loc[zero, ["easting", "northing"]] = np.nan
        reading = replace(reading, frame=frame).note(
            counted(int(zero.sum()), "row gives", "rows give")
            + " 0, 0 as position: taken as no position"
        )
    return reading.without_any_bad(off_grid({"easting": e, "northing": n}))


def off_grid(columns: Mapping[str, Any]) -> list[tuple[np.ndarray, str, str]]:
    """Find filled positions that are off the National Grid: which rows, why, and the column at fault.

    (0, 0) says that there is no position.
    """
    e, n = np.asarray(columns["easting"], float), np.asarray(columns["northing"], float)
    off = ~in_britain(e, n)
    if not off.any():
        return []
    off &= ~((e == 0) & (n == 0)) & ~np.isnan(e)
    east_only = off & ~in_britain(e, np.full(len(e), INSIDE_M))
    why = "off the National Grid"
    return [(east_only, why, "easting"), (off & ~east_only, why, "northing")]
