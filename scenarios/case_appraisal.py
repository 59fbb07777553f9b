"""Appraisal of a set of sites: what moves its net present value, and where that turns.

Real prices; capital in year 0, running costs and benefits in years 1 to the horizon, as in the case's
summary. Until somebody states the value of benefits nothing switches, and what rests on them is not
stated: a value that is missing is not nil.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenarios import appraisal
from scenarios.appraisal import DiscountRates
from scenarios.costs import CAPITAL, RUNNING

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from scenarios.costs import SetCost
    from scenarios.tables import Made

__all__ = [
    "DRAWS",
    "LAST_HORIZON",
    "Flows",
    "Spread",
    "Swing",
    "drawn_values",
    "flows_of",
    "money_ends",
    "monte_carlo",
    "not_stated",
    "spread_of",
    "switching",
    "tornado",
    "turn",
]

Floats = NDArray[np.float64]
Span = tuple[float, float, float]
Item = tuple[str, str, float, str, int, str]
DRAWS = 10_000
BLOCK = 1_000
LAST_HORIZON = 60
NAN = float("nan")
STREAM = 5  # apart from the streams that weights are drawn from
RANGE = "_range"
ON_BENEFITS = ("pv_benefit_gbp", "npsv", "bcr", "separate_npsv")  # how such items begin
MONEY = {
    "capital": "Capital cost",
    "running": "Running cost",
    "benefit": "Value of benefits",
}


@dataclass(frozen=True)
class Flows:
    """Money of a set of sites, low, middle and high, and how it is taken.

    Attributes
    ----------
    capital, running, benefit
        GBP in year 0, and GBP a year.
    years
        Horizon.
    delay
        Years by which running costs and benefits start later, the horizon standing.
    take_up
        Share of the stated benefit that is had.
    stated
        Whether anybody stated what a benefit is worth; it is nil where nobody did.
    """

    capital: Span
    running: Span
    benefit: Span
    years: int
    rates: DiscountRates
    delay: float = 0.0
    take_up: float = 1.0
    stated: bool = True

    @property
    def factor(self) -> float:
        """Present value of a pound a year from the start to the horizon."""
        whole = int(np.floor(self.delay))
        late = appraisal.annuity_factor(min(whole, self.years), self.rates) if whole else 0.0
        part = 0.0
        if self.delay > whole and whole < self.years:
            part = (self.delay - whole) * float(
                appraisal.discount_factors([whole + 1], self.rates)[0]
            )
        return appraisal.annuity_factor(self.years, self.rates) - late - part

    @property
    def pv_cost(self) -> float:
        """Present value of public cost."""
        return self.capital[1] + self.running[1] * self.factor

    @property
    def pv_benefit(self) -> float:
        """Present value of benefits."""
        return self.benefit[1] * self.take_up * self.factor

    @property
    def npsv(self) -> float:
        """Net present social value."""
        return self.pv_benefit - self.pv_cost

    @property
    def bcr(self) -> float:
        """Benefits per pound of net present public-sector cost."""
        return float(appraisal.bcr(self.pv_benefit, self.pv_cost))

    def with_middle(self, **middles: float) -> Flows:
        """Return the same with other middle values."""
        changed = {name: (value, value, value) for name, value in middles.items()}
        return replace(self, **changed)  # type: ignore[arg-type] # spans by name


@dataclass(frozen=True)
class Swing:
    """One input moved down and up, and the net present value each way."""

    key: str
    label: str
    low_text: str
    high_text: str
    npsv_low: float
    npsv_high: float

    @property
    def size(self) -> float:
        """How far the two ends lie apart."""
        return abs(self.npsv_high - self.npsv_low)


@dataclass(frozen=True)
class Spread:
    """Net present value over draws of uncertain inputs."""

    draws: int
    tenth: float
    median: float
    ninetieth: float
    mean: float
    above_nil_pct: float


def flows_of(
    made: Made, cost: SetCost, chosen: NDArray[np.bool_], years: int, rates: DiscountRates
) -> Flows | None:
    """Return the money of a set of sites of a case; None where nothing is chosen."""
    if not chosen.any():
        return None
    capital = cost.cost(CAPITAL)
    gained = made.outcomes(chosen, capital).benefits
    benefit = (float(gained.low.sum()), float(gained.middle.sum()), float(gained.high.sum()))
    return Flows(capital, cost.cost(RUNNING), benefit, years, rates, stated=gained.stated)


def money_ends(flows: Flows, parameters: Parameters) -> dict[str, tuple[float, float]]:
    """Return the low and high end of each sum of money, by the register's percentage and by its range."""
    share = parameters.value("appraisal.sensitivity_pct") / 100
    ends: dict[str, tuple[float, float]] = {}
    for name in MONEY:
        low, middle, high = getattr(flows, name)
        ends[name] = middle * (1 - share), middle * (1 + share)
        ends[name + RANGE] = low, high
    return ends


def tornado(flows: Flows, parameters: Parameters) -> list[Swing]:
    """Return each input moved down and up, the widest first.

    Take-up falls by the register's points, costs and benefits move by its percentage and over their
    own ranges, the start slips by its years, and the horizon is taken at 10 and 20 years.
    """
    share = parameters.value("appraisal.sensitivity_pct")
    points = parameters.value("appraisal.sensitivity_take_up_points")
    late = parameters.value("appraisal.sensitivity_delay_years")
    made = []
    for key, (low, high) in money_ends(flows, parameters).items():
        name = key.removesuffix(RANGE)
        moved = f"{share:g} % less and more" if key == name else "low and high of its own range"
        made.append(
            Swing(
                key, f"{MONEY[name]}, {moved}", f"£{low:,.0f}", f"£{high:,.0f}",
                flows.with_middle(**{name: low}).npsv, flows.with_middle(**{name: high}).npsv,
            )
        )  # fmt: skip
    fewer = max(flows.take_up - points / 100, 0.0)
    made.append(
        Swing(
            "take_up", f"Take-up, {points:g} points fewer", f"{100 * fewer:g} % of the stated benefit",
            f"{100 * flows.take_up:g} %", replace(flows, take_up=fewer).npsv, flows.npsv,
        )
    )  # fmt: skip
    made.append(
        Swing(
            "delay", f"Start {late:g} year{'s' * (late != 1)} later, same horizon",
            f"{late:g} years late", "on time", replace(flows, delay=late).npsv, flows.npsv,
        )
    )  # fmt: skip
    made.append(
        Swing(
            "horizon", "Horizon of 10 and of 20 years", "10 years", "20 years",
            replace(flows, years=10).npsv, replace(flows, years=20).npsv,
        )
    )  # fmt: skip
    return sorted(made, key=lambda swing: (-round(swing.size, 2), swing.key))


def not_stated(items: Sequence[Item], note: str) -> list[Item]:
    """Return figures of an appraisal without those that rest on a value of benefits, where a note says that none is stated."""
    return [
        (item, label, NAN, unit, decimals, note)
        if note and item.startswith(ON_BENEFITS)
        else (item, label, value, unit, decimals, was)
        for item, label, value, unit, decimals, was in items
    ]


def switching(flows: Flows) -> list[tuple[str, str, float, float, str, str]]:
    """Return for each input its value now, the one at which NPSV is nil, its unit and a note.

    The value is NaN where no value of that input alone turns the sign.
    """
    nothing = (
        "" if flows.benefit[1] > 0 else "no value of benefits is accepted, so nothing switches"
    )
    factor = flows.factor
    running, capital = flows.running[1], flows.capital[1]
    worth = flows.benefit[1] * flows.take_up

    def switched(value: float) -> float:
        return value if np.isfinite(value) and value >= 0 and not nothing else NAN

    need = flows.pv_cost / factor if factor > 0 else NAN
    rows = [
        ("capital", "Capital cost", capital, switched((worth - running) * factor), "GBP"),
        ("running", "Running cost a year", running, switched(worth - capital / factor) if factor > 0 else NAN, "GBP"),
        ("benefit", "Value of benefits a year", flows.benefit[1], switched(need / flows.take_up) if flows.take_up else NAN, "GBP"),
        ("take_up", "Share of the stated benefit that is had", 100 * flows.take_up, _at_most(switched(100 * need / flows.benefit[1]) if flows.benefit[1] else NAN, 100.0), "%"),
        ("delay", "Years of delay", flows.delay, NAN if nothing else turn(lambda t: replace(flows, delay=t).npsv, flows.years), "years"),
        ("horizon", "Horizon", float(flows.years), NAN if nothing else _first_year(flows), "years"),
    ]  # fmt: skip
    never = "no value of this input alone brings NPSV to nil"
    return [
        (key, label, now, at, unit, nothing or ("" if np.isfinite(at) else never))
        for key, label, now, at, unit in rows
    ]


def _at_most(value: float, most: float) -> float:
    return value if value <= most else NAN


def turn(npsv: Callable[[float], float], most: int) -> float:
    """Return where a falling function of 0 to `most` reaches nil, to a hundredth; NaN where never."""
    low, high = 0.0, float(most)
    if not npsv(low) > 0 or npsv(high) > 0:
        return NAN
    while high - low > 0.005:
        middle = (low + high) / 2
        low, high = (middle, high) if npsv(middle) > 0 else (low, middle)
    return high


def _first_year(flows: Flows) -> float:
    """Return the shortest horizon at which NPSV is nil or more; NaN within sixty years."""
    for years in range(1, LAST_HORIZON + 1):
        if replace(flows, years=years).npsv >= 0:
            return float(years)
    return NAN


def monte_carlo(flows: Flows, parameters: Parameters, seed: int) -> Spread:
    """Return the spread of NPSV where uncertain inputs are drawn, each on its own.

    Capital, running cost and benefits are triangular over their ranges, take-up and delay uniform over
    what the sensitivity tests move them by.
    """
    return spread_of(drawn_values(flows, parameters, seed))


def drawn_values(
    flows: Flows, parameters: Parameters, seed: int, fund: int | None = None
) -> Floats:
    """Return NPSV draw by draw.

    Draws come in blocks, each from a generator of its own. With the number of a fund its money is drawn
    from one of that fund's, take-up and delay from the common one.
    """
    fewer = parameters.value("appraisal.sensitivity_take_up_points") / 100
    late = parameters.value("appraisal.sensitivity_delay_years")
    # the factor is straight between whole years of delay
    delays = np.arange(0, int(np.ceil(late)) + 1, dtype=np.float64)
    factors = [replace(flows, delay=float(d)).factor for d in delays]
    found = []
    for block in range(DRAWS // BLOCK):
        u = _uniform(seed, block)
        money = u if fund is None else _uniform(seed, block, fund)
        factor = np.interp(u[4] * late, delays, factors)
        cost = _triangular(money[0], flows.capital) + _triangular(money[1], flows.running) * factor
        taken = np.maximum(flows.take_up - u[3] * fewer, 0.0)
        found.append(_triangular(money[2], flows.benefit) * taken * factor - cost)
    return np.concatenate(found)


def spread_of(values: Floats) -> Spread:
    """Return what is told of some draws."""
    value = np.sort(values)
    at = [round(q * (len(value) - 1)) for q in (0.1, 0.5, 0.9)]
    low, middle, high = (float(value[i]) for i in at)
    return Spread(DRAWS, low, middle, high, float(value.mean()), 100.0 * float((value > 0).mean()))


def _uniform(seed: int, *stream: int) -> Floats:
    sequence = np.random.SeedSequence(seed, spawn_key=(STREAM, *stream))
    return np.random.Generator(np.random.PCG64(sequence)).random((5, BLOCK))


def _triangular(u: Floats, span: Span) -> Floats:
    """Return draws from a triangular spread by its inverse."""
    low, middle, high = span
    if not high > low:
        return np.full(len(u), middle)
    turn = (middle - low) / (high - low)
    rising = low + np.sqrt(u * (high - low) * (middle - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - middle))
    return np.where(u < turn, rising, falling)
