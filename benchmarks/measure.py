"""Time a piece of work and say what memory its process needed at most."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def report(work: Callable[[], object]) -> None:
    """Run the work and print `seconds peak_mib` on the last line."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    print(seconds, max(peak, children) / unit)


def peers_python() -> str | None:
    """Return the Python of the peers' own environment, where there is one and this is not it."""
    here = Path(__file__).parent
    named = Path(os.environ.get("INFRA_PEERS_PYTHON", here / ".peers" / "bin" / "python"))
    same = Path(sys.prefix) == named.parents[1]
    return str(named) if named.is_file() and not same else None


def handed_to_peers() -> bool:
    """Run the same command in the peers' environment, where there is one; return whether it was."""
    other = peers_python()
    if other is None:
        return False
    subprocess.run([other, *sys.argv], check=True)
    return True
