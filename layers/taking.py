"""Chunks of text cells become columns of values; what is wrong costs only the rows it stands in.

Columns are kept in pieces and joined once at the end. A chunk with a wrong cell is cut at its row: its other
rows are not copied for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from layers.cells import NUMERIC, Cells, counted, read_cells, read_numbers
from layers.chunks import Chunk, Text
from layers.layouts import Field, Layout
from layers.source import OUTSIDE, one_word

__all__ = ["Columns", "Keep", "Taken", "Wrong", "first_faults"]

BLANK_ROW = "blank row"
# a chunk is cut at so few rows left out, and copied without them where there are more
FEW_CUTS = 8
# so few different cells of a column are read once for all the chunks in which they stand
FEW_WORDS = 64

# a record, what is wrong with it, the column, and the cell
Wrong = tuple[int, str, str, str]
Keep = Callable[[pd.DataFrame], NDArray[np.bool_]]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]


class Columns:
    """Which column each field stands in, and which columns repeat their cells."""

    def __init__(self, layout: Layout, header: Sequence[str], found: dict[str, int]) -> None:
        self.fields = [(f, found[f.name]) for f in layout.fields if f.name in found]
        self.long = layout.long
        self.check = layout.check
        self.titles = {f.name: header[at] for f, at in self.fields}
        self.plain = sorted({at for f, at in self.fields if f.kind in NUMERIC})
        self.distinct = sorted({at for _, at in self.fields} - set(self.plain))


class Taken:
    """What has been taken from the chunks so far.

    Parameters
    ----------
    columns
        The columns read.
    keep
        Says which rows of a chunk the study may need, with wrong rows still among them.
    """

    def __init__(self, columns: Columns, keep: Keep | None = None) -> None:
        self.columns = columns
        self.keep = keep
        self.rows = 0
        self.set_aside: dict[str, int] = {}
        self.wrong: list[Wrong] = []
        self._suppressed: dict[str, int] = {}
        self._known: dict[tuple[str, tuple[str, ...]], Cells] = {}
        self._pieces: dict[str, list[Any]] = {}

    def take(self, chunk: Chunk) -> None:
        """Turn a chunk's cells into values; keep its good rows that are wanted."""
        self.rows += len(chunk.record)
        reads = {item.name: self._read(chunk.columns[at], item) for item, at in self.columns.fields}
        blank = self._blank(chunk, reads)
        self._aside(BLANK_ROW, len(blank))
        made: dict[str, Any] = {"record": chunk.record}
        faults: list[tuple[Mask, str, str]] = []
        for item, at in self.columns.fields:
            text, read = chunk.columns[at], reads[item.name]
            if read.suppressed:
                self._suppressed[item.name] = self._suppressed.get(item.name, 0) + read.suppressed
            made[item.name] = self._spread(text, read, item)
            faults.extend((text.spread(mask), why, item.name) for why, mask in read.wrong)
        if self.columns.check is not None:
            faults.extend(self.columns.check(made))
        self._hold(made, self._told(chunk, faults, blank))

    def _told(self, chunk: Chunk, faults: Iterable[tuple[Mask, str, str]], blank: Rows) -> Rows:
        """Tell of the faults of rows that are not blank; return the rows that do not stay."""
        leave = blank
        places = {item.name: at for item, at in self.columns.fields}
        for mask, why, name in faults:
            rows = np.setdiff1d(np.flatnonzero(mask), blank, assume_unique=True)
            if len(rows):
                title, shown = self.columns.titles[name], chunk.columns[places[name]].shown(rows)
                self.wrong.extend(
                    (int(record), why, title, cell)
                    for record, cell in zip(chunk.record[rows], shown, strict=True)
                )
                leave = np.union1d(leave, rows)
        return leave

    def _read(self, text: Text, item: Field) -> Cells:
        """Read a column's cells; the few words of a column are read once for all chunks."""
        if text.at is None:
            numeric = item.kind in NUMERIC
            return read_numbers(text.array, item) if numeric else read_cells(text.cells, item)
        if len(text.array) > FEW_WORDS:
            return read_cells(text.cells, item)
        key = item.name, tuple(text.array.to_pylist())
        if key not in self._known:
            self._known[key] = read_cells(text.cells, item)
        return self._known[key]

    def _spread(self, text: Text, read: Cells, item: Field) -> Any:
        """Return the values of a chunk's rows."""
        if item.repeats:
            return text.categories(read.series)
        values = text.values(read.series)
        if self.columns.long and item.kind == "uprn" and item.fill_required:
            return values.to_numpy(np.int64, na_value=0)  # no row without one is kept
        return values

    def _blank(self, chunk: Chunk, reads: dict[str, Cells]) -> Rows:
        """Find the rows in which none of the columns read holds anything."""
        rows = np.arange(len(chunk.record))
        for item, at in self.columns.fields:
            if chunk.columns[at].at is None:  # a row with a number in it is not blank
                rows = rows[reads[item.name].series.isna().to_numpy()[rows]]
        for at in (*self.columns.distinct, *self.columns.plain):
            if not len(rows):
                break
            rows = rows[chunk.columns[at].empty(rows)]
        return rows

    def _hold(self, made: dict[str, Any], leave: Rows) -> None:
        """Keep a chunk's columns without some rows, and without those that the study does not need."""
        count = len(made["record"])
        if self.keep is not None and count:
            kept = np.array(self.keep(pd.DataFrame(made, copy=False)))
            kept[leave] = True
            if not kept.all():
                self._aside(OUTSIDE, count - int(np.count_nonzero(kept)))
                kept[leave] = False
                leave = np.flatnonzero(~kept)
        if len(leave) == count and self._pieces:
            return
        for name, values in made.items():
            self._pieces.setdefault(name, []).extend(_without(values, leave))

    def _aside(self, reason: str, count: int) -> None:
        if count:
            self.set_aside[reason] = self.set_aside.get(reason, 0) + count

    def columns_of(self, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns of the rows kept so far."""
        if not self._pieces:  # no row but malformed ones
            nothing = Text(pa.array([], pa.string()))
            empty = dict.fromkeys([*self.columns.distinct, *self.columns.plain], nothing)
            self.take(Chunk(empty, np.empty(0, np.int64)))
        for name in names:
            self._pieces[name] = [_joined(self._pieces[name])]
        return pd.DataFrame({name: self._pieces[name][0] for name in names}, copy=False)

    def leave(self, rows: Rows) -> None:
        """Keep the rows without some of them, numbered from 0 over all chunks and in order."""
        for name, pieces in self._pieces.items():
            stops = np.cumsum([len(piece) for piece in pieces])
            parts = np.split(rows, np.searchsorted(rows, stops[:-1]))
            starts = stops - [len(piece) for piece in pieces]
            self._pieces[name] = [
                part
                for piece, start, gone in zip(pieces, starts, parts, strict=True)
                for part in _without(piece, gone - start)
            ]

    def frame(self, src: str) -> pd.DataFrame:
        """Return the rows kept, with the key of their file; of a long file no column is held twice for long."""
        long = self.columns.long
        count = len(self.columns_of(["record"]))
        whole: dict[str, Any] = {"src": one_word(src, count) if long else src}
        whole |= {name: _joined(self._pieces.pop(name)) for name in list(self._pieces)}
        return pd.DataFrame(whole, index=pd.RangeIndex(count), copy=not long)

    def notes(self) -> tuple[str, ...]:
        """Return a remark for each column with suppressed values."""
        return tuple(
            counted(self._suppressed[item.name], "value", "values")
            + f" of '{self.columns.titles[item.name]}' suppressed (shown as <n): missing"
            for item, _ in self.columns.fields
            if item.name in self._suppressed
        )


def _without(values: Any, rows: Rows) -> list[Any]:
    """Return the values but those of some rows, in stretches that copy nothing where these are few."""
    if len(rows) > FEW_CUTS:
        stay = np.ones(len(values), dtype=bool)
        stay[rows] = False
        return [values[stay]]
    stretches = zip(np.r_[0, rows + 1], np.r_[rows, len(values)], strict=True)
    return [values[start:stop] for start, stop in stretches]


def _joined(pieces: list[Any]) -> Any:
    """Put the pieces of a column under each other."""
    pieces = [piece for piece in pieces if len(piece)] or pieces[:1]
    first = pieces[0]
    if isinstance(first, np.ndarray):
        # a single piece may be the parser's own memory, which is not to be written to
        return np.concatenate(pieces) if len(pieces) > 1 or not first.flags.writeable else first
    if isinstance(first, pd.Categorical) and any(p.dtype != first.dtype for p in pieces[1:]):
        return union_categoricals(pieces)
    if len(pieces) == 1:
        return first
    return pd.concat([pd.Series(piece, copy=False) for piece in pieces], ignore_index=True).array


def first_faults(faults: Iterable[Wrong]) -> pd.DataFrame:
    """Return rows of a quarantine: the first fault of each row, in order of the rows."""
    told: dict[int, Wrong] = {}
    for fault in faults:
        told.setdefault(fault[0], fault)
    return pd.DataFrame(
        {
            "record": np.array(sorted(told), dtype=np.int64),
            **{
                name: pd.Series([told[record][at] for record in sorted(told)], dtype="str")
                for at, name in enumerate(("reason", "column", "value"), start=1)
            },
        }
    )
