"""The editable bid: a Word document on the five-case model, drafted from one case's figures."""

from __future__ import annotations

from pathlib import Path

from maps.bid_content import BidPicture, bid_content
from maps.docx_parts import write_docx
from maps.view import CaseView

__all__ = ["write_bid_docx"]


def write_bid_docx(
    view: CaseView,
    path: Path,
    *,
    map_png: Path | None,
    map_alt: str,
    gap_map_png: Path | None = None,
    gap_map_alt: str = "",
) -> None:
    """Write the bid as a Word document that officers can edit.

    Every number comes from `view.figures`; what the study does not know stands as a marked gap.

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
    write_docx(bid_content(view, *pictures), path)
