"""A region step by step: 1.25 million premises from nothing kept, and again when nothing has changed.

`region.py [PREMISES] [--study FOLDER]` makes a practice study (a folder that has one is used as it is), runs all
of it, prints the table and keeps it for docs/performance.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kept import keep, stamp
from steps import compiled, from_nothing, made, total

HERE = Path(__file__).parent
PREMISES = 1_250_000
AIM_S, AIM_MIB, AIM_AGAIN_S = 60, 2048, 3


def seconds(study: Path) -> float:
    """The seconds of the command itself, Python's start and all, when nothing has changed."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "infra", "run", str(study)]
    subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)
    return time.perf_counter() - start


def measured(premises: int, study: Path) -> dict[str, Any]:
    """Make the study where it is not there, run it twice, and say what it took."""
    if not (study / "study.toml").is_file():
        made(premises, study)
    compiled()
    steps = from_nothing(study)
    again = min(seconds(study) for _ in range(3))
    return {**stamp(), "premises": premises, "steps": steps, "again_s": round(again, 2)}


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
    whole = rows["**all**"]
    reached = {
        f"{AIM_S} s": whole["s"] <= AIM_S,
        f"{AIM_MIB:,} MiB": whole["all_mib"] <= AIM_MIB,
        f"{AIM_AGAIN_S} s when nothing has changed ({found['again_s']:.1f} s)": found["again_s"] <= AIM_AGAIN_S,
    }  # fmt: skip
    told = "; ".join(f"{aim}: {'reached' if ok else 'not reached'}" for aim, ok in reached.items())
    return "\n".join([*lines, "", f"Aimed at: {told}."])


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
