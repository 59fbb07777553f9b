"""The shared network against an exact solver, against networkx, and on bad input."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.algorithms.approximation import steiner_tree

from layers.errors import InputError
from scenarios.steiner import shared_tree

SUPER = "fibre"


def exact_cost(n_nodes, edges, terminals):
    """Least cost of a tree that joins terminals: Dreyfus and Wagner's dynamic programme (1971).

    `best[mask][v]` is the cost of the cheapest tree on the terminals of `mask` and node `v`.
    """
    far = np.full((n_nodes, n_nodes), np.inf)
    np.fill_diagonal(far, 0.0)
    for a, b, cost in edges:
        far[a, b] = far[b, a] = min(far[a, b], cost)
    for k in range(n_nodes):
        far = np.minimum(far, far[:, k : k + 1] + far[k : k + 1, :])
    root, rest = terminals[0], terminals[1:]
    best = {1 << i: far[t].copy() for i, t in enumerate(rest)}
    full = (1 << len(rest)) - 1
    for mask in range(1, full + 1):
        if mask in best:
            continue
        merged = np.full(n_nodes, np.inf)
        part = (mask - 1) & mask
        while part:
            if part >= mask ^ part:
                merged = np.minimum(merged, best[part] + best[mask ^ part])
            part = (part - 1) & mask
        best[mask] = (merged[:, None] + far).min(axis=0)
    return float(best[full][root]) if rest else 0.0


def street_graph(rng, side=9, spacing=80.0):
    """A perturbed grid with a tenth of its streets missing, as towns are."""
    n = side * side
    i = np.arange(n)
    x = (i % side + rng.uniform(-0.3, 0.3, n)) * spacing
    y = (i // side + rng.uniform(-0.3, 0.3, n)) * spacing
    pairs = np.concatenate(
        [
            np.column_stack([i, i + 1])[i % side < side - 1],
            np.column_stack([i, i + side])[i // side < side - 1],
        ]
    )
    pairs = pairs[rng.random(len(pairs)) > 0.1]
    length = np.hypot(
        *(np.column_stack([x, y])[pairs[:, 0]] - np.column_stack([x, y])[pairs[:, 1]]).T
    )
    return n, pairs, length


def random_graph(rng, n=50):
    """A connected random graph with costs that have nothing to do with distance."""
    tree = np.column_stack([np.arange(1, n), [rng.integers(0, i) for i in range(1, n)]])
    pairs = np.unique(np.sort(np.concatenate([tree, rng.integers(0, n, (2 * n, 2))])), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return n, pairs, rng.uniform(1, 100, len(pairs))


def contracted(n, pairs, cost, fibre):
    """The same graph with all fibre nodes as node n."""
    new = np.where(np.isin(pairs, fibre), n, pairs)
    return [(int(a), int(b), float(c)) for (a, b), c in zip(new, cost, strict=True) if a != b]


def networkx_cost(n, pairs, cost, sites, fibre, method="mehlhorn"):
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    for (a, b), c in zip(pairs.tolist(), cost.tolist(), strict=True):
        if not graph.has_edge(a, b) or graph[a][b]["length"] > c:
            graph.add_edge(a, b, length=c)
    for node in fibre:
        graph.add_edge(SUPER, int(node), length=0.0)
    whole = graph.subgraph(nx.node_connected_component(graph, SUPER)).copy()
    joined = [SUPER, *(int(s) for s in sites if int(s) in whole)]
    return steiner_tree(whole, joined, weight="length", method=method).size(weight="length")


def is_tree(n, pairs, tree, sites, fibre):
    """Whether the edges join all reached sites to fibre, without a ring and without idle ends."""
    graph = nx.MultiGraph()
    for e in tree.edge:
        a, b = (SUPER if v in fibre else int(v) for v in pairs[e])
        graph.add_edge(a, b)
    graph.add_node(SUPER)
    ends = {v for v in graph if graph.degree(v) == 1}
    wanted = {int(s) for s, r in zip(sites, tree.reached, strict=True) if r} - set(fibre)
    return nx.is_tree(graph) and ends <= wanted | {SUPER} and wanted <= set(graph)


@pytest.mark.parametrize("kind", [street_graph, random_graph])
def test_mean_gap_to_the_optimum_is_at_most_three_per_cent(kind):
    gaps = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n, pairs, cost = kind(rng)
        whole = nx.Graph(pairs.tolist())
        main = np.array(sorted(max(nx.connected_components(whole), key=len)))
        pick = rng.choice(main, rng.integers(5, 10) + 2, replace=False)
        sites, fibre = pick[:-2], pick[-2:]
        tree = shared_tree(pairs[:, 0], pairs[:, 1], cost, n, sites, fibre)
        best = exact_cost(n + 1, contracted(n, pairs, cost, fibre), [n, *sites.tolist()])
        assert is_tree(n, pairs, tree, sites, fibre.tolist())
        assert tree.cost >= best * (1 - 1e-9)
        assert tree.cost <= tree.construction_cost
        for method in ("mehlhorn", "kou"):
            assert tree.cost <= networkx_cost(n, pairs, cost, sites, fibre, method) * (1 + 1e-9)
        gaps.append(tree.cost / best - 1)
    assert np.mean(gaps) <= 0.03


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 6))
def test_every_answer_is_a_tree_between_one_and_two_times_the_optimum(seed, n_fibre, n_sites):
    rng = np.random.default_rng(seed)
    n = 14
    pairs = np.unique(np.sort(rng.integers(0, n, (20, 2))), axis=0)
    cost = np.where(rng.random(len(pairs)) < 0.2, 0.0, rng.integers(1, 9, len(pairs)).astype(float))
    sites, fibre = rng.integers(0, n, n_sites), np.unique(rng.integers(0, n, n_fibre))
    tree = shared_tree(pairs[:, 0], pairs[:, 1], cost, n, sites, fibre)
    graph = nx.Graph()
    graph.add_nodes_from(range(n + 1))
    graph.add_edges_from(pairs.tolist())
    graph.add_edges_from((n, int(f)) for f in fibre)
    home = nx.node_connected_component(graph, n)
    assert tree.reached.tolist() == [int(s) in home for s in sites]
    assert is_tree(n, pairs, tree, sites, fibre.tolist())
    joined = np.setdiff1d(sites[tree.reached], fibre)
    best = exact_cost(n + 1, contracted(n, pairs, cost, fibre), [n, *joined.tolist()])
    assert best - 1e-9 <= tree.cost <= tree.construction_cost + 1e-9
    assert tree.cost <= 2 * best + 1e-9


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_the_trench_of_a_superset_is_no_shorter_than_the_optimum_of_a_subset(seed):
    rng = np.random.default_rng(seed)
    n, pairs, cost = random_graph(rng, 30)
    pick = rng.choice(n, 7, replace=False)
    sites, fibre = pick[:6], pick[6:]
    whole = shared_tree(pairs[:, 0], pairs[:, 1], cost, n, sites, fibre)
    part = exact_cost(n + 1, contracted(n, pairs, cost, fibre), [n, *sites[:4].tolist()])
    assert whole.cost >= part * (1 - 1e-9)


def test_the_way_of_each_site_leads_to_fibre_along_the_tree():
    n, pairs, cost = street_graph(np.random.default_rng(1), side=15)
    sites, fibre = np.array([3, 40, 77, 150, 201]), np.array([112])
    tree = shared_tree(pairs[:, 0], pairs[:, 1], cost, n, sites, fibre)
    used = set()
    for site in sites[tree.reached]:
        node = int(site)
        while tree.parent[node] >= 0:
            used.add(int(tree.via[node]))
            assert {node, int(tree.parent[node])} == set(pairs[tree.via[node]].tolist())
            node = int(tree.parent[node])
        assert node in fibre
    assert used == set(tree.edge.tolist())


def test_all_fibre_is_one_terminal():
    """Two sites, each beside a fibre node of its own, with a long street between them."""
    tree = shared_tree([0, 1, 2], [1, 2, 3], [5.0, 900.0, 5.0], 4, [1, 2], [0, 3])
    assert tree.edge.tolist() == [0, 2]
    assert tree.cost == 10


def test_a_duct_is_taken_where_it_is_cheaper_though_longer():
    """Around by the duct: 3 x 100 m at 12 GBP; straight on: 100 m of footway at 85 GBP."""
    cost = [100 * 85.0, 100 * 12.0, 100 * 12.0, 100 * 12.0]
    tree = shared_tree([0, 0, 2, 3], [1, 2, 3, 1], cost, 4, [1], [0])
    assert tree.edge.tolist() == [1, 2, 3]
    assert tree.cost == 3_600


def test_sites_that_cannot_be_reached_are_said():
    tree = shared_tree([0, 2], [1, 3], [10.0, 10.0], 5, [1, 3, 4, 0], [0])
    assert tree.reached.tolist() == [True, False, False, True]
    assert tree.edge.tolist() == [0]
    barred = shared_tree([0, 1], [1, 2], [1.0, 1.0], 3, [2], [0], usable=[True, False])
    assert barred.reached.tolist() == [False]
    assert barred.cost == 0


def test_without_fibre_the_sites_are_joined_where_most_of_them_are():
    start, end = [0, 1, 3, 4, 5], [1, 2, 4, 5, 6]
    tree = shared_tree(start, end, [1.0] * 5, 7, [0, 2, 3, 5, 6], [])
    assert tree.reached.tolist() == [False, False, True, True, True]
    assert tree.edge.tolist() == [2, 3, 4]
    nothing = shared_tree(start, end, [1.0] * 5, 7, [], [])
    assert nothing.edge.tolist() == []


def test_a_site_at_the_fibre_needs_no_trench_and_sites_may_repeat():
    tree = shared_tree([0, 1], [1, 2], [4.0, 0.0], 3, [0, 2, 2], [0])
    assert tree.cost == 4
    assert tree.reached.all()
    assert tree.edge.tolist() == [0, 1]


def test_the_same_input_gives_the_same_tree():
    n, pairs, cost = street_graph(np.random.default_rng(9), side=20)
    cost = np.round(cost / 20) * 20  # many ties
    sites, fibre = np.arange(7, 380, 31), np.array([0, 211])
    one, two = (
        shared_tree(pairs[:, 0], pairs[:, 1], cost, n, order, fibre)
        for order in (sites, sites[::-1])
    )
    assert np.array_equal(one.edge, two.edge)
    assert np.array_equal(one.parent, two.parent)


def test_more_effort_is_never_worse():
    n, pairs, cost = street_graph(np.random.default_rng(4), side=30)
    sites, fibre = np.random.default_rng(4).choice(n, 30, replace=False), np.array([450])
    costs = [
        shared_tree(pairs[:, 0], pairs[:, 1], cost, n, sites, fibre, effort=e).cost
        for e in (0, 2_000, 20_000)
    ]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]


@pytest.mark.parametrize(
    ("cost", "sites", "fibre", "words"),
    [
        ([-1.0], [0], [1], "negative, missing or infinite length"),
        ([np.nan], [0], [1], "negative, missing or infinite length"),
        ([1.0], [5], [1], "site 1 is at node 5"),
        ([1.0], [0], [-1], "fibre node 1 is at node -1"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(cost, sites, fibre, words):
    with pytest.raises(InputError) as caught:
        shared_tree([0], [1], cost, 2, sites, fibre)
    assert len(caught.value.faults) == 1
    assert words in str(caught.value)
