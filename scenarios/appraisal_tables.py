"""The tables of a case's appraisal: figures, the tornado, switching values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.lineage import Column, Recipe, Table
from scenarios import appraisal
from scenarios.case_appraisal import (
    DRAWS,
    Flows,
    Item,
    flows_of,
    monte_carlo,
    not_stated,
    switching,
    tornado,
)
from scenarios.case_choice import CHOSEN, IF_VERIFIED
from scenarios.counted import Counted
from scenarios.recipes import DISCOUNT, benefit_parameters

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from scenarios.tables import Made

__all__ = ["appraisal_tables"]

Row = dict[str, Any]
NAN = float("nan")
SUFFIX = {CHOSEN: "", IF_VERIFIED: "_if_verified"}
WORDS = {CHOSEN: "", IF_VERIFIED: ", if every gate to verify were confirmed"}
NONE_CHOSEN = "no site is chosen"
MEDIAN, GROUP = "appraisal.median_income_gbp", "appraisal.group_income_gbp"
ELASTICITY = "appraisal.income_elasticity"
LOST = ("appraisal.leakage_pct", "appraisal.displacement_pct", "appraisal.substitution_pct")
TESTS = ("appraisal.sensitivity_pct", "appraisal.sensitivity_take_up_points", "appraisal.sensitivity_delay_years")  # fmt: skip


def appraisal_tables(made: Made, count: Counted, parameters: Parameters, seed: int) -> list[Table]:
    """Return the tables `appraisal`, `sensitivity` and `switching`."""
    sheets = _Sheets(made, count, parameters, seed)
    return [sheets.figures(), sheets.tornado(), sheets.switches()]


class _Sheets:
    def __init__(self, made: Made, count: Counted, parameters: Parameters, seed: int) -> None:
        self.made, self.count, self.parameters, self.seed = made, count, parameters, seed
        j, years = made.judgement, made.profile.horizon_years
        self.years = years
        self.masks: dict[str, NDArray[np.bool_]] = {
            CHOSEN: j.chosen, IF_VERIFIED: j.chosen_if_verified,
        }  # fmt: skip
        self.flows = {
            n: flows_of(made, cost, m, years, j.rates)
            for (n, m), cost in zip(self.masks.items(), made.sets.values(), strict=True)
        }
        self.inputs = ("costs.amount_gbp", "ranking.status", *count.made.inputs)
        worth = benefit_parameters(made.profile.scenario)
        self.rests_on = (*DISCOUNT, *TESTS, *worth)

    def recipe(self, formula: str, *more: str) -> Recipe:
        """Return the lineage of a figure of the appraisal."""
        parameters = tuple(dict.fromkeys((*self.rests_on, *more)))
        return Recipe(formula, self.inputs, parameters, ("profile.horizon_years", "study.seed"))

    def column(self, text: str, unit: str, decimals: int, formula: str) -> Column:
        """Return the lineage of a number of the appraisal."""
        made = self.recipe(formula)
        return Column(text, unit, decimals, "estimated", formula, made.inputs, made.parameters, made.settings)  # fmt: skip

    def _items(self, name: str, flows: Flows | None) -> list[Item]:
        if flows is None:
            return [("pv_cost_gbp", "Present value of public cost", NAN, "GBP", 0, NONE_CHOSEN)]
        nil = "" if flows.stated else self.made.scenario.benefits_note
        longer = [(n, replace(flows, years=n)) for n in (10, 20)]
        spread = monte_carlo(flows, self.parameters, self.seed)
        real = "real prices, discounted at the social time preference rate"
        drawn = f"{DRAWS:,} draws of costs, benefits, take-up and delay, seed {self.seed}"
        items: list[Item] = [
            ("pv_capital_gbp", "Capital cost with optimism bias, year 0", flows.capital[1], "GBP", 0, ""),
            ("pv_running_gbp", f"Running cost over {self.years} years, present value", flows.running[1] * flows.factor, "GBP", 0, real),
            ("pv_cost_gbp", "Net present public-sector cost: the denominator of the BCR", flows.pv_cost, "GBP", 0, real),
            ("pv_benefit_gbp", f"Benefits over {self.years} years, present value", flows.pv_benefit, "GBP", 0, nil or real),
            ("npsv_gbp", "Net present social value, unweighted", flows.npsv, "GBP", 0, nil),
            ("bcr", "Benefit-cost ratio, per pound of net present public-sector cost", flows.bcr, "", 2, nil),
            *self._weighted(flows, nil),
            *self._additional(flows, nil),
            *[(f"npsv_{n}_years_gbp", f"NPSV at a horizon of {n} years", f.npsv, "GBP", 0, nil) for n, f in longer],
            *[(f"bcr_{n}_years", f"BCR at a horizon of {n} years", f.bcr, "", 2, nil) for n, f in longer],
            ("eac_gbp", f"Equivalent annual cost over {self.years} years", appraisal.equivalent_annual_cost(flows.pv_cost, self.years, flows.rates), "GBP", 0, ""),
            *self._each(name, flows),
            ("npsv_p10_gbp", "NPSV that nine draws in ten exceed", spread.tenth, "GBP", 0, nil or drawn),
            ("npsv_p50_gbp", "NPSV in the middle of the draws", spread.median, "GBP", 0, nil or drawn),
            ("npsv_p90_gbp", "NPSV that one draw in ten exceeds", spread.ninetieth, "GBP", 0, nil or drawn),
            ("npsv_above_nil_pct", "Draws with an NPSV above nil", spread.above_nil_pct, "%", 0, nil or drawn),
        ]  # fmt: skip
        return not_stated(items, nil)

    def _weighted(self, flows: Flows, nil: str) -> list[Item]:
        """Return NPSV with distributional weights, where the incomes are stated."""
        p = self.parameters
        stated = all(p[key].basis == "stated" for key in (MEDIAN, GROUP))
        label = "Net present social value with distributional weights"
        if not stated:
            note = "no income of those who gain is stated, so no weight is applied"
            return [("npsv_weighted_gbp", label, NAN, "GBP", 0, note)]
        weight = appraisal.distributional_weight(p.value(MEDIAN), p.value(GROUP), p.value(ELASTICITY))  # fmt: skip
        value = flows.pv_benefit * weight - flows.pv_cost
        return [
            ("distributional_weight", "Weight of a pound to those who gain", weight, "", 3, "(median income / their income) to the power of the elasticity"),
            ("npsv_weighted_gbp", label, value, "GBP", 0, nil),
        ]  # fmt: skip

    def _additional(self, flows: Flows, nil: str) -> list[Item]:
        """Return NPSV after leakage, displacement and substitution, deadweight being off already."""
        lost = [self.parameters.value(key) / 100 for key in LOST]
        kept = appraisal.Additionality(*lost).apply(1.0)
        assumed = any(self.parameters[key].basis == "assumed" for key in LOST)
        note = "ready-reckoner values, assumed" if assumed else "as stated"
        return [
            ("additionality_pct", "Share of the benefit that stays after leakage, displacement and substitution", 100 * kept, "%", 1, f"{note}; deadweight is taken off before"),
            ("npsv_additional_gbp", "Net present social value after leakage, displacement and substitution", flows.pv_benefit * kept - flows.pv_cost, "GBP", 0, nil),
        ]  # fmt: skip

    def _each(self, name: str, flows: Flows) -> list[Item]:
        reached = self.count.of(self.masks[name])
        per = flows.pv_cost / reached if reached > 0 else NAN
        what = self.count.unit
        return [
            ("outcome", f"{self.count.outcome}, each once", reached, what, 1, ""),
            ("pv_cost_per_outcome_gbp", f"Net present public-sector cost per unit of outcome ({what})", per, "GBP", 0, "cost-effectiveness: needs no value of benefits"),
        ]  # fmt: skip

    def figures(self) -> Table:
        """One row a figure."""
        rows: list[Row] = [
            {
                "item": item + SUFFIX[name], "label": label + WORDS[name], "value": value, "unit": unit,
                "decimals": decimals, "note": note,
            }
            for name, flows in self.flows.items()
            for item, label, value, unit, decimals, note in self._items(name, flows)
        ]  # fmt: skip
        more = {"npsv_weighted_gbp": (MEDIAN, GROUP, ELASTICITY), "distributional_weight": (MEDIAN, GROUP, ELASTICITY), "additionality_pct": LOST, "npsv_additional_gbp": LOST}  # fmt: skip
        recipes = {
            row["item"]: self.recipe(
                row["label"], *more.get(str(row["item"]).removesuffix(SUFFIX[IF_VERIFIED]), ())
            )
            for row in rows
        }
        columns = {
            "item": Column("key of the figure"),
            "label": Column("what it is"),
            "value": Column("value", grade="estimated", unit_of="unit", decimals_of="decimals", recipes=recipes),
            "unit": Column("unit"),
            "decimals": Column("digits after the point", formula="fixed for the item", inputs=("appraisal.value",)),
            "note": Column("what to know about it"),
        }  # fmt: skip
        frame = _numbers(rows, columns)
        frame["value"] = [
            round(v, int(d)) + 0.0 for v, d in zip(frame["value"], frame["decimals"], strict=True)
        ]
        return self.made.table("appraisal", "item", frame, columns, "Green Book appraisal of the chosen sites")  # fmt: skip

    def tornado(self) -> Table:
        """One row a set and input, the widest swing first."""
        rows: list[Row] = [
            {
                "row": f"{name}|{swing.key}", "set": name, "input": swing.key, "label": swing.label,
                "low_text": swing.low_text, "high_text": swing.high_text,
                "npsv_low_gbp": swing.npsv_low, "npsv_gbp": flows.npsv,
                "npsv_high_gbp": swing.npsv_high, "swing_gbp": swing.size,
            }
            for name, flows in self.flows.items()
            if flows is not None
            for swing in tornado(flows, self.parameters)
        ]  # fmt: skip
        how = "NPSV again with that input moved, all else as it is"
        columns = {
            "row": Column("set and input"),
            "set": Column("chosen: sites that pass every gate; if_verified: open gates confirmed"),
            "input": Column("key of the input"),
            "label": Column("the input and how it is moved"),
            "low_text": Column("its low end"),
            "high_text": Column("its high end"),
            "npsv_low_gbp": self.column("NPSV at its low end", "GBP", 0, how),
            "npsv_gbp": self.column("NPSV as it is", "GBP", 0, "as in the appraisal"),
            "npsv_high_gbp": self.column("NPSV at its high end", "GBP", 0, how),
            "swing_gbp": self.column("how far the ends lie apart", "GBP", 0, how),
        }  # fmt: skip
        return self.made.table("sensitivity", "row", _numbers(rows, columns), columns, "What moves the net present social value most")  # fmt: skip

    def switches(self) -> Table:
        """One row a set and input: where NPSV is nil."""
        rows: list[Row] = []
        for name, flows in self.flows.items():
            for key, label, now, at, unit, note in switching(flows) if flows is not None else ():
                change = 100 * (at - now) / now if now else NAN
                rows.append(
                    {
                        "row": f"{name}|{key}", "set": name, "input": key, "label": label,
                        "now": now, "switch": at, "unit": unit, "change_pct": change, "note": note,
                    }
                )  # fmt: skip
        how = "the value at which NPSV is nil, all else as it is"
        columns = {
            "row": Column("set and input"),
            "set": Column("chosen: sites that pass every gate; if_verified: open gates confirmed"),
            "input": Column("key of the input"),
            "label": Column("the input"),
            "now": replace(self.column("its value", "", 2, "as in the appraisal"), unit_of="unit"),
            "switch": replace(self.column("its value where NPSV is nil", "", 2, how), unit_of="unit"),
            "unit": Column("unit"),
            "change_pct": self.column("change from now", "%", 0, "100 x (switch - now) / now"),
            "note": Column("what to know about it"),
        }  # fmt: skip
        return self.made.table("switching", "row", _numbers(rows, columns), columns, "Switching values")  # fmt: skip


def _numbers(rows: list[Row], columns: dict[str, Column]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    for name, spec in columns.items():
        if spec.decimals is not None or spec.decimals_of:
            frame[name] = frame[name].astype("float64")
    return frame
