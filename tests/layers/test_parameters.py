"""The register of parameters and what a study states."""

import pytest

from layers.errors import StudyError
from layers.parameters import shipped

STATED = {"value": 1.25, "who": "w", "when": "2026-11-01", "why": "y"}


def test_shipped_values_are_assumed_and_each_has_a_source():
    assert {p.basis for p in shipped().values()} == {"assumed"}
    assert all(p.source and p.unit and p.label for p in shipped().values())


def test_a_stated_value_has_no_range_unless_one_is_given():
    changed = shipped().override({"catchment.detour_ratio": STATED}, "study.toml")
    assert changed.span("catchment.detour_ratio") == (1.25, 1.25, 1.25)
    assert changed["catchment.detour_ratio"].basis == "stated"
    assert shipped()["catchment.detour_ratio"].basis == "assumed"


def test_faults_come_together_with_the_nearest_key():
    with pytest.raises(StudyError) as caught:
        shipped().override(
            {"catchment.detour_ration": STATED, "catchment.detour_ratio": {**STATED, "value": 99}},
            "study.toml",
        )
    first, second = caught.value.faults
    assert "did you mean 'catchment.detour_ratio'" in str(first)
    assert "between 1 and 3" in str(second)


def test_the_table_says_who_stated_what():
    frame = (
        shipped()
        .override({"catchment.detour_ratio": STATED}, "study.toml")
        .table()
        .frame.set_index("key")
    )
    assert frame.loc["catchment.detour_ratio", ["basis", "who"]].tolist() == ["stated", "w"]
