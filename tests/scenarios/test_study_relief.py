"""The study's own heights in the testbed: a wall hides what stands behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from layers.geotiff import write_geotiff
from layers.heights import HeightFile, Heights
from layers.parameters import shipped
from layers.rasters import Raster
from scenarios.small_cell_coverage import cell_carrier, cells_at, small_cell_coverage
from scenarios.study_relief import CHAIN, NO_GROUND, NO_HEIGHTS, StudyHeights, in_the_open
from scenarios.testbed_raster import coverage_of_cells

LEFT, TOP, SIDE = 399_500.0, 300_500.0, 100  # a square kilometre of 10 m cells around the origin
CARRIER = cell_carrier(shipped())


def held(folder, kind, values):
    folder = folder / str(len(list(folder.iterdir())))
    grid = Raster(np.asarray(values, dtype=np.float32), LEFT, TOP, 10.0)
    path = write_geotiff(grid, folder / f"{kind}.tif", unit="m", description=kind)
    left, bottom, right, top = grid.bounds
    return Heights(kind, (HeightFile(path, path.name, left, bottom, right, top, 10.0),))


def walled(folder, **changes):
    """Flat ground at 100 m, and a wall of 30 m running north to south 100 m east of site A."""
    ground = np.full((SIDE, SIDE), 100.0)
    surface = ground.copy()
    surface[:, 60] = 130.0
    demand = pd.DataFrame(
        [
            {"id": "w", **tiny.at(-250), "area": "a1", "lad": "E1", "premises": 7.0},
            {"id": "e", **tiny.at(250), "area": "a1", "lad": "E1", "premises": 5.0},
        ]
    )
    layers = {
        "demand": tiny.layer("demand", demand.assign(without_full_fibre=0.0)),
        "businesses": None,
        "surface": held(folder, "surface", surface),
        "bare_earth": held(folder, "terrain", ground),
    }
    return tiny.evidence(**(layers | changes))


SITE = pd.DataFrame([{"id": "A", "location": "exact", **tiny.at(0)}])


def covered(evidence):
    found = small_cell_coverage(evidence, shipped(), SITE)
    return found, found.covered["premises"].per_site(new=False)[:, 0].tolist()


def test_a_users_surface_decides_who_is_seen(tmp_path):
    found, low_to_high = covered(walled(tmp_path))
    assert low_to_high == [7, 7, 7]  # in sight at 250 m; those behind the wall are not covered
    assert "a ray over the surface" in found.method
    assert any("trees standing in the way" in note for note in found.notes)
    words = found.measures()["covered_premises"].metric.route[0]
    assert "statistical chain" in words
    # without the surface the model does not know which side is hidden
    _, blind = covered(walled(tmp_path, surface=None))
    assert blind == [0, 0, 0]


def test_a_surface_without_bare_earth_is_said_and_not_used(tmp_path):
    found, _ = covered(walled(tmp_path, bare_earth=None))
    assert NO_GROUND in found.notes
    assert "its probability" in found.method


def test_a_surface_elsewhere_changes_nothing(tmp_path):
    far = walled(tmp_path)
    moved = pd.DataFrame(
        [{"id": "A", "location": "exact", "easting": 450_000.0, "northing": 300_000.0}]
    )
    assert "its probability" in small_cell_coverage(far, shipped(), moved).method


def test_where_the_surface_is_unknown_sight_is_left_to_its_probability(tmp_path):
    hole = np.full((SIDE, SIDE), 100.0)
    hole[:, 60:] = np.nan
    evidence = walled(tmp_path, surface=held(tmp_path, "surface", hole))
    relief = StudyHeights(evidence).relief((LEFT, TOP - 1_000, LEFT + 1_000, TOP), 10.0)
    lost = np.isnan(relief.ground.values)
    assert lost[:, 60:].all()
    assert not lost[:, :60].any()


def test_cells_that_are_too_many_grow(tmp_path, monkeypatch):
    monkeypatch.setattr("scenarios.study_relief.CELLS_AT_MOST", 5_000)
    relief = StudyHeights(walled(tmp_path)).relief((LEFT, TOP - 1_000, LEFT + 1_000, TOP), 10.0)
    assert relief.ground.cell_size_m == 20.0


def test_an_antenna_in_a_building_moves_to_the_street(tmp_path):
    surface = np.full((SIDE, SIDE), 100.0)
    surface[48:52, 48:52] = 115.0  # 40 m square around the origin
    surface[0:40, 0:40] = 115.0  # a block too deep to leave
    relief = StudyHeights(walled(tmp_path, surface=held(tmp_path, "surface", surface))).relief(
        (LEFT, TOP - 1_000, LEFT + 1_000, TOP), 10.0
    )
    xy = np.asarray([[400_000.0, 300_000.0], [399_600.0, 300_400.0], [400_300.0, 300_000.0]])
    cells, _ = cells_at(np.asarray(["in", "deep", "out"], dtype=object), xy, CARRIER)
    moved, count, shut = in_the_open(cells, relief)
    assert (count, shut) == (1, 1)
    assert np.hypot(*(moved.xy[0] - xy[0])) == pytest.approx(25, abs=8)
    assert moved.xy[1:].tolist() == xy[1:].tolist()


def test_the_raster_shows_the_shadow_of_the_wall(tmp_path):
    cells, _ = cells_at(
        np.asarray(["A"], dtype=object), np.asarray([[400_000.0, 300_000.0]]), CARRIER
    )
    made = coverage_of_cells(cells, CARRIER, 10.0, 400.0, StudyHeights(walled(tmp_path)))
    for raster in made.values():
        west, east = raster.sample(
            np.asarray([399_705.0, 400_305.0]), np.asarray([300_005.0, 300_005.0]), "nearest"
        )
        assert west > 95
        assert west > east + 20


ASKED = shipped().override({CHAIN: tiny.words(1)}, "study.toml")


def test_a_study_may_ask_for_the_site_specific_chain_and_its_name_is_printed(tmp_path):
    found = small_cell_coverage(walled(tmp_path), ASKED, SITE)
    assert found.covered["premises"].per_site(new=False)[:, 0].tolist() == [7, 7, 7]
    assert found.method.startswith("site-specific chain: free space and ITU-R P.526 Bullington")
    assert any("by the site-specific chain over the study's surface" in n for n in found.notes)
    bare = small_cell_coverage(walled(tmp_path, surface=None), ASKED, SITE)
    assert "P.2108 at the receiver" in bare.method


def test_the_site_specific_chain_says_nothing_where_there_are_no_heights(tmp_path):
    two = pd.concat([SITE, SITE.assign(id="B", easting=401_000.0)], ignore_index=True)
    found = small_cell_coverage(walled(tmp_path), ASKED, two)
    assert np.isnan(found.covered["premises"].per_site(new=False)[1, 1])
    first = {i.item: i for i in found.items(np.asarray([True, True]))}["premises_covered"]
    assert first.value == 7
    assert "1 of 2 sites have no position or no heights" in first.note
    alone = {i.item: i for i in found.items(np.asarray([False, True]))}["premises_covered"]
    assert np.isnan(alone.value)  # unknown, never nil
    none = small_cell_coverage(tiny.evidence(), ASKED, SITE)
    assert NO_HEIGHTS in none.notes
    assert none.method.startswith("statistical chain")
    far = SITE.assign(easting=450_000.0)
    assert NO_HEIGHTS in small_cell_coverage(walled(tmp_path), ASKED, far).notes


def test_the_raster_follows_the_chain_of_the_study(tmp_path):
    cells, _ = cells_at(
        np.asarray(["A"], dtype=object), np.asarray([[400_000.0, 300_000.0]]), CARRIER
    )
    made = coverage_of_cells(cells, CARRIER, 10.0, 900.0, StudyHeights.of(walled(tmp_path), ASKED))
    x, y = np.asarray([399_705.0, 400_305.0, 400_805.0]), np.full(3, 300_005.0)
    west, east, beyond = made["default"].sample(x, y, "nearest")
    assert west > 99
    assert east < 50
    assert np.isnan(beyond)  # off the heights: unknown, not uncovered
