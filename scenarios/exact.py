"""The exact search for a portfolio: relax, choose among the likely sites, rule out the rest, search.

The problem with sites allowed in part is solved first. Where few sites of many are in part, its solution
made whole is often within the gap already. Else it names the likely sites, and a
search among these alone gives a good choice quickly. Each other site's reduced cost then says how
much any choice with it must lose: where that leaves less than the choice in hand, the site is ruled
out by proof. What remains is a smaller problem, with demand merged anew, for the full search.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from scenarios.choice import Problem, model_of, narrowed, widened
from scenarios.milp import Relaxed, Rows, maximise, relax
from scenarios.rules import Group

__all__ = ["Found", "relaxed_bound", "search"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
FEW_SITES = 40
IN_PART = 1e-6
FIRST_GAP = 1e-3
ATTEMPTS = 5
TINY = 1e-9
ADDED_AT_MOST = 400  # sites that are tried on top of those that are whole


@dataclass(frozen=True)
class Found:
    """The best choice found, or None, and what is proven about it.

    Attributes
    ----------
    chosen
        Whether each site is chosen.
    objective
        What it brings.
    bound
        No choice brings more; infinite where nothing was proven.
    infeasible
        Whether there is proven to be no choice.
    nodes
        Nodes of the search trees looked at.
    """

    chosen: Booleans | None = None
    objective: float = -np.inf
    bound: float = np.inf
    infeasible: bool = False
    nodes: int = 0


NOTHING = Found()


def search(problem: Problem, groups: list[Group], node_limit: int, gap: float) -> Found:
    """Return the best choice that meets every rule, to within a gap, or as far as the nodes go."""
    sites = len(problem.costs_gbp)
    if problem.cover.capacity is not None and sites > FEW_SITES:
        # a column for each pair of demand and site: those that are out of the question go first
        may = ~np.isnan(problem.costs_gbp)
        may[list(problem.rules.must_not)] = False
        return _among(problem, groups, may, node_limit, gap, -np.inf) if may.any() else NOTHING
    if sites <= FEW_SITES:
        return _whole(problem, groups, node_limit, gap)
    objective, rows, upper = model_of(problem, groups)
    relaxed = relax(objective, rows, upper=upper)
    first = _made_whole(problem, groups, relaxed)
    if relaxed.bound <= first.objective + gap * abs(relaxed.bound):
        return first
    first = NOTHING
    if relaxed.x is not None:
        # rules may ask for sites that the relaxed solution does not hold
        likely = (relaxed.x[:sites] > IN_PART) | _asked_for(groups, sites)
        first = _among(problem, groups, likely, node_limit, max(gap, FIRST_GAP), -np.inf)
    if first.chosen is None or relaxed.x is None:
        return _whole(problem, groups, node_limit, gap)
    return _proven(problem, groups, first, relaxed, node_limit, gap)


def _made_whole(problem: Problem, groups: list[Group], relaxed: Relaxed) -> Found:
    """Return the sites that the relaxed solution holds whole, and of the others what still fits and brings more.

    Those held in part come first, the fullest before the others, then those left out that would lose least.
    """
    if relaxed.x is None:
        return NOTHING
    held = relaxed.x[: len(problem.costs_gbp)]
    chosen = held > 1 - IN_PART
    if any(group.broken_by(chosen) for group in groups):
        return NOTHING
    known = ~np.isnan(problem.costs_gbp) & ~chosen
    order = np.lexsort((relaxed.loss[: len(held)], -np.where(held > IN_PART, held, 0.0)))
    worth = problem.value(chosen)
    for site in order[known[order]][:ADDED_AT_MOST]:
        chosen[site] = True
        more = -np.inf if any(g.broken_by(chosen) for g in groups) else problem.value(chosen)
        chosen[site] = more > worth
        worth = max(worth, more)
    return Found(chosen, worth, max(relaxed.bound, worth))


def _proven(
    problem: Problem,
    groups: list[Group],
    first: Found,
    relaxed: Relaxed,
    node_limit: int,
    gap: float,
) -> Found:
    """Rule out sites by their reduced costs, and search among those that are left."""
    sites = len(problem.costs_gbp)
    solution = np.zeros(0) if relaxed.x is None else relaxed.x[:sites]
    if relaxed.bound <= first.objective + gap * abs(relaxed.bound):
        return replace(first, bound=relaxed.bound)
    # a choice with a site that the relaxed solution leaves out loses at least its reduced cost
    threshold = first.objective + 0.5 * gap * abs(first.objective)
    out = (solution < IN_PART) & (relaxed.bound - relaxed.loss[:sites] < threshold)
    best = _among(problem, groups, ~out, node_limit, gap, first.objective, presolve=False)
    nodes = first.nodes + best.nodes
    if best.infeasible:  # nothing among them is better than the first choice
        return replace(first, bound=threshold, nodes=nodes)
    bound = min(max(best.bound, threshold) if out.any() else best.bound, relaxed.bound)
    better = best if best.chosen is not None and best.objective >= first.objective else first
    return replace(better, bound=bound, nodes=nodes)


def relaxed_bound(problem: Problem, groups: list[Group]) -> Found:
    """Return the bound of the problem with sites allowed in part, and no choice."""
    objective, rows, upper = model_of(problem, groups)
    relaxed = relax(objective, rows, upper=upper)
    return Found(bound=relaxed.bound, infeasible=relaxed.infeasible)


def _asked_for(groups: list[Group], sites: int) -> Booleans:
    asked = np.zeros(sites, dtype=bool)
    for each in groups:
        if (each.rows.low > 0).any():
            asked[each.rows.matrix.indices[each.rows.matrix.data > 0]] = True
        if (each.rows.matrix.data < 0).any():
            asked[each.rows.matrix.indices] = True
    return asked


def _among(
    problem: Problem,
    groups: list[Group],
    sites: Booleans,
    node_limit: int,
    gap: float,
    at_least: float,
    *,
    presolve: bool = True,
) -> Found:
    """Search among some sites, for what brings at least so much."""
    keep = np.flatnonzero(sites)
    if not len(keep):
        return NOTHING
    smaller = narrowed(problem, groups, keep)
    found = _whole(*smaller, node_limit, gap, at_least, presolve=presolve)
    if found.chosen is None:
        return found
    chosen = np.zeros(len(sites), dtype=bool)
    chosen[keep[found.chosen]] = True
    return replace(found, chosen=chosen)


def _whole(
    problem: Problem,
    groups: list[Group],
    node_limit: int,
    gap: float,
    at_least: float = -np.inf,
    *,
    presolve: bool = True,
) -> Found:
    """Search, and search again without a choice that only fits the rules by a rounding error."""
    sites = len(problem.costs_gbp)
    objective, rows, upper = model_of(problem, groups)
    integer = np.arange(len(objective)) < sites
    if np.isfinite(at_least):
        least = np.array([at_least - TINY * abs(at_least)])
        rows = [*rows, Rows(sp.csr_array(objective[None, :]), least, np.array([np.inf]))]
    bound = np.inf
    for _ in range(ATTEMPTS):
        found = maximise(
            objective, rows, integer=integer, upper=upper, node_limit=node_limit, gap=gap,
            presolve=presolve,
        )  # fmt: skip
        bound = found.bound
        if found.x is None:
            return Found(bound=bound, infeasible=found.infeasible, nodes=found.nodes)
        chosen = found.x[:sites] > 0.5
        if not any(each.broken_by(chosen) for each in groups):
            return Found(chosen, problem.value(chosen), bound, nodes=found.nodes)
        rows = [*rows, widened(_other_than(chosen), len(objective))]
    return Found(bound=bound)


def _other_than(chosen: Booleans) -> Rows:
    """Return the row that leaves out exactly this choice."""
    row = np.where(chosen, -1.0, 1.0)
    least = np.array([1.0 - chosen.sum()])
    return Rows(sp.csr_array(row[None, :]), least, np.array([np.inf]))
