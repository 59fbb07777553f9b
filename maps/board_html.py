"""Figures, passages and tables as the board page's template prints them, everything escaped."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from layers.lineage import Figure
from maps.bid_rows import Cell, Grid
from maps.passages import Passage, Quote, clean

__all__ = ["big", "grid", "html", "number"]


def number(figure: Figure, shown: str) -> Markup:
    """Return a figure with its id where the reader can find it."""
    grade = f", {figure.grade}" if figure.grade else ""
    return Markup('<span class="n" data-figure="{}" title="{}">{}</span>').format(
        figure.fig_id, f"{figure.fig_id}{grade}", clean(Quote(figure, shown).unbroken)
    )


def html(content: Passage | Cell | None) -> Markup:
    """Return text, a figure or a passage as HTML, everything in it escaped."""
    if content is None:
        return Markup("")
    if isinstance(content, Figure):
        return number(content, content.number)
    if isinstance(content, Quote):
        return number(content.figure, content.shown)
    if isinstance(content, Passage):
        parts = [
            number(p.figure, p.shown)
            if isinstance(p, Quote)
            else Markup.escape(clean(p, edges=False))
            for p in content.parts
        ]
        return Markup("").join(parts)
    return Markup.escape(clean(content))


def grid(content: Grid) -> dict[str, Any]:
    """Return a table for the template: headings with units, rows with a heading cell first."""
    units = content.units or ("",) * len(content.header)
    return {
        "header": [
            {
                "name": name,
                "unit": unit,
                "numeric": any(isinstance(r[i], Figure | Quote) for r in content.rows),
            }
            for i, (name, unit) in enumerate(zip(content.header, units, strict=True))
        ],
        "rows": [[html(cell) for cell in row] for row in content.rows],
    }


def big(figure: Figure, words: str, below: Passage | str) -> dict[str, Any]:
    """Return a number big enough to quote, its words, its grade and a line below it."""
    shown = figure.text if figure.unit in {"%", "GBP"} else figure.number
    return {
        "value": number(figure, shown),
        "words": words,
        "grade": figure.grade,
        "below": html(below),
    }
