"""Archives that come out the same whatever wrote them."""

from __future__ import annotations

import zipfile
from datetime import date

import pytest

from maps.deterministic import document_time, settle_zip


def write(path, members, moment):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, moment), data)


def test_order_and_time_of_members_leave_no_trace(tmp_path):
    one, two = tmp_path / "one.docx", tmp_path / "two.docx"
    members = [("word/b.xml", b"b"), ("[Content_Types].xml", b"types"), ("_rels/.rels", b"r")]
    write(one, members, (2024, 5, 6, 7, 8, 10))
    write(two, members[::-1], (2020, 1, 1, 0, 0, 0))
    settle_zip(one)
    settle_zip(two)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert archive.namelist() == ["[Content_Types].xml", "_rels/.rels", "word/b.xml"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("word/b.xml") == b"b"


def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "twice.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        write(path, [("a", b"1"), ("a", b"2")], (1980, 1, 1, 0, 0, 0))
    with pytest.raises(ValueError, match="same name"):
        settle_zip(path)


def test_documents_are_made_at_midnight_of_the_study():
    assert document_time(date(2026, 3, 2)).isoformat() == "2026-03-02T00:00:00"


def test_members_stay_packed_as_they_are_whatever_their_size_and_name(tmp_path):
    """An empty one, one that is stored, one that is deflated, one whose name is not ASCII."""
    path, held = tmp_path / "parts.zip", {"a": b"", "b": b"\x00" * 5000, "ł.xml": b"<r/>" * 99}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            packed = zipfile.ZIP_STORED if name == "b" else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, packed)
    before = {i.filename: i.compress_size for i in zipfile.ZipFile(path).infolist()}
    settle_zip(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == held
        assert {i.filename: i.compress_size for i in archive.infolist()} == before
        assert {(i.create_system, i.external_attr >> 16) for i in archive.infolist()} == {
            (0, 0o600)
        }
