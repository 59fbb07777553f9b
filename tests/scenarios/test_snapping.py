"""Places joined to the nearest point of the nearest street, and the points in their reach."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from scenarios.reach import network
from scenarios.snapping import attach, points_within


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.sampled_from([10.0, 120.0, 5_000.0]))
def test_the_nearest_street_is_that_of_shapely(seed, limit):
    rng = np.random.default_rng(seed)
    node = rng.uniform(0, 1_000, (20, 2))
    start, end = rng.integers(0, 20, (2, 25))
    place = rng.uniform(-300, 1_300, (40, 2))
    place[0] = np.nan
    found = attach(*place.T, *node.T, start, end, limit_m=limit)
    lines = [shapely.LineString([node[a], node[b]]) for a, b in zip(start, end, strict=True)]
    for p in range(1, 40):
        far = np.array(
            [
                np.inf if a == b else line.distance(shapely.Point(place[p]))
                for a, b, line in zip(start, end, lines, strict=True)
            ]
        )
        if far.min() > limit:
            assert found.edge[p] == -1
            assert np.isnan(found.snap_m[p])
            continue
        assert found.snap_m[p] == pytest.approx(far.min(), abs=1e-6)
        on = (
            node[start[found.edge[p]]] * (1 - found.share[p])
            + node[end[found.edge[p]]] * found.share[p]
        )
        assert np.hypot(*(on - place[p])) == pytest.approx(found.snap_m[p], abs=1e-6)
    assert found.edge[0] == -1


def test_a_site_three_kilometres_from_any_street_is_not_attached():
    place = ([3_000.0, 50.0, np.nan], [0.0, 10.0, 0.0])
    found = attach(*place, np.array([0.0, 100.0]), np.array([0.0, 0.0]), [0], [1], limit_m=500)
    assert found.on_street.tolist() == [False, True, False]
    assert found.snap_m[1] == 10
    assert found.share[1] == 0.5
    near = attach(*place, np.array([0.0, 100.0]), np.array([0.0, 0.0]), [0], [1], limit_m=4_000)
    assert near.snap_m[0] == 2_900


def test_no_streets_and_a_limit_that_is_none():
    found = attach([1.0], [1.0], np.zeros(2), np.zeros(2), [0], [0], limit_m=10)
    assert found.edge.tolist() == [-1]
    with pytest.raises(InputError, match="snap limit"):
        attach([1.0], [1.0], np.zeros(2), np.zeros(2), [0], [1], limit_m=0)


def test_a_catchment_by_hand():
    """A street of 100 m; the site is at 20 m, 5 m off; points at 80 m and at 20 m across."""
    x, y = np.array([0.0, 100.0, 200.0]), np.zeros(3)
    start, end, length = [0, 1], [1, 2], [100.0, 100.0]
    sites = attach([20.0], [5.0], x, y, start, end, limit_m=50)
    points = attach(
        [80.0, 20.0, 150.0, 80.0], [-3.0, -5.0, 0.0, 999.0], x, y, start, end, limit_m=50
    )
    net = network(start, end, length, 3)
    site, point, far = points_within(net, start, end, length, sites, points, 68.0)
    assert site.tolist() == [0, 0]
    assert point.tolist() == [0, 1]
    assert far.tolist() == pytest.approx([5 + 60 + 3, 10])
    _, point, far = points_within(net, start, end, length, sites, points, np.inf)
    assert point.tolist() == [0, 1, 2]
    assert far[2] == pytest.approx(5 + 80 + 50)


def with_places(n, start, end, cost, oneway, places):
    """The same graph with places as nodes of their own in the middle of edges.

    Places at one point of a one-way street reach each other, though no way leads back.
    """
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(n))
    for e in range(len(start)):
        on = sorted((share, k) for k, (edge, share) in enumerate(places) if edge == e)
        stops = [(0.0, int(start[e])), *((s, f"p{k}") for s, k in on), (1.0, int(end[e]))]
        for (s, a), (t, b) in pairwise(stops):
            graph.add_edge(a, b, length=(t - s) * cost[e])
            at_one_point = s == t and str(a)[0] == str(b)[0] == "p"
            if not oneway[e] or at_one_point:
                graph.add_edge(b, a, length=(t - s) * cost[e])
    return graph


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.floats(0, 1_000), st.booleans())
# two places beyond the end of a one-way street, so at one point
@example(seed=503, limit=95.0, directed=True)
def test_catchments_equal_networkx_with_places_as_nodes(seed, limit, directed):
    rng = np.random.default_rng(seed)
    n, edges = 12, 18
    node = rng.uniform(0, 500, (n, 2))
    start, end = rng.integers(0, n, (2, edges))
    cost = np.where(rng.random(edges) < 0.1, 0.0, rng.uniform(1, 300, edges))
    oneway = (rng.random(edges) < 0.5) & directed
    spots = rng.uniform(0, 500, (16, 2))
    joined = attach(*spots.T, *node.T, start, end, limit_m=60)
    sites = attach(*spots[:6].T, *node.T, start, end, limit_m=60)
    net = network(start, end, cost, n, oneway=oneway)
    site, point, far = points_within(
        net, start, end, cost, sites, joined, limit, oneway=oneway, workers=1
    )
    found = {(int(s), int(p)): f for s, p, f in zip(site, point, far, strict=True)}
    graph = with_places(
        n,
        start,
        end,
        cost,
        oneway,
        list(zip(joined.edge.tolist(), joined.share.tolist(), strict=True)),
    )
    for s in range(6):
        if not sites.on_street[s]:
            assert not any(pair[0] == s for pair in found)
            continue
        away = nx.single_source_dijkstra_path_length(graph, f"p{s}", weight="length")
        for p in range(16):
            total = joined.snap_m[s] + joined.snap_m[p] + away.get(f"p{p}", np.inf)
            if (s, p) in found:
                assert found[s, p] == pytest.approx(total, abs=1e-6)
            else:
                assert not total <= limit - 1e-6


def test_times_count_the_way_to_the_street_at_walking_pace():
    x, y = np.array([0.0, 100.0]), np.zeros(2)
    sites = attach([0.0], [10.0], x, y, [0], [1], limit_m=50)
    points = attach([100.0], [20.0], x, y, [0], [1], limit_m=50)
    seconds = [100.0 / (36 / 3.6)]
    net = network([0], [1], seconds, 2)
    _, _, far = points_within(net, [0], [1], seconds, sites, points, 600, snap_cost_per_m=3.6 / 3.6)
    assert far.tolist() == pytest.approx([10 + 10 + 20])
