"""Zips become files of their own; what is dangerous in a zip is one clear fault."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest

from layers import archives
from layers.archives import members, real
from layers.errors import SourceError
from layers.gather import gather

HEAD = "parl_const,parl_const_name,All Premises,All Matched Premises,SFBB availability (% premises),UFBB availability (% premises),Full Fibre availability (% premises),% of premises unable to receive 30Mbit/s"
PCON = f"{HEAD}\nE14000530,Aldershot,100,100,99.0,90.0,10.0,1.0\n"
POST = "postcode,postcode_space,postcode area,SFBB availability (% premises),UFBB availability (% premises),Gigabit availability (% premises),% of premises unable to receive 30Mbit/s\n{c}11AA,{c}1 1AA,{c},99,90,80,1\n"


def zipped(path, held):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return path


def inner(held):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return stream.getvalue()


def fates(folder):
    files = [p for p in folder.rglob("*") if p.is_file()]
    made = gather(folder, files)
    return made, {f.name: f for f in made.fates}


def problem(path):
    with pytest.raises(SourceError) as caught:
        members(path, path.name)
    (fault,) = caught.value.faults
    assert fault.mend
    return fault.problem


def test_members_are_files_of_their_own_with_their_own_checksum(tmp_path):
    name = "202401_fixed_pcon_coverage_r01.csv"
    zipped(tmp_path / "sources/pack.zip", {f"a/{name}": PCON, "guide.pdf": b"%PDF"})
    made, fate = fates(tmp_path)
    found = fate[f"sources/pack.zip!a/{name}"]
    assert (found.status, found.detail, found.vintage) == ("used", "pcon", "2024-01")
    assert found.source.sha256 == hashlib.sha256(PCON.encode()).hexdigest()
    assert fate["sources/pack.zip"].detail == "2 files"
    assert fate["sources/pack.zip!guide.pdf"].status == "not recognised"
    assert not made.faults


def test_archives_in_archives_are_opened_and_revisions_compared_across_them(tmp_path):
    old, new = "202401_fixed_pcon_coverage_r01.csv", "202401_fixed_pcon_coverage_r02.csv"
    deep = inner({"x.zip": inner({new: PCON.replace("10.0", "20.0")})})
    zipped(tmp_path / "pack.zip", {"deep.zip": deep, old: PCON})
    _, fate = fates(tmp_path)
    assert fate[f"pack.zip!deep.zip!x.zip!{new}"].status == "used"
    assert "superseded by r02" in fate[f"pack.zip!{old}"].reason


def test_the_same_content_inside_and_outside_counts_once(tmp_path):
    name = "202401_fixed_pcon_coverage_r01.csv"
    zipped(tmp_path / "b.zip", {name: PCON})
    (tmp_path / name).write_text(PCON)
    _, fate = fates(tmp_path)
    assert fate[f"b.zip!{name}"].reason == f"same content as {name}"


def test_a_folder_of_121_files_is_read_file_by_file(tmp_path):
    letters = [f"{a}{b}" for a in "ABCDEFGHIJK" for b in "ABCDEFGHIJK"]
    held = {
        f"postcode_files/202601_fixed_pc_coverage_r2_{c}.csv": POST.format(c=c) for c in letters
    }
    zipped(tmp_path / "pack.zip", held)
    made, _ = fates(tmp_path)
    assert len(made.readings["ofcom_fixed"]) == 121


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "a\nb.csv"])  # fmt: skip
def test_a_path_out_of_the_archive_is_refused(tmp_path, name):
    path = zipped(tmp_path / "x.zip", {name: PCON})
    assert "written outside" in problem(path)
    assert not (tmp_path.parent / "evil.csv").exists()


def test_bombs_are_refused_by_what_comes_out_not_by_what_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "RATIO_FLOOR", 1 << 20)
    assert "times its size" in problem(zipped(tmp_path / "x.zip", {"a.csv": b"0" * (8 << 20)}))
    monkeypatch.setattr(archives, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(archives, "MAX_RATIO", 10**9)
    assert "unpacks to more than" in problem(
        zipped(tmp_path / "y.zip", {"a.csv": b"0" * (8 << 20)})
    )


def test_too_many_too_deep_and_twice_the_same_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    assert "more than 3 files" in problem(zipped(tmp_path / "x.zip", {f"{i}.csv": "a" for i in range(5)}))  # fmt: skip
    deep = inner({"a.csv": "x"})
    for _ in range(3):
        deep = inner({"a.zip": deep})
    assert "deep" in problem(zipped(tmp_path / "y.zip", {"a.zip": deep}))
    twice = inner({"a.csv": "1", "b.csv": "2"}).replace(b"b.csv", b"a.csv")
    (tmp_path / "z.zip").write_bytes(twice)
    assert "two files of the same name" in problem(tmp_path / "z.zip")


def test_encrypted_and_broken_archives_are_one_fault(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.csv": PCON})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of an encrypted member, in the local and the central header
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    assert problem(path) == "the archive is encrypted"
    path.write_bytes(bytes(data[: len(data) // 2]))
    assert problem(path) == "the archive is cut short or broken"
    made, fate = fates(tmp_path)
    assert fate["x.zip"].status == "refused"
    assert len(made.faults) == 1


def test_a_zipped_shapefile_and_a_spreadsheet_are_not_taken_apart(tmp_path):
    zipped(tmp_path / "sheet.xlsx", {"[Content_Types].xml": "<x/>", "xl/a.xml": "<x/>"})
    made, fate = fates(tmp_path)
    assert "CSV UTF-8" in fate["sheet.xlsx"].reason
    assert not made.faults
    assert not archives.holds_files(zipped(tmp_path / "s.zip", {"a.shp": b"", "a.dbf": b""}))


def test_a_member_is_found_again_by_its_home(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a/b.csv": "hello"})
    assert real(path) == path
    assert real(tmp_path / "x.zip!a/b.csv").read_text() == "hello"
    with pytest.raises(SourceError, match="no longer holds"):
        real(tmp_path / "x.zip!gone.csv")


def test_known_faults_of_a_package_are_said_with_their_mend(tmp_path):
    for area, content in (("CV", "CV"), ("CW", "CV"), ("MK", "ME")):
        name = f"202601_fixed_pc_coverage_r1_{area}.csv"
        (tmp_path / name).write_text(POST.format(c=content))
    _, fate = fates(tmp_path)
    copy = fate["202601_fixed_pc_coverage_r1_CW.csv"]
    assert copy.status == "not used"
    assert copy.reason.startswith("same content as 202601_fixed_pc_coverage_r1_CV.csv: the January")
    assert "revision r2 of 7 July 2026" in copy.reason
    alone = fate["202601_fixed_pc_coverage_r1_MK.csv"]  # its twin is not there, its content is
    assert (alone.status, alone.quality.used) == ("not used", 0)
    assert "postcodes of ME in the file for MK" in alone.reason
    assert fate["202601_fixed_pc_coverage_r1_CV.csv"].status == "used"


def test_an_unknown_copy_in_a_package_is_said_too(tmp_path):
    for area in ("AB", "AL"):
        (tmp_path / f"202601_fixed_pc_coverage_r2_{area}.csv").write_text(POST.format(c="AB"))
    _, fate = fates(tmp_path)
    reason = fate["202601_fixed_pc_coverage_r2_AL.csv"].reason
    assert "named for AL and the other for AB" in reason
