"""Net flows of PROMETHEE II for 2,500 sites and six criteria: counted by sorting, against pymcdm pair by pair.

The peer is asked for one criterion at a time, as this project asked it: all at once it takes more memory. Both
sides must agree to a billionth.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from measure import report

SITES, CRITERIA = 2_500, 6
INDIFFERENCE, PREFERENCE = 0.05, 0.40
WITHIN = 1e-9


def prepare(folder: Path) -> None:
    """Draw values on the anchors of a profile, with ties."""
    values = np.random.default_rng(5).random((SITES, CRITERIA)).round(3)
    np.save(folder / "values.npy", values)


def ours(values):
    """Count the flows."""
    from scenarios.cross_check import promethee_flows  # noqa: PLC0415 - for ours alone

    return promethee_flows(values, indifference=INDIFFERENCE, preference=PREFERENCE)


def peer(values):
    """Compare every pair."""
    from pymcdm import methods  # noqa: PLC0415 - for the peer alone

    flows = np.empty_like(values)
    for j in range(values.shape[1]):
        method = methods.PROMETHEE_II(
            "vshape_2", p=np.array([PREFERENCE]), q=np.array([INDIFFERENCE])
        )
        flows[:, j] = method(values[:, [j]], np.ones(1), np.ones(1), validation=False)
    return flows


def main() -> None:
    """Run `prepare`, `ours` or `peer` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
        return
    values, found = np.load(folder / "values.npy"), []
    work = ours if side == "ours" else peer
    work(values[:2])  # loading a library is not the work measured
    report(lambda: found.append(work(values)))
    apart = float(np.abs(found[0] - ours(values)).max())
    if apart > WITHIN:
        raise SystemExit(f"the two sides differ by {apart:.1e}")


if __name__ == "__main__":
    main()
