"""What has changed since the earlier outputs that the study names as its baseline."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from layers.lineage import Figure
from maps.blocks import Cell, Grid
from maps.board_html import grid, html
from maps.passages import Quote, clean, say
from maps.view import ChangesView, StudyView

__all__ = ["changes_block"]

MOST = 30
NONE_NAMED = (
    "The study names no earlier outputs to compare with (the setting baseline in study.toml), "
    "so this page cannot say what has changed."
)


def _signed(figure: Figure) -> Quote:
    """Return a change with its sign; a change of a share is in points."""
    text = figure.number if figure.unit == "%" else figure.text
    points = " points" if figure.unit == "%" else ""
    return Quote(figure, f"{'+' if float(figure.value) > 0 else ''}{text}{points}")


def _sites(changes: ChangesView) -> list[Markup]:
    """Return a sentence for each case whose sites changed."""
    frame = changes.table.frame
    lines = []
    for row in frame[frame["part"] == "sites"].to_dict("records"):
        count = changes.figures.cite(changes.table.name, str(row["row"]), "change")
        named = f": {clean(row['note'])}" if row["note"] else ""
        number = Quote(count, count.number)
        lines.append(
            html(
                say("{about}: {n} {what}{named}.", about=str(row["about"]), n=number,
                    what=str(row["what"]), named=named)
            )
        )  # fmt: skip
    return lines


def changes_block(study: StudyView) -> dict[str, Any]:
    """Return what the page says of the changes, or why it can say nothing."""
    changes = study.changes
    if changes is None:
        return {"told": NONE_NAMED, "table": None, "sites": [], "more": 0, "file": ""}
    frame = changes.table.frame
    listed = frame[frame["part"] != "sites"]
    cite, name = changes.figures.cite, changes.table.name
    rows: list[tuple[Cell, ...]] = [
        (
            clean(row["about"]),
            clean(row["what"]),
            *(Quote(f, f.text) for f in (cite(name, row["row"], c) for c in ("before", "after"))),
            _signed(cite(name, row["row"], "change")),
        )
        for row in listed.head(MOST).to_dict("records")
    ]
    content = Grid(
        ("Place or bid", "What", "Before", "Now", "Change"), tuple(rows), (2, 3, 1, 1, 1)
    )
    told = f"{changes.table.description}."
    if frame.empty:
        told += " Nothing on this page differs."
    return {
        "told": told,
        "table": grid(content) if rows else None,
        "sites": _sites(changes),
        "more": max(0, len(listed) - MOST),
        "file": f"{changes.figures.scope}/{name}.csv",
    }
