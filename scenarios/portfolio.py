"""The best sites for a budget: budgeted maximal covering, exact, with rules between sites.

The objective counts each unit of demand once, however many chosen sites reach it, and adds what
criteria other than coverage bring, site by site. Cost is in the budget and nowhere else: a criterion
of cost in the objective would count it twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, StudyError
from scenarios.choice import Problem
from scenarios.cover import merge_alike
from scenarios.exact import Found, relaxed_bound, search
from scenarios.greedy import greedy_swap
from scenarios.milp import GAP, NODE_LIMIT, Rows
from scenarios.rules import Group, Rules, clash_text, clashing, rule_groups

__all__ = ["Portfolio", "Problem", "best_portfolio", "problem_of"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
LARGEST_EXACT = 2_000_000
CLEARLY = 1e-5  # of the objective: beyond the solver's tolerance


@dataclass(frozen=True)
class Portfolio:
    """Chosen sites, what they bring and cost, and how good that is proven to be.

    Attributes
    ----------
    chosen
        Whether each site is chosen.
    objective
        Worth of covered demand plus the sites' own benefits.
    bound
        No portfolio within the budget and the rules has a higher objective.
    gap_pct
        How much better than this one a portfolio could at most be, in percent of the bound.
    covered
        Demand served, each unit once.
    cost_gbp, budget_gbp
        Spent, and what could be.
    status
        How the search ended, in words.
    method
        `exact` or `greedy and swap`.
    nodes
        Nodes the exact search looked at.
    """

    chosen: Booleans
    objective: float
    bound: float
    gap_pct: float
    covered: float
    cost_gbp: float
    budget_gbp: float
    status: str
    method: str
    nodes: int


def problem_of(
    covers: sp.csr_array,
    demand: ArrayLike,
    costs_gbp: ArrayLike,
    *,
    site_id: Sequence[str],
    site_benefit: ArrayLike | None = None,
    worth_per_unit: float = 1.0,
    capacity: ArrayLike | None = None,
    rules: Rules | None = None,
    where: str = "portfolio",
) -> Problem:
    """Put a problem together, once for all budgets.

    Parameters
    ----------
    covers
        Demand points by sites (`scenarios.cover.cover_matrix`).
    demand
        Weight of each demand point: premises without full fibre, say.
    capacity
        The most demand each site can serve; None where there is no limit.
    where
        The case, for messages.

    Other parameters are those of `Problem`.
    """
    cost = np.asarray(costs_gbp, dtype=np.float64)
    own = np.zeros(len(cost)) if site_benefit is None else np.asarray(site_benefit, np.float64)
    faults = []
    if not len(cost):
        mend = "see the gates: every candidate may have been excluded"
        faults.append(Fault(where, "there is no site to choose from", mend))
    if not len(cost) == len(site_id) == len(own) == covers.shape[1]:
        problem = (
            f"{covers.shape[1]} sites reach demand, {len(site_id)} are named, {len(cost)} have a "
            f"cost and {len(own)} a benefit"
        )
        faults.append(Fault(where, problem, "give each site once, in one order"))
    if not np.isfinite(own).all():
        faults.append(Fault(where, "a site's benefit is not known", "give zero or leave it out"))
    if not worth_per_unit >= 0:
        faults.append(Fault(where, "covered demand counts less than nothing", "give zero or more"))
    if faults:
        raise StudyError(faults)
    cover = merge_alike(covers, demand, capacity=capacity, where=where)
    return Problem(cover, cost, tuple(site_id), own, worth_per_unit, rules or Rules(), where)


def best_portfolio(
    problem: Problem,
    budget_gbp: float,
    *,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
    cuts: Sequence[Rows] = (),
) -> Portfolio | None:
    """Return the best portfolio for a budget, with its proven bound.

    Solved by HiGHS. Above two million pairs of demand and site, and where the search ends without
    an answer, by greedy choice and exchange, with the gap to the bound of the relaxed problem.

    Parameters
    ----------
    budget_gbp
        Above zero.
    node_limit, gap
        Where the search stops.
    cuts
        More rows over the sites (portfolios already known, left out); only with them can there be
        no portfolio, which is then None.

    Raises
    ------
    StudyError
        Naming the rules that clash, where no portfolio meets them all.

    Notes
    -----
    Church and ReVelle (1974), with ``sum c_j x_j <= B``: maximise ``sum a_i y_i + sum b_j x_j``
    subject to ``y_i <= sum_{j in N_i} x_j``; y is left continuous, since it is whole where x is.
    With capacities, ``z_ij`` is the share of group i served by j:
    ``sum_j z_ij <= 1``, ``z_ij <= x_j``, ``sum_i a_i z_ij <= K_j x_j``.
    """
    groups = rule_groups(
        problem.rules, problem.costs_gbp, budget_gbp, problem.site_id, where=problem.where
    )
    extra = [Group("", rows) for rows in cuts]
    if problem.cover.groups.nnz > LARGEST_EXACT:
        found = relaxed_bound(_ample(problem), [*groups, *extra])
    else:
        found = search(problem, [*groups, *extra], node_limit, gap)
    if found.infeasible:
        names = clashing(groups, len(problem.costs_gbp))
        if names:
            raise StudyError(Fault(problem.where, *clash_text(names)))
        return None
    return _portfolio(problem, found, [*groups, *extra], budget_gbp, node_limit, gap)


def _portfolio(
    problem: Problem,
    found: Found,
    groups: list[Group],
    budget: float,
    node_limit: int,
    gap: float,
) -> Portfolio | None:
    chosen, objective, method = found.chosen, found.objective, "exact"
    limit = found.bound
    if not np.isfinite(limit):
        limit = relaxed_bound(_ample(problem), groups).bound
    proven = chosen is not None and limit - objective <= gap * abs(limit) + 1e-9
    if not proven:
        other = greedy_swap(_ample(problem).cover, problem.costs_gbp, groups, _worth(problem))
        if other is not None and problem.value(other) > objective:
            chosen, objective, method = other, problem.value(other), "greedy and swap"
    if chosen is not None:
        chosen = _without_idle(problem, chosen, groups)
        objective = problem.value(chosen)
    if chosen is None:
        problem_text = f"no portfolio was found within {node_limit:,} nodes"
        raise StudyError(Fault(problem.where, problem_text, "raise the limit of nodes"))
    bound = max(limit, objective)
    gap_pct = 100.0 * (bound - objective) / abs(bound) if bound else 0.0
    own = float(problem.site_benefit[chosen].sum())
    worth = problem.worth_per_unit
    return Portfolio(
        chosen=chosen,
        objective=objective,
        bound=bound,
        gap_pct=gap_pct,
        covered=(objective - own) / worth if worth else problem.cover.covered(chosen),
        cost_gbp=problem.cost(chosen),
        budget_gbp=budget,
        status=_in_words(gap_pct, gap, found.nodes, node_limit),
        method=method,
        nodes=found.nodes,
    )


def _ample(problem: Problem) -> Problem:
    """Return the problem without limits of capacity, whose bound also holds with them."""
    return replace(problem, cover=replace(problem.cover, capacity=None))


def _worth(problem: Problem) -> tuple[float, Floats]:
    return problem.worth_per_unit, problem.site_benefit


def _without_idle(problem: Problem, chosen: Booleans, groups: list[Group]) -> Booleans:
    """Drop sites that bring nothing more, dearest first, where the rules allow it."""
    if problem.cover.capacity is not None:
        return _without_spare(problem, chosen, groups)
    kept = chosen.copy()
    reached_by = problem.cover.groups @ kept.astype(np.float64)
    columns = problem.cover.groups.tocsc()
    for site in np.lexsort((np.flatnonzero(kept), -problem.costs_gbp[kept])):
        at = int(np.flatnonzero(chosen)[site])
        mine = columns.indices[columns.indptr[at] : columns.indptr[at + 1]]
        if problem.site_benefit[at] > 0 or (reached_by[mine] == 1).any():
            continue
        kept[at] = False
        if any(group.broken_by(kept) for group in groups):
            kept[at] = True
        else:
            reached_by[mine] -= 1
    return kept


def _without_spare(problem: Problem, chosen: Booleans, groups: list[Group]) -> Booleans:
    """Drop sites without which the others serve as much, dearest first, where the rules allow it."""
    kept, worth = chosen.copy(), problem.value(chosen)
    clearly = worth - CLEARLY * max(1.0, abs(worth))
    most = _bounds(problem, kept)
    for site in sorted(np.flatnonzero(chosen), key=lambda at: (-problem.costs_gbp[at], at)):
        if most[site] < clearly:
            continue
        kept[site] = False
        if any(group.broken_by(kept) for group in groups) or problem.value(kept) < worth:
            kept[site] = True
        else:
            most = _bounds(problem, kept)
    return kept


def _bounds(problem: Problem, kept: Booleans) -> Floats:
    """Return what the others bring at most without a site, for each that is kept."""
    most = np.full(len(kept), np.inf)
    most[kept] = problem.most_without(kept)
    return most


def _in_words(gap_pct: float, gap: float, nodes: int, node_limit: int) -> str:
    if gap_pct <= 1e-7:
        return "proved to be the best"
    if gap_pct <= 100 * gap + 1e-9:
        return f"proved to be within {max(gap_pct, 0.001):.3f} % of the best"
    limit = f"stopped at {node_limit:,} nodes" if nodes >= node_limit else "not proved"
    return f"{limit}: the best possible is at most {gap_pct:.2f} % better"
