"""What a case works out whatever its weights, kept by whoever runs it and not worked out again.

A catchment, what small cells cover and the exact choice rest on positions, streets, rates and gates,
and on no weight. Each such part is named by what it is made from. Where somebody keeps parts
(`keeping`), a part kept earlier stands in for the work; elsewhere everything is worked out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Keeper", "Part", "held", "keeping", "kept"]

Part = Mapping[str, NDArray[Any]]
Made = TypeVar("Made")


class Keeper(Protocol):
    """Who keeps parts: in a folder, say. What stands for all but their inputs is the keeper's matter."""

    def find(self, name: str) -> Part | None:
        """Return a part kept under a name, or None."""

    def keep(self, name: str, part: Part) -> None:
        """Keep a part."""

    def held(self, kind: str, make: Callable[[], Made]) -> Made:
        """Return what the whole case has one of, remembered or made now."""

    def close(self, *, whole: bool) -> None:
        """End: what was asked for is a `whole` case, or the work was broken off."""


_KEEPER: ContextVar[Keeper | None] = ContextVar("keeper", default=None)


@contextmanager
def keeping(keeper: Keeper | None) -> Iterator[None]:
    """Let a keeper find and keep the parts that are asked for meanwhile."""
    token, whole = _KEEPER.set(keeper), False
    try:
        yield
        whole = True
    finally:
        _KEEPER.reset(token)
        if keeper is not None:
            keeper.close(whole=whole)


def kept(kind: str, inputs: tuple[Any, ...], make: Callable[[], Part]) -> Part:
    """Return a part, kept or worked out.

    Parameters
    ----------
    kind
        What the part is: a short word.
    inputs
        What it is made from, besides the evidence and the register in force: arrays of numbers and
        plain data.
    make
        Works it out: arrays of numbers or of text by name, none of Python objects.
    """
    keeper = _KEEPER.get()
    if keeper is None:
        return make()
    name = f"{kind}-{_digest(inputs)}"
    part = keeper.find(name)
    if part is None:
        part = make()
        keeper.keep(name, part)
    return part


def held(kind: str, make: Callable[[], Made]) -> Made:
    """Return what rests on the evidence, the register and a profile's rules, and on no weight.

    Who keeps parts may remember it, as it is, for the next ranking in the same process; it must not be changed.
    """
    keeper = _KEEPER.get()
    return make() if keeper is None else keeper.held(kind, make)


def _digest(inputs: tuple[Any, ...]) -> str:
    digest = hashlib.sha256()
    _add(digest, inputs)
    return digest.hexdigest()[:16]


def _add(digest: Any, item: Any) -> None:
    """Add plain data, arrays of numbers and dataclasses of them, so that no two read alike."""
    digest.update(type(item).__name__.encode())
    if isinstance(item, np.ndarray) and item.dtype != object:
        digest.update(f"{item.dtype.str}{item.shape}".encode())
        digest.update(np.ascontiguousarray(item).data)
    elif is_dataclass(item) and not isinstance(item, type):
        _add(digest, {each.name: getattr(item, each.name) for each in fields(item)})
    elif isinstance(item, Mapping):
        _add(digest, [list(pair) for pair in item.items()])
    elif isinstance(item, list | tuple | np.ndarray):
        digest.update(str(len(item)).encode())
        for each in item:
            _add(digest, each)
    elif item is None or isinstance(item, str | int | float | bool):
        digest.update(repr(item).encode())
    else:
        raise TypeError(f"a part cannot be named by {type(item).__name__}")
    digest.update(b";")
