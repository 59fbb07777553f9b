"""Releases in the folder that are newer than those a frozen submission rests on."""

from __future__ import annotations

import json
from collections.abc import Iterable

from infra.study import PINNED, Study
from layers.gather import FileFate

__all__ = ["FROZEN", "newer_than_frozen"]

FROZEN = "frozen"


def _kind(title: str, publisher: str) -> tuple[str, str]:
    return publisher, title


def newer_than_frozen(study: Study, fates: Iterable[FileFate]) -> list[str]:
    """Return in words each dataset in use that is newer than in a frozen submission."""
    newest: dict[tuple[str, str], str] = {}
    for fate in fates:
        source = fate.source
        if fate.status == "used" and source is not None and source.vintage[:4].isdigit():
            kind = _kind(
                f"{source.title}{f' ({source.detail})' if source.detail else ''}", source.publisher
            )
            newest[kind] = max(newest.get(kind, ""), source.vintage)
    lines = []
    for path in sorted((study.root / FROZEN).glob(f"*/{PINNED}")):
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            pinned: dict[tuple[str, str], str] = {}
            for item in held["sources"]:
                kind = _kind(str(item["title"]), str(item["publisher"]))
                pinned[kind] = max(pinned.get(kind, ""), str(item["vintage"]))
        except (OSError, ValueError, KeyError, TypeError):
            lines.append(f"the frozen {path.parent.name}: its {PINNED} is not readable")
            continue
        lines += [
            f"{kind[1]}: {vintage}, newer than the frozen {path.parent.name} ({pinned[kind]}); the frozen copy keeps its own"
            for kind, vintage in sorted(newest.items())
            if kind in pinned and vintage > pinned[kind]
        ]
    return lines
