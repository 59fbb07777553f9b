"""Portfolios: brute force on small cases, rules, clashes by name, budgets and alternatives."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import maximum_flow

from layers.errors import StudyError
from scenarios import exact, portfolio
from scenarios.greedy import greedy_swap
from scenarios.portfolio import best_portfolio, problem_of
from scenarios.rules import Minimum, Rules, rule_groups
from scenarios.trade_offs import alternatives, budget_steps, differences, pareto

TABLE = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 0]], float)
DEMAND = [40, 30, 20, 50, 10]
COSTS = [60.0, 50, 70, 30]
NAMES = ["S1", "S2", "S3", "S4"]


def example(rules=None, **more):
    """Worked example L01."""
    options = {"site_id": NAMES, "rules": rules, **more}
    return problem_of(sp.csr_array(TABLE), DEMAND, options.pop("costs", COSTS), **options)


def random_problem(seed, *, ruled=True):
    rng = np.random.default_rng(seed)
    points, sites = int(rng.integers(1, 12)), int(rng.integers(2, 8))
    table = rng.random((points, sites)) < 0.4
    cost = rng.integers(1, 20, sites).astype(float)
    pick = rng.permutation(sites)
    rules = Rules(
        must_have=(int(pick[0]),) if rng.random() < 0.3 else (),
        must_not=(int(pick[1]),) if rng.random() < 0.3 else (),
        exclusive=((int(pick[0]), int(pick[-1])),) if rng.random() < 0.3 else (),
        needs=((int(pick[-1]), int(pick[1])),) if rng.random() < 0.3 else (),
        minimums=(
            (Minimum("the north", tuple(range(sites // 2)), int(rng.integers(1, 3))),)
            if rng.random() < 0.4
            else ()
        ),
        most_sites=int(rng.integers(1, sites)) if rng.random() < 0.3 else None,
    )
    problem = problem_of(
        sp.csr_array(table.astype(float)),
        rng.integers(0, 30, points).astype(float),
        cost,
        site_id=[f"s{i}" for i in range(sites)],
        site_benefit=rng.integers(0, 5, sites) if rng.random() < 0.5 else None,
        rules=rules if ruled else None,
    )
    return problem, float(rng.integers(5, 60))


def allowed(problem, budget):
    groups = rule_groups(problem.rules, problem.costs_gbp, budget, problem.site_id)
    for bits in itertools.product([False, True], repeat=len(problem.costs_gbp)):
        chosen = np.array(bits)
        if not any(group.broken_by(chosen) for group in groups):
            yield chosen


@pytest.mark.parametrize("few_sites", [0, exact.FEW_SITES])
@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_the_portfolio_is_the_best_of_all_that_the_rules_allow(seed, few_sites):
    problem, budget = random_problem(seed)
    values = [problem.value(chosen) for chosen in allowed(problem, budget)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "FEW_SITES", few_sites)  # 0: rule sites out first, however few
        if not values:
            with pytest.raises(StudyError, match="no portfolio is possible"):
                best_portfolio(problem, budget)
            return
        found = best_portfolio(problem, budget)
    assert found.objective == pytest.approx(max(values), rel=1e-4)
    assert found.bound >= max(values) - 1e-6
    assert found.gap_pct <= 0.0101
    assert found.cost_gbp <= budget
    assert any((found.chosen == chosen).all() for chosen in allowed(problem, budget))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_greedy_and_swap_keeps_the_rules_and_is_never_above_the_best(seed):
    problem, budget = random_problem(seed)
    values = [problem.value(chosen) for chosen in allowed(problem, budget)]
    groups = rule_groups(problem.rules, problem.costs_gbp, budget, problem.site_id)
    worth = (problem.worth_per_unit, problem.site_benefit)
    found = greedy_swap(problem.cover, problem.costs_gbp, groups, worth)
    if found is not None:
        assert not any(group.broken_by(found) for group in groups)
        assert problem.value(found) <= max(values) + 1e-9


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_a_larger_budget_never_buys_less(seed):
    problem, budget = random_problem(seed, ruled=False)
    steps = budget_steps(problem, [budget * share for share in (0.5, 0.9, 1.0, 1.1, 2.0)])
    objectives = [step.portfolio.objective for step in steps]
    assert objectives == sorted(objectives)
    assert all(step.portfolio.cost_gbp <= step.budget_gbp for step in steps)


def test_greedy_alone_misses_what_the_exact_search_finds():
    # worked example L01: greedy by value per cost takes S4 and S2 for 110, the best is 120
    problem = example()
    groups = rule_groups(problem.rules, problem.costs_gbp, 100, NAMES)
    from scenarios.greedy import _Search

    worth = (1.0, np.zeros(4))
    plain = _Search(problem.cover, problem.costs_gbp, groups, worth).filled(per_pound=True)
    assert np.flatnonzero(plain).tolist() == [1, 3]
    assert problem.value(plain) == 110
    swapped = greedy_swap(problem.cover, problem.costs_gbp, groups, worth)
    assert problem.value(swapped) == 120


def test_benefits_other_than_coverage_are_added_and_premises_counted_once():
    found = best_portfolio(example(site_benefit=[0, 25, 0, 0]), 100)
    assert np.flatnonzero(found.chosen).tolist() == [1, 3]
    assert (found.objective, found.covered) == (135, 110)
    worth = best_portfolio(example(worth_per_unit=2.0), 100)
    assert (worth.objective, worth.covered) == (240, 120)


@pytest.mark.parametrize(
    ("rules", "sites", "covered"),
    [
        (Rules(must_have=(2,)), [2, 3], 70),
        (Rules(must_not=(0,)), [1, 3], 110),
        (Rules(exclusive=((0, 3),)), [1, 3], 110),
        (Rules(needs=((3, 1),)), [1, 3], 110),
        (Rules(minimums=(Minimum("Walsall", (1, 2), 1),)), [1, 3], 110),
        (Rules(most_sites=1), [0], 70),
    ],
)
def test_rules_change_the_choice(rules, sites, covered):
    found = best_portfolio(example(rules), 100)
    if rules.must_have:
        assert found.chosen[2]
        assert found.covered == covered
    else:
        assert np.flatnonzero(found.chosen).tolist() == sites
        assert found.covered == covered


def test_a_site_that_brings_nothing_more_is_not_bought():
    table = sp.csr_array(np.array([[1.0, 1.0]]))
    found = best_portfolio(problem_of(table, [5], [1, 1], site_id=["a", "b"]), 10)
    assert found.chosen.sum() == 1


def test_a_site_of_unknown_cost_is_never_bought():
    found = best_portfolio(example(costs=[np.nan, 50, 70, 30]), 100)
    assert not found.chosen[0]


def test_capacity_limits_what_a_site_serves():
    table = sp.csr_array(np.array([[1.0, 1], [1, 0], [0, 1]]))
    options = {"site_id": ["a", "b"], "capacity": [30, 10]}
    both = best_portfolio(problem_of(table, [20, 20, 20], [1, 1], **options), 2)
    assert both.covered == pytest.approx(40)
    one = best_portfolio(problem_of(table, [20, 20, 20], [1, 1], **options), 1)
    assert one.chosen.tolist() == [True, False]
    assert one.covered == pytest.approx(30)


def flow_served(table, demand, capacity, chosen):
    """The most that chosen sites serve, by the maximum flow from demand to sites."""
    points, sites = table.shape
    graph = np.zeros((points + sites + 2, points + sites + 2), dtype=np.int32)
    graph[0, 1 : points + 1] = demand
    graph[1 : points + 1, points + 1 : -1] = np.where(table & chosen, 10_000, 0)
    graph[points + 1 : -1, -1] = capacity
    return maximum_flow(sp.csr_array(graph), 0, points + sites + 1).flow_value


def plain_bound(table, demand, capacity, chosen):
    """No more than is in reach, and no more than the sites can hold: where one holds all it reaches, that is free."""
    endless = chosen & (capacity >= demand @ table)
    free = (table & endless).any(axis=1)
    left = np.where(free, 0, demand)
    reached = (table & chosen).any(axis=1)
    held = np.minimum(left @ table, np.where(endless, 10_000, capacity))[chosen].sum()
    return demand[free].sum() + min(left[reached].sum(), held)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_limited_capacity_against_every_choice(seed):
    rng = np.random.default_rng(seed)
    points, sites = int(rng.integers(1, 10)), int(rng.integers(2, 6))
    table = rng.random((points, sites)) < 0.5
    demand, cost = rng.integers(0, 30, points), rng.integers(1, 20, sites)
    capacity, budget = rng.integers(0, 40, sites), int(rng.integers(5, 50))
    problem = problem_of(
        sp.csr_array(table.astype(float)), demand, cost, capacity=capacity,
        site_id=[f"s{i}" for i in range(sites)],
    )  # fmt: skip
    every = [np.array(bits) for bits in itertools.product([False, True], repeat=sites)]
    best = max(flow_served(table, demand, capacity, c) for c in every if cost[c].sum() <= budget)
    found = best_portfolio(problem, budget, gap=0.0)
    assert found.objective == pytest.approx(best, abs=1e-5)
    assert flow_served(table, demand, capacity, found.chosen) == pytest.approx(found.objective)
    if problem.cover.capacity is not None:
        for chosen in every:
            for site, most in zip(
                np.flatnonzero(chosen), problem.most_without(chosen), strict=True
            ):
                fewer = chosen.copy()
                fewer[site] = False
                assert most >= flow_served(table, demand, capacity, fewer)
                assert most == pytest.approx(plain_bound(table, demand, capacity, fewer))
    # what a site is chosen for, it serves: none is there to no purpose
    for site in np.flatnonzero(found.chosen):
        fewer = found.chosen.copy()
        fewer[site] = False
        assert problem.value(fewer) < found.objective
    steps = budget_steps(problem, [budget / 2, budget, 2 * budget], gap=0.0)
    values = [step.portfolio.objective for step in steps]
    assert values == sorted(values)


def test_many_sites_of_limited_capacity_are_searched_without_those_ruled_out():
    rng = np.random.default_rng(5)
    table = sp.random_array((200, 60), density=0.1, rng=rng, format="csr") > 0
    options = {"site_id": [f"s{i}" for i in range(60)], "capacity": np.full(60, 8.0)}
    shut = Rules(must_not=tuple(range(10)))
    problem = problem_of(table.astype(float), np.ones(200), np.ones(60), rules=shut, **options)
    found = best_portfolio(problem, 5)
    assert found.covered == pytest.approx(40)  # five sites of eight each
    assert not found.chosen[:10].any()


def test_a_capacity_that_is_none_is_refused():
    for wrong in ([30, -1], [30, np.nan], [30]):
        with pytest.raises(StudyError, match="capacity is negative or missing"):
            problem_of(
                sp.csr_array(np.ones((1, 2))), [5], [1, 1], site_id=["a", "b"], capacity=wrong
            )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_ample_capacity_changes_nothing(seed):
    problem, budget = random_problem(seed, ruled=False)
    wide = replace(problem.cover, capacity=np.full(len(problem.costs_gbp), 1e6))
    ample = replace(problem, cover=wide)
    free = best_portfolio(problem, budget)
    assert best_portfolio(ample, budget).objective == pytest.approx(free.objective, rel=2e-4)


@pytest.mark.parametrize(
    ("rules", "budget", "said"),
    [
        (
            Rules(must_have=(0, 1), minimums=(Minimum("Dudley", (3,), 1),)),
            100,
            "the budget of 100 pounds, S1 must be chosen and S2 must be chosen cannot all be met",
        ),
        (
            Rules(must_have=(0,), minimums=(Minimum("Walsall", (1, 2), 3),)),
            500,
            "at least 3 in Walsall cannot be met",
        ),
        (
            Rules(must_not=(1,), needs=((0, 1),), must_have=(0,)),
            500,
            "the sites ruled out, S1 must be chosen and S1 needs S2 cannot all be met",
        ),
        (
            Rules(must_have=(0, 3), exclusive=((0, 3),), most_sites=3),
            500,
            "S1 must be chosen, S4 must be chosen and only one of S1, S4 cannot all be met",
        ),
        (Rules(must_have=(0,), must_not=(0,)), 100, "S1 must be chosen and must not be chosen"),
        (Rules(must_have=(9,)), 100, "beyond the 4 candidates"),
        (Rules(), 0, "the budget is 0 pounds"),
        (Rules(), -3, "the budget is -3 pounds"),
    ],
)
def test_what_cannot_be_is_said_by_name(rules, budget, said):
    with pytest.raises(StudyError, match=said):
        best_portfolio(example(rules), budget)


def test_must_have_of_unknown_cost_and_no_sites_are_said():
    with pytest.raises(StudyError, match="S1 must be chosen, but its cost is not known"):
        best_portfolio(example(Rules(must_have=(0,)), costs=[np.nan, 1, 1, 1]), 10)
    with pytest.raises(StudyError, match="there is no site to choose from"):
        problem_of(sp.csr_array((3, 0)), [1, 1, 1], [], site_id=[])
    with pytest.raises(StudyError, match="4 sites reach demand, 3 are named"):
        problem_of(sp.csr_array(TABLE), DEMAND, COSTS, site_id=["a", "b", "c"])


def test_a_budget_below_every_cost_and_no_demand_buy_nothing():
    found = best_portfolio(example(), 10)
    assert not found.chosen.any()
    assert (found.covered, found.cost_gbp, found.gap_pct) == (0, 0, 0)
    nowhere = problem_of(sp.csr_array((2, 2)), [3, 4], [1, 1], site_id=["a", "b"])
    assert not best_portfolio(nowhere, 10).chosen.any()
    assert nowhere.cover.unreachable == 7


def test_the_value_of_a_tenth_more_or_less_budget():
    steps = budget_steps(example(), [90, 100, 130])
    assert [step.portfolio.covered for step in steps] == [120, 120, 140]
    poor = budget_steps(example(Rules(must_have=(2,))), [60, 70])
    assert poor[0].portfolio is None
    assert poor[0].note == (
        "no portfolio is possible: the budget of 60 pounds and S3 must be chosen"
    )
    assert poor[1].portfolio.covered == 70


def test_the_front_rises_in_cost_and_benefit_and_holds_brute_force():
    problem = example()
    front = pareto(problem, 210, steps=21)
    assert [p.cost_gbp for p in front] == sorted(p.cost_gbp for p in front)
    pairs = [(problem.cost(c), problem.value(c)) for c in allowed(problem, 210)]
    for each in front:
        assert not any(cost <= each.cost_gbp and value > each.objective for cost, value in pairs)
    assert [(p.cost_gbp, p.covered) for p in front] == [
        (30, 50),
        (50, 60),
        (60, 70),
        (80, 110),
        (90, 120),
        (130, 140),
        (140, 150),
    ]


def test_alternatives_are_all_that_come_close():
    problem = example()
    best = best_portfolio(problem, 110)
    others, complete = alternatives(problem, best, within=0.17)
    assert best.covered == 120
    assert [(o.enters, o.leaves) for o in others] == [((1,), (0,)), ((1,), (3,))]
    assert [round(o.short_pct, 2) for o in others] == [8.33, 16.67]
    assert complete
    told = differences(others, complete, NAMES)
    assert told == (
        "2 other portfolios come within 16.67 % of the best. They differ in 3 sites: S1, S2, S4."
    )
    none, complete = alternatives(problem, best)
    assert (none, complete) == ([], True)
    some, complete = alternatives(problem, best, within=0.9, most=1)
    assert len(some) == 1
    assert not complete
    assert differences(some, complete, NAMES).startswith("At least 1 other portfolio comes")


def large(seed=1, points=3000, sites=120):
    rng = np.random.default_rng(seed)
    where, at = rng.uniform(0, 20, (points, 2)), rng.uniform(0, 20, (sites, 2))
    near = ((where[:, None] - at[None]) ** 2).sum(axis=2) < 4
    return problem_of(
        sp.csr_array(near.astype(float)),
        rng.integers(1, 50, points).astype(float),
        rng.uniform(20, 80, sites),
        site_id=[f"s{i:03d}" for i in range(sites)],
    )


def test_the_same_problem_has_the_same_answer_twice_and_in_another_order_of_demand():
    problem = large()
    first, second = best_portfolio(problem, 500), best_portfolio(problem, 500)
    assert (first.chosen == second.chosen).all()
    assert (first.objective, first.bound, first.nodes) == (
        second.objective,
        second.bound,
        second.nodes,
    )


@pytest.mark.parametrize("seed", [2, 5, 9])
def test_ruling_sites_out_first_gives_the_answer_of_the_plain_search(seed):
    problem = large(seed, points=900, sites=60)
    narrowed = best_portfolio(problem, 600, gap=1e-6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "FEW_SITES", 1000)
        plain = best_portfolio(problem, 600, gap=1e-6)
    assert narrowed.objective == pytest.approx(plain.objective, rel=2e-6)
    assert narrowed.bound >= plain.objective - 1e-6


def test_a_search_cut_short_says_its_gap():
    problem = large(seed=3)
    cut = best_portfolio(problem, 700, node_limit=0, gap=0.0)
    full = best_portfolio(problem, 700)
    assert cut.objective <= full.bound + 1e-6
    assert cut.bound >= full.objective - 1e-6
    assert cut.gap_pct == pytest.approx(100 * (cut.bound - cut.objective) / cut.bound)


def test_what_is_too_large_is_chosen_greedily_with_its_gap(monkeypatch):
    problem = large(seed=3)
    full = best_portfolio(problem, 700)
    monkeypatch.setattr(portfolio, "LARGEST_EXACT", 10)
    found = best_portfolio(problem, 700)
    assert found.method == "greedy and swap"
    assert 0.95 * full.objective <= found.objective <= full.bound + 1e-6
    assert found.bound >= full.objective - 1e-6
    assert found.gap_pct > 0
    assert "at most" in found.status or "within" in found.status


@settings(max_examples=15)
@given(seed=st.integers(0, 100_000))
def test_a_solution_made_whole_meets_the_rules_and_the_gap_it_names(seed):
    """Against a search to the end: what is claimed to be within a gap is within it."""
    rng = np.random.default_rng(seed)
    points, sites = 400, 120
    table = rng.random((points, sites)) < 0.02
    cost = rng.uniform(10, 100, sites)
    problem = problem_of(
        sp.csr_array(table.astype(float)), rng.uniform(1, 9, points), cost,
        site_id=[f"s{i:03d}" for i in range(sites)], rules=Rules(must_not=(3,)),
    )  # fmt: skip
    quick = best_portfolio(problem, 1_500.0, gap=1e-2)
    thorough = best_portfolio(problem, 1_500.0, gap=1e-6)
    assert quick.cost_gbp <= 1_500.0
    assert not quick.chosen[3]
    assert quick.objective <= thorough.objective * (1 + 1e-6)
    assert quick.objective >= thorough.objective * (1 - 1e-2)
    assert quick.bound >= thorough.objective * (1 - 1e-6)
