"""Gates: unknown stays unknown until somebody confirms, with who, when and why."""

from __future__ import annotations

import numpy as np
import pytest

from layers.errors import StudyError
from scenarios.case import Case, Confirmation
from scenarios.gates import check_confirmations, confirm, decide, in_area

SITES = ["a", "b", "c"]


def word(site="a", gate="g", outcome="pass", who="Estates", when="2026-03-01", why="letter 12"):
    return Confirmation(site, gate, outcome, who, when, why)


def gate():
    return decide(
        np.array([True, False, False]),
        np.array([False, True, False]),
        when_met="yes",
        when_failed=np.array(["", "no: closed", ""], dtype=object),
        when_unknown="nobody knows",
    )


def case(*confirmations):
    return Case("k", "t", "s", "p", 1.0, confirmations)


def test_without_evidence_a_gate_is_unknown():
    assert gate().outcome.tolist() == ["pass", "fail", "unknown"]
    assert gate().reason.tolist() == ["yes", "no: closed", "nobody knows"]


def test_a_site_cannot_both_pass_and_fail():
    with pytest.raises(ValueError, match="both"):
        decide(np.array([True]), np.array([True]))


def test_a_word_on_every_site_settles_only_the_unknown():
    found = confirm(gate(), "g", SITES, [word("*")])
    assert found.outcome.tolist() == ["pass", "fail", "pass"]
    assert found.reason[2] == "confirmed by Estates, 2026-03-01: letter 12"


def test_a_word_on_a_named_site_overrules_and_keeps_what_the_data_said():
    found = confirm(gate(), "g", SITES, [word("*", outcome="fail"), word("b"), word("c")])
    assert found.outcome.tolist() == ["pass", "pass", "pass"]
    assert found.reason[1].endswith("(the data: fail, no: closed)")


def test_a_word_on_another_gate_changes_nothing():
    assert confirm(gate(), "g", SITES, [word("c", gate="other")]).outcome[2] == "unknown"


def test_every_fault_of_the_confirmations_is_found():
    wrong = case(word("z"), word(gate="h"), word(who=" ", why=""), word(outcome="maybe"))
    with pytest.raises(StudyError) as caught:
        check_confirmations(wrong, ["g"], SITES)
    problems = [fault.problem for fault in caught.value.faults]
    assert len(problems) == 4
    assert "no candidate site 'z'" in problems[0]
    assert "no gate 'h'" in problems[1]
    assert problems[2] == "the confirmation does not say who and why"
    assert caught.value.faults[0].where == "study.toml"


def test_good_confirmations_pass():
    check_confirmations(case(word(), word("*")), ["g"], SITES)


def test_inside_the_study_area():
    found = in_area(np.array(["E1", "E9", ""], dtype=object), ["E1"])
    assert found.outcome.tolist() == ["pass", "fail", "unknown"]
