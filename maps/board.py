"""The board page: one self-contained page with the gap, its course, the rankings and the sources."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from layers.lineage import Figure, Figures
from maps import bid_rows, board_svg, measures, prose, style
from maps.bid_rows import Cell
from maps.measures import MEASURES, Measure, Picture, month, stale
from maps.passages import Passage, Quote, clean, coarse, say
from maps.view import SAMPLE_RIBBON, CaseView, StudyView

__all__ = ["write_board"]

TEMPLATES = Path(__file__).with_name("templates")
TOP = 8
FEW = 60
MIME = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
FULL_FIBRE = next(m for m in MEASURES if m.key == "full_fibre")
GIGABIT = next(m for m in MEASURES if m.key == "gigabit")
LINKS = (
    ("map.html", "Map"),
    ("ranking.csv", "Whole ranking (CSV)"),
    ("bid.docx", "Bid (Word)"),
    ("bid.xlsx", "Workbook (Excel)"),
)


def write_board(
    study: StudyView,
    cases: Sequence[CaseView],
    path: Path,
    *,
    gap_map_svg_or_png: Path | None = None,
) -> None:
    """Write the board page.

    The page is complete in itself: no script, no request, pictures inside. A Content-Security-
    Policy that allows only its own style says so to the browser.

    Parameters
    ----------
    study, cases
        What to print; every number is quoted from their figures.
    path
        Where to write; links to a case's files are relative to it (`<case>/map.html`).
    gap_map_svg_or_png
        A picture to use for the map in place of the one drawn from the study's geometry.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    css = style.page_css() + (TEMPLATES / "board.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode("ascii")
    page = environment.get_template("board.html").render(
        css=Markup(css),  # noqa: S704 - our own style sheet
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'",
        ribbon=SAMPLE_RIBBON if study.sample else "",
        headline=_headline(study),
        subtitle=_subtitle(study),
        caution=_html(prose.staleness(study, prose.release_of(study, FULL_FIBRE))),
        numbers=_numbers(study),
        gap=_gap(study, gap_map_svg_or_png),
        courses=[c for c in (_course(study, m) for m in (FULL_FIBRE, GIGABIT)) if c],
        districts=_grid(bid_rows.gaps_by_district(study, study.figures)),
        district_notes=bid_rows.gap_notes(study),
        cases=[_case(view) for view in cases],
        sources=_sources(study),
        quality=_quality(study),
        attributions=[clean(statement) for statement in study.attributions],
        notes=[clean(note) for note in study.notes],
        study=study,
        produced=prose.day(study),
        grade_words=style.GRADE_WORDS,
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def _number(figure: Figure, shown: str) -> Markup:
    grade = f", {figure.grade}" if figure.grade else ""
    return Markup('<span class="n" data-figure="{}" title="{}">{}</span>').format(
        figure.fig_id, f"{figure.fig_id}{grade}", clean(Quote(figure, shown).unbroken)
    )


def _html(content: Passage | Cell | None) -> Markup:
    """Return text, a figure or a passage as HTML, everything in it escaped."""
    if content is None:
        return Markup("")
    if isinstance(content, Figure):
        return _number(content, content.number)
    if isinstance(content, Quote):
        return _number(content.figure, content.shown)
    if isinstance(content, Passage):
        parts = [
            _number(p.figure, p.shown)
            if isinstance(p, Quote)
            else Markup.escape(clean(p, edges=False))
            for p in content.parts
        ]
        return Markup("").join(parts)
    return Markup.escape(clean(content))


def _grid(content: bid_rows.Grid) -> dict[str, Any]:
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
        "rows": [[_html(cell) for cell in row] for row in content.rows],
    }


def _whole(study: StudyView, measure: Measure) -> tuple[Figure, Figure] | None:
    """Return the share and the premises of the whole area, newest release."""
    row = measures.whole_area(study, measure)
    if not row:
        return None
    cite = study.figures.cite
    return coarse(cite("coverage", row, "share_pct"), 1), cite("coverage", row, "premises")


def _headline(study: StudyView) -> dict[str, Any]:
    found = _whole(study, FULL_FIBRE)
    if found is None:
        text = measures.finding(study, FULL_FIBRE)
        return {"html": Markup.escape(text), "text": text}
    release = measures.latest_release(study, FULL_FIBRE)
    passage = say(
        "By {month} full fibre reached {share} of premises", month=month(release), share=found[0]
    )
    return {"html": _html(passage), "text": passage.text}


def _subtitle(study: StudyView) -> str:
    """Return the area, the month of each kind of coverage with a word where it is old, and the run."""
    held: dict[str, list[str]] = {}
    for measure in measures.in_districts(study):
        release = prose.release_of(study, measure)
        if release:
            name = (
                measure.short
                if measure.short[:1].isdigit()
                else measure.short[:1].lower() + measure.short[1:]
            )
            held.setdefault(release, []).append(name)
    parts = [clean(study.area_name)]
    for release, names in sorted(held.items()):
        old = ", over 12 months old" if stale(release, study.as_of) else ""
        parts.append(f"Coverage of {month(release)}{old} ({'; '.join(names)})")
    parts.append(f"Rankings as of {prose.day(study)}")
    return ". ".join(parts) + "."


def _extreme(study: StudyView, column: str, *, most: bool) -> tuple[str, Figure] | None:
    table = study.district_gaps
    if column not in table.columns:
        return None
    frame = table.frame[table.frame[column].notna()]
    frame = frame[frame[table.key].astype(str).isin(bid_rows.district_ids(study))]
    if frame.empty:
        return None
    ordered = frame.sort_values([column, table.key], kind="stable")
    key = str(ordered[table.key].iloc[-1 if most else 0])
    return bid_rows.district_name(study, key), study.figures.cite("district_gaps", key, column)


def _big(figure: Figure, words: str, below: Passage | str) -> dict[str, Any]:
    shown = figure.text if figure.unit == "%" else figure.number
    return {
        "value": _number(figure, shown),
        "words": words,
        "grade": figure.grade,
        "below": _html(below),
    }


def _numbers(study: StudyView) -> list[dict[str, Any]]:
    """Return up to three numbers big enough to quote, each with its grade."""
    found: list[dict[str, Any]] = []
    whole = _whole(study, FULL_FIBRE)
    if whole is not None:
        rows = prose.releases(study, FULL_FIBRE)
        rows = rows[rows["level"].astype(str) == "study"]
        first = rows.iloc[0]
        before = coarse(study.figures.cite("coverage", str(first["row"]), "share_pct"), 1)
        since = str(first["release"])
        below = (
            say("of {n}", n=whole[1])
            if since == measures.latest_release(study, FULL_FIBRE)
            else say(
                "of {n}; it was {share} in {month}", n=whole[1], share=before, month=month(since)
            )
        )
        found.append(_big(whole[0], "of premises have full fibre", below))
    least, best = (_extreme(study, "full_fibre_pct", most=flag) for flag in (False, True))
    if least is not None and best is not None:
        below = say("{name}, the highest, has {share}", name=best[0], share=best[1])
        found.append(_big(least[1], f"in {least[0]}, the lowest district for full fibre", below))
    without = _extreme(study, "without_full_fibre", most=True)
    if without is not None:
        words = f"premises without full fibre in {without[0]}"
        found.append(_big(without[1], words, "more than in any other district"))
    return found[:3]


def _drawn(study: StudyView) -> Picture | None:
    for measure in measures.available(study):
        shown = measures.published(study, measure) or measures.picture(study, measure)
        if any(index is not None for index in shown.classes):
            return shown
    return None


def _figures_of(figures: Figures, drawn: Picture) -> list[Figure | None]:
    return [
        coarse(figures.cite(drawn.table, row, drawn.column), 1) if row else None
        for row in drawn.rows
    ]


def _gap(study: StudyView, picture: Path | None) -> dict[str, Any] | None:
    """Return the map with its legend and, where the shapes are few, the same numbers as rows."""
    drawn = _drawn(study)
    if drawn is None:
        return None
    few = len(drawn.rows) <= FEW
    values = _figures_of(study.figures, drawn) if few else [None] * len(drawn.rows)
    found = measures.finding(study, drawn.measure)
    where = f"{drawn.measure.label}, by {drawn.unit_name}"
    label = f"Map of {study.area_name}: {where}. The table gives the same numbers."
    if picture is not None:
        kind = MIME[picture.suffix.lower()]
        data = base64.b64encode(picture.read_bytes()).decode("ascii")
        image = Markup('<img class="map" alt="{}" src="data:{};base64,{}">').format(
            label, kind, data
        )
    else:
        image = board_svg.map_svg(study, drawn, values, label)
    grade = drawn.usual_grade
    names = [clean(name) for name in drawn.shapes["name"]]
    rows = sorted(zip(names, values, drawn.grades, strict=True), key=lambda r: r[0]) if few else []
    release = prose.release_of(study, drawn.measure)
    return {
        "title": found,
        "where": f"{where}, {month(release)}" if release else where,
        "image": image,
        "drawn": picture is None,
        "legend": [
            {"mark": board_svg.swatch(index, grade), "words": words}
            for index, words in style.legend_entries(deficit=drawn.measure.deficit)
        ],
        "mixed": len(drawn.grades_shown) != 1 or "" in drawn.grades,
        "grades": sorted(drawn.grades_shown, key=style.GRADES.index),
        "unit": drawn.unit_name,
        "short": drawn.measure.short,
        "rows": [
            (name, _html(value) if value else style.NO_DATA, grade) for name, value, grade in rows
        ],
    }


def _course(study: StudyView, measure: Measure) -> dict[str, Any] | None:
    """Return a measure by district and release, with a small line for each."""
    if prose.releases(study, measure).empty:
        return None
    content, shown = bid_rows.since(study, study.figures, measure)
    if not content.rows or len(shown) < 2:
        return None
    rows = []
    for name, *cells in content.rows:
        values = [cell if isinstance(cell, Figure) else None for cell in cells]
        rows.append(
            {
                "name": _html(name),
                "line": board_svg.line(shown, values),
                "cells": [_html(c) for c in cells],
            }
        )
    return {
        "title": f"{measure.short}, {month(shown[0])} to {month(shown[-1])}",
        "label": measure.label,
        "months": [month(release) for release in shown],
        "rows": rows,
    }


def _case(view: CaseView) -> dict[str, Any]:
    """Return one ranking: the ask, the first sites, what is to verify, and links."""
    frame = view.ranking.frame
    ranked = frame[frame["rank"].notna()].sort_values(["rank", view.ranking.key], kind="stable")
    rows = []
    cite = view.figures.cite
    for site in ranked.head(TOP).to_dict("records"):
        key = str(site[view.ranking.key])
        score = coarse(cite("ranking", key, "score"), 2)
        rows.append(
            {
                "rank": _html(cite("ranking", key, "rank")),
                "name": clean(site["name"]),
                "district": clean(site["lad_name"]),
                "bar": board_svg.bar(score),
                "score": _html(score),
                "range": score.range_text,
                "cost": _html(Quote(cost := cite("ranking", key, "cost_gbp"), cost.text)),
                "status": bid_rows.status_words(pd.Series(site)),
            }
        )
    closed = view.profile.status.strip().lower() == "closed"
    return {
        "key": view.key,
        "title": clean(view.title),
        "fund": prose.fund_name(view),
        "closed": "CLOSED: practice only" if closed else "",
        "sentences": [
            _html(passage)
            for passage in (
                prose.ask(view) + prose.unquoted(view),
                prose.why_none(view) + prose.if_verified(view),
                prose.fate_of_candidates(view),
                prose.value_for_money(view),
            )
            if passage.parts
        ],
        "rows": rows,
        "verify": _grid(bid_rows.open_gates(view, "unknown", TOP)),
        "links": [{"href": f"{view.key}/{file}", "words": words} for file, words in LINKS],
    }


def _sources(study: StudyView) -> list[list[str]]:
    def text(value: object) -> str:
        return "" if value is None or value != value else clean(value)  # noqa: PLR0124 - NaN

    rows = [
        [
            text(row.get("title")) or text(row.get("path")),
            text(row.get("publisher")),
            month(text(row.get("vintage"))),
            text(row.get("licence")),
            text(row.get("sha256"))[:8] or text(row.get("src")),
        ]
        for row in study.sources.frame.to_dict("records")
    ]
    return sorted(rows)


def _quality(study: StudyView) -> dict[str, Any]:
    table = study.quality
    names = ("rows_in", "used", "set_aside", "quarantined")
    keys = [str(key) for key in table.frame[table.key]]
    rows = [
        [
            Markup.escape(clean(table.cell(key, "path")).rsplit("/", 1)[-1]),
            *(_html(study.figures.cite(table.name, key, name)) for name in names),
        ]
        for key in keys
    ]
    total = None
    if "total" in table:
        cells = {name: study.figures.cite(table.name, "total", name) for name in names}
        total = _html(
            say(
                "{rows_in} in = {used} used + {set_aside} set aside + {quarantined} quarantined",
                **{name: Quote(figure, figure.number) for name, figure in cells.items()},
            )
        )
    return {"rows": rows, "total": total}
