"""From a delimited file to clean rows that reconcile.

A reader declares the `Layout`s it knows; `read_layout` does the rest for any delimited text: it
finds the columns by name (never by position, save in files that have no header), turns cells into
values, keeps suppressed and blank cells as missing, and quarantines whole rows that are wrong.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from layers.cells import counted, normal_postcode, read_cells
from layers.errors import Fault, LayoutError, SourceError
from layers.layouts import Field, Kind, Layout, fold, resolve
from layers.peeking import Peek, peek, read_bytes, text_of
from layers.source import QUARANTINE_COLUMNS, Reading, SourceFile

__all__ = [
    "POSTCODE",
    "Field",
    "Kind",
    "Layout",
    "Peek",
    "changed_column",
    "fold",
    "lines_of_records",
    "normal_postcode",
    "peek",
    "read_bytes",
    "read_layout",
    "rename",
    "resolve",
    "with_lines",
]

POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"
BLANK_ROW = "blank row"
VALUE_WIDTH = 200


def read_layout(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read a delimited file in a known layout.

    Parameters
    ----------
    look
        What `peek` saw.
    source
        The file's identity.
    layout
        The layout it was recognised as.

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
    header = _header_of(look, layout)
    found = resolve(layout.fields, header)
    if layout.headerless:
        found = {f.name: i for i, f in enumerate(layout.fields[: len(header)])}
    absent = [f for f in layout.fields if f.required and f.name not in found]
    if absent:
        raise LayoutError([changed_column(look, layout, f) for f in absent])
    if not layout.headerless:
        _refuse_repeated(look, layout, header, found)
    wanted = sorted(set(found.values()))
    raw, bad, rows_in = _raw_table(look, header, wanted, headerless=layout.headerless)
    if rows_in == 0:
        raise SourceError(
            Fault(look.name, "the file has a header and no rows", "download it again", line=1)
        )
    blank = _blank_rows(raw)
    set_aside = {BLANK_ROW: int(blank.sum())} if blank.any() else {}
    raw = raw.loc[~blank].reset_index(drop=True) if blank.any() else raw
    columns: dict[str, Any] = {"record": raw["record"]}
    notes: list[str] = []
    wrong_rows = [bad]
    for item in layout.fields:
        if item.name not in found:
            continue
        title = header[found[item.name]]
        cells = raw[str(found[item.name])]
        read = read_cells(cells, item)
        if read.suppressed:
            notes.append(
                counted(read.suppressed, "value", "values")
                + f" of '{title}' suppressed (shown as <n): missing"
            )
        columns[item.name] = read.series
        wrong_rows.extend(_wrong(raw["record"], m, why, title, cells) for why, m in read.wrong)
    frame = pd.DataFrame(columns)
    quarantine = _first_fault(wrong_rows)
    frame = frame.loc[~frame["record"].isin(quarantine["record"])].reset_index(drop=True)
    repeated = _repeats(frame, layout)
    if repeated.any():
        key = layout.unique[0]
        title = header[found[key]]
        again = _wrong(frame["record"], repeated, "duplicate id", title, frame[key])
        quarantine = _first_fault([quarantine, again])
        frame = frame.loc[~repeated].reset_index(drop=True)
    quarantine.insert(0, "file", source.path)
    quarantine.insert(1, "src", source.src)
    frame.insert(0, "src", source.src)
    return Reading(
        source, frame, rows_in, set_aside, quarantine[list(QUARANTINE_COLUMNS)], tuple(notes)
    )


def _header_of(look: Peek, layout: Layout) -> tuple[str, ...]:
    """Return the header; a file without one gets as many names as it has columns."""
    if not layout.headerless:
        return look.header
    names = tuple(f.title for f in layout.fields)[: len(look.header)]
    return names + tuple(f"column {i + 1}" for i in range(len(names), len(look.header)))


def _raw_table(
    look: Peek, header: Sequence[str], wanted: Sequence[int], *, headerless: bool
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Read the wanted columns as text; return them, the malformed rows, and the rows in."""
    malformed: list[tuple[int, str, str]] = []
    skip = 0 if headerless else look.skip_lines

    # the parser numbers rows from the first line it skipped and leaves blank lines out, so that
    # its number less the lines skipped is the ordinal of the record
    def keep_bad(row: pa_csv.InvalidRow) -> str:
        reason = f"row has {row.actual_columns} of {row.expected_columns} fields"
        malformed.append((row.number - skip, reason, row.text[:VALUE_WIDTH]))
        return "skip"

    names = [f"c{i}" for i in range(len(header))]
    data = text_of(look)
    try:
        table = pa_csv.read_csv(
            io.BytesIO(data),
            read_options=pa_csv.ReadOptions(use_threads=False, column_names=names, skip_rows=skip),
            parse_options=pa_csv.ParseOptions(
                delimiter=look.byte_delimiter,
                newlines_in_values=b'"' in data,
                invalid_row_handler=keep_bad,
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=[names[i] for i in wanted],
                column_types={name: pa.string() for name in names},
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" not in str(error):
            raise SourceError(
                Fault(
                    look.name,
                    f"not readable as delimited text ({str(error).splitlines()[0]})",
                    "export it again as CSV",
                )
            ) from error
        table = pa.table({names[i]: pa.array([], pa.string()) for i in wanted})
    rows_in = table.num_rows + len(malformed)
    bad_records = np.asarray([record for record, _, _ in malformed], dtype=np.int64)
    frame = table.to_pandas()
    frame.columns = pd.Index([str(i) for i in wanted])
    frame["record"] = np.setdiff1d(np.arange(1, rows_in + 1, dtype=np.int64), bad_records)
    bad = pd.DataFrame(
        {
            "record": bad_records,
            "reason": [reason for _, reason, _ in malformed],
            "column": "",
            "value": [text for _, _, text in malformed],
        }
    )
    return frame, bad, rows_in


def _blank_rows(raw: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Find the rows in which none of the columns read holds anything."""
    left = np.arange(len(raw))
    for name in raw.columns.drop("record"):
        cells = raw[name].iloc[left]
        empty = (cells == "").to_numpy(dtype=bool, copy=True)
        if not empty.all():
            rest = np.flatnonzero(~empty)
            empty[rest] = (cells.iloc[rest].str.strip() == "").to_numpy(dtype=bool)
        left = left[empty]
        if not len(left):
            break
    blank = np.zeros(len(raw), dtype=bool)
    blank[left] = True
    return blank


def _wrong(
    records: pd.Series[int],
    mask: np.ndarray[Any, np.dtype[np.bool_]],
    reason: str,
    column: str,
    cells: pd.Series[Any],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record": records.to_numpy()[mask],
            "reason": reason,
            "column": column,
            "value": cells[mask].astype(str).str.slice(0, VALUE_WIDTH).to_numpy(),
        }
    )


def _first_fault(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Keep one fault a row: the first of the row, left to right."""
    filled = [part for part in parts if len(part)] or [parts[0]]
    faults = pd.concat(filled, ignore_index=True).drop_duplicates("record")
    return faults.sort_values("record", ignore_index=True)


def _repeats(frame: pd.DataFrame, layout: Layout) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Find the rows whose identity an earlier row already has; rows without one are let pass."""
    keys = [name for name in layout.unique if name in frame]
    if not keys:
        return np.zeros(len(frame), dtype=bool)
    nameless = frame[keys[0]].isna() | (frame[keys[0]].astype(str) == "")
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
    wanted = set(records)
    if not wanted:
        return {}
    text = text_of(look).decode("utf-8")
    lines: dict[int, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=look.byte_delimiter)
    start, record = 1, 0
    skip = 0 if headerless else look.skip_lines
    try:
        for row in reader:
            if start > skip and row:
                record += 1
                if record in wanted:
                    lines[record] = start
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
