"""An unchanged study is told from a changed one by its bytes, without opening it."""

from pathlib import Path

import pytest

from infra.manifest import Group, write_manifest
from infra.settled import settle, state_of, unchanged


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of one source file and one group of outputs, settled."""
    for name in ("sources", "out", ".infra"):
        (tmp_path / name).mkdir()
    (tmp_path / "study.toml").write_text('profile = "mine.toml"\n')
    (tmp_path / "sources" / "a.csv").write_text("1\n")
    (tmp_path / "out" / "b.txt").write_text("made")
    about = {"name": "s", "title": "S", "version": "1", "sources": [], "infra": {}}
    write_manifest(tmp_path / "out", [Group("board", "k", ("b.txt",))], about, {})
    settle(tmp_path, state_of(tmp_path), ["board"])
    return tmp_path


def test_nothing_has_changed(study):
    assert unchanged(study, state_of(study)) == ["board"]


@pytest.mark.parametrize(
    "change",
    [
        lambda study: (study / "sources" / "a.csv").write_text("2\n"),
        lambda study: (study / "sources" / "more.csv").write_text(""),
        lambda study: (study / "sources" / "a.csv").rename(study / "sources" / "c.csv"),
        lambda study: (study / "mine.toml").write_text("weight = 1"),
        lambda study: (study / "out" / "b.txt").write_text("harmed"),
        lambda study: (study / "out" / "b.txt").unlink(),
        lambda study: (study / "out" / "manifest.json").unlink(),
        lambda study: (study / ".infra" / "settled.json").write_text("{"),
    ],
)
def test_something_has(study, change):
    change(study)
    assert not unchanged(study, state_of(study))


def test_a_state_that_has_passed_is_not_kept(study):
    before = state_of(study)
    (study / "sources" / "a.csv").write_text("changed while it was at work\n")
    settle(study, before, ["board"])
    assert not (study / ".infra" / "settled.json").exists()


@pytest.mark.parametrize(
    "text", ['baseline = "../earlier"', 'folder = "/data"', 'x = ["C:\\\\data"]']
)
def test_a_study_that_names_what_lies_elsewhere_goes_the_longer_way(study, text):
    (study / "study.toml").write_text(text)
    assert state_of(study) == ""
