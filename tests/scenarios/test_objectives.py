"""The objective matrix: weights are shared out between objectives, outcomes are the case's own."""

import pytest
import tiny

from scenarios.objectives import plan_objectives
from scenarios.strategy import load_strategy


@pytest.fixture(scope="module")
def result():
    return tiny.run("full-fibre-fund", strategy=load_strategy())


def test_no_weight_counts_twice(result):
    table = result.more["objectives"]
    assert len(table.frame) == 8
    # of the shipped weights all but cost and deliverability serve an objective: 0.25 + 0.20 + 0.15 + 0.10 + 0.10
    assert table.frame["weight_pct"].sum() == pytest.approx(80.0)
    assert table.cell("land", "alignment") == "not served"
    assert table.cell("accessibility", "outcome_items") == "premises_uplifted"


def test_the_plan_has_a_row_for_every_objective_and_case(result):
    made = plan_objectives({"one": result, "two": result})
    assert len(made.frame) == 16
    assert plan_objectives({}) is None
