"""A process of its own that makes parts of cases, as it is told; it ends when this one does.

It reads the study and the kept rankings itself: nothing but names travels there, and names of files and
faults back, as lines of JSON. Its standard input is also its life line: where that is closed, because
this process has finished, has failed or is gone, it stops at once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.errors import Fault, InputError, OutputError, SourceError, StudyError

if TYPE_CHECKING:
    from infra.report import Report
    from infra.session import Session

__all__ = ["MANY_BYTES", "Hand", "early_hand", "hand_for", "told"]

# Of source files: below, a process of its own takes longer to begin than it saves.
MANY_BYTES = 8_000_000

PATIENCE_S = 10.0
BEGIN = "import sys; sys.path.insert(0, sys.argv[1]); from infra.hand import main; main()"
ERRORS: dict[str, type[InputError]] = {"SourceError": SourceError, "StudyError": StudyError}


def hand_for(study: Path, processes: int, *, remembers: bool = False) -> Hand | None:
    """Start a hand where a study is large enough to be worth it."""
    return Hand(remembers=remembers) if processes > 1 and _is_large(study) else None


@contextmanager
def early_hand(study: Path, processes: int) -> Iterator[Hand | None]:
    """Start a hand for a large study before anything is known of it; libraries are then loaded side by side.

    Whoever turns out to have no use for it lets it be: it ends with the context.
    """
    hand = hand_for(study, processes)
    try:
        yield hand
    finally:
        if hand is not None:
            hand.stop()


def _is_large(study: Path) -> bool:
    try:
        held = tomllib.loads((study / "study.toml").read_text(encoding="utf-8"))
        found = (study / "sources").rglob("*")
        size = sum(p.stat().st_size for p in found if p.is_file())
    except (OSError, ValueError):  # said where the study is opened
        return False
    return "country" not in held and size >= MANY_BYTES


class Hand:
    """The process, as the one that started it sees it: it loads its libraries, and waits for a study.

    Where it `remembers`, it is opened again and again, and holds what the next run reads too.
    """

    def __init__(self, *, remembers: bool = False) -> None:
        self.remembers = remembers
        root = Path(__file__).resolve().parent.parent
        self._process = subprocess.Popen(
            [sys.executable, *_options(), "-c", BEGIN, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def open(self, session: Session, new: Path) -> None:
        """Name the study that parts are made of, and the folder that they are written to."""
        from infra.groups import group_parts  # noqa: PLC0415 - slow to import, and the process starts before
        from infra.store import key_of  # noqa: PLC0415

        files = [{**asdict(s), "path": str(s.path)} for s in session.sources]
        key = key_of(group_parts(session))
        study = {
            "root": str(session.study.root), "new": str(new), "sources": files, "key": key,
            "remember": self.remembers,
        }  # fmt: skip
        with suppress(BrokenPipeError):  # it is gone: said when something is asked of it
            self._say(study)

    def _say(self, message: dict[str, Any]) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def make(self, key: str, part: str, report: Report) -> list[str]:
        """Have a part of a case made, and return its files.

        Raises
        ------
        OSError, InputError, MemoryError
            As they arose there.
        """
        answer = ""
        try:
            self._say({"case": key, "part": part})
            if self._process.stdout is not None:
                answer = self._process.stdout.readline()
        except BrokenPipeError:
            pass
        if not answer:  # it is gone: the system ends a process for want of memory
            raise MemoryError(f"{key}/{part}")
        held: dict[str, Any] = json.loads(answer)
        if "error" in held:
            raise _error(held["error"])
        report.remarks += [r for r in held["remarks"] if r not in report.remarks]
        return [str(name) for name in held["files"]]

    def stop(self) -> None:
        """End the process, and wait until it writes no more."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _options() -> list[str]:
    """Return the options that this interpreter was started with and that change what it does."""
    return [f"-W{option}" for option in sys.warnoptions]


def told(error: BaseException) -> dict[str, Any]:
    """Return an error as plain data, for the other side to raise."""
    if isinstance(error, InputError):
        faults = [asdict(fault) for fault in error.faults]
        return {"kind": "input", "name": type(error).__name__, "faults": faults}
    if isinstance(error, OutputError):
        return {"kind": "output", "text": str(error)}
    if isinstance(error, OSError):
        name = error.filename if isinstance(error.filename, str) else None
        return {"kind": "system", "number": error.errno, "text": error.strerror, "file": name}
    if isinstance(error, MemoryError):
        return {"kind": "memory", "text": str(error)}
    import traceback  # noqa: PLC0415 - only where a fault of ours is told

    return {"kind": "other", "text": "".join(traceback.format_exception(error))}


def _error(held: dict[str, Any]) -> Exception:
    """Return what `told` told."""
    match held["kind"]:
        case "input":
            kind = ERRORS.get(held["name"], InputError)
            return kind([Fault(**fault) for fault in held["faults"]])
        case "output":
            return OutputError(held["text"])
        case "system":
            return OSError(held["number"], held["text"], held["file"])
        case "memory":
            return MemoryError(held["text"])
    return RuntimeError(held["text"])
