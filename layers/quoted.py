"""Cells of a table as `figures.csv` tells them: whole columns at once, for a pack quotes some 300,000."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from layers.lineage import Table

__all__ = ["CELL", "lines"]

# what figures.csv tells of a cell, after its id
CELL = ("value", "unit", "low", "high", "grade", "table", "row", "column")


def lines(table: Table, marked: Mapping[str, NDArray[np.bool_]]) -> dict[str, list[Any]]:
    """Return the marked cells of a table as `figures.csv` tells them, ordered by row and column.

    Parameters
    ----------
    marked
        By column, which rows were quoted; shape (rows of the table,).

    Returns
    -------
    dict of lists
        What `CELL` names, but for the table's own name.
    """
    keys = table.rows
    place = np.empty(len(keys), dtype=np.intp)
    place[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    names = sorted(marked)
    at = [np.flatnonzero(marked[name]) for name in names]
    which = np.repeat(np.arange(len(names)), [len(found) for found in at])
    order = np.lexsort((which, place[np.concatenate(at)]))

    def all_of(cells: Iterable[Any]) -> list[Any]:
        held: list[Any] = np.concatenate(list(cells))[order].tolist()
        return held

    spec = [table.columns[name] for name in names]
    pairs = list(zip(spec, at, strict=True))
    return {
        "value": all_of(_taken(table, n, f) for n, f in zip(names, at, strict=True)),
        "unit": all_of(_beside(table, c.unit_of, c.unit, f) for c, f in pairs),
        "low": all_of(_beside(table, c.low_of, None, f) for c, f in pairs),
        "high": all_of(_beside(table, c.high_of, None, f) for c, f in pairs),
        "grade": all_of(_beside(table, c.grade_of, c.grade or "", f) for c, f in pairs),
        "row": all_of(_objects(keys)[found] for found in at),
        "column": all_of(np.full(len(f), n, dtype=object) for n, f in zip(names, at, strict=True)),
    }


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return held


def _taken(table: Table, column: str, at: NDArray[np.intp]) -> NDArray[Any]:
    return _objects(table.cells(column))[at]


def _beside(table: Table, column: str | None, default: Any, at: NDArray[np.intp]) -> NDArray[Any]:
    """Return what stands beside cells: the column's own word where the row has none."""
    if column is None:
        return np.full(len(at), default, dtype=object)
    held = _taken(table, column, at)
    held[pd.isna(held)] = default
    return held
