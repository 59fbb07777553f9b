"""Small numbers stay hidden from one who knows the totals and the rules."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from layers.lineage import Column, Table
from layers.suppression import coarse, secondary, suppress, to_fives


def bounds_of(codes, values):
    """Attack: what each `<5` may be, knowing the total, what is shown, and the rules."""
    hidden = np.flatnonzero(codes)
    rest = sum(values[i] for i in hidden)
    may = [(1, 4) if codes[i] == 1 else (5, None) for i in hidden]
    if (codes == 1).sum() == 0:  # nothing says which are small
        may = [(0, None)] * len(hidden)
    found = {}
    for k, i in enumerate(hidden):
        one = np.zeros(len(hidden))
        one[k] = 1
        low, high = (
            linprog(sign * one, A_eq=np.ones((1, len(hidden))), b_eq=[rest], bounds=may)
            for sign in (1, -1)
        )
        found[int(i)] = (low.fun, -high.fun if high.status == 0 else np.inf)
    return found


@given(st.lists(st.integers(0, 40), min_size=1, max_size=9))
def test_every_small_count_may_be_one_to_four_whatever_the_total(values):
    codes = secondary(values)
    assert all(codes[i] != 0 for i, v in enumerate(values) if 1 <= v <= 4)
    for i, (low, high) in bounds_of(codes, values).items():
        if codes[i] == 1:
            assert low <= 1 + 1e-6
            assert high >= 4 - 1e-6


def test_a_lone_small_count_takes_a_second_cell_with_it():
    assert secondary([30, 3, 12, 9]).tolist() == [0, 1, 0, 2]


def test_two_fours_give_each_other_away_so_a_third_goes_too():
    # 4 + 4 of a known 8 can be nothing else
    assert secondary([4, 4, 20]).tolist() == [1, 1, 2]


def test_where_nothing_protects_no_cell_is_shown():
    assert secondary([4, 4, 0]).tolist() == [2, 2, 2]


def test_missing_stays_missing_and_is_no_nought():
    assert secondary([np.nan, 3, 50]).tolist() == [0, 1, 2]


def test_shares_that_tell_of_a_small_count_go_with_it():
    table = Table(
        "t",
        "id",
        pd.DataFrame({"id": ["a", "b", "c"], "n": [3.0, 60.0, 80.0], "pct": [0.4, 8.0, 9.0]}),
        {"id": Column("id"), "n": Column("n", "premises", 0), "pct": Column("pct", "%", 1)},
    )
    made = suppress(table, "n", beside=("pct",))
    assert made.withheld == {
        ("a", "n"): "<5", ("b", "n"): "withheld", ("a", "pct"): "withheld", ("b", "pct"): "withheld"
    }  # fmt: skip
    assert made.frame["n"].isna().tolist() == [True, True, False]


def test_groups_have_totals_of_their_own():
    table = Table(
        "t",
        "id",
        pd.DataFrame({"id": list("abcd"), "n": [3.0, 60.0, 70.0, 80.0]}),
        {"id": Column("id"), "n": Column("n", "premises", 0)},
    )
    made = suppress(table, "n", pd.Series(["x", "x", "y", "y"]))
    assert made.frame["n"].isna().tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("value", "read"), [(1_829_545, 1_800_000), (-5.26, -5.3), (0, 0), (96, 96)]
)
def test_sums_keep_two_leading_figures(value, read):
    assert coarse(value) == pytest.approx(read)


def test_fives():
    assert to_fives([12, 13, 0]).tolist() == [10, 15, 0]
