"""How a ranking stands up when weights and uncertain values are drawn many times (SMAA-2).

Lahdelma and Salminen (2001), SMAA-2: rank acceptability, central weights and confidence factors,
here with the additive model on fixed anchors; and how often each site is in the chosen set, which a
board asks first. It says how the result depends on weights and values; never how likely a fund is
to pay, which is the funder's decision.

Values are drawn cell by cell, each independent of the others, from a counter: the draw's number and
a key of the site's id and the criterion. So another site in the list changes nobody's values, and
neither cores nor memory change anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.compiled import in_chunks
from layers.errors import Fault, StudyError
from scenarios.ranking import SCORE_DECIMALS
from scenarios.uncertain import Cells, check_ranges, uncertain_cells
from scenarios.walks import tally_block, times_first

__all__ = ["Choice", "Robustness", "check_table", "print_order", "smaa", "smaa_of_choices"]

Floats = NDArray[np.float64]
Spread = Literal["triangular", "uniform"]

BLOCK = 500
CONFIDENCE_DRAWS = 2000
SCALE = float(10**SCORE_DECIMALS)
CONFIDENCE_FROM_PCT = 1.0
WEIGHT_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Robustness:
    """What came of all tested weightings, site by site; NaN for sites that are not ranked.

    Attributes
    ----------
    draws
        Number of tested weightings.
    acceptability_pct
        Sites by ranks, from rank 1: share of tested weightings in which the site has the rank.
        Equal scores share the better rank, so a rank may be held by two sites or by none.
    beyond_pct
        Share in which the site comes after the ranks kept.
    rank_mean, rank_best, rank_worst
        Over all tested weightings.
    chosen_pct, chosen_se_pct
        Share in which the site is in the chosen set, and its Monte Carlo standard error, both in
        percentage points.
    central_weights
        Sites by criteria: the mean of the weights that put the site first; NaN where none does.
    confidence_pct
        Share of drawn values with which the central weights put the site first; NaN where the site
        is first in under 1 % of tested weightings.
    uncertain_cells
        How many values had a range to be drawn from.
    """

    draws: int
    acceptability_pct: Floats
    beyond_pct: Floats
    rank_mean: Floats
    rank_best: Floats
    rank_worst: Floats
    chosen_pct: Floats
    chosen_se_pct: Floats
    central_weights: Floats
    confidence_pct: Floats
    uncertain_cells: int

    @property
    def first_pct(self) -> Floats:
        """Share of tested weightings in which each site is first."""
        return self.acceptability_pct[:, 0]

    def top_pct(self, rank: int) -> Floats:
        """Share of tested weightings in which each site is among the first so many ranks."""
        share: Floats = self.acceptability_pct[:, :rank].sum(axis=1)
        return share


@dataclass(frozen=True)
class Choice:
    """Who may be chosen, for how much money: each walks down the same rankings.

    Attributes
    ----------
    eligible
        Whether each site may be chosen: ranked, and no gate failed or unknown.
    budget_gbp
        Above zero.
    """

    eligible: ArrayLike
    budget_gbp: float


def smaa(
    values_low: ArrayLike,
    values: ArrayLike,
    values_high: ArrayLike,
    weights_drawn: ArrayLike,
    *,
    costs_gbp: ArrayLike,
    budget_gbp: float,
    eligible: ArrayLike,
    site_id: Sequence[str],
    seed: int,
    ranked: ArrayLike | None = None,
    missing: ArrayLike | None = None,
    spread: Spread = "triangular",
    ranks_kept: int = 20,
    workers: int | None = None,
    confidence: bool = True,
    where: str = "ranking",
) -> Robustness:
    """Rank the sites under every drawn weighting, with uncertain values drawn too.

    Parameters
    ----------
    values_low, values, values_high
        Sites by criteria, in [0, 1]. A value that is missing (NaN) lies anywhere from 0 to 1; one
        whose low and high differ is drawn from `spread` between them.
    weights_drawn
        Draws by criteria, each summing to one (`scenarios.weights`).
    costs_gbp
        Capital cost; a site of unknown cost (NaN) is never chosen.
    budget_gbp
        Above zero.
    eligible
        Whether a site may be chosen: ranked, and no gate failed or unknown.
    site_id
        Unique; decides between equals of equal cost, and keys the site's draws.
    seed
        Of the study.
    ranked
        Which sites are in the ranking at all; all of them by default.
    missing
        Sites by criteria: where `values` holds the midpoint of what is not known; NaN counts too.
    spread
        Triangular has its peak at the value itself. Missing values are always uniform.
    ranks_kept
        Ranks to report one by one.
    workers
        Threads; as many as processors when not given. They change the time and nothing else.
    confidence
        Whether to find `confidence_pct`; else it is missing throughout.

    Returns
    -------
    Robustness

    Raises
    ------
    StudyError
        Where the budget, the weights or the values cannot be used.

    Examples
    --------
    >>> from scenarios.weights import draw_uniform
    >>> value = [[0.8, 0.2], [0.5, 0.6]]
    >>> found = smaa(value, value, value, draw_uniform(2000, 2, seed=1), costs_gbp=[5.0, 5.0],
    ...              budget_gbp=5.0, eligible=[True, True], site_id=["a", "b"], seed=1)
    >>> bool(abs(found.first_pct[0] - 100 * 3 / 7) < 3)
    True
    """
    return smaa_of_choices(
        values_low, values, values_high, weights_drawn,
        costs_gbp=costs_gbp, choices=[Choice(eligible, budget_gbp)], site_id=site_id, seed=seed,
        ranked=ranked, missing=missing, spread=spread, ranks_kept=ranks_kept, workers=workers,
        confidence=confidence, where=where,
    )[0]  # fmt: skip


def smaa_of_choices(
    values_low: ArrayLike,
    values: ArrayLike,
    values_high: ArrayLike,
    weights_drawn: ArrayLike,
    *,
    costs_gbp: ArrayLike,
    choices: Sequence[Choice],
    site_id: Sequence[str],
    seed: int,
    ranked: ArrayLike | None = None,
    missing: ArrayLike | None = None,
    spread: Spread = "triangular",
    ranks_kept: int = 20,
    workers: int | None = None,
    confidence: bool = True,
    where: str = "ranking",
) -> list[Robustness]:
    """Rank the sites once under every drawn weighting, and choose among them in several ways.

    Parameters and errors are those of `smaa`; one result for each of `choices`.
    """
    middle = np.asarray(values, dtype=np.float64)
    weights = np.ascontiguousarray(weights_drawn, dtype=np.float64)
    cost = np.asarray(costs_gbp, dtype=np.float64)
    for choice in choices:
        check_table(middle, weights, choice.budget_gbp, where)
    in_ranking = np.ones(len(middle), bool) if ranked is None else np.asarray(ranked, dtype=bool)
    at = print_order(cost, site_id)
    at = at[in_ranking[at]]
    unknown = np.isnan(middle) if missing is None else np.isnan(middle) | np.asarray(missing)
    unknown, names = unknown[at], [site_id[i] for i in at]
    mid = np.where(unknown, 0.5, middle[at])
    low = np.where(unknown, 0.0, np.asarray(values_low, dtype=np.float64)[at])
    high = np.where(unknown, 1.0, np.asarray(values_high, dtype=np.float64)[at])
    check_ranges(low, mid, high, names, where)
    low, high = np.minimum(low, mid), np.maximum(high, mid)
    cells = uncertain_cells(low, high, unknown | (spread == "uniform"), names)
    known = ~np.isnan(cost[at])
    may = np.array([np.asarray(choice.eligible, dtype=bool)[at] & known for choice in choices])
    budgets = np.array([float(choice.budget_gbp) for choice in choices])
    money = np.where(known, cost[at], np.inf)
    kept = max(1, min(ranks_kept, max(len(at), 1)))
    counts = _tally(mid, weights, cells, money, may, budgets, kept, seed, workers)
    sure = np.full(len(at), np.nan)
    if confidence:
        sure = _confidences(counts, mid, low, high, cells, seed, len(weights), workers)
    return [
        _shares(counts, chosen, at, len(middle), sure, len(cells.site), len(weights))
        for chosen in counts[1]
    ]


def print_order(costs_gbp: ArrayLike, site_id: Sequence[str]) -> NDArray[np.int64]:
    """Return positions by lower cost, then id: the order among sites of equal score."""
    cost = np.asarray(costs_gbp, dtype=np.float64)
    _, by_id = np.unique(np.asarray(site_id, dtype=str), return_inverse=True)
    return np.lexsort((by_id, np.where(np.isnan(cost), np.inf, cost)))


def check_table(values: Floats, weights: Floats, budget_gbp: float, where: str) -> None:
    """Refuse a budget, weights or values that cannot be used, with every fault found."""
    faults = []
    if not budget_gbp > 0 or not np.isfinite(budget_gbp):
        problem = f"the budget is {budget_gbp:g} pounds"
        faults.append(Fault(where, problem, "give a budget above zero", column="budget_gbp"))
    if values.ndim != 2 or values.shape[1] == 0:
        faults.append(Fault(where, "there is no criterion", "give at least one"))
    elif weights.ndim != 2 or weights.shape[1] != values.shape[1]:
        problem = f"weights of shape {weights.shape} do not fit {values.shape[1]} criteria"
        faults.append(Fault(where, problem, "give one weight for each criterion"))
    elif len(weights) == 0:
        faults.append(Fault(where, "no weights are drawn", "draw at least one set of weights"))
    elif (weights < 0).any() or (np.abs(weights.sum(axis=1) - 1) > WEIGHT_TOLERANCE).any():
        problem = "some drawn weights are negative or do not sum to one"
        faults.append(Fault(where, problem, "draw them with scenarios.weights"))
    if faults:
        raise StudyError(faults)


def _tally(
    values: Floats,
    weights: Floats,
    cells: Cells,
    cost: Floats,
    may: NDArray[np.bool_],
    budgets: Floats,
    kept: int,
    seed: int,
    workers: int | None,
) -> list[NDArray[np.int64] | Floats]:
    """Run blocks of draws side by side and add them up in their order."""
    if not len(values):
        criteria = weights.shape[1]
        empty = np.zeros(0, np.int64)
        chosen = np.zeros((len(budgets), 0), np.int64)
        return [np.zeros((0, kept), np.int64), chosen, *[empty] * 3, np.zeros((0, criteria))]
    by_criterion = np.ascontiguousarray(values.T)
    seed_key = _seed_key(seed)

    def block(first: int, end: int) -> tuple[NDArray[np.int64] | Floats, ...]:
        tallied: tuple[NDArray[np.int64] | Floats, ...] = tally_block(
            by_criterion,
            weights[first:end],
            first,
            cells.site,
            cells.criterion,
            cells.range,
            cells.flat,
            cells.key,
            seed_key,
            cost,
            may,
            budgets,
            kept,
            SCALE,
        )
        return tallied

    parts = in_chunks(block, len(weights), BLOCK, workers)
    joins = (np.add, np.add, np.add, np.minimum, np.maximum, np.add)
    return [join.reduce(part) for join, part in zip(joins, zip(*parts, strict=True), strict=True)]


def _seed_key(seed: int) -> np.uint64:
    key: np.uint64 = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    return key


def _mean_weights(top: NDArray[Any], central: NDArray[Any]) -> Floats:
    """Return the mean of the weights that put each site first; NaN where none does."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(top[:, :1] > 0, central / top[:, :1], np.nan))


def _confidences(
    counts: list[NDArray[np.int64] | Floats],
    mid: Floats,
    low: Floats,
    high: Floats,
    cells: Cells,
    seed: int,
    draws: int,
    workers: int | None,
) -> Floats:
    """Return the confidence factor of each site that is first often enough.

    It is the share of drawn values, in percent, with which its central weights put it first.
    """
    weights = _mean_weights(counts[0], counts[5])
    found = np.full(len(mid), np.nan)
    often = np.flatnonzero(100.0 * counts[0][:, 0] / draws >= CONFIDENCE_FROM_PCT)
    by_criterion = np.ascontiguousarray(mid.T)
    first_cell = np.searchsorted(cells.site, np.arange(len(mid) + 1))
    seed_key = _seed_key(seed)

    def share(site: int) -> float:
        given = weights[site]
        # Rounded scores can tie that differ by less than their last digit
        reach = (high * given).sum(axis=1) + 10.0**-SCORE_DECIMALS
        can_reach = reach >= (low[site] * given).sum()
        can_reach[site] = False
        rivals = np.flatnonzero(can_reach)
        rivals = rivals[np.argsort(-(mid[rivals] * given).sum(axis=1), kind="stable")]
        wavers = (np.diff(first_cell) > 0) & can_reach
        many = bool(wavers.any()) or first_cell[site + 1] > first_cell[site]
        tested = CONFIDENCE_DRAWS if many else 1
        first: int = times_first(
            site, by_criterion, given, tested, first_cell, cells.criterion, cells.range, cells.flat,
            cells.key, rivals, seed_key, SCALE,
        )  # fmt: skip
        return 100.0 * first / tested

    parts = in_chunks(lambda k, _: share(int(often[k])), len(often), 1, workers)
    found[often] = parts
    return found


def _shares(
    counts: list[NDArray[np.int64] | Floats],
    chosen: NDArray[np.int64],
    at: NDArray[np.int64],
    sites: int,
    confidence: Floats,
    uncertain: int,
    draws: int,
) -> Robustness:
    """Turn counts into shares, laid out as the sites came in."""
    top, _, rank_sum, best, worst, central = counts

    def spread_out(found: Floats) -> Floats:
        out = np.full((sites, *found.shape[1:]), np.nan)
        out[at] = found
        return out

    acceptability = 100.0 * top / draws
    share = chosen / draws
    return Robustness(
        draws=draws,
        acceptability_pct=spread_out(acceptability),
        beyond_pct=spread_out(np.clip(100.0 - acceptability.sum(axis=1), 0.0, 100.0)),
        rank_mean=spread_out(rank_sum / draws),
        rank_best=spread_out(best.astype(np.float64)),
        rank_worst=spread_out(worst.astype(np.float64)),
        chosen_pct=spread_out(100.0 * share),
        chosen_se_pct=spread_out(100.0 * np.sqrt(share * (1.0 - share) / draws)),
        central_weights=spread_out(_mean_weights(top, central)),
        confidence_pct=spread_out(confidence),
        uncertain_cells=uncertain,
    )
