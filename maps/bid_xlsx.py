"""The bid's workbook: site schedule, costs, gates and gaps, with totals that recalculate.

Totals are formulas over the rows above, so an officer who corrects a cost sees the sum follow.
Text from files is always written as text, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from layers.lineage import Figure, Table, format_number
from maps import bid_rows, prose
from maps.deterministic import document_time, settle_zip
from maps.passages import clean
from maps.style import AMBER_GROUND, BLUE, HAIRLINE, INK
from maps.view import SAMPLE_RIBBON, CaseView

__all__ = ["write_bid_xlsx"]

WIDEST, NARROWEST = 46, 9
SITE_COLUMNS = (
    "rank", "site_id", "name", "kind", "owner", "lad_name", "postcode", "location", "status", "chosen",
    "score", "score_low", "score_high", "rank_best", "rank_worst", "completeness_pct", "measured_pct",
    "estimated_pct", "modelled_pct", "cost_gbp", "cost_gbp_low", "cost_gbp_high", "npsv_gbp", "bcr",
    "catchment_method", "gates_failed", "gates_unknown",
)  # fmt: skip
SITE_TOTALS = ("cost_gbp", "cost_gbp_low", "cost_gbp_high")
COST_COLUMNS = (
    "site", "chosen", "item", "timing", "quantity", "unit", "rate_gbp", "optimism_bias_pct", "amount_gbp",
    "amount_gbp_low", "amount_gbp_high", "basis", "parameter",
)  # fmt: skip
COST_TOTALS = ("amount_gbp", "amount_gbp_low", "amount_gbp_high")
YES, NO = "yes", "no"


@dataclass
class Book:
    """A workbook being written, with its formats and the case it prints."""

    workbook: Any
    view: CaseView

    def __post_init__(self) -> None:
        make = self.workbook.add_format
        base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        head = base | {"bold": True, "bottom": 1, "bottom_color": BLUE, "text_wrap": True}
        self.text = make(base)
        self.wrapped = make(base | {"text_wrap": True})
        self.header = make(head)
        self.units = make(
            base | {"italic": True, "font_color": "#505a5f", "bottom": 1, "bottom_color": HAIRLINE}
        )
        self.title = make(base | {"bold": True, "font_size": 16, "font_color": BLUE})
        self.ribbon = make(base | {"bold": True, "font_color": "#ffffff", "bg_color": INK})
        self.caution = make(base | {"bg_color": AMBER_GROUND, "text_wrap": True})
        self.total = make(base | {"bold": True, "top": 1, "top_color": BLUE})
        self._numbers: dict[tuple[str, int, bool], Any] = {}

    def number(self, unit: str, decimals: int | None, *, total: bool = False) -> Any:
        """Return the format of a number of a unit, made once."""
        places = 0 if decimals is None else max(decimals, 0)
        key = (unit, -1 if decimals is None else places, total)
        if key not in self._numbers:
            digits = "#,##0" + ("." + "0" * places if places else "")
            if decimals is None:
                digits = "#,##0.####"
            shape = f"[$£-809]{digits}" if unit == "GBP" else digits
            look: dict[str, Any] = {
                "num_format": shape,
                "font_name": "Arial",
                "font_size": 10,
                "valign": "top",
            }
            if total:
                look |= {"bold": True, "top": 1, "top_color": BLUE}
            self._numbers[key] = self.workbook.add_format(look)
        return self._numbers[key]

    def sheet(self, name: str) -> tuple[Any, int]:
        """Add a sheet with the sample ribbon where there is one, and return its first free row."""
        sheet = self.workbook.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&RPage &P of &N")
        if not self.view.study.sample:
            return sheet, 0
        sheet.write_string(0, 0, SAMPLE_RIBBON, self.ribbon)
        for column in range(1, 8):
            sheet.write_blank(0, column, None, self.ribbon)
        return sheet, 1


@dataclass(frozen=True)
class Columns:
    """Names, headings and units of a sheet's columns."""

    names: tuple[str, ...]
    headings: tuple[str, ...]
    units: tuple[str, ...]


def write_bid_xlsx(view: CaseView, path: Path) -> None:
    """Write the bid's workbook.

    Sheets: Read me, Site schedule, Criteria, Costs, Gates, Gaps by district, Parameters, Sources,
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
        _gates(book)
        _plain(book, "Gaps by district", view.study.district_gaps)
        _plain(book, "Parameters", view.study.parameters)
        _plain(book, "Sources", view.study.sources)
        _quality(book)
        _figures(book)
    settle_zip(path)


def _heading(name: str, table: Table) -> str:
    return clean(table.columns[name].description) or name.replace("_", " ")


def _columns(table: Table, names: Sequence[str]) -> Columns:
    held = tuple(name for name in names if name in table.columns)
    units = tuple(
        f"in {table.columns[n].unit_of}"
        if table.columns[n].unit_of
        else table.columns[n].unit.replace("GBP", "£")
        for n in held
    )
    return Columns(held, tuple(_heading(n, table) for n in held), units)


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _cell(book: Book, sheet: Any, row: int, column: int, table: Table, key: str, name: str) -> None:
    """Write one cell of a table: a number as a quoted figure, anything else as text."""
    spec, value = table.columns[name], table.cell(key, name)
    if isinstance(value, bool | np.bool_):
        sheet.write_string(row, column, YES if value else NO, book.text)
    elif isinstance(value, int | float | np.integer | np.floating):
        figure = book.view.figures.cite(table.name, key, name)
        _number(book, sheet, row, column, figure, spec.unit)
    elif not _missing(value):
        sheet.write_string(row, column, clean(value), book.text)


def _number(book: Book, sheet: Any, row: int, column: int, figure: Figure, unit: str) -> None:
    if figure.known:
        sheet.write_number(row, column, float(figure.value), book.number(unit, figure.decimals))
    else:
        sheet.write_string(row, column, format_number(figure.value), book.text)


def _head(book: Book, sheet: Any, row: int, columns: Columns, keys: int) -> int:
    """Write header and units rows, freeze them with `keys` columns, and return the next row."""
    for number, (heading, unit) in enumerate(zip(columns.headings, columns.units, strict=True)):
        sheet.write_string(row, number, heading, book.header)
        sheet.write_string(row + 1, number, unit, book.units)
    sheet.freeze_panes(row + 2, keys)
    sheet.repeat_rows(row, row + 1)
    return row + 2


def _fit(
    sheet: Any, columns: Columns, frame: pd.DataFrame, given: dict[str, int] | None = None
) -> None:
    for number, name in enumerate(columns.names):
        longest = (
            int(frame[name].astype(object).map(lambda v: len(str(v))).max())
            if name in frame and len(frame)
            else 0
        )
        width = (given or {}).get(name, min(max(longest, NARROWEST) + 1, WIDEST))
        sheet.set_column(number, number, width)


def _plain(book: Book, name: str, table: Table) -> None:
    """Write a whole table as it is."""
    sheet, row = book.sheet(name)
    columns = _columns(table, [str(c) for c in table.frame.columns])
    first = row
    row = _head(book, sheet, row, columns, 1)
    for key in table.frame[table.key].astype(str):
        for number, column in enumerate(columns.names):
            _cell(book, sheet, row, number, table, key, column)
        row += 1
    _fit(sheet, columns, table.frame)
    if len(table.frame):
        sheet.autofilter(first + 1, 0, row - 1, len(columns.names) - 1)


def _sites(book: Book) -> None:
    view = book.view
    sheet, row = book.sheet("Site schedule")
    extra = [n for n in view.ranking.frame.columns if str(n).startswith(("metric_", "points_"))]
    columns = _columns(view.ranking, [*SITE_COLUMNS, *(str(n) for n in extra)])
    first = row
    row = _head(book, sheet, row, columns, 3)
    start = row
    order = bid_rows.ranking_order(view)
    for key in order[view.ranking.key].astype(str):
        for number, column in enumerate(columns.names):
            _cell(book, sheet, row, number, view.ranking, key, column)
        row += 1
    _fit(sheet, columns, view.ranking.frame, {"name": 34, "owner": 26, "catchment_method": 24})
    if row == start:
        sheet.write_string(row, 0, "no candidate site", book.text)
        return
    sheet.autofilter(first + 1, 0, row - 1, len(columns.names) - 1)
    ask = prose.item(view, "ask_gbp")
    shown = (ask.value, ask.low, ask.high) if ask is not None else ()
    label = "Total of chosen sites"
    _totals(book, sheet, row + 1, (start, row - 1), columns, SITE_TOTALS, label, shown=shown)


def _totals(
    book: Book,
    sheet: Any,
    row: int,
    span: tuple[int, int],
    columns: Columns,
    totals: Sequence[str],
    label: str,
    also: tuple[str, str] | None = None,
    shown: Sequence[object] = (),
) -> None:
    """Write a row of live totals over the rows whose `chosen` is yes (and `also` holds).

    `shown` are the values to show until a program recalculates, where the case quotes them.
    """
    first, last = span
    sheet.write_string(row, 0, label, book.total)
    names = list(columns.names)

    def cells(name: str) -> str:
        column = names.index(name)
        top = xl_rowcol_to_cell(first, column, row_abs=True, col_abs=True)
        return f"{top}:{xl_rowcol_to_cell(last, column, row_abs=True, col_abs=True)}"

    for name, value in zip_longest(totals, shown, fillvalue=None):
        if name not in names or "chosen" not in names:
            continue
        column = names.index(name)
        letter = xl_col_to_name(column)
        more = f',{cells(also[0])},"{_criterion(also[1])}"' if also is not None else ""
        formula = f'=SUMIFS({letter}{first + 1}:{letter}{last + 1},{cells("chosen")},"{YES}"{more})'
        sheet.write_formula(
            row,
            column,
            formula,
            book.number("GBP", 0, total=True),
            "" if _missing(value) else value,
        )


def _criterion(text: str) -> str:
    """Return text as a criterion of SUMIFS: quotes doubled, wildcards taken literally."""
    for sign in "~*?":
        text = text.replace(sign, f"~{sign}")
    return text.replace('"', '""')


def _costs(book: Book) -> None:
    view = book.view
    sheet, row = book.sheet("Costs")
    table = view.costs
    sites = bid_rows.ranking_order(view).set_index(view.ranking.key)
    names = tuple(n for n in COST_COLUMNS if n in table.columns or n in {"site", "chosen"})
    fixed = {"site": ("site", ""), "chosen": ("chosen", "")}
    held = _columns(table, names)
    beside = {
        n: (h, u) for n, h, u in zip(held.names, held.headings, held.units, strict=True)
    } | fixed
    columns = Columns(names, tuple(beside[n][0] for n in names), tuple(beside[n][1] for n in names))
    first = row
    row = _head(book, sheet, row, columns, 2)
    start = row
    place = {str(key): n for n, key in enumerate(sites.index)}
    frame = table.frame.assign(_place=table.frame["site_id"].astype(str).map(place))
    for line in frame.sort_values(["_place", "row"], kind="stable").to_dict("records"):
        site = sites.loc[line["site_id"]]
        for number, name in enumerate(names):
            if name == "site":
                sheet.write_string(row, number, clean(site["name"]), book.text)
            elif name == "chosen":
                sheet.write_string(row, number, YES if bool(site["chosen"]) else NO, book.text)
            else:
                _cell(book, sheet, row, number, table, str(line["row"]), name)
        row += 1
    _fit(sheet, columns, table.frame, {"site": 34, "item": 28})
    if row == start:
        sheet.write_string(row, 0, "no cost line", book.text)
        return
    sheet.autofilter(first + 1, 0, row - 1, len(names) - 1)
    span = (start, row - 1)
    group = "timing" if "timing" in names else "basis"
    for number, kind in enumerate(sorted(set(table.frame[group].astype(str)))):
        label = f"Chosen sites: {clean(kind)}"
        _totals(book, sheet, row + 1 + number, span, columns, COST_TOTALS, label, (group, kind))
    if group == "basis":
        after = row + 1 + table.frame[group].nunique()
        _totals(book, sheet, after, span, columns, COST_TOTALS, "Chosen sites: all lines")


def _gates(book: Book) -> None:
    view = book.view
    sheet, row = book.sheet("Gates")
    columns = Columns(
        ("site", "label", "outcome", "reason", "site_id"),
        ("Site", "Gate", "Outcome", "Why", "Site id"),
        ("",) * 5,
    )
    first = row
    row = _head(book, sheet, row, columns, 1)
    start = row
    names = view.ranking.frame.set_index(view.ranking.key)["name"]
    order = {"unknown": 0, "fail": 1}
    frame = view.gates.frame
    frame = frame.assign(
        _order=frame["outcome"].map(order).fillna(2), site=frame["site_id"].map(names)
    )
    frame = frame.sort_values(["_order", "row"], kind="stable")
    for line in frame.to_dict("records"):
        for number, name in enumerate(columns.names):
            if not _missing(line[name]):
                sheet.write_string(row, number, clean(line[name]), book.text)
        row += 1
    _fit(sheet, columns, frame, {"site": 34, "label": 34, "outcome": 11})
    if row > start:
        sheet.autofilter(first + 1, 0, row - 1, len(columns.names) - 1)


def _quality(book: Book) -> None:
    """Write what became of every row, with a live check that nothing is lost."""
    table = book.view.study.quality
    sheet, row = book.sheet("Data quality")
    held = _columns(table, [str(c) for c in table.frame.columns])
    columns = Columns(
        (*held.names, "check"),
        (*held.headings, "rows in = used + set aside + quarantined"),
        (*held.units, ""),
    )
    row = _head(book, sheet, row, columns, 1)
    letters = {
        n: xl_col_to_name(columns.names.index(n))
        for n in ("rows_in", "used", "set_aside", "quarantined")
    }
    for key in table.frame[table.key].astype(str):
        for number, name in enumerate(held.names):
            _cell(book, sheet, row, number, table, key, name)
        total, used, aside, bad = (f"{letter}{row + 1}" for letter in letters.values())
        sheet.write_formula(
            row,
            len(held.names),
            f'=IF({total}={used}+{aside}+{bad},"closes","LOST ROWS")',
            book.text,
            "",
        )
        row += 1
    _fit(sheet, columns, table.frame, {"check": 18})


def _figures(book: Book) -> None:
    """Write every figure that the bid quotes; last, so that none of this book's is left out."""
    frame = book.view.figures.frame()
    sheet, row = book.sheet("Figures")
    names = tuple(str(name) for name in frame.columns)
    row = _head(book, sheet, row, Columns(names, names, ("",) * len(names)), 1)
    for line in frame.itertuples(index=False):
        for number, value in enumerate(line):
            if isinstance(value, bool | np.bool_ | str):
                sheet.write_string(row, number, clean(value), book.text)
            elif not _missing(value):
                sheet.write_number(row, number, float(value), book.number("", None))
        row += 1
    _fit(sheet, Columns(names, names, ("",) * len(names)), frame)


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
        (prose.why_none(view).text, book.wrapped),
        (prose.unquoted(view).text, book.wrapped),
        (
            "Totals are formulas: correct a cost or a choice and they follow. The ranking itself does not; run the study again for that.",
            book.wrapped,
        ),
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
