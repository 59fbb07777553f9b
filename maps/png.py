"""Pictures of maps as PNG files, unfiltered.

Libraries filter each row before they pack it, which serves photographs. A map is flat colours and hatching:
unfiltered it comes out smaller, and sooner (`benchmarks/pictures.py`).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngInfo, putchunk

__all__ = ["write_png"]

MAGIC = b"\x89PNG\r\n\x1a\n"
PACKING = 3  # of 0 to 9; harder takes twice as long and saves a twentieth
INCH_M = 0.0254
TRUE_COLOUR, DEFLATE, BY_ROW, AT_ONCE, METRE = 2, 0, 0, 0, 1


def write_png(pixels: NDArray[Any], path: Path, dpi: int, words: Mapping[str, str]) -> None:
    """Write red, green and blue as a PNG, with what it says of itself.

    Parameters
    ----------
    pixels
        Shape (rows, columns, 3), of one byte each; rows from the top.
    dpi
        Dots to the inch.
    words
        Text by the keywords of the format: `Title`, `Description`, `Author`, `Software`.

    Notes
    -----
    Portable Network Graphics, second edition (ISO/IEC 15948:2003), sections 9 (filters) and 11 (chunks).
    """
    height, width, _colours = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # each begins with its filter: 0, none
    dots = rows[:, 1:].reshape(height, width, 3)
    for colour in range(3):  # one after another: sooner than three at once out of four
        dots[..., colour] = pixels[..., colour]
    told = PngInfo()
    for name, text in words.items():
        told.add_text(name, text)
    per_metre = round(dpi / INCH_M)
    with path.open("wb") as file:
        file.write(MAGIC)
        form = struct.pack(">IIBBBBB", width, height, 8, TRUE_COLOUR, DEFLATE, BY_ROW, AT_ONCE)
        putchunk(file, b"IHDR", form)
        putchunk(file, b"pHYs", struct.pack(">IIB", per_metre, per_metre, METRE))
        for kind, data, *_after in told.chunks:
            putchunk(file, kind, data)
        putchunk(file, b"IDAT", zlib.compress(rows.data, PACKING))
        putchunk(file, b"IEND")
