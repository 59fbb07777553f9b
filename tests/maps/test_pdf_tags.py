"""Drawings as tagged PDFs: a figure a page with its words, letters numbered from one, the same bytes twice."""

from __future__ import annotations

import io

import matplotlib as mpl
import pikepdf
import pytest
from matplotlib.figure import Figure
from pdfs import needs_poppler, pdf_ua_findings, structure, text

from maps.pdf_letters import _moved
from maps.pdf_tags import tagged

PAGES = [("First <page>", 'Two marks, "a" & b'), ("Second", "Nothing")]


@pytest.fixture(scope="module")
def drawn():
    """Two pages with letters beyond Latin, which matplotlib numbers from zero."""
    from matplotlib.backends.backend_pdf import PdfPages

    stream = io.BytesIO()
    with (
        mpl.rc_context({"pdf.fonttype": 42}),
        PdfPages(stream, metadata={"CreationDate": None}) as book,
    ):
        for words in ("Ŵern … 5 €", "Plain"):
            figure = Figure(figsize=(3, 2))
            figure.text(0.1, 0.5, words)
            book.savefig(figure)
    return stream.getvalue()


@pytest.fixture(scope="module")
def path(drawn, tmp_path_factory):
    made = tmp_path_factory.mktemp("tags") / "made.pdf"
    made.write_bytes(tagged(drawn, "A & B", PAGES))
    return made


def test_each_page_is_a_figure_with_its_words_and_a_bookmark(path):
    with pikepdf.open(path) as pdf:
        (whole,) = pdf.Root.StructTreeRoot.K
        assert [str(figure.Alt) for figure in whole.K] == [words for _, words in PAGES]
        assert [item.title for item in pdf.open_outline().root] == [name for name, _ in PAGES]
        assert str(pdf.Root.Lang) == "en-GB"
        assert b'<rdf:li xml:lang="x-default">A &amp; B</rdf:li>' in pdf.Root.Metadata.read_bytes()


def test_a_public_checker_finds_nothing_and_finds_the_untagged_one(path, drawn, tmp_path):
    # ISO 32000-1, 9.10.3 allows the lists in matplotlib's ToUnicode that this checker calls malformed
    lists = "has a malformed ToUnicode CMap"
    assert [said for said in pdf_ua_findings(path) if not said.endswith(lists)] == []
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(drawn)
    assert any("STRUCT" in said for said in pdf_ua_findings(plain))


def test_letters_are_numbered_from_one(path):
    """ISO 14289-1, 7.21.8: number zero is the letter that is missing."""
    with pikepdf.open(path) as pdf:
        fonts = [font for _name, font in pdf.pages[0].Resources.Font.items()]
        further = [font for font in fonts if font.Encoding != "/Identity-H"]
        # matplotlib 3.10 draws letters beyond the first 256 as pictures, in no font of their own
        assert len(further) == (0 if mpl.__version__.startswith("3.10.") else 1)
        for inner in (font.DescendantFonts[0] for font in further):
            assert inner.CIDToGIDMap.read_bytes()[:2] == b"\0\0"
            assert inner.W[0] == 1
    assert _moved([0, pikepdf.Array([600]), 3, 5, 700])[:1] == [1]
    assert _moved([3, 5, 700]) == [4, 6, 700]


@needs_poppler
def test_the_words_are_still_there_to_copy(path):
    assert text(path).split() == ["Ŵern", "…", "5", "€", "Plain"]
    assert structure(path).count("Figure") == 2


def test_the_same_bytes_twice(path, drawn):
    assert tagged(drawn, "A & B", PAGES) == path.read_bytes()
