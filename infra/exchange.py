"""Outputs land complete or not at all: written aside, then exchanged for what stood before."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.writing import writing
from layers.errors import OutputError

__all__ = ["locked", "publish", "repair", "staging"]

PREVIOUS = ".previous"
RENAME_EXCHANGE = 2
AT_FDCWD = -100


@contextlib.contextmanager
def locked(work: Path) -> Iterator[None]:
    """Hold the study's lock, so that two runs never write the same outputs.

    Raises
    ------
    OutputError
        When another run holds it, or the folder cannot be written.
    """
    with writing(work):
        work.mkdir(parents=True, exist_ok=True)
        handle = (work / "lock").open("a+b")
    with handle:
        try:
            _lock(handle.fileno())
        except OSError as error:
            raise OutputError(
                f"{work.parent}: another infra command is at work in this study. "
                "To mend: wait until it has finished."
            ) from error
        yield


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def repair(out: Path, work: Path) -> None:
    """Finish or undo an exchange that was cut off, and clear what an interrupted run left aside."""
    previous = out.with_name(out.name + PREVIOUS)
    with writing(out):
        if previous.exists():
            if out.exists():
                _clear(previous)
            else:
                previous.rename(out)
        for left in sorted(work.glob("staging-*")):
            _clear(left)


def staging(work: Path) -> Path:
    """Make an empty folder to write into, on the file system of the outputs."""
    folder = work / f"staging-{os.getpid()}"
    with writing(work):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    return folder


def publish(new: Path, out: Path) -> None:
    """Put a finished folder in the place of `out`.

    One atomic exchange where the system has it; else two renames, which `repair` completes or
    undoes if they are cut off between.

    Raises
    ------
    OutputError
        When `out` cannot be replaced; it then still stands as it was.
    """
    with writing(out):
        if not out.exists():
            new.rename(out)
            return
        if not out.is_dir():
            raise NotADirectoryError(20, "a file stands where the folder should be")
        if _exchange(new, out):
            # the outputs are in place: what is left of the old ones is for `repair` to clear
            with contextlib.suppress(OSError):
                _clear(new)
            return
        previous = out.with_name(out.name + PREVIOUS)
        out.rename(previous)
        try:
            new.rename(out)
        except OSError:
            previous.rename(out)
            raise
        with contextlib.suppress(OSError):
            _clear(previous)


def _clear(folder: Path) -> None:
    """Remove a folder of ours, also where somebody made parts of it read-only."""
    for parent, _folders, _files in os.walk(folder):
        Path(parent).chmod(0o700)
    shutil.rmtree(folder)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step, where the system can."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done = rename(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE)
    return bool(done == 0)
