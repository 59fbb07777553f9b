"""TR 38.901 over a million links: our kernels against scalar code, one call a link, as simulators have it.

The peer is written here as public 5G simulators in Python do it: a function per link, the model chosen
by name, NumPy's log10 on single numbers, shadowing drawn from a seeded generator at every call. `plain`
leaves the drawing out, which our kernels do without as well: coverage takes the spread by formula.
Losses before shadowing must agree to 0.01 dB; the scalar sides check it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from measure import report

LINKS = 1_000_000
WITHIN_DB = 0.01
LIGHT_M_PER_S = 3.0e8


def prepare(folder: Path) -> None:
    """Make links of three carriers and random heights, half of them with line of sight."""
    rng = np.random.default_rng(7)
    np.savez(
        folder / "links.npz",
        d=rng.uniform(10, 5_000, LINKS),
        f=rng.choice([0.7, 3.5, 26.0], LINKS),
        bs=rng.uniform(15, 35, LINKS),
        ut=rng.uniform(1.5, 10, LINKS),
        seen=rng.random(LINKS) < 0.5,
    )


def scalar_uma(distance_2d_m, frequency_ghz, height_bs_m, height_ut_m, sighted):
    """Return the loss of one link."""
    distance_3d_m = np.sqrt(distance_2d_m**2 + (height_bs_m - height_ut_m) ** 2)
    breakpoint_m = 4 * (height_bs_m - 1) * (height_ut_m - 1) * frequency_ghz * 1e9 / LIGHT_M_PER_S
    if distance_2d_m <= breakpoint_m:
        loss = 28.0 + 22 * np.log10(distance_3d_m) + 20 * np.log10(frequency_ghz)
    else:
        loss = (
            28.0
            + 40 * np.log10(distance_3d_m)
            + 20 * np.log10(frequency_ghz)
            - 9 * np.log10(breakpoint_m**2 + (height_bs_m - height_ut_m) ** 2)
        )
    if sighted:
        return loss
    hidden = (
        13.54
        + 39.08 * np.log10(distance_3d_m)
        + 20 * np.log10(frequency_ghz)
        - 0.6 * (height_ut_m - 1.5)
    )
    return max(loss, hidden)


def shadowing(frequency_ghz, spread_db, seed):
    """Return one drawing of a log-normal spread, seeded anew at every call."""
    np.random.seed(int(seed * frequency_ghz * 100) % 100)  # noqa: NPY002 - the way that is compared
    normal = np.sqrt(np.log10(1 + spread_db**2))
    return round(np.mean(np.random.lognormal(-(normal**2) / 2, normal, 1)), 2)  # noqa: NPY002


def simulator(model, distance_2d_m, frequency_ghz, height_bs_m, height_ut_m, sighted, seed):
    """Return loss and shadowing of one link by the model of a name."""
    if model == "uma" and 0.5 <= frequency_ghz <= 100:
        loss = scalar_uma(distance_2d_m, frequency_ghz, height_bs_m, height_ut_m, sighted)
        return loss, shadowing(frequency_ghz, 4.0 if sighted else 6.0, seed)
    raise ValueError(f"{model} at {frequency_ghz} GHz")


def main() -> None:
    """Run `prepare`, `ours`, `peer` or `plain` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
        return
    links = np.load(folder / "links.npz")
    columns = [links[name] for name in ("d", "f", "bs", "ut", "seen")]
    from scenarios.radio_kernels import path_loss_db  # noqa: PLC0415

    ours = path_loss_db("uma", *[c[:10] for c in columns])  # compiling is not the work measured
    if side == "ours":
        report(lambda: path_loss_db("uma", *columns))
        return
    found = np.empty(LINKS)

    def loop() -> None:
        for i, link in enumerate(zip(*columns, strict=True)):
            found[i] = scalar_uma(*link) if side == "plain" else simulator("uma", *link, 42)[0]

    report(loop)
    ours = path_loss_db("uma", *columns)
    worst = float(np.abs(ours - found).max())
    print(f"answer: largest difference {worst:.2e} dB", file=sys.stderr)
    if worst > WITHIN_DB:
        sys.exit(f"the two differ by {worst} dB")


if __name__ == "__main__":
    main()
