"""Which sites reach which demand, with demand points of identical reach merged into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, StudyError
from scenarios.capacity import binding, most_without, served

__all__ = ["Cover", "cover_matrix", "merge_alike"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cover:
    """Demand in groups that exactly the same sites reach.

    Attributes
    ----------
    groups
        Groups by sites, 1 where the site reaches the group; each group has a site.
    demand
        Of each group: the sum over its points.
    unreachable
        Demand that no site reaches.
    capacity
        The most demand each site can serve, infinite where it can serve all in its reach; None
        where nothing limits any site.
    """

    groups: sp.csr_array
    demand: Floats
    unreachable: float
    capacity: Floats | None = None

    def reached(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which groups the chosen sites reach."""
        reached: NDArray[np.bool_] = self.groups @ chosen.astype(np.float64) > 0
        return reached

    def covered(self, chosen: NDArray[np.bool_]) -> float:
        """Return the demand the chosen sites serve, each point counted once."""
        if self.capacity is not None:
            return served(self.groups, self.demand, self.capacity, chosen)
        return float(self.demand[self.reached(chosen)].sum())

    def most_without(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return bounds that the demand served is never above without one of the chosen sites, for each in turn.

        Raises
        ------
        ValueError
            Where nothing limits what a site can serve.
        """
        if self.capacity is None:
            raise ValueError("no site has a limit")
        return most_without(self.groups, self.demand, self.capacity, chosen)


def cover_matrix(demand: ArrayLike, site: ArrayLike, shape: tuple[int, int]) -> sp.csr_array:
    """Return demand points by sites, from pairs of positions; a pair may come twice.

    Parameters
    ----------
    demand, site
        Positions of a demand point and of a site that reaches it, pair by pair.
    shape
        Number of demand points and of sites.
    """
    rows, columns = np.asarray(demand, dtype=np.int64), np.asarray(site, dtype=np.int64)
    matrix = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def merge_alike(
    covers: sp.csr_array,
    demand: ArrayLike,
    *,
    capacity: ArrayLike | None = None,
    where: str = "portfolio",
) -> Cover:
    """Merge demand points that exactly the same sites reach.

    Parameters
    ----------
    covers
        Demand points by sites, non-zero where the site reaches the point.
    demand
        Weight of each point, zero or more.
    capacity
        The most demand each site can serve, zero or more; None where there is no limit.
    where
        What the demand is, for messages.

    Raises
    ------
    StudyError
        Where demand or a capacity is missing or negative, or its length differs.
    """
    weight = np.asarray(demand, dtype=np.float64)
    if weight.shape != (covers.shape[0],):
        problem = f"{len(weight)} weights for {covers.shape[0]} demand points"
        raise StudyError(Fault(where, problem, "give one weight for each demand point"))
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if len(bad):
        problem = f"the demand at point {bad[0] + 1} is {weight[bad[0]]:g}"
        raise StudyError(Fault(where, problem, "give zero or more, or leave the point out"))
    limit = None if capacity is None else np.asarray(capacity, dtype=np.float64)
    if limit is not None and (limit.shape != (covers.shape[1],) or not (limit >= 0).all()):
        raise StudyError(
            Fault(where, "a site's capacity is negative or missing", "give zero or more")
        )
    matrix = sp.csr_array(covers, copy=True)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    size = np.diff(matrix.indptr)
    unreachable = float(weight[size == 0].sum())
    kept = np.flatnonzero((size > 0) & (weight > 0))
    matrix, weight = matrix[kept], weight[kept]
    group, first = _alike(matrix)
    groups = matrix[first]
    groups.data = np.ones(len(groups.data))
    total = np.bincount(group, weights=weight, minlength=len(first)).astype(np.float64)
    return Cover(groups, total, unreachable, binding(groups, total, limit))


def _alike(matrix: sp.csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a group number per row, the same for rows of the same sites; and each group's first row."""
    if not matrix.shape[0]:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    # Two sums of random 64-bit keys tell rows apart; they decide nothing else
    keys = np.random.Generator(np.random.PCG64(0)).integers(
        0, 2**63, (2, matrix.shape[1]), dtype=np.uint64
    )
    sums = [np.add.reduceat(key[matrix.indices], matrix.indptr[:-1]) for key in keys]
    order = np.lexsort((sums[1], sums[0]))
    first, second = (each[order] for each in sums)
    new = np.ones(len(order), dtype=bool)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.cumsum(new) - 1
    return group, order[new]
