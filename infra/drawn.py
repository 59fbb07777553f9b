"""What two editions print alike is drawn once: the second gets a copy of the file.

Whether it would come out alike is not guessed: a writer is given only what it draws from, and two
files are the same where those are equal, value by value.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layers.lineage import Figures

__all__ = ["Drawn", "alike"]


def alike(one: Any, other: Any) -> bool:  # noqa: PLR0911 - one return a kind of value
    """Return whether two values are equal throughout, a missing value being equal to another.

    >>> alike({"a": (1, [2.0])}, {"a": (1, [2.0])}), alike((1,), (1, 2)), alike(1, 1.0)
    (True, False, False)
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, pd.DataFrame | pd.Series):
        return bool(one.equals(other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and bool(
            np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        )
    if isinstance(one, Figures):
        return alike((one.scope, one.tables), (other.scope, other.tables))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if is_dataclass(one):
        names = [f.name for f in fields(one) if f.compare]
        return all(alike(getattr(one, n), getattr(other, n)) for n in names)
    return bool(one == other)


class Drawn:
    """The files that this run has written, with what each was made from."""

    def __init__(self) -> None:
        self._held: dict[str, list[tuple[Any, tuple[Path, ...], tuple[Figures, ...]]]] = {}

    def once(
        self,
        what: str,
        made_from: Any,
        paths: Sequence[Path],
        make: Callable[[], None],
        figures: Sequence[Figures] = (),
    ) -> tuple[Figures, ...]:
        """Make files, or copy those that the same was made into.

        Parameters
        ----------
        what
            Names the writer: files of two writers are never taken for each other.
        made_from
            All that `make` looks at, itself plain values, tables and dataclasses of them.
        paths
            The files that `make` writes.
        figures
            Where `make` notes what it quotes.

        Returns
        -------
        tuple of Figures
            What the files quote: `figures`, or those of the files that were copied.
        """
        for known, held, quoted in self._held.get(what, []):
            if alike(known, made_from):
                for old, new in zip(held, paths, strict=True):
                    if old != new:  # a folder that two cases share has the file already
                        new.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(old, new)
                return quoted
        make()
        made = (made_from, tuple(paths), tuple(figures))
        self._held.setdefault(what, []).append(made)
        return made[2]
