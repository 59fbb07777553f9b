"""A shared trench to 200 sites from 20 fibre nodes on 302,500 street nodes, against networkx.

`shared_trench.py SIDE FOLDER`, with SIDE `prepare`, `ours` or `peer`, or `compare`. The peer is
`steiner_tree(method="mehlhorn")` with all fibre nodes joined to one more node at no length, without
which its answer is longer still. Every side starts from its own graph in memory. Ours is the default: construction and local search. The lengths of
both stand in the result; ours must not be longer.
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
from catchments import town
from measure import report

HERE = Path(__file__).parent
SIDE_NODES, SPACING_M, SITES, FIBRE = 550, 55.0, 200, 20
RUNS, TARGET = 3, 40


def prepare(folder: Path) -> None:
    """Make the network, the sites and the fibre nodes, all in one connected part."""
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    start, end, length = town(SIDE_NODES, SPACING_M, 7)
    size = SIDE_NODES**2
    links = coo_array((np.ones(len(start)), (start, end)), shape=(size, size))
    part = connected_components(links, directed=False)[1]
    main_part = np.flatnonzero(part == np.argmax(np.bincount(part)))
    pick = np.random.default_rng(3).choice(main_part, SITES + FIBRE, replace=False)
    np.savez(
        folder / "trench.npz",
        start=start, end=end, length=length, sites=pick[:SITES], fibre=pick[SITES:],
    )  # fmt: skip


def ours(folder: Path, held: dict[str, np.ndarray]) -> None:
    """Find the tree by the project's own search."""
    from scenarios.reach import network  # noqa: PLC0415
    from scenarios.steiner import shared_tree  # noqa: PLC0415 - imports are not the work measured

    size = SIDE_NODES**2
    ways = network(held["start"], held["end"], held["length"], size)
    before = time.perf_counter()
    shared_tree([0, 1, 2], [3, 3, 3], [1.0, 1.0, 1.0], 4, [0, 1], [2])
    print(f"compiling {time.perf_counter() - before:.2f} s", file=sys.stderr)
    found = []
    report(
        lambda: found.append(
            shared_tree(
                held["start"],
                held["end"],
                held["length"],
                size,
                held["sites"],
                held["fibre"],
                ways=ways,
            )
        )
    )
    (folder / "ours.txt").write_text(repr(found[0].cost), encoding="utf-8")


def peer(folder: Path, held: dict[str, np.ndarray]) -> None:
    """Find the tree by networkx."""
    import networkx as nx  # noqa: PLC0415
    from networkx.algorithms.approximation import steiner_tree  # noqa: PLC0415

    graph = nx.Graph()
    graph.add_weighted_edges_from(
        zip(*(held[name].tolist() for name in ("start", "end", "length")), strict=True),
        weight="length",
    )
    network = SIDE_NODES**2
    graph.add_weighted_edges_from(
        [(network, node, 0.0) for node in held["fibre"].tolist()], weight="length"
    )
    wanted = [network, *held["sites"].tolist()]
    found = []
    report(lambda: found.append(steiner_tree(graph, wanted, weight="length", method="mehlhorn")))
    length = float(found[0].size(weight="length"))
    (folder / "peer.txt").write_text(repr(length), encoding="utf-8")
    mine = float((folder / "ours.txt").read_text(encoding="utf-8"))
    print(
        f"answer: trench {mine / 1000:,.1f} km, networkx {length / 1000:,.1f} km", file=sys.stderr
    )
    if mine > length:
        sys.exit("our trench is the longer one")


def run(side: str, folder: str) -> tuple[float, float]:
    """Run one side in a process of its own; return seconds and peak memory in MiB."""
    done = subprocess.run(
        [sys.executable, __file__, side, folder], check=True, stdout=subprocess.PIPE, text=True
    )
    seconds, peak = done.stdout.split()[-2:]
    return float(seconds), float(peak)


def compare() -> None:
    """Run both sides in turn and print one JSON object."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        pairs = [(run("ours", folder), run("peer", folder)) for _ in range(RUNS)]
        lengths = [float((Path(folder) / f"{side}.txt").read_text()) for side in ("ours", "peer")]
    mine, theirs = (statistics.median(p[k][0] for p in pairs) for k in (0, 1))
    if lengths[0] > lengths[1]:
        raise SystemExit(f"our trench is longer: {lengths[0]:,.0f} m against {lengths[1]:,.0f} m")
    result = {
        "name": "shared_trench",
        "ours_s": round(mine, 3),
        "peer_s": round(theirs, 3),
        "ratio": round(theirs / mine, 1),
        "target": TARGET,
        "ours_length_km": round(lengths[0] / 1000, 2),
        "peer_length_km": round(lengths[1] / 1000, 2),
        "ours_peak_mib": round(max(p[0][1] for p in pairs)),
        "peer_peak_mib": round(max(p[1][1] for p in pairs)),
        "size": {"nodes": SIDE_NODES**2, "sites": SITES, "fibre_nodes": FIBRE},
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
    with np.load(folder / "trench.npz") as held:
        inputs = dict(held)
    (ours if side == "ours" else peer)(folder, inputs)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    main()
