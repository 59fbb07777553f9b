"""The main job on a practice study, from `infra sample` to the bid, as a user runs it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import hostile
import matplotlib as mpl
import openpyxl
import pytest
from docx import Document
from journey import infra, until_ctrl_c, with_budgets
from personas import bold, code_cells, commands, paths, toml_blocks

APPROVAL = """
[case.{}.approval]
version = "1.0"
prepared_by = "practice digital team"
prepared_on = 2026-03-02
checked_by = "practice programme office"
checked_on = 2026-03-03
approved_by = "practice Section 151 officer"
approved_on = 2026-03-04
"""
CASES = ("full-fibre-fund", "5g-testbed", "co-working")
PER_CASE = (
    "ranking.csv", "ranking.json", "sites.geojson", "figures.csv", "lineage.json", "map.html", "map.png",
    "map.pdf", "map_a3.png", "map_a3.pdf", "bid.docx", "bid.xlsx", "gates.csv", "costs.csv", "criteria.csv", "summary.csv",
)  # fmt: skip


def manifest(out: Path) -> dict:
    return json.loads((out / "manifest.json").read_text(encoding="utf-8"))


def assert_whole(out: Path) -> None:
    """Every output is there with the checksum its manifest says, and nothing else is."""
    listed = {r["path"]: r["hash"] for r in manifest(out)["resources"]}
    for path, digest in listed.items():
        assert digest == "sha256:" + hashlib.sha256((out / path).read_bytes()).hexdigest(), path
    there = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert there == {*listed, "manifest.json"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Path:
    """A practice study made and run by the two commands of `make demo`; some of its names are code."""
    study = tmp_path_factory.mktemp("demo") / "demo"
    said = infra("sample", study, "--premises", 2_000, "--seed", 5)
    assert said.code == 0, said.text
    with_budgets(study)
    assert hostile.poison(study) > len(hostile.PAYLOADS)
    said = infra("run", study)
    assert said.code == 0, said.text
    assert "index.html" in said.out
    return study


@pytest.fixture
def done(ran, tmp_path) -> Path:
    """A finished study of one's own, to change."""
    return Path(shutil.copytree(ran, tmp_path / "my study"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_output_of_every_case_is_there_and_whole(ran):
    for case in CASES:
        for name in PER_CASE:
            assert (ran / "out" / case / name).stat().st_size > 0, (case, name)
    assert (ran / "out" / "index.html").stat().st_size > 0
    assert_whole(ran / "out")


@pytest.mark.parametrize("case", CASES)
def test_sites_are_ranked_and_the_chosen_fit_the_budget(ran, case):
    ranking = rows(ran / "out" / case / "ranking.csv")
    ranked = [r for r in ranking if r["status"] == "ranked"]
    assert ranked, "no site is ranked"
    scores = [float(r["score"]) for r in ranked]
    assert scores == sorted(scores, reverse=True)
    chosen = [r for r in ranking if r["chosen"] == "true"]
    assert {r["status"] for r in chosen} <= {"ranked"}
    (budget,) = [r for r in rows(ran / "out" / case / "summary.csv") if r["item"] == "budget_gbp"]
    assert sum(float(r["cost_gbp"]) for r in chosen) <= float(budget["value"])


@pytest.mark.parametrize("case", CASES)
def test_every_figure_is_a_cell_of_a_table(ran, case):
    out = ran / "out"
    homes = {
        f"{case}/{n}": out / case / f"{n}.csv"
        for n in ("ranking", "gates", "costs", "criteria", "summary")
    }
    for scope in (case, "study"):
        homes |= {
            f"{scope}/{n}": out / "coverage" / f"{n}.csv"
            for n in ("coverage", "district_gaps", "area_gaps", "sources", "quality")
        }
    figures = rows(out / case / "figures.csv")
    assert len(figures) > 20
    tables = {name: {next(iter(r.values())): r for r in rows(path)} for name, path in homes.items()}
    keyed = 0
    for figure in figures:
        if figure["table"] in tables:
            cell = tables[figure["table"]][figure["row"]][figure["column"]]
            if cell and figure["value"]:
                try:
                    assert float(figure["value"]) == pytest.approx(float(cell), abs=1e-9)
                except ValueError:
                    assert figure["value"] == cell
            keyed += 1
    assert keyed > 10


def test_no_name_in_any_file_of_any_edition_is_code(ran):
    found = {}
    for path in sorted(p for p in (ran / "out").rglob("*") if p.suffix in hostile.READERS):
        faults = hostile.READERS[path.suffix](path)
        if faults:
            found[path.relative_to(ran / "out").as_posix()] = faults[:5]
    assert found == {}


def test_hostile_names_are_printed_as_the_text_they_are(ran):
    out = ran / "out" / "full-fibre-fund"
    told = hostile.told(row["name"] for row in rows(out / "ranking.csv"))
    assert len(told) > 10
    sheet = openpyxl.load_workbook(out / "bid.xlsx")["Site schedule"]
    assert hostile.told(str(cell.value) for row in sheet.iter_rows() for cell in row) == told


def test_every_page_and_table_says_that_it_is_a_sample(ran):
    for page in (ran / "out").rglob("*.html"):
        assert "SAMPLE DATA - NOT FOR BIDS" in page.read_text(encoding="utf-8"), page
    for case in CASES:
        assert (
            json.loads((ran / "out" / case / "ranking.json").read_text(encoding="utf-8"))["sample"]
            is True
        )


def test_no_page_asks_the_network_for_anything(ran):
    for page in (ran / "out").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        asked = re.findall(
            r"""(?:\bsrc|<link[^>]*\bhref)\s*=\s*["'](https?:)?//[^"']+|url\(\s*["']?(?:https?:)?//|@import""",
            text,
        )
        assert asked == [], page


def test_rows_reconcile_over_all_files(ran):
    for row in rows(ran / "out" / "coverage" / "quality.csv"):
        used, aside, bad = (int(float(row[n])) for n in ("used", "set_aside", "quarantined"))
        assert int(float(row["rows_in"])) == used + aside + bad, row


@pytest.mark.parametrize("case", CASES)
def test_an_untouched_bid_matches_the_study_though_editions_hold_other_values(ran, case):
    assert (ran / "out" / "public" / "figures.csv").exists()
    said = infra("reconcile", ran, ran / "out" / case / "bid.docx")
    assert said.code == 0, said.text
    assert re.match(r"All \d\d+ figures in the text match", said.out)


def test_a_second_run_changes_nothing(ran):
    before = manifest(ran / "out")
    said = infra("run", ran, "--json")
    assert said.code == 0, said.text
    assert said.data["made"] == []
    assert manifest(ran / "out") == before


# a bid needs every ranking and the plan, so the short one leaves out only more maps and documents
@pytest.mark.parametrize(
    "words", [("bid", "full-fibre-fund"), pytest.param(("run",), marks=pytest.mark.slow)]
)
def test_another_place_clock_and_hash_seed_give_the_same_bytes(ran, tmp_path, words):
    env = {
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "77",
        "LC_ALL": "C",
        "OMP_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
    }
    study = tmp_path / "ailleurs é"
    assert infra("sample", study, "--premises", 2_000, "--seed", 5, env=env).code == 0
    with_budgets(study)
    hostile.poison(study)
    said = infra(words[0], study, *words[1:], env=env)
    assert said.code == 0, said.text
    ours = {r["path"]: r["hash"] for r in manifest(ran / "out")["resources"]}
    theirs = {r["path"]: r["hash"] for r in manifest(study / "out")["resources"]}
    assert {f"full-fibre-fund/{n}" for n in ("bid.pdf", "bid.docx", "map.html")} <= theirs.keys()
    assert words != ("run",) or ours.keys() == theirs.keys()
    assert {p for p in theirs if theirs[p] != ours[p]} == set()


def test_a_changed_budget_drops_what_no_longer_matches(done):
    study = done
    text = (study / "study.toml").read_text(encoding="utf-8")
    budget = re.search(r"(\[case\.co-working\][^\[]*budget_gbp = )([\d_]+)", text)
    (study / "study.toml").write_text(
        text.replace(budget[0], budget[1] + "123_456"), encoding="utf-8"
    )
    said = infra("rank", study, "co-working", "--json")
    assert said.code == 0, said.text
    assert said.data["made"] == ["co-working/ranking"]
    assert "co-working/documents" in said.data["removed"]
    assert "board" in said.data["removed"]
    assert "full-fibre-fund/ranking" in said.data["unchanged"]
    # each bid prints its part in the plan of all, so none stands beside a new ranking
    assert "full-fibre-fund/documents" in said.data["removed"]
    assert not (study / "out" / "co-working" / "bid.docx").exists()
    assert (study / "out" / "full-fibre-fund" / "ranking.csv").exists()
    assert_whole(study / "out")


def test_an_edited_bid_is_never_overwritten(done):
    study = done
    bid = study / "out" / "co-working" / "bid.docx"
    bid.write_bytes(b"the officer's own words")
    text = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(
        text.replace('name = "Practice study"', 'name = "Another name"'), encoding="utf-8"
    )
    said = infra("bid", study, "co-working")
    assert said.code == 0, said.text
    assert bid.read_bytes() == b"the officer's own words"
    assert (bid.parent / "bid.generated.docx").stat().st_size > 10_000
    assert "was edited" in said.out


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")
@pytest.mark.slow  # the exchange itself is killed at every step in tests/infra/test_exchange_kills.py
@pytest.mark.parametrize("after_s", [1.5, 6.0, 12.0])
def test_a_run_killed_half_way_leaves_the_previous_outputs_whole(done, after_s):
    study = done
    before = manifest(study / "out")
    text = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(
        text.replace('name = "Practice study"', 'name = "Another name"'), encoding="utf-8"
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "infra", "run", str(study)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    time.sleep(after_s)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert manifest(study / "out") == before
    assert_whole(study / "out")
    said = infra("run", study)
    assert said.code == 0, said.text
    assert_whole(study / "out")
    assert manifest(study / "out")["title"] == "Another name"


def test_help_names_every_command():
    said = infra("--help")
    for command in ("new", "sample", "check", "run", "coverage", "rank", "bid", "board", "watch"):
        assert f"  {command} " in said.out


def test_the_officers_page_can_be_followed(done, tmp_path):
    told = commands("officer.md")
    assert [words[0] for words in told][:4] == ["new", "fetch", "check", "run"]
    for words in told:
        if words[0] == "fetch":
            continue  # the one command that uses the network
        if words[0] == "approve":
            with (done / "study.toml").open("a", encoding="utf-8") as stream:
                stream.write(APPROVAL.format(words[2]))
        place = tmp_path / "another" if words[0] == "new" else done
        told_words = [place if word == "mystudy" else word for word in words]
        if words[0] == "watch":
            said = until_ctrl_c(*told_words, says="Watching")
            assert said.out.endswith("Stopped.\n")
        else:
            said = infra(*told_words)
        assert said.code == 0, said.text
    assert (tmp_path / "another" / "study.toml").is_file()
    for name in paths("officer.md"):
        assert (done / "out" / name).exists(), name
    (kept,) = (done / "approvals").iterdir()
    assert kept.name == "full-fibre-fund-1.0.json"
    bid = Document(str(done / "out" / "full-fibre-fund" / "bid.docx"))
    assert "Version 1.0, approved 4 March 2026" in bid.sections[0].header.paragraphs[-1].text
    banners = [p.text for p in bid.paragraphs if p.style.name == "Banner"]
    assert [text.split(".")[0].split(":")[0] for text in banners] == [
        "SAMPLE DATA - NOT FOR BIDS", "CLOSED",
    ]  # fmt: skip


def test_the_board_members_page_names_what_the_page_shows(ran):
    page = (ran / "out" / "index.html").read_text(encoding="utf-8")
    headings = {re.sub(r"<[^>]+>", "", found) for found in re.findall(r"<h2[^>]*>(.*?)</h2>", page)}
    named = bold("board-member.md")
    assert len(named) > 8
    assert set(named) <= headings


def test_the_planners_page_can_be_followed(done):
    for name in paths("planner.md"):
        assert (done / "out" / name).exists(), name
    gates = rows(done / "out" / "co-working" / "gates.csv")
    visits = rows(done / "out" / "co-working" / "visit_form.csv")
    sheet = {row["Site id"]: row for row in visits}
    open_ = [g["site_id"] for g in gates if (g["gate"], g["outcome"]) == ("vacant", "unknown")]
    visited = next(site for site in open_ if site in sheet)
    site = next(site for site in open_ if site != visited)
    found_there = {
        "Visited on": "2025-11-20",
        "Visited by (role)": "planner",
        "Occupancy (vacant, part vacant, occupied)": "vacant",
        "Vacancy confirmed by (asset manager's role)": "asset manager",
        "Vacancy confirmed on": "2025-11-20",
    }
    assert set(found_there) <= set(sheet[visited])
    with (done / "sources" / "visits.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, visits[0].keys())
        lines.writeheader()
        lines.writerows(row | found_there if row["Site id"] == visited else row for row in visits)
    block = re.sub(r'site = "[^"]+".*', f'site = "{site}"', toml_blocks("planner.md"))
    toml = done / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + "\n" + block, encoding="utf-8")
    words = next(words for words in commands("planner.md") if words[0] == "rank")
    said = infra(*(done if word == "mystudy" else word for word in words))
    assert said.code == 0, said.text
    found = {(g["site_id"], g["gate"]): g for g in rows(done / "out" / "co-working" / "gates.csv")}
    assert found[site, "vacant"]["outcome"] == "pass"
    assert "site visit, note 12" in found[site, "vacant"]["reason"]
    assert found[visited, "vacant"]["outcome"] == "pass", "by the form that was filled in"
    kept = rows(done / "out" / "co-working" / "overrides.csv")
    assert {(r["who"], r["when"]) for r in kept} >= {
        ("asset manager", "2026-11-20"),
        ("fire safety officer", "2026-11-20"),
    }


def test_every_cell_of_the_notebook_runs(done, tmp_path, monkeypatch):
    mpl.use("Agg")
    done.rename(tmp_path / "demo")
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path / "docs")
    names: dict[str, object] = {}
    for number, cell in enumerate(code_cells("example.ipynb")):
        exec(compile(cell, f"cell {number}", "exec"), names)
    ranking = names["result"].ranking.frame
    assert len(names["chosen"]) == ranking["chosen"].sum() > 0
    mpl.pyplot.close("all")
