"""The joined-up plan as a mixed-integer programme, and the search for its best choice.

Columns: options, routes that join the trench, who shares each work, which funds share each stretch,
what each fund draws from the pot, and the demand each fund serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from scenarios.joined_up_model import Joint, Settled, even, settle
from scenarios.milp import Relaxed, Rows, maximise, relax
from scenarios.sharing import shares

__all__ = ["Choice", "Goal", "best_choice", "fits"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Place = tuple[int, int]  # stretch, fund
FEW_OPTIONS = 60
IN_PART = 1e-6
FIRST_GAP = 1e-3
ATTEMPTS = 5
TINY = 1e-9
THOUSANDS = 1e-3  # money in thousands, so that coefficients are near those of the other rows


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
class _Model:
    objective: Floats
    rows: list[Rows]
    integer: Booleans
    upper: Floats
    options: int
    routes: int


def _model(joint: Joint, goal: Goal) -> _Model:
    rows = _Rows()
    n, r, funds = joint.size, len(joint.routes), len(joint.funds)
    pays: list[dict[int, float]] = [{} for _ in range(funds)]
    for option in range(n):
        pays[joint.fund_of[option]][option] = float(joint.cost_gbp[option])
    for at, route in enumerate(joint.routes):
        pays[route.party[0]][n + at] = float(route.lead_gbp - route.line_gbp)
        rows.add({n + at: 1.0, joint.option(route.party): -1.0}, -np.inf, 0.0)
    width = _share_works(joint, rows, pays, n + r)
    width = _share_stretches(joint, rows, pays, width)
    pot = range(width, width + funds)
    rows.add(dict.fromkeys(pot, THOUSANDS), -np.inf, joint.pot_gbp * THOUSANDS)
    for at, fund in enumerate(joint.funds):
        terms = {column: value * THOUSANDS for column, value in pays[at].items()}
        rows.add({**terms, width + at: -THOUSANDS}, -np.inf, fund.budget_gbp * THOUSANDS)
    width += funds
    objective, served, count = _serve(joint, goal, rows, width)
    whole = width + count
    upper = np.ones(whole)
    upper[width - funds : width] = joint.pot_gbp
    integer = np.arange(whole) < n + r
    held = [rows.done(whole), *served]
    return _Model(objective, held, integer, upper, n, r)


def _share_works(joint: Joint, rows: _Rows, pays: list[dict[int, float]], width: int) -> int:
    """Add a column for each set of parties that may share a work; exactly the chosen set is 1."""
    for work in joint.works:
        options = [joint.option(party) for party in work.parties]
        links: list[dict[int, float]] = [{option: -1.0} for option in options]
        for link, option, amount in zip(links, options, work.alone_gbp, strict=True):
            # the case's own cost holds the line; it is taken out and the share put in
            fund = joint.fund_of[option]
            pays[fund][option] -= amount
            if work.kind == joint.trench_kind and option in joint.route_at:
                route = len(joint.cost_gbp) + joint.route_at[option]
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
                width += 1
        for link in links:
            rows.add(link, 0.0, 0.0)
        rows.add(one, -np.inf, 1.0)
    return width


def _share_stretches(joint: Joint, rows: _Rows, pays: list[dict[int, float]], width: int) -> int:
    """Add a column for each set of funds that may share a stretch.

    Where the routes form a tree, a stretch asks for the next one towards the fibre, which says the
    same as each route asking for all of its stretches, in far fewer rows.
    """
    if joint.trench is None:
        return width
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
                width += 1
        if len(funds) > 1:
            rows.add(one, -np.inf, 1.0)
    for place, askers in _askers(joint).items():
        asking = [used[asker] if isinstance(asker, tuple) else {asker: 1.0} for asker in askers]
        for asker in asking:
            rows.add({**used[place], **{c: -v for c, v in asker.items()}}, 0.0, np.inf)
        if len(users[place[0]]) > 1:
            # a fund that digs nothing here shares nothing here
            none: dict[int, float] = {}
            for asker in asking:
                none |= {c: -v for c, v in asker.items()}
            rows.add({**used[place], **none}, -np.inf, 0.0)
    return width


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


def _serve(joint: Joint, goal: Goal, rows: _Rows, width: int) -> tuple[Floats, list[Rows], int]:
    """Add the demand that several sites of a fund reach, the objective and the floors."""
    blocks, parts, count = [], [], 0
    own = np.zeros(width)
    for at, fund in enumerate(joint.funds):
        groups, demand = fund.cover.groups, fund.cover.demand
        first, last = joint.first[at], joint.first[at + 1]
        single = np.diff(groups.indptr) == 1
        mine = fund.own.astype(np.float64).copy()
        # a group that one site reaches is served exactly when that site is chosen
        np.add.at(mine, groups[np.flatnonzero(single)].indices, demand[single])
        own[first:last] = mine / goal.target[at]
        several = groups[np.flatnonzero(~single)]
        blocks.append((at, first, several, demand[~single] / goal.target[at], count))
        parts.append(demand[~single] / goal.target[at])
        count += several.shape[0]
    objective = np.concatenate([own, *parts])
    served = []
    for at, first, several, worth, start in blocks:
        height, sites = several.shape
        terms = {first + i: float(own[first + i]) for i in range(sites)}
        terms |= {width + start + i: float(worth[i]) for i in range(height)}
        floor = goal.floor[at] / goal.target[at]
        if floor > 0:
            rows.add(terms, floor - TINY * max(1.0, floor), np.inf)
        if not height:
            continue
        left = sp.csr_array((height, first))
        right = sp.csr_array((height, width + start - first - sites))
        end = sp.csr_array((height, count - start - height))
        matrix = sp.hstack([left, -several, right, sp.eye_array(height), end], format="csr")
        served.append(Rows(matrix, np.full(height, -np.inf), np.zeros(height)))
    return objective, served, count


def best_choice(joint: Joint, goal: Goal, start: Choice, *, node_limit: int, gap: float) -> Choice:
    """Return the best choice found, never worse than the one to start from, and the proven bound.

    The programme without whole numbers names the likely options; a search among these gives a good
    choice; options whose reduced cost proves that they cannot be in a better one are ruled out; the
    rest is searched in full.
    """
    model = _model(joint, goal)
    relaxed = relax(model.objective, model.rows, upper=model.upper)
    if relaxed.x is None:
        return _search(joint, goal, model, start, model.upper, node_limit, gap)
    best = start
    ceiling = max(relaxed.bound, start.value)
    if joint.size > FEW_OPTIONS:
        columns = model.options + model.routes
        likely = _likely(relaxed.x[:columns], relaxed.loss[:columns])
        likely |= np.concatenate([start.chosen, start.by_trench])
        upper = model.upper.copy()
        upper[:columns][~likely] = 0.0
        best = _search(joint, goal, model, best, upper, node_limit, max(gap, FIRST_GAP))
        if ceiling <= best.value * (1 + gap):
            return Choice(best.chosen, best.by_trench, best.value, ceiling, best.nodes)
    upper, least = _ruled_out(model, relaxed, best.value, gap)
    found = _search(joint, goal, model, best, upper, node_limit, gap)
    bound = min(ceiling, max(found.bound, least, found.value))
    return Choice(found.chosen, found.by_trench, found.value, bound, best.nodes + found.nodes)


def _likely(solution: Floats, loss: Floats) -> Booleans:
    """Return the columns that the relaxed solution holds, and as many again that it nearly holds."""
    held = solution > IN_PART
    nearly = np.argsort(np.where(held, np.inf, loss), kind="stable")[: int(held.sum())]
    held[nearly] = True
    return held


def _ruled_out(model: _Model, relaxed: Relaxed, best: float, gap: float) -> tuple[Floats, float]:
    """Return upper bounds without the options that cannot help, and what those could reach at most."""
    upper = model.upper.copy()
    least = best + 0.5 * gap * abs(best)
    columns = model.options + model.routes
    at_zero = np.zeros(0) if relaxed.x is None else relaxed.x[:columns]
    out = (at_zero < IN_PART) & (relaxed.bound - relaxed.loss[:columns] < least)
    upper[:columns][out] = 0.0
    return upper, least if out.any() else -np.inf


def _search(
    joint: Joint,
    goal: Goal,
    model: _Model,
    best: Choice,
    upper: Floats,
    node_limit: int,
    gap: float,
) -> Choice:
    """Search for what is better, and search again where a choice fits only by a rounding error."""
    n, r = model.options, model.routes
    width = len(model.objective)
    rows = list(model.rows)
    for _ in range(ATTEMPTS):
        found = maximise(
            model.objective,
            rows,
            integer=model.integer,
            upper=upper,
            node_limit=node_limit,
            gap=gap,
        )
        if found.x is None:
            bound = best.value if found.infeasible else found.bound
            return Choice(best.chosen, best.by_trench, best.value, bound, found.nodes)
        chosen, by_trench = found.x[:n] > 0.5, found.x[n : n + r] > 0.5
        outcomes = joint.outcomes(chosen)
        value = goal.value(outcomes)
        if goal.met(outcomes) and fits(joint, settle(joint, chosen, by_trench)):
            if value < best.value:
                chosen, by_trench, value = best.chosen, best.by_trench, best.value
            return Choice(chosen, by_trench, value, max(found.bound, value), found.nodes)
        whole = np.concatenate([chosen, by_trench])
        row = np.concatenate([np.where(whole, -1.0, 1.0), np.zeros(width - n - r)])
        rows.append(
            Rows(sp.csr_array(row[None, :]), np.array([1.0 - whole.sum()]), np.array([np.inf]))
        )
    return Choice(best.chosen, best.by_trench, best.value, np.inf, 0)
