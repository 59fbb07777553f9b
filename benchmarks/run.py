"""Run the comparisons: each side in its own process, in turn, medians of several runs."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
RUNS = 3
COMPARISONS = (
    (
        "points_in_areas",
        "geopandas.sjoin(predicate='within')",
        {"points": 1_250_000, "areas": 1_700},
    ),
    (
        "practice_study",
        "one-off script with geopandas and plain folium: one map, no documents",
        {"premises": 100_000},
    ),
)


def one_run(name: str, side: str, folder: str) -> tuple[float, float]:
    """Run one side once; return seconds and peak memory in MiB as the process reports them."""
    done = subprocess.run(
        [sys.executable, str(HERE / f"{name}.py"), side, folder],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, peak = done.stdout.strip().splitlines()[-1].split()
    return float(seconds), float(peak)


def main() -> None:
    """Run all comparisons, print them and write `latest.json`."""
    sys.path.insert(0, str(HERE.parent))
    from infra.store import versions  # noqa: PLC0415

    results = []
    for name, peer, size in COMPARISONS:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, str(HERE / f"{name}.py"), "prepare", folder], check=True
            )
            pairs = [
                (one_run(name, "ours", folder), one_run(name, "peer", folder)) for _ in range(RUNS)
            ]
        ours = statistics.median(o[0] for o, _ in pairs)
        theirs = statistics.median(p[0] for _, p in pairs)
        result = {
            "name": name,
            "peer": peer,
            "ours_s": round(ours, 3),
            "peer_s": round(theirs, 3),
            "ratio": round(theirs / ours, 2),
            "ours_peak_mib": round(max(o[1] for o, _ in pairs)),
            "peer_peak_mib": round(max(p[1] for _, p in pairs)),
            "size": size,
            "versions": versions(),
        }
        results.append(result)
        print(
            f"{name}: ours {result['ours_s']} s, {peer} {result['peer_s']} s, ratio {result['ratio']}"
        )
    (HERE / "latest.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
