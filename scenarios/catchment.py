"""Which points lie within reach of which sites, along streets where there are streets.

A `Membership` is a sparse matrix of distances, sites by points. Where a site lies inside the
area that the study's streets cover and near enough to one, distances follow streets, from the nearest
point of its street to that of the other's; elsewhere a straight line times a detour ratio stands in,
and the method says so, site by site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from scenarios.keeping import Part, kept
from scenarios.snapping import Attached, attach, points_within
from scenarios.travel import (
    ON_FOOT,
    Travel,
    joinable_edges,
    oneway_for,
    travel_costs,
    travel_network,
)

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from layers.streets import Streets

__all__ = ["Membership", "Reach", "catchment", "straight_line_distances"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STREETS = "streets"
NO_POSITION = "no position"
STRAIGHT = "straight line"
DECIMALS = 3  # of a metre: equal paths must be equal whatever order they were added up in


@dataclass(frozen=True)
class Membership:
    """Distances in metres from sites (rows) to the points in their reach (columns).

    Points beyond reach are absent; a distance of 0 is a point at the site. `method` says per site
    how distance was measured, `snap_m` how far it is from the nearest street (NaN where that is too
    far). Points are in order within each site.
    """

    indptr: Ints
    points: Ints
    distance_m: NDArray[np.float32]
    n_points: int
    method: NDArray[np.object_]
    snap_m: Floats | None = None

    @classmethod
    def of(
        cls,
        site: Ints,
        point: Ints,
        distance_m: Floats,
        n_points: int,
        method: NDArray[np.object_],
        snap_m: Floats | None = None,
    ) -> Membership:
        """Return a membership from triples in any order."""
        order = np.lexsort((point, site))
        counts = np.bincount(site, minlength=len(method))
        return cls(
            indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            points=point[order].astype(np.int64),
            distance_m=np.round(distance_m[order], DECIMALS).astype(np.float32),
            n_points=n_points,
            method=method,
            snap_m=snap_m,
        )

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.method)

    @property
    def located(self) -> NDArray[np.bool_]:
        """Whether a site has a position; without one its catchment is unknown, not empty."""
        return np.asarray(self.method != NO_POSITION, dtype=bool)

    @property
    def straight(self) -> NDArray[np.bool_]:
        """Whether straight lines stand in for streets at a site (in a union: at any of its sites)."""
        return np.asarray([STRAIGHT in str(method) for method in self.method], dtype=bool)

    def sites(self) -> Ints:
        """Return the site of each entry."""
        return np.repeat(np.arange(self.n_sites), np.diff(self.indptr))

    def within(self, limit_m: float) -> Membership:
        """Return the part within a shorter distance."""
        keep = self.distance_m <= limit_m
        return Membership.of(
            self.sites()[keep],
            self.points[keep],
            self.distance_m[keep].astype(np.float64),
            self.n_points,
            self.method,
            self.snap_m,
        )

    def matrix(self, weights: ArrayLike | None = None) -> csr_array:
        """Return the sparse matrix of distances, or of weights given per entry."""
        data = self.distance_m if weights is None else np.asarray(weights, dtype=np.float64)
        shape = (self.n_sites, self.n_points)
        return csr_array((data, self.points, self.indptr), shape=shape)

    def total(self, values: ArrayLike, entry_weight: ArrayLike | None = None) -> Floats:
        """Return per site the sum of its points' values; `entry_weight` multiplies entry by entry."""
        data = np.asarray(values, dtype=np.float64)[self.points]
        if entry_weight is not None:
            data = data * np.asarray(entry_weight, dtype=np.float64)
        return self.total_of_entries(data)

    def total_of_entries(self, entries: ArrayLike) -> Floats:
        """Return per site the sum of values given entry by entry."""
        data = np.asarray(entries, dtype=np.float64)
        return np.bincount(self.sites(), weights=data, minlength=self.n_sites).astype(np.float64)

    def most(self, codes: ArrayLike, empty: int) -> Ints:
        """Return per site the largest of its points' codes; `empty` where it has no point."""
        result = np.full(self.n_sites, empty, dtype=np.int64)
        filled = np.diff(self.indptr) > 0
        if filled.any():
            values = np.asarray(codes, dtype=np.int64)[self.points]
            result[filled] = np.maximum.reduceat(values, self.indptr[:-1][filled])
        return result

    def nearest_m(self) -> Floats:
        """Return per site the distance to its nearest point; NaN where none is in reach."""
        result = np.full(self.n_sites, np.nan)
        filled = np.diff(self.indptr) > 0
        if filled.any():
            result[filled] = np.minimum.reduceat(self.distance_m, self.indptr[:-1][filled])
        return result

    def merged(self, sites: NDArray[np.bool_]) -> Membership:
        """Return the chosen sites as one: every point any of them reaches, once, at no distance."""
        points = np.flatnonzero(self.union(sites))
        return Membership(
            indptr=np.asarray([0, len(points)], dtype=np.int64),
            points=points,
            distance_m=np.zeros(len(points), dtype=np.float32),
            n_points=self.n_points,
            method=np.asarray([self._union_method(sites)], dtype=object),
        )

    def _union_method(self, sites: NDArray[np.bool_]) -> str:
        some = sorted({str(m) for m in self.method[sites & self.straight]})
        return f"union, some by {some[0]}" if some else "union"

    def union(self, sites: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which points any of the chosen sites reaches: each once, however many reach it."""
        reached = np.zeros(self.n_points, dtype=bool)
        reached[self.points[np.repeat(sites, np.diff(self.indptr))]] = True
        return reached


@dataclass(frozen=True)
class Reach:
    """How reach is measured: streets if any, how near to one, the detour ratio, and who travels.

    `edge_m` is how far outside the study area streets are kept: a longer reach needs no streets
    farther out, as no points lie there.
    """

    streets: Streets | None
    snap_m: float
    detour_ratio: float
    travel: Travel = ON_FOOT
    edge_m: float = np.inf

    @classmethod
    def of(
        cls, streets: Streets | None, parameters: Parameters, travel: Travel | None = None
    ) -> Reach:
        """Return the reach that the register asks for, on foot where no other travel is given."""
        return cls(
            streets,
            parameters.value("catchment.street_snap_m"),
            parameters.value("catchment.detour_ratio"),
            travel or Travel.of("walk", parameters),
            parameters.value("catchment.margin_m"),
        )

    @property
    def straight_text(self) -> str:
        """What the method of a site off the streets is called."""
        return f"{STRAIGHT} x {self.detour_ratio:g}"

    @property
    def street_text(self) -> str:
        """What the method of a site on the streets is called."""
        return f"{STREETS} {self.travel.words}".strip()


def straight_line_distances(
    site_xy: Floats, point_xy: Floats, radius_m: float
) -> tuple[Ints, Ints, Floats]:
    """Return sites, points and straight distances of all pairs within a radius.

    Rows with a NaN position have no pair.
    """
    site_at = np.flatnonzero(~np.isnan(site_xy).any(axis=1))
    nowhere = np.empty(0, np.int64)
    if not len(site_at) or not len(point_xy):
        return nowhere, nowhere, np.empty(0)
    tree = cKDTree(site_xy[site_at])
    # most points of a region are near no site: a box test drops them before the pair search
    low, high = tree.mins - radius_m, tree.maxes + radius_m
    with np.errstate(invalid="ignore"):
        near = np.flatnonzero(((point_xy >= low) & (point_xy <= high)).all(axis=1))
    if not len(near):
        return nowhere, nowhere, np.empty(0)
    candidates = cKDTree(point_xy[near], balanced_tree=False, compact_nodes=False)
    pairs = tree.sparse_distance_matrix(candidates, radius_m, output_type="ndarray")
    return (
        site_at[pairs["i"].astype(np.int64)],
        near[pairs["j"].astype(np.int64)],
        pairs["v"].astype(np.float64),
    )


def _attached(sites: Floats, reach: Reach, limit_m: float) -> Attached | None:
    """Return where sites join streets that lie all around them, as far as they reach."""
    if reach.streets is None or not len(reach.streets.start):
        return None
    streets = reach.streets
    found = _join(sites, reach, reach.snap_m)
    at = np.flatnonzero(found.on_street)
    covered = np.zeros(len(sites), dtype=bool)
    covered[at] = streets.covers(sites[at, 0], sites[at, 1], min(limit_m, reach.edge_m))
    return Attached(np.where(covered, found.edge, -1), found.share, found.snap_m)


def _join(places: Floats, reach: Reach, limit_m: float) -> Attached:
    streets = reach.streets
    assert streets is not None  # noqa: S101 - callers ask first
    start, end = reach.travel.ends(streets)
    return attach(
        places[:, 0], places[:, 1], streets.node_easting, streets.node_northing, start, end,
        limit_m=limit_m, usable=joinable_edges(streets, reach.travel.mode),
    )  # fmt: skip


def _by_street(
    sites: Floats, joined: Attached, points: Floats, limit_m: float, reach: Reach
) -> tuple[Ints, Ints, Floats]:
    """Return sites, points and distances of all pairs within a distance along streets."""
    streets, travel = reach.streets, reach.travel
    assert streets is not None  # noqa: S101 - callers ask first
    on = sites[joined.on_street]
    low, high = on.min(axis=0) - limit_m, on.max(axis=0) + limit_m
    with np.errstate(invalid="ignore"):
        near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    if not len(near) or not limit_m > 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    off_street = travel.off_street
    start, end = travel.ends(streets)
    site, point, distance = points_within(
        travel_network(streets, travel), start, end, travel_costs(streets, travel), joined,
        _join(points[near], reach, limit_m / off_street), limit_m,
        oneway=oneway_for(streets, travel.mode), snap_cost_per_m=off_street,
    )  # fmt: skip
    return site, near[point], distance


def catchment(site_xy: ArrayLike, point_xy: ArrayLike, limit_m: float, reach: Reach) -> Membership:
    """Find the points within a network distance of each site.

    Parameters
    ----------
    site_xy, point_xy
        Easting and northing in metres, EPSG:27700, shape (n, 2); NaN where a position is unknown.
    limit_m
        Network distance; by car, the time multiplied by the reference speed (`Travel.limit_m`).
    reach
        Streets, what stands in for them, and who travels: on foot unless said otherwise. Where
        streets lead one way only, the way is that from the points to the site.

    Returns
    -------
    Membership
        `method` is `streets`, `straight line x 1.3` (with the ratio in force) or `no position`.
    """
    sites = np.asarray(site_xy, dtype=np.float64).reshape(-1, 2)
    points = np.asarray(point_xy, dtype=np.float64).reshape(-1, 2)
    ways = (reach.streets is None, reach.snap_m, reach.detour_ratio, reach.travel, reach.edge_m)

    def made() -> Part:
        found = _catchment(sites, points, limit_m, reach)
        text = found.method.astype(str)
        assert found.snap_m is not None  # noqa: S101 - no union
        return {
            "indptr": found.indptr, "points": found.points.astype(np.int32),
            "distance_m": found.distance_m, "method": text, "snap_m": found.snap_m,
        }  # fmt: skip

    part = kept("catchment", (sites, points, float(limit_m), ways), made)
    return Membership(
        part["indptr"], part["points"].astype(np.int64), part["distance_m"], len(points),
        part["method"].astype(object), part["snap_m"],
    )  # fmt: skip


def _catchment(sites: Floats, points: Floats, limit_m: float, reach: Reach) -> Membership:
    joined = _attached(sites, reach, limit_m)
    by_street = np.zeros(len(sites), dtype=bool) if joined is None else joined.on_street
    method = np.full(len(sites), reach.straight_text, dtype=object)
    method[by_street] = reach.street_text
    method[np.isnan(sites).any(axis=1)] = NO_POSITION

    parts = []
    rest = np.flatnonzero(~by_street)
    if len(rest):
        s, p, d = straight_line_distances(sites[rest], points, limit_m / reach.detour_ratio)
        parts.append((rest[s], p, d * reach.detour_ratio))
    if joined is not None and by_street.any():
        parts.append(_by_street(sites, joined, points, limit_m, reach))
    if not parts:
        parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    site, point, distance = (np.concatenate(column) for column in zip(*parts, strict=True))
    snap = np.full(len(sites), np.nan) if joined is None else joined.snap_m
    return Membership.of(site, point, distance, len(points), method, snap)
