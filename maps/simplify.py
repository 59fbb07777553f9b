"""Outlines light enough to send, with neighbours still sharing their borders.

Coordinates travel as text: differences between vertices, in units of a hundred-thousandth of a
degree (about a metre), five bits to a character. `decode` undoes it and the page does the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.grid import transform_lonlat
from maps.made_once import kept_with
from maps.view import StudyView

__all__ = ["decode", "encode_lines", "encode_rings", "main_roads", "outlines", "simplified"]

DEGREES = 100_000
WEB_TOLERANCE_M = 25.0
ROAD_KINDS = ("motorway", "trunk", "primary")
MOST = 0.7
BASE, MORE = 63, 0x20


def simplified(shapes: gpd.GeoSeries, tolerance_m: float = WEB_TOLERANCE_M) -> NDArray[Any]:
    """Simplify areas together, so that a shared border stays one line.

    Parameters
    ----------
    shapes
        Polygons that do not overlap, EPSG:27700, none of them missing.
    tolerance_m
        Detail to lose, in metres (square root of the smallest triangle kept).

    Returns
    -------
    ndarray of object
        Polygons in the same order. An area that would vanish keeps its own outline.
    """
    held = np.asarray(shapes.to_numpy(), dtype=object)
    if not len(held):
        return held
    lighter = shapely.coverage_simplify(held, tolerance_m)
    gone = shapely.is_empty(lighter) | ~shapely.is_valid(lighter)
    return np.where(gone, held, lighter)


def outlines(shapes: NDArray[Any]) -> list[list[NDArray[np.int64]]]:
    """Return each shape's rings or lines in whole hundred-thousandths of a degree.

    Parameters
    ----------
    shapes
        Polygons or lines in EPSG:27700.

    Returns
    -------
    list of lists of arrays of shape (n, 2)
        Latitude and longitude, in the order Leaflet reads; parts follow each other.
    """
    converted = transform_lonlat(np.asarray(shapes, dtype=object), inverse=True)
    parts, whose = shapely.get_parts(converted, return_index=True)
    closed = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, of = shapely.get_rings(parts[closed], return_index=True)
    lines = np.concatenate([rings, parts[~closed]])
    part = np.concatenate([np.flatnonzero(closed)[of], np.flatnonzero(~closed)])
    order = np.argsort(part, kind="stable")
    lines, whose = lines[order], whose[part[order]]
    xy, line = shapely.get_coordinates(lines, return_index=True)
    xy = np.rint(xy[:, ::-1] * DEGREES).astype(np.int64)
    moved = np.ones(len(xy), dtype=bool)  # points that fall together with the one before are one
    moved[1:] = (xy[1:] != xy[:-1]).any(axis=1) | (line[1:] != line[:-1])
    made: list[list[NDArray[np.int64]]] = [[] for _ in converted]
    if not len(lines):
        return made
    ends = np.cumsum(np.bincount(line[moved], minlength=len(lines)))[:-1]
    for shape, points in zip(whose.tolist(), np.split(xy[moved], ends), strict=True):
        made[shape].append(points)
    return made


def main_roads(study: StudyView, tolerance_m: float = 0.0) -> NDArray[Any]:
    """Return the main roads as lines in EPSG:27700, for context, simple to a tolerance in metres.

    None when the study's streets are of a part of it only: roads that stop at the edge of an
    extract would look like a border.
    """
    if study.roads is None:
        return np.array([], dtype=object)
    known = _main(study.roads)
    lines = known[0.0]
    if not len(lines):
        return lines
    reach, whole = shapely.total_bounds(lines), study.districts.total_bounds
    if ((reach[2:] - reach[:2]) < MOST * (whole[2:] - whole[:2])).any():
        return lines[:0]
    if tolerance_m not in known:
        known[tolerance_m] = np.asarray(shapely.simplify(lines, tolerance_m))
    return known[tolerance_m]


@kept_with
def _main(roads: gpd.GeoDataFrame) -> dict[float, NDArray[Any]]:
    """Return the main roads by tolerance: as they are, and later as simple as they were asked for."""
    kinds = roads["kind"].astype(str).str.removesuffix("_link")
    held = roads.geometry[kinds.isin(ROAD_KINDS)].to_numpy()
    return {0.0: np.asarray(shapely.get_parts(held))}


def _text(numbers: NDArray[np.int64]) -> str:
    characters = []
    for number in numbers.tolist():
        # the sign goes last, so that small steps either way are short
        rest = (number << 1) ^ (number >> 63)
        while rest >= MORE:
            characters.append(chr((rest & 0x1F | MORE) + BASE))
            rest >>= 5
        characters.append(chr(rest + BASE))
    return "".join(characters)


def encode_lines(lines: Sequence[NDArray[np.int64]]) -> list[str]:
    """Return each line as text."""
    return [_text(np.diff(line, axis=0, prepend=0).ravel()) for line in lines]


def encode_rings(rings: Sequence[NDArray[np.int64]]) -> list[str]:
    """Return each ring as text without its last vertex, which repeats the first."""
    return encode_lines([ring[:-1] for ring in rings])


def decode(text: str) -> NDArray[np.float64]:
    """Return latitude and longitude in degrees from a line's text.

    >>> decode(encode_lines([np.array([[5248000, -190000], [5248012, -190007]])])[0]).tolist()
    [[52.48, -1.9], [52.48012, -1.90007]]
    """
    numbers, shift, rest = [], 0, 0
    for character in text:
        chunk = ord(character) - BASE
        rest |= (chunk & 0x1F) << shift
        if chunk & MORE:
            shift += 5
        else:
            numbers.append((rest >> 1) ^ -(rest & 1))
            shift = rest = 0
    return np.cumsum(np.array(numbers).reshape(-1, 2), axis=0) / DEGREES
