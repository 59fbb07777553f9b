"""Run the comparisons: each side in its own process, in turn, medians of several runs.

`run.py [NAME ...]` runs those named, or, without names, the region step by step and then all. A peer that is not
installed is said and left out. What was found is kept, and docs/performance.md written from all that is kept.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept import PAGE, held, keep, stamp
from page import write_page
from region import main as region

HERE = Path(__file__).parent
ABSENT = 3
ANSWER = "answer: "  # a line of the standard error that says what was found


@dataclass(frozen=True)
class Comparison:
    """One comparison: its script, the peer in words, the size of the work, and the script's case.

    `target` is the ratio aimed at, `most_s` the seconds that ours may take; 0 where none is.
    """

    script: str
    peer: str
    size: dict[str, int]
    case: str = ""
    runs: int = 3
    target: float = 0.0
    most_s: float = 0.0

    @property
    def name(self) -> str:
        """Name in `latest.json`."""
        return f"{self.script}-{self.case}" if self.case else self.script


WALKS = {"origins": 2_000, "nodes": 300_000, "limit_m": 1_200}
COVER = {"demand": 5_000, "sites": 300, "chosen": 15}
RANKS = {"sites": 5_000, "criteria": 10, "draws": 10_000}
COMPARISONS = (
    Comparison("points_in_areas", "geopandas.sjoin(predicate='within')", {"points": 1_250_000, "areas": 1_700}),
    Comparison("wmca_premises", "plain pandas and geopandas making the same frame: read_csv(usecols), merge, sjoin(predicate='within')", {"premises": 1_300_000, "uprns": 1_625_000, "areas": 1_700}, target=3),
    Comparison("practice_study", "one-off script with geopandas and plain folium: one map, no documents", {"premises": 100_000}),
    Comparison("web_map", "plain folium: GeoJSON of the areas, postcodes, sites and lines", {"areas": 1_700, "postcodes": 75_000, "sites": 2_000}, target=1),
    Comparison("catchments", "networkx ego_graph per site", WALKS, "ego_graph", 1, target=100),
    Comparison("catchments", "networkx single_source_dijkstra with cutoff", WALKS, "single_source", target=20),
    Comparison("catchments", "scipy dijkstra(limit) in a loop", WALKS, "scipy", target=4),
    Comparison("shared_trench", "networkx steiner_tree, Mehlhorn", {"nodes": 302_000, "sites": 200, "fibre": 20}, target=40),
    Comparison("line_of_sight", "gdal_viewshed", {"masts": 500, "radius_m": 1_500}, runs=1, target=30),
    Comparison("path_loss", "scalar Python, as pysim5g writes it", {"links": 1_000_000}, runs=1, target=100),
    Comparison("coverage_cells", "NumPy profile sampling in batches", {"cells": 785_349}, runs=1, target=10, most_s=4),
    Comparison("zonal", "rasterstats", {"areas": 1_700, "columns": 2_700, "rows": 1_900}, runs=1, target=3.5),
    Comparison("rank_acceptability", "scikit-criteria in a loop, 200 draws scaled up", {"sites": 400, "criteria": 12, "draws": 10_000}, "scikit-criteria", target=60),
    Comparison("rank_acceptability", "pymcdm in a loop, 50 draws scaled up", RANKS, "pymcdm", target=200),
    Comparison("rank_acceptability", "NumPy matmul and argsort in chunks", RANKS, "numpy", target=3),
    Comparison("other_methods", "pymcdm, one criterion at a time", {"sites": 2_500, "criteria": 6}),
    Comparison("pictures", "Pillow at the same packing", {"columns": 4_961, "rows": 3_508}),
    Comparison("exact_cover", "spopt with CBC", COVER, "cbc", target=50),
    Comparison("exact_cover", "spopt with HiGHS", COVER, "highs", target=50),
    Comparison("exact_cover", "spopt with CBC", {"demand": 20_000, "sites": 500, "chosen": 20}, "cbc-large", 1, target=8),
    Comparison("exact_cover", "spopt with CBC, half of all in towns", COVER, "cbc-towns", 1),
    Comparison("joined_up", "the three separate plans, one after another", {"sites": 300, "funds": 3, "nodes": 60_025}, most_s=15),
)  # fmt: skip


def script(item: Comparison, side: str, folder: str) -> subprocess.CompletedProcess[str]:
    """Run one side of a comparison's script."""
    command = [sys.executable, str(HERE / f"{item.script}.py"), side, folder]
    command += [item.case] if item.case else []
    here = os.environ | {"PYTHONPATH": str(HERE.parent)}  # this checkout, whatever is installed
    return subprocess.run(command, capture_output=True, text=True, check=False, env=here)


def one_run(item: Comparison, side: str, folder: str) -> tuple[float, float, str] | None:
    """Return seconds, peak memory in MiB and a remark as the process gives them; None without the peer."""
    done = script(item, side, folder)
    if done.returncode == ABSENT:
        print(f"{item.name}: {done.stderr.strip()}")
        return None
    if done.returncode:
        raise SystemExit(f"{item.name} {side} failed:\n{done.stderr}")
    told = done.stderr.strip().splitlines()
    if side == "peer" and told:
        print(f"{item.name}: {told[-1]}", flush=True)
    seconds, peak = done.stdout.strip().splitlines()[-1].split()[:2]
    answers = [line.removeprefix(ANSWER) for line in told if line.startswith(ANSWER)]
    return float(seconds), float(peak), "".join(answers[-1:])


def compare(item: Comparison) -> dict[str, Any] | None:
    """Run both sides in turn and return the medians and their ratio; None without the peer."""
    from infra.store import versions  # noqa: PLC0415 - found once the path is set

    with tempfile.TemporaryDirectory() as folder:
        made = script(item, "prepare", folder)
        if made.returncode:
            raise SystemExit(f"{item.name} prepare failed:\n{made.stderr}")
        one_run(item, "ours", folder)  # compiles what is compiled, and keeps it
        ours, theirs = [], []
        for _ in range(item.runs):
            mine, other = one_run(item, "ours", folder), one_run(item, "peer", folder)
            if mine is None or other is None:
                return None
            ours.append(mine)
            theirs.append(other)
    seconds = [statistics.median(run[0] for run in side) for side in (ours, theirs)]
    return {
        "name": item.name,
        "peer": item.peer,
        "ours_s": round(seconds[0], 3),
        "peer_s": round(seconds[1], 3),
        "ratio": round(seconds[1] / seconds[0], 2),
        "ours_peak_mib": round(max(run[1] for run in ours)),
        "peer_peak_mib": round(max(run[1] for run in theirs)),
        "size": item.size,
        "versions": versions(),
        "target": item.target,
        "most_s": item.most_s,
        "remark": ours[-1][2] or theirs[-1][2],
    }


def main() -> None:
    """Run the comparisons, print them, keep them and write the page."""
    sys.path.insert(0, str(HERE.parent))
    asked = set(sys.argv[1:])
    if not asked:
        region([])
    results = []
    for item in COMPARISONS:
        if asked and not {item.name, item.script} & asked:
            continue
        result = compare(item)
        if result is not None:
            results.append({**result, **stamp()})
            print(
                f"{result['name']}: ours {result['ours_s']} s, {item.peer} {result['peer_s']} s, "
                f"ratio {result['ratio']}. {result['remark']}",
                flush=True,
            )
    (HERE / "latest.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    found = {item["name"]: item for item in [*held("comparisons").get("results", []), *results]}
    names = [item.name for item in COMPARISONS]
    absent = [name for name in names if name not in found]
    kept = [found[name] for name in names if name in found]
    keep("comparisons", {"results": kept, "absent": absent})
    write_page()
    if not asked:
        print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
