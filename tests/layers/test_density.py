"""Points summed over squares of the National Grid."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.density import summed_on_grid


def test_points_are_summed_in_their_square_and_empty_squares_have_no_data():
    points = pd.DataFrame(
        {
            "easting": [1_010.0, 1_090.0, 1_250.0, 1_250.0],
            "northing": [2_010.0, 2_090.0, 2_150.0, 2_150.0],
            "n": [1.0, 2.0, 4.0, np.nan],
        }
    )
    total, left, top = summed_on_grid(points, "n", 100.0)
    assert (left, top) == (1_000.0, 2_200.0)
    np.testing.assert_array_equal(total, [[np.nan, np.nan, 4.0], [3.0, np.nan, np.nan]])
    assert summed_on_grid(points.assign(n=np.nan), "n", 100.0) is None
