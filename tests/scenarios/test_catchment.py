"""Catchments by straight line and along a hand-made street, each point once in a union."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.parameters import shipped
from layers.streets import HIGHWAYS, Streets, from_lines
from scenarios.catchment import NO_POSITION, Membership, Reach, catchment
from scenarios.site_measures import street_snap
from scenarios.travel import Travel

NO_STREETS = Reach(None, snap_m=100.0, detour_ratio=1.3)


def street(everywhere=True, count=11):
    """A street along the x axis with a node each 100 m, and a stub 50 m above it that leads nowhere."""
    a = np.arange(count)
    x, y = np.r_[a * 100.0, 450.0, 460.0], np.r_[np.zeros(count), 50.0, 50.0]
    start, end = np.r_[a[:-1], count].astype(np.int32), np.r_[a[1:], count + 1].astype(np.int32)
    edges = len(start)
    reach = shapely.box(0, -500, 1_000 if count < 100 else 10_000, 500)
    return Streets(
        x, y, start, end, np.hypot(x[start] - x[end], y[start] - y[end]),
        np.full(edges, HIGHWAYS.index("residential"), np.int8), np.zeros(edges, bool),
        np.ones(edges, bool), np.r_[np.zeros(count), 1, 1].astype(np.int32),
        reach if everywhere else shapely.Polygon(), {},
    )  # fmt: skip


def along(**kind):
    return Reach(street(**kind), snap_m=100.0, detour_ratio=1.3)


def test_straight_lines_reach_the_network_distance_over_the_detour_ratio():
    points = [[0, 0], [100, 0], [153, 0], [154, 0]]
    members = catchment([[0, 0]], points, 200.0, NO_STREETS)
    assert members.points.tolist() == [0, 1, 2]  # 154 m x 1.3 = 200.2 m
    assert members.distance_m.tolist() == pytest.approx([0, 130, 198.9], abs=1e-3)
    assert members.method.tolist() == ["straight line x 1.3"]


def test_d02_a_walk_of_fifteen_minutes_and_the_line_that_stands_in_for_it():
    """Worked example D02: 4.8 km/h for 15 minutes are 1,200 m, and 923.08 m straight at a detour of 1.3."""
    walk = Travel.of("walk", shipped()).limit_m(15)
    assert walk == pytest.approx(1_200)
    points = [[0, 923.0], [0, 923.15]]
    reached = catchment([[0, 0]], points, walk, Reach.of(None, shipped())).points
    assert reached.tolist() == [0]


def test_along_streets_the_way_to_the_street_counts():
    # the site is 20 m off the street; the points are 10 m off it 200 m back, and 100 and 300 m on
    members = catchment([[500, 20]], [[300, 10], [600, 0], [800, 0]], 300.0, along())
    assert members.method.tolist() == ["streets"]
    assert members.points.tolist() == [0, 1]
    assert members.distance_m.tolist() == pytest.approx([230, 120])
    assert members.snap_m.tolist() == [20.0]
    told = street_snap(members)["street_snap_m"]
    assert told.metric.value.tolist() == [20.0]
    assert street_snap(catchment([[500, 20]], [[300, 10]], 300.0, NO_STREETS)) == {}


def test_places_join_the_street_where_they_stand_not_at_the_next_junction():
    members = catchment([[540, 10]], [[560, -10]], 300.0, along())
    assert members.distance_m.tolist() == pytest.approx([10 + 20 + 10])


def test_a_stub_traps_nobody():
    """The street at (455, 50) is nearest, but leads nowhere; the one below is joined instead."""
    members = catchment([[455, 45]], [[700, 0]], 400.0, along())
    assert members.distance_m.tolist() == pytest.approx([45 + 245])
    assert members.snap_m.tolist() == [45.0]


def test_sites_near_the_edge_of_the_streets_or_far_from_one_fall_back():
    members = catchment([[100, 0], [500, 101], [np.nan, 0]], [[500, 0]], 200.0, along())
    assert members.method.tolist() == ["straight line x 1.3", "straight line x 1.3", NO_POSITION]
    assert members.located.tolist() == [True, True, False]
    assert members.straight.tolist() == [True, True, False]
    assert members.snap_m[0] == 0
    assert np.isnan(members.snap_m[1:]).all()
    outside = catchment([[500, 0]], [[500, 0]], 200.0, along(everywhere=False))
    assert outside.method[0] == "straight line x 1.3"


def test_streets_need_not_reach_beyond_the_margin_they_are_kept_to():
    near = replace(along(), edge_m=80.0)
    assert catchment([[100, 0]], [[500, 0]], 200.0, near).method.tolist() == ["streets"]


def test_pieces_of_many_sites_agree_with_one_at_a_time():
    streets = along(count=101)
    rng = np.random.default_rng(3)
    sites = np.column_stack([rng.uniform(300, 700, 200), rng.uniform(-20, 20, 200)])
    points = np.column_stack([rng.uniform(0, 1000, 300), rng.uniform(-20, 20, 300)])
    whole = catchment(sites, points, 250.0, streets)
    for i in (0, 77, 199):
        one = catchment(sites[i : i + 1], points, 250.0, streets)
        part = slice(whole.indptr[i], whole.indptr[i + 1])
        assert one.points.tolist() == whole.points[part].tolist()
        assert one.distance_m.tolist() == whole.distance_m[part].tolist()


def loop():
    """A one-way square: residential to the east, then north, west and south, with 1 km sides."""
    corner = [(0, 0), (1_000, 0), (1_000, 1_000), (0, 1_000)]
    ways = [
        ("a", "residential", corner[0:2]), ("b", "primary", corner[1:3]),
        ("c", "residential", corner[2:4]), ("d", "motorway", [corner[3], corner[0]]),
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(
        {"osm_id": [w[0] for w in ways], "highway": [w[1] for w in ways], "oneway": True},
        geometry=[shapely.LineString(w[2]) for w in ways],
        crs=27700,
    )
    return replace(from_lines(frame), covered=shapely.box(-9_000, -9_000, 9_000, 9_000))


@pytest.mark.parametrize(
    ("mode", "reached", "method"),
    [
        # on foot both ways everywhere, but not along the motorway; 1,200 m
        ("walk", {0: 500.0, 1: 500.0, 2: 1_000.0}, "streets"),
        # cyclists come with the traffic only: from half-way along a; 3,750 m
        ("cycle", {0: 500.0}, "streets by cycle"),
        # drivers come all the way round; times at 30 km/h: c at 25, d at 90, a at 25, b at 40 km/h
        (
            "drive",
            {0: 500 * 30 / 25, 1: (500 * 30 / 40) + 2_000 * 30 / 25 + 1_000 * 30 / 90,
             2: 1_000 * 30 / 25 + 1_000 * 30 / 25 + 1_000 * 30 / 90},
            "streets by car",
        ),
    ],
)  # fmt: skip
def test_who_comes_in_fifteen_minutes_and_which_way(mode, reached, method):
    """A site at the corner where a ends; points half-way along a and b, and at the end of b."""
    travel = Travel.of(mode, shipped())
    reach = Reach(loop(), 100.0, 1.3, travel)
    found = catchment(
        [[1_000, 0]], [[500, 0], [1_000, 500], [1_000, 1_000]], travel.limit_m(15), reach
    )
    assert found.method.tolist() == [method]
    got = dict(zip(found.points.tolist(), found.distance_m.tolist(), strict=True))
    assert got == pytest.approx(reached, abs=1e-2)


def test_the_way_to_the_street_is_walked_in_any_mode():
    travel = Travel.of("cycle", shipped())
    found = catchment([[500, 20]], [[700, 0]], 2_000.0, Reach(street(), 100.0, 1.3, travel, 200.0))
    assert found.distance_m.tolist() == pytest.approx([200 + 20 * 15 / 4.8], abs=1e-3)


def test_catchments_are_those_of_networkx_on_a_town():
    """Every pair of a town of 400 junctions, with places as nodes of their own."""
    rng = np.random.default_rng(5)
    side = 20
    i = np.arange(side * side)
    xy = np.column_stack([i % side, i // side]) * 60.0 + rng.uniform(-15, 15, (side * side, 2))
    pairs = np.concatenate(
        [
            np.column_stack([i, i + 1])[i % side < side - 1],
            np.column_stack([i, i + side])[i // side < side - 1],
        ]
    )
    frame = gpd.GeoDataFrame(
        {"osm_id": np.arange(len(pairs)), "highway": "residential"},
        geometry=shapely.linestrings(xy[pairs]),
        crs=27700,
    )
    streets = replace(from_lines(frame), covered=shapely.box(-9_000, -9_000, 9_000, 9_000))
    sites, points = rng.uniform(0, 1_140, (8, 2)), rng.uniform(-50, 1_200, (60, 2))
    found = catchment(sites, points, 500.0, Reach(streets, 200.0, 1.3))
    ours = dict(zip(zip(found.sites(), found.points, strict=True), found.distance_m, strict=True))
    theirs = by_networkx(streets, np.vstack([sites, points]), len(sites), 500.0)
    assert set(ours) == set(theirs)
    assert len(ours) > 50
    for pair, far in theirs.items():
        assert ours[pair] == pytest.approx(far, abs=2e-3)


def by_networkx(streets, places, sites, limit):
    """Distances from the first places to the others, each a node on the street that shapely finds."""
    lines = shapely.linestrings(
        np.stack(
            [
                np.column_stack([streets.node_easting[e], streets.node_northing[e]])
                for e in (streets.start, streets.end)
            ],
            axis=1,
        )
    )
    spots = shapely.points(places)
    _, edge = shapely.STRtree(lines).query_nearest(spots, all_matches=False)
    share = shapely.line_locate_point(lines[edge], spots, normalized=True)
    snap = shapely.distance(lines[edge], spots)
    graph = nx.Graph()
    for e, (a, b) in enumerate(zip(streets.start.tolist(), streets.end.tolist(), strict=True)):
        on = sorted((share[p], ("p", p)) for p in np.flatnonzero(edge == e))
        stops = [(0.0, a), *on, (1.0, b)]
        for (s, u), (t, v) in pairwise(stops):
            graph.add_edge(u, v, length=(t - s) * streets.length_m[e])
    made = {}
    for s in range(sites):
        far = nx.single_source_dijkstra_path_length(graph, ("p", s), weight="length")
        for p in range(sites, len(places)):
            total = snap[s] + snap[p] + far.get(("p", p), np.inf)
            if total <= limit:
                made[s, p - sites] = total
    return made


def test_a_union_counts_each_point_once_and_sums_would_not():
    premises = np.array([10.0, 20.0, 40.0])
    members = catchment([[0, 0], [60, 0]], [[0, 0], [30, 0], [150, 0]], 150.0, NO_STREETS)
    assert members.total(premises).tolist() == [30.0, 70.0]
    assert premises[members.union(np.array([True, True]))].sum() == 70.0
    assert premises[members.union(np.array([True, False]))].sum() == 30.0


def test_shorter_reaches_are_parts_of_longer_ones():
    rng = np.random.default_rng(1)
    sites, points = rng.uniform(0, 2000, (20, 2)), rng.uniform(0, 2000, (500, 2))
    wide = catchment(sites, points, 500.0, NO_STREETS)
    near = catchment(sites, points, 200.0, NO_STREETS)
    part = wide.within(200.0)
    assert part.points.tolist() == near.points.tolist()
    assert part.indptr.tolist() == near.indptr.tolist()
    assert (wide.total(np.ones(500)) >= near.total(np.ones(500))).all()


def test_nearest_and_largest_say_when_a_catchment_is_empty():
    members = catchment([[0, 0], [9000, 0]], [[10, 0], [20, 0]], 100.0, NO_STREETS)
    assert members.nearest_m()[0] == pytest.approx(13.0)
    assert np.isnan(members.nearest_m()[1])
    assert members.most([1, 2], empty=7).tolist() == [2, 7]
    assert members.matrix().shape == (2, 2)


def test_no_points_and_no_sites():
    assert catchment([[0, 0]], np.empty((0, 2)), 100.0, NO_STREETS).total([]).tolist() == [0.0]
    assert catchment(np.empty((0, 2)), [[0, 0]], 100.0, NO_STREETS).n_sites == 0


@given(st.integers(0, 2**32 - 1))
def test_adding_a_site_never_lowers_the_coverage_of_a_set(seed):
    rng = np.random.default_rng(seed)
    sites, points = int(rng.integers(1, 8)), int(rng.integers(1, 40))
    site, point = np.nonzero(rng.random((sites, points)) < 0.3)
    far = rng.uniform(0, 500, len(site))
    members = Membership.of(site, point, far, points, np.full(sites, "streets", dtype=object))
    premises = rng.integers(0, 20, points).astype(float)
    chosen = rng.random(sites) < 0.5
    before = members.merged(chosen).total(premises)[0]
    for more in np.flatnonzero(~chosen):
        larger = chosen.copy()
        larger[more] = True
        after = members.merged(larger).total(premises)[0]
        assert before <= after <= before + members.total(premises)[more]
    shorter = members.within(float(rng.uniform(0, 500)))
    assert shorter.merged(chosen).total(premises)[0] <= before
