"""Values on fixed anchors, ranges of missing data, evidence routes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.criteria import Metric, best_route, on_scale, weakest
from scenarios.profile import Criterion
from scenarios.values import value_on_anchors

NAN = float("nan")
MORE = Criterion(
    label="more", weight=0.4, unit="m", anchor_zero=0, anchor_one=100, decimals=1, description="."
)
LESS = Criterion(
    label="less", weight=0.5, unit="m", anchor_zero=4000, anchor_one=250, description="."
)


def metric(value, **more):
    return Metric.of(value, unit="m", grade="measured", route="counted", **more)


def test_values_are_capped_and_counted():
    value, capped = value_on_anchors([-10, 0, 50, 100, 150, NAN], 0, 100)
    assert value[:5].tolist() == [0, 0, 0.5, 1, 1]
    assert np.isnan(value[5])
    assert capped.tolist() == [True, False, False, False, True, False]


def test_less_is_better_turns_the_range_round():
    scored = on_scale(metric([1000.0], low=[500.0], high=[2000.0]), LESS)
    assert scored.value[0] == pytest.approx(0.8)
    assert (scored.value_low[0], scored.value_high[0]) == pytest.approx((0.5333, 0.9333))
    assert scored.points[0] == pytest.approx(0.4)


def test_missing_spans_the_anchors_and_its_midpoint_stands():
    scored = on_scale(metric([NAN]), MORE)
    assert (scored.value_low[0], scored.value[0], scored.value_high[0]) == (0.0, 0.5, 1.0)
    assert scored.missing.tolist() == [True]
    assert np.isnan(scored.metric[0])


def test_known_bounds_narrow_what_is_missing():
    scored = on_scale(metric([NAN], low=[40.0]), MORE)
    assert (scored.value_low[0], scored.value[0], scored.value_high[0]) == (0.4, 0.7, 1.0)


def test_an_open_end_reaches_the_anchor():
    scored = on_scale(metric([20.0], low=[0.0], high=[NAN]), MORE)
    assert (scored.value_low[0], scored.value[0], scored.value_high[0]) == (0.0, 0.2, 1.0)


@given(st.floats(-50, 150), st.floats(0, 60), st.floats(0, 60))
def test_a_value_lies_in_its_range_and_rises_with_its_metric(x, down, up):
    scored = on_scale(metric([x], low=[x - down], high=[x + up]), MORE)
    assert 0 <= scored.value_low[0] <= scored.value[0] <= scored.value_high[0] <= 1
    better = on_scale(metric([x + 1.0]), MORE)
    assert better.value[0] >= scored.value[0]
    cheaper, dearer = (on_scale(metric([y]), LESS).value[0] for y in (x, x + 500))
    assert cheaper >= dearer


@given(st.floats(0, 100))
def test_knowing_a_value_never_leaves_the_range_of_not_knowing_it(x):
    unknown, known = on_scale(metric([NAN]), MORE), on_scale(metric([x]), MORE)
    assert unknown.value_low[0] <= known.value[0] <= unknown.value_high[0]


def test_the_first_route_with_a_value_is_used():
    best = Metric.of([1.0, NAN, NAN], unit="m", grade="measured", route="first", formula="a")
    second = Metric.of([2.0, 2.0, NAN], unit="m", grade="estimated", route="second", formula="b")
    floor = Metric.of([NAN] * 3, low=[5.0] * 3, unit="m", grade="", route="floor")
    found = best_route(best, second, floor)
    assert found.value[:2].tolist() == [1.0, 2.0]
    assert found.route.tolist() == ["first", "second", "floor"]
    assert found.grade.tolist() == ["measured", "estimated", ""]
    assert found.low[2] == 5.0
    assert np.isnan(found.value[2])
    assert found.formula == "a; else b"


def test_a_value_is_as_weak_as_its_weakest_part():
    a = np.array(["measured", "measured", "estimated", "measured"], dtype=object)
    b = np.array(["measured", "estimated", "modelled", ""], dtype=object)
    assert weakest([a, b]).tolist() == ["measured", "estimated", "modelled", ""]


def test_where_takes_values_away_with_a_reason():
    kept = metric([1.0, 2.0]).where(np.array([True, False]), "not here")
    assert kept.route.tolist() == ["counted", "not here"]
    assert kept.grade.tolist() == ["measured", ""]
    assert np.isnan(kept.high[1])


@given(
    st.lists(st.floats(-500, 5_000), min_size=1, max_size=20),
    st.sampled_from([1 / 1024, 0.25, 2.0, 64.0, 4096.0]),
    st.sampled_from([MORE, LESS]),
)
def test_scaling_a_criterion_and_its_anchors_changes_nothing(values, factor, criterion):
    # a power of two scales without rounding, so that equal means equal
    fine = criterion.model_copy(update={"decimals": 6})
    other = fine.model_copy(
        update={"anchor_zero": fine.anchor_zero * factor, "anchor_one": fine.anchor_one * factor}
    )
    at = np.round(np.asarray(values) * 1024) / 1024
    here, there = on_scale(metric(at), fine), on_scale(metric(at * factor), other)
    # to one unit of the last decimal: the rounding of the metric can move a tie
    assert there.value.tolist() == pytest.approx(here.value.tolist(), abs=1.01e-4)
    assert there.capped == here.capped
