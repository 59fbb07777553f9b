"""From a delimited file to clean rows that reconcile.

A reader declares the `Layout`s it knows; `read_layout` does the rest for any delimited text: it
finds the columns by name (never by position, save in files that have no header), turns cells into
values, keeps suppressed and blank cells as missing, and quarantines whole rows that are wrong.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from layers.cells import (
    Cells,
    counted,
    normal_postcode,
    read_cells,
    read_numbers,
    read_plain,
)
from layers.chunks import Chunk, Malformed, Text, chunks_of
from layers.errors import Fault, LayoutError, SourceError
from layers.layouts import Field, Kind, Layout, fold, resolve
from layers.peeking import Peek, peek, read_bytes
from layers.source import OUTSIDE, QUARANTINE_COLUMNS, Reading, SourceFile, one_word
from layers.streams import look_through, opened

__all__ = [
    "POSTCODE",
    "REPEATED",
    "Field",
    "Keep",
    "Kind",
    "Layout",
    "Peek",
    "changed_column",
    "fold",
    "lines_of_records",
    "normal_postcode",
    "peek",
    "read_bytes",
    "read_in_pieces",
    "read_layout",
    "rename",
    "resolve",
    "with_lines",
]

POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"
BLANK_ROW = "blank row"
REPEATED = "duplicate id"
NUMERIC = ("percent", "count", "number", "uprn")
NO_TEXT = Text(pa.array([], pa.string()))

Keep = Callable[[pd.DataFrame], NDArray[np.bool_]]


def read_layout(
    look: Peek, source: SourceFile, layout: Layout, keep: Keep | None = None
) -> Reading:
    """Read a delimited file in a known layout.

    Parameters
    ----------
    look
        What `peek` saw.
    source
        The file's identity.
    layout
        The layout it was recognised as.
    keep
        Says which rows of a chunk the study may need; the rest is set aside as outside its area.
        A repeated identity is looked for among the rows kept.

    Returns
    -------
    Reading
        Frame with one column per field found (absent optional fields are left out), `src`, `record`.

    Raises
    ------
    LayoutError
        When a required column is missing, or a header we need stands twice.
    SourceError
        When the file has a header and no rows, or is not delimited text.
    """
    columns, chunks, malformed = _opened(look, layout)
    taken = _Taken(columns, keep)
    for chunk in chunks:
        taken.take(chunk)
    rows_in = taken.rows + len(malformed.record)
    _refuse_no_rows(look, rows_in)
    return _read(source, layout, taken, malformed.frame(), rows_in)


def read_in_pieces(
    look: Peek, source: SourceFile, layout: Layout, *, rows: int
) -> Iterator[Reading]:
    """Read a delimited file as several readings, so that it is never held whole.

    Parameters and errors are those of `read_layout`; `rows` is how many a reading holds at least,
    save the last. Together they have the rows of the file, each once, but a repeated identity is
    looked for within a piece only.
    """
    columns, chunks, malformed = _opened(look, layout)
    taken, told, rows_in = _Taken(columns, None), 0, 0
    for chunk in chunks:
        taken.take(chunk)
        if taken.rows >= rows:
            bad = malformed.frame().iloc[told:]
            told += len(bad)
            rows_in += taken.rows + len(bad)
            yield _read(source, layout, taken, bad, taken.rows + len(bad))
            taken = _Taken(columns, None)
    bad = malformed.frame().iloc[told:]
    rows_in += taken.rows + len(bad)
    _refuse_no_rows(look, rows_in)
    if taken.rows or len(bad):
        yield _read(source, layout, taken, bad, taken.rows + len(bad))


def _opened(look: Peek, layout: Layout) -> tuple[_Columns, Iterator[Chunk], Malformed]:
    """Find the columns of a layout in a file, and return its chunks and malformed rows."""
    header = _header_of(look, layout)
    found = resolve(layout.fields, header)
    if layout.headerless:
        found = {f.name: i for i, f in enumerate(layout.fields[: len(header)])}
    absent = [f for f in layout.fields if f.required and f.name not in found]
    if absent:
        raise LayoutError([changed_column(look, layout, f) for f in absent])
    if not layout.headerless:
        _refuse_repeated(look, layout, header, found)
    columns = _Columns(layout, header, found)
    skip = 0 if layout.headerless else look.skip_lines
    chunks, malformed = chunks_of(
        look, len(header), columns.distinct, columns.plain, skip_lines=skip
    )
    return columns, chunks, malformed


def _refuse_no_rows(look: Peek, rows_in: int) -> None:
    if rows_in == 0:
        raise SourceError(
            Fault(look.name, "the file has a header and no rows", "download it again", line=1)
        )


def _read(
    source: SourceFile, layout: Layout, taken: _Taken, malformed: pd.DataFrame, rows_in: int
) -> Reading:
    """Return what was taken as a reading; rows that repeat an identity are quarantined."""
    frame = taken.frame()
    quarantine = _first_fault([malformed, *taken.wrong])
    repeated = _repeats(frame, layout)
    if repeated.any():
        key = layout.unique[0]
        again = _wrong(
            frame["record"].to_numpy()[repeated],
            REPEATED,
            taken.columns.title_of(key),
            frame[key][repeated].astype(str).to_numpy(),
        )
        quarantine = _first_fault([quarantine, again])
        frame = frame.loc[~repeated].reset_index(drop=True)
    quarantine.insert(0, "file", source.path)
    quarantine.insert(1, "src", source.src)
    src: Any = one_word(source.src, len(frame)) if layout.long else source.src
    frame.insert(0, "src", src)
    return Reading(
        source,
        frame,
        rows_in,
        taken.set_aside,
        quarantine[list(QUARANTINE_COLUMNS)],
        taken.notes(),
    )


class _Columns:
    """Which column each field stands in, and which columns repeat their cells."""

    def __init__(self, layout: Layout, header: Sequence[str], found: dict[str, int]) -> None:
        self.fields = [(f, found[f.name]) for f in layout.fields if f.name in found]
        self.long = layout.long
        self.titles = {at: header[at] for _, at in self.fields}
        self.plain = sorted({at for f, at in self.fields if f.kind in NUMERIC})
        self.distinct = sorted({at for _, at in self.fields} - set(self.plain))

    def title_of(self, name: str) -> str:
        """Return the header under which a field stands."""
        return next(self.titles[at] for field, at in self.fields if field.name == name)


class _Taken:
    """What has been taken from the chunks so far."""

    def __init__(self, columns: _Columns, keep: Keep | None) -> None:
        self.columns = columns
        self.keep = keep
        self.rows = 0
        self.set_aside: dict[str, int] = {}
        self.wrong: list[pd.DataFrame] = []
        self._suppressed: dict[str, int] = {}
        self._frames: list[pd.DataFrame] = []

    def take(self, chunk: Chunk) -> None:
        """Turn a chunk's cells into values; keep its good rows that are wanted."""
        self.rows += len(chunk.record)
        plain = self._plain(chunk)
        # a row with a number in it is not blank
        if not any(read.series.notna().all() for read in plain.values()):
            whole, chunk = chunk, self._without_blank(chunk)
            plain = plain if chunk is whole else self._plain(chunk)
        made: dict[str, Any] = {"record": chunk.record}
        faults: list[pd.DataFrame] = []
        for item, at in self.columns.fields:
            text = chunk.columns[at]
            read = plain.get(item.name) or self._closer(text, item)
            if read.suppressed:
                self._suppressed[item.name] = self._suppressed.get(item.name, 0) + read.suppressed
            spread = text.categories(read.series) if item.repeats else text.values(read.series)
            made[item.name] = spread
            for why, mask in read.wrong:
                rows = text.spread(mask)
                faults.append(
                    _wrong(chunk.record[rows], why, self.columns.titles[at], text.shown(rows))
                )
        frame = pd.DataFrame(made, copy=not self.columns.long)
        faults = [part for part in faults if len(part)]
        if faults:
            first = _first_fault(faults)
            self.wrong.append(first)
            frame = frame.loc[~frame["record"].isin(first["record"])].reset_index(drop=True)
        if self.keep is not None:
            kept = self.keep(frame)
            if not kept.all():
                self._aside(OUTSIDE, int((~kept).sum()))
                frame = frame.loc[kept].reset_index(drop=True)
        if len(frame) or not self._frames:
            self._frames.append(frame)

    def _closer(self, text: Text, item: Field) -> Cells:
        """Read a column in which some cell needs a closer look, or which holds no numbers."""
        if item.kind in NUMERIC and text.at is None and len(text.array):
            return read_numbers(text.array, item)
        return read_cells(text.cells, item)

    def _plain(self, chunk: Chunk) -> dict[str, Cells]:
        """Return the columns of numbers in which every cell is as it should be."""
        tried = (
            (item.name, read_plain(chunk.columns[at].array, item))
            for item, at in self.columns.fields
            if item.kind in NUMERIC and chunk.columns[at].at is None
        )
        return {name: read for name, read in tried if read is not None}

    def _without_blank(self, chunk: Chunk) -> Chunk:
        blank = _blank_rows(chunk)
        self._aside(BLANK_ROW, int(blank.sum()))
        if not blank.any():
            return chunk
        return Chunk({at: t.drop(blank) for at, t in chunk.columns.items()}, chunk.record[~blank])

    def _aside(self, reason: str, count: int) -> None:
        if count:
            self.set_aside[reason] = self.set_aside.get(reason, 0) + count

    def frame(self) -> pd.DataFrame:
        """Return the rows kept."""
        if not self._frames:  # no row but malformed ones
            empty = dict.fromkeys([*self.columns.distinct, *self.columns.plain], NO_TEXT)
            self.take(Chunk(empty, np.empty(0, np.int64)))
        parts = [part for part in self._frames if len(part)] or self._frames[:1]
        self._frames = []
        if len(parts) == 1:
            return parts[0]
        return _joined(parts) if self.columns.long else pd.concat(parts, ignore_index=True)

    def notes(self) -> tuple[str, ...]:
        """Return a remark for each column with suppressed values."""
        return tuple(
            counted(self._suppressed[item.name], "value", "values")
            + f" of '{self.columns.titles[at]}' suppressed (shown as <n): missing"
            for item, at in self.columns.fields
            if item.name in self._suppressed
        )


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put frames under each other column by column, so that no column is held twice for long."""
    whole: dict[str, Any] = {}
    for name in list(parts[0].columns):
        pieces = [part.pop(name) for part in parts]
        if isinstance(pieces[0].dtype, pd.CategoricalDtype) and len({p.dtype for p in pieces}) > 1:
            whole[name] = union_categoricals(pieces)
        else:
            whole[name] = pd.concat(pieces, ignore_index=True)
    return pd.DataFrame(whole, copy=False)


def _header_of(look: Peek, layout: Layout) -> tuple[str, ...]:
    """Return the header; a file without one gets as many names as it has columns."""
    if not layout.headerless:
        return look.header
    names = tuple(f.title for f in layout.fields)[: len(look.header)]
    return names + tuple(f"column {i + 1}" for i in range(len(names), len(look.header)))


def _blank_rows(chunk: Chunk) -> NDArray[np.bool_]:
    """Find the rows in which none of the columns read holds anything."""
    blank = np.ones(len(chunk.record), dtype=bool)
    for text in chunk.columns.values():
        empty = (text.cells == "").to_numpy(dtype=bool, copy=True)
        if not empty.all() and not (text.at is None and not blank.any()):
            rest = np.flatnonzero(~empty)
            bare = text.cells.iloc[rest].str.strip() == ""
            empty[rest] = bare.to_numpy(dtype=bool)
        blank &= text.spread(empty)
        if not blank.any():
            break
    return blank


def _wrong(
    records: NDArray[np.int64], reason: str, column: str, values: NDArray[Any]
) -> pd.DataFrame:
    return pd.DataFrame({"record": records, "reason": reason, "column": column, "value": values})


def _first_fault(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Keep one fault a row: the first of the row, left to right."""
    filled = [part for part in parts if len(part)] or [parts[0]]
    faults = pd.concat(filled, ignore_index=True).drop_duplicates("record")
    return faults.sort_values("record", ignore_index=True)


def _repeats(frame: pd.DataFrame, layout: Layout) -> NDArray[np.bool_]:
    """Find the rows whose identity an earlier row already has; rows without one are let pass."""
    keys = [name for name in layout.unique if name in frame]
    if not keys:
        return np.zeros(len(frame), dtype=bool)
    first = frame[keys[0]]
    if len(keys) == 1 and pd.api.types.is_integer_dtype(first.dtype) and not first.hasnans:
        number = first.to_numpy(dtype=np.int64)
        # publishers sort their files, and sorting is several times as fast as hashing
        if (np.diff(number) > 0).all() or (np.diff(np.sort(number)) > 0).all():
            return np.zeros(len(frame), dtype=bool)
    nameless = first.isna() | (first.astype(str) == "")
    return (frame.duplicated(keys) & ~nameless).to_numpy(dtype=bool)


def _refuse_repeated(
    look: Peek, layout: Layout, header: Sequence[str], found: dict[str, int]
) -> None:
    """Refuse a header we read that stands twice; publishers' repeated label columns are let pass."""
    counts: dict[str, int] = {}
    for name in header:
        counts[fold(name)] = counts.get(fold(name), 0) + 1
    faults = [
        Fault(
            look.name,
            f"the header '{header[found[f.name]]}' stands twice, so it is not clear which to read",
            "delete or rename one of the two columns",
            line=look.skip_lines,
            column=header[found[f.name]],
        )
        for f in layout.fields
        if f.name in found and not f.may_repeat and counts[fold(header[found[f.name]])] > 1
    ]
    if faults:
        raise LayoutError(faults)


def changed_column(look: Peek, layout: Layout, item: Field) -> Fault:
    """Describe a required column that a file of a known kind lacks."""
    found = set(resolve(layout.fields, look.header).values())
    spare = [name for i, name in enumerate(look.header) if i not in found]
    near = difflib.get_close_matches(item.title, spare, n=1, cutoff=0.4)
    hint = f" (nearest: '{near[0]}')" if near else ""
    return Fault(
        look.name,
        f"this looks like {layout.name}, but the column '{item.title}' is not there{hint}",
        "use the file as published, or report it if the publisher changed the layout",
        line=look.skip_lines or 1,
        column=item.title,
    )


def lines_of_records(
    look: Peek, records: Iterable[int], *, headerless: bool = False
) -> dict[int, int]:
    """Find the physical line (from 1) where each data record of a delimited file begins."""
    wanted = records if isinstance(records, range) else set(records)
    if not wanted:
        return {}
    lines: dict[int, int] = {}
    # the last of a range is known; its maximum would be looked for number by number
    last = wanted[-1] if isinstance(wanted, range) else max(wanted)
    start, record = 1, 0
    skip = 0 if headerless else look.skip_lines
    with opened(look, look_through(look)) as stream:
        text = io.TextIOWrapper(io.BufferedReader(stream, 1 << 20), encoding="utf-8", newline="")
        reader = csv.reader(text, delimiter=look.byte_delimiter)
        try:
            for row in reader:
                if start > skip and row:
                    record += 1
                    if record in wanted:
                        lines[record] = start
                        if record == last:
                            break
                start = reader.line_num + 1
        except csv.Error:  # a cell too large for this parser: later lines stay unknown
            return lines
    return lines


def with_lines(look: Peek, reading: Reading, *, headerless: bool = False) -> pd.DataFrame:
    """Return a reading's quarantine with a `line` column, for print; empty where there are no lines."""
    lines: dict[int, int] = {}
    if look.kind == "csv":
        lines = lines_of_records(look, reading.quarantine["record"], headerless=headerless)
    return reading.quarantine.assign(line=reading.quarantine["record"].map(lines).astype("Int64"))


def rename(reading: Reading, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Reading:
    """Return a reading whose frame was reshaped row by row; the rows must stay the same."""
    return replace(reading, frame=change(reading.frame))
