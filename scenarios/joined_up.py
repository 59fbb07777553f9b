"""One plan across funds: work that several sites share is paid for once, and no fund is worse off.

It maximises the sum over funds of outcome / target outcome, each unit counted once a fund, cost in
the budgets only. The formulation stands in `docs/decisions/0017-joined-up-plan.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from scenarios.joined_up_model import (
    Choice,
    Fund,
    Goal,
    Joint,
    Route,
    Settled,
    Trench,
    Work,
    fits,
    settle,
)
from scenarios.joined_up_search import best_choice
from scenarios.portfolio import Portfolio, Problem, best_portfolio

__all__ = [
    "GAP",
    "NODE_LIMIT",
    "SAME_MONEY",
    "Floor",
    "Fund",
    "JoinedUp",
    "Joint",
    "Retrench",
    "Route",
    "Separate",
    "Settled",
    "Trench",
    "Work",
    "goal_of",
    "plan_jointly",
    "separate_plans",
    "settle",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Retrench = Callable[[Booleans], Trench | None]
Floor = Literal["same money", "own budget"]
SAME_MONEY: Floor = "same money"
ROUNDS = 4
GAP = 1e-3
NODE_LIMIT = 500


@dataclass(frozen=True)
class Separate:
    """What the funds do one by one, each with its best portfolio and no shared work.

    Attributes
    ----------
    chosen
        Per option.
    outcome, spent_gbp, budget_gbp, gap_pct
        One a fund; the budget holds the fund's part of the pot, if any was dealt out.
    """

    chosen: Booleans
    outcome: tuple[float, ...]
    spent_gbp: tuple[int, ...]
    budget_gbp: tuple[float, ...]
    gap_pct: tuple[float, ...]


@dataclass(frozen=True)
class JoinedUp:
    """A joined-up plan.

    Attributes
    ----------
    joint
        The problem, with the trench that the plan was found for.
    alone
        Each fund with its own budget.
    separate
        Each fund alone with the same money in all: a pot is dealt out in proportion to the budgets.
        None gets less than with its own budget.
    goal
        Targets and floors.
    chosen, by_trench
        Per option; per route whether it joins the shared trench.
    settled
        Who pays what.
    outcome, spent_gbp, from_pot_gbp
        One a fund.
    value, bound, gap_pct
        Sum of outcome / target; no plan over the same fixed trench has more than the bound.
    status
        How the search ended, in words.
    rounds
        How often the trench was drawn anew.
    """

    joint: Joint
    alone: Separate
    separate: Separate
    goal: Goal
    chosen: Booleans
    by_trench: Booleans
    settled: Settled
    outcome: tuple[float, ...]
    spent_gbp: tuple[int, ...]
    from_pot_gbp: tuple[int, ...]
    value: float
    bound: float
    gap_pct: float
    nodes: int
    status: str
    rounds: int

    @property
    def empty(self) -> bool:
        """Whether nothing is chosen."""
        return not bool(self.chosen.any())

    @property
    def separate_value(self) -> float:
        """Sum of outcome / target of the separate plans."""
        return self.goal.value(self.separate.outcome)


def separate_plans(
    joint: Joint,
    budgets_gbp: tuple[float, ...],
    *,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
) -> Separate:
    """Return the best portfolio of each fund on its own.

    Parameters
    ----------
    budgets_gbp
        One a fund, zero or more.
    """
    chosen = np.zeros(joint.size, dtype=bool)
    gaps = []
    for at, (fund, budget) in enumerate(zip(joint.funds, budgets_gbp, strict=True)):
        found = _portfolio(fund, budget, node_limit, gap)
        gaps.append(0.0 if found is None else found.gap_pct)
        if found is not None:
            chosen[joint.first[at] : joint.first[at + 1]] = found.chosen
    cost = np.where(chosen, joint.cost_gbp, 0)
    spent = np.bincount(joint.fund_of, weights=cost, minlength=len(joint.funds))
    return Separate(
        chosen=chosen,
        outcome=tuple(joint.outcomes(chosen)),
        spent_gbp=tuple(int(x) for x in spent),
        budget_gbp=budgets_gbp,
        gap_pct=tuple(gaps),
    )


def _portfolio(fund: Fund, budget: float, node_limit: int, gap: float) -> Portfolio | None:
    if not len(fund.site_id) or not budget > 0:
        return None
    cost = fund.cost_gbp.astype(np.float64)
    problem = Problem(
        fund.cover, cost, fund.site_id, fund.own, 1.0, fund.rules, f"the plan of {fund.key}"
    )
    return best_portfolio(problem, budget, node_limit=node_limit, gap=gap)


def _no_less(joint: Joint, richer: Separate, poorer: Separate) -> Separate:
    """Return the richer plans, with the poorer's where a search ended, within its gap, below it."""
    chosen, held = richer.chosen.copy(), list(zip(richer.outcome, richer.spent_gbp, strict=True))
    for at in range(len(joint.funds)):
        if poorer.outcome[at] > richer.outcome[at]:
            mine = slice(joint.first[at], joint.first[at + 1])
            chosen[mine] = poorer.chosen[mine]
            held[at] = poorer.outcome[at], poorer.spent_gbp[at]
    outcome, spent = zip(*held, strict=True) if held else ((), ())
    return replace(richer, chosen=chosen, outcome=tuple(outcome), spent_gbp=tuple(spent))


def goal_of(joint: Joint, alone: Separate, floor: Separate | None = None) -> Goal:
    """Return targets and floors: the fund's own target, else the outcome it reaches alone.

    A fund that reaches nothing alone aims at all that its sites could bring.

    Parameters
    ----------
    alone
        Each fund with its own budget.
    floor
        The plans below whose outcome no fund may fall; `alone` where not given.
    """
    targets = []
    for fund, outcome in zip(joint.funds, alone.outcome, strict=True):
        target = fund.target or outcome
        if not target:
            target = fund.reached(np.ones(len(fund.site_id), dtype=bool)) or 1.0
        targets.append(float(target))
    return Goal(tuple(targets), (floor or alone).outcome)


def plan_jointly(
    joint: Joint,
    *,
    goal: Goal | None = None,
    floor: Floor = SAME_MONEY,
    retrench: Retrench | None = None,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
) -> JoinedUp:
    """Find the joined-up plan.

    Parameters
    ----------
    joint
        Funds, shared work, and the trench to begin with.
    goal
        Targets and floors; by default those of `goal_of`. Give the goal of a smaller budget to see
        what more money buys.
    floor
        What no fund may fall below where there is a pot: a plan of its own with the same money in
        all, or one with its own budget, so that the pot goes wherever it does most.
    retrench
        Draws the shared trench anew for the options chosen. It is asked as long as the plan gets
        better, four times at most.
    node_limit, gap
        Where each search stops; never the clock.

    Raises
    ------
    StudyError
        When a goal is given whose floors no plan was found to meet.
    """
    budgets = tuple(fund.budget_gbp for fund in joint.funds)
    alone = separate_plans(joint, budgets, node_limit=node_limit, gap=gap)
    separate = alone
    total = sum(budgets)
    if joint.pot_gbp > 0:
        dealt = (b / total if total else 1 / len(budgets) for b in budgets)
        more = tuple(b + joint.pot_gbp * s for b, s in zip(budgets, dealt, strict=True))
        separate = separate_plans(joint, more, node_limit=node_limit, gap=gap)
        separate = _no_less(joint, separate, alone)
    goal = goal or goal_of(joint, alone, separate if floor == SAME_MONEY else alone)
    starts = [separate, alone]
    smaller = None
    if joint.pot_gbp > 0:
        less = replace(joint, pot_gbp=0.0)
        before = Goal(goal.target, alone.outcome)
        smaller, over, _ = _rounds(less, before, [alone], None, retrench, node_limit, gap)
        smaller = _carried(over, joint, goal, smaller)
    best, held, rounds = _rounds(joint, goal, starts, smaller, retrench, node_limit, gap)
    if not np.isfinite(best.value):
        problem = "no plan was found in which every fund reaches the outcome asked of it"
        raise StudyError(Fault(joint.where, problem, "ask for less, or give more money"))
    chosen, by_trench = _tidied(held, goal, best)
    return _told(held, (alone, separate), goal, replace(best, chosen=chosen, by_trench=by_trench),
                 rounds, node_limit, gap)  # fmt: skip


def _rounds(
    joint: Joint,
    goal: Goal,
    starts: Sequence[Separate],
    known: Choice | None,
    retrench: Retrench | None,
    node_limit: int,
    gap: float,
) -> tuple[Choice, Joint, int]:
    """Solve for a fixed trench, draw the trench anew for what was chosen, and so on.

    The search starts from the best of the separate plans and of the plan known for less money, as
    far as they are possible.
    """
    none = np.zeros(len(joint.routes), dtype=bool)
    first = Choice(starts[-1].chosen, none, -np.inf, np.inf)
    for plan in starts:
        value = goal.value(plan.outcome)
        if goal.met(plan.outcome) and joint.keeps(plan.chosen) and value > first.value:
            first = replace(first, chosen=plan.chosen, value=value)
    if joint.routes:
        plain = joint.digs_alone()
        begin = replace(first, by_trench=np.zeros(0, dtype=bool))
        found = best_choice(plain, goal, begin, node_limit=node_limit, gap=gap, quick=True)
        first = replace(found, by_trench=none, bound=np.inf)
    start = known if known is not None and known.value > first.value else first
    best = best_choice(joint, goal, start, node_limit=node_limit, gap=gap)
    held, rounds = joint, 0
    while retrench is not None and rounds < ROUNDS:
        trench = retrench(best.chosen)
        if trench is None or trench == held.trench:
            break
        rounds += 1
        other = replace(joint, trench=trench)
        begin = _carried(held, other, goal, best) or first_of(other, first)
        found = best_choice(other, goal, begin, node_limit=node_limit, gap=gap)
        if found.value <= best.value + gap * abs(best.value):
            if found.value > best.value:
                best, held = found, other
            break
        best, held = found, other
    return best, held, rounds


def first_of(joint: Joint, first: Choice) -> Choice:
    """Return a choice that joins no trench, for another trench."""
    return replace(first, by_trench=np.zeros(len(joint.routes), dtype=bool))


def _carried(before: Joint, after: Joint, goal: Goal, choice: Choice) -> Choice | None:
    """Return the same choice over another trench, where that is possible."""
    digging = {before.option(before.routes[i].party) for i in np.flatnonzero(choice.by_trench)}
    by_trench = np.asarray([after.option(r.party) in digging for r in after.routes], dtype=bool)
    outcomes = after.outcomes(choice.chosen)
    if not (goal.met(outcomes) and fits(after, settle(after, choice.chosen, by_trench))):
        return None
    return Choice(choice.chosen, by_trench, goal.value(after.outcomes(choice.chosen)), np.inf)


def _tidied(joint: Joint, goal: Goal, choice: Choice) -> tuple[Booleans, Booleans]:
    """Drop options that bring nothing, and have sites dig alone where joining saves nothing."""
    chosen, by_trench = choice.chosen.copy(), choice.by_trench.copy()
    cost = np.where(chosen, joint.cost_gbp, -1)
    outcomes = joint.outcomes(chosen)
    for option in np.lexsort((np.arange(joint.size), -cost)):
        if not chosen[option]:
            continue
        fewer, routes = chosen.copy(), by_trench.copy()
        fewer[option] = False
        if option in joint.route_at:
            routes[joint.route_at[int(option)]] = False
        fund = int(joint.fund_of[option])
        if not joint.keeps(fewer):
            continue
        without = joint.funds[fund].reached(joint.of_fund(fewer, fund))
        if without >= outcomes[fund] and _cheaper(joint, goal, fewer, routes, chosen, by_trench):
            chosen, by_trench = fewer, routes
    for at in np.flatnonzero(by_trench):
        routes = by_trench.copy()
        routes[at] = False
        if _cheaper(joint, goal, chosen, routes, chosen, by_trench):
            by_trench = routes
    return chosen, by_trench


def _cheaper(
    joint: Joint,
    goal: Goal,
    chosen: Booleans,
    routes: Booleans,
    before: Booleans,
    routes_before: Booleans,
) -> bool:
    new, old = settle(joint, chosen, routes), settle(joint, before, routes_before)
    saves = int(new.pays_gbp.sum()) <= int(old.pays_gbp.sum())
    return saves and fits(joint, new) and goal.met(joint.outcomes(chosen))


def _told(
    joint: Joint,
    apart: tuple[Separate, Separate],
    goal: Goal,
    best: Choice,
    rounds: int,
    node_limit: int,
    gap: float,
) -> JoinedUp:
    settled = settle(joint, best.chosen, best.by_trench)
    spent = np.bincount(joint.fund_of, weights=settled.pays_gbp, minlength=len(joint.funds))
    budgets = np.asarray([fund.budget_gbp for fund in joint.funds])
    outcome = tuple(joint.outcomes(best.chosen))
    value = goal.value(outcome)
    bound = max(best.bound, value) if np.isfinite(best.bound) else np.inf
    gap_pct = 100 * (bound - value) / bound if bound > 0 and np.isfinite(bound) else 0.0
    if not np.isfinite(bound):
        gap_pct = float("nan")
    return JoinedUp(
        joint=joint,
        alone=apart[0],
        separate=apart[1],
        goal=goal,
        chosen=best.chosen,
        by_trench=best.by_trench,
        settled=settled,
        outcome=outcome,
        spent_gbp=tuple(int(x) for x in spent),
        from_pot_gbp=tuple(int(np.ceil(x)) for x in np.maximum(spent - budgets, 0.0)),
        value=value,
        bound=bound,
        gap_pct=gap_pct,
        nodes=best.nodes,
        status=_in_words(best, gap_pct, gap, node_limit),
        rounds=rounds,
    )


def _in_words(best: Choice, gap_pct: float, gap: float, node_limit: int) -> str:
    if not best.chosen.any():
        return "nothing can be funded"
    if np.isnan(gap_pct):
        return f"stopped at {best.nodes:,} nodes; no bound was proved"
    if gap_pct <= 1e-7:
        return "proved to be the best for its routes"
    if gap_pct <= 100 * gap + 1e-9:
        return f"proved to be within {max(gap_pct, 0.001):.3f} % of the best for its routes"
    stopped = f"stopped at {best.nodes:,} nodes" if best.nodes >= node_limit else "not proved"
    return f"{stopped}: the best for its routes is at most {gap_pct:.2f} % better"
