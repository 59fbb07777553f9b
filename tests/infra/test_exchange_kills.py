"""An exchange is killed at every step it has: each line of ours, and each file that it touches.

Kills at random moments rarely fall into the exchange, which takes a few thousandths of a second; here none is left to luck.
"""

import signal
import subprocess
import sys

import pytest
from test_exchange import tree

from infra import exchange

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of a POSIX system")

# counts lines of infra/exchange.py and the system's file events, and kills itself at one of them
CHILD = """
import os, signal, sys
from pathlib import Path
from infra import exchange
step, way, parts = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
if way == "two renames":
    exchange._exchange = lambda _first, _second: False
met = 0
def one():
    global met
    met += 1
    if met == step:
        os.kill(os.getpid(), signal.SIGKILL)
def line(frame, event, _value):
    if event == "line":
        one()
    return line
def heard(event, _values):
    if event in {"os.rename", "os.remove", "os.rmdir", "os.chmod", "os.mkdir"}:
        one()
sys.addaudithook(heard)
sys.settrace(lambda frame, event, _v: line if frame.f_code.co_filename == exchange.__file__ else None)
exchange.publish(parts / "new", parts / "out")
"""
FILES = {"a.txt", "tables/b.csv", "tables/c.csv"}


def whole(folder, text):
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return there == FILES and {(folder / f).read_text() for f in FILES} == {text}


@pytest.mark.parametrize("way", ["one step", "two renames"])
def test_killed_at_every_step_the_old_or_the_new_is_there_whole(tmp_path, way):
    seen, step = [], 0
    ended = -signal.SIGKILL
    while ended:
        step += 1
        parts = tmp_path / str(step)
        for name, text in (("out", "old"), ("new", "new")):
            tree(parts / name, text)
            tree(parts / name / "tables", text).joinpath("a.txt").rename(
                parts / name / "tables/b.csv"
            )
            (parts / name / "tables" / "c.csv").write_text(text)
        ended = subprocess.run(
            [sys.executable, "-c", CHILD, str(step), way, str(parts)], check=False
        ).returncode
        assert ended in {0, -signal.SIGKILL}
        if way == "one step":  # at no moment is there nothing to open
            assert whole(parts / "out", "old") or whole(parts / "out", "new"), step
        exchange.repair(parts / "out", parts)
        seen.append("old" if whole(parts / "out", "old") else "new")
        assert whole(parts / "out", seen[-1]), step
    assert step > 15, seen
    # once the new is in place no later moment brings the old back
    assert seen == sorted(seen, reverse=True)
    assert {"old", "new"} == set(seen)
