"""The manifest is a Frictionless data package: its published rules, and its own tool where there is one."""

import csv
import json
import re
from pathlib import PurePosixPath

import frictionless
import pytest

from infra.manifest import Group, write_manifest

ABOUT = {
    "name": "infra-study",
    "title": "t",
    "version": "0.1.0",
    "sources": [{"title": "a file", "path": "sources/a.csv"}],
    "infra": {"seed": 1},
}
# https://specs.frictionlessdata.io: names, paths and hashes of a data package's resources
NAME = re.compile(r"^[-a-z0-9._]+$")
HASH = re.compile(r"^sha256:[0-9a-f]{64}$")
TYPES = {"string", "number", "integer", "boolean"}


@pytest.fixture
def package(tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "a_b.csv").write_text("id,n,x,yes\nq,1,1.50,true\nr,,2,false\n", encoding="utf-8")
    (tmp_path / "a-b.csv").write_text("code\n007\n12\n", encoding="utf-8")
    (tmp_path / "case" / "bid.xlsx").write_bytes(b"PK")
    (tmp_path / "case" / "Übersicht.json").write_text("{}", encoding="utf-8")
    column = {"description": "a thing"}
    columns = dict.fromkeys(("id", "n", "yes"), column) | {
        "x": {"description": "how long", "unit": "m"}
    }
    lineage = [{"table": "a_b", "key": "id", "description": "Things", "columns": columns}]
    (tmp_path / "lineage.json").write_text(json.dumps(lineage), encoding="utf-8")
    files = ("a_b.csv", "a-b.csv", "case/bid.xlsx", "case/Übersicht.json", "lineage.json")
    write_manifest(tmp_path, [Group("g", "key", files)], ABOUT)
    return tmp_path


def check(folder):
    data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert data["profile"] == "data-package"
    assert NAME.match(data["name"])
    assert all(source["title"] for source in data["sources"])
    names = [r["name"] for r in data["resources"]]
    assert len(set(names)) == len(names) > 0
    for r in data["resources"]:
        path = PurePosixPath(r["path"])
        assert NAME.match(r["name"])
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert HASH.match(r["hash"])
        assert r["bytes"] == (folder / path).stat().st_size
        assert r["profile"] in {"data-resource", "tabular-data-resource"}
        if r["profile"] == "tabular-data-resource":
            with (folder / path).open(encoding="utf-8", newline="") as stream:
                header = next(csv.reader(stream))
            assert [f["name"] for f in r["schema"]["fields"]] == header
            assert len(set(header)) == len(header)
            assert {f["type"] for f in r["schema"]["fields"]} <= TYPES
            assert r["dialect"]["delimiter"] == ","
            assert r["encoding"] == "utf-8"
    return data


def test_the_published_rules_hold(package):
    data = check(package)
    fields = {r["path"]: r.get("schema", {}).get("fields") for r in data["resources"]}
    assert [f["type"] for f in fields["a_b.csv"]] == ["string", "integer", "number", "boolean"]
    assert [f["type"] for f in fields["a-b.csv"]] == ["string"], "a code with a nought is no number"


def problems(folder):
    report = frictionless.validate(str(folder / "manifest.json"))
    return {(task.place, error.type) for task in report.tasks for error in task.errors}


def test_the_standards_own_tool_agrees(package):
    assert problems(package) == set()


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("q,1,1.50,true", "q,one,1.50,true", "type-error"),
        ("r,,2,false", "q,,2,false", "primary-key"),
        ("id,n,x", "id,m,x", "incorrect-label"),
        ("q,1,1.50,true", "q,1,1.51,true", "hash-count"),
    ],
)
def test_the_standards_own_tool_catches_a_changed_table(package, before, after, kind):
    path = package / "a_b.csv"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    assert ("a_b.csv", kind) in problems(package)


def test_fields_carry_description_and_unit_and_a_table_its_key(package):
    (resource,) = [
        r
        for r in json.loads((package / "manifest.json").read_text(encoding="utf-8"))["resources"]
        if r["path"] == "a_b.csv"
    ]
    fields = {f["name"]: f for f in resource["schema"]["fields"]}
    assert (fields["x"]["description"], fields["x"]["unit"]) == ("how long", "m")
    assert resource["schema"]["primaryKey"] == ["id"]
    assert resource["description"] == "Things"
