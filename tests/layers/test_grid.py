"""Points in areas and grid references."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers import grid

SQUARES = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]


def test_a_point_on_a_shared_edge_belongs_to_the_first_polygon():
    found = grid.assign_points(np.array([50.0, 100.0, 150.0, 250.0]), np.full(4, 50.0), SQUARES)
    assert found.tolist() == [0, 0, 1, -1]


def test_no_position_is_in_no_area():
    found = grid.assign_points(np.array([np.nan]), np.array([np.nan]), SQUARES)
    assert found.tolist() == [-1]


@pytest.mark.parametrize("cell_m", [None, 3.0, 40.0])
def test_the_grid_agrees_with_a_spatial_join(monkeypatch, cell_m):
    monkeypatch.setattr(grid, "GRID_PAYS", 0)
    rng = np.random.default_rng(3)
    seeds = shapely.MultiPoint(rng.uniform(0, 1000, (40, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds))[:-3]  # leave holes
    x, y = rng.uniform(-50, 1050, (2, 20_000))
    found = grid.assign_points(x, y, cells, cell_m=cell_m)
    joined = gpd.sjoin(
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y)),
        gpd.GeoDataFrame(geometry=cells),
        predicate="within",
    )
    expected = np.full(len(x), -1)
    expected[joined.index] = joined["index_right"]
    assert (found == expected).all()


def test_a_hole_is_outside(monkeypatch):
    monkeypatch.setattr(grid, "GRID_PAYS", 0)
    ring = shapely.box(0, 0, 90, 90).difference(shapely.box(30, 30, 60, 60))
    found = grid.assign_points(np.array([45.0, 10.0]), np.array([45.0, 10.0]), [ring], cell_m=5)
    assert found.tolist() == [-1, 0]


def test_ordnance_survey_worked_point_by_ostn15():
    # Ordnance Survey, transformation test points for OSTN15: TP "Caister Water Tower",
    # ETRS89 1.716073973 E 52.658007833 N is OSGB36 651409.804, 313177.450
    easting, northing = grid.from_lonlat(np.array([1.716073973]), np.array([52.658007833]))
    assert easting[0] == pytest.approx(651409.804, abs=0.01)
    assert northing[0] == pytest.approx(313177.450, abs=0.01)


def test_there_and_back_to_a_centimetre():
    x, y = np.array([406523.0, 433469.0]), np.array([286448.0, 279255.0])
    back = grid.from_lonlat(*grid.to_lonlat(x, y))
    assert np.allclose(back, (x, y), atol=0.01)


def test_the_false_origin_is_no_position():
    assert grid.in_britain(
        np.array([0.0, 406523.0, np.nan]), np.array([0.0, 286448.0, 1.0])
    ).tolist() == [False, True, False]


JUNCTION = [
    shapely.box(0, 0, 100, 100),
    shapely.box(100, 0, 200, 50),
    shapely.box(100, 50, 200, 100),
]
OVERLAPPING = [
    shapely.box(0, 0, 100, 100),
    shapely.box(50, 0, 150, 100),
    shapely.box(20, 20, 40, 40),
]
RING = [
    shapely.box(0, 0, 90, 90).difference(shapely.box(30, 30, 60, 60)),
    shapely.box(30, 30, 60, 60),
]


@pytest.mark.parametrize("areas", [SQUARES, JUNCTION, OVERLAPPING, RING])
def test_borders_that_fit_and_borders_that_do_not_agree_with_the_exact_test(monkeypatch, areas):
    """A corner on a neighbour's side, overlaps and an area in another's hole."""
    x, y = np.meshgrid(np.linspace(-5.0, 210, 216), np.linspace(-5.0, 110, 116))
    x, y = x.ravel(), y.ravel()
    expected = grid.assign_points(x, y, areas)  # few points: one by one
    monkeypatch.setattr(grid, "GRID_PAYS", 0)
    assert (grid.assign_points(x, y, areas, cell_m=7.3) == expected).all()
