"""The joined-up plan: shares, brute force on small cases, and what must hold of every plan."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
import scipy.sparse as sp
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import StudyError
from layers.evidence import Evidence
from layers.lineage import Figures
from layers.parameters import shipped
from layers.streets import HIGHWAYS, Streets
from scenarios import plan_funds
from scenarios.case import Confirmation
from scenarios.case_rules import CaseRules
from scenarios.cover import merge_alike
from scenarios.joined_up import (
    SAME_MONEY,
    Fund,
    Joint,
    Route,
    Trench,
    Work,
    plan_jointly,
    separate_plans,
    settle,
)
from scenarios.joined_up_model import Goal, fits
from scenarios.plan_routes import Digger, first_trench, ground_of, redrawn
from scenarios.plan_tables import joined_up_tables
from scenarios.profile import load_profile
from scenarios.reach import nearest_source, network
from scenarios.rules import Rules
from scenarios.sharing import joint_cost, shapley, shares

WAYS = ((0, 2, 3), (1, 2, 3), (2, 3), (3,))  # a tree of four stretches
EXACT = {"gap": 1e-9, "node_limit": 100_000}


def fund(key, cost, table, demand, budget, *, own=None, target=None):
    """A fund over sites s0, s1, ..."""
    count = len(cost)
    covers = sp.csr_array(np.asarray(table, dtype=float).reshape(len(demand), count))
    return Fund(
        key=key,
        title=key,
        site_id=tuple(f"s{i}" for i in range(count)),
        cost_gbp=np.asarray(cost, dtype=np.int64),
        cover=merge_alike(covers, np.asarray(demand, dtype=float)),
        own=np.zeros(count) if own is None else np.asarray(own, dtype=float),
        budget_gbp=float(budget),
        target=target,
        outcome="Units",
        unit="units",
    )


def connected(funds, amounts, kind="fibre connection"):
    """One work a site, shared by all funds, at the amounts of each fund."""
    works = []
    for site in range(len(amounts[0])):
        parties = tuple((f, site) for f in range(len(funds)) if amounts[f][site] > 0)
        if len(parties) > 1:
            alone = tuple(int(amounts[f][site]) for f, _ in parties)
            works.append(Work(f"s{site}", kind, parties, alone))
    return tuple(works)


def random_joint(seed, *, trench=True, pot=True, rule=None, laid_down=False):
    """Two or three funds over a few sites, with shared connections and a trench.

    With `laid_down`, sites of limited capacity, and rules about them that the budgets can meet.
    """
    rng = np.random.default_rng(seed)
    count, sites = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    lines = [rng.integers(0, 10, sites) * (rng.random(sites) < 0.8) for _ in range(count)]
    funds = []
    for f in range(count):
        points = int(rng.integers(1, 6))
        cost = lines[f] + rng.integers(1, 10, sites)
        funds.append(
            fund(
                f"f{f}",
                cost,
                rng.random((points, sites)) < 0.5,
                rng.integers(0, 20, points),
                int(rng.integers(3, 30)),
                own=rng.integers(0, 8, sites) if rng.random() < 0.5 else None,
            )
        )
    if laid_down:
        funds = [ruled(money, rng) for money in funds]
    works = connected(funds, lines)
    made = None
    if trench:
        stretches = tuple(int(x) for x in rng.integers(0, 6, 4))
        routes = [
            Route(
                (f, s),
                int(lines[f][s]),
                int(rng.integers(0, 2)),
                tuple(sorted(rng.choice(4, int(rng.integers(1, 4)), replace=False).tolist()))
                if seed % 2
                else WAYS[int(rng.integers(0, 4))],
            )
            for f in range(count)
            for s in range(sites)
            if lines[f][s] > 0 and rng.random() < 0.6
        ]
        made = Trench(stretches, (1.0,) * 4, tuple(routes)) if routes else None
    money = float(rng.integers(0, 8)) if pot else 0.0
    chosen_rule = rule or ("shapley" if rng.random() < 0.5 else "proportional")
    return Joint(tuple(funds), works, made, money, chosen_rule)


def ruled(money, rng):
    """A fund whose sites hold only so much, one shut, two exclusive or one in need of another."""
    cover, sites = money.cover, len(money.site_id)
    limit = rng.integers(0, 25, sites).astype(float)
    held = merge_alike(cover.groups, cover.demand, capacity=limit)
    a, b = (int(i) for i in rng.permutation(sites)[:2])
    rules = (
        Rules(must_not=(a,)),
        Rules(exclusive=((a, b),)),
        Rules(needs=((a, b),)),
        Rules(must_have=(a,) if money.cost_gbp[a] <= money.budget_gbp else ()),
    )[int(rng.integers(0, 4))]
    return replace(money, cover=held, rules=rules)


def brute_force(joint, goal):
    """Return the best value over every choice of options and of routes."""
    best = -1.0
    for bits in itertools.product([False, True], repeat=joint.size):
        chosen = np.asarray(bits)
        if not joint.keeps(chosen):
            continue
        outcomes = joint.outcomes(chosen)
        value = goal.value(outcomes)
        if value <= best or not goal.met(outcomes):
            continue
        able = [i for i, r in enumerate(joint.routes) if chosen[joint.option(r.party)]]
        for size in range(len(able) + 1):
            for picked in itertools.combinations(able, size):
                by_trench = np.zeros(len(joint.routes), dtype=bool)
                by_trench[list(picked)] = True
                if fits(joint, settle(joint, chosen, by_trench)):
                    best = value
                    break
            if best == value:
                break
    return best


def check(joint, plan, floor=SAME_MONEY):
    """What must hold of every plan."""
    settled, chosen = plan.settled, plan.chosen
    assert plan.value >= plan.separate_value - 1e-9
    assert plan.value <= plan.bound + 1e-9
    assert joint.keeps(plan.chosen)
    for at, outcome in enumerate(plan.outcome):
        assert outcome >= plan.alone.outcome[at] - 1e-6
        assert plan.separate.outcome[at] >= plan.alone.outcome[at]
        if floor == SAME_MONEY:
            assert outcome >= plan.separate.outcome[at] - 1e-6
    assert sum(plan.from_pot_gbp) <= joint.pot_gbp + 1e-6
    for at, money in enumerate(joint.funds):
        assert plan.spent_gbp[at] - plan.from_pot_gbp[at] <= money.budget_gbp + 1e-6
    # every shared work is paid exactly once, by those who use it, and nobody pays more than alone
    for number, options, paid in settled.works:
        work = joint.works[number]
        alone = dict(zip([joint.option(p) for p in work.parties], work.alone_gbp, strict=True))
        assert sum(paid) == joint_cost([alone[o] for o in options])
        assert all(p <= alone[o] for o, p in zip(options, paid, strict=True))
        assert chosen[list(options)].all()
    used = {s for i in np.flatnonzero(plan.by_trench) for s in plan.joint.routes[i].stretches}
    assert {number for number, _, _ in settled.stretches} == used
    for number, _, paid in settled.stretches:
        assert sum(paid) == plan.joint.trench.stretch_gbp[number]
    assert (settled.pays_gbp[~chosen] == 0).all()
    assert sum(plan.spent_gbp) == settled.pays_gbp.sum()


def test_proportional_and_shapley_shares_of_one_connection():
    # airport game: the first 10 are shared, the other 20 are the dearer one's own
    assert shares([30, 10], "shapley") == [25, 5]
    assert shares([30, 10], "proportional") == [23, 7]
    assert shares([12, 8, 4], "shapley") == [7, 3, 2]  # 4/3, +4/2, +4: 7 1/3, 3 1/3, 1 1/3
    assert shares([0, 0], "shapley") == [0, 0]


def test_shapley_of_the_glove_game():
    # one left glove, two right gloves: 2/3, 1/6, 1/6 (a textbook example of Shapley values)
    def worth(who):
        return float(0 in who and len(who) > 1)

    assert shapley(3, worth) == [Fraction(2, 3), Fraction(1, 6), Fraction(1, 6)]


def test_more_than_eight_parties_are_refused():
    with pytest.raises(ValueError, match="9 parties"):
        shapley(9, len)


@given(
    st.lists(st.integers(0, 50_000), min_size=1, max_size=6),
    st.sampled_from(["shapley", "proportional"]),
)
@settings(deadline=None, max_examples=60)
def test_shares_sum_to_the_cost_and_none_pays_more_than_alone(alone, rule):
    paid = shares(alone, rule)
    assert sum(paid) == max(alone)
    assert all(0 <= p <= a for p, a in zip(paid, alone, strict=True))


@given(st.lists(st.integers(0, 900), min_size=2, max_size=6))
@settings(deadline=None, max_examples=40)
def test_shapley_shares_of_one_connection_follow_the_airport_formula(alone):
    # Littlechild and Owen 1973: each step of the cost is shared evenly by those who need it
    exact = shapley(len(alone), lambda who: max(alone[i] for i in who))
    steps = [0, *sorted(alone)]
    for i, mine in enumerate(alone):
        share = sum(
            Fraction(high - low, len(alone) - at)
            for at, (low, high) in enumerate(itertools.pairwise(steps))
            if high <= mine
        )
        assert exact[i] == share


def two_funds(**more):
    """One building, two funds: each would pay 10 for the same fibre and 5 of its own."""
    funds = (
        fund("fibre", [15, 12], [[1, 0], [0, 1]], [10, 4], 15),
        fund("cells", [15, 20], [[1, 0], [0, 1]], [6, 9], 15),
    )
    return Joint(funds, connected(funds, [[10, 10], [10, 10]]), **more)


def test_one_connection_is_paid_once():
    joint = two_funds()
    plan = plan_jointly(joint, **EXACT)
    check(joint, plan)
    # at s0 both pay 5 + 5; what is left, 5 each, is not enough for a second site
    assert plan.chosen.tolist() == [True, False, True, False]
    assert plan.settled.pays_gbp.tolist() == [10, 0, 10, 0]
    assert plan.settled.works == ((0, (0, 2), (5, 5)),)
    assert plan.spent_gbp == (10, 10)


def test_a_pot_pays_what_a_budget_lacks():
    joint = two_funds(pot_gbp=12.0)
    plan = plan_jointly(joint, **EXACT)
    check(joint, plan)
    # two connections of 10, and 5 + 2 and 5 + 10 of their own: 42 pounds, which is all there is
    assert plan.chosen.all()
    assert sum(plan.spent_gbp) == 42
    assert plan.outcome == (14.0, 15.0)


def test_a_trench_is_dug_once():
    # two cells, 10 pounds of trench each: 8 of it in common
    cells = fund("cells", [15, 15], [[1, 0], [0, 1]], [6, 9], 25)
    routes = (Route((0, 0), 10, 0, (0, 2)), Route((0, 1), 10, 0, (1, 2)))
    joint = Joint((cells,), (), Trench((2, 2, 8), (2.0, 2.0, 8.0), routes))
    plan = plan_jointly(joint, **EXACT)
    check(joint, plan)
    assert plan.alone.outcome == (9.0,)
    assert plan.outcome == (15.0,)
    assert plan.spent_gbp == (22,)
    assert plan.settled.trench_gbp.tolist() == [6, 6]


@pytest.mark.parametrize("seed", range(60))
def test_against_brute_force(seed):
    joint = random_joint(seed)
    plan = plan_jointly(joint, **EXACT)
    check(joint, plan)
    assert plan.value == pytest.approx(brute_force(joint, plan.goal), abs=1e-6)
    assert plan.gap_pct == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("seed", range(25))
def test_capacity_and_rules_about_sites_hold_against_brute_force(seed):
    joint = random_joint(seed, trench=seed % 3 == 0, laid_down=True)
    plan = plan_jointly(joint, **EXACT)
    check(joint, plan)
    assert plan.value == pytest.approx(brute_force(joint, plan.goal), abs=1e-5)


def test_a_site_that_must_not_be_chosen_is_not_in_the_plan_and_one_that_must_is():
    joint = two_funds()
    shut = replace(joint.funds[0], rules=Rules(must_not=(0,)))
    held = replace(joint.funds[1], budget_gbp=30.0, rules=Rules(must_have=(1,)))
    plan = plan_jointly(replace(joint, funds=(shut, held)), **EXACT)
    assert not plan.chosen[0]
    assert plan.chosen[3]


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(deadline=None, max_examples=15)
def test_with_a_pot_no_fund_gets_less_than_a_plan_of_its_own(seed, quick):
    joint = replace(random_joint(seed), pot_gbp=float(seed % 30 + 1))
    search = {"node_limit": 1, "gap": 0.5} if quick else EXACT
    strict = plan_jointly(joint, **search)
    check(joint, strict)
    # the pot may also go wherever it does most: the sum then is never below either
    free = plan_jointly(joint, floor="own budget", **search)
    check(joint, free, "own budget")
    assert free.value >= plan_jointly(replace(joint, pot_gbp=0.0), **search).value - 1e-9
    if not quick:
        assert free.value >= strict.value - 1e-6


def test_a_pot_that_goes_wherever_it_does_most_may_leave_a_fund_with_less_than_a_part_of_it():
    # 10 pounds each and a pot of 10: apart each has 15, enough for its site of 15 or its own of 10
    rich = fund("rich", [10, 20], [[1, 0], [0, 1]], [1, 9], 10)
    poor = fund("poor", [10, 15], [[1, 0], [0, 1]], [10, 11], 10)
    joint = Joint((rich, poor), pot_gbp=10.0)
    strict = plan_jointly(joint, **EXACT)
    check(joint, strict)
    assert strict.separate.outcome == (1.0, 11.0)
    assert strict.outcome == (1.0, 11.0)
    free = plan_jointly(joint, floor="own budget", **EXACT)
    check(joint, free, "own budget")
    assert free.outcome == (9.0, 10.0)


@given(st.integers(0, 2**32 - 1), st.integers(0, 10), st.integers(0, 2))
@settings(deadline=None, max_examples=20)
def test_more_money_never_buys_less(seed, more, which):
    joint = random_joint(seed)
    first = plan_jointly(joint, **EXACT)
    at = which % len(joint.funds)
    richer = replace(joint.funds[at], budget_gbp=joint.funds[at].budget_gbp + more)
    funds = (*joint.funds[:at], richer, *joint.funds[at + 1 :])
    second = plan_jointly(replace(joint, funds=funds), goal=first.goal, **EXACT)
    assert second.value >= first.value - 1e-6
    third = plan_jointly(replace(joint, pot_gbp=joint.pot_gbp + more), goal=first.goal, **EXACT)
    assert third.value >= first.value - 1e-6


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_a_search_that_stops_at_once_is_still_no_worse_than_separate_plans(seed):
    joint = random_joint(seed)
    check(joint, plan_jointly(joint, node_limit=1, gap=0.5))


def test_a_target_is_taken_from_the_profile():
    joint = two_funds()
    aimed = replace(joint, funds=(replace(joint.funds[0], target=20.0), joint.funds[1]))
    plan = plan_jointly(aimed, **EXACT)
    assert plan.goal.target == (20.0, 6.0)
    assert plan.value == pytest.approx(10 / 20 + 6 / 6)


def test_no_site_and_no_money_give_an_empty_plan_in_words():
    nothing = Joint(
        (fund("fibre", [], np.zeros((0, 0)), [], 10), fund("cells", [5], [[1]], [3], 0))
    )
    plan = plan_jointly(nothing)
    assert plan.empty
    assert plan.status == "nothing can be funded"
    assert plan.outcome == (0.0, 0.0)


def test_money_that_is_no_money_is_refused():
    with pytest.raises(StudyError, match="budget of cells is -1"):
        Joint((fund("cells", [5], [[1]], [3], -1),))
    with pytest.raises(StudyError, match="shared pot is nan"):
        Joint((fund("cells", [5], [[1]], [3], 1),), pot_gbp=float("nan"))
    with pytest.raises(StudyError, match="target outcome of cells is 0"):
        Joint((fund("cells", [5], [[1]], [3], 1, target=0.0),))


def test_floors_that_no_money_reaches_are_said_in_words():
    with pytest.raises(StudyError, match="no plan was found in which every fund"):
        plan_jointly(two_funds(), goal=Goal((10.0, 6.0), (14.0, 15.0)), **EXACT)


def test_nine_funds_are_refused():
    with pytest.raises(StudyError, match="9 funds share one plan"):
        Joint(tuple(fund(f"f{i}", [5], [[1]], [3], 1) for i in range(9)))


def test_the_same_whatever_is_asked_twice():
    joint = random_joint(7)
    one, two = plan_jointly(joint), plan_jointly(joint)
    assert one.chosen.tolist() == two.chosen.tolist()
    assert one.settled.pays_gbp.tolist() == two.settled.pays_gbp.tolist()


def test_separate_plans_share_nothing():
    joint = two_funds()
    found = separate_plans(joint, (15.0, 20.0), **EXACT)
    assert found.outcome == (10.0, 9.0)
    assert found.spent_gbp == (15, 20)


E, N = 400_000.0, 290_000.0
WORST = 0.8  # measured over 200 grids: see docs/decisions/0017-joined-up-plan.md


def grid_streets(side=3, spacing=100.0, seed=0):
    """Streets as a square grid, lengths a little uneven so that shortest ways are unique."""
    rng = np.random.default_rng(seed)
    at = np.arange(side * side).reshape(side, side)
    east = [(at[r, c], at[r, c + 1]) for r in range(side) for c in range(side - 1)]
    north = [(at[r, c], at[r + 1, c]) for r in range(side - 1) for c in range(side)]
    start, end = np.asarray(east + north, dtype=np.int32).T
    x, y = (np.tile(np.arange(side), side), np.repeat(np.arange(side), side))
    return Streets(
        node_easting=E + x * spacing,
        node_northing=N + y * spacing,
        start=start,
        end=end,
        length_m=spacing + rng.integers(0, 9, len(start)).astype(float),
        highway=np.full(len(start), HIGHWAYS.index("residential"), dtype=np.int8),
        oneway=np.zeros(len(start), dtype=bool),
        walkable=np.ones(len(start), dtype=bool),
        component=np.zeros(side * side, dtype=np.int32),
        covered=None,
        counts={},
    )


def diggers_at(streets, nodes, rate=10.0, lead_m=5.0):
    """Sites at nodes, each with a line as long as its own shortest way and a lead-in."""
    size = len(streets.node_easting)
    net = network(streets.start, streets.end, streets.length_m, size)
    way = nearest_source(net, [0]).distance
    return [
        Digger(
            (0, i),
            float(streets.node_easting[n]),
            float(streets.node_northing[n]),
            float(way[n] + lead_m),
            round((way[n] + lead_m) * rate),
        )
        for i, n in enumerate(nodes)
    ]


def joined_nodes(streets, edges):
    """Nodes that a set of edges joins to node 0."""
    held, before = {0}, 0
    while len(held) > before:
        before = len(held)
        for edge in edges:
            ends = {int(streets.start[edge]), int(streets.end[edge])}
            if ends & held:
                held |= ends
    return held


def cheapest_network(streets, nodes, lines, leads, rate=10.0):
    """Every way of digging: some sites on their own line, the rest by the cheapest set of edges."""
    best = {frozenset(): 0.0}
    for bits in range(1, 1 << len(streets.start)):
        edges = [e for e in range(len(streets.start)) if bits >> e & 1]
        cost = float(streets.length_m[edges].sum()) * rate
        held = joined_nodes(streets, edges)
        joined = [i for i, n in enumerate(nodes) if n in held]
        for who in subsets(joined):
            best[who] = min(best.get(who, np.inf), cost)

    def cheapest(chosen):
        return min(
            sum(lines[i] for i in chosen if i not in who) + best[who] + sum(leads[i] for i in who)
            for who in subsets(chosen)
        )

    return cheapest


def subsets(items):
    """Every set of some items, the empty one too."""
    sizes = range(len(items) + 1)
    return [frozenset(who) for size in sizes for who in itertools.combinations(sorted(items), size)]


@pytest.mark.parametrize("seed", range(8))
def test_routes_drawn_anew_against_every_network_on_a_small_grid(seed):
    # twelve streets, fibre at one corner: all 4,096 networks and all sets of sites
    rng = np.random.default_rng(seed)
    streets = grid_streets(seed=seed)
    nodes = np.sort(rng.choice(np.arange(1, 9), 4, replace=False)).tolist()
    diggers = diggers_at(streets, nodes)
    fibre = [[E, N]]
    ground = ground_of(streets, fibre, diggers, 50.0)
    own = rng.integers(100, 2_000, 4)
    lines = [d.line_gbp for d in diggers]
    worth = rng.integers(1, 10, 4)
    cells = fund("cells", own + lines, np.eye(4), worth, int((own + lines).sum() * 0.6))
    joint = Joint((cells,), (), first_trench(ground))
    plan = plan_jointly(joint, retrench=redrawn(ground, joint), **EXACT)
    check(joint, plan)
    cost = cheapest_network(streets, nodes, lines, ground.lead_gbp)
    best = max(
        sum(worth[i] for i in who)
        for who in subsets(range(4))
        if cost(who) + sum(own[i] for i in who) <= cells.budget_gbp
    )
    assert plan.outcome[0] <= best + 1e-9
    assert plan.outcome[0] >= WORST * best


def test_a_line_shorter_than_the_streets_rests_on_no_route():
    streets = grid_streets()
    near, far = diggers_at(streets, [2, 8])
    assert ground_of(streets, [[E, N]], [near, replace(far, length_m=50.0)], 50.0) is None
    assert ground_of(None, [[E, N]], [near, far], 50.0) is None
    assert ground_of(streets, np.empty((0, 2)), [near, far], 50.0) is None


CASES = ("full-fibre-fund", "5g-testbed", "co-working")


def results(budget_gbp=100_000.0, **more):
    """The tiny study's cases, every gate that waits for a person confirmed."""
    found = {}
    for key in CASES:
        profile = load_profile(key)
        words = tuple(
            Confirmation("*", gate, "pass", "Board", "2026-01-01", "paper 1")
            for gate in profile.gate
        )
        found[key] = tiny.run(key, budget_gbp, confirmations=words, **more)
    return found


@cache
def plain():
    """The plan of the tiny study, its tables looked at by several tests."""
    return tables(120_000.0)


def tables(budget_gbp=100_000.0, *, layers=None, **more):
    held = layers or {}
    return joined_up_tables(tiny.evidence(**held), results(budget_gbp, **held), shipped(), **more)


def test_the_tables_of_a_small_study_add_up():
    made = plain()
    for suffix in ("", "_if_verified"):
        plan = made.table(f"plan_sites{suffix}").frame
        funds = made.table(f"plan_pays{suffix}").frame
        savings = made.table(f"plan_savings{suffix}")
        inside = plan[plan["in_plan"]]
        assert len(inside)
        assert (
            inside["pays_gbp"] == inside["own_gbp"] + inside["building_gbp"] + inside["trench_gbp"]
        ).all()
        assert (inside["alone_gbp"] - inside["pays_gbp"] == inside["saved_gbp"]).all()
        by_case = inside.groupby("case")["pays_gbp"].sum()
        for row in funds.itertuples():
            assert row.cost_gbp == by_case.get(row.case, 0)
            assert row.pays_gbp <= row.budget_gbp
            assert row.outcome >= row.outcome_alone
        assert savings.cell("saved_gbp", "value") == inside["saved_gbp"].sum()
        assert (
            made.table(f"plan_summary{suffix}").cell("cost_gbp", "value") == funds["cost_gbp"].sum()
        )
        works = made.table(f"plan_works{suffix}").frame
        for _, parties in works.groupby("work"):
            assert parties["pays_gbp"].sum() == parties["whole_gbp"].iloc[0]


def test_a_building_in_two_cases_pays_for_one_fibre():
    made = tables(500_000.0)
    works = made.table("plan_works").frame
    # 15,700 x 1.44 for the public site; the duct on the map is 130 m from A by the network
    assert set(works["case"]) == {"full-fibre-fund", "5g-testbed"}
    assert (works["whole_gbp"] == works.groupby("work")["alone_gbp"].transform("max")).all()
    assert len(made.table("plan_dependencies").frame) == works["work"].nunique()
    assert (made.table("plan_dependencies").frame["extra_gbp"] > 0).all()
    assert made.table("plan_savings").cell("saved_gbp", "value") > 0


def test_every_figure_of_the_plan_can_be_quoted_and_traced_to_layers_or_the_register():
    made = plain()
    # a testbed's sites cover an area: the same sites, so no more of it
    assert made.table("plan_savings").cell("more_km2|5g-testbed", "unit") == "km2"
    assert "km2" in made.lines[0]
    figures = Figures(made.tables, "plan")
    assert figures.cite("plan_savings", "saved_gbp").unit == "GBP"
    assert figures.cite("plan_pays", "full-fibre-fund", "outcome").unit == "premises"
    names = {field.name for field in fields(Evidence)} | {table.name for table in made.tables}
    for table in made.tables:
        assert table.sources
        for spec in table.columns.values():
            recipes = [spec.recipe(""), *spec.recipes.values()]
            for recipe in recipes:
                assert {i.split(".")[0] for i in recipe.inputs} <= names
                assert set(recipe.parameters) <= set(shipped())
                assert all(s.startswith("study.") for s in recipe.settings)


def test_the_rule_and_the_pot_are_the_users():
    made = tables(60_000.0, pot_gbp=50_000.0, rule="shapley")
    funds = made.table("plan_pays").frame
    assert 0 < funds["from_pot_gbp"].sum() <= 50_000
    assert (funds["outcome"] >= funds["outcome_alone"]).all()
    assert (funds["outcome"] >= funds["outcome_separate"]).all()
    assert any("no fund gets less than a plan of its own" in note for note in made.notes)
    plain = tables(60_000.0).table("plan_pays").frame
    assert funds["outcome"].sum() >= plain["outcome"].sum()


def test_no_site_that_passes_is_said_in_words():
    found = {key: tiny.run(key, 500_000.0) for key in CASES[1:]}
    made = joined_up_tables(tiny.evidence(), found, shipped())
    assert made.lines[0].startswith("No site can be funded")
    assert any("have a gate to verify" in note for note in made.notes)
    assert made.table("plan_sites").frame.empty
    assert made.table("plan_sites_if_verified").frame["in_plan"].any()


def test_a_study_without_candidates_still_has_its_tables():
    none = {"sites": None, "offices": None, "demand": None, "stops": None}
    made = tables(layers=none)
    assert len(made.tables) == 18
    assert all(line.split(": ")[-1] for line in made.lines)
    assert any("no site passes every gate" in note for note in made.notes)


def test_the_largest_instances_keep_the_sites_chosen_most_often(monkeypatch):
    monkeypatch.setattr(plan_funds, "LARGEST", 1)
    found = results(500_000.0)
    made = joined_up_tables(tiny.evidence(), found, shipped())
    assert any("of 3 sites the plan looks at the 1" in note for note in made.notes)
    sites = made.table("plan_sites").frame
    assert sites.groupby("case").size().max() == 1
    # what people laid down holds in the plan: a site that must be chosen is looked at, and chosen
    (kept,) = sites.loc[sites["case"] == "5g-testbed", "site_id"]
    other = next(s for s in ("school:A", "hospital:B") if s != kept)
    word = {"who": "Board", "when": "2026-01-01", "why": "paper 1"}
    case = replace(
        found["5g-testbed"].case,
        rules=CaseRules.model_validate({"must_have": [{"site": other, **word}]}),
    )
    found["5g-testbed"] = replace(found["5g-testbed"], case=case)
    again = joined_up_tables(tiny.evidence(), found, shipped()).table("plan_sites").frame
    assert again.loc[again["case"] == "5g-testbed", "site_id"].tolist() == [other]
    assert again.loc[again["case"] == "5g-testbed", "in_plan"].all()
