"""A file is read again where it may have changed, and only there."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from layers import checksum
from layers.checksum import sha256_of


def written(path: Path, content: bytes, *, seconds_ago: int) -> Path:
    path.write_bytes(content)
    moment = path.stat().st_mtime_ns - seconds_ago * 1_000_000_000
    os.utime(path, ns=(moment, moment))
    return path


@pytest.fixture
def old(monkeypatch):
    """Let a file count as settled at once: its time of change cannot be set, that of its content can."""
    monkeypatch.setattr(checksum, "FRESH_NS", -(10**18))


def test_it_is_the_checksum_of_what_the_file_holds(tmp_path):
    path = written(tmp_path / "a", b"abc", seconds_ago=0)
    assert sha256_of(path) == hashlib.sha256(b"abc").hexdigest()
    # FIPS 180-4, example of one block
    assert sha256_of(path).startswith("ba7816bf8f01cfea")


def test_a_file_that_stands_is_read_once(tmp_path, old, monkeypatch):
    path = written(tmp_path / "a", b"abc", seconds_ago=5)
    first = sha256_of(path)
    monkeypatch.setattr(checksum.hashlib, "file_digest", None)  # not to be called
    assert sha256_of(path) == first


@pytest.mark.parametrize("same_time", [True, False])
def test_a_file_of_other_content_is_read_again(tmp_path, old, same_time):
    path = written(tmp_path / "a", b"abc", seconds_ago=5)
    first, state = sha256_of(path), path.stat()
    time.sleep(0.05)  # the system's own clock of changes ticks every few milliseconds
    path.write_bytes(b"abd")
    if same_time:  # somebody set the clock of the file back; the system still knows when that was
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert sha256_of(path) != first


def test_another_file_in_its_place_is_read(tmp_path, old):
    path = written(tmp_path / "a", b"abc", seconds_ago=5)
    first = sha256_of(path)
    written(tmp_path / "b", b"abd", seconds_ago=5).replace(path)
    assert sha256_of(path) != first


def test_a_file_that_has_just_been_written_is_read_each_time(tmp_path):
    path = written(tmp_path / "a", b"abc", seconds_ago=0)
    sha256_of(path)
    assert path not in checksum._KNOWN


def test_a_file_that_is_not_there_has_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        sha256_of(tmp_path / "none")
