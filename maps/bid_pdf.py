"""The bid for reading: a tagged PDF with the same text as the Word document."""

from __future__ import annotations

from pathlib import Path

from maps.bid_content import BidPicture, bid_content
from maps.typst_parts import write_pdf
from maps.view import CaseView

__all__ = ["write_bid_pdf"]


def write_bid_pdf(
    view: CaseView,
    path: Path,
    *,
    map_png: Path | None,
    map_alt: str,
    gap_map_png: Path | None = None,
    gap_map_alt: str = "",
) -> None:
    """Write the bid as a tagged PDF (PDF/UA-1), from the same content as the Word document.

    Parameters
    ----------
    view
        The case to print.
    path
        Where to write; the same view gives the same bytes.
    map_png, map_alt
        Picture of the sites with its alternative text; `None` leaves the picture out.
    gap_map_png, gap_map_alt
        Picture of the coverage gap by area, likewise.

    Raises
    ------
    ValueError
        When a picture has no alternative text.
    """
    pictures = (BidPicture(map_png, map_alt), BidPicture(gap_map_png, gap_map_alt))
    write_pdf(bid_content(view, *pictures), path)
