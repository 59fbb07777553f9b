"""Results of steps, kept in `STUDY/.infra/` as Parquet and JSON and named by what made them."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from layers.checksum import sha256_of

__all__ = ["Store", "code_hash", "key_of", "versions"]

PACKAGES = (
    "convertbng", "folium", "geopandas", "matplotlib", "numba", "numpy", "osmium", "osmnx", "pandas",
    "pandera", "pyarrow", "pydantic", "pyogrio", "pyproj", "python-docx", "rasterio", "scipy", "shapely",
    "typst", "xlsxwriter",
)  # fmt: skip


def key_of(parts: Any) -> str:
    """Return 16 hexadecimal digits that stand for plain data (lists, dicts, text, numbers)."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def code_hash(*packages: str) -> str:
    """Return a hash of the source of whole packages: a changed formula makes a new key."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for package in packages:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in {".py", ".toml", ".html", ".css", ".js", ".j2", ".typ"}:
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """Return the versions of the libraries that compute and print results."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


class Store:
    """Folders named `<step>-<key>`, each complete or absent."""

    def __init__(self, work: Path) -> None:
        self.work = work

    def folder(self, step: str, key: str) -> Path:
        """Where a step's result is or would be."""
        return self.work / f"{step}-{key}"

    def has(self, step: str, key: str) -> bool:
        """Whether a whole and unharmed result is there."""
        folder = self.folder(step, key)
        try:
            seal = json.loads((folder / "seal.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(seal, dict) and all(
            _matches(folder / name, want) for name, want in seal.items()
        )

    def latest(self, step: str) -> str:
        """Return the key of the step's whole result, whatever it was made from; empty where there is none."""
        start = f"{step}-"
        keys = [p.name.removeprefix(start) for p in sorted(self.work.glob(f"{start}*"))]
        return next((key for key in keys if self.has(step, key)), "")

    def save(
        self, step: str, key: str, write: Callable[[Path], None], *, keep: Iterable[str] = ()
    ) -> Path:
        """Write a result aside, seal it with the checksums of its files, and put it in place.

        Older results of the same step are removed, save those whose key is in `keep`.
        """
        folder = self.folder(step, key)
        aside = self.work / f"staging-{os.getpid()}-{step}"
        if aside.exists():
            shutil.rmtree(aside)
        aside.mkdir(parents=True)
        write(aside)
        seal = {p.name: sha256_of(p) for p in sorted(aside.iterdir())}
        (aside / "seal.json").write_text(json.dumps(seal, indent=1), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        aside.rename(folder)
        kept = {folder.name, *(f"{step}-{k}" for k in keep)}
        for old in sorted(self.work.glob(f"{step}-*")):
            if old.name not in kept:
                shutil.rmtree(old)
        return folder


def _matches(path: Path, want: object) -> bool:
    return path.is_file() and sha256_of(path) == want
