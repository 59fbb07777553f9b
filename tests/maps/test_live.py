"""Live weights: the page's script ranks exactly as `scenarios.ranking` does, and exports a profile."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from live_cases import random_table, ranked_case, with_frame
from views import SCENARIOS, case_view

from maps.assets import template_text
from maps.live import live_data, live_table, rerank, why_not
from scenarios.profile import load_profile

DRIVER = """
const live = require(process.argv[2]);
const {table, trials} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const rank = live.infraRanker(table);
const names = ["score", "low", "high", "rank", "best", "worst", "chosen", "verified", "status"];
const out = trials.map(weights => {
  const made = rank(weights);
  const found = Object.fromEntries(names.map(name => [name, Array.from(made[name])]));
  found.order = Array.from(made.order.slice(0, made.count));
  return found;
});
process.stdout.write(JSON.stringify({
  out, toml: live.infraProfile(table, trials[0]), shares: trials.map(w => live.infraShares(w))}));
"""
STATUS = np.array(["ranked", "to verify", "not ranked", "excluded"])
SHIPPED = ("5g-innovation-regions", "5g-testbed", "co-working", "full-fibre-fund", "gigahubs")


@pytest.fixture(scope="module")
def in_node(tmp_path_factory):
    """Run the page's script outside a browser."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; tests/browser runs the same comparison in Chromium")
    folder = tmp_path_factory.mktemp("live")
    (folder / "live.js").write_text(template_text("live.js"), encoding="utf-8")
    (folder / "driver.js").write_text(DRIVER, encoding="utf-8")

    def run(data, trials):
        done = subprocess.run(
            [node, folder / "driver.js", folder / "live.js"],
            input=json.dumps({"table": data, "trials": [list(w) for w in trials]}),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    return run


def data_of(table, view=None):
    return live_data(view or case_view(), table, [None] * len(table.frame))


def same(found, made):
    for name, column in (("score", made.score), ("low", made.score_low), ("high", made.score_high)):
        assert np.array_equal(np.array(found[name]) / 10_000, column), name
    for name, column in (("rank", made.rank), ("best", made.rank_best), ("worst", made.rank_worst)):
        assert np.array_equal(found[name], np.nan_to_num(column).astype(int)), name
    assert np.array_equal(np.array(found["chosen"], bool), made.chosen)
    assert np.array_equal(np.array(found["verified"], bool), made.chosen_if_verified)
    assert np.array_equal(STATUS[found["status"]], made.status)
    ranks = made.rank[found["order"]]
    assert (np.diff(ranks) >= 0).all()
    assert len(ranks) == np.isfinite(made.rank).sum()


@pytest.mark.parametrize("criteria", [1, 3, 7, 8, 9, 10, 16, 17])
@pytest.mark.parametrize("coarse", [False, True])
def test_script_ranks_as_python_on_random_weights(in_node, criteria, coarse):
    table = random_table(400, criteria, 100 + criteria, coarse=coarse)
    rng = np.random.default_rng(criteria)
    points = rng.integers(0, 101, (12, criteria)) + np.eye(12, criteria)
    trials = [table.weights, *(points / points.sum(axis=1, keepdims=True))]
    found = in_node(data_of(table), trials)["out"]
    for weights, one in zip(trials, found, strict=True):
        same(one, rerank(table, weights))


@pytest.mark.parametrize("profile", SHIPPED)
def test_script_ranks_as_python_on_the_shipped_weights(in_node, profile):
    rules = load_profile(profile)
    weights = [item.weight for item in rules.criterion.values()]
    table = replace(
        random_table(2_000, len(weights), 5),
        weights=np.array(weights),
        criteria=tuple(rules.criterion),
        labels=tuple(item.label for item in rules.criterion.values()),
        minimum_pct=rules.minimum_completeness_pct,
    )
    found = in_node(data_of(table), [weights])
    same(found["out"][0], rerank(table, weights))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_script_starts_from_the_printed_ranking(in_node, scenario):
    view = ranked_case(scenario)
    table = live_table(view)
    assert why_not(table) == ""
    found = in_node(data_of(table, view), [table.weights])["out"][0]
    printed = table.frame
    assert found["rank"] == printed["rank"].fillna(0).astype(int).tolist()
    assert np.array_equal(np.array(found["chosen"], bool), printed["chosen"])
    assert printed.loc[printed["status"] == "to verify", "chosen"].sum() == 0


def test_a_site_to_verify_is_never_chosen_whatever_the_weights(in_node):
    table = random_table(300, 5, 9, budget_gbp=1e12)
    trials = np.random.default_rng(1).dirichlet(np.ones(5), 20)
    for found in in_node(data_of(table), trials)["out"]:
        chosen = np.array(found["chosen"], bool)
        assert not chosen[table.state != "p"].any()
        assert not chosen[np.isnan(table.cost_gbp)].any()


def test_equal_scores_share_a_rank_and_the_cheaper_goes_first(in_node):
    table = random_table(4, 1, 1)
    table = replace(
        table,
        scales=np.full((4, 1, 3), 5_000),
        missing=np.zeros((4, 1), bool),
        state=np.array(["p"] * 4),
        cost_gbp=np.array([10.0, 20.0, 30.0, 40.0]),
        budget_gbp=55.0,
    )
    found = in_node(data_of(table), [[1.0]])["out"][0]
    assert found["rank"] == [1, 1, 1, 1]
    assert found["order"] == [0, 1, 2, 3]
    assert found["chosen"] == [1, 1, 0, 0]


def test_weights_leave_as_a_fragment_of_a_profile(in_node):
    view = ranked_case(sample=True)
    table = live_table(view)
    trials = np.random.default_rng(2).dirichlet(np.ones(len(table.criteria)), 30)
    found = in_node(data_of(table, view), trials)
    read = tomllib.loads(found["toml"])
    assert list(read["criterion"]) == list(table.criteria)
    given = [item["weight"] for item in read["criterion"].values()]
    assert np.allclose(given, trials[0], atol=1e-6)
    assert read["weights_set_before_scores"] is False
    assert "SAMPLE DATA - NOT FOR BIDS" in found["toml"]
    for shares in found["shares"]:
        assert sum(round(float(s) * 1_000_000) for s in shares) == 1_000_000


def test_hostile_text_stays_a_comment(in_node):
    view = replace(ranked_case(), title='x\n[criterion.evil]\nweight = 1\r"')
    table = live_table(view)
    read = tomllib.loads(in_node(data_of(table, view), [table.weights])["toml"])
    assert list(read["criterion"]) == list(table.criteria)


def test_a_table_that_does_not_give_the_printed_ranking_is_refused():
    view = ranked_case()
    frame = view.ranking.frame.copy()
    first = frame.index[frame["chosen"]][0]
    frame.loc[first, "chosen"] = False
    assert "printed ranking" in why_not(live_table(with_frame(view, frame)))
    frame.loc[first, "value_uplift"] = np.nan
    assert live_table(with_frame(view, frame)) is None
    assert why_not(None)
