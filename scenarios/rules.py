"""What a portfolio must hold to besides its budget, and which of those rules clash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from scenarios.milp import Rows, maximise

__all__ = ["Group", "Minimum", "Rules", "clash_text", "clashing", "rule_groups"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
SLACK = 1e-9


@dataclass(frozen=True)
class Minimum:
    """At least so many sites of a kind: a district's share, say.

    Attributes
    ----------
    label
        What they have in common, for messages: `Walsall`.
    sites
        Positions of the sites that count.
    at_least
        How many of them must be chosen.
    """

    label: str
    sites: tuple[int, ...]
    at_least: int


@dataclass(frozen=True)
class Rules:
    """Rules between sites, which are given by position.

    Attributes
    ----------
    must_have, must_not
        Sites that are in, or out, whatever they bring.
    exclusive
        Sets of sites of which one at most may be chosen (one building in two roles).
    needs
        Pairs (a, b): a may be chosen only with b.
    minimums
        Least numbers by district or theme.
    most_sites
        Largest number of sites.
    """

    must_have: tuple[int, ...] = ()
    must_not: tuple[int, ...] = ()
    exclusive: tuple[tuple[int, ...], ...] = ()
    needs: tuple[tuple[int, int], ...] = ()
    minimums: tuple[Minimum, ...] = ()
    most_sites: int | None = None


@dataclass(frozen=True)
class Group:
    """One rule as rows over the sites, with its name for messages."""

    label: str
    rows: Rows

    def broken_by(self, chosen: Booleans) -> bool:
        """Return whether the chosen sites break the rule."""
        sums = self.rows.matrix @ chosen.astype(np.float64)
        slack = SLACK * np.maximum(1.0, np.abs(sums))
        return bool(((sums < self.rows.low - slack) | (sums > self.rows.high + slack)).any())


def rule_groups(
    rules: Rules,
    costs_gbp: Floats,
    budget_gbp: float,
    site_id: Sequence[str],
    *,
    where: str = "portfolio",
) -> list[Group]:
    """Return every rule and the budget as rows, in a fixed order.

    Raises
    ------
    StudyError
        Where the budget is not above zero, or a rule contradicts itself or names no such site.
    """
    count = len(costs_gbp)
    _check(rules, costs_gbp, budget_gbp, site_id, where)
    unknown = np.isnan(costs_gbp)
    out = np.zeros(count, dtype=bool)
    out[list(rules.must_not)] = True
    groups = [
        _group(
            f"the budget of {budget_gbp:,.0f} pounds",
            [np.where(unknown, 0.0, costs_gbp)],
            -np.inf,
            budget_gbp,
        )
    ]
    if rules.most_sites is not None:
        label = f"at most {rules.most_sites} sites"
        groups.append(_group(label, [np.ones(count)], -np.inf, rules.most_sites))
    if out.any():
        groups.append(_group("the sites ruled out", _unit(np.flatnonzero(out), count), 0, 0))
    if (unknown & ~out).any():
        label = "the sites whose cost is not known"
        groups.append(_group(label, _unit(np.flatnonzero(unknown & ~out), count), 0, 0))
    groups += [
        _group(f"{site_id[site]} must be chosen", _unit([site], count), 1, 1)
        for site in rules.must_have
    ]
    for sites in rules.exclusive:
        label = f"only one of {', '.join(site_id[i] for i in sites)}"
        groups.append(_group(label, [_at(sites, count)], -np.inf, 1))
    for a, b in rules.needs:
        row = _at([a], count) - _at([b], count)
        groups.append(_group(f"{site_id[a]} needs {site_id[b]}", [row], -np.inf, 0))
    for minimum in rules.minimums:
        label = f"at least {minimum.at_least} in {minimum.label}"
        groups.append(_group(label, [_at(minimum.sites, count)], minimum.at_least, np.inf))
    return groups


def clashing(groups: list[Group], sites: int) -> list[str]:
    """Return the names of rules that cannot hold together, none of which can be spared.

    A deletion filter: each rule in turn is left out, and stays out while the rest still clash.
    Empty where the rules can all hold.
    """
    if not _infeasible(groups, sites):
        return []
    kept = list(groups)
    for group in groups:
        without = [other for other in kept if other is not group]
        if _infeasible(without, sites):
            kept = without
    return [group.label for group in kept]


def clash_text(names: Sequence[str]) -> tuple[str, str]:
    """Return the problem and the mend of rules that cannot hold together."""
    told = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    cannot = "cannot be met" if len(names) == 1 else "cannot all be met"
    mend = "relax it" if len(names) == 1 else "relax one of them; each alone would do"
    return f"no portfolio is possible: {told} {cannot}", mend


def _infeasible(groups: list[Group], sites: int) -> bool:
    if not any(group.broken_by(np.zeros(sites, dtype=bool)) for group in groups):
        return False  # to choose nothing breaks none of them
    found = maximise(
        np.zeros(sites),
        [group.rows for group in groups],
        integer=np.ones(sites, dtype=bool),
        upper=np.ones(sites),
    )
    return found.infeasible


def _group(label: str, rows: Sequence[Floats] | sp.csr_array, low: float, high: float) -> Group:
    matrix = rows if isinstance(rows, sp.csr_array) else sp.csr_array(np.atleast_2d(rows))
    height = matrix.shape[0]
    return Group(label, Rows(matrix, np.full(height, float(low)), np.full(height, float(high))))


def _unit(sites: Sequence[int] | NDArray[np.int64], count: int) -> sp.csr_array:
    at = np.asarray(sites, dtype=np.int64)
    rows = np.arange(len(at))
    return sp.csr_array((np.ones(len(at)), (rows, at)), shape=(len(at), count))


def _at(sites: Sequence[int], count: int) -> Floats:
    row = np.zeros(count)
    row[list(sites)] = 1.0
    return row


def _check(rules: Rules, costs: Floats, budget: float, site_id: Sequence[str], where: str) -> None:
    faults = []
    if not budget > 0 or not np.isfinite(budget):
        mend = "give a budget above zero"
        faults.append(Fault(where, f"the budget is {budget:g} pounds", mend, column="budget_gbp"))
    negative = np.flatnonzero(costs < 0)
    if len(negative):
        problem = f"the cost of {site_id[negative[0]]} is {costs[negative[0]]:,.0f} pounds"
        faults.append(Fault(where, problem, "give zero or more"))
    named = [*rules.must_have, *rules.must_not, *(i for group in rules.exclusive for i in group)]
    named += [i for pair in rules.needs for i in pair]
    named += [i for minimum in rules.minimums for i in minimum.sites]
    if any(not 0 <= i < len(costs) for i in named):
        problem = f"a rule names a site beyond the {len(costs)} candidates"
        raise StudyError([*faults, Fault(where, problem, "name a candidate")])
    for site in rules.must_have:
        if site in rules.must_not:
            problem = f"{site_id[site]} must be chosen and must not be chosen"
            faults.append(Fault(where, problem, "take one of the two rules out"))
        elif np.isnan(costs[site]):
            problem = f"{site_id[site]} must be chosen, but its cost is not known"
            faults.append(Fault(where, problem, "give its cost"))
    if rules.most_sites is not None and rules.most_sites < 0:
        faults.append(Fault(where, "the largest number of sites is negative", "give 0 or more"))
    if faults:
        raise StudyError(faults)
