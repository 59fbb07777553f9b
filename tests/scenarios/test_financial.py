"""The financial case: cash by financial year, match, and its agreement with the economic case."""

from datetime import date

import pytest
import tiny
from pydantic import ValidationError

from layers.errors import StudyError
from layers.parameters import shipped
from scenarios.appraisal import GREEN_BOOK
from scenarios.case import Confirmation
from scenarios.case_appraisal import Flows
from scenarios.financial import Finance, cash_profile, first_year
from scenarios.profile import load_profile

FLOWS = Flows((100_000.0,) * 3, (10_000.0,) * 3, (0.0,) * 3, 2, GREEN_BOOK)
WORD = {"who": "Treasurer", "when": "2026-03-01", "why": "letter 4"}


def match(status, amount, year="2026-27", pays="capital"):
    return {"source": "Growth fund", "status": status, "year": year, "pays": pays, "amount_gbp": amount, **WORD}  # fmt: skip


def cash(budget=1_000_000.0, **given):
    finance = Finance.model_validate(given)
    return cash_profile(FLOWS, finance, shipped(), start=2026, budget_gbp=budget)


def test_cash_is_real_cost_and_inflation_since_the_price_year():
    found = cash(capital_pct_by_year=[60, 40])
    assert found.years == (2026, 2027, 2028, 2029)
    # 2.5 % a year from 2025-26: 60,000 x 1.025 and 40,000 x 1.050625
    assert found.capital_cash.tolist() == [61_500, 42_025, 0, 0]
    # 10,000 x 1.076890625 and x 1.103812890625
    assert found.revenue_cash.tolist() == [0, 0, 10_769, 11_038]
    assert found.grant.tolist() == pytest.approx(found.capital_cash.tolist())
    assert found.carried.sum() == pytest.approx(found.revenue_cash.sum())


def test_match_goes_before_grant_and_a_budget_in_cash_may_fall_short():
    found = cash(budget=70_000.0, match=[match("secured", 20_000.0), match("sought", 5_000.0)])
    # 102,500 of capital, 25,000 matched, 70,000 of grant
    assert found.grant[0] == 70_000
    assert found.shortfall[0] == 7_500
    assert found.matched("secured")[0] == 20_000
    paid = cash(match=[match("in principle", 4_000.0, "2027-28", "revenue")])
    assert paid.carried[1] == pytest.approx(10_000 * 1.025**2 - 4_000, abs=0.5)
    # nothing runs in the first year
    assert cash(match=[match("sought", 4_000.0, pays="revenue")]).over == 4_000


def test_vat_that_is_not_recovered_is_cash():
    lost = shipped().override({"finance.vat_recovered_pct": tiny.words(50)}, "study.toml")
    found = cash_profile(FLOWS, Finance(), lost, start=2025, budget_gbp=1e6)
    # half of 20 % on 100,000
    assert found.capital_vat[0] == 10_000


def test_years_are_whole_pounds_that_add_up():
    found = cash(capital_pct_by_year=[100 / 3, 100 / 3, 100 / 3])
    assert found.capital.tolist()[:3] == [33_334, 33_333, 33_333]
    for values in (found.capital_cash, found.revenue_cash, found.grant, found.carried):
        assert values.tolist() == [round(x) for x in values]


def test_spending_begins_in_the_next_financial_year_unless_stated():
    assert first_year(Finance(), date(2026, 3, 31), 2025) == 2026
    assert first_year(Finance(), date(2026, 4, 1), 2025) == 2027
    assert first_year(Finance(first_year="2028-29"), date(2026, 4, 1), 2025) == 2028


def test_shares_that_do_not_sum_and_years_that_are_none_are_refused():
    with pytest.raises(ValidationError, match="sums to 90, not 100"):
        Finance.model_validate({"capital_pct_by_year": [50, 40]})
    for year, said in (
        ("2026-28", "'2026-28' is no financial year"),
        ("2099-00", "pays in 2099-00, outside"),
    ):
        finance = Finance.model_validate(
            {"first_year": "2026-27", "match": [match("sought", 1.0, year)]}
        )
        with pytest.raises(StudyError, match=said):
            tiny.run("full-fibre-fund", finance=finance)


def run(**more):
    words = tuple(
        Confirmation("*", gate, "pass", "Board", "2026-01-01", "paper 1")
        for gate in load_profile("5g-testbed").gate
    )
    return tiny.run("5g-testbed", 300_000.0, confirmations=words, as_of=date(2026, 1, 5), **more)


def test_the_years_sum_to_the_total_and_to_the_economic_case():
    made = run(finance=Finance.model_validate({"capital_pct_by_year": [30, 70], "carried_by": "Highways, revenue", "match": [match("secured", 9_000.0)]}))  # fmt: skip
    frame = made.more["financial"].frame
    mine = frame[frame["set"] == "chosen"]
    years, total = mine[mine["year"] != "total"], mine[mine["year"] == "total"].iloc[0]
    for column in ("capital_gbp", "cash_gbp", "grant_gbp", "secured_gbp", "carried_gbp"):
        assert years[column].sum() == total[column]
    assert (
        years[["capital_gbp", "revenue_gbp", "inflation_gbp", "vat_gbp"]].sum(axis=1)
        == years["cash_gbp"]
    ).all()
    assert years["year"].iloc[0] == "2026-27"
    assert made.more["financial_check"].cell("chosen|cash_gbp", "value") == total["cash_gbp"]
    assert total["capital_gbp"] == made.summary.cell("ask_gbp", "value")
    check = made.more["financial_check"]
    assert check.cell("chosen|difference_gbp", "value") == 0
    assert check.cell("chosen|pv_cost_gbp", "value") == made.more["appraisal"].cell(
        "pv_cost_gbp", "value"
    )
    assert check.cell("chosen|assumed_pct", "value") == made.summary.cell("unquoted_pct", "value")
    assert "Highways, revenue" in set(years["carried_by"])
    assert made.more["match"].frame["note"].iloc[0] == "Treasurer, 2026-03-01: letter 4"


def test_nobody_named_for_the_running_cost_is_said():
    assert any("nobody is named who carries the running cost" in note for note in run().notes)
