"""The tagged bid: same text as the Word document, structure, inert names, same bytes twice."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from bids import write_bid
from docx import Document
from pdfs import info, needs_poppler, pdf_ua_findings, structure, text
from PIL import Image
from views import FORMULA, HOSTILE, case_view

from layers.lineage import Table
from maps.answer_sheet import write_answer_sheet
from maps.typst_parts import fit_letters

RIBBON = "SAMPLE DATA - NOT FOR BIDS"


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "map.png"
    Image.new("RGB", (1200, 800), "white").save(path, dpi=(300, 300))
    return path


@pytest.fixture(scope="module")
def sample_path(tmp_path_factory, picture):
    return write_bid(case_view(sample=True), tmp_path_factory.mktemp("bid") / "bid.pdf", picture)


def flat(content):
    """Text with neither white space nor the marks where a line may break."""
    return re.sub(r"[\s\u200b\u00ad]+", "", content)


def test_says_it_is_accessible_and_what_it_is(sample_path):
    content = sample_path.read_bytes()
    assert b"/MarkInfo" in content
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    assert b"/Lang" in content
    assert b"en-GB" in content
    assert b"/DisplayDocTitle true" in content
    assert b"DejaVuSans" in content


def test_a_public_checker_finds_nothing_against_pdf_ua(sample_path, tmp_path, picture, case):
    assert pdf_ua_findings(sample_path) == []
    write_answer_sheet(case, tmp_path / "answers.pdf")
    assert pdf_ua_findings(tmp_path / "answers.pdf") == []


def test_the_checker_does_find_a_hidden_title_and_missing_marks(sample_path, tmp_path):
    content = sample_path.read_bytes()
    for harm in (
        (b"/DisplayDocTitle true", b"/DisplayDocTitel true"),
        (b"/MarkInfo", b"/MarkInof"),
    ):
        assert harm[0] in content
        (tmp_path / "harmed.pdf").write_bytes(content.replace(*harm))
        assert pdf_ua_findings(tmp_path / "harmed.pdf")


@needs_poppler
def test_tagged_dated_by_the_study_and_titled(sample_path):
    found = info(sample_path)
    assert found["Tagged"] == "yes"
    assert found["Title"].startswith("Full Fibre Fund: public buildings as anchors: bid to")
    assert found["Author"] == "infra 0.1.0"
    assert "Mar  2 00:00:00 2026" in found["CreationDate"]
    assert found["Page size"].endswith("(A4)")


@needs_poppler
def test_structure_has_headings_header_cells_figures_and_contents(sample_path):
    kinds = structure(sample_path)
    assert kinds[0] == "Document"
    levels = [int(kind[1]) for kind in kinds if re.fullmatch(r"H\d", kind)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert kinds.count("Table") == kinds.count("THead") > 15
    assert kinds.count("TH") >= kinds.count("Table")
    assert kinds.count("Figure") == 2
    assert {"TOC", "TOCI", "L", "LI", "Caption"} <= set(kinds)


@needs_poppler
def test_the_same_text_as_the_word_document(tmp_path, picture, sample_path):
    docx = write_bid(case_view(sample=True), tmp_path / "bid.docx", picture)
    document = Document(str(docx))
    body = flat(text(sample_path)) + flat(text(sample_path, "-raw"))
    skipped = ("toc", "contents heading", "caption")
    missing = []
    for paragraph in document.paragraphs:
        if paragraph.style.name.lower().startswith(skipped):
            continue
        # A page break may part a paragraph; its words still stand in order.
        words = paragraph.text.replace("\u2011", "-").split(". ")
        missing += [w for w in words if len(w) < 200 and flat(w).rstrip(".") not in body]
    for table in document.tables:
        for row in table.rows:
            missing += [
                cell.text
                for cell in row.cells
                if any(flat(word) not in body for word in cell.text.split())
            ]
    # A paragraph that a page parts is the only one allowed to differ.
    assert len(missing) <= 3, missing


@needs_poppler
def test_ribbon_closed_and_draft_run_on_every_page(sample_path, tmp_path, picture):
    pages = text(sample_path).split("\f")[:-1]
    assert len(pages) > 15
    for page in pages:
        assert RIBBON in page
        assert "CLOSED: practice only. DRAFT of 2 March 2026" in page
        assert f"of {len(pages)}" in page
    real = write_bid(case_view(), tmp_path / "bid.pdf", picture)
    assert RIBBON not in text(real)


@needs_poppler
def test_no_page_is_empty(sample_path):
    for page in text(sample_path).split("\f")[:-1]:
        assert len(page.split()) > 30, page


@needs_poppler
def test_names_from_files_are_inert(sample_path, tmp_path, picture):
    body = flat(text(sample_path))
    assert flat(HOSTILE) in body
    assert flat(FORMULA) in body
    case = case_view()
    frame = case.ranking.frame.copy()
    frame.loc[0, "name"] = '#panic("x") $x^2$ *b* @ref <l> \\ [y] \x00\u202e \u6c34'
    view = replace(case, ranking=Table("ranking", "site_id", frame, case.ranking.columns))
    body = flat(text(write_bid(view, tmp_path / "bid.pdf", picture)))
    assert flat('#panic("x") $x^2$ *b* @ref <l> \\ [y] \u25a1') in body
    assert b"/JavaScript" not in sample_path.read_bytes()


def test_same_bytes_twice(tmp_path, picture):
    one = write_bid(case_view(), tmp_path / "one.pdf", picture).read_bytes()
    assert one == write_bid(case_view(), tmp_path / "two.pdf", picture).read_bytes()
    assert str(tmp_path).encode() not in one


def test_each_scenario_is_written_without_pictures(tmp_path, any_case):
    write_bid(any_case, tmp_path / "bid.pdf")
    assert (tmp_path / "bid.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_a_picture_without_alternative_text_is_refused(tmp_path, picture, case):
    with pytest.raises(ValueError, match="alternative text"):
        write_bid(case, tmp_path / "bid.pdf", picture, " ")


def test_letters_that_the_typeface_lacks_are_boxes_everywhere():
    held = fit_letters({"a": ["Caf\u00e9 \u6c34", 3, None], "b": "\u2011"})
    assert held == {"a": ["Caf\u00e9 \u25a1", 3, None], "b": "-"}
