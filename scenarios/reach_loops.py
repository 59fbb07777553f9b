# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, C901 - compiled functions take their types from their arguments
"""The inner loops of `reach`, compiled: arrays in, arrays out, no checks.

Networks are arcs as in `reach.Network`. Nodes wait in buckets of one width of distance, each a
chain through `after` and `before` that starts at `first`. A node that a shorter way reaches after
it was settled is queued again, so distances are exact whatever the width; a width of a fraction
of a street makes that rare. Putting a node into a bucket and taking it out is written out in the
innermost loops: calls there take more than twice the time of all the rest.
"""

from __future__ import annotations

import numpy as np

from layers.compiled import compiled

__all__ = [
    "BLOCK",
    "ROUNDING",
    "UNQUEUED",
    "arcs",
    "flooded",
    "in_order",
    "link",
    "search",
    "unlink",
    "within",
    "workspace",
]

UNQUEUED = -2  # in no bucket; -1 ends a chain
BLOCK = 6  # nodes are put in order 64 at a time
ROUNDING = 1e-9  # relative: a limit less a part of the way is not exact to the last bit


@compiled
def link(node, bucket, first, after, before):
    """Put a node into a bucket."""
    following = first[bucket]
    after[node], before[node] = following, -1
    if following >= 0:
        before[following] = node
    first[bucket] = node


@compiled
def unlink(node, bucket, first, after, before):
    """Take a node out of its bucket."""
    following, last = after[node], before[node]
    if last >= 0:
        after[last] = following
    else:
        first[bucket] = following
    if following >= 0:
        before[following] = last
    after[node] = UNQUEUED


@compiled
def arcs(tail, head, cost, keep, both, n_nodes):
    """Sort arcs by the node they leave, in order of edge."""
    indptr = np.zeros(n_nodes + 1, np.int64)
    for e in range(len(tail)):
        if keep[e]:
            indptr[tail[e] + 1] += 1
            if both[e]:
                indptr[head[e] + 1] += 1
    for i in range(n_nodes):
        indptr[i + 1] += indptr[i]
    place = indptr[:-1].copy()
    count = indptr[n_nodes]
    to, length, edge = np.empty(count, np.int32), np.empty(count), np.empty(count, np.int32)
    for e in range(len(tail)):
        if keep[e]:
            at = place[tail[e]]
            to[at], length[at], edge[at] = head[e], cost[e], e
            place[tail[e]] += 1
            if both[e]:
                at = place[head[e]]
                to[at], length[at], edge[at] = tail[e], cost[e], e
                place[head[e]] += 1
    return indptr, to, length, edge


@compiled
def workspace(n_nodes, limit, width):
    """Return what `search` works with, for any number of origins one after the other."""
    distance = np.full(n_nodes, np.inf)
    after, before = np.full(n_nodes, UNQUEUED, np.int32), np.full(n_nodes, -1, np.int32)
    first = np.full(int(limit / width) + 2, -1, np.int32)
    return distance, after, before, first, np.empty(n_nodes, np.int32)


@compiled
def search(indptr, head, cost, distance, after, before, first, touched, count, limit, width):
    """Find all nodes within the limit of those queued; return how many were touched.

    Queued nodes stand in `touched` and have their `distance`; all others are infinitely far.
    """
    for bucket in range(int(limit / width) + 1):
        node = first[bucket]
        while node >= 0:
            following = after[node]
            first[bucket] = following
            if following >= 0:
                before[following] = -1
            after[node] = UNQUEUED
            key = distance[node]
            for arc in range(indptr[node], indptr[node + 1]):
                new, to = key + cost[arc], head[arc]
                old = distance[to]
                if new < old and new <= limit:
                    if old == np.inf:
                        touched[count] = to
                        count += 1
                    elif after[to] != UNQUEUED:
                        following, last = after[to], before[to]
                        if last >= 0:
                            after[last] = following
                        else:
                            first[int(old / width)] = following
                        if following >= 0:
                            before[following] = last
                    distance[to] = new
                    at = int(new / width)
                    following = first[at]
                    after[to], before[to] = following, -1
                    if following >= 0:
                        before[following] = to
                    first[at] = to
            node = first[bucket]
    return count


@compiled
def in_order(touched, count, distance, marked):
    """Put the nodes touched in order, by walking the blocks of nodes that hold any."""
    low, high = len(marked), -1
    for k in range(count):
        block = touched[k] >> BLOCK
        marked[block] = True
        low, high = min(low, block), max(high, block)
    at = 0
    for block in range(low, high + 1):
        if marked[block]:
            marked[block] = False
            for node in range(block << BLOCK, min((block + 1) << BLOCK, len(distance))):
                if distance[node] != np.inf:
                    touched[at] = node
                    at += 1


@compiled
def within(indptr, head, cost, origins, limit, width):
    """Return, for each origin, how many nodes are within the limit; then all of them in order."""
    distance, after, before, first, touched = workspace(len(indptr) - 1, limit, width)
    marked = np.zeros((len(distance) >> BLOCK) + 1, np.bool_)
    counts = np.zeros(len(origins), np.int64)
    out_node, out_distance = np.empty(1024, np.int32), np.empty(1024)
    total = 0
    for i in range(len(origins)):
        touched[0] = origins[i]
        distance[origins[i]] = 0.0
        link(origins[i], 0, first, after, before)
        count = search(indptr, head, cost, distance, after, before, first, touched, 1, limit, width)
        in_order(touched, count, distance, marked)
        if total + count > len(out_node):
            room = max(2 * len(out_node), total + count)
            grown_node, grown_distance = np.empty(room, np.int32), np.empty(room)
            grown_node[:total], grown_distance[:total] = out_node[:total], out_distance[:total]
            out_node, out_distance = grown_node, grown_distance
        for k in range(count):
            node = touched[k]
            out_node[total + k], out_distance[total + k] = node, distance[node]
            distance[node] = np.inf
        counts[i] = count
        total += count
    return counts, out_node[:total], out_distance[:total]


@compiled
def flooded(indptr, head, cost, edge, sources, label, limit, width, n_buckets):
    """Return distance, label, parent and edge to it for every node; the smaller label wins ties.

    Buckets are used again in a circle: nothing waits farther ahead than the longest street.
    """
    n = len(indptr) - 1
    distance, owner = np.full(n, np.inf), np.full(n, -1, np.int32)
    parent, via = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    after, before = np.full(n, UNQUEUED, np.int32), np.full(n, -1, np.int32)
    first = np.full(n_buckets, -1, np.int32)
    waiting, turn = 0, 0
    for i in range(len(sources)):
        node = sources[i]
        if owner[node] < 0:
            distance[node], owner[node] = 0.0, np.int32(label[i])
            link(node, 0, first, after, before)
            waiting += 1
        owner[node] = min(owner[node], np.int32(label[i]))
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
            key, mine = distance[node], owner[node]
            for arc in range(indptr[node], indptr[node + 1]):
                new, to = key + cost[arc], head[arc]
                old = distance[to]
                if new <= limit and (new < old or (new == old and mine < owner[to])):
                    if after[to] != UNQUEUED:
                        following, last = after[to], before[to]
                        if last >= 0:
                            after[last] = following
                        else:
                            first[int(old / width) % n_buckets] = following
                        if following >= 0:
                            before[following] = last
                        waiting -= 1
                    distance[to], owner[to], parent[to], via[to] = new, mine, node, edge[arc]
                    at = int(new / width) % n_buckets
                    following = first[at]
                    after[to], before[to] = following, -1
                    if following >= 0:
                        before[following] = to
                    first[at] = to
                    waiting += 1
            node = first[bucket]
    return distance, owner, parent, via
