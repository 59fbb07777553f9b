"""Mixed-integer programmes by HiGHS, through scipy: the answer, its proven bound, and how it ended.

The search stops on a limit of nodes or on the gap, never on the clock, so that the answer is the
same on any machine of one platform.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

__all__ = ["GAP", "NODE_LIMIT", "Rows", "Solved", "maximise"]

Floats = NDArray[np.float64]
GAP = 1e-4
NODE_LIMIT = 20_000
LARGEST_COEFFICIENT = 1e4
INFEASIBLE = 2


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


def maximise(
    objective: Floats,
    rows: list[Rows],
    *,
    integer: NDArray[np.bool_],
    upper: Floats,
    node_limit: int = NODE_LIMIT,
    gap: float = GAP,
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
    """
    biggest = float(np.abs(objective).max(initial=0.0))
    # A power of ten leaves whole numbers whole enough for the solver's own reductions
    scale = 10.0 ** -np.ceil(np.log10(biggest / LARGEST_COEFFICIENT)) if biggest > 0 else 1.0
    scale = scale if biggest > LARGEST_COEFFICIENT or biggest < 1 else 1.0
    constraints = LinearConstraint(
        sp.vstack([part.matrix for part in rows], format="csr"),
        np.concatenate([part.low for part in rows]),
        np.concatenate([part.high for part in rows]),
    )
    result = milp(
        -scale * objective,
        constraints=constraints,
        bounds=Bounds(np.zeros(len(objective)), upper),
        integrality=integer.astype(np.int64),
        options={"node_limit": node_limit, "mip_rel_gap": gap, "presolve": True, "disp": False},
    )
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
