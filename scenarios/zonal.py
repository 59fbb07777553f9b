"""Statistics of a raster over areas, cells weighted by the share of them that lies inside.

Boundaries cut cells exactly: each edge adds the signed area between it and the right end of the rows
it crosses, so that what remains after all edges is the share of each cell inside. Tests hold it to
exactextract, which is as exact and took as long as rasterstats on the areas of the region; counting
cell centres instead errs by metres on small areas. Cells without data do not count, and each area
says what share of it they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.compiled import compiled, in_chunks
from layers.rasters import Raster

__all__ = ["Operation", "zonal_statistics"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Operation = Literal["mean", "min", "max", "sum", "stdev"]
MADE = ("mean", "min", "max", "sum", "stdev", "count")
AREAS_AT_ONCE = 64
LEAST_SHARE = 1e-9  # of a cell; below it a cell is not inside but rounding


@compiled
def _edge(share: Floats, x0: float, y0: float, x1: float, y1: float, sign: float) -> None:
    """Add one edge, in cells of the window: row by row, and in a row cell by cell."""
    if y0 == y1:
        return
    if y0 > y1:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -sign
    lean = (x1 - x0) / (y1 - y0)
    top = y0
    while top < y1:
        row = int(np.floor(top))
        bottom = min(float(row + 1), y1)
        left, right = x0 + lean * (top - y0), x0 + lean * (bottom - y0)
        if left > right:
            left, right = right, left
        # rounding must not lead out of the window
        left, right = max(left, min(x0, x1)), min(right, max(x0, x1))
        steep = (bottom - top) / (right - left) if right > left else 0.0
        at = left
        while True:
            cell = int(np.floor(at))
            end = min(float(cell + 1), right)
            tall = sign * (steep * (end - at) if right > left else bottom - top)
            beside = 0.5 * (at + end) - cell  # part of this cell that lies left of the edge
            share[row, cell] += tall * (1.0 - beside)
            share[row, cell + 1] += tall * beside
            if end >= right:
                break
            at = end
        top = bottom


@compiled
def _outline(
    share: Floats, xy: Floats, ring_start: Ints, ring_sign: Floats, left: int, top: int
) -> None:
    """Add all edges of one area."""
    for ring in range(ring_sign.size):
        for i in range(ring_start[ring], ring_start[ring + 1] - 1):
            _edge(
                share, xy[i, 0] - left, xy[i, 1] - top, xy[i + 1, 0] - left, xy[i + 1, 1] - top,
                ring_sign[ring],
            )  # fmt: skip


@compiled
def _areas(
    values: NDArray[np.float32], xy: Floats, ring_start: Ints, ring_sign: Floats, area_start: Ints,
    low: int, high: int,
) -> Floats:  # fmt: skip
    """Return mean, min, max, sum, stdev and number of known cells of some areas."""
    rows, columns = values.shape
    out = np.full((6, high - low), np.nan)
    for a in range(low, high):
        first, last = ring_start[area_start[a]], ring_start[area_start[a + 1]]
        if first == last:
            continue
        left = int(np.floor(xy[first:last, 0].min()))
        top = int(np.floor(xy[first:last, 1].min()))
        wide = int(np.ceil(xy[first:last, 0].max())) - left
        tall = int(np.ceil(xy[first:last, 1].max())) - top
        share = np.zeros((tall + 1, wide + 2))
        rings = ring_start[area_start[a] : area_start[a + 1] + 1]
        _outline(share, xy, rings, ring_sign[area_start[a] : area_start[a + 1]], left, top)
        count, total, squares, shift = 0.0, 0.0, 0.0, 0.0
        least, most = np.inf, -np.inf
        for r in range(max(0, -top), min(tall, rows - top)):
            inside = 0.0
            for c in range(min(wide, columns - left)):
                inside += share[r, c]
                if inside <= LEAST_SHARE or c + left < 0:
                    continue
                v = float(values[r + top, c + left])
                if np.isnan(v):
                    continue
                if count == 0.0:
                    shift = v  # squares of differences from some value keep their digits
                count += inside
                total += inside * (v - shift)
                squares += inside * (v - shift) ** 2
                least, most = min(least, v), max(most, v)
        out[5, a - low] = count
        if count > 0.0:
            mean = total / count
            spread = max(squares / count - mean * mean, 0.0)
            out[0, a - low], out[1, a - low], out[2, a - low] = mean + shift, least, most
            out[3, a - low], out[4, a - low] = total + count * shift, np.sqrt(spread)
    return out


def _rings(shapes: NDArray[np.object_]) -> tuple[Floats, Ints, Floats, Ints]:
    """Return all corners, where each ring starts, its sign, and where each area's rings start."""
    parts, area = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.searchsorted(ring, np.arange(len(rings) + 1)).astype(np.int64)
    outer = np.ones(len(rings), dtype=bool)
    outer[1:] = part[1:] != part[:-1]
    # rings of one polygon may turn either way in a file: outer ones add, holes take away
    anticlockwise = shapely.is_ccw(rings)
    sign = np.where(outer == anticlockwise, 1.0, -1.0)
    areas = np.searchsorted(area[part], np.arange(len(shapes) + 1)).astype(np.int64)
    return xy, start, sign, areas


def zonal_statistics(
    raster: Raster,
    areas: gpd.GeoDataFrame,
    operations: Sequence[Operation] = ("mean",),
    *,
    key: str = "id",
) -> pd.DataFrame:
    """Return statistics of a raster over each area.

    Parameters
    ----------
    raster
        Values on cells of the National Grid; NaN where nothing is known.
    areas
        With `key` and polygons in EPSG:27700; boundaries that cross themselves are mended first, empty or
        missing areas have no statistics.
    operations
        Of the cells inside, weighted by the share of each that lies inside; `sum` adds values times
        that share, `min` and `max` take every cell that is touched.

    Returns
    -------
    DataFrame
        In the order of `areas`: the key, one column an operation, `known_pct` (share of the area
        with a value; the rest is off the raster or has no data) and `flag`, which is empty, `partly
        known` (below 99.5 %) or `not covered`. Statistics of an area that is not covered are missing.

    Raises
    ------
    ValueError
        When the areas are in another coordinate system, or an operation is not known.
    """
    if areas.crs is not None and areas.crs.to_epsg() != 27700:
        raise ValueError(f"areas must be in EPSG:27700, not {areas.crs}")
    unknown = [name for name in operations if name not in MADE[:-1]]
    if unknown:
        raise ValueError(f"there is no operation {', '.join(unknown)}: use {', '.join(MADE[:-1])}")
    shapes = areas.geometry.to_numpy().copy()
    crossed = ~(shapely.is_valid(shapes) | shapely.is_missing(shapes))
    shapes[crossed] = shapely.make_valid(shapes[crossed], method="structure", keep_collapsed=False)
    xy, start, sign, first = _rings(shapes)
    cells = np.column_stack([xy[:, 0] - raster.easting_min, raster.northing_max - xy[:, 1]])
    cells /= raster.cell_size_m
    values: NDArray[np.float32] = raster.values  # noqa: PD011 - a raster, not a frame

    def part(low: int, high: int) -> Floats:
        return np.asarray(_areas(values, cells, start, sign, first, low, high))

    pieces = in_chunks(part, len(shapes), AREAS_AT_ONCE)
    found = np.concatenate(pieces, axis=1) if pieces else np.empty((len(MADE), 0))
    by_name = dict(zip(MADE, found, strict=True))
    size = np.nan_to_num(shapely.area(shapes))
    known = np.nan_to_num(by_name["count"]) * raster.cell_size_m**2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(size > 0, np.clip(100 * known / size, 0, 100), 0.0)
    flag = np.where(share <= 0, "not covered", np.where(share < 99.5, "partly known", ""))
    columns: dict[str, Any] = {
        key: areas[key].to_numpy(),
        **{name: by_name[name] for name in operations},
    }
    return pd.DataFrame({**columns, "known_pct": share, "flag": flag})
