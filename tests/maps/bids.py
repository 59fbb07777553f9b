"""A case's bid written as the product writes it, for tests of what stands in it."""

from __future__ import annotations

from pathlib import Path

from maps.bid_content import BidPicture, bid_content
from maps.docx_parts import write_docx
from maps.typst_parts import write_pdf

__all__ = ["write_bid"]


def write_bid(view, path: Path, picture: Path | None = None, alt: str = "Sites by rank.") -> Path:
    """Write the bid as Word or PDF, by the path's ending, with one picture for its two maps."""
    shown = [BidPicture(picture, words) for words in (alt, "The gap.")] if picture else [BidPicture()] * 2  # fmt: skip
    writer = {".docx": write_docx, ".pdf": write_pdf}[path.suffix]
    writer(bid_content(view, *shown), path)
    return path
