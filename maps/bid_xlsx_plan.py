"""The workbook's sheets of the joined-up plan: who pays what, site by site, what it saves, what relies on what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell

from layers.lineage import Table
from maps.passages import clean
from maps.plan_rows import IF_VERIFIED, shown_plan
from maps.view import PlanView
from maps.xlsx_parts import Book, cells_of, columns_of, fit, head

__all__ = ["plan_sheets"]

PAYS, SITES, WORKS, SAVES, RELIES = (
    f"Plan {name}" for name in ("by fund", "by site", "shared work", "savings", "dependencies")
)
WIDTHS = {"title": 40, "name": 34, "case_title": 34, "label": 46, "note": 40, "shares_with": 34,
          "relies_on_name": 34}  # fmt: skip


def plan_sheets(book: Book, plan: PlanView) -> None:
    """Write the plan that can be funded now, else the one if every open gate were confirmed.

    Sums are live: correct what a site pays and its total follows. The plan itself does not.
    """
    suffix = shown_plan(plan)
    sites = plan.tables[f"plan_sites{suffix}"]
    chosen = sites.frame[sites.frame["in_plan"].astype(bool)]
    if chosen.empty:
        sheet, row = book.sheet("Plan")
        sheet.set_column(0, 0, 100)
        for number, line in enumerate(plan.lines):
            sheet.write_string(row + number, 0, clean(line), book.wrapped)
        return
    said = (
        "The joined-up plan over all bids of the study, if every open gate were confirmed."
        if suffix == IF_VERIFIED
        else "The joined-up plan over all bids of the study."
    )
    pays = plan.tables[f"plan_pays{suffix}"]
    _sheet(book, plan, PAYS, pays, pays.frame, "All funds", said)
    _sheet(book, plan, SITES, sites, chosen, "All sites of the plan", said)
    works = plan.tables[f"plan_works{suffix}"]
    _sheet(book, plan, WORKS, works, works.frame, "All shared work", said)
    saves = plan.tables[f"plan_savings{suffix}"]
    _sheet(book, plan, SAVES, saves, saves.frame, "", said)
    relies = plan.tables[f"plan_dependencies{suffix}"]
    _sheet(book, plan, RELIES, relies, relies.frame, "", said)


def _sheet(
    book: Book, plan: PlanView, name: str, table: Table, frame: pd.DataFrame, label: str, said: str
) -> None:
    """Write rows of a table of the plan, with live sums of its money where there is a label."""
    sheet, row = book.sheet(name)
    columns = columns_of(table, [str(c) for c in table.frame.columns])
    first = row
    row = head(book, sheet, row, columns, 2)
    start = row
    at = table.at(frame[table.key].astype(str))
    row = sheet.write_rows(
        row, [cells_of(book, table, name, at, plan.figures) for name in columns.names]
    )
    fit(sheet, columns, frame, WIDTHS)
    if row == start:
        sheet.write_string(row, 0, "none", book.text)
        return
    sheet.autofilter(first + 1, 0, row - 1, len(columns.names) - 1)
    if label:
        # what a work costs stands once a party: its sum would count it twice
        money = [n for n in columns.names if table.columns[n].unit == "GBP" and n != "whole_gbp"]
        _sums(book, sheet, row + 1, (start, row - 1), columns.names, money, label, frame)
    sheet.write_string(row + (3 if label else 1), 0, said, book.text)


def _sums(
    book: Book,
    sheet: Any,
    row: int,
    span: tuple[int, int],
    names: Sequence[str],
    money: Sequence[str],
    label: str,
    frame: pd.DataFrame,
) -> None:
    """Write a row of live sums, with the values to show until a program recalculates."""
    sheet.write_string(row, 0, label, book.total)
    for name in money:
        column = names.index(name)
        ends = (xl_rowcol_to_cell(at, column) for at in span)
        shown = float(frame[name].sum())
        look = book.number("GBP", 0, total=True)
        sheet.write_formula(row, column, f"=SUM({':'.join(ends)})", look, shown)
