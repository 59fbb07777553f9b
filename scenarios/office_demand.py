"""Demand for new offices: pull that falls with distance, and what several of them draw (domain brief D3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scenarios.catchment import Membership

__all__ = ["decayed_demand", "huff_drawn"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def decayed_demand(members: Membership, units: ArrayLike, decay_m: float) -> Floats:
    """Return per site the sum of n exp(-d / decay) over the points in its reach.

    Parameters
    ----------
    units
        At each point; unknown counts nothing.
    decay_m
        Distance over which pull falls to 37 %.
    """
    pull = np.exp(-members.distance_m.astype(np.float64) / decay_m)
    return members.total(np.nan_to_num(np.asarray(units, dtype=np.float64)), pull)


def huff_drawn(
    members: Membership, units: ArrayLike, size: ArrayLike, chosen: Bools, nearest_m: float
) -> Floats:
    """Return what each chosen site draws when all of them open: Huff's model.

    A point goes to site j with the share (A_j / d_j^2) / sum over the chosen sites in its reach, so
    that each unit is drawn once (Huff, 1964, with exponent 2).

    Parameters
    ----------
    units
        At each point; unknown counts nothing.
    size
        Attraction A of each site (desks); a site of unknown or no size draws nobody.
    nearest_m
        Distances below this count as this: next door is not infinitely attractive.

    Returns
    -------
    ndarray
        NaN for sites that are not chosen.
    """
    weight = np.where(chosen, np.nan_to_num(np.asarray(size, dtype=np.float64)), 0.0)
    away = np.maximum(members.distance_m.astype(np.float64), nearest_m)
    pull = weight[members.sites()] / away**2
    whole = np.bincount(members.points, weights=pull, minlength=members.n_points)[members.points]
    share = np.divide(pull, whole, out=np.zeros_like(pull), where=whole > 0)
    drawn = members.total(np.nan_to_num(np.asarray(units, dtype=np.float64)), share)
    return np.where(chosen, drawn, np.nan)
