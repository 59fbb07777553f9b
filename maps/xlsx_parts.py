"""The parts a workbook is made of: formats, headers with units, cells, totals that recalculate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from layers.lineage import Figures, Table
from layers.number_text import format_number, is_missing
from maps.passages import clean
from maps.style import AMBER_GROUND, BLUE, HAIRLINE, INK
from maps.view import SAMPLE_RIBBON, CaseView
from maps.xlsx_rows import Cells, RowsSheet

__all__ = ["Book", "Columns", "cells_of", "columns_of", "fit", "head", "totals"]

WIDEST, NARROWEST = 46, 9
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
        sheet = self.workbook.add_worksheet(name, RowsSheet)
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


def _words(name: str, table: Table) -> str:
    return clean(table.columns[name].description) or name.replace("_", " ")


def columns_of(table: Table, names: Sequence[str]) -> Columns:
    """Return those of the names that the table has, with their headings and units."""
    held = tuple(name for name in names if name in table.columns)
    units = tuple(
        f"in {table.columns[n].unit_of}"
        if table.columns[n].unit_of
        else table.columns[n].unit.replace("GBP", "£")
        for n in held
    )
    return Columns(held, tuple(_words(n, table) for n in held), units)


def cells_of(
    book: Book,
    table: Table,
    name: str,
    at: NDArray[np.intp],
    figures: Figures | None = None,
) -> Cells:
    """Return a column of some rows of a table: numbers, quoted as figures, and texts.

    Parameters
    ----------
    at
        Where the rows stand in the table.
    figures
        The table's, where it is not one of the case.
    """
    spec, held = table.columns[name], table.cells(name)
    told: list[str | float | None] = []
    looks, quoted = [book.text] * len(at), []
    texts: dict[str, str] = {}
    unit, places = (table.cells(of) if of else None for of in (spec.unit_of, spec.decimals_of))
    usual = book.number(spec.unit, spec.decimals)
    for number, row in enumerate(at.tolist()):
        value = held[row]
        if isinstance(value, str):
            if value not in texts:
                texts[value] = clean(value)
            told.append(texts[value])
        elif isinstance(value, bool | np.bool_):
            told.append(YES if value else NO)
        elif isinstance(value, int | float):
            quoted.append(row)
            if not math.isfinite(value):
                told.append(format_number(value))
                continue
            told.append(float(value))
            looks[number] = usual
            if unit is not None or places is not None:
                decimals = (
                    spec.decimals if places is None or is_missing(places[row]) else places[row]
                )
                looks[number] = book.number(str(unit[row]) if unit else spec.unit, decimals)
        else:
            told.append(None if is_missing(value) else clean(value))
    if quoted:
        (figures or book.view.figures).cite_cells(table.name, name, np.array(quoted))
    return Cells(told, looks)


def head(book: Book, sheet: Any, row: int, columns: Columns, keys: int) -> int:
    """Write header and units rows, freeze them with `keys` columns, and return the next row."""
    for number, (heading, unit) in enumerate(zip(columns.headings, columns.units, strict=True)):
        sheet.write_string(row, number, heading, book.header)
        sheet.write_string(row + 1, number, unit, book.units)
    sheet.freeze_panes(row + 2, keys)
    sheet.repeat_rows(row, row + 1)
    return row + 2


def fit(
    sheet: Any, columns: Columns, frame: pd.DataFrame, given: dict[str, int] | None = None
) -> None:
    """Set the columns' widths from their longest text, within reason, or as `given`."""
    for number, name in enumerate(columns.names):
        longest = (
            max(map(len, map(str, frame[name].tolist()))) if name in frame and len(frame) else 0
        )
        width = (given or {}).get(name, min(max(longest, NARROWEST) + 1, WIDEST))
        sheet.set_column(number, number, width)


def totals(
    book: Book,
    sheet: Any,
    row: int,
    span: tuple[int, int],
    columns: Columns,
    names_of: Sequence[str],
    label: str,
    which: str = "chosen",
    also: tuple[str, str] | None = None,
    shown: Sequence[object] = (),
) -> None:
    """Write a row of live totals over the rows where `which` is yes (and `also` holds).

    `shown` are the values to show until a program recalculates, where the case quotes them.
    """
    first, last = span
    sheet.write_string(row, 0, label, book.total)
    names = list(columns.names)

    def cells(name: str) -> str:
        column = names.index(name)
        top = xl_rowcol_to_cell(first, column, row_abs=True, col_abs=True)
        return f"{top}:{xl_rowcol_to_cell(last, column, row_abs=True, col_abs=True)}"

    for name, value in zip_longest(names_of, shown, fillvalue=None):
        if name not in names or which not in names:
            continue
        column = names.index(name)
        letter = xl_col_to_name(column)
        more = f',{cells(also[0])},"{_criterion(also[1])}"' if also is not None else ""
        formula = f'=SUMIFS({letter}{first + 1}:{letter}{last + 1},{cells(which)},"{YES}"{more})'
        sheet.write_formula(
            row,
            column,
            formula,
            book.number("GBP", 0, total=True),
            "" if is_missing(value) else value,
        )


def _criterion(text: str) -> str:
    """Return text as a criterion of SUMIFS: quotes doubled, wildcards taken literally."""
    for sign in "~*?":
        text = text.replace(sign, f"~{sign}")
    return text.replace('"', '""')
