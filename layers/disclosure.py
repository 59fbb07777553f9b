"""Which cell of which table an edition may show; tables are redacted here, before anything is drawn.

Three editions: the officer sees everything; the funder sees no internal or third-party commercial
data; the public sees, besides, no vacant building, no name and no rank. A column declares a class.
It inherits the class of the files it was made from: an output is as sensitive as the strictest of
them. A cell that an edition may not show is missing in the table's frame, and `Table.withheld`
holds the word that stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.lineage import Disclosure, Recipe, Table
from layers.source import SourceFile

__all__ = [
    "EDITIONS",
    "WITHHELD",
    "Classes",
    "Edition",
    "allowed",
    "hide",
    "renamed",
    "shown_sources",
    "strictest",
    "without_rows",
]

Edition = Literal["officer", "funder", "public"]
EDITIONS: tuple[Edition, ...] = ("officer", "funder", "public")
STRICTNESS: tuple[Disclosure, ...] = ("public", "vacancy", "internal", "commercial", "personal")
ALLOWED: Mapping[Edition, frozenset[Disclosure]] = {
    "officer": frozenset(STRICTNESS),
    "funder": frozenset({"public", "vacancy"}),
    "public": frozenset({"public"}),
}
WITHHELD = "withheld"
REFERENCE = re.compile(r"^(?P<table>[^.\[\]]+)\.(?P<column>[^\[\]]+)(?:\[(?P<row>.+)\])?$")


def allowed(edition: Edition, disclosure: Disclosure) -> bool:
    """Return whether an edition may show a class.

    >>> allowed("funder", "vacancy"), allowed("public", "vacancy"), allowed("funder", "commercial")
    (True, False, False)
    """
    return disclosure in ALLOWED[edition]


def strictest(classes: Iterable[Disclosure]) -> Disclosure:
    """Return the strictest of some classes; `public` where there is none.

    >>> strictest(["public", "commercial", "vacancy"])
    'commercial'
    """
    return max(classes, key=STRICTNESS.index, default="public")


def shown_sources(sources: Iterable[SourceFile], edition: Edition) -> tuple[SourceFile, ...]:
    """Return the files that an edition may name."""
    return tuple(s for s in sources if allowed(edition, s.sensitivity))


@dataclass
class Classes:
    """The class of every column, by what it declares and what it was made from.

    Attributes
    ----------
    tables
        The tables, by name.
    origins
        Class of each layer and each published format: the strictest of its files.
    parameters
        Class of the parameters that are not public (a supplier's price), by register key.
    carried_from
        Layers whose rows are the rows of a table of sites. A column copied from them is as
        sensitive as the file of its own row, which `hide` is told row by row, not as the layer.
    """

    tables: Mapping[str, Table]
    origins: Mapping[str, Disclosure] = field(default_factory=dict)
    parameters: Mapping[str, Disclosure] = field(default_factory=dict)
    carried_from: frozenset[str] = frozenset({"sites", "offices"})
    _known: dict[tuple[str, str, str], Disclosure] = field(default_factory=dict, repr=False)

    def column(self, table: str, column: str) -> Disclosure:
        """Return the class of a column: the strictest of its cells."""
        spec = self.tables[table].columns[column]
        keys = ["", *spec.recipes]
        return strictest([spec.disclosure, *(self.made(table, column, key) for key in keys)])

    def made(self, table: str, column: str, recipe: str = "") -> Disclosure:
        """Return the class a column inherits from its files, for the rows of one recipe.

        A class that a column declares is not passed on to what is computed from it: a number of
        vacant buildings in a district gives none of them away. A file's class is.
        """
        at = (table, column, recipe)
        if at not in self._known:
            self._known[at] = "public"  # a loop adds nothing
            spec = self.tables[table].columns[column]
            made = spec.recipe(recipe)
            self._known[at] = strictest(
                [
                    *(self._input(text, made) for text in made.inputs),
                    *(self.parameters.get(key, "public") for key in made.parameters),
                ]
            )
        return self._known[at]

    def _input(self, text: str, made: Recipe) -> Disclosure:
        found = REFERENCE.match(text)
        if found is None:
            return "public"
        name, column, row = found["table"], found["column"], found["row"]
        if name not in self.tables:
            copied = not made.formula and len(made.inputs) == 1 and name in self.carried_from
            return "public" if copied else self.origins.get(name, "public")
        spec = self.tables[name].columns.get(column)
        if spec is None:
            return "public"
        if row is not None:
            return self.made(name, column, row if row in spec.recipes else "")
        return strictest([self.made(name, column, key) for key in ("", *spec.recipes)])

    def hidden(
        self, table: str, edition: Edition, released: frozenset[str] = frozenset()
    ) -> NDArray[np.bool_]:
        """Return which cells of a table an edition may not show, rows by columns.

        Parameters
        ----------
        released
            Columns shown whatever they were made from: the results a bid exists to state. What a
            column declares itself still holds.
        """
        held = self.tables[table]
        mask = np.zeros(held.frame.shape, dtype=bool)
        for at, name in enumerate(held.frame.columns):
            spec = held.columns[name]
            if not allowed(edition, spec.disclosure):
                mask[:, at] = True
            elif name not in released:
                mask[:, at] |= self._rows(held, name, edition)
        return mask

    def _rows(self, held: Table, name: str, edition: Edition) -> NDArray[np.bool_]:
        spec = held.columns[name]
        if not spec.recipes:
            return np.full(len(held.frame), not allowed(edition, self.made(held.name, name)))
        keys = held.frame[spec.recipe_of or held.key].astype(str)
        open_ = {
            key: allowed(edition, self.made(held.name, name, key if key in spec.recipes else ""))
            for key in keys.unique()
        }
        return ~keys.map(open_).to_numpy(dtype=bool)


def hide(table: Table, mask: NDArray[np.bool_], word: str = WITHHELD) -> Table:
    """Return a table without the cells of a mask (rows by columns), and with what was computed beside.

    The low and high of a hidden value are hidden with it. The key stays: `renamed` changes it.
    """
    names = [str(name) for name in table.frame.columns]
    mask = mask.copy()
    mask[:, names.index(table.key)] = False
    for at, name in enumerate(names):
        spec = table.columns[name]
        for end in (spec.low_of, spec.high_of):
            if end is not None:
                mask[:, names.index(end)] |= mask[:, at]
    frame = table.frame.copy()
    keys = frame[table.key].astype(str).to_numpy()
    withheld = dict(table.withheld)
    for at, name in enumerate(names):
        rows = mask[:, at]
        if not rows.any():
            continue
        there = frame[name].notna() & (frame[name].astype(str) != "")
        withheld |= {(key, name): word for key in keys[rows & there.to_numpy()]}
        frame[name] = _emptied(frame[name], rows)
    # columns swapped one by one leave a frame in pieces; a copy puts it together
    return replace(table, frame=frame.copy(), withheld=withheld)


def _emptied(column: pd.Series, rows: NDArray[np.bool_]) -> pd.Series:
    if pd.api.types.is_bool_dtype(column):
        return column.astype("boolean").mask(rows)
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("Float64" if column.dtype.name[0].isupper() else "float64").mask(rows)
    return column.astype(object).mask(rows, "")


def without_rows(table: Table, keep: NDArray[np.bool_] | Sequence[bool]) -> Table:
    """Return a table with some of its rows only."""
    kept = table.frame.loc[np.asarray(keep, dtype=bool)]
    held = set(kept[table.key].astype(str))
    cells = {at: word for at, word in table.withheld.items() if at[0] in held}
    return replace(table, frame=kept, withheld=cells)


def renamed(table: Table, ids: Mapping[str, str]) -> Table:
    """Return a table in which site ids are replaced, in its key and wherever else they stand.

    Parameters
    ----------
    ids
        Old id to new. A site id may hold a property number or coordinates; keys such as
        `site|item` and lists of sites hold it among other words.
    """
    if not ids:
        return table
    longest_first = sorted(ids, key=len, reverse=True)
    known = re.compile("|".join(re.escape(old) for old in longest_first))
    edge = re.compile(r"\w")  # `uprn:12` is no part of `uprn:123`

    def new(text: object) -> object:
        def one(found: re.Match[str]) -> str:
            after = found.string[found.end() : found.end() + 1]
            return found.group() if edge.match(after) else ids[found.group()]

        return known.sub(one, text) if isinstance(text, str) else text

    frame = table.frame.copy()
    for name in frame.columns:
        if frame[name].dtype == object or pd.api.types.is_string_dtype(frame[name]):
            swap = {text: new(text) for text in frame[name].dropna().unique()}
            frame[name] = frame[name].map(swap, na_action="ignore")
    cells = {(str(new(row)), column): word for (row, column), word in table.withheld.items()}
    return replace(table, frame=frame.copy(), withheld=cells)
