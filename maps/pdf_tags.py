"""Pages of a drawing made readable aloud: each is one figure with its words, as PDF/UA-1 (ISO 14289-1) wants.

Matplotlib writes no tags. What a page draws, letters included, becomes one figure whose alternative
text says what the page says; the document names its language and title, and has a bookmark a page.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Operator, String

from maps.pdf_letters import count_from_one

__all__ = ["tagged"]

LANGUAGE = "en-GB"
XMP = """<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <pdfuaid:part>1</pdfuaid:part>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def tagged(document: bytes, title: str, pages: Sequence[tuple[str, str]]) -> bytes:
    """Return a PDF with each page tagged as one figure.

    Parameters
    ----------
    document
        The PDF as matplotlib wrote it, untagged.
    title
        Of the document.
    pages
        For each page its name (its bookmark where there are several) and its alternative text.

    Returns
    -------
    bytes
        The same for the same input.
    """
    with pikepdf.open(io.BytesIO(document)) as pdf:
        root = pdf.Root
        count_from_one(pdf)
        tree = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        whole = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=tree))
        figures = [
            _figure(pdf, whole, number, alternative)
            for number, (_, alternative) in enumerate(pages)
        ]
        whole.K = Array(figures)
        tree.K = Array([whole])
        numbers = [item for n, figure in enumerate(figures) for item in (n, Array([figure]))]
        tree.ParentTree = pdf.make_indirect(Dictionary(Nums=Array(numbers)))
        tree.ParentTreeNextKey = len(figures)
        root.StructTreeRoot = tree
        root.MarkInfo = Dictionary(Marked=True)
        root.Lang = String(LANGUAGE)
        root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        root.Metadata = pdf.make_stream(
            XMP.format(title=escape(title)).encode(), Type=Name.Metadata, Subtype=Name.XML
        )
        if len(pages) > 1:
            with pdf.open_outline() as outline:
                outline.root.extend(
                    pikepdf.OutlineItem(name, number) for number, (name, _) in enumerate(pages)
                )
        stream = io.BytesIO()
        pdf.save(stream, deterministic_id=True)
    return stream.getvalue()


def _figure(
    pdf: pikepdf.Pdf, whole: pikepdf.Object, number: int, alternative: str
) -> pikepdf.Object:
    """Make all that a page draws the content of one figure."""
    page = pdf.pages[number]
    begin = pikepdf.unparse_content_stream([([Name.Figure, Dictionary(MCID=0)], Operator("BDC"))])
    page.contents_add(begin + b"\n", prepend=True)
    page.contents_add(b"\nEMC")
    page.obj.StructParents = number
    page.obj.Tabs = Name.S
    place = Dictionary(O=Name.Layout, BBox=Array(list(page.mediabox)), Placement=Name.Block)
    return pdf.make_indirect(
        Dictionary(
            Type=Name.StructElem,
            S=Name.Figure,
            P=whole,
            Pg=page.obj,
            K=0,
            Alt=String(alternative),
            A=place,
        )
    )
