"""The data dictionary: what every column of every CSV table means, in one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from layers.lineage import Table
from maps.view import CaseView, StudyView

__all__ = ["data_dictionary"]

COLUMNS = (
    "file",
    "column",
    "key",
    "description",
    "unit",
    "decimals",
    "grade",
    "made_by",
    "disclosure",
)


def _grade(table: Table, name: str) -> str:
    """Return the grade of a column, or the column that holds it row by row."""
    spec = table.columns[name]
    return spec.grade or (f"in column {spec.grade_of}" if spec.grade_of else "")


def _unit(table: Table, name: str) -> str:
    spec = table.columns[name]
    return spec.unit or (f"in column {spec.unit_of}" if spec.unit_of else "")


def _rows(folder: str, tables: Iterable[Table]) -> Iterable[dict[str, object]]:
    for table in tables:
        for name, spec in table.columns.items():
            yield {
                "file": f"{folder}/{table.name}.csv", "column": name, "key": name == table.key,
                "description": spec.description, "unit": _unit(table, name),
                "decimals": spec.decimals, "grade": _grade(table, name), "made_by": spec.formula,
                "disclosure": spec.disclosure,
            }  # fmt: skip


def data_dictionary(
    study: StudyView, cases: Iterable[CaseView], plan: Mapping[str, Table]
) -> pd.DataFrame:
    """Return one row a file and column, in the order of the files.

    An empty cell means missing in every file, never nought.
    """
    common = [study.coverage, study.series, study.targets, study.district_gaps, study.area_gaps,
              study.ward_gaps]  # fmt: skip
    rows = list(_rows("coverage", [t for t in (*common, study.sources, study.quality) if t]))
    for view in cases:
        own = [view.ranking, view.gates, view.costs, view.criteria, view.summary]
        own += [
            t for t in (view.weight_tests, view.buildings, *view.more.values()) if t is not None
        ]
        rows += _rows(view.key, own)
    rows += _rows("plan", plan.values())
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["decimals"] = frame["decimals"].astype("Int64")
    return frame
