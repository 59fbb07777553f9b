"""Titles, notes and descriptions of maps, in plain words around quoted figures."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from layers.lineage import Figure
from maps.measures import (
    MEASURES,
    Measure,
    case_measure,
    finding,
    latest_release,
    month,
    stale,
)
from maps.view import CaseView, StudyView

__all__ = [
    "alt_text",
    "case_finding",
    "case_subtitle",
    "colophon",
    "gap_alt_text",
    "gap_subtitle",
    "licence_line",
    "licence_sentences",
    "quoted",
    "reading_note",
    "source_lines",
    "summary_sentences",
    "vintage",
]

CHOSEN_FOR = {
    "full_fibre_fund": ("site", "sites", "chosen to bring full fibre where it is missing"),
    "testbed_5g": ("site", "sites", "chosen for a 5G testbed"),
    "coworking": ("public office", "public offices", "chosen for co-working"),
}
UNIT_NAMES = {"area": "small area", "district": "district"}
SENTENCE_END = re.compile(r"(?<=\w)\.\s+(?=[A-Z©])")
PROJECTION = "British National Grid (EPSG:27700)"


def quoted(view: CaseView, item: str) -> Figure | None:
    """Return an item of the summary as a figure, or `None` where the case has no such item."""
    return view.figures.cite("summary", item) if item in view.summary else None


def case_finding(view: CaseView) -> str:
    """Return the title of a case's map: how many sites are chosen, and for what."""
    one, many, purpose = CHOSEN_FOR.get(view.scenario, ("site", "sites", "chosen"))
    chosen = quoted(view, "sites_chosen")
    if chosen is not None and chosen.known and float(chosen.value) > 0:
        return f"{chosen.number} {one if float(chosen.value) == 1 else many} {purpose}"
    waiting = quoted(view, "sites_to_verify")
    if waiting is not None and waiting.known and float(waiting.value) > 0:
        return f"No {one} can be chosen yet: {waiting.number} wait for a check"
    return f"No {one} meets the rules of this fund"


def vintage(study: StudyView, measure: Measure) -> str:
    """Return the date of the coverage drawn, with a word when it is long ago."""
    if not measure.series:
        return "modelled, indicative"
    release = latest_release(study, measure)
    old = ", more than a year before this map" if stale(release, study.as_of) else ""
    return f"{month(release)}{old}"


def case_subtitle(view: CaseView) -> str:
    """Return measure, unit, area and date of a case's map."""
    measure = case_measure(view)
    if measure is None:
        return f"{view.title}, {view.study.area_name}; no coverage data in this study"
    return f"{measure.label}, by small area, {view.study.area_name}, {vintage(view.study, measure)}"


def gap_subtitle(study: StudyView, measure: Measure, unit_name: str) -> str:
    """Return measure, unit, area and date of a map of a gap."""
    return f"{measure.label}, by {unit_name}, {study.area_name}, {vintage(study, measure)}"


def reading_note(measure: Measure | None, grades: set[str], *, sites: bool) -> str:
    """Return one line on how to read a map."""
    parts = []
    if measure is not None:
        parts.append("Darker means a wider gap.")
        if "estimated" in grades:
            parts.append(
                "Hatched values are estimated from a larger area and do not show differences within it."
            )
        if "modelled" in grades:
            parts.append("Dotted values are modelled and indicative.")
    if sites:
        parts.append(
            "Numbers are ranks; places known only by postcode district stand in the table, not on the map."
        )
    return " ".join(parts)


def licence_sentences(study: StudyView) -> list[str]:
    """Return the sentences that the licences ask for, each once, in order."""
    sentences = [
        sentence.strip().rstrip(".")
        for statement in study.attributions
        for sentence in SENTENCE_END.split(statement)
    ]
    return [f"{sentence}." for sentence in dict.fromkeys(sentences) if sentence]


def licence_line(study: StudyView) -> str:
    """Return those sentences as one line."""
    return " ".join(licence_sentences(study))


def source_lines(study: StudyView, first: Sequence[str] = ()) -> list[str]:
    """Return publisher, title and dates of every source that the study names, each once.

    Parameters
    ----------
    study
        The study.
    first
        Keys (`src`) of the sources to name before the others.
    """
    frame = study.sources.frame
    wanted = frame[study.sources.key].isin(first)
    frame = pd.concat([frame[wanted], frame[~wanted]])
    held: dict[str, list[str]] = {}
    for row in frame[["publisher", "title", "vintage"]].fillna("").astype(str).to_dict("records"):
        publisher, title = row["publisher"], row["title"]
        told = bool(publisher) and title.startswith(publisher)
        who = ", ".join(part for part in ("" if told else publisher, title) if part)
        dates = held.setdefault(who, [])
        if row["vintage"] not in dates:
            dates.append(row["vintage"])
    return [f"{who} ({_dates(dates)})" for who, dates in held.items() if who]


def _dates(vintages: list[str]) -> str:
    known = sorted(v for v in vintages if v[:4].isdigit())
    if not known:
        return month("")
    first, last = month(known[0]), month(known[-1])
    return first if first == last else f"{first} to {last}"


def colophon(study: StudyView) -> str:
    """Return author, date and projection."""
    made = f"{study.as_of.day} {month(study.as_of.isoformat())}"
    return f"Prepared with infra {study.version}. Produced {made}. {PROJECTION}."


def summary_sentences(view: CaseView) -> list[str]:
    """Return the case in a few sentences of quoted figures."""
    counts = [
        (quoted(view, f"sites_{key}"), words)
        for key, words in (
            ("candidates", "Candidate sites"),
            ("ranked", "ranked"),
            ("to_verify", "to verify"),
            ("excluded", "excluded by a rule"),
            ("not_ranked", "not ranked for want of evidence"),
        )
    ]
    parts = [f"{words} {figure.number}" for figure, words in counts if figure is not None]
    sentences = [f"{parts[0]}: {', '.join(parts[1:])}."] if len(parts) > 1 else []
    ask, budget, unquoted = (
        quoted(view, item) for item in ("ask_gbp", "budget_gbp", "unquoted_pct")
    )
    chosen = quoted(view, "sites_chosen")
    if chosen is not None and chosen.known and float(chosen.value) == 0:
        sentences.append("Nothing is asked for until the checks are done.")
    elif ask is not None and ask.known:
        span = f" ({ask.range_text})" if ask.range_text else ""
        within = f", of a budget of {budget.text}" if budget is not None and budget.known else ""
        sentences.append(f"The ask is {ask.text}{span}{within}.")
        if unquoted is not None and unquoted.known:
            sentences.append(f"{unquoted.text} of it rests on costs without a quote.")
    # a number and its sign stay on one line
    return [sentence.replace(" %", "\u00a0%") for sentence in sentences]


def alt_text(view: CaseView) -> str:
    """Return one or two sentences that stand for a case's map.

    Used as the alternative text of the picture in pages and documents.
    """
    measure = case_measure(view)
    ground = "districts"
    if measure is not None:
        ground = f"the share of {measure.unit} by {UNIT_NAMES[measure.level]}"
    return (
        f"Map of {view.study.area_name}: {case_finding(view)}. Sites are numbered by rank over "
        f"{ground}; the table of sites gives the same numbers."
    )


def gap_alt_text(study: StudyView, measure: Measure = MEASURES[0]) -> str:
    """Return one or two sentences that stand for a map of a gap."""
    frame = study.district_gaps.frame
    rows = frame[frame[study.district_gaps.key].astype(str).isin(study.districts["id"].astype(str))]
    title = finding(study, measure)
    start = f"Map of {study.area_name}: {title[0].lower()}{title[1:]}"
    if measure.share not in rows or rows[measure.share].notna().sum() == 0:
        return f"{start}. No district has a value."
    ordered = rows.dropna(subset=[measure.share]).sort_values(measure.share, kind="stable")
    keys = [str(ordered[study.district_gaps.key].iloc[i]) for i in (0, -1)]
    names = dict(zip(study.districts["id"].astype(str), study.districts["name"], strict=True))
    low, high = (study.figures.cite("district_gaps", key, measure.share) for key in keys)
    if low.text == high.text:
        return f"{start}. Every district with a value has {low.text} of {measure.unit}."
    return (
        f"{start}, from {low.text} of {measure.unit} in {names[keys[0]]} to {high.text} in "
        f"{names[keys[1]]}. The table of districts gives the same numbers."
    )
