"""Location models of the textbooks, solved exactly: cover all, cover most, and p-median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, StudyError
from scenarios.milp import GAP, NODE_LIMIT, Rows, maximise
from scenarios.portfolio import Portfolio, best_portfolio, problem_of
from scenarios.rules import Rules

__all__ = ["Location", "cover_all", "cover_most", "cover_most_for_budget", "p_median"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Location:
    """Chosen sites, the objective, and how good that is proven to be.

    Attributes
    ----------
    chosen
        Whether each site is chosen.
    objective
        In the model's own unit: sites, demand or weighted distance.
    bound
        Nothing better than this is possible.
    gap_pct
        Distance between the two, in percent of the objective.
    """

    chosen: Booleans
    objective: float
    bound: float
    gap_pct: float


def cover_all(
    covers: sp.csr_array,
    *,
    costs_gbp: ArrayLike | None = None,
    node_limit: int = NODE_LIMIT,
    where: str = "location",
) -> Location:
    """Return the fewest sites that reach every demand point; among equals the cheapest.

    Parameters
    ----------
    covers
        Demand points by sites (`scenarios.cover.cover_matrix`).
    costs_gbp
        Decide between sets of as many sites.

    Raises
    ------
    StudyError
        Where a demand point is out of every site's reach.

    Notes
    -----
    LSCP, Toregas et al. (1971): minimise ``sum x_j`` so that ``sum_{j in N_i} x_j >= 1``.

    Examples
    --------
    >>> cover_all(sp.csr_array([[1, 0, 1], [0, 1, 1]])).chosen.tolist()
    [False, False, True]
    """
    matrix = sp.csr_array(covers).astype(np.float64)
    sites = matrix.shape[1]
    out_of_reach = np.flatnonzero(np.diff(matrix.indptr) == 0)
    if len(out_of_reach):
        problem = (
            f"{len(out_of_reach)} demand points are out of reach of every site, "
            f"the first in place {out_of_reach[0] + 1}"
        )
        raise StudyError(Fault(where, problem, "add sites, widen the reach, or leave them out"))
    cost = np.zeros(sites) if costs_gbp is None else np.asarray(costs_gbp, dtype=np.float64)
    # All costs together count less than one site, so the number of sites comes first
    weight = 1.0 + cost / (cost.sum() + 1.0)
    height = matrix.shape[0]
    found = maximise(
        -weight,
        [Rows(matrix, np.ones(height), np.full(height, np.inf))],
        integer=np.ones(sites, dtype=bool),
        upper=np.ones(sites),
        node_limit=node_limit,
        gap=0.0,
    )
    chosen = _whole(found.x, sites, node_limit, where)
    least = float(np.ceil(-found.bound * (1 - 1e-9) - float(cost.sum()) / (cost.sum() + 1.0)))
    return _location(chosen, float(chosen.sum()), max(least, 0.0))


def cover_most(
    covers: sp.csr_array,
    demand: ArrayLike,
    sites: int,
    *,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
) -> Portfolio:
    """Return the sites, so many at most, that reach the most demand.

    Notes
    -----
    MCLP, Church and ReVelle (1974): maximise ``sum a_i y_i`` so that
    ``y_i <= sum_{j in N_i} x_j`` and ``sum x_j = p``. A site that reaches nobody more is left out.
    """
    count = covers.shape[1]
    rules = Rules(most_sites=sites)
    return _chosen(covers, demand, np.zeros(count), 1.0, rules, node_limit, gap)


def cover_most_for_budget(
    covers: sp.csr_array,
    demand: ArrayLike,
    costs_gbp: ArrayLike,
    budget_gbp: float,
    *,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
) -> Portfolio:
    """Return the sites within a budget that reach the most demand."""
    cost = np.asarray(costs_gbp, dtype=np.float64)
    return _chosen(covers, demand, cost, budget_gbp, Rules(), node_limit, gap)


def _chosen(
    covers: sp.csr_array,
    demand: ArrayLike,
    cost: Floats,
    budget: float,
    rules: Rules,
    node_limit: int,
    gap: float,
) -> Portfolio:
    names = _names(len(cost))
    problem = problem_of(covers, demand, cost, site_id=names, rules=rules, where="location")
    found = best_portfolio(problem, budget, node_limit=node_limit, gap=gap)
    if found is None:  # only rules can leave nothing, and then they are named
        raise StudyError(Fault("location", "no choice of sites is possible", "check the rules"))
    return found


def _names(count: int) -> Sequence[str]:
    return [f"site {i + 1}" for i in range(count)]


def p_median(
    distance: ArrayLike,
    demand: ArrayLike,
    sites: int,
    *,
    node_limit: int = NODE_LIMIT,
    gap: float = 0.0,
    where: str = "location",
) -> Location:
    """Return the sites that keep demand, weighted, closest to its nearest chosen site.

    Parameters
    ----------
    distance
        Demand points by sites, zero or more, in one unit.
    demand
        Weight of each demand point.
    sites
        How many to choose.

    Raises
    ------
    StudyError
        Where there are not so many sites, or a distance is not known.

    Notes
    -----
    Hakimi (1964). Written by radius rather than by assignment (Elloumi, 2010): with the distances
    ``D_1 < D_2 < ...`` of point i, ``u_ik`` says that no chosen site lies within ``D_k``, and the
    cost of i is ``D_1 + sum_k (D_{k+1} - D_k) u_ik``. The relaxed bound is that of the assignment
    form, with fewer rows; no point goes further than its (m - p + 1)-th nearest site.

    Examples
    --------
    >>> found = p_median([[2, 7, 9], [8, 3, 6], [5, 6, 1], [9, 4, 3]], [10, 20, 15, 5], 2)
    >>> found.chosen.tolist(), found.objective
    ([False, True, True], 160.0)
    """
    metres = np.atleast_2d(np.asarray(distance, dtype=np.float64))
    weight = np.asarray(demand, dtype=np.float64)
    _check_median(metres, weight, sites, where)
    count = metres.shape[1]
    rows, objective, fixed = _radius_rows(metres, weight, sites)
    width = len(objective)
    number = sp.csr_array((np.ones(count), (np.zeros(count, int), np.arange(count))), (1, width))
    exactly = np.array([float(sites)])
    found = maximise(
        -objective,
        [rows, Rows(number, exactly, exactly)],
        integer=np.arange(width) < count,
        upper=np.ones(width),
        node_limit=node_limit,
        gap=gap,
    )
    chosen = _whole(None if found.x is None else found.x[:count], count, node_limit, where)
    total = float((weight * metres[:, chosen].min(axis=1)).sum())
    return _location(chosen, total, min(total, fixed - found.bound))


def _radius_rows(metres: Floats, weight: Floats, sites: int) -> tuple[Rows, Floats, float]:
    """Return the rows, the objective and its constant, sites first, then radii in turn."""
    count = metres.shape[1]
    at_row, at_column, value = [], [], []
    steps: list[float] = []
    low: list[float] = []
    fixed = 0.0
    furthest = count - sites
    order = np.argsort(metres, axis=1, kind="stable")
    for point, near in enumerate(order):
        sorted_to = metres[point, near[: furthest + 1]]
        levels = np.unique(sorted_to)
        fixed += weight[point] * levels[0]
        first = len(steps)
        steps += list(weight[point] * np.diff(levels))
        low += [1.0 if k == 0 else 0.0 for k in range(len(levels) - 1)]
        level_of = np.searchsorted(levels, sorted_to)
        for k in range(len(levels) - 1):
            row, inside = first + k, near[: furthest + 1][level_of == k]
            at_row += [row] * (len(inside) + 1)
            at_column += [*inside.tolist(), count + row]
            value += [1.0] * (len(inside) + 1)
            if k:
                at_row.append(row)
                at_column.append(count + row - 1)
                value.append(-1.0)
    height = len(steps)
    matrix = sp.csr_array((value, (at_row, at_column)), shape=(height, count + height))
    objective = np.concatenate([np.zeros(count), steps])
    return Rows(matrix, np.array(low), np.full(height, np.inf)), objective, float(fixed)


def _check_median(metres: Floats, weight: Floats, sites: int, where: str) -> None:
    faults = []
    if not 1 <= sites <= metres.shape[1]:
        problem = f"{sites} sites are to be chosen out of {metres.shape[1]}"
        faults.append(Fault(where, problem, f"choose from 1 to {metres.shape[1]}"))
    if not (np.isfinite(metres) & (metres >= 0)).all():
        mend = "leave out points that no site can serve"
        faults.append(Fault(where, "a distance is missing or negative", mend))
    if weight.shape != (len(metres),) or not (np.isfinite(weight) & (weight >= 0)).all():
        mend = "give one weight of zero or more for each demand point"
        faults.append(Fault(where, "a demand weight is missing or negative", mend))
    if faults:
        raise StudyError(faults)


def _whole(x: Floats | None, sites: int, node_limit: int, where: str) -> Booleans:
    if x is None:
        problem = f"no answer was found within {node_limit:,} nodes"
        raise StudyError(Fault(where, problem, "raise the limit of nodes"))
    return x[:sites] > 0.5


def _location(chosen: Booleans, objective: float, bound: float) -> Location:
    gap_pct = 100.0 * (objective - bound) / objective if objective else 0.0
    return Location(chosen, objective, bound, max(gap_pct, 0.0))
