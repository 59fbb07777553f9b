"""A choice of sites as a problem, and that problem as a mixed-integer programme."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from scenarios.capacity import pairs_of
from scenarios.cover import Cover, merge_alike
from scenarios.milp import Rows
from scenarios.rules import Group, Rules

__all__ = ["Problem", "model_of", "narrowed", "served_rows", "widened"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Problem:
    """Sites to choose from, what each reaches and costs, and the rules.

    Attributes
    ----------
    cover
        Demand by the sites that reach it, points of identical reach merged, and what sites can hold.
    costs_gbp
        Capital cost; NaN where not known, and then the site cannot be chosen.
    site_id
        Names of the sites.
    site_benefit
        What each chosen site brings besides coverage, in the unit of the objective.
    worth_per_unit
        What a unit of covered demand counts in the objective.
    rules
        What a portfolio must hold to.
    """

    cover: Cover
    costs_gbp: Floats
    site_id: tuple[str, ...]
    site_benefit: Floats
    worth_per_unit: float
    rules: Rules
    where: str

    def value(self, chosen: Booleans) -> float:
        """Return the objective of a choice."""
        return self.worth_per_unit * self.cover.covered(chosen) + float(
            self.site_benefit[chosen].sum()
        )

    def most_without(self, chosen: Booleans) -> Floats:
        """Return bounds that the objective is never above without one of the chosen sites, for each in turn."""
        own = self.site_benefit[chosen]
        most = self.worth_per_unit * self.cover.most_without(chosen) + own.sum() - own
        return np.asarray(most, dtype=np.float64)

    def cost(self, chosen: Booleans) -> float:
        """Return the capital cost of a choice."""
        return float(self.costs_gbp[chosen].sum())


def model_of(problem: Problem, groups: list[Group]) -> tuple[Floats, list[Rows], Floats]:
    """Return objective, rows and upper bounds: sites first, then what is served."""
    if problem.cover.capacity is not None:
        return _capacity_model(problem, groups, problem.cover.capacity)
    cover, sites = problem.cover, len(problem.costs_gbp)
    alone = np.diff(cover.groups.indptr) == 1
    own = problem.site_benefit.copy()
    # A group that one site reaches is covered exactly when that site is chosen
    only = cover.groups[np.flatnonzero(alone)].indices
    np.add.at(own, only, problem.worth_per_unit * cover.demand[alone])
    shared = cover.groups[np.flatnonzero(~alone)]
    count = shared.shape[0]
    reach = sp.hstack([-shared, sp.eye_array(count, format="csr")], format="csr")
    rows = [Rows(reach, np.full(count, -np.inf), np.zeros(count))] if count else []
    rows += [widened(group.rows, sites + count) for group in groups]
    objective = np.concatenate([own, problem.worth_per_unit * cover.demand[~alone]])
    return objective, rows, np.ones(sites + count)


def _capacity_model(
    problem: Problem, groups: list[Group], capacity: Floats
) -> tuple[Floats, list[Rows], Floats]:
    cover, sites = problem.cover, len(problem.costs_gbp)
    width = sites + cover.groups.nnz
    rows = [
        *served_rows(cover, capacity, first=0, columns=sites, width=width),
        *(widened(each.rows, width) for each in groups),
    ]
    worth = problem.worth_per_unit * cover.demand[pairs_of(cover.groups)[0]]
    return np.concatenate([problem.site_benefit, worth]), rows, np.ones(width)


def served_rows(
    cover: Cover, capacity: Floats, *, first: int, columns: int, width: int
) -> list[Rows]:
    """Return the rows of what sites of limited capacity serve, a column for each pair within reach.

    Each group is served once, by chosen sites only, and no site serves more than it can hold.

    Parameters
    ----------
    first, columns
        Column of the first site of this cover, and of its first pair.
    width
        Number of all columns.
    """
    group, site = pairs_of(cover.groups)
    count = len(group)
    at, ones, demand = columns + np.arange(count), np.ones(count), cover.demand[group]
    one = np.arange(count)
    limited = np.flatnonzero(np.isfinite(capacity))
    once = sp.csr_array((ones, (group, at)), shape=(cover.groups.shape[0], width))
    opened = sp.csr_array(
        (
            np.concatenate([ones, -ones]),
            (np.concatenate([one, one]), np.concatenate([at, first + site])),
        ),
        shape=(count, width),
    )
    full = sp.csr_array((demand, (site, at)), shape=(len(capacity), width))[limited]
    room = sp.csr_array(
        (-capacity[limited], (np.arange(len(limited)), first + limited)), shape=full.shape
    )
    parts = (
        (once, np.ones(once.shape[0])),
        (opened, np.zeros(count)),
        (full + room, np.zeros(len(limited))),
    )
    return [Rows(sp.csr_array(part), np.full(part.shape[0], -np.inf), high) for part, high in parts]


def widened(rows: Rows, width: int) -> Rows:
    """Return rows over the sites as rows over all variables, the sites being the first."""
    height, sites = rows.matrix.shape
    matrix = sp.hstack([rows.matrix, sp.csr_array((height, width - sites))], format="csr")
    return Rows(matrix, rows.low, rows.high)


def narrowed(
    problem: Problem, groups: list[Group], keep: NDArray[np.int64]
) -> tuple[Problem, list[Group]]:
    """Return the problem and its rules with some sites only, demand merged anew."""
    smaller = replace(
        problem,
        cover=merge_alike(
            problem.cover.groups[:, keep],
            problem.cover.demand,
            capacity=None if problem.cover.capacity is None else problem.cover.capacity[keep],
        ),
        costs_gbp=problem.costs_gbp[keep],
        site_id=tuple(problem.site_id[i] for i in keep),
        site_benefit=problem.site_benefit[keep],
    )
    rows = [
        Group(each.label, Rows(each.rows.matrix[:, keep], each.rows.low, each.rows.high))
        for each in groups
    ]
    return smaller, rows
