"""From a study to its outputs: which parts to make, which still hold, and the exchange of `out/`.

Outputs are made in groups (`layers`, `coverage`, `<case>/ranking`, `<case>/documents`, `plan`,
`exchange`, `map book`, `board`), each with a key that stands for everything it was made from. A command makes
the groups it is asked for, carries over those that still match, and drops the rest: never a stale
bid beside a new ranking.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from infra import exchange
from infra.groups import BESIDE_BOARD, group_parts
from infra.making import make_all
from infra.manifest import (
    Group,
    edited_documents,
    foreign_files,
    harmed_files,
    read_groups,
    write_manifest,
)
from infra.newer import newer_than_frozen
from infra.report import Report
from infra.session import Progress, Session, refuse_parts
from infra.steady import check_unchanged
from infra.store import key_of
from infra.work import Work, about_study
from infra.writing import writing
from layers.errors import OutputError

if TYPE_CHECKING:
    from infra.hands import Hand

__all__ = ["Report", "run"]


def _carry(out: Path, new: Path, files: Sequence[str]) -> None:
    for name in files:
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        try:  # the old name goes when the folders are exchanged: no need to copy what it holds
            (new / name).hardlink_to(out / name)
        except OSError:
            shutil.copy2(out / name, new / name)


def _keep_edited(out: Path, new: Path, report: Report) -> dict[str, str]:
    """Keep documents that somebody edited; return the new names of the generated ones."""
    renamed: dict[str, str] = {}
    theirs = [*edited_documents(out), *foreign_files(out)]
    for name in theirs:
        target = new / name
        if target.exists():
            fresh = str(Path(name).with_suffix(f".generated{Path(name).suffix}").as_posix())
            target.rename(new / fresh)
            renamed[name] = fresh
            report.remarks.append(
                f"{name} was edited since infra wrote it: kept; the new one is {fresh}"
            )
        _carry(out, new, [name])
    return renamed


def run(
    session: Session,
    wanted: Callable[[str], bool],
    progress: Progress,
    *,
    processes: int = 1,
    hand: Hand | None = None,
) -> Report:
    """Make the wanted groups of outputs and exchange `out/` as a whole.

    Parameters
    ----------
    session
        The opened study.
    wanted
        Which groups to make. A wanted group that still matches is carried over, not made again.
    progress
        Told, in a few words, what is being done.
    processes
        2 ranks and draws cases of a large study in a process beside this one; the outputs are the same.
    hand
        That process, where it was started before.

    Raises
    ------
    InputError
        When sources are refused; `out/` then stands as it was.
    OutputError
        When the outputs cannot be written; `out/` then stands as it was.
    """
    study = session.study
    refuse_parts(session)
    report = Report()
    with exchange.locked(study.work):
        exchange.repair(study.out, study.work)
        parts = group_parts(session)
        harmed = harmed_files(study.out)
        old = {n: g for n, g in read_groups(study.out).items() if not harmed & set(g.files)}
        if _holds(parts, old):
            report.kept += list(parts)
            return report
        edited = edited_documents(study.out)
        work = Work(session, progress, report)
        new = exchange.staging(study.work)
        try:
            with writing(study.out):
                make = partial(make_all, work, new=new, processes=processes, hand=hand)
                groups = _make_groups(work, wanted, parts, old, edited, new, make)
                if not groups:
                    raise OutputError("nothing was asked for")
                renamed = _keep_edited(study.out, new, report)
                groups = [
                    replace(g, files=tuple(sorted(renamed.get(f, f) for f in g.files)))
                    for g in groups
                ]
                theirs = {
                    p: d for p, d in edited.items() if p not in renamed and _listed(p, groups)
                }
                about = about_study(session, work.evidence)
                write_manifest(new, groups, about, theirs, before=study.out, carried=report.kept)
                check_unchanged(session.sources)
                exchange.publish(new, study.out)
                report.remarks += newer_than_frozen(study, work.evidence.fates)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return report


def _make_groups(
    work: Work,
    wanted: Callable[[str], bool],
    parts: dict[str, dict[str, str]],
    old: dict[str, Group],
    edited: Mapping[str, str],
    new: Path,
    make: Callable[[list[str]], dict[str, tuple[str, ...]]],
) -> list[Group]:
    report = work.report
    groups: list[Group] = []
    # bids show the gap map; the board page prints the plan and links to its tables
    needed = {"coverage"} if any(wanted(n) for n in parts if n.endswith("/documents")) else set()
    if wanted("board"):
        needed |= {"coverage", "plan", "quality"} | {n for n in parts if n.endswith("/ranking")}
        # the page alone does not wait for a new plan where only weights have changed
        work.plan_may_be_earlier = not wanted("plan") and "plan" in old
    earlier = work.plan_may_be_earlier and work.earlier_plan is not None
    for name, whole in parts.items():
        made_from = whole
        if name == "board":
            made_from = {**whole, BESIDE_BOARD: key_of([group.name for group in groups])}
            made_from |= {"a plan of earlier weights": "kept"} if earlier else {}
        held, key = old.get(name), key_of(made_from)
        current = held is not None and (held.key == key or (earlier and name == "plan"))
        if held is not None and name == "board" and not wanted(name):
            # a page that nobody asks for again stands, though it links to fewer outputs than there are
            current |= {**held.parts, BESIDE_BOARD: made_from[BESIDE_BOARD]} == made_from
        if held is not None and current:
            _carry(work.session.study.out, new, [f for f in held.files if f not in edited])
            groups.append(held)
            report.kept.append(name)
        elif wanted(name) or name in needed:
            groups.append(Group(name, key, (), made_from))
            report.made.append(name)
        elif held is not None:
            report.removed.append(name)
    report.removed += sorted(set(old) - set(parts))
    if earlier:
        report.remarks.append("The plan is of earlier weights: infra plan makes it again")
    files = make(report.made)
    made = report.results  # in the order of the study, whoever ranked them first
    report.results = {key: made[key] for key in work.session.cases if key in made}
    return [replace(g, files=files[g.name]) if g.name in files else g for g in groups]


def _holds(parts: dict[str, dict[str, str]], old: dict[str, Group]) -> bool:
    """Return whether everything is there as it would be made now."""
    same = {name: key_of(made_from) for name, made_from in parts.items()}
    return same == {name: group.key for name, group in old.items()}


def _listed(path: str, groups: Sequence[Group]) -> bool:
    return any(path in group.files for group in groups)
