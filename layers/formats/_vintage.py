"""The month or year that a published file name states."""

from __future__ import annotations

import re

from layers.peeking import Peek

__all__ = ["vintage_in_name"]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL_DATE = re.compile(r"(?<!\d)(20\d\d)-([01]\d)(?:-([0-3]\d))?(?!\d)")
COMPACT = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])([0-3]\d)?(?!\d)")
WORDED = re.compile(rf"({'|'.join(MONTHS)})[a-z]*[_ -]+(20\d\d)(?!\d)")
YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def vintage_in_name(look: Peek) -> str:
    """Return `YYYY-MM-DD`, `YYYY-MM` or `YYYY` from a file name; empty where it has none."""
    name = look.stem
    if match := FULL_DATE.search(name) or COMPACT.search(name):
        return "-".join(part for part in match.groups() if part)
    if match := WORDED.search(name):
        return f"{match[2]}-{MONTHS.index(match[1]) + 1:02d}"
    match = YEAR.search(name)
    return match[1] if match else ""
