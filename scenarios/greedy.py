"""Greedy choice and exchange: a good portfolio where the exact search is too large or cut short."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from scenarios.cover import Cover
from scenarios.rules import Group

__all__ = ["greedy_swap"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
PASSES = 20
CANDIDATES = 60
LEAST_GAIN = 1e-9


def greedy_swap(
    cover: Cover, costs_gbp: Floats, groups: list[Group], worth: tuple[float, Floats]
) -> Booleans | None:
    """Return a portfolio that meets every rule, or None where this simple way finds none.

    Sites that rules demand come first, then the best by gain per pound (and, in a second try, by
    gain alone) while they fit; then sites are exchanged one for one while that brings more.

    Parameters
    ----------
    cover
        Demand and the sites that reach it.
    costs_gbp
        NaN where not known.
    groups
        The budget and every rule (`scenarios.rules.rule_groups`).
    worth
        Worth of a unit of covered demand, and each site's own benefit.
    """
    search = _Search(cover, costs_gbp, groups, worth)
    tries = [
        search.improved(start)
        for start in (search.filled(per_pound=True), search.filled(per_pound=False))
        if start is not None
    ]
    allowed = [chosen for chosen in tries if not any(group.broken_by(chosen) for group in groups)]
    return max(allowed, key=search.value) if allowed else None


class _Search:
    def __init__(
        self, cover: Cover, costs: Floats, groups: list[Group], worth: tuple[float, Floats]
    ) -> None:
        self.cover = cover
        self.columns = sp.csr_array(cover.groups.T)
        self.costs = costs
        self.groups = groups
        self.per_unit, self.own = worth

    def value(self, chosen: Booleans) -> float:
        return self.per_unit * self.cover.covered(chosen) + float(self.own[chosen].sum())

    def gains(self, chosen: Booleans) -> Floats:
        """Return what each site would add to the choice."""
        open_demand = np.where(self.cover.reached(chosen), 0.0, self.cover.demand)
        gain = self.per_unit * (self.columns @ open_demand) + self.own
        return np.where(chosen, -np.inf, gain)

    def short_of(self, chosen: Booleans) -> list[Group]:
        """Return the rules that ask for more than is chosen."""
        return [
            group
            for group in self.groups
            if (group.rows.matrix @ chosen.astype(np.float64) < group.rows.low - LEAST_GAIN).any()
        ]

    def fits(self, chosen: Booleans) -> bool:
        """Return whether no rule is exceeded."""
        x = chosen.astype(np.float64)
        for group in self.groups:
            sums = group.rows.matrix @ x
            slack = LEAST_GAIN * np.maximum(1.0, np.abs(sums))
            if (sums > group.rows.high + slack).any():
                return False
        return True

    def with_needs(self, chosen: Booleans, site: int) -> Booleans:
        """Return the choice with a site and all it needs, whatever that costs."""
        wider = chosen.copy()
        wider[site] = True
        for _ in range(len(wider)):
            needed = [
                int(group.rows.matrix.indices[group.rows.matrix.data < 0][0])
                for group in self.groups
                if (group.rows.high == 0).all()
                and (group.rows.matrix.data < 0).any()
                and (group.rows.matrix @ wider.astype(np.float64) > 0).any()
            ]
            if not needed:
                break
            wider[needed] = True
        return wider

    def filled(self, *, per_pound: bool) -> Booleans | None:
        """Return a greedy choice that meets every rule, or None."""
        chosen = np.zeros(len(self.costs), dtype=bool)
        while short := self.short_of(chosen):
            matrix = short[0].rows.matrix
            low = matrix @ chosen.astype(np.float64) < short[0].rows.low - LEAST_GAIN
            helps = np.zeros(len(chosen), dtype=bool)
            helps[matrix[np.flatnonzero(low)].indices] = True
            wider = self._best(chosen, helps, per_pound=per_pound, least=-np.inf)
            if wider is None:
                return None
            chosen = wider
        return self._topped_up(chosen, per_pound=per_pound)

    def _topped_up(self, chosen: Booleans, *, per_pound: bool) -> Booleans:
        every = np.ones(len(chosen), dtype=bool)
        while True:
            wider = self._best(chosen, every, per_pound=per_pound, least=LEAST_GAIN)
            if wider is None:
                return chosen
            chosen = wider

    def _best(
        self, chosen: Booleans, among: Booleans, *, per_pound: bool, least: float
    ) -> Booleans | None:
        gain = np.where(among, self.gains(chosen), -np.inf)
        with np.errstate(invalid="ignore"):
            price = np.where(np.isnan(self.costs), np.inf, np.maximum(self.costs, 1.0))
            merit = np.where(np.isfinite(gain), gain / price, -np.inf) if per_pound else gain
        for site in np.argsort(-merit, kind="stable"):
            if not np.isfinite(merit[site]):
                return None
            if gain[site] < least:
                continue
            wider = self.with_needs(chosen, int(site))
            if self.fits(wider):
                return wider
        return None

    def improved(self, chosen: Booleans) -> Booleans:
        """Exchange one site for another, and fill what that leaves, while it brings more."""
        best = self.value(chosen)
        for _ in range(PASSES):
            before = best
            for site in np.flatnonzero(chosen):
                without = chosen.copy()
                without[site] = False
                gain = self.gains(without)
                gain[site] = -np.inf
                enough = best + LEAST_GAIN * max(1.0, abs(best)) - self.value(without)
                better = np.flatnonzero(gain > enough)
                for other in better[np.argsort(-gain[better], kind="stable")][:CANDIDATES]:
                    wider = self.with_needs(without, int(other))
                    if self.fits(wider) and not self.short_of(wider):
                        chosen = self._topped_up(wider, per_pound=True)
                        best = self.value(chosen)
                        break
            if best == before:
                break
        return chosen
