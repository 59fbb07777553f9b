"""How far off the estimates are: each found by hiding a finer published level and comparing.

Every method leaves out what is published for the finer unit, makes the estimate again from the next
larger one, and compares with what was left out. Where nothing finer is published, that is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from layers.evidence import Evidence
from layers.source import Layer

__all__ = ["FoundError", "found_errors"]

RELATIVE = "% of the published value"
POINTS = "percentage points"
CONSTITUENCIES = ("PCON10", "PCON24")
# of a row for each premises: what no comparison looks at need not be read
UNREAD = (
    "record", "easting", "northing", "without_full_fibre", "without_full_fibre_low", "without_full_fibre_high",
    "without_gigabit_low", "without_gigabit_high", "uplift", "uplift_low", "uplift_high", "white", "under_review",
    "grey_black",
)  # fmt: skip


@dataclass(frozen=True)
class FoundError:
    """The error of one estimated column.

    Attributes
    ----------
    layer, column
        What is estimated.
    value, unit
        Root mean square error; NaN where nothing finer is published.
    compared
        How many published values were hidden and compared; 0 where the method says it in words.
    method
        What was hidden and what it was compared with, or why nothing could be.
    src
        Files it rests on, joined with `+`.
    """

    layer: str
    column: str
    value: float
    unit: str
    compared: int
    method: str
    src: str


def found_errors(evidence: Evidence) -> tuple[FoundError, ...]:
    """Return the found error of each estimated column that the study has, in order of layer."""
    if evidence.demand is not None:
        evidence = replace(evidence, demand=evidence.demand.without(UNREAD))
    makers: tuple[Callable[[Evidence], FoundError | None], ...] = (
        lambda e: _share(e, "full_fibre"),
        lambda e: _share(e, "gigabit"),
        _district_sums,
        _premises,
        _businesses,
        lambda e: _spread_counts(e, "jobs", e.jobs),
        lambda e: _spread_counts(e, "self_employed", e.self_employed),
    )
    found = [made for make in makers if (made := make(evidence)) is not None]
    return tuple(sorted(found, key=lambda item: (item.layer, item.column)))


def _share(evidence: Evidence, measure: str) -> FoundError | None:
    """Return the error found when the share was allocated: the half-width of its range."""
    gaps = evidence.area_gaps.frame
    gaps = gaps[gaps[f"{measure}_grade"] == "estimated"]
    if gaps.empty:
        return None
    column = f"{measure}_pct"
    if measure == "gigabit" and _by_postcode(evidence):
        return _postcode_gigabit(evidence)
    label = "full fibre" if measure == "full_fibre" else "gigabit"
    told = [note for note in evidence.notes if note.startswith(f"{label} by small area is")]
    down = gaps[column] - gaps[f"{measure}_low_pct"]
    up = gaps[f"{measure}_high_pct"] - gaps[column]
    width = float(np.nanmax(np.fmax(down, up))) if (down.notna() | up.notna()).any() else np.nan
    if not told or "not known" in told[0]:
        return _unknown("area_gaps", column, POINTS, told[0] if told else "no share is published")
    rows = evidence.coverage.frame
    used = rows[(rows["measure"] == column) & rows["level"].isin(CONSTITUENCIES)]["src"]
    return FoundError("area_gaps", column, width, POINTS, 0, told[0], _files(used))


def _by(values: np.ndarray, group: pd.Series) -> np.ndarray:
    summed = pd.Series(values, index=group.index).groupby(group).transform("sum")
    return np.asarray(summed, dtype=float)


def _by_postcode(evidence: Evidence) -> bool:
    routes = evidence.demand.frame["route"] if evidence.demand is not None else pd.Series(dtype=str)
    return bool(routes.str.startswith("postcode gigabit").any())


def _postcode_gigabit(evidence: Evidence) -> FoundError | None:
    """Hide the districts' published shares: each against the sum of its postcodes."""
    if evidence.demand is None:
        return None
    points, gaps = evidence.demand.frame, evidence.district_gaps.frame
    sums = points.groupby("lad")[["premises", "without_gigabit"]].sum()
    made = 100 * (1 - sums["without_gigabit"] / sums["premises"])
    told = gaps[gaps["gigabit_grade"] == "measured"].set_index("id")["gigabit_pct"].dropna()
    error = (made.reindex(told.index) - told).to_numpy(float)
    method = (
        "the published share of each district was hidden and summed from its postcodes, each with "
        "an even part of its area's households"
    )
    return _compared("area_gaps", "gigabit_pct", POINTS, error, method, points["src"])


def _district_sums(evidence: Evidence) -> FoundError | None:
    """Hide the shares published for districts: each against the sum of its constituencies."""
    rows = evidence.coverage.frame
    if "grade" not in rows:
        return None
    rows = rows[(rows["level"] == "LAD") & rows["share_pct"].notna()]
    made = rows[rows["grade"] == "estimated"]
    if made.empty:
        return None
    keys = ["area_id", "measure", "release"]
    told = rows[rows["grade"] == "measured"].drop_duplicates(keys)
    both = made.merge(told, on=keys, suffixes=("", "_told"))
    method = (
        "the shares published for districts were hidden and summed from the constituencies whose main "
        f"district each is: {both['measure'].nunique()} of {made['measure'].nunique()} measures are published both ways"
    )
    if both.empty:
        return _unknown(
            "coverage", "share_pct", POINTS, "no release has a district's share both ways"
        )
    error = (both["share_pct"] - both["share_pct_told"]).to_numpy(float)
    return _compared("coverage", "share_pct", POINTS, error, method, made["src"])


def _premises(evidence: Evidence) -> FoundError | None:
    """Hide the households of small areas: each against an even part of its MSOA's postcodes."""
    if evidence.demand is None or not (evidence.demand.frame["grade"] == "estimated").any():
        return None
    points = evidence.demand.frame
    known = points.groupby("area").agg(premises=("premises", "sum"), posts=("id", "size"))
    # an LSOA is named after its MSOA, with a letter (ONS naming of statistical geographies)
    names = evidence.areas.frame.set_index("id")["name"].reindex(known.index)
    group = names.str.replace(r"[A-Z]+$", "", regex=True)
    several = group.duplicated(keep=False).to_numpy() & (known["premises"] > 0).to_numpy()
    total, posts = known["premises"].to_numpy(float), known["posts"].to_numpy(float)
    guess = _by(total, group) * posts / _by(posts, group)
    method = (
        "the published households of each small area were hidden and made by spreading its MSOA's "
        "evenly over its live postcodes; inside a small area the same step is taken"
    )
    error = 100 * (guess - total)[several] / total[several]
    return _compared("demand", "premises", RELATIVE, error, method, points["src"])


def _businesses(evidence: Evidence) -> FoundError | None:
    """Hide the counts of the units that businesses are published for."""
    if evidence.businesses is None:
        return None
    units = evidence.businesses.frame
    areas = evidence.areas.frame.set_index("id")
    route = str(units["route"].iloc[0])
    lad = units["area"].map(areas["lad"])
    if "by district" in route:
        if "jobs of postcode sectors" not in route:
            return _unknown(
                "businesses", "units", RELATIVE, "nothing finer than the district is published"
            )
        by = units.assign(lad=lad).groupby("lad")[["units", "jobs"]].sum()
        guess = by["units"].sum() * by["jobs"] / by["jobs"].sum()
        error = (100 * (guess - by["units"]) / by["units"]).to_numpy(float)
        method = "the districts' published counts were hidden and made by sharing out the study's total by jobs of postcode sectors"
        return _compared("businesses", "units", RELATIVE, error, method, units["src"])
    if evidence.demand is None:
        return None
    # Nomis stands at MSOA: its total is kept, so that the points of an MSOA add up to it
    error = _hidden(evidence, units, "units", "msoa", "lad")
    return _compared("businesses", "units", RELATIVE, error, MSOA_HIDDEN, units["src"])


MSOA_HIDDEN = (
    "the published count of each MSOA was hidden and made by spreading its district's over premises; "
    "inside an MSOA a step of the same kind is taken"
)
AREA_HIDDEN = (
    "the published count of each small area was hidden and made by spreading its MSOA's over premises; "
    "inside a small area a step of the same kind is taken"
)


def _spread_counts(evidence: Evidence, name: str, held: Layer | None) -> FoundError | None:
    """Hide the counts of the units that jobs or residents are published for."""
    if held is None or evidence.demand is None:
        return None
    grades = evidence.area_gaps.frame[f"{name}_grade"]
    by_area = bool((grades == "measured").any())
    units = ("area", "msoa") if by_area else ("msoa", "lad")
    error = _hidden(evidence, held.frame, name, *units)
    method = AREA_HIDDEN if by_area else MSOA_HIDDEN
    return _compared(name, name, RELATIVE, error, method, held.frame["src"])


def _hidden(
    evidence: Evidence, points: pd.DataFrame, count: str, unit: str, larger: str
) -> np.ndarray:
    """Return the error of each unit's count, in % of it, made from the larger unit's by premises."""
    if evidence.demand is None:
        return np.array([])
    areas = evidence.areas.frame.set_index("id")
    premises = evidence.demand.frame.groupby("area")["premises"].sum()
    frame = pd.DataFrame({"n": points.groupby("area")[count].sum(), "premises": premises})
    # an LSOA is named after its MSOA, with a letter (ONS naming of statistical geographies)
    msoa = areas["name"].str.replace(r"[A-Z]+$", "", regex=True)
    frame = frame.rename_axis(None).assign(area=frame.index, msoa=msoa, lad=areas["lad"]).dropna()
    known = frame.groupby([larger, unit])[["n", "premises"]].sum().reset_index()
    several = known[larger].duplicated(keep=False).to_numpy() & (known["n"] > 0).to_numpy()
    total, weight = known["n"].to_numpy(float), known["premises"].to_numpy(float)
    guess = _by(total, known[larger]) * weight / _by(weight, known[larger])
    error: np.ndarray = 100 * (guess - total)[several] / total[several]
    return error


def _compared(
    layer: str, column: str, unit: str, error: np.ndarray, method: str, src: pd.Series
) -> FoundError:
    error = error[np.isfinite(error)]
    files = _files(src)
    if not len(error):
        why = f"not found: {method}, but no larger unit holds several"
        return FoundError(layer, column, float("nan"), unit, 0, why, files)
    size = float(np.sqrt((error**2).mean()))
    return FoundError(layer, column, size, unit, len(error), method, files)


def _files(src: pd.Series) -> str:
    found = {part for text in map(str, src.unique()) for part in text.split("+") if part}
    return "+".join(sorted(found))


def _unknown(layer: str, column: str, unit: str, why: str) -> FoundError:
    return FoundError(layer, column, float("nan"), unit, 0, f"not found: {why}", "")
