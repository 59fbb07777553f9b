"""What the tables of one joined-up plan share, the plan site by site, and its funds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from layers.lineage import Column, Disclosure, Recipe, Table
from scenarios.joined_up import JoinedUp
from scenarios.plan_funds import Bid
from scenarios.plan_lineage import below, joined, of_study
from scenarios.trench import apportion

__all__ = ["OUTCOME_DECIMALS", "RULES", "Sheets"]

STRICTNESS: tuple[Disclosure, ...] = ("public", "internal", "commercial", "vacancy", "personal")
RULES = {
    "proportional": "in proportion to what each would pay alone",
    "shapley": "by Shapley value",
}
OUTCOME_DECIMALS = 1
SETTINGS = Recipe(
    "", settings=("study.plan.pot_gbp", "study.plan.sharing_rule", "study.plan.floor")
)


class Sheets:
    """One plan on its way to tables."""

    def __init__(self, bids: Sequence[Bid], plan: JoinedUp, suffix: str) -> None:
        self.bids, self.made, self.suffix = bids, plan, suffix
        self.joint = plan.joint
        files = {s.src: s for bid in bids for s in bid.result.ranking.sources}
        self.sources = tuple(sorted(files.values(), key=lambda s: (s.path, s.sha256)))
        funds = self.joint.funds
        self.site = [site for fund in funds for site in fund.site_id]
        self.case = [funds[int(at)].key for at in self.joint.fund_of]
        self.key = [f"{site}|{case}" for site, case in zip(self.site, self.case, strict=True)]
        self.rows = [
            bid.result.ranking.frame.set_index("site_id").loc[list(fund.site_id)]
            for bid, fund in zip(bids, funds, strict=True)
        ]

    def about(self, option: int, column: str) -> str:
        """Return what the ranking of its case says of an option."""
        fund = int(self.joint.fund_of[option])
        return str(self.rows[fund][column].iloc[option - self.joint.first[fund]])

    @property
    def hidden(self) -> Disclosure:
        """The strictest class that any case gives to the names of its sites."""
        held = [bid.result.ranking.columns["name"].disclosure for bid in self.bids]
        return max(held, key=STRICTNESS.index, default="public")

    def _rest(self, bid: Bid) -> Recipe:
        key = bid.result.case.key
        money = below(bid.result, ("ranking.cost_gbp", "ranking.status"), "")
        made = bid.count.made
        settings = (*money.settings, *of_study(key, made.settings), f"study.case.{key}.budget_gbp")
        inputs, parameters = money.inputs + made.inputs, money.parameters + made.parameters
        once = (tuple(dict.fromkeys(given)) for given in (inputs, parameters, settings))
        return Recipe("", *once)

    def whole(self, formula: str) -> Recipe:
        """Return what a number that concerns every fund rests on."""
        return joined([*(self._rest(bid) for bid in self.bids), SETTINGS], formula)

    def column(self, text: str, unit: str, formula: str, decimals: int = 0) -> Column:
        """Return the lineage of a column that concerns every fund."""
        made = self.whole(formula)
        return Column(
            text, unit, decimals, "estimated", formula, made.inputs, made.parameters, made.settings
        )  # fmt: skip

    def table(
        self, name: str, key: str, rows: list[dict[str, Any]], columns: dict[str, Column], text: str
    ) -> Table:
        """Return a table of this plan, its name with the plan's suffix."""
        frame = pd.DataFrame(rows, columns=list(columns))
        for column, spec in columns.items():
            if spec.decimals is not None or spec.decimals_of:
                frame[column] = frame[column].astype("float64")
        more = ", as if every open gate were confirmed" if self.suffix else ""
        return Table(name + self.suffix, key, frame, columns, self.sources, text + more)

    def _pot(self) -> list[int]:
        """Return what the pot pays of each option: in proportion to what the option costs its fund."""
        result = np.zeros(self.joint.size, np.int64)
        pays = self.made.settled.pays_gbp
        for at, drawn in enumerate(self.made.from_pot_gbp):
            part = slice(self.joint.first[at], self.joint.first[at + 1])
            result[part] = apportion(drawn, pays[part])
        return [int(x) for x in result]

    def plan(self) -> Table:
        """One row a site and case that is in the plan or in its separate plan."""
        plan, joint = self.made, self.joint
        pot, partners = self._pot(), self._partners()
        rows = []
        for option in np.flatnonzero(plan.chosen | plan.separate.chosen).tolist():
            pays, inside = int(plan.settled.pays_gbp[option]), bool(plan.chosen[option])
            alone = int(joint.cost_gbp[option])
            rows.append(
                {
                    "row": self.key[option], "site_id": self.site[option],
                    "name": self.about(option, "name"), "lad_name": self.about(option, "lad_name"),
                    "case": self.case[option],
                    "case_title": joint.funds[int(joint.fund_of[option])].title,
                    "status": self.about(option, "status"), "in_plan": inside,
                    "in_separate_plan": bool(plan.separate.chosen[option]), "alone_gbp": alone,
                    "own_gbp": int(plan.settled.own_gbp[option]),
                    "building_gbp": int(plan.settled.work_gbp[option]),
                    "trench_gbp": int(plan.settled.trench_gbp[option]), "pays_gbp": pays,
                    "from_fund_gbp": pays - pot[option], "from_pot_gbp": pot[option],
                    "saved_gbp": alone - pays if inside else 0,
                    "shares_with": partners.get(option, ""),
                }
            )  # fmt: skip
        rule = RULES[joint.rule]
        columns = {
            "row": Column("site and case", disclosure=self.hidden),
            "site_id": Column("stable id of the site", disclosure=self.hidden),
            "name": Column("name in its register", disclosure=self.hidden),
            "lad_name": Column("name of its district", inputs=("districts.name",)),
            "case": Column("the case whose fund pays"),
            "case_title": Column("title of that case"),
            "status": Column("ranked, or to verify (an open gate)"),
            "in_plan": Column("in the joined-up plan"),
            "in_separate_plan": Column("in the best plan of that fund on its own"),
            "alone_gbp": self.column("capital cost of the site for this case on its own", "GBP", "the case's own cost, with optimism bias"),
            "own_gbp": self.column("what only this site and case need", "GBP", "the case's own cost less the lines that are shared"),
            "building_gbp": self.column("its part of work shared at the building", "GBP", f"joint cost, the dearest line, split {rule}"),
            "trench_gbp": self.column("its part of trenches shared between sites", "GBP", "cost of each stretch, evenly between the funds that use it, then evenly between a fund's sites"),
            "pays_gbp": self.column("what the case pays for the site in the plan", "GBP", "own + part of the building's work + part of shared trenches"),
            "from_fund_gbp": self.column("of that, from the fund", "GBP", "pays less what the pot gives"),
            "from_pot_gbp": self.column("of that, from the shared pot", "GBP", "what the fund's budget lacks, in proportion to what its sites cost it"),
            "saved_gbp": self.column("less than on its own", "GBP", "alone less pays"),
            "shares_with": Column("whom it shares work with", disclosure=self.hidden),
        }  # fmt: skip
        return self.table("plan_sites", "row", rows, columns, "The joined-up plan, site by site")

    def _partners(self) -> dict[int, str]:
        found: dict[int, dict[int, None]] = {}
        settled = self.made.settled
        for _, options, _ in (*settled.works, *settled.stretches):
            for option in options:
                found.setdefault(option, {}).update(
                    dict.fromkeys(o for o in options if o != option)
                )
        return {
            option: "; ".join(f"{self.about(o, 'name')} ({self.case[o]})" for o in sorted(others))
            for option, others in found.items()
        }

    def funds(self) -> Table:
        """One row a fund: what it pays, and what it gets."""
        plan, joint = self.made, self.joint
        rows = []
        for at, fund in enumerate(joint.funds):
            inside = joint.of_fund(plan.chosen, at)
            reached = round(plan.outcome[at], OUTCOME_DECIMALS)
            apart = round(plan.separate.outcome[at], OUTCOME_DECIMALS)
            alone = int(fund.cost_gbp[inside].sum())
            basis = "the outcome it reaches alone"
            if fund.target is not None:
                basis = "the target of the bid or its profile"
            elif not plan.alone.outcome[at] > 0:
                basis = "all that its sites could bring: alone it reaches nothing"
            rows.append(
                {
                    "case": fund.key, "title": fund.title, "budget_gbp": fund.budget_gbp,
                    "pays_gbp": plan.spent_gbp[at] - plan.from_pot_gbp[at],
                    "from_pot_gbp": plan.from_pot_gbp[at],
                    "cost_gbp": plan.spent_gbp[at], "alone_gbp": alone,
                    "saved_gbp": alone - plan.spent_gbp[at],
                    "separate_gbp": plan.separate.spent_gbp[at],
                    "sites": int(inside.sum()),
                    "sites_separate": int(joint.of_fund(plan.separate.chosen, at).sum()),
                    "outcome_label": fund.outcome, "unit": fund.unit, "outcome": reached,
                    "outcome_separate": apart,
                    "outcome_alone": plan.alone.outcome[at],
                    "outcome_more": reached - apart,
                    "target": plan.goal.target[at], "target_basis": basis,
                    "separate_gap_pct": plan.separate.gap_pct[at],
                }
            )  # fmt: skip
        columns = {
            "case": Column("the case"),
            "title": Column("its title"),
            "budget_gbp": Column("budget, at most the fund's cap", "GBP", 0, formula="as the study states it", recipes={b.result.case.key: Recipe("as the study states it", settings=(f"study.case.{b.result.case.key}.budget_gbp",)) for b in self.bids}),
            "pays_gbp": self.column("what the fund pays", "GBP", "cost of its sites in the plan less what the pot gives"),
            "from_pot_gbp": self.column("what the shared pot gives it", "GBP", "what its budget lacks"),
            "cost_gbp": self.column("cost of its sites in the plan", "GBP", "sum over its sites of what they pay"),
            "alone_gbp": self.column("what the same sites would cost it alone", "GBP", "sum of the case's own costs"),
            "saved_gbp": self.column("saved by sharing", "GBP", "alone less cost"),
            "separate_gbp": self.column("cost of its separate plan", "GBP", "sum of the case's own costs of that plan"),
            "sites": self.column("sites in the plan", "sites", "counted"),
            "sites_separate": self.column("sites in its separate plan", "sites", "counted"),
            "outcome_label": Column("what its outcome counts"),
            "unit": Column("unit of the outcome"),
            **{
                name: Column(text, "", 1, "estimated", unit_of="unit", recipes=self._outcomes(how))
                for name, text, how in (
                    ("outcome", "outcome of the plan", "over its sites in the plan"),
                    ("outcome_separate", "outcome of its separate plan with the same money", "over its sites in the separate plan"),
                    ("outcome_alone", "outcome with its own budget, no part of a shared pot: the plan never falls below it", "over its sites with its own budget"),
                    ("outcome_more", "more than separately", "outcome less that of the separate plan"),
                    ("target", "target outcome, by which its outcome is divided", "the target of the bid or its profile, else the outcome alone"),
                )
            },
            "target_basis": Column("where the target comes from"),
            "separate_gap_pct": Column("how much better its separate plan could at most be", "%", 3, "estimated", "proven bound of the search", self.whole("").inputs, self.whole("").parameters),
        }  # fmt: skip
        return self.table("plan_pays", "case", rows, columns, "Which fund pays what, and gets what")

    def _outcomes(self, how: str) -> dict[str, Recipe]:
        made = {}
        for bid in self.bids:
            rest = self._rest(bid)
            text = f"{bid.count.made.formula}; {how}"
            made[bid.result.case.key] = Recipe(text, rest.inputs, rest.parameters, rest.settings)
        return made
