"""Shared trenches of a plan: for the sites that would each dig to the fibre, a tree that is dug once.

The first tree holds each site's own shortest way. Once options are chosen, a shared tree (Steiner)
joins exactly those, and the ways of all other sites run to the nearest point of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from scenarios.cover import cover_matrix, merge_alike
from scenarios.joined_up_model import Joint, Party, Route, Trench
from scenarios.reach import nearest_source, network
from scenarios.steiner import shared_tree
from scenarios.street_parts import joinable_nodes
from scenarios.trench import layable

if TYPE_CHECKING:
    from layers.streets import Streets

__all__ = ["Digger", "Ground", "first_trench", "ground_of", "redrawn"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]
NEARLY_M = 1.0
EFFORT = 200_000


@dataclass(frozen=True)
class Digger:
    """A site whose case holds a line for its way to the fibre.

    Attributes
    ----------
    easting, northing
        Metres, EPSG:27700.
    length_m, line_gbp
        Length and amount of the line; the amount is in proportion to the length.
    """

    party: Party
    easting: float
    northing: float
    length_m: float
    line_gbp: int


@dataclass(frozen=True)
class Ground:
    """Streets with fibre, and the sites that could share a trench.

    Attributes
    ----------
    start, end, length_m
        Edges along which fibre may be laid.
    fibre
        Nodes where there is fibre.
    node, lead_gbp, diggers
        Per site its node, what of its line is not on a street, and what it is.
    gbp_per_m
        What a metre costs, optimism bias included.
    """

    start: Ints
    end: Ints
    length_m: Floats
    n_nodes: int
    fibre: Ints
    node: Ints
    lead_gbp: Ints
    diggers: tuple[Digger, ...]
    gbp_per_m: float


def ground_of(
    streets: Streets | None, fibre_xy: ArrayLike, diggers: Sequence[Digger], snap_m: float
) -> Ground | None:
    """Return where a trench could be shared, or None where fewer than two sites could share one.

    Parameters
    ----------
    fibre_xy
        Known fibre in metres, EPSG:27700, shape (n, 2).
    diggers
        Sites with their lines; left out are those off the streets, those no street joins to fibre,
        and those whose way along streets is longer than their line, which then rests on no route.
    snap_m
        Farthest that a place may be from a node.
    """
    at = np.asarray(fibre_xy, dtype=np.float64).reshape(-1, 2)
    at = at[~np.isnan(at).any(axis=1)]
    able = [d for d in diggers if d.length_m > 0 and d.line_gbp > 0 and np.isfinite(d.easting)]
    if streets is None or not len(at) or len(able) < 2 or not len(streets.node_easting):
        return None
    usable = np.flatnonzero(layable(streets.highway))
    start = streets.start[usable].astype(np.int64)
    end = streets.end[usable].astype(np.int64)
    length = np.asarray(streets.length_m, dtype=np.float64)[usable]
    joins = joinable_nodes(streets)
    nodes = np.column_stack([streets.node_easting, streets.node_northing])
    tree = cKDTree(nodes[joins])
    snap, near = tree.query(at, distance_upper_bound=snap_m)
    near = np.asarray(near, dtype=np.int64)
    fibre = np.unique(joins[near[np.isfinite(snap)]])
    place = np.asarray([(d.easting, d.northing) for d in able])
    snap, near = tree.query(place, distance_upper_bound=snap_m)
    if not len(fibre):
        return None
    near = np.minimum(np.asarray(near, dtype=np.int64), len(joins) - 1)
    node = np.where(np.isfinite(snap), joins[near], -1)
    size = len(nodes)
    way = nearest_source(network(start, end, length, size), fibre).distance
    along = np.where(node >= 0, way[node], np.inf)
    held = np.asarray([d.length_m for d in able])
    keep = np.flatnonzero((along <= held + NEARLY_M) & (along > 0))
    if len(keep) < 2:
        return None
    # one rate for all: the dearest, so that no shared metre is priced below its line
    rate = max(able[i].line_gbp / able[i].length_m for i in keep)
    lines = np.asarray([able[i].line_gbp for i in keep], dtype=np.float64)
    lead = np.maximum(np.round(lines - rate * along[keep]), 0).astype(np.int64)
    kept = tuple(able[i] for i in keep)
    return Ground(start, end, length, size, fibre, node[keep], lead, kept, rate)


def first_trench(ground: Ground | None) -> Trench | None:
    """Return the trench in which each site takes its own shortest way."""
    return None if ground is None else _trench(ground, ground.length_m)


def redrawn(ground: Ground | None, joint: Joint) -> Callable[[Booleans], Trench | None] | None:
    """Return what draws the trench anew for chosen options; None where there is none to draw."""
    if ground is None:
        return None

    def draw(chosen: Booleans) -> Trench | None:
        picked = np.asarray([chosen[joint.option(d.party)] for d in ground.diggers], dtype=bool)
        if picked.sum() < 2:
            return None
        found = shared_tree(
            ground.start, ground.end, ground.length_m, ground.n_nodes, ground.node[picked],
            ground.fibre, effort=EFFORT,
        )  # fmt: skip
        weight = ground.length_m.copy()
        weight[found.edge] = 0.0
        return _trench(ground, weight)

    return draw


def _trench(ground: Ground, weight: Floats) -> Trench | None:
    """Return the shortest ways by a weight of edges, cut into stretches that the same sites use."""
    way = nearest_source(network(ground.start, ground.end, weight, ground.n_nodes), ground.fibre)
    node = ground.node.copy()
    site = np.arange(len(node))
    site_parts, edge_parts, step_parts, step = [], [], [], 0
    while len(site):
        on = way.parent[node] >= 0
        site, node = site[on], node[on]
        site_parts.append(site)
        edge_parts.append(way.via[node])
        step_parts.append(np.full(len(site), step))
        node, step = way.parent[node].astype(np.int64), step + 1
    sites, edges = np.concatenate(site_parts), np.concatenate(edge_parts)
    steps = np.concatenate(step_parts)
    held, row = np.unique(edges, return_inverse=True)
    covers = cover_matrix(row, sites, (len(held), len(ground.node)))
    length = np.maximum(ground.length_m[held], 1e-9)
    merged = merge_alike(covers, length, where="the shared trench")
    stretch = _stretch_of(covers, merged.groups)
    # in order from the site: a stretch is as near as its nearest edge
    routes = []
    order = np.lexsort((steps, sites))
    bounds = np.searchsorted(sites[order], np.arange(len(ground.node) + 1))
    for i, digger in enumerate(ground.diggers):
        passed = stretch[row[order[bounds[i] : bounds[i + 1]]]]
        ordered = tuple(int(s) for s in dict.fromkeys(passed.tolist()))
        routes.append(Route(digger.party, digger.line_gbp, int(ground.lead_gbp[i]), ordered))
    users = np.diff(merged.groups.indptr)
    if not (users > 1).any():
        return None
    cost = np.round(merged.demand * ground.gbp_per_m).astype(np.int64)
    return Trench(
        tuple(int(c) for c in cost),
        tuple(round(float(m), 1) for m in merged.demand),
        tuple(routes),
    )


def _stretch_of(covers: csr_array, groups: csr_array) -> Ints:
    """Return the stretch of each edge: the group with the same sites."""
    keys = {part: at for at, part in enumerate(_rows(groups))}
    return np.asarray([keys[part] for part in _rows(covers)], dtype=np.int64)


def _rows(matrix: csr_array) -> list[tuple[int, ...]]:
    return [
        tuple(sorted(matrix.indices[a:b].tolist())) for a, b in pairwise(matrix.indptr.tolist())
    ]
