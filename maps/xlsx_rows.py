"""A worksheet that takes many rows at once, column by column.

A bid's workbook holds half a million cells; the library writes them one by one, nine times slower.
Everything else of a sheet is the library's, which is asked here for the rows between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

__all__ = ["Cells", "RowsSheet"]

LONGEST_TEXT = 32767  # of a cell, in units of UTF-16


@dataclass(frozen=True)
class Cells:
    """One column of a run of rows: text, numbers or nothing, and how each looks."""

    values: Sequence[str | float | None]
    looks: Sequence[Any]

    @classmethod
    def alike(cls, values: Sequence[str | float | None], look: Any) -> Cells:
        """Return a column whose cells all look the same."""
        return cls(values, list(repeat(look, len(values))))


class RowsSheet(Worksheet):  # type: ignore[misc]
    """A worksheet with `write_rows`."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[tuple[int, list[list[int | float | None]], list[Sequence[Any]]]] = []

    def write_rows(self, first: int, columns: Sequence[Cells]) -> int:
        """Write a run of rows from the first column on; return the row below it.

        Further cells of these rows may be written to the right of it.
        """
        rows = len(columns[0].values)
        if not rows:
            return first
        for row, column in ((first, 0), (first + rows - 1, len(columns) - 1)):
            if self._check_dimensions(row, column):
                raise ValueError(f"a sheet has no row {row + 1} with {len(columns)} columns")
        held = [self._kept(column.values) for column in columns]
        self._runs.append((first, held, [column.looks for column in columns]))
        return first + rows

    def _kept(self, values: Sequence[str | float | None]) -> list[int | float | None]:
        """Return numbers as they are, and texts as their places in the table of shared texts."""
        place = self.str_table._get_shared_string_index  # noqa: SLF001 - as the library does
        return [
            place(value[:LONGEST_TEXT]) if isinstance(value, str) else value for value in values
        ]

    def _write_rows(self) -> None:
        ends: tuple[int, int] = (self.dim_rowmin, self.dim_rowmax)  # type: ignore[has-type]
        row = ends[0]
        for first, values, looks in sorted(self._runs, key=lambda run: run[0]):
            self._library_rows(row, first - 1)
            self._write_run(first, values, looks)
            row = first + len(values[0])
        self._library_rows(row, ends[1])
        self.dim_rowmin, self.dim_rowmax = ends

    def _library_rows(self, first: int, last: int) -> None:
        if first <= last:
            self.dim_rowmin, self.dim_rowmax = first, last
            super()._write_rows()

    def _write_run(
        self, first: int, values: list[list[int | float | None]], looks: list[Sequence[Any]]
    ) -> None:
        used = {id(look): look for column in looks for look in dict.fromkeys(column)}
        index = {at: look._get_xf_index() for at, look in used.items()}  # noqa: SLF001 - likewise
        columns = [
            _told(xl_col_to_name(at), first + 1, column, [index[id(look)] for look in of])
            for at, (column, of) in enumerate(zip(values, looks, strict=True))
        ]
        for row, cells in enumerate(zip(*columns, strict=True), start=first):
            self._write_row(row, None)
            self.fh.write("".join(cells))
            for column in sorted(self.table.get(row, ())):
                self._write_cell(row, column, self.table[row][column])
            self.fh.write("</row>")


def _told(
    letter: str, number: int, values: list[int | float | None], styles: list[int]
) -> list[str]:
    """Return a column's cells as the file has them: a whole number is the place of a text."""
    told = []
    for value, style in zip(values, styles, strict=True):
        if value is None:
            told.append("")
        elif type(value) is int:
            told.append(f'<c r="{letter}{number}" s="{style}" t="s"><v>{value}</v></c>')
        else:
            told.append(f'<c r="{letter}{number}" s="{style}"><v>{value:.16G}</v></c>')
        number += 1
    return told
