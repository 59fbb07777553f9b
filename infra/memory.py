"""Memory that is let go goes back to the system at once, and is looked over less often.

Drawing makes hundreds of thousands of small objects, few of them in cycles: looking for cycles after every
700, as Python 3.11 does by itself, took a tenth of the time of a region's outputs, for the same memory at most.

glibc keeps freed arrays of up to 32 MiB in its own heap, in holes that later arrays rarely fit. A run
that makes and drops many tables then held a fourth more (`docs/scaling.md`). Arrays above 2 MiB get pages of
their own here, which are returned when the array is; below that, fetching pages anew each time costs more
than it saves. Arrow, which reads and writes tables, keeps what it freed for itself, unless it takes its
memory from the C library: a sixth of what a region held at most.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
from contextlib import suppress

__all__ = ["give_back", "return_what_is_freed", "tune_memory"]

# numbers of the options in glibc's malloc.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
OWN_PAGES_FROM_BYTES = 2 * 1024 * 1024
KEEP_AT_MOST_BYTES = 2 * 1024 * 1024
NEW_OBJECTS = 50_000  # made since the last look for cycles, before the next


def tune_memory() -> None:
    """Set up this process for tables of millions of rows and hundreds of thousands of figures."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    # nobody waits for a last look for cycles: the system takes back all there is
    atexit.register(gc.freeze)
    return_what_is_freed()


def return_what_is_freed() -> bool:
    """Ask the C library to return freed memory, and Arrow to take its from there; whether both could be asked.

    Arrow can be asked everywhere, the C library where it is glibc on Linux.
    """
    wanted = os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if wanted == "system" and "pyarrow" in sys.modules:  # it looks at its environment once
        sys.modules["pyarrow"].set_memory_pool(sys.modules["pyarrow"].system_memory_pool())
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    asked = (M_MMAP_THRESHOLD, OWN_PAGES_FROM_BYTES), (M_TRIM_THRESHOLD, KEEP_AT_MOST_BYTES)
    return all(mallopt(option, size) == 1 for option, size in asked)


def give_back() -> None:
    """Return to the system what small objects that are gone have left free, where it can be asked to take it."""
    if sys.platform.startswith("linux"):
        with suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
