"""Sentences that remember which figures they quote, and text from files made harmless.

A `Passage` is text with `Quote`s in it. A document prints a quote with its figure id, a page with
its id as an attribute; both read as one sentence in `Passage.text`.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from layers.lineage import Figure

__all__ = [
    "Passage",
    "Quote",
    "clean",
    "coarse",
    "count",
    "gap",
    "joined",
    "readable_count",
    "say",
    "typeset",
]

# Categories that have no business in a name: controls, formats (among them those that reverse
# the direction of reading), surrogates, private use, unassigned.
HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
LONGEST = 600
WHOLE_FROM = 10
MINUS = re.compile(r"(?<![\w)])-(?=£?\d)")


def clean(text: object, *, edges: bool = True) -> str:
    r"""Return text from a file as one harmless line.

    Control characters become spaces, invisible ones are dropped, and an overlong value is cut
    with an ellipsis. `edges` strips white space at both ends.

    >>> clean("Mill\x00 Lane\r\nLibrary\u202e ")
    'Mill Lane Library'
    """
    given = str(text)
    if given.isascii() and given.isprintable():
        # most text is plain, and there is a lot of it
        line = " ".join(given.split()) if edges else given
        return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
    spaced = (
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in given
        if unicodedata.category(c) not in HARMFUL or unicodedata.category(c) == "Cc"
    )
    line = "".join(spaced)
    if edges:
        # A no-break space inside a number stays; runs of other white space become one.
        line = " ".join(part for part in line.replace("\u00a0", "\u0001").split() if part)
        line = line.replace("\u0001", "\u00a0").strip("\u00a0 ")
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def typeset(number: str) -> str:
    r"""Return a number in words with a true minus sign and a percent sign that does not part.

    >>> typeset("range -£140,000 to 5 %")
    'range −£140,000 to 5\xa0%'
    """
    return MINUS.sub("\u2212", number).replace(" %", "\u00a0%")


@dataclass(frozen=True)
class Quote:
    """A figure and the words that stand for it in a sentence."""

    figure: Figure
    shown: str

    @property
    def unbroken(self) -> str:
        """The words as they are set: a true minus, and the percent sign on its number's line."""
        return typeset(self.shown)


@dataclass(frozen=True)
class Passage:
    """Text and quotes in order; `gap` marks evidence that an officer still has to give."""

    parts: tuple[str | Quote, ...]
    gap: bool = False

    @property
    def text(self) -> str:
        """The sentence as it reads, without figure ids."""
        return "".join(part.shown if isinstance(part, Quote) else part for part in self.parts)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures quoted, in order."""
        return tuple(part.figure for part in self.parts if isinstance(part, Quote))

    def __add__(self, other: Passage) -> Passage:
        """Join two passages into one paragraph; a gap anywhere marks the whole."""
        if not self.parts or not other.parts:
            return other if not self.parts else self
        return Passage((*self.parts, " ", *other.parts), gap=self.gap or other.gap)


def coarse(figure: Figure, places: int) -> Figure:
    """Return a figure to be read with fewer decimals; its id and its value stay what they are."""
    if figure.decimals is not None and figure.decimals <= places:
        return figure
    return replace(figure, decimals=places)


def readable_count(figure: Figure) -> Figure:
    """Return a count to be read whole: a tenth of a premises says nothing beside thousands.

    Below ten, where weights leave fractions that matter, a broken number stays as it is.
    """
    value = float(figure.value) if figure.known else float("nan")
    whole = abs(value) >= WHOLE_FROM or value.is_integer()
    return coarse(figure, 0) if whole else figure


def gap(what: str) -> Passage:
    """Return a marked gap for an officer to fill."""
    return Passage((f"[Officer to complete: {what}]",), gap=True)


def say(template: str, **values: Figure | Quote | Passage | str) -> Passage:
    """Fill a sentence of ours with figures and with text from files.

    Values are only ever inserted, never read as a template, so that braces in a name do nothing.

    >>> say("{n} sites in {place}.", n="12", place="Ash{0}moor").text
    '12 sites in Ash{0}moor.'
    """
    parts: list[str | Quote] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        if literal:
            parts.append(literal)
        if name is None:
            continue
        value = values[name]
        if isinstance(value, Figure):
            parts.append(Quote(value, value.text))
        elif isinstance(value, Quote):
            parts.append(value)
        elif isinstance(value, Passage):
            parts.extend(value.parts)
        else:
            parts.append(clean(value, edges=False))
    return Passage(tuple(parts))


def count(figure: Figure, one: str, many: str) -> Quote:
    """Return a counted thing: `no sites`, `1 site`, `12 sites`; `no data` where it is missing."""
    if not figure.known:
        return Quote(figure, f"an unknown number of {many}")
    value = float(figure.value)
    if value == 0:
        return Quote(figure, f"no {many}")
    return Quote(figure, f"{figure.number} {one if value == 1 else many}")


def joined(parts: Sequence[str | Passage | Quote]) -> Passage:
    """Return a list as a sentence reads it: `a, b and c`."""
    out: list[str | Quote] = []
    for number, part in enumerate(parts):
        if number:
            out.append(" and " if number == len(parts) - 1 else ", ")
        if isinstance(part, Passage):
            out.extend(part.parts)
        else:
            out.append(part)
    return Passage(tuple(out))
