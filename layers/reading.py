"""From a file on disk to clean rows: what kind of file it is, its header, its cells.

A reader declares the `Layout`s it knows; `read_layout` does the rest for any delimited text: it
finds the columns by name (never by position, save in files that have no header), turns cells into
values, keeps suppressed and blank cells as missing, and quarantines whole rows that are wrong.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from layers.errors import Fault, LayoutError, SourceError
from layers.source import Reading, SourceFile

__all__ = [
    "Field",
    "Layout",
    "Peek",
    "lines_of_records",
    "peek",
    "read_bytes",
    "read_layout",
    "resolve",
]

Kind = Literal["text", "code", "postcode", "percent", "count", "number", "flag", "date"]
HEAD_BYTES = 1 << 16
MAX_BYTES = 8 << 30
MISSING = frozenset({"", "n/a", "na", "nan", "null", "none", "-", "..", "#n/a", "."})
SUPPRESSED = re.compile(r"^<\s*\d+(\.\d+)?$")
THOUSANDS = re.compile(r"^-?\d{1,3}(,\d{3})+(\.\d+)?$")
POSTCODE = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$")
BINARY_KINDS = {b"PK\x03\x04": "zip", b"SQLite format 3\x00": "gpkg", b"II*\x00": "tif", b"MM\x00*": "tif"}


@dataclass(frozen=True)
class Field:
    """A column we use: our name, the publishers' headers for it, and what its cells may be.

    `headers` are tried exactly, then without regard to case and spacing; `pattern` last. `low`
    and `high` bound numbers; cells outside quarantine their row.
    """

    name: str
    headers: tuple[str, ...] = ()
    kind: Kind = "text"
    required: bool = True
    pattern: str | None = None
    low: float | None = None
    high: float | None = None
    fill_required: bool = False
    matches: str | None = None


@dataclass(frozen=True)
class Layout:
    """A header a publisher has used. `name` is what `infra check` calls it."""

    name: str
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()
    headerless: bool = False
    also_expects: tuple[str, ...] = ()
    detail: str = ""

    def missing(self, header: Sequence[str]) -> tuple[Field, ...]:
        """Return the required fields that a header does not have."""
        found = resolve(self.fields, header)
        return tuple(f for f in self.fields if f.required and f.name not in found)

    def fits(self, header: Sequence[str]) -> bool:
        """Whether every required field and every expected header is there."""
        folded = {fold(name) for name in header}
        return not self.missing(header) and all(fold(e) in folded for e in self.also_expects)

    def likeness(self, header: Sequence[str]) -> float:
        """Share of the required fields that a header has, 0 to 1."""
        required = [f for f in self.fields if f.required]
        return 1 - len(self.missing(header)) / max(len(required), 1)


@dataclass(frozen=True)
class Peek:
    """The first look at a file: kind, encoding, delimiter, header and first data row."""

    path: Path
    name: str
    kind: str
    gz: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    header: tuple[str, ...] = ()
    skip_lines: int = 0
    first: tuple[str, ...] = ()
    head: bytes = b""

    @property
    def stem(self) -> str:
        """File name in lower case, without folder, `.gz`."""
        return Path(self.name).name.removesuffix(".gz").lower()


def fold(header: str) -> str:
    """Reduce a header to what must agree: lower case, no spaces, underscores or BOM."""
    return re.sub(r"[\s_\ufeff]+", "", header).lower()


def resolve(fields: Iterable[Field], header: Sequence[str]) -> dict[str, int]:
    """Find each field's column: exact header, then folded, then pattern; first come, first found."""
    exact: dict[str, int] = {}
    folded: dict[str, int] = {}
    for position, name in enumerate(header):
        exact.setdefault(name, position)
        folded.setdefault(fold(name), position)
    found: dict[str, int] = {}
    for item in fields:
        position = next((exact[h] for h in item.headers if h in exact), None)
        if position is None:
            position = next((folded[fold(h)] for h in item.headers if fold(h) in folded), None)
        if position is None and item.pattern:
            rule = re.compile(item.pattern, re.IGNORECASE)
            position = next((i for i, h in enumerate(header) if rule.fullmatch(h.strip())), None)
        if position is not None:
            found[item.name] = position
    return found


def read_bytes(path: Path, name: str, limit: int | None = None) -> bytes:
    """Return a file's bytes, unpacked if gzipped, at most `limit` of them.

    Raises
    ------
    SourceError
        When the file cannot be read, its gzip stream is broken, or it is larger than the bound.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream: io.BufferedIOBase = gzip.GzipFile(fileobj=raw) if packed else raw
            data = stream.read(limit if limit is not None else MAX_BYTES + 1)
    except (EOFError, gzip.BadGzipFile) as error:
        raise SourceError(
            Fault(name, f"the compressed file is cut short or broken ({error})", "download it again")
        ) from error
    except OSError as error:
        raise SourceError(
            Fault(name, f"the file cannot be read ({error.strerror or error})", "check the file and its permissions")
        ) from error
    if limit is None and len(data) > MAX_BYTES:
        raise SourceError(Fault(name, "the file unpacks to more than 8 GiB", "give the part for the study area"))
    return data


def _kind_of(name: str, head: bytes) -> str:
    for magic, kind in BINARY_KINDS.items():
        if head.startswith(magic):
            return kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    lowered = text[:200].lower()
    if lowered.startswith((b"<!doctype html", b"<html")) or (b"<html" in lowered and suffix == ".csv"):
        return "html"
    if suffix == ".pbf":
        return "pbf"
    if text.startswith(b"<"):
        return "xml"
    if text.startswith((b"{", b"[")):
        return "json"
    if lowered.startswith(b"ncols"):
        return "asc"
    if suffix == ".toml":
        return "toml"
    return "csv" if suffix in {".csv", ".txt", ".tsv", ""} else "other"


def _decode(head: bytes, name: str) -> tuple[str, str]:
    """Return the encoding and the text of the head of a file."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(Fault(name, "the file is UTF-16 text", "save it as 'CSV UTF-8'", line=1))
    if b"\x00" in head:
        raise SourceError(Fault(name, "the file holds NUL bytes and is not plain text", "export it again as CSV"))
    body = head.removeprefix(b"\xef\xbb\xbf")
    try:
        return "utf-8", body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(body) - 3:  # the head ends inside a character
            return "utf-8", body[: error.start].decode("utf-8")
        return "cp1252", body.decode("cp1252", errors="replace")


def _delimiter(first_line: str) -> str:
    counts = {mark: first_line.count(mark) for mark in (",", "\t", ";", "|", "*", "\u00ac")}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else ","


def peek(path: Path, name: str | None = None) -> Peek:
    """Look at the start of a file.

    Parameters
    ----------
    path
        The file.
    name
        How to call it in messages; the path relative to the study.

    Raises
    ------
    SourceError
        When the file is missing, empty, unreadable, or a web page saved under another name.
    """
    name = name or path.name
    if not path.is_file():
        raise SourceError(Fault(name, "the file is not there", "put it back or take it out of study.toml"))
    head = read_bytes(path, name, HEAD_BYTES)
    if not head.strip():
        raise SourceError(Fault(name, "the file is empty", "download it again"))
    kind = _kind_of(name, head)
    gz = path.open("rb").read(2) == b"\x1f\x8b"
    if kind == "html":
        raise SourceError(
            Fault(name, "this is a web page, not data (the download was probably refused)", "open the publisher's page and download the file itself", line=1)
        )
    if kind != "csv":
        return Peek(path, name, kind, gz=gz, head=head)
    encoding, text = _decode(head, name)
    lines = text.splitlines()
    delimiter = _delimiter(next((line for line in lines if line.strip()), ""))
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
            if len(rows) == 20:
                break
    except csv.Error as error:
        raise SourceError(Fault(name, f"not readable as delimited text ({error})", "export it again as CSV", line=reader.line_num)) from error
    # wizard downloads put title rows above the header: one filled cell where the table has several
    width = max(sum(bool(c.strip()) for c in row) for _, row in rows)
    start = 0
    while start < len(rows) - 1 and width > 2 and sum(bool(c.strip()) for c in rows[start][1]) < 2:
        start += 1
    header = tuple(cell.strip() for cell in rows[start][1])
    first = tuple(rows[start + 1][1]) if len(rows) > start + 1 else ()
    return Peek(
        path, name, "csv", gz=gz, encoding=encoding, delimiter=delimiter, header=header,
        skip_lines=rows[start][0], first=first, head=head,
    )


def _text_of(look: Peek) -> bytes:
    """Return the file as UTF-8 with a one-byte delimiter."""
    data = read_bytes(look.path, look.name).removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in data:
        line = data[: data.index(b"\x00")].count(b"\n") + 1
        raise SourceError(Fault(look.name, "the file holds NUL bytes and is not plain text", "export it again as CSV", line=line))
    encoding = look.encoding
    if encoding == "utf-8":
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            encoding = "cp1252"
    if encoding != "utf-8" or not look.delimiter.isascii():
        text = data.decode(encoding, errors="replace")
        if not look.delimiter.isascii():
            text = text.replace(look.delimiter, "\x1f")
        data = text.encode()
    return data


def _raw_table(
    look: Peek, header: Sequence[str], wanted: Sequence[int], *, headerless: bool
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Read the wanted columns as text; return them, the malformed rows, and the rows in."""
    malformed: list[tuple[int, str, str]] = []
    skip = 0 if headerless else look.skip_lines
    # pyarrow counts the lines it skipped and ignores blank ones, as the record ordinal must
    def keep_bad(row: pa_csv.InvalidRow) -> str:
        malformed.append((row.number, f"row has {row.actual_columns} of {row.expected_columns} fields", row.text))
        return "skip"

    names = [f"c{i}" for i in range(len(header))]
    delimiter = look.delimiter if look.delimiter.isascii() else "\x1f"
    data = _text_of(look)
    try:
        table = pa_csv.read_csv(
            io.BytesIO(data),
            read_options=pa_csv.ReadOptions(use_threads=False, column_names=names, skip_rows=skip),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=b'"' in data, invalid_row_handler=keep_bad
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=[names[i] for i in wanted],
                column_types={name: pa.string() for name in names},
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            table = pa.table({names[i]: pa.array([], pa.string()) for i in wanted})
        else:
            raise SourceError(Fault(look.name, f"not readable as delimited text ({error})", "export it again as CSV")) from error
    rows_in = table.num_rows + len(malformed)
    bad_records = [number - skip for number, _, _ in malformed]
    records = np.setdiff1d(np.arange(1, rows_in + 1), np.asarray(bad_records, dtype=np.int64))
    frame = table.to_pandas()
    frame.columns = pd.Index([str(i) for i in wanted])
    frame["record"] = records
    bad = pd.DataFrame(
        {
            "record": pd.Series(bad_records, dtype="int64"),
            "reason": [reason for _, reason, _ in malformed],
            "value": [text[:200] for _, _, text in malformed],
        }
    )
    return frame, bad, rows_in


def _number(cells: pd.Series[str], item: Field) -> tuple[pd.Series[float], pd.Series[bool], str, int]:
    """Return values, a mask of wrong cells, the reason, and how many cells were suppressed."""
    stripped = cells.str.strip()
    values = pd.to_numeric(stripped, errors="coerce").astype("float64")
    unread = values.isna().to_numpy()
    suppressed = 0
    wrong = np.zeros(len(cells), dtype=bool)
    if unread.any():
        rest = stripped[unread]
        blank = rest.str.lower().isin(list(MISSING))
        hidden = rest.str.match(SUPPRESSED.pattern)
        grouped = rest.str.match(THOUSANDS.pattern)
        suppressed = int(hidden.sum())
        if grouped.any():
            values.loc[rest[grouped].index] = pd.to_numeric(rest[grouped].str.replace(",", ""))
        wrong[np.flatnonzero(unread)] = ~(blank | hidden | grouped).to_numpy()
    wrong |= np.isinf(values.to_numpy())
    if wrong.any():
        return values, pd.Series(wrong, index=cells.index), "not a number", suppressed
    low = item.low if item.low is not None else (0.0 if item.kind in {"percent", "count"} else None)
    high = item.high if item.high is not None else (100.0 if item.kind == "percent" else None)
    outside = pd.Series(data=False, index=cells.index)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    span = f"outside {low:g} to {high:g}" if low is not None and high is not None else "negative" if low == 0 else "out of range"
    return values, outside, span, suppressed


def normal_postcode(cells: pd.Series[str]) -> pd.Series[str]:
    """Return postcodes as published: upper case, one space before the last three characters."""
    tight = cells.str.upper().str.replace(r"\s+", "", regex=True)
    return tight.where(tight.str.len() < 5, tight.str[:-3] + " " + tight.str[-3:])


def _cells(cells: pd.Series[str], item: Field) -> tuple[pd.Series, pd.Series[bool], str, int]:
    """Turn the text cells of one field into values; see `_number` for what comes back."""
    if item.kind in {"percent", "count", "number"}:
        values, wrong, reason, suppressed = _number(cells, item)
        if item.fill_required and not wrong.any():
            return values, values.isna(), "no value", suppressed
        return values, wrong, reason, suppressed
    text = cells.str.strip()
    none = pd.Series(data=False, index=cells.index)
    if item.kind == "flag":
        lowered = text.str.lower()
        known = lowered.isin(["true", "t", "yes", "y", "1"])
        unknown = ~known & ~lowered.isin(["false", "f", "no", "n", "0", ""])
        return known, unknown, "neither true nor false", 0
    if item.kind == "code":
        text = text.str.upper()
    elif item.kind == "postcode":
        text = normal_postcode(text)
    elif item.kind == "date":
        when = pd.to_datetime(text.where(text != ""), errors="coerce", format="mixed", dayfirst=True)
        return when, when.isna() & (text != ""), "not a date", 0
    if item.matches:
        wrong = ~text.str.fullmatch(item.matches) & ((text != "") | item.fill_required)
        return text, wrong, "not in the expected form", 0
    return text, (text == "") if item.fill_required else none, "no value", 0


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
    header = look.header if not layout.headerless else tuple(f.headers[0] if f.headers else f.name for f in layout.fields)
    header = _width_of(look, layout, header)
    found = resolve(layout.fields, header)
    absent = [f for f in layout.fields if f.required and f.name not in found]
    if absent:
        raise LayoutError([changed_column(look, layout, f) for f in absent])
    wanted = sorted(set(found.values()))
    if not layout.headerless:
        _refuse_repeated(look, layout, header, found)
    raw, bad, rows_in = _raw_table(look, header, wanted, headerless=layout.headerless)
    if rows_in == 0:
        raise SourceError(Fault(look.name, "the file has a header and no rows", "download it again", line=1))
    frame = pd.DataFrame({"record": raw["record"]})
    notes: list[str] = []
    wrong_rows: list[pd.DataFrame] = []
    for item in layout.fields:
        if item.name not in found:
            continue
        cells = raw[str(found[item.name])]
        values, wrong, reason, suppressed = _cells(cells, item)
        if suppressed:
            notes.append(f"{suppressed} values of '{header[found[item.name]]}' are suppressed (shown as <n): missing")
        frame[item.name] = values
        if wrong.any():
            wrong_rows.append(
                pd.DataFrame(
                    {"record": frame.loc[wrong, "record"], "reason": reason, "column": header[found[item.name]], "value": cells[wrong]}
                )
            )
    if layout.unique:
        repeated = frame.duplicated(list(layout.unique))
        if repeated.any():
            key = layout.unique[0]
            wrong_rows.append(
                pd.DataFrame({"record": frame.loc[repeated, "record"], "reason": "duplicate id", "column": header[found[key]], "value": frame.loc[repeated, key].astype(str)})
            )
    quarantine = pd.concat([bad.assign(column=""), *wrong_rows], ignore_index=True) if len(bad) or wrong_rows else bad.assign(column="")
    quarantine = quarantine.drop_duplicates("record").sort_values("record", ignore_index=True)
    quarantine.insert(0, "file", source.path)
    quarantine.insert(1, "src", source.src)
    quarantine = quarantine[["file", "src", "record", "reason", "column", "value"]]
    frame = frame.loc[~frame["record"].isin(quarantine["record"])].reset_index(drop=True)
    frame.insert(0, "src", source.src)
    return Reading(source, frame, rows_in, {}, quarantine, tuple(notes))


def _width_of(look: Peek, layout: Layout, header: tuple[str, ...]) -> tuple[str, ...]:
    """Give a header-less layout as many columns as the file has."""
    if not layout.headerless:
        return header
    width = len(look.header)
    return header[:width] + tuple(f"column {i + 1}" for i in range(len(header), width))


def _refuse_repeated(look: Peek, layout: Layout, header: Sequence[str], found: dict[str, int]) -> None:
    """Refuse a header we read that stands twice; publishers' repeated label columns are let pass."""
    faults = [
        Fault(look.name, f"the header '{header[found[f.name]]}' stands twice, so it is not clear which to read", "delete or rename one of the two columns", line=look.skip_lines, column=header[found[f.name]])
        for f in layout.fields
        if f.name in found and f.required and [fold(h) for h in header].count(fold(header[found[f.name]])) > 1
    ]
    if faults:
        raise LayoutError(faults)


def changed_column(look: Peek, layout: Layout, item: Field) -> Fault:
    """Describe a required column that a file of a known kind lacks."""
    import difflib  # noqa: PLC0415 - only when something is wrong

    expected = item.headers[0] if item.headers else item.name
    near = difflib.get_close_matches(expected, look.header, n=1, cutoff=0.5)
    hint = f" (nearest: '{near[0]}')" if near else ""
    return Fault(
        look.name,
        f"this looks like {layout.name}, but the column '{expected}' is not there{hint}",
        "use the file as published, or tell us if the publisher changed the layout",
        line=look.skip_lines or 1,
        column=expected,
    )


def lines_of_records(look: Peek, records: Iterable[int], *, headerless: bool = False) -> dict[int, int]:
    """Find the physical line (from 1) where each data record of a delimited file begins, by rereading."""
    wanted = set(records)
    if not wanted:
        return {}
    text = _text_of(look).decode("utf-8", errors="replace")
    delimiter = look.delimiter if look.delimiter.isascii() else "\x1f"
    lines: dict[int, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start, record = 1, 0
    skip = 0 if headerless else look.skip_lines
    for row in reader:
        if start > skip and row:
            record += 1
            if record in wanted:
                lines[record] = start
        start = reader.line_num + 1
    return lines


def with_lines(look: Peek, reading: Reading, *, headerless: bool = False) -> pd.DataFrame:
    """Return a reading's quarantine with a `line` column, for print."""
    lines = lines_of_records(look, reading.quarantine["record"], headerless=headerless)
    return reading.quarantine.assign(line=reading.quarantine["record"].map(lines).astype("Int64"))


def rename(reading: Reading, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Reading:
    """Return a reading whose frame was reshaped row by row; the rows must stay the same."""
    return replace(reading, frame=change(reading.frame))
