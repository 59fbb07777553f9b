"""A modelled 5G deficit below local-authority level, from where masts stand.

Published 5G figures are for whole local authorities, and saturate: they rank no place within one.
From mast sites (OpenStreetMap, rating-list entries of class `MT1`, a user's own list) the probability of
coverage of each demand point is modelled, as low, default and high. Masts that a list lacks look like
coverage that is lacking: every result says so, and is a claim only once the list has been tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from layers.compiled import in_chunks
from scenarios.coverage_kernels import statistical_pairs
from scenarios.coverage_raster import heights_to_run
from scenarios.radio_kernels import ENVIRONMENTS
from scenarios.transmitters import CASES, LABEL, Carrier, Masts

__all__ = ["MAST_FLAG", "PointDeficit", "area_deficit", "point_deficit"]

Floats = NDArray[np.float64]
MAST_FLAG = "masts missing from the list look like missing coverage"
UNTESTED = "the completeness of the mast list is untested: a deficit is not claimed"
FARTHEST_M = 5_000.0
NEAREST_MASTS = 4  # of which the best counts: a higher mast farther off may serve better
POINTS_AT_ONCE = 16_384
FLAT = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True)
class PointDeficit:
    """Probability that each point has 5G outdoors, and what stands against believing it.

    Attributes
    ----------
    probability
        Shape (3, points): low, default, high coverage. NaN where a point has no position, and
        everywhere without a single mast: unknown, never nil.
    nearest_m
        Distance to the nearest mast listed; NaN where unknown.
    flags
        Remarks that go with every number made of these.
    """

    probability: Floats
    nearest_m: Floats
    flags: tuple[str, ...]
    label: str = LABEL

    @property
    def deficit(self) -> Floats:
        """Probability of no coverage, shape (3, points): low (from high coverage), default, high."""
        return np.asarray(1.0 - self.probability[::-1])


def point_deficit(
    point_xy: ArrayLike, masts: Masts, carrier: Carrier, *, list_tested: bool = False
) -> PointDeficit:
    """Return the probability of coverage of points by TR 38.901 from the nearest masts.

    Parameters
    ----------
    point_xy
        Shape (n, 2), metres, EPSG:27700; NaN where unknown.
    masts
        Those just outside the study area too, or its edge seems worse covered than it is.
    carrier
        Every mast is taken to carry it, which a list does not say: the result is hopeful there.
    list_tested
        Whether somebody has tested the list's completeness and stated so in the study.
    """
    points = np.asarray(point_xy, dtype=np.float64).reshape(-1, 2)
    chance = np.full((len(CASES), len(points)), np.nan)
    nearest = np.full(len(points), np.nan)
    flags = [MAST_FLAG, f"every mast is taken to carry 5G ({carrier.name})", *masts.notes]
    if not list_tested:
        flags.insert(0, UNTESTED)
    if not len(masts):
        return PointDeficit(chance, nearest, ("no mast list: nothing is known", *flags))
    known = np.flatnonzero(~np.isnan(points).any(axis=1))
    tree = cKDTree(masts.xy)
    count = min(NEAREST_MASTS, len(masts))

    def part(low: int, high: int) -> tuple[Floats, Floats]:
        some = points[known[low:high]]
        distance: Any
        mast: Any
        distance, mast = tree.query(some, k=[*range(1, count + 1)])
        flat = np.ascontiguousarray(distance.ravel())
        best = np.zeros((len(CASES), len(some)))
        for k, height in enumerate(heights_to_run(masts)):
            found = _chance(masts, carrier, mast.ravel().astype(np.int64), flat, height)
            top = found.reshape(len(CASES), *distance.shape).max(axis=2)
            best[0] = top[0] if k == 0 else np.minimum(best[0], top[0])
            best[2] = top[2] if k == 0 else np.maximum(best[2], top[2])
            best[1] = top[1] if k == 0 else best[1]
        return best, distance[:, 0]

    pieces = in_chunks(part, len(known), POINTS_AT_ONCE)
    if pieces:
        best = np.concatenate([p[0] for p in pieces], axis=1)
        chance[:, known] = best
        nearest[known] = np.concatenate([p[1] for p in pieces])
    return PointDeficit(chance, nearest, tuple(flags))


def _chance(
    masts: Masts, carrier: Carrier, mast: NDArray[np.int64], distance: Floats, height: int
) -> Floats:
    """Return the probability of pairs in all cases; nil beyond the model's reach."""
    nowhere = np.full(max(len(mast), len(masts)), -1, dtype=np.int64)
    found = statistical_pairs(
        ENVIRONMENTS[carrier.environment], carrier.frequency_ghz, carrier.receiver_m, mast, mast,
        np.where(distance > FARTHEST_M, np.nan, distance),
        np.ascontiguousarray(masts.height_m[:, height]), FLAT, FLAT, nowhere, nowhere, nowhere,
        nowhere, 0.0, carrier.most_loss_db,
    )  # fmt: skip
    return np.asarray(found, dtype=np.float64)


def area_deficit(
    points: PointDeficit,
    area: ArrayLike,
    premises: ArrayLike,
    area_ids: ArrayLike,
    *,
    published_pct: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return the share of each area's premises expected to have no 5G outdoors.

    Parameters
    ----------
    area, premises
        Per point; premises that are missing do not count.
    area_ids
        Areas wanted, in the order wanted.
    published_pct
        Published deficit by area (100 less the share covered), of the district that it lies in, shown
        beside the modelled one; never mixed with it.

    Returns
    -------
    DataFrame
        Indexed by area: `pct low_pct high_pct` (missing where no premises or no masts are known:
        unknown, never zero), `premises` counted, `nearest_mast_m` (mean over premises), `grade`
        (`modelled` or empty), `published_pct` where given, and `flag`.
    """
    index = pd.Index(np.asarray(area_ids).astype(str), name="id")
    weight = np.asarray(premises, dtype=np.float64)
    code = index.get_indexer(pd.Index(np.asarray(area).astype(str)))
    counts = (code >= 0) & ~np.isnan(weight) & ~np.isnan(points.probability[1])
    code, weight = code[counts], weight[counts]

    def share(values: Floats) -> Floats:
        sums = np.bincount(code, weights=values[counts] * weight, minlength=len(index))
        return sums.astype(np.float64)

    whole = np.bincount(code, weights=weight, minlength=len(index))
    some = np.where(whole > 0, whole, np.nan)
    low, default, high = (100.0 * share(row) / some for row in points.deficit)
    made = pd.DataFrame(
        {
            "pct": default,
            "low_pct": low,
            "high_pct": high,
            "premises": whole,
            "nearest_mast_m": share(points.nearest_m) / some,
            "grade": np.where(whole > 0, "modelled", ""),
        },
        index=index,
    )
    if published_pct is not None:
        made["published_pct"] = [float(published_pct.get(str(i), np.nan)) for i in index]
    flag = "; ".join(points.flags)
    made["flag"] = np.where(whole > 0, f"{points.label}; {flag}", "no premises or no masts known")
    return made
