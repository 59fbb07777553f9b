"""An open command makes what `infra board` makes, after every change that is saved, and outlives a mistake in one."""

import re
import shutil
import sys
from functools import partial
from pathlib import Path

import pytest

from infra import evidence_io, hands, making
from infra import watch as watching
from infra.practice import new_practice_study
from infra.run import run
from infra.session import open_session
from infra.watch import STANDS, WATCHING, watch
from layers.errors import OutputError, StudyError
from scenarios import profile

sys.path.append(str(Path(__file__).parents[1] / "journeys"))
from journey import with_budgets

CASE = "co-working"


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    """A small practice study with a profile of its own; copy it before changing it."""
    root = tmp_path_factory.mktemp("watch") / "study"
    new_practice_study(root, premises=500, seed=5)
    with_budgets(root)
    shipped = Path(profile.__file__).parent / "profiles" / f"{CASE}.toml"
    shutil.copy(shipped, root / "mine.toml")
    settings = root / "study.toml"
    named = settings.read_text("utf-8").replace(f'profile = "{CASE}"', 'profile = "mine.toml"')
    settings.write_text(named, "utf-8")
    run(open_session(root), lambda _group: True, lambda _text: None)
    return root


@pytest.fixture
def study(practice, tmp_path):
    return Path(shutil.copytree(practice, tmp_path / "study"))


def move(path: Path, share: float) -> None:
    """Move weight from the second criterion to the first."""
    weights = iter((share, -share))

    def moved(found):
        return f"weight = {float(found[1]) + next(weights):.4f}"

    text = re.sub(
        r"^weight = ([0-9.]+)$", moved, path.read_text("utf-8"), count=2, flags=re.MULTILINE
    )
    path.write_text(text, "utf-8")


def watched(study, *steps, processes=1):
    """Watch a study while somebody takes steps, and return what was said after the first page, and of each step."""
    said, left = [], list(steps)

    def wait(_seconds):
        if len(said) <= len(steps) - len(left):  # what was done last has not been answered yet
            return True
        if not left:
            return False
        left.pop(0)()
        return True

    watch(study, lambda *words: said.append(words), lambda _t: None, processes=processes, wait=wait)
    return said


def files(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def by_board(practice, study, folder):
    """What `infra board` makes of the settings of the study, in a study where nobody watched."""
    copy = Path(shutil.copytree(practice, folder))
    for name in ("study.toml", "mine.toml"):
        shutil.copy(study / name, copy / name)
    run(open_session(copy), lambda group: group in {"board", "coverage"}, lambda _text: None)
    return files(copy / "out")


def test_each_change_makes_what_the_board_command_makes_and_nothing_is_read_again(
    practice, study, tmp_path, monkeypatch
):
    read, load = [], evidence_io.load
    monkeypatch.setattr(evidence_io, "load", lambda *given: read.append(1) or load(*given))
    shares = (0.03, 0.05)
    said = watched(study, *(partial(move, study / "mine.toml", share) for share in shares))
    assert len(read) == 1
    assert WATCHING in said[0][0]
    for lines, data in said[1:]:
        assert lines[0].startswith(f"{CASE}: ")
        assert re.match(rf"Made in [\d.]+ s: {CASE}/ranking, board$", lines[-1])
        assert any("earlier weights" in line for line in lines)
        assert data["made"] == [f"{CASE}/ranking", "board"]
    assert files(study / "out") == by_board(practice, study, tmp_path / "other")


def test_a_mistake_is_told_and_what_was_there_stands(study):
    settings = study / "study.toml"
    right, before = settings.read_text("utf-8"), files(study / "out")
    seen = []

    def wrong():
        settings.write_text(right + "\n[nonsense]\n", "utf-8")

    def mended():
        seen.append(files(study / "out"))
        settings.write_text(right, "utf-8")
        move(study / "mine.toml", 0.04)

    said = watched(study, wrong, mended)
    (faults, data), (lines, _) = said[1:]
    assert faults[-1] == STANDS
    assert "nonsense" in faults[0]
    assert data["ok"] is False
    assert seen == [before]
    assert lines[-1].startswith("Made in")


def test_while_another_command_is_at_work_it_waits(study, monkeypatch):
    said, tries = [], []
    monkeypatch.setattr(watching, "AGAIN_S", 0.0)

    def busy(*given, **more):
        tries.append(1)
        if 1 < len(tries) < 5:
            raise OutputError("another command is at work in this study")
        return run(*given, **more)

    monkeypatch.setattr(watching, "run", busy)

    def step():
        move(study / "mine.toml", 0.03)

    said = watched(study, step, lambda: None)
    assert said[1][0][0] == "another command is at work in this study"
    assert len(said) == 3  # said once, however often it is tried
    assert said[2][0][-1].startswith("Made in")


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(StudyError):
        watched(tmp_path / "nowhere")


def test_who_comes_and_goes_is_named(study):
    def poor():
        text = (study / "study.toml").read_text("utf-8")
        (study / "study.toml").write_text(
            re.sub(r"budget_gbp = [\d_]+", "budget_gbp = 1", text), "utf-8"
        )

    said = watched(study, poor)
    assert any(line.endswith(" out") for line in said[1][0])
    assert any(line.startswith("Removed") for line in said[1][0])


@pytest.mark.slow
def test_the_process_beside_writes_the_same(practice, study, tmp_path, monkeypatch):
    monkeypatch.setattr(hands, "MANY_BYTES", 0)
    monkeypatch.setattr(making, "MANY_BYTES", 0)
    asked, make = [], hands.Hand.make

    def noted(self, key, part, report):
        asked.append((key, part))
        return make(self, key, part, report)

    monkeypatch.setattr(hands.Hand, "make", noted)
    shares = (0.03, 0.05)
    steps = [partial(move, study / "mine.toml", share) for share in shares]
    watched(study, *steps, processes=2)
    assert asked.count((CASE, "ranking")) == 2
    assert files(study / "out") == by_board(practice, study, tmp_path / "other")
