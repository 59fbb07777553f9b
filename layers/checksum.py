"""Checksums of files; a file that stands as it did is read once in a process."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

__all__ = ["sha256_of"]

# clocks of file systems tick coarsely: a file this new may change once more without another time of change
FRESH_NS = 2_000_000_000
State = tuple[int, ...]  # device, number, size, times of change
_KNOWN: dict[Path, tuple[State, str]] = {}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits.

    A file whose number, size and times are those of an earlier look has the checksum it had then.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    with path.open("rb") as stream:
        state = os.fstat(stream.fileno())
        seen = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        known = _KNOWN.get(path)
        if known is not None and known[0] == seen:
            return known[1]
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if time.time_ns() - max(state.st_mtime_ns, state.st_ctime_ns) > FRESH_NS:
        _KNOWN[path] = (seen, digest)
    return digest
