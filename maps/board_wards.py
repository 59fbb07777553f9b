"""Gaps by ward on the board page: estimated from small areas, or why there are none."""

from __future__ import annotations

from typing import Any

import pandas as pd

from maps import bid_rows
from maps.board_compare import comparison_rows
from maps.board_html import grid
from maps.measures import month
from maps.passages import Quote, coarse
from maps.view import StudyView

__all__ = ["wards_block"]

MEASURES = (
    ("premises", "Premises", ""),
    ("full_fibre_pct", "Full fibre", "% of premises"),
    ("without_full_fibre", "Without full fibre", "premises"),
    ("gigabit_pct", "Gigabit, any technology", "% of premises"),
    ("most_deprived_areas", "Areas among the most deprived", "of its small areas"),
)
NO_LOOKUP = (
    "No lookup in this study says which small areas lie in which ward, so gaps by ward are not known. "
    "The ONS publishes one: LSOA 2021 to ward."
)
NOT_PUBLIC = (
    "Gaps by ward are not in this edition: with small areas they would tell of few premises."
)
NO_COURSE = (
    "No release in this study is published by ward, so there is no course over time by ward: each value is "
    "estimated from the ward's small areas"
)


def _cell(study: StudyView, ward: str, column: str) -> Quote | str:
    """Return a value, with its range where it has one: estimates of wards can be wide."""
    figure = study.figures.cite("ward_gaps", ward, column)
    if not figure.known:
        return bid_rows.NO_DATA
    shown = coarse(figure, 1) if figure.unit == "%" else figure
    span = f" ({shown.range_text})" if shown.range_text else ""
    return Quote(shown, f"{shown.number}{span}")


def wards_block(study: StudyView) -> dict[str, Any]:
    """Return what the page says of wards: a sentence, and a table by district where there is one."""
    table = study.ward_gaps
    if study.edition == "public":
        return {"told": NOT_PUBLIC, "table": None}
    if table is None:
        return {"told": NO_LOOKUP, "table": None}
    frame = table.frame
    shown = [m for m in MEASURES if m[0] in table.columns and frame[m[0]].notna().any()]
    rows: list[tuple[bid_rows.Cell, ...]] = [
        (
            str(row["name"]),
            str(row["lad_name"]),
            *(_cell(study, str(row["id"]), name) for name, *_ in shown),
        )
        for row in frame.to_dict("records")
    ]
    # what the shares are held against stands at the foot, as under the districts
    names = [name for name, *_ in shown]
    rows += [(foot[0], "", *foot[1:]) for foot in comparison_rows(study, study.figures, names)]
    releases = {str(r) for r in frame["full_fibre_release"] if not pd.isna(r) and r}
    when = f", full fibre of {month(max(releases))}" if releases else ""
    courses = study.coverage.frame["level"].astype(str).str.startswith("WD").any()
    return {
        "told": "" if courses else f"{NO_COURSE}{when}.",
        "table": grid(
            bid_rows.Grid(
                ("Ward", "District", *(words for _, words, _ in shown)),
                tuple(rows),
                (2.0, 1.6, *(1.2 for _ in shown)),
                ("", "", *(unit for *_, unit in shown)),
            )
        ),
        "count": len(frame),
    }
