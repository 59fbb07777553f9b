"""The reference that compiled street distances are held against: scipy, site group by site group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from scenarios.street_distance import StreetGraph, joinable_nodes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SITES_AT_ONCE = 64
CELL_M = 2_000.0
SMALLEST_PART = 100


def _pieces(site_xy: Floats) -> list[Ints]:
    """Return sites in groups that lie near each other, so that each needs few of the streets."""
    cell = np.floor(site_xy / CELL_M).astype(np.int64)
    # rows of cells are walked to and fro, so that a group does not span the region
    column = np.where(cell[:, 1] % 2 == 0, cell[:, 0], -cell[:, 0])
    order = np.lexsort((np.arange(len(site_xy)), column, cell[:, 1]))
    return [order[i : i + SITES_AT_ONCE] for i in range(0, len(order), SITES_AT_ONCE)]


def street_distances(
    site_xy: Floats,
    point_xy: Floats,
    streets: StreetGraph,
    limit_m: float,
    detour_ratio: float,
) -> tuple[Ints, Ints, Floats]:
    """Return sites, points and distances of all pairs within a distance along streets.

    Sites and points join the streets at their nearest node, and the way to it counts. Between two
    that join at the same node, the straight line times the detour ratio counts where it is shorter.

    Parameters
    ----------
    site_xy, point_xy
        Easting and northing in metres, shape (n, 2); points may be NaN and then belong to no site.
    """
    nodes = np.column_stack([streets.node_easting, streets.node_northing])
    joins = joinable_nodes(streets)
    tree = cKDTree(nodes[joins])
    snap, nearest = tree.query(site_xy)
    site_snap = np.asarray(snap, dtype=np.float64)
    site_node = joins[nearest]
    near, point_snap, nearest = _attached(site_xy, point_xy, tree, limit_m)
    point_node = joins[nearest]
    by_node = np.argsort(point_node, kind="stable")
    starts = np.searchsorted(point_node[by_node], np.arange(len(nodes) + 1))
    matrix = streets.graph()
    parts: list[tuple[Ints, Ints, Floats]] = []
    for piece in _pieces(site_xy):
        part, node, along = _piece(matrix, nodes, site_xy[piece], site_node[piece], limit_m)
        site, reach = piece[part], along + site_snap[piece[part]]
        count = starts[node + 1] - starts[node]
        total = int(count.sum())
        if not total:
            continue
        offset = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
        which = by_node[np.repeat(starts[node], count) + offset]
        at_site, at_point = np.repeat(site, count), near[which]
        distance = np.repeat(reach, count) + point_snap[which]
        same = np.repeat(node, count) == site_node[at_site]
        straight = np.linalg.norm(site_xy[at_site[same]] - point_xy[at_point[same]], axis=1)
        distance[same] = np.minimum(distance[same], straight * detour_ratio)
        keep = distance <= limit_m
        parts.append((at_site[keep], at_point[keep], distance[keep]))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    site, point, distance = (np.concatenate(column) for column in zip(*parts, strict=True))
    return site, point, distance


def _attached(
    site_xy: Floats, point_xy: Floats, tree: cKDTree, limit_m: float
) -> tuple[Ints, Floats, Ints]:
    """Return the points near any site, how far each is from a street node, and which."""
    low, high = site_xy.min(axis=0) - limit_m, site_xy.max(axis=0) + limit_m
    with np.errstate(invalid="ignore"):
        near = np.flatnonzero(((point_xy >= low) & (point_xy <= high)).all(axis=1))
    snap, node = tree.query(point_xy[near])
    return near, np.asarray(snap), np.asarray(node, dtype=np.int64)


def _piece(
    matrix: csr_matrix, nodes: Floats, site_xy: Floats, site_node: Ints, limit_m: float
) -> tuple[Ints, Ints, Floats]:
    """Return (site, node, distance) within the limit for a few sites, on the streets around them."""
    low = np.minimum(site_xy.min(axis=0), nodes[site_node].min(axis=0)) - limit_m
    high = np.maximum(site_xy.max(axis=0), nodes[site_node].max(axis=0)) + limit_m
    local = np.flatnonzero(((nodes >= low) & (nodes <= high)).all(axis=1))
    part = matrix[local][:, local]
    start = np.searchsorted(local, site_node)
    along = dijkstra(part, directed=True, indices=start, limit=limit_m)
    site, node = np.nonzero(np.isfinite(along))
    return site.astype(np.int64), local[node], along[site, node]
