"""Other methods on the same values and weights, for the method annex only.

TOPSIS (Hwang and Yoon, 1981) and PROMETHEE II (Brans and Vincke, 1985) judge by other rules than
the additive model: where they agree, the choice of method matters little; where they do not, the
criterion behind it is named. They are never used to choose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import kendalltau

from layers.errors import Fault, StudyError
from scenarios.ranking import additive_score, ranks
from scenarios.sensitivity import move_weight

__all__ = ["CrossCheck", "agreement", "cross_check", "promethee", "topsis"]

Floats = NDArray[np.float64]
Ranks = NDArray[np.int64]
INDIFFERENCE = 0.05
PREFERENCE = 0.40
DECIMALS = 9
BIG_SHARE = 0.10
BIG_LEAST = 3


@dataclass(frozen=True)
class CrossCheck:
    """One other method against the ranking.

    Attributes
    ----------
    method
        `TOPSIS` or `PROMETHEE II`.
    score, rank
        Of each site by that method.
    tau
        Kendall's tau-b between the two rankings, 1 where they agree throughout; NaN where one of
        them has only ties.
    gap
        Rank by that method less rank by the additive model.
    cause
        Where the gap is big, position of the criterion whose leaving out narrows it most; -1 where
        the gap is small or no single criterion narrows it.
    big
        Gap from which a disagreement counts as big, in ranks.
    """

    method: str
    score: Floats
    rank: Ranks
    tau: float
    gap: Ranks
    cause: Ranks
    big: int


def topsis(matrix: ArrayLike, weights: ArrayLike, *, benefit: ArrayLike | None = None) -> Floats:
    """Return each option's closeness to the best values at hand, from 0 to 1.

    Parameters
    ----------
    matrix
        Options by criteria, in any units.
    weights
        Summing to one.
    benefit
        Per criterion, whether more is better; all by default.

    Notes
    -----
    ``r = x / sqrt(sum x^2)``, weighted; distances to the best and the worst value of each
    criterion; ``C = d- / (d+ + d-)``. Depends on the set of options: adding one can reorder others.
    """
    table = np.asarray(matrix, dtype=np.float64)
    more = np.ones(table.shape[1], bool) if benefit is None else np.asarray(benefit, dtype=bool)
    length = np.sqrt((table**2).sum(axis=0))
    weighted = table / np.where(length > 0, length, 1.0) * np.asarray(weights, dtype=np.float64)
    top, bottom = weighted.max(axis=0), weighted.min(axis=0)
    best, worst = np.where(more, top, bottom), np.where(more, bottom, top)
    to_best = np.sqrt(((weighted - best) ** 2).sum(axis=1))
    to_worst = np.sqrt(((weighted - worst) ** 2).sum(axis=1))
    both = to_best + to_worst
    # options that all are alike are as close to the best as to the worst
    return np.where(both > 0, to_worst / np.where(both > 0, both, 1.0), 0.5)


def promethee(
    matrix: ArrayLike,
    weights: ArrayLike,
    *,
    indifference: ArrayLike = INDIFFERENCE,
    preference: ArrayLike = PREFERENCE,
    benefit: ArrayLike | None = None,
) -> Floats:
    """Return each option's net flow: how far it is preferred to the others, less the reverse.

    Parameters
    ----------
    matrix
        Options by criteria.
    weights
        Summing to one.
    indifference, preference
        Per criterion, in its units: a smaller difference counts nothing, a larger counts fully,
        linear between.
    benefit
        Per criterion, whether more is better; all by default.

    Notes
    -----
    ``P(d) = 0`` for d <= q, 1 for d >= p, ``(d - q) / (p - q)`` between;
    ``phi(a) = sum_b [pi(a, b) - pi(b, a)] / (n - 1)``. The net flow is the weighted sum of the
    criteria's own flows, each found from its sorted values and their running sums, so that 5,000
    options need no table of 25 million pairs.
    """
    table = np.asarray(matrix, dtype=np.float64)
    count, criteria = table.shape
    more = np.ones(criteria, bool) if benefit is None else np.asarray(benefit, dtype=bool)
    q = np.broadcast_to(np.asarray(indifference, dtype=np.float64), criteria)
    p = np.broadcast_to(np.asarray(preference, dtype=np.float64), criteria)
    if not ((q >= 0) & (q < p)).all():
        mend = "give 0 <= indifference < preference"
        raise StudyError(Fault("cross-check", "the thresholds of PROMETHEE do not rise", mend))
    if count < 2:
        return np.zeros(count)
    flows = np.empty_like(table)
    for j in range(criteria):
        value = table[:, j] if more[j] else -table[:, j]
        flows[:, j] = _preferred(value, q[j], p[j]) - _preferred(-value, q[j], p[j])
    net: Floats = (flows * np.asarray(weights, dtype=np.float64)).sum(axis=1) / (count - 1)
    return net


def _preferred(value: Floats, q: float, p: float) -> Floats:
    """Return the sum over all options of the preference for each over them, on one criterion."""
    ascending = np.sort(value)
    running = np.concatenate([[0.0], np.cumsum(ascending)])
    fully = np.searchsorted(ascending, value - p, side="right")
    partly = np.searchsorted(ascending, value - q, side="left")
    partly = np.maximum(partly, fully)
    between = partly - fully
    sums = running[partly] - running[fully]
    preferred: Floats = fully + (between * (value - q) - sums) / (p - q)
    return preferred


def agreement(first: ArrayLike, second: ArrayLike) -> float:
    """Return Kendall's tau-b between two rankings; NaN where one has only ties.

    Examples
    --------
    >>> agreement([1, 2, 3], [1, 2, 3])
    1.0
    """
    a, b = np.asarray(first), np.asarray(second)
    if len(a) < 2 or len(np.unique(a)) == 1 or len(np.unique(b)) == 1:
        return float("nan")
    return float(kendalltau(a, b).statistic)


def cross_check(
    values: ArrayLike,
    weights: ArrayLike,
    *,
    indifference: ArrayLike = INDIFFERENCE,
    preference: ArrayLike = PREFERENCE,
) -> tuple[CrossCheck, ...]:
    """Compare the additive ranking with TOPSIS and PROMETHEE II on the same values.

    Parameters
    ----------
    values
        Ranked sites by criteria, on the profile's anchors, more being better; missing counts 0.5.
    weights
        Summing to one.
    indifference, preference
        Thresholds of PROMETHEE, as shares of the distance between anchors.

    Returns
    -------
    tuple of CrossCheck
        Empty with fewer than two sites.
    """
    value = np.atleast_2d(np.asarray(values, dtype=np.float64))
    value = np.where(np.isnan(value), 0.5, value)
    weight = np.asarray(weights, dtype=np.float64)
    if len(value) < 2:
        return ()

    def score(method: str, weighting: Floats) -> Floats:
        if method == "TOPSIS":
            return np.round(topsis(value, weighting), DECIMALS)
        flow = promethee(value, weighting, indifference=indifference, preference=preference)
        return np.round(flow, DECIMALS)

    own = ranks(additive_score(value, weight))
    big = max(BIG_LEAST, int(np.ceil(BIG_SHARE * len(value))))
    without = [move_weight(weight, j, 0.0) for j in range(len(weight))] if len(weight) > 1 else []
    own_without = [ranks(additive_score(value, weighting)) for weighting in without]
    checks = []
    for method in ("TOPSIS", "PROMETHEE II"):
        found = score(method, weight)
        rank = ranks(found)
        gap = rank - own
        left = [
            np.abs(ranks(score(method, weighting)) - other)
            for weighting, other in zip(without, own_without, strict=True)
        ]
        cause = _cause(np.abs(gap), left, big)
        checks.append(CrossCheck(method, found, rank, agreement(own, rank), gap, cause, big))
    return tuple(checks)


def _cause(gap: Ranks, gap_without: list[Ranks], big: int) -> Ranks:
    cause = np.full(len(gap), -1, dtype=np.int64)
    if gap_without:
        table = np.stack(gap_without, axis=1)
        least = table.argmin(axis=1)
        narrower = table[np.arange(len(gap)), least] < gap
        cause = np.where((gap >= big) & narrower, least, -1)
    return cause
