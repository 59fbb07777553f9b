"""How far along streets: all nodes within a limit of many origins, and the nearest of many sources.

Dijkstra's algorithm with a limit, compiled, on arrays. Distances are sums of lengths in the order
in which a path is walked, so they equal those of any exact implementation to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.compiled import in_chunks
from layers.errors import Fault, InputError
from scenarios import reach_loops as loops

__all__ = [
    "Nearest",
    "Network",
    "Reached",
    "bucket_width",
    "nearest_source",
    "network",
    "nodes_within",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Int32s = NDArray[np.int32]
ORIGINS_AT_ONCE = 250
MOST_BUCKETS = 4096


@dataclass(frozen=True)
class Network:
    """Streets as arcs sorted by the node they leave; a two-way street is an arc each way.

    Attributes
    ----------
    indptr
        Position of the first arc of each node, length nodes + 1.
    head, cost, edge
        For each arc the node it enters, its length in metres (or seconds, or GBP), and the number
        of the edge it belongs to.
    """

    indptr: Ints
    head: Int32s
    cost: Floats
    edge: Int32s

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1


@dataclass(frozen=True)
class Reached:
    """The nodes within reach of each origin, in order of node.

    Origin `i` reaches `node[indptr[i]:indptr[i + 1]]` at `distance` (same unit as the network).
    """

    indptr: Ints
    node: Int32s
    distance: Floats

    def origin(self) -> Ints:
        """Return the origin of each entry."""
        return np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))


@dataclass(frozen=True)
class Nearest:
    """For each node its nearest source: how far, which (-1: none), and the way there.

    `parent` is the next node on the way to the source and `via` the edge to it; -1 at sources and
    at nodes that no source reaches.
    """

    distance: Floats
    source: Int32s
    parent: Int32s
    via: Int32s


def network(
    start: ArrayLike,
    end: ArrayLike,
    cost: ArrayLike,
    n_nodes: int,
    *,
    oneway: ArrayLike | None = None,
    usable: ArrayLike | None = None,
    where: str = "the street network",
) -> Network:
    """Make a network from edges.

    Parameters
    ----------
    start, end
        Node numbers, shape (edges,). Edges from a node to itself lead nowhere and are left out.
    cost
        Length in metres, or any cost that adds up; zero is allowed.
    oneway
        Whether an edge leads from `start` to `end` only; none does when not given.
    usable
        Edges to take; all when not given.
    where
        What to name in an error.

    Raises
    ------
    InputError
        When lengths are negative, missing or infinite, or edges name nodes that do not exist.
    """
    tail, head = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    length = np.asarray(cost, dtype=np.float64)
    _check(tail, head, length, n_nodes, where)
    keep = tail != head
    if usable is not None:
        keep &= np.asarray(usable, dtype=bool)
    both = np.ones(len(tail), dtype=bool) if oneway is None else ~np.asarray(oneway, dtype=bool)
    return Network(*loops.arcs(tail, head, length, keep, both, n_nodes))


def _check(tail: Ints, head: Ints, cost: Floats, n_nodes: int, where: str) -> None:
    """Refuse edges that no search could use, saying how many and which is the first."""
    faults = []
    bad = ~(np.isfinite(cost) & (cost >= 0))
    if bad.any():
        first = int(np.argmax(bad))
        faults.append(
            Fault(
                where,
                f"{int(bad.sum()):,} of {len(cost):,} pieces of street have a negative, missing or "
                f"infinite length; the first is piece {first + 1:,} with {cost[first]:g}",
                "export the streets again, or leave these pieces out",
            )
        )
    strange = (tail < 0) | (tail >= n_nodes) | (head < 0) | (head >= n_nodes)
    if strange.any():
        first = int(np.argmax(strange))
        faults.append(
            Fault(
                where,
                f"{int(strange.sum()):,} pieces of street end at a node that does not exist; the "
                f"first is piece {first + 1:,}, from node {tail[first]} to {head[first]} of {n_nodes:,}",
                "export the streets again",
            )
        )
    if faults:
        raise InputError(faults)


def nodes_within(
    streets: Network, origins: ArrayLike, limit: float, *, workers: int | None = None
) -> Reached:
    """Find all nodes within a limit of each origin.

    Parameters
    ----------
    origins
        Node numbers, shape (n,); they may repeat.
    limit
        In the network's unit; a node exactly at the limit is within.
    workers
        Threads; the result is the same for any number.

    Raises
    ------
    InputError
        When the limit is negative or missing, or an origin is no node.

    Examples
    --------
    >>> reached = nodes_within(network([0, 1], [1, 2], [300.0, 400.0], 4), [0, 3], 500)
    >>> reached.indptr.tolist(), reached.node.tolist(), reached.distance.tolist()
    ([0, 2, 3], [0, 1, 3], [0.0, 300.0, 0.0])
    """
    nodes = _nodes(streets, origins, "origin")
    if not limit >= 0:
        raise InputError(Fault("catchment", f"the limit is {limit:g}", "give a limit of 0 or more"))

    # no way through the network is longer than all its streets together
    reach = float(min(limit, 1.0 + streets.cost.sum()))
    width = bucket_width(streets, reach)

    def work(low: int, high: int) -> tuple[Ints, Int32s, Floats]:
        found: tuple[Ints, Int32s, Floats] = loops.within(
            streets.indptr, streets.head, streets.cost, nodes[low:high], reach, width
        )
        return found

    parts = in_chunks(work, len(nodes), ORIGINS_AT_ONCE, workers)
    counts = np.concatenate([np.zeros(1, np.int64), *(part[0] for part in parts)])
    return Reached(
        np.cumsum(counts),
        np.concatenate([np.empty(0, np.int32), *(part[1] for part in parts)]),
        np.concatenate([np.empty(0), *(part[2] for part in parts)]),
    )


def nearest_source(
    streets: Network,
    sources: ArrayLike,
    limit: float = np.inf,
    *,
    group: ArrayLike | None = None,
) -> Nearest:
    """Find the nearest source of every node, in one pass.

    Parameters
    ----------
    sources
        Node numbers. On a directed network distances are from the source.
    group
        A number for each source to report instead of its position; sources of one group count as
        one. Where two are equally near, the smaller number is reported.

    Raises
    ------
    InputError
        When a source is no node.
    """
    nodes = _nodes(streets, sources, "source")
    label = np.arange(len(nodes)) if group is None else np.asarray(group, dtype=np.int64)
    longest = float(streets.cost.max()) if len(streets.cost) else 0.0
    width = bucket_width(streets, longest)
    found = loops.flooded(
        streets.indptr, streets.head, streets.cost, streets.edge, nodes, label, float(limit), width,
        int(longest / width) + 3,
    )  # fmt: skip
    return Nearest(*found)


def bucket_width(streets: Network, limit: float) -> float:
    """Return a width of buckets for `search`: a quarter of a street, in at most 4,096 buckets."""
    mean = float(streets.cost.mean()) if len(streets.cost) else 0.0
    return max(mean / 4, limit / MOST_BUCKETS) or 1.0


def _nodes(streets: Network, nodes: ArrayLike, what: str) -> Ints:
    numbers = np.asarray(nodes, dtype=np.int64).ravel()
    strange = (numbers < 0) | (numbers >= streets.n_nodes)
    if strange.any():
        first = int(np.argmax(strange))
        raise InputError(
            Fault(
                "the street network",
                f"{what} {first + 1:,} is at node {numbers[first]}, and there are {streets.n_nodes:,}",
                "leave out places that are attached to no street",
            )
        )
    return numbers
