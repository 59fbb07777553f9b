"""How coverage has changed: one small picture a place, all on the same scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd
from markupsafe import Markup

from layers.lineage import Figure
from maps.board_compare import beside, country_series
from maps.board_html import html
from maps.measures import Measure, month
from maps.passages import clean, coarse, typeset
from maps.view import StudyView

__all__ = ["course", "panel"]

WIDTH, HEIGHT = 260, 132
LEFT, RIGHT, TOP, BOTTOM = 6, 58, 18, 22
LABEL_PX, LABEL_WIDTH = 13, 46
GRID = (0, 50, 100)
MOST_RELEASES = 6
DISTRICT, WHOLE = "LAD", ("study", "CAUTH")
LEVELS = {
    DISTRICT: "district",
    "WD": "ward",
    "PCON24": "constituency",
    "PCON10": "constituency of 2010",
    "study": "area",
}
NO_DATA = "no data"
MENDED = "definition, mended"
BREAK_MARK = "†"
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


def _runs(
    spots: Sequence[Spot], releases: Sequence[str], breaks: Mapping[str, str]
) -> list[tuple[list[Spot], float | None]]:
    """Return the stretches of a line between its breaks, each with where it breaks off."""
    runs: list[tuple[list[Spot], float | None]] = []
    run: list[Spot] = []
    for spot, release in zip(spots, releases, strict=True):
        if release in breaks and run:
            runs.append((run, (run[-1][0] + spot[0]) / 2))
            run = []
        run.append(spot)
    return [*runs, (run, None)]


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
    releases: Sequence[str],
    values: Mapping[str, Figure],
    country: Mapping[str, Figure],
    breaks: Mapping[str, str] = MappingProxyType({}),
) -> Markup:
    """Return shares over time from 0 to 100 %, with the first and the last value written beside.

    Parameters
    ----------
    releases
        Every release shown, oldest first; the scale in time is the same for every place.
    values, country
        Share by release of the place, and of the country it is held against.
    breaks
        Releases from which the values mean something else: the line is not drawn across.
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
    for run, spot in _runs(spots, sorted(r for r, f in values.items() if f.known), breaks):
        if run:
            parts.append(f'<path class="course" d="{_path(run)}"/>')
        if spot is not None:
            parts.append(f'<path class="break" d="M{spot:.1f},{TOP}V{HEIGHT - BOTTOM}"/>')
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


def _lines(study: StudyView, measure: Measure, level: str) -> pd.DataFrame:
    """Return one row an area and release: `area_id area_name release table row break_reason`.

    From the table of coverage over time, which marks breaks; where the study has none, from the
    coverage table, published values first.
    """
    table = study.coverage if study.series is None else study.series
    frame = table.frame
    levels = frame["level"].astype(str)
    held = frame[
        (frame["measure"].astype(str) == measure.series)
        & (levels.isin(WHOLE) if level == WHOLE[0] else levels.str.startswith(level))
        & frame["share_pct"].notna()
    ].assign(table=table.name)
    if "break" in held:
        broken = (held["break"].astype(str) != "") & (held["break"].astype(str) != MENDED)
        held["break_reason"] = held["break_reason"].astype(str).where(broken, "")
    else:
        held["break_reason"] = ""
    unit = ["release"] if level == WHOLE[0] else ["area_id", "release"]
    return held.sort_values(["level", "row"], kind="stable").drop_duplicates(unit)


def _row(study: StudyView, name: str, area: pd.DataFrame, shown: Sequence[str]) -> dict[str, Any]:
    """Return a place's figures by release, and the releases at which its line breaks."""
    cite = study.figures.cite
    told = (area[name].tolist() for name in ("release", "table", "row", "break_reason"))
    held = {str(release): rest for release, *rest in zip(*told, strict=True)}
    seen = [(release, *held[release]) for release in shown if release in held]
    return {
        "name": clean(name),
        "values": {
            release: coarse(cite(table, str(row), "share_pct"), 1)
            for release, table, row, _why in seen
        },
        "breaks": {release: clean(why) for release, _table, _row, why in seen if why},
    }


def _places(
    study: StudyView, measure: Measure, level: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the places of a level with their figures, and the releases shown, oldest first."""
    lines = _lines(study, measure, level)
    every = sorted(set(lines["release"].astype(str)))
    shown = every if len(every) <= MOST_RELEASES else [every[0], *every[1 - MOST_RELEASES :]]
    rows = [
        _row(study, area["area_name"].iloc[-1], area, shown)
        for _, area in lines.groupby("area_id", sort=True)
    ]
    rows.sort(key=lambda row: str(row["name"]))
    whole = _lines(study, measure, WHOLE[0]) if level == DISTRICT else lines.iloc[:0]
    if len(whole):
        rows.append(_row(study, study.area_name, whole, shown))
    return rows, shown


def course(study: StudyView, measure: Measure, level: str = DISTRICT) -> dict[str, Any] | None:
    """Return a measure by place and release: small pictures, and the table of the same numbers.

    `None` where fewer than two releases have a value at the level.
    """
    if level not in LEVELS:
        raise ValueError(f"no small pictures for level {level}")
    places, shown = _places(study, measure, level)
    if level == DISTRICT and not places:
        places, shown = _places(study, measure, WHOLE[0])
    if not places or len(shown) < 2:
        return None
    country = country_series(study, study.figures, measure.series)
    country = {release: figure for release, figure in country.items() if release in shown}
    reasons = dict.fromkeys(
        f"{month(release)}: {why}" for row in places for release, why in row["breaks"].items()
    )
    held = beside(study, study.figures, measure.series, shown[-1])
    return {
        "title": f"{measure.short} by {LEVELS[level]}, {month(shown[0])} to {month(shown[-1])}",
        "label": measure.label,
        "unit": LEVELS[level].capitalize(),
        "folded": level != DISTRICT,
        "months": [month(release) for release in shown],
        "rows": [
            {
                "name": row["name"],
                "panel": panel(shown, row["values"], country, row["breaks"]),
                "cells": [
                    html(row["values"].get(release, NO_DATA))
                    + (BREAK_MARK if release in row["breaks"] else "")
                    for release in shown
                ],
            }
            for row in places
        ],
        "country": [html(country.get(release, NO_DATA)) for release in shown] if country else [],
        "breaks": list(reasons),
        "mark": BREAK_MARK,
        # what no file says is said once, under the map
        "beside": html(held) if held.figures else "",
    }
