"""What the web map's script is given: outlines, classes, and figures already written as text.

Columns instead of records keep it small; the figure ids travel without their `F-`. Only the best
`DETAILED` sites carry their points by criterion; the others have them in the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.lineage import Figures, Table
from maps.measures import Measure, available, grades_of, published
from maps.placement import label_places
from maps.simplify import encode_lines, encode_rings, outlines, simplified
from maps.style import class_of
from maps.view import CaseView, StudyView

__all__ = ["DETAILED", "NUMBERED", "map_data", "ordered_sites", "site_points"]

NUMBERED = 20
DETAILED = 300
ROAD_KINDS = ("motorway", "trunk", "primary")
ROAD_TOLERANCE_M = 40.0
PIN_PX, LETTER_PX = 17, 8.6
STATUS_ORDER = {"ranked": 0, "to verify": 0, "excluded": 1, "not ranked": 2}
GRADE_LETTERS = {"measured": "m", "estimated": "e", "modelled": "o"}
REASON = {"excluded": "gates_failed", "to verify": "gates_unknown"}


def ordered_sites(view: CaseView) -> pd.DataFrame:
    """Return the ranking as maps list it: the chosen by rank, then the others by rank, then the rest.

    Adds `numbered`: whether the map writes the site's rank (all the chosen, and the best others up
    to `NUMBERED` in all).
    """
    frame = view.ranking.frame.copy()
    frame["chosen"] = frame["chosen"].astype("boolean").fillna(False).astype(bool)  # noqa: FBT003
    frame["order"] = np.where(
        frame["chosen"],
        -1,
        frame["status"].map(STATUS_ORDER).fillna(9),
    )
    frame = frame.sort_values(["order", "rank", "site_id"], kind="stable", na_position="last")
    frame = frame.drop(columns="order").reset_index(drop=True)
    shown = frame["status"].isin(("ranked", "to verify")) & frame["rank"].notna()
    others = (shown & ~frame["chosen"]).to_numpy()
    place = frame["rank"].where(others).rank(method="first")
    room = max(NUMBERED - int((frame["chosen"] & shown).sum()), 0)
    frame["numbered"] = (frame["chosen"] & shown) | (place <= room).fillna(False)  # noqa: FBT003
    return frame


def site_points(view: CaseView, site_ids: pd.Series[str]) -> NDArray[Any]:
    """Return points in EPSG:27700 in the order asked for; empty where there is no exact place."""
    held = dict(zip(view.sites["site_id"].astype(str), view.sites.geometry, strict=True))
    points = [held.get(str(site_id)) for site_id in site_ids]
    return np.array([p if p is not None else shapely.Point() for p in points], dtype=object)


def _cited(figures: Figures, table: str, rows: list[str], column: str) -> dict[str, Any]:
    """Quote a column: texts, ids, and ranges where any row has one."""
    cited = [figures.cite(table, row, column) for row in rows]
    quoted: dict[str, Any] = {
        "text": [figure.text for figure in cited],
        "id": [figure.fig_id.removeprefix("F-") for figure in cited],
    }
    ranges = [figure.range_text for figure in cited]
    if any(ranges):
        quoted["range"] = ranges
    return quoted


def _marks(table: Table, measure: Measure) -> dict[str, str]:
    """Return class and grade of every area with a value, such as `3e`."""
    grades = grades_of(table, measure.share)
    return {
        str(key): f"{class_of(value, deficit=measure.deficit)}{GRADE_LETTERS.get(str(grade), 'e')}"
        for key, value, grade in zip(
            table.frame[table.key], table.frame[measure.share], grades, strict=True
        )
        if pd.notna(value)
    }


def _choropleth(view: CaseView, ids: list[str], measure: Measure) -> dict[str, Any]:
    table = view.study.area_gaps
    marks = _marks(table, measure)
    known = [area for area in ids if area in marks]
    data: dict[str, Any] = {
        "label": measure.label,
        "marks": [marks.get(area, "") for area in ids],
        "share": _cited(view.figures, "area_gaps", known, measure.share),
    }
    if measure.without in table.columns:
        data["without"] = _cited(view.figures, "area_gaps", known, measure.without)
    return data


def _areas(view: CaseView) -> dict[str, Any]:
    frame = view.study.areas
    ids = [str(area) for area in frame["id"]]
    shapes = simplified(frame.geometry)
    districts = frame["lad_name"] if "lad_name" in frame else pd.Series("", index=frame.index)
    return {
        "name": [str(name) for name in frame["name"]],
        "district": [str(name) for name in districts],
        "rings": [encode_rings(rings) for rings in outlines(shapes)],
        "measures": {
            measure.key: _choropleth(view, ids, measure)
            for measure in available(view.study.area_gaps)
        },
    }


def _constituencies(view: CaseView, measure: Measure) -> dict[str, Any] | None:
    rows = published(view.study, measure)
    frame = view.study.constituencies
    if rows.empty or frame is None:
        return None
    held = frame.set_index(frame["id"].astype(str)).loc[rows["area_id"].astype(str)]
    keys = [str(row) for row in rows["row"]]
    return {
        "name": [str(name) for name in held["name"]],
        "rings": [encode_rings(rings) for rings in outlines(simplified(held.geometry))],
        "label": measure.label,
        "marks": [f"{class_of(share)}m" for share in rows["share_pct"]],
        "share": _cited(view.figures, "coverage", keys, "share_pct"),
    }


def _districts(view: CaseView) -> dict[str, Any]:
    frame = view.study.districts
    names = [str(name) for name in frame["name"]]
    shapes = simplified(frame.geometry)
    left, bottom, right, top = shapely.total_bounds(shapes)
    # metres in a pixel when the page opens in a window of the usual size
    metres = max((right - left) / 900, (top - bottom) / 620)
    sites = ordered_sites(view)
    pins = site_points(view, sites.loc[sites["numbered"], "site_id"])
    xy = shapely.get_coordinates(pins)
    taken = np.hstack([xy - PIN_PX * metres, xy + PIN_PX * metres])
    sizes = np.array([(LETTER_PX * len(name) * metres, 20 * metres) for name in names])
    places = shapely.points(label_places(shapes, sizes.reshape(-1, 2), taken))
    return {
        "name": names,
        "rings": [encode_rings(rings) for rings in outlines(shapes)],
        "at": [lines[0][0].tolist() for lines in outlines(places)],
    }


def _roads(study: StudyView) -> list[str]:
    roads = study.roads
    if roads is None or roads.empty:
        return []
    kinds = roads["kind"].astype(str).str.removesuffix("_link")
    shapes = shapely.simplify(roads.geometry[kinds.isin(ROAD_KINDS)].to_numpy(), ROAD_TOLERANCE_M)
    return [text for lines in outlines(shapes) for text in encode_lines(lines)]


def _sites(view: CaseView) -> dict[str, Any]:
    frame = ordered_sites(view)
    ids = [str(site) for site in frame["site_id"]]
    points = site_points(view, frame["site_id"])
    placed = ~shapely.is_empty(points)
    at: list[list[int] | None] = [None] * len(frame)
    spots = outlines(points[placed])
    for position, lines in zip(np.flatnonzero(placed), spots, strict=True):
        at[position] = lines[0][0].tolist()
    ranked = int(frame["status"].isin(("ranked", "to verify")).sum())
    scored = ids[:ranked]
    data: dict[str, Any] = {
        name: frame[name].fillna("").astype(str).tolist()
        for name in ("name", "kind", "owner", "lad_name", "postcode", "status", "location")
        if name in frame
    }
    data |= {
        "at": at,
        "chosen": frame["chosen"].astype(int).tolist(),
        "numbered": frame["numbered"].astype(int).tolist(),
        "reason": [
            str(row.get(REASON.get(row["status"], ""), "") or "")
            for row in frame.to_dict("records")
        ],
        "rank": _cited(view.figures, "ranking", scored, "rank"),
        "score": _cited(view.figures, "ranking", scored, "score"),
        "cost": _cited(view.figures, "ranking", scored, "cost_gbp"),
        "completeness": _cited(
            view.figures,
            "ranking",
            [
                site
                for site, status in zip(ids, frame["status"], strict=True)
                if status == "not ranked"
            ],
            "completeness_pct",
        ),
    }
    detailed = scored[:DETAILED]
    grades = frame.iloc[: len(detailed)]
    data["criteria"] = [
        {
            "label": str(view.criteria.cell(name, "label")),
            "weight": view.figures.cite("criteria", name, "weight").number,
            "points": _cited(view.figures, "ranking", detailed, f"points_{name}"),
            "metric": _cited(view.figures, "ranking", detailed, f"metric_{name}"),
            "grade": "".join(GRADE_LETTERS.get(str(g), " ") for g in grades[f"grade_{name}"]),
        }
        for name in view.criteria.frame["criterion"].astype(str)
        if f"points_{name}" in view.ranking.columns
    ]
    return data


def map_data(view: CaseView) -> dict[str, Any]:
    """Return everything the page's script draws, ready for JSON.

    Every number a reader will see is text from a quoted figure, beside its id.
    """
    measures = list(available(view.study.area_gaps))
    return {
        "areas": _areas(view),
        "published": _constituencies(view, measures[0]) if measures else None,
        "districts": _districts(view),
        "roads": _roads(view.study),
        "sites": _sites(view),
    }
