"""The exact choice of a case under its budget, beside the walk down the ranking.

What is maximised is the outcome that the scenario counts (premises uplifted, target premises, desks), each
unit once however many chosen sites reach it. Cost stands in the budget and nowhere else. Scores of
single sites are not added up: that would pay for many cheap sites that serve nobody twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenarios.choice_parts import Found, found_of, part_of
from scenarios.counted import Counted, counted
from scenarios.judgement import RANKED, TO_VERIFY, Judgement
from scenarios.keeping import kept
from scenarios.portfolio import Portfolio, Problem, best_portfolio, problem_of
from scenarios.profile import Profile
from scenarios.rules import Rules
from scenarios.scenario import Options
from scenarios.trade_offs import Alternative, BudgetStep, alternatives, budget_steps, front_of

__all__ = ["CHOSEN", "IF_VERIFIED", "CaseChoice", "SetChoice", "choose"]

Mask = NDArray[np.bool_]
CHOSEN, IF_VERIFIED = "chosen", "if_verified"
TENTHS = 10
NODES = 200
GAP = 1e-3
MOST = 5


@dataclass(frozen=True)
class SetChoice:
    """One set of sites that may be chosen: the walk, the exact portfolio and what lies around it.

    Attributes
    ----------
    problem
        None where no site may be chosen; then nothing else is there.
    walk
        The walk down the ranking, and what it brings in the same objective.
    steps
        One tenth to eleven tenths of the budget.
    complete
        Whether no further alternative comes within the margin.
    """

    walk: Mask
    problem: Problem | None = None
    walk_value: float = float("nan")
    best: Portfolio | None = None
    front: tuple[Portfolio, ...] = ()
    steps: tuple[BudgetStep, ...] = ()
    others: tuple[Alternative, ...] = ()
    complete: bool = True

    @property
    def exact(self) -> Mask:
        """The exact portfolio; none where there is none."""
        return np.zeros(len(self.walk), dtype=bool) if self.best is None else self.best.chosen


@dataclass(frozen=True)
class CaseChoice:
    """Both sets of a case (`chosen`: sites that pass every gate; `if_verified`: open gates too)."""

    sets: Mapping[str, SetChoice]
    count: Counted


def choose(options: Options, judgement: Judgement, profile: Profile, *, where: str) -> CaseChoice:
    """Return the exact choice of a case, for the sites that pass and for those to verify too."""
    count = counted(options, profile, judgement.capacity)
    sites = tuple(str(site) for site in options.sites["id"])
    status = judgement.status
    sets: dict[str, SetChoice] = {}
    for name, allowed, walk, rules in (
        (CHOSEN, status == RANKED, judgement.chosen, judgement.rules),
        (IF_VERIFIED, np.isin(status, [RANKED, TO_VERIFY]), judgement.chosen_if_verified, judgement.rules_if_verified),
    ):  # fmt: skip
        may = allowed & ~np.isnan(judgement.capital[1])
        before = sets.get(CHOSEN)
        if before is not None and not ((status == TO_VERIFY) & may).any():
            sets[name] = before
            continue
        sets[name] = _of_set(count, judgement, may, walk, rules, sites, where)
    return CaseChoice(sets, count)


def _of_set(
    count: Counted,
    judgement: Judgement,
    may: Mask,
    walk: Mask,
    rules: Rules,
    sites: tuple[str, ...],
    where: str,
) -> SetChoice:
    if not may.any() or not judgement.budget_gbp > 0:
        return SetChoice(walk)
    shut = tuple(int(i) for i in np.flatnonzero(~may))
    problem = problem_of(
        count.cover,
        count.demand,
        judgement.capital[1],
        site_id=sites,
        site_benefit=count.own,
        capacity=count.capacity,
        rules=_shut(rules, shut),
        where=where,
    )
    budget = judgement.budget_gbp
    cover = problem.cover
    reach = (cover.groups.indptr, cover.groups.indices, cover.demand, cover.capacity)
    given = (problem.costs_gbp, problem.site_benefit, problem.site_id, problem.rules, budget)
    part = kept("choice", (*reach, *given), lambda: part_of(_found(problem, budget)))
    best, steps, others, complete = found_of(part, len(sites))
    if best is None:  # only cuts can leave none, and there are none here
        return SetChoice(walk)
    return SetChoice(
        walk=walk,
        problem=problem,
        walk_value=problem.value(walk),
        best=best,
        front=tuple(front_of(steps[:TENTHS])),
        steps=tuple(steps),
        others=tuple(others),
        complete=complete,
    )


def _found(problem: Problem, budget: float) -> Found:
    """Return the best portfolio, those of other budgets, and others nearly as good."""
    best = best_portfolio(problem, budget, node_limit=NODES)
    if best is None:
        return None, (), (), True
    others, complete = alternatives(problem, best, most=MOST, node_limit=NODES, gap=GAP)
    # tenths of the budget: the front, and the value of a tenth less or more
    budgets = [budget * tenth / TENTHS for tenth in range(1, TENTHS + 2)]
    steps = budget_steps(problem, budgets, node_limit=NODES, gap=GAP, known=best)
    return best, steps, others, complete


def _shut(rules: Rules, shut: tuple[int, ...]) -> Rules:
    return Rules(
        rules.must_have,
        tuple(dict.fromkeys((*rules.must_not, *shut))),
        rules.exclusive,
        rules.needs,
        rules.minimums,
        rules.most_sites,
    )
