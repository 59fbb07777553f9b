"""The joined-up plan on the board page: three numbers, one map, one caveat, who pays for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from layers.lineage import Figure
from maps.board_html import big, grid, html
from maps.board_sites import SiteMap
from maps.passages import Passage, Quote, clean, coarse, say
from maps.plan_rows import appraisal_grid, objectives_grid, pays_grid, shown_plan, works_grid
from maps.view import CaseView, PlanView, StudyView

__all__ = ["objectives_block", "plan_block"]

TOP = 8
EARLIER = (
    "Earlier weights: the weights have changed since this plan was made, and the rankings beside it "
    "are newer. Make the plan again before you use it. "
)


def _numbers(plan: PlanView, suffix: str) -> list[dict[str, Any]]:
    def item(table: str, key: str) -> Figure:
        return plan.figures.cite(f"{table}{suffix}", key, "value")

    sites, buildings = item("plan_summary", "sites"), item("plan_summary", "buildings")
    cost, budget = item("plan_summary", "cost_gbp"), item("plan_summary", "budget_gbp")
    saved, same = item("plan_savings", "saved_gbp"), item("plan_savings", "saved_building_gbp")
    return [
        big(sites, "sites and purposes in the plan", say("in {n} buildings", n=_plain(buildings))),
        big(cost, "in all", say("of {b} in the funds' budgets", b=budget)),
        big(saved, "saved by sharing work", say("{n} of it in one building", n=same)),
    ]


def _plain(figure: Figure) -> Quote:
    return Quote(figure, figure.number)


def _caveat(plan: PlanView, suffix: str) -> Markup:
    """Return how good the plan is proved to be, and whose gates it waits for."""
    gap = coarse(plan.figures.cite(f"plan_summary{suffix}", "gap_pct", "value"), 1)
    said = say(EARLIER) if plan.earlier else Passage(())
    if suffix:
        said += say(
            "Nothing can be funded yet: this is the plan if every open gate were confirmed."
        )
    if gap.known and float(gap.value) > 0:
        said += say("Over the same routes the best plan could be at most {gap} better.", gap=gap)
    return html(said)


def _map(
    plan: PlanView, suffix: str, cases: Sequence[CaseView], chart: SiteMap, area: str
) -> Markup:
    frame = plan.tables[f"plan_sites{suffix}"].frame
    held = frame[frame["in_plan"].astype(bool)]
    counts = held.groupby("site_id")["case"].nunique()
    kept: dict[tuple[int, ...], None] = {}
    shared: dict[tuple[int, ...], None] = {}
    for view in cases:
        known = set(view.sites["site_id"].astype(str))
        mine = held[(held["case"] == view.key) & held["site_id"].astype(str).isin(known)]
        for site, spot in zip(
            mine["site_id"].astype(str), chart.places(view, mine["site_id"]), strict=True
        ):
            if spot is not None:
                (shared if counts[site] > 1 else kept)[tuple(spot)] = None
    label = (
        f"Map of {area}: the buildings of the joined-up plan. The tables beside it name the funds "
        "and the shared works; plan/plan_sites.csv lists every building."
    )
    return chart.drawn(label, [], list(kept), list(shared))


def plan_block(
    study: StudyView, cases: Sequence[CaseView], chart: SiteMap
) -> dict[str, Any] | None:
    """Return everything the template prints about the plan; `None` where there is none."""
    plan = study.plan
    if plan is None:
        return None
    suffix = shown_plan(plan)
    sites = plan.tables[f"plan_sites{suffix}"].frame
    notes = [clean(note) for note in plan.notes]
    if not bool(sites["in_plan"].any()):
        lines = [EARLIER, *plan.lines] if plan.earlier else plan.lines
        return {"empty": [clean(line) for line in lines], "notes": notes}
    return {
        "empty": [],
        "numbers": _numbers(plan, suffix),
        "caveat": _caveat(plan, suffix),
        "pays": grid(pays_grid(plan, suffix)),
        "works": grid(works_grid(plan, suffix, TOP)),
        "value": grid(appraisal_grid(plan, suffix)),
        "image": _map(plan, suffix, cases, chart, clean(study.area_name)),
        "notes": notes,
        "files": [f"plan/plan_sites{suffix}.csv", f"plan/plan_works{suffix}.csv"],
    }


def objectives_block(study: StudyView) -> dict[str, Any] | None:
    """Return the matrix of the strategy's objectives and the cases; `None` where there is none."""
    plan = study.plan
    matrix = None if plan is None else objectives_grid(plan)
    if plan is None or matrix is None:
        return None
    return {
        "about": clean(plan.tables["plan_objectives"].description),
        "grid": grid(matrix),
        "file": "plan/plan_objectives.csv",
    }
