"""Set one document, in a process of its own: `typesetter.py FOLDER FONTS YEAR MONTH DAY`.

FOLDER holds `main.typ` and all it reads; `made.pdf` is written beside it. The typesetter ends its
whole process where memory runs out, so it is given one that may end; its memory is free again after.
Nothing but the typesetter is imported: a start takes about a tenth of a second.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import typst


def main() -> None:
    """Set the document."""
    folder, fonts = Path(sys.argv[1]), Path(sys.argv[2])
    year, month, day = (int(text) for text in sys.argv[3:6])
    made = typst.compile(
        folder / "main.typ",
        root=folder,
        font_paths=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]
        ),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        timestamp=datetime(year, month, day, tzinfo=UTC),
    )
    if not isinstance(made, bytes):
        raise TypeError("the typesetter gave no document")
    (folder / "made.pdf").write_bytes(made)


if __name__ == "__main__":
    main()
