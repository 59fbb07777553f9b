"""Faults of published files that are known, and what mends them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["KnownFault", "known_fault", "shipped"]

FAULTS = Path(__file__).with_name("known_faults.toml")


@dataclass(frozen=True)
class KnownFault:
    """A fault of one published file.

    Attributes
    ----------
    file
        The published name as a regular expression, whatever its case.
    copy_of
        How the areas begin that the file holds instead of its own.
    """

    dataset: str
    file: str
    copy_of: str
    problem: str
    mend: str
    since: str
    source: str

    @property
    def reason(self) -> str:
        """The fault and its mend, for a file's fate."""
        return f"{self.problem}: {self.mend}"


@cache
def shipped() -> tuple[KnownFault, ...]:
    """Return the shipped faults, in the file's order."""
    table = tomllib.loads(FAULTS.read_text(encoding="utf-8"))
    return tuple(KnownFault(**entry) for entry in table["fault"])


def known_fault(dataset: str, stem: str) -> KnownFault | None:
    """Return the known fault of a published file, by its dataset and bare name.

    >>> known_fault("ofcom-connected-nations-fixed", "202601_fixed_pc_coverage_r1_cw.csv").copy_of
    'CV'
    """
    for item in shipped():
        if item.dataset == dataset and re.fullmatch(item.file, stem, re.IGNORECASE):
            return item
    return None
