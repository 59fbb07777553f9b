"""The matrix a board asks for: which objective of the strategy a case serves, by what, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.lineage import Column, Table

if TYPE_CHECKING:
    from scenarios.engine import CaseResult
    from scenarios.strategy import Strategy
    from scenarios.tables import Made

__all__ = ["objectives_table", "plan_objectives"]

Row = dict[str, Any]
DIRECT, INDIRECT, NONE = "counted as an outcome", "through the ranking", "not served"


def objectives_table(made: Made, strategy: Strategy, summary: Table) -> Table:
    """Return the `objectives` table: one row an objective of the strategy.

    A criterion that serves several objectives divides its weight evenly between them, so that the
    weights add up to no more than all.
    """
    scenario, criteria = made.profile.scenario, made.profile.criterion
    serves: dict[str, int] = {}
    for objective in strategy.objective.values():
        for name in objective.criteria:
            serves[name] = serves.get(name, 0) + 1
    rows: list[Row] = []
    for key, objective in strategy.objective.items():
        mine = [c for c in criteria if f"{scenario}.{c}" in objective.criteria]
        weight = sum(criteria[c].weight / serves[f"{scenario}.{c}"] for c in mine)
        counted = [item for item in objective.outcomes if item in summary]
        alignment = DIRECT if counted else INDIRECT if mine else NONE
        rows.append(
            {
                "objective": key, "label": objective.label,
                "criteria": "; ".join(criteria[c].label for c in mine),
                "weight_pct": 100 * weight,
                "outcomes": "; ".join(str(summary.cell(i, "label")) for i in counted),
                "outcome_items": "; ".join(counted), "alignment": alignment,
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    columns = {
        "objective": Column("key of the objective"),
        "label": Column(f"the objective. {strategy.words}"),
        "criteria": Column("criteria of the profile that serve it"),
        "weight_pct": Column(
            "share of the score that serves it", "%", 1,
            formula="sum of the criteria's weights, each divided between the objectives it serves",
            settings=("profile.criterion", "study.strategy"),
        ),
        "outcomes": Column("outcomes of the case that count for it", inputs=("summary.value",)),
        "outcome_items": Column("their keys in the summary"),
        "alignment": Column("how the case serves it"),
    }  # fmt: skip
    return made.table("objectives", "objective", frame, columns, f"Objectives of the strategy: {strategy.words}")  # fmt: skip


def plan_objectives(results: Mapping[str, CaseResult]) -> Table | None:
    """Return the `plan_objectives` table: one row an objective and case; None without a strategy."""
    held = {key: r.more["objectives"] for key, r in results.items() if "objectives" in r.more}
    if not held:
        return None
    parts = [
        table.frame.assign(case=key, case_title=results[key].case.title)
        for key, table in held.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    order = {name: i for i, name in enumerate(frame["objective"].unique())}
    frame = frame.sort_values("objective", key=lambda c: c.map(order), kind="stable")
    frame["row"] = frame["objective"] + "|" + frame["case"]
    first = next(iter(held.values()))
    files = {s.src: s for table in held.values() for s in table.sources}
    described = dict(first.columns)
    weighed = [f"study.case.{key}.profile" for key in held]
    described["weight_pct"] = Column(
        "share of the case's score that serves it", "%", 1,
        formula="as in the case's own matrix", settings=(*weighed, "study.strategy"),
    )  # fmt: skip
    described["outcomes"] = Column("outcomes of the case that count for it")
    columns = {
        "row": Column("objective and case"),
        "objective": described["objective"],
        "label": described["label"],
        "case": Column("the case"),
        "case_title": Column("its title"),
        **{n: described[n] for n in ("criteria", "weight_pct", "outcomes", "outcome_items", "alignment")},
    }  # fmt: skip
    sources = tuple(sorted(files.values(), key=lambda s: (s.path, s.sha256)))
    return Table(
        "plan_objectives", "row", frame[list(columns)], columns, sources, first.description
    )
