"""Which cell of the outputs a user means: by figure id, or by table, row and column."""

from __future__ import annotations

import difflib
import re

from infra.page import Page
from infra.pick import Cell
from infra.trace import Books
from layers.errors import Fault, StudyError
from layers.lineage import figure_id

__all__ = ["find_cell"]

SHORT = 8  # letters; twelve where two figures of one pack would have met
FIGURE = re.compile(r"^F-[A-Z2-7]{8}(?:[A-Z2-7]{4})?$", re.IGNORECASE)


def find_cell(books: Books, asked: str) -> Cell:
    """Find what a user means by a figure id, or by `case/table:row:column`.

    Raises
    ------
    StudyError
        When there is no such figure, with the nearest ones.
    """
    if FIGURE.match(asked):
        return _by_id(books, asked.upper())
    scope, _, rest = asked.partition("/")
    if scope not in books.scopes or not rest:
        scope, rest = "", asked
    pages = [
        p for p in books.pages() if not scope or scope in {p.scope, "study"} or p.scope == "study"
    ]
    near: list[str] = []
    found: list[Cell] = []
    for page in pages:
        if not rest.startswith(f"{page.name}:"):
            continue
        row, _, column = rest.removeprefix(f"{page.name}:").rpartition(":")
        if row in page.position and column in page.columns:
            found.append(Cell(page, row, column))
            continue
        near += _near(page, row, column)
    if len(found) == 1:
        return found[0]
    if found:
        raise StudyError(
            Fault(
                asked,
                f"{len(found)} tables have such a cell",
                f"say which one: {', '.join(cell.name for cell in found)}",
            )
        )
    whole = [p for p in pages if rest.rstrip(":") == p.name and len(p.frame)]
    if whole:
        near = [f"{p.full_name}:{next(iter(p.position))}:{list(p.columns)[-1]}" for p in whole]
        raise StudyError(
            Fault(
                asked,
                "that is a whole table, not one of its cells",
                f"add row and column, such as {near[0]}",
            )
        )
    if not near:
        names = [p.full_name for p in pages]
        near = difflib.get_close_matches(
            rest.partition(":")[0], [p.name for p in pages], n=3, cutoff=0.4
        )
        near = [n for n in names if n.rsplit("/", 1)[-1] in near] or names
    raise _unknown(asked, near)


def _near(page: Page, row: str, column: str) -> list[str]:
    """Return cells of a table that may have been meant."""
    rows = difflib.get_close_matches(row, page.position, n=3, cutoff=0.5)
    columns = difflib.get_close_matches(column, page.columns, n=3, cutoff=0.5)
    if row in page.position:
        return [f"{page.full_name}:{row}:{c}" for c in columns]
    name = column if column in page.columns else (columns or [page.key])[0]
    return [f"{page.full_name}:{r}:{name}" for r in rows]


def _unknown(asked: str, near: list[str]) -> StudyError:
    return StudyError(
        Fault(
            asked,
            "there is no such figure in the outputs",
            f"give an id of a figures.csv, or case/table:row:column; near it: {', '.join(near[:5])}",
        )
    )


def _by_id(books: Books, fig_id: str) -> Cell:
    if fig_id in books.figures:
        name, row, column = books.figures[fig_id]
        scope, _, table = name.partition("/")
        page = books.page(scope, table)
        row = row if page is None or row in page.position else row.removeprefix("'")
        if page is not None and row in page.position and column in page.columns:
            return Cell(page, row, column)
    # a number in no document still has an id: look for it among all cells
    longer = len(fig_id) > len("F-") + SHORT
    for scope in books.scopes:
        for page in books.pages():
            if page.scope not in {scope, "study"}:
                continue
            for column in page.columns:
                for row in page.position:
                    if figure_id(f"{scope}/{page.name}", row, column, longer=longer) == fig_id:
                        return Cell(page, row, column)
    raise _unknown(
        fig_id, difflib.get_close_matches(fig_id, sorted(books.figures), n=5, cutoff=0.3)
    )
