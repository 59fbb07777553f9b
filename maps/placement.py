"""Where marks and names go, so that none hides another. Pure geometry, the same every time."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["label_places", "spread"]

Floats = NDArray[np.float64]
ROUNDS = 300
CANDIDATES = 28
GOLDEN_ANGLE = 2.399963


def spread(points: Floats, radius: float, pull: float = 0.02) -> Floats:
    """Push circles apart until they no longer overlap, each staying near where it belongs.

    Parameters
    ----------
    points
        Array of shape (n, 2) in any plane unit.
    radius
        Of every circle, in the same unit.
    pull
        Share of its displacement that a circle gives back in every round.

    Returns
    -------
    ndarray of shape (n, 2)
        New centres. Circles that overlap nothing stay exactly where they are.

    >>> apart = spread(np.array([[0.0, 0.0], [1.0, 0.0], [50.0, 0.0]]), 5.0)
    >>> bool(apart[1, 0] - apart[0, 0] > 9.9), apart[2].tolist()
    (True, [50.0, 0.0])
    """
    placed = np.asarray(points, float).copy()
    if len(placed) < 2:
        return placed
    numbers = np.arange(len(placed))
    # circles on one spot need somewhere to go
    nudge = np.column_stack([np.cos(numbers * GOLDEN_ANGLE), np.sin(numbers * GOLDEN_ANGLE)])
    for turn in range(ROUNDS):
        pairs = cKDTree(placed).query_pairs(2 * radius, output_type="ndarray")
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        one, other = pairs.T
        gap = placed[one] - placed[other]
        distance = np.hypot(*gap.T)
        close = distance < 2 * radius
        if not close.any():
            break
        one, other, gap, distance = one[close], other[close], gap[close], distance[close]
        same = distance < radius * 1e-6
        gap[same] = (nudge[one] - nudge[other])[same]
        push = (2.02 * radius - np.where(same, 0, distance)) / 2
        step = gap * (push / np.maximum(np.hypot(*gap.T), radius * 1e-9))[:, None]
        moved = np.zeros_like(placed)
        np.add.at(moved, one, step)
        np.add.at(moved, other, -step)
        crowded = np.union1d(one, other)
        # towards the end nothing pulls back, so that the last overlaps go too
        back = pull if turn < ROUNDS // 2 else 0.0
        placed[crowded] += 0.6 * moved[crowded] + back * (points - placed)[crowded]
    return placed


def _overlap(boxes: Floats, others: Floats) -> Floats:
    """Return the area that each box shares with all the others together."""
    if not len(others):
        return np.zeros(len(boxes))
    width = np.minimum(boxes[:, None, 2], others[None, :, 2]) - np.maximum(
        boxes[:, None, 0], others[None, :, 0]
    )
    height = np.minimum(boxes[:, None, 3], others[None, :, 3]) - np.maximum(
        boxes[:, None, 1], others[None, :, 1]
    )
    return np.asarray((np.clip(width, 0, None) * np.clip(height, 0, None)).sum(axis=1))


def _least(cost: Floats, boxes: NDArray[Any], polygon: Any) -> int:
    """Return the box that costs least once what of it lies outside the polygon is charged, the first of equals.

    Cutting a box with a polygon is slow: those that could not win are never cut.
    """
    shapely.prepare(polygon)
    whole = shapely.contains_properly(polygon, boxes)
    least = cost[whole].min(initial=np.inf)
    cut = np.flatnonzero(~whole & (cost <= least))
    inside = shapely.area(shapely.intersection(boxes[cut], polygon))
    charged = np.where(whole, cost, np.inf)
    charged[cut] = cost[cut] + 1.5 * (1 - inside / shapely.area(boxes[cut]))
    return int(np.argmin(charged))


def label_places(polygons: NDArray[Any], sizes: Floats, obstacles: Floats) -> Floats:
    """Choose a centre for each polygon's name, inside it and clear of marks and other names.

    Parameters
    ----------
    polygons
        Shapes to name, in any plane unit.
    sizes
        Width and height of each name, shape (n, 2).
    obstacles
        Boxes to keep clear: left, bottom, right, top; shape (m, 4).

    Returns
    -------
    ndarray of shape (n, 2)
        Centres, in the order given. Where nothing is clear, the least bad place.
    """
    taken = np.asarray(obstacles, float).reshape(-1, 4)
    places = np.zeros((len(polygons), 2))
    # the smallest polygons have the least choice
    for i in np.argsort(shapely.area(polygons), kind="stable"):
        left, bottom, right, top = shapely.bounds(polygons[i])
        x, y = np.meshgrid(
            np.linspace(left, right, CANDIDATES + 2)[1:-1],
            np.linspace(bottom, top, CANDIDATES + 2)[1:-1],
        )
        pole = shapely.get_coordinates(
            shapely.get_point(
                shapely.maximum_inscribed_circle(polygons[i], tolerance=(right - left) / 200), 0
            )
        )
        spots = np.vstack([pole, np.column_stack([x.ravel(), y.ravel()])])
        spots = spots[shapely.contains_xy(polygons[i], spots[:, 0], spots[:, 1])]
        half = sizes[i] / 2
        boxes = np.hstack([spots - half, spots + half])
        hidden = _overlap(boxes, taken) / (4 * half[0] * half[1])
        away = np.hypot(*(spots - pole).T) / max(right - left, top - bottom)
        best = _least(8 * hidden + away, shapely.box(*boxes.T), polygons[i])
        places[i] = spots[best]
        taken = np.vstack([taken, boxes[best]])
    return places
