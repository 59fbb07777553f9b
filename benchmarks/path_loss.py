"""TR 38.901 over a million links: our kernels against scalar code, one call a link, as simulators have it.

The scalar side is written here in the style of public 5G simulators in Python (a function per link,
NumPy's log10 on single numbers). Both must agree to 0.01 dB; the scalar side checks it.
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


def main() -> None:
    """Run `prepare`, `ours` or `peer` in a folder."""
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
            found[i] = scalar_uma(*link)

    report(loop)
    ours = path_loss_db("uma", *columns)
    worst = float(np.abs(ours - found).max())
    print(f"largest difference {worst:.2e} dB", file=sys.stderr)
    if worst > WITHIN_DB:
        sys.exit(f"the two differ by {worst} dB")


if __name__ == "__main__":
    main()
