"""The bid prints cash, sensitivity, the exact choice, objectives and overrides where the case has them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import views

from layers.lineage import Column, Figures, Table
from maps import bid_decisions
from maps.blocks import TableBlock
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
    view = with_tables(
        table("financial", "row", [year("2026-27", cash_gbp=100.0), year("2027-28"),
                                   year("2028-29", revenue_gbp=5.0)])
    )  # fmt: skip
    assert bid_decisions.cash(report, view)
    (printed,) = tables_of(report)
    assert [row[0] for row in printed.rows] == ["2026-27", "2028-29"]
    assert any("who carries running costs" in str(block) for block in report.blocks)


def test_without_a_table_nothing_is_said_and_the_section_knows(report):
    view = with_tables()
    assert not bid_decisions.cash(report, view)
    assert not bid_decisions.sensitivity(report, view)
    assert not bid_decisions.objectives(report, view)
    assert tables_of(report) == []


def test_no_override_is_said(report):
    bid_decisions.overrides(report, with_tables())
    assert any("no parameter stated" in str(block) for block in report.blocks)
