"""Bad input: one clear message with file, line, column and the mend; never a traceback; rows reconcile.

Each test changes one thing in a practice study and runs the real command; the first and the last in
a process of their own.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from journey import here, infra


def find(study: Path, pattern: str) -> Path:
    found = sorted((study / "sources").rglob(pattern))
    assert found, f"no {pattern} in the practice study"
    return found[-1]


def edit(path: Path, old: str, new: str, *, count: int = 1, encoding: str = "utf-8-sig") -> None:
    text = path.read_bytes().decode(encoding)
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_bytes(text.replace(old, new, count).encode(encoding))


def lines_of(path: Path, encoding: str = "cp1252") -> list[str]:
    return path.read_bytes().decode(encoding).split("\r\n")


def put(path: Path, lines: list[str], encoding: str = "cp1252") -> None:
    path.write_bytes("\r\n".join(lines).encode(encoding))


def refused(study: Path, *expected: str) -> str:
    """Run `check` and `run`; both refuse with exit 1, the same words, and no traceback."""
    for command in ("check", "run"):
        said = here(command, study)
        assert said.code == 1, said.text
        assert "Traceback" not in said.text
        for words in expected:
            assert words in said.text, said.text
    assert "To mend:" in said.text
    assert not (study / "out").exists()
    return said.text


def fate(study: Path, name: str) -> dict:
    """Run `check --json` and return what became of a file."""
    said = here("check", study, "--json")
    assert said.code == 0, said.text
    files = {Path(item["file"]).name: item for item in said.data["files"]}
    for item in files.values():
        if item["rows_in"] is not None:
            rows = (
                item["used"] + sum(item["set_aside"].values()) + sum(item["quarantined"].values())
            )
            assert item["rows_in"] == rows, item
    return files[name]


def quarantined(study: Path, path: Path, reason: str) -> dict:
    """Return a file's fate, having found a quarantine reason in it."""
    found = fate(study, path.name)
    assert any(reason in why for why in found["quarantined"]), found
    return found


NEWEST_LAUA = "202507_fixed_laua_coverage_r02.csv"


def test_a_good_study_checks_and_every_file_reconciles(study):
    found = fate(study, NEWEST_LAUA)
    assert found["status"] == "used"
    assert (found["rows_in"], found["used"]) == (7, 7)


def test_a_missing_file_that_the_study_names(study):
    with (study / "study.toml").open("a") as stream:
        stream.write('\n[[sources.file]]\nname = "register.csv"\nsensitivity = "internal"\n')
    refused(study, "register.csv", "not in sources/", "put it back or take the entry out")


def test_an_empty_file(study):
    find(study, NEWEST_LAUA).write_bytes(b"")
    refused(study, NEWEST_LAUA, "the file is empty", "download it again")


def test_a_web_page_saved_as_csv(study):
    find(study, NEWEST_LAUA).write_text("<!DOCTYPE html>\n<html><body>Access denied</body></html>")
    refused(study, f"{NEWEST_LAUA}, line 1", "this is a web page, not data")


def test_the_wrong_encoding(study):
    path = find(study, NEWEST_LAUA)
    path.write_bytes("\r\n".join(lines_of(path)).encode("utf-16"))
    refused(study, NEWEST_LAUA, "UTF-16", "CSV UTF-8")


def test_an_unknown_header_is_said_with_its_nearest_layout_and_left_out(study):
    (study / "sources" / "mystery.csv").write_text("colour,shape\nred,round\n")
    found = fate(study, "mystery.csv")
    assert found["status"] == "not recognised"


def test_a_renamed_column_is_refused_by_name(study):
    path = find(study, NEWEST_LAUA)
    edit(
        path,
        "Full Fibre availability (% premises)",
        "Full Fibre coverage (% premises)",
        encoding="cp1252",
    )
    refused(
        study,
        f"{NEWEST_LAUA}, line 1",
        "Full Fibre availability (% premises)",
        "nearest: 'Full Fibre coverage (% premises)'",
    )


def test_a_header_that_stands_twice(study):
    path = find(study, NEWEST_LAUA)
    edit(path, "UFBB (100Mbit/s) availability (% premises)", "All Premises", encoding="cp1252")
    refused(study, f"{NEWEST_LAUA}, line 1", "'All Premises' stands twice")


def test_swapped_longitude_and_latitude(study):
    path = find(study, "coldharrow_land_and_building_assets_*.csv")
    # the practice register has one such row among its traps
    assert "swapped" in str(fate(study, path.name)["quarantined"])


def test_coordinates_of_nought_are_no_position(study):
    path = find(study, "osopenuprn_*.csv")
    rows = path.read_bytes().decode("utf-8-sig").splitlines()
    uprn, *_ = rows[5].split(",")
    rows[5] = f"{uprn},0,0,0,0"
    path.write_bytes(("\ufeff" + "\r\n".join(rows)).encode())
    found = fate(study, path.name)
    assert any("position" in why for why in [*found["quarantined"], *found["set_aside"]]), found


def test_postcodes_with_odd_spacing_are_still_the_same_postcodes(study):
    path = find(study, "ONSPD_*.csv")
    before = fate(study, path.name)
    text = path.read_bytes().decode("utf-8-sig")
    path.write_bytes(
        re.sub(r'"(Q[A-Z]\d+) (\d[A-Z]{2})"', r'" \1  \2"', text)
        .lower()
        .replace("pcd7,", "pcd7,", 1)
        .encode()
    )
    lines = path.read_bytes().decode().splitlines()
    head = text.splitlines()[0]
    path.write_bytes("\r\n".join([head, *lines[1:]]).encode())
    after = fate(study, path.name)
    assert after["rows_in"] == before["rows_in"]
    assert after["used"] >= before["used"] - 1


def test_suppressed_and_blank_cells_are_missing_not_wrong(study):
    path = find(study, "*postcode_coverage_r02_QD.csv")
    rows = lines_of(path, "utf-8-sig")
    header = rows[0].split(",")
    at = header.index("Gigabit availability (% premises)")
    for number, value in ((1, "<4"), (2, ""), (3, "N/A")):
        cells = rows[number].split(",")
        cells[at] = value
        rows[number] = ",".join(cells)
    put(path, rows, "utf-8-sig")
    found = fate(study, path.name)
    assert found["quarantined"] == {}
    assert found["used"] + sum(found["set_aside"].values()) == found["rows_in"]


def change_cell(path: Path, row: int, column: str, value: str) -> None:
    rows = lines_of(path)
    header = rows[0].split(",")
    cells = rows[row].split(",")
    cells[header.index(column)] = value
    put(path, [*rows[:row], ",".join(cells), *rows[row + 1 :]])


def test_a_percentage_of_140(study):
    path = find(study, NEWEST_LAUA)
    change_cell(path, 2, "Full Fibre availability (% premises)", "140")
    found = quarantined(study, path, "outside 0 to 100")
    assert found["used"] == 6


def test_a_negative_count(study):
    path = find(study, NEWEST_LAUA)
    change_cell(path, 3, "Number of premises with Full Fibre availability", "-5")
    quarantined(study, path, "negative")


def test_words_where_a_number_should_be(study):
    path = find(study, NEWEST_LAUA)
    change_cell(path, 1, "All Premises", "lots")
    quarantined(study, path, "not a number")


def test_duplicate_ids(study):
    path = find(study, NEWEST_LAUA)
    rows = lines_of(path)
    put(path, [*rows[:3], rows[2], *rows[3:]])
    found = quarantined(study, path, "duplicate id")
    assert found["rows_in"] == 8


def test_a_row_cut_short(study):
    path = find(study, NEWEST_LAUA)
    data = path.read_bytes().rstrip(b"\r\n")
    path.write_bytes(data[: data.rindex(b",") - 40])
    found = fate(study, path.name)
    assert any("fields" in why for why in found["quarantined"]), found


def test_the_quarantine_names_file_line_column_and_value(study):
    path = find(study, NEWEST_LAUA)
    change_cell(path, 2, "Full Fibre availability (% premises)", "140")
    said = here("coverage", study)
    assert said.code == 0, said.text
    rows = (study / "out" / "quarantine" / "quarantine.csv").read_text().splitlines()
    assert rows[0].split(",")[:1] == ["file"]
    (row,) = [r for r in rows if NEWEST_LAUA in r]
    header = rows[0].split(",")
    cells = dict(zip(header, row.split(","), strict=False))
    assert cells["line"] == "3"
    assert cells["column"] == "Full Fibre availability (% premises)"
    assert cells["value"] == "140"


def test_an_invalid_polygon_is_mended_and_said(study):
    path = find(study, "Local_Authority_Districts_*.geojson")
    import json

    data = json.loads(path.read_text())
    feature = data["features"][0]
    rings = feature["geometry"]["coordinates"]
    ring = rings[0] if feature["geometry"]["type"] == "Polygon" else rings[0][0]
    ring[1], ring[2] = ring[2], ring[1]
    path.write_text(json.dumps(data))
    found = fate(study, path.name)
    assert found["status"] == "used"


def test_a_geojson_cut_short(study):
    path = find(study, "Local_Authority_Districts_*.geojson")
    path.write_bytes(path.read_bytes()[:-400])
    refused(study, path.name)


def test_a_gzip_cut_short(study):
    import gzip

    path = find(study, "Stops_*.csv")
    packed = gzip.compress(path.read_bytes(), mtime=0)
    path.with_suffix(".csv.gz").write_bytes(packed[: len(packed) // 2])
    path.unlink()
    refused(study, "Stops_", "cut short or broken")


def test_an_unknown_scenario(study):
    edit(study / "study.toml", 'scenario = "coworking"', 'scenario = "spaceport"')
    refused(study, "study.toml", "spaceport")


def test_an_unknown_profile(study):
    edit(study / "study.toml", 'profile = "co-working"', 'profile = "lottery"')
    refused(study, "lottery")


def test_weights_that_do_not_sum_to_one(study):
    import scenarios

    shipped = Path(scenarios.__file__).parent / "profiles" / "co-working.toml"
    text = shipped.read_text(encoding="utf-8")
    first = re.search(r"weight = ([\d.]+)", text)
    (study / "mine.toml").write_text(text.replace(first[0], "weight = 0.9", 1), encoding="utf-8")
    edit(study / "study.toml", 'profile = "co-working"', 'profile = "mine.toml"')
    refused(study, "mine.toml", "sum")


def test_a_slip_in_a_setting(study):
    edit(study / "study.toml", "budget_gbp", "budget_gpb")
    text = refused(study, "study.toml, line", "budget_gpb", "budget_gbp")
    assert "is missing" in text


def test_a_parameter_that_is_not_in_the_register(study):
    edit(
        study / "study.toml",
        '[parameters."appraisal.benefit_sme_gbp_per_year"]',
        '[parameters."appraisal.benefit_smee_gbp_per_year"]',
    )
    refused(study, "study.toml", "did you mean 'appraisal.benefit_sme_gbp_per_year'")


def test_an_output_folder_that_cannot_be_written(study):
    (study / "out").write_text("a file of mine")
    said = here("coverage", study)
    assert said.code == 1
    assert "Traceback" not in said.text
    assert "cannot be written" in said.text
    assert (study / "out").read_text() == "a file of mine"


def test_a_case_that_is_not_in_the_study(study):
    said = here("rank", study, "moon-base")
    assert said.code == 1
    assert "moon-base" in said.text
    assert "full-fibre-fund" in said.text


def test_wrong_usage_is_exit_2(study):
    assert infra("rank", study).code == 2
    assert infra("dance").code == 2


def test_no_study(tmp_path):
    said = infra("run", tmp_path / "nowhere")
    assert said.code == 1
    assert "infra new" in said.text


def test_all_faults_of_all_files_come_at_once(study):
    find(study, NEWEST_LAUA).write_bytes(b"")
    edit(
        find(study, "202507_fixed_pcon_coverage_r01.csv"),
        "parl_const,",
        "parl_konst,",
        encoding="cp1252",
    )
    text = refused(study, NEWEST_LAUA, "202507_fixed_pcon_coverage_r01.csv")
    assert text.count("To mend:") >= 2


def test_json_says_the_faults_too(study):
    find(study, NEWEST_LAUA).write_bytes(b"")
    said = here("check", study, "--json")
    assert said.code == 1
    assert said.data["ok"] is False
    assert any(NEWEST_LAUA in fault for fault in said.data["faults"])
    # what each case lacks is told even so, for it is what a new study is checked for
    told = {row["status"] for row in said.data["cases"]["full-fibre-fund"]["data"]}
    assert {"have", "missing"} <= told


def test_without_small_areas_the_check_still_ends_with_what_each_case_lacks(study):
    for path in (study / "sources" / "boundaries").glob("Lower_layer*"):
        path.unlink()
    said = here("check", study)
    assert said.code == 1
    assert "no boundaries of small areas" in said.text
    assert "What each case has, lacks or should renew" in said.text
    assert "get it from: " in said.text


def test_a_source_that_vanished_between_two_runs(study):
    assert here("coverage", study).code == 0
    shutil.rmtree(study / "sources")
    said = here("coverage", study)
    assert said.code == 1
    assert "sources" in said.text
    assert (study / "out" / "coverage" / "coverage.csv").exists()
