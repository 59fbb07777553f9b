"""The bid's workbook: site schedule, costs, gates and gaps, with totals that recalculate.

Totals are formulas over the rows above, so an officer who corrects a cost sees the sum follow.
Text from files is always written as text, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from layers.lineage import Table
from layers.number_text import is_missing
from maps import bid_rows, prose
from maps.bid_content import BidPicture, bid_content
from maps.bid_xlsx_plan import plan_sheets
from maps.blocks import Report
from maps.deterministic import document_time, settle_zip
from maps.passages import clean
from maps.view import SAMPLE_RIBBON, CaseView
from maps.xlsx_parts import (
    NO,
    YES,
    Book,
    Columns,
    cells_of,
    columns_of,
    fit,
    head,
    totals,
)
from maps.xlsx_rows import Cells

__all__ = ["write_bid_xlsx"]

SITE_COLUMNS = (
    "rank", "site_id", "name", "kind", "owner", "lad_name", "postcode", "location", "status", "chosen", "chosen_if_verified",
    "score", "score_low", "score_high", "rank_best", "rank_worst", "completeness_pct", "measured_pct",
    "estimated_pct", "modelled_pct", "cost_gbp", "cost_gbp_low", "cost_gbp_high", "cost_route", "part_gbp",
    "part_gbp_low", "part_gbp_high", "part_if_verified_gbp", "part_if_verified_gbp_low",
    "part_if_verified_gbp_high", "npsv_gbp", "bcr", "catchment_method", "gates_failed", "gates_unknown",
)  # fmt: skip
VERIFIED = "chosen_if_verified"
SITE_TOTALS = ("cost_gbp", "cost_gbp_low", "cost_gbp_high")
PARTS = {"chosen": "part_gbp", VERIFIED: "part_if_verified_gbp"}
COST_COLUMNS = (
    "site", "chosen", "item", "timing", "quantity", "unit", "rate_gbp", "optimism_bias_pct", "amount_gbp",
    "amount_gbp_low", "amount_gbp_high", "basis", "parameter",
)  # fmt: skip
SHEETS = {"bill": "Bill of quantities", "financial": "Cash by year"}
FIGURE_COLUMNS = ("fig_id", "value", "unit", "low", "high", "grade", "table", "row", "column")
WHERE_IDS = (
    "The Figures sheet lists what the bid quotes, with ids. figures.csv lists every number of the pack; infra "
    "explain takes an id, or {case}/table:row:column."
)
COST_TOTALS = ("amount_gbp", "amount_gbp_low", "amount_gbp_high")


def write_bid_xlsx(view: CaseView, path: Path, content: Report | None = None) -> None:
    """Write the bid's workbook; `content` is the bid where it is written already.

    Sheets: Read me, Site schedule, Criteria, Costs, Gates, the plan of all bids, Gaps by district, Parameters, Sources,
    Data quality, Figures. Headers stay in view, units stand in a row of their own, no cell is
    merged, no text is read as a formula. The same view gives the same bytes.
    """
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties(
            {
                "title": f"{clean(view.title)}: workbook of the bid",
                "subject": clean(view.study.area_name),
                "author": f"infra {clean(view.study.version)}",
                "comments": SAMPLE_RIBBON if view.study.sample else "",
                "created": document_time(view.study.as_of),
            }
        )
        workbook.set_calc_mode("auto")
        book = Book(workbook, view)
        _read_me(book)
        _sites(book)
        _plain(book, "Criteria", view.criteria)
        _costs(book)
        for name, table in view.more.items():
            _plain(book, SHEETS.get(name, name.replace("_", " ").capitalize()), table)
        _gates(book)
        if view.study.plan is not None:
            plan_sheets(book, view.study.plan)
        _plain(book, "Gaps by district", view.study.district_gaps)
        _plain(book, "Parameters", view.study.parameters)
        _plain(book, "Sources", view.study.sources)
        _quality(book)
        _figures(book, content or bid_content(view, BidPicture(), BidPicture()))
    settle_zip(path)


def _plain(book: Book, name: str, table: Table) -> None:
    """Write a whole table as it is."""
    sheet, row = book.sheet(name)
    columns = columns_of(table, [str(c) for c in table.frame.columns])
    first = row
    row = head(book, sheet, row, columns, 1)
    every = np.arange(len(table.frame))
    row = sheet.write_rows(row, [cells_of(book, table, name, every) for name in columns.names])
    fit(sheet, columns, table.frame)
    if len(table.frame):
        sheet.autofilter(first + 1, 0, row - 1, len(columns.names) - 1)


def _sites(book: Book) -> None:
    view = book.view
    sheet, row = book.sheet("Site schedule")
    extra = [
        name
        for name in (str(column) for column in view.ranking.frame.columns)
        if name.startswith(("metric_", "points_")) and not name.endswith(("_low", "_high"))
    ]
    columns = columns_of(view.ranking, [*SITE_COLUMNS, *extra])
    first = row
    row = head(book, sheet, row, columns, 3)
    start = row
    at = view.ranking.at(bid_rows.ranking_order(view)[view.ranking.key].astype(str))
    row = sheet.write_rows(row, [cells_of(book, view.ranking, n, at) for n in columns.names])
    fit(sheet, columns, view.ranking.frame, {"name": 34, "owner": 26, "catchment_method": 24})
    if row == start:
        sheet.write_string(row, 0, "no candidate site", book.text)
        return
    sheet.autofilter(first + 1, 0, row - 1, len(columns.names) - 1)
    ask = prose.item(view, "ask_gbp")
    shown = (ask.value, ask.low, ask.high) if ask is not None else ()
    span = (start, row - 1)
    names = _site_totals(columns, "chosen")
    totals(book, sheet, row + 1, span, columns, names, "Total of chosen sites", shown=shown)
    if VERIFIED in columns.names:
        would = prose.item(view, f"ask_gbp{prose.IF_VERIFIED}")
        shown = (would.value, would.low, would.high) if would is not None else ()
        label = "Total if every gate to verify were confirmed"
        names = _site_totals(columns, VERIFIED)
        totals(book, sheet, row + 2, span, columns, names, label, which=VERIFIED, shown=shown)


def _site_totals(columns: Columns, which: str) -> tuple[str, ...]:
    """Return the columns that sum to the ask: each site's part of it, where work is shared."""
    part = PARTS[which]
    parts = (part, f"{part}_low", f"{part}_high")
    return parts if part in columns.names else SITE_TOTALS


def _costs(book: Book) -> None:
    view = book.view
    sheet, row = book.sheet("Costs")
    table = view.costs
    sites = bid_rows.ranking_order(view).set_index(view.ranking.key)
    names = tuple(n for n in COST_COLUMNS if n in table.columns or n in {"site", "chosen"})
    fixed = {"site": ("site", ""), "chosen": ("chosen", "")}
    held = columns_of(table, names)
    beside = {
        n: (h, u) for n, h, u in zip(held.names, held.headings, held.units, strict=True)
    } | fixed
    columns = Columns(names, tuple(beside[n][0] for n in names), tuple(beside[n][1] for n in names))
    first = row
    row = head(book, sheet, row, columns, 2)
    start = row
    place = {str(key): n for n, key in enumerate(sites.index)}
    called = dict(zip(sites.index, map(clean, sites["name"]), strict=True))
    chosen = dict(zip(sites.index, sites["chosen"].astype(bool), strict=True))
    frame = table.frame.assign(_place=table.frame["site_id"].astype(str).map(place))
    frame = frame.sort_values(["_place", "row"], kind="stable")
    at, of = frame.index.to_numpy(), frame["site_id"].tolist()
    own = {
        "site": Cells.alike([called[site] for site in of], book.text),
        "chosen": Cells.alike([YES if chosen[site] else NO for site in of], book.text),
    }
    row = sheet.write_rows(row, [own.get(n) or cells_of(book, table, n, at) for n in names])
    fit(sheet, columns, table.frame, {"site": 34, "item": 28})
    if row == start:
        sheet.write_string(row, 0, "no cost line", book.text)
        return
    sheet.autofilter(first + 1, 0, row - 1, len(names) - 1)
    span = (start, row - 1)
    group = "timing" if "timing" in names else "basis"
    for number, kind in enumerate(sorted(set(table.frame[group].astype(str)))):
        label = f"Chosen sites, one by one: {clean(kind)}"
        shown = _summed(frame[frame[group].astype(str) == kind], chosen)
        totals(
            book, sheet, row + 1 + number, span, columns, COST_TOTALS, label, also=(group, kind),
            shown=shown,
        )  # fmt: skip
    if group == "basis":
        after, label = row + 1 + table.frame[group].nunique(), "Chosen sites: all lines"
        totals(book, sheet, after, span, columns, COST_TOTALS, label, shown=_summed(frame, chosen))


def _summed(costs: pd.DataFrame, chosen: Mapping[str, bool]) -> list[float]:
    """Return what the totals of lines of chosen sites come to, for programs that do not calculate."""
    paid = costs[costs["site_id"].map(chosen).astype(bool)]
    return [float(paid[name].sum()) if name in paid else 0.0 for name in COST_TOTALS]


def _gates(book: Book) -> None:
    view = book.view
    sheet, row = book.sheet("Gates")
    columns = Columns(
        ("site", "label", "outcome", "reason", "site_id"),
        ("Site", "Gate", "Outcome", "Why", "Site id"),
        ("",) * 5,
    )
    first = row
    row = head(book, sheet, row, columns, 1)
    start = row
    names = view.ranking.frame.set_index(view.ranking.key)["name"]
    order = {"unknown": 0, "fail": 1}
    frame = view.gates.frame
    frame = frame.assign(
        _order=frame["outcome"].map(order).fillna(2), site=frame["site_id"].map(names)
    )
    frame = frame.sort_values(["_order", "row"], kind="stable")
    told = [
        [None if is_missing(value) else clean(value) for value in frame[name].tolist()]
        for name in columns.names
    ]
    row = sheet.write_rows(row, [Cells.alike(values, book.text) for values in told])
    fit(sheet, columns, frame, {"site": 34, "label": 34, "outcome": 11})
    if row > start:
        sheet.autofilter(first + 1, 0, row - 1, len(columns.names) - 1)


def _quality(book: Book) -> None:
    """Write what became of every row, with a live check that nothing is lost."""
    table = book.view.study.quality
    sheet, row = book.sheet("Data quality")
    held = columns_of(table, [str(c) for c in table.frame.columns])
    columns = Columns(
        (*held.names, "check"),
        (*held.headings, "rows in = used + set aside + quarantined"),
        (*held.units, ""),
    )
    row = head(book, sheet, row, columns, 1)
    letters = {
        n: xl_col_to_name(columns.names.index(n))
        for n in ("rows_in", "used", "set_aside", "quarantined")
    }
    every = np.arange(len(table.frame))
    start = row
    end = sheet.write_rows(start, [cells_of(book, table, name, every) for name in held.names])
    counts = table.frame[[*letters]].to_numpy(dtype=float)
    closes = counts[:, 0] == counts[:, 1:].sum(axis=1)
    for row in range(start, end):
        total, used, aside, bad = (f"{letter}{row + 1}" for letter in letters.values())
        sheet.write_formula(
            row,
            len(held.names),
            f'=IF({total}={used}+{aside}+{bad},"closes","LOST ROWS")',
            book.text,
            "closes" if closes[row - start] else "LOST ROWS",
        )
    fit(sheet, columns, table.frame, {"check": 18})


def _figures(book: Book, content: Report) -> None:
    """Write every figure that the bid quotes, with its id; figures.csv lists the workbook's own too."""
    held = {**content.quoted, **content.tabled}.values()
    sheet, row = book.sheet("Figures")
    names = FIGURE_COLUMNS
    row = head(book, sheet, row, Columns(names, names, ("",) * len(names)), 1)
    for figure in sorted(held, key=lambda f: (f.table, f.row, f.column)):
        for number, name in enumerate(names):
            value = getattr(figure, name)
            if isinstance(value, bool | np.bool_ | str):
                sheet.write_string(row, number, clean(value), book.text)
            elif not is_missing(value):
                sheet.write_number(row, number, float(value), book.number("", None))
        row += 1
    for number, width in enumerate((13, 16, 18, 12, 12, 12, 34, 46, 26)):
        sheet.set_column(number, number, width)


def _read_me(book: Book) -> None:
    view = book.view
    sheet, row = book.sheet("Read me")
    sheet.set_column(0, 0, 100)
    sheet.write_string(row, 0, clean(view.title), book.title)
    fund = prose.fund_name(view)
    lines = [
        (
            f"Workbook of the bid to {fund}. {clean(view.study.area_name)}. As of {prose.day(view.study)}.",
            book.wrapped,
        ),
        *((banner, book.caution) for banner in prose.banners(view)),
        (prose.ask(view).text, book.wrapped),
        ((prose.why_none(view) + prose.if_verified(view)).text, book.wrapped),
        (prose.unquoted(view).text, book.wrapped),
        (
            "Totals are formulas: correct a cost or a choice and they follow. The ranking itself does not; run the study again for that.",
            book.wrapped,
        ),
        (WHERE_IDS.format(case=clean(view.key)), book.wrapped),
        ("A cell that says no data has no value. It is not nil.", book.wrapped),
        (
            "Measured: published for this unit. Estimated: from a larger unit, or shared out. Modelled: computed, indicative.",
            book.wrapped,
        ),
        (
            "Stated: on somebody's word, with who and when. Assumed: a shipped default, unquoted.",
            book.wrapped,
        ),
        *((clean(statement), book.wrapped) for statement in view.study.attributions),
    ]
    for text, look in lines:
        if text:
            row += 1
            sheet.write_string(row, 0, text, look)
