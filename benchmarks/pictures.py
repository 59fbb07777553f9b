"""A printed map at A3 and 300 dots to the inch as a PNG: unfiltered by ours, against Pillow at the same packing.

Both are given the same dots, hatched areas with letters and lines over them, and both files must be read back as those.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from measure import report
from PIL import Image

INCHES, DPI = (4961 / 300, 3508 / 300), 300
PACKING = 3
HATCHES = ("", "////", "....", "\\\\\\\\")


def prepare(folder: Path) -> None:
    """Draw 1,700 hatched areas in seven colours, with outlines, roads and names."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - to prepare alone
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    rng = np.random.default_rng(3)
    figure = Figure(figsize=INCHES, dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 50)
    axes.set_ylim(0, 34)
    for at in range(1_700):
        axes.add_artist(
            Rectangle(
                (at % 50 + 0.1 * rng.random(), at // 50 + 0.1 * rng.random()), 0.95, 0.95,
                facecolor=f"C{rng.integers(7)}", edgecolor="white", lw=0.3, hatch=HATCHES[rng.integers(4)],
            )
        )  # fmt: skip
    for _ in range(200):
        axes.plot(rng.uniform(0, 50, 5), rng.uniform(0, 34, 5), color="white", lw=0.9, alpha=0.55)
        axes.text(rng.uniform(0, 50), rng.uniform(0, 34), "Name of a place", fontsize=9)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    np.save(folder / "dots.npy", np.asarray(canvas.buffer_rgba()))


def ours(dots, path: Path) -> None:
    """Write it unfiltered."""
    from maps.png import write_png  # noqa: PLC0415 - for ours alone

    write_png(dots[..., :3], path, DPI, {})


def peer(dots, path: Path) -> None:
    """Write it as Pillow does."""
    image = Image.fromarray(np.ascontiguousarray(dots[..., :3]))
    image.save(path, "png", dpi=(DPI, DPI), compress_level=PACKING)


def main() -> None:
    """Run `prepare`, `ours` or `peer` in a folder."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if side == "prepare":
        prepare(folder)
        return
    dots, path = np.load(folder / "dots.npy"), folder / f"{side}.png"
    work = ours if side == "ours" else peer
    work(dots[:8], path)  # loading a library is not the work measured
    report(lambda: work(dots, path))
    if not np.array_equal(np.asarray(Image.open(path)), dots[..., :3]):
        raise SystemExit("the file is not the picture")
    print(f"{path.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
