"""The words of the web map's page: headings, legend, lists and credits."""

from __future__ import annotations

from typing import Any

import shapely
from markupsafe import Markup

from maps.listing import (
    NUMBERED,
    kind_words,
    list_title,
    ordered_sites,
    robustness,
    site_points,
)
from maps.measures import Measure, available, case_measure, in_districts, picture
from maps.simplify import main_roads
from maps.style import GRADE_WORDS, GRADES, legend_entries
from maps.view import SAMPLE_RIBBON, CaseView, StudyView
from maps.web_layers import layer_legends
from maps.web_need import NAME, grade_letters, has_need, need_legend
from maps.webdata import pictures
from maps.words import (
    alt_text,
    case_finding,
    case_subtitle,
    colophon,
    licence_line,
    licence_sentences,
    reading_note,
    source_lines,
    summary_sentences,
)

__all__ = ["face_statement", "page_text"]

ON_EVERY_FACE = "OpenStreetMap"
LETTERS = {"measured": "m", "estimated": "e", "modelled": "o"}


def _legends(view: CaseView) -> list[dict[str, Any]]:
    chosen = case_measure(view)
    blocks = []
    for drawn in pictures(view):
        letter = LETTERS[drawn.usual_grade]
        blocks.append(
            {
                "key": drawn.key,
                "label": f"{drawn.measure.label}, by {drawn.unit_name}",
                "shown": chosen is not None and drawn.key == chosen.key,
                "entries": [
                    {"mark": "none" if index is None else f"{index}{letter}", "words": words}
                    for index, words in legend_entries(deficit=drawn.measure.deficit)
                ],
            }
        )
    return blocks


def _site_rows(view: CaseView) -> list[dict[str, Any]]:
    frame = ordered_sites(view)
    listed = frame[frame["status"].isin(("ranked", "to verify"))]
    first = listed.iloc[: max(NUMBERED, int(listed["numbered"].sum()))]
    placed = ~shapely.is_empty(site_points(view, first["site_id"]))
    rows = []
    for row, on_map in zip(first.to_dict("records"), placed, strict=True):
        site_id = str(row["site_id"])
        cost = view.figures.cite("ranking", site_id, "cost_gbp")
        often, sentence = robustness(view, site_id)
        if often is not None and not sentence:
            sentence = f"chosen in {often.text} of tested weightings"
        rows.append(
            {
                "rank": view.figures.cite("ranking", site_id, "rank").number,
                "name": row["name"],
                "kind": kind_words(row["kind"]),
                "robust": sentence,
                "district": row["lad_name"] or "",
                "status": "chosen" if row["chosen"] else row["status"],
                "score": view.figures.cite("ranking", site_id, "score").number,
                "cost": cost.text,
                "placed": bool(on_map),
            }
        )
    return rows


def _district_rows(view: CaseView) -> tuple[list[Measure], list[dict[str, Any]]]:
    table = view.study.district_gaps
    measures = in_districts(view.study)
    districts = view.study.districts.sort_values("name", kind="stable")
    rows = [
        {
            "name": name,
            "figures": [view.figures.cite("district_gaps", str(key), m.share) for m in measures],
        }
        for key, name in zip(districts["id"], districts["name"], strict=True)
        if str(key) in table
    ]
    return measures, [
        {
            "name": row["name"],
            "figures": [
                {"text": figure.text, "grade": figure.grade if figure.known else ""}
                for figure in row["figures"]
            ],
        }
        for row in rows
    ]


def _need_letter(study: StudyView) -> str:
    held = [letter for letter in grade_letters(study) if letter]
    return max(set(held), key=held.count) if held else "m"


def _need_grades(view: CaseView) -> str:
    """Return on what evidence the full fibre of the gap and need map rests."""
    full_fibre = next((m for m in available(view.study) if m.key == "full_fibre"), None)
    if full_fibre is None:
        return ""
    held = picture(view.study, full_fibre).grades_shown
    return " and ".join(grade for grade in GRADES if grade in held)


def face_statement(study: StudyView) -> Markup:
    """Return the licences' statements for the face of the map.

    On a narrow screen they would cover it: there OpenStreetMap's alone stays, as its guidelines ask,
    and all of them follow under the map.
    """
    always, narrow = Markup("<span>{}</span>"), Markup('<span class="more">{}</span>')
    parts = [
        (always if ON_EVERY_FACE in sentence else narrow).format(sentence)
        for sentence in licence_sentences(study)
    ]
    return Markup(" ").join(parts)


def _not_drawn(study: StudyView) -> str:
    """Return in words what a reader would look for on a map and this study has no file of."""
    roads = study.roads is not None and len(main_roads(study)) > 0
    held = {
        "main roads": roads,
        "water": study.water is not None and len(study.water) > 0,
        "names of places": study.place_names is not None,
    }
    missing = [name for name, there in held.items() if not there]
    if not missing:
        return ""
    told = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
    return f"Not drawn, for want of a file that covers the area: {told}."


def page_text(view: CaseView) -> dict[str, Any]:
    """Return what the template of the page prints; every number in it is a quoted figure."""
    study = view.study
    measure = case_measure(view)
    grades = picture(study, measure).grades_shown if measure is not None else set()
    measures, districts = _district_rows(view)
    title = case_finding(view)
    return {
        "title": f"{title}. {study.area_name}",
        "alt": alt_text(view),
        "sample": study.sample,
        "ribbon": SAMPLE_RIBBON,
        "area_name": study.area_name,
        "case_title": view.title,
        "finding": title,
        "subtitle": case_subtitle(view),
        "closed_note": view.profile.closed_note,
        "legends": _legends(view),
        "need": need_legend(_need_letter(study)) if has_need(study) else None,
        "need_name": NAME,
        "need_grades": _need_grades(view),
        "layer_legends": layer_legends(view),
        "routes": view.routes is not None and len(view.routes) > 0,
        "catchments": view.catchments is not None,
        "water": study.water is not None and len(study.water) > 0,
        "missing": _not_drawn(study),
        "grades": [{"mark": grade, "words": words} for grade, words in GRADE_WORDS.items()],
        "reading_note": reading_note(measure, grades, sites=True),
        "list_title": list_title(view),
        "summary": " ".join(summary_sentences(view)),
        "sites": _site_rows(view),
        "district_measures": measures,
        "districts": districts,
        "notes": [*study.notes, *view.notes],
        "sources": source_lines(study),
        "licences": licence_line(study),
        "colophon": colophon(study),
    }
