"""One weight at a time: exact limits of the winner, limits of a place, and the sentence."""

from __future__ import annotations

import numpy as np
import pytest

from layers.errors import StudyError
from scenarios import sensitivity
from scenarios.ranking import additive_score, ranking_order, ranks, walk_down
from scenarios.sensitivity import (
    PlaceLimits,
    move_weight,
    one_at_a_time,
    place_limits,
    sentence,
    winner_limits,
)
from scenarios.walks import chosen_under

PAIR = [[0.8, 0.2], [0.5, 0.6]]
NAMES = ["a", "b"]


def test_moving_a_weight_keeps_the_proportions_of_the_others():
    assert move_weight([0.5, 0.3, 0.2], 0, 0.8) == pytest.approx([0.8, 0.12, 0.08])
    assert move_weight([1.0, 0.0, 0.0], 0, 0.5) == pytest.approx([0.5, 0.25, 0.25])


def test_the_winner_changes_at_the_analytic_weight():
    # worked example M06: A leads where the first weight is above 4/7, the second below 3/7
    found = winner_limits(PAIR, [0.5, 0.5], costs_gbp=[1, 1], site_id=NAMES)
    assert found.winner == 1
    assert found.rises_to[0] == pytest.approx(4 / 7)
    assert found.then_above.tolist() == [0, -1]
    assert np.isnan(found.falls_to[0])
    assert found.falls_to[1] == pytest.approx(3 / 7)
    assert found.then_below.tolist() == [-1, 0]


def test_limits_of_the_winner_agree_with_a_fine_search():
    rng = np.random.default_rng(2)
    value, weights = rng.random((30, 4)), np.array([0.4, 0.3, 0.2, 0.1])
    names = [f"s{i:02d}" for i in range(30)]
    found = winner_limits(value, weights, costs_gbp=np.ones(30), site_id=names)
    for j in range(4):
        line = np.linspace(0, 1, 4001)
        first = np.array([(value * move_weight(weights, j, t)).sum(axis=1).argmax() for t in line])
        above = line[(line > weights[j]) & (first != found.winner)]
        below = line[(line < weights[j]) & (first != found.winner)]
        for seen, limit, then in (
            (above[:1], found.rises_to[j], found.then_above[j]),
            (below[-1:], found.falls_to[j], found.then_below[j]),
        ):
            if len(seen):
                assert limit == pytest.approx(seen[0], abs=3e-4)
                assert first[line == seen[0]][0] == then
            else:
                assert np.isnan(limit)


def test_a_dominating_winner_has_no_limits_and_a_tie_has_none_to_spare():
    found = winner_limits([[0.9, 0.9], [0.1, 0.2]], [0.5, 0.5], costs_gbp=[1, 1], site_id=NAMES)
    assert np.isnan(found.rises_to).all()
    assert np.isnan(found.falls_to).all()
    tied = winner_limits([[0.6, 0.4], [0.4, 0.6]], [0.5, 0.5], costs_gbp=[1, 2], site_id=NAMES)
    assert tied.winner == 0
    assert tied.falls_to[0] == tied.rises_to[1] == 0.5


def limits_of(value, weights, cost, budget, eligible=None):
    value = np.asarray(value, dtype=float)
    return place_limits(
        value,
        weights,
        costs_gbp=cost,
        budget_gbp=budget,
        eligible=np.ones(len(value), bool) if eligible is None else eligible,
        site_id=[f"s{i:02d}" for i in range(len(value))],
    )


def test_a_place_is_lost_where_the_order_turns():
    found = limits_of(PAIR, [0.5, 0.5], [10, 10], 10)
    assert found.chosen.tolist() == [False, True]
    assert found.rises_to[:, 0] == pytest.approx([4 / 7, 4 / 7], abs=1e-3)  # scores are rounded
    assert found.falls_to[:, 1] == pytest.approx([3 / 7, 3 / 7], abs=1e-3)
    assert np.isnan(found.falls_to[:, 0]).all()


def test_places_agree_with_walking_down_at_each_side_of_a_limit():
    rng = np.random.default_rng(5)
    value, cost = rng.random((25, 3)), rng.uniform(1, 5, 25)
    weights = np.array([0.5, 0.3, 0.2])
    names = [f"s{i:02d}" for i in range(25)]
    found = limits_of(value, weights, cost, 20)

    def chosen(moved):
        order = ranking_order(ranks(additive_score(value, moved)), cost, names)
        return walk_down(order, np.ones(25, bool), cost, 20)

    assert (found.chosen == chosen(weights)).all()
    seen = 0
    for bounds in (found.rises_to, found.falls_to):
        for site, j in zip(*np.nonzero(~np.isnan(bounds)), strict=True):
            # rounded scores tie over a narrow band of weights, so both sides are close, not apart
            around = bounds[site, j] + np.linspace(-1e-4, 1e-4, 9)
            states = {bool(chosen(move_weight(weights, j, t))[site]) for t in around}
            assert states == {False, True}
            seen += 1
    assert seen > 20


@pytest.mark.parametrize("criteria", [1, 7, 8, 9, 17])
def test_sites_are_chosen_by_the_very_scores_of_the_ranking(criteria):
    # halves of the last digit: added up in another order, some round the other way
    rng = np.random.default_rng(criteria)
    value = rng.integers(0, 201, (300, criteria)) / 200
    weights = rng.multinomial(200, np.full(criteria, 1 / criteria), 20) / 200
    scores = np.array([additive_score(value, each) for each in weights])
    found = chosen_under(
        np.ascontiguousarray(value.T), weights, np.ones(300), np.ones(300, bool), 150.0, 1e4
    )
    lowest_in = np.where(found, scores, np.inf).min(axis=1)
    highest_out = np.where(found, -np.inf, scores).max(axis=1)
    assert found.sum(axis=1).tolist() == [150] * 20
    assert (lowest_in >= highest_out).all()


def test_leaving_out_and_changing_by_a_quarter():
    changes = one_at_a_time(
        PAIR,
        [0.5, 0.5],
        costs_gbp=[10, 10],
        budget_gbp=10,
        eligible=[True, True],
        site_id=NAMES,
    )
    told = {(c.criterion, c.test): c for c in changes}
    assert len(changes) == 6
    assert told[0, "left out"].winner == 1
    assert told[1, "left out"].winner == 0
    assert told[0, "25 % more"].weight == 0.625
    assert (told[0, "25 % more"].enters, told[0, "25 % more"].leaves) == ((0,), (1,))
    assert told[0, "25 % less"].enters == ()


def test_one_criterion_or_no_site_leaves_nothing_to_vary():
    found = limits_of([[0.5], [0.4]], [1.0], [1, 1], 1)
    assert found.chosen.tolist() == [True, False]
    assert np.isnan(found.rises_to).all()
    assert limits_of(np.empty((0, 2)), [0.5, 0.5], [], 1).chosen.tolist() == []
    empty = winner_limits(np.empty((0, 2)), [0.5, 0.5], costs_gbp=[], site_id=[])
    assert empty.winner == -1


def test_bad_weights_and_budgets_are_said():
    with pytest.raises(StudyError, match="do not sum to one"):
        limits_of(PAIR, [0.5, 0.6], [1, 1], 1)
    with pytest.raises(StudyError, match="the budget is 0 pounds"):
        limits_of(PAIR, [0.5, 0.5], [1, 1], 0)


NOWHERE = [np.nan] * 3
IN, OUT = True, False


def told(chosen, rises, falls, pct, draws=10_000, **more):
    limits = PlaceLimits(
        np.array([chosen]), np.array([falls]), np.array([rises]), np.array([0.25, 0.5, 0.25])
    )
    return sentence(pct, draws, limits, 0, ["Cost", "Need", "BDUK uplift"], **more)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            told(IN, [0.4, np.nan, np.nan], NOWHERE, 94.0),
            (
                "Chosen in 94 % of 10,000 tested weightings; loses its place only if cost counts for"
                " more than 40 %."
            ),
        ),
        (
            told(IN, [np.nan, np.nan, 0.26], [np.nan, 0.1, np.nan], 50.4),
            (
                "Chosen in 50 % of 10,000 tested weightings; loses its place only if BDUK uplift counts"
                " for more than 26.0 % or need counts for less than 10 %."
            ),
        ),
        (
            told(IN, [0.4, 0.9, 0.9], NOWHERE, 99.9),
            (
                "Chosen in over 99 % of 10,000 tested weightings; loses its place soonest if cost counts"
                " for more than 40 % (now 25 %)."
            ),
        ),
        (
            told(IN, NOWHERE, NOWHERE, 100.0),
            (
                "Chosen in all 10,000 tested weightings; keeps its place whatever any one criterion"
                " counts for."
            ),
        ),
        (
            told(OUT, NOWHERE, NOWHERE, 0.0),
            (
                "Chosen in none of 10,000 tested weightings; gains no place whatever any one criterion"
                " counts for."
            ),
        ),
        (
            told(OUT, [0.6, np.nan, np.nan], NOWHERE, 0.2),
            (
                "Chosen in under 1 % of 10,000 tested weightings; gains a place only if cost counts for"
                " more than 60 %."
            ),
        ),
        (
            told(OUT, NOWHERE, NOWHERE, 0.0, status="to verify"),
            "Not in any tested set until its unknown gates are settled.",
        ),
        (
            told(OUT, NOWHERE, NOWHERE, np.nan, status="excluded"),
            "Not in any tested set, because it is not ranked.",
        ),
    ],
)
def test_sentences(said, expected):
    assert said == expected
    assert "chance" not in said
    assert "probab" not in said


def test_limits_are_the_same_however_many_weights_are_moved_at_once(monkeypatch):
    rng = np.random.default_rng(8)
    value, weight = rng.random((60, 5)).round(2), np.array([0.4, 0.3, 0.2, 0.1, 0.0])
    given = {
        "costs_gbp": rng.integers(1, 50, 60), "budget_gbp": 400.0, "eligible": rng.random(60) > 0.2,
        "site_id": [str(i) for i in range(60)],
    }  # fmt: skip
    together = place_limits(value, weight, **given)
    monkeypatch.setattr(sensitivity, "MOST_PLACES", 1)
    alone = place_limits(value, weight, **given)
    assert np.isfinite(together.rises_to).sum() > 50
    for name in ("chosen", "falls_to", "rises_to"):
        np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))
