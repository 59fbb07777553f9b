"""Site-specific coverage of 785,000 cells with terrain and surface: our kernel against plain NumPy.

The reference samples every profile with array indexing and builds Bullington's edge over many cells
at once, in batches of cells with profiles of like length. Both must agree to 0.01 dB.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from measure import report
from scipy.ndimage import gaussian_filter

RADIUS_M, CELL_M = 5_000.0, 10.0
REACH = int(RADIUS_M / CELL_M)
LEFT, TOP, ANTENNA_M, RECEIVER_M = 400_000.0, 300_000.0, 25.0, 1.5
BATCH = 4_096
WITHIN_DB = 0.01


def prepare(folder: Path) -> None:
    """Make rolling ground, and buildings on a tenth of it."""
    rng = np.random.default_rng(7)
    size = 2 * REACH + 1
    ground = 120 + sum(
        gaussian_filter(rng.normal(size=(size, size)), width, mode="wrap") * width * height
        for width, height in ((60, 40), (15, 8))
    )
    roofs = np.zeros((size, size))
    for row, column, tall, wide in rng.integers([0, 0, 1, 1], [size, size, 5, 5], (15_000, 4)):
        roofs[row : row + tall, column : column + wide] = rng.uniform(5, 14)
    np.save(folder / "ground.npy", ground.astype(np.float32))
    np.save(folder / "surface.npy", (ground + roofs).astype(np.float32))


def carrier_and_mast():
    """Return a macro carrier at 3.5 GHz and one mast in the middle."""
    import pandas as pd  # noqa: PLC0415

    from layers.parameters import shipped  # noqa: PLC0415
    from scenarios.transmitters import Carrier, masts_from  # noqa: PLC0415

    carrier = Carrier.of(shipped())
    middle = {"easting": LEFT + (REACH + 0.5) * CELL_M, "northing": TOP - (REACH + 0.5) * CELL_M}
    return carrier, masts_from(
        pd.DataFrame([{"id": "m", **middle, "height_m": ANTENNA_M}]), carrier
    )


def ours(ground, surface):
    """Return SS-RSRP by the kernel."""
    from layers.rasters import Raster  # noqa: PLC0415
    from scenarios.coverage_raster import site_specific  # noqa: PLC0415
    from scenarios.coverage_result import Relief  # noqa: PLC0415

    carrier, mast = carrier_and_mast()
    relief = Relief(Raster(ground, LEFT, TOP, CELL_M), Raster(surface, LEFT, TOP, CELL_M))
    return site_specific(mast, carrier, relief, radius_m=RADIUS_M).rsrp_dbm[1]


def bullington_batch(surface, row, column, n, start, end, d_km):
    """Return diffraction loss of cells whose profiles have `n` steps."""
    i = np.arange(1, n)
    rows = (REACH + i * ((row - REACH) / n)[:, None] + 0.5 + 1e-9).astype(np.int64)
    columns = (REACH + i * ((column - REACH) / n)[:, None] + 0.5 + 1e-9).astype(np.int64)
    at = i * (d_km / n)[:, None]
    back = d_km[:, None] - at
    heights = surface[rows, columns] + 500 / 8_500 * at * back
    up = ((heights - start) / at).max(axis=1)
    direct = (end - start) / d_km
    wavelength = 0.2998 / 3.5
    ray = (start * back + end[:, None] * at) / d_km[:, None]
    clear_nu = ((heights - ray) * np.sqrt(0.002 * d_km[:, None] / (wavelength * at * back))).max(
        axis=1
    )
    down = ((heights - end[:, None]) / back).max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        peak = (end - start + down * d_km) / (up + down)
        lifted = start + up * peak - (start * (d_km - peak) + end * peak) / d_km
        blocked_nu = lifted * np.sqrt(0.002 * d_km / (wavelength * peak * (d_km - peak)))
    nu = np.where(up < direct, clear_nu, blocked_nu)
    shifted = np.maximum(nu, -0.78) - 0.1
    edge = np.where(nu > -0.78, 6.9 + 20 * np.log10(np.sqrt(shifted**2 + 1) + shifted), 0.0)
    return edge + (1 - np.exp(-edge / 6)) * (10 + 0.02 * d_km)


def reference(ground, surface):
    """Return SS-RSRP by plain NumPy."""
    carrier, _ = carrier_and_mast()
    size = 2 * REACH + 1
    row, column = np.divmod(np.arange(size * size), size)
    cells = np.hypot(row - REACH, column - REACH)
    inside = np.flatnonzero(cells <= REACH)
    row, column = row[inside], column[inside]
    d_m = np.maximum(cells[inside] * CELL_M, 10.0)
    steps = np.ceil(d_m / CELL_M - 1e-9).astype(np.int64)
    start = float(ground[REACH, REACH]) + ANTENNA_M
    end = ground[row, column].astype(np.float64) + RECEIVER_M
    loss = 32.45 + 20 * np.log10(np.hypot(d_m, end - start) / 1000) + 20 * np.log10(3_500)
    for n in np.unique(steps[steps > 1]):
        same = np.flatnonzero(steps == n)
        for first in range(0, len(same), BATCH):
            c = same[first : first + BATCH]
            loss[c] += bullington_batch(surface, row[c], column[c], n, start, end[c], d_m[c] / 1000)
    found = np.full((size, size), np.nan)
    found[row, column] = carrier.element_dbm[1] - loss
    return found


def main() -> None:
    """Run `prepare`, `ours` or `peer` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
        return
    ground, surface = np.load(folder / "ground.npy"), np.load(folder / "surface.npy")
    if side == "ours":
        from layers.rasters import Raster  # noqa: PLC0415
        from scenarios.coverage_raster import site_specific  # noqa: PLC0415
        from scenarios.coverage_result import Relief  # noqa: PLC0415

        carrier, mast = carrier_and_mast()
        middle = slice(REACH - 3, REACH + 4)
        tiny = Raster(
            ground[middle, middle], LEFT + (REACH - 3) * CELL_M, TOP - (REACH - 3) * CELL_M, CELL_M
        )
        site_specific(mast, carrier, Relief(tiny, tiny))  # compiling is not the work measured
        report(lambda: np.save(folder / "ours.npy", ours(ground, surface)))
        return
    kept = []
    report(lambda: kept.append(reference(ground, surface)))
    if (folder / "ours.npy").exists():
        mine = np.load(folder / "ours.npy")
        worst = float(np.nanmax(np.abs(mine - kept[0])))
        print(
            f"answer: {int(np.isfinite(kept[0]).sum()):,} cells, largest difference {worst:.2e} dB",
            file=sys.stderr,
        )
        if worst > WITHIN_DB or (np.isnan(mine) != np.isnan(kept[0])).any():
            sys.exit(f"the two differ by {worst} dB")


if __name__ == "__main__":
    main()
