"""What changed between two sets of outputs."""

import json

import pytest

from infra.compare import compare, with_baseline
from infra.differences import first_difference
from layers.errors import StudyError


def outputs(folder, *, share="70.1", rank=("1", "2"), ask="100", digest="a", vintage="2024-07"):
    case = folder / "case"
    (folder / "coverage").mkdir(parents=True)
    case.mkdir()
    (folder / "coverage" / "district_gaps.csv").write_text(
        f"id,name,full_fibre_pct,gigabit_pct\nE1,Ashmere,{share},80.0\nE2,Gorsley,,90.0\n"
    )
    (case / "ranking.csv").write_text(
        "site_id,name,rank,score,cost_gbp,chosen\n"
        f"s1,Library,{rank[0]},0.5,10,{'true' if rank[0] == '1' else 'false'}\n"
        f"s2,School,{rank[1]},0.4,10,{'true' if rank[1] == '1' else 'false'}\n"
    )
    (case / "summary.csv").write_text(
        f"item,label,value,low,high,unit,decimals\nask_gbp,The ask,{ask},,,GBP,0\n"
    )
    source = {
        "publisher": "Ofcom",
        "title": "Fixed",
        "hash": digest,
        "path": f"sources/{digest}.csv",
        "vintage": vintage,
    }
    manifest = {
        "title": "t", "version": "1", "sources": [source], "resources": [{"path": "x", "hash": digest}],
        "infra": {"as_of": "2025-01-01", "seed": 0, "parameters": {}, "profiles": {}},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_nothing_changed_is_said_so(tmp_path):
    answer = compare(outputs(tmp_path / "a"), outputs(tmp_path / "b"))
    text = "\n".join(answer.lines)
    assert "the same files, by checksum" in text
    assert "0 of 2 sites changed rank" in text
    assert answer.data["files_that_differ"] == []


def test_coverage_ranks_money_and_sources_that_changed_are_named(tmp_path):
    a = outputs(tmp_path / "a")
    b = outputs(
        tmp_path / "b", share="75.6", rank=("2", "1"), ask="140", digest="b", vintage="2025-07"
    )
    answer = compare(a, b)
    text = "\n".join(answer.lines)
    assert "Ashmere, full fibre: 70.1 % -> 75.6 %" in text
    assert "newly chosen: School" in text
    assert "no longer chosen: Library" in text
    assert "The ask: £100 -> £140" in text
    assert "describes 2024-07 -> 2025-07" in text
    (moved,) = answer.data["coverage"]["district_gaps"]
    assert moved["change"] == pytest.approx(5.5)
    assert answer.data["sources"]["changed"][0]["what"] == "changed"


def told_apart(tmp_path, change):
    """Two equal studies, and what is said once `change` was made to the second's manifest."""
    a, b = outputs(tmp_path / "a"), outputs(tmp_path / "b")
    path = b / "manifest.json"
    held = json.loads(path.read_text())
    change(held)
    path.write_text(json.dumps(held))
    return compare(a, b)


def test_a_weight_and_a_budget_that_changed_are_named_with_both_values(tmp_path):
    def settings(infra, weight, budget):
        infra["profiles"] = {"case": {"criterion": {"uplift": {"weight": weight, "unit": "m"}}}}
        infra["study"] = {"case": {"case": {"budget_gbp": budget, "title": ""}}}

    a, b = outputs(tmp_path / "a"), outputs(tmp_path / "b")
    for folder, weight, budget in ((a, 0.25, 500_000.0), (b, 0.15, 750_000.0)):
        held = json.loads((folder / "manifest.json").read_text())
        settings(held["infra"], weight, budget)
        (folder / "manifest.json").write_text(json.dumps(held))
    answer = compare(a, b)
    text = "\n".join(answer.lines)
    assert "profile of case: criterion.uplift.weight: 0.25 -> 0.15" in text
    assert "case.case.budget_gbp: 500000 -> 750000" in text
    assert len(answer.data["settings"]) == 2


def test_a_case_that_only_one_side_has_is_said_and_not_printed_whole(tmp_path):
    a, b = outputs(tmp_path / "a"), outputs(tmp_path / "b")
    held = json.loads((a / "manifest.json").read_text())
    # a setting that only a newer infra knows, and that says nothing, is no difference
    held["infra"]["study"] = {"case": {"case": {"budget_gbp": 5}}, "capacity": ""}
    (a / "manifest.json").write_text(json.dumps(held))
    for path in sorted((b / "case").iterdir()):
        path.unlink()
    lines = compare(a, b).lines
    assert "  case: there -> none" in lines
    assert not any("capacity" in line for line in lines)
    at = lines.index("case")
    assert lines[at : at + 3] == ["case", "  only in the first", ""]


def test_a_source_of_the_same_name_with_other_content_is_named(tmp_path):
    def meddle(held):
        held["sources"][0]["hash"] = "other"
        held["sources"].append({**held["sources"][0], "hash": "more", "path": "sources/n.csv"})

    text = "\n".join(told_apart(tmp_path, meddle).lines)
    assert "other content: sources/a.csv" in text
    assert "new: sources/n.csv" in text


def test_a_parameter_that_only_a_newer_infra_has_is_no_change(tmp_path):
    key = "fibre.chamber_gbp"

    def newer(held):
        held["infra"]["parameters"] = {key: [600, 1200.0, 2500, "assumed", "", "", "", ""]}

    def stated(held):
        held["infra"]["parameters"] = {key: [600, 1500.0, 2500, "stated", "", "", "", ""]}

    (tmp_path / "1").mkdir()
    assert told_apart(tmp_path / "1", newer).data["settings"] == []
    (tmp_path / "2").mkdir()
    said = told_apart(tmp_path / "2", stated).lines
    assert f"  {key}: 1200 -> 1500" in said


def test_missing_is_never_a_change_from_nought(tmp_path):
    answer = compare(outputs(tmp_path / "a"), outputs(tmp_path / "b", share=""))
    (moved,) = answer.data["coverage"]["district_gaps"]
    assert (moved["before"], moved["after"], moved["change"]) == (70.1, None, None)
    assert "70.1 % -> no data" in "\n".join(answer.lines)


def test_outputs_that_are_not_there_are_refused(tmp_path):
    a = outputs(tmp_path / "a")
    with pytest.raises(StudyError, match="no readable manifest"):
        compare(a, tmp_path / "none")
    with pytest.raises(StudyError, match="same outputs"):
        compare(a, a)
    with pytest.raises(StudyError, match="no study here"):
        with_baseline(tmp_path / "none")


def test_the_first_differing_cell_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("id,x,y\np,1,2\nq,3,4\n")
    (tmp_path / "b.csv").write_text("id,x,y\np,1,2\nq,3,5\n")
    found = first_difference("a.csv", tmp_path / "a.csv", tmp_path / "b.csv")
    assert (found.row, found.column) == ("q", "y")
    assert "line 3" in found.detail
    assert "'4' here, '5' recomputed" in found.detail


@pytest.mark.parametrize(
    ("held", "fresh", "told"),
    [
        ("id,x\np,1\n", "id,x\np,1\nq,2\n", "row q .line 3. is only recomputed"),
        ("id,x\np,1\nq,2\n", "id,x\np,1\n", "row q .line 3. is only here"),
        ("id,z\n", "id,x\n", "header differs"),
        ('id,x\n"p",1\n', "id,x\np,1\n", "written otherwise"),
    ],
)
def test_tables_of_other_shapes_are_told_apart(tmp_path, held, fresh, told):
    (tmp_path / "a.csv").write_text(held)
    (tmp_path / "b.csv").write_text(fresh)
    import re

    assert re.search(told, first_difference("a.csv", tmp_path / "a.csv", tmp_path / "b.csv").detail)


def test_an_edited_cell_of_a_workbook_is_named(tmp_path):
    from openpyxl import Workbook

    for name, value in (("a", 12.5), ("b", 11.5), ("c", 11.5)):
        book = Workbook()
        book.active.title = "Costs"
        book.active.append(["item", "amount"])
        book.active.append(["duct", value])
        book.properties.title = name  # the bytes differ whatever the cells say
        book.save(tmp_path / f"{name}.xlsx")
    found = first_difference("x/bid.xlsx", tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    assert found.detail == "sheet Costs, cell B2: '12.5' here, '11.5' recomputed"
    assert found.row == "Costs!B2"
    only_bytes = first_difference("bid.xlsx", tmp_path / "b.xlsx", tmp_path / "c.xlsx")
    assert "bytes here" in only_bytes.detail


def test_an_edited_paragraph_of_a_document_is_named(tmp_path):
    from docx import Document

    for name, text in (("a", "the ask is 12"), ("b", "the ask is 11")):
        document = Document()
        document.add_paragraph("Summary")
        document.add_paragraph(text)
        document.save(str(tmp_path / f"{name}.docx"))
    found = first_difference("bid.docx", tmp_path / "a.docx", tmp_path / "b.docx")
    assert found.detail.startswith("paragraph 2: '...the ask is 12...' here")
    (tmp_path / "a.docx").write_bytes(b"no document")
    harmed = first_difference("bid.docx", tmp_path / "a.docx", tmp_path / "b.docx")
    assert "cannot be opened" in harmed.detail
