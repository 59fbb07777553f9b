"""The real West Midlands from the publishers' own files, by the steps the README gives a user."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from journey import infra, with_budgets

DISTRICTS = [f"E080000{n}" for n in range(25, 32)]


@pytest.fixture(scope="module")
def region(real_data, tmp_path_factory) -> Path:
    """`infra new`, drop the files into sources/, `infra check`, `infra board`."""
    study = tmp_path_factory.mktemp("region") / "region"
    assert infra("new", study, "--area", "E47000007", "--as-of", "2026-11-23").code == 0
    shutil.copytree(real_data, study / "sources", dirs_exist_ok=True, copy_function=shutil.copyfile)
    said = infra("check", study)
    assert said.code == 0, said.text
    with_budgets(study, 0.2)
    said = infra("board", study)
    assert said.code == 0, said.text
    return study


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def coverage(region: Path, **wanted: str) -> list[dict[str, str]]:
    table = rows(region / "out" / "coverage" / "coverage.csv")
    return [r for r in table if all(r[k] == v for k, v in wanted.items())]


# computed by hand from the five Ofcom files over the 28 constituencies (../shared/data/README.md)
@pytest.mark.parametrize(
    ("release", "share"),
    [("2018-09", 4.2), ("2019-09", 14.3), ("2020-09", 25.2), ("2022-09", 42.9), ("2024-01", 62.4)],
)
def test_full_fibre_over_the_28_constituencies(region, release, share):
    (row,) = list(coverage(region, area_id="E47000007", measure="full_fibre_pct", release=release))
    assert float(row["share_pct"]) == pytest.approx(share, abs=0.1)
    assert "28 constituencies" in row["area_name"]


def test_gigabit_by_district_agrees_with_the_ons_series(region):
    # ONS Explore Local Statistics, January 2024, E08000025 to E08000031
    ons = dict(zip(DISTRICTS, (92.1, 96.8, 91.5, 89.4, 92.7, 88.6, 95.1), strict=True))
    # shares summed from the January 2024 constituency file (../shared/data/README.md)
    ofcom = dict(zip(DISTRICTS, (92.1, 96.8, 91.2, 89.3, 92.7, 88.6, 95.1), strict=True))
    for code in DISTRICTS:
        found = coverage(region, area_id=code, measure="gigabit_pct", release="2024-01")
        shares = {r["grade"]: float(r["share_pct"]) for r in found}
        assert shares, code
        for share in shares.values():
            # to one decimal, as both are published
            assert round(share, 1) == pytest.approx(ons[code], abs=0.3 + 1e-9)
        if "estimated" in shares:
            assert shares["estimated"] == pytest.approx(ofcom[code], abs=0.1)


def test_constituency_values_are_never_measured_for_a_small_area(region):
    grades = {r["full_fibre_grade"] for r in rows(region / "out" / "coverage" / "area_gaps.csv")}
    assert grades == {"estimated"}


def test_5g_deficit_is_unknown_without_a_mast_list(region):
    assert {r["deficit_5g_pct"] for r in rows(region / "out" / "coverage" / "area_gaps.csv")} == {
        ""
    }


@pytest.mark.parametrize(
    ("case", "at_least"), [("full-fibre-fund", 300), ("5g-testbed", 300), ("co-working", 5)]
)
def test_sites_are_ranked_in_every_scenario(region, case, at_least):
    table = rows(region / "out" / case / "ranking.csv")
    placed = [r for r in table if r["rank"]]
    assert len(placed) >= at_least
    assert all(float(r["score_low"]) <= float(r["score"]) <= float(r["score_high"]) for r in placed)


def test_closed_libraries_are_leads_to_verify_and_never_funded(region):
    table = rows(region / "out" / "co-working" / "ranking.csv")
    assert table
    assert {r["chosen"] for r in table} == {"false"}
    assert {r["status"] for r in table} <= {"to verify", "excluded", "not ranked"}
    assert any(r["status"] == "to verify" for r in table)


def test_gates_without_evidence_are_unknown_not_failed(region):
    gates = rows(region / "out" / "co-working" / "gates.csv")
    vacancy = [
        g
        for g in gates
        if g["outcome"] == "fail"
        and "no " in g["reason"].lower()
        and "evidence" in g["reason"].lower()
    ]
    assert vacancy == []


def test_every_file_reconciles(region):
    for row in rows(region / "out" / "coverage" / "quality.csv"):
        assert int(float(row["rows_in"])) == sum(
            int(float(row[n])) for n in ("used", "set_aside", "quarantined")
        ), row


def test_two_other_councils_registers_are_read_whole_and_set_aside(region):
    quality = {Path(r["path"]).name: r for r in rows(region / "out" / "coverage" / "quality.csv")}
    trafford = quality["trafford_land_and_building_assets.csv"]
    cheltenham = quality["cheltenham_local_authority_land_and_assets_2023.csv"]
    assert (int(float(trafford["rows_in"])), int(float(trafford["used"]))) == (608, 0)
    assert (int(float(cheltenham["rows_in"])), int(float(cheltenham["used"]))) == (461, 0)


@pytest.mark.parametrize("words", [("board",), pytest.param(("run",), marks=pytest.mark.slow)])
def test_nothing_real_is_marked_as_a_sample(region, words):
    said = infra(*words, region)
    assert said.code == 0, said.text
    pages = list((region / "out").rglob("*.html"))
    assert len(pages) >= (1 if words == ("board",) else 8)
    for page in pages:
        # the page's script can write the ribbon into what it saves; the page itself must not wear it
        shown = re.sub(r"(?s)<script.*?</script>", "", page.read_text(encoding="utf-8"))
        assert "SAMPLE DATA" not in shown


def test_sources_carry_licence_and_checksum(region):
    manifest = json.loads((region / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert all(s["licence"] and len(s["hash"]) == 71 for s in manifest["sources"])
    statements = {s["attribution"] for s in manifest["sources"]}
    assert any("Office of Communications" in s for s in statements)
    assert any("OpenStreetMap" in s for s in statements)
