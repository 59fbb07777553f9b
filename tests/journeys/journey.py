"""The real command, as its users run it: in a process of its own, or in this one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from infra.cli import main


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


def here(*words: object) -> Said:
    """Run the real command in this process, for the many journeys whose point is what it says.

    An exception that a user would see as a traceback is raised here.
    """
    done = CliRunner().invoke(main, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def until_ctrl_c(*words: object, says: str) -> Said:
    """Run the real command until it says something, then press Ctrl-C."""
    running = subprocess.Popen(
        [sys.executable, "-m", "infra", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    with running:
        lines = []
        for line in running.stdout or []:
            lines.append(line)
            if line.startswith(says):
                running.send_signal(signal.SIGINT)
    return Said(running.returncode, "".join(lines), "")


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


def with_budgets(study: Path, times: float = 3) -> None:
    """Multiply every budget, so that the search for the best plan ends soon: journeys are about what follows.

    Three times does it on a practice study and a fifth on the real region. The search itself is the
    subject of tests/scenarios.
    """
    path = study / "study.toml"
    text = path.read_text(encoding="utf-8")
    changed = re.sub(
        r"^budget_gbp = ([\d_]+)",
        lambda found: f"budget_gbp = {int(times * int(found[1]))}",
        text,
        flags=re.MULTILINE,
    )
    assert changed != text
    path.write_text(changed, encoding="utf-8")
