"""The board page: one self-contained page with the gap, its course, the rankings and the sources."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from layers.lineage import Figure, Figures
from maps import bid_rows, board_svg, measures, prose, style
from maps.assets import content_security_policy, template_text
from maps.board_case import case_block
from maps.board_changes import changes_block
from maps.board_compare import beside, districts_grid
from maps.board_course import course
from maps.board_decisions import decisions
from maps.board_downloads import downloads
from maps.board_funds import funds_grid
from maps.board_html import big, grid, html
from maps.board_plan import objectives_block, plan_block
from maps.board_projects import projects_block
from maps.board_sites import SiteMap, mark_svg
from maps.board_wards import wards_block
from maps.measures import MEASURES, Measure, Picture, month, stale
from maps.page_templates import PAGES
from maps.passages import Passage, Quote, clean, coarse, say
from maps.view import SAMPLE_RIBBON, CaseView, StudyView

__all__ = ["write_board"]

FEW = 60
COURSES = ("LAD", "WD", "PCON24")
POLICY_PLACE = "policy-goes-here"
MIME = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
FULL_FIBRE = next(m for m in MEASURES if m.key == "full_fibre")
GIGABIT = next(m for m in MEASURES if m.key == "gigabit")


def write_board(
    study: StudyView,
    cases: Sequence[CaseView],
    path: Path,
    *,
    gap_map_svg_or_png: Path | None = None,
    before_links: Callable[[], object] | None = None,
) -> None:
    """Write the board page.

    The page is complete in itself and complete without its script, which only ranks the sites
    again under other weights: no request, pictures inside. A Content-Security-Policy that allows
    only its own style and script, by their hashes, says so to the browser.

    Parameters
    ----------
    study, cases
        What to print; every number is quoted from their figures.
    path
        Where to write; links to a case's files are relative to it (`<case>/map.html`).
    gap_map_svg_or_png
        A picture to use for the map in place of the one drawn from the study's geometry.
    before_links
        Called before the files beside the page are looked for: it waits until they are written.
    """
    chart = SiteMap(study)
    blocks = [case_block(view, chart) for view in cases]
    live = any(block["live"]["sliders"] for block in blocks)
    shown = {
        "css": Markup(style.page_css() + template_text("board.css")),  # noqa: S704 - our own style
        "script": Markup(template_text("live.js") if live else ""),  # noqa: S704 - our own script
        "policy": POLICY_PLACE,
        "ribbon": SAMPLE_RIBBON if study.sample else "",
        "headline": _headline(study),
        "subtitle": _subtitle(study),
        "caution": html(prose.staleness(study, prose.release_of(study, FULL_FIBRE))),
        "numbers": _numbers(study),
        "decisions": decisions(study, cases) if study.edition != "public" else [],
        "public": study.edition == "public",
        "gap": _gap(study, gap_map_svg_or_png),
        "courses": [
            found
            for level in COURSES
            for measure in (FULL_FIBRE, GIGABIT)
            if (found := course(study, measure, level)) is not None
        ],
        "districts": grid(
            districts_grid(
                study,
                bid_rows.gaps_by_district(study, study.figures),
                bid_rows.gap_columns(study),
            )
        ),
        "district_notes": bid_rows.gap_notes(study),
        "wards": wards_block(study),
        "funds": grid(funds_grid(cases)),
        "changes": changes_block(study),
        "projects": projects_block(study, cases),
        "plan": plan_block(study, cases, chart),
        "objectives": objectives_block(study),
        "cases": blocks,
        "outline": chart.outline(),
        "site_marks": {kind: mark_svg(kind) for kind in ("kept", "entered", "left", "dots")},
        "sources": _sources(study),
        "quality": _quality(study),
        "attributions": [clean(statement) for statement in study.attributions],
        "notes": [clean(note) for note in study.notes],
        "study": study,
        "produced": prose.day(study),
        "grade_words": style.GRADE_WORDS,
    }
    if before_links is not None:
        before_links()
    page = PAGES.get_template("board.html").render(shown, downloads=downloads(path.parent, cases))
    page = page.replace(POLICY_PLACE, content_security_policy(page), 1)
    path.write_text(page, encoding="utf-8", newline="\n")


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
    return {"html": html(passage), "text": passage.text}


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


def _beside(study: StudyView) -> Passage:
    """Return the country and the target as a sentence of its own; empty where neither is known."""
    release = measures.latest_release(study, FULL_FIBRE)
    said = beside(study, study.figures, FULL_FIBRE.series, release)
    if not said.figures:
        return Passage(())
    first, *rest = said.parts
    opened = first[:1].upper() + first[1:] if isinstance(first, str) else first
    return Passage((opened, *rest, "."))


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
            say("of {n}.", n=whole[1])
            if since == measures.latest_release(study, FULL_FIBRE)
            else say(
                "of {n}; it was {share} in {month}.", n=whole[1], share=before, month=month(since)
            )
        )
        below += _beside(study)
        found.append(big(whole[0], "of premises have full fibre", below))
    least, best = (_extreme(study, "full_fibre_pct", most=flag) for flag in (False, True))
    if least is not None and best is not None:
        below = say("{name}, the highest, has {share}.", name=best[0], share=best[1])
        below += _beside(study)
        found.append(big(least[1], f"in {least[0]}, the lowest district for full fibre", below))
    without = _extreme(study, "without_full_fibre", most=True)
    if without is not None:
        words = f"premises without full fibre in {without[0]}"
        found.append(big(without[1], words, "more than in any other district"))
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
    table = "table" if few else f"file {drawn.table}.csv"
    label = f"Map of {study.area_name}: {where}. The {table} gives the same numbers."
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
        "beside": _comparison(study, drawn.measure, release),
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
            (name, html(value) if value else style.NO_DATA, grade) for name, value, grade in rows
        ],
    }


def _comparison(study: StudyView, measure: Measure, release: str) -> Markup:
    """Return the whole area, the country and the target for the measure of the map."""
    if not measure.series:
        return Markup("")
    other = beside(study, study.figures, measure.series, release)
    found = _whole(study, measure)
    if found is None:
        return html(say("To compare: {other}.", other=other))
    return html(say("{area}: {share}; {other}.", area=study.area_name, share=found[0], other=other))


def _sources(study: StudyView) -> list[list[str]]:
    def text(value: object) -> str:
        return "" if value is None or value != value else clean(value)  # noqa: PLR0124 - NaN

    held: dict[tuple[str, ...], list[str]] = {}
    for row in study.sources.frame.to_dict("records"):
        key = (
            text(row.get("title")) or text(row.get("path")),
            text(row.get("publisher")),
            text(row.get("licence")),
        )
        held.setdefault(key, []).append(text(row.get("vintage")))
    return [
        [title, publisher, _span(vintages), str(len(vintages)), licence]
        for (title, publisher, licence), vintages in sorted(held.items())
    ]


def _span(vintages: Sequence[str]) -> str:
    """Return what several files describe: a month, or the first and the last.

    >>> _span(["2024-01", "2018-09", "2020-09"]), _span(["", "2024-01"]), _span([""])
    ('September 2018 to January 2024', 'January 2024; date not stated', 'date not stated')
    """
    dated = sorted({v for v in vintages if v[:4].isdigit()})
    ends = [month(v) for v in dated[:1] + dated[-1:]]
    words = [" to ".join(dict.fromkeys(ends))] if ends else []
    return "; ".join(words + (["date not stated"] if len(dated) < len(set(vintages)) else []))


def _quality(study: StudyView) -> dict[str, Any]:
    table = study.quality
    names = ("rows_in", "used", "set_aside", "quarantined")
    keys = [str(key) for key in table.frame[table.key]]
    rows = [
        [
            Markup.escape(clean(table.cell(key, "path")).rsplit("/", 1)[-1]),
            *(html(study.figures.cite(table.name, key, name)) for name in names),
        ]
        for key in keys
    ]
    total = None
    if "total" in table:
        cells = {name: study.figures.cite(table.name, "total", name) for name in names}
        total = html(
            say(
                "{rows_in} in = {used} used + {set_aside} set aside + {quarantined} quarantined",
                **{name: Quote(figure, figure.number) for name, figure in cells.items()},
            )
        )
    return {"rows": rows, "total": total}
