"""How time and memory of a region's run grow with its premises, step by step, with the fitted exponent.

`growth.py [SIZE ...]` makes a practice study of each size, runs all of it from nothing kept in a process of its
own, prints processor seconds and resident memory by step and keeps them for docs/performance.md. `--again` takes
the sizes that are kept as they were measured. An exponent is the slope of the logarithms: over all sizes, and
between the two largest, where what every run costs however small weighs least. `n log n` has about 1.07 between
a million and five.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from kept import held, keep, stamp
from steps import Steps, compiled, from_nothing, made, total

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
TOLERANCE = 0.05  # of an exponent: two runs of the same step differ by as much
LEAST_S = 1.0  # a step that takes less at the largest size says nothing of how it grows
NOTHING = {"cpu_s": 0.0, "s": 0.0, "mib": 0.0, "all_mib": 0.0}


def slope(sizes: list[int], values: list[float]) -> float:
    """The exponent of growth: the slope of the logarithms by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-3)), 1)[0])


def n_log_n(sizes: list[int]) -> float:
    """What the exponent of n log n is between two sizes."""
    return slope(sizes, [n * np.log(n) for n in sizes])


def growth_table(runs: dict[str, Any]) -> tuple[str, list[str]]:
    """The table, and the steps that grow faster than n log n."""
    sizes = sorted(int(size) for size in runs)
    found: list[Steps] = [runs[str(size)]["steps"] for size in sizes]
    head = [f"{size:,}" for size in sizes]
    lines = [
        f"| step, processor seconds at | {' | '.join(head)} | exponent | of the last two | most MiB | exponent of MiB |",
        "|---" * (len(sizes) + 5) + "|",
    ]
    limit = n_log_n(sizes[-2:]) + TOLERANCE
    worse = []
    for name in [*dict.fromkeys(name for run in found for name in run), "**all**"]:
        rows = [total(run) if name == "**all**" else run.get(name, NOTHING) for run in found]
        cpu = [row["cpu_s"] for row in rows]
        last = slope(sizes[-2:], cpu[-2:])
        told = cpu[-1] >= LEAST_S
        if told and last > limit:
            worse.append(name)
        fit = (f"{slope(sizes, cpu):.2f}", f"{last:.2f}") if told else ("", "")
        mib = [row["mib"] for row in rows][-2:]
        most = f"{slope(sizes[-2:], mib):.2f}" if all(mib) else ""
        lines.append(
            f"| {name} | {' | '.join(f'{c:.1f}' for c in cpu)} | {fit[0]} | {fit[1]} | {mib[-1]:,.0f} | {most} |"
        )
    told = f"n log n has {n_log_n(sizes[-2:]):.2f} between the last two; grows faster: {', '.join(worse) or 'no step'}."
    return "\n".join([*lines, "", told]), worse


def main() -> None:
    """Measure each size, print the table, and fail where a step grows faster than n log n."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("sizes", nargs="*", type=lambda t: int(t.replace("_", "")), default=[*SIZES])
    ask.add_argument("--again", action="store_true")
    given = ask.parse_args()
    compiled()
    runs = held("growth").get("runs", {}) if given.again else {}
    for size in sorted(set(given.sizes) - {int(size) for size in runs}):
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            made(size, Path(folder) / "study")
            runs[str(size)] = {**stamp(), "steps": from_nothing(Path(folder) / "study")}
        print(
            f"{size:,} premises: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True
        )
        keep("growth", {"runs": runs})
    text, worse = growth_table(runs)
    print(text)
    if worse:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
