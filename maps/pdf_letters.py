"""Letters of a PDF numbered from one: number zero is, to a reader of PDFs, a letter that is missing.

Matplotlib numbers letters beyond Latin from zero, which PDF/UA-1 (ISO 14289-1, 7.21.8) refuses even
where a letter is there. The text stays as it is: only what its numbers stand for moves up by one.
"""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

__all__ = ["count_from_one"]

MOST = 2 << 16  # bytes: two for each number
FROM_ONE = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo 3 dict dup begin
/Registry (Adobe) def
/Ordering (Identity) def
/Supplement 0 def
end def
/CMapName /From-One def
/CMapType 1 def
/WMode 0 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
1 begincidrange
<0000> <fffe> 1
endcidrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


def count_from_one(pdf: pikepdf.Pdf) -> None:
    """Count the letters of every composite typeface from one where it counts from zero.

    Parameters
    ----------
    pdf
        A document of matplotlib's, changed in place.
    """
    for item in pdf.objects:
        if isinstance(item, Dictionary) and item.get("/Encoding") == Name("/Identity-H"):
            inner = item.DescendantFonts[0]
            if b"\n<0000> <" in item.ToUnicode.read_bytes().replace(b"<0000> <ffff>", b""):
                item.Encoding = _encoding(pdf)
                glyphs = b"\0\0" + inner.CIDToGIDMap.read_bytes()
                inner.CIDToGIDMap = pdf.make_stream(glyphs[:MOST])
                inner.W = Array(_moved(list(inner.W)))


def _encoding(pdf: pikepdf.Pdf) -> pikepdf.Object:
    system = Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0)
    return pdf.make_stream(
        FROM_ONE, Type=Name.CMap, CMapName=Name("/From-One"), WMode=0, CIDSystemInfo=system
    )


def _moved(widths: list[Any]) -> list[Any]:
    """Move a list of widths (first number and widths, or first, last and width) up by one."""
    moved: list[Any] = []
    while widths:
        first, then, *widths = widths
        if isinstance(then, Array):
            moved += [int(first) + 1, then]
        else:
            width, *widths = widths
            moved += [int(first) + 1, int(then) + 1, width]
    return moved
