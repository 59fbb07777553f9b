"""Places attached to the nearest point of the nearest street, and what lies within reach of them.

A place joins its street where it stands, not at the next junction; the way to the street counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.compiled import in_chunks
from layers.errors import Fault, InputError
from scenarios import snapping_loops as loops
from scenarios.reach import Network, bucket_width

__all__ = ["Attached", "attach", "points_within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
CELL_M = 50.0
MOST_CELLS = 16_000_000
POINTS_AT_ONCE = 65_536
SITES_AT_ONCE = 250


@dataclass(frozen=True)
class Attached:
    """Where places join the streets.

    Attributes
    ----------
    edge
        The nearest edge; -1 where none is near enough, or the place has no position.
    share
        How far along the edge, from 0 at its start to 1 at its end.
    snap_m
        Straight distance to that point; NaN where there is no edge.
    """

    edge: Ints
    share: Floats
    snap_m: Floats

    @property
    def on_street(self) -> Bools:
        """Whether a place is attached; one that is not has no catchment along streets."""
        return np.asarray(self.edge >= 0)


def attach(
    easting: ArrayLike,
    northing: ArrayLike,
    node_easting: Floats,
    node_northing: Floats,
    start: ArrayLike,
    end: ArrayLike,
    *,
    limit_m: float,
    usable: ArrayLike | None = None,
) -> Attached:
    """Attach places to the nearest point of the nearest straight edge.

    Parameters
    ----------
    easting, northing
        Places in metres, EPSG:27700; NaN is no position.
    node_easting, node_northing, start, end
        Nodes and edges of the streets, as in `layers.streets.Streets`.
    limit_m
        Farthest that a street may be.
    usable
        Edges to attach to; all when not given. The first of equally near edges is taken.

    Raises
    ------
    InputError
        When the limit is not above 0.
    """
    if not 0 < limit_m < np.inf:
        raise InputError(
            Fault("streets", f"the snap limit is {limit_m:g} m", "give a limit above 0 m")
        )
    x, y = np.asarray(easting, dtype=np.float64), np.asarray(northing, dtype=np.float64)
    tail, head = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    keep = tail != head
    if usable is not None:
        keep &= np.asarray(usable, dtype=bool)
    number = np.flatnonzero(keep)
    if not len(number):
        none = np.full(len(x), -1, np.int64)
        return Attached(none, np.full(len(x), np.nan), np.full(len(x), np.nan))
    ends = np.column_stack(
        [
            node_easting[tail[number]],
            node_northing[tail[number]],
            node_easting[head[number]],
            node_northing[head[number]],
        ]
    )
    left, bottom = min(ends[:, 0].min(), ends[:, 2].min()), min(ends[:, 1].min(), ends[:, 3].min())
    right, top = max(ends[:, 0].max(), ends[:, 2].max()), max(ends[:, 1].max(), ends[:, 3].max())
    cell = max(CELL_M, float(np.sqrt((right - left + 1) * (top - bottom + 1) / MOST_CELLS)))
    columns, rows = int((right - left) / cell) + 1, int((top - bottom) / cell) + 1
    first, piece = loops.filed(ends, left, bottom, cell, columns, rows)

    def work(low: int, high: int) -> tuple[Ints, Floats, Floats]:
        found: tuple[Ints, Floats, Floats] = loops.nearest_pieces(
            x[low:high], y[low:high], ends, first, piece, left, bottom, cell, columns, rows,
            float(limit_m),
        )  # fmt: skip
        return found

    parts = in_chunks(work, len(x), POINTS_AT_ONCE)
    at = np.concatenate([np.empty(0, np.int64), *(part[0] for part in parts)])
    return Attached(
        np.where(at >= 0, number[at], -1),
        np.concatenate([np.empty(0), *(part[1] for part in parts)]),
        np.concatenate([np.empty(0), *(part[2] for part in parts)]),
    )


def points_within(
    streets: Network,
    start: ArrayLike,
    end: ArrayLike,
    cost: ArrayLike,
    sites: Attached,
    points: Attached,
    limit: float,
    *,
    oneway: ArrayLike | None = None,
    snap_cost_per_m: float = 1.0,
    workers: int | None = None,
) -> tuple[Ints, Ints, Floats]:
    """Find the points within a limit of each site: way to the street, along it, and off it again.

    Parameters
    ----------
    streets
        The network made of `start`, `end`, `cost` and `oneway` (see `reach.network`).
    sites, points
        Places attached to the network's own edges.
    limit
        In the unit of `cost`; a point exactly at the limit is within.
    snap_cost_per_m
        What a metre off the street costs: 1 for distances, 3.6 / (km/h) for seconds.

    Returns
    -------
    tuple of ndarray
        Site, point and distance, in order of site and point; each pair once. Places that are not
        attached are in none.
    """
    tail, head = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    length = np.asarray(cost, dtype=np.float64)
    single = np.zeros(len(tail), bool) if oneway is None else np.asarray(oneway, dtype=bool)
    order = np.argsort(points.edge, kind="stable")
    order = order[np.searchsorted(points.edge[order], 0) :]
    first = np.searchsorted(points.edge[order], np.arange(len(tail) + 1))
    share, off = points.share[order], points.snap_m[order] * snap_cost_per_m
    site_off = np.where(sites.on_street, sites.snap_m, 0.0) * snap_cost_per_m
    reach = float(min(limit, 1.0 + length.sum() + site_off.max(initial=0) + off.max(initial=0)))
    width = bucket_width(streets, reach)

    def work(low: int, high: int) -> tuple[Ints, Ints, Floats]:
        count, at, far = loops.points_within(
            streets.indptr, streets.head, streets.cost, streets.edge, tail, head, length, single,
            sites.edge[low:high], sites.share[low:high], site_off[low:high], first, share, off,
            reach, width,
        )  # fmt: skip
        site = low + np.repeat(np.arange(high - low), count)
        point = order[at]
        rank = np.lexsort((point, site))
        return site[rank], point[rank], far[rank]

    parts = in_chunks(work, len(sites.edge), SITES_AT_ONCE, workers)
    none = np.empty(0, np.int64)
    return (
        np.concatenate([none, *(part[0] for part in parts)]),
        np.concatenate([none, *(part[1] for part in parts)]),
        np.concatenate([np.empty(0), *(part[2] for part in parts)]),
    )
