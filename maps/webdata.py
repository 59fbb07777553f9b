"""What the web map's script is given: outlines, classes, and figures already written as text.

Columns instead of records keep it small; the figure ids travel without their `F-`. Only the best
`DETAILED` sites carry their points by criterion; the others have them in the table.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from maps.listing import kind_words, ordered_sites, quoted_column, site_points
from maps.made_once import kept_with
from maps.measures import Picture, available, picture, published
from maps.passages import clean, coarse
from maps.placement import label_places
from maps.simplify import encode_lines, encode_rings, main_roads, outlines, simplified
from maps.view import CaseView, StudyView
from maps.web_layers import layer_data, quiet_data
from maps.web_need import has_need, need_data

__all__ = ["DETAILED", "map_data", "pictures"]

DETAILED = 300
ROAD_TOLERANCE_M = 40.0
PIN_PX, DOT_PX, LETTER_PX = 17, 7, 8.6
CROWD = 120
GRADE_LETTERS = {"measured": "m", "estimated": "e", "modelled": "o"}
REASON = {"excluded": "gates_failed", "to verify": "gates_unknown"}


def _coded(values: pd.Series[Any]) -> dict[str, Any]:
    """Write each word once, and which one every row has."""
    codes, words = pd.factorize(values.fillna("").astype(str))
    return {"words": list(words), "at": codes.tolist()}


def pictures(view: CaseView) -> list[Picture]:
    """Return what the reader can switch between, the finest evidence first.

    Measures by small area, then those only districts have, then the first as published for
    constituencies.
    """
    measures = available(view.study)
    drawn = [picture(view.study, measure) for measure in measures]
    issued = published(view.study, measures[0]) if measures else None
    return [*drawn, *([issued] if issued is not None else [])]


def _picture(view: CaseView, drawn: Picture) -> dict[str, Any]:
    """Return classes and figures of a picture, in the order of its shapes."""
    known = [row for row in drawn.rows if row]
    data: dict[str, Any] = {
        "label": drawn.measure.label,
        "unit": drawn.unit_name,
        "marks": [
            "" if index is None else f"{index}{GRADE_LETTERS.get(grade, 'e')}"
            for index, grade in zip(drawn.classes, drawn.grades, strict=True)
        ],
        "share": quoted_column(view.figures, drawn.table, known, drawn.column),
    }
    counts = drawn.measure.without
    if counts in view.figures.tables[drawn.table].columns:
        data["without"] = quoted_column(view.figures, drawn.table, known, counts, ranges=False)
    return data


@kept_with
def _shapes(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    return {
        "name": [str(name) for name in frame["name"]],
        "rings": [encode_rings(rings) for rings in outlines(simplified(frame.geometry))],
    }


def _area_districts(study: StudyView) -> dict[str, Any]:
    table = study.area_gaps
    if "lad_name" not in table.columns:
        return _coded(pd.Series("", index=study.areas.index))
    held = table.frame.set_index(table.frame[table.key].astype(str))["lad_name"]
    return _coded(study.areas["id"].astype(str).map(held))


def _districts(view: CaseView) -> dict[str, Any]:
    frame = view.study.districts
    names = [str(name) for name in frame["name"]]
    shapes = simplified(frame.geometry)
    left, bottom, right, top = shapely.total_bounds(shapes)
    # metres in a pixel when the page opens in a window of the usual size
    metres = max((right - left) / 900, (top - bottom) / 620)
    sites = ordered_sites(view)
    taken = np.zeros((0, 4))
    for numbered, half in ((True, PIN_PX * metres), (False, DOT_PX * metres)):
        marked = site_points(view, sites.loc[sites["numbered"] == numbered, "site_id"])
        xy = shapely.get_coordinates(marked)
        if numbered or len(xy) <= CROWD:
            taken = np.vstack([taken, np.hstack([xy - half, xy + half])])
    sizes = np.array([(LETTER_PX * len(name) * metres, 20 * metres) for name in names])
    places = shapely.points(label_places(shapes, sizes.reshape(-1, 2), taken))
    return {
        "name": names,
        "rings": [encode_rings(rings) for rings in outlines(shapes)],
        "at": [lines[0][0].tolist() for lines in outlines(places)],
    }


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
    outcome = np.where(frame["chosen"], "chosen", frame["status"])
    data: dict[str, Any] = {
        "name": frame["name"].fillna("").astype(str).tolist(),
        "postcode": frame["postcode"].fillna("").astype(str).tolist(),
        "kind": _coded(frame["kind"].map(kind_words)),
        **{name: _coded(frame[name]) for name in ("owner", "lad_name")},
        "status": _coded(pd.Series(outcome)),
        "at": at,
        "numbered": int(frame["numbered"].sum()),
        "reason": _coded(_reasons(frame)),
        "rank": quoted_column(view.figures, "ranking", scored, "rank"),
        "score": quoted_column(
            view.figures, "ranking", scored, "score", read=lambda f: coarse(f, 2)
        ),
        "cost": quoted_column(view.figures, "ranking", scored, "cost_gbp"),
        "completeness": quoted_column(
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
    data |= _robust(view, frame, scored)
    detailed = scored[:DETAILED]
    grades = frame.iloc[: len(detailed)]
    data["criteria"] = [
        {
            "label": str(view.criteria.cell(name, "label")),
            "weight": view.figures.cite("criteria", name, "weight").number,
            "points": quoted_column(
                view.figures, "ranking", detailed, f"points_{name}", read=lambda f: coarse(f, 3)
            ),
            "metric": quoted_column(view.figures, "ranking", detailed, f"metric_{name}"),
            "grade": "".join(GRADE_LETTERS.get(str(g), " ") for g in grades[f"grade_{name}"]),
        }
        for name in view.criteria.frame["criterion"].astype(str)
        if f"points_{name}" in view.ranking.columns
    ]
    return data


def _reasons(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return what keeps a site from the ranking, or what is to verify of it; empty for the others."""
    found = pd.Series("", index=frame.index, dtype=object)
    for status, column in REASON.items():
        if column in frame:
            found = found.where(frame["status"] != status, frame[column])
    return found


def _robust(view: CaseView, frame: pd.DataFrame, scored: list[str]) -> dict[str, Any]:
    """Return how often sites are chosen in tested weightings, where the ranking has it."""
    found: dict[str, Any] = {}
    if "robustness_sentence" in view.ranking.columns:
        sentences = frame["robustness_sentence"].fillna("").astype(str).map(clean)
        found["robustness"] = _coded(sentences.iloc[: len(scored)])
    if "chosen_pct" in view.ranking.columns and frame["chosen_pct"].notna().any():
        found["often"] = quoted_column(view.figures, "ranking", scored, "chosen_pct", ranges=False)
    return found


def map_data(view: CaseView) -> dict[str, Any]:
    """Return everything the page's script draws, ready for JSON.

    Every number a reader will see is text from a quoted figure, beside its id.
    """
    drawn = pictures(view)
    data: dict[str, Any] = {
        "pictures": {item.key: _picture(view, item) for item in drawn},
        "shapes": {"small area": _shapes(view.study.areas)},
        "area_m": round(float(np.sqrt(view.study.areas.geometry.area).median())),
        "area_district": _area_districts(view.study),
        "districts": _districts(view),
        "roads": [
            text
            for lines in outlines(main_roads(view.study, ROAD_TOLERANCE_M))
            for text in encode_lines(lines)
        ],
        "sites": _sites(view),
        **quiet_data(view.study),
        **layer_data(view),
    }
    if has_need(view.study):
        data["need"] = need_data(view)
    for item in drawn:
        if item.unit_name not in data["shapes"]:
            data["shapes"][item.unit_name] = _shapes(item.shapes)
    return data
