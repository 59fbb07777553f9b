"""The data-quality page: complete in itself, every number with its figure id, everything escaped."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from infra import quality_tables as made
from layers.gather import FileFate
from layers.lineage import Figures
from layers.source import Quality, SourceFile
from maps import data_quality, prose

SOURCE = SourceFile("a<b>.csv", "ab" * 32, 1, "naptan", "naptan", "Stops", "DfT", "OGL", "")


@pytest.fixture
def page(tmp_path, monkeypatch):
    quality = Quality(SOURCE, 10, 7, {"ended": 2}, {"not a number": 1})
    fates = (
        FileFate("a<b>.csv", "used", "Stops", source=SOURCE, quality=quality),
        FileFate("odd.bin", "not recognised", reason="nearest known layout: none"),
    )
    evidence = SimpleNamespace(fates=fates)
    tables = [made._files(evidence), made._known_faults(fates)]
    for name, key, columns in (("layers", "layer", ["layer"]), ("estimates", "estimate", ["estimate"])):  # fmt: skip
        tables.append(made._table(name, key, [], {c: made.Column(c) for c in columns}, ""))
    columns = ("need", "case", "data", "state", "describes", "used_for", "where")
    needs = [
        {**dict.fromkeys(columns, ""), "need": f"{case}{i}", "case": case, "data": f"data {i}"}
        for i, case in enumerate(("Streets", "Offices", "Streets"))
    ]
    tables.append(made._table("needs", "need", needs, {c: made.Column(c) for c in columns}, ""))
    monkeypatch.setattr(prose, "day", lambda _study: "1 September 2026")
    study = SimpleNamespace(sample=True, area_name="Ashmere", version="0")
    figures = Figures(tables, "quality")
    data_quality.write_data_quality(
        study, {t.name: t for t in tables}, figures, tmp_path / "p.html"
    )
    return (tmp_path / "p.html").read_text(encoding="utf-8"), figures


def test_the_rows_close_and_every_number_has_an_id(page):
    html, figures = page
    frame = figures.frame()
    total = frame[frame["row"] == "total"].set_index("column")["value"]
    assert total["rows_in"] == total["used"] + total["set_aside"] + total["quarantined"] == 10
    assert set(re.findall(r'data-figure="([^"]+)"', html)) == set(frame["fig_id"])


def test_a_file_name_is_text_never_markup_and_missing_is_no_zero(page):
    html, _ = page
    assert "a<b>" not in html
    assert "a&lt;b&gt;.csv" in html
    row = html.split("odd.bin")[1].split("</tr>")[0]
    assert row.count("no data") == 4


def test_the_page_is_complete_in_itself(page):
    html, _ = page
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#|index\.html)', html)
    assert '<html lang="en-GB">' in html
    assert html.count("<h1>") == 1
    assert "SAMPLE DATA - NOT FOR BIDS" in html


def test_what_is_missing_is_told_case_by_case_in_the_order_of_the_study(page):
    html, _ = page
    told = html.split('id="needs-title"')[1]
    assert re.findall(r"<caption>(.*?)</caption>", told) == ["Streets", "Offices"]
    streets, offices = told.split("<caption>")[1:]
    assert "data 0" in streets
    assert "data 2" in streets
    assert "data 1" in offices
