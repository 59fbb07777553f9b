"""Time a piece of work and say what memory its process needed at most."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable


def report(work: Callable[[], object]) -> None:
    """Run the work and print `seconds peak_mib` on the last line."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    print(seconds, max(peak, children) / unit)
