"""The exact choice of a case beside the walk, and the tables that tell of it."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import numpy as np
import pytest
import tiny
from pydantic import ValidationError

from layers.errors import StudyError
from layers.evidence import Evidence
from layers.parameters import shipped
from scenarios.case import Confirmation
from scenarios.case_rules import CaseRules
from scenarios.counted import counted
from scenarios.profile import load_profile
from scenarios.scenario import load_scenario

CASES = ("full-fibre-fund", "5g-testbed", "co-working")
OURS = (
    "overrides", "portfolio", "choice", "pareto", "alternatives", "robustness", "winner", "acceptability",
    "methods", "method_check", "appraisal", "sensitivity", "switching", "match", "financial",
    "financial_check",
)  # fmt: skip
WORD = {"who": "Board", "when": "2026-01-01", "why": "paper 1"}


def run(key="full-fibre-fund", budget_gbp=100_000.0, **more):
    words = tuple(
        Confirmation("*", gate, "pass", "Board", "2026-01-01", "paper 1")
        for gate in load_profile(key).gate
    )
    return tiny.run(key, budget_gbp, confirmations=words, **more)


def value(made, item):
    return made.more["choice"].cell(item, "value")


@pytest.mark.parametrize("key", CASES)
@pytest.mark.parametrize("budget", [40_000.0, 100_000.0, 1e6])
def test_the_exact_choice_is_that_of_brute_force(key, budget):
    made = run(key, budget)
    frame = made.ranking.frame
    profile = load_profile(key)
    options = load_scenario(profile.scenario).options(tiny.evidence(), profile, shipped())
    count = counted(options, profile, np.full(len(options.sites), np.nan))
    cost = frame.set_index("site_id")["cost_gbp"].reindex(options.sites["id"]).to_numpy(float)
    may = frame.set_index("site_id")["status"].reindex(options.sites["id"]).to_numpy() == "ranked"
    most = 0.0
    for bits in product([False, True], repeat=len(cost)):
        chosen = np.asarray(bits)
        if (chosen & ~(may & ~np.isnan(cost))).any() or cost[chosen].sum() > budget:
            continue
        most = max(most, count.of(chosen))
    if may.any():
        assert value(made, "exact_outcome") == pytest.approx(most, abs=0.06)
        assert value(made, "walk_outcome") <= value(made, "exact_outcome")
        assert value(made, "exact_outcome") <= value(made, "exact_bound")
        assert value(made, "gap_pct") <= 0.01


def test_both_choices_stand_side_by_side_and_add_up():
    made = run(budget_gbp=120_000.0)
    frame = made.more["portfolio"].frame
    assert frame.loc[frame["exact"], "cost_gbp"].sum() == value(made, "exact_cost_gbp")
    assert frame.loc[frame["walk"], "cost_gbp"].sum() == value(made, "walk_cost_gbp")
    ranking = made.ranking.frame.set_index("site_id")
    assert (frame.set_index("site_id")["walk"] == ranking["chosen"].reindex(frame["site_id"])).all()


def test_the_front_rises_and_ends_at_the_exact_choice():
    made = run(budget_gbp=150_000.0)
    front = made.more["pareto"].frame
    front = front[front["set"] == "chosen"]
    assert front["cost_gbp"].is_monotonic_increasing
    assert front["outcome"].is_monotonic_increasing
    assert front["outcome"].iloc[-1] == value(made, "exact_outcome")


def test_more_money_is_worth_something_or_nothing_never_less():
    for budget in (50_000.0, 75_000.0, 1e6):
        made = run(budget_gbp=budget)
        assert value(made, "tenth_more") >= 0
        assert value(made, "tenth_less") >= 0
    assert value(made, "tenth_more") == 0  # every site is paid for already


def test_rules_hold_in_the_exact_choice_too():
    plain = run(budget_gbp=60_000.0).more["portfolio"].frame
    site = plain.loc[plain["exact"], "site_id"].iloc[0]
    rules = CaseRules.model_validate({"must_not": [{"site": site, **WORD}]})
    made = run(budget_gbp=60_000.0, rules=rules).more["portfolio"].frame
    assert site not in set(made.loc[made["exact"], "site_id"])


def most(site, value):
    return {"site": site, "most": value, **WORD}


def test_desks_limit_what_a_building_serves_and_businesses_in_reach_how_many_desks_count():
    # 106 desks, and 15 weighted micro-businesses within the walk (tiny.businesses)
    made = run("co-working", 1e6)
    row = made.more["portfolio"].frame.set_index("site_id").loc["uprn:1"]
    assert (row["outcome_alone"], row["capacity"]) == (15, 106)
    assert (
        made.more["choice"].cell("exact_outcome", "label").startswith("Desks with a micro-business")
    )
    # where each could take ten desks, the building is full and 44 go without
    wide = {"coworking.desks_per_unit": tiny.words(10)}
    full = run("co-working", 1e6, parameters=wide)
    assert value(full, "exact_outcome") == 106
    assert value(full, "turned_away") == 150 - 106
    # the study may say that a building holds fewer
    held = CaseRules.model_validate({"capacity": [most("uprn:1", 40)]})
    fewer = run("co-working", 1e6, parameters=wide, rules=held)
    assert value(fewer, "exact_outcome") == 40
    said = fewer.more["overrides"].frame.set_index("kind").loc["capacity"]
    assert (said["site_id"], said["now"], said["who"]) == ("uprn:1", "at most 40", "Board")


def test_a_profile_may_leave_desks_unlimited_and_without_businesses_they_are():
    plain = load_profile("co-working").model_copy(update={"capacity": "stated"})
    assert value(run("co-working", 1e6, profile=plain), "exact_outcome") == 106
    assert value(run("co-working", 1e6, businesses=None), "exact_outcome") == 106
    rules = CaseRules.model_validate({"capacity": [most("*", 30)]})
    assert value(run("co-working", 1e6, businesses=None, rules=rules), "exact_outcome") == 30


def test_a_capacity_stated_for_every_site_limits_what_each_serves():
    free = run(budget_gbp=1e6).more["portfolio"].frame
    rules = CaseRules.model_validate({"capacity": [most("*", 5), most("school:A", 20)]})
    made = run(budget_gbp=1e6, rules=rules)
    frame = made.more["portfolio"].frame.set_index("site_id")
    assert frame["capacity"].drop("school:A").eq(5).all()
    assert frame.loc["school:A", "capacity"] == 20
    # 60 white premises beside A, 10 beside B and 10 beside C, each site on its own
    assert frame["outcome_alone"].to_dict() == {
        site: min(alone, 20 if site == "school:A" else 5)
        for site, alone in zip(free["site_id"], free["outcome_alone"], strict=True)
    }
    assert value(made, "exact_outcome") == frame.loc[frame["exact"], "outcome_alone"].sum()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([most("school:Q", 5)], "no candidate site 'school:Q'.*did you mean 'school:A'"),
        ([most("school:A", 5), most("school:A", 6)], "capacity of 'school:A' is stated twice"),
    ],
)
def test_a_capacity_of_no_site_or_stated_twice_is_refused(given, said):
    with pytest.raises(StudyError, match=said):
        run(rules=CaseRules.model_validate({"capacity": given}))


@pytest.mark.parametrize("wrong", [0, -3, float("nan"), float("inf"), "many"])
def test_a_capacity_that_is_none_is_refused(wrong):
    with pytest.raises(ValidationError):
        CaseRules.model_validate({"capacity": [most("school:A", wrong)]})


def test_no_site_to_choose_from_is_said():
    made = tiny.run("co-working", 1e6)
    assert np.isnan(value(made, "exact_outcome"))
    assert made.more["choice"].cell("exact_outcome", "note") == "no site may be chosen"
    assert not made.more["pareto"].frame["set"].eq("chosen").any()
    assert value(made, "exact_outcome_if_verified") > 0


@pytest.mark.parametrize("key", CASES)
def test_every_number_of_every_further_table_has_an_origin(key):
    made = run(key)
    held = (made.ranking, made.gates, made.costs, made.criteria, made.summary, made.weight_tests)
    tables = {t.name: t for t in (*held, *made.more.values())}
    layers = {field.name for field in fields(Evidence)}
    assert set(OURS) <= set(made.more)
    for table in (t for name, t in made.more.items() if name in OURS):
        for name, spec in table.columns.items():
            if spec.decimals is None and not spec.decimals_of:
                continue
            recipes = list(spec.recipes.values()) or [spec.recipe("")]
            for recipe in recipes:
                assert recipe.inputs or recipe.parameters or recipe.settings, (table.name, name)
                assert set(recipe.parameters) <= set(shipped())
                for given in recipe.inputs:
                    head, _, column = given.split("[")[0].partition(".")
                    assert head in layers or column in tables[head].frame, (table.name, name, given)
