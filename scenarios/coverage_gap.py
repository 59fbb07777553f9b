"""The 5G coverage gap around a site: modelled from a tested mast list, or published for a district."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenarios.criteria import Metric, best_route
from scenarios.link_budget import (
    eirp_per_element_dbm,
    maximum_path_loss_db,
    uma_coverage_probability,
)
from scenarios.routes import district_share, positions

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.catchment import Membership

__all__ = ["coverage_by_nearest_mast", "modelled_gap", "published_gap"]

Floats = NDArray[np.float64]
MACRO = "radio.macro_3500"
BEYOND_MODEL_M = 5_000.0


def coverage_by_nearest_mast(
    points_xy: Floats, masts_xy: Floats, parameters: Parameters
) -> tuple[Floats, Floats, Floats]:
    """Return the probability that each point has 5G outdoors: at the edge, high and very high level.

    Urban macro cells at 3.5 GHz; the nearest mast is the best server, as loss never falls with
    distance. Beyond 5 km the model has no answer and the probability is nil.
    """
    if not len(masts_xy):
        nil = np.zeros(len(points_xy))
        return nil, nil.copy(), nil.copy()
    distance, _ = cKDTree(masts_xy).query(points_xy)
    element = eirp_per_element_dbm(
        parameters.value(f"{MACRO}_eirp_dbm") - parameters.value(f"{MACRO}_interference_margin_db"),
        parameters.value(f"{MACRO}_resource_blocks"),
    )
    far = distance > BEYOND_MODEL_M
    found = []
    for level in ("edge", "high", "very_high"):
        threshold = parameters.value(f"radio.threshold_5g_{level}_dbm")
        covered = uma_coverage_probability(
            np.minimum(distance, BEYOND_MODEL_M),
            maximum_path_loss_db(element, threshold),
            parameters.value(f"{MACRO}_frequency_ghz"),
            parameters.value(f"{MACRO}_height_m"),
            parameters.value("radio.receiver_height_m"),
        )
        found.append(np.where(far, 0.0, covered))
    return found[0], found[1], found[2]


def modelled_gap(evidence: Evidence, parameters: Parameters, members: Membership) -> Metric:
    """Return the share of premises around each site without modelled coverage.

    Missing unless the study states that the completeness of its mast list was tested.
    """
    complete = parameters["testbed.mast_list_complete"]
    tested = complete.basis == "stated" and complete.default >= 1
    if evidence.masts is None or evidence.demand is None or not tested:
        what = (
            "no mast list" if evidence.masts is None else "completeness of the mast list untested"
        )
        return Metric.missing(members.n_sites, "ratio", f"{what}: no deficit is claimed")
    demand = evidence.demand.frame
    premises = np.nan_to_num(demand["premises"].to_numpy(dtype=np.float64))
    used = np.unique(members.points)
    covered = coverage_by_nearest_mast(
        positions(demand)[used], positions(evidence.masts.frame), parameters
    )
    whole = members.total(premises)
    shares = []
    for probability in covered:
        uncovered = np.zeros(len(demand))
        uncovered[used] = premises[used] * (1 - probability)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares.append(np.where(whole > 0, members.total(uncovered) / whole, np.nan))
    low, middle, high = shares
    return Metric.of(
        middle,
        low=low,
        high=high,
        unit="ratio",
        grade="modelled",
        route="modelled, indicative: 3GPP TR 38.901 urban macro from the mast list at 3.5 GHz",
        formula="share of premises within reach not covered; range from cell edge to very high level",
        inputs=("masts.easting", "masts.northing", "demand.premises"),
        parameters=("testbed.gap_m", f"{MACRO}_eirp_dbm", f"{MACRO}_height_m", "radio.threshold_5g_high_dbm"),
    )  # fmt: skip


def published_gap(evidence: Evidence, lads: NDArray[np.object_]) -> Metric:
    """Return the gap published for the district: the same for all its sites, so it ranks none."""
    lad = pd.Index(lads)
    every, release = district_share(evidence, "all_operators_5g_pct")
    gap = 1 - every.reindex(lad).to_numpy(dtype=np.float64) / 100
    full = Metric.of(
        gap,
        unit="ratio",
        grade="estimated",
        route=f"Ofcom {release}, 5G from all operators, share of the district's premises: the same for all its sites",
        formula="1 - share of premises with 5G from all operators",
        inputs=("coverage.share_pct",),
    )
    anyone, when = district_share(evidence, "area_5g_any_pct")
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
