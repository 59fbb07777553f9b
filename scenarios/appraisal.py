"""Green Book appraisal: discounting, NPSV, BCR, gap funding, additionality, break-even.

Formulas from HM Treasury's Green Book and the Additionality Guide, as set out in the domain brief,
section F; worked examples A01 to A06 are its tests. Real prices throughout; year 0 is not discounted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = [
    "GREEN_BOOK",
    "Additionality",
    "DiscountRates",
    "annuity_factor",
    "bcr",
    "break_even_per_unit_year",
    "cost_per_additional",
    "discount_factors",
    "distributional_weight",
    "equivalent_annual_cost",
    "gap_funding",
    "net_additional_impact",
    "npsv",
    "present_value",
    "real_terms",
    "with_optimism_bias",
]

Floats = NDArray[np.float64]
FIRST_STEP, SECOND_STEP, LAST_YEAR = 30, 75, 125


@dataclass(frozen=True)
class DiscountRates:
    """Discount rates per year, as fractions, for years 0-30, 31-75 and 76-125."""

    to_30: float = 0.035
    to_75: float = 0.03
    to_125: float = 0.025

    @classmethod
    def of(cls, parameters: Parameters, kind: str = "discount") -> DiscountRates:
        """Return the rates in force: `discount` (social time preference) or `health`."""
        names = ("years_0_30_pct", "years_31_75_pct", "years_76_125_pct")
        return cls(*(parameters.value(f"appraisal.{kind}_{name}") / 100 for name in names))


GREEN_BOOK = DiscountRates()


def discount_factors(years: ArrayLike, rates: DiscountRates = GREEN_BOOK) -> Floats:
    """Return the discount factor of each year.

    Parameters
    ----------
    years
        0 to 125; year 0 is worth 1.

    Raises
    ------
    ValueError
        For a year before 0 or after 125, for which no rate is published.

    Examples
    --------
    >>> discount_factors([0, 1, 31]).round(6).tolist()
    [1.0, 0.966184, 0.345901]
    """
    t = np.asarray(years, dtype=np.float64)
    if ((t < 0) | (t > LAST_YEAR)).any():
        raise ValueError(f"years must lie between 0 and {LAST_YEAR}")
    first = np.minimum(t, FIRST_STEP)
    second = np.clip(t - FIRST_STEP, 0, SECOND_STEP - FIRST_STEP)
    third = np.clip(t - SECOND_STEP, 0, LAST_YEAR - SECOND_STEP)
    factor = (1 + rates.to_30) ** first * (1 + rates.to_75) ** second * (1 + rates.to_125) ** third
    return np.asarray(1.0 / factor)


def annuity_factor(years: int, rates: DiscountRates = GREEN_BOOK) -> float:
    """Return the present value of 1 a year in years 1 to `years`."""
    return float(discount_factors(np.arange(1, years + 1), rates).sum())


def present_value(
    year_0: ArrayLike, each_year: ArrayLike, years: int, rates: DiscountRates = GREEN_BOOK
) -> Floats:
    """Return the present value of a sum in year 0 and the same sum in each of years 1 to `years`."""
    yearly = np.asarray(each_year, dtype=np.float64) * annuity_factor(years, rates)
    return np.asarray(np.asarray(year_0, dtype=np.float64) + yearly)


def with_optimism_bias(cost: ArrayLike, bias: float) -> Floats:
    """Return a cost raised by optimism bias (a fraction)."""
    return np.asarray(np.asarray(cost, dtype=np.float64) * (1 + bias))


def npsv(pv_benefits: ArrayLike, pv_costs: ArrayLike) -> Floats:
    """Return net present social value: benefits less costs, both present values."""
    return np.asarray(np.asarray(pv_benefits, float) - np.asarray(pv_costs, float))


def bcr(pv_benefits: ArrayLike, pv_public_costs: ArrayLike) -> Floats:
    """Return the benefit-cost ratio; the denominator is net present public-sector cost.

    NaN where there is no cost.
    """
    costs = np.asarray(pv_public_costs, dtype=np.float64)
    benefits = np.asarray(pv_benefits, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(costs > 0, benefits / costs, np.nan)


def equivalent_annual_cost(pv: float, years: int, rates: DiscountRates = GREEN_BOOK) -> float:
    """Return the level yearly sum over years 1 to `years` with this present value."""
    return pv / annuity_factor(years, rates)


def break_even_per_unit_year(
    pv_cost: ArrayLike, units: ArrayLike, years: int, rates: DiscountRates = GREEN_BOOK
) -> Floats:
    """Return the benefit per unit per year at which NPSV is nil; NaN without units."""
    count = np.asarray(units, dtype=np.float64)
    cost = np.asarray(pv_cost, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(count > 0, cost / (count * annuity_factor(years, rates)), np.nan)


def gap_funding(
    build_cost: float, revenue: Sequence[float], opex_per_year: float, wacc: float
) -> tuple[float, float]:
    """Return the supplier's net present value and the grant that lifts it to nil.

    Parameters
    ----------
    build_cost
        In year 0.
    revenue
        In years 1, 2, ...
    opex_per_year
        In the same years.
    wacc
        The supplier's real cost of capital before tax, a fraction.
    """
    income = np.asarray(revenue, dtype=np.float64) - opex_per_year
    years = np.arange(1, len(income) + 1)
    supplier = float((income / (1 + wacc) ** years).sum()) - build_cost
    return supplier, max(0.0, -supplier)


def cost_per_additional(
    grant: ArrayLike, premises_uplifted: ArrayLike, deadweight: ArrayLike
) -> Floats:
    """Return grant per premises that would not have been uplifted anyway."""
    additional = np.asarray(premises_uplifted, float) * (1 - np.asarray(deadweight, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(additional > 0, np.asarray(grant, float) / additional, np.nan)


@dataclass(frozen=True)
class Additionality:
    """Leakage, displacement and substitution as fractions, and the multiplier."""

    leakage: float = 0.0
    displacement: float = 0.0
    substitution: float = 0.0
    multiplier: float = 1.0

    def apply(self, gross: float) -> float:
        """Return what is left of a gross effect."""
        kept = (1 - self.leakage) * (1 - self.displacement) * (1 - self.substitution)
        return gross * kept * self.multiplier


def net_additional_impact(
    gross: float,
    gross_reference: float,
    intervention: Additionality,
    reference: Additionality | None = None,
) -> float:
    """Return the net additional impact of an intervention over its reference case."""
    return intervention.apply(gross) - (reference or intervention).apply(gross_reference)


def distributional_weight(
    median_income: float, group_income: float, elasticity: float = 1.3
) -> float:
    """Return the weight of a pound to a group with this equivalised income."""
    return float((median_income / group_income) ** elasticity)


def real_terms(nominal: ArrayLike, deflator_then: float, deflator_base: float) -> Floats:
    """Return nominal sums of one year in the prices of the base year."""
    return np.asarray(np.asarray(nominal, dtype=np.float64) * deflator_base / deflator_then)
