"""Text read in pieces says the same as text read whole, and small blocks lose no row."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import chunks, streams
from layers.chunks import chunks_of
from layers.errors import SourceError
from layers.peeking import Peek
from layers.streams import look_through, opened


def look(path, **said):
    return Peek(path, path.name, "csv", **said)


@given(st.text(alphabet="a€é¬\x81,\n", max_size=60), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_pieces_of_any_size_join_to_the_whole(tmp_path_factory, text, piece):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(text.encode())
    seen = look(path, delimiter="¬")
    with opened(seen, look_through(seen)) as stream:
        got = b""
        while part := stream.read(piece):
            assert len(part) <= max(piece, 3)
            got += part
    assert got.decode() == text.replace("¬", "\x1f")


def test_a_late_byte_makes_the_whole_file_windows_1252(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "PIECE", 8)
    (tmp_path / "t.csv").write_bytes(b"plain text for a while, then \xa3 5")
    assert look_through(look(tmp_path / "t.csv")).encoding == "cp1252"
    (tmp_path / "t.csv").write_bytes(b"plain text for a while, then \xa3 and \x81")
    assert look_through(look(tmp_path / "t.csv")).encoding == "latin-1"
    # the pound sign of UTF-8 is two bytes, and stands here across two pieces
    (tmp_path / "t.csv").write_bytes(b"1234567\xc2\xa3")
    assert look_through(look(tmp_path / "t.csv")).encoding == "utf-8"


def test_a_nul_is_refused_with_its_line_whatever_piece_it_is_in(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "PIECE", 8)
    (tmp_path / "t.csv").write_bytes(b"a,b\n" * 50 + b"a,\x00\n")
    with pytest.raises(SourceError) as caught:
        look_through(look(tmp_path / "t.csv"))
    assert caught.value.faults[0].line == 51


def test_a_broken_gzip_stream_is_one_fault(tmp_path):
    packed = bytearray(gzip.compress(b"a,b\n1,2\n" * 5000, mtime=0))
    packed[40] ^= 255
    (tmp_path / "t.csv.gz").write_bytes(packed)
    with pytest.raises(SourceError, match="cut short or broken"):
        look_through(look(tmp_path / "t.csv.gz"))


@given(
    st.lists(st.sampled_from(["1,x", "2,y,z", "", '3,"p\nq"', "4", "5,é"]), min_size=1, max_size=40),
    st.integers(60, 120),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_small_blocks_give_every_record_its_ordinal(tmp_path_factory, rows, block):
    """The ordinals of good and malformed rows together are 1 to n, whatever the blocks."""
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text("\n".join(["a,b", *rows]) + "\n", encoding="utf-8")
    whole = chunks.BLOCK_BYTES
    chunks.BLOCK_BYTES = block
    try:
        parts, malformed = chunks_of(look(path), 2, [1], [0], skip_lines=1)
        good = [(r, c) for p in parts for r, c in zip(p.record, p.columns[0].cells, strict=True)]
    finally:
        chunks.BLOCK_BYTES = whole
    kept = [row for row in rows if row]
    expected = [(i + 1, row[0]) for i, row in enumerate(kept) if row.count(",") == 1]
    assert good == expected
    assert sorted(m[0] for m in malformed) == [
        i + 1 for i, r in enumerate(kept) if r.count(",") != 1
    ]
    assert np.all(np.diff([r for r, _ in good]) > 0)
