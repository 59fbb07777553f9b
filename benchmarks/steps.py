"""A practice study run from nothing kept in a process of its own: what each step takes.

`steps.py STUDY` runs a study that is there and prints the steps as JSON, each with processor seconds, seconds,
and the most MiB that the process held, alone and with those that it started.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EVERY_S = 0.05

Steps = dict[str, dict[str, float]]


def resident_mib(pid: int | str) -> float:
    """What a process holds now; nothing once it has gone."""
    try:
        text = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def own_mib(pid: int | str) -> float:
    """What a process holds now, its part of pages that it shares with others; nothing once it has gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:")), 0) / 1024


def family(pid: int | str) -> list[str]:
    """A process and all that it, or one that it started, started and that still run."""
    found = [str(pid)]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            found += family(child)
    return found


def started() -> list[str]:
    """The processes that this one started and that still run."""
    found = []
    for path in Path("/proc/self/task").glob("*/children"):
        try:
            found += path.read_text(encoding="ascii").split()
        except OSError:
            continue
    return found


class Watch(threading.Thread):
    """Seconds and memory by step, the memory looked at all the time."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.rows: Steps = {}
        self.at = ("opening the study", time.process_time(), time.perf_counter())

    def run(self) -> None:
        while True:
            own = resident_mib("self")
            self._most(own, own + sum(resident_mib(pid) for pid in started()))
            time.sleep(EVERY_S)

    def _row(self, name: str) -> dict[str, float]:
        return self.rows.setdefault(name, {"cpu_s": 0.0, "s": 0.0, "mib": 0.0, "all_mib": 0.0})

    def _most(self, own: float, everyone: float) -> None:
        row = self._row(self.at[0])
        row["mib"], row["all_mib"] = max(row["mib"], own), max(row["all_mib"], everyone)

    def next(self, name: str) -> None:
        """Close the step that was, and begin another."""
        now = (time.process_time(), time.perf_counter())
        row = self._row(self.at[0])
        row["cpu_s"] += now[0] - self.at[1]
        row["s"] += now[1] - self.at[2]
        own = resident_mib("self")
        self._most(own, own)
        self.at = (name, *now)


def step_of(text: str) -> str:
    """The step that a line of progress belongs to."""
    return "reading and checking" if text.startswith("reading ") else text


def one(study: Path) -> Steps:
    """Run a study here; what each step took."""
    steps = Watch()
    steps.start()
    from infra.memory import tune_memory  # noqa: PLC0415
    from infra.run import run  # noqa: PLC0415
    from infra.session import open_session  # noqa: PLC0415

    tune_memory()
    run(open_session(study), lambda _group: True, lambda text: steps.next(step_of(text)))
    steps.next("")
    return {name: row for name, row in steps.rows.items() if name}


def made(size: int, study: Path) -> None:
    """Make a practice study."""
    command = [sys.executable, "-m", "infra", "sample", str(study), "--premises", str(size)]
    subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)


def from_nothing(study: Path) -> Steps:
    """Run a study with nothing kept in a process of its own."""
    for name in ("out", ".infra"):
        shutil.rmtree(study / name, ignore_errors=True)
    command = [sys.executable, __file__, str(study)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{study} failed:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def compiled() -> None:
    """Run the smallest study once, not counted: what is compiled is compiled, and kept."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        made(500, study)
        from_nothing(study)


def total(steps: Steps) -> dict[str, float]:
    """All the steps together: times added, the most memory of any."""
    rows: list[Any] = list(steps.values())
    return {
        **{name: sum(row[name] for row in rows) for name in ("cpu_s", "s")},
        **{name: max(row[name] for row in rows) for name in ("mib", "all_mib")},
    }


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    print(json.dumps(one(Path(sys.argv[1]))))
