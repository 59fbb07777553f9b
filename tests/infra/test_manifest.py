"""The manifest lists what was made, and knows what somebody changed since."""

import hashlib
import json
import shutil

from infra import manifest
from infra.manifest import Group, edited_documents, foreign_files, read_groups, write_manifest

ABOUT = {"name": "n", "title": "t", "version": "0", "sources": [], "infra": {"seed": 1}}


def made(folder):
    (folder / "case").mkdir()
    (folder / "case" / "bid.docx").write_bytes(b"doc")
    (folder / "a.csv").write_bytes(b"x\n1\n")
    write_manifest(folder, [Group("g", "key", ("a.csv", "case/bid.docx"))], ABOUT)
    return folder


def test_every_output_has_its_checksum(tmp_path):
    package = json.loads((made(tmp_path) / "manifest.json").read_text())
    hashes = {r["path"]: r["hash"] for r in package["resources"]}
    assert hashes["a.csv"] == "sha256:" + hashlib.sha256(b"x\n1\n").hexdigest()
    assert set(hashes) == {"a.csv", "case/bid.docx"}


def test_groups_are_read_back(tmp_path):
    assert read_groups(made(tmp_path)) == {"g": Group("g", "key", ("a.csv", "case/bid.docx"))}


def test_a_group_with_a_missing_file_does_not_count(tmp_path):
    (made(tmp_path) / "a.csv").unlink()
    assert read_groups(tmp_path) == {}


def test_an_edited_document_is_noticed(tmp_path):
    made(tmp_path)
    assert edited_documents(tmp_path) == {}
    (tmp_path / "case" / "bid.docx").write_bytes(b"edited")
    as_made = hashlib.sha256(b"doc").hexdigest()
    assert edited_documents(tmp_path) == {"case/bid.docx": as_made}


def test_somebodys_own_file_is_noticed(tmp_path):
    made(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    assert foreign_files(tmp_path) == ["notes.txt"]


def test_a_broken_manifest_claims_nothing(tmp_path):
    (made(tmp_path) / "manifest.json").write_text("{")
    assert read_groups(tmp_path) == {}


def test_carried_files_are_neither_hashed_nor_looked_at_again(tmp_path, monkeypatch):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    shutil.copytree(made(before), after)
    groups = [Group("g", "key", ("a.csv", "case/bid.docx")), Group("new", "key", ("b.csv",))]
    (after / "b.csv").write_bytes(b"y\n1.5\n")
    write_manifest(after, groups, ABOUT)
    wanted, looked = (after / "manifest.json").read_bytes(), []

    def noted(name):
        real = getattr(manifest, name)
        monkeypatch.setattr(
            manifest, name, lambda path: looked.append((name, path.name)) or real(path)
        )

    noted("_kinds")
    noted("sha256_of")
    write_manifest(after, groups, ABOUT, before=before, carried=["g"])
    assert sorted(looked) == [("_kinds", "b.csv"), ("sha256_of", "b.csv")]
    assert (after / "manifest.json").read_bytes() == wanted
    looked.clear()
    write_manifest(after, groups, ABOUT, before=before, carried=["other"])
    assert len(looked) == 5
    assert (after / "manifest.json").read_bytes() == wanted
