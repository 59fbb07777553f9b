"""The tables of the joined-up plan: the plan, who pays what, what joining up saves, who relies on whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.lineage import Table
from scenarios.joined_up import SAME_MONEY, Floor, JoinedUp, plan_jointly
from scenarios.objectives import plan_objectives
from scenarios.plan_appraisal_tables import plan_appraisal_tables
from scenarios.plan_funds import bids_of, joint_of
from scenarios.plan_routes import redrawn
from scenarios.plan_savings import (
    covered_more_km2,
    dependencies_table,
    savings_table,
    summary_table,
    works_table,
)
from scenarios.plan_sheets import Sheets
from scenarios.sharing import Rule

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.engine import CaseResult

__all__ = ["CONFIRMED", "IF_VERIFIED", "JoinedUpTables", "joined_up_tables"]

FLOORS: Mapping[Floor, str] = {
    "same money": "no fund gets less than a plan of its own with the same money in all: its budget, and its "
    "part of the shared pot in proportion to the budgets",
    "own budget": "no fund gets less than its own budget reaches alone; the shared pot goes wherever it does most",
}
CONFIRMED, IF_VERIFIED = "", "_if_verified"


@dataclass(frozen=True)
class JoinedUpTables:
    """The joined-up plan as tables.

    Attributes
    ----------
    tables
        `plan_summary`, `plan_sites`, `plan_pays`, `plan_savings`, `plan_works`, `plan_dependencies`,
        `plan_appraisal`, `plan_sensitivity` and `plan_switching`, of the sites that pass every gate,
        then the same with `_if_verified`: as if every open gate were confirmed; last
        `plan_objectives` where the study has a strategy.
    lines
        What there is to say, in plain sentences.
    notes
        What the reader must know.
    plans
        The plans themselves, by suffix of the tables.
    """

    tables: tuple[Table, ...]
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    plans: Mapping[str, JoinedUp]

    def table(self, name: str) -> Table:
        """Return a table by name."""
        return next(table for table in self.tables if table.name == name)


def joined_up_tables(
    evidence: Evidence,
    results: Mapping[str, CaseResult],
    parameters: Parameters,
    *,
    targets: Mapping[str, float] | None = None,
    pot_gbp: float = 0.0,
    rule: Rule = "proportional",
    floor: Floor = SAME_MONEY,
    seed: int = 0,
) -> JoinedUpTables:
    """Find the joined-up plan of a study's cases, and the plan if all open gates were confirmed.

    Parameters
    ----------
    results
        Of every case, by key, made from the same evidence and register.
    targets
        Target outcome by case; a fund without one aims at what it reaches alone.
    pot_gbp, rule
        Money that any fund may draw on; how shared work is split.
    floor
        What no fund may fall below where there is a pot.
    seed
        Of the study; the draws of the appraisal follow from it.
    """
    bids = bids_of(evidence, results, parameters)
    tables: list[Table] = []
    lines: list[str] = []
    notes: list[str] = [FLOORS[floor]] if pot_gbp > 0 else []
    plans: dict[str, JoinedUp] = {}
    for suffix in (CONFIRMED, IF_VERIFIED):
        joint, ground, told = joint_of(
            bids, evidence, parameters, verified=bool(suffix), targets=targets, pot_gbp=pot_gbp,
            rule=rule,
        )  # fmt: skip
        plan = plan_jointly(joint, floor=floor, retrench=redrawn(ground, joint))
        sheets = Sheets(bids, plan, suffix)
        plans[suffix] = plan
        tables += [summary_table(sheets), sheets.plan(), sheets.funds(), savings_table(sheets)]
        tables += [works_table(sheets), dependencies_table(sheets)]
        tables += plan_appraisal_tables(sheets, parameters, seed)
        lines += _lines(sheets)
        if suffix and told:
            told = tuple(f"if every open gate were confirmed: {t}" for t in told if t not in notes)
        notes += told
    objectives = plan_objectives(results)
    if objectives is not None:
        tables.append(objectives)
    return JoinedUpTables(tuple(tables), tuple(lines), tuple(dict.fromkeys(notes)), plans)


def _lines(sheets: Sheets) -> list[str]:
    """Return the plan in sentences."""
    plan = sheets.made
    start = "If every open gate were confirmed: " if sheets.suffix else ""
    if plan.empty:
        return [f"{start}{'n' if start else 'N'}o site can be funded: see the notes and the gates."]
    saved = int(sheets.joint.cost_gbp[plan.chosen].sum()) - sum(plan.spent_gbp)
    count = int(plan.chosen.sum())
    more = [
        f"{plan.outcome[at] - plan.separate.outcome[at]:+,.0f} {fund.unit}"
        for at, fund in enumerate(sheets.joint.funds)
    ]
    more += [
        f"{covered_more_km2(sheets, bid.result.case.key, bid.options.area_km2[0]):+,.2f} km2"
        for bid in sheets.bids
        if bid.options.area_km2 is not None
    ]
    text = (
        f"{start}{count:,} sites for £{sum(plan.spent_gbp):,}; one by one they would cost "
        f"£{saved:,} more. Against separate plans with the same money: {', '.join(more)}. "
        f"{plan.status[:1].upper()}{plan.status[1:]}."
    )
    return [text]
