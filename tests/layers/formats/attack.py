"""One damaged file through the whole way that a study reads it, and what must hold."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from mutate import mutated

from layers.gather import gather

SLOWEST_S = 20.0  # of processor time: the wall clock also counts what else the machine does


def attack(files: dict[str, Path], folder: Path, seeds: range) -> tuple[Counter[str], float]:
    """Damage and read files; return how often each fate came, and the slowest reading.

    Nothing may be raised: `gather` turns every `InputError` into a fault, and anything else would
    end the test here, with its seed.
    """
    fates: Counter[str] = Counter()
    slowest = 0.0
    cases = sorted(files)
    for seed in seeds:
        case = cases[seed % len(cases)]
        path = folder / files[case].name
        path.write_bytes(mutated(files[case].read_bytes(), seed))
        began = time.process_time()
        try:
            made = gather(folder, [path])
        except Exception as error:
            raise AssertionError(f"seed {seed}, {case}: {error!r}") from error
        slowest = max(slowest, time.process_time() - began)
        for fate in made.fates:
            fates[fate.status] += 1
            assert fate.quality is None or fate.quality.closes, (seed, case)
            assert fate.status != "refused" or made.faults, (seed, case)
        for fault in made.faults:
            assert fault.problem, (seed, case)
            assert fault.mend, (seed, case)
        path.unlink()
    assert slowest < SLOWEST_S
    return fates, slowest
