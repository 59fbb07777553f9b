"""The layers combined: coverage gaps by small area and by district, and where gaps coincide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.area_facts import FACT_COLUMNS, Facts
from layers.boundaries import Ground
from layers.coverage import newest
from layers.full_fibre import AreaShare
from layers.gap_columns import AREA_COLUMNS, DISTRICT_COLUMNS
from layers.ledger import Ledger
from layers.lineage import Table
from layers.premises import DEMAND_FORMATS, Demand

__all__ = ["AreaSums", "Ingredients", "area_gaps", "area_sums", "district_gaps"]

MOST_DEPRIVED_DECILE = 3
WITHOUT = ("without_full_fibre", "without_gigabit")
BY_AREA = (
    "premises",
    *(f"{name}{end}" for name in WITHOUT for end in ("", "_low", "_high")),
    "units",
)
BY_DISTRICT = ("premises", *WITHOUT)


@dataclass(frozen=True)
class Ingredients:
    """What the gap tables are made of. `deficit` and `deprivation` are indexed by area id."""

    ground: Ground
    demand: Demand | None
    sums: AreaSums
    coverage: pd.DataFrame
    full_fibre: AreaShare | None
    gigabit: AreaShare | None
    deficit: pd.DataFrame
    deprivation: pd.DataFrame
    sites: pd.DataFrame | None
    offices: pd.DataFrame | None
    facts: Facts | None = None


@dataclass(frozen=True)
class AreaSums:
    """Premises and business units, and those without a service, added up.

    Attributes
    ----------
    areas, districts
        `BY_AREA` by small area and `BY_DISTRICT` by district; missing where one has no value at all.
    src
        Files of the points that were added up.
    """

    areas: pd.DataFrame
    districts: pd.DataFrame
    src: frozenset[str] = frozenset()


def area_sums(
    demand: pd.DataFrame | None, businesses: pd.DataFrame | None, areas: pd.DataFrame
) -> AreaSums:
    """Add up points by the areas (`id lad`) that they are in.

    Each sum is over the points of one area in their order, so that it is the same number whether the
    points of other areas are there or not.
    """
    index = pd.Index(areas["id"], name="id")
    lads = pd.Index(sorted(set(areas["lad"])), name="id")
    by_area = _sums(demand, list(BY_AREA[:-1]), index)
    by_area["units"] = _sums(businesses, ["units"], index)["units"]
    by_district = _sums(demand, list(BY_DISTRICT), lads, "lad")
    frames = [f for f in (demand, businesses) if f is not None]
    src = frozenset(str(item) for frame in frames for item in frame["src"].unique())
    return AreaSums(by_area, by_district, src)


def _sums(
    frame: pd.DataFrame | None, names: list[str], index: pd.Index, key: str = "area"
) -> pd.DataFrame:
    """Sum columns by area; missing where an area has no value at all."""
    if frame is None:
        return pd.DataFrame(np.nan, index=index, columns=names)
    return frame.groupby(key)[names].sum(min_count=1).reindex(index)


def _graded(value: pd.Series, grade: str) -> np.ndarray[Any, Any]:
    """Return the grade where there is a value, else empty text."""
    return np.where(value.notna(), grade, "")


def area_gaps(parts: Ingredients, ledger: Ledger) -> Table:
    """Make the `area_gaps` table: one row a small area.

    Shares published for constituencies or districts are estimated here, with their range.
    `coincidence` counts how many hold of: share without full fibre above the study's median;
    among the three most deprived tenths of England; business density above the study's median. It
    is missing where one of them is unknown.
    """
    areas = parts.ground.areas
    index = pd.Index(areas["id"], name="id")
    made = areas[["id", "name", "lad", "lad_name", "hectares"]].set_index("id")
    sums = parts.sums.areas.reindex(index)
    made["premises"] = sums["premises"]
    made["premises_grade"] = _graded(
        sums["premises"], parts.demand.premises_grade if parts.demand else ""
    )
    made = _full_fibre(made, parts, sums)
    made = _gigabit(made, parts, sums)
    made["deficit_5g_pct"] = parts.deficit["pct"].reindex(index)
    made["deficit_5g_low_pct"] = parts.deficit["low_pct"].reindex(index)
    made["deficit_5g_high_pct"] = parts.deficit["high_pct"].reindex(index)
    made["deficit_5g_grade"] = _graded(made["deficit_5g_pct"], "modelled")
    made["imd_decile"] = parts.deprivation["decile"].reindex(index)
    made["imd_grade"] = parts.deprivation["grade"].reindex(index).fillna("")
    units = sums["units"]
    made["business_units"] = units
    made["business_per_hectare"] = units / made["hectares"]
    made["business_grade"] = _graded(units, "estimated")
    made = _coincidence(made)
    for name in FACT_COLUMNS:
        text = name.endswith("_grade")
        known = parts.facts.by_area[name] if parts.facts is not None else "" if text else np.nan
        made[name] = known
    more = parts.facts.src if parts.facts is not None else ()
    shares = [s.src for s in (parts.full_fibre, parts.gigabit) if s is not None]
    behind = ledger.used(*DEMAND_FORMATS, "workplace_jobs", "nomis_businesses")
    used = ledger.files([*parts.sums.src, *shares, *more])
    sources = {*ledger.sources([areas, parts.deprivation]), *used, *behind}
    columns = AREA_COLUMNS | FACT_COLUMNS
    return Table(
        "area_gaps", "id", made.reset_index()[list(columns)], columns,
        tuple(sorted(sources, key=lambda s: s.path)), "Coverage gaps by small area (LSOA 2021)",
    )  # fmt: skip


def _full_fibre(made: pd.DataFrame, parts: Ingredients, sums: pd.DataFrame) -> pd.DataFrame:
    share = parts.full_fibre
    for name, source in (("", "pct"), ("_low", "low_pct"), ("_high", "high_pct")):
        value = share.frame[source].reindex(made.index) if share is not None else np.nan
        made[f"full_fibre{name}_pct"] = value
        made[f"without_full_fibre{name}"] = sums[f"without_full_fibre{name}"]
    made["full_fibre_grade"] = _graded(made["full_fibre_pct"].astype(float), "estimated")
    made["full_fibre_release"] = np.where(
        made["full_fibre_grade"] != "", share.release if share else "", ""
    )
    return made


def _gigabit(made: pd.DataFrame, parts: Ingredients, sums: pd.DataFrame) -> pd.DataFrame:
    """Add gigabit: counted one by one where BDUK has it, else as it was allocated to the premises."""
    for end in ("", "_low", "_high"):
        made[f"without_gigabit{end}"] = sums[f"without_gigabit{end}"]
    whole = sums["premises"].where(sums["premises"] > 0)
    for name, end in (("", ""), ("_low", "_high"), ("_high", "_low")):
        made[f"gigabit{name}_pct"] = (100 * (1 - sums[f"without_gigabit{end}"] / whole)).clip(
            0, 100
        )
    if parts.demand is None and parts.gigabit is not None:
        for name, source in (("", "pct"), ("_low", "low_pct"), ("_high", "high_pct")):
            made[f"gigabit{name}_pct"] = parts.gigabit.frame[source].reindex(made.index)
    grade = parts.demand.gigabit_grade if parts.demand is not None else "estimated"
    made["gigabit_grade"] = _graded(made["gigabit_pct"].astype(float), grade)
    return made


def _coincidence(made: pd.DataFrame) -> pd.DataFrame:
    gap = 100 - made["full_fibre_pct"].astype(float)
    density, decile = made["business_per_hectare"], made["imd_decile"].astype(float)
    tests = {
        "share without full fibre": (gap > gap.median()).where(gap.notna()),
        "deprivation": (decile <= MOST_DEPRIVED_DECILE).where(decile.notna()),
        "business density": (density > density.median()).where(density.notna()),
    }
    held = pd.DataFrame({name: test.astype(float) for name, test in tests.items()})
    made["coincidence"] = held.sum(axis=1, skipna=False)
    listed = np.full(len(made), "", dtype=object)
    unknown = np.full(len(made), "", dtype=object)
    for name in tests:
        yes, lost = (held[name] == 1).to_numpy(), held[name].isna().to_numpy()
        listed = np.where(yes, np.where(listed == "", name, listed + ", " + name), listed)
        unknown = np.where(lost, np.where(unknown == "", name, unknown + ", " + name), unknown)
    note = np.where(listed == "", "none of the three holds", "holds: " + listed)
    made["coincidence_note"] = np.where(unknown != "", "unknown: " + unknown, note)
    return made


def district_gaps(parts: Ingredients, areas: Table, ledger: Ledger) -> Table:
    """Make the `district_gaps` table: one row a district.

    Full fibre, premises and the count without it are Ofcom's (all premises, homes and businesses),
    as published for the district or summed from constituencies; they are not the census households
    that stand in for premises in small areas, so the two do not add up to each other.
    """
    lads = parts.ground.districts
    index = pd.Index(lads["id"], name="id")
    made = lads[["id", "name"]].set_index("id")
    spread = parts.sums.districts.reindex(index)
    held = {
        m: newest(parts.coverage, m, "LAD").reindex(index)
        for m in ("full_fibre_pct", "gigabit_pct", "area_5g_any_pct", "all_operators_5g_pct")
    }
    ofcom = held["full_fibre_pct"]
    base = ofcom["premises"].astype(float)
    demand_grade = parts.demand.premises_grade if parts.demand else ""
    made["premises"] = base.where(base.notna(), spread["premises"])
    made["premises_grade"] = np.where(
        base.notna(), ofcom["grade"].fillna(""), _graded(spread["premises"], demand_grade)
    )
    made = _published(made, ofcom, "full_fibre_pct", "full_fibre")
    made["without_full_fibre"] = (base - ofcom["count"].astype(float)).where(
        base.notna(), spread["without_full_fibre"]
    )
    made = _published(made, held["gigabit_pct"], "gigabit_pct", "gigabit")
    without = made["premises"] * (1 - made["gigabit_pct"] / 100)
    made["without_gigabit"] = without.where(without.notna(), spread["without_gigabit"])
    made = _published(made, held["area_5g_any_pct"], "area_5g_any_pct", "area_5g")
    made = _published(
        made, held["all_operators_5g_pct"], "all_operators_5g_pct", "all_operators_5g"
    )
    small = areas.frame
    weight = small["premises"].where(small["deficit_5g_pct"].notna())
    far = (small["deficit_5g_pct"] * weight).groupby(small["lad"]).sum(min_count=1)
    made["deficit_5g_pct"] = (far / weight.groupby(small["lad"]).sum(min_count=1)).reindex(index)
    made["deficit_5g_grade"] = _graded(made["deficit_5g_pct"], "modelled")
    decile = small["imd_decile"]
    poorest = (decile <= MOST_DEPRIVED_DECILE).where(decile.notna()).astype(float)
    made["most_deprived_areas"] = poorest.groupby(small["lad"]).sum(min_count=1).reindex(index)
    made["areas"] = small.groupby("lad").size().reindex(index).fillna(0).astype("int64")
    made["sites"] = _number(parts.sites, index)
    leads = parts.offices
    made["offices_to_verify"] = _number(
        leads[leads["vacancy_confidence"] > 0] if leads is not None else None, index
    )
    used = [lads, *held.values()]
    sources = {*ledger.sources([f[f["src"].notna()] for f in used]), *areas.sources}
    return Table(
        "district_gaps", "id", made.reset_index()[list(DISTRICT_COLUMNS)], DISTRICT_COLUMNS,
        tuple(sorted(sources, key=lambda s: s.path)), "Coverage gaps by district",
    )  # fmt: skip


def _published(made: pd.DataFrame, held: pd.DataFrame, column: str, stem: str) -> pd.DataFrame:
    made[column] = held["share_pct"].astype(float)
    made[f"{stem}_grade"] = held["grade"].fillna("")
    made[f"{stem}_release"] = held["release"].fillna("")
    return made


def _number(frame: pd.DataFrame | None, index: pd.Index) -> pd.Series:
    """Count rows by district; missing where the study has no source of them."""
    if frame is None:
        return pd.Series(np.nan, index=index)
    return frame.groupby("lad").size().reindex(index).fillna(0).astype(float)
