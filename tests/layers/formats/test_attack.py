"""Damaged files: no traceback, no hang, no silent loss."""

from __future__ import annotations

import sys
import time

import pytest
from attack import attack
from practice_files import binary_files, practice_files

from layers import peeking
from layers.formats import format_names
from layers.gather import gather
from layers.reading import with_lines


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return practice_files(tmp_path_factory.mktemp("practice"))


def test_every_format_has_a_practice_file_to_damage(files):
    held = {case.split(" ")[0] for case in files}
    assert set(format_names()) - held <= {"visit_sheet"}  # its own tests damage it


def test_300_damaged_files(files, tmp_path):
    fates, _ = attack(files, tmp_path, range(300))
    assert fates.total() >= 300
    assert set(fates) <= {"used", "not used", "not recognised", "refused"}
    assert fates["refused"] > 10
    assert fates["used"] > 10


@pytest.fixture(scope="module")
def binaries(files, tmp_path_factory):
    return binary_files(tmp_path_factory.mktemp("binary"), files)


def test_the_binary_files_are_read_before_they_are_damaged(binaries):
    for case, path in binaries.items():
        made = gather(path.parent, [path])
        assert {f.status for f in made.fates} == {"used"}, (case, made.fates)
        assert not made.faults


def test_120_damaged_binary_files(binaries, tmp_path):
    fates, _ = attack(binaries, tmp_path, range(120))
    assert fates["refused"] > 10
    assert fates["used"] > 5


FORMULA, MARKUP = '=HYPERLINK("http://x","y")', "<script>alert('1')</script>"


def test_formulas_and_html_pass_through_as_data(tmp_path, read_one):
    text = f'mast_id,name,operator,easting,northing\n1,"{FORMULA.replace(chr(34), chr(34) * 2)}",@SUM(A1),406523,286448\n2,{MARKUP},+1,406600,286448\n'
    (tmp_path / "masts.csv").write_text(text, encoding="utf-8")
    frame = read_one(tmp_path / "masts.csv", expect="mast_list").frame
    assert frame["name"].tolist() == [FORMULA, MARKUP]
    assert frame["operator"].tolist() == ["@SUM(A1)", "+1"]


UPRNS = ["UPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE", "1,406521.0,286448.0,52.4,-1.9", "2,x,286448.0,52.4,-1.9", "3,406523.0,286448.0,52.4,-1.9"]  # fmt: skip


@pytest.mark.parametrize(
    "ends",
    [
        ("\r\n", "\n", "\r\n", "\n"),
        ("\n", "\r\n", "\n", "\r\n"),
        ("\r\n", "\r", "\n", ""),
        ("\r", "\r", "\r", "\r"),
    ],
)
def test_mixed_line_ends_lose_no_row_and_no_line_number(tmp_path, ends):
    path = tmp_path / "uprn.csv"
    path.write_bytes("".join(map("".join, zip(UPRNS, ends, strict=True))).encode())
    made = gather(tmp_path, [path])
    (reading,) = made.readings["open_uprn"]
    assert reading.frame["uprn"].tolist() == [1, 3]
    found = with_lines(made.looks[reading.source.src], reading)
    assert found[["record", "line"]].to_numpy().tolist() == [[2, 3]]


def test_nul_bytes_are_refused_with_their_line(tmp_path):
    path = tmp_path / "uprn.csv"
    path.write_bytes("\n".join([*UPRNS, "4,4065\x0023.0,286448.0,52.4,-1.9"]).encode())
    made = gather(tmp_path, [path])
    assert made.fates[0].status == "refused"
    assert "NUL" in made.faults[0].problem
    assert made.faults[0].line == 5


def test_one_endless_line_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(peeking, "MAX_LINE", 1 << 20)
    path = tmp_path / "huge.csv"
    path.write_bytes(b"1," * (1 << 20))
    made = gather(tmp_path, [path])
    assert made.fates[0].status == "refused"
    assert "longer than 1 MiB" in made.faults[0].problem
    assert made.faults[0].line == 1


def test_a_sparse_gigabyte_on_one_line_is_refused_within_seconds(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"a" * (1 << 16))
        file.truncate(1 << 30)
    began = time.perf_counter()
    made = gather(tmp_path, [path])
    assert made.fates[0].status == "refused"
    assert time.perf_counter() - began < 10


def test_an_endless_line_behind_a_good_header_is_refused_with_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr(peeking, "MAX_LINE", 1 << 20)
    path = tmp_path / "uprn.csv"
    path.write_bytes(b"UPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\n" + b"1" * (3 << 20))
    made = gather(tmp_path, [path])
    assert made.faults[0].line == 2


def test_geojson_that_is_not_utf_8_is_refused(tmp_path):
    """Found by the guided run: the vector library ended in a UnicodeDecodeError."""
    ring = "[[[-1.9,52.5],[-1.91,52.51],[-1.9,52.51],[-1.9,52.5]]]"
    text = f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"osm_id":"?","building":"yes","name":"x","amenity":null}},"geometry":{{"type":"Polygon","coordinates":{ring}}}}}]}}'
    path = tmp_path / "buildings.geojson"
    path.write_bytes(text.encode().replace(b"?", b"\xf01"))
    made = gather(tmp_path, [path])
    assert made.fates[0].status == "refused"
    assert "not UTF-8" in made.faults[0].problem


def test_a_raster_whose_own_words_are_no_text_says_nothing_by_itself(files, tmp_path):
    """Found by the 12,000 files: the raster library could not print its own message, and said so."""
    case = next(c for c in files if c.startswith("height_raster"))
    data = files[case].read_bytes()
    assert b'<Item name="' in data
    path = tmp_path / files[case].name
    path.write_bytes(data.replace(b'<Item name="', b'<Item \xe1ame "', 1))
    said: list[object] = []
    held, sys.unraisablehook = sys.unraisablehook, said.append
    try:
        made = gather(tmp_path, [path])
    finally:
        sys.unraisablehook = held
    assert made.fates[0].status in {"used", "refused"}
    assert said == []


def test_a_header_of_a_hundred_thousand_cells_is_refused_at_once(tmp_path):
    """Found by the guided run: each layout was tried against each cell, for half a minute."""
    path = tmp_path / "wide.csv"
    path.write_bytes(b"UPRN" + b"," * 100_000 + b"\n1\n")
    began = time.process_time()
    made = gather(tmp_path, [path])
    assert "more than 4,000 cells" in made.faults[0].problem
    assert time.process_time() - began < 5


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_12_000_damaged_files(files, tmp_path, part, record_testsuite_property):
    first = 1_000 + 3_000 * part
    fates, slowest = attack(files, tmp_path, range(first, first + 3_000))
    # the figures of docs/reliability.md: pytest --junitxml writes them down
    for name in sorted(fates):
        record_testsuite_property(f"part {part}: {name}", fates[name])
    record_testsuite_property(f"part {part}: slowest_s", round(slowest, 2))
    assert fates.total() >= 3_000


@pytest.mark.slow
def test_2_000_damaged_binary_files(binaries, tmp_path, record_testsuite_property):
    fates, slowest = attack(binaries, tmp_path, range(20_000, 22_000))
    for name in sorted(fates):
        record_testsuite_property(f"binary: {name}", fates[name])
    record_testsuite_property("binary: slowest_s", round(slowest, 2))
    assert fates.total() >= 2_000
