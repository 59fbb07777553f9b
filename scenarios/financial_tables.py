"""The tables of the financial case: match, cash by year, and the way from real prices to cash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.errors import StudyError
from layers.lineage import Column, Recipe, Table
from scenarios.case import Case
from scenarios.case_appraisal import Flows, flows_of
from scenarios.case_choice import CHOSEN, IF_VERIFIED
from scenarios.costs import CAPITAL
from scenarios.financial import (
    BASE,
    INFLATION,
    RECOVERED,
    STATUSES,
    VAT,
    Cash,
    cash_profile,
    first_year,
    year_faults,
    year_label,
)

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from scenarios.profile import Profile
    from scenarios.tables import Made

__all__ = ["financial_tables"]

Row = dict[str, Any]
NAN = float("nan")
NOBODY = "nobody is named yet"
TOTAL = "total"


def financial_tables(
    made: Made, case: Case, parameters: Parameters
) -> tuple[list[Table], list[str]]:
    """Return the tables `match`, `financial` and `financial_check`, and what the reader must know.

    Raises
    ------
    StudyError
        Where match lies outside the years of the case.
    """
    sheets = _Sheets(made, case, parameters)
    return [sheets.match(), sheets.years(), sheets.check()], sheets.notes()


def check_years(case: Case, profile: Profile, parameters: Parameters) -> int:
    """Return the case's first April-to-March year.

    Raises
    ------
    StudyError
        Where match lies outside the years of the case.
    """
    start = first_year(case.finance, case.as_of, int(parameters.value(BASE)))
    faults = year_faults(case.finance, start, profile.horizon_years, case.key, case.where)
    if faults:
        raise StudyError(faults)
    return start


class _Sheets:
    def __init__(self, made: Made, case: Case, parameters: Parameters) -> None:
        self.made, self.case, self.parameters = made, case, parameters
        self.finance = case.finance
        j, horizon = made.judgement, made.profile.horizon_years
        self.base = int(parameters.value(BASE))
        self.start = check_years(case, made.profile, parameters)
        masks = {CHOSEN: j.chosen, IF_VERIFIED: j.chosen_if_verified}
        self.costs = dict(zip(masks, made.sets.values(), strict=True))
        self.flows: Mapping[str, Flows | None] = {
            name: flows_of(made, cost, mask, horizon, j.rates)
            for (name, mask), cost in zip(masks.items(), made.sets.values(), strict=True)
        }
        self.cash: dict[str, Cash] = {
            name: cash_profile(flows, self.finance, parameters, start=self.start, budget_gbp=j.budget_gbp)
            for name, flows in self.flows.items()
            if flows is not None
        }  # fmt: skip
        self.settings = ("profile.horizon_years", "case.budget_gbp", "case.finance", "study.as_of")

    def column(self, text: str, formula: str) -> Column:
        """Return the lineage of a sum of money."""
        return Column(
            text, "GBP", 0, "estimated", formula, ("costs.amount_gbp", "ranking.status"),
            (INFLATION, VAT, RECOVERED, BASE), self.settings,
        )  # fmt: skip

    def notes(self) -> list[str]:
        """Return what the reader of the financial case must know."""
        found: list[str] = []
        cash = self.cash.get(CHOSEN) or self.cash.get(IF_VERIFIED)
        if cash is None:
            return found
        if cash.carried.sum() > 0 and not self.finance.carried_by:
            found.append("nobody is named who carries the running cost after the grant")
        if cash.shortfall.sum() > 0:
            short = f"£{cash.shortfall.sum():,.0f}"
            found.append(
                f"in cash the capital exceeds grant and match by {short}: inflation and VAT stand in no budget"
            )
        share = self.made.profile.match_share
        which = CHOSEN if CHOSEN in self.cash else IF_VERIFIED
        asked = share * self.costs[which].cost(CAPITAL)[1]
        given = sum(m.amount_gbp for m in self.finance.match if m.pays == "capital")
        if asked > given:
            found.append(
                f"the fund asks that others pay {100 * share:g} % of the capital, £{asked:,.0f}; the study states "
                f"£{given:,.0f} of match for capital"
            )
        if cash.over > 0:
            found.append(f"match exceeds what it pays for in its year by £{cash.over:,.0f}")
        return found

    def match(self) -> Table:
        """One row a source, year and status, as the study states it."""
        rows = [
            {
                "row": f"{number:03d}", "source": m.source, "status": m.status, "year": m.year,
                "pays": m.pays, "amount_gbp": m.amount_gbp, "note": f"{m.who}, {m.when.isoformat()}: {m.why}",
            }
            for number, m in enumerate(self.finance.match, start=1)
        ]  # fmt: skip
        stated = Column("amount in cash of its year", "GBP", 0, formula="as the study states it", settings=("case.finance",))  # fmt: skip
        columns = {
            "row": Column("number"), "source": Column("who pays"),
            "status": Column("secured, in principle or sought"), "year": Column("financial year, April to March"),
            "pays": Column("capital or revenue"), "amount_gbp": stated,
            "note": Column("on whose word, when and why", disclosure="internal"),
        }  # fmt: skip
        return self.made.table("match", "row", _numbers(rows, columns), columns, "Match by source")

    def years(self) -> Table:
        """One row a set and financial year, then its total."""
        rows: list[Row] = []
        for name, cash in self.cash.items():
            lines = {
                "capital_gbp": cash.capital, "revenue_gbp": cash.revenue,
                "inflation_gbp": cash.capital_inflation + cash.revenue_inflation,
                "vat_gbp": cash.capital_vat + cash.revenue_vat,
                "cash_gbp": cash.capital_cash + cash.revenue_cash, "grant_gbp": cash.grant,
                **{f"{status.replace(' ', '_')}_gbp": cash.matched(status) for status in STATUSES},
                "carried_gbp": cash.carried, "shortfall_gbp": cash.shortfall,
            }  # fmt: skip
            whole = {key: _pounds(values) for key, values in lines.items()}
            for at, year in enumerate((*map(year_label, cash.years), TOTAL)):
                last = year == TOTAL
                row: Row = {"row": f"{name}|{year}", "set": name, "year": year}
                row |= {k: v.sum() if last else v[at] for k, v in whole.items()}
                carried = row["carried_gbp"] > 0
                row["carried_by"] = (self.finance.carried_by or NOBODY) if carried else ""
                rows.append(row)
        words = {
            "capital_gbp": ("capital, real prices, with optimism bias", "capital cost x share of the year"),
            "revenue_gbp": ("running cost, real prices", "running cost of the chosen sites, from the year after the last capital"),
            "inflation_gbp": ("inflation since the price base", "real cost x ((1 + inflation) to the years since the base - 1)"),
            "vat_gbp": ("VAT that is not recovered", "cash before VAT x VAT x (1 - share recovered)"),
            "cash_gbp": ("cash of the year", "capital + revenue + inflation + VAT"),
            "grant_gbp": ("grant of the fund", "capital in cash less match for it, up to the budget"),
            "secured_gbp": ("match that is secured", "as the study states it"),
            "in_principle_gbp": ("match agreed in principle", "as the study states it"),
            "sought_gbp": ("match still sought", "as the study states it"),
            "carried_gbp": ("running cost carried after grant and match", "running cost in cash less match for it"),
            "shortfall_gbp": ("capital that nothing pays for", "capital in cash less grant and match"),
        }  # fmt: skip
        columns = {
            "row": Column("set and year"),
            "set": Column("chosen: sites that pass every gate; if_verified: open gates confirmed"),
            "year": Column("financial year, April to March"),
            **{key: self.column(text, how) for key, (text, how) in words.items()},
            "carried_by": Column("who carries the running cost, from which budget"),
        }  # fmt: skip
        order = ["row", "set", "year", *(k for k in words if k != "shortfall_gbp"), "carried_by", "shortfall_gbp"]  # fmt: skip
        columns = {name: columns[name] for name in order}
        return self.made.table("financial", "row", _numbers(rows, columns), columns, "Cash by financial year")  # fmt: skip

    def check(self) -> Table:
        """One row a step from the economic case's real prices to cash, and what is left over: nil."""
        rows: list[Row] = []
        for name, cash in self.cash.items():
            flows = self.flows[name]
            if flows is not None:
                rows += [
                    {
                        "row": f"{name}|{item}", "set": name, "item": item, "label": label,
                        "value": value, "unit": unit, "decimals": 0, "note": note,
                    }
                    for item, label, value, unit, note in self._steps(name, cash, flows)
                ]  # fmt: skip
        rests = ("costs.amount_gbp", "costs.basis", "ranking.status")
        parameters = (INFLATION, VAT, RECOVERED, BASE, "appraisal.discount_years_0_30_pct")
        recipes = {r["row"]: Recipe(r["label"], rests, parameters, self.settings) for r in rows}
        columns = {
            "row": Column("set and item"),
            "set": Column("chosen: sites that pass every gate; if_verified: open gates confirmed"),
            "item": Column("key of the figure"),
            "label": Column("what it is"),
            "value": Column("value", grade="estimated", unit_of="unit", decimals_of="decimals", recipes=recipes, inputs=rests),
            "unit": Column("unit"),
            "decimals": Column("digits after the point", formula="fixed for the item", inputs=("financial_check.value",)),
            "note": Column("what to know about it"),
        }  # fmt: skip
        frame = _numbers(rows, columns)
        frame["value"] = frame["value"].round(0) + 0.0
        return self.made.table("financial_check", "row", frame, columns, "From the economic case to cash")  # fmt: skip

    def _steps(self, name: str, cash: Cash, flows: Flows) -> list[tuple[str, str, float, str, str]]:
        p = self.parameters
        undiscounted = flows.running[1] * flows.years
        discount = undiscounted - flows.running[1] * flows.factor
        spent = cash.capital_cash.sum() + cash.revenue_cash.sum()
        added = [
            ("capital_inflation_gbp", "add: inflation on capital", cash.capital_inflation.sum()),
            ("revenue_inflation_gbp", "add: inflation on running cost", cash.revenue_inflation.sum()),
            ("capital_vat_gbp", "add: VAT on capital that is not recovered", cash.capital_vat.sum()),
            ("revenue_vat_gbp", "add: VAT on running cost that is not recovered", cash.revenue_vat.sum()),
        ]  # fmt: skip
        assumed = self.costs[name].cost(CAPITAL, "assumed")[1]
        share = 100 * assumed / flows.capital[1] if flows.capital[1] else NAN
        prices = f"prices of {year_label(self.base)}, {p.value(INFLATION):g} % a year after"
        left = spent - flows.pv_cost - discount - sum(value for _, _, value in added)
        basis = "stated" if p[INFLATION].basis == "stated" else "assumed"
        return [
            ("pv_cost_gbp", "Net present public-sector cost of the economic case", flows.pv_cost, "GBP", "real prices, discounted"),
            ("discount_gbp", "add: discounting taken off", discount, "GBP", ""),
            ("real_gbp", "Cost in real prices, undiscounted", flows.pv_cost + discount, "GBP", f"prices of {year_label(self.base)}"),
            *[(item, label, float(value), "GBP", f"{prices} ({basis})" if "inflation" in item else f"{p.value(RECOVERED):g} % of VAT is recovered") for item, label, value in added],
            ("cash_gbp", "Cash of the financial case", float(spent), "GBP", "the total of the years"),
            ("difference_gbp", "Left over", round(float(left), 2), "GBP", "nil where the two cases agree"),
            ("assumed_pct", "Share of the ask that rests on assumed costs", share, "%", "shipped defaults, unquoted; the rest is stated"),
        ]  # fmt: skip


def _pounds(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.round(values, 0) + 0.0


def _numbers(rows: list[Row], columns: dict[str, Column]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    for name, spec in columns.items():
        if spec.decimals is not None or spec.decimals_of:
            frame[name] = frame[name].astype("float64")
    return frame
