"""The first look at a file: what kind it is, how it is encoded, where its header stands."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from layers.errors import Fault, SourceError

__all__ = ["BOM", "GZIP", "ZIP_START", "Peek", "endless", "peek", "read_bytes", "refuse_nul"]

HEAD_BYTES = 1 << 16
MAX_BYTES = 8 << 30
HEAD_ROWS = 20
MAX_LINE = 16 << 20
MAX_COLUMNS = 4_000
BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"
ZIP_START = b"PK\x03\x04"
BINARY_KINDS = {
    ZIP_START: "zip",
    b"SQLite format 3\x00": "gpkg",
    b"II*\x00": "tif",
    b"MM\x00*": "tif",
    b"II+\x00": "tif",
    b"MM\x00+": "tif",
}
PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
TABLE_SUFFIXES = frozenset({".csv", ".txt", ".tsv", ""})
SUPPRESSED_START = re.compile(rb"<\s*\d")
DELIMITERS = (",", "\t", ";", "|", "*", "\u00ac")
UNIT_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Peek:
    """What the start of a file shows.

    Attributes
    ----------
    path, name
        Where it is, and how messages call it.
    kind
        `csv` for any delimited text, else `json xml zip gpkg tif asc pbf toml other`.
    header, first
        Cells of the header row and of the first row after it (delimited text).
    skip_lines
        Physical lines up to and with the header.
    head
        The first 64 KiB, unpacked.
    home
        Where the file is kept; for a member of an archive the archive and the member's name,
        while `path` is where its bytes were unpacked.
    """

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
    home: Path | None = None

    @property
    def stem(self) -> str:
        """File name in lower case, without folder, archive and `.gz`."""
        return Path(self.name.rsplit("!", 1)[-1]).name.lower().removesuffix(".gz")

    @property
    def byte_delimiter(self) -> str:
        """The delimiter in what `layers.streams` gives: one byte long."""
        return self.delimiter if self.delimiter.isascii() else UNIT_SEPARATOR


def read_bytes(path: Path, name: str, limit: int | None = None) -> bytes:
    """Return a file's bytes, unpacked if gzipped, at most `limit` of them.

    Raises
    ------
    SourceError
        When the file cannot be read, its gzip stream is broken, or it is larger than the bound.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP
            raw.seek(0)
            wanted = limit if limit is not None else MAX_BYTES + 1
            if packed:
                with gzip.GzipFile(fileobj=raw) as stream:
                    data = stream.read(wanted)
            else:
                data = raw.read(wanted)
    except (EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        raise SourceError(
            Fault(name, "the compressed file is cut short or broken", "download it again")
        ) from error
    except OSError as error:
        raise SourceError(
            Fault(
                name,
                f"the file cannot be read ({error.strerror or error})",
                "check the file and its permissions",
            )
        ) from error
    if limit is None and len(data) > MAX_BYTES:
        raise SourceError(
            Fault(name, "the file unpacks to more than 8 GiB", "give the part for the study area")
        )
    return data


def _kind_of(name: str, head: bytes) -> str:
    text = head.removeprefix(BOM).lstrip()
    lowered = text[:400].lower()
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    page = lowered.startswith(PAGE_STARTS) or (b"<html" in lowered and suffix != ".xml")
    # the first that is true says what the file is; names decide only where content cannot
    signs = (
        *((kind, head.startswith(magic)) for magic, kind in BINARY_KINDS.items()),
        ("html", page),
        ("pbf", suffix == ".pbf"),
        ("xml", text.startswith(b"<") and not SUPPRESSED_START.match(text)),
        ("json", text.startswith((b"{", b"["))),
        ("asc", lowered.startswith(b"ncols")),
        ("toml", suffix == ".toml"),
        ("csv", suffix in TABLE_SUFFIXES),
    )
    return next((kind for kind, fits in signs if fits), "other")


def _decode(head: bytes, name: str) -> tuple[str, str]:
    """Return the encoding and the text of the head of a file."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(Fault(name, "the file is UTF-16 text", "save it as 'CSV UTF-8'", line=1))
    refuse_nul(head, name)
    body = head.removeprefix(BOM)
    try:
        return "utf-8", body.decode("utf-8")
    except UnicodeDecodeError as error:
        # the head may end inside a character
        if len(head) >= HEAD_BYTES and error.start >= len(body) - 3:
            return "utf-8", body[: error.start].decode("utf-8")
        return "cp1252", _windows(body)


def _windows(body: bytes) -> str:
    """Decode Windows-1252, with the five bytes it leaves open read as Latin-1 has them."""
    try:
        return body.decode("cp1252")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def refuse_nul(data: bytes, name: str, lines_before: int = 0) -> None:
    """Refuse text that holds a NUL byte, naming its line."""
    if b"\x00" not in data:
        return
    line = lines_before + data[: data.index(b"\x00")].count(b"\n") + 1
    raise SourceError(
        Fault(
            name,
            "the file holds NUL bytes and is not plain text",
            "export it again as CSV (UTF-8)",
            line=line,
        )
    )


def _delimiter(text: str) -> str:
    """Return the delimiter found most often in the first lines; a comma where none stands out."""
    start = "\n".join(text.splitlines()[:HEAD_ROWS])
    return max(DELIMITERS, key=start.count)


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
        raise SourceError(
            Fault(name, "the file is not there", "put it back or take it out of study.toml")
        )
    head = read_bytes(path, name, HEAD_BYTES)
    if not head.removeprefix(BOM).strip():
        raise SourceError(Fault(name, "the file is empty", "download it again"))
    kind = _kind_of(name, head)
    with path.open("rb") as raw:
        gz = raw.read(2) == GZIP
    if kind == "html":
        raise SourceError(
            Fault(
                name,
                "this is a web page, not data (the download was probably refused)",
                "open the publisher's page and download the file itself",
                line=1,
            )
        )
    if kind != "csv":
        return Peek(path, name, kind, gz=gz, head=head)
    return _peek_table(path, name, head, gz=gz)


def _peek_table(path: Path, name: str, head: bytes, *, gz: bool) -> Peek:
    _refuse_endless_line(path, name, head)
    encoding, text = _decode(head, name)
    delimiter = _delimiter(text)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
            if len(rows) == HEAD_ROWS:
                break
    except csv.Error as error:
        raise SourceError(
            Fault(
                name,
                f"not readable as delimited text ({error})",
                "export it again as CSV",
                line=reader.line_num,
            )
        ) from error
    if not rows:
        raise SourceError(Fault(name, "the file holds no values", "download it again", line=1))
    widest = max(rows, key=lambda item: len(item[1]))
    if len(widest[1]) > MAX_COLUMNS:
        raise SourceError(
            Fault(
                name,
                f"a row has more than {MAX_COLUMNS:,} cells: no published table has",
                "download it again, or export it again as CSV, one record a line",
                line=widest[0],
            )
        )
    # wizard downloads put title rows above the header: one filled cell where the table has several
    width = max(_filled(row) for _, row in rows)
    start = 0
    while start < len(rows) - 1 and width > 2 and _filled(rows[start][1]) < 2:
        start += 1
    # below a title a wizard lists what was asked for ("date","2025"), a pair a row
    while 0 < start < len(rows) - 1 and width > 2 and _filled(rows[start][1]) < 3:
        start += 1
    return Peek(
        path,
        name,
        "csv",
        gz=gz,
        encoding=encoding,
        delimiter=delimiter,
        header=tuple(cell.strip() for cell in rows[start][1]),
        skip_lines=rows[start][0],
        first=tuple(rows[start + 1][1]) if len(rows) > start + 1 else (),
        head=head,
    )


def _refuse_endless_line(path: Path, name: str, head: bytes) -> None:
    """Refuse a table whose first line does not end, before the whole of it is read."""
    if len(head) < HEAD_BYTES or b"\n" in head or b"\r" in head:
        return
    start = read_bytes(path, name, MAX_LINE + 1)
    if len(start) > MAX_LINE and b"\n" not in start and b"\r" not in start:
        raise endless(name, 1)


def endless(name: str, line: int) -> SourceError:
    """Return the fault of a line longer than any table has."""
    problem = f"the line is longer than {MAX_LINE >> 20} MiB: this is no table of rows"
    return SourceError(Fault(name, problem, "export it again as CSV, one record a line", line=line))


def _filled(row: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)
