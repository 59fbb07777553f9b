"""Coverage of a case's small cells as GeoTIFF: values, edges, ranges, and nothing where nothing is chosen."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import tiny

from layers.parameters import shipped
from scenarios import testbed_raster
from scenarios.case import Confirmation
from scenarios.coverage_raster import statistical
from scenarios.coverage_result import blank_cells
from scenarios.small_cell_coverage import cell_carrier, cells_at
from scenarios.testbed_raster import coverage_of_cells, write_case_coverage

CARRIER = cell_carrier(shipped())
PROMISES = tuple(
    Confirmation("*", gate, "pass", "Digital lead", "2026-03-01", "file 3")
    for gate in ("named_user", "letter_of_support", "revenue_plan")
)


def cells(*xy):
    at = np.asarray(xy, dtype=np.float64)
    ids = np.asarray([f"c{i}" for i in range(len(at))], dtype=object)
    return cells_at(ids, at, CARRIER)[0]


def test_pixels_are_the_statistical_chain_and_end_at_the_radius():
    some = cells((400_005.0, 300_005.0))
    made = coverage_of_cells(some, CARRIER, 10.0, radius_m=250.0)
    raster = made["default"]
    row, column, inside = raster.cells_of(np.asarray([400_105.0]), np.asarray([300_005.0]))
    assert inside.all()
    whole = statistical(some, CARRIER, blank_cells(raster.bounds, 10.0), radius_m=250.0)
    np.testing.assert_allclose(raster.values, 100 * whole.probability[1], rtol=1e-6)
    assert made["low"].values[row, column] < raster.values[row, column]
    assert raster.values[row, column] < made["high"].values[row, column]
    east, north = raster.centres()
    away = np.hypot(east[None, :] - 400_005.0, north[:, None] - 300_005.0)
    assert np.isnan(raster.values[away > 250]).all()
    assert not np.isnan(raster.values[away <= 250]).any()


def test_tiles_give_what_one_piece_gives(monkeypatch):
    some = cells((400_005.0, 300_005.0), (400_900.0, 300_400.0))
    whole = coverage_of_cells(some, CARRIER, 10.0, radius_m=300.0)
    monkeypatch.setattr(testbed_raster, "TILE_CELLS", 13)
    tiled = coverage_of_cells(some, CARRIER, 10.0, radius_m=300.0)
    for case, raster in whole.items():
        np.testing.assert_array_equal(tiled[case].values, raster.values)


def test_adding_a_site_never_lowers_a_pixel():
    first = coverage_of_cells(cells((400_000.0, 300_000.0)), CARRIER, 20.0, radius_m=400.0)
    both = coverage_of_cells(
        cells((400_000.0, 300_000.0), (400_300.0, 300_100.0)), CARRIER, 20.0, radius_m=400.0
    )
    for case, raster in first.items():
        east, north = np.meshgrid(*raster.centres())
        now = both[case].sample(east.ravel(), north.ravel(), "nearest").reshape(east.shape)
        held = ~np.isnan(raster.values)
        assert (now[held] >= raster.values[held] - 1e-6).all()


def test_pixels_grow_before_a_raster_grows_too_large():
    assert testbed_raster._pixel_m((30_000.0, 30_000.0), 10.0) == 10.0
    assert testbed_raster._pixel_m((90_000.0, 90_000.0), 10.0) == 40.0


def test_a_case_writes_a_raster_for_each_set(tmp_path):
    result = tiny.run("5g-testbed")
    paths = write_case_coverage(result, tmp_path, shipped(), tiny.evidence())
    # every site waits for the officer: only the set that would be chosen has a raster
    assert [p.name for p in paths] == [
        "coverage_if_verified_low.tif",
        "coverage_if_verified.tif",
        "coverage_if_verified_high.tif",
    ]
    with rasterio.open(paths[1]) as file:
        assert file.crs.to_string() == "EPSG:27700"
        assert file.res == (10.0, 10.0)
        assert file.units == ("%",)
        assert "not a network operator prediction" in file.descriptions[0]
        found = file.read(1, masked=True)
        assert 99 < found.max() <= 100
        assert found.mask.any()
    bytes_before = [p.read_bytes() for p in paths]
    again = write_case_coverage(result, tmp_path, shipped(), tiny.evidence())
    assert [p.read_bytes() for p in again] == bytes_before

    confirmed = tiny.run("5g-testbed", confirmations=PROMISES)
    paths = write_case_coverage(confirmed, tmp_path, shipped(), tiny.evidence())
    # now it is the chosen set, and the other names are gone
    assert sorted(p.name for p in tmp_path.glob("*.tif")) == [
        "coverage.tif",
        "coverage_high.tif",
        "coverage_low.tif",
    ]


def test_nothing_chosen_writes_nothing(tmp_path):
    assert (
        write_case_coverage(
            tiny.run("5g-testbed", budget_gbp=1.0), tmp_path, shipped(), tiny.evidence()
        )
        == ()
    )
    assert list(tmp_path.iterdir()) == []


def test_a_radius_beyond_the_model_is_refused():
    from layers.errors import StudyError

    with pytest.raises(StudyError, match="beyond the 5,000 m"):
        coverage_of_cells(cells((400_000.0, 300_000.0)), CARRIER, 10.0, radius_m=6_000.0)
