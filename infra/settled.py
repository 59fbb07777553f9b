"""Whether anything at all has changed since the last whole run: told without loading the libraries.

What a run is made from lies in the study's folder, in infra's own source and in the versions of its libraries. When
a run leaves every output as it should be, one hash of all of that is kept; while it is the same, no output
can be out of date, and `infra run` has only to look whether the outputs themselves are whole. Any byte that
differs, needed or not, and any study that names a path outside its folder, goes the longer way, where
each group of outputs has a key of its own.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from infra import exchange
from infra.manifest import harmed_files, read_groups
from infra.store import code_hash, key_of, versions
from layers.checksum import sha256_of

__all__ = ["settle", "state_of", "unchanged"]

KEPT = "settled.json"
MADE = {"out", ".infra"}


def state_of(root: Path) -> str:
    """Return a hash of everything that outputs are made from; empty where some of it lies elsewhere."""
    try:
        about = tomllib.loads((root / "study.toml").read_text(encoding="utf-8"))
        if any(_leads_out(text) for text in _texts(about)):
            return ""
        files = sorted(_files(root))
        with ThreadPoolExecutor(2) as pool:  # hashing lets other threads run
            hashes = list(pool.map(sha256_of, files))
    except (OSError, ValueError):
        return ""
    names = [path.relative_to(root).as_posix() for path in files]
    code = code_hash("infra", "layers", "maps", "scenarios")
    return key_of([list(zip(names, hashes, strict=True)), code, versions()])


def settle(root: Path, state: str, groups: Sequence[str]) -> None:
    """Keep that these groups are as they should be in a state of the study, if it still is in that state."""
    path = root / ".infra" / KEPT
    if state and state_of(root) == state:
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps({"state": state, "groups": list(groups)}), encoding="utf-8")
        aside.replace(path)
    else:
        path.unlink(missing_ok=True)


def unchanged(root: Path, state: str) -> list[str]:
    """Return the groups of outputs, all whole, where nothing has changed; none where something may have.

    Raises
    ------
    OutputError
        When another command is at work in the study.
    """
    try:
        kept = json.loads((root / ".infra" / KEPT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not state or kept.get("state") != state:
        return []
    with exchange.locked(root / ".infra"):
        exchange.repair(root / "out", root / ".infra")
        groups = [str(name) for name in kept["groups"]]
        there = set(read_groups(root / "out"))
        whole = set(groups) == there and not harmed_files(root / "out")
    return groups if whole else []


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        at = Path(folder)
        if at == root:
            folders[:] = [name for name in folders if name not in MADE]
        if any((at / name).is_symlink() for name in folders):
            raise OSError("a folder lies elsewhere")
        yield from (at / name for name in files)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _leads_out(text: str) -> bool:
    paths = (PurePosixPath(text), PureWindowsPath(text))
    return any(path.is_absolute() or ".." in path.parts for path in paths)
