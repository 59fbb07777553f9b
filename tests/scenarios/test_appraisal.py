"""Appraisal against worked examples A01 to A06 (HM Treasury Green Book, Additionality Guide)."""

from __future__ import annotations

import numpy as np
import pytest

from layers.parameters import shipped
from scenarios import appraisal


def test_a01_discount_factors():
    expected = [1.0, 0.966184, 0.708919, 0.356278, 0.345901, 0.265105]
    found = appraisal.discount_factors([0, 1, 10, 30, 31, 40])
    assert found.tolist() == pytest.approx(expected, abs=1e-6)


def test_rates_of_the_register_are_the_green_books():
    rates = appraisal.DiscountRates.of(shipped())
    assert (rates.to_30, rates.to_75, rates.to_125) == pytest.approx((0.035, 0.03, 0.025))
    assert appraisal.DiscountRates.of(shipped(), "health").to_30 == pytest.approx(0.015)


def test_discount_factors_fall_and_have_no_rate_beyond_125_years():
    assert (np.diff(appraisal.discount_factors(np.arange(126))) < 0).all()
    with pytest.raises(ValueError, match="between 0 and 125"):
        appraisal.discount_factors([126])


def test_a02_npsv_and_bcr():
    capex = appraisal.with_optimism_bias(2_000_000, 0.44)
    opex = appraisal.present_value(0, 50_000, 15)
    cost = appraisal.present_value(capex, 50_000, 15)
    benefit = appraisal.present_value(0, 520_000 * 0.7, 15)
    assert float(capex) == pytest.approx(2_880_000.0, abs=0.01)
    assert float(opex) == pytest.approx(575_870.54, abs=0.5)
    assert float(cost) == pytest.approx(3_455_870.54, abs=0.5)
    assert float(benefit) == pytest.approx(4_192_337.57, abs=0.5)
    assert float(appraisal.npsv(benefit, cost)) == pytest.approx(736_467.02, abs=0.5)
    assert float(appraisal.bcr(benefit, cost)) == pytest.approx(1.213, abs=1e-3)


def test_break_even_benefit_gives_an_npsv_of_nil():
    each = appraisal.break_even_per_unit_year(3_455_870.54, 1_900, 15)
    benefit = appraisal.present_value(0, each * 1_900, 15)
    assert float(appraisal.npsv(benefit, 3_455_870.54)) == pytest.approx(0, abs=1e-6)
    assert np.isnan(appraisal.break_even_per_unit_year(100, 0, 15))


def test_a03_gap_funding_and_cost_effectiveness():
    revenue = [40_000 * min(t, 5) for t in range(1, 21)]
    supplier, gap = appraisal.gap_funding(3_000_000, revenue, 60_000, 0.08)
    assert supplier == pytest.approx(-1_969_395.94, abs=0.5)
    assert gap == pytest.approx(1_969_395.94, abs=0.5)
    assert gap / 3_000_000 == pytest.approx(0.6565, abs=1e-4)
    assert gap / 1_900 == pytest.approx(1_036.52, abs=0.01)
    each = appraisal.cost_per_additional(gap, 1_900, 0.25)
    assert float(each) == pytest.approx(1_382.03, abs=0.01)


def test_a_supplier_in_profit_needs_no_grant():
    assert appraisal.gap_funding(100, [200], 0, 0.08)[1] == 0.0


def test_a04_net_additional_impact():
    terms = appraisal.Additionality(leakage=0.1, displacement=0.25, multiplier=1.25)
    assert terms.apply(120) == pytest.approx(101.25, abs=1e-4)
    assert terms.apply(40) == pytest.approx(33.75, abs=1e-4)
    assert appraisal.net_additional_impact(120, 40, terms) == pytest.approx(67.5, abs=1e-4)


def test_a05_distributional_weight():
    found = appraisal.distributional_weight(35_000, 22_000, 1.3)
    assert found == pytest.approx(1.8287, abs=1e-4)


def test_a06_real_terms_and_equivalent_annual_cost():
    found = float(appraisal.real_terms(1_000_000, 104.2, 100.0))
    assert found == pytest.approx(959_692.9, abs=0.01)
    assert appraisal.annuity_factor(15) == pytest.approx(11.517411, abs=1e-6)
    assert appraisal.equivalent_annual_cost(1_000_000, 15) == pytest.approx(86_825.07, abs=0.01)


def test_no_cost_gives_no_ratio():
    assert np.isnan(appraisal.bcr(100, 0))
