"""What a study rests on besides its sources and settings: own profiles, strategy, approvals, baseline."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from infra.approval import FOLDER as APPROVALS
from infra.manifest import MANIFEST
from infra.study import Study

__all__ = ["baseline_outside", "own_files"]

READ = (".csv", ".json")  # of an earlier out/, what a comparison reads


def own_files(study: Study) -> dict[str, Path]:
    """Return the study's own files by name relative to it, for a copy that can be verified.

    Of the baseline its tables and manifest go along; drawings and documents are never read from it.
    """
    named = {case.profile for case in study.model.case.values()} | {study.model.strategy}
    found = {name: study.root / name for name in named if name.endswith(".toml")}
    for path in sorted((study.root / APPROVALS).glob("*.json")):
        found[path.relative_to(study.root).as_posix()] = path
    if study.model.baseline and not baseline_outside(study):
        folder = study.root / study.model.baseline
        out = folder / "out" if (folder / "out").is_dir() else folder
        for path in sorted(p for p in out.rglob("*") if p.suffix in READ):
            found[path.relative_to(study.root).as_posix()] = path
    return {name: path for name, path in sorted(found.items()) if path.is_file()}


def baseline_outside(study: Study) -> str:
    """Return the baseline that a copy of the study would not have, because it lies elsewhere."""
    name = study.model.baseline
    path = PurePosixPath(name)
    elsewhere = path.is_absolute() or Path(name).is_absolute() or ".." in path.parts
    held = study.root / name
    return name if name and (elsewhere or not any(held.rglob(MANIFEST))) else ""
