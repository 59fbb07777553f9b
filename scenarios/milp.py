"""Mixed-integer programmes by HiGHS, through scipy: the answer, its proven bound, and how it ended.

The search stops on a limit of nodes or on the gap, never on the clock, so that the answer is the
same on any machine of one platform.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["GAP", "NODE_LIMIT", "Relaxed", "Rows", "Solved", "maximise", "relax"]

Floats = NDArray[np.float64]
GAP = 1e-4
NODE_LIMIT = 20_000
LARGEST_COEFFICIENT = 1e4
INFEASIBLE = 2
STDOUT = 1


@dataclass(frozen=True)
class Rows:
    """Linear constraints: low <= matrix x <= high."""

    matrix: sp.csr_array
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Solved:
    """What the solver found.

    Attributes
    ----------
    x
        The best solution, or None where none was found.
    bound
        No solution is better than this; infinite where the solver proved nothing.
    infeasible
        Whether it proved that there is no solution.
    nodes
        Nodes of the search tree it looked at.
    """

    x: Floats | None
    bound: float
    infeasible: bool
    nodes: int


@dataclass(frozen=True)
class Relaxed:
    """A problem without whole numbers.

    Attributes
    ----------
    x
        The best solution, or None where none was found.
    bound
        Its objective.
    loss
        Per variable at zero, how much each unit of it would at least cost the objective.
    infeasible
        Whether there is proven to be no solution.
    """

    x: Floats | None
    bound: float
    loss: Floats
    infeasible: bool


def maximise(
    objective: Floats,
    rows: list[Rows],
    *,
    integer: NDArray[np.bool_],
    upper: Floats,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
    presolve: bool = True,
) -> Solved:
    """Maximise a linear objective over variables from 0 to `upper`.

    Parameters
    ----------
    objective
        One coefficient per variable.
    rows
        Constraints, stacked in the order given.
    integer
        Which variables are whole numbers.
    node_limit, gap
        Where the search stops: nodes, and the relative distance to the bound.
    presolve
        Whether the solver simplifies the problem first. Where that is done already, it takes longer
        than it saves.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to import, and a kept choice needs no solver

    scale = _scale(objective)
    constraints = LinearConstraint(
        sp.vstack([part.matrix for part in rows], format="csr"),
        np.concatenate([part.low for part in rows]),
        np.concatenate([part.high for part in rows]),
    )
    with _hushed():
        result = milp(
            -scale * objective,
            constraints=constraints,
            bounds=Bounds(np.zeros(len(objective)), upper),
            integrality=integer.astype(np.int64),
            options={
                "node_limit": node_limit, "mip_rel_gap": gap, "presolve": presolve, "disp": False,
            },
        )  # fmt: skip
    bound = np.inf
    proven = result.get("mip_dual_bound")
    if proven is None and result.status == 0:
        proven = result.fun
    if proven is not None:
        bound = -float(proven) / scale
    return Solved(
        x=None if result.x is None else np.asarray(result.x, dtype=np.float64),
        bound=bound,
        infeasible=result.status == INFEASIBLE,
        nodes=int(result.get("mip_node_count") or 0),
    )


def relax(objective: Floats, rows: list[Rows], *, upper: Floats) -> Relaxed:
    """Maximise without whole numbers, by the interior-point method and a clean-up to a corner."""
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to import, and a kept choice needs no solver

    scale = _scale(objective)
    matrix = sp.vstack([part.matrix for part in rows], format="csr")
    low = np.concatenate([part.low for part in rows])
    high = np.concatenate([part.high for part in rows])
    above, below = np.isfinite(low), np.isfinite(high)
    result = linprog(  # type: ignore[call-overload] # the stubs know no sparse matrix, scipy does
        -scale * objective,
        A_ub=sp.csr_array(
            sp.vstack([matrix[np.flatnonzero(below)], -matrix[np.flatnonzero(above)]])
        ),
        b_ub=np.concatenate([high[below], -low[above]]),
        bounds=[(0.0, float(most)) for most in upper],
        method="highs-ipm",
    )
    if result.x is None or result.status != 0:
        infeasible = result.status == INFEASIBLE
        return Relaxed(None, np.inf, np.zeros(len(objective)), infeasible)
    loss = np.asarray(result.lower.marginals, dtype=np.float64) / scale
    x = np.asarray(result.x, dtype=np.float64)
    return Relaxed(x, -float(result.fun) / scale, loss, infeasible=False)


@contextmanager
def _hushed() -> Iterator[None]:
    """Send nowhere what the solver writes to the standard output: a stray line would spoil `--json`."""
    try:
        kept, nowhere = os.dup(STDOUT), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # nobody listens
        yield
        return
    os.dup2(nowhere, STDOUT)
    try:
        yield
    finally:
        os.dup2(kept, STDOUT)
        os.close(kept)
        os.close(nowhere)


def _scale(objective: Floats) -> float:
    biggest = float(np.abs(objective).max(initial=0.0))
    if 1 <= biggest <= LARGEST_COEFFICIENT or biggest == 0:
        return 1.0
    # A power of ten leaves whole numbers whole enough for the solver's own reductions
    return float(10.0 ** -np.ceil(np.log10(biggest / LARGEST_COEFFICIENT)))
