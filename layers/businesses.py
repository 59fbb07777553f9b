"""Points that carry business units.

Evidence routes, best first: Nomis local units by MSOA, spread over the premises of the MSOA, more
where the postcode sector has more jobs to a premises; else the ONS count of active businesses by
district, shared out by the jobs of its postcode sectors and spread over their live postcodes; else the
same count spread over the premises of the district. All are estimated, and none changes a published
total: the interval that rounding leaves is spread with it. Where a unit stands inside its area is not
known, and no interval says how far off that is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from layers.boundaries import Ground
from layers.dasymetric import spread
from layers.ledger import OUTSIDE, Ledger, apart, newest_first, stack
from layers.parameters import Parameters
from layers.postcodes import Gazetteer
from layers.source import one_word
from layers.vintages import msoa_pairs, on_msoa_2021

__all__ = [
    "BUSINESS_COLUMNS",
    "NomisCounts",
    "bare_note",
    "businesses",
    "nomis_counts",
    "sector_of",
    "spread_nomis",
]

BUSINESS_COLUMNS = (
    "id", "src", "record", "easting", "northing", "area", "units", "units_low", "units_high",
    "micro_weighted", "micro_weighted_low", "micro_weighted_high", "jobs", "grade", "route",
)  # fmt: skip
ROUTE_NOMIS = "Nomis local units by MSOA, spread over premises"
ROUTE_NOMIS_JOBS = "Nomis local units by MSOA, spread over premises by jobs of postcode sectors"
ROUTE_DISTRICT = "active businesses by district, spread over premises"
ROUTE_SECTORS = "active businesses by district, shared by jobs of postcode sectors"
Floats = NDArray[np.float64]
OTHER_WEIGHT = "coworking.other_sector_weight"
# domain brief D2: digital and professional, SIC divisions 58-63 and 69-74
MICRO = ("micro_weighted", "micro_weighted_low", "micro_weighted_high")
DIVISIONS = tuple(str(n) for n in (*range(58, 64), *range(69, 75)))
SECTIONS = ("J", "M")


def sector_of(postcodes: pd.Series) -> pd.Series:
    """Return the sector of each postcode: `B1 1AA` is in `B1 1`."""
    return postcodes.str[:-2]


def businesses(
    ledger: Ledger,
    ground: Ground,
    demand: pd.DataFrame | None,
    posts: pd.DataFrame | None,
    places: Gazetteer,
    active: pd.DataFrame,
    parameters: Parameters,
) -> pd.DataFrame | None:
    """Make the business points by the best route whose data the study has.

    Parameters
    ----------
    demand
        Demand points with `premises`.
    posts, places
        Live postcodes of the study, and positions of all postcodes (for sectors across its edge).
    active
        ONS active businesses: `area_id period units src record`.

    Returns
    -------
    DataFrame or None
        `BUSINESS_COLUMNS`; units are a fractional share of a published count. `micro_weighted` is
        missing where industries are not known, `jobs` where the route has none.
    """
    made = _from_nomis(ledger, ground, demand, posts, parameters)
    if made is None:
        made = _from_sectors(ledger, ground, posts, places, active)
    if made is None and demand is not None and len(active):
        made = _from_districts(ledger, ground, demand, active)
    return made


def _from_nomis(
    ledger: Ledger,
    ground: Ground,
    demand: pd.DataFrame | None,
    posts: pd.DataFrame | None,
    parameters: Parameters,
) -> pd.DataFrame | None:
    found = nomis_counts(ledger, ground, parameters, premises=demand is not None)
    if found is None or demand is None:
        return None
    made, bare = spread_nomis(found, ground, demand, _jobs_to_a_premises(ledger, demand, posts))
    if bare:
        ledger.note(bare_note(len(bare)))
    return made


@dataclass(frozen=True)
class NomisCounts:
    """Local units by MSOA: `units micro_weighted`, each with `_low` and `_high`, and `record`."""

    frame: pd.DataFrame
    src: str


def nomis_counts(
    ledger: Ledger, ground: Ground, parameters: Parameters, *, premises: bool
) -> NomisCounts | None:
    """Return the counts of the fullest file, and settle all of them; `None` where none can be used.

    `premises` is whether the study has premises to spread them over.
    """
    inside_ids = set(ground.area_msoa) - {""}
    pairs = msoa_pairs(ledger, inside_ids)
    found = (on_msoa_2021(ledger, r, pairs, inside_ids) for r in ledger.of("nomis_businesses"))
    readings = newest_first(r for r in found if r is not None)
    best = max(readings, key=lambda r: int(r.frame["area_id"].isin(inside_ids).sum()), default=None)
    for reading in readings:
        inside = reading.frame["area_id"].isin(inside_ids)
        if reading is not best or not premises or not inside.any():
            reason = (
                "no premises to spread its units over"
                if inside.any() and not premises
                else "none of its areas is an MSOA of the study"
                if not inside.any()
                else "the same counts are in a fuller file"
            )
            ledger.leave(reading, reason)
    if best is None or not premises:
        return None
    frame = best.frame
    inside = frame["area_id"].isin(inside_ids)
    if not inside.any():
        return None
    counts, used = _msoa_counts(frame.loc[inside], parameters)
    reasons = np.where(inside, "a size or industry that no layer uses", OUTSIDE).astype(object)
    reasons[frame["record"].isin(used).to_numpy(dtype=bool)] = ""
    ledger.settle(apart(best, reasons))
    return NomisCounts(counts, best.source.src)


def spread_nomis(
    found: NomisCounts, ground: Ground, demand: pd.DataFrame, density: Floats | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Spread local units over the premises of their MSOA.

    Returns
    -------
    tuple
        `BUSINESS_COLUMNS` at the demand points, and the MSOAs with units and no premises here.
    """
    counts = found.frame
    msoa = _zones(demand["area"], ground.area_msoa)
    weight = demand["premises"].to_numpy(float) * (1.0 if density is None else density)
    made = demand[["id", "easting", "northing", "area"]].copy()
    bare: tuple[str, ...] = ()
    for name in ("units_low", "units_high", *MICRO, "units"):
        made[name], bare = spread(counts[name], msoa, weight)
    made["src"] = one_word(found.src, len(made))
    record = counts["record"].reindex(msoa.categories).fillna(0).to_numpy(np.int64)
    made["record"] = np.where(msoa.codes < 0, 0, record[msoa.codes]) if len(record) else 0
    made["jobs"] = np.nan
    made["grade"] = one_word("estimated", len(made))
    made["route"] = one_word(ROUTE_NOMIS if density is None else ROUTE_NOMIS_JOBS, len(made))
    return made[list(BUSINESS_COLUMNS)], bare


def _zones(areas: pd.Series, zone_of: pd.Series) -> pd.Categorical:
    """Return the zone of each row by its area, looked up once an area instead of once a row."""
    code, names = pd.factorize(areas)
    number, zones = pd.factorize(pd.Series(np.asarray(names, dtype=object)).map(zone_of))
    found = np.where(code < 0, -1, number[code]) if len(number) else code
    return pd.Categorical.from_codes(found, categories=zones)


def bare_note(count: int) -> str:
    """Say how many MSOAs have units and no premises."""
    return f"{count} MSOAs with business units have no premises to spread them over"


def _jobs_to_a_premises(
    ledger: Ledger, demand: pd.DataFrame, posts: pd.DataFrame | None
) -> Floats | None:
    """Return jobs to a premises in the postcode sector of each point, as a multiple of the study's.

    A point is in the sector of the nearest live postcode. Sectors without a count of jobs take the
    study's mean. `None` where the study has no jobs by sector, or no postcodes to tell sectors by.
    """
    readings = newest_first(ledger.of("workplace_jobs"))
    usable = readings and posts is not None and len(posts) and len(demand)
    for reading in readings[1:] if usable else readings:
        reason = (
            "the same jobs are in another file"
            if usable
            else "Nomis counts of units by MSOA are newer and better"
        )
        ledger.leave(reading, reason)
    if not usable or posts is None:
        return None
    best = readings[0]
    at = ["easting", "northing"]
    tree = cKDTree(posts[at].to_numpy(float))
    _, nearest = tree.query(np.nan_to_num(demand[at].to_numpy(float)))
    sector = sector_of(posts["id"]).to_numpy(dtype=object)[np.asarray(nearest, dtype=np.int64)]
    ledger.settle(apart(best, np.where(best.frame["sector"].isin(set(sector)), "", OUTSIDE)))
    jobs = best.frame.drop_duplicates("sector").set_index("sector")["jobs"].astype(float)
    premises = demand["premises"].groupby(sector).sum()
    each = jobs.reindex(premises.index) / premises.where(premises > 0)
    mean = (each * premises).sum() / premises[each.notna()].sum() if each.notna().any() else 0.0
    if not mean > 0:
        return None
    return (each.fillna(mean) / mean).reindex(sector).to_numpy(float)


def _from_districts(
    ledger: Ledger, ground: Ground, demand: pd.DataFrame, active: pd.DataFrame
) -> pd.DataFrame | None:
    """Spread the newest count of each district over its premises."""
    newest = active.sort_values("period", ascending=False, kind="stable").drop_duplicates("area_id")
    counts = newest.set_index("area_id")["units"].astype(float)
    counts = counts[counts.index.isin(ground.districts["id"])]
    if counts.empty or "lad" not in demand:
        return None
    made = demand[["id", "easting", "northing", "area", "src", "record"]].copy()
    made["units"], _ = spread(counts, demand["lad"], demand["premises"])
    made["units_low"] = made["units_high"] = made["units"]
    made[[*MICRO, "jobs"]] = np.nan
    made["grade"], made["route"] = "estimated", ROUTE_DISTRICT
    ledger.note(
        f"businesses ({newest['period'].iloc[0]}) are published by district only and are spread over premises: nothing is known of where in a district they are"
    )
    return made[list(BUSINESS_COLUMNS)]


def _msoa_counts(frame: pd.DataFrame, parameters: Parameters) -> tuple[pd.DataFrame, set[int]]:
    """Return units and weighted micro units by MSOA with their ranges, and the records they came from.

    The published total is taken, never a sum of rounded cells, where there is one.
    """
    total = frame[(frame["industry"] == "total") & (frame["sizeband"] == "total")]
    if total.empty:
        total = frame[(frame["industry"] != "total") & (frame["sizeband"] == "total")]
    used = set(total["record"])
    counts = total.groupby("area_id")[["units", "units_low", "units_high"]].sum()
    counts["record"] = total.groupby("area_id")["record"].first()
    micro = frame[frame["sizeband"] == "micro"]
    whole = micro[micro["industry"] == "total"]
    divisions = micro[micro["industry"].isin(DIVISIONS)]
    core = divisions if len(divisions) else micro[micro["industry"].isin(SECTIONS)]
    counts[list(MICRO)] = np.nan
    if len(whole) and len(core):
        used |= set(whole["record"]) | set(core["record"])
        other = parameters.value(OTHER_WEIGHT)
        ends = ["units", "units_low", "units_high"]
        every = whole.groupby("area_id")[ends].sum()
        digital = core.groupby("area_id")[ends].sum().reindex(every.index, fill_value=0.0)
        # rounded cells may add up to more than the rounded total: the rest is then none
        for name, end in zip(MICRO, ends, strict=True):
            rest = (every[end] - digital[end]).clip(lower=0)
            counts[name] = digital[end] + other * rest
        counts["micro_weighted_low"] = counts[list(MICRO)].min(axis=1)
        counts["micro_weighted_high"] = counts[list(MICRO)].max(axis=1)
    return counts, used


def _from_sectors(
    ledger: Ledger,
    ground: Ground,
    posts: pd.DataFrame | None,
    places: Gazetteer,
    active: pd.DataFrame,
) -> pd.DataFrame | None:
    readings = newest_first(ledger.of("workplace_jobs"))
    newest = active.sort_values("period", ascending=False, kind="stable").drop_duplicates("area_id")
    counts = (
        newest.set_index("area_id")["units"].astype(float)
        if len(newest)
        else pd.Series(dtype=float)
    )
    usable = posts is not None and set(ground.districts["id"]) <= set(counts.index)
    for reading in readings[1:] if usable else readings:
        ledger.leave(
            reading,
            "the same jobs are in another file"
            if usable
            else "no district counts of businesses, or no postcodes, to share out by jobs",
        )
    if not readings or not usable or posts is None:
        return None
    best = readings[0]
    sector = sector_of(posts["id"])
    inside = best.frame["sector"].isin(set(sector))
    ledger.settle(apart(best, np.where(inside, "", OUTSIDE)))
    jobs = best.frame.loc[inside].drop_duplicates("sector").set_index("sector")
    # a sector reaches across the study's edge: its jobs are shared by all its postcodes
    live = places.frame.index.to_series()[places.frame["live"].to_numpy(dtype=bool)]
    number = sector_of(live.astype("str")).value_counts()
    made = posts[["id", "easting", "northing", "area", "lad", "src", "record"]].copy()
    made["jobs"] = (sector.map(jobs["jobs"].astype(float)) / sector.map(number)).to_numpy(float)
    made["units"], _ = spread(counts, made["lad"], made["jobs"])
    made["units"] = made["units"].where(made["jobs"].notna())
    error = _hidden_district_error(made, counts)
    span = error if np.isfinite(error) else 0.0
    made["units_low"] = made["units"] * max(1 - span, 0.0)
    made["units_high"] = made["units"] * (1 + span)
    made[list(MICRO)] = np.nan
    made["grade"] = "estimated"
    made["route"] = ROUTE_SECTORS
    period = str(newest["period"].iloc[0])
    size = f"{100 * error:.0f} % (root mean square)" if np.isfinite(error) else "not known"
    ledger.note(
        f"businesses ({period}) are shared out within each district by jobs of {best.source.vintage or 'unknown date'}; error {size}, found by sharing out the study's total and comparing with each district's published count"
    )
    return stack([made], BUSINESS_COLUMNS)


def _hidden_district_error(made: pd.DataFrame, counts: pd.Series) -> float:
    """Return the relative error of sharing out by jobs, found by hiding the districts' counts."""
    jobs = made.groupby("lad")["jobs"].sum()
    known = counts.reindex(jobs.index)
    if len(jobs) < 2 or known.isna().any():
        return float("nan")
    guess = known.sum() * jobs / jobs.sum()
    return float(np.sqrt((((guess - known) / known) ** 2).mean()))
