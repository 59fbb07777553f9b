"""Rasters are rounded as they are written, a band of rows at a time."""

import numpy as np
import pytest
import rasterio

from layers.geotiff import BAND, NODATA, write_geotiff
from layers.rasters import Raster


@pytest.mark.parametrize("rows", [1, BAND, BAND + 1])
def test_every_band_is_rounded_and_missing_is_declared(tmp_path, rows):
    values = np.full((rows, 3), 2.345, np.float32)
    values[-1] = [np.nan, -0.04, 7.06]
    path = write_geotiff(
        Raster(values, 400_000.0, 300_000.0, 10.0), tmp_path / "a.tif", unit="%", description="x"
    )
    with rasterio.open(path) as file:
        read = file.read(1)
    assert read[-1].tolist() == pytest.approx([NODATA, 0.0, 7.1])
    assert read[:-1] == pytest.approx(np.full((rows - 1, 3), 2.3))
