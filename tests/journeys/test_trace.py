"""An auditor's journey: explain, verify, freeze, bundle, compare, reconcile, by the real commands."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from journey import here, infra


@pytest.fixture(scope="module")
def done(practice: Path, tmp_path_factory) -> Path:
    """A practice study with the outputs of one bid."""
    study = Path(shutil.copytree(practice, tmp_path_factory.mktemp("trace") / "study"))
    said = infra("bid", study, "full-fibre-fund")
    assert said.code == 0, said.text
    return study


@pytest.fixture
def mine(done: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(done, tmp_path / "study"))


@pytest.fixture(scope="module")
def ranked(practice: Path, tmp_path_factory) -> Path:
    """A practice study with one ranking and no documents: quick to prove again."""
    study = Path(shutil.copytree(practice, tmp_path_factory.mktemp("ranked") / "study"))
    said = here("rank", study, "full-fibre-fund")
    assert said.code == 0, said.text
    return study


@pytest.fixture
def figures(ranked: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(ranked, tmp_path / "study"))


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_figures_of_the_bid_are_explained_down_to_a_file(done, tmp_path):
    with (done / "out" / "full-fibre-fund" / "figures.csv").open(encoding="utf-8") as stream:
        rows = [r for r in csv.DictReader(stream) if r["column"] == "score"]
    page = tmp_path / "why.html"
    said = here("explain", done, rows[0]["fig_id"], "--html", page)
    assert said.code == 0, said.text
    assert "= sum of weight x value" in said.out
    assert ", line " in said.out
    assert "sha256:" in said.out
    assert "Open Government Licence" in said.out
    assert "</html>" in page.read_text(encoding="utf-8")
    data = here("explain", done, rows[0]["fig_id"], "--json").data
    assert data["figure"] == rows[0]["fig_id"]
    assert data["files"]


def test_the_manifest_is_a_data_package_by_the_standards_own_tool(done):
    import frictionless

    report = frictionless.validate(str(done / "out" / "manifest.json"))
    assert report.valid, report.flatten(["name", "type", "message"])
    tables = {task.place for task in report.tasks if task.type == "table"}
    on_disk = {p.relative_to(done / "out").as_posix() for p in (done / "out").rglob("*.csv")}
    assert tables == on_disk
    package = json.loads((done / "out" / "manifest.json").read_text(encoding="utf-8"))
    bare = [
        (r["path"], f["name"])
        for r in package["resources"]
        for f in r.get("schema", {}).get("fields", ())
        if not f.get("description")
    ]
    assert bare == []


def test_an_unknown_figure_is_one_clear_message(done):
    said = here("explain", done, "full-fibre-fund/ranking:nobody:score")
    assert said.code == 1
    assert "there is no such figure" in said.err
    assert "Traceback" not in said.text


def test_untouched_outputs_verify_and_nothing_is_touched(mine):
    before = tree(mine)
    said = here("verify", mine, "--json")
    assert said.code == 0, said.text
    assert said.data["ok"] is True
    assert said.data["files"] > 10
    after = tree(mine)
    assert {k for k in before if not k.endswith("/lock")} == {
        k for k in after if not k.endswith("/lock")
    }
    assert all(before[k] == after[k] for k in before)


def test_an_edited_cell_is_caught_and_named(figures):
    path = figures / "out" / "full-fibre-fund" / "ranking.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    header = lines[0].strip().split(",")
    at = header.index("rank")
    cells = lines[3].split(",")
    cells[at] = "99"
    lines[3] = ",".join(cells)
    path.write_text("".join(lines), encoding="utf-8")
    said = here("verify", figures, "--json")
    assert said.code == 1, said.text
    (found,) = said.data["outputs"]
    assert found["path"] == "full-fibre-fund/ranking.csv"
    assert (found["row"], found["column"]) == (cells[0], "rank")
    assert said.data["sources"] == said.data["recomputed"] == []
    bundled = here("bundle", figures)
    assert bundled.code == 1
    assert "full-fibre-fund/ranking.csv" in bundled.err


def test_an_edited_source_byte_is_caught_and_named(figures):
    path = next((figures / "sources" / "deprivation").glob("*.csv"))
    text = path.read_bytes()
    path.write_bytes(
        text.rstrip()[:-1] + b"7\n" if text.rstrip()[-1:] != b"7" else text.rstrip()[:-1] + b"8\n"
    )
    said = here("verify", figures)
    assert said.code == 1
    assert f"sources/deprivation/{path.name}: changed" in said.out
    assert not list(figures.glob(".infra-verify-*"))


def test_a_submission_is_frozen_once_and_stays(figures):
    said = here("freeze", figures, "round-1", "--with-sources")
    assert said.code == 0, said.text
    frozen = figures / "frozen" / "round-1"
    assert tree(frozen / "out") == tree(figures / "out")
    assert tree(frozen / "sources") == tree(figures / "sources")
    assert (frozen / "study.toml").read_bytes() == (figures / "study.toml").read_bytes()
    again = here("freeze", figures, "round-1")
    assert again.code == 1
    assert "there is a frozen submission of this name" in again.err
    assert here("freeze", figures, "../away").code == 1
    # the frozen copy is a study of its own, and proves itself
    assert here("verify", frozen).code == 0


def test_changed_settings_are_not_frozen_with_old_outputs(mine):
    text = (mine / "study.toml").read_text(encoding="utf-8")
    (mine / "study.toml").write_text(
        text.replace("Practice study", "Another name"), encoding="utf-8"
    )
    said = here("freeze", mine, "round-1")
    assert said.code == 1
    assert "the study's settings are no longer what the outputs were made with" in said.err
    assert not (mine / "frozen" / "round-1").exists()


def test_two_bundles_are_the_same_bytes_and_verify_elsewhere(done, tmp_path):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    assert here("bundle", done, "--out", first).code == 0
    assert here("bundle", done, "--out", second).code == 0
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "there")
    assert {"README.txt", "study/study.toml", "study/out/manifest.json"} <= set(names)
    said = here("verify", tmp_path / "there" / "study")
    assert said.code == 0, said.text


def test_a_study_is_compared_with_its_baseline(mine, done):
    text = (mine / "study.toml").read_text(encoding="utf-8")
    assert here("compare", mine).code == 1
    lines = [line for line in text.splitlines() if not line.startswith("baseline")]
    baseline = f'baseline = "{(done / "out").as_posix()}"'
    at = next(i for i, line in enumerate(lines) if line.startswith("schema"))
    lines.insert(at + 1, baseline)
    text = "\n".join(lines).replace("[case.full-fibre-fund]", "[case.full-fibre-fund]", 1)
    (mine / "study.toml").write_text(text + "\n", encoding="utf-8")
    said = here("compare", mine)
    assert said.code == 0, said.text
    assert "sites changed rank" in said.out


def test_the_bid_as_generated_reconciles_and_an_edited_one_does_not(done, tmp_path):
    from docx import Document

    bid = done / "out" / "full-fibre-fund" / "bid.docx"
    copy = Path(shutil.copy(bid, tmp_path / "bid.docx"))
    said = here("reconcile", done, copy, "--json")
    assert said.code == 0, said.out
    assert said.data["agreed"] > 5
    document = Document(str(copy))
    pairs = ((a, b) for p in document.paragraphs for a, b in zip(p.runs, p.runs[1:], strict=False))
    number, _ = next(
        (a, b) for a, b in pairs if b.style.name == "Figure id" and any(c.isdigit() for c in a.text)
    )
    number.text = "".join("9" if c.isdigit() else c for c in number.text) + "99"
    document.save(str(copy))
    said = here("reconcile", done, copy)
    assert said.code == 1, said.text
    assert "no longer match" in said.out
