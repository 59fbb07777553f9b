"""Printed maps: the finding as title, the gap, the sites, and all that a map must say of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from layers.lineage import Figures, Table
from maps import style
from maps.ink import choropleth, context, district_names, pins
from maps.listing import MOST_NUMBERED, list_title, named, ordered_sites
from maps.locator import on_grid
from maps.measures import (
    MEASURES,
    Measure,
    available,
    case_measure,
    finding,
    in_districts,
    picture,
    published,
    whole_area,
)
from maps.passages import clean
from maps.sheet import BODY, MARGIN, SMALL, Sheet, Size, fit_text, text_width, wrap_text
from maps.view import Approval, CaseView, Diary, StudyView
from maps.words import (
    alt_text,
    case_finding,
    case_subtitle,
    colophon,
    gap_alt_text,
    gap_subtitle,
    licence_line,
    reading_note,
    source_lines,
    summary_sentences,
)

__all__ = [
    "alt_text",
    "gap_alt_text",
    "gap_view",
    "print_view",
    "write_gap_map",
    "write_print_map",
]

TOP_SITES = {"A4": 10, "A3": 24}
NUMBERED = {"A4": 40, "A3": MOST_NUMBERED}  # more pins would hide the gap below them
# of the table and the sentences below it, in points; LINE is between two lines of one name
ROW, LINE, BELOW_TABLE, LEADING = 16.5, 9.0, 24.0, 12.5
NUMBERS = 110.0  # from the bars of scores to the right edge


def _site_key(sheet: Sheet, x: float, y: float, *, crowded: bool) -> float:
    sheet.text(x, y, "Sites", BODY, bold=True)
    y += 15
    sheet.disc(x + 10, y - 3, 6.4, style.VERMILION, style.INK, 0.7)
    sheet.text(x + 10, y, "1", SMALL, bold=True, align="center")
    sheet.text(x + 27, y, "chosen, with rank", BODY)
    if crowded:
        y += 14
        sheet.disc(x + 10, y - 3, 3.6, style.VERMILION, style.INK, 0.7)
        sheet.text(x + 27, y, "chosen, see the list", BODY)
    y += 15
    sheet.disc(x + 10, y - 3, 3.6, "white", style.VERMILION, 1.5)
    sheet.text(x + 27, y, "ranked, not chosen", BODY)
    y += 14
    sheet.diamond(x + 10, y - 3, 5.2, 1.1)
    sheet.text(x + 27, y, "to verify", BODY)
    y += 13.2
    sheet.disc(x + 10, y - 3, 1.9, "#c8ccd0", "#33383c", 0.5)
    sheet.text(x + 27, y, "excluded, not ranked", BODY)
    return y + 13.2


def _site_table(sheet: Sheet, view: CaseView, y: float, bottom: float, most: int) -> None:
    """Write the best sites beside the map, as many as leave room for the sentences below them."""
    frame = ordered_sites(view)
    listed = frame[frame["status"].isin(("ranked", "to verify"))].head(most)
    right = sheet.width - MARGIN
    told = wrap_text(" ".join(summary_sentences(view)), BODY, right - sheet.column)
    last = bottom - 4 - (BELOW_TABLE + LEADING * (len(told) - 1) if told else 0)
    bar = right - NUMBERS
    title = list_title(view)
    sheet.text(sheet.column, y, title, BODY, bold=True)
    if text_width(title, BODY, bold=True) > bar - sheet.column - 6:
        y += LEADING
    sheet.text(bar, y, "Score", SMALL)
    sheet.text(right, y, "Cost", SMALL, align="right")
    y += 5
    sheet.line(sheet.column, y, right, y, 0.8, style.INK)
    for row in listed.to_dict("records"):
        bold = bool(row["chosen"])
        lines, size = _name_lines(
            named(str(row["name"]), row["kind"]), bar - sheet.column - 26, bold=bold
        )
        lower = LINE * (len(lines) - 1)
        if y + ROW + lower > last:
            break
        y += ROW
        site_id = str(row["site_id"])
        rank, score, cost = (
            view.figures.cite("ranking", site_id, column)
            for column in ("rank", "score", "cost_gbp")
        )
        sheet.text(sheet.column + 13, y, rank.number, BODY, align="right")
        for i, line in enumerate(lines):
            sheet.text(sheet.column + 20, y + LINE * i, line, size, bold=bold)
        if score.known:
            sheet.box(bar, y - 6.5, 24, 7, "white", edge=style.HAIRLINE)
            sheet.box(bar, y - 6.5, 24 * float(score.value), 7, style.VERMILION)
        sheet.text(bar + 54, y, score.number, SMALL, align="right")
        sheet.text(right, y, cost.text, SMALL, align="right")
        y += lower
        sheet.line(sheet.column, y + 5, right, y + 5, 0.35)
    for i, line in enumerate(told):
        sheet.text(sheet.column, y + BELOW_TABLE + LEADING * i, line, BODY)


def _name_lines(name: str, room: float, *, bold: bool) -> tuple[list[str], float]:
    """Return a site's name in one line, or smaller in two where it is longer, and the size."""
    name = clean(name)
    if text_width(name, BODY, bold=bold) <= room:
        return [name], BODY
    lines = wrap_text(name, SMALL, room, bold=bold)
    lines = [lines[0], " ".join(lines[1:])] if len(lines) > 1 else lines
    return [fit_text(line, SMALL, room, bold=bold) for line in lines], SMALL


def _credits(sheet: Sheet, study: StudyView, table: Table, note: str) -> float:
    """Write what the map must say of itself; return where the foot starts, from the top."""
    first = [source.src for source in table.sources]
    sources = f"Sources: {'; '.join(source_lines(study, first))}."
    return sheet.foot(note, sources, [licence_line(study), colophon(study)])


def print_view(view: CaseView) -> CaseView:
    """Return only what a case's printed map is drawn from: where it is equal, so is the map."""
    tables = [view.ranking, view.summary, view.criteria, *_gap_tables(view.study)]
    return replace(
        view,
        study=gap_view(view.study),
        figures=Figures(tables, view.figures.scope),
        weight_tests=None, buildings=None, more={}, routes=None, catchments=None, rasters=(), places=(),
        notes=(), diary=Diary(), approval=Approval(),
    )  # fmt: skip


def gap_view(study: StudyView) -> StudyView:
    """Return only what the map of the gap is drawn from."""
    return replace(
        study,
        figures=Figures(_gap_tables(study), study.figures.scope),
        notes=(), plan=None, series=None, targets=None, projects=None, changes=None, edition="",
        postcodes=None, rasters=(), water=None, place_names=None, ward_gaps=None,
    )  # fmt: skip


def _gap_tables(study: StudyView) -> list[Table]:
    return [study.district_gaps, study.area_gaps, study.coverage, study.sources]


def write_print_map(view: CaseView, png: Path, pdf: Path, *, size: Size = "A4") -> None:
    """Write a case's map for print: landscape, PNG at 300 dots to the inch and vector PDF.

    Parameters
    ----------
    view
        The case; figures that the map prints are quoted in `view.figures`.
    png, pdf
        Files to write.
    size
        `A4` or `A3`: letters keep their size, the map and the list of sites grow.
    """
    study, measure = view.study, case_measure(view)
    sheet = Sheet(case_finding(view), case_subtitle(view), sample=study.sample, size=size)
    drawn = picture(study, measure) if measure is not None else None
    grades = drawn.grades_shown if drawn is not None else set()
    note = reading_note(measure, grades, sites=True)
    bottom = _credits(sheet, study, view.study.area_gaps, note)
    bounds = study.districts.total_bounds
    axes, metres = sheet.map_axes(bounds, MARGIN, sheet.top + 6, sheet.column - 24, bottom - 8)
    choropleth(axes, study, drawn)
    shapes = context(axes, study)
    obstacles = pins(axes, view, metres, NUMBERED[size])
    inset = on_grid(sheet, axes, shapes, obstacles)
    district_names(axes, study, shapes, np.vstack([obstacles, inset]), metres)
    y = sheet.top + 22
    low = y
    if drawn is not None:
        measure = drawn.measure
        low = sheet.legend(
            sheet.column, y, measure.label, drawn.usual_grade, deficit=measure.deficit
        )
    crowded = int(ordered_sites(view)["chosen"].sum()) > NUMBERED[size]
    keyed = _site_key(sheet, sheet.column + 142, y, crowded=crowded)
    side = sheet.grade_key(sheet.column + 142, keyed + 4)
    _site_table(sheet, view, max(low, side) + 14, bottom, TOP_SITES[size])
    author = f"Prepared with infra {study.version}"
    sheet.save(png, pdf, alt_text(view), author, study.as_of)


def _bars(sheet: Sheet, study: StudyView, measure: Measure, y: float, bottom: float) -> None:
    """Write the districts' shares as bars, the widest gap last, each with its grade."""
    if measure not in in_districts(study):
        return
    table = study.district_gaps
    names = dict(zip(study.districts["id"].astype(str), study.districts["name"], strict=True))
    frame = table.frame[table.frame[table.key].astype(str).isin(names)]
    frame = frame.sort_values(
        [measure.share, table.key], ascending=[measure.deficit, True], kind="stable"
    )
    sheet.text(sheet.column, y, "By district", BODY, bold=True)
    wide = max(text_width(str(name), BODY) for name in names.values()) if names else 0
    start = sheet.column + min(wide, 110) + 10
    room = sheet.width - MARGIN - 44 - start
    step = min(26.0, (bottom - y - 8) / max(len(frame), 1))
    for key in frame[table.key].astype(str):
        y += step
        figure = study.figures.cite("district_gaps", key, measure.share)
        sheet.text(start - 8, y, fit_text(str(names[key]), BODY, 112), BODY, align="right")
        if not figure.known:
            sheet.text(start, y, figure.text, BODY, colour=style.QUIET)
            continue
        length = room * float(figure.value) / 100
        fill = style.BLUE if figure.grade == "measured" else "#5b6f94"
        sheet.box(
            start, y - 10, length, 13, fill,
            hatch=style.HATCHES.get(figure.grade, ""), hatch_colour="white",
        )  # fmt: skip
        sheet.text(start + length + 5, y, figure.text, BODY)


def _headline(sheet: Sheet, study: StudyView, measure: Measure, y: float) -> float:
    """Write the share over the whole area large; return the line below."""
    row = whole_area(study, measure)
    if not row:
        return y
    share = study.figures.cite("coverage", row, "share_pct")
    premises = study.figures.cite("coverage", row, "premises")
    sheet.text(sheet.column, y + 22, share.text, 28, bold=True)
    words = f"of {premises.text}, {share.grade}" if premises.known else share.grade
    sheet.text(sheet.column, y + 38, words, BODY, colour="#2c3135")
    return y + 62


def write_gap_map(
    study: StudyView, png: Path, pdf: Path, measure: str = "full_fibre", *, size: Size = "A4"
) -> None:
    """Write the map of a coverage gap over the whole study, districts in bars beside it.

    Constituencies as published (measured) are drawn where the study can draw them, small areas
    otherwise.

    Parameters
    ----------
    study
        The study; figures that the map prints are quoted in `study.figures`.
    png, pdf
        Files to write.
    measure
        Key of one of `maps.measures.MEASURES`.
    size
        `A4` or `A3`.

    Raises
    ------
    KeyError
        When there is no such measure.
    """
    wanted = [m for m in MEASURES if m.key == measure]
    if not wanted:
        raise KeyError(measure)
    chosen = wanted[0]
    drawn = published(study, chosen)
    if drawn is None and chosen in available(study):
        drawn = picture(study, chosen)
    unit = drawn.unit_name if drawn is not None else "district"
    words = (finding(study, chosen), gap_subtitle(study, chosen, unit))
    sheet = Sheet(*words, sample=study.sample, size=size)
    grades = drawn.grades_shown if drawn is not None else set()
    note = reading_note(chosen, grades, sites=False)
    bottom = _credits(sheet, study, study.coverage, note)
    axes, metres = sheet.map_axes(
        study.districts.total_bounds, MARGIN, sheet.top + 6, sheet.column - 24, bottom - 8
    )
    choropleth(axes, study, drawn)
    shapes = context(axes, study)
    inset = on_grid(sheet, axes, shapes, np.zeros((0, 4)))
    district_names(axes, study, shapes, inset, metres)
    grade = drawn.usual_grade if drawn is not None else "measured"
    y = sheet.top + 22
    low = sheet.legend(sheet.column, y, chosen.label, grade, deficit=chosen.deficit)
    sheet.grade_key(sheet.column + 142, y)
    y = _headline(sheet, study, chosen, low + 12)
    _bars(sheet, study, chosen, y, bottom)
    author = f"Prepared with infra {study.version}"
    sheet.save(png, pdf, gap_alt_text(study, chosen), author, study.as_of)
