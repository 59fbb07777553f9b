"""What machine this is, and how fast it is at a calculation that never changes."""

from __future__ import annotations

import os
import platform
import statistics
import time
from pathlib import Path

import numpy as np

__all__ = ["described", "reference_s"]

RUNS = 5
NUMBERS = 4_000_000
STEPS = 3_000_000


def described() -> str:
    """Return processor, cores, system and Python in one line."""
    cpuinfo = Path("/proc/cpuinfo")
    model = platform.processor() or platform.machine()
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = named[0] if named else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def _reference() -> int:
    numbers = np.random.default_rng(1).random(NUMBERS)
    numbers.sort()
    total = 0
    for i in range(STEPS):
        total += i & 3
    return total + int(numbers[0])


def reference_s() -> float:
    """Return the median time of sorting four million numbers and three million Python steps."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        _reference()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times), 3)
