"""Counts published by small area or MSOA, brought to small areas and spread over their premises.

Self-employed residents (Census 2021, TS066) and jobs (BRES). A count published for the small area is
measured there; one of an MSOA is shared out by premises and estimated; one on LSOA of 2011 is carried
by the published lookup where it can be. A point's share of its area's count is always estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.formats.self_employed import PANDEMIC
from layers.join_keys import share_of_2011
from layers.ledger import OUTSIDE, Ledger, apart, newest_first
from layers.source import Reading
from layers.vintages import (
    OLD_AREAS,
    carried_to_2021,
    msoa_pairs,
    on_msoa_2021,
    pairs_of_2011,
    settle_pairs,
    stands_on_2011,
)

__all__ = ["AreaCounts", "indicators", "jobs", "lookup_pairs", "self_employed"]

FINER = "the small areas of the study have counts of their own"
COARSER = "no area of the study has its code"
OTHER_FILE = "the same counts are in a newer or finer file"
JOBS = ("jobs", "jobs_low", "jobs_high")
ROUTE_RESIDENTS = f"Census 2021 self-employed residents, spread over premises; {PANDEMIC}"
ROUTE_JOBS = "jobs by area (BRES), spread over premises; published counts are rounded"
# BRES open access counts employees and, with working owners, employment: the wider is taken
STATUSES = ("employment", "total", "employees", "")


@dataclass(frozen=True)
class AreaCounts:
    """Counts by small area (indexed by id, with `grade src record`), and at its demand points."""

    by_area: pd.DataFrame
    points: pd.DataFrame | None


def self_employed(
    ledger: Ledger, ground: Ground, demand: pd.DataFrame | None, pairs: pd.DataFrame
) -> AreaCounts | None:
    """Return self-employed residents; the census was taken in lockdown, which is noted."""
    names = ("self_employed", "self_employed_without_employees")
    readings = _on_2021(ledger, "self_employed", ground)
    made = _counts(ledger, readings, ROUTE_RESIDENTS, names, ground, demand, pairs)
    if made is not None:
        ledger.note(f"self-employed residents: {PANDEMIC}")
    return made


def jobs(
    ledger: Ledger, ground: Ground, demand: pd.DataFrame | None, pairs: pd.DataFrame
) -> AreaCounts | None:
    """Return jobs of all industries, with the interval that Nomis' rounding leaves."""
    parts = {}
    readings = _on_2021(ledger, "bres", ground)
    for reading in readings:
        frame = reading.frame
        said = frame["status"].str.lower().str.strip()
        status = next((s for s in STATUSES if (said == s).any()), said.min() if len(said) else "")
        whole = (frame["industry"] == "total").to_numpy(bool)
        other = np.where(whole, "", "a part of the industries").astype(object)
        other[whole & (said != status).to_numpy(bool)] = "another status of employment"
        parts[reading.source.src] = other
    return _counts(ledger, readings, ROUTE_JOBS, JOBS, ground, demand, pairs, parts)


def indicators(ledger: Ledger, ground: Ground) -> pd.DataFrame:
    """Return the digital indicators behind the Indices of Deprivation, by area.

    Returns
    -------
    DataFrame
        Indexed by area id: `broadband_score` (standardised, higher is worse), `connectivity_score`
        (0 to 100, higher is better), `src`.
    """
    index = pd.Index(ground.areas["id"], name="id")
    made = pd.DataFrame(np.nan, index=index, columns=["broadband_score", "connectivity_score"])
    made["src"] = ""
    for reading in reversed(newest_first(ledger.of("imd_indicators"))):
        inside = reading.frame["area_id"].isin(index)
        ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))
        rows = reading.frame.loc[inside].set_index("area_id")
        for name in ("broadband_score", "connectivity_score"):
            made.loc[rows.index, name] = rows[name].astype(float)
        made.loc[rows.index, "src"] = rows["src"].astype("str")
    return made


def _on_2021(ledger: Ledger, key: str, ground: Ground) -> list[Reading]:
    """Return the readings of a format, newest first, those by MSOA on the MSOAs of 2021."""
    small, large = set(ground.areas["id"]), set(ground.area_msoa) - {""}
    pairs = msoa_pairs(ledger, large)
    made = (
        reading
        if reading.frame["area_id"].isin(small).any()
        else on_msoa_2021(ledger, reading, pairs, large)
        for reading in newest_first(ledger.of(key))
    )
    return [reading for reading in made if reading is not None]


def _counts(
    ledger: Ledger,
    readings: Sequence[Reading],
    route: str,
    names: Sequence[str],
    ground: Ground,
    demand: pd.DataFrame | None,
    pairs: pd.DataFrame,
    unwanted: dict[str, np.ndarray] | None = None,
) -> AreaCounts | None:
    """Bring the best file of a format to small areas; say of every other row why it is not used."""
    best: pd.DataFrame | None = None
    small = set(ground.areas["id"])
    for reading in readings:
        reasons = np.full(len(reading.frame), "", dtype=object)
        if unwanted is not None:
            reasons = unwanted[reading.source.src].copy()
        if best is None and pairs.empty and stands_on_2011(reading.frame["area_id"], small):
            ledger.leave(reading, OLD_AREAS)
            ledger.note(f"{reading.source.path} is not used: {OLD_AREAS}")
            continue
        made = None if best is not None else _one(reading, names, ground, demand, pairs, reasons)
        if made is None:
            ledger.leave(reading, OTHER_FILE if best is not None else COARSER)
            continue
        best = made
        ledger.settle(apart(reading, reasons))
        if share_of_2011(reading.frame["area_id"], small, set(pairs["lsoa11"])) > 0:
            settle_pairs(ledger, "lsoa11", "lsoa21", small)
            ledger.note(
                f"{reading.source.path} stands on LSOA of 2011: carried to 2021 by the published "
                "lookup, areas that were split left unknown"
            )
    if best is None:
        return None
    by_area = best.reindex(pd.Index(ground.areas["id"], name="id"))
    for text in ("grade", "src"):
        by_area[text] = by_area[text].fillna("")
    return AreaCounts(by_area, _points(by_area, names, demand, route))


def _one(
    reading: Reading,
    names: Sequence[str],
    ground: Ground,
    demand: pd.DataFrame | None,
    pairs: pd.DataFrame,
    reasons: np.ndarray,
) -> pd.DataFrame | None:
    """Return counts by small area, or None where none can be had; fills in the reasons."""
    small = set(ground.areas["id"]) | set(pairs["lsoa11"])
    if reading.frame.loc[reasons == "", "area_id"].isin(small).any():
        return _by_small_area(reading.frame, names, ground, pairs, reasons)
    return _by_msoa(reading.frame, names, ground, demand, reasons) if demand is not None else None


def _by_small_area(
    frame: pd.DataFrame,
    names: Sequence[str],
    ground: Ground,
    pairs: pd.DataFrame,
    reasons: np.ndarray,
) -> pd.DataFrame:
    areas, wanted = set(ground.areas["id"]), reasons == ""
    carried = _carried(frame.loc[wanted], names, pairs, areas)
    if carried is not None:
        found, why = carried
        reasons[wanted] = why
        strange = ~frame["area_id"].isin(set(pairs["lsoa11"])).to_numpy(bool)
        reasons[wanted & (reasons == "") & strange] = OUTSIDE
    else:
        fine = frame["area_id"].isin(areas).to_numpy(bool)
        larger = frame["area_id"].isin(set(ground.area_msoa)).to_numpy(bool)
        reasons[wanted & ~fine] = np.where(larger[wanted & ~fine], FINER, OUTSIDE)
        found = frame.loc[wanted & fine].drop_duplicates("area_id")
    made: pd.DataFrame = found.set_index("area_id")[[*names, "src", "record"]]
    return made.assign(grade="measured")


def _by_msoa(
    frame: pd.DataFrame,
    names: Sequence[str],
    ground: Ground,
    demand: pd.DataFrame,
    reasons: np.ndarray,
) -> pd.DataFrame | None:
    """Share the counts of MSOAs out over their small areas by premises."""
    wanted = reasons == ""
    inside = frame["area_id"].isin(set(ground.area_msoa) - {""}).to_numpy(bool)
    if not (wanted & inside).any():
        return None
    reasons[wanted & ~inside] = OUTSIDE
    # one row an MSOA, or those of 2011 that were merged into it
    rows = frame.loc[wanted & inside].groupby("area_id")
    held = rows[list(names)].sum(min_count=1).join(rows[["src", "record"]].first())
    premises = demand.groupby("area")["premises"].sum()
    msoa = ground.area_msoa.reindex(premises.index)
    share = premises / premises.groupby(msoa).transform("sum").replace(0, np.nan)
    made = pd.DataFrame({n: share * msoa.map(held[n].astype(float)) for n in names})
    made["src"], made["record"] = msoa.map(held["src"]), msoa.map(held["record"]).fillna(0)
    return made.assign(grade="estimated").dropna(subset=[names[0]])


def _carried(
    rows: pd.DataFrame, names: Sequence[str], pairs: pd.DataFrame, areas: set[str]
) -> tuple[pd.DataFrame, np.ndarray] | None:
    """Carry counts on areas of 2011 to those of 2021; None where the codes are of 2021."""
    found = [carried_to_2021(rows, "area_id", name, pairs, areas) for name in names]
    if found[0] is None:
        return None
    whole, reasons = found[0]
    for name, item in zip(names[1:], found[1:], strict=True):
        if item is not None:
            whole = whole.merge(item[0][["area_id", name]], on="area_id", how="left")
    return whole, reasons


def _points(
    by_area: pd.DataFrame, names: Sequence[str], demand: pd.DataFrame | None, route: str
) -> pd.DataFrame | None:
    """Spread each area's count over its demand points by premises."""
    if demand is None or demand.empty:
        return None
    made = demand[["id", "easting", "northing", "area"]].copy()
    premises = demand["premises"]
    whole = premises.groupby(demand["area"]).transform("sum")
    share = premises / whole.where(whole > 0)
    for name in names:
        made[name] = share * demand["area"].map(by_area[name].astype(float))
    made["src"] = demand["area"].map(by_area["src"]).fillna("")
    made["record"] = demand["area"].map(by_area["record"]).fillna(0).astype("int64")
    made["grade"], made["route"] = "estimated", route
    made = made[made["src"] != ""]
    return made.reset_index(drop=True) if len(made) else None


def lookup_pairs(ledger: Ledger, ground: Ground) -> pd.DataFrame:
    """Return areas of 2011 with those of 2021 they became, as the study's lookups say."""
    return pairs_of_2011(ledger, set(ground.areas["id"]))
