"""The process that makes parts of cases for another one (`infra/hands.py`): lines of JSON in and out."""

from __future__ import annotations

import _thread
import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.remembered import Remembered
    from infra.work import Work

__all__ = ["main"]

LAST_S = 5.0
CHANGED = "The study was changed while it ran. To mend: run it again."


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)


Messages = queue.Queue[dict[str, Any] | None]


def _listen(messages: Messages) -> None:
    """Take messages; where no more can come, end what is being made, and clear up after it."""
    for line in sys.stdin:
        messages.put(json.loads(line))
    messages.put(None)  # who waits for a message hears it at once; who makes something is stopped
    _thread.interrupt_main(signal.SIGTERM)
    time.sleep(LAST_S)
    os._exit(1)


def main() -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted closes our input
    signal.signal(signal.SIGTERM, _stop)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a line that a library prints is no answer
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    messages: Messages = queue.Queue()
    threading.Thread(target=_listen, args=(messages,), daemon=True).start()
    _serve(messages, answers)


def _load_libraries() -> None:
    """Load what every part needs, while the other process does the same and looks what there is to do."""
    from infra import making  # noqa: F401, PLC0415
    from maps import static  # noqa: F401, PLC0415


def _begun(study: dict[str, Any], remembered: Remembered | None) -> Work:
    """Open the study as the process that asks has it."""
    from infra.groups import group_parts  # noqa: PLC0415
    from infra.report import Report  # noqa: PLC0415
    from infra.session import open_session  # noqa: PLC0415
    from infra.steady import SourceState  # noqa: PLC0415
    from infra.store import key_of  # noqa: PLC0415
    from infra.work import Work  # noqa: PLC0415
    from layers.errors import OutputError  # noqa: PLC0415

    session = open_session(Path(study["root"]), remembered)
    # hashed once, by the process that checks at the end that they still stand
    vars(session)["sources"] = tuple(
        SourceState(**{**s, "path": Path(s["path"])}) for s in study["sources"]
    )
    if key_of(group_parts(session)) != study["key"]:  # what is kept would not be found
        raise OutputError(CHANGED)
    return Work(session, lambda _told: None, Report())


def _work(study: dict[str, Any], remembered: Remembered) -> Work | Exception:
    """Return the study as the process that asks has it, or what is wrong with it here."""
    try:
        return _begun(study, remembered if study["remember"] else None)
    except Exception as error:  # noqa: BLE001 - told when something is asked for
        return error


def _made(work: Work | Exception, asked: dict[str, Any], new: Path) -> list[str]:
    from infra.making import make_part  # noqa: PLC0415

    if isinstance(work, Exception):
        raise work
    return make_part(work, asked["case"], asked["part"], new)


def _serve(messages: Messages, answers: IO[str]) -> None:
    from infra.memory import tune_memory  # noqa: PLC0415 - the way out is open before slow imports

    tune_memory()
    from infra.hands import told  # noqa: PLC0415

    _load_libraries()

    def say(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    from infra.remembered import Remembered  # noqa: PLC0415

    remembered = Remembered()
    work: Work | Exception = RuntimeError("no study is open")
    new = Path()
    while (asked := messages.get()) is not None:
        if "root" in asked:
            work, new = _work(asked, remembered), Path(asked["new"])
            continue
        try:
            files = _made(work, asked, new)
            say(
                {
                    "files": files,
                    "remarks": [] if isinstance(work, Exception) else work.report.remarks,
                }
            )
        except Exception as error:  # noqa: BLE001 - told to whoever waits for it
            say({"error": told(error)})
