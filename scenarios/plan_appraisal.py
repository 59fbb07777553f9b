"""The appraisal of a joined-up plan: its funds' money side by side, each over its own horizon.

Net present values add up over funds, and so do their changes: a test of the plan moves the same input
of every fund at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenarios import appraisal
from scenarios.case_appraisal import (
    LAST_HORIZON,
    Flows,
    Spread,
    Swing,
    drawn_values,
    money_ends,
    spread_of,
    tornado,
    turn,
)
from scenarios.costs import RUNNING

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from scenarios.plan_funds import Bid

__all__ = ["PlanFlows", "flows_of_bid", "plan_monte_carlo", "plan_switching", "plan_tornado"]

NAN = float("nan")


@dataclass(frozen=True)
class PlanFlows:
    """Money of a plan: of each fund with a site in it."""

    funds: tuple[Flows, ...]

    @property
    def pv_cost(self) -> float:
        """Net present public-sector cost."""
        return sum(flows.pv_cost for flows in self.funds)

    @property
    def pv_benefit(self) -> float:
        """Present value of benefits."""
        return sum(flows.pv_benefit for flows in self.funds)

    @property
    def npsv(self) -> float:
        """Net present social value."""
        return self.pv_benefit - self.pv_cost

    @property
    def bcr(self) -> float:
        """Benefits per pound of net present public-sector cost."""
        return float(appraisal.bcr(self.pv_benefit, self.pv_cost))

    def middle(self, name: str) -> float:
        """Return `capital`, `running` or `benefit` of all funds."""
        return float(sum(getattr(flows, name)[1] for flows in self.funds))

    def at(self, years: int) -> PlanFlows:
        """Return the same with one horizon for all."""
        return PlanFlows(tuple(replace(flows, years=years) for flows in self.funds))

    def late(self, delay: float) -> PlanFlows:
        """Return the same with a later start."""
        return PlanFlows(tuple(replace(flows, delay=delay) for flows in self.funds))


def flows_of_bid(bid: Bid, chosen: NDArray[np.bool_], pays_gbp: int) -> Flows | None:
    """Return the money of a fund's sites in a plan; None where it has none.

    Parameters
    ----------
    chosen
        Over the sites of the bid.
    pays_gbp
        What the fund's sites cost it in the plan. Low and high lie as far from it, in proportion, as
        those of the sites' own costs.
    """
    if not chosen.any():
        return None
    ids = set(bid.sites["id"].astype(str)[chosen])
    ranking, costs = bid.result.ranking.frame, bid.result.costs.frame
    mine = ranking[ranking["site_id"].astype(str).isin(ids)]
    alone = [float(mine[f"cost_gbp{end}"].sum()) for end in ("_low", "", "_high")]
    capital = tuple(pays_gbp * end / alone[1] if alone[1] else float(pays_gbp) for end in alone)
    lines = costs[costs["site_id"].astype(str).isin(ids) & (costs["timing"] == RUNNING)]
    running = [float(lines[f"amount_gbp{end}"].sum()) for end in ("_low", "", "_high")]
    low, middle, high = capital
    gained = bid.options.outcomes(chosen, (low, middle, high)).benefits
    benefit = [float(end.sum()) for end in (gained.low, gained.middle, gained.high)]
    rates = appraisal.DiscountRates.of(bid.parameters)
    years = bid.result.profile.horizon_years
    return Flows(
        (low, middle, high), (running[0], running[1], running[2]),
        (benefit[0], benefit[1], benefit[2]), years, rates, stated=gained.stated,
    )  # fmt: skip


def plan_tornado(plan: PlanFlows, parameters: Parameters) -> list[Swing]:
    """Return each input of every fund moved down and up, the widest first."""
    found: dict[str, list[Swing]] = {}
    for flows in plan.funds:
        for swing in tornado(flows, parameters):
            found.setdefault(swing.key, []).append(swing)
    ends = [money_ends(flows, parameters) for flows in plan.funds]
    made = []
    for key, swings in found.items():
        first = swings[0]
        texts = first.low_text, first.high_text
        if key in ends[0]:
            texts = tuple(f"£{sum(e[key][i] for e in ends):,.0f}" for i in (0, 1))  # type: ignore[assignment]
        low, high = (sum(getattr(s, f"npsv_{end}") for s in swings) for end in ("low", "high"))
        made.append(Swing(key, first.label, *texts, low, high))
    return sorted(made, key=lambda swing: (-round(swing.size, 2), swing.key))


def plan_switching(plan: PlanFlows) -> list[tuple[str, str, float, float, str, str]]:
    """Return for each input, moved in every fund alike, its value now and where NPSV is nil.

    As `scenarios.case_appraisal.switching`; money is the sum over the funds.
    """
    worth = plan.pv_benefit
    nothing = "" if worth > 0 else "no value of benefits is accepted, so nothing switches"
    never = "no value of this input alone brings NPSV to nil"

    def scaled(name: str, present: float, by: float) -> float:
        value = plan.middle(name) * (1 + by / present) if present > 0 else NAN
        return value if value >= 0 and not nothing else NAN

    running = sum(f.running[1] * f.factor for f in plan.funds)
    needed = 100 * plan.pv_cost / worth if worth > 0 else NAN
    years = {flows.years for flows in plan.funds}
    first = (n for n in range(1, LAST_HORIZON + 1) if plan.at(n).npsv >= 0)
    rows = [
        ("capital", "Capital cost", plan.middle("capital"), scaled("capital", plan.middle("capital"), plan.npsv), "GBP"),
        ("running", "Running cost a year", plan.middle("running"), scaled("running", running, plan.npsv), "GBP"),
        ("benefit", "Value of benefits a year", plan.middle("benefit"), scaled("benefit", worth, -plan.npsv), "GBP"),
        ("take_up", "Share of the stated benefit that is had", 100.0, needed if needed <= 100 else NAN, "%"),
        ("delay", "Years of delay", 0.0, NAN if nothing else turn(lambda t: plan.late(t).npsv, max(years, default=0)), "years"),
        ("horizon", "Horizon, the same for all", float(years.pop()) if len(years) == 1 else NAN, NAN if nothing else float(next(first, NAN)), "years"),
    ]  # fmt: skip
    return [
        (key, label, now, at, unit, nothing or ("" if np.isfinite(at) else never))
        for key, label, now, at, unit in rows
    ]


def plan_monte_carlo(plan: PlanFlows, parameters: Parameters, seed: int) -> Spread:
    """Return the spread of NPSV: money of each fund drawn on its own, take-up and delay for all alike."""
    drawn: Sequence[NDArray[np.float64]] = [
        drawn_values(flows, parameters, seed, fund)
        for fund, flows in enumerate(plan.funds, start=1)
    ]
    return spread_of(np.sum(drawn, axis=0))
