"""What 500 masts see within 1.5 km on a surface of 10 m cells: our rays against GDAL's viewshed program.

Both read the same GeoTIFF. `agree` compares the cells that the last runs of both saw.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import rasterio
from measure import report
from scipy.ndimage import gaussian_filter

MASTS, RADIUS_M, CELL_M, CELLS = 500, 1_500.0, 10.0, 2_000
LEFT, TOP, ANTENNA_M, RECEIVER_M = 400_000.0, 300_000.0, 25.0, 1.5
ABSENT = 3
WITHIN_PCT = 3.0


def prepare(folder: Path) -> None:
    """Make rolling ground with blocks of buildings on a tenth of it, and masts well inside."""
    rng = np.random.default_rng(7)
    shape = (CELLS, CELLS)
    ground = 120 + sum(
        gaussian_filter(rng.normal(size=shape), width, mode="wrap") * width * height
        for width, height in ((60, 40), (15, 8))
    )
    roofs = np.zeros(shape)
    for row, column, tall, wide in rng.integers([0, 0, 1, 1], [CELLS, CELLS, 5, 5], (60_000, 4)):
        roofs[row : row + tall, column : column + wide] = rng.uniform(5, 14)
    with rasterio.open(
        folder / "surface.tif", "w", driver="GTiff", width=CELLS, height=CELLS, count=1,
        dtype="float32", crs="EPSG:27700",
        transform=rasterio.Affine(CELL_M, 0, LEFT, 0, -CELL_M, TOP),
    ) as file:  # fmt: skip
        file.write((ground + roofs).astype(np.float32), 1)
    cells = rng.integers(160, CELLS - 160, (MASTS, 2)) + 0.5
    np.save(
        folder / "masts.npy",
        np.column_stack([LEFT + cells[:, 1] * CELL_M, TOP - cells[:, 0] * CELL_M]),
    )


def ours(folder: Path) -> None:
    """Read the surface and send the rays of all masts."""
    from layers.rasters import read_rasters  # noqa: PLC0415
    from scenarios.line_of_sight import line_of_sight  # noqa: PLC0415

    area = (LEFT, TOP - CELLS * CELL_M, LEFT + CELLS * CELL_M, TOP)
    surface = read_rasters([folder / "surface.tif"], area, kind="surface")
    x, y = np.load(folder / "masts.npy").T
    found = line_of_sight(
        surface, x, y, np.full(len(x), ANTENNA_M), radius_m=RADIUS_M, receiver_m=RECEIVER_M
    )
    np.save(folder / "ours.npy", found.window)


def peer(folder: Path) -> None:
    """Run the program once a mast, as its users do."""
    for i, (x, y) in enumerate(np.load(folder / "masts.npy")):
        subprocess.run(
            [
                "gdal_viewshed", "-q", "-ox", str(x), "-oy", str(y), "-oz", str(ANTENNA_M), "-tz",
                str(RECEIVER_M), "-md", str(RADIUS_M), "-cc", "0.75", str(folder / "surface.tif"),
                str(folder / f"{i}.tif"),
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip


def agree(folder: Path) -> None:
    """Print cells seen by each and the share of cells on which they agree."""
    reach = int(RADIUS_M / CELL_M)
    windows, masts = np.load(folder / "ours.npy"), np.load(folder / "masts.npy")
    mine = theirs = same = total = 0
    for i, (window, (x, y)) in enumerate(zip(windows, masts, strict=True)):
        row, column = int((TOP - y) / CELL_M), int((x - LEFT) / CELL_M)
        whole = np.zeros((CELLS, CELLS), dtype=bool)
        with rasterio.open(folder / f"{i}.tif") as file:
            top, left = (
                round((TOP - file.transform.f) / CELL_M),
                round((file.transform.c - LEFT) / CELL_M),
            )
            whole[top : top + file.height, left : left + file.width] = file.read(1) > 0
        seen = whole[row - reach : row + reach + 1, column - reach : column + reach + 1]
        inside = window != 3
        mine, theirs = mine + int((window == 1).sum()), theirs + int((seen & inside).sum())
        same, total = same + int(((window == 1) == seen)[inside].sum()), total + int(inside.sum())
    apart = 100 * (mine / theirs - 1)
    words = f"answer: cells seen: ours {mine:,}, GDAL {theirs:,} ({apart:+.2f} %); agree on {100 * same / total:.2f} % of cells"
    print(words, file=sys.stderr)
    if abs(apart) > WITHIN_PCT:
        sys.exit(f"cells seen differ by {apart:+.2f} %")


def main() -> None:
    """Run `prepare`, `ours` or `peer` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if side == "ours":
        from layers.rasters import Raster  # noqa: PLC0415
        from scenarios.line_of_sight import line_of_sight  # noqa: PLC0415

        tiny = Raster(np.zeros((9, 9), dtype=np.float32), 0, 90, CELL_M)
        line_of_sight(
            tiny, [45.0], [45.0], [9.0], radius_m=30
        )  # compiling is not the work measured
        report(lambda: ours(folder))
    elif side == "peer":
        if shutil.which("gdal_viewshed") is None:
            print(
                "absent: the gdal_viewshed program is not installed (apt-get install gdal-bin)",
                file=sys.stderr,
            )
            sys.exit(ABSENT)
        report(lambda: peer(folder))
        if (folder / "ours.npy").exists():
            agree(folder)
    else:
        prepare(folder)


if __name__ == "__main__":
    main()
