"""The joined-up plan as a problem: funds, work that several share, what a plan costs and brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from scenarios.cover import Cover
from scenarios.rules import Group, Rules, rule_groups
from scenarios.sharing import LARGEST_GAME, Rule, shares
from scenarios.trench import apportion

__all__ = [
    "TINY",
    "Choice",
    "Fund",
    "Goal",
    "Joint",
    "Route",
    "Settled",
    "Trench",
    "Work",
    "digs",
    "even",
    "fits",
    "settle",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Party = tuple[int, int]
TINY = 1e-9
NO_RULES = Rules()


@dataclass(frozen=True)
class Fund:
    """A fund, the sites it may pay for, and what they bring it.

    Attributes
    ----------
    cost_gbp
        Of each site on its own, whole pounds.
    cover
        Demand by the sites that reach it, each unit once.
    own
        What each site brings besides coverage, in the same unit.
    target
        The outcome aimed at; None where the profile gives none.
    outcome, unit
        What is counted: `Premises uplifted`, `premises`.
    rules
        What people laid down about its sites, which hold in the plan too.
    """

    key: str
    title: str
    site_id: tuple[str, ...]
    cost_gbp: Ints
    cover: Cover
    own: Floats
    budget_gbp: float
    target: float | None = None
    outcome: str = "Outcome"
    unit: str = ""
    rules: Rules = NO_RULES

    @cached_property
    def groups(self) -> list[Group]:
        """The rules as rows over its sites, without the budget."""
        if self.rules == NO_RULES:
            return []
        cost = self.cost_gbp.astype(np.float64)
        return rule_groups(self.rules, cost, max(self.budget_gbp, 1.0), self.site_id)[1:]

    def reached(self, chosen: Booleans) -> float:
        """Return the outcome of some of its sites, each unit once."""
        return self.cover.covered(chosen) + float(self.own[chosen].sum())


@dataclass(frozen=True)
class Work:
    """Work at one building that several cases would each pay for, and that is done once for all.

    Attributes
    ----------
    kind
        What it is (see `plan_funds.SHAREABLE`).
    parties
        Fund and position of the site in it, one a fund.
    alone_gbp
        What each would pay alone; together they cost as much as the dearest.
    """

    site_id: str
    kind: str
    parties: tuple[Party, ...]
    alone_gbp: tuple[int, ...]


@dataclass(frozen=True)
class Route:
    """The way of one site to the fibre, for which its case holds a cost line.

    Attributes
    ----------
    line_gbp
        That line: what the site pays where it digs alone.
    lead_gbp
        What stays its own where it joins the shared trench.
    stretches
        Positions of the stretches it passes, from the site to the fibre.
    """

    party: Party
    line_gbp: int
    lead_gbp: int
    stretches: tuple[int, ...]


@dataclass(frozen=True)
class Trench:
    """A fixed tree of stretches, each dug once however many sites use it."""

    stretch_gbp: tuple[int, ...]
    length_m: tuple[float, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class Joint:
    """Funds with their shared work and money.

    Options are the sites of the funds, one fund after another. A fund has at most one part in a
    work, and a route of an option stands in for its part in a work of the kind `trench_kind`.
    """

    funds: tuple[Fund, ...]
    works: tuple[Work, ...] = ()
    trench: Trench | None = None
    pot_gbp: float = 0.0
    rule: Rule = "proportional"
    trench_kind: str = "fibre connection"
    where: str = "joined-up plan"

    def __post_init__(self) -> None:
        faults = []
        if len(self.funds) > LARGEST_GAME:
            text = f"{len(self.funds)} funds share one plan"
            faults.append(Fault(self.where, text, f"leave some out: {LARGEST_GAME} at most"))
        for fund in self.funds:
            if not (np.isfinite(fund.budget_gbp) and fund.budget_gbp >= 0):
                text = f"the budget of {fund.key} is {fund.budget_gbp:g} pounds"
                faults.append(Fault(self.where, text, "give zero or more", column="budget_gbp"))
            if fund.target is not None and not fund.target > 0:
                text = f"the target outcome of {fund.key} is {fund.target:g}"
                faults.append(Fault(self.where, text, "give a target above zero, or none"))
        if not (np.isfinite(self.pot_gbp) and self.pot_gbp >= 0):
            text = f"the shared pot is {self.pot_gbp:g} pounds"
            faults.append(Fault(self.where, text, "give zero or more"))
        if faults:
            raise StudyError(faults)

    @cached_property
    def first(self) -> list[int]:
        """Position of the first option of each fund, and the number of options at the end."""
        return [0, *np.cumsum([len(fund.site_id) for fund in self.funds]).tolist()]

    @property
    def size(self) -> int:
        """Number of options."""
        return self.first[-1]

    def option(self, party: Party) -> int:
        """Return the option of a party."""
        return self.first[party[0]] + party[1]

    @cached_property
    def fund_of(self) -> Ints:
        """Fund of each option."""
        return np.repeat(np.arange(len(self.funds)), np.diff(self.first)).astype(np.int64)

    @cached_property
    def cost_gbp(self) -> Ints:
        """What each option costs alone."""
        parts = [np.asarray(fund.cost_gbp, dtype=np.int64) for fund in self.funds]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Routes of the trench, none where there is no trench."""
        return self.trench.routes if self.trench else ()

    @cached_property
    def route_at(self) -> dict[int, int]:
        """Route of an option."""
        return {self.option(route.party): at for at, route in enumerate(self.routes)}

    def of_fund(self, chosen: Booleans, fund: int) -> Booleans:
        """Return the part of a choice that is a fund's."""
        return chosen[self.first[fund] : self.first[fund + 1]]

    def outcomes(self, chosen: Booleans) -> list[float]:
        """Return the outcome of each fund."""
        return [fund.reached(self.of_fund(chosen, at)) for at, fund in enumerate(self.funds)]

    def keeps(self, chosen: Booleans) -> bool:
        """Return whether a choice keeps the rules of every fund."""
        return not any(
            group.broken_by(self.of_fund(chosen, at))
            for at, fund in enumerate(self.funds)
            for group in fund.groups
        )

    def digs_alone(self) -> Joint:
        """Return the same without a shared trench."""
        return replace(self, trench=None)


@dataclass(frozen=True)
class Settled:
    """Who pays what of a choice, in whole pounds, option by option.

    Attributes
    ----------
    own_gbp
        What only this site needs.
    work_gbp, trench_gbp
        Its part of work shared at the building, and of shared stretches.
    works
        Per work with two parties or more: the work, its options, what each pays.
    stretches
        Per stretch used: its position, its options, what each pays.
    """

    own_gbp: Ints
    work_gbp: Ints
    trench_gbp: Ints
    works: tuple[tuple[int, tuple[int, ...], tuple[int, ...]], ...]
    stretches: tuple[tuple[int, tuple[int, ...], tuple[int, ...]], ...]

    @property
    def pays_gbp(self) -> Ints:
        """All that each option pays."""
        return self.own_gbp + self.work_gbp + self.trench_gbp


def settle(joint: Joint, chosen: Booleans, by_trench: Booleans) -> Settled:
    """Work out who pays what.

    Parameters
    ----------
    chosen
        Per option.
    by_trench
        Per route: whether its site joins the shared trench (only where it is chosen).

    Notes
    -----
    Work at a building is split by the rule of the plan. A stretch costs each fund that uses it the
    same alone, so that both rules split it evenly between the funds, and within a fund evenly
    between its sites.
    """
    own = np.where(chosen, joint.cost_gbp, 0)
    work = np.zeros(joint.size, np.int64)
    trench = np.zeros(joint.size, np.int64)
    for at in np.flatnonzero(by_trench):
        route = joint.routes[at]
        own[joint.option(route.party)] += route.lead_gbp - route.line_gbp
    shared = []
    for number, item in enumerate(joint.works):
        held = [
            (joint.option(party), amount)
            for party, amount in zip(item.parties, item.alone_gbp, strict=True)
            if chosen[joint.option(party)] and not digs(joint, item, party, by_trench)
        ]
        if len(held) < 2:
            continue
        paid = shares([amount for _, amount in held], joint.rule)
        for (option, amount), part in zip(held, paid, strict=True):
            own[option] -= amount
            work[option] += part
        shared.append((number, tuple(option for option, _ in held), tuple(paid)))
    dug = _stretches(joint, by_trench)
    for _, options, paid_by in dug:
        trench[list(options)] += np.asarray(paid_by, dtype=np.int64)
    return Settled(own, work, trench, tuple(shared), tuple(dug))


def digs(joint: Joint, work: Work, party: Party, by_trench: Booleans) -> bool:
    """Return whether a party to a work joins the shared trench instead."""
    route = joint.route_at.get(joint.option(party))
    return route is not None and work.kind == joint.trench_kind and bool(by_trench[route])


def _stretches(
    joint: Joint, by_trench: Booleans
) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    users: dict[int, list[int]] = {}
    for at in np.flatnonzero(by_trench):
        for stretch in joint.routes[at].stretches:
            users.setdefault(stretch, []).append(joint.option(joint.routes[at].party))
    costs = joint.trench.stretch_gbp if joint.trench else ()
    result = []
    for stretch, options in sorted(users.items()):
        funds = sorted({int(joint.fund_of[option]) for option in options})
        paid: dict[int, int] = {}
        for fund, part in zip(funds, even(costs[stretch], len(funds)), strict=True):
            mine = sorted(option for option in options if joint.fund_of[option] == fund)
            paid |= dict(zip(mine, even(part, len(mine)), strict=True))
        result.append((stretch, tuple(sorted(paid)), tuple(paid[o] for o in sorted(paid))))
    return result


def even(total: int, parts: int) -> Sequence[int]:
    """Split whole pounds evenly; the first bear the odd ones."""
    return [int(x) for x in apportion(total, np.ones(parts))]


@dataclass(frozen=True)
class Goal:
    """What is maximised and what may not be undercut, one entry a fund.

    `target` divides a fund's outcome; `floor` is the least of it.
    """

    target: tuple[float, ...]
    floor: tuple[float, ...]

    def value(self, outcomes: Sequence[float]) -> float:
        """Return the sum of outcome / target."""
        parts = zip(outcomes, self.target, strict=True)
        return float(sum(outcome / target for outcome, target in parts))

    def met(self, outcomes: Sequence[float]) -> bool:
        """Return whether no fund is below its floor."""
        pairs = zip(outcomes, self.floor, strict=True)
        return all(outcome >= floor - TINY * max(1.0, floor) for outcome, floor in pairs)


@dataclass(frozen=True)
class Choice:
    """A choice of options and of routes that join the trench, with what is proven of it."""

    chosen: Booleans
    by_trench: Booleans
    value: float
    bound: float
    nodes: int = 0


def fits(joint: Joint, settled: Settled) -> bool:
    """Return whether every fund can pay its part, with what the pot holds."""
    spent = np.bincount(joint.fund_of, weights=settled.pays_gbp, minlength=len(joint.funds))
    budgets = np.asarray([fund.budget_gbp for fund in joint.funds])
    short = np.maximum(spent - budgets, 0.0)
    return bool(short.sum() <= joint.pot_gbp + TINY * max(1.0, float(budgets.sum())))
