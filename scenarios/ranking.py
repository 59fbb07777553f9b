"""Scores, ranks with their ranges, and the sites chosen under a budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SCORE_DECIMALS",
    "additive_score",
    "rank_ranges",
    "ranking_order",
    "ranks",
    "walk_down",
    "weight_by_grade",
]

Floats = NDArray[np.float64]
SCORE_DECIMALS = 4


def additive_score(values: ArrayLike, weights: ArrayLike) -> Floats:
    """Return the weighted sum of values, site by site.

    The linear additive model of the multi-criteria manual: values lie in [0, 1] on fixed anchors
    and weights sum to one.

    Parameters
    ----------
    values
        Sites by criteria.
    weights
        One per criterion.

    Examples
    --------
    >>> additive_score([[1.0, 0.0], [0.5, 0.5]], [0.25, 0.75]).tolist()
    [0.25, 0.5]
    """
    matrix = np.asarray(values, dtype=np.float64)
    # numpy's own sum is deterministic for a given shape; BLAS may differ from machine to machine
    total = (matrix * np.asarray(weights, dtype=np.float64)).sum(axis=1)
    return np.asarray(np.round(total, SCORE_DECIMALS))


def ranks(score: ArrayLike) -> NDArray[np.int64]:
    """Return ranks from 1, highest score first; equal scores share the better rank.

    Examples
    --------
    >>> ranks([0.5, 0.9, 0.5, 0.1]).tolist()
    [2, 1, 2, 4]
    """
    values = np.asarray(score, dtype=np.float64)
    ascending = np.sort(values)
    return 1 + len(values) - np.searchsorted(ascending, values, side="right")


def rank_ranges(low: ArrayLike, high: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best and the worst rank each site can have, given the ranges of the scores.

    Best: only sites whose lowest score is above this site's highest stay ahead. Worst: every site
    whose highest score is above this site's lowest comes ahead. O(n log n).
    """
    lowest, highest = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    count = len(lowest)
    best = 1 + count - np.searchsorted(np.sort(lowest), highest, side="right")
    ahead = count - np.searchsorted(np.sort(highest), lowest, side="right")
    worst = 1 + ahead - (highest > lowest)  # a site with a range would count itself
    return best, worst


def ranking_order(
    rank: ArrayLike, cost_gbp: ArrayLike, site_id: Sequence[str]
) -> NDArray[np.int64]:
    """Return positions in the order of print: rank, then lower cost, then id.

    Cost and id only decide the order among equals, whose ranks stay equal. Unknown costs come last.
    """
    cost = np.asarray(cost_gbp, dtype=np.float64)
    _, by_id = np.unique(np.asarray(site_id, dtype=str), return_inverse=True)
    return np.lexsort((by_id, np.where(np.isnan(cost), np.inf, cost), np.asarray(rank)))


def walk_down(
    order: ArrayLike, eligible: ArrayLike, cost_gbp: ArrayLike, budget_gbp: float
) -> NDArray[np.bool_]:
    """Return the sites chosen: down the ranking, skipping what no longer fits the budget.

    Parameters
    ----------
    order
        Positions, best first.
    eligible
        Whether a site may be chosen at all (no failed or unknown gate).
    cost_gbp
        Capital cost; a site of unknown cost is never chosen.

    Examples
    --------
    >>> walk_down([0, 1, 2], [True, True, True], [60.0, 50.0, 30.0], 100.0).tolist()
    [True, False, True]
    """
    cost = np.asarray(cost_gbp, dtype=np.float64)
    may = np.asarray(eligible, dtype=bool) & ~np.isnan(cost)
    chosen = np.zeros(len(cost), dtype=bool)
    left = budget_gbp
    for position in np.asarray(order, dtype=np.int64):
        if may[position] and cost[position] <= left:
            chosen[position] = True
            left -= cost[position]
    return chosen


def weight_by_grade(grades: Sequence[Iterable[str]], weights: Sequence[float]) -> dict[str, Floats]:
    """Return the share of weight, in percent, that rests on each grade, site by site.

    Parameters
    ----------
    grades
        One sequence of grades per criterion, over the sites.
    weights
        One per criterion, summing to one.
    """
    table = np.asarray([list(column) for column in grades], dtype=object)
    share = np.asarray(weights, dtype=np.float64)[:, None]
    return {
        grade: np.round(100 * ((table == grade) * share).sum(axis=0), 6)
        for grade in ("measured", "estimated", "modelled")
    }
