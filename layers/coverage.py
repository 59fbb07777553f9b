"""Coverage by area and release: what was published, by whom, and what was summed from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.formats.ons_local_statistics import MEASURES
from layers.full_fibre import COVERAGE_COLUMNS, SUMMED, commons, ofcom_fixed, published
from layers.ledger import OUTSIDE, Ledger, apart, stack
from layers.lineage import Column, Recipe, Table
from layers.mobile_5g import ofcom_mobile

__all__ = ["BUSINESSES", "ONS_MEASURES", "coverage_rows", "coverage_table", "newest"]

# every indicator with a name of its own: coverage, walks to services, and business demography
ONS_MEASURES = tuple(sorted({name for name in MEASURES.values() if name.endswith("_pct")}))
BUSINESSES = "active_businesses"
COUNTRIES = {"E92000001": "country", "K02000001": "country"}
TAKEUP = {
    "takeup_of_covered_pct": "full_fibre_takeup_of_covered_pct",
    "takeup_of_all_pct": "full_fibre_takeup_of_all_pct",
}
NATION_SPEEDS = {r"full.?fibre|fttp": "full_fibre_pct", "gigabit": "gigabit_pct"}
ALL_OF_THEM = ("all", "all premises", "total", "")
ADDED = "sum over the areas in parts, as published"
BREAKS = (
    "constituencies of 2010 and 2024 have different bounds and are never put in one series",
    "superfast includes ultrafast in every release here; Ofcom left it out in 2018 and 2019",
)


def coverage_rows(
    ledger: Ledger, ground: Ground, area_code: str, area_name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Collect the coverage rows of all publishers, and the ONS counts of active businesses.

    Returns
    -------
    tuple of DataFrame
        Rows with `COVERAGE_COLUMNS`; and `area_id period units src record` of active businesses.
    """
    series, businesses = _ons(ledger, ground, area_code)
    found = [
        ofcom_fixed(ledger, ground, area_code, area_name),
        series,
        ofcom_mobile(ledger, ground, COVERAGE_COLUMNS),
        commons(ledger, ground),
        _takeup(ledger, ground),
        _nations(ledger),
    ]
    rows = stack(found, COVERAGE_COLUMNS)
    basis = rows["basis"].astype(object)
    rows["basis"] = basis.where(basis.notna(), "").astype("str")
    parts = rows["parts"].astype(object)
    rows["parts"] = parts.where(parts.notna(), "").astype("str")
    # releases spell names differently (BIRMINGHAM, LADYWOOD): one spelling for one area
    names = dict(zip(ground.districts["id"], ground.districts["name"], strict=True))
    for units in ground.constituencies.values():
        names |= {k: v for k, v in zip(units["id"], units["name"], strict=True) if v}
    spelt = [names.get(k, v) for k, v in zip(rows["area_id"], rows["area_name"], strict=True)]
    return rows.assign(area_name=pd.Series(spelt, index=rows.index, dtype="str")), businesses


def _ons(ledger: Ledger, ground: Ground, area_code: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ONS series for districts, the combined authority and, to compare, the country."""
    levels: dict[str, str] = dict.fromkeys(ground.districts["id"], "LAD")
    levels |= COUNTRIES | {area_code: "CAUTH"}
    parts: list[pd.DataFrame] = []
    counts: list[pd.DataFrame] = []
    for reading in ledger.of("ons_local_statistics"):
        frame = reading.frame
        inside = frame["area_id"].isin(levels).to_numpy(dtype=bool)
        covers = frame["measure"].isin(ONS_MEASURES).to_numpy(dtype=bool)
        firms = (frame["measure"] == BUSINESSES).to_numpy(dtype=bool)
        reasons = np.where(inside, "", OUTSIDE).astype(object)
        reasons[~covers & ~firms] = "a measure that no layer uses"
        district = frame["area_id"].isin(ground.districts["id"]).to_numpy(dtype=bool)
        reasons[firms & inside & ~district] = "business counts of a larger area"
        ledger.settle(apart(reading, reasons))
        kept = frame.loc[covers & inside]
        parts.append(
            kept.assign(
                level=kept["area_id"].map(levels), release=kept["period"], premises=np.nan,
                count=np.nan, share_pct=kept["value"], grade="measured", **published(kept),
            ).reindex(columns=list(COVERAGE_COLUMNS))
        )  # fmt: skip
        business = frame.loc[firms & district]
        counts.append(
            business.rename(columns={"value": "units"})[
                ["area_id", "period", "units", "src", "record"]
            ]
        )
    columns = ["area_id", "period", "units", "src", "record"]
    return stack(parts, COVERAGE_COLUMNS), stack(counts, columns)


def _takeup(ledger: Ledger, ground: Ground) -> pd.DataFrame:
    """Return take-up of full fibre by district, as published."""
    parts = []
    for reading in ledger.of("ofcom_takeup"):
        inside = reading.frame["area_id"].isin(ground.districts["id"])
        ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))
        for column, measure in TAKEUP.items():
            kept = reading.frame.loc[inside]
            parts.append(
                kept.assign(
                    level="LAD", measure=measure, release=reading.source.vintage, premises=np.nan,
                    count=np.nan, share_pct=kept[column], grade="measured", **published(kept),
                ).reindex(columns=list(COVERAGE_COLUMNS))
            )  # fmt: skip
    return stack(parts, COVERAGE_COLUMNS)


def _nations(ledger: Ledger) -> pd.DataFrame:
    """Return the shares of the nations, all premises and all kinds of place, to compare with."""
    parts = []
    for reading in ledger.of("ofcom_nations"):
        frame = reading.frame
        speed = frame["speed"].str.lower()
        measure = pd.Series("", index=frame.index, dtype=object)
        for rule, name in NATION_SPEEDS.items():
            measure = measure.mask((measure == "") & speed.str.contains(rule), name)
        whole = frame["premises_type"].str.lower().isin(ALL_OF_THEM)
        whole &= frame["rurality"].str.lower().isin(ALL_OF_THEM)
        reasons = np.where(frame["area_id"] == "", "not a nation", "").astype(object)
        reasons[(~whole).to_numpy(dtype=bool)] = "part of the premises or places only"
        reasons[(measure == "").to_numpy(dtype=bool)] = "a speed that no layer uses"
        ledger.settle(apart(reading, reasons))
        kept = frame.loc[reasons == ""]
        parts.append(
            kept.assign(
                level="country", measure=measure[reasons == ""], release=kept["period"].str[:7],
                count=kept["premises"], premises=np.nan, grade="measured", **published(kept),
            ).reindex(columns=list(COVERAGE_COLUMNS))
        )  # fmt: skip
    return stack(parts, COVERAGE_COLUMNS)


def coverage_table(rows: pd.DataFrame, ledger: Ledger) -> Table:
    """Make the `coverage` table: one row an area, measure and release; published rows come first.

    A row derived for an area, measure and release that is also published keeps its place beside
    it, with the reason in its key.
    """
    frame = rows.copy()
    frame["order"] = frame["grade"].map({"measured": 0, "estimated": 1, "modelled": 2})
    frame = frame.sort_values(
        ["area_id", "measure", "release", "order", "level", "src"], kind="stable", ignore_index=True
    )
    key = (
        frame["area_id"].astype(str)
        + "|"
        + frame["measure"].astype(str)
        + "|"
        + frame["release"].astype(str)
    )
    again = key.groupby(key).cumcount()
    suffix = np.where(
        again == 0,
        "",
        "|"
        + frame["level"].astype(str)
        + " "
        + frame["grade"].astype(str)
        + " "
        + again.astype(str),
    )
    frame.insert(0, "row", key + suffix)
    frame = frame.drop(columns="order")
    for name in ("premises", "count", "share_pct"):
        frame[name] = frame[name].astype(float)
    frame["record"] = frame["record"].fillna(0).astype("int64")
    for note in BREAKS:
        ledger.note(note)
    columns = {
        "row": Column("area, measure and release"),
        "area_id": Column("GSS code of the area; the study's code for sums over it"),
        "area_name": Column("name as published; for sums, what was summed"),
        "level": Column(
            "kind of area: PCON10, PCON24, LAD, CAUTH, country, or study (a sum over it)"
        ),
        "measure": Column("what the share is of; gigabit is any technology and is not full fibre"),
        "release": Column("snapshot month that the value describes"),
        "premises": Column(
            "all premises, as the publisher counts them", "premises", 0, grade_of="grade",
            recipes=_summed(ADDED, "coverage.premises"), recipe_of="basis",
        ),
        "count": Column(
            "premises that have it", "premises", 0, grade_of="grade",
            recipes=_summed(ADDED, "coverage.count"), recipe_of="basis",
        ),
        "share_pct": Column(
            "share that has it", "%", 2, formula="published", grade_of="grade",
            recipes=_summed("100 x count / premises", "coverage.count", "coverage.premises"),
            recipe_of="basis",
        ),
        "grade": Column(
            "measured where published for this area; estimated where summed or shared out"
        ),
        "method": Column("how the value came about"),
        "basis": Column(
            "what it is a sum of or counts; empty where the publisher's own share stands"
        ),
        "parts": Column("codes of the areas that were added up; empty where it is published"),
        "src": Column("file it was read from"),
        "record": Column("record in that file; 0 for sums over several"),
    }  # fmt: skip
    return Table(
        "coverage",
        "row",
        frame,
        columns,
        ledger.sources([frame]),
        "Coverage by area, measure and release",
    )


def _summed(formula: str, *inputs: str) -> dict[str, Recipe]:
    """Return how rows were made that are sums over published areas, by what they are sums of."""
    return {f"sum of {areas}": Recipe(formula, inputs) for areas in SUMMED.values()}


def newest(rows: pd.DataFrame, measure: str, level: str) -> pd.DataFrame:
    """Return the newest value of a measure for each area of a level, the published one first.

    Returns
    -------
    DataFrame
        Indexed by `area_id`: the columns of the coverage rows.
    """
    held = rows[(rows["measure"] == measure) & (rows["level"] == level) & rows["share_pct"].notna()]
    order: Any = held["grade"].map({"measured": 0, "estimated": 1, "modelled": 2})
    held = held.assign(order=order).sort_values(
        ["area_id", "release", "order"], ascending=[True, False, True], kind="stable"
    )
    return held.drop_duplicates("area_id").set_index("area_id").drop(columns="order")
