"""Printed maps: the finding as title, the gap, the sites, and all that a map must say of itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.patches import Circle, Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from maps import style
from maps.measures import (
    MEASURES,
    Measure,
    available,
    case_measure,
    finding,
    grades_of,
    published,
    whole_area,
)
from maps.placement import label_places, spread
from maps.sheet import (
    BODY,
    MARGIN,
    SMALL,
    WIDTH,
    Sheet,
    _font,
    fill_shapes,
    fit_text,
    rule_shapes,
    text_width,
    wrap_text,
)
from maps.simplify import simplified
from maps.view import CaseView, StudyView
from maps.webdata import ordered_sites, site_points
from maps.words import (
    alt_text,
    case_finding,
    case_subtitle,
    credits,
    gap_alt_text,
    gap_subtitle,
    grades_shown,
    reading_note,
    source_lines,
    summary_sentences,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["alt_text", "gap_alt_text", "write_gap_map", "write_print_map"]

PRINT_TOLERANCE_M = 15.0
COLUMN = 540.0  # where the column beside the map starts, in points
PIN = 8.2
TOP_SITES = 10
ROAD_KINDS = ("motorway", "trunk", "primary")


def _choropleth(axes: Axes, study: StudyView, measure: Measure | None) -> None:
    """Fill the small areas by class and grade."""
    frame = study.areas
    shapes = simplified(frame.geometry, PRINT_TOLERANCE_M)
    classes: list[int | None] = [None] * len(frame)
    grades = [""] * len(frame)
    if measure is not None:
        table = study.area_gaps
        held = dict(
            zip(
                table.frame[table.key].astype(str),
                zip(table.frame[measure.share], grades_of(table, measure.share), strict=True),
                strict=True,
            )
        )
        for i, area in enumerate(frame["id"].astype(str)):
            value, grade = held.get(area, (None, ""))
            classes[i] = style.class_of(value, deficit=measure.deficit)
            grades[i] = str(grade) or "estimated"
    _fill_groups(axes, shapes, classes, grades)
    rule_shapes(axes, shapes, "white", 0.35 if len(shapes) < 500 else 0.18, 2)


def _fill_groups(
    axes: Axes, shapes: NDArray[Any], classes: list[int | None], grades: list[str]
) -> None:
    marks = np.array(
        ["none" if c is None else f"{c}{g}" for c, g in zip(classes, grades, strict=True)]
    )
    for mark in sorted(set(marks)):
        group = shapes[marks == mark]
        first = int(np.flatnonzero(marks == mark)[0])
        fill_shapes(axes, group, classes[first], grades[first])


def _context(axes: Axes, study: StudyView) -> NDArray[Any]:
    """Draw main roads and district bounds; return the districts drawn."""
    roads = study.roads
    if roads is not None and not roads.empty:
        main = roads[roads["kind"].astype(str).str.removesuffix("_link").isin(ROAD_KINDS)]
        for line in shapely.get_parts(main.geometry.to_numpy()):
            xy = shapely.get_coordinates(shapely.simplify(line, PRINT_TOLERANCE_M))
            axes.plot(xy[:, 0], xy[:, 1], color="white", alpha=0.55, lw=0.9, zorder=3)
    shapes = simplified(study.districts.geometry, PRINT_TOLERANCE_M)
    rule_shapes(axes, shapes, style.INK, 0.9, 4)
    return shapes


def _names(
    axes: Axes,
    study: StudyView,
    shapes: NDArray[Any],
    obstacles: NDArray[np.float64],
    metres: float,
) -> None:
    """Write the districts' names clear of the marks."""
    names = [str(name) for name in study.districts["name"]]
    sizes = np.array(
        [((text_width(name, BODY, bold=True) + 6) * metres, 14 * metres) for name in names]
    )
    halo = [withStroke(linewidth=2.6, foreground="white")]
    places = label_places(shapes, sizes.reshape(-1, 2), obstacles)
    for name, (x, y) in zip(names, places, strict=True):
        axes.text(
            x,
            y,
            name,
            fontproperties=_font(BODY, True, False),  # noqa: FBT003
            color=style.INK,
            ha="center",
            va="center_baseline",
            zorder=9,
            path_effects=halo,
        )


def _diamond(axes: Axes, x: float, y: float, radius: float, width: float, zorder: float) -> None:
    corners = [(x, y + radius), (x + radius, y), (x, y - radius), (x - radius, y)]
    pens: tuple[dict[str, Any], dict[str, Any]] = (
        {"facecolor": "white", "edgecolor": style.INK, "lw": width + 0.9},
        {"facecolor": "none", "edgecolor": style.VERMILION, "lw": width, "ls": (0, (2.2, 1.3))},
    )
    for pen in pens:
        axes.add_patch(Polygon(corners, zorder=zorder, **pen))


def _small_marks(axes: Axes, frame: pd.DataFrame, points: NDArray[Any], metres: float) -> None:
    """Draw the sites that carry no number, by shape."""
    placed = ~shapely.is_empty(points) & ~frame["numbered"].to_numpy(bool)
    for i in np.flatnonzero(placed)[::-1]:
        x, y = shapely.get_x(points[i]), shapely.get_y(points[i])
        status = frame["status"].iat[i]
        if status == "to verify":
            _diamond(axes, x, y, 3.6 * metres, 0.8, 5)
        elif status == "ranked":
            axes.add_patch(Circle((x, y), 3.2 * metres, fc="white", ec=style.INK, lw=1.5, zorder=5))
            axes.add_patch(
                Circle((x, y), 3.2 * metres, fc="none", ec=style.VERMILION, lw=1.0, zorder=5)
            )
        else:
            axes.add_patch(
                Circle((x, y), 1.6 * metres, fc="#c8ccd0", ec="#33383c", lw=0.5, zorder=4.5)
            )


def _pins(axes: Axes, view: CaseView, metres: float) -> NDArray[np.float64]:
    """Draw the sites; return the boxes that the numbered ones cover."""
    frame = ordered_sites(view)
    points = site_points(view, frame["site_id"])
    _small_marks(axes, frame, points, metres)
    numbered = np.flatnonzero(frame["numbered"].to_numpy(bool) & ~shapely.is_empty(points))
    true = shapely.get_coordinates(points[numbered])
    shown = spread(true, PIN * 1.08 * metres)
    for place in range(len(numbered) - 1, -1, -1):
        row = frame.iloc[numbered[place]]
        (x, y), (x0, y0) = shown[place], true[place]
        if np.hypot(x - x0, y - y0) > 0.3 * PIN * metres:
            axes.plot([x0, x], [y0, y], color=style.INK, lw=0.8, zorder=6)
            axes.add_patch(Circle((x0, y0), 1.3 * metres, fc=style.INK, lw=0, zorder=6))
        _pin(axes, x, y, row, metres)
        axes.text(
            x,
            y,
            view.figures.cite("ranking", str(row["site_id"]), "rank").number,
            fontproperties=_font(SMALL, True, False),  # noqa: FBT003
            color=style.INK,
            ha="center",
            va="center_baseline",
            zorder=8,
        )
    half = PIN * 1.15 * metres
    return np.hstack([shown - half, shown + half]).reshape(-1, 4)


def _pin(axes: Axes, x: float, y: float, row: pd.Series[Any], metres: float) -> None:
    if row["status"] == "to verify":
        _diamond(axes, x, y, 1.3 * PIN * metres, 1.3, 7)
        return
    fill = style.VERMILION if row["chosen"] else "white"
    ring = "white" if row["chosen"] else style.VERMILION
    axes.add_patch(Circle((x, y), PIN * metres, fc=style.INK, lw=0, zorder=7))
    axes.add_patch(Circle((x, y), (PIN - 0.6) * metres, fc=fill, ec=ring, lw=1.2, zorder=7))


def _site_key(sheet: Sheet, x: float, y: float) -> float:
    sheet.text(x, y, "Sites", BODY, bold=True)
    y += 15
    sheet.disc(x + 10, y - 3, 6.4, style.VERMILION, style.INK, 0.7)
    sheet.text(x + 10, y, "1", SMALL, bold=True, align="center")
    sheet.text(x + 27, y, "chosen, with rank", BODY)
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


def _site_table(sheet: Sheet, view: CaseView, y: float, bottom: float) -> None:
    """Write the best sites beside the map, as far as there is room."""
    frame = ordered_sites(view)
    listed = frame[frame["status"].isin(("ranked", "to verify"))].head(TOP_SITES)
    right = WIDTH - MARGIN
    sheet.text(COLUMN, y, "Sites in order", BODY, bold=True)
    sheet.text(COLUMN + 176, y, "Score", SMALL, align="left")
    sheet.text(right, y, "Cost", SMALL, align="right")
    y += 5
    sheet.line(COLUMN, y, right, y, 0.8, style.INK)
    for row in listed.to_dict("records"):
        y += 16.5
        if y > bottom - 4:
            break
        site_id = str(row["site_id"])
        rank, score, cost = (
            view.figures.cite("ranking", site_id, column)
            for column in ("rank", "score", "cost_gbp")
        )
        sheet.text(COLUMN + 13, y, rank.number, BODY, align="right")
        bold = bool(row["chosen"])
        name = fit_text(str(row["name"]), BODY, 150, bold=bold)
        sheet.text(COLUMN + 20, y, name, BODY, bold=bold)
        if score.known:
            sheet.box(COLUMN + 176, y - 6.5, 28, 7, "white", edge=style.HAIRLINE)
            sheet.box(COLUMN + 176, y - 6.5, 28 * float(score.value), 7, style.VERMILION)
        sheet.text(COLUMN + 229, y, score.number, SMALL, align="right")
        sheet.text(right, y, cost.text, SMALL, align="right")
        sheet.line(COLUMN, y + 5, right, y + 5, 0.35)
    y += 24
    for line in wrap_text(" ".join(summary_sentences(view)), BODY, right - COLUMN):
        if y > bottom - 4:
            break
        sheet.text(COLUMN, y, line, BODY)
        y += 12.5


def _most_used_grade(study: StudyView, measure: Measure) -> str:
    grades = grades_of(study.area_gaps, measure.share)
    counts = [int((grades == grade).sum()) for grade in style.GRADES]
    return style.GRADES[int(np.argmax(counts))]


def _paragraphs(study: StudyView) -> list[str]:
    return [
        f"Sources: {'; '.join(source_lines(study))}.",
        " ".join(study.attributions),
        credits(study),
    ]


def write_print_map(view: CaseView, png: Path, pdf: Path) -> None:
    """Write a case's map for print: A4 landscape, PNG at 300 dots to the inch and vector PDF.

    Parameters
    ----------
    view
        The case; figures that the map prints are quoted in `view.figures`.
    png, pdf
        Files to write.
    """
    study, measure = view.study, case_measure(view)
    sheet = Sheet(case_finding(view), case_subtitle(view), sample=study.sample)
    grades = grades_shown(study, measure) if measure is not None else set()
    bottom = sheet.foot(reading_note(measure, grades, sites=True), _paragraphs(study))
    bounds = study.districts.total_bounds
    axes, metres = sheet.map_axes(bounds, MARGIN, sheet.top + 6, COLUMN - 24, bottom - 8)
    _choropleth(axes, study, measure)
    shapes = _context(axes, study)
    obstacles = _pins(axes, view, metres)
    _names(axes, study, shapes, obstacles, metres)
    y = sheet.top + 22
    low = y
    if measure is not None:
        grade = _most_used_grade(study, measure)
        low = sheet.legend(COLUMN, y, measure.label, grade, deficit=measure.deficit)
    side = sheet.grade_key(COLUMN + 142, _site_key(sheet, COLUMN + 142, y) + 4)
    _site_table(sheet, view, max(low, side) + 14, bottom)
    author = f"Prepared with infra {study.version}"
    sheet.save(png, pdf, alt_text(view), author, study.as_of)


def _bars(sheet: Sheet, study: StudyView, measure: Measure, y: float, bottom: float) -> None:
    """Write the districts' shares as bars, the widest gap last, each with its grade."""
    table = study.district_gaps
    names = dict(zip(study.districts["id"].astype(str), study.districts["name"], strict=True))
    frame = table.frame[table.frame[table.key].astype(str).isin(names)]
    frame = frame.sort_values(
        [measure.share, table.key], ascending=[measure.deficit, True], kind="stable"
    )
    sheet.text(COLUMN, y, "By district", BODY, bold=True)
    wide = max(text_width(str(name), BODY) for name in names.values()) if names else 0
    start = COLUMN + min(wide, 110) + 10
    room = WIDTH - MARGIN - 44 - start
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
    sheet.text(COLUMN, y + 22, share.text, 28, bold=True)
    words = f"of {premises.text}, {share.grade}" if premises.known else share.grade
    sheet.text(COLUMN, y + 38, words, BODY, colour="#2c3135")
    return y + 62


def write_gap_map(study: StudyView, png: Path, pdf: Path, measure: str = "full_fibre") -> None:
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

    Raises
    ------
    KeyError
        When there is no such measure.
    """
    wanted = [m for m in MEASURES if m.key == measure]
    if not wanted:
        raise KeyError(measure)
    held = [
        m for m in (*available(study.area_gaps), *available(study.district_gaps)) if m in wanted
    ]
    chosen = held[0] if held else wanted[0]
    rows = published(study, chosen)
    unit = "small area" if rows.empty else "Westminster constituency"
    sheet = Sheet(finding(study, chosen), gap_subtitle(study, chosen, unit), sample=study.sample)
    grades = grades_shown(study, chosen) if rows.empty and held else set()
    bottom = sheet.foot(reading_note(chosen, grades, sites=False), _paragraphs(study))
    axes, metres = sheet.map_axes(
        study.districts.total_bounds, MARGIN, sheet.top + 6, COLUMN - 24, bottom - 8
    )
    grade = "measured"
    if rows.empty or study.constituencies is None:
        drawn = chosen if chosen in set(available(study.area_gaps)) else None
        grade = _most_used_grade(study, chosen) if drawn is not None else "measured"
        _choropleth(axes, study, drawn)
    else:
        frame = study.constituencies.set_index(study.constituencies["id"].astype(str))
        shapes = simplified(frame.geometry.loc[rows["area_id"].astype(str)], PRINT_TOLERANCE_M)
        classes = [style.class_of(v, deficit=chosen.deficit) for v in rows["share_pct"]]
        _fill_groups(axes, shapes, classes, ["measured"] * len(classes))
        rule_shapes(axes, shapes, "white", 0.7, 2)
    _names(axes, study, _context(axes, study), np.zeros((0, 4)), metres)
    y = sheet.top + 22
    low = sheet.legend(COLUMN, y, chosen.label, grade, deficit=chosen.deficit)
    sheet.grade_key(COLUMN + 142, y)
    y = _headline(sheet, study, chosen, low + 12)
    _bars(sheet, study, chosen, y, bottom)
    author = f"Prepared with infra {study.version}"
    sheet.save(png, pdf, gap_alt_text(study, chosen), author, study.as_of)
