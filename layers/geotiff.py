"""Rasters written as GeoTIFF with overviews, the same bytes every time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.rasters import Raster

__all__ = ["write_geotiff"]

BRITISH_GRID = "EPSG:27700"
NODATA = -9999.0
SMALLEST_OVERVIEW = 64  # cells along its longer side
BAND = 256  # rows that are rounded at once


def _rounded(values: NDArray[Any], decimals: int) -> NDArray[np.float32]:
    """Return cells as they are written; a band at a time, as rounding takes room for many copies."""
    data = np.empty(values.shape, dtype=np.float32)
    for top in range(0, len(values), BAND):
        rounded = np.round(values[top : top + BAND].astype(np.float64), decimals) + 0.0
        data[top : top + BAND] = np.where(np.isnan(rounded), NODATA, rounded)
    return data


def write_geotiff(
    raster: Raster, path: Path, *, unit: str, description: str, decimals: int = 1
) -> Path:
    """Write a raster in EPSG:27700 with overviews.

    Parameters
    ----------
    unit, description
        Of the band, as other programs show them.
    decimals
        Values are rounded once, here; cells without data are written as -9999 and declared so.
    """
    import rasterio  # noqa: PLC0415
    from affine import Affine  # noqa: PLC0415
    from rasterio.enums import Resampling  # noqa: PLC0415

    rows, columns = raster.values.shape
    size = raster.cell_size_m
    data = _rounded(raster.values, decimals)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    profile = {
        "driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32",
        "crs": BRITISH_GRID, "nodata": NODATA, "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "predictor": 2, "zlevel": 6, "num_threads": 1,
        "transform": Affine(size, 0.0, raster.easting_min, 0.0, -size, raster.northing_max),
    }  # fmt: skip
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_NUM_THREADS=1):
        with rasterio.open(path, "w", **profile) as file:
            file.write(data, 1)
            file.set_band_unit(1, unit)
            file.set_band_description(1, description)
        levels: list[int] = []
        while max(rows, columns) // 2 ** (len(levels) + 1) >= SMALLEST_OVERVIEW:
            levels.append(2 ** (len(levels) + 1))
        if levels:
            with rasterio.open(path, "r+") as file:
                file.build_overviews(levels, Resampling.nearest)
    return path
