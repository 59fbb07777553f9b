"""Which branches of some modules of `maps` nobody took while something was made."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import coverage

import maps

__all__ = ["untaken"]


def untaken(
    modules: Sequence[str], make: Callable[[], Any], folder: Path
) -> tuple[Any, dict[str, list[list[int]]]]:
    """Return what `make` returns, and by module the branches that it left out: from line, to line."""
    here = Path(maps.__file__).parent
    files = [str(here / f"{name}.py") for name in modules]
    measure = coverage.Coverage(branch=True, include=files, data_file=None, config_file=False)
    with measure.collect():
        made = make()
    measure.json_report(outfile=str(folder / "branches.json"))
    found = json.loads((folder / "branches.json").read_text(encoding="utf-8"))["files"]
    assert {Path(name).stem for name in found} == set(modules), "one was never imported"
    return made, {
        Path(n).stem: f["missing_branches"] for n, f in found.items() if f["missing_branches"]
    }
