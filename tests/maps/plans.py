"""A hand-made joined-up plan: two funds share one building of the county."""

from __future__ import annotations

import pandas as pd
from views import HOSTILE

from layers.lineage import Column, Figures, Table
from maps.view import PlanView

__all__ = ["plan_of"]


def item_table(name, items):
    columns = {
        "item": Column(""), "label": Column(""), "unit": Column(""), "decimals": Column(""),
        "note": Column(""),
        "value": Column("", unit_of="unit", decimals_of="decimals", grade="estimated"),
    }  # fmt: skip
    frame = pd.DataFrame(
        [(k, k, unit, places, "", v) for k, v, unit, places in items], columns=list(columns)
    )
    return Table(name, "item", frame, columns)


def made(name, key, rows):
    """A table of rows; names that end in `_gbp` are money."""
    frame = pd.DataFrame(rows)
    columns = {
        c: Column(c, "GBP", 0) if c.endswith("_gbp") else Column(c) for c in frame.columns
    }  # fmt: skip
    if "outcome" in columns:
        for c in ("outcome", "outcome_separate", "outcome_more"):
            columns[c] = Column(c, unit_of="unit", decimals=1)
        columns["sites"] = Column("", "sites", 0)
    if "weight_pct" in columns:
        columns["weight_pct"] = Column("", "%", 1)
    if "step" in columns:
        columns["step"] = Column("", "", 0)
    return Table(name, key, frame, columns, description=name)


def plan_of(cases, *, inside=True, full=False):
    """The plan of the first two cases; `full` with its appraisal and objectives."""
    site = cases[0].ranking.frame["site_id"].iloc[0]
    first, second = (view.key for view in cases[:2])
    row = {key: f"{site}|{key}" for key in (first, second)}
    sites = [
        {"row": row[key], "site_id": site, "case": key, "name": HOSTILE, "in_plan": inside,
         "alone_gbp": 110.0, "pays_gbp": 75.0, "building_gbp": 60.0, "trench_gbp": 0.0, "saved_gbp": 30.0,
         "shares_with": other}
        for key, other in ((first, second), (second, first))
    ]  # fmt: skip
    pays = [
        {"case": first, "title": "Fibre", "sites": 1, "pays_gbp": 100.0, "from_pot_gbp": 0.0,
         "budget_gbp": 200.0, "alone_gbp": 150.0, "saved_gbp": 50.0, "outcome": 5.0,
         "outcome_separate": 4.5, "outcome_more": 0.5, "unit": "premises"}
    ]  # fmt: skip
    works = [
        {"row": row[key], "work": "w", "kind": "connection", "name": HOSTILE, "case": key,
         "pays_gbp": 60.0, "alone_gbp": 90.0}
        for key in (first, second)
    ]  # fmt: skip
    relies = [
        {"row": "a", "step": 2, "name": HOSTILE, "case": second, "relies_on_name": "Hall",
         "relies_on_case": first, "how": "connection of the same building", "extra_gbp": 17.0}
    ]  # fmt: skip
    summary = [
        ("sites", 2.0, "sites", 0), ("buildings", 1.0, "sites", 0), ("cost_gbp", 150.0, "GBP", 0),
        ("budget_gbp", 400.0, "GBP", 0), ("gap_pct", 1.25, "%", 3),
    ]  # fmt: skip
    savings = [("saved_gbp", 60.0, "GBP", 0), ("saved_building_gbp", 60.0, "GBP", 0)]
    tables = []
    for suffix in ("", "_if_verified"):
        tables += [
            made(f"plan_sites{suffix}", "row", sites),
            made(f"plan_pays{suffix}", "case", pays),
            made(f"plan_works{suffix}", "row", works),
            made(f"plan_dependencies{suffix}", "row", relies),
            item_table(f"plan_summary{suffix}", summary),
            item_table(f"plan_savings{suffix}", savings),
        ]
        if full:
            value = [("npsv_gbp", -321.0, "GBP", 0), ("pv_running_gbp", 9.0, "GBP", 0)]
            tables.append(item_table(f"plan_appraisal{suffix}", value))
    if full:
        served = [
            {"row": f"growth|{key}", "objective": "growth", "label": "Growth", "case": key,
             "case_title": key, "weight_pct": share, "alignment": how}
            for key, share, how in (
                (first, 12.5, "counted as an outcome"), (second, 0.0, "not served"),
            )
        ]  # fmt: skip
        tables.append(made("plan_objectives", "row", served))
    return PlanView(
        {t.name: t for t in tables}, ("A sentence.",), ("A note.",), Figures(tables, "plan")
    )
