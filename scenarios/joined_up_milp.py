"""The joined-up plan as a mixed-integer programme.

Columns: options, routes that join the trench, who shares each work, which funds share each stretch,
and the demand each fund serves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from scenarios.capacity import pairs_of
from scenarios.choice import served_rows
from scenarios.joined_up_model import TINY, Choice, Fund, Goal, Joint, digs, even
from scenarios.milp import Rows
from scenarios.sharing import shares

__all__ = ["Programme", "programme"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Place = tuple[int, int]  # stretch, fund
Columns = dict[tuple[int, tuple[int, ...]], int]
THOUSANDS = 1e-3  # money in thousands, so that coefficients are near those of the other rows


@dataclass
class _Rows:
    """Rows under construction, as triplets."""

    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: dict[int, float], low: float, high: float) -> None:
        for column, value in terms.items():
            if value:
                self.row.append(len(self.low))
                self.column.append(column)
                self.value.append(value)
        self.low.append(low)
        self.high.append(high)

    def done(self, width: int) -> Rows:
        matrix = sp.csr_array((self.value, (self.row, self.column)), shape=(len(self.low), width))
        return Rows(matrix, np.asarray(self.low), np.asarray(self.high))


@dataclass(frozen=True)
class Programme:
    """Objective and rows over columns from 0 to 1.

    Attributes
    ----------
    integer
        Options and routes are whole; the rest is whole where these are.
    shared, dug
        Columns by work and the options that share it, and by stretch and the funds that use it.
    first_served
        First column of demand that several sites reach.
    """

    objective: Floats
    rows: list[Rows]
    integer: Booleans
    options: int
    routes: int
    shared: Columns
    dug: Columns
    first_served: int

    def point(self, joint: Joint, choice: Choice) -> Floats:
        """Return a choice as a solution of the programme; nothing served where capacity limits it."""
        x = np.zeros(len(self.objective))
        x[: self.options] = choice.chosen
        x[self.options : self.options + self.routes] = choice.by_trench
        for number, work in enumerate(joint.works):
            who = tuple(
                joint.option(party)
                for party in work.parties
                if choice.chosen[joint.option(party)]
                and not digs(joint, work, party, choice.by_trench)
            )
            if who:
                x[self.shared[number, who]] = 1.0
        users: dict[int, set[int]] = {}
        for at in np.flatnonzero(choice.by_trench):
            for stretch in joint.routes[at].stretches:
                users.setdefault(stretch, set()).add(joint.routes[at].party[0])
        for stretch, funds in users.items():
            x[self.dug[stretch, tuple(sorted(funds))]] = 1.0
        served = [
            # how sites of limited capacity share what they serve is left to the solver
            np.zeros(fund.cover.groups.nnz)
            if fund.cover.capacity is not None
            else _several(fund)[0] @ joint.of_fund(choice.chosen, at) > 0
            for at, fund in enumerate(joint.funds)
        ]
        x[self.first_served :] = np.concatenate(served)
        return x


def programme(joint: Joint, goal: Goal) -> Programme:
    """Return the programme of a joined-up plan over a fixed trench."""
    rows = _Rows()
    n, r, funds = joint.size, len(joint.routes), len(joint.funds)
    pays: list[dict[int, float]] = [{} for _ in range(funds)]
    for option in range(n):
        pays[joint.fund_of[option]][option] = float(joint.cost_gbp[option])
    for at, route in enumerate(joint.routes):
        pays[route.party[0]][n + at] = float(route.lead_gbp - route.line_gbp)
        rows.add({n + at: 1.0, joint.option(route.party): -1.0}, -np.inf, 0.0)
    shared, width = _share_works(joint, rows, pays, n + r)
    dug, width = _share_stretches(joint, rows, pays, width)
    _afford(joint, rows, pays)
    objective, served, count = _serve(joint, goal, rows, width)
    whole = width + count
    held = [rows.done(whole), *served, *_rules(joint, whole)]
    return Programme(objective, held, np.arange(whole) < n + r, n, r, shared, dug, width)


def _several(fund: Fund) -> tuple[sp.csr_array, Floats]:
    """Return the demand that two sites or more of a fund reach: groups by sites, and how much."""
    several = np.flatnonzero(np.diff(fund.cover.groups.indptr) > 1)
    return fund.cover.groups[several], fund.cover.demand[several]


def _afford(joint: Joint, rows: _Rows, pays: list[dict[int, float]]) -> None:
    """Add the budgets: whatever funds one looks at, the pot covers what they are short of together."""
    most = len(joint.funds) if joint.pot_gbp > 0 else 1
    for size in range(1, most + 1):
        for who in combinations(range(len(joint.funds)), size):
            terms: dict[int, float] = {}
            for fund in who:
                for column, value in pays[fund].items():
                    terms[column] = terms.get(column, 0.0) + value * THOUSANDS
            money = sum(joint.funds[fund].budget_gbp for fund in who) + joint.pot_gbp
            rows.add(terms, -np.inf, money * THOUSANDS)


def _share_works(
    joint: Joint, rows: _Rows, pays: list[dict[int, float]], width: int
) -> tuple[Columns, int]:
    """Add a column for each set of parties that may share a work; exactly the chosen set is 1."""
    made: Columns = {}
    for number, work in enumerate(joint.works):
        options = [joint.option(party) for party in work.parties]
        links: list[dict[int, float]] = [{option: -1.0} for option in options]
        for link, option, amount in zip(links, options, work.alone_gbp, strict=True):
            # the case's own cost holds the line; it is taken out and the share put in
            fund = joint.fund_of[option]
            pays[fund][option] -= amount
            if work.kind == joint.trench_kind and option in joint.route_at:
                route = joint.size + joint.route_at[option]
                link[route] = 1.0
                pays[fund][route] += amount
        one = {}
        for size in range(1, len(options) + 1):
            for who in combinations(range(len(options)), size):
                paid = shares([work.alone_gbp[i] for i in who], joint.rule)
                for i, part in zip(who, paid, strict=True):
                    links[i][width] = 1.0
                    fund = joint.fund_of[options[i]]
                    pays[fund][width] = pays[fund].get(width, 0.0) + part
                one[width] = 1.0
                made[number, tuple(options[i] for i in who)] = width
                width += 1
        for link in links:
            rows.add(link, 0.0, 0.0)
        rows.add(one, -np.inf, 1.0)
    return made, width


def _share_stretches(
    joint: Joint, rows: _Rows, pays: list[dict[int, float]], width: int
) -> tuple[Columns, int]:
    """Add a column for each set of funds that may share a stretch.

    Where the routes form a tree, a stretch asks for the next one towards the fibre, which says the
    same as each route asking for all of its stretches, in far fewer rows.
    """
    made: Columns = {}
    if joint.trench is None:
        return made, width
    users: dict[int, set[int]] = {}
    for route in joint.routes:
        for stretch in route.stretches:
            users.setdefault(stretch, set()).add(route.party[0])
    used: dict[Place, dict[int, float]] = {}
    for stretch in sorted(users):
        cost, one = joint.trench.stretch_gbp[stretch], {}
        funds = sorted(users[stretch])
        for size in range(1, len(funds) + 1):
            for who in combinations(funds, size):
                for fund, part in zip(who, even(cost, size), strict=True):
                    used.setdefault((stretch, fund), {})[width] = 1.0
                    pays[fund][width] = float(part)
                one[width] = 1.0
                made[stretch, who] = width
                width += 1
        if len(funds) > 1:
            rows.add(one, -np.inf, 1.0)
    for place, askers in _askers(joint).items():
        asking = [used[asker] if isinstance(asker, tuple) else {asker: 1.0} for asker in askers]
        _join(rows, used[place], asking, several=len(users[place[0]]) > 1)
    return made, width


def _join(
    rows: _Rows, columns: dict[int, float], asking: list[dict[int, float]], *, several: bool
) -> None:
    """Have a stretch dug where something asks for it, and let no other fund pay for it."""
    none: dict[int, float] = {}
    for asker in asking:
        less = {column: -value for column, value in asker.items()}
        none |= less
        rows.add({**columns, **less}, 0.0, np.inf)
    if several:
        rows.add({**columns, **none}, -np.inf, 0.0)


def _askers(joint: Joint) -> dict[Place, list[int | Place]]:
    """Return what asks for each stretch of a fund: columns of routes, or stretches before it."""
    following: dict[int, set[int]] = {}
    for route in joint.routes:
        for stretch, then in pairwise((*route.stretches, -1)):
            following.setdefault(stretch, set()).add(then)
    tree = all(len(then) == 1 for then in following.values())
    askers: dict[Place, dict[int | Place, None]] = {}
    for at, route in enumerate(joint.routes):
        before: int | Place = joint.size + at
        for stretch in route.stretches:
            place = (stretch, route.party[0])
            askers.setdefault(place, {})[before] = None
            if tree:
                before = place
    return {place: list(held) for place, held in sorted(askers.items())}


def _rules(joint: Joint, width: int) -> list[Rows]:
    """Return what people laid down about the sites of each fund, as rows over all columns."""
    made = []
    for at, fund in enumerate(joint.funds):
        for group in fund.groups:
            left = sp.csr_array((group.rows.matrix.shape[0], joint.first[at]))
            right = sp.csr_array((group.rows.matrix.shape[0], width - joint.first[at + 1]))
            matrix = sp.hstack([left, group.rows.matrix, right], format="csr")
            made.append(Rows(matrix, group.rows.low, group.rows.high))
    return made


def _serve(joint: Joint, goal: Goal, rows: _Rows, width: int) -> tuple[Floats, list[Rows], int]:
    """Add the demand that sites of a fund serve, the objective and the floors.

    A column for each group that several sites reach; where capacity limits what a site serves, one
    for each pair of a group and a site that reaches it.
    """
    counts = [
        fund.cover.groups.nnz if fund.cover.capacity is not None else _several(fund)[0].shape[0]
        for fund in joint.funds
    ]
    whole = width + sum(counts)
    objective = np.zeros(whole)
    served = []
    start = width
    for at, (fund, count) in enumerate(zip(joint.funds, counts, strict=True)):
        groups, demand = fund.cover.groups, fund.cover.demand
        first, last = joint.first[at], joint.first[at + 1]
        mine = fund.own.astype(np.float64).copy()
        if fund.cover.capacity is not None:
            more = demand[pairs_of(groups)[0]]
            served += served_rows(
                fund.cover, fund.cover.capacity, first=first, columns=start, width=whole
            )
        else:
            single = np.diff(groups.indptr) == 1
            # a group that one site reaches is served exactly when that site is chosen
            np.add.at(mine, groups[np.flatnonzero(single)].indices, demand[single])
            several, more = _several(fund)
            if count:
                left = sp.csr_array((count, first))
                between = sp.csr_array((count, start - last))
                right = sp.csr_array((count, whole - start - count))
                matrix = sp.hstack(
                    [left, -several, between, sp.eye_array(count), right], format="csr"
                )
                served.append(Rows(matrix, np.full(count, -np.inf), np.zeros(count)))
        objective[first:last] = mine / goal.target[at]
        objective[start : start + count] = more / goal.target[at]
        floor = goal.floor[at] / goal.target[at]
        if floor > 0:
            columns = [*range(first, last), *range(start, start + count)]
            terms = {column: float(objective[column]) for column in columns}
            rows.add(terms, floor - TINY * max(1.0, floor), np.inf)
        start += count
    return objective, served, whole - width
