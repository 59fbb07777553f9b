"""15-minute walk catchments (1,200 m) of 2,000 sites on a network of 300,000 nodes.

`catchments.py SIDE FOLDER [CASE]`, with SIDE `prepare`, `ours` or `peer`, or `compare` to run every
case. CASE is the peer: `ego_graph` (networkx, as osmnx users write it), `single_source` (networkx,
lengths only) or `scipy` (`dijkstra(limit=...)` in a plain loop). Every side starts from its own
graph in memory and ends with the nodes and distances of every site. The time to compile, on first
use only, is said on the standard error and not counted.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measure import report

HERE = Path(__file__).parent
SIDE_NODES, SPACING_M, SITES, LIMIT_M = 548, 55.0, 2_000, 1_200.0
CASES = {"ego_graph": 1, "single_source": 3, "scipy": 5}  # runs of each peer
OURS_RUNS = 5
TARGETS = {"ego_graph": 100, "single_source": 20, "scipy": 4}


def town(side: int, spacing_m: float, seed: int) -> tuple[np.ndarray, ...]:
    """Return start, end and length of a perturbed grid with a tenth of its streets missing."""
    rng = np.random.default_rng(seed)
    n = side * side
    i = np.arange(n)
    x = (i % side + rng.uniform(-0.3, 0.3, n)) * spacing_m
    y = (i // side + rng.uniform(-0.3, 0.3, n)) * spacing_m
    across, along = i[i % side < side - 1], i[i // side < side - 1]
    start, end = np.r_[across, along], np.r_[across + 1, along + side]
    keep = rng.random(len(start)) >= 0.1
    start, end = start[keep], end[keep]
    bend = rng.uniform(1.0, 1.2, len(start))
    return start, end, np.hypot(x[start] - x[end], y[start] - y[end]) * bend


def prepare(folder: Path) -> None:
    """Make the network and the sites."""
    start, end, length = town(SIDE_NODES, SPACING_M, 7)
    sites = np.random.default_rng(1).choice(SIDE_NODES**2, SITES, replace=False)
    np.savez(folder / "network.npz", start=start, end=end, length=length, sites=sites)


def ours(start: np.ndarray, end: np.ndarray, length: np.ndarray, sites: np.ndarray) -> None:
    """Search from every site by the project's own loop."""
    from scenarios.reach import network, nodes_within  # noqa: PLC0415 - imports are not the work

    before = time.perf_counter()
    nodes_within(network([0], [1], [1.0], 2), [0], 1.0)
    compiled = time.perf_counter() - before
    streets = network(start, end, length, SIDE_NODES**2)
    found = []
    report(lambda: found.append(nodes_within(streets, sites, LIMIT_M)))
    reached = len(found[0].node) / len(sites)
    print(f"compiling {compiled:.2f} s, {reached:,.0f} nodes a site", file=sys.stderr)


def by_networkx(
    start: np.ndarray, end: np.ndarray, length: np.ndarray, sites: np.ndarray, case: str
) -> None:
    """Search from every site by networkx."""
    import networkx as nx  # noqa: PLC0415

    graph = nx.Graph()
    graph.add_weighted_edges_from(
        zip(start.tolist(), end.tolist(), length.tolist(), strict=True), weight="length"
    )

    def work() -> None:
        for site in sites.tolist():
            if case == "ego_graph":
                nx.ego_graph(graph, site, radius=LIMIT_M, distance="length")
            else:
                nx.single_source_dijkstra_path_length(graph, site, LIMIT_M, "length")

    report(work)


def by_scipy(start: np.ndarray, end: np.ndarray, length: np.ndarray, sites: np.ndarray) -> None:
    """Search from every site by scipy, one after the other."""
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    size = SIDE_NODES**2
    half = coo_array((length, (start, end)), shape=(size, size))
    matrix = (half + half.T).tocsr()

    def work() -> None:
        for site in sites:
            far = dijkstra(matrix, indices=site, limit=LIMIT_M)
            node = np.flatnonzero(np.isfinite(far))
            far[node]

    report(work)


def run(side: str, folder: str, case: str) -> tuple[float, float]:
    """Run one side in a process of its own; return seconds and peak memory in MiB."""
    done = subprocess.run(
        [sys.executable, __file__, side, folder, case],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, peak = done.stdout.split()[-2:]
    return float(seconds), float(peak)


def compare() -> None:
    """Run every case, sides in turn, and print one JSON object each."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        for case, runs in CASES.items():
            mine, theirs = [], []
            for k in range(OURS_RUNS):
                mine.append(run("ours", folder, case))
                if k < runs:
                    theirs.append(run("peer", folder, case))
            ours_s, peer_s = (statistics.median(r[0] for r in side) for side in (mine, theirs))
            result = {
                "name": f"catchments {case}",
                "ours_s": round(ours_s, 3),
                "peer_s": round(peer_s, 3),
                "ratio": round(peer_s / ours_s, 1),
                "target": TARGETS[case],
                "ours_peak_mib": round(max(r[1] for r in mine)),
                "peer_peak_mib": round(max(r[1] for r in theirs)),
                "size": {"sites": SITES, "nodes": SIDE_NODES**2, "limit_m": LIMIT_M},
            }
            print(json.dumps(result))


def main() -> None:
    """Run `prepare`, `ours` or `peer` in a folder, or `compare`."""
    side = sys.argv[1] if len(sys.argv) > 1 else "compare"
    if side == "compare":
        compare()
        return
    folder = Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
        return
    case = sys.argv[3] if len(sys.argv) > 3 else "ego_graph"
    with np.load(folder / "network.npz") as held:
        inputs = tuple(held[name] for name in ("start", "end", "length", "sites"))
    if side == "ours":
        ours(*inputs)
    elif case == "scipy":
        by_scipy(*inputs)
    else:
        by_networkx(*inputs, case)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    main()
