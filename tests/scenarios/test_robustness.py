"""SMAA-2: published and analytic values, the same answer however the work is cut, and bad input."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import StudyError
from scenarios import robustness
from scenarios.ranking import additive_score, ranking_order, ranks, walk_down
from scenarios.robustness import Choice, smaa, smaa_of_choices
from scenarios.weights import draw_uniform

DRAWS = 10_000


def run_smaa(value, cost, budget, *, low=None, high=None, weights=None, draws=DRAWS, **more):
    value = np.asarray(value, dtype=float)
    weights = draw_uniform(draws, value.shape[1], seed=4) if weights is None else weights
    options = {
        "eligible": np.ones(len(value), bool),
        "site_id": [f"s{i:04d}" for i in range(len(value))],
        "seed": 4,
        **more,
    }
    return smaa(
        value if low is None else low,
        value,
        value if high is None else high,
        weights,
        costs_gbp=cost,
        budget_gbp=budget,
        **options,
    )


def test_several_choices_share_one_ranking_and_confidence_is_counted_draw_by_draw():
    rng = np.random.default_rng(8)
    value, cost = rng.uniform(0.2, 0.8, (30, 3)), rng.uniform(1, 5, 30)
    low, high = value - 0.2, value + 0.2
    few = rng.random(30) < 0.5
    names = [f"s{i:04d}" for i in range(30)]
    weights = draw_uniform(2000, 3, seed=4)
    given = {"costs_gbp": cost, "site_id": names, "seed": 4}
    both = smaa_of_choices(
        low, value, high, weights, choices=[Choice(few, 20.0), Choice(~few, 9.0)], **given
    )
    for found, (may, budget) in zip(both, ((few, 20.0), (~few, 9.0)), strict=True):
        alone = smaa(low, value, high, weights, eligible=may, budget_gbp=budget, **given)
        for item in dataclasses.fields(found):
            assert np.array_equal(
                getattr(found, item.name), getattr(alone, item.name), equal_nan=True
            )
    sure = np.flatnonzero(~np.isnan(found.confidence_pct))
    assert len(sure) > 3
    for site in sure:
        central = np.tile(found.central_weights[site], (2000, 1))
        again = run_smaa(value, cost, 1, low=low, high=high, weights=central, confidence=False)
        assert again.first_pct[site] == found.confidence_pct[site]


def test_two_sites_have_the_analytic_acceptability():
    # worked example M06: A is first where the first weight is above 4/7 (Lahdelma and others, 1998)
    found = run_smaa([[0.8, 0.2], [0.5, 0.6]], [10, 10], 10)
    assert found.first_pct / 100 == pytest.approx([3 / 7, 4 / 7], abs=0.015)
    assert found.chosen_pct == pytest.approx(found.first_pct)
    # the mean of weights uniform on (4/7, 1) and on (0, 4/7)
    assert found.central_weights[:, 0] == pytest.approx([(4 / 7 + 1) / 2, 2 / 7], abs=0.01)
    assert found.confidence_pct.tolist() == [100, 100]
    assert found.rank_mean == pytest.approx([2 - 3 / 7, 2 - 4 / 7], abs=0.015)


def test_three_specialists_and_a_compromise_share_by_symmetry():
    value = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.3, 0.3, 0.3]]
    found = run_smaa(value, np.ones(4), 1)
    assert found.first_pct[:3] == pytest.approx(np.full(3, 100 / 3), abs=1.5)
    assert found.first_pct[3] == 0
    assert np.isnan(found.central_weights[3]).all()
    assert np.isnan(found.confidence_pct[3])
    assert found.acceptability_pct.sum(axis=1) + found.beyond_pct == pytest.approx(np.full(4, 100))


def test_the_standard_error_is_that_of_repeated_runs():
    value = [[0.8, 0.2], [0.5, 0.6]]
    runs = [
        run_smaa(value, [1, 1], 1, weights=draw_uniform(400, 2, seed=seed)) for seed in range(200)
    ]
    spread = np.std([run.chosen_pct[0] for run in runs])
    assert spread == pytest.approx(runs[0].chosen_se_pct[0], rel=0.15)
    assert run_smaa(value, [1, 1], 1).chosen_se_pct.max() <= 0.5


def test_every_draw_follows_the_rules_of_the_ranking():
    rng = np.random.default_rng(8)
    value = np.round(rng.random((60, 4)), 2)
    value[10] = value[11] = value[12]
    cost = rng.choice([5.0, 7.5, 12.0, np.nan], 60)
    eligible = rng.random(60) < 0.8
    weights = draw_uniform(300, 4, seed=2)
    names = [f"s{i:04d}" for i in range(60)]
    found = run_smaa(value, cost, 61, weights=weights, eligible=eligible, ranks_kept=60)
    top, chosen = np.zeros((60, 60)), np.zeros(60)
    for draw in weights:
        rank = ranks(additive_score(value, draw))
        top[np.arange(60), rank - 1] += 1
        chosen += walk_down(ranking_order(rank, cost, names), eligible, cost, 61)
    assert found.acceptability_pct == pytest.approx(top / 3, abs=0.34)
    assert np.abs(found.acceptability_pct - top / 3).mean() < 1e-3  # sums round differently, rarely
    assert found.chosen_pct == pytest.approx(chosen / 3, abs=0.34)


def test_uncertain_values_are_drawn_from_their_range():
    # first with probability 1/2 against a fixed 0.5 where the value is uniform on 0 to 1, and
    # sqrt((1 - 0.5) / 2) away from certainty where triangular with its peak at 1: 3/4 first
    value, low, high = [[0.5], [0.5]], [[0.0], [0.5]], [[1.0], [0.5]]
    found = run_smaa(value, [1, 1], 1, low=low, high=high, spread="uniform")
    assert found.first_pct[0] == pytest.approx(50, abs=1.5)
    assert found.uncertain_cells == 1
    found = run_smaa([[1.0], [0.5]], [1, 1], 1, low=low, high=high)
    assert found.first_pct[0] == pytest.approx(75, abs=1.5)
    assert found.confidence_pct[0] == pytest.approx(75, abs=3)


def test_a_missing_value_lies_anywhere_and_widens_the_rank():
    found = run_smaa([[np.nan], [0.9], [0.1]], np.ones(3), 1)
    assert found.first_pct == pytest.approx([10, 90, 0], abs=1)
    assert (found.rank_best[0], found.rank_worst[0]) == (1, 3)
    marked = run_smaa([[0.5], [0.9], [0.1]], np.ones(3), 1, missing=[[True], [False], [False]])
    assert (marked.first_pct == found.first_pct).all()


def test_draws_are_independent_between_sites_and_criteria():
    wide = np.full((2, 1), 0.5)
    found = run_smaa(wide, [1, 1], 1, low=wide - 0.5, high=wide + 0.5, spread="uniform")
    assert found.first_pct == pytest.approx([50, 50], abs=1.5)
    # the sum of two independent triangles: were they one, the spread of the score would be wider
    pair = run_smaa(
        [[0.5, 0.5], [0.7, 0.7]],
        [1, 1],
        1,
        low=[[0, 0], [0.7, 0.7]],
        high=[[1, 1], [0.7, 0.7]],
        spread="uniform",
        weights=np.full((DRAWS, 2), 0.5),
    )
    # P(mean of two uniforms > 0.7) = (2 x 0.3)^2 / 2
    assert pair.first_pct[0] == pytest.approx(18, abs=1.2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), at=st.integers(0, 6))
def test_adding_a_poor_site_never_reorders_the_others(seed, at):
    """The property behind worked example M04: fixed anchors know no rank reversal."""
    rng = np.random.default_rng(seed)
    value = np.round(rng.random((6, 3)), 3)
    low, high = value * 0.9, np.minimum(1, value * 1.1)
    names = [f"s{i}" for i in range(6)]
    weights = draw_uniform(200, 3, seed=seed)
    before = run_smaa(value, np.ones(6), 2, low=low, high=high, weights=weights, site_id=names)
    poor = np.zeros(3)
    after = run_smaa(
        np.insert(value, at, poor, axis=0),
        np.ones(7),
        2,
        low=np.insert(low, at, poor, axis=0),
        high=np.insert(high, at, poor, axis=0),
        weights=weights,
        site_id=[*names[:at], "poor", *names[at:]],
    )
    old = np.delete(np.arange(7), at)
    assert (after.acceptability_pct[old, :6] == before.acceptability_pct).all()
    assert (after.chosen_pct[old] == before.chosen_pct).all()


@pytest.fixture
def crowd():
    rng = np.random.default_rng(1)
    value = rng.random((50, 5))
    return value, value * 0.8, np.minimum(1, value * 1.2), rng.uniform(1, 9, 50)


def same(one, other):
    return all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name), equal_nan=True)
        for f in dataclasses.fields(one)
    )


def test_the_answer_does_not_depend_on_threads(crowd):
    value, low, high, cost = crowd
    first, *others = (
        run_smaa(value, cost, 40, low=low, high=high, draws=3000, workers=workers)
        for workers in (1, 2, 5)
    )
    assert all(same(first, other) for other in others)


def test_the_counts_do_not_depend_on_the_size_of_blocks(crowd, monkeypatch):
    value, low, high, cost = crowd
    first = run_smaa(value, cost, 40, low=low, high=high, draws=2100)
    monkeypatch.setattr(robustness, "BLOCK", 333)
    other = run_smaa(value, cost, 40, low=low, high=high, draws=2100)
    assert (first.acceptability_pct == other.acceptability_pct).all()
    assert (first.chosen_pct == other.chosen_pct).all()
    assert first.central_weights == pytest.approx(other.central_weights, nan_ok=True)


def test_the_answer_does_not_depend_on_the_environment_of_threads():
    script = (
        "import numpy as np; from scenarios.robustness import smaa;"
        "from scenarios.weights import draw_uniform;"
        "v = np.random.default_rng(1).random((40, 4));"
        "r = smaa(v * .8, v, np.minimum(1, v * 1.2), draw_uniform(1500, 4, seed=2),"
        "costs_gbp=np.ones(40), budget_gbp=7, eligible=np.ones(40, bool),"
        "site_id=[str(i) for i in range(40)], seed=3);"
        "print(r.central_weights.tobytes().hex()[:4000], r.chosen_pct.tolist())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={
                **os.environ,
                "NUMBA_NUM_THREADS": number,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for number in ("1", "2")
    }
    assert len(outputs) == 1


def test_the_order_of_the_sites_does_not_matter(crowd):
    value, low, high, cost = crowd
    names = [f"s{i:04d}" for i in range(50)]
    turned = np.random.default_rng(3).permutation(50)
    one = run_smaa(value, cost, 40, low=low, high=high, draws=1000)
    other = run_smaa(
        value[turned],
        cost[turned],
        40,
        low=low[turned],
        high=high[turned],
        draws=1000,
        site_id=[names[i] for i in turned],
    )
    assert (one.chosen_pct[turned] == other.chosen_pct).all()
    assert (one.acceptability_pct[turned] == other.acceptability_pct).all()


def test_a_larger_budget_can_be_spent_and_a_site_that_does_not_fit_is_skipped():
    value = [[0.9], [0.8], [0.7]]
    found = run_smaa(value, [60.0, 50.0, 30.0], 100, draws=10)
    assert found.chosen_pct.tolist() == [100, 0, 100]


def test_only_eligible_sites_of_known_cost_are_chosen():
    value = [[0.9], [0.8], [0.7]]
    found = run_smaa(value, [1, np.nan, 1], 5, draws=10, eligible=[False, True, True])
    assert found.chosen_pct.tolist() == [0, 0, 100]
    assert found.first_pct[0] == 100


def test_sites_outside_the_ranking_leave_no_trace():
    value = [[0.9], [0.8], [0.7]]
    found = run_smaa(value, [1, 1, 1], 1, draws=10, ranked=[False, True, True])
    assert np.isnan(found.chosen_pct[0])
    assert np.isnan(found.acceptability_pct[0]).all()
    assert found.first_pct[1] == 100


def test_identical_sites_share_the_rank_and_the_cheaper_is_chosen():
    value = [[0.4, 0.6]] * 3
    found = run_smaa(value, [2, 1, 1], 1, draws=100)
    assert found.first_pct.tolist() == [100, 100, 100]
    assert found.chosen_pct.tolist() == [0, 100, 0]


def test_one_site_only_and_every_site_gated_out():
    alone = run_smaa([[0.4, 0.6]], [2], 5, draws=100)
    assert alone.chosen_pct.tolist() == [100]
    none = run_smaa([[0.4], [0.5]], [1, 1], 5, draws=10, ranked=[False, False])
    assert np.isnan(none.chosen_pct).all()
    out = run_smaa([[0.4], [0.5]], [1, 1], 5, draws=10, eligible=[False, False])
    assert out.chosen_pct.tolist() == [0, 0]


def test_all_values_missing_still_ranks_by_chance_of_values():
    found = run_smaa(np.full((2, 2), np.nan), [1, 1], 1)
    assert found.first_pct == pytest.approx([50, 50], abs=1.5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"budget": 0}, "the budget is 0 pounds"),
        ({"budget": -5}, "the budget is -5 pounds"),
        ({"weights": np.full((3, 3), 1 / 3)}, "do not fit 2 criteria"),
        ({"weights": np.full((3, 2), 0.4)}, "do not sum to one"),
        ({"weights": np.empty((0, 2))}, "no weights are drawn"),
        ({"low": [[0.9, 0.2], [0.5, 0.6]]}, "criterion 1 of s0000 has the range 0.9, 0.8"),
        ({"high": [[0.8, 1.2], [0.5, 0.6]]}, "criterion 2 of s0000"),
    ],
)
def test_bad_input_is_said_in_words(change, said):
    given = {"value": [[0.8, 0.2], [0.5, 0.6]], "cost": [1, 1], "budget": 1, "draws": 5}
    with pytest.raises(StudyError, match=said):
        run_smaa(**{**given, **change})
