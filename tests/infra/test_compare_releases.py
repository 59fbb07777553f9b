"""Two releases of one study: what moved, and where like does not follow like."""

import json

import pandas as pd
import pytest

from infra.compare_releases import _line, compare_releases
from infra.write import write_table
from layers.errors import StudyError
from layers.lineage import Column, Table
from layers.series import coverage_series
from layers.source import SourceFile

OLD, NEW = "0a000000", "0b000000"


@pytest.fixture
def out(tmp_path):
    sources = tuple(
        SourceFile(f"sources/{src}.csv", src.ljust(64, "0"), 1, "f", "d", "coverage", "Ofcom", "l", "a", vintage)
        for src, vintage in ((OLD, "2022-09"), (NEW, "2024-01"))
    )  # fmt: skip
    ten, four = "sum of constituencies of 2010", "sum of constituencies of 2024"
    cells = [
        ("E08000025", "LAD", "full_fibre_pct", "2022-09", 40.0, "", OLD),
        ("E08000025", "LAD", "full_fibre_pct", "2024-01", 52.5, "", NEW),
        ("E47000007", "study", "full_fibre_pct", "2022-09", 30.0, ten, OLD),
        ("E47000007", "study", "full_fibre_pct", "2024-01", 50.0, four, NEW),
        ("E08000026", "LAD", "full_fibre_pct", "2024-01", 99.0, "", NEW),
    ]
    names = ["area_id", "level", "measure", "release", "share_pct", "basis", "src"]
    frame = pd.DataFrame(cells, columns=names)
    frame = frame.assign(
        area_name=frame["area_id"], premises=1.0, count=1.0, grade="measured", method="", record=1
    )
    frame.insert(0, "row", [str(i) for i in range(len(frame))])
    table = coverage_series(
        Table("coverage", "row", frame, {n: Column("") for n in frame}, sources)
    )
    write_table(table, tmp_path / "coverage" / f"{table.name}.csv")
    listed = [
        {"path": s.path, "title": s.title, "vintage": s.vintage, "hash": f"sha256:{s.sha256}"}
        for s in sources
    ]
    manifest = {"title": "A study", "sources": listed, "resources": [], "infra": {}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_what_moved_and_what_cannot_be_compared(out):
    answer = compare_releases(out, "2022-09", "2024-01")
    rows = {r["area_id"]: r for r in answer.data["coverage"]}
    assert set(rows) == {"E08000025", "E47000007"}, (
        "an area without an earlier value is not compared"
    )
    assert (rows["E08000025"]["change"], rows["E08000025"]["comparable"]) == (12.5, True)
    assert (rows["E47000007"]["change"], rows["E47000007"]["comparable"]) == (None, False)
    text = "\n".join(answer.lines)
    assert "E08000025: 40.0 % -> 52.5 %, +12.5 points" in text
    assert "E47000007: 30.0 % -> 50.0 %, not comparable" in text
    assert "constituencies of 2010 before; from here sum of constituencies of 2024" in text
    assert f"sources/{OLD}.csv" in text


def test_a_change_too_small_to_print_has_no_sign_of_less():
    row = {"area_name": "Ashmere", "before": 0.04, "after": 0.01, "change": -0.03}
    assert _line(row) == "  Ashmere: 0.0 % -> 0.0 %, +0.0 points"


def test_the_order_of_the_two_does_not_matter(out):
    one, other = (
        compare_releases(out, "2022-09", "2024-01"),
        compare_releases(out, "2024-01", "2022-09"),
    )
    assert one.data == other.data


def test_a_release_that_is_not_there_is_said_with_those_that_are(out):
    with pytest.raises(StudyError, match=r"no coverage of 2023-01.*2022-09, 2024-01"):
        compare_releases(out, "2023-01", "2024-01")
    with pytest.raises(StudyError, match="both are the same"):
        compare_releases(out, "2024-01", "2024-01")
