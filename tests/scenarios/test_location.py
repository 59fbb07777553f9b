"""Location models: the worked examples, the published p-median optimum, and brute force."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.sparse.csgraph import floyd_warshall

from layers.errors import StudyError
from scenarios.cover import cover_matrix, merge_alike
from scenarios.location import cover_all, cover_most, cover_most_for_budget, p_median


@pytest.fixture
def five_demands(worked_examples):
    """Worked example L01: five demands, four sites (Church and ReVelle; Toregas and others)."""
    given = worked_examples["L01"]["inputs"]
    demand = given["demand"]["value"]
    sites = given["covers"]["value"]
    rows = list(demand)
    pairs = [(rows.index(d), j) for j, reached in enumerate(sites.values()) for d in reached]
    matrix = cover_matrix(*zip(*pairs, strict=True), shape=(5, 4))
    costs = [given["cost"]["value"][name] for name in sites]
    return matrix, list(demand.values()), costs, worked_examples["L01"]["expected"]


def named(chosen):
    return [f"S{i + 1}" for i in np.flatnonzero(chosen)]


def test_covering_models_give_the_worked_example(five_demands):
    matrix, demand, costs, expected = five_demands
    most = cover_most(matrix, demand, 2)
    assert named(most.chosen) == expected["MCLP_p2_sites"]
    assert most.covered == expected["MCLP_p2_covered"]
    bought = cover_most_for_budget(matrix, demand, costs, 100)
    assert named(bought.chosen) == expected["budgeted_sites"]
    assert bought.covered == expected["budgeted_covered"]
    assert bought.cost_gbp == expected["budgeted_cost"]
    assert bought.status == "proved to be the best"
    every = cover_all(matrix, costs_gbp=costs)
    assert named(every.chosen) == expected["LSCP_sites"]
    assert (every.objective, every.gap_pct) == (3, 0)


def test_p_median_gives_the_worked_example(worked_examples):
    example = worked_examples["L02"]
    distances = example["inputs"]["distance_km"]["value"]
    names = list(distances)
    table = np.array([distances[name] for name in names], dtype=float).T
    found = p_median(table, example["inputs"]["weights"]["value"], 2)
    assert [names[i] for i in np.flatnonzero(found.chosen)] == example["expected"]["best"]
    assert found.objective == found.bound == example["expected"]["objective"]


def test_p_median_reaches_the_published_optimum(real_data):
    """OR-Library pmed1 (Beasley, 1985): 100 nodes, 5 medians, optimum 5819."""
    path = real_data / "instances" / "pmed1.txt"
    if not path.is_file():
        pytest.skip("the p-median instance is not there")
    numbers = np.array(path.read_text(encoding="utf-8").split(), dtype=int)
    nodes, _, medians = numbers[:3]
    links = np.zeros((nodes, nodes))
    for a, b, length in numbers[3:].reshape(-1, 3):
        links[a - 1, b - 1] = links[b - 1, a - 1] = length  # a repeated link: the last one counts
    found = p_median(floyd_warshall(links), np.ones(nodes), int(medians))
    assert found.objective == 5819
    assert found.gap_pct == pytest.approx(0, abs=1e-9)
    assert found.chosen.sum() == medians


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_p_median_agrees_with_brute_force(seed):
    rng = np.random.default_rng(seed)
    points, sites = int(rng.integers(1, 9)), int(rng.integers(1, 7))
    p = int(rng.integers(1, sites + 1))
    distance = rng.integers(0, 6, (points, sites)).astype(float)
    weight = rng.integers(0, 5, points).astype(float)
    best = min(
        (weight * distance[:, list(some)].min(axis=1)).sum()
        for some in itertools.combinations(range(sites), p)
    )
    found = p_median(distance, weight, p)
    assert found.objective == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    assert found.chosen.sum() == p


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_covering_all_agrees_with_brute_force(seed):
    rng = np.random.default_rng(seed)
    points, sites = int(rng.integers(1, 9)), int(rng.integers(1, 8))
    table = rng.random((points, sites)) < 0.4
    table[np.arange(points), rng.integers(0, sites, points)] = True
    cost = rng.integers(1, 9, sites).astype(float)
    best = min(
        (len(some), cost[list(some)].sum())
        for k in range(1, sites + 1)
        for some in itertools.combinations(range(sites), k)
        if table[:, list(some)].any(axis=1).all()
    )
    found = cover_all(sp.csr_array(table.astype(float)), costs_gbp=cost)
    assert (found.objective, cost[found.chosen].sum()) == best
    assert found.bound == best[0]


def test_points_of_identical_reach_are_merged_and_unreached_demand_is_told():
    matrix = cover_matrix([0, 0, 1, 1, 2, 3], [0, 1, 1, 0, 2, 0], (5, 3))
    cover = merge_alike(matrix, [1, 2, 4, 8, 16])
    assert cover.groups.shape == (3, 3)
    assert sorted(cover.demand) == [3, 4, 8]
    assert cover.unreachable == 16
    assert cover.covered(np.array([True, False, False])) == 11
    assert cover.covered(np.array([True, True, True])) == 15


def test_merging_a_large_table_keeps_every_answer():
    rng = np.random.default_rng(6)
    table = rng.random((500, 6)) < 0.3
    demand = rng.integers(0, 9, 500).astype(float)
    cover = merge_alike(sp.csr_array(table.astype(float)), demand)
    assert cover.groups.shape[0] <= 63
    for chosen in itertools.product([False, True], repeat=6):
        plain = demand[table[:, list(chosen)].any(axis=1)].sum()
        assert cover.covered(np.array(chosen)) == pytest.approx(plain)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cover_all(sp.csr_array([[1.0, 0], [0, 0]])), "1 demand points are out of reach"),
        (lambda: p_median([[1.0, 2]], [1], 3), "3 sites are to be chosen out of 2"),
        (lambda: p_median([[1.0, np.inf]], [1], 1), "a distance is missing"),
        (lambda: p_median([[1.0, 2]], [-1], 1), "a demand weight is missing or negative"),
        (lambda: cover_most(sp.csr_array([[1.0]]), [-1], 1), "the demand at point 1 is -1"),
        (lambda: cover_most(sp.csr_array([[1.0]]), [1, 2], 1), "2 weights for 1 demand points"),
        (lambda: cover_most_for_budget(sp.csr_array([[1.0]]), [1], [5], 0), "budget is 0 pounds"),
    ],
)
def test_bad_input_is_said_in_words(call, said):
    with pytest.raises(StudyError, match=said):
        call()


def test_the_solver_writes_nothing_of_its_own_to_the_standard_output(capfd, monkeypatch):
    def talking(*args, **more):
        os.write(1, b"a line of the solver")
        return real(*args, **more)

    real = optimize.milp
    monkeypatch.setattr(optimize, "milp", talking)
    found = cover_most(sp.csr_array([[1, 1], [0, 1]]), [1.0, 2.0], 1)
    os.write(1, b"heard\n")
    assert found.covered == 3
    assert capfd.readouterr().out == "heard\n"
