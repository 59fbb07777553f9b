"""Tables whose columns say how they were made, and the figures quoted from them.

A `Table` is the unit in which a floor hands results to the one above: a frame whose numbers are
rounded once, and one `Column` of lineage for each column. A `Figure` is one cell of a table that a
map, page or document prints; `Figures` collects those that were printed into `figures.csv`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.number_text import format_number, is_missing
from layers.quoted import CELL, lines
from layers.source import Grade, SourceFile

__all__ = [
    "Column",
    "Disclosure",
    "Figure",
    "Figures",
    "Recipe",
    "Table",
    "figure_id",
]

Disclosure = Literal["public", "internal", "commercial", "vacancy", "personal"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
Cell = tuple[str, str, str]  # table, row, column
PAIRS = tuple(first + second for first in LETTERS for second in LETTERS)


@dataclass(frozen=True)
class Recipe:
    """How some rows of a column were made, where the rows of a table are different quantities.

    Attributes
    ----------
    inputs, parameters, settings
        As in `Column`.
    """

    formula: str = ""
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("inputs", "parameters", "settings"):
            object.__setattr__(self, name, tuple(getattr(self, name)))


@dataclass(frozen=True)
class Column:
    """How a column was made, in words a reviewer can follow.

    Attributes
    ----------
    unit
        The field's unit (`GBP`, `m`, `premises`, `%`); empty for text and pure numbers.
    decimals
        Digits kept after the point; the value is rounded once, when its table is made.
    grade
        `measured`, `estimated` or `modelled` where it is the same for all rows.
    formula
        What was computed, from the named `inputs` and `parameters` (register keys). An input is
        `table.column`, `table.column[row]` for one cell, `table.column[@own]` for the row that the
        column `own` of the same row names, `layer.column` or, where no layer holds
        it, `format.column` of a published format. A table with columns `src` and `record` names the file of each row itself.
    settings
        Settings it was made with: `study.as_of`, `case.budget_gbp`, `profile.horizon_years`.
    recipes, recipe_of
        Where rows are different quantities: how each was made, by the text in the column
        `recipe_of` (the table's key where that is not said).
    unit_of, decimals_of, grade_of, low_of, high_of
        Columns of the same table that hold the unit, decimals, grade, low and high row by row.
    disclosure
        The class that decides which edition may show it.
    """

    description: str
    unit: str = ""
    decimals: int | None = None
    grade: Grade | None = None
    formula: str = ""
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    recipes: Mapping[str, Recipe] = field(default_factory=dict, hash=False)
    recipe_of: str | None = None
    unit_of: str | None = None
    decimals_of: str | None = None
    grade_of: str | None = None
    low_of: str | None = None
    high_of: str | None = None
    disclosure: Disclosure = "public"

    def __post_init__(self) -> None:
        # read back from JSON these come as lists and plain mappings
        for name in ("inputs", "parameters", "settings"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        made: Mapping[str, Any] = self.recipes
        held = {k: v if isinstance(v, Recipe) else Recipe(**v) for k, v in made.items()}
        object.__setattr__(self, "recipes", held)

    def recipe(self, key: str) -> Recipe:
        """Return how the row with a recipe key was made: the column's own where it has no other."""
        own = Recipe(self.formula, self.inputs, self.parameters, self.settings)
        return self.recipes.get(key, own)


@dataclass(frozen=True)
class Table:
    """A frame with a unique text key and one `Column` of lineage per column.

    Attributes
    ----------
    withheld
        Cells, by row key and column, that an edition may not show, with the word that stands in
        their place (`<5`, `withheld`). Their value in the frame is missing.

    Raises
    ------
    ValueError
        When a column has no lineage, or the key is missing or repeated.
    """

    name: str
    key: str
    frame: pd.DataFrame
    columns: Mapping[str, Column]
    sources: tuple[SourceFile, ...] = ()
    description: str = ""
    withheld: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _position: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    _cells: dict[str, list[Any]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        undocumented = [str(name) for name in self.frame.columns if name not in self.columns]
        absent = [name for name in self.columns if name not in self.frame.columns]
        if undocumented or absent:
            raise ValueError(
                f"table {self.name}: columns without lineage {undocumented}, lineage without "
                f"column {absent}"
            )
        keys = list(map(str, self.frame[self.key].tolist()))
        position = {key: i for i, key in enumerate(keys)}
        if len(position) < len(keys):
            repeated = sorted(key for key, n in Counter(keys).items() if n > 1)[:3]
            raise ValueError(f"table {self.name}: key {self.key} repeats, for example {repeated}")
        frame = self.frame.reset_index(drop=True)  # a frame of its own, whose columns are shared
        for name, column in self.columns.items():
            if column.decimals is not None and pd.api.types.is_float_dtype(frame[name]):
                # + 0.0 turns a rounded -0.0 into 0.0, which would otherwise print as "-0"
                frame[name] = frame[name].round(column.decimals) + 0.0
        # columns set one by one lie apart in memory; a copy joins them
        object.__setattr__(self, "frame", frame.copy())
        object.__setattr__(self, "_position", position)
        object.__setattr__(self, "_cells", {})

    def cell(self, row: str, column: str) -> Any:
        """Return the value at a row key and column."""
        # documents ask for hundreds of thousands of cells: a frame is slow at one
        return self.cells(column)[self._position[row]]

    def cells(self, column: str) -> list[Any]:
        """Return the values of a column, in the order of the rows."""
        if column not in self._cells:
            self._cells[column] = self.frame[column].tolist()
        return self._cells[column]

    @property
    def rows(self) -> tuple[str, ...]:
        """The keys of the rows, in their order."""
        return tuple(self._position)

    def place(self, row: str) -> int:
        """Return where a row stands, by its key."""
        return self._position[row]

    def at(self, rows: Iterable[str]) -> NDArray[np.intp]:
        """Return where rows stand, by their keys."""
        return np.fromiter(map(self._position.__getitem__, rows), dtype=np.intp)

    def __contains__(self, row: str) -> bool:
        return row in self._position

    def lineage(self) -> dict[str, Any]:
        """Return the lineage as plain data, for `lineage.json`."""
        return {
            "table": self.name,
            "key": self.key,
            "description": self.description,
            "sources": [source.src for source in self.sources],
            "columns": {
                name: {k: v for k, v in asdict(column).items() if v not in (None, "", (), {})}
                for name, column in self.columns.items()
            },
        }


@dataclass(frozen=True)
class Figure:
    """One cell of a table as it is quoted, with its id, unit, range and grade."""

    fig_id: str
    value: Any
    unit: str
    low: Any
    high: Any
    grade: str
    table: str
    row: str
    column: str
    decimals: int | None = None
    withheld: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a value; missing is never zero."""
        return not is_missing(self.value)

    @property
    def text(self) -> str:
        """The value for reading: thousands separated, unit said, `no data` where missing."""
        return self.withheld or format_number(self.value, self.unit, self.decimals)

    @property
    def number(self) -> str:
        """The value without its unit."""
        return self.withheld or format_number(self.value, "", self.decimals)

    @property
    def range_text(self) -> str:
        """`low to high unit`, or empty where there is no range."""
        if is_missing(self.low) or is_missing(self.high) or self.low == self.high:
            return ""
        low = format_number(self.low, "GBP" if self.unit.startswith("GBP") else "", self.decimals)
        return f"{low} to {format_number(self.high, self.unit, self.decimals)}"


def figure_id(table: str, row: str, column: str, *, longer: bool = False) -> str:
    """Return the id of a cell: eight letters that survive re-runs, such as `F-K3QZ7A2M`; twelve where asked."""
    digest = hashlib.sha256(f"{table}\x1f{row}\x1f{column}".encode()).digest()
    # forty bits in base 32 (RFC 4648), two letters at a time: a pack quotes some 100,000 figures
    n = int.from_bytes(digest[:5])
    short = f"F-{PAIRS[n >> 30]}{PAIRS[n >> 20 & 1023]}{PAIRS[n >> 10 & 1023]}{PAIRS[n & 1023]}"
    if not longer:
        return short
    more = int.from_bytes(digest[5:8])
    return f"{short}{PAIRS[more >> 14]}{PAIRS[more >> 4 & 1023]}"


def _told_apart(keys: list[Cell], printed: set[Cell]) -> list[str]:
    """Return the ids of cells; where two meet, the one that no text prints gets the longer id.

    Of a million cells two meet about every second time; what is printed in a document keeps its eight letters.
    """
    ids = [figure_id(*key) for key in keys]
    if len(set(ids)) == len(ids):
        return ids
    met = {i for i, n in Counter(ids).items() if n > 1}
    return [
        figure_id(*key, longer=True) if i in met and key not in printed else i
        for i, key in zip(ids, keys, strict=True)
    ]


class Figures:
    """The figures that the outputs of one case quote.

    Parameters
    ----------
    tables
        Every table that may be quoted; `scope` (a case key or `study`) is written before the
        table's name, so that ids of two cases never meet.
    """

    def __init__(self, tables: Iterable[Table], scope: str) -> None:
        self.scope = scope
        self.tables = {table.name: table for table in tables}
        self._cited: dict[str, Figure] = {}
        # cells quoted by whole columns, by table and column: which rows
        self._columns: dict[tuple[str, str], NDArray[np.bool_]] = {}

    def cite(self, table: str, row: str, column: str = "value") -> Figure:
        """Return a cell as a figure and remember that it was quoted."""
        name = f"{self.scope}/{table}"
        fig_id = figure_id(name, row, column)
        if fig_id in self._cited:
            found = self._cited[fig_id]
            if (found.table, found.row, found.column) != (name, row, column):
                raise ValueError(
                    f"figure id {fig_id} meets twice: {found} and {name}:{row}:{column}"
                )
            return found
        held = self.tables[table]
        spec = held.columns[column]

        def beside(other: str | None, default: Any) -> Any:
            if other is None:
                return default
            value = held.cell(row, other)
            return default if is_missing(value) else value

        decimals = beside(spec.decimals_of, spec.decimals)
        figure = Figure(
            fig_id=fig_id,
            value=held.cell(row, column),
            unit=str(beside(spec.unit_of, spec.unit)),
            low=beside(spec.low_of, None),
            high=beside(spec.high_of, None),
            grade=str(beside(spec.grade_of, spec.grade or "")),
            table=name,
            row=row,
            column=column,
            decimals=None if decimals is None else int(decimals),
            withheld=held.withheld.get((row, column), ""),
        )
        self._cited[fig_id] = figure
        return figure

    def cite_cells(self, table: str, column: str, at: NDArray[np.intp]) -> None:
        """Remember that many cells of a column were quoted; `at` is where their rows stand."""
        self._marked(table, column)[at] = True

    def _marked(self, table: str, column: str) -> NDArray[np.bool_]:
        rows = len(self.tables[table].frame)
        return self._columns.setdefault((table, column), np.zeros(rows, dtype=bool))

    def cite_as(self, other: Figures) -> None:
        """Quote here what is quoted there, of tables of the same names."""
        for figure in list(other._cited.values()):
            self.cite(figure.table.removeprefix(f"{other.scope}/"), figure.row, figure.column)
        for (table, column), marks in other._columns.items():
            self._marked(table, column)[marks] = True

    def marks(self) -> dict[tuple[str, str], NDArray[np.bool_]]:
        """Return which rows of each column were quoted, by table and column."""
        marked = {key: marks.copy() for key, marks in self._columns.items()}
        for figure in self._cited.values():
            name = figure.table.removeprefix(f"{self.scope}/")
            rows = self.tables[name]
            key = (name, figure.column)
            marks = marked[key] if key in marked else np.zeros(len(rows.frame), dtype=bool)
            marked[key] = marks
            marks[rows.place(figure.row)] = True
        return marked

    def seen(self) -> tuple[Any, ...]:
        """Return all that `cells` looks at: where two of them are alike, so are their lines."""
        marked = self.marks()
        told, held = {}, {}
        for name in {table for table, _column in marked}:
            table = self.tables[name]
            beside = set()
            for column in (column for of, column in marked if of == name):
                spec = table.columns[column]
                told[name, column] = (spec.unit, spec.grade)
                beside |= {column, spec.unit_of, spec.low_of, spec.high_of, spec.grade_of}
            frame = table.frame
            held[name] = (table.rows, frame[[n for n in frame.columns if n in beside]])
        marks = dict(sorted(marked.items()))
        return (
            self.scope,
            dict(sorted(held.items())),
            dict(sorted(told.items())),
            marks,
            self.printed,
        )

    @property
    def printed(self) -> set[Cell]:
        """The cells that a text prints, which keep ids of eight letters."""
        return {(f.table, f.row, f.column) for f in self._cited.values()}

    def cells(self) -> dict[str, list[Any]]:
        """Return the quoted figures by the columns of `figures.csv`, ordered by table, row, column.

        Raises
        ------
        ValueError
            When two of them have one id.
        """
        marked = self.marks()
        cells: dict[str, list[Any]] = {name: [] for name in CELL}
        for name in sorted({table for table, _column in marked}):
            columns = {column: marks for (table, column), marks in marked.items() if table == name}
            for told, values in lines(self.tables[name], columns).items():
                cells[told] += values
            cells["table"] += [f"{self.scope}/{name}"] * (len(cells["row"]) - len(cells["table"]))
        keys = list(zip(cells["table"], cells["row"], cells["column"], strict=True))
        ids = _told_apart(keys, self.printed)
        if len(set(ids)) < len(ids):
            met = next(i for i, n in Counter(ids).items() if n > 1)
            cells_of_it = [":".join(key) for i, key in zip(ids, keys, strict=True) if i == met]
            raise ValueError(f"figure id {met} meets twice: {' and '.join(cells_of_it)}")
        return {"fig_id": ids, **cells}

    def frame(self) -> pd.DataFrame:
        """Return the quoted figures as a frame; columns and errors as of `cells`."""
        return pd.DataFrame(self.cells(), columns=["fig_id", *CELL])
