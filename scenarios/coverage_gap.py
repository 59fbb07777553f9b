"""The 5G coverage gap around a site: modelled from a tested mast list, or published for a district."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scenarios.coverage_result import COVERED_AT
from scenarios.criteria import Metric, best_route
from scenarios.deficit_5g import MAST_FLAG, PointDeficit, point_deficit
from scenarios.routes import district_share, positions
from scenarios.signal_check import SignalCheck, listed_masts

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.catchment import Membership

__all__ = ["covered_today", "modelled_gap", "no_claim", "published_gap"]

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]
COMPLETE = "testbed.mast_list_complete"
ANY, EVERY = "area_5g_any_pct", "all_operators_5g_pct"


def no_claim(evidence: Evidence, parameters: Parameters) -> str:
    """Return why nothing may be said of today's coverage from masts; empty where it may be.

    A study must state that the completeness of its mast list was tested: missing masts look like
    missing coverage.
    """
    if evidence.masts is None or not _placed(evidence.masts.frame).any():
        return "no mast list"
    complete = parameters[COMPLETE]
    if complete.basis != "stated" or complete.default < 1:
        return "completeness of the mast list untested"
    return ""


def _placed(masts: pd.DataFrame) -> Masks:
    return np.asarray(~np.isnan(positions(masts)).any(axis=1), dtype=bool)


def _today(evidence: Evidence, check: SignalCheck, point_xy: Floats) -> PointDeficit:
    masts = listed_masts(evidence, check.carrier)
    return point_deficit(point_xy, masts, check.carrier, list_tested=True)


def covered_today(
    evidence: Evidence,
    parameters: Parameters,
    check: SignalCheck,
    point_xy: ArrayLike,
    wanted: Masks,
) -> Masks | None:
    """Return which points the listed masts cover at high confidence today, as modelled.

    Parameters
    ----------
    check
        The masts' carrier, calibrated where measured points allow.
    point_xy
        Shape (n, 2), metres, EPSG:27700.
    wanted
        Points it is asked of; the others are left as not covered.

    Returns
    -------
    array or None
        Shape (3, n): low, default and high. `None` while `no_claim` gives a reason: unknown.
    """
    if no_claim(evidence, parameters):
        return None
    points = np.asarray(point_xy, dtype=np.float64).reshape(-1, 2)
    found = np.zeros((3, len(points)), dtype=bool)
    found[:, wanted] = _today(evidence, check, points[wanted]).probability >= COVERED_AT
    return found


def modelled_gap(
    evidence: Evidence,
    parameters: Parameters,
    check: SignalCheck,
    members: Membership,
    lads: NDArray[np.object_],
) -> Metric:
    """Return the share of premises around each site without modelled coverage.

    The share is expected, not counted: each premises weighs its probability of no coverage. Missing
    unless the study states that the completeness of its mast list was tested.

    Parameters
    ----------
    members
        Sites by demand points.
    lads
        District of each site, whose published figure is said beside the modelled one.
    """
    reason = no_claim(evidence, parameters)
    if evidence.demand is None and not reason:
        reason = "no premises in the study"
    if evidence.demand is None or reason:
        return Metric.missing(members.n_sites, "ratio", f"{reason}: no deficit is claimed")
    demand = evidence.demand.frame
    used = np.unique(members.points)
    today = _today(evidence, check, positions(demand)[used])
    premises = np.zeros(len(demand))
    # premises that are not counted, and points of unknown coverage, speak neither way
    premises[used] = np.nan_to_num(demand["premises"].to_numpy(dtype=np.float64)[used])
    premises[used[np.isnan(today.probability[1])]] = 0.0
    whole = members.total(premises)
    shares = []
    for chance in today.deficit:
        uncovered = np.zeros(len(demand))
        uncovered[used] = premises[used] * np.nan_to_num(chance)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares.append(np.where(whole > 0, members.total(uncovered) / whole, np.nan))
    low, middle, high = shares
    carrier = check.carrier
    words = (
        f"{check.label}: 3GPP TR 38.901 {carrier.words} at {carrier.frequency_ghz:g} GHz from the mast list, "
        f"every mast taken to carry 5G; {MAST_FLAG}"
    )
    return Metric.of(
        middle,
        low=low,
        high=high,
        unit="ratio",
        grade="modelled",
        route=np.asarray([words + text for text in _published_beside(evidence, lads)], object),
        formula="premises x probability of no coverage outdoors at high confidence / premises, over the points within reach; low and high follow the link budget",
        inputs=("masts.easting", "masts.northing", "demand.premises", "coverage.share_pct", *check.inputs),
        parameters=("testbed.gap_m", COMPLETE, *check.parameters),
    )  # fmt: skip


def _published_beside(evidence: Evidence, lads: NDArray[np.object_]) -> list[str]:
    """Return what is published for the district of each site, to stand beside what is modelled."""
    named = (
        (EVERY, "% of premises from all operators"),
        (ANY, "% of land from any operator"),
    )
    for measure, words in named:
        share, release = district_share(evidence, measure)
        found = share.reindex(pd.Index(lads)).to_numpy(dtype=np.float64)
        if not np.isnan(found).all():
            return [
                "" if np.isnan(v) else f"; published for its district ({release}): {v:.1f} {words}"
                for v in found
            ]
    return [""] * len(lads)


def published_gap(evidence: Evidence, lads: NDArray[np.object_]) -> Metric:
    """Return the gap published for the district: the same for all its sites, so it ranks none."""
    lad = pd.Index(lads)
    every, release = district_share(evidence, EVERY)
    gap = 1 - every.reindex(lad).to_numpy(dtype=np.float64) / 100
    full = Metric.of(
        gap,
        unit="ratio",
        grade="estimated",
        route=f"Ofcom {release}, 5G from all operators, share of the district's premises: the same for all its sites",
        formula="1 - share of premises with 5G from all operators",
        inputs=("coverage.share_pct",),
    )
    anyone, when = district_share(evidence, ANY)
    least = 1 - anyone.reindex(lad).to_numpy(dtype=np.float64) / 100
    # 5G from one operator says nothing of the others: a floor under the gap, not a value
    floor = Metric.of(
        np.full(len(lads), np.nan),
        low=least,
        unit="ratio",
        grade="",
        route=f"ONS {when}, 5G from any operator by district: a floor only; completeness of the mast list untested",
        formula="at least 1 - share of area with 5G from any operator",
        inputs=("coverage.share_pct",),
    )
    return best_route(full, floor)
