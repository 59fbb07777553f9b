"""What joining up saves, the work that is shared, and who relies on whom, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.lineage import Column, Recipe, Table
from scenarios.case_appraisal import Item
from scenarios.joined_up_model import settle
from scenarios.plan_dependencies import dependencies, saved_metres
from scenarios.plan_funds import SHAREABLE
from scenarios.plan_lineage import joined
from scenarios.plan_sheets import OUTCOME_DECIMALS, RULES, Sheets
from scenarios.sharing import joint_cost

__all__ = [
    "Item",
    "dependencies_table",
    "items_table",
    "savings_table",
    "summary_table",
    "works_table",
]


def savings_table(sheets: Sheets) -> Table:
    """One row a figure: what joining up saves against separate plans with the same money."""
    plan, joint = sheets.made, sheets.joint
    nothing = "nothing can be funded" if plan.empty else ""
    cost = int(joint.cost_gbp[plan.chosen].sum())
    same = settle(joint, plan.separate.chosen, np.zeros(len(joint.routes), dtype=bool))
    before = int(joint.cost_gbp[plan.separate.chosen].sum())
    trench = _trench_saving(sheets)
    total = cost - sum(plan.spent_gbp)
    items: list[Item] = [
        ("saved_gbp", "Saved by joining up: the plan's sites would cost this much more one by one", total, "GBP", 0, nothing),
        ("saved_building_gbp", "Of that, work at one building paid for once", total - trench, "GBP", 0, nothing),
        ("saved_trench_gbp", "Of that, trenches dug once", trench, "GBP", 0, nothing),
        ("saved_trench_m", "Trench that need not be dug twice", saved_metres(plan), "m", 0, nothing),
        ("saved_same_sites_gbp", "The separate plans' own sites would cost this much less with work at one building paid once", before - int(same.pays_gbp.sum()), "GBP", 0, ""),
        ("sites_more", "More sites than in the separate plans", int(plan.chosen.sum()) - int(plan.separate.chosen.sum()), "sites", 0, ""),
    ]  # fmt: skip
    for at, fund in enumerate(joint.funds):
        more = round(plan.outcome[at], OUTCOME_DECIMALS) - round(
            plan.separate.outcome[at], OUTCOME_DECIMALS
        )
        label = f"{fund.title}: {fund.outcome.lower()} more than separately"
        items.append((f"more|{fund.key}", label, more, fund.unit, 1, ""))
    areas = _areas(sheets)
    items += [item for item, _ in areas]
    besides = {item[0]: recipe for item, recipe in areas}
    return items_table(sheets, "plan_savings", items, "What joining up saves", besides=besides)


def _areas(sheets: Sheets) -> list[tuple[Item, Recipe]]:
    """Return how much more area each fund's sites cover than separately, where they cover one."""
    made: list[tuple[Item, Recipe]] = []
    for bid, fund in zip(sheets.bids, sheets.joint.funds, strict=True):
        if bid.options.area_km2 is None:
            continue
        of_set, recipe = bid.options.area_km2
        more = covered_more_km2(sheets, fund.key, of_set)
        label = f"{fund.title}: area that its sites cover more than separately"
        note = "modelled by distance alone, indicative"
        made.append(((f"more_km2|{fund.key}", label, more, "km2", 2, note), recipe))
    return made


def covered_more_km2(
    sheets: Sheets, case: str, of_set: Callable[[NDArray[np.bool_]], float]
) -> float:
    """Return the area that a case's sites in the plan cover less that of its separate plan."""
    (bid,) = (bid for bid in sheets.bids if bid.result.case.key == case)
    sites = bid.sites["id"].astype(str).to_numpy()
    areas = [
        of_set(np.isin(sites, [sheets.site[o] for o in np.flatnonzero(chosen) if sheets.case[o] == case]))
        for chosen in (sheets.made.chosen, sheets.made.separate.chosen)
    ]  # fmt: skip
    return areas[0] - areas[1]


def summary_table(sheets: Sheets) -> Table:
    """One row a figure: the plan as a whole, and how good it is proved to be."""
    plan, joint = sheets.made, sheets.joint
    nothing = "nothing can be funded" if plan.empty else ""
    before = int(joint.cost_gbp[plan.separate.chosen].sum())
    buildings = len({sheets.site[o] for o in np.flatnonzero(plan.chosen)})
    items: list[Item] = [
        ("cost_gbp", "Cost of the joined-up plan", sum(plan.spent_gbp), "GBP", 0, nothing),
        ("budget_gbp", "Budgets of all funds", sum(f.budget_gbp for f in joint.funds), "GBP", 0, ""),
        ("pot_gbp", "Shared pot that any fund may draw on", joint.pot_gbp, "GBP", 0, ""),
        ("from_pot_gbp", "Of the cost, paid by the shared pot", sum(plan.from_pot_gbp), "GBP", 0, ""),
        ("separate_gbp", "Cost of the separate plans", before, "GBP", 0, ""),
        ("sites", "Sites and purposes in the plan", int(plan.chosen.sum()), "sites", 0, "a building with two purposes counts for each"),
        ("buildings", "Buildings in the plan", buildings, "sites", 0, ""),
        ("value", "Sum over funds of outcome / target", plan.value, "", 4, plan.status),
        ("separate_value", "The same for the separate plans with the same money", plan.separate_value, "", 4, ""),
        ("gap_pct", "How much better the best plan over the same routes could at most be", plan.gap_pct, "%", 3, plan.status),
    ]  # fmt: skip
    return items_table(sheets, "plan_summary", items, "The joined-up plan in figures")


def items_table(
    sheets: Sheets,
    name: str,
    items: list[Item],
    text: str,
    parameters: tuple[str, ...] = (),
    settings: tuple[str, ...] = (),
    besides: Mapping[str, Recipe] | None = None,
) -> Table:
    """Return a table of one row a figure; each rests on the plan and on what is named besides.

    `besides` names what single figures rest on too, by item.
    """
    names = ("item", "label", "value", "unit", "decimals", "note")
    rows: list[dict[str, Any]] = [dict(zip(names, item, strict=True)) for item in items]
    for row in rows:
        row["value"] = round(float(row["value"]), int(row["decimals"])) + 0.0
    more = Recipe("", (), parameters, settings)
    held = besides or {}
    recipes = {
        row["item"]: joined(
            [sheets.whole(""), more, held.get(row["item"], Recipe(""))], row["label"]
        )
        for row in rows
    }
    columns = {
        "item": Column("key of the figure"),
        "label": Column("what it is"),
        "value": Column("value", grade="estimated", unit_of="unit", decimals_of="decimals", recipes=recipes),
        "unit": Column("unit"),
        "decimals": Column("digits after the point", formula="fixed for the item", inputs=(f"{name}{sheets.suffix}.value",)),
        "note": Column("what to know about it"),
    }  # fmt: skip
    return sheets.table(name, "item", rows, columns, text)


def _trench_saving(sheets: Sheets) -> int:
    saved = 0
    for at in np.flatnonzero(sheets.made.by_trench):
        route = sheets.joint.routes[at]
        option = sheets.joint.option(route.party)
        dug = int(sheets.made.settled.trench_gbp[option])
        saved += route.line_gbp - route.lead_gbp - dug
    return saved


def works_table(sheets: Sheets) -> Table:
    """One row a party of shared work: the whole, what it would pay alone, what it pays."""
    joint, settled = sheets.joint, sheets.made.settled
    rows = []
    for number, options, paid in settled.works:
        work = joint.works[number]
        alone = dict(zip(map(joint.option, work.parties), work.alone_gbp, strict=True))
        whole = joint_cost([alone[o] for o in options])
        name = f"{work.site_id}|{work.kind}"
        rows += [_party(sheets, name, work.kind, whole, o, alone[o], p) for o, p in zip(options, paid, strict=True)]  # fmt: skip
    for number, options, paid in settled.stretches:
        if len(options) > 1 and joint.trench is not None:
            whole = joint.trench.stretch_gbp[number]
            name = f"stretch {number + 1}"
            rows += [_party(sheets, name, "shared trench", whole, o, whole, p) for o, p in zip(options, paid, strict=True)]  # fmt: skip
    why = "; ".join(f"{s.items[0]}: {s.why}" for s in SHAREABLE)
    columns = {
        "row": Column("the work, and the party to it", disclosure=sheets.hidden),
        "work": Column("the work", disclosure=sheets.hidden),
        "kind": Column(f"what it is. {why}"),
        "site_id": Column("site of the party", disclosure=sheets.hidden),
        "name": Column("name of that site", disclosure=sheets.hidden),
        "case": Column("case of the party"),
        "whole_gbp": sheets.column("cost of the work, paid once", "GBP", "at a building the dearest party's line, which contains the others; on a trench metres x rate x (1 + optimism bias)"),
        "alone_gbp": sheets.column("what the party would pay for it alone", "GBP", "the case's own line"),
        "pays_gbp": sheets.column("what it pays", "GBP", f"split {RULES[joint.rule]}; a trench evenly"),
    }  # fmt: skip
    return sheets.table("plan_works", "row", rows, columns, "Work shared, each paid once")


def _party(
    sheets: Sheets, work: str, kind: str, whole: int, option: int, alone: int, pays: int
) -> dict[str, Any]:
    return {
        "row": f"{work}|{sheets.key[option]}", "work": work, "kind": kind,
        "site_id": sheets.site[option], "name": sheets.about(option, "name"),
        "case": sheets.case[option], "whole_gbp": whole, "alone_gbp": alone, "pays_gbp": pays,
    }  # fmt: skip


def dependencies_table(sheets: Sheets) -> Table:
    """One row a site that relies on another's connection."""
    rows = [
        {
            "row": f"{sheets.key[d.option]}|{sheets.key[d.relies_on]}|{d.how}",
            "step": d.step, "site_id": sheets.site[d.option], "name": sheets.about(d.option, "name"),
            "case": sheets.case[d.option], "relies_on_site_id": sheets.site[d.relies_on],
            "relies_on_name": sheets.about(d.relies_on, "name"),
            "relies_on_case": sheets.case[d.relies_on], "how": d.how,
            "shared_gbp": d.shared_gbp, "extra_gbp": d.extra_gbp,
        }
        for d in dependencies(sheets.made)
    ]  # fmt: skip
    columns = {
        "row": Column("who relies on whom", disclosure=sheets.hidden),
        "step": sheets.column("order of building: all it relies on comes in an earlier step", "", "one after the last of those it relies on"),
        "site_id": Column("the site", disclosure=sheets.hidden),
        "name": Column("its name", disclosure=sheets.hidden),
        "case": Column("its case"),
        "relies_on_site_id": Column("the site to be built first", disclosure=sheets.hidden),
        "relies_on_name": Column("name of that site", disclosure=sheets.hidden),
        "relies_on_case": Column("case of that site"),
        "how": Column("connection of the same building, or shared trench"),
        "shared_gbp": sheets.column("cost of the work they share", "GBP", "sum of the works both use"),
        "extra_gbp": sheets.column("what it would pay more if the other dropped out", "GBP", "shares worked out again without the other"),
    }  # fmt: skip
    return sheets.table("plan_dependencies", "row", rows, columns, "Who relies on whose connection")
