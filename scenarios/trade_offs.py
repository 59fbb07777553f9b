"""What a portfolio is worth at other budgets, and which others are nearly as good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from scenarios.milp import GAP, NODE_LIMIT, Rows
from scenarios.portfolio import Portfolio, Problem, best_portfolio
from scenarios.rules import clashing, rule_groups

__all__ = [
    "Alternative",
    "BudgetStep",
    "alternatives",
    "budget_steps",
    "differences",
    "front_of",
    "pareto",
]

STEPS = 10
WITHIN = 0.01


@dataclass(frozen=True)
class BudgetStep:
    """A budget and the best portfolio for it.

    Attributes
    ----------
    budget_gbp
        The money there would be.
    portfolio
        The best for it; None where the rules cannot be met for so little.
    note
        What can be said in words: the clash where there is no portfolio, else empty.
    """

    budget_gbp: float
    portfolio: Portfolio | None
    note: str = ""


@dataclass(frozen=True)
class Alternative:
    """Another portfolio nearly as good.

    Attributes
    ----------
    portfolio
        The sites, and what they bring.
    short_pct
        How much less it brings than the best, in percent.
    enters, leaves
        Positions of the sites that it has and the best has not, and the other way round.
    """

    portfolio: Portfolio
    short_pct: float
    enters: tuple[int, ...]
    leaves: tuple[int, ...]


def budget_steps(
    problem: Problem,
    budgets_gbp: Sequence[float],
    *,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
    known: Portfolio | None = None,
) -> list[BudgetStep]:
    """Return the best portfolio for each budget, in rising order of budget.

    For the value of another tenth, ask for 0.9, 1 and 1.1 times the budget. A portfolio that is `known`
    stands at its own budget.

    A portfolio of a smaller budget is also one of a larger, so where the larger search ends with
    less (within its gap), the smaller's portfolio stands: a larger budget never buys less.
    """
    steps: list[BudgetStep] = []
    best: Portfolio | None = None
    for budget in sorted({float(b) for b in budgets_gbp}):
        names = _clash_at(problem, budget)
        if names:
            told = " and ".join(names)
            steps.append(BudgetStep(budget, None, f"no portfolio is possible: {told}"))
            continue
        if known is not None and isclose(budget, known.budget_gbp):
            found: Portfolio | None = known
        else:
            found = best_portfolio(problem, budget, node_limit=node_limit, gap=gap)
        if found is not None and best is not None and found.objective < best.objective:
            found = _same_sites(best, found)
        best = found if found is not None else best
        steps.append(BudgetStep(budget, found))
    return steps


def pareto(
    problem: Problem,
    budget_gbp: float,
    *,
    steps: int = STEPS,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
) -> list[Portfolio]:
    """Return the front of cost against benefit: no portfolio here costs more and brings no more.

    The epsilon-constraint method: the best portfolio at evenly spaced limits of cost up to the
    budget, the front's points at those limits and not all of its points.

    Parameters
    ----------
    budget_gbp
        The largest limit.
    steps
        How many limits.
    """
    limits = [budget_gbp * (k + 1) / steps for k in range(steps)]
    return front_of(budget_steps(problem, limits, node_limit=node_limit, gap=gap))


def front_of(steps: Sequence[BudgetStep]) -> list[Portfolio]:
    """Return the portfolios of rising budgets that cost more only where they bring more."""
    front: list[Portfolio] = []
    for step in steps:
        new = step.portfolio
        if new is None or not new.chosen.any():
            continue
        if front and new.objective <= front[-1].objective * (1 + 1e-12):
            continue
        while front and front[-1].cost_gbp >= new.cost_gbp:
            front.pop()
        front.append(new)
    return front


def alternatives(
    problem: Problem,
    best: Portfolio,
    *,
    within: float = WITHIN,
    most: int = 10,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
) -> tuple[list[Alternative], bool]:
    """Return other portfolios within a share of the best, best first, and whether that is all.

    Each must leave out at least one site of every portfolio already found, so that adding a site
    that brings little is not told as another choice.

    Parameters
    ----------
    best
        From `best_portfolio`, of the same problem.
    within
        Share of the objective that an alternative may fall short.
    most
        Stop after so many; the second result then is False.
    """
    floor = best.objective - within * abs(best.objective)
    found: list[Alternative] = []
    cuts = [_leave_one_out(best.chosen)]
    while len(found) < most:
        if any(not rows.matrix.nnz for rows in cuts):
            return found, True
        other = best_portfolio(problem, best.budget_gbp, node_limit=node_limit, gap=gap, cuts=cuts)
        if other is None or other.objective < floor:
            return found, other is None or other.bound < floor
        cuts.append(_leave_one_out(other.chosen))
        short = best.objective - other.objective
        found.append(
            Alternative(
                other,
                max(100.0 * short / abs(best.objective), 0.0) if best.objective else 0.0,
                tuple(int(i) for i in np.flatnonzero(other.chosen & ~best.chosen)),
                tuple(int(i) for i in np.flatnonzero(best.chosen & ~other.chosen)),
            )
        )
    return found, False


def differences(found: Sequence[Alternative], complete: bool, site_id: Sequence[str]) -> str:
    """Return one sentence on how many portfolios are nearly as good and where they differ.

    Examples
    --------
    >>> differences([], True, ["a", "b"])
    'No other portfolio comes within the margin.'
    """
    if not found:
        return (
            "No other portfolio comes within the margin."
            if complete
            else "Whether another portfolio comes within the margin was not proved."
        )
    moving = sorted({i for other in found for i in (*other.enters, *other.leaves)})
    count = f"{'' if complete else 'At least '}{len(found)} other portfolio{'s' * (len(found) > 1)}"
    verb = "comes" if len(found) == 1 else "come"
    furthest = max(0.01, *(other.short_pct for other in found))  # as many digits as are printed
    names = ", ".join(site_id[i] for i in moving)
    sites = "1 site" if len(moving) == 1 else f"{len(moving)} sites"
    whose = "It differs" if len(found) == 1 else "They differ"
    return f"{count} {verb} within {furthest:.2f} % of the best. {whose} in {sites}: {names}."


def _clash_at(problem: Problem, budget: float) -> list[str]:
    groups = rule_groups(
        problem.rules, problem.costs_gbp, budget, problem.site_id, where=problem.where
    )
    return clashing(groups, len(problem.costs_gbp))


def _same_sites(smaller: Portfolio, larger: Portfolio) -> Portfolio:
    bound = max(larger.bound, smaller.objective)
    gap_pct = 100.0 * (bound - smaller.objective) / abs(bound) if bound else 0.0
    return Portfolio(
        chosen=smaller.chosen,
        objective=smaller.objective,
        bound=bound,
        gap_pct=gap_pct,
        covered=smaller.covered,
        cost_gbp=smaller.cost_gbp,
        budget_gbp=larger.budget_gbp,
        status="the portfolio of a smaller budget; "
        f"the best possible is at most {gap_pct:.3f} % better",
        method=smaller.method,
        nodes=larger.nodes,
    )


def _leave_one_out(chosen: NDArray[np.bool_]) -> Rows:
    row = -chosen.astype(np.float64)[None, :]
    return Rows(sp.csr_array(row), np.array([1.0 - chosen.sum()]), np.array([np.inf]))
