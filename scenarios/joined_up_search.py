"""The search for the best choice of a joined-up plan, from one that is known to be possible."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from scenarios.joined_up_milp import Programme, programme
from scenarios.joined_up_model import TINY, Choice, Goal, Joint, fits, settle
from scenarios.milp import Relaxed, Rows, maximise, relax

__all__ = ["best_choice"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
FEW_OPTIONS, MANY_OPTIONS, FEWEST_MORE = 60, 400, 100
FEWER, FEWEST = 8, 20  # where there are many options, or routes: so many times fewer nodes
NEAR = 5e-3  # with many options left, a choice this near the bound is not searched for further
IN_PART = 1e-6
LOOSEST = 0.5
ATTEMPTS = 5


def best_choice(
    joint: Joint, goal: Goal, start: Choice, *, node_limit: int, gap: float, quick: bool = False
) -> Choice:
    """Return the best choice found, never worse than the one to start from, and the proven bound.

    The programme without whole numbers gives a bound and names the likely options. Searches among
    these and, in turn, some of the next likely ones give a good choice. Options whose reduced cost
    proves that they cannot be in a better one are ruled out, and what is left is searched, in full
    where that is little.

    Parameters
    ----------
    start
        A possible choice, or one of value minus infinity where none is known.
    node_limit, gap
        Where a full search stops.
    quick
        Whether the first search is enough where there are many options; with routes it always is.
    """
    if not joint.size:
        return replace(start, bound=start.value)
    model = programme(joint, goal)
    everything = np.ones(len(model.objective))
    relaxed = relax(model.objective, model.rows, upper=everything)
    if relaxed.x is None:
        return _Search(joint, goal, model, np.inf).among(start, everything, node_limit, gap)
    ceiling = max(min(relaxed.bound, _few_whole(joint, model, node_limit, gap)), start.value)
    search = _Search(joint, goal, model, ceiling)
    best, nodes = start, 0
    once = quick or bool(joint.routes)
    if joint.size > FEW_OPTIONS:
        few = max(node_limit // (FEWEST if once else FEWER), 1)
        for likely in _likely(model, relaxed, 1 if once else 2):
            upper = _only(model, likely | _columns(best))
            best = search.among(best, upper, few, gap)
            nodes += best.nodes
            if ceiling <= best.value * (1 + gap):
                break
    out = _ruled_out(model, relaxed, best, gap)
    left = int((~out[: model.options]).sum())
    many = left > MANY_OPTIONS
    if ceiling <= best.value * (1 + max(gap, NEAR if many else 0.0)) or quick:
        return replace(best, bound=ceiling, nodes=nodes)
    last = max(node_limit // FEWEST, 1) if many else node_limit
    found = search.among(best, _only(model, ~out), last, gap)
    # what was ruled out could still bring a little more than the best known then
    least = best.value + 0.5 * gap * abs(best.value) if out.any() else -np.inf
    bound = min(ceiling, max(found.bound, least, found.value))
    return replace(found, bound=bound, nodes=nodes + found.nodes)


def _few_whole(joint: Joint, model: Programme, node_limit: int, gap: float) -> float:
    """Return a bound in which the options of funds with few sites are whole, the rest in part.

    A fund of a few dear sites (offices, say) spends its budget on a part of one where it may, and
    that part alone can be worth more than all that sharing saves. Whole, it cannot.
    """
    size = np.asarray([len(fund.site_id) for fund in joint.funds])
    few = np.zeros(len(model.objective), dtype=bool)
    few[: model.options] = size[joint.fund_of] <= FEW_OPTIONS
    if not few.any() or few[: model.options].all():
        return np.inf
    ones = np.ones(len(model.objective))
    found = maximise(
        model.objective, model.rows, integer=few, upper=ones, node_limit=node_limit, gap=gap
    )
    return found.bound


def _columns(choice: Choice) -> Booleans:
    return np.concatenate([choice.chosen, choice.by_trench])


def _only(model: Programme, columns: Booleans) -> Floats:
    """Return upper bounds that leave some options and routes only."""
    upper = np.ones(len(model.objective))
    upper[: len(columns)][~columns] = 0.0
    return upper


def _likely(model: Programme, relaxed: Relaxed, times: int) -> list[Booleans]:
    """Return the columns that the relaxed solution holds, each time with more of the next likely."""
    columns = model.options + model.routes
    held = np.zeros(columns, dtype=bool) if relaxed.x is None else relaxed.x[:columns] > IN_PART
    size = max(int(held.sum()), FEWEST_MORE)
    order = np.argsort(np.where(held, np.inf, relaxed.loss[:columns]), kind="stable")
    order = order[: int((~held).sum())]
    result = []
    for at in range(times):
        more = held.copy()
        more[order[at * size : (at + 1) * size]] = True
        result.append(more)
    return result


def _ruled_out(model: Programme, relaxed: Relaxed, best: Choice, gap: float) -> Booleans:
    """Return the options and routes that are in no choice better than the best by half the gap."""
    columns = model.options + model.routes
    if relaxed.x is None or not np.isfinite(best.value):
        return np.zeros(columns, dtype=bool)
    least = best.value + 0.5 * gap * abs(best.value)
    out = (relaxed.x[:columns] < IN_PART) & (relaxed.bound - relaxed.loss[:columns] < least)
    return np.asarray(out & ~_columns(best), dtype=bool)


class _Search:
    def __init__(self, joint: Joint, goal: Goal, model: Programme, ceiling: float) -> None:
        self.joint, self.goal, self.model, self.ceiling = joint, goal, model, ceiling

    def among(self, best: Choice, upper: Floats, node_limit: int, gap: float) -> Choice:
        """Search from the best choice known, again where one found fits only by a rounding error.

        Columns that are 1 in the best choice are turned round, so that zero everywhere is that
        choice: the solver cannot be given a start, but looks at zero first.
        """
        model = self.model
        known = bool(np.isfinite(best.value))
        origin = np.zeros(len(model.objective))
        if known:
            origin = model.point(self.joint, best)
        turn = 1.0 - 2.0 * origin
        rows = [_turned(part, origin, turn) for part in model.rows]
        gained = float(model.objective @ origin)
        bound, nodes = np.inf, 0
        for _ in range(ATTEMPTS):
            found = maximise(
                model.objective * turn,
                rows,
                integer=model.integer,
                upper=upper,
                node_limit=node_limit,
                gap=self.of_gain(gained, gap) if known else gap,
            )
            bound, nodes = found.bound + gained, nodes + found.nodes
            if found.x is None:
                bound = best.value if found.infeasible and known else bound
                break
            choice = self.told(origin + turn * found.x, max(bound, best.value), nodes)
            if choice is not None:
                return (
                    choice
                    if choice.value >= best.value
                    else replace(best, bound=bound, nodes=nodes)
                )
            rows.append(_turned(self.other_than(origin + turn * found.x), origin, turn))
        return replace(best, bound=max(bound, best.value), nodes=nodes)

    def of_gain(self, gained: float, gap: float) -> float:
        """Return a gap of the whole as one of what may still be gained, which is all the solver sees."""
        room = self.ceiling - gained
        return float(min(gap * abs(self.ceiling) / max(room, TINY), LOOSEST))

    def told(self, x: Floats, bound: float, nodes: int) -> Choice | None:
        """Return a solution as a choice, or None where it breaks a budget, a floor or a rule."""
        n, r = self.model.options, self.model.routes
        chosen, by_trench = x[:n] > 0.5, x[n : n + r] > 0.5
        outcomes = self.joint.outcomes(chosen)
        settled = settle(self.joint, chosen, by_trench)
        keeps = self.joint.keeps(chosen)
        if not (keeps and self.goal.met(outcomes) and fits(self.joint, settled)):
            return None
        value = self.goal.value(outcomes)
        return Choice(chosen, by_trench, value, max(bound, value), nodes)

    def other_than(self, x: Floats) -> Rows:
        """Return the row that leaves out exactly this solution."""
        columns = self.model.options + self.model.routes
        whole = x[:columns] > 0.5
        row = np.zeros(len(x))
        row[:columns] = np.where(whole, -1.0, 1.0)
        least = np.array([1.0 - whole.sum()])
        return Rows(sp.csr_array(row[None, :]), least, np.array([np.inf]))


def _turned(rows: Rows, origin: Floats, turn: Floats) -> Rows:
    """Return rows over columns of which some stand for their opposite."""
    held = rows.matrix @ origin
    matrix = sp.csr_array(rows.matrix @ sp.diags_array(turn))
    return Rows(matrix, rows.low - held, rows.high - held)
