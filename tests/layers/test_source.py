"""A reading's rows always reconcile."""

import pandas as pd
import pytest

from layers.source import Reading, SourceFile

SOURCE = SourceFile("a.csv", "0" * 64, 1, "f", "d", "t", "p", "l", "a")


def reading(n=4):
    return Reading(
        SOURCE, pd.DataFrame({"src": SOURCE.src, "record": range(1, n + 1), "x": range(n)}), n
    )


def test_rows_set_aside_and_quarantined_are_counted_by_reason():
    done = (
        reading()
        .without([True, False, False, False], "ended")
        .without_bad([False, True, False], "wrong", "x")
    )
    quality = done.quality()
    assert (quality.rows_in, quality.used) == (4, 2)
    assert quality.set_aside == {"ended": 1}
    assert quality.quarantined == {"wrong": 1}
    assert quality.closes


def test_a_quarantined_row_keeps_its_record_and_value():
    row = reading().without_bad([False, False, True, False], "wrong", "x").quarantine.iloc[0]
    assert (row["record"], row["value"], row["reason"]) == (3, "2", "wrong")


def test_a_reading_that_loses_a_row_cannot_be_made():
    with pytest.raises(AssertionError, match="rows in"):
        Reading(SOURCE, pd.DataFrame({"x": [1]}), 2)
