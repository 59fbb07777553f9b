"""A week of churn in miniature: random edits to a study, and after each one everything still holds.

`INFRA_EDITS` says how many; docs/reliability.md has the figures of a long run.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.explain import explain
from infra.practice import new_practice_study
from infra.run import run
from infra.session import open_session
from infra.trace import open_books
from infra.verify import verify_study

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


class Churn:
    """Edits that an office makes in a week, each drawn at random."""

    def __init__(self, study: Path, seed: int) -> None:
        self.study = study
        self.chance = random.Random(seed)
        self.away = study.with_name("away")
        self.away.mkdir()
        self.edits: list[Callable[[], str]] = [
            self.budget, self.seed, self.rename_study, self.take_away, self.put_back, self.swap_name,
            self.break_a_row, self.parameter, self.weight, self.touch, self.harm_output, self.clock,
        ]  # fmt: skip

    def one(self) -> str:
        return self.chance.choice(self.edits)()

    def _toml(self, change: Callable[[str], str]) -> None:
        path = self.study / "study.toml"
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def _set(self, pattern: str, text: str) -> None:
        self._toml(lambda held: re.sub(pattern, text, held, count=1, flags=re.MULTILINE))

    def _files(self) -> list[Path]:
        """Files that a study can do without."""
        return [
            p
            for folder in ("naptan", "business", "deprivation", "sites", "property", "osm")
            for p in sorted((self.study / "sources" / folder).rglob("*"))
            if p.is_file()
        ]

    def budget(self) -> str:
        self._set(r"budget_gbp = [\d_.]+", f"budget_gbp = {self.chance.randrange(100, 2000)}_000")
        return "a budget"

    def seed(self) -> str:
        self._set(r"^seed = \d+", f"seed = {self.chance.randrange(10_000)}")
        return "the seed"

    def rename_study(self) -> str:
        self._set(r'^name = "[^"]*"', f'name = "Study {self.chance.randrange(1000)}"')
        return "the name"

    def clock(self) -> str:
        self._set(r"^as_of = [\d-]+", f"as_of = 2026-0{self.chance.randrange(1, 9)}-15")
        return "the clock"

    def take_away(self) -> str:
        files = self._files()
        if not files:
            return "nothing left to take away"
        victim = self.chance.choice(files)
        target = self.away / victim.relative_to(self.study / "sources")
        target.parent.mkdir(parents=True, exist_ok=True)
        victim.rename(target)
        return f"{victim.name} taken away"

    def put_back(self) -> str:
        held = sorted(p for p in self.away.rglob("*") if p.is_file())
        if not held:
            return "nothing to put back"
        back = self.chance.choice(held)
        target = self.study / "sources" / back.relative_to(self.away)
        target.parent.mkdir(parents=True, exist_ok=True)
        back.rename(target)
        return f"{back.name} put back"

    def swap_name(self) -> str:
        files = [p for p in self._files() if p.suffix == ".csv"]
        if not files:
            return "no file to rename"
        victim = self.chance.choice(files)
        victim.rename(victim.with_name(f"{self.chance.randrange(10**6)}_{victim.name[-40:]}"))
        return f"{victim.name} renamed"

    def break_a_row(self) -> str:
        (path,) = sorted((self.study / "sources" / "naptan").rglob("*.csv"))[:1] or [None]
        if path is None:
            return "no row to break"
        lines = path.read_bytes().split(b"\n")
        at = self.chance.randrange(1, max(2, len(lines) - 1))
        lines[at] = b"broken"
        path.write_bytes(b"\n".join(lines))
        return f"line {at + 1} of {path.name} broken"

    def parameter(self) -> str:
        key = "fibre.public_site_all_in_gbp"
        value = self.chance.randrange(9_000, 30_000)
        entry = (
            f'[parameters."{key}"]\nvalue = {value}\nwho = "Procurement"\n'
            'when = 2026-01-05\nwhy = "a framework price"\n'
        )
        self._toml(
            lambda held: re.sub(
                rf'\n?\[parameters\."{re.escape(key)}"\]\n(?:\w+ = .*\n)*', "\n", held
            ) + "\n" + entry
        )  # fmt: skip
        return f"{key} = {value}"

    def weight(self) -> str:
        """Move weight between the first two criteria of a profile of the study's own."""
        own = self.study / "mine.toml"
        if not own.exists():
            shipped = Path(run.__code__.co_filename).parents[1] / "scenarios" / "profiles"
            shutil.copy(shipped / "co-working.toml", own)
            self._set(r'profile = "co-working"', 'profile = "mine.toml"')
        text = own.read_text(encoding="utf-8")
        found = list(re.finditer(r"^weight = ([\d.]+)", text, flags=re.MULTILINE))[:2]
        first, second = (float(m[1]) for m in found)
        part = round(self.chance.uniform(0.2, 0.8) * (first + second), 2)
        for match, value in zip(reversed(found), (first + second - part, part), strict=True):
            text = text[: match.start()] + f"weight = {value:.2f}" + text[match.end() :]
        own.write_text(text, encoding="utf-8")
        return "a weight"

    def touch(self) -> str:
        path = self.chance.choice(self._files() or [self.study / "study.toml"])
        path.touch()
        return f"{path.name} touched"

    def harm_output(self) -> str:
        path = self.chance.choice(sorted((self.study / "out").rglob("*.csv")))
        path.write_text(path.read_text(encoding="utf-8") + "x\n", encoding="utf-8")
        return f"out/{path.name} harmed"


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
    run(open_session(study), NUMBERS.__contains__, QUIET)
    for number in range(1, EDITS + 1):
        said.append(churn.one())
        whole = number % WHOLE_EVERY == WHOLE_EVERY // 2 or number == EDITS
        run(open_session(study), lambda g, all_of_it=whole: all_of_it or g in NUMBERS, QUIET)
        assert_all_holds(study, churn.chance)
        # made again from the sources alone, and compared byte for byte
        answer = verify_study(open_session(study), QUIET)
        assert not answer.refused, (said, answer.lines)
        if whole:  # else every later verification would draw every document again
            shutil.rmtree(study / "out")
            run(open_session(study), NUMBERS.__contains__, QUIET)
