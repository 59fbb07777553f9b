"""Scores, ranks and the walk down the ranking: worked examples M01, M04 and L01's walk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import ranking
from scenarios.values import value_on_anchors

UNIT = st.floats(0, 1, allow_nan=False)


def test_m01_global_scale():
    options = np.array([[70, 40, 250], [50, 80, 150], [90, 20, 400]], dtype=float)
    anchors = [(0, 100), (0, 100), (500, 0)]
    values = np.column_stack([value_on_anchors(options[:, j], *anchors[j])[0] for j in range(3)])
    found = ranking.additive_score(values, [0.5, 0.3, 0.2])
    assert found.tolist() == pytest.approx([0.57, 0.63, 0.55], abs=1e-6)


def test_m04_fixed_anchors_do_not_reverse_ranks():
    """Under min-max, adding D makes B overtake A (0.722, 0.667 -> 0.487, 0.571); here it cannot."""
    options = np.array([[60, 40], [40, 65], [30, 20], [100, 10]], dtype=float)
    values, _ = value_on_anchors(options, 0, 100)
    before = ranking.additive_score(values[:3], [0.5, 0.5])
    after = ranking.additive_score(values, [0.5, 0.5])
    assert after[:3].tolist() == before.tolist()


@given(
    st.lists(st.tuples(UNIT, UNIT, UNIT), min_size=1, max_size=12),
    st.tuples(UNIT, UNIT, UNIT),
)
def test_adding_a_poor_option_never_reorders_the_rest(options, shrink):
    values = np.array(options)
    weights = [0.5, 0.3, 0.2]
    poor = values.min(axis=0) * np.array(shrink)  # no better than any on any criterion
    before = ranking.additive_score(values, weights)
    after = ranking.additive_score(np.vstack([values, poor]), weights)
    assert after[:-1].tolist() == before.tolist()
    assert ranking.ranks(after)[:-1].tolist() == ranking.ranks(before).tolist()


def test_equal_scores_share_a_rank():
    assert ranking.ranks([0.5, 0.9, 0.5, 0.1]).tolist() == [2, 1, 2, 4]
    assert ranking.ranks([]).tolist() == []


def test_cost_then_id_order_equals_without_changing_their_rank():
    order = ranking.ranking_order([1, 1, 1, 1], [np.nan, 5, 3, 3], ["a", "b", "d", "c"])
    assert order.tolist() == [3, 2, 1, 0]


def test_rank_ranges_by_hand():
    # A certain 0.8; B 0.4 to 0.9; C certain 0.3
    best, worst = ranking.rank_ranges([0.8, 0.4, 0.3], [0.8, 0.9, 0.3])
    assert best.tolist() == [1, 1, 3]
    assert worst.tolist() == [2, 2, 3]


def test_certain_scores_leave_no_range_save_ties():
    best, worst = ranking.rank_ranges([0.9, 0.5, 0.5], [0.9, 0.5, 0.5])
    assert best.tolist() == worst.tolist() == [1, 2, 2]


@given(st.lists(st.tuples(UNIT, UNIT, UNIT), min_size=1, max_size=15))
def test_rank_ranges_hold_every_rank_that_can_occur(triples):
    ordered = np.sort(np.array(triples), axis=1)
    best, worst = ranking.rank_ranges(ordered[:, 0], ordered[:, 2])
    middle = ranking.ranks(ordered[:, 1])
    assert (best <= middle).all()
    assert (middle <= worst).all()
    for i in range(len(ordered)):
        ahead = [j for j in range(len(ordered)) if j != i]
        expected_best = 1 + sum(ordered[j, 0] > ordered[i, 2] for j in ahead)
        expected_worst = 1 + sum(ordered[j, 2] > ordered[i, 0] for j in ahead)
        assert (best[i], worst[i]) == (expected_best, expected_worst)


def test_the_walk_skips_what_no_longer_fits():
    """Four sites of L01 in order of premises covered, S1 70, S3 70, S2 60, S4 50; budget 100."""
    cost = np.array([60.0, 70.0, 50.0, 30.0])  # S1, S3, S2, S4
    chosen = ranking.walk_down([0, 1, 2, 3], [True] * 4, cost, 100)
    assert chosen.tolist() == [True, False, False, True]


def test_the_walk_never_takes_the_ineligible_or_the_unpriced():
    chosen = ranking.walk_down([0, 1, 2], [False, True, True], [10, np.nan, 10], 100)
    assert chosen.tolist() == [False, False, True]


@given(
    st.lists(st.tuples(st.floats(1, 100), st.booleans()), max_size=20),
    st.floats(0, 300),
)
def test_the_walk_stays_within_the_budget(options, budget):
    cost = np.array([c for c, _ in options])
    may = np.array([m for _, m in options], dtype=bool)
    chosen = ranking.walk_down(np.arange(len(cost)), may, cost, budget)
    assert cost[chosen].sum() <= budget + 1e-9
    assert not chosen[~may].any()


def test_weight_by_grade():
    shares = ranking.weight_by_grade(
        [["measured", "missing"], ["estimated", "estimated"], ["modelled", "measured"]],
        [0.5, 0.3, 0.2],
    )
    assert shares["measured"].tolist() == [50.0, 20.0]
    assert shares["estimated"].tolist() == [30.0, 30.0]
    assert shares["modelled"].tolist() == [20.0, 0.0]
