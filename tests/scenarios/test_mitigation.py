"""Optimism bias by type of asset with factors dealt with."""

import pytest

from layers.errors import StudyError
from layers.parameters import shipped
from scenarios.mitigation import Mitigation, mitigated

WORD = {"who": "Engineer", "when": "2026-03-01", "why": "survey 2"}
CIVIL = "appraisal.bias_standard_civil_pct"


def item(contribution, dealt, bias=CIVIL):
    return Mitigation.model_validate({"bias": bias, "factor": "ground", "contribution_pct": contribution, "mitigated_pct": dealt, **WORD})  # fmt: skip


def test_each_factor_takes_its_part_off_the_upper_bound():
    found = mitigated(shipped(), [item(25, 80), item(10, 50)], case="x", where="study.toml")
    # 44 x (1 - 0.25 x 0.8 - 0.10 x 0.5)
    assert found.value(CIVIL) == pytest.approx(33.0)
    assert found.span(CIVIL) == (3.0, 33.0, 44.0)
    assert "ground: 25 % of the bias, 80 % dealt with (survey 2)" in found[CIVIL].why


def test_never_below_the_lower_bound():
    assert mitigated(shipped(), [item(100, 100)], case="x", where="s").value(CIVIL) == 3


def test_what_is_no_bias_or_more_than_all_of_it_is_refused():
    with pytest.raises(StudyError, match="contribute 110 % in all"):
        mitigated(shipped(), [item(60, 10), item(50, 10)], case="x", where="s")
    with pytest.raises(StudyError, match="is no optimism bias"):
        mitigated(shipped(), [item(60, 10, "fibre.catchment_m")], case="x", where="s")
