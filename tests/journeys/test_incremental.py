"""What is made again after edits has the same bytes as a study made from nothing, whatever the edits.

Each case is some edits drawn at random, each followed by a run of some of the outputs, and then a run of all that
is compared. `INFRA_CASES` says how many cases, `INFRA_WHOLE` every how many of them every map and document is
made and compared too, and `INFRA_SEED` which edits; docs/reliability.md has the figures of a long run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from edits import Churn, restore, without_outputs

from infra.practice import new_practice_study
from infra.run import run
from infra.session import open_session
from layers.errors import InputError

CASES = int(os.environ.get("INFRA_CASES", "6"))
WHOLE_EVERY = int(os.environ.get("INFRA_WHOLE", "6"))
SEED = int(os.environ.get("INFRA_SEED", "11"))
NUMBERS = (
    "layers", "coverage", "full-fibre-fund/ranking", "5g-testbed/ranking", "co-working/ranking",
)  # fmt: skip


def answer(study: Path, wanted: Callable[[str], bool]) -> str:
    """Run a study; what it refuses, in words, else nothing."""
    try:
        run(open_session(study), wanted, lambda _text: None)
    except InputError as error:
        return str(error)
    return ""


def files(study: Path) -> dict[str, bytes]:
    out = study / "out"
    return {
        p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()
    }


@pytest.mark.slow
def test_incremental_equals_from_nothing(tmp_path: Path) -> None:
    study, fresh, last = (tmp_path / name / "study" for name in ("worked", "fresh", "last"))
    new_practice_study(study, premises=500, seed=2)
    edits = Churn(study, SEED)
    edits.deeper()
    assert not answer(study, NUMBERS.__contains__)
    said: list[str] = []
    refused = 0
    for case in range(1, CASES + 1):
        without_outputs(study, last)
        for _ in range(edits.chance.randrange(1, 4)):
            said.append(edits.one())
            some = edits.chance.sample(NUMBERS, 2)
            answer(study, some.__contains__)
        whole = case % WHOLE_EVERY == 0
        wanted = NUMBERS.__contains__ if not whole else lambda _group: True
        without_outputs(study, fresh)
        no = answer(fresh, wanted)
        before = files(study)
        assert answer(study, wanted) == no, said
        if no:
            refused += 1
            assert files(study) == before, said  # what stood there stands
            restore(study, last)
            said.append("undone")
            continue
        ours, theirs = files(study), files(fresh)
        wrong = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
        assert not wrong, (sorted(wrong), said)
        if whole:  # else later cases would hold what they did not ask for; the kept steps stay
            shutil.rmtree(study / "out")
    print(f"{refused} of {CASES} cases refused by both; edits: {said}")  # noqa: T201 - seen with -s
    assert refused < CASES, said
