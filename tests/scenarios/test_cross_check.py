"""TOPSIS and PROMETHEE II: worked examples, plain loops, and the criterion behind a disagreement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymcdm import methods
from pymcdm.normalizations import vector_normalization

from layers.errors import StudyError
from scenarios.cross_check import agreement, cross_check, promethee_flows, topsis
from scenarios.ranking import additive_score, ranks


@pytest.mark.parametrize("example", ["M02", "M03"])
def test_both_methods_give_the_worked_examples(worked_examples, example):
    # from Hwang and Yoon, and from Brans and Vincke
    given, expected = (worked_examples[example][part] for part in ("inputs", "expected"))
    names = list(given["alternatives"]["value"])
    table = np.array(list(given["alternatives"]["value"].values()), dtype=float)
    more = [sense == "benefit" for sense in given["sense"]["value"]]
    weights = given["weights"]["value"]
    if example == "M02":
        found = topsis(table, weights, benefit=more)
    else:
        q, p = given["q"]["value"], given["p"]["value"]
        found = promethee_flows(table, indifference=q, preference=p, benefit=more) @ weights
    assert found == pytest.approx([expected[name] for name in names], abs=1e-6)


@pytest.mark.parametrize(
    ("table", "weights", "benefit", "expected"),
    [
        # Hwang and Yoon (1981), Multiple Attribute Decision Making: the fighter aircraft
        (
            [[2.0, 1500, 20000, 5.5, 5, 9], [2.5, 2700, 18000, 6.5, 3, 5],
             [1.8, 2000, 21000, 4.5, 7, 7], [2.2, 1800, 20000, 5.0, 5, 5]],
            [0.2, 0.1, 0.1, 0.1, 0.2, 0.3], [True, True, True, False, True, True],
            [0.643, 0.268, 0.613, 0.312],
        ),
        # Papathanasiou and Ploskas (2018), Multiple Criteria Decision Aid, chapter 1: six locations
        (
            [[8, 7, 2, 1], [5, 3, 7, 5], [7, 5, 6, 4], [9, 9, 7, 3], [11, 10, 3, 7], [6, 9, 5, 4]],
            [0.4, 0.3, 0.1, 0.2], [True] * 4, [0.387, 0.327, 0.391, 0.615, 0.868, 0.493],
        ),
    ],
)  # fmt: skip
def test_topsis_gives_published_results(table, weights, benefit, expected):
    # printed to three digits, from steps rounded to as many
    assert topsis(table, weights, benefit=benefit) == pytest.approx(expected, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_flows_criterion_by_criterion_add_up_to_every_pair(seed):
    rng = np.random.default_rng(seed)
    count, criteria = int(rng.integers(2, 15)), int(rng.integers(1, 4))
    table = np.round(rng.random((count, criteria)), 1)  # many ties, and differences on thresholds
    weights = np.full(criteria, 1 / criteria)
    q, p = 0.1, 0.4
    difference = table[:, None, :] - table[None, :, :]
    preferred = np.clip((difference - q) / (p - q), 0, 1)
    flow = ((preferred - preferred.transpose(1, 0, 2)) * weights).sum(axis=(1, 2)) / (count - 1)
    found = promethee_flows(table, indifference=q, preference=p) @ weights
    assert found == pytest.approx(flow, abs=1e-9)
    assert found.sum() == pytest.approx(0, abs=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 100_000))
def test_closeness_is_that_of_the_library(seed):
    rng = np.random.default_rng(seed)
    table = rng.normal(50, 20, (int(rng.integers(2, 60)), 4)).round(int(rng.integers(0, 3)))
    weights, more = rng.dirichlet(np.ones(4)), rng.random(4) > 0.5
    method = methods.TOPSIS(vector_normalization)
    theirs = method(table, weights, np.where(more, 1.0, -1.0), validation=False)
    assert topsis(table, weights, benefit=more) == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 100_000))
def test_flows_are_those_of_the_library(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 60))
    table = np.round(rng.normal(50, 20, (count, 3)), int(rng.integers(0, 3)))
    q, p = np.array([0.0, 1.0, 5.0]), np.array([2.0, 1.5, 40.0])
    found = promethee_flows(table, indifference=q, preference=p, benefit=[True, False, True])
    for j, more in enumerate((1.0, -1.0, 1.0)):
        method = methods.PROMETHEE_II("vshape_2", p=p[[j]], q=q[[j]])
        theirs = method(table[:, [j]], np.ones(1), np.array([more]), validation=False)
        assert found[:, j] == pytest.approx(theirs, abs=1e-9)


def test_equal_options_have_equal_flows_whatever_their_order():
    rng = np.random.default_rng(2)
    table = np.round(rng.random((400, 2)), 2)
    found, order = promethee_flows(table), rng.permutation(400)
    assert (promethee_flows(table[order]) == found[order]).all()


def test_topsis_reverses_ranks_where_the_ranking_does_not():
    # as in worked example M04, an option that nobody would put first turns the others round:
    # it moves the best values that TOPSIS measures from, but no anchor of ours
    before = np.array([[0.1, 0.8], [0.1, 0.3], [0.3, 0.4]])
    after = np.vstack([before, [0.9, 0.2]])
    half = [0.5, 0.5]
    assert (additive_score(after, half)[:3] == additive_score(before, half)).all()
    assert topsis(before, half).argmax() == 2
    assert topsis(after, half)[:3].argmax() == 0


def test_agreement_is_kendalls():
    assert agreement([1, 2, 3, 4], [4, 3, 2, 1]) == -1
    assert agreement([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(4 / 6)
    assert np.isnan(agreement([1, 1, 1], [1, 2, 3]))


def test_the_criterion_behind_a_disagreement_is_named():
    rng = np.random.default_rng(3)
    value = rng.random((40, 3))
    # on the third criterion all differ by less than the indifference threshold but one point
    value[:, 2] = 0.48 + 0.04 * rng.random(40)
    weights = [0.02, 0.02, 0.96]
    _, flow = cross_check(value, weights)
    assert flow.method == "PROMETHEE II"
    assert flow.tau < 0.9
    disagreeing = np.abs(flow.gap) >= flow.big
    assert disagreeing.sum() > 10
    assert set(flow.cause[~disagreeing]) == {-1}
    assert (flow.cause[disagreeing] == 2).mean() > 0.9
    assert (flow.rank - ranks(additive_score(value, weights)) == flow.gap).all()


def test_full_agreement_has_no_cause():
    value = np.linspace(0, 1, 20)[:, None] * np.ones(2)
    for check in cross_check(value, [0.5, 0.5]):
        assert check.tau == pytest.approx(1)
        assert set(check.cause) == {-1}


def test_a_criterion_that_tells_nothing_moves_nobody():
    nil = np.column_stack([np.zeros(3), [0.2, 0.9, 0.4]])
    assert topsis(nil, [0.7, 0.3]) == pytest.approx([0, 1, 2 / 7])
    assert topsis(nil, [1.0, 0.0]) == pytest.approx([0.5] * 3)


def test_degenerate_tables():
    assert cross_check([[0.5, 0.2]], [0.5, 0.5]) == ()
    same = cross_check([[0.5, 0.2]] * 3, [0.5, 0.5])
    assert all(np.isnan(check.tau) for check in same)
    assert all(check.rank.tolist() == [1, 1, 1] for check in same)
    missing = cross_check(np.full((3, 2), np.nan), [0.5, 0.5])
    assert all(check.rank.tolist() == [1, 1, 1] for check in missing)
    one = cross_check([[0.1], [0.9], [0.4]], [1.0])
    assert [check.rank.tolist() for check in one] == [[3, 1, 2], [3, 1, 2]]


def test_thresholds_that_do_not_rise_are_refused():
    with pytest.raises(StudyError, match="do not rise"):
        promethee_flows([[0.1], [0.2]], indifference=0.4, preference=0.4)
