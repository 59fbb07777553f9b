"""The bid prints cash, sensitivity, the exact choice, objectives and overrides where the case has them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import views

from layers.lineage import Column, Figures, Table
from maps import bid_decisions, bid_rows
from maps.bid_outline import BidPicture
from maps.blocks import Paragraph, TableBlock
from maps.case_report import case_report

MONEY = ("capital_gbp", "revenue_gbp", "inflation_gbp", "vat_gbp", "cash_gbp", "grant_gbp", "secured_gbp",
         "in_principle_gbp", "sought_gbp", "carried_gbp", "shortfall_gbp")  # fmt: skip


def table(name, key, rows):
    frame = pd.DataFrame(rows)
    columns = {c: Column(c, "GBP" if c.endswith("_gbp") else "", 0) for c in frame}
    return Table(name, key, frame, columns, description=name)


def with_tables(*tables):
    view = views.case_view()
    more = {t.name: t for t in tables}
    held = [view.ranking, view.costs, view.gates, view.criteria, view.summary, *more.values()]
    return replace(view, more=more, figures=Figures(held, view.key))


def year(name, which="chosen", carried_by="", **money):
    held = dict.fromkeys(MONEY, 0.0) | money
    row = f"{which}|{name}"
    return {"row": row, "set": which, "year": name, "carried_by": carried_by, **held}


@pytest.fixture
def report():
    return case_report(views.case_view(), "bid")


def tables_of(report):
    return [block for block in report.blocks if isinstance(block, TableBlock)]


def test_years_without_money_are_left_out_and_unpaid_running_cost_is_a_gap(report):
    whole = year("total", revenue_gbp=5.0, carried_gbp=5.0, carried_by="nobody is named yet")
    rows = [year("2026-27", cash_gbp=100.0), year("2027-28"), year("2028-29", revenue_gbp=5.0)]
    assert bid_decisions.cash(report, with_tables(table("financial", "row", [*rows, whole])))
    (printed,) = tables_of(report)
    assert [row[0] for row in printed.rows] == ["2026-27", "2028-29", "total"]
    said = " ".join(str(block) for block in report.blocks)
    assert "who carries running costs" in said
    assert "match funding by source" in said


def test_match_stands_by_source_and_the_budget_that_carries_on_is_named(report):
    match = {"row": "001", "source": "Growth fund", "status": "in principle", "year": "2026-27",
             "pays": "capital", "amount_gbp": 4_000.0, "note": "Treasurer, 2026-03-01: letter 4"}  # fmt: skip
    whole = year("total", cash_gbp=9.0, carried_gbp=5.0, carried_by="Highways, revenue")
    view = with_tables(table("financial", "row", [whole]), table("match", "row", [match]))
    assert bid_decisions.cash(report, view)
    _, sources = tables_of(report)
    assert sources.rows[0][:4] == ("Growth fund", "in principle", "2026-27", "capital")
    assert sources.rows[0][4:] == ("£4,000", "Treasurer, 2026-03-01: letter 4")
    said = " ".join(b.passage.text for b in report.blocks if isinstance(b, Paragraph))
    assert "£5, carried by Highways, revenue" in said
    assert "Officer to complete" not in said


def test_where_nothing_is_chosen_the_cash_is_that_of_confirmed_gates(report):
    none = views.case_view()
    ranking = replace(none.ranking, frame=none.ranking.frame.assign(chosen=False))
    view = with_tables(table("financial", "row", [year("2026-27", "if_verified", cash_gbp=9.0)]))
    assert bid_decisions.cash(report, replace(view, ranking=ranking))
    assert "if every gate to verify were confirmed" in tables_of(report)[0].caption


def test_without_a_table_nothing_is_said_and_the_section_knows(report):
    view = with_tables()
    assert not bid_decisions.cash(report, view)
    assert not bid_decisions.sensitivity(report, view, BidPicture())
    assert not bid_decisions.objectives(report, view)
    assert tables_of(report) == []


def test_no_override_is_said(report):
    bid_decisions.overrides(report, with_tables())
    assert any("no parameter stated" in str(block) for block in report.blocks)


def test_other_methods_and_dominated_sites_stand_in_the_annex(report):
    method = {
        "method": "TOPSIS",
        "sites": 9,
        "tau": 0.78,
        "big": 3,
        "disagreements": 2,
        "cause": "Need",
    }
    poor = {
        "site_id": "a",
        "name": "A",
        "by_site_id": "b",
        "by_name": "B",
        "dominators": 3,
        "certain": "no",
    }
    view = with_tables(table("methods", "method", [method]), table("dominated", "site_id", [poor]))
    bid_decisions.other_methods(report, view)
    agree, dominated = tables_of(report)
    assert agree.rows[0][0] == "TOPSIS"
    assert agree.rows[0][-1] == "Need"
    assert dominated.rows == (("A", "B", "3", "no"),)


def test_the_appraisal_is_printed_figure_by_figure(report):
    items = [
        {"item": "npsv_gbp", "label": "NPSV", "value": -5.0, "note": "nil"},
        {"item": "npsv_gbp_if_verified", "label": "NPSV, if", "value": -6.0, "note": ""},
    ]
    bid_decisions.appraised(report, with_tables(table("appraisal", "item", items)))
    (printed,) = tables_of(report)
    assert [row[0] for row in printed.rows] == ["NPSV"]


def test_sites_of_equal_rank_are_shown_as_equal():
    view = views.case_view()
    frame = view.ranking.frame.copy()
    first, second = frame["site_id"].iloc[:2]
    frame.loc[frame["site_id"].isin([first, second]), "rank"] = 1
    ranking = replace(view.ranking, frame=frame)
    held = [t for t in view.figures.tables.values() if t.name != "ranking"]
    view = replace(view, ranking=ranking, figures=Figures([*held, ranking], view.key))
    assert [bid_rows.shown_rank(view, key).shown for key in (first, second)] == ["1=", "1="]
    third = frame.loc[frame["rank"] == frame["rank"].dropna().unique()[-1], "site_id"].iloc[0]
    assert not bid_rows.shown_rank(view, third).shown.endswith("=")
