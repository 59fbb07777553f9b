"""What an open command holds of a study from one run to the next, so that it is neither read nor made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Remembered"]

Made = TypeVar("Made")


class Remembered:
    """Things by name, each with what it was made from: only the newest of a name is held.

    What is remembered is never changed by those who are given it.
    """

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, Any]] = {}

    def once(self, what: str, made_from: str, make: Callable[[], Made]) -> Made:
        """Return what was made under a name from the same, or make it now; what it replaces is let go before."""
        known = self._held.get(what)
        if known is not None and known[0] == made_from:
            held: Made = known[1]
            return held
        self._held.pop(what, None)
        made = make()
        self._held[what] = (made_from, made)
        return made
