"""The bid's section on the joined-up plan: what this fund pays in it, what it saves, who relies on whom."""

from __future__ import annotations

from layers.lineage import Figure
from maps.blocks import Report
from maps.passages import Passage, Quote, clean, coarse, readable_count, say
from maps.plan_rows import (
    IF_VERIFIED,
    appraisal_grid,
    dependencies_grid,
    pays_grid,
    savings_grid,
    shown_plan,
    sites_grid,
    works_grid,
)
from maps.view import CaseView, PlanView

__all__ = ["joined_up"]

TOP = 8
ABOUT = (
    "One optimisation looks at all the bids of the study at once. Work that several of them need is paid "
    "for once and credited to each fund by the rule of the plan; no fund gets less than its own budget "
    "would bring it alone. The sums asked for in this bid stand on their own, without the plan."
)


def _pays(plan: PlanView, suffix: str, case: str) -> Passage:
    """Return what this fund pays in the plan, and what it would pay without."""

    def figure(column: str) -> Figure:
        return plan.figures.cite(f"plan_pays{suffix}", case, column)

    sites, unit = figure("sites"), clean(plan.tables[f"plan_pays{suffix}"].cell(case, "unit"))
    one = sites.known and float(sites.value) == 1
    out = say(
        "In the plan this fund pays {pays} for {sites}; on their own they would cost it {alone}, so "
        "joining up saves it {saved}.",
        pays=figure("pays_gbp"),
        sites=Quote(sites, f"{sites.number} {'site' if one else 'sites'}"),
        alone=figure("alone_gbp"),
        saved=figure("saved_gbp"),
    )
    pot = figure("from_pot_gbp")
    if pot.known and float(pot.value) > 0:
        out += say("The shared pot pays {pot} besides.", pot=pot)
    brings, apart = readable_count(figure("outcome")), readable_count(figure("outcome_separate"))
    return out + say(
        "It brings {brings} {unit}; a separate plan with the same money brings {apart}.",
        brings=Quote(brings, brings.number), apart=Quote(apart, apart.number), unit=unit,
    )  # fmt: skip


def joined_up(report: Report, view: CaseView) -> None:
    """Print this bid's part in the joined-up plan, or that the study has nothing to join up."""
    plan = view.study.plan
    if plan is None:
        report.text("The study holds no other bid that this one could share work with.")
        return
    report.text(ABOUT)
    suffix = shown_plan(plan)
    sites = plan.tables[f"plan_sites{suffix}"].frame
    if not bool(sites["in_plan"].any()):
        for line in plan.lines:
            report.text(clean(line))
        return
    if suffix == IF_VERIFIED:
        report.text("No bid can be funded yet: this is the plan if every open gate were confirmed.")
    mine = sites_grid(plan, suffix, view.key, TOP)
    if mine.rows:
        report.text(_pays(plan, suffix, view.key))
    gap = coarse(plan.figures.cite(f"plan_summary{suffix}", "gap_pct", "value"), 2)
    if gap.known and float(gap.value) > 0:
        report.text(
            say("Over the same routes the best plan could be at most {gap} better.", gap=gap)
        )
    report.grid("Which fund pays what in the plan, and gets what", pays_grid(plan, suffix))
    report.grid("What joining up saves against separate plans", savings_grid(plan, suffix))
    if mine.rows:
        report.grid("Sites of this bid in the plan", mine)
    else:
        report.text("The plan holds no site of this bid.")
    _shared(report, plan, suffix, view.key)
    value = appraisal_grid(plan, suffix)
    if value.rows:
        report.grid("Value for money of the whole plan", value)


def _shared(report: Report, plan: PlanView, suffix: str, case: str) -> None:
    """Print who shares what, and in which order it has to be built."""
    works = works_grid(plan, suffix, TOP, case)
    if not works.rows:
        report.text("No work of this bid is shared with another, so it relies on none.")
        return
    report.grid("Work that this bid shares, each paid for once", works)
    schedule = dependencies_grid(plan, suffix, case, TOP)
    if schedule.rows:
        report.text(
            "What a site relies on comes in an earlier step. If that site drops out, the one that relies on "
            "it pays the sum in the last column more."
        )
        report.grid("Schedule of dependencies", schedule)
    if max(len(works.rows), len(schedule.rows)) == TOP:
        report.text("The tables stop here for length; the folder plan holds every row.")
