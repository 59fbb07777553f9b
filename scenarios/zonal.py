"""Statistics of a raster over areas, cells weighted by the share of them that lies inside.

By exactextract, which cuts cells along the boundary exactly; counting cell centres errs by metres on
small areas. Cells without data do not count, and each area says what share of it they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from layers.rasters import Raster
from scenarios.compiled import in_chunks

__all__ = ["Operation", "zonal_statistics"]

Operation = Literal["mean", "min", "max", "sum", "median", "stdev"]
AREAS_AT_ONCE = 128
BRITISH_GRID = "EPSG:27700"


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
        With `key` and polygons in EPSG:27700; empty or missing geometries have no statistics.
    operations
        Of the cells inside, weighted by the share of each that lies inside. `sum` adds values times
        that share.

    Returns
    -------
    DataFrame
        In the order of `areas`: the key, one column an operation, `known_pct` (share of the area
        with a value; the rest is off the raster or has no data) and `flag`, which is empty, `partly
        known` (below 99.5 %) or `not covered`. Statistics of an area that is not covered are missing.

    Raises
    ------
    ValueError
        When the areas are in another coordinate system.
    """
    if areas.crs is not None and areas.crs.to_epsg() != 27700:
        raise ValueError(f"areas must be in EPSG:27700, not {areas.crs}")
    shapes = areas.geometry.to_numpy()
    usable = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    found = {name: np.full(len(areas), np.nan) for name in (*operations, "count")}
    if len(usable):
        part = _Part(raster, shapes[usable], list(operations))
        pieces = in_chunks(part, len(usable), AREAS_AT_ONCE)
        for name, values in found.items():
            values[usable] = np.concatenate([piece[name] for piece in pieces])
    size = shapely.area(shapes)
    known = np.nan_to_num(found.pop("count")) * raster.cell_size_m**2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(size > 0, np.clip(100 * known / size, 0, 100), 0.0)
    flag = np.where(share <= 0, "not covered", np.where(share < 99.5, "partly known", ""))
    columns = {key: areas[key].to_numpy(), **found, "known_pct": share, "flag": flag}
    return pd.DataFrame(columns)


class _Part:
    """Statistics of some of the areas."""

    def __init__(self, raster: Raster, shapes: Any, operations: list[str]) -> None:
        self.raster, self.shapes = raster, shapes
        self.operations = [*operations, "count"]
        self.wkt = CRS.from_user_input(BRITISH_GRID).to_wkt()

    def __call__(self, first: int, last: int) -> dict[str, Any]:
        from exactextract import exact_extract  # type: ignore[import-untyped] # noqa: PLC0415 - slow to import
        from exactextract.raster import NumPyRasterSource  # type: ignore[import-untyped] # noqa: PLC0415

        left, bottom, right, top = self.raster.bounds
        # declared missing as well: NaN alone would take part in minima and maxima
        source = NumPyRasterSource(
            self.raster.values, left, bottom, right, top, nodata=np.nan, name="v", srs_wkt=self.wkt
        )
        frame = gpd.GeoDataFrame(geometry=self.shapes[first:last], crs=BRITISH_GRID)
        made = exact_extract(source, frame, self.operations, output="pandas")
        return {name: made[name].to_numpy(dtype=np.float64) for name in self.operations}
