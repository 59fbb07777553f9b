"""The chosen set: down the ranking within the budget, and within what people have laid down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, StudyError
from scenarios.milp import maximise
from scenarios.ranking import walk_down
from scenarios.rules import Group, Rules, clash_text, clashing, rule_groups

__all__ = ["chosen_set"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def chosen_set(
    order: ArrayLike,
    eligible: Mask,
    cost_gbp: Floats,
    budget_gbp: float,
    rules: Rules,
    sites: Sequence[str],
    *,
    where: str,
) -> Mask:
    """Return the sites chosen: down the ranking, taking each with which the rules can still be met.

    Without rules that is the plain walk, which skips what no longer fits the budget. With them, a
    site is taken where some choice within the budget holds it, all sites taken before, and every
    rule. So the set is the best by rank, in the order of the ranking, among those that are allowed.

    Parameters
    ----------
    order
        Positions of the listed sites, best first.
    eligible
        Whether a site may be chosen at all.
    rules
        By position; sites that are not eligible must not be among the must-have.

    Raises
    ------
    StudyError
        Naming the rules that clash, where no choice meets them all.
    """
    may = eligible & ~np.isnan(cost_gbp)
    if rules == Rules():
        return walk_down(order, may, cost_gbp, budget_gbp)
    shut = tuple(int(i) for i in np.flatnonzero(~may))
    held = replace(rules, must_not=tuple(dict.fromkeys((*rules.must_not, *shut))))
    groups = rule_groups(held, cost_gbp, budget_gbp, sites, where=where)
    names = clashing(groups, len(cost_gbp))
    if names:
        raise StudyError(Fault(where, *clash_text(names)))
    chosen = np.zeros(len(cost_gbp), dtype=bool)
    for position in np.asarray(order, dtype=np.int64):
        tried = chosen.copy()
        tried[position] = True
        if may[position] and _possible(groups, tried):
            chosen = tried
    return chosen


def _possible(groups: list[Group], chosen: Mask) -> bool:
    """Return whether some choice that holds these sites meets every rule."""
    if not any(group.broken_by(chosen) for group in groups):
        return True
    count = len(chosen)
    rows = [group.rows for group in groups]
    found = maximise(
        chosen.astype(np.float64),
        rows,
        integer=np.ones(count, dtype=bool),
        upper=np.ones(count),
        gap=0.0,
    )
    return found.x is not None and bool((found.x[chosen] > 0.5).all())
