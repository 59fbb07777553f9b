"""The tables of a joined-up plan's appraisal: figures, the tornado, switching values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layers.lineage import Column, Table
from scenarios import appraisal
from scenarios.appraisal_tables import LOST, TESTS
from scenarios.case_appraisal import DRAWS, Item, not_stated
from scenarios.plan_appraisal import (
    PlanFlows,
    flows_of_bid,
    plan_monte_carlo,
    plan_switching,
    plan_tornado,
)
from scenarios.plan_savings import items_table
from scenarios.plan_sheets import Sheets
from scenarios.recipes import DISCOUNT, benefit_parameters

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = ["plan_appraisal_tables"]

NAN = float("nan")
NIL = "benefits are counted only once the study states their value"
Mask = NDArray[np.bool_]


def plan_appraisal_tables(sheets: Sheets, parameters: Parameters, seed: int) -> list[Table]:
    """Return `plan_appraisal`, `plan_sensitivity` and `plan_switching` of one plan."""
    made = _Appraisal(sheets, parameters, seed)
    return [made.figures(), made.tornado(), made.switches()]


class _Appraisal:
    def __init__(self, sheets: Sheets, parameters: Parameters, seed: int) -> None:
        self.sheets, self.parameters, self.seed = sheets, parameters, seed
        plan = sheets.made
        self.by_fund = self._by_fund(plan.chosen, plan.spent_gbp)
        self.plan = PlanFlows(tuple(self.by_fund.values()))
        apart = self._by_fund(plan.separate.chosen, plan.separate.spent_gbp)
        self.apart = PlanFlows(tuple(apart.values()))
        worth = [p for b in sheets.bids for p in benefit_parameters(b.result.profile.scenario)]
        self.more = tuple(dict.fromkeys((*DISCOUNT, *TESTS, *LOST, *worth)))
        horizons = (f"study.case.{b.result.case.key}.profile" for b in sheets.bids)
        self.settings = (*horizons, "study.seed")

    def _by_fund(self, chosen: Mask, spent: tuple[int, ...]) -> dict[int, Any]:
        """Return the money of each fund with a site in a choice, by its position."""
        joint, found = self.sheets.joint, {}
        for at, (bid, fund) in enumerate(zip(self.sheets.bids, joint.funds, strict=True)):
            held = {s for s, c in zip(fund.site_id, joint.of_fund(chosen, at), strict=True) if c}
            mask = bid.sites["id"].astype(str).isin(held).to_numpy(dtype=bool)
            flows = flows_of_bid(bid, mask, spent[at])
            if flows is not None:
                found[at] = flows
        return found

    def _items(self) -> list[Item]:
        plan = self.plan
        if not plan.funds:
            nothing = "nothing can be funded"
            return [("pv_cost_gbp", "Present value of public cost", NAN, "GBP", 0, nothing)]
        silent = [
            self.sheets.joint.funds[at].title
            for at, flows in self.by_fund.items()
            if not flows.stated
        ]
        # a sum of funds of which one is not valued would count what is missing as nil
        nil = f"{NIL}: none is stated for {', '.join(silent)}" if silent else ""
        real = "real prices, discounted at the social time preference rate, each fund over its own horizon"
        spread = plan_monte_carlo(plan, self.parameters, self.seed)
        drawn = f"{DRAWS:,} draws of costs, benefits, take-up and delay, seed {self.seed}"
        lost = [self.parameters.value(key) / 100 for key in LOST]
        kept = appraisal.Additionality(*lost).apply(1.0)
        longer = [(n, plan.at(n)) for n in (10, 20)]
        items: list[Item] = [
            ("pv_capital_gbp", "Capital cost of the plan with optimism bias, year 0", plan.middle("capital"), "GBP", 0, "what the funds pay, shared work once"),
            ("pv_running_gbp", "Running cost, present value", plan.pv_cost - plan.middle("capital"), "GBP", 0, real),
            ("pv_cost_gbp", "Net present public-sector cost: the denominator of the BCR", plan.pv_cost, "GBP", 0, real),
            ("pv_benefit_gbp", "Benefits, present value", plan.pv_benefit, "GBP", 0, nil or real),
            ("npsv_gbp", "Net present social value, unweighted", plan.npsv, "GBP", 0, nil),
            ("bcr", "Benefit-cost ratio, per pound of net present public-sector cost", plan.bcr, "", 2, nil),
            ("separate_npsv_gbp", "Net present social value of the separate plans", self.apart.npsv, "GBP", 0, nil),
            ("separate_pv_cost_gbp", "Net present public-sector cost of the separate plans", self.apart.pv_cost, "GBP", 0, real),
            ("npsv_additional_gbp", "Net present social value after leakage, displacement and substitution", plan.pv_benefit * kept - plan.pv_cost, "GBP", 0, nil),
            *[(f"npsv_{n}_years_gbp", f"NPSV at a horizon of {n} years for all", f.npsv, "GBP", 0, nil) for n, f in longer],
            *[(f"bcr_{n}_years", f"BCR at a horizon of {n} years for all", f.bcr, "", 2, nil) for n, f in longer],
            ("npsv_p10_gbp", "NPSV that nine draws in ten exceed", spread.tenth, "GBP", 0, nil or drawn),
            ("npsv_p50_gbp", "NPSV in the middle of the draws", spread.median, "GBP", 0, nil or drawn),
            ("npsv_p90_gbp", "NPSV that one draw in ten exceeds", spread.ninetieth, "GBP", 0, nil or drawn),
            ("npsv_above_nil_pct", "Draws with an NPSV above nil", spread.above_nil_pct, "%", 0, nil or drawn),
        ]  # fmt: skip
        return not_stated(items, nil) + self._each()

    def _each(self) -> list[Item]:
        """Return cost, value and cost per outcome of each fund in the plan."""
        items: list[Item] = []
        for at, flows in self.by_fund.items():
            fund, reached = self.sheets.joint.funds[at], self.sheets.made.outcome[at]
            per = flows.pv_cost / reached if reached > 0 else NAN
            of = f"{fund.title}:"
            nil = "" if flows.stated else NIL
            items += not_stated([
                (f"pv_cost_gbp|{fund.key}", f"{of} net present public-sector cost in the plan", flows.pv_cost, "GBP", 0, f"over {flows.years} years"),
                (f"npsv_gbp|{fund.key}", f"{of} net present social value in the plan", flows.npsv, "GBP", 0, f"over {flows.years} years"),
                (f"pv_cost_per_outcome_gbp|{fund.key}", f"{of} net present public-sector cost per unit of outcome ({fund.unit})", per, "GBP", 0, "cost-effectiveness: needs no value of benefits"),
            ], nil)  # fmt: skip
        return items

    def figures(self) -> Table:
        """One row a figure."""
        return items_table(
            self.sheets, "plan_appraisal", self._items(), "Green Book appraisal of the plan",
            self.more, self.settings,
        )  # fmt: skip

    def column(self, text: str, unit: str, decimals: int, how: str) -> Column:
        """Return the lineage of a number of the appraisal."""
        made = self.sheets.column(text, unit, how, decimals)
        return replace(
            made, parameters=tuple(dict.fromkeys((*made.parameters, *self.more))),
            settings=tuple(dict.fromkeys((*made.settings, *self.settings))),
        )  # fmt: skip

    def tornado(self) -> Table:
        """One row an input, the widest swing first."""
        rows = [
            {
                "input": swing.key, "label": swing.label, "low_text": swing.low_text,
                "high_text": swing.high_text, "npsv_low_gbp": swing.npsv_low,
                "npsv_gbp": self.plan.npsv, "npsv_high_gbp": swing.npsv_high,
                "swing_gbp": swing.size,
            }
            for swing in plan_tornado(self.plan, self.parameters)
        ]  # fmt: skip
        how = "NPSV of every fund again with that input moved, added up"
        columns = {
            "input": Column("key of the input"),
            "label": Column("the input and how it is moved, in every fund alike"),
            "low_text": Column("its low end"),
            "high_text": Column("its high end"),
            "npsv_low_gbp": self.column("NPSV at its low end", "GBP", 0, how),
            "npsv_gbp": self.column("NPSV as it is", "GBP", 0, "as in the appraisal"),
            "npsv_high_gbp": self.column("NPSV at its high end", "GBP", 0, how),
            "swing_gbp": self.column("how far the ends lie apart", "GBP", 0, how),
        }  # fmt: skip
        about = "What moves the net present social value of the plan most"
        return self.sheets.table("plan_sensitivity", "input", rows, columns, about)

    def switches(self) -> Table:
        """One row an input: where NPSV of the plan is nil."""
        rows = [
            {
                "input": key, "label": label, "now": now, "switch": at, "unit": unit,
                "change_pct": 100 * (at - now) / now if now else NAN, "note": note,
            }
            for key, label, now, at, unit, note in (
                plan_switching(self.plan) if self.plan.funds else ()
            )
        ]  # fmt: skip
        how = "the value at which NPSV is nil, moved in every fund in proportion"
        columns = {
            "input": Column("key of the input"),
            "label": Column("the input"),
            "now": replace(self.column("its value", "", 2, "as in the appraisal"), unit_of="unit"),
            "switch": replace(self.column("its value where NPSV is nil", "", 2, how), unit_of="unit"),
            "unit": Column("unit"),
            "change_pct": self.column("change from now", "%", 0, "100 x (switch - now) / now"),
            "note": Column("what to know about it"),
        }  # fmt: skip
        return self.sheets.table("plan_switching", "input", rows, columns, "Switching values of the plan")  # fmt: skip
