"""Reading one file the way a study does: look, recognise, read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from layers.checksum import sha256_of
from layers.formats import load
from layers.peeking import peek
from layers.recognise import recognise
from layers.source import Reading, SourceFile


@pytest.fixture(scope="session")
def read_one() -> Callable[..., Reading]:
    """Return a function that reads a file of any known format."""

    def read(path: Path, *, name: str | None = None, expect: str | None = None) -> Reading:
        look = peek(path, name)
        found = recognise(look)
        assert found.known, (found.nearest, found.fault)
        if expect is not None:
            assert found.format_key == expect
        described = found.format
        source = SourceFile(
            path=look.name,
            sha256=sha256_of(path),
            size_bytes=path.stat().st_size,
            format_key=found.format_key,
            dataset=described.dataset(found.detail),
            title=described.title,
            publisher="",
            licence="",
            attribution="",
            vintage=described.vintage(look),
            detail=found.detail,
        )
        reading: Reading = load(found.format_key).read(look, source, found.layout)
        return reading

    return read
