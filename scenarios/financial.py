"""The financial case: cash by April-to-March year, where it comes from, and what is still sought.

The appraisal is in real prices without VAT; a treasurer needs cash. Each year's cash is the real cost, plus
inflation since the price base, plus VAT that is not recovered. Optimism bias stays in, as in the ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from layers.errors import Fault
from scenarios.case_rules import Word
from scenarios.trench import apportion

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from scenarios.case_appraisal import Flows

__all__ = ["Cash", "Finance", "Match", "cash_profile", "first_year", "year_label"]

Floats = NDArray[np.float64]
APRIL = 4
YEAR = r"^\d{4}-\d{2}$"
ADDS_UP = 0.1
INFLATION, VAT, RECOVERED, BASE = (
    f"finance.{name}" for name in ("inflation_pct", "vat_pct", "vat_recovered_pct", "price_year")
)
STATUSES: tuple[Literal["secured", "in principle", "sought"], ...] = (
    "secured", "in principle", "sought",
)  # fmt: skip


class Match(Word):
    """Money from another source, in cash of its year; who, when and why say how firm it is."""

    source: str = Field(min_length=1, description="Who pays.")
    status: Literal["secured", "in principle", "sought"] = Field(description="How firm it is.")
    year: str = Field(pattern=YEAR, description="Financial year, as 2026-27.")
    pays: Literal["capital", "revenue"] = Field("capital", description="What it pays for.")
    amount_gbp: float = Field(gt=0, description="Amount in cash of that year.")


class Finance(BaseModel):
    """How a case is paid for, as `[case.NAME.finance]` states it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    first_year: str = Field(
        "", pattern=r"^(\d{4}-\d{2})?$", description="First year of spending, as 2026-27."
    )
    capital_pct_by_year: tuple[float, ...] = Field(
        (100.0,), min_length=1, description="Share of capital in each year from the first."
    )
    carried_by: str = Field(
        "", description="Who carries running costs that nobody else pays, and from which budget."
    )
    match: tuple[Match, ...] = Field((), description="Money from other sources.")

    @model_validator(mode="after")
    def _adds_up(self) -> Finance:
        if abs(sum(self.capital_pct_by_year) - 100) > ADDS_UP:
            total = sum(self.capital_pct_by_year)
            raise ValueError(f"capital_pct_by_year sums to {total:g}, not 100")
        if min(self.capital_pct_by_year) < 0:
            raise ValueError("capital_pct_by_year holds a negative share")
        return self


@dataclass(frozen=True)
class Cash:
    """Cash by financial year, in whole GBP, so that printed lines add up.

    Attributes
    ----------
    years
        First calendar year of each: 2026 for 2026-27.
    capital, revenue
        In real prices, without VAT.
    capital_inflation, revenue_inflation, capital_vat, revenue_vat
        What turns them into cash.
    match
        By status and then by what it pays, each a sum a year.
    grant, carried, shortfall
        From the fund, within the budget; running costs that fall to whoever carries them; capital
        that nothing pays for.
    over
        Match beyond what it pays for in its year: capital, or running cost.
    """

    years: tuple[int, ...]
    capital: Floats
    revenue: Floats
    capital_inflation: Floats
    revenue_inflation: Floats
    capital_vat: Floats
    revenue_vat: Floats
    match: dict[tuple[str, str], Floats]
    grant: Floats
    carried: Floats
    shortfall: Floats
    over: float

    @property
    def capital_cash(self) -> Floats:
        """Capital in cash."""
        return self.capital + self.capital_inflation + self.capital_vat

    @property
    def revenue_cash(self) -> Floats:
        """Running cost in cash."""
        return self.revenue + self.revenue_inflation + self.revenue_vat

    def matched(self, status: str) -> Floats:
        """Return match of a status, for capital and revenue together."""
        return self.match[status, "capital"] + self.match[status, "revenue"]


def year_label(year: int) -> str:
    """Return a financial year as treasurers write it.

    Examples
    --------
    >>> year_label(2026), year_label(2099)
    ('2026-27', '2099-00')
    """
    return f"{year}-{(year + 1) % 100:02d}"


def first_year(finance: Finance, as_of: date | None, base: int) -> int:
    """Return the first year of spending: as stated, else the financial year that begins next."""
    if finance.first_year:
        return int(finance.first_year[:4])
    if as_of is None:
        return base
    return as_of.year if as_of.month < APRIL else as_of.year + 1


def year_faults(finance: Finance, start: int, horizon: int, case: str, where: str) -> list[Fault]:
    """Return match whose year is written wrongly or lies outside the case."""
    last = start + len(finance.capital_pct_by_year) - 1 + horizon
    faults = []
    for number, item in enumerate(finance.match, start=1):
        year = int(item.year[:4])
        at = f"case.{case}.finance.match[{number}].year"
        if item.year != year_label(year):
            mend = f"write {year_label(year)}"
            faults.append(Fault(where, f"'{item.year}' is no financial year", mend, column=at))
        elif not start <= year <= last:
            text = f"{item.source} pays in {item.year}, outside {year_label(start)} to {year_label(last)}"
            faults.append(Fault(where, text, "correct the year, or first_year", column=at))
    return faults


def cash_profile(
    flows: Flows, finance: Finance, parameters: Parameters, *, start: int, budget_gbp: float
) -> Cash:
    """Return the cash of a set of sites by financial year.

    Capital is spread as stated; running costs begin in the year after its last and run to the horizon.
    Grant pays capital that match does not, year by year, up to the budget, which is in cash. Running
    costs that no match pays are carried by whoever is named.

    Parameters
    ----------
    flows
        Real prices, as appraised.
    start
        First financial year of spending.
    budget_gbp
        The most the fund pays, in cash.
    """
    shares = np.asarray(finance.capital_pct_by_year, dtype=np.float64)
    building, running = len(shares), flows.years
    years = np.arange(start, start + building + running)
    spread = apportion(round(flows.capital[1]), shares).astype(np.float64)
    capital = np.concatenate([spread, np.zeros(running)])
    revenue = np.concatenate([np.zeros(building), np.full(running, np.round(flows.running[1]))])
    rate, vat = parameters.value(INFLATION) / 100, parameters.value(VAT) / 100
    kept = vat * (1 - parameters.value(RECOVERED) / 100)
    # powers by repeated products: the same last digit everywhere
    steps = years - int(parameters.value(BASE))
    rise = np.asarray([_power(1 + rate, int(step)) for step in steps])
    match: dict[tuple[str, str], Floats] = {
        (status, pays): _by_year(
            [m for m in finance.match if (m.status, m.pays) == (status, pays)], years
        )
        for status in STATUSES
        for pays in ("capital", "revenue")
    }
    dearer = {name: np.round(real * (rise - 1)) for name, real in (("c", capital), ("r", revenue))}
    taxed = {name: np.round(real * rise * kept) for name, real in (("c", capital), ("r", revenue))}
    capital_cash = capital + dearer["c"] + taxed["c"]
    revenue_cash = revenue + dearer["r"] + taxed["r"]
    matched = np.sum([match[status, "capital"] for status in STATUSES], axis=0)
    paid = np.sum([match[status, "revenue"] for status in STATUSES], axis=0)
    need = np.maximum(capital_cash - matched, 0.0)
    before = np.concatenate([[0.0], np.cumsum(need)[:-1]])
    grant = np.clip(budget_gbp - before, 0.0, need)
    return Cash(
        years=tuple(int(y) for y in years),
        capital=capital,
        revenue=revenue,
        capital_inflation=dearer["c"],
        revenue_inflation=dearer["r"],
        capital_vat=taxed["c"],
        revenue_vat=taxed["r"],
        match=match,
        grant=grant,
        carried=np.maximum(revenue_cash - paid, 0.0),
        shortfall=need - grant,
        over=float(
            np.maximum(matched - capital_cash, 0.0).sum()
            + np.maximum(paid - revenue_cash, 0.0).sum()
        ),
    )


def _power(base: float, times: int) -> float:
    value = 1.0
    for _ in range(abs(times)):
        value *= base
    return value if times >= 0 else 1.0 / value


def _by_year(held: Sequence[Match], years: NDArray[np.int64]) -> Floats:
    sums = np.zeros(len(years))
    for item in held:
        sums[years == int(item.year[:4])] += item.amount_gbp
    return sums
