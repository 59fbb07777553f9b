"""A region step by step, and what a user waits for: from nothing, from rankings, for a weight, for nothing new.

`region.py [PREMISES] [--study FOLDER]` makes a practice study (a folder that has one is used as it is, and its
outputs are made again), runs all of it, prints the tables and keeps them for docs/performance.md.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from kept import keep, stamp
from steps import compiled, family, from_nothing, made, own_mib, total

HERE = Path(__file__).parent
PREMISES = 1_250_000
AIM_MIB = 2048
SHARES = (0.01, 0.02, 0.03)
CASE, OWN_PROFILE = "full-fibre-fund", "own_weights.toml"
# what a user waits for, and the most seconds aimed at
WAITS = {
    "everything from nothing kept": 60,
    "every output once the rankings are kept": 20,
    "rankings and board page after a weight has changed, `infra watch` being open": 2,
    "the same by `infra board`, nothing being open": 2,
    "nothing has changed": 3,
}


def seconds(study: Path, word: str = "run") -> float:
    """The seconds of a command itself, Python's start and all."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "infra", word, str(study)]
    subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)
    return time.perf_counter() - start


def most_mib(study: Path) -> float:
    """The most that a run from nothing holds at once, all its processes together, each page counted once."""
    command = [sys.executable, "-m", "infra", "run", str(study)]
    most = 0.0
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HERE.parent
    ) as running:
        while running.poll() is None:
            most = max(most, sum(own_mib(pid) for pid in family(running.pid)))
            time.sleep(0.1)
    if running.returncode:
        raise RuntimeError("the run failed")
    return most


def shifted(text: str, share: float) -> str:
    """A profile's text with a share of weight moved from its first criterion to its second."""
    moves = iter((-share, share))

    def moved(found: re.Match[str]) -> str:
        return f"weight = {float(found[1]) + next(moves):.4f}"

    return re.sub(r"^weight = ([0-9.]+)$", moved, text, count=2, flags=re.MULTILINE)


def after_a_weight(study: Path) -> tuple[float, float, float]:
    """What follows a changed weight of one case: the median of three changes each, watched and by `infra board`.

    Returns
    -------
    tuple of float
        Seconds from saving a profile to the line that `infra watch` says, seconds of `infra board`, and the
        most MiB that `infra watch` held.
    """
    settings = study / "study.toml"
    before = settings.read_text(encoding="utf-8")
    profile = (HERE.parent / "scenarios" / "profiles" / f"{CASE}.toml").read_text(encoding="utf-8")
    own = study / OWN_PROFILE

    def save(share: float) -> None:
        own.write_text(shifted(profile, share), encoding="utf-8")

    try:
        own.write_text(profile, encoding="utf-8")
        named = before.replace(f'profile = "{CASE}"', f'profile = "{OWN_PROFILE}"')
        settings.write_text(named, encoding="utf-8")
        seconds(study)
        times = []
        for share in SHARES:
            save(share)
            times.append(seconds(study, "board"))
        watched, most = watching(study, save)
    finally:
        settings.write_text(before, encoding="utf-8")
        own.unlink(missing_ok=True)
    return watched, median(times), most


def watching(study: Path, save: Callable[[float], None]) -> tuple[float, float]:
    """Open `infra watch`, save profiles, and return the seconds to its answer and the most MiB of its processes."""
    command = [sys.executable, "-m", "infra", "watch", str(study)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=HERE.parent, text=True
    ) as open_one:
        lines = open_one.stdout or []
        _until(lines, "Watching")
        times, most = [], 0.0
        for share in SHARES:
            time.sleep(3)  # who tries weights looks at the page in between
            start = time.perf_counter()
            save(share + 0.005)
            _until(lines, "Made in")
            times.append(time.perf_counter() - start)
            most = max(most, sum(own_mib(pid) for pid in family(open_one.pid)))
        open_one.send_signal(signal.SIGINT)
        for _line in lines:  # until it has ended
            pass
    return median(times), most


def _until(lines: Iterable[str], begins: str) -> None:
    if not any(line.startswith(begins) for line in lines):
        raise RuntimeError("infra watch has ended")


def measured(premises: int, study: Path) -> dict[str, Any]:
    """Make the study where it is not there, run it in every way a user waits for, and say what it took."""
    if not (study / "study.toml").is_file():
        made(premises, study)
    compiled()
    steps = from_nothing(study)
    for name in ("out", ".infra"):
        shutil.rmtree(study / name)
    most = most_mib(study)
    for name in ("out", ".infra"):
        shutil.rmtree(study / name)
    cold = seconds(study)
    shutil.rmtree(study / "out")
    outputs = seconds(study)
    again = min(seconds(study) for _ in range(3))
    watched, by_board, open_mib = after_a_weight(study)
    waits = (cold, outputs, watched, by_board, again)
    found = {name: round(s, 2) for name, s in zip(WAITS, waits, strict=True)}
    return {
        **stamp(), "premises": premises, "steps": steps, "waits_s": found, "most_mib": most,
        "watch_mib": open_mib,
    }  # fmt: skip


def region_table(found: dict[str, Any]) -> str:
    """The table of the steps."""
    lines = [
        "| step | s | processor s | most MiB | with the processes it started |",
        "|---|---|---|---|---|",
    ]
    rows = {**found["steps"], "**all**": total(found["steps"])}
    lines += [
        f"| {name} | {row['s']:.1f} | {row['cpu_s']:.1f} | {row['mib']:,.0f} | {row['all_mib']:,.0f} |"
        for name, row in rows.items()
    ]
    held = "reached" if found["most_mib"] <= AIM_MIB else "not reached"
    lines += [
        "",
        "By the command itself, in two processes:",
        "",
        "| what | measured, s | aimed at, s | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {s:.1f} | {WAITS[name]} | {'reached' if s <= WAITS[name] else 'not reached'} |"
        for name, s in found["waits_s"].items()
    ]
    told = f"{found['most_mib']:,.0f} MiB | {AIM_MIB:,} MiB | {held}"
    lines.append(f"| most that all processes hold at once, each page counted once | {told} |")
    lines.append(f"| what `infra watch` holds while it waits | {found['watch_mib']:,.0f} MiB | | |")
    return "\n".join(lines)


def main(words: list[str] | None = None) -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument(
        "premises", nargs="?", type=lambda t: int(t.replace("_", "")), default=PREMISES
    )
    ask.add_argument("--study", type=Path)
    given = ask.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        found = measured(given.premises, given.study or Path(folder) / "study")
    keep("region", found)
    print(region_table(found))


if __name__ == "__main__":
    main()
