"""Grid references, longitude and latitude, and which area a point is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from convertbng.cutil import convert_bng, convert_lonlat
from numpy.typing import NDArray

__all__ = [
    "AreaGrid",
    "assign_points",
    "from_lonlat",
    "in_britain",
    "to_lonlat",
    "transform_lonlat",
]

Floats = NDArray[np.float64]
OUTSIDE = -1
GRID_CELLS = 3_000
GRID_PAYS = 50_000


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
    easting: Floats,
    northing: Floats,
    polygons: Sequence[Any] | NDArray[Any],
    *,
    cell_m: float | None = None,
) -> NDArray[np.int64]:
    """Find the polygon each point is in.

    A grid over the study says at once where most points are: connected cells that no boundary comes
    near lie whole in one polygon, or outside all. Only points in the other cells are tested one by
    one, exactly.

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
        the polygon that comes first among those that touch it.
    """
    return AreaGrid(polygons, cell_m).find(easting, northing)


class AreaGrid:
    """Areas that do not overlap, made ready once for many searches; see `assign_points`."""

    def __init__(self, polygons: Sequence[Any] | NDArray[Any], cell_m: float | None = None) -> None:
        self.shapes = np.asarray(polygons, dtype=object)
        self._cell_m = cell_m

    @cached_property
    def _tree(self) -> Any:
        shapely.prepare(self.shapes)
        return shapely.STRtree(self.shapes)

    @cached_property
    def _patches(self) -> _Patches:
        left, bottom, right, top = shapely.total_bounds(self.shapes)
        cell = self._cell_m or max(max(right - left, top - bottom) / GRID_CELLS, 1.0)
        origin_x, origin_y = left - 2 * cell, top + 2 * cell
        width, height = int((right - left) / cell) + 5, int((top - bottom) / cell) + 5
        patches, count = _label_patches(self.shapes, origin_x, origin_y, cell, width, height)
        # one cell of each patch says which polygon the whole patch is in; patch 0 is the boundary cells
        first = np.zeros(count + 1, dtype=np.int64)
        flat = patches.ravel()
        first[flat[::-1]] = np.arange(len(flat) - 1, -1, -1)
        owner = self._exact(
            origin_x + (first % width + 0.5) * cell, origin_y - (first // width + 0.5) * cell
        )
        return _Patches(origin_x, origin_y, cell, patches, owner)

    def find(self, easting: Floats, northing: Floats) -> NDArray[np.int64]:
        """Return the position of each point's polygon, or -1 outside all of them."""
        x, y = np.asarray(easting, float), np.asarray(northing, float)
        result = np.full(len(x), OUTSIDE, dtype=np.int64)
        if not len(x) or not len(self.shapes):
            return result
        left, bottom, right, top = shapely.total_bounds(self.shapes)
        with np.errstate(invalid="ignore"):
            near = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
        if len(near) < GRID_PAYS and "_patches" not in self.__dict__:
            result[near] = self._exact(x[near], y[near])
            return result
        grid = self._patches
        columns = ((x[near] - grid.origin_x) / grid.cell_m).astype(np.int64)
        rows = ((grid.origin_y - y[near]) / grid.cell_m).astype(np.int64)
        patch = grid.patches.ravel()[rows * grid.patches.shape[1] + columns]
        result[near] = grid.owner[patch]
        doubtful = near[patch == 0]
        result[doubtful] = self._exact(x[doubtful], y[doubtful])
        return result

    def _exact(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        """Test points against the polygons whose boxes they are in; the first polygon wins."""
        result = np.full(len(x), OUTSIDE, dtype=np.int64)
        if not len(x):
            return result
        point, polygon = self._tree.query(shapely.points(x, y))
        # containment is much faster to test than touching, so boundaries are asked about last
        for test in (shapely.contains_xy, shapely.intersects_xy):
            open_ = result[point] == OUTSIDE
            p, q = point[open_], polygon[open_]
            hit = test(self.shapes[q], x[p], y[p])
            p, q = p[hit], q[hit]
            order = np.argsort(-q, kind="stable")  # written last to first, so that the first stays
            result[p[order]] = q[order]
        return result


@dataclass(frozen=True)
class _Patches:
    """Cells by connected patch (0: a boundary is near), and the polygon each patch is in."""

    origin_x: float
    origin_y: float
    cell_m: float
    patches: NDArray[np.int32]
    owner: NDArray[np.int64]


def _label_patches(
    shapes: NDArray[Any], origin_x: float, origin_y: float, cell: float, width: int, height: int
) -> tuple[NDArray[np.int32], int]:
    """Label the connected cells that no boundary comes near; boundary cells are 0."""
    from scipy import ndimage  # noqa: PLC0415 - slow to import

    xy, part = shapely.get_coordinates(
        shapely.get_parts(shapely.boundary(shapes)), return_index=True
    )
    within = part[1:] == part[:-1]
    start, along = xy[:-1][within], np.diff(xy, axis=0)[within]
    # marks at most half a cell apart: every point of a border is then in or beside a marked cell
    steps = np.ceil(np.hypot(along[:, 0], along[:, 1]) / (cell / 2)).astype(np.int64) + 1
    first = np.cumsum(steps) - steps
    share = (np.arange(int(steps.sum())) - np.repeat(first, steps)) / np.repeat(steps, steps)
    marks = np.repeat(start, steps, axis=0) + share[:, None] * np.repeat(along, steps, axis=0)
    edges = np.zeros((height, width), dtype=bool)
    rows = ((origin_y - marks[:, 1]) / cell).astype(np.int64)
    edges.ravel()[rows * width + ((marks[:, 0] - origin_x) / cell).astype(np.int64)] = True
    edges[1:] |= edges[:-1].copy()
    edges[:-1] |= edges[1:].copy()
    edges[:, 1:] |= edges[:, :-1].copy()
    edges[:, :-1] |= edges[:, 1:].copy()
    patches, count = ndimage.label(~edges)
    return np.asarray(patches, dtype=np.int32), int(count)
