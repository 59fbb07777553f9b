"""What is made of one and the same object is made once, for every case and edition that shows it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

__all__ = ["kept_with"]

Shown = TypeVar("Shown")
Made = TypeVar("Made")


def kept_with(make: Callable[[Shown], Made]) -> Callable[[Shown], Made]:
    """Make a function give again what it made of an object, for as long as that object lives.

    The object itself is what counts, and not what it is equal to: tables have no quick equality. Views are
    never changed once they are made, so neither is what is drawn of them; callers must not change it.
    """
    held: dict[int, tuple[weakref.ref[Shown], Made]] = {}

    @wraps(make)
    def again(shown: Shown) -> Made:
        key = id(shown)
        if key not in held or held[key][0]() is not shown:
            made = make(shown)
            held[key] = (weakref.ref(shown, lambda _gone: held.pop(key, None)), made)
        return held[key][1]

    return again
