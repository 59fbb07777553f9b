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
    print(kind.__name__, "mean", np.mean(gaps), "max", np.max(gaps))
