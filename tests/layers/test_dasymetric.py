"""Published counts shared out to points: whatever the weights, no total changes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.dasymetric import spread


def test_by_hand():
    part, empty = spread({"a": 100.0, "b": 40.0}, ["a", "a", "b"], [30, 10, 5])
    assert part.tolist() == [75, 25, 40]
    assert empty == ()


def test_unknown_is_never_zero():
    part, empty = spread({"a": math.nan, "c": 3.0, "d": 0.0}, ["a", "b"], [1, 1])
    assert np.isnan(part).all()
    assert empty == ("c",)


def test_without_any_weight_all_points_count_alike():
    part, _ = spread({"a": 9.0}, ["a"] * 3, [0, np.nan, 0])
    assert part.tolist() == [3, 3, 3]


def test_nothing_to_share():
    part, empty = spread({}, [], [])
    assert len(part) == 0
    assert empty == ()
    assert spread({"a": 0.0}, ["a"], [2])[0].tolist() == [0]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 1e6, allow_nan=False)),
        min_size=1,
        max_size=60,
    ),
    st.tuples(*[st.floats(0, 1e7, allow_nan=False)] * 3),
)
def test_totals_are_preserved_to_the_last_digit(points, totals):
    zone, weight = zip(*points, strict=True)
    held = dict(zip("abc", totals, strict=True))
    part, empty = spread(held, zone, weight)
    assert (part >= 0).all()
    for name, total in held.items():
        mine = part[np.array(zone) == name]
        if len(mine):
            assert math.fsum(mine) == pytest.approx(total, rel=1e-15, abs=1e-12)
        else:
            assert (name in empty) == (total > 0)
