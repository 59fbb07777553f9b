"""The roof: the command line, the study and the run.

`infra.open(folder)` is the Python door: a study's layers, rankings and tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.session import Session

__all__ = ["__version__", "open"]
__version__ = "0.1.0"


def open(folder: str | Path) -> Session:  # noqa: A001 - `infra.open(...)` is how it is used
    """Open a study.

    Parameters
    ----------
    folder
        The study folder.

    Returns
    -------
    Session
        `session.evidence()` gives the layers, `session.rank(case, evidence)` a case's tables.

    Raises
    ------
    layers.errors.StudyError
        With every fault in the study.
    """
    from infra.session import open_session  # noqa: PLC0415 - keeps `infra --help` fast

    return open_session(Path(folder))
