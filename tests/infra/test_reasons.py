"""What would be made again is said with its reason, and nothing is made for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.groups import group_parts
from infra.practice import new_practice_study
from infra.reasons import _reasons, explain_run, states
from infra.session import open_session
from infra.store import key_of


@pytest.fixture(scope="module")
def _practice(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reasons") / "study"
    new_practice_study(folder, premises=500, seed=3)
    return folder


@pytest.fixture
def study(_practice) -> Path:
    """A study whose manifest says that everything was made as it would be made now."""
    session = open_session(_practice)
    out = _practice / "out"
    out.mkdir(exist_ok=True)
    groups = [
        {"name": name, "key": key_of(parts), "files": [], "parts": parts}
        for name, parts in group_parts(session).items()
    ]
    about = {"groups": groups, "files": dict(session.source_key)}
    text = json.dumps({"infra": about, "resources": []})
    (out / "manifest.json").write_text(text, encoding="utf-8")
    return _practice


def again(study: Path) -> dict[str, tuple[str, ...]]:
    return {s.name: s.reasons for s in states(open_session(study)) if not s.holds}


def changed(path: Path, old: str, new: str):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text


def test_nothing_changed_nothing_again(study):
    assert again(study) == {}
    assert explain_run(open_session(study)).lines[0] == "Nothing would be made again."


def test_a_setting_of_one_case_touches_that_case_the_plan_the_bids_and_the_board(study):
    path = study / "study.toml"
    before = changed(path, "[case.co-working]", '[case.co-working]\ntitle = "Another title"')
    found = again(study)
    path.write_text(before, encoding="utf-8")
    assert {"co-working/ranking", "co-working/documents", "plan", "board"} <= set(found)
    assert "5g-testbed/documents" in found, "each bid prints its part in the plan of all"
    assert not {"layers", "coverage", "full-fibre-fund/ranking", "5g-testbed/ranking"} & set(found)
    assert found["plan"] == ("the settings of co-working changed",)


def test_a_changed_file_is_named(study):
    path = min((study / "sources").rglob("*.csv"))
    before = path.read_bytes()
    path.write_bytes(before + b"\n")
    found = again(study)
    path.write_bytes(before)
    name = path.relative_to(study / "sources").as_posix()
    assert found["layers"] == (f"{name} changed",)


def test_an_output_that_somebody_changed_is_named(study):
    path = study / "out" / "manifest.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    (study / "out" / "x.csv").write_text("a\n", encoding="utf-8")
    whole["resources"] = [{"path": "x.csv", "hash": "sha256:00"}]
    whole["infra"]["groups"][0]["files"] = ["x.csv"]
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert again(study) == {"layers": ("x.csv is not as infra wrote it",)}


def test_what_a_group_was_made_with_beside_all_it_needs_is_named():
    assert _reasons({"a": "1", "a plan of earlier weights": "kept"}, {"a": "1"}, ()) == [
        "it was made with a plan of earlier weights"
    ]
