"""Keys survive a spreadsheet, or their row is refused; never are they joined to something else."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.cells import read_cells
from layers.join_keys import LOST_PRECISION, normal_postcode, share_of_2011
from layers.layouts import Field

UPRN = Field("uprn", kind="uprn")


def read(*cells):
    return read_cells(pd.Series(list(cells), dtype="str"), UPRN)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("100012345678", 100012345678), ("000012345678", 12345678), ("str100012345678", 100012345678),
        ("'100012345678", 100012345678), ("100012345678.0", 100012345678), ("100012345678.00", 100012345678),
        ("1.00012345678E+11", 100012345678), (" 7 ", 7),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_does_to_a_uprn_is_undone(cell, number):
    made = read(cell)
    assert made.series.tolist() == [number]
    assert not made.wrong


@pytest.mark.parametrize("cell", ["1.00012E+11", "1E+11", "1.0e11", "1.00E+11"])
def test_a_uprn_that_lost_its_last_digits_is_refused_with_the_mend(cell):
    made = read(cell)
    assert made.series.isna().all()
    ((reason, mask),) = made.wrong
    assert reason == LOST_PRECISION
    assert "format the column as text" in reason
    assert mask.tolist() == [True]


@given(st.integers(1, 999_999_999_999))
def test_every_way_of_writing_a_uprn_gives_the_same_number(number):
    made = read(str(number), f"{number:012d}", f"str{number}", f"{number}.0")
    assert made.series.tolist() == [number] * 4


@given(st.text(max_size=20))
def test_no_text_becomes_another_property(cell):
    made = read(cell)
    value = made.series.iloc[0]
    assert pd.isna(value) or str(int(value)) in "".join(c for c in cell if c.isdigit())


def test_postcodes_are_spaced_as_published():
    given_ = pd.Series(["b13  0hn", "B130HN", " cv1\u00a02bb ", "B1"])
    assert normal_postcode(given_).tolist() == ["B13 0HN", "B13 0HN", "CV1 2BB", "B1"]


def test_the_vintage_of_codes_is_told_by_those_that_changed():
    old, new = {"E01000001", "E01000002"}, {"E01000001", "E01000009"}
    assert share_of_2011(pd.Series(["E01000001", "E01000002"]), new, old) == 0.5
    assert share_of_2011(pd.Series(["E01000001", "E01000009"]), new, old) == 0
    assert share_of_2011(pd.Series(["x"]), new, old) == 0
