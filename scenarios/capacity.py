"""What sites of limited capacity serve: each unit of demand once, no site more than it can hold."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["binding", "most_without", "pairs_of", "served"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]
DECIMALS = 6  # the solver's own tolerance is about this


def pairs_of(groups: sp.csr_array) -> tuple[Ints, Ints]:
    """Return group and site of each pair of demand and a site that reaches it."""
    group, site = sp.coo_array(groups).coords
    return np.asarray(group, dtype=np.int64), np.asarray(site, dtype=np.int64)


def binding(groups: sp.csr_array, demand: Floats, capacity: Floats | None) -> Floats | None:
    """Return capacities, infinite where a site can hold all in its reach; None where all can."""
    if capacity is None:
        return None
    in_reach = groups.T @ demand
    limit = np.where(capacity >= in_reach, np.inf, capacity)
    return limit if np.isfinite(limit).any() else None


def served(groups: sp.csr_array, demand: Floats, capacity: Floats, chosen: Booleans) -> float:
    """Return the most demand that the chosen sites serve together.

    Parameters
    ----------
    groups
        Groups of demand by sites, 1 where the site reaches the group.
    demand
        Of each group; several sites may share a group.
    capacity
        The most each site can serve; infinite where nothing limits it.
    chosen
        Whether each site is chosen.

    Notes
    -----
    The transport problem: maximise ``sum a_i z_ij`` subject to ``sum_j z_ij <= 1``,
    ``sum_i a_i z_ij <= K_j`` and ``0 <= z_ij <= 1`` over the pairs within reach.

    Examples
    --------
    >>> both = sp.csr_array(np.ones((1, 2)))
    >>> served(both, np.array([50.0]), np.array([30.0, 10.0]), np.array([True, True]))
    40.0
    """
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to import, and a kept choice needs no solver

    free = groups @ (chosen & np.isinf(capacity)).astype(np.float64) > 0
    total = float(demand[free].sum())
    rest = groups[np.flatnonzero(~free)][:, np.flatnonzero(chosen)]
    weight, limit = demand[~free], capacity[chosen]
    group, site = pairs_of(rest)
    if not len(group):
        return round(total, DECIMALS)
    one = np.arange(len(group))
    ones = np.ones(len(group))
    once = sp.csr_array((ones, (group, one)), shape=(rest.shape[0], len(group)))
    room = sp.csr_array((weight[group], (site, one)), shape=(rest.shape[1], len(group)))
    limited = np.isfinite(limit)
    found = linprog(  # type: ignore[call-overload] # the stubs know no sparse matrix, scipy does
        -weight[group],
        A_ub=sp.csr_array(sp.vstack([once, room[np.flatnonzero(limited)]])),
        b_ub=np.concatenate([np.ones(rest.shape[0]), limit[limited]]),
        bounds=(0.0, 1.0),
        method="highs",
    )
    return round(total - float(found.fun), DECIMALS)


def most_without(
    groups: sp.csr_array, demand: Floats, capacity: Floats, chosen: Booleans
) -> Floats:
    """Return bounds that `served`, whose parameters these are, is never above without one of the chosen sites.

    No site serves more than it can hold, nor more than is in its reach. All are found at once: a site that is
    left out changes only what lies in its own reach.

    Returns
    -------
    ndarray of float64
        One bound a chosen site, in their order.

    Examples
    --------
    >>> both = sp.csr_array(np.ones((1, 2)))
    >>> most_without(both, np.array([50.0]), np.array([30.0, 10.0]), np.array([True, True])).tolist()
    [10.0, 30.0]
    """
    at = np.flatnonzero(chosen)
    reach, limit = sp.csr_array(groups[:, at]), capacity[at]
    endless = np.isinf(limit)
    reached_by = np.asarray(reach.sum(axis=1)).ravel()
    free_by = reach @ endless.astype(np.float64)
    free = float(demand[free_by > 0].sum())  # what a site without limit holds
    left = np.where(free_by > 0, 0.0, demand)
    in_reach = reach.T @ left
    held = np.minimum(in_reach, limit)
    whole, together = float(left[reached_by > 0].sum()), float(held.sum())
    alone = reach.T @ np.where(reached_by == 1, left, 0.0)  # what nobody else reaches
    found = free + np.minimum(whole - alone, together - held)
    columns = reach.tocsc()
    for site in np.flatnonzero(endless):
        mine = columns.indices[columns.indptr[site] : columns.indptr[site + 1]]
        # what it alone held without limit, the others share
        bound = mine[free_by[mine] == 1]
        shared = float(demand[bound[reached_by[bound] > 1]].sum())
        others = reach[bound]
        near, of = np.unique(others.indices, return_inverse=True)
        more = np.bincount(of, np.repeat(demand[bound], np.diff(others.indptr)), len(near))
        now = np.minimum(in_reach[near] + more, limit[near])
        gain = float((now - held[near])[near != site].sum())
        found[site] = free - float(demand[bound].sum()) + min(whole + shared, together + gain)
    return np.asarray(found, dtype=np.float64)
