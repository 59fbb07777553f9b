"""How time and memory of a region's run grow with its premises, step by step, with the fitted exponent.

`growth.py [SIZE ...]` makes a practice study of each size, runs all of it from nothing kept in a process of its
own, and prints processor seconds and resident memory by step. An exponent is the slope of the logarithms:
over all sizes, and between the two largest, where what every run costs however small weighs least. `n log n`
has about 1.08 between 100,000 and a million.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SIZES = (10_000, 100_000, 1_000_000)
TOLERANCE = 0.05  # of an exponent: two runs of the same step differ by as much
LEAST_S = 1.0  # a step that takes less at the largest size says nothing of how it grows


def step_of(text: str) -> str:
    """The step that a line of progress belongs to."""
    return "reading and checking" if text.startswith("reading ") else text


def one(study: Path) -> dict[str, list[float]]:
    """Run a study; processor seconds, seconds and the most MiB of each step."""
    from country import resident_mib  # noqa: PLC0415

    from infra.memory import return_what_is_freed  # noqa: PLC0415
    from infra.run import run  # noqa: PLC0415
    from infra.session import open_session  # noqa: PLC0415

    return_what_is_freed()
    found: dict[str, list[float]] = {}
    at = ["opening the study", time.process_time(), time.perf_counter()]

    def close() -> None:
        row = found.setdefault(at[0], [0.0, 0.0, 0.0])
        row[0] += time.process_time() - at[1]
        row[1] += time.perf_counter() - at[2]
        row[2] = max(row[2], resident_mib("self"))

    def progress(text: str) -> None:
        close()
        at[:] = [step_of(text), time.process_time(), time.perf_counter()]

    run(open_session(study), lambda _group: True, progress)
    close()
    return found


def measured(size: int, folder: Path) -> dict[str, list[float]]:
    """Make and run a study of a size; the memory is looked at where a step ends."""
    study = folder / str(size)
    command = [sys.executable, "-m", "infra", "sample", str(study), "--premises", str(size)]
    subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)
    done = subprocess.run(
        [sys.executable, __file__, "one", str(study)], check=False, capture_output=True, text=True
    )
    shutil.rmtree(study)
    if done.returncode:
        raise SystemExit(f"{size:,} premises failed:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def slope(sizes: list[int], values: list[float]) -> float:
    """The exponent of growth: the slope of the logarithms by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-3)), 1)[0])


def n_log_n(sizes: list[int]) -> float:
    """What the exponent of n log n is between two sizes."""
    return slope(sizes, [n * np.log(n) for n in sizes])


def table(sizes: list[int], found: list[dict[str, list[float]]]) -> tuple[str, list[str]]:
    """The table, and the steps that grow faster than n log n."""
    names = list(dict.fromkeys(name for run in found for name in run))
    head = [f"{size:,}" for size in sizes]
    lines = [
        f"| step, processor seconds at | {' | '.join(head)} | exponent | of the last two | most MiB | exponent of MiB |",
        "|---" * (len(sizes) + 5) + "|",
    ]
    limit = n_log_n(sizes[-2:]) + TOLERANCE
    worse = []
    totals = [
        [sum(row[0] for row in run.values()), 0, max(row[2] for row in run.values())]
        for run in found
    ]
    for name in [*names, "**all**"]:
        rows = totals if name == "**all**" else [run.get(name, [0.0, 0.0, 0.0]) for run in found]
        cpu = [row[0] for row in rows]
        last = slope(sizes[-2:], cpu[-2:])
        told = cpu[-1] >= LEAST_S
        if told and last > limit:
            worse.append(name)
        fit = (f"{slope(sizes, cpu):.2f}", f"{last:.2f}") if told else ("", "")
        most = f"{slope(sizes[-2:], [row[2] for row in rows][-2:]):.2f}" if rows[-1][2] else ""
        lines.append(
            f"| {name} | {' | '.join(f'{c:.1f}' for c in cpu)} | {fit[0]} | {fit[1]} | {rows[-1][2]:,.0f} | {most} |"
        )
    return "\n".join(lines), worse


def main() -> None:
    """Measure each size, print the table, and fail where a step grows faster than n log n."""
    sys.path.insert(0, str(HERE.parent))
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(one(Path(sys.argv[2]))))
        return
    sizes = [int(text.replace("_", "")) for text in sys.argv[1:]] or list(SIZES)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            start = time.perf_counter()
            found.append(measured(size, Path(folder)))
            print(
                f"{size:,} premises: {time.perf_counter() - start:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    text, worse = table(sizes, found)
    print(text)
    print(
        f"n log n has {n_log_n(sizes[-2:]):.2f} between the last two; grows faster: {', '.join(worse) or 'no step'}"
    )
    if worse:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
