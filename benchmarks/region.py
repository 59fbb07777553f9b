"""A region step by step, and what a user waits for: from nothing, from rankings, for a weight, for nothing new.

`region.py [PREMISES] [--study FOLDER]` makes a practice study (a folder that has one is used as it is, and its
outputs are made again), runs all of it, prints the tables and keeps them for docs/performance.md.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kept import keep, stamp
from steps import compiled, family, from_nothing, made, own_mib, total

HERE = Path(__file__).parent
PREMISES = 1_250_000
AIM_MIB = 2048
CASE, OWN_PROFILE = "full-fibre-fund", "own_weights.toml"
# what a user waits for, and the most seconds aimed at
WAITS = {
    "everything from nothing kept": 60,
    "every output once the rankings are kept": 20,
    "rankings and board page after a weight has changed": 2,
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


def after_a_weight(study: Path) -> float:
    """The seconds of `infra board` after a weight of one case has changed; the least of three changes."""
    settings = study / "study.toml"
    before = settings.read_text(encoding="utf-8")
    profile = (HERE.parent / "scenarios" / "profiles" / f"{CASE}.toml").read_text(encoding="utf-8")
    own = study / OWN_PROFILE
    try:
        own.write_text(profile, encoding="utf-8")
        named = before.replace(f'profile = "{CASE}"', f'profile = "{OWN_PROFILE}"')
        settings.write_text(named, encoding="utf-8")
        seconds(study)
        times = []
        for share in (0.01, 0.02, 0.03):
            own.write_text(shifted(profile, share), encoding="utf-8")
            times.append(seconds(study, "board"))
    finally:
        settings.write_text(before, encoding="utf-8")
        own.unlink(missing_ok=True)
    return min(times)


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
    waits = (cold, outputs, after_a_weight(study), again)
    found = {name: round(s, 2) for name, s in zip(WAITS, waits, strict=True)}
    return {**stamp(), "premises": premises, "steps": steps, "waits_s": found, "most_mib": most}


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
