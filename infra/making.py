"""The groups of outputs made one after another, or a large study's cases beside the rest of them.

Two processors finish a large study sooner: a process of its own (`infra/hand.py`) draws one case after
another, while this one makes what is not of a case, and then the cases that are left. Both call the
same `Work.make_case`, so what is written is the same, however it was shared out.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from infra.hands import Hand
from infra.work import CASE_PARTS, Work
from maps.view import CaseView

__all__ = ["make_all"]

# Cells in the tables of all cases: below, a process of its own takes longer to begin than it saves.
MANY_CELLS = 1_000_000
FIRST = ("layers", "coverage", "quality")  # bids show the gap; quality looks at every layer
LAST = "board"  # it links to what is there
Files = dict[str, tuple[str, ...]]


def make_all(work: Work, names: Sequence[str], new: Path, *, processes: int = 1) -> Files:
    """Make groups of outputs in the staging folder, and say which files are whose."""
    cases = {k: [p for p in CASE_PARTS if f"{k}/{p}" in names] for k in work.session.cases}
    if "funder" in names:
        cases = {key: [*parts, "funder"] for key, parts in cases.items()}
    cases = {key: parts for key, parts in cases.items() if parts}
    plain = [n for n in names if n != "funder" and n.rsplit("/", 1)[0] not in cases]
    made: Files = {}
    shared = _Shared(work, new, cases, processes)

    def make(name: str) -> None:
        before = _below(new, cases)
        work.make(name, new)
        made[name] = tuple(sorted(_below(new, cases) - before))
        shared.check()

    for name in (n for n in plain if n in FIRST):
        make(name)
    rasters = {k: make_part(work, k, "rasters", new) for k, p in cases.items() if "ranking" in p}
    with shared:
        if "funder" in names:
            before = _below(new, cases)
            there = [(new / k / "bid.docx").is_file() or "documents" in p for k, p in cases.items()]
            work.make_funder(new, copied=all(there))
            made["funder"] = tuple(_below(new, cases) - before)
        shared.funders_may_follow()
        if not shared.hand:  # in the order of the groups, as their messages are told
            shared.finish()
        for name in (n for n in plain if n not in (*FIRST, LAST)):
            make(name)
        found = shared.finish()
        if LAST in plain:
            make(LAST)
    for key, parts in found.items():
        for part, files in [
            *parts.items(),
            *([("ranking", rasters[key])] if key in rasters else []),
        ]:
            name = "funder" if part == "funder" else f"{key}/{part}"
            made[name] = tuple(sorted((*made.get(name, ()), *files)))
    return made


def _below(new: Path, cases: Sequence[str] | dict[str, list[str]]) -> set[str]:
    """Return the files of the staging folder, but for those of cases that are being made."""
    of_cases = tuple(f"{start}{key}/" for key in cases for start in ("", "funder/"))
    found = (p.relative_to(new).as_posix() for p in new.rglob("*") if p.is_file())
    return {name for name in found if not name.startswith(of_cases)}


def make_part(work: Work, key: str, part: str, new: Path) -> list[str]:
    """Make one part of a case, and return its files; whoever asks for it has said so."""
    folders = (new / key, new / "funder" / key)

    def held() -> set[str]:
        return {
            p.relative_to(new).as_posix() for at in folders for p in at.rglob("*") if p.is_file()
        }

    before = held()
    work.make_case(key, part, new)
    return sorted(held() - before)


class _Shared:
    """The cases that are to be made, taken here, and by a hand where there is one."""

    def __init__(self, work: Work, new: Path, cases: dict[str, list[str]], processes: int) -> None:
        self.work, self.new, self.cases, self.processes = work, new, cases, processes
        self.left = deque(cases)
        self.found: dict[str, dict[str, list[str]]] = {key: {} for key in cases}
        self.hand: Hand | None = None
        self._failed: list[BaseException] = []
        self._funders = threading.Event()
        self._feeding = threading.Thread(target=self._feed, daemon=True)

    def __enter__(self) -> Self:
        drawn = [key for key, parts in self.cases.items() if parts != ["ranking"]]
        if len(drawn) > 1:
            cells = {key: _cells(self.work.case(key)) for key in self.cases}
            _ = self.work.joined_up  # kept in the store, where a hand reads it
            self.work.let_go()
            if self.processes > 1 and sum(cells.values()) >= MANY_CELLS:
                # the longest first, by whoever is free: both then end at nearly one time
                self.left = deque(sorted(cells, key=lambda key: (-cells[key], key)))
                self.hand = Hand(self.work.session, self.new)
                self._feeding.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._funders.set()
        self.left.clear()
        if self.hand is not None:
            self.hand.stop()
            self._feeding.join()

    def funders_may_follow(self) -> None:
        """Let the funder's edition of a case be made: what all of them share is there."""
        self._funders.set()

    def check(self) -> None:
        """Raise what went wrong at the hand, if anything did."""
        if self._failed:
            raise self._failed[0]

    def finish(self) -> dict[str, dict[str, list[str]]]:
        """Make here the cases that are left, wait for the others, and return the files by case and part."""
        while (key := _next(self.left.popleft)) is not None:
            for part in self.cases[key]:
                self.work.tell(key, part)
                self.found[key][part] = make_part(self.work, key, part, self.new)
            self.check()
        while self._feeding.is_alive():  # in short waits, which an interrupt can end everywhere
            self._feeding.join(0.2)
        self.check()
        return self.found

    def _feed(self) -> None:
        """Hand over one case after another."""
        hand = self.hand
        try:
            while hand is not None and (key := _next(self.left.popleft)) is not None:
                for part in self.cases[key]:
                    if part == "funder":
                        self._funders.wait()
                    self.work.tell(key, part)
                    self.found[key][part] = hand.make(key, part, self.work.report)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            self._failed.append(error)
            self.left.clear()


def _cells(view: CaseView) -> int:
    """Return how much there is to draw of a case, as the cells of its tables."""
    return sum(table.frame.size for table in view.figures.tables.values())


def _next(take: Callable[[], str]) -> str | None:
    """Return the next case, or none where the other side has taken the last."""
    try:
        return take()
    except IndexError:
        return None
