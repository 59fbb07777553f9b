"""The tables of an exact choice: the portfolio beside the walk, the front, more money, alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.lineage import Column, Recipe, Table
from scenarios.case_choice import CHOSEN, IF_VERIFIED, TENTHS, CaseChoice, SetChoice
from scenarios.cover import merge_alike
from scenarios.portfolio import Portfolio
from scenarios.routes import text_column
from scenarios.trade_offs import differences

if TYPE_CHECKING:
    from scenarios.tables import Made

__all__ = ["choice_tables"]

Row = dict[str, Any]
NAN = float("nan")
SUFFIX = {CHOSEN: "", IF_VERIFIED: "_if_verified"}
WORDS = {CHOSEN: "", IF_VERIFIED: ", if every gate to verify were confirmed"}
SHOWN = 5
NOBODY = "no site may be chosen"


def choice_tables(made: Made, choice: CaseChoice) -> list[Table]:
    """Return the tables `portfolio`, `choice`, `pareto` and `alternatives`."""
    sheets = _Sheets(made, choice)
    return [sheets.portfolio(), sheets.choice_items(), sheets.pareto(), sheets.alternatives()]


class _Sheets:
    def __init__(self, made: Made, choice: CaseChoice) -> None:
        self.made, self.choice = made, choice
        self.count = choice.count
        sites = made.options.sites
        self.site = [str(s) for s in text_column(sites, "id")]
        self.name = [str(s) for s in text_column(sites, "name")]
        self.inputs = ("ranking.status", "ranking.cost_gbp", *self.count.made.inputs)
        self.parameters = self.count.made.parameters
        cap = ("profile.cap_gbp", "profile.match_rate_pct") if made.profile.cap_gbp else ()
        self.settings = ("case.budget_gbp", *cap, *self.count.made.settings)

    def column(self, text: str, unit: str, decimals: int, formula: str) -> Column:
        """Return the lineage of a number of the choice."""
        return Column(
            text, unit, decimals, "estimated", formula, self.inputs, self.parameters, self.settings
        )  # fmt: skip

    def frame(self, rows: list[Row], columns: dict[str, Column]) -> pd.DataFrame:
        """Return rows as a frame whose numbers are numbers, even without rows."""
        frame = pd.DataFrame(rows, columns=list(columns))
        for name, spec in columns.items():
            if spec.decimals is not None or spec.decimals_of:
                frame[name] = frame[name].astype("float64")
        return frame

    def portfolio(self) -> Table:
        """One row a site that may be chosen or is: the walk-down and the exact choice side by side."""
        j = self.made.judgement
        now, would = (self.choice.sets[name] for name in (CHOSEN, IF_VERIFIED))
        keep = now.walk | now.exact | would.walk | would.exact
        order = [int(i) for i in j.order if keep[i]]
        alone, held = self.count.alone(), self.count.capacity
        if held is None:
            held = np.full(len(alone), NAN)
        sites = self.made.options.sites
        rows = [
            {
                "site_id": self.site[i], "name": self.name[i],
                "lad_name": self.made.district_names.get(str(sites["lad"].iloc[i]), ""),
                "status": j.status[i], "rank": j.rank[i], "cost_gbp": j.capital[1][i],
                "outcome_alone": alone[i], "capacity": held[i] if np.isfinite(held[i]) else NAN, "walk": bool(now.walk[i]), "exact": bool(now.exact[i]),
                "walk_if_verified": bool(would.walk[i]),
                "exact_if_verified": bool(would.exact[i]),
            }
            for i in order
        ]  # fmt: skip
        where = self.made.scenario.place_disclosure
        walk = ("ranking.rank", *self.inputs)
        exact = "in the portfolio with the most outcome for the budget, each unit once"
        columns = {
            "site_id": Column("stable id of the site", disclosure=where),
            "name": Column("its name", disclosure=where),
            "lad_name": Column("its district", inputs=("districts.name",)),
            "status": Column("ranked, or to verify", inputs=("ranking.status",)),
            "rank": Column("its rank", "", 0, inputs=("ranking.rank",)),
            "cost_gbp": Column("capital cost with optimism bias", "GBP", 0, "estimated", "as in the ranking", ("ranking.cost_gbp",)),
            "outcome_alone": self.column(f"{self.count.outcome} by the site alone", self.count.unit, 1, self.count.made.formula),
            "capacity": self.column("the most of it that the site can serve; none where nothing limits it", self.count.unit, 1, self.count.made.formula),
            "walk": Column("chosen down the ranking", inputs=walk),
            "exact": Column(exact, inputs=self.inputs, settings=self.settings),
            "walk_if_verified": Column("chosen down the ranking, open gates confirmed", inputs=walk),
            "exact_if_verified": Column(f"{exact}, open gates confirmed", inputs=self.inputs, settings=self.settings),
        }  # fmt: skip
        return self.made.table("portfolio", "site_id", self.frame(rows, columns), columns, "The walk down the ranking and the exact choice, site by site")  # fmt: skip

    def choice_items(self) -> Table:
        """One row a figure: how good the exact portfolio is, and what other money would buy."""
        rows: list[Row] = []
        for name, held in self.choice.sets.items():
            for item, label, value, unit, decimals, note in self._items(held):
                rows.append(
                    {
                        "item": item + SUFFIX[name], "label": label + WORDS[name], "value": value,
                        "unit": unit, "decimals": decimals, "note": note,
                    }
                )  # fmt: skip
        recipes = {
            row["item"]: Recipe(row["label"], self.inputs, self.parameters, self.settings)
            for row in rows
        }
        columns = {
            "item": Column("key of the figure"),
            "label": Column("what it is"),
            "value": Column("value", grade="estimated", unit_of="unit", decimals_of="decimals", recipes=recipes),
            "unit": Column("unit"),
            "decimals": Column("digits after the point", formula="fixed for the item", inputs=("choice.value",)),
            "note": Column("what to know about it"),
        }  # fmt: skip
        frame = self.frame(rows, columns)
        frame["value"] = [
            round(v, int(d)) + 0.0 for v, d in zip(frame["value"], frame["decimals"], strict=True)
        ]
        return self.made.table("choice", "item", frame, columns, "The exact choice in figures")

    def _items(self, held: SetChoice) -> list[tuple[str, str, float, str, int, str]]:
        unit, what = self.count.unit, self.count.outcome.lower()
        best = held.best
        if best is None or held.problem is None:
            return [("exact_outcome", f"{self.count.outcome}, exact choice", NAN, unit, 1, NOBODY)]
        by_budget = {step.budget_gbp: step for step in held.steps}
        budgets = sorted(by_budget)
        less, more = by_budget[budgets[TENTHS - 2]], by_budget[budgets[TENTHS]]

        def gain(portfolio: Portfolio | None, sign: int) -> float:
            return NAN if portfolio is None else sign * (portfolio.objective - best.objective)

        limited: list[tuple[str, str, float, str, int, str]] = []
        if self.count.capacity is not None:
            ample = merge_alike(self.count.cover, self.count.demand).covered(best.chosen)
            limited = [("turned_away", f"{self.count.outcome}: in reach of the exact choice, but beyond what its sites can hold", ample - best.covered, unit, 1, "no site serves more than its capacity (portfolio.csv)")]  # fmt: skip
        near = differences(held.others, held.complete, self.name)
        return [
            ("exact_outcome", f"{self.count.outcome}, exact choice, each once", best.objective, unit, 1, best.status),
            ("exact_bound", "No choice within the budget brings more than", best.bound, unit, 1, "proved by the search"),
            ("gap_pct", "How much better the best choice could at most be", best.gap_pct, "%", 3, best.status),
            ("exact_cost_gbp", "Cost of the exact choice, each site on its own", best.cost_gbp, "GBP", 0, ""),
            ("exact_sites", "Sites of the exact choice", float(best.chosen.sum()), "sites", 0, best.method),
            *limited,
            ("walk_outcome", f"{self.count.outcome}, down the ranking", held.walk_value, unit, 1, "by rank, on all criteria of the profile"),
            ("walk_cost_gbp", "Cost of the sites chosen down the ranking, each on its own", held.problem.cost(held.walk), "GBP", 0, ""),
            ("walk_sites", "Sites chosen down the ranking", float(held.walk.sum()), "sites", 0, ""),
            ("both_sites", "Sites that both choose", float((held.walk & best.chosen).sum()), "sites", 0, ""),
            ("tenth_more", f"Another 10 % of budget would add, in {what}", gain(more.portfolio, 1), unit, 1, more.note),
            ("tenth_less", f"10 % less of budget would lose, in {what}", gain(less.portfolio, -1), unit, 1, less.note),
            ("near_optimal", "Other portfolios within 1 % of the best", float(len(held.others)), "portfolios", 0, near),
        ]  # fmt: skip

    def pareto(self) -> Table:
        """One row a point of the front of cost against outcome."""
        rows = [
            {
                "row": f"{name}|{step:02d}", "set": name, "step": step, "budget_gbp": p.budget_gbp,
                "cost_gbp": p.cost_gbp, "outcome": p.objective, "sites": float(p.chosen.sum()),
                "gap_pct": p.gap_pct,
            }
            for name, held in self.choice.sets.items()
            for step, p in enumerate(held.front, start=1)
        ]  # fmt: skip
        how = "most outcome within the budget of the step, each unit once"
        columns = {
            "row": Column("set and step"),
            "set": Column("chosen: sites that pass every gate; if_verified: open gates confirmed"),
            "step": Column(
                "number of the point, cheapest first", formula="counted", inputs=("pareto.cost_gbp",)
            ),
            "budget_gbp": self.column("budget of the step", "GBP", 0, "a tenth of the budget at a time"),
            "cost_gbp": self.column("cost of the portfolio", "GBP", 0, how),
            "outcome": self.column(self.count.outcome, self.count.unit, 1, how),
            "sites": self.column("sites in it", "sites", 0, how),
            "gap_pct": self.column("how much better one could at most be", "%", 3, "proven bound of the search"),
        }  # fmt: skip
        return self.made.table("pareto", "row", self.frame(rows, columns), columns, "Cost against outcome: no portfolio here costs more and brings no more")  # fmt: skip

    def alternatives(self) -> Table:
        """One row a portfolio that is nearly as good as the best."""
        rows: list[Row] = []
        for name, held in self.choice.sets.items():
            for number, other in enumerate(held.others, start=1):
                rows.append(
                    {
                        "row": f"{name}|{number:02d}", "set": name, "number": number,
                        "outcome": other.portfolio.objective, "short_pct": other.short_pct,
                        "cost_gbp": other.portfolio.cost_gbp,
                        "sites": float(other.portfolio.chosen.sum()),
                        "enter": float(len(other.enters)), "leave": float(len(other.leaves)),
                        "entering": self._named(other.enters),
                        "leaving": self._named(other.leaves),
                    }
                )  # fmt: skip
        where = self.made.scenario.place_disclosure
        how = "best portfolio that leaves out a site of each found before"
        columns = {
            "row": Column("set and number"),
            "set": Column("chosen: sites that pass every gate; if_verified: open gates confirmed"),
            "number": Column(
                "in order of outcome", formula="counted", inputs=("alternatives.outcome",)
            ),
            "outcome": self.column(self.count.outcome, self.count.unit, 1, how),
            "short_pct": self.column("less than the best", "%", 2, "100 x (best - outcome) / best"),
            "cost_gbp": self.column("cost of the portfolio", "GBP", 0, how),
            "sites": self.column("sites in it", "sites", 0, how),
            "enter": self.column("sites it has and the best has not", "sites", 0, how),
            "leave": self.column("sites the best has and it has not", "sites", 0, how),
            "entering": Column(f"up to {SHOWN} of the former", disclosure=where),
            "leaving": Column(f"up to {SHOWN} of the latter", disclosure=where),
        }  # fmt: skip
        return self.made.table("alternatives", "row", self.frame(rows, columns), columns, "Portfolios nearly as good as the exact choice")  # fmt: skip

    def _named(self, positions: tuple[int, ...]) -> str:
        more = f" and {len(positions) - SHOWN} more" if len(positions) > SHOWN else ""
        return "; ".join(self.name[i] for i in positions[:SHOWN]) + more
