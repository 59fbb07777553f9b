"""The data-quality page: what became of every row, and how far each number can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from layers.lineage import Figures, Table
from maps import prose, style
from maps.assets import content_security_policy, template_text
from maps.board_html import number
from maps.page_templates import PAGES
from maps.passages import clean
from maps.view import SAMPLE_RIBBON, StudyView

__all__ = ["write_data_quality"]

POLICY_PLACE = "policy-goes-here"
TOTAL = "total"


def write_data_quality(
    study: StudyView, tables: Mapping[str, Table], figures: Figures, path: Path
) -> None:
    """Write the page: complete in itself, no script, no request.

    Parameters
    ----------
    study
        Its name, clock and ribbon.
    tables
        `files`, `layers`, `estimates`, `known_faults` and `needs`, as `infra/quality_tables.py`
        makes them.
    figures
        Cites every number of them.
    path
        Where to write.
    """
    rows = {name: _rows(table, figures) for name, table in tables.items()}
    needs: dict[str, list[dict[str, Any]]] = {}
    for row in rows["needs"]:
        needs.setdefault(row["case"], []).append(row)
    page = PAGES.get_template("data_quality.html").render(
        css=Markup(style.page_css() + template_text("board.css")),  # noqa: S704 - our own style
        policy=POLICY_PLACE,
        ribbon=SAMPLE_RIBBON if study.sample else "",
        study=study,
        produced=prose.day(study),
        total={
            name: number(figure, figure.number)
            for name in ("rows_in", "used", "set_aside", "quarantined")
            for figure in [figures.cite("files", TOTAL, name)]
        },
        tables=rows,
        needs=needs,
    )
    page = page.replace(POLICY_PLACE, content_security_policy(page), 1)
    path.write_text(page, encoding="utf-8", newline="\n")


def _rows(table: Table, figures: Figures) -> list[dict[str, Any]]:
    """Return a table's rows: numbers with their figure ids, text made clean; missing stays missing."""
    rows = []
    numeric = {name for name, column in table.columns.items() if column.formula}
    for key in table.frame[table.key].astype(str):
        cells: dict[str, Any] = {}
        for name in table.columns:
            if name in numeric:
                figure = figures.cite(table.name, key, name)
                cells[name] = number(figure, figure.text if name == "error" else figure.number)
            else:
                value = table.cell(key, name)
                cells[name] = clean("" if pd.isna(value) else str(value))
        rows.append(cells)
    return rows
