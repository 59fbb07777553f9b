"""Bounded searches along streets against networkx and scipy, and what no study may trip over."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.compiled import chunks, in_chunks
from layers.errors import InputError
from scenarios.reach import (
    nearest_source,
    network,
    nodes_within,
)

LENGTHS = st.one_of(
    st.just(0.0), st.sampled_from([1.0, 2.0, 100.0]), st.floats(0, 500, allow_nan=False)
)


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 25))
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node, LENGTHS, st.booleans()), max_size=60))
    start, end, cost, oneway = (list(c) for c in zip(*edges, strict=True)) if edges else ([],) * 4
    return (
        n,
        np.array(start, int),
        np.array(end, int),
        np.array(cost, float),
        np.array(oneway, bool),
    )


def as_networkx(n, start, end, cost, oneway=None):
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(n))
    for i in range(len(start)):
        graph.add_edge(int(start[i]), int(end[i]), length=float(cost[i]))
        if oneway is None or not oneway[i]:
            graph.add_edge(int(end[i]), int(start[i]), length=float(cost[i]))
    return graph


@settings(max_examples=150, deadline=None, derandomize=True)
@given(graphs(), st.floats(0, 1_500), st.booleans())
def test_reach_equals_networkx(graph, limit, directed):
    n, start, end, cost, oneway = graph
    single = oneway if directed else None
    found = nodes_within(network(start, end, cost, n, oneway=single), np.arange(n), limit)
    theirs = as_networkx(n, start, end, cost, single)
    for origin in range(n):
        expected = nx.single_source_dijkstra_path_length(theirs, origin, limit, "length")
        part = slice(found.indptr[origin], found.indptr[origin + 1])
        # sums run in the order of the path, so that even the last bit is the same
        assert (
            dict(zip(found.node[part].tolist(), found.distance[part].tolist(), strict=True))
            == expected
        )
        assert found.node[part].tolist() == sorted(expected)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs(), st.floats(0, 800), st.floats(0, 800))
def test_catchments_grow_with_the_limit(graph, a, b):
    n, start, end, cost, oneway = graph
    net = network(start, end, cost, n, oneway=oneway)
    small, large = (nodes_within(net, np.arange(n), limit) for limit in sorted((a, b)))
    inner = set(zip(small.origin().tolist(), small.node.tolist(), strict=True))
    outer = set(zip(large.origin().tolist(), large.node.tolist(), strict=True))
    assert inner <= outer


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs(), st.floats(0, 800))
def test_directed_catchments_lie_within_undirected_ones(graph, limit):
    n, start, end, cost, oneway = graph
    one, both = (
        nodes_within(network(start, end, cost, n, oneway=single), np.arange(n), limit)
        for single in (oneway, None)
    )
    assert set(zip(one.origin().tolist(), one.node.tolist(), strict=True)) <= set(
        zip(both.origin().tolist(), both.node.tolist(), strict=True)
    )


@settings(max_examples=100, deadline=None, derandomize=True)
@given(graphs(), st.lists(st.integers(0, 24), min_size=1, max_size=6))
def test_nearest_source_equals_networkx(graph, wanted):
    n, start, end, cost, _ = graph
    sources = np.array([w % n for w in wanted])
    found = nearest_source(network(start, end, cost, n), sources)
    theirs = as_networkx(n, start, end, cost)
    away = [nx.single_source_dijkstra_path_length(theirs, int(s), weight="length") for s in sources]
    for node in range(n):
        lengths = [far.get(node, np.inf) for far in away]
        best = min(lengths)
        assert found.distance[node] == pytest.approx(best, rel=1e-12)
        if np.isinf(best):
            assert found.source[node] == -1
        else:
            assert lengths[found.source[node]] == pytest.approx(best, rel=1e-12)
        # the way back to the source has the length that is said
        at, total = node, 0.0
        while found.parent[at] >= 0:
            total += cost[found.via[at]]
            assert {at, int(found.parent[at])} == {
                int(start[found.via[at]]),
                int(end[found.via[at]]),
            }
            at = int(found.parent[at])
        if np.isfinite(best):
            assert at in sources
            assert total == pytest.approx(best, abs=1e-9)


def test_of_two_equally_near_sources_the_smaller_number_is_reported():
    net = network([0, 1], [1, 2], [100.0, 100.0], 3)
    assert nearest_source(net, [2, 0]).source.tolist() == [1, 0, 0]
    assert nearest_source(net, [0, 2]).source.tolist() == [0, 0, 1]
    assert nearest_source(net, [2, 0], group=[7, 7]).source.tolist() == [7, 7, 7]


def grid(side=60, seed=5):
    rng = np.random.default_rng(seed)
    i = np.arange(side * side)
    xy = np.column_stack([i % side, i // side]) * 60.0 + rng.uniform(-15, 15, (side * side, 2))
    pairs = np.concatenate(
        [
            np.column_stack([i, i + 1])[i % side < side - 1],
            np.column_stack([i, i + side])[i // side < side - 1],
        ]
    )
    pairs = pairs[rng.random(len(pairs)) > 0.15]
    return xy, pairs, np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)


def test_results_do_not_depend_on_the_number_of_threads():
    xy, pairs, length = grid()
    net = network(pairs[:, 0], pairs[:, 1], length, len(xy))
    origins = np.random.default_rng(1).integers(0, len(xy), 300)
    one = nodes_within(net, origins, 700, workers=1)
    for workers in (2, 5, None):
        other = nodes_within(net, origins, 700, workers=workers)
        assert np.array_equal(one.indptr, other.indptr)
        assert np.array_equal(one.node, other.node)
        assert np.array_equal(one.distance, other.distance)


def test_a_limit_without_end_reaches_the_whole_part():
    xy, pairs, length = grid(20)
    net = network(pairs[:, 0], pairs[:, 1], length, len(xy))
    found = nodes_within(net, [0, 17], np.inf)
    graph = as_networkx(len(xy), pairs[:, 0], pairs[:, 1], length)
    for k, origin in enumerate((0, 17)):
        expected = nx.single_source_dijkstra_path_length(graph, origin, weight="length")
        part = slice(found.indptr[k], found.indptr[k + 1])
        assert (
            dict(zip(found.node[part].tolist(), found.distance[part].tolist(), strict=True))
            == expected
        )


def test_islands_and_an_origin_without_any_street():
    found = nodes_within(network([0, 2], [1, 3], [10.0, 10.0], 5), [0, 2, 4], 1_000)
    assert found.node.tolist() == [0, 1, 2, 3, 4]
    assert found.indptr.tolist() == [0, 2, 4, 5]


def test_no_origins_no_edges_no_limit():
    empty = network([], [], [], 3)
    assert nodes_within(empty, [], 100).indptr.tolist() == [0]
    assert nodes_within(empty, [2], 0).node.tolist() == [2]
    assert nearest_source(empty, []).source.tolist() == [-1, -1, -1]


def test_zero_length_edges_join():
    found = nodes_within(network([0, 1], [1, 2], [0.0, 0.0], 3), [0], 0)
    assert found.node.tolist() == [0, 1, 2]
    assert found.distance.tolist() == [0, 0, 0]


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_one_clear_error_for_lengths_that_are_none(bad):
    with pytest.raises(InputError) as caught:
        network([0, 1, 2], [1, 2, 0], [10.0, bad, bad], 3)
    assert len(caught.value.faults) == 1
    assert "2 of 3 pieces of street" in str(caught.value)
    assert "the first is piece 2" in str(caught.value)


def test_other_bad_input():
    net = network([0], [1], [10.0], 2)
    with pytest.raises(InputError, match="end at a node that does not exist"):
        network([0], [9], [10.0], 2)
    with pytest.raises(InputError, match="origin 2 is at node 7"):
        nodes_within(net, [0, 7], 100)
    with pytest.raises(InputError, match="source 1 is at node -1"):
        nearest_source(net, [-1])
    for limit in (-1, np.nan):
        with pytest.raises(InputError, match="limit"):
            nodes_within(net, [0], limit)


def test_chunks_are_the_same_for_any_number_of_workers():
    assert list(chunks(10, 4)) == [(0, 4), (4, 8), (8, 10)]
    for workers in (1, 3, None):
        assert in_chunks(lambda low, high: high - low, 10, 4, workers) == [4, 4, 2]
    assert in_chunks(lambda low, high: high - low, 0, 4) == []
