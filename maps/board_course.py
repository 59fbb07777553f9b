"""How coverage has changed: one small picture a place, all on the same scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from layers.lineage import Figure
from maps import bid_rows, prose
from maps.board_compare import country_series
from maps.board_html import html
from maps.measures import Measure, month
from maps.passages import typeset
from maps.view import StudyView

__all__ = ["course", "panel"]

WIDTH, HEIGHT = 260, 132
LEFT, RIGHT, TOP, BOTTOM = 6, 58, 18, 22
LABEL_PX, LABEL_WIDTH = 13, 46
GRID = (0, 50, 100)
Spot = tuple[float, float]


def _months(release: str) -> int:
    year, _, number = release.partition("-")
    return int(year) * 12 + (int(number[:2]) if number[:2].isdigit() else 1)


def _year(release: str) -> str:
    return release.partition("-")[0]


def _spots(values: Mapping[str, Figure], start: int, end: int) -> list[Spot]:
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    found = []
    for release, figure in sorted(values.items()):
        when = _months(release)
        if figure.known and start <= when <= end:
            along = (when - start) / (end - start) if end > start else 1.0
            found.append((LEFT + along * wide, TOP + (1 - float(figure.value) / 100) * high))
    return found


def _path(spots: Sequence[Spot]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in spots)


def _label(spot: Spot, text: str, anchor: str, name: str) -> str:
    x, y = spot
    return (
        f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" font-size="{LABEL_PX}" '
        f'text-anchor="{anchor}">{Markup.escape(text)}</text>'
    )


def _clear(spots: Sequence[Spot]) -> float:
    """Return the height of the first label: over the line along its width, else under it."""
    (x, y), (next_x, next_y) = spots[0], spots[1]
    slope = (next_y - y) / max(next_x - x, 1.0)
    ahead = y + slope * min(LABEL_WIDTH, next_x - x)
    over = min(y, ahead) - 8
    return over if over > LABEL_PX else max(y, ahead) + LABEL_PX + 6


def panel(
    releases: Sequence[str], values: Mapping[str, Figure], country: Mapping[str, Figure]
) -> Markup:
    """Return shares over time from 0 to 100 %, with the first and the last value written beside.

    Parameters
    ----------
    releases
        Every release shown, oldest first; the scale in time is the same for every place.
    values, country
        Share by release of the place, and of the country it is held against.
    """
    times = [_months(release) for release in releases]
    start, end = min(times), max(times)
    spots = _spots(values, start, end)
    if not spots:
        return Markup("")
    high = HEIGHT - TOP - BOTTOM
    parts = [
        f'<path class="base" d="M{LEFT},{TOP + (1 - share / 100) * high:.1f}H{WIDTH - RIGHT}"/>'
        for share in GRID
    ]
    held = _spots(country, start, end)
    if len(held) > 1:
        parts.append(f'<path class="country" d="{_path(held)}"/>')
    elif held:
        parts.append(f'<path class="country" d="M{held[0][0] - 8:.1f},{held[0][1]:.1f}h16"/>')
    parts.append(f'<path class="course" d="{_path(spots)}"/>')
    known = [figure for _, figure in sorted(values.items()) if figure.known]
    (first_x, first_y), (last_x, last_y) = spots[0], spots[-1]
    parts.append(f'<circle cx="{last_x:.1f}" cy="{last_y:.1f}" r="3.5"/>')
    last = _label((last_x + 8, last_y + 4.5), typeset(known[-1].text), "start", "last")
    parts.append(last)
    if len(known) > 1:
        parts.append(f'<circle cx="{first_x:.1f}" cy="{first_y:.1f}" r="3.5"/>')
        parts.append(
            _label((max(first_x - 4, 2), _clear(spots)), typeset(known[0].text), "start", "first")
        )
    foot = HEIGHT - 6
    parts.append(_label((LEFT, foot), _year(releases[0]), "start", "when"))
    if end > start:
        parts.append(_label((WIDTH - RIGHT, foot), _year(releases[-1]), "end", "when"))
    return Markup(  # noqa: S704 - numbers, and text escaped above
        f'<svg class="course" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true">{"".join(parts)}</svg>'
    )


def course(study: StudyView, measure: Measure) -> dict[str, Any] | None:
    """Return a measure by place and release: small pictures, and the table of the same numbers."""
    if prose.releases(study, measure).empty:
        return None
    content, shown = bid_rows.since(study, study.figures, measure)
    if not content.rows or len(shown) < 2:
        return None
    country = country_series(study, study.figures, measure.series)
    country = {release: figure for release, figure in country.items() if release in shown}
    rows = []
    for name, *cells in content.rows:
        values = {
            release: cell
            for release, cell in zip(shown, cells, strict=True)
            if isinstance(cell, Figure) and cell.known
        }
        rows.append(
            {
                "name": html(name),
                "panel": panel(shown, values, country),
                "cells": [html(cell) for cell in cells],
            }
        )
    return {
        "title": f"{measure.short}, {month(shown[0])} to {month(shown[-1])}",
        "label": measure.label,
        "months": [month(release) for release in shown],
        "rows": rows,
        "country": [
            html(country[release]) if release in country else "no data" for release in shown
        ]
        if country
        else [],
    }
