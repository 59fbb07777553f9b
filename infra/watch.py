"""An open command that makes rankings and the board page again whenever the study's settings are saved.

Most of what `infra board` takes after a changed weight is loading: libraries, layers, and what a case is made from
whatever its weights. Here that is done once, and remembered (`infra/remembered.py`). Each run is the very run of
`infra board`, with its lock, its exchange and its manifest.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.hands import Hand, hand_for
from infra.remembered import Remembered
from infra.report import Report, describe
from infra.run import run
from infra.session import Progress, Session, open_session
from infra.work import Work
from layers.errors import InputError, OutputError
from scenarios.cross_check import agreement
from scenarios.engine import CaseResult
from scenarios.keeping import keeping

__all__ = ["watch"]

PAUSE_S = 0.02
AGAIN_S = 1.0
MADE = {"out", ".infra"}
NAMED = 5  # sites named of those that come or go
WATCHING = "Watching: save study.toml or a profile, then load the page again. Ctrl-C ends it."
STANDS = "Nothing was made: what was there still stands."
State = tuple[tuple[str, int, int], ...]
Say = Callable[[list[str], dict[str, Any]], None]


def watch(
    folder: Path, say: Say, progress: Progress, *, processes: int, wait: Callable[[float], bool]
) -> None:
    """Make rankings and the board page, and again after every change, until it is told to end.

    Parameters
    ----------
    folder
        The study's.
    say
        Takes lines for people, and the same as plain data: what a change has done, or what is wrong with it.
    progress
        Told what is being done before the first page is there.
    processes
        2 writes the tables of a large study in a process beside this one.
    wait
        Waits some seconds, and says whether to go on.

    Raises
    ------
    InputError, OutputError
        Where the first page cannot be made; what is wrong with a later change is said.
    """
    watcher = _Watcher(folder, processes)
    try:
        seen = _state(folder)
        report = watcher.make(progress)
        watcher.warm(progress)
        answer = describe(folder, report, None)
        say([*answer.lines, WATCHING], answer.data)
        last_fault = ""
        while wait(PAUSE_S):
            now = _state(folder)
            if now == seen:
                continue
            while wait(PAUSE_S) and (later := _state(folder)) != now:  # it is still being written
                now = later
            start, before = time.perf_counter(), watcher.results
            try:
                report = watcher.make(_quiet)
            except InputError as error:  # mended by the next change
                faults = [str(fault) for fault in error.faults]
                say([*faults, STANDS], {"ok": False, "faults": faults})
            except OutputError as error:
                # another command is at work, say: it is tried again until it can be
                if str(error) != last_fault:
                    say([str(error), STANDS], {"ok": False, "faults": [str(error)]})
                last_fault = str(error)
                wait(AGAIN_S)
                continue
            else:
                took = time.perf_counter() - start
                data = {**describe(folder, report, None).data, "seconds": round(took, 2)}
                if report.made:
                    say(_told(report, before, took), data)
            seen, last_fault = now, ""
    finally:
        watcher.stop()


class _Watcher:
    """A study opened again and again, with what is remembered of it here and in the process beside."""

    def __init__(self, folder: Path, processes: int) -> None:
        self.folder, self.processes = folder, processes
        self.remembered = Remembered()
        self.hand = hand_for(folder, processes, remembers=True)
        self.results: Mapping[str, CaseResult] = {}

    def make(self, progress: Progress) -> Report:
        """Make what has changed of the rankings and the page."""
        if self.hand is not None and not self.hand.alive:  # a run that failed has ended it
            self.hand = hand_for(self.folder, self.processes, remembers=True)
        session = open_session(self.folder, self.remembered)
        report = run(session, _wanted, progress, processes=self.processes, hand=self.hand)
        self.results = {**self.results, **report.results}
        return report

    def warm(self, progress: Progress) -> None:
        """Read what the next change needs: the layers, and what a case is made from whatever its weights."""
        progress("reading what the rankings are made from")
        session = open_session(self.folder, self.remembered)
        if self.hand is not None:
            self._warm_hand(self.hand, session)
        work = Work(session, _quiet, Report())
        _ = work.study
        for key in session.cases:
            with keeping(session.parts(key)):
                session.outlook(key, work.seen)
            self.results = {**self.results, key: session.rank(key, work.seen)}
        agreement([1, 2], [2, 1])  # what it is worked out with is slow to load
        gc.collect()
        gc.freeze()  # what is remembered is no more looked over for cycles

    def _warm_hand(self, hand: Hand, session: Session) -> None:
        hand.open(session, session.study.work)
        for key in session.cases:
            hand.make(key, "viewed", Report())

    def stop(self) -> None:
        """End the process beside this one."""
        if self.hand is not None:
            self.hand.stop()


def _quiet(_text: str) -> None:
    return


def _wanted(group: str) -> bool:
    return group in {"board", "coverage"}


def _state(folder: Path) -> State:
    """Return name, time of change and size of every file of the study but those that are made of it."""
    return tuple(sorted(_files(folder, top=True)))


def _files(folder: Path, *, top: bool = False) -> Iterator[tuple[str, int, int]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # said where the study is opened
        return
    for entry in entries:
        if top and entry.name in MADE:
            continue
        if entry.is_dir():
            yield from _files(Path(entry.path))
            continue
        try:
            about = entry.stat()
        except OSError:  # it went meanwhile, as an editor's second copy does
            continue
        yield entry.path, about.st_mtime_ns, about.st_size


def _told(report: Report, before: Mapping[str, CaseResult], took_s: float) -> list[str]:
    """Say what a change has done: who is chosen now and was not, and what was made and taken away."""
    lines = []
    for key, result in report.results.items():
        if f"{key}/ranking" not in report.made:
            continue
        now, old = _chosen(result), _chosen(before[key]) if key in before else {}
        come, gone = (
            sorted(a[k] for k in a.keys() - b.keys()) for a, b in ((now, old), (old, now))
        )
        moves = [
            f"{_named(names)} {word}" for names, word in ((come, "in"), (gone, "out")) if names
        ]
        lines.append(f"{key}: {'; '.join(moves) if moves else 'the same sites are chosen'}")
    if report.removed:
        lines.append(f"Removed, because it no longer matched: {', '.join(report.removed)}")
    lines += report.remarks
    return [*lines, f"Made in {took_s:.1f} s: {', '.join(report.made)}"]


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


def _chosen(result: CaseResult) -> dict[str, str]:
    """Return the names of the chosen sites of a case, by id."""
    frame = result.ranking.frame
    chosen = frame[frame["chosen"].astype(bool)]
    return dict(zip(chosen["site_id"].tolist(), chosen["name"].astype(str).tolist(), strict=True))
