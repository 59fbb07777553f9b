"""Which site of a plan relies on another's connection, and what it costs if the other drops out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.joined_up import JoinedUp
from scenarios.joined_up_model import settle

__all__ = ["Dependency", "dependencies", "saved_metres"]

BUILDING, TRENCH = "connection of the same building", "shared trench"


@dataclass(frozen=True)
class Dependency:
    """One option relies on another.

    Attributes
    ----------
    option, relies_on
        Options of the joint problem.
    how
        `connection of the same building` or `shared trench`.
    shared_gbp
        Cost of the work that the two share with whoever else uses it.
    extra_gbp
        What the option would pay more if the other dropped out and nothing else changed.
    step
        Order of building, from 2: all that the option relies on comes in an earlier step.
    """

    option: int
    relies_on: int
    how: str
    shared_gbp: int
    extra_gbp: int
    step: int = 2


def dependencies(plan: JoinedUp) -> list[Dependency]:
    """Return who relies on whom, in order of building, then of option.

    At a building the case with the dearest connection leads: its works contain the others'. On a
    stretch of trench the site with the shortest way to the fibre leads, since it is reached first.
    """
    joint, settled = plan.joint, plan.settled
    found: dict[tuple[int, int, str], int] = {}
    for number, options, paid in settled.works:
        work = joint.works[number]
        parties = [joint.option(party) for party in work.parties]
        alone = dict(zip(parties, work.alone_gbp, strict=True))
        lead = min(options, key=lambda option: (-alone[option], option))
        for option in options:
            if option != lead:
                key = (option, lead, BUILDING)
                found[key] = found.get(key, 0) + sum(paid)
    metres = joint.trench.length_m if joint.trench else ()
    length = {
        joint.option(route.party): sum(metres[s] for s in route.stretches) for route in joint.routes
    }
    for _, options, paid in settled.stretches:
        lead = min(options, key=lambda option: (length[option], option))
        for option in options:
            if option != lead:
                key = (option, lead, TRENCH)
                found[key] = found.get(key, 0) + sum(paid)
    steps = _steps([(option, lead) for option, lead, _ in found])
    made = [
        Dependency(option, lead, how, shared, _extra(plan, option, lead), steps[option])
        for (option, lead, how), shared in sorted(found.items())
    ]
    return sorted(made, key=lambda d: (d.step, d.option, d.relies_on, d.how))


def _steps(pairs: list[tuple[int, int]]) -> dict[int, int]:
    """Return the step of each option: one after the last of those it relies on.

    Where options rely on each other in a ring (a connection here, a trench there), they share the
    last step that is reached.
    """
    steps = dict.fromkeys((option for pair in pairs for option in pair), 1)
    for _ in steps:
        later = dict(steps)
        for option, lead in pairs:
            later[option] = min(max(later[option], steps[lead] + 1), len(steps))
        if later == steps:
            break
        steps = later
    return steps


def _extra(plan: JoinedUp, option: int, lead: int) -> int:
    """Return what an option would pay more without the other, digging alone where that is cheaper."""
    joint = plan.joint
    chosen, by_trench = plan.chosen.copy(), plan.by_trench.copy()
    chosen[lead] = False
    if lead in joint.route_at:
        by_trench[joint.route_at[lead]] = False
    pays = [int(settle(joint, chosen, by_trench).pays_gbp[option])]
    at = joint.route_at.get(option)
    if at is not None and by_trench[at]:
        alone = by_trench.copy()
        alone[at] = False
        pays.append(int(settle(joint, chosen, alone).pays_gbp[option]))
    return max(min(pays) - int(plan.settled.pays_gbp[option]), 0)


def saved_metres(plan: JoinedUp) -> float:
    """Return metres of trench that sharing spares: what each would dig alone less what is dug."""
    metres = np.asarray(plan.joint.trench.length_m if plan.joint.trench else ())
    users = [(at, len(options)) for at, options, _ in plan.settled.stretches]
    return float(sum(metres[at] * (count - 1) for at, count in users))
