"""Exact maximal covering against spopt, on one seeded instance a size.

`exact_cover.py SIDE FOLDER [CASE]`, with SIDE `prepare`, `ours` or `peer`, or `compare` to run every
case. CASE is `cbc` or `highs` (5,000 demand points, 300 sites, choose 15, by spopt's two solvers),
`cbc-large` (20,000 x 500, choose 20), all spread evenly over 25 km, or `cbc-towns` (5,000 x 300, half
of all in towns: the harder kind, since many sites overlap). Both sides start from the table of
distances and reach 2 km.

spopt is looked for in an environment of its own: `INFRA_PEERS_PYTHON`, else
`benchmarks/.peers/bin/python`, made from `benchmarks/requirements-peers.txt`. Without it the peer is
the textbook model as it stands (no merging, whole coverage variables) on the same solver as ours,
and says so on the standard error.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from measure import report

HERE = Path(__file__).parent
REACH_M, GAP = 2_000.0, 1e-4
SIZES = {
    "cbc": (5_000, 300, 15),
    "highs": (5_000, 300, 15),
    "cbc-large": (20_000, 500, 20),
    "cbc-towns": (5_000, 300, 15),
}
RUNS = {"cbc": 3, "highs": 1, "cbc-large": 1, "cbc-towns": 1}
TOWNS, SIDE_M = 12, 25_000.0


def prepare(folder: Path) -> None:
    """Make demand, sites and the distances between them."""
    for old in folder.glob("*.txt"):
        old.unlink()
    for case, (points, sites, _) in SIZES.items():
        rng = np.random.default_rng(11)
        towns = rng.uniform(4_000, SIDE_M - 4_000, (TOWNS, 2))
        share = 0.5 if case == "cbc-towns" else 0.0
        demand, at = (scatter(count, rng, towns, share) for count in (points, sites))
        distance = np.hypot(*(demand[:, None] - at[None]).transpose(2, 0, 1))
        np.save(folder / f"distance-{case}.npy", distance)
        np.save(folder / f"demand-{case}.npy", rng.integers(1, 50, points).astype(float))


def scatter(count: int, rng: np.random.Generator, towns: np.ndarray, share: float) -> np.ndarray:
    """Return points, a share of them around towns."""
    near = towns[rng.integers(0, TOWNS, count)] + rng.normal(0, 2_000, (count, 2))
    anywhere = rng.uniform(0, SIDE_M, (count, 2))
    return np.where(rng.random((count, 1)) < share, near, anywhere)


def ours(distance: np.ndarray, demand: np.ndarray, choose: int) -> float:
    """Solve by the project's own model; return the covered demand."""
    import scipy.sparse as sp  # noqa: PLC0415

    from scenarios.location import cover_most  # noqa: PLC0415 - not in the peers' environment

    found: list[float] = []

    def work() -> None:
        covers = sp.csr_array(distance <= REACH_M).astype(np.float64)
        portfolio = cover_most(covers, demand, choose, gap=GAP)
        found.append(portfolio.covered)
        print(f"answer: covered {portfolio.covered:.1f}, {portfolio.status}", file=sys.stderr)

    report(work)
    return found[0]


def spopt_peer(distance: np.ndarray, demand: np.ndarray, choose: int, solver: str) -> float:
    """Solve by spopt; return the covered demand."""
    import pulp  # noqa: PLC0415
    from spopt.locate import MCLP  # noqa: PLC0415

    made = pulp.PULP_CBC_CMD(msg=False, gapRel=GAP)
    if solver == "highs":
        made = pulp.HiGHS(msg=False, gapRel=GAP)
    found: list[float] = []

    def work() -> None:
        model = MCLP.from_cost_matrix(distance, demand, REACH_M, p_facilities=choose)
        found.append(float(pulp.value(model.solve(made).problem.objective)))

    report(work)
    return found[0]


def textbook(distance: np.ndarray, demand: np.ndarray, choose: int) -> float:
    """Solve the model as textbooks print it, by scipy; return the covered demand."""
    import scipy.sparse as sp  # noqa: PLC0415
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415

    points, sites = distance.shape
    found: list[float] = []

    def work() -> None:
        reach = sp.csr_array((distance <= REACH_M).astype(np.float64))
        rows = sp.vstack(
            [
                sp.hstack([-reach, sp.eye_array(points)]),
                sp.csr_array(np.r_[np.ones(sites), np.zeros(points)][None, :]),
            ],
            format="csr",
        )
        high = np.r_[np.zeros(points), choose]
        result = milp(
            -np.r_[np.zeros(sites), demand],
            constraints=LinearConstraint(rows, -np.inf, high),
            bounds=Bounds(0, 1),
            integrality=np.ones(sites + points),
            options={"mip_rel_gap": GAP},
        )
        found.append(-float(result.fun))

    report(work)
    return found[0]


def peers_python() -> str | None:
    """Return the Python of the peers' own environment, where there is one."""
    named = Path(os.environ.get("INFRA_PEERS_PYTHON", HERE / ".peers" / "bin" / "python"))
    return str(named) if named.is_file() else None


def same(folder: Path, case: str, side: str, covered: float) -> None:
    """Stop where the two sides differ by more than both gaps."""
    (folder / f"{case}-{side}.txt").write_text(repr(covered), encoding="utf-8")
    other = folder / f"{case}-{'peer' if side == 'ours' else 'ours'}.txt"
    if other.is_file():
        theirs = float(other.read_text(encoding="utf-8"))
        if abs(theirs - covered) > 2 * GAP * max(theirs, covered):
            sys.exit(f"the two sides cover {covered} and {theirs}")


def compare() -> None:
    """Run every case, each side in a process of its own, and print medians."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        for case, (points, sites, choose) in SIZES.items():
            runs: dict[str, list[list[float]]] = {"ours": [], "peer": []}
            for _ in range(RUNS[case]):
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
                "name": "exact_cover",
                "peer": f"spopt, {case}",
                "ours_s": round(ours_s, 3),
                "peer_s": round(peer_s, 3),
                "ratio": round(peer_s / ours_s, 1),
                "ours_peak_mib": round(max(r[1] for r in runs["ours"])),
                "peer_peak_mib": round(max(r[1] for r in runs["peer"])),
                "size": {"demand": points, "sites": sites, "choose": choose},
            }
            print(json.dumps(told), flush=True)


def main() -> None:
    """Run `prepare`, `ours`, `peer` or `compare`."""
    side = sys.argv[1]
    if side == "compare":
        compare()
        return
    folder = Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
        return
    case = sys.argv[3] if len(sys.argv) > 3 else "cbc"
    other = peers_python()
    if side == "peer" and other and Path(sys.prefix) != Path(other).parents[1]:
        subprocess.run([other, __file__, side, str(folder), case], check=True)
        return
    choose = SIZES[case][2]
    distance = np.load(folder / f"distance-{case}.npy")
    demand = np.load(folder / f"demand-{case}.npy")
    if side == "ours":
        covered = ours(distance, demand, choose)
    elif importlib.util.find_spec("spopt") is not None:
        covered = spopt_peer(distance, demand, choose, case.partition("-")[0])
    else:
        print("spopt is not installed: the peer is the textbook model", file=sys.stderr)
        covered = textbook(distance, demand, choose)
    same(folder, case, side, covered)


if __name__ == "__main__":
    main()
