"""Counts published for zones, shared out to the points inside them by a weight, totals preserved.

Dasymetric mapping (Wright, 1936; Eicher and Brewer, 2001): what is known to vary inside a zone (premises,
jobs) decides how its count is spread, and the count itself is never changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["spread"]

Floats = NDArray[np.float64]
ROUNDS = 4


def spread(
    totals: Mapping[str, float] | pd.Series, zone: ArrayLike | pd.Categorical, weight: ArrayLike
) -> tuple[Floats, tuple[str, ...]]:
    """Share out each zone's total over its points in proportion to their weights.

    Parameters
    ----------
    totals
        By zone; NaN is unknown and gives unknown parts.
    zone
        Zone of each point, text (a `pd.Categorical` is quickest); a zone without a total gives unknown parts.
    weight
        Of each point, zero or more; unknown counts as zero. Where no point of a zone has weight, all
        count alike.

    Returns
    -------
    tuple
        The part of each point, and the zones with a total above zero and no point to take it. The
        parts of a zone add up to its total to the last digit.

    Examples
    --------
    >>> spread({"a": 10.0, "b": 1.0}, ["a", "a"], [3.0, 1.0])
    (array([7.5, 2.5]), ('b',))
    """
    known = pd.Series(totals, dtype="float64")
    text = zone if isinstance(zone, pd.Categorical) else pd.Series(np.asarray(zone, dtype=object))
    code, names = pd.factorize(text)
    heavy = np.nan_to_num(np.asarray(weight, dtype=np.float64))
    whole = known.reindex(pd.Index(names)).to_numpy(dtype=np.float64)
    part = np.full(len(code), np.nan)
    order = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[order], np.arange(len(names) + 1))
    for number, total in enumerate(whole.tolist()):
        if not math.isnan(total):
            at = order[bounds[number] : bounds[number + 1]]
            part[at] = _shared(total, heavy[at])
    empty = known.index[(known > 0) & ~known.index.isin(names)]
    return part, tuple(sorted(map(str, empty)))


def _shared(total: float, weight: Floats) -> Floats:
    """Return parts of a total that add up to it exactly; the largest takes what rounding leaves."""
    if not weight.sum() > 0:
        weight = np.ones(len(weight))
    part: Floats = total * (weight / weight.sum())
    largest = int(np.argmax(part))
    for _ in range(ROUNDS):
        left = total - math.fsum(part.tolist())
        if left == 0:
            break
        part[largest] += left
    return part
