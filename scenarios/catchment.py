"""Which points lie within reach of which sites, along streets where there are streets.

A `Membership` is a sparse matrix of distances, sites by points. Where a site lies inside the
area that the study's streets cover and near enough to one, distances follow streets; elsewhere a
straight line times a detour ratio stands in, and the method says so, site by site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from scenarios.reach import street_distances
from scenarios.street_distance import StreetGraph, joinable_nodes

if TYPE_CHECKING:
    from layers.parameters import Parameters

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
    how distance was measured. Points are in order within each site.
    """

    indptr: Ints
    points: Ints
    distance_m: NDArray[np.float32]
    n_points: int
    method: NDArray[np.object_]

    @classmethod
    def of(
        cls,
        site: Ints,
        point: Ints,
        distance_m: Floats,
        n_points: int,
        method: NDArray[np.object_],
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
    """How far a site reaches is measured: streets if any, how near to one, and the detour ratio."""

    streets: StreetGraph | None
    snap_m: float
    detour_ratio: float

    @classmethod
    def of(cls, streets: StreetGraph | None, parameters: Parameters) -> Reach:
        """Return the reach that the register asks for."""
        return cls(
            streets,
            parameters.value("catchment.street_snap_m"),
            parameters.value("catchment.detour_ratio"),
        )

    @property
    def straight_text(self) -> str:
        """What the method of a site off the streets is called."""
        return f"{STRAIGHT} x {self.detour_ratio:g}"


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


def _on_streets(site_xy: Floats, reach: Reach, radius_m: float) -> NDArray[np.bool_]:
    """Return which sites have streets all around them, as far as they reach, and one nearby."""
    result = np.zeros(len(site_xy), dtype=bool)
    known = np.flatnonzero(~np.isnan(site_xy).any(axis=1))
    if reach.streets is None or not len(reach.streets.node_easting) or not len(known):
        return result
    east, north = site_xy[known, 0], site_xy[known, 1]
    covered = reach.streets.covers(east, north, radius_m)
    nodes = np.column_stack([reach.streets.node_easting, reach.streets.node_northing])
    tree = cKDTree(nodes[joinable_nodes(reach.streets)])
    snap, _ = tree.query(site_xy[known], distance_upper_bound=reach.snap_m)
    result[known] = covered & np.isfinite(snap)
    return result


def catchment(site_xy: ArrayLike, point_xy: ArrayLike, limit_m: float, reach: Reach) -> Membership:
    """Find the points within a network distance of each site.

    Parameters
    ----------
    site_xy, point_xy
        Easting and northing in metres, EPSG:27700, shape (n, 2); NaN where a position is unknown.
    limit_m
        Network distance.
    reach
        Streets, and what stands in for them.

    Returns
    -------
    Membership
        `method` is `streets`, `straight line x 1.3` (with the ratio in force) or `no position`.
    """
    sites = np.asarray(site_xy, dtype=np.float64).reshape(-1, 2)
    points = np.asarray(point_xy, dtype=np.float64).reshape(-1, 2)
    by_street = _on_streets(sites, reach, limit_m)
    method = np.full(len(sites), reach.straight_text, dtype=object)
    method[by_street] = STREETS
    method[np.isnan(sites).any(axis=1)] = NO_POSITION

    parts = []
    rest = np.flatnonzero(~by_street)
    if len(rest):
        s, p, d = straight_line_distances(sites[rest], points, limit_m / reach.detour_ratio)
        parts.append((rest[s], p, d * reach.detour_ratio))
    streets = np.flatnonzero(by_street)
    if len(streets) and reach.streets is not None:
        s, p, d = street_distances(
            sites[streets], points, reach.streets, limit_m, reach.detour_ratio
        )
        parts.append((streets[s], p, d))
    if not parts:
        parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    site, point, distance = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Membership.of(site, point, distance, len(points), method)
