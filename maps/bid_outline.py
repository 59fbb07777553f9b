"""What a bid holds, in which order, under which numbers: the fund's own sections, or the five cases."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from maps.bid_text import BidText
from maps.blocks import Report
from maps.passages import clean
from maps.view import CaseView, ProfileView, SectionView
from scenarios.bid_parts import ALWAYS

__all__ = ["Bid", "BidPicture", "Outline", "outline_of"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Outline:
    """Sections with their parts, and annexes, in order."""

    sections: tuple[SectionView, ...]
    annexes: tuple[str, ...]

    def number(self, part: str) -> str:
        """Return the number of a part, such as `1.2`; empty where the bid does without it."""
        for n, section in enumerate(self.sections, start=1):
            if part in section.parts:
                return f"{n}.{section.parts.index(part) + 1}"
        return ""

    def annex(self, name: str) -> str:
        """Return how an annex is called, such as `Annex C`; empty where the bid does without it."""
        if name not in self.annexes:
            return ""
        return f"Annex {LETTERS[self.annexes.index(name)]}"


@dataclass(frozen=True)
class BidPicture:
    """A picture of a bid and the words that stand for it.

    Raises
    ------
    ValueError
        When there is a picture but no alternative text.
    """

    path: Path | None = None
    alt: str = ""

    def __post_init__(self) -> None:
        if self.path is not None and not self.alt.strip():
            raise ValueError(f"{self.path.name}: a picture in a bid needs alternative text")


@dataclass(frozen=True)
class Bid:
    """A bid being written: where to, of what, with which fixed passages, in which order."""

    report: Report
    view: CaseView
    text: BidText
    outline: Outline
    sites_map: BidPicture = BidPicture()
    gap_map: BidPicture = BidPicture()
    tornado: BidPicture = BidPicture()


@cache
def _usual() -> dict[str, Any]:
    path = Path(__file__).with_name("templates") / "outline.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _sections(given: Sequence[Any]) -> tuple[SectionView, ...]:
    return tuple(SectionView(clean(s["title"]), tuple(s["parts"])) for s in given)


def outline_of(profile: ProfileView) -> Outline:
    """Return the outline that a fund's profile asks for; the five-case model where it asks for none.

    Attribution and the list of figures are added where the profile leaves them out.
    """
    sections = profile.sections or _sections(_usual()["section"])
    annexes = tuple(profile.annexes if profile.annexes is not None else _usual()["annexes"])
    return Outline(sections, (*annexes, *(name for name in ALWAYS if name not in annexes)))
