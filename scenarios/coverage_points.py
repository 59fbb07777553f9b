"""Which premises and businesses each site covers, what is new, and what a set of sites covers once.

The same two chains as `coverage_raster`, computed at the points themselves. A point counts as covered
where the probability of coverage outdoors reaches a level (90 % unless said otherwise); for a set of
sites each point counts once, however many of them cover it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from layers.compiled import in_chunks
from layers.lineage import Column, Table
from scenarios.coverage_kernels import site_pairs, statistical_pairs
from scenarios.coverage_raster import (
    check_end_clutter,
    check_radius,
    heights_to_run,
    location_spread_db,
    profile_step_m,
    site_method,
)
from scenarios.coverage_result import COVERED_AT, SITE_SPECIFIC, STATISTICAL, Relief, open_cells
from scenarios.line_of_sight import EARTH_RADIUS_M, RADIO_EARTH_FACTOR
from scenarios.radio_kernels import ENVIRONMENTS, two_losses_db
from scenarios.transmitters import CASES, LABEL, Carrier, Masts

__all__ = ["PointCoverage", "cover_points", "reach_m"]

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]
SITES_AT_ONCE = 32
FARTHEST_M = 5_000.0
FLAT = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True)
class PointCoverage:
    """Which points each site covers: pairs, with the probability of coverage low, default and high.

    Attributes
    ----------
    site, point
        Pairs within reach whose probability is known, ordered by site, then point.
    probability
        Shape (3, pairs).
    unknown
        Per point, whether its own height is not known, so that nothing can be said of it.
    sites_unknown
        Per site, the same.
    covered_at
        Probability from which a point counts as covered.
    """

    chain: str
    method: str
    site: NDArray[np.int64]
    point: NDArray[np.int64]
    probability: NDArray[np.float32]
    unknown: Masks
    sites_unknown: Masks
    covered_at: float
    notes: tuple[str, ...] = ()
    label: str = LABEL

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.sites_unknown)

    @property
    def n_points(self) -> int:
        """Number of points."""
        return len(self.unknown)

    def covered(self, sites: Masks | None = None) -> Masks:
        """Return, shape (3, points), which points any of the sites covers: each point once.

        Without `sites`, all of them. A point of unknown height is covered in no case; `unknown` says
        which those are.
        """
        wanted = np.ones(len(self.site), dtype=bool) if sites is None else sites[self.site]
        found = np.zeros((len(CASES), self.n_points), dtype=bool)
        for case, chance in enumerate(self.probability):
            found[case, self.point[wanted & (chance >= self.covered_at)]] = True
        return found

    def best_probability(self) -> NDArray[np.float32]:
        """Return, shape (3, points), the best probability any site gives; NaN where unknown."""
        best = np.zeros((len(CASES), self.n_points), dtype=np.float32)
        for case, chance in enumerate(self.probability):
            np.maximum.at(best[case], self.point, chance)
        best[:, self.unknown] = np.nan
        return best

    def per_site(self, weight: ArrayLike, already: Masks | None = None) -> Floats:
        """Return, shape (3, sites), the weight of the points that each site covers on its own.

        Parameters
        ----------
        weight
            Per point: premises, units, jobs; missing weights count nothing.
        already
            Shape (3, points): covered today, low, default and high. Then only what is new counts,
            low against today's high and high against today's low.
        """
        values = np.nan_to_num(np.asarray(weight, dtype=np.float64))
        sums = np.zeros((len(CASES), self.n_sites))
        for case, chance in enumerate(self.probability):
            counts = chance >= self.covered_at
            if already is not None:
                counts = counts & ~already[len(CASES) - 1 - case][self.point]
            sums[case] = np.bincount(
                self.site[counts], weights=values[self.point[counts]], minlength=self.n_sites
            )
        return sums

    def by_set(
        self, sites: Masks, weight: ArrayLike, already: Masks | None = None
    ) -> tuple[float, float, float]:
        """Return low, default and high weight that a set of sites covers, each point once."""
        values = np.nan_to_num(np.asarray(weight, dtype=np.float64))
        found = self.covered(sites)
        if already is not None:
            found &= ~already[::-1]
        low, default, high = (float(values[mask].sum()) for mask in found)
        return low, default, high

    def table(
        self,
        site_ids: ArrayLike,
        premises: ArrayLike,
        businesses: ArrayLike | None = None,
        already: Masks | None = None,
    ) -> Table:
        """Return one row a site: premises and businesses covered, and newly covered, with ranges.

        Columns of what is not known are left out: no value is missing. Sites whose own height is not
        known are left out, and counted in the notes of `cover_points`.
        """
        ids = np.asarray(site_ids).astype(str)
        frame = pd.DataFrame({"site_id": ids})
        columns = {"site_id": Column("site")}
        made = {"premises": ("premises", premises), "businesses": ("local units", businesses)}
        for name, (unit, weight) in made.items():
            if weight is None:
                continue
            for prefix, today in (("covered", None), ("newly_covered", already)):
                if prefix == "newly_covered" and today is None:
                    continue
                stem = f"{name}_{prefix}"
                sums = self.per_site(weight, today)
                for case, values in zip(CASES, sums, strict=True):
                    column = stem if case == "default" else f"{stem}_{case}"
                    default = case == "default"
                    frame[column] = values
                    columns[column] = Column(
                        f"{name} {prefix.replace('_', ' ')}, {case} ({self.label})",
                        unit=unit,
                        decimals=1,
                        grade="modelled",
                        formula=self.method,
                        low_of=f"{stem}_low" if default else None,
                        high_of=f"{stem}_high" if default else None,
                    )
        frame["chain"] = self.chain
        columns["chain"] = Column("chain of models; the two are never mixed")
        kept = frame.loc[~self.sites_unknown]
        return Table("coverage_sites", "site_id", kept, columns, description=self.label)


@cache
def reach_m(carrier: Carrier, covered_at: float = COVERED_AT) -> float:
    """Return how far a site can cover at best: with line of sight and the high link budget.

    At most the 5 km for which the models are valid; whole steps of 10 m.
    """
    from scenarios.link_budget import shadow_margin_db  # noqa: PLC0415 - one function
    from scenarios.radio_kernels import sigma_db  # noqa: PLC0415

    model, most = ENVIRONMENTS[carrier.environment], float(carrier.most_loss_db.max())
    for distance in np.arange(FARTHEST_M, 0.0, -10.0):
        for height in carrier.height_m:
            los, _ = two_losses_db(
                model, distance, carrier.frequency_ghz, height, carrier.receiver_m
            )
            s, _ = sigma_db(model, distance, carrier.frequency_ghz, height, carrier.receiver_m)
            if los + shadow_margin_db(s, covered_at) <= most:
                return float(distance)
    return 10.0


def cover_points(
    sites: Masts,
    point_xy: ArrayLike,
    carrier: Carrier,
    *,
    chain: Literal["statistical", "site-specific"] = "statistical",
    relief: Relief | None = None,
    radius_m: float | None = None,
    covered_at: float = COVERED_AT,
    covered_only: bool = False,
) -> PointCoverage:
    """Find which points each site covers.

    Parameters
    ----------
    sites
        Masts or small cells, existing or proposed.
    point_xy
        Shape (n, 2), metres, EPSG:27700: premises, businesses. A point on a building takes the
        nearest open cell within 50 m, as coverage is outdoors.
    chain
        `statistical` (with `relief`, line of sight by a ray to each point) or `site-specific`,
        which needs `relief`.
    radius_m
        How far to look; as far as the link budget can reach when not given.
    covered_only
        Keep only pairs that count as covered in some case: a region has a hundred times as many within
        reach. `best_probability` then knows nothing of the others.
    """
    radius = (
        radius_m
        if radius_m is not None
        else FARTHEST_M
        if chain == SITE_SPECIFIC
        else reach_m(carrier, covered_at)
    )
    check_radius(radius)
    if chain == SITE_SPECIFIC and relief is None:
        raise ValueError("the site-specific chain needs heights")
    if chain == SITE_SPECIFIC and relief is not None:
        check_end_clutter(relief, carrier)
    points = np.asarray(point_xy, dtype=np.float64).reshape(-1, 2)
    work = _Work(sites, points, carrier, chain, relief, radius)
    work.least = covered_at if covered_only else 0.0
    parts = in_chunks(work.pairs, len(sites), SITES_AT_ONCE) if len(sites) and len(points) else []
    empty = np.empty(0, np.int64)
    site = np.concatenate([p[0] for p in parts]) if parts else empty
    point = np.concatenate([p[1] for p in parts]) if parts else empty
    chance = (
        np.concatenate([p[2] for p in parts], axis=1)
        if parts
        else np.empty((len(CASES), 0), np.float32)
    )
    known = ~np.isnan(chance).any(axis=0) if parts else np.empty(0, bool)
    nowhere, lost = work.unknown_points(), work.unknown_sites()
    notes = [*sites.notes, *carrier.notes]
    if nowhere.any():
        notes.append(
            f"{100 * nowhere.mean():.1f} % of the points have no position or no height: nothing is said of them"
        )
    if lost.any():
        notes.append(
            f"{int(lost.sum()):,} of {len(lost):,} sites stand where no height is known and are left out"
        )
    return PointCoverage(
        chain, work.method, site[known], point[known], chance[:, known], nowhere, lost, covered_at,
        tuple(notes),
    )  # fmt: skip


class _Work:
    """Pairs of some sites and the points within reach, and their probability of coverage."""

    def __init__(
        self,
        sites: Masts,
        points: Floats,
        carrier: Carrier,
        chain: str,
        relief: Relief | None,
        radius_m: float,
    ) -> None:
        self.sites, self.points, self.carrier, self.chain = sites, points, carrier, chain
        self.relief, self.radius_m = relief, radius_m
        self.least = 0.0  # probability below which a pair is not kept
        self.located = np.flatnonzero(~np.isnan(points).any(axis=1))
        self.tree = cKDTree(points[self.located])
        self.row = self.column = np.full(len(points), -1, dtype=np.int64)
        self.site_row = self.site_column = np.full(len(sites), -1, dtype=np.int64)
        self.tops = self.ground = FLAT
        self.antenna = np.full((len(sites), len(CASES)), np.nan)
        if relief is not None:
            self._place(relief)

    def _place(self, relief: Relief) -> None:
        ground = relief.ground
        heights: NDArray[np.float32] = ground.values  # noqa: PD011 - a raster, not a frame
        self.tops, self.ground = relief.tops, heights
        row, column, inside = ground.cells_of(self.points[:, 0], self.points[:, 1])
        if relief.surface is not None:
            row, column = open_cells(relief.built, ground.cell_size_m, row, column)
        self.row, self.column = np.where(inside, row, -1), np.where(inside, column, -1)
        row, column, inside = ground.cells_of(self.sites.easting, self.sites.northing)
        self.site_row, self.site_column = np.where(inside, row, -1), np.where(inside, column, -1)
        foot = np.where(inside, heights[row, column].astype(np.float64), np.nan)
        self.antenna = foot[:, None] + self.sites.height_m

    @property
    def method(self) -> str:
        """What the chain is made of."""
        if self.chain == SITE_SPECIFIC and self.relief is not None:
            return site_method(self.relief)
        how = (
            "its probability"
            if self.relief is None
            else "a ray over the surface to each point, where it has heights"
        )
        return f"{STATISTICAL} chain: 3GPP TR 38.901 {self.carrier.environment}, line of sight by {how}"

    def unknown_points(self) -> Masks:
        """Return which points nothing can be said of."""
        result: Masks = np.asarray(np.isnan(self.points).any(axis=1))
        if self.chain == SITE_SPECIFIC:
            off = self.row < 0
            result |= off
            result[~off] |= np.isnan(self.ground[self.row[~off], self.column[~off]])
        return result

    def unknown_sites(self) -> Masks:
        """Return which sites nothing can be said of."""
        if self.chain != SITE_SPECIFIC:
            return np.zeros(len(self.sites), dtype=bool)
        return np.asarray(np.isnan(self.antenna[:, 1]))

    def pairs(
        self, first: int, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """Return site, point and probability (3, pairs) of the sites from `first` to before `last`."""
        near: Any = self.tree.query_ball_point(
            self.sites.xy[first:last], self.radius_m, return_sorted=True
        )
        count = np.asarray([len(n) for n in near], dtype=np.int64)
        site = np.repeat(np.arange(first, last, dtype=np.int64), count)
        at = np.concatenate([np.asarray(n, dtype=np.int64) for n in near])
        point = self.located[at]
        distance = np.hypot(*(self.points[point] - self.sites.xy[site]).T)
        runs = [
            self._chance(site, point, distance, height, self.carrier.most_loss_db)
            for height in heights_to_run(self.sites)
        ]
        chance = np.stack(
            [
                np.minimum.reduce([r[0] for r in runs]),
                runs[0][1],
                np.maximum.reduce([r[2] for r in runs]),
            ]
        )
        if self.least > 0:
            counts = np.asarray((chance >= self.least).any(axis=0))
            site, point, chance = site[counts], point[counts], chance[:, counts]
        return site, point, chance

    def _chance(
        self,
        site: NDArray[np.int64],
        point: NDArray[np.int64],
        distance: Floats,
        height: int,
        most: Floats,
    ) -> NDArray[np.float32]:
        c = self.carrier
        if self.chain == SITE_SPECIFIC and self.relief is not None:
            found = site_pairs(
                c.frequency_ghz, self.tops, self.ground, self.relief.ground.cell_size_m,
                profile_step_m(self.relief), c.receiver_m, site, point, self.site_row,
                self.site_column, np.ascontiguousarray(self.antenna[:, height]), self.row, self.column,
                self.relief.surface is None, location_spread_db(c.frequency_ghz), most,
            )  # fmt: skip
            return np.asarray(found)
        cell = self.relief.ground.cell_size_m if self.relief is not None else 0.0
        drop = cell**2 / (2 * RADIO_EARTH_FACTOR * EARTH_RADIUS_M)
        found = statistical_pairs(
            ENVIRONMENTS[c.environment], c.frequency_ghz, c.receiver_m, site, point, distance,
            np.ascontiguousarray(self.sites.height_m[:, height]), self.tops, self.ground,
            self.site_row, self.site_column, self.row, self.column, drop, most,
        )  # fmt: skip
        return np.asarray(found)
