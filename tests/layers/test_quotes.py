"""Quotes turn assumed parameters into stated ones."""

from __future__ import annotations

from datetime import date

import pytest
from toy import reading

from layers.errors import StudyError
from layers.parameters import shipped
from layers.quotes import stated_from_quotes

KEY = "fibre.footway_gbp_per_m"


def quotes(**columns):
    base = {
        "item": ["Trench", "Trench", "Trench"], "price_gbp": [80.0, 100.0, 95.0], "unit": ["GBP/m", "£ per m", "gbp / M"],
        "base_date": ["2026-01-15", "2026-02-01", "2025-12-01"], "valid_to": ["", "2026-12-31", "2026-01-31"],
        "confidentiality": "commercial", "parameter": KEY, "supplier": ["A", "B", "C"],
    }  # fmt: skip
    return reading("supplier_quotes", {**base, **columns})


def test_several_quotes_give_the_median_and_their_range():
    said = stated_from_quotes([quotes()])
    assert {k: said[KEY][k] for k in ("value", "low", "high")} == {
        "value": 95,
        "low": 80,
        "high": 100,
    }
    assert said[KEY]["who"] == "3 suppliers' quotes"  # who quoted what is confidential
    made = shipped().override(said, "quotes")[KEY]
    assert (made.basis, made.default) == ("stated", 95)


def test_a_quote_that_has_run_out_states_nothing():
    assert stated_from_quotes([quotes()], date(2026, 6, 1))[KEY]["value"] == 90
    assert stated_from_quotes([quotes(parameter="")]) == {}


def test_an_unknown_parameter_and_a_wrong_unit_are_refused_together():
    with pytest.raises(StudyError) as caught:
        stated_from_quotes([quotes(parameter=["fibre.gold", KEY, KEY], unit=["GBP/m", "GBP/km", "GBP/m"])])  # fmt: skip
    assert len(caught.value.faults) == 2
