"""Journeys use the product as its users do: the real command, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.practice import new_practice_study


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def data(self) -> dict:
        return json.loads(self.out)


def infra(*words: object, env: dict[str, str] | None = None) -> Said:
    """Run the real command."""
    done = subprocess.run(
        [sys.executable, "-m", "infra", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONWARNINGS": "ignore", **(env or {})},
        timeout=300,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small practice study; copy it before changing it."""
    folder = tmp_path_factory.mktemp("practice") / "study"
    new_practice_study(folder, premises=1_000, seed=11)
    return folder


@pytest.fixture
def study(practice: Path, tmp_path: Path) -> Path:
    """A practice study of one's own."""
    return Path(shutil.copytree(practice, tmp_path / "my study"))
