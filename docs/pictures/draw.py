"""Pictures for the README from a finished practice study: `make pictures`.

Needs Chromium and, for the page of the bid, pdftoppm (Debian: chromium, poppler-utils).
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "browser"))

from chromium import Chromium, Page, found

CASE = "full-fibre-fund"
COLOURS = 200
FIGURE = "Figure 1:"


def save(png: bytes, path: Path, height: int | None = None) -> None:
    """Write a picture with few colours, so that it stays small."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    if height is not None:
        picture = picture.crop((0, 0, picture.width, min(height, picture.height)))
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB, {picture.width} x {picture.height}")


def shot(page: Page) -> bytes:
    page.settle(1.0)
    return page.tab.screenshot()


def main(out: Path, folder: Path) -> int:
    program = found()
    if program is None or not (out / "index.html").is_file():
        sys.exit(f"needs Chromium and a finished study at {out} (make demo)")
    browser = Chromium(program)
    try:
        save(shot(browser.page(out / "index.html", width=1240, height=1180)), folder / "board.png")
        save(
            shot(browser.page(out / CASE / "map.html", width=1240, height=940)), folder / "map.png"
        )
    finally:
        browser.close()
    bid = str(out / CASE / "bid.pdf")
    text = subprocess.run(
        ["pdftotext", bid, "-"], capture_output=True, text=True, check=True
    ).stdout
    page = next(i for i, words in enumerate(text.split("\f"), 1) if f"\n{FIGURE}" in words)
    command = ["pdftoppm", "-png", "-r", "80", "-f", str(page), "-l", str(page), bid]
    made = subprocess.run(command, capture_output=True, check=True)
    save(made.stdout, folder / "bid.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
