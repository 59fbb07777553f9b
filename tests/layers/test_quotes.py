"""Quotes turn assumed parameters into stated ones."""

from __future__ import annotations

from datetime import date

import pytest
from toy import reading

from layers.errors import StudyError
from layers.ledger import Ledger
from layers.parameters import shipped
from layers.quotes import read_quotes, settle_quotes

KEY = "fibre.footway_gbp_per_m"


def quotes(**columns):
    base = {
        "item": ["Trench", "Trench", "Trench"], "price_gbp": [80.0, 100.0, 95.0], "unit": ["GBP/m", "£ per m", "gbp / M"],
        "base_date": ["2026-01-15", "2026-02-01", "2025-12-01"], "valid_to": ["", "2026-12-31", "2026-01-31"],
        "confidentiality": "commercial", "parameter": KEY, "supplier": ["A", "B", "C"],
    }  # fmt: skip
    return reading("supplier_quotes", {**base, **columns})


TODAY = date(2026, 1, 20)


def test_several_quotes_give_the_median_and_their_range():
    said = read_quotes([quotes()], TODAY).changes
    assert {k: said[KEY][k] for k in ("value", "low", "high")} == {
        "value": 95,
        "low": 80,
        "high": 100,
    }
    assert said[KEY]["who"] == "3 suppliers' quotes"  # who quoted what is confidential
    made = shipped().override(said, "quotes")[KEY]
    assert (made.basis, made.default, made.sensitivity) == ("stated", 95, "commercial")
    assert "supplier_quotes-x-x.csv record 2" in made.why


@pytest.mark.parametrize(
    ("classes", "worst", "who"),
    [
        (["public"] * 3, "public", "A, B, C"),
        (["public", "internal", "public"], "internal", "3 suppliers' quotes"),
        (["public", "internal", "commercial"], "commercial", "3 suppliers' quotes"),
    ],
)
def test_a_value_is_as_sensitive_as_the_most_sensitive_quote(classes, worst, who):
    said = read_quotes([quotes(confidentiality=classes)], TODAY).changes[KEY]
    assert (said["sensitivity"], said["who"]) == (worst, who)


def test_a_quote_that_has_run_out_states_nothing_and_is_reported():
    found = read_quotes([quotes()], date(2026, 6, 1))
    assert found.changes[KEY]["value"] == 90
    trail = f"quote for {KEY} (supplier_quotes-x-x.csv record"
    assert found.remarks == (
        f"{trail} 1) has no date of validity: used; confirm it with the supplier",
        f"{trail} 3) ran out on 2026-01-31: not used; ask for a new one",
    )
    assert read_quotes([quotes(parameter="")], TODAY).changes == {}


def test_the_last_day_of_validity_still_counts():
    found = read_quotes([quotes(valid_to="2026-01-31")], date(2026, 1, 31))
    assert found.changes[KEY]["value"] == 95
    assert not read_quotes([quotes(valid_to="2026-01-31")], date(2026, 2, 1)).changes


def test_units_without_the_currency_are_the_same():
    assert read_quotes([quotes(unit=["m", "per m", "GBP/m"])], TODAY).changes[KEY]["value"] == 95
    each = quotes(parameter="fibre.chamber_gbp", unit=["each", "GBP each", "£ each"])
    assert "fibre.chamber_gbp" in read_quotes([each], TODAY).changes


def test_unknown_parameters_wrong_units_and_impossible_prices_are_refused_together():
    wrong = quotes(
        parameter=["fibre.gold", KEY, KEY], unit=["GBP/m", "GBP/km", "GBP/m"], price_gbp=[1, 2, 5000.0]
    )  # fmt: skip
    with pytest.raises(StudyError) as caught:
        read_quotes([wrong], TODAY)
    assert [f.column for f in caught.value.faults] == ["parameter", "unit", "price_gbp"]


def test_every_quote_is_accounted_for():
    held = quotes(parameter=[KEY, "", KEY])
    ledger = Ledger({"supplier_quotes": [held]})
    as_of = date(2026, 6, 1)
    register = shipped().override(read_quotes([held], as_of).changes, "quotes")
    settle_quotes(ledger, register, as_of)
    (after,) = ledger.close()[0]
    assert after.frame["record"].tolist() == [1]
    assert after.set_aside == {
        "names no parameter, so it states nothing": 1,
        "ran out on 2026-01-31": 1,
    }


def test_a_parameter_that_the_study_states_overrules_the_quotes():
    held = quotes(valid_to="")
    ledger = Ledger({"supplier_quotes": [held]})
    said = {KEY: {"value": 90.0, "who": "w", "when": "2026-01-01", "why": "a decision"}}
    settle_quotes(ledger, shipped().override(said, "study.toml"), TODAY)
    assert ledger.close()[0][0].set_aside == {"study.toml states this parameter itself": 3}
