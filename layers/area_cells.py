# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0915 - compiled functions take their types from their arguments
"""Borders of areas by grid cell, and the area a point is in by the next border to its east.

A ray to the east of a point meets the border of the area the point is in, or of the outside. Only
the borders in the cells that the ray passes are looked at. Whatever is near a border or a corner, or
stands at a border that is not drawn alike from both sides, is left to an exact test: `UNSURE`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.compiled import compiled

__all__ = ["NEAR_M", "OUTSIDE", "UNSURE", "filed", "located", "sides"]

OUTSIDE = -1
UNSURE = -2
NEAR_M = 1e-3  # what lies nearer to a border is tested exactly
ALIKE_M = 1e-4  # corners of two areas that lie nearer are the same corner
INNER, OUTER = 0, 1
POLYGONS = (3, 6)  # as shapely numbers them: a polygon, several
# odd numbers without pattern (as hash functions use): equal sums mean equal corners
MIXED = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


def sides(shapes: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int8]]:
    """Return the pieces of all borders, their area at the left, and whether another area is at the right.

    Returns
    -------
    tuple
        Pieces (x, y, x, y in metres), the position of the area at their left, and their kind:
        `INNER` where exactly one other area has the same piece the other way round, else `OUTER`.
    """
    shapes = np.asarray(shapes, dtype=object)
    owner = np.flatnonzero(np.isin(shapely.get_type_id(shapes), POLYGONS))
    if len(owner) < len(shapes):  # none, or a collection
        parts, owner = shapely.get_parts(shapes, return_index=True)
        polygon = shapely.get_type_id(parts) == POLYGONS[0]
        shapes, owner = parts[polygon], owner[polygon]
    _, xy, offsets = shapely.to_ragged_array(shapes)
    ring_of, part_of = offsets[0].astype(np.int64), offsets[1].astype(np.int64)
    if len(offsets) == 3:
        owner = np.repeat(owner, np.diff(offsets[2].astype(np.int64)))
    rings = np.diff(part_of)
    owner = np.repeat(owner, rings)  # now of each ring
    hole = np.ones(len(owner), dtype=bool)
    hole[part_of[:-1][rings > 0]] = False
    ends, left = _pieces(xy, ring_of, owner.astype(np.int32), hole)
    kind = np.full(len(ends), OUTER, dtype=np.int8)
    # a corner at the edge of a rounding cell is in the middle of the other
    for shift in (0.0, 0.5):
        rest = np.flatnonzero(kind == OUTER)
        start, stop, key = _named(ends, rest, shift, ALIKE_M, MIXED)
        _pair(rest, start, stop, key, np.argsort(key), left, kind)
    return ends, left, kind


@compiled
def _pieces(xy, ring_of, owner, hole):
    """Return the pieces of rings, each with its area at the left, and the area."""
    ends = np.empty((len(xy), 4))
    left = np.empty(len(xy), np.int32)
    count = 0
    for ring in range(len(owner)):
        low, high = ring_of[ring], ring_of[ring + 1] - 1
        # an area lies at the left of its outer ring where that runs against the clock; small numbers
        # keep the sign of a small ring
        turned = 0.0
        for i in range(low, high):
            x1, y1 = xy[i, 0] - xy[0, 0], xy[i, 1] - xy[0, 1]
            x2, y2 = xy[i + 1, 0] - xy[0, 0], xy[i + 1, 1] - xy[0, 1]
            turned += x1 * y2 - x2 * y1
        back = (turned < 0) != hole[ring]
        for i in range(low, high):
            if xy[i, 0] == xy[i + 1, 0] and xy[i, 1] == xy[i + 1, 1]:
                continue
            one, two = (i + 1, i) if back else (i, i + 1)
            ends[count, 0], ends[count, 1] = xy[one, 0], xy[one, 1]
            ends[count, 2], ends[count, 3] = xy[two, 0], xy[two, 1]
            left[count] = owner[ring]
            count += 1
    return ends[:count], left[:count]


@compiled
def _corner(x, y, shift, alike, mixed):
    column, row = np.int64(np.floor(x / alike + shift)), np.int64(np.floor(y / alike + shift))
    return np.uint64(column) * mixed[0] + np.uint64(row) * mixed[1]


@compiled
def _named(ends, rows, shift, alike, mixed):
    """Return a number for the start, the stop and the whole of each piece: alike for the same corners."""
    start, stop, key = np.empty((3, len(rows)), np.uint64)
    for k in range(len(rows)):
        i = rows[k]
        start[k] = _corner(ends[i, 0], ends[i, 1], shift, alike, mixed)
        stop[k] = _corner(ends[i, 2], ends[i, 3], shift, alike, mixed)
        key[k] = min(start[k], stop[k]) * mixed[2] + max(start[k], stop[k])
    return start, stop, key


@compiled
def _pair(rows, start, stop, key, order, left, kind):
    """Mark as `INNER` each piece that stands exactly twice, once each way, for two areas."""
    k = 0
    while k < len(order):
        last = k + 1
        while last < len(order) and key[order[last]] == key[order[k]]:
            last += 1
        if last == k + 2:
            one, two = order[k], order[k + 1]
            crossed = start[one] == stop[two] and stop[one] == start[two]
            if crossed and left[rows[one]] != left[rows[two]]:
                kind[rows[one]] = INNER
                kind[rows[two]] = INNER
        k = last


@compiled
def _span(ends, i, row, origin_x, origin_y, cell, near):
    """Return the first and last column that a piece touches in a row of cells."""
    x1, y1, x2, y2 = ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3]
    top = origin_y - row * cell + near
    bottom = origin_y - (row + 1) * cell - near
    a, b = 0.0, 1.0
    if y1 != y2:
        s, t = (top - y1) / (y2 - y1), (bottom - y1) / (y2 - y1)
        a, b = max(min(s, t), 0.0), min(max(s, t), 1.0)
    xa, xb = x1 + a * (x2 - x1), x1 + b * (x2 - x1)
    west = int((min(xa, xb) - near - origin_x) / cell)
    east = int((max(xa, xb) + near - origin_x) / cell)
    return west, east


@compiled
def filed(ends, origin_x, origin_y, cell, width, height, near):
    """Return the pieces that touch each cell, widened by `near`: `first` by cell, and `piece`."""
    first = np.zeros(width * height + 1, np.int32)
    piece = np.empty(0, np.int32)
    for turn in range(2):
        if turn == 1:
            for k in range(width * height):
                first[k + 1] += first[k]
            piece = np.empty(first[-1], np.int32)
        for j in range(len(ends)):
            i = j if turn == 0 else len(ends) - 1 - j
            high = max(ends[i, 1], ends[i, 3]) + near
            low = min(ends[i, 1], ends[i, 3]) - near
            for row in range(int((origin_y - high) / cell), int((origin_y - low) / cell) + 1):
                west, east = _span(ends, i, row, origin_x, origin_y, cell, near)
                for column in range(west, east + 1):
                    k = row * width + column
                    if turn == 0:
                        first[k] += 1
                    else:
                        first[k] -= 1
                        piece[first[k]] = i
    return first, piece


@compiled
def located(x, y, ends, left, kind, first, piece, patches, owner, origin_x, origin_y, cell, near):
    """Return the area of each point, `OUTSIDE`, or `UNSURE`; `owner` is empty while patches have none."""
    width = patches.shape[1]
    found = np.empty(len(x), np.int64)
    for n in range(len(x)):
        px, py = x[n], y[n]
        column, row = int((px - origin_x) / cell), int((origin_y - py) / cell)
        answer = OUTSIDE
        for c in range(column, width):
            patch = patches[row, c]
            if patch != 0:
                if len(owner) > 0:
                    answer = owner[patch]
                    break
                continue
            k = row * width + c
            west, east = origin_x + c * cell, origin_x + (c + 1) * cell
            nearest, ups, downs, up, outer, unsure = np.inf, 0, 0, OUTSIDE, 0, False
            for j in range(first[k], first[k + 1]):
                i = piece[j]
                x1, y1, x2, y2 = ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3]
                if max(x1, x2) < px - near:
                    continue
                if abs(y1 - py) <= near or abs(y2 - py) <= near:
                    unsure = True
                    break
                if (y1 > py) == (y2 > py):
                    continue
                cross = x1 + (py - y1) / (y2 - y1) * (x2 - x1)
                if (
                    abs(cross - px) <= near
                    or abs(cross - west) <= near
                    or abs(cross - east) <= near
                ):
                    unsure = True
                    break
                if cross < px or cross < west or cross > east or cross > nearest + near:
                    continue
                if cross < nearest - near:
                    ups, downs, outer = 0, 0, 0
                nearest = min(nearest, cross)
                outer += kind[i]
                if y2 > y1:
                    ups += 1
                    up = left[i]
                else:
                    downs += 1
            if unsure:
                answer = UNSURE
                break
            if ups == 1 and downs == 1 and outer == 0:
                answer = up
                break
            if ups + downs == 1 and outer == OUTER:
                answer = up if ups == 1 else OUTSIDE
                break
            if ups + downs > 0:
                answer = UNSURE
                break
        found[n] = answer
    return found
