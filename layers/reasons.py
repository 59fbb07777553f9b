"""Short codes for why a row was quarantined: they stay the same when a sentence is reworded."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["CODES", "code_of"]

# code: what it stands for, and the sentences it covers; the first that matches wins
CODES: dict[str, tuple[str, str]] = {
    "ROW": ("too many or too few cells", r"row has \d+ of \d+ fields|.*cut short.*"),
    "TWICE": ("stands more than once", r"duplicate .*|repeat of .*|the same .* again|.*stands twice.*"),
    "LOST": ("digits lost in a spreadsheet", r"UPRN has lost its last digits.*"),
    "UPRN": ("not a UPRN", r"not a UPRN.*"),
    "EMPTY": ("no value where one is needed", r"no value|no geometry|empty .*|no name|nameless.*"),
    "NUMBER": ("not a number", r"not a number|not a whole number"),
    "RANGE": ("outside its range", r"outside [\d.e+-]+ to [\d.e+-]+|negative|out of range|a grade that is not 0 to 4"),
    "DATE": ("not a date, or dates in the wrong order", r"not a date|ends before .*|.*before .* date.*"),
    "FLAG": ("neither true nor false", r"neither true nor false"),
    "FORM": ("not in the published form", r"not in the expected form|not an area code|not a postcode.*"),
    "PLACE": ("no usable position", r".*(National Grid|position|coordinate|longitude|latitude|swapped).*"),
    "SHAPE": ("no usable shape", r"not a (line|polygon|point).*|polygon cannot .*|.*geometry.*|not a .*shape.*"),
    "SUM": ("parts that do not make the whole", r".*(do(es)? not sum|is not its count|total differs|buckets).*"),
    "ORDER": ("a part above its whole", r"more .* than .*|a larger share .*|.* exceeds .*"),
    "WORD": ("a word the publisher does not use", r"unknown .*|.*not known here|.* is not public, internal or commercial|not one of .*"),
}  # fmt: skip
OTHER = "OTHER"


@lru_cache(maxsize=1 << 12)
def code_of(reason: str) -> str:
    """Return the code of a reason.

    >>> code_of("row has 2 of 5 fields"), code_of("more full fibre than gigabit")
    ('ROW', 'ORDER')
    """
    return next((code for code, (_, rule) in CODES.items() if re.fullmatch(rule, reason)), OTHER)
