"""The appraisal of a plan: its funds add up, and moving an input moves it in every fund."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny
from test_case_appraisal import A02, WORTH
from test_joined_up import results, tables

from layers.parameters import shipped
from scenarios.case_appraisal import switching, tornado
from scenarios.plan_appraisal import PlanFlows, plan_monte_carlo, plan_switching, plan_tornado
from scenarios.plan_tables import joined_up_tables

TWICE = PlanFlows((A02, A02))


def test_two_funds_of_worked_example_a02_are_worth_twice_as_much():
    # domain brief F3, A02: NPSV 736,467.02; BCR 1.213
    assert TWICE.npsv == pytest.approx(2 * 736_467.02, abs=0.02)
    assert TWICE.bcr == pytest.approx(1.213, abs=5e-4)


def test_the_tests_of_one_fund_are_those_of_its_case():
    one = PlanFlows((A02,))
    assert plan_tornado(one, shipped()) == tornado(A02, shipped())
    for ours, theirs in zip(plan_switching(one), switching(A02), strict=True):
        assert ours[0] == theirs[0]
        assert ours[2:4] == pytest.approx(theirs[2:4], nan_ok=True)


def test_at_the_switching_value_of_all_capital_the_plan_is_worth_nil():
    found = {key: at for key, _, _, at, _, _ in plan_switching(TWICE)}
    dearer = found["capital"] / TWICE.middle("capital")
    moved = [f.with_middle(capital=f.capital[1] * dearer) for f in TWICE.funds]
    assert PlanFlows(tuple(moved)).npsv == pytest.approx(0, abs=0.01)
    poorer = found["take_up"] / 100
    moved = [replace(f, take_up=f.take_up * poorer) for f in TWICE.funds]
    assert PlanFlows(tuple(moved)).npsv == pytest.approx(0, abs=0.01)


def test_funds_of_their_own_cost_spread_less_than_one_of_twice_the_money():
    wide = replace(A02, capital=(1e6, 2.88e6, 5e6))
    double = {n: tuple(2 * x for x in getattr(wide, n)) for n in ("capital", "running", "benefit")}
    one = plan_monte_carlo(PlanFlows((replace(wide, **double),)), shipped(), 1)
    two = plan_monte_carlo(PlanFlows((wide, wide)), shipped(), 1)
    assert two.mean == pytest.approx(one.mean, rel=0.05)
    assert two.ninetieth - two.tenth < one.ninetieth - one.tenth


def test_the_tables_of_a_small_study_agree_with_the_plan():
    made = tables(120_000.0)
    for suffix in ("", "_if_verified"):
        found = made.table(f"plan_appraisal{suffix}")
        cost = made.table(f"plan_summary{suffix}").cell("cost_gbp", "value")
        assert found.cell("pv_capital_gbp", "value") == cost
        each = [i for i in found.frame["item"] if i.startswith("pv_cost_gbp|")]
        total = sum(found.cell(i, "value") for i in each)
        assert total == pytest.approx(found.cell("pv_cost_gbp", "value"), abs=len(each))
        swings = made.table(f"plan_sensitivity{suffix}").frame["swing_gbp"]
        assert swings.is_monotonic_decreasing
        # nobody has accepted a value of benefits
        for item in (
            "npsv_gbp",
            "bcr",
            "pv_benefit_gbp",
            *(i.replace("pv_cost", "npsv") for i in each),
        ):
            assert np.isnan(found.cell(item, "value"))
            assert "only once the study states" in found.cell(item, "note")
        assert made.table(f"plan_switching{suffix}").frame["switch"].isna().all()


def test_a_plan_is_valued_as_a_whole_only_where_every_fund_in_it_is():
    """Homes and firms are valued, testbeds and desks are not."""
    register = shipped().override(WORTH, "study.toml")
    made = joined_up_tables(tiny.evidence(), results(120_000.0, parameters=WORTH), register)
    found = made.table("plan_appraisal")
    assert np.isfinite(found.cell("npsv_gbp|full-fibre-fund", "value"))
    silent = [i for i in found.frame["item"] if i.startswith("npsv_gbp|") and "full-fibre" not in i]
    assert silent
    for item in ("npsv_gbp", "bcr", "pv_benefit_gbp", "npsv_p50_gbp", "npsv_10_years_gbp", *silent):
        assert np.isnan(found.cell(item, "value"))
    assert "none is stated for" in found.cell("npsv_gbp", "note")
    assert "full-fibre" not in found.cell("npsv_gbp", "note")
    assert found.cell("pv_cost_gbp", "value") > 0
