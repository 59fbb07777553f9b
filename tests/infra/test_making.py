"""Cases that another process makes: the same bytes, its faults as ours, and its end with ours."""

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra import hands, making
from infra.hands import Hand, early_hand, told
from infra.manifest import read_groups
from infra.practice import new_practice_study
from infra.report import Report
from infra.run import run
from infra.session import open_session
from layers.errors import Fault, OutputError, SourceError


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A small practice study."""
    root = tmp_path_factory.mktemp("making") / "study"
    new_practice_study(root, premises=500, seed=5)
    return root


@pytest.fixture(scope="module")
def ran(study):
    """The study, run here, case after case."""
    run(open_session(study), lambda _group: True, lambda _text: None)
    return study


def files(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_what_is_written_is_the_same_however_the_cases_are_shared_out(ran, monkeypatch):
    made, asked = files(ran / "out"), []
    (ran / "out").rename(ran / "alone")
    make = Hand.make

    def noted(self, key, part, report):
        asked.append((key, part))
        return make(self, key, part, report)

    monkeypatch.setattr(making, "MANY_BYTES", 0)
    monkeypatch.setattr(Hand, "make", noted)
    report = run(open_session(ran), lambda _group: True, lambda _text: None, processes=2)
    # rankings that are kept are read here: the other process begins with what is drawn of them
    assert {part for _case, part in asked} == {"ranking", "maps", "documents", "funder"}
    assert files(ran / "out") == made
    assert "funder" in report.made


@pytest.mark.slow
def test_streets_and_rankings_of_the_other_process_are_the_same_too(ran, tmp_path, monkeypatch):
    asked, make = [], Hand.make

    def noted(self, key, part, report):
        asked.append((key, part))
        return make(self, key, part, report)

    again = tmp_path / "study"
    shutil.copytree(ran, again, ignore=shutil.ignore_patterns("out", "alone", ".infra"))
    monkeypatch.setattr(making, "MANY_BYTES", 0)
    monkeypatch.setattr(Hand, "make", noted)
    report = run(open_session(again), lambda _group: True, lambda _text: None, processes=2)
    assert asked[:3] == [("", "streets"), ("5g-testbed", "ranked"), ("5g-testbed", "rasters")]
    assert files(again / "out") == files(ran / "out")
    assert list(report.results) == list(open_session(again).cases)


@pytest.mark.slow
def test_a_ranking_that_stands_keeps_its_files_when_documents_are_made_again(ran, monkeypatch):
    before = read_groups(ran / "out")["5g-testbed/ranking"].files
    assert any(name.endswith(".tif") for name in before)
    (ran / "out" / "5g-testbed" / "bid.xlsx").unlink()
    run(open_session(ran), lambda _group: True, lambda _text: None)
    assert read_groups(ran / "out")["5g-testbed/ranking"].files == before


@pytest.mark.slow
def test_a_fault_of_the_other_process_leaves_the_outputs_as_they_were(ran, monkeypatch):
    study, before = ran, files(ran / "out")
    monkeypatch.setattr(making, "MANY_BYTES", 0)

    def full(_self, _key, _part, _report):
        raise hands._error(told(OSError(errno.ENOSPC, "No space left on device")))

    monkeypatch.setattr(Hand, "make", full)
    text = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(text.replace("budget_gbp = ", "budget_gbp = 1"), "utf-8")
    with pytest.raises(OutputError, match=r"out: cannot be written \(No space left on device\)"):
        run(open_session(study), lambda _group: True, lambda _text: None, processes=2)
    assert files(study / "out") == before
    assert not list((study / ".infra").glob("staging-*"))


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, "Permission denied", "bid.docx"),
        OutputError("out: cannot be written"),
        SourceError(Fault("a.csv", "it is empty", "take it out", line=1)),
        MemoryError("bid"),
    ],
)
def test_an_error_is_told_as_it_was(error):
    again = hands._error(told(error))
    assert (type(again), str(again)) == (type(error), str(error))


def test_a_fault_of_ours_comes_with_its_place():
    assert "ZeroDivisionError" in str(hands._error(told(ZeroDivisionError("by nought"))))


def test_a_process_that_is_gone_is_a_want_of_memory(study):
    hand = Hand()
    hand.open(open_session(study), study / ".infra")
    hand._process.kill()
    hand._process.wait()
    with pytest.raises(MemoryError):
        hand.make("co-working", "documents", Report())
    hand.stop()


@pytest.mark.parametrize(
    ("settings", "size", "processes", "started"),
    [("", 10, 2, True), ("", 10, 1, False), ("", 9, 2, False), ("[country]", 10, 2, False), ("[", 10, 2, False)],
)  # fmt: skip
def test_a_hand_is_started_early_for_a_large_study_of_one_piece(
    tmp_path, monkeypatch, settings, size, processes, started
):
    (tmp_path / "sources" / "deep").mkdir(parents=True)
    (tmp_path / "sources" / "deep" / "a.csv").write_bytes(b"x" * size)
    (tmp_path / "study.toml").write_text(settings, "utf-8")
    monkeypatch.setattr(hands, "MANY_BYTES", 10)
    with early_hand(tmp_path, processes) as hand:
        assert (hand is not None) == started
        if hand is not None:
            assert hand.alive
    assert hand is None or not hand.alive


ORPHAN = """
import os, sys, time
from pathlib import Path
from infra.hands import Hand
from infra.session import open_session
hand = Hand()
hand.open(open_session(Path(sys.argv[1])), Path(sys.argv[2]))
print(hand._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the process in /proc")
def test_it_ends_when_the_process_that_started_it_is_killed(study, tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(study), str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(hands.__file__).parents[1])},
    )
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(200):
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().split()[2] == "Z":
            break
        time.sleep(0.1)
    else:
        pytest.fail("the process outlives the one that started it")
