"""Dominated sites: found as by definition, missing values never help or harm, ranges are said."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from scenarios.criteria import Metric, on_scale
from scenarios.dominance import _telling, dominance


def by_definition(values, cost):
    size = len(cost)
    return [
        sum(
            bool(
                (values[a] >= values[b]).all()
                and cost[a] <= cost[b]
                and ((values[a] > values[b]).any() or cost[a] < cost[b])
            )
            for a in range(size)
        )
        for b in range(size)
    ]


@given(st.integers(0, 10_000))
def test_it_is_the_definition(seed):
    rng = np.random.default_rng(seed)
    values, cost = rng.integers(0, 3, (12, 3)) / 2, rng.integers(1, 4, 12).astype(float)
    found = dominance(values, values, cost)
    assert found.count.tolist() == by_definition(values, cost)
    assert ((found.by >= 0) == (found.count > 0)).all()


def test_equal_sites_do_not_dominate_each_other_and_a_cheaper_one_does():
    assert dominance([[1], [1]], [[1], [1]], [5, 5]).by.tolist() == [-1, -1]
    assert dominance([[1], [1]], [[1], [1]], [5, 4]).by.tolist() == [1, -1]


def test_what_is_missing_neither_dominates_nor_is_dominated():
    # the second site's value is unknown: its lowest as a giver, its highest as a taker
    found = dominance([[0.9], [0.0]], [[0.9], [1.0]], [5, 5])
    assert found.by.tolist() == [-1, -1]
    assert dominance([[0.9], [0.5]], [[0.9], [0.5]], [5, np.nan]).by.tolist() == [-1, -1]


def test_more_sites_than_a_block_and_none():
    values = np.arange(600.0)[:, None]
    found = dominance(values, values, np.ones(600))
    assert found.count.tolist() == list(range(599, -1, -1))
    assert dominance(np.zeros((0, 2)), np.zeros((0, 2)), []).by.tolist() == []


@pytest.mark.parametrize("key", ["full-fibre-fund", "co-working"])
def test_a_dominated_site_ranks_below_the_one_that_dominates_it(key):
    made = tiny.run(key)
    ranks = made.ranking.frame.set_index("site_id")["rank"]
    for row in made.more["dominated"].frame.itertuples():
        assert ranks[row.by_site_id] <= ranks[row.site_id]
        assert row.dominators >= 1


def test_a_criterion_unknown_for_every_site_hides_no_dominance():
    # nothing in the tiny study tells deliverability
    made = tiny.run("full-fibre-fund")
    assert made.ranking.frame["metric_deliverability"].isna().all()
    profile = made.profile
    known = on_scale(Metric.of([9.0, 4.0], unit="", grade="measured", route=""), profile.criterion["public_service_need"])  # fmt: skip
    empty = on_scale(Metric.missing(2, "", ""), profile.criterion["deliverability"])
    assert _telling([known, empty], np.array([0, 1])) == [known]
    assert _telling([known, empty], np.array([0])) == [known]
