"""Grid references, longitude and latitude, and which area a point is in."""

from __future__ import annotations

from collections.abc import Sequence
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
UNSURE = -2
GRID_CELLS = 1_200
GRID_PAYS = 50_000
CHUNK = 1 << 17


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

    A grid over the study says at once where most points are: connected cells that no border touches
    lie whole in one polygon, or outside all. A point in another cell is in the polygon at the left of
    the next border to its east (`layers/area_cells.py`); what is within a millimetre of a border, and
    all of it where polygons overlap, is tested exactly.

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
    def _cells(self) -> _Cells:
        return _Cells(self, self._cell_m)

    def find(self, easting: Floats, northing: Floats) -> NDArray[np.int64]:
        """Return the position of each point's polygon, or -1 outside all of them."""
        x, y = np.asarray(easting, float), np.asarray(northing, float)
        result = np.full(len(x), OUTSIDE, dtype=np.int64)
        if not len(x) or not len(self.shapes):
            return result
        left, bottom, right, top = shapely.total_bounds(self.shapes)

        def near(low: int, high: int) -> NDArray[np.intp]:
            e, n = x[low:high], y[low:high]
            with np.errstate(invalid="ignore"):
                return low + np.flatnonzero((e >= left) & (e <= right) & (n >= bottom) & (n <= top))

        from layers.compiled import chunks, in_chunks  # noqa: PLC0415 - slow to import

        few = len(x) < GRID_PAYS or sum(len(near(*c)) for c in chunks(len(x), CHUNK)) < GRID_PAYS
        if few and "_cells" not in self.__dict__:
            unsure = near(0, len(x))
        else:
            cells = self._cells

            def found(low: int, high: int) -> NDArray[np.intp]:
                rows = near(low, high)
                whole = len(rows) == high - low
                part = slice(low, high) if whole else rows
                result[part] = places = cells.find(x[part], y[part])
                lost: NDArray[np.intp] = rows[places == UNSURE]
                return lost

            unsure = np.concatenate(in_chunks(found, len(x), CHUNK))
        result[unsure] = self.exact(x[unsure], y[unsure])
        return result

    def exact(self, x: Floats, y: Floats) -> NDArray[np.int64]:
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


class _Cells:
    """Cells that no border touches, by connected patch, and the borders in the others."""

    def __init__(self, areas: AreaGrid, cell_m: float | None) -> None:
        from scipy import ndimage  # noqa: PLC0415 - slow to import

        from layers import area_cells as borders  # noqa: PLC0415 - compiled, and slow to import

        left, bottom, right, top = shapely.total_bounds(areas.shapes)
        cell = cell_m or max(max(right - left, top - bottom) / GRID_CELLS, 1.0)
        origin = left - 2 * cell, top + 2 * cell
        width, height = int((right - left) / cell) + 5, int((top - bottom) / cell) + 5
        ends, owner, kind = borders.sides(areas.shapes)
        first, piece = borders.filed(ends, *origin, cell, width, height, borders.NEAR_M)
        free = (first[1:] == first[:-1]).reshape(height, width)
        patches, count = ndimage.label(free)
        self._locate = borders.located
        self._rest = (*origin, cell, borders.NEAR_M)
        self._held = (ends, owner, kind, first, piece, np.asarray(patches, dtype=np.int32))
        # outer borders must have nothing at their right: else areas overlap or do not fit, and only
        # the exact test says which is first
        outer = kind == borders.OUTER
        away = np.column_stack([ends[:, 3] - ends[:, 1], ends[:, 0] - ends[:, 2]])[outer]
        away *= 2 * borders.NEAR_M / np.hypot(away[:, 0], away[:, 1])[:, None]
        beside = (ends[outer, :2] + ends[outer, 2:]) / 2 + away
        self._fits = bool((areas.exact(beside[:, 0], beside[:, 1]) == OUTSIDE).all())
        spots = _a_cell_of_each(self._held[-1], int(count))
        x = origin[0] + (spots % width + 0.5) * cell
        y = origin[1] - (spots // width + 0.5) * cell
        self._owner = np.empty(0, dtype=np.int64)
        of_patch = self.find(x, y)
        unsure = of_patch == UNSURE
        of_patch[unsure] = areas.exact(x[unsure], y[unsure])
        self._owner = np.r_[np.int64(UNSURE), of_patch]

    def find(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        """Return the position of each point's polygon, -1 outside, -2 where only the exact test can tell."""
        if self._fits:
            found: NDArray[np.int64] = self._locate(x, y, *self._held, self._owner, *self._rest)
            return found
        if not len(self._owner):
            return np.full(len(x), UNSURE, dtype=np.int64)
        origin_x, origin_y, cell, _ = self._rest
        column = ((x - origin_x) / cell).astype(np.int64)
        row = ((origin_y - y) / cell).astype(np.int64)
        return np.asarray(self._owner[self._held[-1][row, column]])


def _a_cell_of_each(patches: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the first cell of each patch, from patch 1."""
    flat = patches.ravel()
    first = np.zeros(count + 1, dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])[::-1]
    first[flat[starts]] = starts
    return first[1:]
