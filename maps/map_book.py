"""The map book: a page for each district, its gap close up, its sites and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from maps import style
from maps.bid_rows import DISTRICT_COLUMNS, district_ids, gap_columns, status_words
from maps.ink import choropleth, road_lines
from maps.listing import named, ordered_sites, site_points
from maps.locator import in_study
from maps.measures import MEASURES, Picture, available, latest_release, month, picture, stale
from maps.passages import clean, coarse
from maps.placement import label_places, spread
from maps.prose import cite_if
from maps.sheet import (
    BODY,
    MARGIN,
    SMALL,
    Sheet,
    fit_text,
    font,
    rule_shapes,
    save_book,
    text_width,
    wrap_text,
)
from maps.simplify import main_roads, simplified
from maps.view import CaseView, StudyView
from maps.words import colophon, gap_subtitle, licence_line, reading_note, source_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["write_map_book"]

TOLERANCE_M = 10.0
MARGIN_SHARE = 0.04
MOST_SITES = 5
KEY = "A mark filled with colour is a chosen site. After the status: the score, 0 to 1."
PAD = 0.22  # around the words of a mark, in parts of their size
MARK_HIGH = 12.5  # of a mark, in points
CORNERS = 1.42  # how much further apart than their widths: two marks may stand corner to corner
INSET = 96.0
ROW, HEAD, GAP, LEADING = 11.0, 13.0, 5.0, 10.0  # of the tables of sites, in points


def write_map_book(study: StudyView, cases: Sequence[CaseView], path_pdf: Path) -> None:
    """Write a PDF with an A4 landscape page for each district.

    A page shows the gap in full fibre by small area in the classes of every other map, the best
    sites of each case with the case's letter and the rank, where the district lies, and the same
    as tables.

    Parameters
    ----------
    study
        The study; figures that the pages print are quoted in `study.figures`.
    cases
        Cases whose sites to mark, in order; theirs are quoted in each case's own figures.
    path_pdf
        File to write. The same views give the same bytes.
    """
    author = f"Prepared with infra {study.version}"
    subject = f"One page for each district of {study.area_name}, with its table"
    title = f"Map book: {study.area_name}"
    save_book(_pages(study, cases), path_pdf, title, subject, author, study.as_of)


def _pages(study: StudyView, cases: Sequence[CaseView]) -> Iterator[tuple[Sheet, str]]:
    """Draw one page after another, each with its words as its alternative text."""
    measure = next((m for m in MEASURES if m in available(study)), None)
    drawn = picture(study, measure) if measure is not None else None
    frame = study.districts.sort_values(["name", "id"], kind="stable")
    shapes = simplified(study.districts.geometry, TOLERANCE_M)
    roads = main_roads(study, TOLERANCE_M)
    letters = _letters(cases)
    for position in frame.index:
        chosen = study.districts.index.get_loc(position)
        sheet = _page(study, cases, letters, drawn, shapes, roads, int(chosen))
        yield sheet, "\n".join(sheet.words)


def _letters(cases: Sequence[CaseView]) -> list[str]:
    """Return a letter for each case: the first letter of its title that no other case has."""
    taken: list[str] = []
    for view in cases:
        every = [c for c in clean(view.title).upper() if "A" <= c <= "Z"] + list("ABCDEFGHIJ")
        taken.append(next(c for c in every if c not in taken))
    return taken


def _page(
    study: StudyView,
    cases: Sequence[CaseView],
    letters: Sequence[str],
    drawn: Picture | None,
    shapes: NDArray[Any],
    roads: Any,
    chosen: int,
) -> Sheet:
    name = clean(study.districts["name"].iloc[chosen])
    key = str(study.districts["id"].iloc[chosen])
    sheet = Sheet(_title(study, name, key), _subtitle(study, drawn), sample=study.sample)
    grades = drawn.grades_shown if drawn is not None else set()
    note = reading_note(drawn.measure if drawn is not None else None, grades, sites=False)
    told = (
        f"{note} Marks: the case's letter and the site's rank; a place known only by postcode "
        "district stands in the table alone."
    )
    sources = f"Sources: {'; '.join(source_lines(study, _srcs(study)))}."
    bottom = sheet.foot(told.strip(), sources, [licence_line(study), colophon(study)])
    west, south, east, north = shapely.bounds(shapes[chosen])
    room = MARGIN_SHARE * max(east - west, north - south)
    bounds = np.array([west - room, south - room, east + room, north + room])
    axes, metres = sheet.map_axes(bounds, MARGIN, sheet.top + 6, sheet.column - 24, bottom - 8)
    choropleth(axes, study, drawn)
    road_lines(axes, roads)
    _veil(axes, shapes, chosen)
    y = sheet.top + 22
    low = y
    if drawn is not None:
        measure = drawn.measure
        low = sheet.legend(
            sheet.column, y, measure.label, drawn.usual_grade, deficit=measure.deficit
        )
    in_study(sheet, shapes, chosen, sheet.column + 170, y - 10, INSET)
    y = _figures(sheet, study, key, max(low, y + INSET) + 14) + HEAD
    cases, explained = _with_room(sheet, cases, bottom - 4 - y)
    room = bottom - 4 - y - len(explained) * LEADING
    held = _shared_out([_best(view, key) for view in cases], room)
    _site_tables(sheet, cases, letters, held, y, explained)
    marks = _marks(axes, cases, letters, held, metres)
    _neighbours(axes, study, shapes, chosen, marks, metres)
    return sheet


def _srcs(study: StudyView) -> list[str]:
    return [source.src for source in study.area_gaps.sources]


def _title(study: StudyView, name: str, key: str) -> str:
    """Return the finding of a page: the district's share where it has one."""
    for measure in MEASURES[:1]:
        figure = cite_if(study.figures, "district_gaps", key, measure.share)
        if figure is not None and figure.known:
            release = latest_release(study, measure)
            when = f" in {month(release)}" if stale(release, study.as_of) else ""
            had = "had" if when else "have"
            return f"{name}: {figure.text} of premises {had} full fibre{when}"
    return f"{name}: no figure for full fibre"


def _subtitle(study: StudyView, drawn: Picture | None) -> str:
    if drawn is None:
        return f"{study.area_name}; no coverage data in this study"
    return gap_subtitle(study, drawn.measure, drawn.unit_name)


def _veil(axes: Axes, shapes: NDArray[Any], chosen: int) -> None:
    """Draw the bounds, and quieten what lies outside the district."""
    others = np.delete(shapes, chosen)
    for shape in shapely.get_parts(others):
        xy = shapely.get_coordinates(shapely.get_exterior_ring(shape))
        axes.fill(xy[:, 0], xy[:, 1], color="white", alpha=0.72, lw=0, zorder=3.4)
    rule_shapes(axes, others, style.QUIET, 0.6, 3.6)
    rule_shapes(axes, shapes[chosen : chosen + 1], "white", 2.6, 3.7)
    rule_shapes(axes, shapes[chosen : chosen + 1], style.INK, 1.2, 4)


def _neighbours(
    axes: Axes,
    study: StudyView,
    shapes: NDArray[Any],
    chosen: int,
    marks: NDArray[np.float64],
    metres: float,
) -> None:
    """Name the parts of other districts that the page shows, clear of the marks."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    frame = shapely.box(west, south, east, north)
    parts = shapely.intersection(shapes, frame)
    wide = shapely.area(parts) >= 0.03 * shapely.area(frame)
    wide[chosen] = False
    names = [clean(name) for name in study.districts["name"][wide]]
    sizes = [((text_width(name, SMALL) + 4) * metres, 11 * metres) for name in names]
    places = label_places(parts[wide], np.array(sizes).reshape(-1, 2), marks)
    for name, (x, y) in zip(names, places, strict=True):
        axes.text(
            x, y, name, fontproperties=font(SMALL), color="#33383c", ha="center", va="center", zorder=5,
            clip_on=True,
        )  # fmt: skip


def _best(view: CaseView, district: str) -> pd.DataFrame:
    """Return a case's best sites in a district: the chosen first, then by rank."""
    frame = ordered_sites(view)
    listed = frame[(frame["lad"].astype(str) == district) & frame["rank"].notna()]
    return listed.head(MOST_SITES)


def _with_room(
    sheet: Sheet, cases: Sequence[CaseView], room: float
) -> tuple[Sequence[CaseView], list[str]]:
    """Return the cases of which a page can list a site, and the lines that say how to read them.

    Where there are more cases, the lines name the others.
    """
    width = sheet.width - MARGIN - sheet.column
    for most in range(len(cases), -1, -1):
        left = "; ".join(clean(view.title) for view in cases[most:])
        words = f"{KEY} No room on this page for: {left}." if left else KEY
        explained = wrap_text(words, SMALL, width)
        if most * (HEAD + ROW + GAP) + len(explained) * LEADING <= room:
            break
    return cases[:most], explained if cases else []


def _shared_out(best: Sequence[pd.DataFrame], room: float) -> list[pd.DataFrame]:
    """Return as many sites of each case as a page has room for, one of each in turn."""
    # a case without a site says so in a row of its own
    wanted, given = [max(len(frame), 1) for frame in best], [0] * len(best)
    rows = int((room - len(best) * (HEAD + GAP)) / ROW + 1e-6)  # a whole row is never rounded away
    for turn in range(MOST_SITES):
        for place, most in enumerate(wanted):
            if turn < most and rows > 0:
                given[place] += 1
                rows -= 1
    return [frame.head(most) for frame, most in zip(best, given, strict=True)]


def _marks(
    axes: Axes,
    cases: Sequence[CaseView],
    letters: Sequence[str],
    held: Sequence[pd.DataFrame],
    metres: float,
) -> NDArray[np.float64]:
    """Draw the sites as labelled marks that do not hide each other; return their boxes."""
    points, words, fills = [], [], []
    for view, letter, frame in zip(cases, letters, held, strict=False):
        for site_id, taken, point in zip(
            frame["site_id"].astype(str),
            frame["chosen"],
            site_points(view, frame["site_id"]),
            strict=True,
        ):
            if shapely.is_empty(point):
                continue
            rank = view.figures.cite("ranking", site_id, "rank").number
            points.append((shapely.get_x(point), shapely.get_y(point)))
            words.append(f"{letter}{rank}")
            fills.append(style.VERMILION if taken else "white")
    if not points:
        return np.zeros((0, 4))
    true = np.array(points)
    wide = max(text_width(word, SMALL, bold=True) for word in words) + 2 * PAD * SMALL
    # marks are wider than high: apart as circles on a map stretched upwards
    stretch = np.array([1.0, wide / MARK_HIGH])
    shown = spread(true * stretch, 0.5 * CORNERS * wide * metres) / stretch
    for (x0, y0), (x, y), word, fill in zip(true, shown, words, fills, strict=True):
        if np.hypot(x - x0, y - y0) > 0.25 * MARK_HIGH * metres:
            axes.plot([x0, x], [y0, y], color=style.INK, lw=0.8, zorder=6)
            axes.plot([x0], [y0], "o", color=style.INK, ms=2.4, zorder=6)
        axes.text(
            x, y, word, fontproperties=font(SMALL, bold=True), color=style.INK, ha="center",
            va="center_baseline", zorder=8,
            bbox={"boxstyle": f"round,pad={PAD}", "fc": fill, "ec": style.INK, "lw": 0.9},
        )  # fmt: skip
    half = np.array([wide, MARK_HIGH]) * metres / 2
    return np.hstack([shown - half, shown + half])


def _figures(sheet: Sheet, study: StudyView, key: str, y: float) -> float:
    """Write the district's figures with their units and grades; return the line below."""
    right = sheet.width - MARGIN
    sheet.text(sheet.column, y, "The district in figures", BODY, bold=True)
    y += 5
    sheet.line(sheet.column, y, right, y, 0.8, style.INK)
    columns = gap_columns(study) if key in district_ids(study) else []
    for column in columns:
        figure = study.figures.cite("district_gaps", key, column)
        heading, unit = DISTRICT_COLUMNS[column]
        y += 12.5
        sheet.text(sheet.column, y, heading, SMALL)
        counted = f"{figure.number} {unit}" if unit.startswith("%") else figure.text
        words = counted if figure.known else figure.text
        grade = f", {figure.grade}" if figure.known and figure.grade else ""
        sheet.text(right, y, f"{words}{grade}", SMALL, align="right")
        sheet.line(sheet.column, y + 3.5, right, y + 3.5, 0.35)
    if not columns:
        y += 13.5
        sheet.text(sheet.column, y, "No data for this district.", SMALL)
    return y + 6


def _heading(letter: str, title: str, width: float) -> str:
    """Return a case's letter and title; where there is no room, the title as far as its colon.

    >>> _heading("F", "Full Fibre Fund: public buildings and what lies around them", 200.0)
    'F Full Fibre Fund'
    """
    whole = f"{letter} {title}"
    if text_width(whole, SMALL, bold=True) > width and ": " in title:
        whole = whole.partition(": ")[0]
    return fit_text(whole, SMALL, width, bold=True)


def _site_tables(
    sheet: Sheet,
    cases: Sequence[CaseView],
    letters: Sequence[str],
    held: Sequence[pd.DataFrame],
    y: float,
    explained: Sequence[str],
) -> None:
    """Write the sites that the map marks, by case, and what their marks mean."""
    right = sheet.width - MARGIN
    for view, letter, frame in zip(cases, letters, held, strict=False):
        title = _heading(letter, clean(view.title), right - sheet.column)
        sheet.text(sheet.column, y, title, SMALL, bold=True)
        sheet.line(sheet.column, y + 3, right, y + 3, 0.8, style.INK)
        y += HEAD - ROW
        if frame.empty:
            y += ROW
            sheet.text(sheet.column, y, "No ranked site in this district.", SMALL)
        for _, site in frame.iterrows():
            y += ROW
            key = str(site["site_id"])
            rank = view.figures.cite("ranking", key, "rank")
            score = coarse(view.figures.cite("ranking", key, "score"), 2)
            said = f"{status_words(site)}, {score.number}"
            room = right - sheet.column - 34 - text_width(said, SMALL) - 6
            sheet.text(sheet.column, y, f"{letter}{rank.number}", SMALL, bold=True)
            sheet.text(
                sheet.column + 28,
                y,
                fit_text(named(clean(site["name"]), site["kind"]), SMALL, room),
                SMALL,
            )
            sheet.text(right, y, said, SMALL, align="right")
        y += ROW + GAP
    for line in explained:
        sheet.text(sheet.column, y, line, SMALL, colour=style.QUIET)
        y += LEADING
