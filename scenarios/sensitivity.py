"""What one weight can do to a ranking: to the winner, and to each site's place in the chosen set.

A weight moves along a line: one criterion's weight goes to t, the others share what is left in
their present proportions. Every score is then a straight line in t, so the weight at which another
site takes the lead is exact. The chosen set is found at every percent of t, and where a site's
place changes, the weight is narrowed to a hundredth of a percent; a place lost and regained within
one percent is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.compiled import chunks, in_chunks
from scenarios.ranking import additive_score
from scenarios.robustness import SCALE, check_table, print_order
from scenarios.walks import chosen_under

__all__ = [
    "OneChange",
    "PlaceLimits",
    "WinnerLimits",
    "move_weight",
    "one_at_a_time",
    "place_limits",
    "sentence",
    "winner_limits",
]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
GRID = 101
BLOCK = 32
PRECISION = 1e-4
MOST_PLACES = 20_000_000  # of weightings by sites, chosen at once
EVERYTHING = 0.99
NEAR = 0.015


@dataclass(frozen=True)
class WinnerLimits:
    """The weights of each criterion between which the winner stays first.

    Attributes
    ----------
    winner
        Position of the first site.
    falls_to, rises_to
        The weight, below and above the present one, at which another site takes the lead; NaN where
        none does.
    then_below, then_above
        Position of the site that takes it; -1 where none does.
    """

    winner: int
    falls_to: Floats
    then_below: NDArray[np.int64]
    rises_to: Floats
    then_above: NDArray[np.int64]


@dataclass(frozen=True)
class PlaceLimits:
    """The weights of each criterion between which each site keeps its place, or its lack of one.

    Attributes
    ----------
    chosen
        Whether the site is in the chosen set at the present weights.
    falls_to, rises_to
        Sites by criteria: the weight, below and above the present one, at which that changes; NaN
        where it never does.
    weights
        The present weights.
    """

    chosen: Booleans
    falls_to: Floats
    rises_to: Floats
    weights: Floats


@dataclass(frozen=True)
class OneChange:
    """What one changed weight does.

    Attributes
    ----------
    criterion
        Position of the criterion.
    test
        `left out`, `25 % less` or `25 % more`.
    weight
        The criterion's weight in the test.
    winner
        Position of the first site.
    enters, leaves
        Positions of the sites that come into and go out of the chosen set.
    """

    criterion: int
    test: str
    weight: float
    winner: int
    enters: tuple[int, ...]
    leaves: tuple[int, ...]


def move_weight(weights: ArrayLike, criterion: int, t: float) -> Floats:
    """Return the weights with one moved to t and the others scaled in proportion.

    Where the others are all zero they share what is left equally.

    Examples
    --------
    >>> move_weight([0.5, 0.3, 0.2], 0, 0.0).tolist()
    [0.0, 0.6, 0.4]
    """
    moved = np.array(weights, dtype=np.float64)
    others = np.arange(len(moved)) != criterion
    rest = moved[others].sum()
    share = moved[others] / rest if rest > 0 else np.full(others.sum(), 1.0 / max(others.sum(), 1))
    moved[others] = (1.0 - t) * share
    moved[criterion] = t
    return moved


def _moved(weights: Floats, criterion: int, ts: Floats) -> Floats:
    """Return what `move_weight` does for each of several weights, a row each."""
    ends = np.asarray(ts, dtype=np.float64)
    share = move_weight(weights, criterion, 0.0)
    moved = (1.0 - ends)[:, None] * share
    moved[:, criterion] = ends
    return moved


def winner_limits(
    values: ArrayLike, weights: ArrayLike, *, costs_gbp: ArrayLike, site_id: Sequence[str]
) -> WinnerLimits:
    """Return the smallest change of each weight that puts another site first.

    Exact: against each other site the lead is a straight line in the weight.

    Parameters
    ----------
    values
        Sites by criteria; a missing value counts 0.5, the midpoint it is ranked on.
    weights
        Present weights, summing to one.
    costs_gbp, site_id
        Decide who is first among equals.

    Examples
    --------
    >>> found = winner_limits([[0.8, 0.2], [0.5, 0.6]], [0.5, 0.5], costs_gbp=[1, 1],
    ...                       site_id=["a", "b"])
    >>> found.winner, round(float(found.rises_to[0]), 6)
    (1, 0.571429)
    """
    value, weight = _filled(values), np.asarray(weights, dtype=np.float64)
    check_table(value, weight[None, :], 1.0, "ranking")
    criteria = len(weight)
    below, above = np.full(criteria, np.nan), np.full(criteria, np.nan)
    then_below = np.full(criteria, -1, dtype=np.int64)
    then_above = np.full(criteria, -1, dtype=np.int64)
    if not len(value):
        return WinnerLimits(-1, below, then_below, above, then_above)
    order = print_order(costs_gbp, site_id)
    winner = int(order[np.argmax(additive_score(value, weight)[order])])
    lead = value[winner] - value
    now = (lead * weight).sum(axis=1)
    for j in range(criteria if criteria > 1 else 0):
        # the lead at t is now + (t - w) slope; a rounded tie can make `now` a little negative
        slope = lead[:, j] - (lead * move_weight(weight, j, 0.0)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(slope != 0, np.maximum(now, 0.0) / np.abs(slope), np.inf)
        for rising, room in ((True, 1.0 - weight[j]), (False, weight[j])):
            can = np.where(slope < 0 if rising else slope > 0, step, np.inf)
            first = order[np.lexsort((-np.abs(slope[order]), can[order]))[0]]
            if can[first] <= room:
                limit, then = (above, then_above) if rising else (below, then_below)
                limit[j] = weight[j] + can[first] if rising else weight[j] - can[first]
                then[j] = first
    return WinnerLimits(winner, below, then_below, above, then_above)


class _Chooser:
    """The sites chosen under any weights, by the rules of the ranking."""

    def __init__(
        self,
        values: ArrayLike,
        costs_gbp: ArrayLike,
        budget_gbp: float,
        eligible: ArrayLike,
        site_id: Sequence[str],
    ) -> None:
        cost = np.asarray(costs_gbp, dtype=np.float64)
        self.order = print_order(cost, site_id)
        self.place = np.empty_like(self.order)
        self.place[self.order] = np.arange(len(self.order))
        self.values = _filled(values)
        self.by_criterion = np.ascontiguousarray(self.values[self.order].T)
        self.may = np.asarray(eligible, dtype=bool)[self.order] & ~np.isnan(cost[self.order])
        self.cost = np.where(np.isnan(cost), np.inf, cost)[self.order]
        self.budget = float(budget_gbp)

    def chosen(self, weightings: ArrayLike) -> Booleans:
        """Return weightings by sites."""
        found = self.in_order(weightings)
        out = np.empty_like(found)
        out[:, self.order] = found
        return out

    def in_order(self, weightings: ArrayLike) -> Booleans:
        """Return weightings by sites in the order that decides between equals; `place` says where a site stands."""
        weights = np.asarray(weightings, dtype=np.float64)

        def block(low: int, high: int) -> Booleans:
            found: Booleans = chosen_under(
                self.by_criterion, weights[low:high], self.cost, self.may, self.budget, SCALE
            )
            return found

        if not len(weights) or not len(self.order):
            return np.zeros((len(weights), len(self.order)), dtype=bool)
        return np.concatenate(in_chunks(block, len(weights), BLOCK))

    def first(self, weights: Floats) -> int:
        """Return the position of the first site."""
        return int(self.order[np.argmax(additive_score(self.values, weights)[self.order])])


def place_limits(
    values: ArrayLike,
    weights: ArrayLike,
    *,
    costs_gbp: ArrayLike,
    budget_gbp: float,
    eligible: ArrayLike,
    site_id: Sequence[str],
) -> PlaceLimits:
    """Return the smallest change of each weight that alters each site's place in the chosen set.

    Parameters
    ----------
    values
        Sites by criteria, only the sites that are ranked; a missing value counts 0.5.
    weights
        Present weights, summing to one.
    costs_gbp, budget_gbp, eligible, site_id
        As in `scenarios.robustness.smaa`.
    """
    weight = np.asarray(weights, dtype=np.float64)
    check_table(_filled(values), weight[None, :], budget_gbp, "ranking")
    chooser = _Chooser(values, costs_gbp, budget_gbp, eligible, site_id)
    shape = chooser.values.shape
    below, above = np.full(shape, np.nan), np.full(shape, np.nan)
    if not shape[0]:
        return PlaceLimits(np.zeros(0, dtype=bool), below, above, weight)
    base = chooser.chosen([weight])[0]
    grid = np.linspace(0.0, 1.0, GRID)
    ways = []
    for j in range(shape[1] if shape[1] > 1 else 0):
        up = np.concatenate([[weight[j]], grid[grid > weight[j]]])
        down = np.concatenate([[weight[j]], grid[grid < weight[j]][::-1]])
        ways += [_Way(j, up, above[:, j]), _Way(j, down, below[:, j])]
    together = max(1, MOST_PLACES // (GRID * shape[0]))
    for low, high in chunks(len(ways), together):
        _first_changes(chooser, weight, [way for way in ways[low:high] if len(way.stops) > 1], base)
    return PlaceLimits(base, below, above, weight)


@dataclass(frozen=True)
class _Way:
    """A criterion whose weight moves away from what it is, where it stops, and what is found of each site."""

    criterion: int
    stops: Floats
    found: Floats


def _first_changes(
    chooser: _Chooser, weights: Floats, ways: Sequence[_Way], base: Booleans
) -> None:
    """Write, per way and site, the first weight along the stops at which its place differs.

    All ways are walked side by side: the sites are chosen for few large batches of weightings.
    """
    if not ways:
        return
    tried = [_moved(weights, way.criterion, way.stops) for way in ways]
    ends = np.cumsum([len(each) for each in tried])
    parts = []
    for number, chosen in enumerate(np.split(chooser.chosen(np.concatenate(tried)), ends[:-1])):
        changed, stops = chosen != base, ways[number].stops
        changed[0] = False
        first = changed.argmax(axis=0)
        sites = np.flatnonzero(changed.any(axis=0))
        parts.append((np.full(len(sites), number), sites, stops[first[sites] - 1], stops[first[sites]]))  # fmt: skip
    of, sites, keeps, loses = (np.concatenate(part) for part in zip(*parts, strict=True))
    while len(sites):
        middle = (keeps + loses) / 2
        near = np.abs(loses - keeps) <= PRECISION
        for number in np.unique(of[near]):
            mine = near & (of == number)
            ways[number].found[sites[mine]] = middle[mine]
        of, sites, keeps, loses, middle = (e[~near] for e in (of, sites, keeps, loses, middle))
        told, at = np.unique(of + 1j * middle, return_inverse=True)  # pairs, in order of both
        tried = [
            _moved(weights, way.criterion, told.imag[told.real == number])
            for number, way in enumerate(ways)
        ]
        there = chooser.in_order(np.concatenate(tried))
        differs = there[at, chooser.place[sites]] != base[sites]
        loses, keeps = np.where(differs, middle, loses), np.where(differs, keeps, middle)


def one_at_a_time(
    values: ArrayLike,
    weights: ArrayLike,
    *,
    costs_gbp: ArrayLike,
    budget_gbp: float,
    eligible: ArrayLike,
    site_id: Sequence[str],
) -> list[OneChange]:
    """Return what happens when each criterion is left out, or weighs a quarter less or more.

    The others are scaled in proportion. A weight that would pass 1 stops there.
    """
    weight = np.asarray(weights, dtype=np.float64)
    check_table(_filled(values), weight[None, :], budget_gbp, "ranking")
    chooser = _Chooser(values, costs_gbp, budget_gbp, eligible, site_id)
    if not len(chooser.values) or len(weight) == 1:
        return []
    base = chooser.chosen([weight])[0]
    changes = []
    for j in range(len(weight)):
        for test, factor in (("left out", 0.0), ("25 % less", 0.75), ("25 % more", 1.25)):
            moved = move_weight(weight, j, min(1.0, factor * weight[j]))
            chosen = chooser.chosen([moved])[0]
            enters = tuple(int(i) for i in np.flatnonzero(chosen & ~base))
            leaves = tuple(int(i) for i in np.flatnonzero(base & ~chosen))
            first = chooser.first(moved)
            changes.append(OneChange(j, test, float(moved[j]), first, enters, leaves))
    return changes


def sentence(
    chosen_pct: float,
    draws: int,
    limits: PlaceLimits | None,
    site: int,
    labels: Sequence[str],
    *,
    status: str = "ranked",
) -> str:
    """Return one plain sentence on how firmly a site is in, or out of, the chosen set.

    Parameters
    ----------
    chosen_pct, draws
        From `scenarios.robustness.smaa`.
    limits, site
        Of the ranked sites, and the site's position among them; `None` where no limits were looked for.
    labels
        Names of the criteria.
    status
        `ranked` or `to verify`; others have no place to speak of.

    Examples
    --------
    >>> limits = PlaceLimits(np.array([True]), np.array([[np.nan, np.nan]]),
    ...                      np.array([[0.4, np.nan]]), np.array([0.25, 0.75]))
    >>> sentence(94.0, 10_000, limits, 0, ["Cost", "Need"])
    'Chosen in 94 % of 10,000 tested weightings; loses its place only if cost counts for more than 40 %.'
    """
    if status == "to verify":
        return "Not in any tested set until its unknown gates are settled."
    if status != "ranked" or np.isnan(chosen_pct):
        return "Not in any tested set, because it is not ranked."
    often = _how_often(chosen_pct, draws)
    if limits is None:
        return f"{often}."
    turns: list[tuple[float, str, float]] = []
    for j, label in enumerate(labels):
        name = label[:1].lower() + label[1:] if label[1:2].islower() else label
        now = float(limits.weights[j])
        for bound, word in ((limits.rises_to[site, j], "more"), (limits.falls_to[site, j], "less")):
            # a criterion that would have to count for nearly everything changes nothing real
            if not np.isnan(bound) and bound < EVERYTHING:
                text = f"{name} counts for {word} than {_pct(float(bound), now)}"
                turns.append((abs(float(bound) - now), text, now))
    turns.sort(key=lambda turn: turn[0])
    if limits.chosen[site]:
        verb, never = "loses its place", "keeps its place whatever any one criterion counts for"
    else:
        verb, never = "gains a place", "gains no place whatever any one criterion counts for"
    if not turns:
        return f"{often}; {never}."
    if len(turns) <= 2:
        return f"{often}; {verb} only if {' or '.join(text for _, text, _ in turns)}."
    _, text, now = turns[0]
    return f"{often}; {verb} soonest if {text} (now {100 * now:.0f} %)."


def _how_often(chosen_pct: float, draws: int) -> str:
    times = round(chosen_pct * draws / 100)
    if times == 0:
        return f"Chosen in none of {draws:,} tested weightings"
    if times == draws:
        return f"Chosen in all {draws:,} tested weightings"
    whole = f"{chosen_pct:.0f} %"
    if whole in {"0 %", "100 %"}:
        whole = "under 1 %" if chosen_pct < 50 else "over 99 %"
    return f"Chosen in {whole} of {draws:,} tested weightings"


def _pct(bound: float, now: float) -> str:
    near = abs(bound - now) < NEAR or abs(bound - round(bound)) < NEAR
    return f"{100 * bound:.1f} %" if near else f"{100 * bound:.0f} %"


def _filled(values: ArrayLike) -> Floats:
    value = np.atleast_2d(np.asarray(values, dtype=np.float64))
    return np.where(np.isnan(value), 0.5, value)
