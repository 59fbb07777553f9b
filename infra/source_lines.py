"""On which physical line of its file a record stands; each file is recognised once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.checks import where_is
from layers.errors import InputError
from layers.peeking import Peek, peek
from layers.reading import lines_of_records
from layers.recognise import recognise

__all__ = ["SourceLines"]

ASKED_BEFORE_ALL = 3
WHOLE_BYTES = 64 << 20


class SourceLines:
    """The lines of a study's source files, found when they are asked for.

    Parameters
    ----------
    root
        The study folder.
    files
        The manifest's sources, by `src`.
    """

    def __init__(self, root: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
        self.root = root
        self.files = files
        self._looks: dict[str, tuple[Peek, bool] | None] = {}
        self._lines: dict[str, dict[int, int | None]] = {}
        self._whole: set[str] = set()

    def line(self, src: str, record: int) -> int | str:
        """Return the physical line of a record, or in words why there is none."""
        if src not in self.files:
            return "the file is not in the manifest"
        if src not in self._looks:
            path = where_is(self.root, str(self.files[src]["path"]))
            if path is None:
                return f"record {record}; the file is no longer there"
            self._looks[src] = _table(path)
        look = self._looks[src]
        if look is None:
            return f"feature {record}; the file is not made of lines"
        found = self._find(src, record, *look)
        return found if found is not None else f"record {record}; its line could not be told"

    def _find(self, src: str, record: int, look: Peek, headerless: bool) -> int | None:
        held = self._lines.setdefault(src, {})
        if record in held or src in self._whole:
            return held.get(record)
        if len(held) >= ASKED_BEFORE_ALL and look.path.stat().st_size < WHOLE_BYTES:
            # one more reading tells them all: cheaper than one for each record that is asked for
            held |= lines_of_records(look, range(1, 1 << 31), headerless=headerless)
            self._whole.add(src)
        else:
            found = lines_of_records(look, [record], headerless=headerless)
            held[record] = found.get(record)
        return held.get(record)


def _table(path: Path) -> tuple[Peek, bool] | None:
    """Return a first look at delimited text and whether it has no header; `None` for other files."""
    try:
        look = peek(path, path.name)
        if look.kind != "csv":
            return None
        layout = recognise(look).layout
    except InputError:
        return None
    return look, bool(layout and layout.headerless)
