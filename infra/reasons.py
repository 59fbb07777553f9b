"""What a run would make again, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.groups import group_parts
from infra.manifest import harmed_files, read_files, read_groups
from infra.report import Answer
from infra.session import Session
from infra.store import key_of

__all__ = ["GroupState", "explain_run", "states"]

FILES = "source files"
SHOWN = 5


@dataclass(frozen=True)
class GroupState:
    """A group of outputs: whether it holds, and if not why not."""

    name: str
    holds: bool
    reasons: tuple[str, ...] = ()


def states(session: Session) -> list[GroupState]:
    """Return, for every group of outputs, whether it holds and why it would be made again."""
    out = session.study.out
    old, harmed = read_groups(out), harmed_files(out)
    files = _files(read_files(out), {s.name: s.sha256 for s in session.sources})
    found = []
    for name, parts in group_parts(session).items():
        held = old.get(name)
        if held is None:
            found.append(GroupState(name, holds=False, reasons=("it is not there yet",)))
            continue
        broken = sorted(harmed & set(held.files))
        reasons = [f"{path} is not as infra wrote it" for path in broken]
        if held.key != key_of(parts):
            reasons += _reasons(held.parts, parts, files)
        found.append(GroupState(name, holds=not reasons, reasons=tuple(reasons)))
    return found


def _reasons(
    before: Mapping[str, str], after: Mapping[str, str], files: tuple[str, ...]
) -> list[str]:
    changed = [name for name in after if before.get(name) != after[name]]
    reasons = [f"{name} changed" for name in changed if name != FILES or not files]
    reasons += [f"it was made with {name}" for name in before if name not in after]
    if FILES in changed:
        reasons = [*files[:SHOWN], *reasons]
        if len(files) > SHOWN:
            reasons.insert(SHOWN, f"and {len(files) - SHOWN} more files")
    return reasons or ["what it was made from is not known"]


def _files(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence a source file that was added, changed or taken away."""
    said = [f"{name} is new" for name in sorted(set(after) - set(before))]
    said += [f"{name} was taken away" for name in sorted(set(before) - set(after))]
    both = sorted(set(before) & set(after))
    return tuple(said + [f"{name} changed" for name in both if before[name] != after[name]])


def explain_run(session: Session) -> Answer:
    """Say what `infra run` would make again and why; nothing is made."""
    found = states(session)
    again = [state for state in found if not state.holds]
    lines = [f"{state.name}: {'; '.join(state.reasons)}" for state in again]
    kept = [state.name for state in found if state.holds]
    if kept:
        lines.append(f"Unchanged: {', '.join(kept)}.")
    if not again:
        lines.insert(0, "Nothing would be made again.")
    data = {
        "ok": True,
        "again": {state.name: list(state.reasons) for state in again},
        "unchanged": kept,
    }
    return Answer(lines, data)
