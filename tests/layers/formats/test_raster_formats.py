"""GeoTIFFs of signal strength and heights: told apart by what they hold, refused by what they lack."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine

from layers.errors import SourceError
from layers.formats import load
from layers.peeking import peek
from layers.rasters import Raster
from layers.recognise import recognise

DBM = np.array([[-70, -90, -9999], [-101, -111, -120]], dtype=np.float32)

HEIGHTS = np.where(DBM == -9999, DBM, DBM + 250)


def raster(path, values, *, crs="EPSG:27700", unit=None, transform=None, nodata=-9999.0, bands=1):
    profile = {
        "driver": "GTiff", "width": values.shape[1], "height": values.shape[0], "count": bands,
        "dtype": "float32", "nodata": nodata,
        "transform": transform or Affine(100, 0, 406_000, 0, -100, 287_000),
    }  # fmt: skip
    if crs:
        profile["crs"] = crs
    with rasterio.open(path, "w", **profile) as file:
        for band in range(1, bands + 1):
            file.write(values.astype(np.float32), band)
        if unit:
            file.set_band_unit(1, unit)
    return path


@pytest.mark.parametrize("unit", [None, "dBm"])
def test_signal_is_known_by_its_unit_or_its_values(tmp_path, read_one, unit):
    reading = read_one(raster(tmp_path / "a.tif", DBM, unit=unit), expect="signal_raster")
    row = reading.frame.iloc[0]
    assert (row["easting_min"], row["northing_max"]) == (406_000, 287_000)
    assert (row["cell_size_m"], row["columns"], row["rows"]) == (100, 3, 2)
    assert reading.notes[0] == "16.7 % of the raster has no signal value"
    assert reading.source.sensitivity == "commercial"


def test_signal_in_degrees_lies_where_it_should(tmp_path, read_one):
    # 52.475 N, 1.905 W by OSTN15 (a test of its own): 406,549.4 E, 286,343.6 N
    place = Affine(0.001, 0, -1.905, 0, -0.001, 52.475)
    path = raster(tmp_path / "a.tif", DBM, crs="EPSG:4326", transform=place)
    row = read_one(path, expect="signal_raster").frame.iloc[0]
    assert row["easting_min"] == pytest.approx(406_549.4, abs=1)
    assert row["northing_max"] == pytest.approx(286_343.6, abs=1)


@pytest.mark.parametrize(
    ("name", "kind"), [("SP08_DSM_1M.tif", "surface"), ("sp08-dtm.tif", "terrain")]
)
def test_heights_are_surface_or_bare_earth_by_their_name(tmp_path, read_one, name, kind):
    reading = read_one(raster(tmp_path / name, HEIGHTS), expect="height_raster")
    assert (reading.frame["kind"].iloc[0], reading.source.detail) == (kind, kind)


def test_a_raster_that_says_neither_is_not_recognised_and_told_how(tmp_path):
    found = recognise(peek(raster(tmp_path / "sp08.tif", HEIGHTS)))
    assert not found.known
    assert "put DSM" in found.nearest


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"crs": None}, "does not say its coordinate system"),
        ({"nodata": None, "unit": "dBm"}, "which is not SS-RSRP in dBm"),
    ],
)
def test_rasters_that_cannot_be_placed_or_read_as_dbm_are_refused(
    tmp_path, read_one, change, problem
):
    with pytest.raises(SourceError, match=problem):
        read_one(raster(tmp_path / "signal_dsm.tif", DBM, **change))


def test_more_than_one_band_is_said(tmp_path, read_one):
    reading = read_one(raster(tmp_path / "a.tif", DBM, bands=2))
    assert "only the first of its 2 bands is read" in reading.notes


def test_a_broken_tiff_is_refused(tmp_path, read_one):
    path = raster(tmp_path / "signal.tif", DBM)
    path.write_bytes(path.read_bytes()[:120])
    assert not recognise(peek(path)).known  # nothing can be told of it


def test_practice_rasters_are_recognised_by_their_own_format(tmp_path):
    cells = Raster(np.full((3, 3), -90.0, np.float32), 400_000.0, 300_000.0, 50.0)
    path = load("signal_raster").write(cells, tmp_path / "x.tif")
    assert recognise(peek(path)).format_key == "signal_raster"
