"""Source files must stand still while they are read: what was hashed is what was used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.checksum import sha256_of
from layers.errors import Fault, SourceError

__all__ = ["SourceState", "check_unchanged", "source_states"]


@dataclass(frozen=True)
class SourceState:
    """A source file as it was when the study was opened."""

    name: str
    path: Path
    sha256: str
    size: int
    changed_ns: int


def source_states(folder: Path, files: Iterable[Path]) -> tuple[SourceState, ...]:
    """Return name, checksum, size and time of change of every file.

    Raises
    ------
    SourceError
        When a file cannot be read.
    """
    states, faults = [], []
    for path in files:
        name = path.relative_to(folder).as_posix()
        try:
            before = path.stat()
            states.append(
                SourceState(name, path, sha256_of(path), before.st_size, before.st_mtime_ns)
            )
        except OSError as error:
            problem = f"it cannot be read ({error.strerror or error})"
            faults.append(
                Fault(name, problem, "give yourself the right to read it, or take it out")
            )
    if faults:
        raise SourceError(faults)
    return tuple(states)


def check_unchanged(states: Sequence[SourceState]) -> None:
    """Check that the files are still those that were hashed.

    Size and time of change are looked at first; only a file whose either differs is hashed again.

    Raises
    ------
    SourceError
        Naming every file that was changed or taken away meanwhile.
    """
    faults = []
    for state in states:
        try:
            now = state.path.stat()
            same = (now.st_size, now.st_mtime_ns) == (state.size, state.changed_ns)
            if same or sha256_of(state.path) == state.sha256:
                continue
            problem = "it was changed while infra was at work"
        except OSError:
            problem = "it was taken away while infra was at work"
        faults.append(Fault(state.name, problem, "let the files stand still and run it again"))
    if faults:
        raise SourceError(faults)
