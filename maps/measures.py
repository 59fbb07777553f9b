"""What a map of coverage says: which column, since when, on what evidence, in which words.

The tables know their own grades and units; this module only chooses among their columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import geopandas as gpd
import pandas as pd

from layers.lineage import Table
from maps import style
from maps.style import GRADES
from maps.view import CaseView, StudyView

__all__ = [
    "MEASURES",
    "Measure",
    "Picture",
    "available",
    "case_measure",
    "finding",
    "grades_of",
    "in_districts",
    "latest_release",
    "month",
    "picture",
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
Level = Literal["area", "district"]


@dataclass(frozen=True)
class Measure:
    """A share that can be drawn, and the words for it.

    Attributes
    ----------
    key
        Short name.
    series
        Measure in the coverage table, for dates and published values; empty for what is modelled.
    share
        Column of the gap tables, percent.
    label, short
        The legend's heading, and the name of its layer.
    unit
        What the share is of.
    finding, finding_past
        Title of its map; the second, with `{when}`, when the data are over a year old.
    level
        `area` (small areas) or `district`: the finest table that has it.
    deficit
        Whether the share is the gap itself, so that a high value is the dark one.
    without
        Column that counts what has no coverage, where there is one.
    """

    key: str
    series: str
    share: str
    label: str
    short: str
    unit: str
    finding: str
    finding_past: str
    level: Level = "area"
    deficit: bool = False
    without: str = ""


@dataclass(frozen=True)
class Picture:
    """One way to draw a measure: shapes, and the cells their values stand in.

    Attributes
    ----------
    shapes
        `id name geometry` in EPSG:27700.
    table, column
        Where the value of a shape is quoted from.
    rows
        Key of each shape's row; empty text where it has no value.
    classes, grades
        Class of each shape (`None` without data) and its grade (empty without data).
    """

    key: str
    measure: Measure
    unit_name: str
    shapes: gpd.GeoDataFrame
    table: str
    column: str
    rows: list[str]
    classes: list[int | None]
    grades: list[str]

    @property
    def grades_shown(self) -> set[str]:
        """The grades that its values have."""
        return set(self.grades) - {""}

    @property
    def usual_grade(self) -> str:
        """The grade that most of its values have, which the legend wears."""
        counts = [self.grades.count(grade) for grade in GRADES]
        return GRADES[counts.index(max(counts))]


MEASURES = (
    Measure(
        key="full_fibre",
        series="full_fibre_pct",
        share="full_fibre_pct",
        label="Full fibre, share of premises",
        short="Full fibre",
        unit="premises with full fibre available",
        finding="Where full fibre has not arrived",
        finding_past="Where full fibre had not arrived in {when}",
        without="without_full_fibre",
    ),
    Measure(
        key="gigabit",
        series="gigabit_pct",
        share="gigabit_pct",
        label="Gigabit by any technology, share of premises",
        short="Gigabit, any technology",
        unit="premises with gigabit available by any technology",
        finding="Where gigabit broadband has not arrived",
        finding_past="Where gigabit broadband had not arrived in {when}",
        without="without_gigabit",
    ),
    Measure(
        key="5g_modelled",
        series="",
        share="no_5g_modelled_pct",
        label="Without 5G outdoors as modelled, share of premises",
        short="Without 5G, modelled",
        unit="premises expected to have no 5G outdoors, modelled from the mast list, indicative",
        finding="Where 5G is not to be expected outdoors",
        finding_past="Where 5G is not to be expected outdoors",
        deficit=True,
    ),
    Measure(
        key="5g_deficit",
        series="",
        share="deficit_5g_pct",
        label="Far from every mast, share of premises",
        short="Far from every mast",
        unit="premises far from every mast listed, by distance only",
        finding="Where no listed mast is near",
        finding_past="Where no listed mast is near",
        deficit=True,
    ),
    Measure(
        key="5g_area",
        series="area_5g_any_pct",
        share="area_5g_any_pct",
        label="5G outdoors from any operator, share of land",
        short="5G outdoors",
        unit="land with 5G outdoors from at least one operator",
        finding="Where 5G has not arrived",
        finding_past="Where 5G had not arrived in {when}",
        level="district",
    ),
)
PREFERRED = {"testbed_5g": ("5g_modelled", "5g_deficit", "5g_area")}


def _tables(study: StudyView) -> dict[Level, Table]:
    return {"area": study.area_gaps, "district": study.district_gaps}


def _has_data(table: Table, column: str) -> bool:
    return column in table.columns and bool(table.frame[column].notna().any())


def available(study: StudyView) -> list[Measure]:
    """Return the measures that the study can draw, full fibre first."""
    tables = _tables(study)
    return [measure for measure in MEASURES if _has_data(tables[measure.level], measure.share)]


def in_districts(study: StudyView) -> list[Measure]:
    """Return the measures that any district has a value for."""
    return [measure for measure in MEASURES if _has_data(study.district_gaps, measure.share)]


def case_measure(view: CaseView) -> Measure | None:
    """Return the gap that matters to a scenario, or the next best one that has data."""
    held = {measure.key: measure for measure in available(view.study)}
    wanted = (*PREFERRED.get(view.scenario, ()), *held)
    return next((held[key] for key in wanted if key in held), None)


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
    if not year[:4].isdigit():
        return "date not stated"
    number = number[:2]
    if not number.isdigit() or not 1 <= int(number) <= 12:
        return release
    return f"{MONTHS[int(number) - 1]} {year}"


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
    values = _tables(study)[measure.level].frame.get(measure.share, pd.Series(dtype=float)).dropna()
    if len(values) and (values <= 0 if measure.deficit else values >= 100).all():
        return f"{measure.short}: no gap in the figures"
    if stale(release, study.as_of):
        return measure.finding_past.format(when=month(release))
    return measure.finding


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


def picture(study: StudyView, measure: Measure) -> Picture:
    """Return a measure as its gap table has it, by small area or by district."""
    table = _tables(study)[measure.level]
    shapes = study.areas if measure.level == "area" else study.districts
    held = {
        str(key): (style.class_of(value, deficit=measure.deficit), str(grade) or "estimated")
        for key, value, grade in zip(
            table.frame[table.key],
            table.frame[measure.share],
            grades_of(table, measure.share),
            strict=True,
        )
        if pd.notna(value)
    }
    ids = [str(identity) for identity in shapes["id"]]
    return Picture(
        key=measure.key,
        measure=measure,
        unit_name="small area" if measure.level == "area" else "district",
        shapes=shapes,
        table=table.name,
        column=measure.share,
        rows=[identity if identity in held else "" for identity in ids],
        classes=[held.get(identity, (None, ""))[0] for identity in ids],
        grades=[held.get(identity, (None, ""))[1] for identity in ids],
    )


def published(study: StudyView, measure: Measure) -> Picture | None:
    """Return a measure as published for constituencies, newest release.

    `None` when there is no boundary file for them or no row of the measure.
    """
    frame, shapes = study.coverage.frame, study.constituencies
    if shapes is None or "geometry" not in shapes or not measure.series:
        return None
    shapes = shapes[shapes.geometry.notna() & ~shapes.geometry.is_empty]
    rows = frame[
        (frame["measure"] == measure.series)
        & frame["level"].astype(str).str.upper().str.startswith(CONSTITUENCY)
        & frame["share_pct"].notna()
        & frame["area_id"].astype(str).isin(shapes["id"].astype(str))
        & (frame["grade"] == "measured")
    ]
    if rows.empty:
        return None
    newest = rows[rows["release"].astype(str) == rows["release"].astype(str).max()]
    newest = newest.drop_duplicates("area_id").set_index("area_id", drop=False)
    shapes = shapes[shapes["id"].astype(str).isin(newest.index.astype(str))]
    newest = newest.loc[shapes["id"].astype(str)]
    return Picture(
        key="published",
        measure=measure,
        unit_name="Westminster constituency",
        shapes=shapes,
        table=study.coverage.name,
        column="share_pct",
        rows=[str(row) for row in newest["row"]],
        classes=[style.class_of(value, deficit=measure.deficit) for value in newest["share_pct"]],
        grades=["measured"] * len(newest),
    )
