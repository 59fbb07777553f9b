"""Appraisal of a set of sites: the tornado, switching values, draws; against worked example A02."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from layers.parameters import shipped
from scenarios.appraisal import GREEN_BOOK
from scenarios.case import Confirmation
from scenarios.case_appraisal import Flows, monte_carlo, switching, tornado
from scenarios.profile import load_profile

# A02: £2.0m with 44 % optimism bias, £50,000 a year, benefits £520,000 x 0.7, 15 years
A02 = Flows(
    capital=(2_880_000.0, 2_880_000.0, 2_880_000.0),
    running=(50_000.0, 50_000.0, 50_000.0),
    benefit=(364_000.0, 364_000.0, 364_000.0),
    years=15,
    rates=GREEN_BOOK,
)
WORTH = {
    "appraisal.benefit_residential_gbp_per_year": tiny.words(60),
    "appraisal.benefit_sme_gbp_per_year": tiny.words(250),
}


def run(key="full-fibre-fund", budget_gbp=200_000.0, **more):
    words = tuple(
        Confirmation("*", gate, "pass", "Board", "2026-01-01", "paper 1")
        for gate in load_profile(key).gate
    )
    return tiny.run(key, budget_gbp, confirmations=words, **more)


def test_worked_example_a02():
    assert pytest.approx(736_467.02, abs=0.5) == A02.npsv
    assert A02.bcr == pytest.approx(1.213, abs=0.001)


def test_the_tornado_moves_one_input_at_a_time():
    found = {swing.key: swing for swing in tornado(A02, shipped())}
    # a fifth of £2.88m either way
    assert found["capital"].npsv_low - found["capital"].npsv_high == pytest.approx(1_152_000)
    # a tenth of the benefits' £4,192,337.57
    assert found["take_up"].size == pytest.approx(419_233.76, abs=0.1)
    # a year less of £314,000, discounted one year
    assert found["delay"].size == pytest.approx(314_000 / 1.035)
    assert found["horizon"].npsv_low < A02.npsv < found["horizon"].npsv_high
    sizes = [swing.size for swing in tornado(A02, shipped())]
    assert sizes == sorted(sizes, reverse=True)


def test_at_its_switching_value_an_input_brings_npsv_to_nil():
    found = {key: at for key, _, _, at, _, _ in switching(A02)}
    assert A02.with_middle(capital=found["capital"]).npsv == pytest.approx(0, abs=1e-6)
    assert A02.with_middle(running=found["running"]).npsv == pytest.approx(0, abs=1e-6)
    assert A02.with_middle(benefit=found["benefit"]).npsv == pytest.approx(0, abs=1e-6)
    assert replace(A02, take_up=found["take_up"] / 100).npsv == pytest.approx(0, abs=1e-6)
    assert (
        replace(A02, delay=found["delay"] - 0.02).npsv > 0 > replace(A02, delay=found["delay"]).npsv
    )
    # 364,000 - 50,000 a year pay £2.88m back in the twelfth year: 314,000 x 9.663 = £3.03m
    assert found["horizon"] == 12


def test_nothing_switches_without_a_benefit_and_it_says_so():
    none = replace(A02, benefit=(0.0, 0.0, 0.0))
    assert all(np.isnan(at) for _, _, _, at, _, _ in switching(none))
    assert all("no value of benefits is accepted" in note for *_, note in switching(none))


def test_draws_keep_to_their_ranges_and_their_seed():
    wide = replace(A02, capital=(2_000_000.0, 2_880_000.0, 4_000_000.0))
    one, two = monte_carlo(wide, shipped(), 7), monte_carlo(wide, shipped(), 7)
    assert one == two
    assert one != monte_carlo(wide, shipped(), 8)
    assert one.tenth < one.median < one.ninetieth
    sure = monte_carlo(A02, shipped(), 7)
    # take-up of 90 to 100 % and up to a year's delay only
    assert A02.npsv - 419_233.76 - 314_000 < sure.tenth < sure.ninetieth < A02.npsv


def test_the_case_agrees_with_its_summary():
    made = run(parameters=WORTH)
    told, summary = made.more["appraisal"], made.summary
    for item in ("npsv_gbp", "bcr"):
        assert told.cell(item, "value") == summary.cell(item, "value")
    sensitivity = made.more["sensitivity"].frame
    assert (sensitivity["npsv_gbp"] == told.cell("npsv_gbp", "value")).all()


def test_benefits_are_not_stated_rather_than_nil_until_somebody_accepts_a_value():
    made = run()
    told = made.more["appraisal"]
    for item in ("pv_benefit_gbp", "npsv_gbp", "bcr", "npsv_p10_gbp", "npsv_10_years_gbp"):
        assert np.isnan(told.cell(item, "value"))
    for item in ("npsv_gbp", "bcr"):
        assert np.isnan(made.summary.cell(item, "value"))
    assert made.ranking.frame[["npsv_gbp", "bcr"]].isna().all(axis=None)
    assert told.cell("pv_cost_gbp", "value") > 0
    assert "only once the study states them" in told.cell("npsv_gbp", "note")
    assert told.cell("pv_cost_per_outcome_gbp", "value") > 0
    assert made.more["switching"].frame["switch"].isna().all()


def test_a_benefit_that_somebody_states_as_nil_is_stated():
    """The whole cost is then a loss, and the ratio is nil: what was said, not what is missing."""
    nil = {key: {**tiny.words(0), "low": 0, "high": 0} for key in WORTH}
    made = run(parameters=nil)
    told = made.more["appraisal"]
    assert told.cell("pv_benefit_gbp", "value") == told.cell("bcr", "value") == 0
    assert told.cell("npsv_gbp", "value") == -told.cell("pv_cost_gbp", "value") < 0
    assert made.summary.cell("bcr", "value") == 0
    assert made.ranking.frame.loc[made.ranking.frame["cost_gbp"].notna(), "npsv_gbp"].notna().all()
    assert "states" not in str(told.cell("npsv_gbp", "note"))


def test_incomes_weigh_benefits_only_where_they_are_stated():
    plain = run(parameters=WORTH).more["appraisal"]
    assert np.isnan(plain.cell("npsv_weighted_gbp", "value"))
    assert "no income" in plain.cell("npsv_weighted_gbp", "note")
    stated = WORTH | {
        "appraisal.median_income_gbp": tiny.words(35_000),
        "appraisal.group_income_gbp": tiny.words(22_000),
    }
    weighed = run(parameters=stated).more["appraisal"]
    assert weighed.cell("distributional_weight", "value") == 1.829  # A05
    assert weighed.cell("npsv_weighted_gbp", "value") > weighed.cell("npsv_gbp", "value")


def test_nothing_chosen_is_said():
    made = tiny.run("co-working")
    assert made.more["appraisal"].cell("pv_cost_gbp", "note") == "no site is chosen"
    assert not (made.more["sensitivity"].frame["set"] == "chosen").any()
