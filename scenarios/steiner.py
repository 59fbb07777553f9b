"""The cheapest shared network that joins sites to existing fibre: a Steiner tree on the streets.

All existing fibre nodes count as one terminal, since joining any of them is joining the network.
Mehlhorn's construction (Information Processing Letters 27, 1988: never more than twice the
optimum) is followed by local search that only ever shortens it: exchange of the paths between
branching points, then insertion and removal of branching points, as long as the stated effort
lasts. Effort is counted in nodes visited, never on the clock, so that the same input gives the
same tree on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, InputError
from scenarios import steiner_loops as loops
from scenarios.reach import Network, bucket_width, nearest_source, network

__all__ = ["EFFORT", "SharedTree", "shared_tree"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
EFFORT = 500_000
GAIN = 1e-9  # relative: a smaller gain than this is rounding
FEWEST_TRIALS = 20  # of branching points; fewer are not worth the visits
NEARLY = 1.02  # a tree this much longer may still be the best after an exchange of paths


@dataclass(frozen=True)
class SharedTree:
    """A shared network.

    Attributes
    ----------
    edge
        Edges of the tree, in order.
    cost
        Sum of their costs, in the unit given.
    construction_cost
        The cost before local search: Mehlhorn's, which local search never exceeds.
    reached
        For each site whether the tree joins it; a site on an island without fibre is not reached.
    parent, via
        For each node of the tree the next node towards the fibre and the edge to it; -1 elsewhere,
        and at the nodes where the tree meets the fibre.
    """

    edge: Ints
    cost: float
    construction_cost: float
    reached: Bools
    parent: Ints
    via: Ints


@dataclass(frozen=True)
class _Problem:
    net: Network
    start: Ints
    end: Ints
    cost: Floats
    fibre: Ints
    terminals: Ints
    needed: Bools

    def total(self, chosen: Bools) -> float:
        return float(self.cost[chosen].sum())


def shared_tree(
    start: ArrayLike,
    end: ArrayLike,
    cost: ArrayLike,
    n_nodes: int,
    sites: ArrayLike,
    fibre: ArrayLike,
    *,
    usable: ArrayLike | None = None,
    effort: int = EFFORT,
    ways: Network | None = None,
) -> SharedTree:
    """Find a cheap tree along streets that joins sites to existing fibre.

    Parameters
    ----------
    start, end, cost
        Edges of the undirected street network; cost in metres or GBP (a trench in its surface, a
        length of existing duct at the price of re-use), zero or more.
    sites
        Nodes to join, shape (n,); they may repeat.
    fibre
        Nodes where there is fibre today. Without any, the sites are joined among themselves, in
        the part of the network that holds most of them.
    usable
        Edges along which fibre may be laid; all when not given.
    effort
        Nodes that local search may visit; 0 returns the construction as it is.
    ways
        The network of these edges (`reach.network` of `start`, `end`, `cost` and `usable`), where it is
        at hand.

    Raises
    ------
    InputError
        When costs are negative or missing, or a site or a fibre node is no node.

    Examples
    --------
    Two sites and fibre around a crossing:

    >>> tree = shared_tree([0, 1, 2], [3, 3, 3], [1.0, 1.0, 1.0], 4, [0, 1], [2])
    >>> tree.edge.tolist(), tree.cost
    ([0, 1, 2], 3.0)
    """
    net = ways or network(start, end, cost, n_nodes, usable=usable, where="the shared network")
    wanted, known = _places(sites, n_nodes, "site"), _places(fibre, n_nodes, "fibre node")
    tail, head = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    weight = np.asarray(cost, dtype=np.float64)
    fibre_nodes = np.unique(known)
    seeds = np.setdiff1d(wanted, fibre_nodes)
    nodes, joined, root = _grown(net, tail, head, fibre_nodes, seeds)
    terminals = seeds[joined]
    if not len(fibre_nodes) and len(seeds):
        fibre_nodes, terminals = seeds[root : root + 1], np.setdiff1d(terminals, seeds[root])
    needed = np.zeros(n_nodes, dtype=bool)
    needed[terminals] = True
    needed[fibre_nodes] = True
    problem = _Problem(net, tail, head, weight, fibre_nodes, terminals, needed)
    chosen = _spanned(problem, nodes)
    built = problem.total(chosen)
    if effort > 0 and chosen.any():
        chosen = _improved(problem, chosen, effort)
    parent, via = loops.rooted(net.indptr, net.head, net.edge, chosen, fibre_nodes)
    return SharedTree(
        edge=np.flatnonzero(chosen),
        cost=problem.total(chosen),
        construction_cost=built,
        reached=needed[wanted],
        parent=parent,
        via=via,
    )


def _places(nodes: ArrayLike, n_nodes: int, what: str) -> Ints:
    numbers = np.asarray(nodes, dtype=np.int64).ravel()
    strange = (numbers < 0) | (numbers >= n_nodes)
    if strange.any():
        first = int(np.argmax(strange))
        raise InputError(
            Fault(
                "the shared network",
                f"{what} {first + 1:,} is at node {numbers[first]}, and there are {n_nodes:,}",
                "leave out places that are attached to no street",
            )
        )
    return numbers


def _grown(
    net: Network, start: Ints, end: Ints, fibre: Ints, seeds: Ints
) -> tuple[Bools, Bools, int]:
    """Join seeds and fibre by Mehlhorn's construction.

    Returns
    -------
    tuple
        Nodes on the paths; which seeds are joined to the fibre (without fibre: to most others);
        and the seed to start from where there is no fibre.
    """
    label = np.concatenate(
        [np.zeros(len(fibre), np.int64), np.arange(1, len(seeds) + 1, dtype=np.int64)]
    )
    near = nearest_source(net, np.concatenate([fibre, seeds]), group=label)
    owner = near.source
    bridge, length = loops.bridges(net.indptr, net.head, net.cost, net.edge, near.distance, owner)
    order = np.lexsort((bridge, length))
    taken, group = loops.joined_labels(start, end, bridge[order], owner, len(seeds) + 1)
    # a seed at no distance from another has no part of its own: it is in the other's
    part = group[owner[seeds]]
    root = 0
    if not len(fibre) and len(seeds):
        # the largest part, and of equal ones the one with the first site
        root = int(np.argmax(np.bincount(part)[part]))
        home = part[root]
    else:
        home = group[0]
    inside = taken[group[owner[start[taken]]] == home]
    ends = np.concatenate([start[inside], end[inside], seeds[part == home]])
    nodes = loops.path_nodes(ends, near.parent)
    nodes[fibre] = True
    return nodes, part == home, root


def _spanned(problem: _Problem, nodes: Bools) -> Bools:
    """Return the cheapest tree on a set of nodes, without leaves that nobody asked for."""
    net = problem.net
    nodes = nodes | problem.needed
    inside = loops.inner_edges(net.indptr, net.head, net.edge, nodes)
    order = inside[np.lexsort((inside, problem.cost[inside]))]
    chosen: Bools = loops.pruned_span(
        net.indptr, net.head, net.edge, problem.start, problem.end, order, problem.needed,
        problem.fibre, len(problem.cost),
    )  # fmt: skip
    return chosen


def _exchanged(problem: _Problem, chosen: Bools, effort: int) -> tuple[Bools, int]:
    """Exchange paths until nothing helps or the effort is spent; return the tree and what is left."""
    net = problem.net
    longest = float(net.cost.max())
    width = bucket_width(net, longest)
    result = chosen.copy()
    left = loops.exchange(
        net.indptr, net.head, net.cost, net.edge, problem.start, problem.end, problem.cost,
        result, problem.needed, problem.fibre, effort, GAIN, width,
        int(longest / width) + 3,
    )  # fmt: skip
    return result, int(left)


def _improved(problem: _Problem, chosen: Bools, effort: int) -> Bools:
    """Shorten a tree by local search; the result never costs more."""
    size = problem.net.n_nodes
    best, left = _exchanged(problem, chosen, effort)
    cost = problem.total(best)
    if effort < FEWEST_TRIALS * size:
        return best
    gained = True
    while gained and left >= size:
        gained = False
        for node in range(size):
            if left < size:
                break
            if problem.needed[node] or problem.net.indptr[node + 1] - problem.net.indptr[node] < 3:
                continue
            # a branching point in use is left out, any other node is put in
            seeds = np.setxor1d(np.append(problem.terminals, _branching(problem, best)), node)
            left -= size
            nodes, _, _ = _grown(problem.net, problem.start, problem.end, problem.fibre, seeds)
            candidate = _spanned(problem, nodes)
            if problem.total(candidate) < cost * NEARLY:
                candidate, left = _exchanged(problem, candidate, left)
            new = problem.total(candidate)
            if new < cost * (1 - GAIN):
                best, cost, gained = candidate, new, True
    return best


def _branching(problem: _Problem, chosen: Bools) -> Ints:
    """Return the nodes where three or more edges of the tree meet and that are no terminals."""
    ends = np.concatenate([problem.start[chosen], problem.end[chosen]])
    degree = np.bincount(ends, minlength=problem.net.n_nodes)
    return np.flatnonzero((degree >= 3) & ~problem.needed)
