"""Weights: from swings or an order, and drawn at random to test a ranking.

Draws come in blocks of fixed size, each block from a generator of its own (PCG64, seeded by the seed
and the block's number). So draw 7 is the same whether ten or ten thousand are asked for, however many
cores there are. Only sums, products and sorting follow the generator, never a logarithm or a root
whose last digit may differ from one processor to the next.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, StudyError

__all__ = [
    "BLOCK",
    "draw_ordinal",
    "draw_uniform",
    "draw_within",
    "median_weights",
    "rank_order_centroid",
    "swing_weights",
    "weight_ranges",
]

Floats = NDArray[np.float64]
BLOCK = 1000
SWEEPS = 12
TOLERANCE = 1e-9


def swing_weights(points: ArrayLike, *, where: str = "weights") -> Floats:
    """Return weights from swing points: each person's points over their sum.

    Parameters
    ----------
    points
        How much a move from the worst to the best anchor of each criterion is worth, the best swing
        counting 100: criteria, or people by criteria. The anchors must be those of the profile.
    where
        The file that holds them, for messages.

    Returns
    -------
    Floats
        The same shape; each person's weights sum to one.

    Raises
    ------
    StudyError
        Where points are missing, negative or all zero.

    Notes
    -----
    Edwards and Barron (1994), SMARTS and SMARTER: ``w_i = s_i / sum(s)``.

    Examples
    --------
    >>> swing_weights([100, 60, 40]).tolist()
    [0.5, 0.3, 0.2]
    """
    given = np.asarray(points, dtype=np.float64)
    people = np.atleast_2d(given)
    faults = []
    for number, person in enumerate(people, start=1):
        whose = where if given.ndim == 1 else f"{where}, person {number}"
        missing = ~np.isfinite(person)
        if missing.any():
            problem = f"swing points are missing for criterion {np.flatnonzero(missing)[0] + 1}"
            mend = "ask for points on every criterion; 0 means that its swing does not matter"
            faults.append(Fault(whose, problem, mend))
        elif (person < 0).any():
            problem = (
                f"the swing points of criterion {np.flatnonzero(person < 0)[0] + 1} are negative"
            )
            faults.append(Fault(whose, problem, "give points from 0 to 100"))
        elif person.sum() <= 0:
            mend = "give 100 to the swing that matters most"
            faults.append(Fault(whose, "all swing points are zero", mend))
    if faults or not people.size:
        raise StudyError(faults or Fault(where, "no swing points are given", "collect some"))
    weights: Floats = given / given.sum(axis=-1, keepdims=True)
    return weights


def rank_order_centroid(order: ArrayLike) -> Floats:
    """Return the centroid of all weights that agree with an order of importance.

    Parameters
    ----------
    order
        Place of each criterion, 1 the most important; equal places share their mean weight.

    Notes
    -----
    Edwards and Barron (1994): ``w_i = (1/n) sum_{k=i..n} 1/k`` for the criterion in place i.

    Examples
    --------
    >>> rank_order_centroid([1, 2, 3, 4]).round(6).tolist()
    [0.520833, 0.270833, 0.145833, 0.0625]
    >>> rank_order_centroid([1, 1]).tolist()
    [0.5, 0.5]
    """
    place = np.asarray(order)
    count = len(place)
    by_place = np.cumsum(1.0 / np.arange(count, 0, -1))[::-1] / count
    sorted_at = np.argsort(place, kind="stable")
    _, group = np.unique(place, return_inverse=True)
    means = np.bincount(group[sorted_at], weights=by_place) / np.bincount(group)
    return np.asarray(means[group], dtype=np.float64)


def weight_ranges(people: ArrayLike) -> tuple[Floats, Floats]:
    """Return the lowest and the highest weight that a group gives each criterion.

    Parameters
    ----------
    people
        People by criteria, each row summing to one.
    """
    table = np.atleast_2d(np.asarray(people, dtype=np.float64))
    return table.min(axis=0), table.max(axis=0)


def median_weights(people: ArrayLike) -> Floats:
    """Return the median weight of each criterion over a group, scaled to sum to one.

    Parameters
    ----------
    people
        People by criteria, each row summing to one.

    Examples
    --------
    >>> median_weights([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.5, 0.4, 0.1]]).tolist()
    [0.5, 0.3, 0.2]
    """
    middle = np.median(np.atleast_2d(np.asarray(people, dtype=np.float64)), axis=0)
    # where people disagree wholly every median may be nil: then the mean stands in
    if not middle.sum() > 0:
        middle = np.atleast_2d(np.asarray(people, dtype=np.float64)).mean(axis=0)
    return np.asarray(middle / middle.sum(), dtype=np.float64)


def draw_uniform(count: int, criteria: int, *, seed: int) -> Floats:
    """Draw weights uniformly from all that are at least zero and sum to one.

    The gaps between sorted uniform numbers are spread as normalised exponential spacings are,
    without their logarithm.

    Parameters
    ----------
    count
        Number of draws.
    criteria
        Number of criteria.
    seed
        Of the study.

    Returns
    -------
    Floats
        Draws by criteria.

    Examples
    --------
    >>> draw_uniform(3, 1, seed=1).tolist()
    [[1.0], [1.0], [1.0]]
    """
    blocks = [_simplex(generator, criteria) for generator in _generators(count, seed)]
    return _stack(blocks, count, criteria)


def draw_ordinal(count: int, order: Sequence[int], *, seed: int) -> Floats:
    """Draw weights uniformly from all that agree with an order of importance.

    Parameters
    ----------
    order
        Place of each criterion, 1 the most important; between equal places any order may come.

    Returns
    -------
    Floats
        Draws by criteria.

    Examples
    --------
    >>> drawn = draw_ordinal(100, [2, 1, 3], seed=1)
    >>> bool((drawn[:, 1] >= drawn[:, 0]).all() and (drawn[:, 0] >= drawn[:, 2]).all())
    True
    """
    place = np.asarray(order, dtype=np.int64)
    criteria = len(place)
    blocks = []
    for generator in _generators(count, seed):
        drawn = _simplex(generator, criteria)
        # Among equal places the draw's own order decides, which is independent of its sorted sizes
        lanes = np.lexsort((-drawn, np.broadcast_to(place, drawn.shape)), axis=1)
        ordered = np.empty_like(drawn)
        np.put_along_axis(ordered, lanes, -np.sort(-drawn, axis=1), axis=1)
        blocks.append(ordered)
    return _stack(blocks, count, criteria)


def draw_within(
    count: int, low: ArrayLike, high: ArrayLike, *, seed: int, where: str = "weights"
) -> Floats:
    """Draw weights uniformly from all that lie within ranges and sum to one.

    Hit-and-run between pairs: each draw is a walk of its own that starts from the point at the same
    share of every range and, over 12 sweeps of all pairs of criteria, moves a uniform amount of
    weight from one to the other, as much as both ranges allow. The uniform spread over the ranges
    is what such moves leave unchanged.

    Parameters
    ----------
    low, high
        Smallest and largest weight, one per criterion.

    Returns
    -------
    Floats
        Draws by criteria.

    Raises
    ------
    StudyError
        Where no weights fit the ranges.

    Examples
    --------
    >>> draw_within(2, [0.5, 0.5], [0.5, 0.9], seed=1).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    lowest = np.asarray(low, dtype=np.float64)
    highest = np.asarray(high, dtype=np.float64)
    _check_ranges(lowest, highest, where)
    criteria = len(lowest)
    room = highest - lowest
    share = (1.0 - lowest.sum()) / room.sum() if room.sum() > 0 else 0.0
    start = lowest + min(max(share, 0.0), 1.0) * room
    start /= start.sum()
    pairs = [(a, b) for a in range(criteria) for b in range(a + 1, criteria)]
    blocks = []
    for generator in _generators(count, seed):
        drawn = np.repeat(start[:, None], BLOCK, axis=1)
        for _ in range(SWEEPS):
            for a, b in pairs:
                total = drawn[a] + drawn[b]
                least = np.maximum(lowest[a], total - highest[b])
                most = np.minimum(highest[a], total - lowest[b])
                moved = least + generator.random(BLOCK) * np.maximum(most - least, 0.0)
                drawn[a], drawn[b] = moved, total - moved
        blocks.append(drawn.T / drawn.sum(axis=0)[:, None])
    return _stack(blocks, count, criteria)


def _check_ranges(low: Floats, high: Floats, where: str) -> None:
    faults = [
        Fault(
            where,
            f"the range {a:g} to {b:g} is not a range of weights",
            "give 0 <= low <= high <= 1",
        )
        for a, b in zip(low, high, strict=True)
        if not 0 <= a <= b <= 1
    ]
    if not len(low):
        faults.append(Fault(where, "no criterion is given", "give at least one"))
    elif not faults and low.sum() > 1 + TOLERANCE:
        problem = f"the smallest weights already sum to {low.sum():.6g}, above 1"
        faults.append(Fault(where, problem, "lower some of the smallest weights"))
    elif not faults and high.sum() < 1 - TOLERANCE:
        problem = f"the largest weights sum to {high.sum():.6g}, below 1"
        faults.append(Fault(where, problem, "raise some of the largest weights"))
    if faults:
        raise StudyError(faults)


def _generators(count: int, seed: int) -> list[np.random.Generator]:
    return [
        np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(block,))))
        for block in range(-(-count // BLOCK))
    ]


def _simplex(generator: np.random.Generator, criteria: int) -> Floats:
    cuts = np.sort(generator.random((BLOCK, criteria - 1)), axis=1)
    return np.diff(cuts, axis=1, prepend=0.0, append=1.0)


def _stack(blocks: list[Floats], count: int, criteria: int) -> Floats:
    if not blocks:
        return np.empty((0, criteria))
    return np.ascontiguousarray(np.concatenate(blocks)[:count])
