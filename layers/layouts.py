"""What a publisher's header looks like: fields, layouts, and finding one in the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Check", "Field", "Kind", "Layout", "fold", "resolve"]

Kind = Literal[
    "text", "code", "postcode", "percent", "count", "number", "flag", "date", "uprn", "choice"
]
# from the columns of some rows: the rows at fault, what is wrong with them, and in which field
Check = Callable[[Mapping[str, Any]], Iterable[tuple[NDArray[np.bool_], str, str]]]


@dataclass(frozen=True)
class Field:
    """A column we use: our name, the publishers' headers for it, and what its cells may be.

    Attributes
    ----------
    name
        The canonical name.
    headers
        Tried exactly, then without regard to case, spaces and underscores.
    kind
        How cells are read. `percent` lies in 0 to 100 and `count` is a whole number from 0, unless
        `low` and `high` say otherwise; `date` gives ISO text, empty where missing; `uprn` gives
        nullable integers.
    required
        Whether a layout needs the column.
    pattern
        A whole header in regular-expression form, tried last, whatever its case.
    fill_required
        Whether an empty cell quarantines its row.
    matches
        A form that a filled cell must have.
    choices
        Of a `choice`: what a cell may say, in lower case, and our word for it, which comes out as
        a category; an empty cell is missing, anything else is wrong.
    repeats
        Whether the same words stand in so many rows that text comes out as a category.
    may_repeat
        Whether the header may stand twice (label columns); the first is read.
    """

    name: str
    headers: tuple[str, ...] = ()
    kind: Kind = "text"
    required: bool = True
    pattern: str | None = None
    low: float | None = None
    high: float | None = None
    fill_required: bool = False
    matches: str | None = None
    may_repeat: bool = False
    choices: Mapping[str, str] = dataclass_field(default_factory=dict)
    repeats: bool = False

    @property
    def title(self) -> str:
        """The header a publisher is most likely to have used."""
        return self.headers[0] if self.headers else self.name


@dataclass(frozen=True)
class Layout:
    """A header a publisher has used.

    Attributes
    ----------
    name
        What `infra check` calls it.
    unique
        Fields that together identify a row; a later row with the same values is quarantined.
    headerless
        The file has no header: fields stand in this order.
    also_expects, never_has
        Headers that must, or must not, be there for the layout to fit, although they are not read.
    detail
        What distinguishes this layout from the others of its format (a level).
    long
        A row stands for a premises, of which there are millions: `src` comes out as a category.
    everyday
        The headers are everyday words of a user's own list (`name`, `status`): a file that has
        most of them is not taken for such a list with a column renamed.
    check
        Finds what is wrong with rows whose cells are right one by one.
    """

    name: str
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()
    headerless: bool = False
    also_expects: tuple[str, ...] = ()
    never_has: tuple[str, ...] = ()
    detail: str = ""
    everyday: bool = False
    long: bool = False
    check: Check | None = None

    def missing(self, header: Sequence[str]) -> tuple[Field, ...]:
        """Return the required fields that a header does not have."""
        found = resolve(self.fields, header)
        return tuple(f for f in self.fields if f.required and f.name not in found)

    def lacks(self, header: Sequence[str]) -> tuple[str, ...]:
        """Return the headers, read or merely expected, that are not there."""
        folded = {fold(name) for name in header}
        unseen = tuple(e for e in self.also_expects if fold(e) not in folded)
        return tuple(f.title for f in self.missing(header)) + unseen

    def fits(self, header: Sequence[str]) -> bool:
        """Whether all that must be there is, and nothing that must not."""
        folded = {fold(name) for name in header}
        return not self.lacks(header) and not any(fold(h) in folded for h in self.never_has)

    def likeness(self, header: Sequence[str]) -> float:
        """Share of the required fields that a header has, 0 to 1."""
        required = [f for f in self.fields if f.required]
        return 1 - len(self.missing(header)) / max(len(required), 1)


@lru_cache(maxsize=1 << 14)
def fold(header: str) -> str:
    """Reduce a header to what must agree: lower case, no spaces, underscores or BOM."""
    return re.sub(r"[\s_\ufeff]+", "", header).lower()


def resolve(fields: Iterable[Field], header: Sequence[str]) -> dict[str, int]:
    """Find each field's column: exact header, then folded, then pattern; first come, first found."""
    exact: dict[str, int] = {}
    folded: dict[str, int] = {}
    for position, name in enumerate(header):
        exact.setdefault(name, position)
        folded.setdefault(fold(name), position)
    found: dict[str, int] = {}
    for item in fields:
        places = [exact[h] for h in item.headers if h in exact]
        places += [folded[fold(h)] for h in item.headers if fold(h) in folded]
        if not places and item.pattern:
            rule = re.compile(item.pattern, re.IGNORECASE)
            places = [i for i, h in enumerate(header) if rule.fullmatch(h.strip())]
        if places:
            found[item.name] = places[0]
    return found
