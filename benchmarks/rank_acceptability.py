"""Rank acceptability over 10,000 weightings against libraries in a loop and against plain NumPy.

`rank_acceptability.py SIDE FOLDER [CASE]`, with SIDE `prepare`, `ours` or `peer`, or `compare` to
run every case. CASE is

- `scikit-criteria` (400 sites x 12 criteria): its weighted sum in a loop, 200 draws, time scaled up;
- `pymcdm` (5,000 x 10): its weighted sum in a loop, 50 draws, time scaled up;
- `numpy` (5,000 x 10): matmul and a full argsort, in chunks of 500 draws.

The libraries are looked for in an environment of their own: `INFRA_PEERS_PYTHON`, else
`benchmarks/.peers/bin/python`, made from `benchmarks/requirements-peers.txt`. Without it the peer is
a plain Python loop of the same method, and says so on the standard error.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measure import report

HERE = Path(__file__).parent
DRAWS, RANKS, RUNS = 10_000, 20, 3
SIZES = {"scikit-criteria": (400, 12), "pymcdm": (5_000, 10), "numpy": (5_000, 10)}
SAMPLE = {"scikit-criteria": 200, "pymcdm": 50}
MODULES = {"scikit-criteria": "skcriteria", "pymcdm": "pymcdm"}
PLAIN_SAMPLE = 20


def prepare(folder: Path) -> None:
    """Make values in [0, 1], costs and weights, uniform on the simplex."""
    for case, (sites, criteria) in SIZES.items():
        rng = np.random.default_rng(7)
        cuts = np.sort(rng.random((DRAWS, criteria - 1)), axis=1)
        np.savez(
            folder / f"{case}.npz",
            values=rng.random((sites, criteria)),
            costs=rng.uniform(20, 80, sites),
            weights=np.diff(cuts, axis=1, prepend=0.0, append=1.0),
        )


def ours(given: dict[str, np.ndarray]) -> None:
    """Rank, count ranks and walk down the budget for every weighting."""
    from scenarios.robustness import smaa  # noqa: PLC0415 - not in the peers' environment

    values, sites = given["values"], len(given["values"])

    def work(weights: np.ndarray) -> None:
        smaa(
            values,
            values,
            values,
            weights,
            costs_gbp=given["costs"],
            budget_gbp=1000.0,
            eligible=np.ones(sites, dtype=bool),
            site_id=[f"s{i}" for i in range(sites)],
            seed=1,
            ranks_kept=RANKS,
        )

    work(given["weights"][:10])  # machine code is made once and kept on disk
    report(lambda: work(given["weights"]))


def count(rank_of: Callable[[np.ndarray], np.ndarray], weights: np.ndarray, sites: int) -> None:
    """Count the first ranks, one weighting after another."""
    tally = np.zeros((sites, RANKS), dtype=np.int64)
    for draw in weights:
        rank = np.asarray(rank_of(draw)).astype(int)
        top = np.flatnonzero(rank <= RANKS)
        tally[top, rank[top] - 1] += 1


def scikit_criteria(values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the ranks by scikit-criteria's weighted sum."""
    import skcriteria  # noqa: PLC0415
    from skcriteria.agg.simple import WeightedSumModel  # noqa: PLC0415

    model = WeightedSumModel()
    objectives = [max] * values.shape[1]
    return lambda draw: model.evaluate(skcriteria.mkdm(values, objectives, weights=draw)).rank_


def pymcdm_sum(values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the ranks by pymcdm's weighted sum."""
    from pymcdm.methods import WSM  # noqa: PLC0415

    model = WSM()
    types = np.ones(values.shape[1])
    return lambda draw: model.rank(model(values, draw, types))


def plain_python(values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the ranks by sums and a sort in plain Python."""
    rows = values.tolist()

    def rank(draw: np.ndarray) -> np.ndarray:
        weights = draw.tolist()
        scores = [sum(w * v for w, v in zip(weights, row, strict=True)) for row in rows]
        out = [0] * len(rows)
        for place, site in enumerate(sorted(range(len(rows)), key=lambda i: -scores[i]), start=1):
            out[site] = place
        return np.asarray(out)

    return rank


def plain_numpy(given: dict[str, np.ndarray]) -> None:
    """Rank by matmul and a full argsort, 500 weightings at a time."""
    values, sites = given["values"], len(given["values"])
    tally = np.zeros((sites, RANKS), dtype=np.int64)
    for first in range(0, DRAWS, 500):
        order = np.argsort(-(given["weights"][first : first + 500] @ values.T), axis=1)
        for rank in range(RANKS):
            tally[:, rank] += np.bincount(order[:, rank], minlength=sites)


def peer(case: str, given: dict[str, np.ndarray]) -> None:
    """Run the peer, or a plain Python loop where the library is not installed."""
    if case == "numpy":
        report(lambda: plain_numpy(given))
        return
    values = given["values"]
    if importlib.util.find_spec(MODULES[case]) is None:
        print(f"{case} is not installed: the peer is a plain Python loop", file=sys.stderr)
        rank_of, sample = plain_python(values), PLAIN_SAMPLE
    else:
        make = scikit_criteria if case == "scikit-criteria" else pymcdm_sum
        rank_of, sample = make(values), SAMPLE[case]
    rank_of(given["weights"][0])
    # one weighting is like another, so a sample in a loop says what all of them take
    scaled(lambda: count(rank_of, given["weights"][:sample], len(values)), DRAWS / sample)


def scaled(work: Callable[[], object], factor: float) -> None:
    """Report the seconds of the work times a factor."""
    import resource  # noqa: PLC0415

    start = time.perf_counter()
    work()
    seconds = (time.perf_counter() - start) * factor
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def peers_python() -> str | None:
    """Return the Python of the peers' own environment, where there is one."""
    named = Path(os.environ.get("INFRA_PEERS_PYTHON", HERE / ".peers" / "bin" / "python"))
    return str(named) if named.is_file() else None


def compare() -> None:
    """Run every case three times, each side in a process of its own, and print medians."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        for case, (sites, criteria) in SIZES.items():
            runs: dict[str, list[list[float]]] = {"ours": [], "peer": []}
            for _ in range(RUNS):
                for side, found in runs.items():
                    done = subprocess.run(
                        [sys.executable, __file__, side, folder, case],
                        check=True,
                        stdout=subprocess.PIPE,
                        text=True,
                    )
                    found.append([float(x) for x in done.stdout.split()[-2:]])
            ours_s, peer_s = (statistics.median(r[0] for r in runs[s]) for s in ("ours", "peer"))
            told = {
                "name": "rank_acceptability",
                "peer": case,
                "ours_s": round(ours_s, 3),
                "peer_s": round(peer_s, 3),
                "ratio": round(peer_s / ours_s, 1),
                "ours_peak_mib": round(max(r[1] for r in runs["ours"])),
                "peer_peak_mib": round(max(r[1] for r in runs["peer"])),
                "size": {"sites": sites, "criteria": criteria, "draws": DRAWS},
            }
            print(json.dumps(told))


def main() -> None:
    """Run `prepare`, `ours`, `peer` or `compare`."""
    side = sys.argv[1]
    if side == "compare":
        compare()
        return
    folder = Path(sys.argv[2])
    case = sys.argv[3] if len(sys.argv) > 3 else "scikit-criteria"
    if side == "prepare":
        prepare(folder)
        return
    with np.load(folder / f"{case}.npz") as file:
        given = {key: file[key] for key in file.files}
    if side == "ours":
        ours(given)
        return
    other = peers_python()
    if case != "numpy" and other and Path(sys.prefix) != Path(other).parents[1]:
        subprocess.run([other, __file__, *sys.argv[1:]], check=True)
        return
    peer(case, given)


if __name__ == "__main__":
    main()
