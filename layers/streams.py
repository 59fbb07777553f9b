"""Delimited text read in pieces: looked through once, then served as UTF-8.

Nothing here holds a file whole, so that a national file needs no more memory than a small one.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pyarrow as pa

from layers import peeking
from layers.errors import Fault, SourceError
from layers.peeking import BOM, GZIP, MAX_BYTES, UNIT_SEPARATOR, Peek

__all__ = ["Facts", "look_through", "opened", "opened_for_parser"]

PIECE = 1 << 20
LINE_END = ord("\n")
# bytes that Windows-1252 leaves open: a file that has one of them is read as Latin-1
OPEN_IN_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True)
class Facts:
    """What a whole file shows: its encoding, and whether any cell is quoted."""

    encoding: str
    quotes: int


@contextmanager
def _raw(look: Peek) -> Iterator[IO[bytes]]:
    """Open a file's bytes, unpacked; what breaks on the way is one fault."""
    with _plainly(look), look.path.open("rb") as raw:
        stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if _packed(raw) else raw  # type: ignore[assignment]
        yield stream


def _packed(raw: IO[bytes]) -> bool:
    packed = raw.read(2) == GZIP
    raw.seek(0)
    return packed


@contextmanager
def _plainly(look: Peek) -> Iterator[None]:
    """Say what breaks while a file is read as one fault."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(
            Fault(look.name, "the compressed file is cut short or broken", "download it again")
        ) from error
    except OSError as error:
        raise SourceError(
            Fault(
                look.name,
                f"the file cannot be read ({error.strerror or error})",
                "check the file and its permissions",
            )
        ) from error


class _Looked:
    """What has been seen of a file so far, piece by piece."""

    def __init__(self, look: Peek) -> None:
        self.look = look
        self.lines = 0
        self.since_end = 0
        self.size = 0
        self.quotes = 0
        self.open_bytes = False
        self.decoder: Any = codecs.getincrementaldecoder("utf-8")()
        self.pending = False
        self.utf8 = look.encoding == "utf-8"

    def take(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > MAX_BYTES:
            problem = f"the file unpacks to more than {MAX_BYTES >> 30} GiB"
            raise SourceError(Fault(self.look.name, problem, "give the part for the study area"))
        peeking.refuse_nul(piece, self.look.name, self.lines)
        first = min((at for at in (piece.find(b"\n"), piece.find(b"\r")) if at >= 0), default=-1)
        if self.since_end + (first if first >= 0 else len(piece)) > peeking.MAX_LINE:
            raise peeking.endless(self.look.name, self.lines + 1)
        last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        self.since_end = len(piece) - 1 - last if last >= 0 else self.since_end + len(piece)
        # counted as an array: several times as fast as `bytes.count`
        self.lines += int(np.count_nonzero(np.frombuffer(piece, np.uint8) == LINE_END))
        if b'"' in piece:
            self.quotes += piece.count(b'"')
        if piece.isascii() and not self.pending:
            return
        self.open_bytes = self.open_bytes or OPEN_IN_WINDOWS.search(piece) is not None
        if self.utf8:
            self._decode(piece, final=False)

    def _decode(self, piece: bytes, *, final: bool) -> None:
        try:
            self.decoder.decode(piece, final)
        except UnicodeDecodeError:
            self.utf8, self.pending = False, False
            return
        self.pending = bool(self.decoder.getstate()[0])

    def facts(self) -> Facts:
        if self.utf8 and self.pending:
            self._decode(b"", final=True)
        if self.utf8:
            return Facts("utf-8", self.quotes)
        return Facts("latin-1" if self.open_bytes else "cp1252", self.quotes)


def look_through(look: Peek) -> Facts:
    """Read a delimited file once, in pieces, and return what all of it shows.

    Raises
    ------
    SourceError
        When it holds NUL bytes, a line without end, or a quote that is never closed.
    """
    seen = _Looked(look)
    with _raw(look) as stream:
        while piece := stream.read(PIECE):
            seen.take(piece)
    facts = seen.facts()
    if facts.quotes % 2:
        _refuse_open_quote(look, facts)
    return facts


class _Utf8(io.RawIOBase):
    """A file's text as UTF-8, with a one-byte delimiter and no byte-order mark."""

    def __init__(self, look: Peek, facts: Facts, stream: IO[bytes]) -> None:
        self._stream = stream
        self._encoding = facts.encoding
        self._swap = "" if look.delimiter.isascii() else look.delimiter
        self._decoder = codecs.getincrementaldecoder(facts.encoding)()
        self._plain = facts.encoding == "utf-8" and not self._swap
        self._held = stream.read(len(BOM)).removeprefix(BOM)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        whole = size is None or size < 0
        # one byte of Windows-1252 may be three of UTF-8: no more comes out than was asked for
        want = -1 if whole or size is None else size if self._plain else max(size // 3, 1)
        while True:
            piece, self._held = self._held, b""
            if whole or len(piece) < want:
                piece += self._stream.read(want - len(piece) if not whole else -1)
            if self._plain:
                return piece
            text = self._decoder.decode(piece, final=not piece)
            made = (text.replace(self._swap, UNIT_SEPARATOR) if self._swap else text).encode()
            if made or not piece:
                return made

    def readinto(self, buffer: Any, /) -> int:
        piece = self.read(max(len(buffer), len(BOM)))
        buffer[: len(piece)] = piece
        return len(piece)


@contextmanager
def opened(look: Peek, facts: Facts) -> Iterator[_Utf8]:
    """Open a delimited file as UTF-8 with a one-byte delimiter and no byte-order mark."""
    with _raw(look) as stream:
        yield _Utf8(look, facts, stream)


@contextmanager
def opened_for_parser(look: Peek, facts: Facts) -> Iterator[Any]:
    """Open a delimited file as `opened` does; one that is so already is read by the parser itself."""
    with look.path.open("rb") as raw:
        ready = facts.encoding == "utf-8" and look.delimiter.isascii() and not _packed(raw)
    if not ready:
        with opened(look, facts) as stream:
            yield stream
        return
    with _plainly(look), pa.OSFile(str(look.path)) as file:
        yield file  # the parser leaves a byte-order mark out


def _refuse_open_quote(look: Peek, facts: Facts) -> None:
    """Refuse a file that ends inside a quoted cell: rows after the quote would be lost in it."""
    start = 1
    with opened(look, facts) as stream:
        text = io.TextIOWrapper(io.BufferedReader(stream, PIECE), encoding="utf-8", newline="")
        reader = csv.reader(text, delimiter=look.byte_delimiter, strict=True)
        try:
            for _row in reader:
                start = reader.line_num + 1
        except csv.Error as error:
            if "unexpected end" in str(error) or "field larger" in str(error):
                raise SourceError(
                    Fault(
                        look.name,
                        "a quotation mark is opened in this row and never closed (the file may be cut short)",
                        "download the file again, or close the quotation mark",
                        line=start,
                    )
                ) from error
