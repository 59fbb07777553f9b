# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0915 - compiled functions take their types from their arguments
"""The inner loops of `steiner`, compiled: arrays in, arrays out, no checks.

Networks are arcs as in `reach.Network`. Fibre nodes are one node for everything that joins or
separates: they stand united in every forest.
"""

from __future__ import annotations

import numpy as np

from layers.compiled import compiled
from scenarios.reach_loops import UNQUEUED, link

__all__ = [
    "bridges",
    "exchange",
    "inner_edges",
    "joined_labels",
    "path_nodes",
    "pruned_span",
    "rooted",
]


@compiled
def bridges(indptr, head, cost, edge, distance, owner):
    """Return the edges between nodes of different owners and the length of the way over each."""
    count = 0
    for turn in range(2):
        if turn == 1:
            number, length = np.empty(count, np.int64), np.empty(count)
            count = 0
        for node in range(len(indptr) - 1):
            mine = owner[node]
            if mine < 0:
                continue
            for arc in range(indptr[node], indptr[node + 1]):
                to = head[arc]
                if to > node and owner[to] != mine:
                    if turn == 1:
                        number[count] = edge[arc]
                        length[count] = distance[node] + cost[arc] + distance[to]
                    count += 1
    return number, length


@compiled
def _find(group, item):
    while group[item] != item:
        group[item] = group[group[item]]
        item = group[item]
    return item


@compiled
def joined_labels(start, end, order, owner, n_labels):
    """Join labels over bridges, cheapest first; return the bridges taken and each label's group."""
    group = np.arange(n_labels)
    taken = np.empty(max(n_labels - 1, 0), np.int64)
    count = 0
    for e in order:
        a, b = _find(group, owner[start[e]]), _find(group, owner[end[e]])
        if a != b:
            group[max(a, b)] = min(a, b)
            taken[count] = e
            count += 1
    for label in range(n_labels):
        group[label] = _find(group, label)
    return taken[:count], group


@compiled
def path_nodes(ends, parent):
    """Return the nodes on the ways from some nodes to their sources."""
    on = np.zeros(len(parent), np.bool_)
    for end in ends:
        node = end
        while node >= 0 and not on[node]:
            on[node] = True
            node = parent[node]
    return on


@compiled
def inner_edges(indptr, head, edge, nodes):
    """Return the edges between nodes of a set."""
    members = np.flatnonzero(nodes)
    room = 0
    for node in members:
        room += indptr[node + 1] - indptr[node]
    found = np.empty(room, np.int64)
    count = 0
    for node in members:
        for arc in range(indptr[node], indptr[node + 1]):
            if head[arc] > node and nodes[head[arc]]:
                found[count] = edge[arc]
                count += 1
    return found[:count]


@compiled
def pruned_span(indptr, head, edge, start, end, order, needed, fibre, n_edges):
    """Return the edges of the cheapest tree (edges in `order`), less leaves that are not needed."""
    n = len(indptr) - 1
    group = np.arange(n)
    for node in fibre:
        group[node] = fibre[0]
    chosen = np.zeros(n_edges, np.bool_)
    degree = np.zeros(n, np.int64)
    taken = np.empty(len(order), np.int64)
    count = 0
    for e in order:
        a, b = _find(group, start[e]), _find(group, end[e])
        if a != b:
            group[max(a, b)] = min(a, b)
            chosen[e] = True
            degree[start[e]] += 1
            degree[end[e]] += 1
            taken[count] = e
            count += 1
    for e in taken[:count]:
        for side in range(2):
            node = start[e] if side == 0 else end[e]
            while degree[node] == 1 and not needed[node]:
                for arc in range(indptr[node], indptr[node + 1]):
                    if chosen[edge[arc]]:
                        chosen[edge[arc]] = False
                        degree[node] -= 1
                        node = head[arc]
                        degree[node] -= 1
                        break
    return chosen


@compiled
def rooted(indptr, head, edge, chosen, fibre):
    """Return each tree node's next node towards the fibre and the edge to it."""
    n = len(indptr) - 1
    parent, via = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    seen = np.zeros(n, np.bool_)
    waiting = np.empty(n, np.int64)
    count = 0
    for node in fibre:
        seen[node] = True
        waiting[count] = node
        count += 1
    at = 0
    while at < count:
        node = waiting[at]
        at += 1
        for arc in range(indptr[node], indptr[node + 1]):
            to = head[arc]
            if chosen[edge[arc]] and not seen[to]:
                seen[to] = True
                parent[to], via[to] = node, edge[arc]
                waiting[count] = to
                count += 1
    return parent, via


@compiled
def _paths(indptr, edge, start, end, weight, chosen, needed, degree):
    """Return the paths of a tree between terminals and branching points: edges, ends and costs."""
    edges = np.flatnonzero(chosen)
    seen = np.zeros(len(chosen), np.bool_)
    item = np.empty(len(edges), np.int64)
    ptr = np.zeros(len(edges) + 1, np.int64)
    first, last, total = (
        np.empty(len(edges), np.int64),
        np.empty(len(edges), np.int64),
        np.zeros(len(edges)),
    )
    count = 0
    used = 0
    for k in range(2 * len(edges)):
        origin = start[edges[k >> 1]] if k & 1 == 0 else end[edges[k >> 1]]
        if not (needed[origin] or degree[origin] >= 3):
            continue
        e = edges[k >> 1]
        if seen[e]:
            continue
        node = origin
        while True:
            seen[e] = True
            item[used] = e
            used += 1
            total[count] += weight[e]
            node = end[e] if start[e] == node else start[e]
            if needed[node] or degree[node] >= 3:
                break
            onward = -1
            for arc in range(indptr[node], indptr[node + 1]):
                if chosen[edge[arc]] and edge[arc] != e:
                    onward = edge[arc]
            e = onward
        first[count], last[count] = origin, node
        count += 1
        ptr[count] = used
    return item[:used], ptr[: count + 1], first[:count], last[:count], total[:count]


@compiled
def _smaller_side(indptr, head, edge, chosen, a, b, is_fibre, fibre, mark, stamp, waiting):
    """Walk the tree from both ends of a gap in turn; return which side is done first and its size.

    Nodes of side 0 are marked `stamp` and stand in `waiting[0]`, those of side 1 `stamp + 1`.
    """
    count, at, crossed = np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2, np.bool_)
    mark[a], mark[b] = stamp, stamp + 1
    waiting[0, 0], waiting[1, 0] = a, b
    count[0] = count[1] = 1
    while True:
        for side in range(2):
            if at[side] == count[side]:
                return side, count[side]
            node = waiting[side, at[side]]
            at[side] += 1
            if is_fibre[node] and not crossed[side]:
                crossed[side] = True
                for other in fibre:
                    if mark[other] != stamp + side:
                        mark[other] = stamp + side
                        waiting[side, count[side]] = other
                        count[side] += 1
            for arc in range(indptr[node], indptr[node + 1]):
                to = head[arc]
                if chosen[edge[arc]] and mark[to] != stamp + side:
                    mark[to] = stamp + side
                    waiting[side, count[side]] = to
                    count[side] += 1


@compiled
def _gap_closed(indptr, head, cost, edge, side, stamp, mark, needed, degree, limit, width, space):
    """Find the cheapest way from one side to any other node of the tree.

    Nodes wait in buckets, as in `reach.search`; the limit falls with every way found.

    Returns
    -------
    tuple
        The node where the way meets the tree (-1: none below the limit), the node before it, the
        edge between them, and the nodes visited.
    """
    distance, parent, via, after, before, first, touched = space
    n_buckets = len(first)
    count, waiting, visited, turn = 0, 0, 0, 0
    met, last_node, last_edge = -1, -1, -1
    for node in side:
        distance[node], parent[node] = 0.0, -1
        touched[count] = node
        link(node, 0, first, after, before)
        count += 1
    waiting = count
    while waiting:
        bucket = turn % n_buckets
        turn += 1
        node = first[bucket]
        while node >= 0:
            following = after[node]
            first[bucket] = following
            if following >= 0:
                before[following] = -1
            after[node] = UNQUEUED
            waiting -= 1
            key = distance[node]
            if key >= limit:
                node = following
                continue
            visited += 1
            for arc in range(indptr[node], indptr[node + 1]):
                new, to = key + cost[arc], head[arc]
                old = distance[to]
                if new >= limit or new >= old:
                    continue
                if mark[to] != stamp and (degree[to] > 0 or needed[to]):
                    limit, met, last_node, last_edge = new, to, node, edge[arc]
                    continue
                if old == np.inf:
                    touched[count] = to
                    count += 1
                elif after[to] != UNQUEUED:
                    following, last = after[to], before[to]
                    if last >= 0:
                        after[last] = following
                    else:
                        first[int(old / width) % n_buckets] = following
                    if following >= 0:
                        before[following] = last
                    waiting -= 1
                distance[to], parent[to], via[to] = new, node, edge[arc]
                at = int(new / width) % n_buckets
                following = first[at]
                after[to], before[to] = following, -1
                if following >= 0:
                    before[following] = to
                first[at] = to
                waiting += 1
            node = first[bucket]
    for i in range(count):
        distance[touched[i]] = np.inf
    return met, last_node, last_edge, visited


@compiled
def _flip(edges, chosen, degree, start, end, step):
    for e in edges:
        chosen[e] = step > 0
        degree[start[e]] += step
        degree[end[e]] += step


@compiled
def _still_a_path(edges, first, chosen, degree, needed, start, end):
    """Whether a path is in the tree as it was: nothing has joined it, and its ends still stand.

    An end that is no branching point any more would be left over as a stub.
    """
    node = first
    if not needed[node] and degree[node] < 3:
        return False
    for i in range(len(edges)):
        e = edges[i]
        if not chosen[e]:
            return False
        node = end[e] if start[e] == node else start[e]
        if i < len(edges) - 1 and (degree[node] != 2 or needed[node]):
            return False
    return needed[node] or degree[node] >= 3


@compiled
def exchange(
    indptr,
    head,
    cost,
    edge,
    start,
    end,
    weight,
    chosen,
    needed,
    fibre,
    effort,
    gain,
    width,
    n_buckets,
):
    """Take out each path in turn, the costliest first, and close the gap more cheaply if possible.

    `chosen` is changed in place; returns the effort left.
    """
    n = len(indptr) - 1
    degree = np.zeros(n, np.int32)
    is_fibre = np.zeros(n, np.bool_)
    for node in fibre:
        is_fibre[node] = True
    for e in np.flatnonzero(chosen):
        degree[start[e]] += 1
        degree[end[e]] += 1
    mark = np.full(n, -1, np.int32)
    waiting = np.empty((2, n), np.int32)
    space = (
        np.full(n, np.inf),
        np.full(n, -1, np.int32),
        np.full(n, -1, np.int32),
        np.full(n, UNQUEUED, np.int32),
        np.full(n, -1, np.int32),
        np.full(n_buckets, -1, np.int32),
        np.empty(n, np.int32),
    )
    stamp = 0
    gained = True
    while gained and effort > 0:
        gained = False
        item, ptr, first, last, total = _paths(
            indptr, edge, start, end, weight, chosen, needed, degree
        )
        for k in np.argsort(-total, kind="mergesort"):
            if effort <= 0:
                break
            path = item[ptr[k] : ptr[k + 1]]
            if not _still_a_path(path, first[k], chosen, degree, needed, start, end):
                continue
            _flip(path, chosen, degree, start, end, -1)
            side, size = _smaller_side(
                indptr, head, edge, chosen, first[k], last[k], is_fibre, fibre, mark, stamp, waiting
            )
            met, node, joint, visited = _gap_closed(
                indptr, head, cost, edge, waiting[side, :size], stamp + side, mark, needed, degree,
                total[k] * (1 - gain), width, space,
            )  # fmt: skip
            stamp += 2
            effort -= visited
            if met < 0:
                _flip(path, chosen, degree, start, end, 1)
                continue
            gained = True
            _flip(np.array([joint]), chosen, degree, start, end, 1)
            while space[1][node] >= 0:
                _flip(space[2][node : node + 1], chosen, degree, start, end, 1)
                node = space[1][node]
    return effort
