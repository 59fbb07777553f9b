"""Many rankings at once, compiled: scores, ranks and the walk down under a budget.

The rules are those of `scenarios.ranking`: scores rounded to its decimals, equal scores share the
better rank, and the walk takes equals in the order the sites come in (lower cost, then id). Rounded
scores are whole numbers, so a counting sort ranks every site in one pass.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from layers.compiled import compiled

__all__ = ["chosen_under", "mix", "tally_block", "times_first"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Keys = NDArray[np.uint64]

# The increment and the multipliers of the splitmix64 generator (Steele, Lea and Flood, 2014)
STEP = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11))
TO_UNIT = 2.0**-53
WIDE = 8


@compiled
def mix(key: np.uint64) -> np.uint64:
    """Return 64 well-mixed bits of a key: the finaliser of splitmix64."""
    key = (key ^ (key >> SHIFTS[0])) * FIRST
    key = (key ^ (key >> SHIFTS[1])) * SECOND
    return key ^ (key >> SHIFTS[2])


@compiled
def _drawn_value(u: float, low: float, mid: float, high: float, flat: bool) -> float:
    """Return the value at share u of a uniform (flat) or triangular spread."""
    width = high - low
    if flat or width <= 0.0:
        return low + u * width
    if u * width < mid - low:
        return low + math.sqrt(u * width * (mid - low))
    return high - math.sqrt((1.0 - u) * width * (high - mid))


@compiled
def _sort(units: Counts, order: Counts, rank: Counts) -> None:
    """Fill `order` (best first, equals as they come) and `rank` (equals share the better)."""
    lowest, highest = units.min(), units.max()
    ahead = np.zeros(highest - lowest + 2, np.int64)
    for unit in units:
        ahead[highest - unit + 1] += 1
    for bucket in range(1, len(ahead)):
        ahead[bucket] += ahead[bucket - 1]
    free = ahead.copy()
    for site in range(len(units)):
        bucket = highest - units[site]
        rank[site] = ahead[bucket] + 1
        order[free[bucket]] = site
        free[bucket] += 1


@compiled
def _walk(
    order: Counts,
    cost: Floats,
    may: NDArray[np.bool_],
    budget: float,
    cheapest: float,
    chosen: Counts,
) -> None:
    """Add one to `chosen` for every site taken on the way down."""
    left = budget
    for site in order:
        if left < cheapest:
            break
        if may[site] and cost[site] <= left:
            chosen[site] += 1
            left -= cost[site]


@compiled
def _cheapest(cost: Floats, may: NDArray[np.bool_]) -> float:
    least = np.inf
    for site in range(len(cost)):
        if may[site]:
            least = min(least, cost[site])
    return least


@compiled
def _score(values: Floats, weights: Floats, score: Floats) -> None:
    """Fill `score` with the weighted sums, criterion by criterion."""
    score[:] = 0.0
    for criterion in range(len(weights)):
        weight = weights[criterion]
        row = values[criterion]
        for site in range(len(score)):
            score[site] += weight * row[site]


@compiled
def _add_drawn(
    score: Floats,
    values: Floats,
    weights: Floats,
    key: np.uint64,
    cell_site: Counts,
    cell_criterion: Counts,
    cell_range: Floats,
    cell_flat: NDArray[np.bool_],
    cell_key: Keys,
) -> None:
    """Add to the scores what the values of this draw change in them."""
    for cell in range(len(cell_site)):
        site, criterion = cell_site[cell], cell_criterion[cell]
        mid = values[criterion, site]
        u = (mix(key ^ cell_key[cell]) >> SHIFTS[3]) * TO_UNIT
        drawn = _drawn_value(u, cell_range[cell, 0], mid, cell_range[cell, 1], cell_flat[cell])
        score[site] += weights[criterion] * (drawn - mid)


@compiled
def tally_block(
    values: Floats,
    weights: Floats,
    first_draw: int,
    cell_site: Counts,
    cell_criterion: Counts,
    cell_range: Floats,
    cell_flat: NDArray[np.bool_],
    cell_key: Keys,
    seed_key: np.uint64,
    cost: Floats,
    may: NDArray[np.bool_],
    budget: Floats,
    ranks_kept: int,
    scale: float,
) -> tuple[Counts, Counts, Counts, Counts, Counts, Floats]:
    """Rank the sites under each weighting of a block and count what came of it.

    Parameters
    ----------
    values
        Criteria by sites; sites in the order that decides between equals.
    weights
        Draws by criteria.
    first_draw
        Number of the block's first draw, which with the cell's key fixes its values.
    cell_site, cell_criterion, cell_range, cell_flat, cell_key
        The uncertain values: place, low and high, uniform or triangular, and a key of their own.
    may, budget
        Sets by sites, whether a site may be chosen; and the money of each set.
    ranks_kept
        Ranks to count one by one.
    scale
        Scores are rounded to whole numbers of 1 / scale.

    Returns
    -------
    top, chosen, rank_sum, best, worst, central
        How often each site has each of the first ranks; how often it is chosen, set by set; the sum,
        the smallest and the largest of its ranks; the sum of the weights under which it is first.
    """
    criteria, sites = values.shape
    top = np.zeros((sites, ranks_kept), np.int64)
    sets = len(budget)
    chosen = np.zeros((sets, sites), np.int64)
    rank_sum = np.zeros(sites, np.int64)
    best = np.full(sites, sites, np.int64)
    worst = np.ones(sites, np.int64)
    central = np.zeros((sites, criteria))
    score = np.empty(sites)
    units = np.empty(sites, np.int64)
    order = np.empty(sites, np.int64)
    rank = np.empty(sites, np.int64)
    cheapest = np.array([_cheapest(cost, may[k]) for k in range(sets)])
    for draw in range(len(weights)):
        _score(values, weights[draw], score)
        key = mix(seed_key + np.uint64(first_draw + draw + 1) * STEP)
        _add_drawn(
            score, values, weights[draw], key,
            cell_site, cell_criterion, cell_range, cell_flat, cell_key,
        )  # fmt: skip
        for site in range(sites):
            units[site] = np.int64(np.rint(score[site] * scale))
        _sort(units, order, rank)
        for site in range(sites):
            rank_sum[site] += rank[site]
            best[site] = min(best[site], rank[site])
            worst[site] = max(worst[site], rank[site])
        for place in range(sites):
            site = order[place]
            if rank[site] > ranks_kept:
                break
            top[site, rank[site] - 1] += 1
            if rank[site] == 1:
                central[site] += weights[draw]
        for k in range(sets):
            _walk(order, cost, may[k], budget[k], cheapest[k], chosen[k])
    return top, chosen, rank_sum, best, worst, central


@compiled
def _score_as_ranked(values: Floats, weights: Floats, score: Floats) -> None:
    """Fill `score` as `ranking.additive_score` does: numpy adds eight numbers or more in eight sums."""
    criteria, sites = values.shape
    if criteria < WIDE:
        _score(values, weights, score)
        return
    part = np.empty(WIDE)
    whole = criteria - criteria % WIDE
    for site in range(sites):
        part[:] = 0.0
        for criterion in range(whole):
            part[criterion % WIDE] += weights[criterion] * values[criterion, site]
        total = (part[0] + part[1]) + (part[2] + part[3])
        total += (part[4] + part[5]) + (part[6] + part[7])
        for criterion in range(whole, criteria):
            total += weights[criterion] * values[criterion, site]
        score[site] = total


@compiled
def chosen_under(
    values: Floats,
    weights: Floats,
    cost: Floats,
    may: NDArray[np.bool_],
    budget: float,
    scale: float,
) -> NDArray[np.bool_]:
    """Return whether each site is chosen under each weighting: weightings by sites.

    Parameters
    ----------
    values
        Criteria by sites; sites in the order that decides between equals.
    weights
        Weightings by criteria.
    scale
        Scores are rounded to whole numbers of 1 / scale.
    """
    sites = values.shape[1]
    chosen = np.zeros((len(weights), sites), np.bool_)
    score = np.empty(sites)
    units = np.empty(sites, np.int64)
    order = np.empty(sites, np.int64)
    rank = np.empty(sites, np.int64)
    cheapest = _cheapest(cost, may)
    for weighting in range(len(weights)):
        _score_as_ranked(values, weights[weighting], score)
        for site in range(sites):
            units[site] = np.int64(np.rint(score[site] * scale))
        _sort(units, order, rank)
        left = budget
        for at in order:
            if left < cheapest:
                break
            if may[at] and cost[at] <= left:
                chosen[weighting, at] = True
                left -= cost[at]
    return chosen


@compiled
def times_first(
    site: int,
    values: Floats,
    weights: Floats,
    draws: int,
    first_cell: Counts,
    cell_criterion: Counts,
    cell_range: Floats,
    cell_flat: NDArray[np.bool_],
    cell_key: Keys,
    rivals: Counts,
    seed_key: np.uint64,
    scale: float,
) -> int:
    """Count the draws of values in which no rival scores more than a site, under one weighting.

    Parameters
    ----------
    values
        Criteria by sites.
    first_cell
        Of each site, where its uncertain values begin; one past the last at the end.
    rivals
        Positions of the sites it is held against, those most likely to be ahead first.

    Other parameters are those of `tally_block`.
    """
    score = np.empty(values.shape[1])
    _score(values, weights, score)
    first = 0
    for draw in range(draws):
        key = mix(seed_key + np.uint64(draw + 1) * STEP)
        ours = 0
        ahead = False
        for place in range(len(rivals) + 1):
            at = site if place == 0 else rivals[place - 1]
            theirs = score[at]
            for cell in range(first_cell[at], first_cell[at + 1]):
                criterion = cell_criterion[cell]
                mid = values[criterion, at]
                u = (mix(key ^ cell_key[cell]) >> SHIFTS[3]) * TO_UNIT
                drawn = _drawn_value(
                    u, cell_range[cell, 0], mid, cell_range[cell, 1], cell_flat[cell]
                )
                theirs += weights[criterion] * (drawn - mid)
            units = int(np.rint(theirs * scale))
            if place == 0:
                ours = units
            elif units > ours:
                ahead = True
                break
        first += not ahead
    return first
