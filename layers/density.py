"""Points of demand summed over squares of the National Grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["summed_on_grid"]


def summed_on_grid(
    points: pd.DataFrame, column: str, cell_m: float
) -> tuple[NDArray[np.float64], float, float] | None:
    """Sum a column of points over squares whose corners are whole multiples of their side.

    Parameters
    ----------
    points
        `easting northing` in metres (EPSG:27700) and the column; missing values are left out.
    cell_m
        Side of a square, metres.

    Returns
    -------
    tuple or None
        Sums, shape (rows, columns), north up; NaN where a square has no point with a value. Then the
        left and the top edge in metres. `None` without any value.
    """
    held = points[points[column].notna()]
    if held.empty:
        return None
    column_at = np.floor(held["easting"].to_numpy(float) / cell_m).astype(np.int64)
    row_at = np.floor(held["northing"].to_numpy(float) / cell_m).astype(np.int64)
    left, top = column_at.min(), row_at.max()
    shape = (int(top - row_at.min()) + 1, int(column_at.max() - left) + 1)
    place = (top - row_at) * shape[1] + column_at - left
    size = shape[0] * shape[1]
    weights = held[column].to_numpy(float)
    total: NDArray[np.float64] = np.bincount(place, weights=weights, minlength=size).astype(float)
    total[np.bincount(place, minlength=size) == 0] = np.nan
    return total.reshape(shape), float(left * cell_m), float((top + 1) * cell_m)
