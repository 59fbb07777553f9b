"""What people lay down: must-have, must-not, minima, exclusive and dependent sites."""

from __future__ import annotations

import numpy as np
import pytest
import tiny

from layers.errors import StudyError
from scenarios.case import Confirmation
from scenarios.case_rules import CaseRules
from scenarios.chosen import chosen_set
from scenarios.rules import Minimum, Rules

WORD = {"who": "Head of estates", "when": "2026-03-01", "why": "paper 7"}
NAMES = ["a", "b", "c", "d"]
CLEAR = tuple(
    Confirmation("*", gate, "pass", "Board", "2026-01-01", "paper 1")
    for gate in ("in_area", "not_in_plan", "public_owner")
)


def pick(budget=100.0, rules=None, cost=(60.0, 50.0, 30.0, 20.0), may=(True,) * 4):
    """Ranked a, b, c, d."""
    found = chosen_set(
        np.arange(4), np.asarray(may), np.asarray(cost), budget, rules or Rules(), NAMES, where="x"
    )
    return [NAMES[i] for i in np.flatnonzero(found)]


def test_without_rules_it_is_the_plain_walk():
    assert pick() == ["a", "c"]  # 60, then 30; b and d no longer fit


def test_money_is_kept_back_for_what_must_be_chosen():
    # d takes 20, so a's 60 leave 20 for nobody else
    assert pick(rules=Rules(must_have=(3,))) == ["a", "d"]
    # with b (50) a (60) no longer fits: 50 + 30 + 20
    assert pick(rules=Rules(must_have=(1,))) == ["b", "c", "d"]
    assert pick(rules=Rules(must_not=(0,))) == ["b", "c", "d"]


def test_minimum_exclusive_and_dependent_sites():
    # two of b, c, d: a with c leaves 10, so a goes with nothing: 60 + 30 + 20 = 110 is too much
    assert pick(rules=Rules(minimums=(Minimum("East", (1, 2, 3), 2),))) == ["b", "c", "d"]
    assert pick(budget=200.0, rules=Rules(exclusive=((0, 1),))) == ["a", "c", "d"]
    # a needs b: 110 in all, too much for 100, and so a is left out
    assert pick(rules=Rules(needs=((0, 1),))) == ["b", "c", "d"]
    assert pick(budget=110.0, rules=Rules(needs=((0, 1),))) == ["a", "b"]


def test_the_set_is_the_best_by_rank_that_is_allowed():
    """Against brute force: of all allowed sets the one that is first in the order of the ranking."""
    rng = np.random.default_rng(3)
    for _ in range(30):
        cost = rng.integers(1, 9, 4).astype(float)
        rules = Rules(must_have=(int(rng.integers(4)),), exclusive=((0, 2),), needs=((1, 3),))
        budget = float(rng.integers(8, 20))
        allowed = []
        for bits in range(16):
            x = np.asarray([bits >> i & 1 for i in range(4)], dtype=bool)
            if (
                cost[x].sum() <= budget
                and x[rules.must_have[0]]
                and not (x[0] and x[2])
                and (x[3] or not x[1])
            ):
                allowed.append(tuple(x))
        if not allowed:
            with pytest.raises(StudyError, match="no portfolio is possible"):
                pick(budget, rules, cost)
            continue
        assert pick(budget, rules, cost) == [NAMES[i] for i in np.flatnonzero(max(allowed))]


def test_rules_that_clash_are_named():
    with pytest.raises(
        StudyError, match="the budget of 100 pounds, a must be chosen and b must be chosen"
    ):
        pick(rules=Rules(must_have=(0, 1)))
    with pytest.raises(StudyError, match="at least 3 in East"):
        pick(rules=Rules(minimums=(Minimum("East", (1, 2), 3),)))


def test_a_must_have_site_is_chosen_in_the_case_and_told_in_the_annex():
    plain = tiny.run("full-fibre-fund", 60_000.0, confirmations=CLEAR).ranking.frame
    # the budget buys one: the first by rank
    assert plain["chosen"].sum() == 1
    other = plain.loc[(plain["status"] == "ranked") & ~plain["chosen"], "site_id"].iloc[-1]
    rules = CaseRules.model_validate({"must_have": [{"site": other, **WORD}]})
    made = tiny.run("full-fibre-fund", 60_000.0, confirmations=CLEAR, rules=rules)
    frame = made.ranking.frame.set_index("site_id")
    assert frame.loc[other, "chosen"]
    assert frame.loc[other, "chosen_pct"] == 100
    assert "must be chosen" in frame.loc[other, "robustness_sentence"]
    annex = made.more["overrides"].frame
    row = annex[annex["kind"] == "must-have site"].iloc[0]
    assert (row["site_id"], row["who"], row["when"], row["why"]) == (
        other, "Head of estates", "2026-03-01", "paper 7",
    )  # fmt: skip
    assert (annex["kind"] == "gate settled").sum() == len(CLEAR)


def test_a_minimum_by_district_is_met():
    rules = CaseRules.model_validate({"at_least": [{"district": "Eastbury", "sites": 1, **WORD}]})
    made = tiny.run("full-fibre-fund", 80_000.0, confirmations=CLEAR, rules=rules).ranking.frame
    assert (made.loc[made["chosen"], "lad_name"] == "Eastbury").any()


def test_an_open_gate_keeps_a_must_have_site_out_and_says_so():
    plain = tiny.run("full-fibre-fund", 1e6)
    frame = plain.ranking.frame
    waiting = frame.loc[frame["status"] == "to verify", "site_id"].iloc[0]
    rules = CaseRules.model_validate({"must_have": [{"site": waiting, **WORD}]})
    made = tiny.run("full-fibre-fund", 1e6, rules=rules)
    row = made.ranking.frame.set_index("site_id").loc[waiting]
    assert not row["chosen"]
    assert row["chosen_if_verified"]
    assert any("must be chosen, but a gate is still to verify" in note for note in made.notes)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"must_have": [{"site": "school:Z", **WORD}]}, "no candidate site 'school:Z'"),
        ({"at_least": [{"district": "Nowhere", "sites": 1, **WORD}]}, "'Nowhere' is no district"),
        ({"at_least": [{"district": "Eastbury", "sites": 99, **WORD}]}, "at least 99 in Eastbury cannot be met"),
    ],
)  # fmt: skip
def test_rules_of_places_that_are_not_there(given, said):
    rules = CaseRules.model_validate(given)
    with pytest.raises(StudyError, match=said):
        tiny.run("full-fibre-fund", rules=rules)


def test_a_parameter_that_is_stated_stands_in_the_annex():
    made = tiny.run("full-fibre-fund", parameters={"fibre.catchment_m": tiny.words(250)})
    row = made.more["overrides"].frame.set_index("name").loc["fibre.catchment_m"]
    assert row["was"] == "200 m (100 to 300 m)"
    assert row["now"] == "250 m"
    assert row["who"] == "Finance"


def test_a_gate_that_overrules_the_data_is_an_exception():
    frame = tiny.run("full-fibre-fund").gates.frame
    known = frame[frame["outcome"] == "pass"].iloc[0]
    word = Confirmation(known["site_id"], known["gate"], "fail", "Estates", "2026-02-01", "sold")
    annex = tiny.run("full-fibre-fund", confirmations=(word,)).more["overrides"].frame
    assert annex.iloc[0][["kind", "was", "now"]].tolist() == ["gate exception", "pass", "fail"]
