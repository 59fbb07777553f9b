"""Many kills, cheaply: parts of a small study are made again and again and cut off at any moment.

`test_nothing_is_lost.py` kills whole runs; figures of a long one of both are in docs/reliability.md.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from journey import infra
from test_nothing_is_lost import ENVIRONMENT, assert_whole, hashes, manifest, set_line

from infra.practice import new_practice_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of a POSIX system"),
]

KILLS = int(os.environ.get("INFRA_KILLS", "40"))
RANK = ("rank", "full-fibre-fund")
COMMANDS = (("coverage",), ("coverage",), ("coverage",), RANK)
WITHOUT_KEPT_STEPS = 10  # every so many times


def spawn(study: Path, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra", words[0], str(study), *words[1:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )


def test_killed_while_parts_are_made_the_outputs_stay_whole(
    tmp_path: Path, record_testsuite_property
) -> None:
    study = tmp_path / "study"
    new_practice_study(study, premises=500, seed=2)
    began = time.monotonic()
    assert infra(RANK[0], study, *RANK[1:]).code == 0
    first_s = time.monotonic() - began
    chance, met = random.Random(7), Counter[str]()
    last_s = dict.fromkeys(COMMANDS, first_s)
    for number in range(KILLS):
        words = chance.choice(COMMANDS)
        # a setting that both parts rest on, so that there is always something to make
        set_line(study, "name", f'"Practice study {number}"')
        set_line(study, "seed", str(number + 1))
        if number % WITHOUT_KEPT_STEPS == 0:
            shutil.rmtree(study / ".infra", ignore_errors=True)
        before = hashes(study)
        running, start = spawn(study, words), time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(chance.uniform(0.2, last_s[words]))
        if running.poll() is None:
            running.kill()
            met["killed"] += 1
        else:
            assert running.returncode == 0
            last_s[words] = time.monotonic() - start
            met["finished first"] += 1
        running.wait()
        assert_whole(study)
        if running.returncode:
            kept = hashes(study) == before
            assert kept or manifest(study)["infra"]["seed"] == number + 1
            met["stood as it was" if kept else "was already exchanged"] += 1
    for name, count in sorted(met.items()):
        record_testsuite_property(name, count)
    assert met["killed"] > KILLS // 3
    assert infra(RANK[0], study, *RANK[1:]).code == 0
    clean = tmp_path / "clean"
    shutil.copytree(study, clean, ignore=shutil.ignore_patterns("out", ".infra"))
    assert infra(RANK[0], clean, *RANK[1:]).code == 0
    assert hashes(clean) == hashes(study)
