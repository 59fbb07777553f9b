"""Text cells become values, whatever pieces their column was put together from."""

import pandas as pd

from layers.cells import read_cells
from layers.layouts import Field


def test_a_column_of_several_pieces_reads_as_one_of_one():
    """Found by the 12,000 files: a rating list with a cut row brought its numbers in two pieces."""
    whole = pd.Series(["1", "2.5", "x", ""], dtype="str")
    pieces = pd.concat([whole.iloc[:1], whole.iloc[1:]], ignore_index=True)
    item = Field("area", kind="number")
    one, other = read_cells(whole, item), read_cells(pieces, item)
    pd.testing.assert_series_equal(one.series, other.series)
    assert [mask.tolist() for _why, mask in other.wrong] == [[False, False, True, False]]
