"""Fund profiles: those shipped are sound, and every fault of a bad one is found at once."""

from __future__ import annotations

import pytest

from layers.errors import StudyError
from scenarios.profile import load_profile, profile_names
from scenarios.scenario import load_scenario, scenario_names

GOOD = """
schema = 1
key = "mine"
title = "Mine"
fund = "Ours"
scenario = "full_fibre_fund"
status = "open"
weights_note = "ours"
weights_set_before_scores = true
horizon_years = 15

[criterion.uplift]
label = "Uplift"
weight = 0.6
unit = "premises"
anchor_zero = 0
anchor_one = 1000
description = "premises"

[criterion.cost_effectiveness]
label = "Cost"
weight = 0.4
unit = "GBP/premises"
anchor_zero = 4000
anchor_one = 250
description = "cost"

[gate.letter]
label = "A letter"
evidence = "confirmation"
attach = "the letter"
"""


def write(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(tmp_path, text):
    with pytest.raises(StudyError) as caught:
        load_profile(write(tmp_path, text))
    return [f"{f.column}: {f.problem}" for f in caught.value.faults]


@pytest.mark.parametrize("name", profile_names())
def test_shipped_profiles_load_and_their_weights_sum_to_one(name):
    profile = load_profile(name)
    assert profile.key == name
    assert sum(c.weight for c in profile.criterion.values()) == pytest.approx(1, abs=1e-6)
    assert "default" in profile.weights_note


def test_the_three_scenarios_have_their_profiles():
    assert set(scenario_names()) >= {"coworking", "full_fibre_fund", "testbed_5g"}
    assert set(profile_names()) >= {"full-fibre-fund", "5g-testbed", "co-working"}
    assert load_profile("full-fibre-fund").closed_note == "CLOSED: practice only"


def test_default_weights_are_those_of_the_domain_brief():
    weights = {k: c.weight for k, c in load_profile("full-fibre-fund").criterion.items()}
    assert list(weights.values()) == [0.25, 0.20, 0.15, 0.15, 0.10, 0.10, 0.05]  # B3
    weights = {k: c.weight for k, c in load_profile("5g-testbed").criterion.items()}
    assert list(weights.values()) == [0.25, 0.20, 0.20, 0.15, 0.10, 0.05, 0.05]  # C1
    weights = {k: c.weight for k, c in load_profile("co-working").criterion.items()}
    assert list(weights.values()) == [0.25, 0.10, 0.15, 0.15, 0.15, 0.05, 0.10, 0.05]  # D2


def test_a_profile_of_ones_own_needs_no_code(tmp_path):
    profile = load_profile("mine.toml", write(tmp_path, GOOD).parent)
    assert profile.gate["letter"].evidence == "confirmation"


def test_every_fault_is_found(tmp_path):
    bad = GOOD.replace("weight = 0.6", "weight = -0.6").replace(
        "anchor_zero = 4000\nanchor_one = 250", "anchor_zero = 250\nanchor_one = 4000"
    )
    bad = bad.replace('unit = "premises"', 'unit = "km"').replace('evidence = "confirmation"\n', "")
    found = faults(tmp_path, bad)
    assert any("the weight is -0.6" in f for f in found)
    assert any("weights sum to -0.2" in f for f in found)
    assert any("criterion.cost_effectiveness: the anchors run the wrong way" in f for f in found)
    assert any("criterion.uplift.unit" in f and "'km'" in f for f in found)
    assert any("gate.letter" in f and "does not judge" in f for f in found)


def test_equal_anchors_and_unknown_criteria(tmp_path):
    bad = GOOD.replace("anchor_one = 1000", "anchor_one = 0").replace(
        "[criterion.cost_effectiveness]", "[criterion.charm]"
    )
    found = faults(tmp_path, bad)
    assert any("both anchors are 0" in f for f in found)
    assert any("does not measure 'charm'" in f for f in found)


def test_weights_that_do_not_sum_to_one(tmp_path):
    found = faults(tmp_path, GOOD.replace("weight = 0.6", "weight = 0.5"))
    assert found == ["criterion.*.weight: the weights sum to 0.9, not 1"]
    near = GOOD.replace("weight = 0.6", "weight = 0.6000005")
    assert load_profile(write(tmp_path, near)).key == "mine"


def test_unknown_settings_and_scenarios(tmp_path):
    found = faults(tmp_path, GOOD.replace('fund = "Ours"', 'fund = "Ours"\ncolour = "red"'))
    assert found == ["colour: this setting is not known"]
    found = faults(tmp_path, GOOD.replace("full_fibre_fund", "canals"))
    assert found == ["scenario: there is no scenario 'canals'"]
    found = faults(tmp_path, GOOD.replace('title = "Mine"\n', "").replace("= 15", "= 500"))
    assert any("title: this setting is missing" in f for f in found)
    assert any("horizon_years" in f for f in found)


def test_a_closed_fund_says_so(tmp_path):
    found = faults(tmp_path, GOOD.replace('status = "open"', 'status = "closed"'))
    assert found == ["closed_note: a closed fund needs a note"]


def test_files_that_are_not_profiles(tmp_path):
    with pytest.raises(StudyError, match="no such profile"):
        load_profile("nowhere")
    with pytest.raises(StudyError) as caught:
        load_profile(write(tmp_path, 'schema = 1\nkey = "mine\n'))
    assert caught.value.faults[0].line == 2
    (tmp_path / "latin.toml").write_bytes(b'title = "caf\xe9"')
    with pytest.raises(StudyError, match="not UTF-8"):
        load_profile(tmp_path / "latin.toml")
    with pytest.raises(StudyError, match="no criterion is given"):
        load_profile(write(tmp_path, "schema = 1"))


def test_an_unknown_scenario_is_named():
    with pytest.raises(StudyError, match="there is no scenario 'full-fibre'"):
        load_scenario("full-fibre")


SWING = """
[[swing]]
who = "Finance"
when = 2026-03-01
points = { uplift = 100, cost_effectiveness = 50 }

[[swing]]
when = 2026-03-02
points = { uplift = 100, cost_effectiveness = 100 }

[[swing]]
when = 2026-03-02
points = { uplift = 75, cost_effectiveness = 50 }
"""


def test_weights_are_the_median_of_the_swing_points(tmp_path):
    # uplift 2/3, 1/2 and 3/5: the median is 0.6
    assert len(load_profile(write(tmp_path, GOOD + SWING)).swing) == 3
    other = GOOD.replace("weight = 0.6", "weight = 0.7").replace("weight = 0.4", "weight = 0.3")
    assert (
        "criterion.uplift.weight: the weight is 0.7, but the median of the swing points gives 0.600"
        in faults(tmp_path, other + SWING)
    )


def test_a_person_who_leaves_out_a_criterion_is_named(tmp_path):
    text = GOOD + SWING.replace("{ uplift = 100, cost_effectiveness = 50 }", "{ uplift = 100 }")
    assert faults(tmp_path, text) == ["swing.1: Finance gave no swing points for Cost"]


def test_weights_older_than_the_anchors_are_refused(tmp_path):
    dated = GOOD.replace("horizon_years", "anchors_set_on = 2026-05-01\nhorizon_years")
    assert "no date says when the weights were set" in faults(tmp_path, dated)[0]
    old = dated.replace("horizon_years", "weights_set_on = 2026-04-30\nhorizon_years")
    (said,) = faults(tmp_path, old)
    assert "weights were set on 2026-04-30, before an anchor changed on 2026-05-01" in said
    fresh = dated.replace("horizon_years", "weights_set_on = 2026-05-01\nhorizon_years")
    assert load_profile(write(tmp_path, fresh)).anchors_set_on


def test_tested_weights_may_keep_to_ranges(tmp_path):
    ranged = GOOD.replace("horizon_years", 'weights_drawn = "ranges"\nhorizon_years')
    assert "no criterion has a range" in faults(tmp_path, ranged)[0]
    wide = ranged.replace("weight = 0.6", "weight = 0.6\nweight_low = 0.5\nweight_high = 0.7")
    wide = wide.replace("weight = 0.4", "weight = 0.4\nweight_low = 0.3\nweight_high = 0.5")
    assert load_profile(write(tmp_path, wide)).weights_drawn == "ranges"
    off = wide.replace("weight_low = 0.5", "weight_low = 0.65")
    assert "outside its range" in faults(tmp_path, off)[0]


def test_a_fund_cannot_accept_a_benefit(tmp_path):
    text = GOOD + '[parameters."appraisal.benefit_sme_gbp_per_year"]\nvalue = 100\nwhy = "form"\n'
    assert "a fund cannot accept the value of a benefit" in faults(tmp_path, text)[0]


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_question_has_words_and_marks_labelled_as_practice(name):
    profile = load_profile(name)
    assert all(q.words and q.marks for q in profile.questions)
    assert sum(q.marks for q in profile.questions) == 100
    assert "practice form of the toolkit" in profile.questions_note
    assert any(q.attachments for q in profile.questions)
    assert profile.weights_set_on >= profile.anchors_set_on


def test_the_upgrade_profile_weighs_need_contract_and_saving_first():
    weights = {k: c.weight for k, c in load_profile("gigahubs").criterion.items()}
    first = sorted(weights, key=weights.get, reverse=True)[:4]
    assert {"speed_shortfall", "contract_timing", "whole_life_saving"} < set(first)


def test_sections_and_annexes_that_there_are_not_or_twice_are_named(tmp_path):
    path = tmp_path / "own.toml"
    own = (
        'annexes = ["sites", "poem"]\n[[section]]\ntitle = "Need"\nparts = ["gap", "song", "gap"]\n'
    )
    path.write_text(GOOD.replace("[criterion", own + "\n[criterion", 1), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_profile(path)
    said = [str(fault) for fault in caught.value.faults]
    assert len(said) == 3
    assert any("no part 'song'" in line and "section.parts" in line for line in said)
    assert any("'gap' stands twice" in line for line in said)
    assert any("no part 'poem'" in line and "annexes" in line for line in said)
    own = '[[section]]\ntitle = "Need"\nparts = ["gap"]\n'
    path.write_text(GOOD.replace("[criterion", own + "\n[criterion", 1), encoding="utf-8")
    assert [(s.title, s.parts) for s in load_profile(path).section] == [("Need", ("gap",))]


@pytest.mark.parametrize(
    ("old", "new", "mend"),
    [
        ("[criterion.uplift]", "[criterion.charm]", "use criteria among"),
        ("anchor_zero = 4000\nanchor_one = 250", "anchor_zero = 250\nanchor_one = 4000", "exchange anchor_zero and anchor_one"),
        ("weight = 0.6", "weight = 0.5", "make them sum to 1"),
        ("horizon_years", "weights_set_on = 2026-04-30\nanchors_set_on = 2026-05-01\nhorizon_years", "ask for the weights again"),
    ],
)  # fmt: skip
def test_each_refusal_names_its_mend(tmp_path, old, new, mend):
    with pytest.raises(StudyError) as caught:
        load_profile(write(tmp_path, GOOD.replace(old, new)))
    assert any(mend in fault.mend for fault in caught.value.faults)


@pytest.mark.parametrize("name", profile_names())
def test_a_shipped_fund_is_a_whole_file(name):
    profile = load_profile(name)
    for part in (profile.themes, profile.gate, profile.evidence_required, profile.questions):
        assert part
    assert profile.horizon_years >= 10
    assert profile.weights_set_by == "toolkit default"
    assert profile.weights_set_on
    if profile.status == "closed":
        assert profile.closed_note.startswith("CLOSED: practice only")
