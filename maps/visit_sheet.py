"""The visit sheet: one page a building, with what is known, where it is, and blanks for the rest."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as Canvas
from numpy.typing import NDArray

from layers.streets import HIGHWAYS, Streets
from maps import style
from maps.case_report import case_report
from maps.ink import context, district_names
from maps.listing import site_points
from maps.made_once import kept_with
from maps.passages import clean, coarse, typeset
from maps.prose import KINDS, cite_if, day
from maps.sheet import DPI, font, rule_shapes
from maps.typst_parts import compile_pdf
from maps.view import CaseView
from maps.visit_form import sites_to_visit
from maps.words import licence_line, source_lines

__all__ = ["write_visit_sheet", "write_visit_sheets"]

MAP_MM = 70.0
HALF_M = 900.0  # of the map's side; a fifteen-minute walk lies just outside
FEW_CHECKS = 2  # more of them stand by name alone, so that a sheet stays one page
UNKNOWN = "not known"
UNSAID = {"GBP", "ratio", "decile"}  # units that stand before the number, or are none
BARS_M = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
STREETS_DRAWN = {"motorway": 2.2, "trunk": 2.0, "primary": 1.8, "secondary": 1.4, "tertiary": 1.1}
BLANKS = (
    ("Visited on, by (role)", ""),
    ("Occupancy", "vacant / part vacant (area: ____ m²) / occupied. Since:"),
    ("Asset manager's confirmation", "role, date, reference:"),
    ("Condition", "roof, windows, heating, water:"),
    ("Photographs", "taken: yes / no. Kept where:"),
    ("Step-free access", "entrance, lift, toilet:"),
    ("Asbestos", "register seen: yes / no. Date:"),
    ("Fire", "risk assessment date, safe occupancy:"),
    ("Power", "supply (kVA), metering, comms room:"),
    ("Measured broadband", "down ____ Mbit/s, up ____ Mbit/s, line and date:"),
    ("Heritage flag", "unknown in this study. Listed, conservation area:"),
    ("Flood flag", "unknown in this study. Zone:"),
    ("Disposal plan", "marketed, let, retained; decision and date:"),
    ("Remarks", ""),
)
# Column of the buildings' table, and its name on the sheet.
BUILDING = (
    ("tenure", "Tenure"),
    ("tenure_detail", "Tenure, detail"),
    ("vacancy_confidence", "Vacancy, confidence"),
    ("vacancy_evidence", "Vacancy, evidence"),
    ("energy_band", "Energy band"),
    ("floor_area_m2", "Floor area"),
    ("note", "Register's note"),
)


def write_visit_sheet(
    view: CaseView, site_id: str, path: Path, *, streets: Streets | None = None
) -> None:
    """Write the visit sheet of one building; see `write_visit_sheets`."""
    write_visit_sheets(view, path, sites=[site_id], streets=streets)


def write_visit_sheets(
    view: CaseView,
    path: Path,
    *,
    sites: Sequence[str] | None = None,
    streets: Streets | None = None,
) -> None:
    """Write a tagged PDF with one page a building.

    Parameters
    ----------
    view
        A case of candidate buildings; `view.buildings` adds tenure, vacancy, energy and floor area.
    path
        Where to write; the same view gives the same bytes.
    sites
        Site ids, in order; the chosen and those to verify where left out.
    streets
        The street network, for the small map; where it has none around a place, the map shows where in the
        study area the place lies.

    Raises
    ------
    KeyError
        When the ranking has no such site.
    """
    chosen = list(sites) if sites is not None else sites_to_visit(view)
    absent = [site_id for site_id in chosen if site_id not in view.ranking]
    if absent:
        raise KeyError(absent[0])
    report = case_report(view, "visit sheets")
    with tempfile.TemporaryDirectory() as folder:
        pictures: dict[str, Path] = {}
        sheets = []
        points = site_points(view, pd.Series(chosen, dtype="str"))
        for place, (site_id, point) in enumerate(zip(chosen, points, strict=True)):
            name, near = "", _near(streets, point)
            if not shapely.is_empty(point):
                name = f"map-{place}.png"
                pictures[name] = Path(folder) / name
                pictures[name].write_bytes(_locator(view, point, streets, near))
            sheets.append(_sheet(view, site_id, name, drawn_streets=bool(len(near))))
        content = {
            "title": report.title,
            "author": f"infra {report.version}",
            "subject": report.subject,
            "date": [report.as_of.year, report.as_of.month, report.as_of.day],
            "ribbon": report.ribbon,
            "running": f"Visit sheet. {report.running}",
            "foot": "Fill in visit_form.xlsx with what you find, save it as CSV, and put that into sources/.",
            "sheets": sheets,
            "sources": [f"{line}." for line in source_lines(view.study)],
            "licences": licence_line(view.study),
        }
        path.write_bytes(compile_pdf("visit.typ", content, view.study.as_of, pictures))


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else clean(value)  # type: ignore[call-overload]


def _sheet(view: CaseView, site_id: str, name: str, *, drawn_streets: bool) -> dict[str, Any]:
    """Return a page as plain data."""
    cell = view.ranking.cell
    kind = KINDS.get(str(cell(site_id, "kind")), _text(cell(site_id, "kind")))
    rank = view.figures.cite("ranking", site_id, "rank")
    score = coarse(view.figures.cite("ranking", site_id, "score"), 2)
    place = f"rank {rank.number}, score {score.number}" if rank.known else "without a rank"
    title = _text(cell(site_id, "name")) or site_id
    where = _text(cell(site_id, "location"))
    alt = (
        f"Map of the streets around {title}"
        if drawn_streets
        else f"Map of where {title} lies among the districts and main roads"
    )
    shown = (
        f"Grid north up; side {2 * HALF_M / 1000:g} km."
        if drawn_streets
        else "The study has no streets of this place: the map shows where in the area it lies. Grid north up."
    )
    return {
        "name": title,
        "lead": f"{kind[:1].upper()}{kind[1:]}, {_text(cell(site_id, 'lad_name'))}; "
        f"{_text(cell(site_id, 'status'))}, {place}. As of {day(view.study)}.",
        "known": _known(view, site_id),
        "metrics": _metrics(view, site_id),
        "checks": _checks(view, site_id),
        "blanks": BLANKS,
        "map": name,
        "map_alt": f"{alt}; its address stands beside."
        if name
        else "No map: this place is known only by its postcode district. Ask the owner for its address.",
        "map_note": f"{shown} Position: {where or 'not stated'}. {_credit(view)}".strip(),
    }


def _credit(view: CaseView) -> str:
    """Return what has to stand on the face of a map: whose streets they are."""
    return next((clean(s) for s in view.study.attributions if "OpenStreetMap" in s), "")


def _known(view: CaseView, site_id: str) -> list[tuple[str, str]]:
    cell = view.ranking.cell
    rows = [
        ("Owner", _text(cell(site_id, "owner")) or UNKNOWN),
        ("UPRN", site_id.removeprefix("uprn:") if site_id.startswith("uprn:") else UNKNOWN),
        ("Site id", site_id),
        ("Postcode", _text(cell(site_id, "postcode")) or UNKNOWN),
        ("Grid reference", _position(view, site_id)),
    ]
    table = view.buildings
    for column, label in BUILDING:
        if table is None or column not in table.columns or site_id not in table:
            rows.append((label, UNKNOWN))
            continue
        rows.append((label, _building(view, site_id, column)))
    return rows


def _position(view: CaseView, site_id: str) -> str:
    figures = [view.figures.cite("ranking", site_id, name) for name in ("easting", "northing")]
    if not all(figure.known for figure in figures):
        return "known only by postcode district"
    return ", ".join(f"{float(figure.value):.0f}" for figure in figures) + " (EPSG:27700)"


def _building(view: CaseView, site_id: str, column: str) -> str:
    """Return a cell of the buildings' table with where it comes from."""
    table = view.buildings
    if table is None:
        return UNKNOWN
    value = table.cell(site_id, column)
    if pd.isna(value) or value == "":
        return UNKNOWN
    if column == "floor_area_m2":
        basis = _text(table.cell(site_id, "floor_area_basis"))
        area = f"{coarse(view.figures.cite(table.name, site_id, column), 0).number} m\u00b2"
        return f"{area} ({basis})" if basis else area
    if column == "vacancy_confidence":
        return f"{view.figures.cite(table.name, site_id, column).number} of 1"
    return _text(value)


def _metrics(view: CaseView, site_id: str) -> list[tuple[str, str, str, str]]:
    """Return each criterion's metric with its range, grade and route."""
    rows = []
    for row in view.criteria.frame.to_dict("records"):
        key = str(row[view.criteria.key])
        figure = cite_if(view.figures, "ranking", site_id, f"metric_{key}")
        if figure is None:
            continue
        bare = replace(figure, unit="GBP" if figure.unit == "GBP" else "")
        if figure.unit == "ratio":
            bare = coarse(bare, 2)
        unit = f" {figure.unit}" if figure.known and figure.unit not in UNSAID else ""
        first = "decile " if figure.known and figure.unit == "decile" else ""
        span = f" ({bare.range_text})" if bare.range_text else ""
        shown = typeset(f"{first}{bare.text}{span}{unit}")
        route = f"route_{key}"
        told = _text(view.ranking.cell(site_id, route)) if route in view.ranking.columns else ""
        rows.append((clean(row["label"]), shown, figure.grade if figure.known else "", told))
    return rows


def _checks(view: CaseView, site_id: str) -> list[str]:
    frame = view.gates.frame
    waiting = frame[(frame["site_id"].astype(str) == site_id) & (frame["outcome"] == "unknown")]
    if len(waiting) > FEW_CHECKS:
        return ["; ".join(clean(label) for label in waiting["label"])]
    return [
        f"{clean(label)}: {_text(reason) or 'no reason recorded'}"
        for label, reason in zip(waiting["label"], waiting["reason"], strict=True)
    ]


@kept_with
def _spans(streets: Streets) -> tuple[NDArray[np.float64], ...]:
    """Return how far west, east, south and north each piece of street reaches."""
    east, north = streets.node_easting, streets.node_northing
    first, last = streets.start, streets.end
    return (
        np.minimum(east[first], east[last]), np.maximum(east[first], east[last]),
        np.minimum(north[first], north[last]), np.maximum(north[first], north[last]),
    )  # fmt: skip


def _near(streets: Streets | None, point: Any) -> NDArray[np.intp]:
    """Return the pieces of street that the map of a place would show."""
    if streets is None or shapely.is_empty(point):
        return np.empty(0, dtype=np.intp)
    x, y = shapely.get_x(point), shapely.get_y(point)
    low_x, high_x, low_y, high_y = _spans(streets)
    near = (low_x < x + HALF_M) & (high_x > x - HALF_M)
    return np.flatnonzero(near & (low_y < y + HALF_M) & (high_y > y - HALF_M))


def _locator(view: CaseView, point: Any, streets: Streets | None, near: NDArray[np.intp]) -> bytes:
    """Draw the small map of a place, as PNG: its streets, or where in the study area it lies."""
    canvas = Canvas(figsize=(MAP_MM / 25.4, MAP_MM / 25.4), dpi=DPI)
    canvas.set_facecolor("white")
    axes = canvas.add_axes((0.005, 0.005, 0.99, 0.99))
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(style.QUIET)
    x, y = shapely.get_x(point), shapely.get_y(point)
    centre, half = np.array([x, y]), HALF_M
    if streets is None or not len(near):
        low, high = view.study.districts.total_bounds.reshape(2, 2)
        centre, half = (low + high) / 2, 0.7 * float((high - low).max())  # room for names
        _show(axes, centre, half)
        metres = 2 * half / (MAP_MM / 25.4 * 72)
        shapes = context(axes, view.study, roads=style.ROAD)
        mark = np.array([[x - 7 * metres, y - 7 * metres, x + 7 * metres, y + 7 * metres]])
        district_names(axes, view.study, shapes, mark, metres)
    else:
        _draw_streets(axes, streets, near)
        rule_shapes(axes, view.study.districts.geometry.to_numpy(), style.INK, 0.9, 4)
    _show(axes, centre, half)
    axes.plot([x], [y], "o", ms=9, mfc=style.VERMILION, mec="white", mew=1.2, zorder=9)
    axes.plot([x], [y], "o", ms=11, mfc="none", mec=style.INK, mew=0.8, zorder=9)
    _scale(axes, centre, half)
    made = io.BytesIO()
    FigureCanvasAgg(canvas).print_png(made, metadata={"Software": ""})  # type: ignore[no-untyped-call]
    return made.getvalue()


def _show(axes: Any, centre: NDArray[np.float64], half: float) -> None:
    axes.set_xlim(centre[0] - half, centre[0] + half)
    axes.set_ylim(centre[1] - half, centre[1] + half)


def _draw_streets(axes: Any, streets: Streets, near: NDArray[np.intp]) -> None:
    ends = np.stack([streets.start, streets.end], axis=1)[near]
    lines = np.stack([streets.node_easting[ends], streets.node_northing[ends]], axis=2)
    kinds = np.asarray(HIGHWAYS)[streets.highway[near]]
    for kind in sorted(set(kinds)):
        stem = str(kind).removesuffix("_link")
        width = STREETS_DRAWN.get(stem, 0.5)
        colour = style.QUIET if stem in STREETS_DRAWN else style.HAIRLINE
        axes.add_collection(
            LineCollection(
                list(lines[kinds == kind]), colors=colour, linewidths=width, zorder=width
            )
        )


def _scale(axes: Any, centre: NDArray[np.float64], half: float) -> None:
    """Draw a bar of a round length, the longest of at most a third of the map."""
    length = max((bar for bar in BARS_M if bar <= 0.66 * half), default=BARS_M[0])
    left, low = centre[0] - 0.93 * half, centre[1] - 0.9 * half
    axes.plot(
        [left, left + length], [low, low], color=style.INK, lw=2, solid_capstyle="butt", zorder=9
    )
    words = f"{length} m" if length < 1_000 else f"{length // 1_000} km"
    axes.text(left, low + 0.05 * half, words, fontproperties=font(8), zorder=9)
