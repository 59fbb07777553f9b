"""An edited bid is compared figure by figure."""

import json

import pytest
from docx import Document

from infra.reconcile import read_document, reconcile
from layers.checksum import sha256_of
from layers.errors import SourceError, StudyError

IDS = ("F-AAAAAAA2", "F-AAAAAAA3", "F-AAAAAAA4")
FIGURES = (
    "fig_id,value,unit,low,high,grade,table,row,column\n"
    "F-AAAAAAA2,398880.0,GBP,159649.0,849600.0,estimated,case/summary,ask_gbp,value\n"
    "F-AAAAAAA3,0.0,sites,,,,case/summary,sites_excluded,value\n"
    "F-AAAAAAA4,12.34,%,,,measured,study/district_gaps,E1,full_fibre_pct\n"
)


def document(path, texts, rows=(), annex=()):
    made = Document()
    for text in texts:
        made.add_paragraph(text)
    for caption, cells in (("Table 1: Costs", rows), ("Table 2: Figures quoted", annex)):
        if cells:
            made.add_paragraph(caption, style="Caption")
            table = made.add_table(rows=0, cols=len(cells[0]))
            for row in cells:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    made.save(str(path))
    return path


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    (folder / "case").mkdir(parents=True)
    (folder / "case" / "figures.csv").write_text(FIGURES, encoding="utf-8")
    texts = [
        "The ask is £398,880 [F\u2011AAAAAAA2]; no sites [F-AAAAAAA3] are excluded.",
        "12.3 % [F-AAAAAAA4]",
    ]
    document(folder / "case" / "bid.docx", texts, (("Item", "Cost"), ("Fit-out", "22,608")))
    listed = {"path": "case/bid.docx", "hash": "sha256:0"}
    manifest = {"resources": [listed], "sources": [], "infra": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_bid_that_was_only_reworded_agrees(out, tmp_path):
    texts = [
        "We ask for £398,880 [F-AAAAAAA2] and leave out no sites [F-AAAAAAA3].",
        "12.3 % [F-AAAAAAA4]",
    ]
    answer = reconcile(out, document(tmp_path / "e.docx", texts))
    assert not answer.refused
    assert answer.data["agreed"] == 3


def test_the_bid_where_it_lies_is_held_against_itself_alone(out):
    bid = out / "case" / "bid.docx"
    path = out / "manifest.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    other = {"path": "case/answers.docx", "hash": "sha256:0"}
    document(out / "case" / "answers.docx", ["£398,880 [F-AAAAAAA2]; [F-AAAAAAA9]"])
    held["resources"] = [{"path": "case/bid.docx", "hash": f"sha256:{sha256_of(bid)}"}, other]
    path.write_text(json.dumps(held), encoding="utf-8")
    whole = reconcile(out, bid)
    assert whole.data["compared_with"] == str(bid)
    assert not whole.refused, whole.lines
    document(bid, ["We ask for £398,880 [F-AAAAAAA2]."])
    edited = reconcile(out, bid)
    assert edited.data["compared_with"] == ""
    assert "tables and removed figures were not compared" in edited.lines[-1]


def test_an_edited_number_is_named(out, tmp_path):
    texts = ["The ask is £400,000 [F-AAAAAAA2]; no sites [F-AAAAAAA3]; 12.3 % [F-AAAAAAA4]"]
    answer = reconcile(out, document(tmp_path / "e.docx", texts))
    assert answer.refused
    (edited,) = answer.data["edited"]
    assert edited["figure"] == "F-AAAAAAA2"
    assert "£398,880" in "\n".join(answer.lines)


def test_a_nought_turned_into_a_number_is_named(out, tmp_path):
    texts = ["£398,880 [F-AAAAAAA2]; 3 sites [F-AAAAAAA3]; 12.3 % [F-AAAAAAA4]"]
    assert [
        e["figure"] for e in reconcile(out, document(tmp_path / "e.docx", texts)).data["edited"]
    ] == [IDS[1]]


def test_a_figure_that_moved_is_told_from_one_that_was_edited(out, tmp_path):
    texts = ["The ask is £300,000 [F-AAAAAAA2]; no sites [F-AAAAAAA3]; 12.3 % [F-AAAAAAA4]"]
    annex = (("Figure", "Value"), ("F-AAAAAAA2", "£300,000"))
    answer = reconcile(out, document(tmp_path / "e.docx", texts, annex=annex))
    assert answer.data["edited"] == []
    assert [m["figure"] for m in answer.data["moved"]] == ["F-AAAAAAA2"]


def test_a_removed_figure_and_an_unknown_one_are_named(out, tmp_path):
    texts = ["The ask is £398,880 [F-AAAAAAA2]. 5 [F-BBBBBBBB]"]
    data = reconcile(out, document(tmp_path / "e.docx", texts)).data
    assert {r["figure"] for r in data["removed"]} == {"F-AAAAAAA3", "F-AAAAAAA4"}
    assert [u["figure"] for u in data["unknown"]] == ["F-BBBBBBBB"]


def test_a_number_changed_in_a_table_is_named(out, tmp_path):
    texts = ["£398,880 [F-AAAAAAA2]; no sites [F-AAAAAAA3]; 12.3 % [F-AAAAAAA4]"]
    rows = (("Item", "Cost"), ("Fit-out", "22,600"))
    (cell,) = reconcile(out, document(tmp_path / "e.docx", texts, rows)).data["cells"]
    assert (cell["row"], cell["column"], cell["document"], cell["study"]) == (
        "Fit-out",
        "Cost",
        "22,600",
        "22,608",
    )


def test_a_range_agrees_with_both_its_ends_only(out, tmp_path):
    rest = "no sites [F-AAAAAAA3]; 12.3 % [F-AAAAAAA4]"
    good = [f"£159,649 to £849,600 [F-AAAAAAA2]; {rest}"]
    assert not reconcile(out, document(tmp_path / "a.docx", good)).refused
    low_end = [f"The ask is £159,649 [F-AAAAAAA2]; {rest}"]
    assert reconcile(out, document(tmp_path / "b.docx", low_end)).refused


@pytest.mark.parametrize(
    "text",
    [
        "£498,880 (range £159,649 to £849,600)",
        "£398,880 (range £159,649 to £949,600)",
        "£398,880 (range £259,649 to £849,600)",
    ],
)
def test_a_value_and_its_range_must_both_agree(out, tmp_path, text):
    right = "The ask is £398,880 (range £159,649 to £849,600) [F-AAAAAAA2]."
    rest = "no sites [F-AAAAAAA3]; 12.3 % [F-AAAAAAA4]"
    answer = reconcile(out, document(tmp_path / "e.docx", [right, rest]))
    assert not answer.refused, answer.lines
    answer = reconcile(out, document(tmp_path / "e.docx", [f"We ask {text} [F-AAAAAAA2].", rest]))
    assert [found["figure"] for found in answer.data["edited"]] == ["F-AAAAAAA2"]


def test_tracked_deletions_do_not_count(tmp_path):
    made = Document()
    paragraph = made.add_paragraph("The ask is ")
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    gone = (
        f"<w:del {nsdecls('w')} w:id='1' w:author='x'><w:r><w:delText>£1</w:delText></w:r></w:del>"
    )
    come = (
        f"<w:ins {nsdecls('w')} w:id='2' w:author='x'><w:r><w:t>£2 [F-AAAAAAA2]</w:t></w:r></w:ins>"
    )
    for part in (gone, come):
        paragraph._p.append(parse_xml(part))
    made.save(str(tmp_path / "t.docx"))
    (mention,), _ = read_document(tmp_path / "t.docx")
    assert mention.words == "The ask is £2"


def test_what_is_no_bid_is_refused_in_plain_words(out, tmp_path):
    (tmp_path / "x.docx").write_bytes(b"not a document")
    with pytest.raises(SourceError, match="not a readable Word document"):
        reconcile(out, tmp_path / "x.docx")
    with pytest.raises(SourceError, match="no such file"):
        reconcile(out, tmp_path / "y.docx")
    with pytest.raises(SourceError, match="names no figure"):
        reconcile(out, document(tmp_path / "z.docx", ["hello"]))
    with pytest.raises(StudyError, match="no readable manifest"):
        reconcile(tmp_path / "nowhere", tmp_path / "z.docx")
