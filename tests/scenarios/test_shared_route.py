"""Routes to fibre on streets: each site's own, the shared one, where they run, whom they pass."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.parameters import shipped
from layers.streets import from_lines
from scenarios.shared_route import (
    ROUTE_COLUMNS,
    no_routes,
    premises_near,
    route_lines_of,
    routes_to_fibre,
    shared_route,
)

PARAMETERS = shipped()
E, N = 400_000, 290_000
# fibre at (0, 0); a trunk of 1,000 m east; two sites 100 m north and south of its end; an island
WAYS = [
    ("trunk", "residential", [(0, 0), (500, 0), (1_000, 0)]),
    ("north", "residential", [(1_000, 0), (1_000, 100)]),
    ("south", "track", [(1_000, 0), (1_000, -100)]),
    ("island", "residential", [(3_000, 0), (3_100, 0)]),
    ("motorway", "motorway", [(0, 0), (1_000, 100)]),
]


@pytest.fixture(scope="module")
def town():
    frame = gpd.GeoDataFrame(
        {"osm_id": [w[0] for w in WAYS], "highway": [w[1] for w in WAYS]},
        geometry=[shapely.LineString([(E + x, N + y) for x, y in w[2]]) for w in WAYS],
        crs="EPSG:27700",
    )
    return from_lines(frame)


def found(town, places, fibre=((0, 0),), **options):
    at = [[(E + x, N + y) for x, y in group] for group in (places, fibre)]
    return routes_to_fibre(town, *at, PARAMETERS, **options)


def shared(town, places, **options):
    routes = found(town, places, **options)
    return routes, shared_route(routes, np.ones(len(places), dtype=bool))


def test_sharing_saves_the_trunk(town):
    routes, route = shared(town, [(1_000, 100), (1_000, -100)])
    assert routes.alone_m == pytest.approx([1_100, 1_100])
    assert route.whole_m == pytest.approx(1_200)
    assert route.length_m["footway"] == pytest.approx(1_100 * 0.95)
    assert route.length_m["verge"] == pytest.approx(100)
    # 1,200 m at one in 150 m, one where the trunk divides, one where it meets the fibre
    assert route.chamber_count(PARAMETERS)[1] == [10]
    # 1,100 m each, and one joint each
    assert routes.own_chambers(PARAMETERS)[1].tolist() == [9, 9]


def test_a_stretch_is_paid_for_by_those_who_use_it(town):
    routes, route = shared(town, [(1_000, 100), (1_000, -100), (0, 0)])
    trunk, lane = 1_000 * (0.95 * 85 + 0.05 * 140), 100 * 40
    north = 100 * (0.95 * 85 + 0.05 * 140)
    assert route.direct_gbp == pytest.approx([trunk / 2 + north, trunk / 2 + lane, 0])
    assert route.direct_gbp.sum() == pytest.approx(route.tree.cost)
    assert routes.alone_m[2] == 0


def test_places_join_the_street_where_they_stand(town):
    """A site 40 m off the middle of a long street, and fibre 20 m off it."""
    routes = found(town, [(730, 40), (740, 10)], fibre=[(200, -20)])
    assert routes.snap_m == pytest.approx([40, 10])
    assert routes.alone_m == pytest.approx([530, 540])
    assert len(routes.streets.node_easting) == len(town.node_easting) + 3


def test_who_has_no_route_is_said(town):
    routes = found(town, [(1_000, 100), (500, 3_000), (3_050, 0), (np.nan, np.nan)])
    assert routes.routed.tolist() == [True, False, False, False]
    assert routes.why.tolist() == [
        "1,100 m along streets to the nearest known fibre",
        "no street within 100 m",
        "no street within 100 m",  # an island of one street: a break in the map, not a place
        "its position is not known",
    ]
    assert np.isnan(routes.alone_m[1:]).all()
    assert shared_route(routes, np.array([False, True, True, True])) is None


def test_an_incomplete_map_prices_no_long_route(town):
    other = PARAMETERS.override({"fibre.mapped_fibre_limit_m": {"value": 1_000}}, "study")
    at = [(E + 1_000, N + 100)], [(E, N)]
    thin = routes_to_fibre(town, *at, other)
    assert not thin.routed[0]
    assert "more than 1,000 m off" in thin.why[0]
    assert thin.length_m["footway"] == [0]
    assert routes_to_fibre(town, *at, other, complete=True).routed[0]


def test_without_streets_or_fibre_there_are_no_routes(town):
    assert routes_to_fibre(None, [(E, N)], [(E, N)], PARAMETERS) is None
    assert found(town, [(0, 0)], fibre=[]) is None
    assert found(town, [(0, 0)], fibre=[(0, 5_000)]) is None
    empty = from_lines(
        gpd.GeoDataFrame({"osm_id": [], "highway": []}, geometry=[], crs="EPSG:27700")
    )
    assert found(empty, [(0, 0)]) is None


def test_no_trench_goes_along_a_motorway(town):
    routes, route = shared(town, [(1_000, 100)])
    assert not (routes.streets.highway[route.tree.edge] == 0).any()


def test_ducts_are_re_used_and_priced_so(town):
    duct = np.isin(town.node_northing[town.start], [N]) & np.isin(town.node_northing[town.end], [N])
    routes, route = shared(replace(town, duct=duct), [(1_000, 100)])
    assert route.length_m["duct"] == pytest.approx(1_000)
    assert route.chamber_count(PARAMETERS)[1] == [2]
    assert routes.cost_gbp[route.tree.edge].sum() == pytest.approx(12_000 + 100 * 87.75)


def test_route_lines(town):
    routes, route = shared(town, [(1_000, 100), (1_000, -100)])
    lines = route_lines_of(routes, route, ["a", "b"], "chosen")
    assert tuple(lines.columns) == ROUTE_COLUMNS == tuple(no_routes().columns)
    assert lines.crs.to_epsg() == no_routes().crs.to_epsg() == 27700
    assert lines["site_id"].tolist() == ["a", "", "b"]
    assert lines["sites"].tolist() == [1, 2, 1]
    assert lines["surface"].tolist() == ["footway", "footway", "verge"]
    assert lines["length_m"].tolist() == [100, 1_000, 100]
    assert lines["cost_gbp"].tolist() == [8_775, 87_750, 4_000]
    assert lines.length.tolist() == pytest.approx([100, 1_000, 100])
    assert (lines["kind"] == "new").all()
    assert lines["stretch"].is_unique


def test_premises_near_a_route_each_once(town):
    routes, route = shared(town, [(1_000, 100), (1_000, -100)])
    x = E + np.array([500.0, 500.0, 1_010.0, 500.0, np.nan])
    y = N + np.array([10.0, -30.0, 0.0, 200.0, 0.0])
    near = premises_near(routes, route, x, y, 30)
    assert near.tolist() == [True, True, True, False, False]
    _, at_fibre = shared(town, [(0, 0)])
    assert not premises_near(routes, at_fibre, x, y, 30).any()


def test_pieces_of_no_length_do_no_harm(town):
    frame = gpd.GeoDataFrame(
        {"osm_id": ["a", "b"], "highway": "residential"},
        geometry=[
            shapely.LineString([(E, N), (E, N), (E + 100, N)]),
            shapely.LineString([(E + 100, N), (E + 100, N)]),
        ],
        crs="EPSG:27700",
    )
    routes = routes_to_fibre(from_lines(frame), [(E + 90, N)], [(E, N)], PARAMETERS)
    assert routes.alone_m == pytest.approx([90])
