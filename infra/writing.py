"""What cannot be written is said in one line, the same everywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from layers.errors import OutputError

__all__ = ["ELSEWHERE", "writing"]

ROOM = "check the folder's permissions and free space"
ELSEWHERE = "choose another folder"


@contextlib.contextmanager
def writing(place: Path, mend: str = ROOM) -> Iterator[None]:
    """Turn an error of the file system into one line that names the place and the mend.

    Parameters
    ----------
    place
        What is being written, as the user knows it.
    mend
        What the user can do, in one plain sentence without a full stop.

    Raises
    ------
    OutputError
        In the place of any other `OSError`.
    """
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{place}: cannot be written ({reason}). To mend: {mend}.") from error
