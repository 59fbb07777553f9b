"""What a map of coverage says: which column, since when, on what evidence, in which words.

The tables know their own grades and units; this module only chooses among their columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from layers.lineage import Table
from maps.view import CaseView, StudyView

__all__ = [
    "MEASURES",
    "Measure",
    "available",
    "case_measure",
    "finding",
    "grades_of",
    "latest_release",
    "month",
    "published",
    "stale",
    "whole_area",
]

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
CONSTITUENCY = "PCON"


@dataclass(frozen=True)
class Measure:
    """A share that can be drawn, and the words for it.

    Attributes
    ----------
    key
        Short name.
    series
        Measure in the coverage table, for dates and published values.
    share
        Column of the gap tables, percent.
    deficit
        Whether the share is the gap itself, so that a high value is the dark one.
    without
        Column that counts what has no coverage, where there is one.
    label, unit
        The legend's heading, and what is counted.
    lacking
        Completes "where ... has not arrived".
    """

    key: str
    series: str
    share: str
    label: str
    short: str
    unit: str
    lacking: str
    deficit: bool = False
    without: str = ""


MEASURES = (
    Measure(
        "full_fibre",
        "full_fibre_pct",
        "full_fibre_pct",
        "Full fibre, share of premises",
        "Full fibre",
        "premises with full fibre available",
        "full fibre",
        without="without_full_fibre",
    ),
    Measure(
        "gigabit",
        "gigabit_pct",
        "gigabit_pct",
        "Gigabit by any technology, share of premises",
        "Gigabit (any technology)",
        "premises with gigabit available by any technology",
        "gigabit broadband",
        without="without_gigabit",
    ),
    Measure(
        "5g",
        "area_5g_any_pct",
        "deficit_5g_pct",
        "Without 5G from any operator, share of area",
        "5G deficit",
        "area without 5G from any operator",
        "5G",
        deficit=True,
    ),
)
PREFERRED = {"testbed_5g": "5g"}


def _has_data(table: Table, column: str) -> bool:
    return column in table.columns and bool(table.frame[column].notna().any())


def available(table: Table) -> Iterator[Measure]:
    """Yield the measures that a gap table has any value for, full fibre first."""
    for measure in MEASURES:
        if _has_data(table, measure.share):
            yield measure


def case_measure(view: CaseView) -> Measure | None:
    """Return the gap that matters to a scenario, or the next best one that has data."""
    held = {measure.key: measure for measure in available(view.study.area_gaps)}
    if not held:
        return None
    return held.get(PREFERRED.get(view.scenario, "full_fibre"), next(iter(held.values())))


def grades_of(table: Table, column: str) -> pd.Series[str]:
    """Return the grade of every value of a column, by row; empty where the value is missing."""
    spec = table.columns[column]
    if spec.grade_of is not None:
        grades = table.frame[spec.grade_of].astype("object")
    else:
        grades = pd.Series(spec.grade or "", index=table.frame.index, dtype="object")
    return grades.where(table.frame[column].notna() & grades.notna(), "")


def latest_release(study: StudyView, measure: Measure) -> str:
    """Return the newest release (`YYYY-MM`) with a value, or an empty text."""
    frame = study.coverage.frame
    held = frame.loc[(frame["measure"] == measure.series) & frame["share_pct"].notna(), "release"]
    return "" if held.empty else str(held.astype(str).max())


def month(release: str) -> str:
    """Return a release in words.

    >>> month("2024-01"), month("2024"), month("")
    ('January 2024', '2024', 'date not stated')
    """
    year, _, number = release.partition("-")
    if not year:
        return "date not stated"
    number = number[:2]
    return f"{MONTHS[int(number) - 1]} {year}" if number.isdigit() else year


def stale(release: str, as_of: date) -> bool:
    """Whether a release is more than a year older than the study's date.

    >>> stale("2024-01", date(2025, 1, 31)), stale("2024-01", date(2025, 2, 1))
    (False, True)
    """
    year, _, number = release.partition("-")
    if not year.isdigit():
        return False
    months = int(year) * 12 + (int(number[:2]) if number[:2].isdigit() else 12)
    return as_of.year * 12 + as_of.month - months > 12


def finding(study: StudyView, measure: Measure) -> str:
    """Return the title of a map of a gap: what it shows, and its date when that is long ago."""
    release = latest_release(study, measure)
    if stale(release, study.as_of):
        return f"Where {measure.lacking} had not arrived in {month(release)}"
    return f"Where {measure.lacking} has not arrived"


def whole_area(study: StudyView, measure: Measure) -> str:
    """Return the key of the newest coverage row about the whole study area, or an empty text."""
    frame = study.coverage.frame
    rows = frame[
        (frame["measure"] == measure.series)
        & (frame["level"] == "study")
        & frame["share_pct"].notna()
        & (frame["release"].astype(str) == latest_release(study, measure))
    ]
    return "" if rows.empty else str(rows["row"].iloc[0])


def published(study: StudyView, measure: Measure) -> pd.DataFrame:
    """Return the newest rows published for constituencies that can be drawn (`row`, `area_id`).

    Empty when there is no boundary file for them or no row of the measure.
    """
    frame = study.coverage.frame
    shapes = study.constituencies
    if shapes is None or "geometry" not in shapes or shapes.geometry.isna().all():
        return frame.iloc[:0]
    drawn = set(shapes.loc[shapes.geometry.notna() & ~shapes.geometry.is_empty, "id"].astype(str))
    rows = frame[
        (frame["measure"] == measure.series)
        & frame["level"].astype(str).str.upper().str.startswith(CONSTITUENCY)
        & frame["share_pct"].notna()
        & frame["area_id"].astype(str).isin(drawn)
        & (frame["grade"] == "measured")
    ]
    newest = rows[rows["release"].astype(str) == rows["release"].astype(str).max()]
    return newest.sort_values("area_id", kind="stable").drop_duplicates("area_id")
