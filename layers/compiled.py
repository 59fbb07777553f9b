"""Compile inner loops to machine code, and run them in chunks of fixed size.

The functions release Python's lock, so chunks run side by side. Chunks never share what they
write and are joined in order: results do not depend on the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numba
import numba.core.registry

__all__ = ["chunks", "compiled", "import_rest", "in_chunks"]

R = TypeVar("R")


def compiled(function: Callable[..., Any]) -> Any:
    """Return a function compiled on first use, and kept on disk where there is room for it.

    Floating-point sums keep their order: nothing is re-associated, so results are those of the
    Python source on every machine of one platform.
    """
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # an installation that can be written neither beside the source nor in the user's cache
        return numba.njit(nogil=True)(function)


def import_rest() -> None:
    """Import what numba would import at the first call of a compiled function (a quarter of a second)."""
    target: Any = numba.core.registry.cpu_target
    target.typing_context.refresh()
    target.target_context.refresh()


def chunks(count: int, size: int) -> Iterator[tuple[int, int]]:
    """Return the first and one past the last of each chunk; sizes do not depend on the machine."""
    return ((low, min(low + size, count)) for low in range(0, count, size))


def in_chunks(
    work: Callable[[int, int], R], count: int, size: int, workers: int | None = None
) -> list[R]:
    """Run `work(low, high)` over chunks of `count` things and return the results in order.

    Parameters
    ----------
    workers
        Threads; as many as processors when not given. One runs everything in the caller's thread.
    """
    parts = list(chunks(count, size))
    threads = min(workers if workers is not None else os.cpu_count() or 1, len(parts))
    if threads <= 1:
        return [work(low, high) for low, high in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda part: work(*part), parts))
