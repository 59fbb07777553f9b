"""A small tree of errors. Each carries every fault found; the roof prints them in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Fault", "InputError", "LayoutError", "OutputError", "SourceError", "StudyError"]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with something a user gave us, and how to mend it.

    Attributes
    ----------
    where
        The file (relative to the study where possible) or the setting.
    problem
        What is wrong, in one plain sentence without a full stop.
    mend
        What the user can do about it, in one plain sentence without a full stop.
    line
        Physical line in the file, counted from 1, where it is known.
    column
        The column header, feature property or setting, where it is known.
    """

    where: str
    problem: str
    mend: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.where
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column '{self.column}'"
        return f"{place}: {self.problem}. To mend: {self.mend}."


class InputError(ValueError):
    """Something a user gave us cannot be used; `faults` says all that is wrong with it."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class SourceError(InputError):
    """A source file cannot be read."""


class LayoutError(SourceError):
    """A source file is of a known kind, but its columns are not those of any known layout."""


class StudyError(InputError):
    """The study, a profile or a parameter does not say what it must."""


class OutputError(OSError):
    """The outputs could not be written; what was there before still stands."""
