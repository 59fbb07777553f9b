"""Metrics on a criterion's scale: linear between two fixed anchors, capped beyond them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["value_on_anchors"]

Floats = NDArray[np.float64]


def value_on_anchors(
    metric: ArrayLike, anchor_zero: float, anchor_one: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the value of a metric, in [0, 1], and where it was capped.

    Anchors are fixed by the profile and never taken from the options at hand, so that adding an
    option cannot change another's value.

    Parameters
    ----------
    metric
        In the criterion's unit; NaN where missing.
    anchor_zero, anchor_one
        Metric worth 0 and metric worth 1; `anchor_zero` is the larger where less is better.

    Returns
    -------
    value, capped
        NaN stays NaN and is not capped.

    Examples
    --------
    >>> value_on_anchors([0, 250, 2000], 0, 1000)[0].tolist()
    [0.0, 0.25, 1.0]
    """
    raw = (np.asarray(metric, dtype=np.float64) - anchor_zero) / (anchor_one - anchor_zero)
    with np.errstate(invalid="ignore"):
        capped = (raw < 0) | (raw > 1)
    return np.clip(raw, 0.0, 1.0), capped
