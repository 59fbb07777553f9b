"""The transparency record: every field of its layout, gaps for people, no invented name."""

from __future__ import annotations

from docx import Document

from maps.case_report import case_report
from maps.docx_parts import write_docx
from maps.transparency import FROM, _sections, record_blocks


def written(view, tmp_path):
    report = case_report(view, "how sites were scored")
    record_blocks(report, view)
    write_docx(report, tmp_path / "record.docx")
    return Document(str(tmp_path / "record.docx"))


def test_tiers_and_sections_in_the_standards_order(tmp_path, case):
    document = written(case, tmp_path)
    heads = [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    assert [h.split(":")[0] for h in heads] == ["Tier 1", *(f"Tier 2, {n}" for n in range(1, 6))]
    fields = [p.text for p in document.paragraphs if p.style.name == "Heading 3"]
    assert {
        "What it does",
        "Who answers for it",
        "Appeals",
        "Data it uses",
        "Personal data",
    } <= set(fields)
    assert len(fields) == len(set(fields))


def test_every_field_has_exactly_one_content():
    for section in _sections():
        for entry in section["fields"]:
            assert len({"text", "gap", "from"} & set(entry)) == 1, entry
            assert entry.get("from", "name") in FROM


def test_people_are_gaps_and_weights_are_the_cases_own(tmp_path, any_case):
    document = written(any_case, tmp_path)
    paragraphs = [p.text for p in document.paragraphs]
    gaps = [p for p in paragraphs if p.startswith("[Officer to complete")]
    assert any("role that is responsible" in gap for gap in gaps)
    table = document.tables[0]
    assert len(table.rows) == 2 + len(any_case.criteria.frame) or len(table.rows) == 1 + len(
        any_case.criteria.frame
    )
    assert "Weights are the toolkit's defaults, not the fund's." in paragraphs
    assert any("Sites considered: 26" in p for p in paragraphs)
