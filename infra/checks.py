"""Whether files are still what a manifest says they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.manifest import DOCUMENTS, MANIFEST
from layers.archives import MARK, real
from layers.checksum import sha256_of
from layers.errors import Fault, InputError, StudyError

__all__ = ["Difference", "changed_outputs", "changed_sources", "load_manifest", "where_is"]

PREFIX = "sha256:"


@dataclass(frozen=True)
class Difference:
    """A file that is not what it should be; `what` is `changed`, `missing` or `added`."""

    path: str
    what: str
    detail: str = ""
    row: str = ""
    column: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.what}{f' ({self.detail})' if self.detail else ''}"


def load_manifest(out: Path) -> dict[str, Any]:
    """Read the manifest of an `out/` folder.

    Raises
    ------
    StudyError
        When there is none, or it is not readable.
    """
    path = out / MANIFEST
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        loaded = None
    if not isinstance(loaded, dict) or not {"resources", "sources", "infra"} <= set(loaded):
        raise StudyError(
            Fault(
                str(path),
                "there is no readable manifest of outputs",
                f"run 'infra run {out.parent}' first",
            )
        )
    return loaded


def where_is(root: Path, name: str) -> Path | None:
    """Return where the bytes of a source file are (a member of an archive unpacked), if anywhere."""
    path = root / name
    if path.is_file():
        return path
    if MARK in name:
        try:
            found = real(path)
        except InputError:
            return None
        return found if found is not None and found.is_file() else None
    return None


def changed_sources(root: Path, manifest: Mapping[str, Any]) -> list[Difference]:
    """Return the source files that are not what the manifest says."""
    found = []
    for item in manifest["sources"]:
        name, want = str(item["path"]), str(item["hash"]).removeprefix(PREFIX)
        path = where_is(root, name)
        if path is None:
            found.append(Difference(name, "missing", "the source file is not there"))
        elif (have := sha256_of(path)) != want:
            detail = f"its SHA-256 is {have[:12]}..., the manifest says {want[:12]}..."
            found.append(Difference(name, "changed", detail))
    return found


def changed_outputs(out: Path, manifest: Mapping[str, Any]) -> list[Difference]:
    """Return the outputs that are not what the manifest says, and files that it does not list."""
    found = []
    listed = {str(r["path"]): str(r["hash"]).removeprefix(PREFIX) for r in manifest["resources"]}
    for name, want in sorted(listed.items()):
        path = out / name
        if not path.is_file():
            found.append(Difference(name, "missing", "the manifest lists it"))
        elif sha256_of(path) != want:
            people = Path(name).suffix in DOCUMENTS
            detail = (
                "edited by people: see infra reconcile"
                if people
                else "not the bytes that infra wrote"
            )
            found.append(Difference(name, "changed", detail))
    there = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    added = sorted(there - set(listed) - {MANIFEST})
    return found + [Difference(name, "added", "infra did not write it") for name in added]
