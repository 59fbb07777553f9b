"""Freed arrays go back to the system: seen in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HOLES = """
import sys
import numpy as np
from infra.memory import return_what_is_freed
asked = {asked} and return_what_is_freed()
def resident_mib():
    with open("/proc/self/status") as told:
        return next(int(line.split()[1]) for line in told if line.startswith("VmRSS")) / 1024
np.ones(3_900_000).sum()  # freed: without the call, the limit of own pages rises to 30 MiB
before = resident_mib()
kept, dropped = [], []
for _ in range(20):
    dropped.append(np.ones(600_000))
    kept.append(np.ones(100))
del dropped
print(asked, resident_mib() - before)
"""


def left_mib(*, asked: bool) -> tuple[bool, float]:
    done = subprocess.run(
        [sys.executable, "-c", HOLES.format(asked=asked)],
        capture_output=True,
        text=True,
        check=True,
    )
    word, left = done.stdout.split()
    return word == "True", float(left)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, as Linux has it")
def test_freed_arrays_between_kept_ones_are_returned():
    asked, left = left_mib(asked=True)
    if not asked:
        pytest.skip("this C library cannot be asked")
    _, otherwise = left_mib(asked=False)
    assert left < 20
    assert otherwise > left


POOL = """
import os, sys
{first}
from infra.memory import tune_memory
tune_memory()
import pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""


@pytest.mark.parametrize(
    ("first", "own", "name"),
    [
        ("", None, "system"),
        ("import pyarrow; pyarrow.default_memory_pool().backend_name", None, "system"),
        ("import pyarrow; pyarrow.default_memory_pool().backend_name", "mimalloc", "mimalloc"),
    ],
)
def test_arrow_takes_its_memory_from_the_c_library_whenever_it_is_loaded(first, own, name):
    held = {k: v for k, v in os.environ.items() if k != "ARROW_DEFAULT_MEMORY_POOL"}
    done = subprocess.run(
        [sys.executable, "-c", POOL.format(first=first)],
        capture_output=True,
        text=True,
        check=True,
        env=held if own is None else {**held, "ARROW_DEFAULT_MEMORY_POOL": own},
    )
    assert done.stdout.split() == [name]
