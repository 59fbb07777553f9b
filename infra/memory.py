"""Memory that is let go goes back to the system at once, and is looked over less often.

Drawing makes hundreds of thousands of small objects, few of them in cycles: looking for cycles after every
700, as Python 3.11 does by itself, took a tenth of the time of a region's outputs, for the same memory at most.

glibc keeps freed arrays of up to 32 MiB in its own heap, in holes that later arrays rarely fit. A run
that makes and drops many tables then held a seventh more (`docs/scaling.md`). Arrays above a quarter of a
MiB get pages of their own here, which are returned when the array is.
"""

from __future__ import annotations

import ctypes
import gc
import sys

__all__ = ["return_what_is_freed", "tune_memory"]

# numbers of the options in glibc's malloc.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
OWN_PAGES_FROM_BYTES = 256 * 1024
KEEP_AT_MOST_BYTES = 2 * 1024 * 1024
NEW_OBJECTS = 50_000  # made since the last look for cycles, before the next


def tune_memory() -> None:
    """Set up this process for tables of millions of rows and hundreds of thousands of figures."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    return_what_is_freed()


def return_what_is_freed() -> bool:
    """Ask the C library to return freed memory; whether it could be asked (glibc on Linux)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    asked = (M_MMAP_THRESHOLD, OWN_PAGES_FROM_BYTES), (M_TRIM_THRESHOLD, KEEP_AT_MOST_BYTES)
    return all(mallopt(option, size) == 1 for option, size in asked)
