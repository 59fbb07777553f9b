"""The typeface of printed maps: DejaVu Sans without its tables for joined and shifted letters.

Maps set each letter by itself. With those tables in the file, every PDF pays for closing its letters over
them, some 70 ms a face; without, "fi" also stays two letters, as readers of PDFs need.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from fontTools.ttLib import TTFont
from matplotlib.font_manager import fontManager

__all__ = ["typeface"]

# from matplotlib's folder and no other, so that a sheet is the same bytes everywhere
FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique")
FAMILY = "DejaVu Sans on paper"
EDITION = 1  # of our files: raised where what is left out changes, for they are kept between runs
LEFT_OUT = ("GDEF", "GPOS", "GSUB", "MATH", "FFTM")
FONT_SUM = 0xB1B0AFBA  # of all the words of four bytes of a font file
FAMILY_NAMES = (1, 16)  # of its `name` table: for four faces, and for any number (OpenType 1.9)


@cache
def typeface() -> str:
    """Return the family's name, known to matplotlib from the first call on.

    Its files are made once, in matplotlib's folder for what it keeps between runs.

    Raises
    ------
    OSError
        When they cannot be written.
    """
    for name in FACES:
        fontManager.addfont(_kept(name))
    return FAMILY


def _kept(name: str) -> Path:
    """Return our file of a face, made where there is none or it was harmed."""
    ours = Path(mpl.get_cachedir(), f"infra-{EDITION}-{mpl.__version__}-{name}.ttf")
    if not (ours.is_file() and _sound(ours.read_bytes())):
        _write(Path(mpl.get_data_path(), "fonts", "ttf", f"{name}.ttf"), ours)
    return ours


def _sound(font: bytes) -> bool:
    """Return whether a font file adds up, as its `head` table promises (OpenType 1.9)."""
    words = np.frombuffer(font + bytes(-len(font) % 4), dtype=">u4")
    return int(words.sum(dtype=np.uint64)) % 2**32 == FONT_SUM


def _write(whole: Path, ours: Path) -> None:
    with TTFont(whole, recalcTimestamp=False) as font:
        for table in LEFT_OUT:
            if table in font:
                del font[table]
        for record in font["name"].names:
            if record.nameID in FAMILY_NAMES:
                record.string = FAMILY
        handle, aside = tempfile.mkstemp(suffix=".ttf", dir=ours.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                font.save(file)
            Path(aside).replace(ours)  # another process may be making it too
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
