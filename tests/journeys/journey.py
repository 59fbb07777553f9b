"""The real command, in a process of its own, as its users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass


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
