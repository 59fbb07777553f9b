"""The groups of outputs made one after another, or a large study's cases beside the rest of them.

Two processors finish a large study sooner: a process of its own (`infra/hand.py`) ranks and draws one case
after another, while this one makes what is not of a case, and then the cases that are left. Both call the
same `Work.make_case`, so what is written is the same, however it was shared out.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from infra.hands import MANY_BYTES, Hand
from infra.work import CASE_PARTS, RADIO, Work

__all__ = ["make_all"]

FIRST = ("layers", "coverage", "quality")  # bids show the gap; quality looks at every layer
OF = {"ranked": "ranking", "rasters": "ranking", "maps": "documents"}  # parts of a group of outputs
STUDY = ""  # stands for no case
LAST = "board"  # it links to what is there
Files = dict[str, tuple[str, ...]]
Parts = Mapping[str, Sequence[str]]


def make_all(
    work: Work,
    names: Sequence[str],
    new: Path,
    *,
    processes: int = 1,
    hand: Hand | None = None,
) -> Files:
    """Make groups of outputs in the staging folder, and say which files are whose; a `hand` may have begun."""
    cases = {k: [p for p in CASE_PARTS if f"{k}/{p}" in names] for k in work.session.cases}
    if "funder" in names:
        cases = {key: [*parts, "funder"] for key, parts in cases.items()}
    cases = {key: parts for key, parts in cases.items() if parts}
    plain = [n for n in names if n != "funder" and n.rsplit("/", 1)[0] not in cases]
    made: Files = {}

    with _Shared(work, new, cases, processes, hand) as shared:

        def make(name: str, before_links: Callable[[], object] | None = None) -> None:
            before = _below(new, cases)
            work.make(name, new, before_links)
            made[name] = tuple(sorted(_below(new, cases) - before))
            shared.check()

        shared.rank()
        for name in (n for n in plain if n in FIRST):
            make(name)
        rasters = shared.documents_may_follow()
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
        shared.make_left()
        if LAST in plain:  # while the hand makes its last
            make(LAST, shared.finish)
        found = shared.finish()
    for key, parts in found.items():
        for part, files in [*rasters.get(key, {}).items(), *parts.items()]:
            name = "funder" if part == "funder" else f"{key}/{OF.get(part, part)}"
            made[name] = tuple(sorted((*made.get(name, ()), *files)))
    # a case is ranked for its documents too, where its ranking stands
    return {name: files for name, files in made.items() if name in names}


def _below(new: Path, cases: Sequence[str] | dict[str, list[str]]) -> set[str]:
    """Return the files of the staging folder, but for those of cases that are being made."""
    of_cases = tuple(f"{start}{key}/" for key in cases for start in ("", "funder/"))
    found = (p.relative_to(new).as_posix() for p in new.rglob("*") if p.is_file())
    return {name for name in found if not name.startswith(of_cases)}


def make_part(work: Work, key: str, part: str, new: Path) -> list[str]:
    """Make one part of a case, and return its files; whoever asks for it has said so."""
    if key == STUDY:
        work.session.extracts.read_all()
        return []
    folders = (new / key, new / "funder" / key)

    def held() -> set[str]:
        return {
            p.relative_to(new).as_posix() for at in folders for p in at.rglob("*") if p.is_file()
        }

    before = held()
    work.make_case(key, part, new)
    return sorted(held() - before)


class _Shared:
    """Parts of cases that are to be made, taken here, and by a hand where there is one."""

    def __init__(
        self,
        work: Work,
        new: Path,
        cases: dict[str, list[str]],
        processes: int,
        early: Hand | None = None,
    ) -> None:
        self.work, self.new, self.cases, self.processes = work, new, cases, processes
        self._early = early
        self.hand: Hand | None = None
        self._parts: Parts = {}
        self._left: deque[str] = deque()
        self._found: dict[str, dict[str, list[str]]] = {}
        self._rasters = self._found
        self._failed: list[BaseException] = []
        self._waits = {"documents": threading.Event(), "funder": threading.Event()}
        self._feeding: threading.Thread | None = None
        self.ranked = all(work.session.is_ranked(key) for key in cases)  # before it begins

    def __enter__(self) -> Self:
        session = self.work.session
        drawn = [key for key, parts in self.cases.items() if parts != ["ranking"]]
        unranked = [key for key in self.cases if not session.is_ranked(key)]
        many = sum(source.size for source in session.sources) >= MANY_BYTES
        remembers = bool(self.cases) and self._early is not None and self._early.remembers
        shared = remembers or max(len(drawn), len(unranked)) > 1
        if many and self.processes > 1 and shared:
            self.hand = self._early or Hand()
            self.hand.open(session, self.new)
            if not session.is_built:  # meanwhile the tables are read here
                self._begin({STUDY: ["streets"]}, [STUDY])
                session.extracts.coming = self._wait
        return self

    def __exit__(self, error: object, *_where: object) -> None:
        for event in self._waits.values():
            event.set()
        self._left.clear()
        if self.hand is not None and (error or self.hand is not self._early):
            self.hand.stop()  # it must write no more
        if self._feeding is not None:
            self._feeding.join()

    def rank(self) -> None:
        """Begin to rank the cases, and to draw the rasters of those that have some.

        Where all rankings are kept, there is nothing to wait for: what is drawn of them is begun too.
        """
        session = self.work.session
        # the coverage of small cells takes longest; who begins with it ends with the others
        radio = {key: session.cases[key].scenario == RADIO for key in self.cases}
        keys = sorted(self.cases, key=lambda key: not radio[key])
        drawn = {k: ["rasters"] if radio[k] and "ranking" in self.cases[k] else [] for k in keys}
        if self.hand is not None:
            _ = self.work.evidence  # kept in the store, where a hand reads it
            self.work.let_go()
            self.finish()
        # what is kept is read when it is needed
        parts = {key: drawn[key] if self.ranked else ["ranked", *drawn[key]] for key in keys}
        unranked = sum(not session.is_ranked(key) for key in keys)
        self._begin(parts, keys, shared=unranked > 1)
        if self.ranked:
            self._draw()

    def _draw(self) -> None:
        """Begin to write the cases' tables and documents, once all of them are ranked."""
        self._rasters = self.finish()
        drawn = [key for key, parts in self.cases.items() if parts != ["ranking"]]
        parts, order = dict(self.cases), list(self.cases)
        if self.hand is not None:
            # the longest first, by whoever is free: both then end at nearly one time
            cells = {key: self.work.session.cells(key) for key in order}
            order.sort(key=lambda key: (-cells[key], key))
            parts[order[0]] = _with_maps(parts[order[0]])
        self._begin(parts, order)
        if len(drawn) > 1:
            for key in order:
                _ = self.work.case(key)
            _ = self.work.joined_up  # kept in the store, as the rankings are
            self.work.let_go()

    def documents_may_follow(self) -> dict[str, dict[str, list[str]]]:
        """Let the documents of a case be made, which print the map of the gap; return the files of rasters."""
        if not self.ranked:
            self._draw()
        self._waits["documents"].set()
        return self._rasters

    def _begin(self, parts: Parts, order: Sequence[str], *, shared: bool = True) -> None:
        """Lay out the cases in the order they are to be taken; a hand begins at once where they are shared."""
        self._parts, self._left = parts, deque(order)
        self._found = {key: {} for key in parts}
        if self.hand is not None and shared and self._left:
            first = self._left.popleft()  # the other side cannot be sooner
            self._feeding = threading.Thread(target=self._feed, args=(first,), daemon=True)
            self._feeding.start()

    def funders_may_follow(self) -> None:
        """Let the funder's edition of a case be made: what all of them share is there."""
        self._waits["funder"].set()

    def check(self) -> None:
        """Raise what went wrong at the hand, if anything did."""
        if self._failed:
            raise self._failed[0]

    def finish(self) -> dict[str, dict[str, list[str]]]:
        """Make here the cases that are left, wait for the others, and return the files by case and part."""
        self.make_left()
        self._wait()
        self.check()
        return self._found

    def make_left(self) -> None:
        """Make here the cases that are left."""
        while (key := _next(self._left.popleft)) is not None:
            for part in self._parts[key]:
                self.work.tell(key, part)
                self._found[key][part] = make_part(self.work, key, part, self.new)
            self.check()

    def _wait(self) -> None:
        """Wait for the hand to have made what it was given."""
        while self._feeding is not None and self._feeding.is_alive():
            self._feeding.join(0.2)  # in short waits, which an interrupt can end everywhere

    def _feed(self, first: str) -> None:
        """Hand over one case after another."""
        hand = self.hand
        key: str | None = first
        try:
            while hand is not None and key is not None:
                for part in self._parts[key]:
                    if part in self._waits:  # for what all documents, or all of an edition, share
                        self._waits[part].wait()
                    self.work.tell(key, part)
                    self._found[key][part] = hand.make(key, part, self.work.report)
                key = _next(self._left.popleft)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            self._failed.append(error)
            self._left.clear()


def _with_maps(parts: Sequence[str]) -> list[str]:
    """Return the parts of a case, its print maps before its documents: they need not wait for the plan."""
    before = [part for part in parts if part == "ranking"]
    drawn = ["maps"] if "documents" in parts else []
    return [*before, *drawn, *(part for part in parts if part != "ranking")]


def _next(take: Callable[[], str]) -> str | None:
    """Return the next case, or none where the other side has taken the last."""
    try:
        return take()
    except IndexError:
        return None
