"""Other methods on the same values and weights, for the method annex only.

TOPSIS (Hwang and Yoon, 1981) and PROMETHEE II (Brans and Vincke, 1985) judge by other rules than the
additive model: where they agree, the choice of method matters little; where they do not, the criterion
behind it is named. They are never used to choose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, StudyError
from scenarios.ranking import additive_score, ranks
from scenarios.sensitivity import move_weight

__all__ = ["CrossCheck", "agreement", "cross_check", "promethee_flows", "topsis"]

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
    table, weighting = np.asarray(matrix, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    # a criterion on which all are alike moves nobody, and at nil throughout it has no length
    tells = (np.ptp(table, axis=0) > 0) & (weighting > 0)
    if not tells.any():  # all are as close to the best as to the worst
        return np.full(len(table), 0.5)
    better = (table * _types(table, benefit))[:, tells]
    better *= weighting[tells] / np.sqrt((better**2).sum(axis=0))
    to_best = np.sqrt(((better - better.max(axis=0)) ** 2).sum(axis=1))
    to_worst = np.sqrt(((better - better.min(axis=0)) ** 2).sum(axis=1))
    return np.asarray(to_worst / (to_best + to_worst), dtype=np.float64)


def promethee_flows(
    matrix: ArrayLike,
    *,
    indifference: ArrayLike = INDIFFERENCE,
    preference: ArrayLike = PREFERENCE,
    benefit: ArrayLike | None = None,
) -> Floats:
    """Return the net flows of PROMETHEE II criterion by criterion: options by criteria.

    An option's net flow under any weights is their weighted sum, so that other weights need no
    further comparison. Pairs are counted, and not compared: on one criterion, the options that one is
    ahead of lie side by side once all are sorted, so that n options take n log n steps.

    Parameters
    ----------
    matrix
        Options by criteria.
    indifference, preference
        Per criterion, in its units: a smaller difference counts nothing, a larger counts fully,
        linear between.
    benefit
        Per criterion, whether more is better; all by default.

    Raises
    ------
    StudyError
        Where the thresholds do not rise.

    Notes
    -----
    ``P(d) = 0`` for d <= q, 1 for d >= p, ``(d - q) / (p - q)`` between;
    ``phi(a) = sum_b [pi(a, b) - pi(b, a)] / (n - 1)``.
    """
    table = np.asarray(matrix, dtype=np.float64)
    count, criteria = table.shape
    q = np.broadcast_to(np.asarray(indifference, dtype=np.float64), criteria)
    p = np.broadcast_to(np.asarray(preference, dtype=np.float64), criteria)
    if not ((q >= 0) & (q < p)).all():
        mend = "give 0 <= indifference < preference"
        raise StudyError(Fault("cross-check", "the thresholds of PROMETHEE do not rise", mend))
    if count < 2:
        return np.zeros_like(table)
    better = table * _types(table, benefit)
    flows = [
        (_ahead(x, q[j], p[j]) - _ahead(-x, q[j], p[j])) / (count - 1)
        for j, x in enumerate(better.T)
    ]
    return np.column_stack(flows)


def _ahead(value: Floats, q: float, p: float) -> Floats:
    """Return by how much each option is preferred to all the others together, on one criterion: the sum of P.

    An option x counts ``min(1, (t - x) / (p - q))`` for one that stands at ``t + q``, as long as x is below t.
    """
    held = np.sort(value)
    below = np.concatenate([[0.0], np.cumsum(held)])
    least = value - q  # who stands below this is behind at all
    fully = np.searchsorted(held, least - (p - q), side="right")
    partly = np.searchsorted(held, least, side="left")
    part = (partly - fully) * least - (below[partly] - below[fully])
    return np.asarray(fully + part / (p - q), dtype=np.float64)


def _types(table: Floats, benefit: ArrayLike | None) -> Floats:
    more = np.ones(table.shape[1], bool) if benefit is None else np.asarray(benefit, dtype=bool)
    return np.where(more, 1.0, -1.0)


def agreement(first: ArrayLike, second: ArrayLike) -> float:
    """Return Kendall's tau-b between two rankings; NaN where one has only ties.

    Examples
    --------
    >>> agreement([1, 2, 3], [1, 2, 3])
    1.0
    """
    from scipy.stats import kendalltau  # noqa: PLC0415 - slow to import, and only the annex needs it

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

    flows = promethee_flows(value, indifference=indifference, preference=preference)

    def score(method: str, weighting: Floats) -> Floats:
        found = topsis(value, weighting) if method == "TOPSIS" else flows @ weighting
        return np.round(found, DECIMALS)

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
