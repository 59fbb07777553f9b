"""Frozen submissions: a newer release is said, and a copy without its sources says what to do."""

import json
from types import SimpleNamespace

import pytest

from infra.freeze import _agrees, left_out_lines
from infra.newer import newer_than_frozen
from infra.parts import own_files
from infra.study import PINNED, Study
from layers.errors import StudyError
from layers.gather import FileFate


def fate(vintage, status="used", detail="pcon"):
    source = SimpleNamespace(
        title="Ofcom fixed coverage", detail=detail, publisher="Ofcom", vintage=vintage
    )
    return FileFate(f"{vintage}.csv", status, source=source)


@pytest.fixture
def frozen(tmp_path):
    """A study with one frozen submission that rests on Ofcom's files of July 2025."""
    folder = tmp_path / "frozen" / "round-1"
    folder.mkdir(parents=True)
    kind = {"title": "Ofcom fixed coverage (pcon)", "publisher": "Ofcom"}
    pinned = [{**kind, "vintage": "2024-01"}, {**kind, "vintage": "2025-07"}]
    (folder / PINNED).write_text(json.dumps({"sources": pinned}), encoding="utf-8")
    return SimpleNamespace(root=tmp_path)


def test_a_newer_release_is_said_once_and_an_older_one_is_not(frozen):
    (said,) = newer_than_frozen(frozen, [fate("2025-07"), fate("2026-01"), fate("2024-01")])
    assert said.startswith("Ofcom fixed coverage (pcon): 2026-01, newer than the frozen round-1")
    assert "(2025-07); the frozen copy keeps its own" in said
    assert newer_than_frozen(frozen, [fate("2025-07")]) == []


def test_files_that_are_not_used_or_of_another_kind_are_no_newer_release(frozen):
    assert (
        newer_than_frozen(frozen, [fate("2026-01", "not used"), fate("2026-01", detail="x")]) == []
    )


def test_an_unreadable_record_of_a_submission_is_said(frozen):
    (frozen.root / "frozen" / "round-1" / PINNED).write_text("{", encoding="utf-8")
    (said,) = newer_than_frozen(frozen, [fate("2026-01")])
    assert "round-1: its frozen.json is not readable" in said


def test_a_copy_frozen_without_sources_says_what_to_do(tmp_path):
    model = SimpleNamespace(sources=SimpleNamespace(folder="sources"))
    with pytest.raises(StudyError, match="put the publishers' files in it"):
        Study(tmp_path, model).files()
    (tmp_path / PINNED).write_text("{}", encoding="utf-8")
    with pytest.raises(StudyError, match=r"copy the files that frozen\.json lists"):
        Study(tmp_path, model).files()


def study_of(root, **model):
    given = {"case": {}, "strategy": "west-midlands-sep", "baseline": "", **model}
    return SimpleNamespace(root=root, model=SimpleNamespace(**given))


def test_a_copy_carries_the_studys_own_profile_strategy_approval_and_baseline(tmp_path):
    for name in ("own.toml", "aims.toml", "approvals/a.json", "frozen/r1/out/manifest.json", "frozen/r1/out/c/ranking.csv", "frozen/r1/out/c/map.png"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    case = {
        "a": SimpleNamespace(profile="own.toml"),
        "b": SimpleNamespace(profile="full-fibre-fund"),
    }
    study = study_of(tmp_path, case=case, strategy="aims.toml", baseline="frozen/r1")
    assert list(own_files(study)) == [
        "aims.toml", "approvals/a.json", "frozen/r1/out/c/ranking.csv", "frozen/r1/out/manifest.json", "own.toml",
    ]  # fmt: skip
    assert left_out_lines(study) == []
    beside = study_of(tmp_path, baseline="../earlier/out")
    assert list(own_files(beside)) == ["approvals/a.json"]
    assert "lies outside the study" in left_out_lines(beside)[0]


@pytest.mark.parametrize(
    ("made", "now", "stated", "agrees"),
    [
        ({"a": 1}, {"a": 1, "new": 0}, {"a": 1}, True),  # infra knows more; nobody has set it
        ({"a": 1}, {"a": 1, "new": 5}, {"a": 1, "new": 5}, False),
        ({"a": 1, "gone": 1}, {"a": 1}, {}, False),
        ({"a": [{"x": 1}]}, {"a": [{"x": 1, "new": ""}]}, {"a": [{"x": 1}]}, True),
        ({"a": [{"x": 1}]}, {"a": [{"x": 1}, {"x": 2}]}, {}, False),
        ({"a": 1}, {"a": 2}, {}, False),
    ],
)
def test_a_setting_that_a_newer_infra_adds_is_no_reason_to_refuse(made, now, stated, agrees):
    assert _agrees(made, now, stated) is agrees
