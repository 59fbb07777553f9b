"""Weights: published vectors, and draws that are uniform where they say so."""

from __future__ import annotations

import numpy as np
import pytest

from layers.errors import StudyError
from scenarios.weights import (
    BLOCK,
    draw_ordinal,
    draw_uniform,
    draw_within,
    rank_order_centroid,
    swing_weights,
    weight_ranges,
)


def test_swing_weights_are_the_worked_example():
    # worked example M05, from Edwards and Barron
    assert swing_weights([100, 60, 40]).tolist() == [0.5, 0.3, 0.2]


def test_swing_weights_of_a_group_sum_to_one_each():
    people = swing_weights([[100, 50, 50], [10, 100, 90]])
    assert people.sum(axis=1) == pytest.approx([1, 1])
    low, high = weight_ranges(people)
    assert low.tolist() == [0.05, 0.25, 0.25]
    assert high.tolist() == [0.5, 0.5, 0.45]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([100, np.nan, 40], "missing for criterion 2"),
        ([100, 20, -1], "criterion 3 are negative"),
        ([0, 0, 0], "all swing points are zero"),
    ],
)
def test_bad_swing_points_are_said_in_words(points, said):
    with pytest.raises(StudyError, match=said):
        swing_weights(points)


def test_every_person_with_a_fault_is_named():
    with pytest.raises(StudyError) as caught:
        swing_weights([[100, np.nan], [50, 100], [0, 0]], where="swings.csv")
    assert [fault.where for fault in caught.value.faults] == [
        "swings.csv, person 1",
        "swings.csv, person 3",
    ]


def test_rank_order_centroid_is_the_worked_example():
    # worked example M05, from Edwards and Barron
    expected = [0.520833, 0.270833, 0.145833, 0.0625]
    assert rank_order_centroid([1, 2, 3, 4]) == pytest.approx(expected, abs=1e-6)
    assert rank_order_centroid([4, 2, 3, 1])[[3, 1, 2, 0]] == pytest.approx(expected, abs=1e-6)


def test_equal_places_share_their_mean_and_all_sum_to_one():
    weights = rank_order_centroid([1, 2, 2, 3])
    assert weights[1] == weights[2] == pytest.approx((0.270833 + 0.145833) / 2, abs=1e-6)
    assert weights.sum() == pytest.approx(1)


def test_uniform_draws_sum_to_one_and_have_the_moments_of_the_simplex():
    drawn = draw_uniform(20_000, 4, seed=11)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(20_000), abs=1e-12)
    assert (drawn >= 0).all()
    # Dirichlet(1, 1, 1, 1): mean 1/4, variance 3/80, covariance -1/80
    assert drawn.mean(axis=0) == pytest.approx(np.full(4, 0.25), abs=0.005)
    assert drawn.var(axis=0) == pytest.approx(np.full(4, 3 / 80), abs=0.002)
    assert np.cov(drawn[:, 0], drawn[:, 1])[0, 1] == pytest.approx(-1 / 80, abs=0.002)


@pytest.mark.parametrize("count", [1, BLOCK - 1, BLOCK, BLOCK + 1])
def test_a_draw_does_not_depend_on_how_many_are_asked_for(count):
    many = 2 * BLOCK + 7
    assert (draw_uniform(count, 5, seed=3) == draw_uniform(many, 5, seed=3)[:count]).all()
    order = [2, 1, 3]
    assert (draw_ordinal(count, order, seed=3) == draw_ordinal(many, order, seed=3)[:count]).all()
    low, high = [0, 0.1, 0.2], [0.5, 0.6, 0.7]
    few = draw_within(count, low, high, seed=3)
    assert (few == draw_within(many, low, high, seed=3)[:count]).all()


def test_another_seed_gives_other_draws():
    assert (draw_uniform(10, 3, seed=1) != draw_uniform(10, 3, seed=2)).all()


def test_ordinal_draws_keep_the_order_and_average_to_the_centroid():
    order = [3, 1, 4, 2]
    drawn = draw_ordinal(20_000, order, seed=5)
    assert (np.diff(drawn[:, [1, 3, 0, 2]], axis=1) <= 0).all()
    assert drawn.sum(axis=1) == pytest.approx(np.ones(20_000))
    assert drawn.mean(axis=0) == pytest.approx(rank_order_centroid(order), abs=0.004)


def test_between_equal_places_any_order_comes():
    drawn = draw_ordinal(20_000, [1, 2, 2], seed=5)
    assert (drawn[:, 0] >= drawn[:, 1:].max(axis=1)).all()
    assert (drawn[:, 1] > drawn[:, 2]).mean() == pytest.approx(0.5, abs=0.015)
    assert drawn.mean(axis=0) == pytest.approx(rank_order_centroid([1, 2, 2]), abs=0.004)


def test_draws_within_ranges_are_uniform_as_rejection_shows():
    low, high = np.array([0.1, 0.0, 0.2, 0.0]), np.array([0.3, 0.5, 0.6, 0.4])
    drawn = draw_within(20_000, low, high, seed=9)
    assert ((drawn >= low - 1e-12) & (drawn <= high + 1e-12)).all()
    assert drawn.sum(axis=1) == pytest.approx(np.ones(20_000))
    everywhere = draw_uniform(200_000, 4, seed=1)
    kept = everywhere[((everywhere >= low) & (everywhere <= high)).all(axis=1)]
    assert len(kept) > 10_000
    assert drawn.mean(axis=0) == pytest.approx(kept.mean(axis=0), abs=0.003)
    assert np.cov(drawn.T) == pytest.approx(np.cov(kept.T), abs=0.0005)
    points = [0.1, 0.25, 0.5, 0.75, 0.9]
    spread = np.quantile(drawn, points, axis=0) - np.quantile(kept, points, axis=0)
    assert np.abs(spread).max() < 0.008


def test_ranges_open_to_everything_are_the_whole_simplex():
    drawn = draw_within(20_000, np.zeros(12), np.ones(12), seed=2)
    # Dirichlet(1 x 12): mean 1/12, variance 11/(144 x 13)
    assert drawn.mean(axis=0) == pytest.approx(np.full(12, 1 / 12), abs=0.002)
    assert drawn.var(axis=0) == pytest.approx(np.full(12, 11 / (144 * 13)), abs=0.0004)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ([0.6, 0.6], [0.7, 0.7], "already sum to 1.2"),
        ([0.1, 0.1], [0.2, 0.3], "sum to 0.5, below 1"),
        ([0.5, 0.1], [0.4, 0.9], "0.5 to 0.4 is not a range"),
        ([np.nan, 0.1], [0.4, 0.9], "not a range"),
        ([], [], "no criterion"),
    ],
)
def test_ranges_no_weights_fit_are_refused(low, high, said):
    with pytest.raises(StudyError, match=said):
        draw_within(10, low, high, seed=1)


def test_no_draws_are_an_empty_table():
    assert draw_uniform(0, 4, seed=1).shape == (0, 4)
