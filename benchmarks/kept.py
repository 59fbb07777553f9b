"""The last measured figures of each benchmark, with the day and the machine, in `kept/`.

`docs/performance.md` is printed from these and from nothing else: what takes long is not taken again each time.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machine import described, reference_s

__all__ = ["PAGE", "held", "keep", "stamp"]

KEPT = Path(__file__).parent / "kept"
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


def stamp() -> dict[str, Any]:
    """Day, machine and the time of the fixed reference calculation."""
    day = datetime.now(tz=UTC).date().isoformat()
    return {"day": day, "machine": described(), "reference_s": reference_s()}


def keep(name: str, found: dict[str, Any]) -> None:
    """Keep what a benchmark found in place of what it found before."""
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (KEPT / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def held(name: str) -> dict[str, Any]:
    """What a benchmark found last; empty where it has not been run."""
    path = KEPT / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
