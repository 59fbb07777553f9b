# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912 - compiled functions take their types from their arguments
"""The inner loops of `snapping`, compiled: arrays in, arrays out, no checks."""

from __future__ import annotations

import numpy as np

from layers.compiled import compiled
from scenarios.reach_loops import (
    BLOCK,
    ROUNDING,
    UNQUEUED,
    in_order,
    link,
    search,
    unlink,
    workspace,
)

__all__ = ["filed", "nearest_pieces", "points_within"]


@compiled
def filed(ends, left, bottom, cell, columns, rows):
    """Return, for each cell of a grid, the pieces whose boxes touch it (`first` and `piece`)."""
    first = np.zeros(columns * rows + 1, np.int64)
    for turn in range(2):
        if turn == 1:
            for k in range(columns * rows):
                first[k + 1] += first[k]
            place = first[:-1].copy()
            piece = np.empty(first[-1], np.int64)
        for i in range(len(ends)):
            west = int((min(ends[i, 0], ends[i, 2]) - left) / cell)
            east = int((max(ends[i, 0], ends[i, 2]) - left) / cell)
            south = int((min(ends[i, 1], ends[i, 3]) - bottom) / cell)
            north = int((max(ends[i, 1], ends[i, 3]) - bottom) / cell)
            for row in range(south, north + 1):
                for column in range(west, east + 1):
                    if turn == 0:
                        first[row * columns + column + 1] += 1
                    else:
                        piece[place[row * columns + column]] = i
                        place[row * columns + column] += 1
    return first, piece


@compiled
def _nearest_in(k, x, y, ends, first, piece, best, at, along):
    """Return the nearest piece of a cell, if it is nearer than the best so far."""
    for j in range(first[k], first[k + 1]):
        i = piece[j]
        ex, ey = ends[i, 2] - ends[i, 0], ends[i, 3] - ends[i, 1]
        square = ex * ex + ey * ey
        t = 0.0
        if square > 0:
            t = ((x - ends[i, 0]) * ex + (y - ends[i, 1]) * ey) / square
            t = min(max(t, 0.0), 1.0)
        dx, dy = ends[i, 0] + t * ex - x, ends[i, 1] + t * ey - y
        far = np.sqrt(dx * dx + dy * dy)
        if far < best or (far == best and (at < 0 or i < at)):
            best, at, along = far, i, t
    return best, at, along


@compiled
def nearest_pieces(xs, ys, ends, first, piece, left, bottom, cell, columns, rows, limit):
    """Return, for each point, the nearest piece within the limit, how far along, and how far off."""
    n = len(xs)
    found, share, snap = np.full(n, -1, np.int64), np.full(n, np.nan), np.full(n, np.nan)
    for p in range(n):
        x, y = xs[p], ys[p]
        if not (np.isfinite(x) and np.isfinite(y)):
            continue
        column, row = int(np.floor((x - left) / cell)), int(np.floor((y - bottom) / cell))
        in_x, in_y = x - left - column * cell, y - bottom - row * cell
        inset = min(in_x, cell - in_x, in_y, cell - in_y)
        best, at, along = limit, -1, np.nan
        ring = 0
        last = max(abs(column), abs(row)) + max(columns, rows)
        # nothing in a ring of cells is nearer than the edge of the block inside it
        while ring == 0 or (ring <= last and (ring - 1) * cell + inset <= best):
            low, high = max(row - ring, 0), min(row + ring, rows - 1)
            for r in range(low, high + 1):
                step = 1 if abs(r - row) == ring else max(2 * ring, 1)
                for c in range(column - ring, column + ring + 1, step):
                    if 0 <= c < columns:
                        best, at, along = _nearest_in(
                            r * columns + c, x, y, ends, first, piece, best, at, along
                        )
            ring += 1
        if at >= 0:
            found[p], share[p], snap[p] = at, along, best
    return found, share, snap


@compiled
def _seed(node, key, rest, distance, after, before, first, touched, count, width):
    """Queue an end of the site's own edge, unless it is out of reach."""
    if key > rest:
        return count
    if distance[node] == np.inf:
        touched[count] = node
        count += 1
    elif key >= distance[node]:
        return count
    elif after[node] != UNQUEUED:
        unlink(node, int(distance[node] / width), first, after, before)
    distance[node] = key
    link(node, int(key / width), first, after, before)
    return count


@compiled
def _room(point, far, total, more):
    if total + more <= len(point):
        return point, far
    size = max(2 * len(point), total + more)
    grown_point, grown_far = np.empty(size, np.int64), np.empty(size)
    grown_point[:total], grown_far[:total] = point[:total], far[:total]
    return grown_point, grown_far


@compiled
def points_within(
    indptr, head, cost, edge, start, end, length, single, site_edge, site_share, site_off,
    first, share, off, limit, width,
):  # fmt: skip
    """Return, for each site, how many points are within the limit; then all of them."""
    wide = limit * (1 + ROUNDING)
    distance, after, before, queued, touched = workspace(len(indptr) - 1, wide, width)
    marked = np.zeros((len(distance) >> BLOCK) + 1, np.bool_)
    counts = np.zeros(len(site_edge), np.int64)
    point, far = np.empty(1024, np.int64), np.empty(1024)
    total = 0
    for i in range(len(site_edge)):
        own = site_edge[i]
        rest = wide - site_off[i]
        if own < 0 or rest < 0:
            continue
        count = _seed(
            end[own],
            (1 - site_share[i]) * length[own],
            rest,
            distance,
            after,
            before,
            queued,
            touched,
            0,
            width,
        )
        if not single[own]:
            count = _seed(
                start[own],
                site_share[i] * length[own],
                rest,
                distance,
                after,
                before,
                queued,
                touched,
                count,
                width,
            )
        count = search(
            indptr, head, cost, distance, after, before, queued, touched, count, rest, width
        )
        in_order(touched, count, distance, marked)
        already = total
        point, far = _room(point, far, total, first[own + 1] - first[own])
        for p in range(first[own], first[own + 1]):
            way = distance[start[own]] + share[p] * length[own]
            if not single[own]:
                way = min(way, distance[end[own]] + (1 - share[p]) * length[own])
            if not single[own] or share[p] >= site_share[i]:
                way = min(way, abs(share[p] - site_share[i]) * length[own])
            if way + site_off[i] + off[p] <= limit:
                point[total], far[total] = p, way + site_off[i] + off[p]
                total += 1
        for k in range(count):
            node = touched[k]
            for arc in range(indptr[node], indptr[node + 1]):
                e = edge[arc]
                # an edge is dealt with from its start, or from its end if only that is reached
                if e == own or first[e] == first[e + 1]:
                    continue
                if node != start[e] and distance[start[e]] != np.inf:
                    continue
                point, far = _room(point, far, total, first[e + 1] - first[e])
                for p in range(first[e], first[e + 1]):
                    way = distance[start[e]] + share[p] * length[e]
                    if not single[e]:
                        way = min(way, distance[end[e]] + (1 - share[p]) * length[e])
                    if way + site_off[i] + off[p] <= limit:
                        point[total], far[total] = p, way + site_off[i] + off[p]
                        total += 1
        for k in range(count):
            distance[touched[k]] = np.inf
        counts[i] = total - already
    return counts, point[:total], far[:total]
