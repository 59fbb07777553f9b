"""Rasters of any coordinate system, tile layout and cell size on one National Grid; bad ones refused."""

from __future__ import annotations

import gzip
import hashlib

import numpy as np
import pytest
import rasterio
from affine import Affine

from layers.errors import SourceError
from layers.geotiff import write_geotiff
from layers.grid import to_lonlat
from layers.raster_checks import check_heights_agree, check_vertical_unit
from layers.rasters import Raster, bilinear, from_terrain, read_rasters

LEFT, TOP = 400_000.0, 290_000.0
AREA = (LEFT, TOP - 100, LEFT + 100, TOP)


def save(path, values, transform, crs="EPSG:27700", unit="", nodata=None, scale=None):
    values = np.asarray(values)
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1,
        dtype=str(values.dtype), crs=crs, transform=transform, nodata=nodata,
    ) as file:  # fmt: skip
        file.write(values, 1)
        if unit:
            file.set_band_unit(1, unit)
        if scale:
            file.scales = (scale,)
    return path


def north_up(cell, left=LEFT, top=TOP):
    return Affine(cell, 0, left, 0, -cell, top)


def ramp(rows, columns, start=100.0):
    return (start + np.arange(rows * columns).reshape(rows, columns)).astype(np.float32)


def test_cells_of_the_national_grid_come_back_as_they_are(tmp_path):
    values = ramp(10, 10)
    path = save(tmp_path / "t.tif", values, north_up(10))
    read = read_rasters([path], AREA, kind="terrain")
    assert read.cell_size_m == 10
    assert read.bounds == AREA
    np.testing.assert_array_equal(read.values, values)
    assert read.missing_pct == 0
    assert read.notes == ()


def test_a_raster_in_degrees_lands_where_it_should(tmp_path):
    # a spike of one pixel at a place whose degrees are known by OSTN15
    lon, lat = to_lonlat(np.asarray([LEFT + 205.0]), np.asarray([TOP - 195.0]))
    step = 0.0001  # about 6.8 m by 11 m
    values = np.full((81, 81), 100, dtype=np.float32)
    values[40, 40] = 200
    transform = Affine(step, 0, lon[0] - 40.5 * step, 0, -step, lat[0] + 40.5 * step)
    path = save(tmp_path / "wgs84.tif", values, transform, crs="EPSG:4326")
    area = (LEFT + 100, TOP - 300, LEFT + 300, TOP - 100)
    read = read_rasters([path], area, kind="surface", cell_size_m=2)
    row, column = np.unravel_index(np.nanargmax(read.values), read.values.shape)
    east, north = read.centres()
    assert abs(east[column] - (LEFT + 205)) <= 1.5
    assert abs(north[row] - (TOP - 195)) <= 1.5
    above = np.argwhere(read.values > 150)  # at half height the spike is half as wide as its foot
    assert east[above[:, 1]].mean() == pytest.approx(LEFT + 205, abs=0.8)
    assert north[above[:, 0]].mean() == pytest.approx(TOP - 195, abs=0.8)


def test_other_projections_meet_the_same_place(tmp_path):
    """A slope written in UTM zone 30N reads as the same slope, to the height of a centimetre."""
    from pyproj import Transformer

    lon, lat = to_lonlat(np.asarray([LEFT + 50.0]), np.asarray([TOP - 50.0]))
    x0, y0 = Transformer.from_crs(4326, 32630, always_xy=True).transform(lon[0], lat[0])
    transform = Affine(5, 0, x0 - 250, 0, -5, y0 + 250)
    column, row = np.meshgrid(np.arange(100) + 0.5, np.arange(100) + 0.5)
    back = Transformer.from_crs(32630, 4326, always_xy=True)
    from layers.grid import from_lonlat

    east, north = from_lonlat(
        *back.transform(x0 - 250 + 5 * column.ravel(), y0 + 250 - 5 * row.ravel())
    )
    heights = (100 + 0.1 * (east - LEFT) + 0.05 * (north - TOP)).reshape(100, 100)
    path = save(tmp_path / "utm.tif", heights.astype(np.float32), transform, crs="EPSG:32630")
    read = read_rasters([path], AREA, kind="terrain", cell_size_m=10)
    x, y = np.meshgrid(*read.centres())
    expected = 100 + 0.1 * (x - LEFT) + 0.05 * (y - TOP)
    np.testing.assert_allclose(read.values, expected, atol=0.01)


def test_tiles_join_and_a_hole_stays_a_hole(tmp_path):
    values = ramp(10, 10)
    paths = [
        save(tmp_path / "b.tif", values[:, 5:], north_up(10, LEFT + 50)),
        save(tmp_path / "a.tif", values[:5, :5], north_up(10)),
    ]
    read = read_rasters(paths, AREA, kind="terrain")
    np.testing.assert_array_equal(read.values[:5], values[:5])
    assert np.isnan(read.values[5:, :5]).all()
    assert read.missing_pct == 25
    assert read.notes == ("25.0 % of the area has no terrain data",)


def test_declared_no_data_is_missing_not_a_height(tmp_path):
    values = ramp(10, 10)
    values[3, 4] = -9999
    read = read_rasters(
        [save(tmp_path / "t.tif", values, north_up(10), nodata=-9999)], AREA, kind="terrain"
    )
    assert np.isnan(read.values[3, 4])
    assert np.isnan(read.values).sum() == 1


def test_where_resolutions_mix_the_finest_known_wins(tmp_path):
    fine = np.full((10, 10), 50, dtype=np.float32)
    fine[0, 0] = -9999
    coarse = np.full((2, 2), 80, dtype=np.float32)
    paths = [
        save(tmp_path / "coarse.tif", coarse, north_up(50)),
        save(tmp_path / "fine.tif", fine, north_up(5), nodata=-9999),
    ]
    read = read_rasters(paths, AREA, kind="terrain")
    assert read.cell_size_m == 5
    assert read.values[1:10, 1:10].tolist() == [[50.0] * 9] * 9
    assert read.values[0, 0] == 80  # the coarse tile fills the hole of the fine one
    assert (read.values[10:, 10:] == 80).all()
    assert read.notes[0].startswith("terrain of cells of 5, 50 m mixed")


def test_finer_cells_are_averaged(tmp_path):
    values = np.tile(np.asarray([[10.0, 20.0], [30.0, 40.0]], dtype=np.float32), (10, 10))
    read = read_rasters(
        [save(tmp_path / "t.tif", values, north_up(5))], AREA, kind="terrain", cell_size_m=10
    )
    np.testing.assert_allclose(read.values, 25.0)


def test_scaled_integers_and_compressed_ascii_grids(tmp_path):
    tenths = np.full((10, 10), 1234, dtype=np.int16)
    read = read_rasters(
        [save(tmp_path / "t.tif", tenths, north_up(10), scale=0.1)], AREA, kind="terrain"
    )
    np.testing.assert_allclose(read.values, 123.4, rtol=1e-6)
    text = f"ncols 2\nnrows 2\nxllcorner {LEFT:.0f}\nyllcorner {TOP - 100:.0f}\ncellsize 50\n1 2\n3 4\n"
    path = tmp_path / "tile.asc.gz"
    path.write_bytes(gzip.compress(text.encode()))
    read = read_rasters([path], AREA, kind="terrain")
    assert read.values.tolist() == [[1, 2], [3, 4]]
    assert read.notes == ("terrain grids without a coordinate system are taken as National Grid",)


def refused(paths, kind="terrain", area=AREA):
    with pytest.raises(SourceError) as caught:
        read_rasters(paths, area, kind=kind)
    return caught.value.faults


def test_wrong_vertical_units_are_refused(tmp_path):
    feet = save(tmp_path / "feet.tif", ramp(10, 10), north_up(10), unit="ft")
    centimetres = save(tmp_path / "cm.tif", ramp(10, 10, 12_000), north_up(10))
    depth = save(tmp_path / "void.tif", ramp(10, 10, -9999), north_up(10))
    assert "in 'ft', not metres" in refused([feet])[0].problem
    assert "which are not metres in Britain" in refused([centimetres])[0].problem
    assert "no-data" in refused([depth])[0].mend
    compound = save(tmp_path / "c.tif", ramp(10, 10), north_up(10), crs="EPSG:27700+8228")
    assert "in 'foot', not metres" in refused([compound])[0].problem
    with pytest.raises(SourceError, match="heights are in us survey foot, not metres"):
        check_vertical_unit("us survey foot", "c.tif")


def test_all_faults_come_at_once(tmp_path):
    feet = save(tmp_path / "feet.tif", ramp(10, 10), north_up(10), unit="ft")
    text = tmp_path / "broken.tif"
    text.write_text("not a raster")
    bare = tmp_path / "bare.tif"
    save(bare, ramp(10, 10), north_up(10), crs=None)
    faults = refused([feet, text, bare])
    assert [f.where for f in faults] == ["bare.tif", "broken.tif", "feet.tif"]
    assert "coordinate system" in faults[0].problem


def test_signal_must_be_decibels(tmp_path):
    good = save(tmp_path / "s.tif", np.full((10, 10), -95.5, np.float32), north_up(10), unit="dBm")
    assert (read_rasters([good], AREA, kind="signal").values == -95.5).all()
    milliwatts = save(tmp_path / "mw.tif", np.full((10, 10), 3e-9, np.float32), north_up(10))
    assert "not SS-RSRP in dBm" in refused([milliwatts], "signal")[0].problem


def test_a_raster_elsewhere_is_refused(tmp_path):
    path = save(tmp_path / "t.tif", ramp(10, 10), north_up(10))
    faults = refused([path], area=(500_000, 100_000, 500_100, 100_100))
    assert "covers none of the area" in faults[0].problem


def raster(values, cell=10.0):
    return Raster(np.asarray(values, dtype=np.float32), LEFT, TOP, cell)


def test_feet_against_metres_and_the_ellipsoid_are_found_out():
    rng = np.random.default_rng(5)
    ground = rng.uniform(90, 160, (20, 20))
    roofs = ground + np.where(rng.random((20, 20)) < 0.3, 9, 0)
    check_heights_agree(raster(ground), raster(roofs))
    with pytest.raises(SourceError, match="surface looks to be in feet"):
        check_heights_agree(raster(ground), raster(roofs / 0.3048))
    with pytest.raises(SourceError, match="terrain looks to be in feet"):
        check_heights_agree(raster(ground / 0.3048), raster(roofs))
    with pytest.raises(SourceError, match="above the ellipsoid"):
        check_heights_agree(raster(ground), raster(roofs + 49))
    with pytest.raises(SourceError, match="under the terrain"):
        check_heights_agree(raster(ground), raster(ground - 12))


def test_positions_find_their_cells():
    r = raster([[1, 2], [3, np.nan]])
    row, column, inside = r.cells_of(
        np.asarray([LEFT, LEFT + 19.9, LEFT + 20, np.nan]),
        np.asarray([TOP - 0.1, TOP - 19, TOP - 1, TOP]),
    )
    assert inside.tolist() == [True, True, False, False]
    assert (row[:2].tolist(), column[:2].tolist()) == ([0, 1], [0, 1])
    at = r.sample(np.asarray([LEFT + 5, LEFT + 15]), np.asarray([TOP - 15, TOP - 15]), "nearest")
    assert at[0] == 3
    assert np.isnan(at[1])


def test_between_centres_is_linear_and_missing_cells_do_not_count():
    values = np.asarray([[0.0, 10.0], [20.0, np.nan]])
    found = bilinear(values, np.asarray([1.0, 0.5, 1.5]), np.asarray([0.5, 0.5, 1.5]))
    assert found[:2].tolist() == [5.0, 0.0]
    assert np.isnan(found[2])
    corner = bilinear(values, np.asarray([0.99]), np.asarray([0.99]))
    assert corner[0] == pytest.approx((0 * 0.2601 + 10 * 0.2499 + 20 * 0.2499) / 0.7599)


def test_the_studys_terrain_on_finer_cells():
    class Slope:
        def sample(self, easting, northing):
            return np.where(easting < LEFT + 50, easting - LEFT, np.nan) + 0 * northing

    r = from_terrain(Slope(), AREA, 10)
    assert r.values[0, :5].tolist() == [5, 15, 25, 35, 45]
    assert r.notes == ("50.0 % of the area has no terrain data",)


def test_a_geotiff_has_overviews_and_the_same_bytes_every_time(tmp_path):
    rng = np.random.default_rng(1)
    values = rng.uniform(-120, -70, (700, 600)).astype(np.float32)
    values[:50, :50] = np.nan
    digests = set()
    for name in ("one.tif", "two.tif"):
        path = write_geotiff(raster(values), tmp_path / name, unit="dBm", description="SS-RSRP")
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1
    with rasterio.open(path) as file:
        assert file.crs.to_epsg() == 27700
        assert file.overviews(1) == [2, 4, 8]
        assert file.units == ("dBm",)
        assert file.descriptions == ("SS-RSRP",)
        back = file.read(1, masked=True)
    assert back.mask[:50, :50].all()
    np.testing.assert_allclose(
        back.filled(np.nan)[50:], np.round(values[50:].astype(float), 1), atol=1e-5
    )
    again = read_rasters([path], (LEFT, TOP - 7000, LEFT + 6000, TOP), kind="signal")
    assert again.values.shape == (700, 600)


def test_the_surveys_own_tile_reads_as_published(real_data):
    """OS Terrain 50 SK00 has no coordinate system in the file; corner 400000 300000, 200 by 200 cells."""
    (path,) = sorted(real_data.rglob("SK00*.asc"))
    read = read_rasters([path], (400_000, 300_000, 410_000, 310_000), kind="terrain")
    assert read.values.shape == (200, 200)
    assert read.cell_size_m == 50
    lines = path.read_text().splitlines()
    assert read.values[0, 0] == pytest.approx(float(lines[5].split()[0]))
    assert read.values[199, 199] == pytest.approx(float(lines[204].split()[199]))
    assert "taken as National Grid" in read.notes[0]
