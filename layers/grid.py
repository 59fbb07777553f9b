"""Grid references, longitude and latitude, and which area a point is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from convertbng.cutil import convert_bng, convert_lonlat
from numpy.typing import NDArray

__all__ = ["assign_points", "from_lonlat", "in_britain", "to_lonlat", "transform_lonlat"]

Floats = NDArray[np.float64]
OUTSIDE = -1


def from_lonlat(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Convert WGS84 degrees to easting and northing in metres, by the published OSTN15 transform.

    Points outside the transform's cover come back as NaN.
    """
    easting, northing = convert_bng(np.asarray(longitude, float), np.asarray(latitude, float))
    return np.asarray(easting), np.asarray(northing)


def to_lonlat(easting: Floats, northing: Floats) -> tuple[Floats, Floats]:
    """Convert easting and northing in metres to WGS84 degrees, by OSTN15."""
    longitude, latitude = convert_lonlat(np.asarray(easting, float), np.asarray(northing, float))
    return np.asarray(longitude), np.asarray(latitude)


def transform_lonlat(geometry: Any, *, inverse: bool = False) -> Any:
    """Convert shapely geometries from longitude and latitude to the National Grid, or back."""
    change = to_lonlat if inverse else from_lonlat

    def points(xy: Floats) -> Floats:
        return np.column_stack(change(xy[:, 0].copy(), xy[:, 1].copy()))

    return shapely.transform(geometry, points)


def in_britain(easting: Floats, northing: Floats) -> NDArray[np.bool_]:
    """Whether positions lie on the National Grid and are not its false origin (0, 0)."""
    e, n = np.asarray(easting, float), np.asarray(northing, float)
    with np.errstate(invalid="ignore"):
        return (e > 1) & (e < 700_000) & (n > 1) & (n < 1_300_000)


def assign_points(
    easting: Floats, northing: Floats, polygons: Sequence[Any] | NDArray[Any], *, cell_m: float | None = None
) -> NDArray[np.int64]:
    """Find the polygon each point is in.

    A grid over the study says at once where most points are: cells that no boundary touches belong
    whole to one polygon. Only points in the other cells are tested against polygons, exactly.

    Parameters
    ----------
    easting, northing
        Metres, EPSG:27700; NaN means no position.
    polygons
        Areas that do not overlap, in the same CRS.
    cell_m
        Side of a grid cell in metres; chosen from the extent when not given.

    Returns
    -------
    ndarray of int64
        Position in `polygons`, or -1 outside all of them. A point on a shared boundary belongs to
        the polygon that comes first.
    """
    from rasterio.features import rasterize  # noqa: PLC0415 - slow to import
    from rasterio.transform import from_origin  # noqa: PLC0415

    x, y = np.asarray(easting, float), np.asarray(northing, float)
    shapes = np.asarray(polygons, dtype=object)
    result = np.full(len(x), OUTSIDE, dtype=np.int64)
    if not len(x) or not len(shapes):
        return result
    left, bottom, right, top = shapely.total_bounds(shapes)
    cell = cell_m or max(max(right - left, top - bottom) / 4_000, 1.0)
    transform = from_origin(left - 2 * cell, top + 2 * cell, cell, cell)
    width, height = int((right - left) / cell) + 5, int((top - bottom) / cell) + 5
    inside = rasterize(
        ((shape, i + 1) for i, shape in enumerate(shapes)), out_shape=(height, width), transform=transform, fill=0, dtype="int32"
    )
    edges = rasterize(
        ((edge, 1) for edge in shapely.boundary(shapes)), out_shape=(height, width), transform=transform, fill=0, dtype="uint8", all_touched=True
    ).astype(bool)
    # one cell of margin, so that the rasteriser's own rounding can never decide a point
    edges[1:] |= edges[:-1].copy()
    edges[:-1] |= edges[1:].copy()
    edges[:, 1:] |= edges[:, :-1].copy()
    edges[:, :-1] |= edges[:, 1:].copy()
    with np.errstate(invalid="ignore"):
        within = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    near = np.flatnonzero(within)
    columns = ((x[near] - (left - 2 * cell)) / cell).astype(np.int64)
    rows = ((top + 2 * cell - y[near]) / cell).astype(np.int64)
    at = rows * width + columns
    result[near] = inside.ravel()[at].astype(np.int64) - 1
    doubtful = near[edges.ravel()[at]]
    result[doubtful] = OUTSIDE
    if len(doubtful):
        tree = shapely.STRtree(shapes)
        points = shapely.points(x[doubtful], y[doubtful])
        which, polygon = tree.query(points, predicate="intersects")
        order = np.lexsort((-polygon, which))  # the first polygon is written last, so it stays
        result[doubtful[which[order]]] = polygon[order]
    return result
