"""The Word bid: its structure, its figures, its gaps, and that names from files stay names."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from bids import write_bid
from docx import Document
from docx.oxml.ns import qn
from lxml import etree
from PIL import Image
from views import FORMULA, HOSTILE, case_view

from layers.lineage import Figures, Table

RIBBON = "SAMPLE DATA - NOT FOR BIDS"
FIGURE_ID = re.compile(r"F-[A-Z2-7]{8}")


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "map.png"
    Image.new("RGB", (1200, 800), "white").save(path, dpi=(300, 300))
    return path


@pytest.fixture(scope="module")
def sample_path(tmp_path_factory, picture):
    return write_bid(case_view(sample=True), tmp_path_factory.mktemp("bid") / "bid.docx", picture)


@pytest.fixture(scope="module")
def bid(sample_path):
    return Document(str(sample_path))


def texts(document):
    found = [p.text for p in document.paragraphs]
    return found + [c.text for t in document.tables for r in t.rows for c in r.cells]


def numbers(text):
    return set(re.findall(r"\d[\d,]*(?:\.\d+)?", text))


def headings(document):
    return [
        (int(p.style.name[-1]), p.text)
        for p in document.paragraphs
        if p.style.name.startswith("Heading")
    ]


def test_five_cases_in_order_and_no_level_is_skipped(bid):
    found = headings(bid)
    top = [text for level, text in found if level == 1]
    assert top[:6] == [
        "Executive summary", "1 Strategic case", "2 Economic case", "3 Commercial case",
        "4 Financial case", "5 Management case",
    ]  # fmt: skip
    assert [t.split()[1] for t in top[6:]] == list("ABCDEFGHI")
    levels = [level for level, _ in found]
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_ask_is_the_first_sentence(bid):
    body = [p.text for p in bid.paragraphs]
    first = body[body.index("Executive summary", body.index("Contents") + 2) + 1]
    assert first.startswith("This bid asks the Practice fund for £1,309,000")
    assert "unquoted" in first


def test_contents_hold_every_heading_and_update(bid):
    contents = [p for p in bid.paragraphs if p.style.name.lower().startswith("toc")]
    wanted = [text for level, text in headings(bid) if level <= 2]
    assert ["".join(p._p.itertext(qn("w:t"))) for p in contents] == wanted
    begin = contents[0]._p.find(f".//{qn('w:fldChar')}")
    assert begin.get(qn("w:dirty")) == "true"
    assert bid.settings.element.find(qn("w:updateFields")).get(qn("w:val")) == "true"
    marks = {b.get(qn("w:name")) for b in bid.element.iter(qn("w:bookmarkStart"))}
    links = {h.get(qn("w:anchor")) for h in bid.element.iter(qn("w:hyperlink"))}
    assert links <= marks


def test_captions_are_numbered_by_fields(bid):
    for kind in ("Figure", "Table"):
        captions = [
            p for p in bid.paragraphs if p.style.name == "Caption" and p.text.startswith(kind)
        ]
        numbers = [int(re.match(rf"{kind} (\d+):", p.text)[1]) for p in captions]
        assert numbers == list(range(1, len(captions) + 1))
        assert all(f"SEQ {kind}" in "".join(p._p.itertext(qn("w:instrText"))) for p in captions)
    assert len([p for p in bid.paragraphs if p.text.startswith("Table ")]) >= len(bid.tables)


def test_pictures_have_alternative_text(bid):
    described = [d.get("descr") for d in bid.element.iter(qn("wp:docPr"))]
    assert described == ["The gap.", "Sites by rank."]


def test_a_picture_without_alternative_text_is_refused(tmp_path, picture, case):
    with pytest.raises(ValueError, match="alternative text"):
        write_bid(case, tmp_path / "bid.docx", picture, " ")


def test_header_rows_repeat_and_tables_are_described(bid):
    assert len(bid.tables) > 15
    for table in bid.tables:
        assert table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None
        assert table._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val"))
        assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows)
        assert not table._tbl.findall(f".//{qn('w:gridSpan')}")
        assert not table._tbl.findall(f".//{qn('w:vMerge')}")


def test_language_is_british_english(bid, sample_path):
    languages = {e.get(qn("w:val")) for e in bid.styles.element.iter(qn("w:lang"))}
    assert languages == {"en-GB"}
    assert bid.core_properties.language == "en-GB"
    assert bid.core_properties.created.isoformat().startswith("2026-03-02T00:00:00")
    assert bid.core_properties.author == "infra 0.1.0"


def test_every_page_wears_the_ribbon_only_when_sample(bid, tmp_path, picture, case):
    for section in bid.sections:
        assert section.header.paragraphs[0].text == RIBBON
        assert section.header.paragraphs[0].style.name == "Ribbon"
        assert "PAGE" in "".join(section.footer.paragraphs[0]._p.itertext(qn("w:instrText")))
    real = Document(str(write_bid(case, tmp_path / "bid.docx", picture)))
    assert RIBBON not in " ".join(texts(real))
    assert all(RIBBON not in p.text for s in real.sections for p in s.header.paragraphs)


def test_closed_and_draft_stand_on_the_first_page(bid):
    banners = [p.text for p in bid.paragraphs if p.style.name == "Banner"]
    assert [b.split(".")[0].split(":")[0] for b in banners] == [RIBBON, "CLOSED", "DRAFT"]


def test_missing_evidence_is_a_marked_gap(bid):
    gaps = [p for p in bid.paragraphs if p.text.startswith("[Officer to complete")]
    assert len(gaps) > 15
    assert {p.style.name for p in gaps} == {"Evidence gap"}
    cells = [
        c for t in bid.tables for r in t.rows for c in r.cells if c.text.startswith("[Officer")
    ]
    assert cells
    assert all(c.paragraphs[0].runs[0].style.name == "Gap mark" for c in cells)


def test_passages_from_figures_are_marked(bid):
    marked = [
        p for p in bid.paragraphs if FIGURE_ID.search(p.text) and p.style.name != "List Bullet"
    ]
    assert marked
    assert {p.style.name for p in marked} <= {"Generated", "Evidence gap"}


def test_every_number_in_a_table_and_every_id_is_a_figure(tmp_path, picture, case):
    document = Document(str(write_bid(case, tmp_path / "bid.docx", picture)))
    known = set(case.figures.frame()["fig_id"])
    ids = {i for text in texts(document) for i in FIGURE_ID.findall(text)}
    assert ids <= known
    # parameters have their ids beside them, in the last column
    beside = [t for t in document.tables if t.rows[0].cells[-1].text == "Figure"]
    assert len(beside) == 1
    listing = [*document.tables[-2:], *beside]
    annex = " ".join(c.text for t in listing for r in t.rows for c in r.cells)
    listed = set(FIGURE_ID.findall(annex))
    assert listed == ids
    values = numbers(FIGURE_ID.sub("", annex))
    for table in document.tables[:-2]:
        assert len(table.rows) > 1
        for row in table.rows[1:]:
            for cell in row.cells:
                paragraph = cell.paragraphs[0]
                right = paragraph._p.find(f".//{qn('w:jc')}") is not None
                if right and paragraph.style.name == "Table text" and " to " not in cell.text:
                    assert numbers(cell.text) <= values, cell.text


def test_names_from_files_are_inert(bid, sample_path):
    body = " ".join(texts(bid))
    assert HOSTILE in body
    assert FORMULA in body
    with zipfile.ZipFile(sample_path) as archive:
        names = archive.namelist()
        for name in (n for n in names if n.endswith((".xml", ".rels"))):
            root = etree.fromstring(archive.read(name))
            assert not [e for e in root.iter() if etree.QName(e).localname == "script"]
        fields = etree.fromstring(archive.read("word/document.xml")).itertext(qn("w:instrText"))
        assert {f.split()[0] for f in fields} <= {"TOC", "SEQ"}
        relations = archive.read("word/_rels/document.xml.rels").decode()
    assert "External" not in relations
    assert not [n for n in names if "thumbnail" in n or n.endswith(".bin")]


def test_control_characters_do_not_break_the_file(tmp_path, picture, case):
    frame = case.ranking.frame.copy()
    frame.loc[0, "name"] = 'Bad\x00 \x0bName\u202e\ufffe { INCLUDETEXT "x" }'
    view = replace(case, ranking=Table("ranking", "site_id", frame, case.ranking.columns))
    body = " ".join(texts(Document(str(write_bid(view, tmp_path / "bid.docx", picture)))))
    assert 'Bad Name { INCLUDETEXT "x" }' in body


def test_same_bytes_twice(tmp_path, picture):
    one = write_bid(case_view(), tmp_path / "one.docx", picture).read_bytes()
    assert one == write_bid(case_view(), tmp_path / "two.docx", picture).read_bytes()


def test_each_scenario_is_written_without_pictures(tmp_path, any_case):
    path = tmp_path / "bid.docx"
    write_bid(any_case, path)
    assert len(headings(Document(str(path)))) > 30


def bare(view):
    """The case with nothing known: no value in any number, no gates, no costs, no fund's text."""

    def empty(table, *, rows=False):
        frame = table.frame.copy()
        numbers = frame.select_dtypes("number").columns
        frame[numbers] = frame[numbers].astype(float) * np.nan
        frame = frame.iloc[:0] if rows else frame
        return Table(table.name, table.key, frame, table.columns)

    ranking = view.ranking.frame.assign(chosen=False, status="not ranked")
    ranking = Table("ranking", "site_id", ranking, view.ranking.columns)
    study = replace(
        view.study,
        district_gaps=empty(view.study.district_gaps),
        coverage=empty(view.study.coverage, rows=True),
        sources=empty(view.study.sources, rows=True),
        quality=empty(view.study.quality, rows=True),
        attributions=(),
    )
    profile = replace(view.profile, themes=(), questions=(), evidence_required=(), weights_note="")
    changed = replace(
        view, study=study, profile=profile, ranking=empty(ranking), summary=empty(view.summary),
        gates=empty(view.gates, rows=True), costs=empty(view.costs, rows=True),
    )  # fmt: skip
    tables = [
        changed.ranking, changed.gates, changed.costs, changed.criteria, changed.summary,
        study.district_gaps, study.area_gaps, study.coverage, study.sources, study.quality, study.parameters,
    ]  # fmt: skip
    return replace(
        changed,
        study=replace(study, figures=Figures(tables[5:], "study")),
        figures=Figures(tables, view.figures.scope),
    )


def test_nothing_known_is_said_and_never_nought(tmp_path, case):
    path = tmp_path / "bid.docx"
    write_bid(bare(case), path)
    document = Document(str(path))
    body = " ".join(texts(document))
    assert "£0" not in body
    assert "nan" not in body.lower().split()
    assert "[Officer to complete: coverage by district; the study holds no file with it]" in body
    assert "[Officer to complete: coverage over time" in body
    assert "[Officer to complete: cost lines" in body
    assert "[Officer to complete: sites to rank" in body
    assert "No site fails a gate." in body
    assert "Nothing is waiting for a check." in body
