"""A week of churn in miniature: random edits to a study, and after each one everything still holds.

`INFRA_EDITS` says how many; docs/reliability.md has the figures of a long run.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
from pathlib import Path

import pytest
from edits import Churn, restore, without_outputs

from infra.explain import explain
from infra.practice import new_practice_study
from infra.run import run
from infra.session import open_session
from infra.trace import open_books
from infra.verify import verify_study
from layers.errors import StudyError

EDITS = int(os.environ.get("INFRA_EDITS", "12"))
SEED = int(os.environ.get("INFRA_SEED", "4"))
TRACED = 4
WHOLE_EVERY = 50
# what most edits are checked on: layers, coverage and two rankings; now and then everything there is
NUMBERS = frozenset({"layers", "coverage", "full-fibre-fund/ranking", "co-working/ranking"})
QUIET = lambda _text: None  # noqa: E731 - one word for silence


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def hashes(study: Path) -> dict[str, str]:
    text = (study / "out" / "manifest.json").read_text(encoding="utf-8")
    return {r["path"]: r["hash"] for r in json.loads(text)["resources"]}


def assert_all_holds(study: Path, chance: random.Random) -> None:
    """Counts reconcile and figures drawn at random trace to a file or a setting."""
    for row in rows(study / "out" / "coverage" / "quality.csv"):
        used, aside, bad = (int(float(row[n])) for n in ("used", "set_aside", "quarantined"))
        assert int(float(row["rows_in"])) == used + aside + bad, row
    books = open_books(open_session(study), QUIET)
    sites = [r["site_id"] for r in rows(study / "out" / "full-fibre-fund" / "ranking.csv")]
    for site in chance.sample(sites, min(TRACED, len(sites))):
        assert explain(books, f"full-fibre-fund/ranking:{site}:score") is not None


@pytest.mark.slow
def test_a_week_of_edits(tmp_path: Path) -> None:
    study = tmp_path / "study"
    new_practice_study(study, premises=500, seed=2)
    churn = Churn(study, SEED)
    said = []
    last = tmp_path / "last"
    run(open_session(study), NUMBERS.__contains__, QUIET)
    for number in range(1, EDITS + 1):
        without_outputs(study, last)
        before = hashes(study)
        said.append(churn.one())
        whole = number % WHOLE_EVERY == WHOLE_EVERY // 2 or number == EDITS
        try:
            run(open_session(study), lambda g, all_of_it=whole: all_of_it or g in NUMBERS, QUIET)
        except StudyError as refused:  # such as what somebody confirmed of a building that left
            assert hashes(study) == before, said
            said.append(f"refused and undone: {refused}")
            restore(study, last)
            run(open_session(study), NUMBERS.__contains__, QUIET)
        assert_all_holds(study, churn.chance)
        # made again from the sources alone, and compared byte for byte
        answer = verify_study(open_session(study), QUIET)
        assert not answer.refused, (said, answer.lines)
        if whole:  # else every later verification would draw every document again
            shutil.rmtree(study / "out")
            run(open_session(study), NUMBERS.__contains__, QUIET)
