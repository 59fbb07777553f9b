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

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.cells import normal_postcode
from layers.chunks import Chunk, Malformed, chunks_of
from layers.errors import Fault, LayoutError, SourceError
from layers.layouts import Field, Kind, Layout, fold, resolve
from layers.peeking import Peek, peek, read_bytes
from layers.source import QUARANTINE_COLUMNS, Reading, SourceFile
from layers.streams import look_through, opened
from layers.taking import Columns, Keep, Taken, Wrong, first_faults

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

REPEATED = "duplicate id"
POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"


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
    taken = Taken(columns, keep)
    for chunk in chunks:
        taken.take(chunk)
    _refuse_no_rows(look, taken.rows + len(malformed))
    return _read(source, layout, taken, malformed)


def read_in_pieces(
    look: Peek, source: SourceFile, layout: Layout, *, rows: int
) -> Iterator[Reading]:
    """Read a delimited file as several readings, so that it is never held whole.

    Parameters and errors are those of `read_layout`; `rows` is how many a reading holds at least,
    save the last. Together they have the rows of the file, each once, but a repeated identity is
    looked for within a piece only.
    """
    columns, chunks, malformed = _opened(look, layout)
    taken, told, rows_in = Taken(columns), 0, 0
    for chunk in chunks:
        taken.take(chunk)
        if taken.rows >= rows:
            # the chunk that comes next may have been looked at already
            bad = [row for row in malformed[told:] if row[0] <= chunk.record[-1]]
            told += len(bad)
            rows_in += taken.rows + len(bad)
            yield _read(source, layout, taken, bad)
            taken = Taken(columns)
    bad = malformed[told:]
    _refuse_no_rows(look, rows_in + taken.rows + len(bad))
    if taken.rows or bad:
        yield _read(source, layout, taken, bad)


def _opened(look: Peek, layout: Layout) -> tuple[Columns, Iterator[Chunk], list[Malformed]]:
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
    columns = Columns(layout, header, found)
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
    source: SourceFile, layout: Layout, taken: Taken, malformed: Sequence[Malformed]
) -> Reading:
    """Return what was taken as a reading; rows that repeat an identity are quarantined."""
    again = _leave_repeated(taken, layout)
    faults = [(record, why, "", text) for record, why, text in malformed]
    quarantine = first_faults([*faults, *taken.wrong, *again])
    quarantine.insert(0, "file", source.path)
    quarantine.insert(1, "src", source.src)
    return Reading(
        source,
        taken.frame(source.src),
        taken.rows + len(malformed),
        taken.set_aside,
        quarantine[list(QUARANTINE_COLUMNS)],
        taken.notes(),
    )


def _header_of(look: Peek, layout: Layout) -> tuple[str, ...]:
    """Return the header; a file without one gets as many names as it has columns."""
    if not layout.headerless:
        return look.header
    names = tuple(f.title for f in layout.fields)[: len(look.header)]
    return names + tuple(f"column {i + 1}" for i in range(len(names), len(look.header)))


def _leave_repeated(taken: Taken, layout: Layout) -> list[Wrong]:
    """Take out the rows whose identity an earlier row has, and tell of them; rows without one stay."""
    titles = taken.columns.titles
    keys = [name for name in layout.unique if name in titles]
    if not keys:
        return []
    held = taken.columns_of(["record", *keys])
    first = held[keys[0]]
    if len(keys) == 1 and first.dtype == np.int64:
        repeated = _repeated_numbers(first.to_numpy())
    else:
        repeated = np.flatnonzero(held.duplicated(keys))
        named = first.iloc[repeated]
        repeated = repeated[~(named.isna() | (named.astype(str) == "")).to_numpy(dtype=bool)]
    if not len(repeated):
        return []
    taken.leave(repeated)
    record, cell = held["record"].iloc[repeated], first.iloc[repeated].astype(str)
    return [(r, REPEATED, titles[keys[0]], c) for r, c in zip(record, cell, strict=True)]


def _repeated_numbers(number: NDArray[np.int64]) -> NDArray[np.intp]:
    """Find the numbers that stand before; publishers sort their files, which is quick to see."""
    rows = np.flatnonzero(number[1:] <= number[:-1]) + 1
    if not len(rows):
        return rows
    # a number is new where it is larger than all before it; only the others can stand twice
    most = np.maximum.accumulate(number)
    rows = np.flatnonzero(number[1:] <= most[:-1]) + 1
    among = pd.Series(number[rows])
    before = most[np.searchsorted(most, number[rows])] == number[rows]
    found: NDArray[np.intp] = rows[before | among.duplicated().to_numpy()]
    return found


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
