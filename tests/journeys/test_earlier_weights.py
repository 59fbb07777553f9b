"""From a change of weights to new rankings and a board page, while the plan waits."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.cli import main
from scenarios import profile

pytestmark = pytest.mark.slow
MARK = "Earlier weights"


def infra(*words):
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


def files(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_the_page_says_that_the_plan_is_of_earlier_weights_until_it_is_made_again(study):
    own = study / "mine.toml"
    shipped = Path(profile.__file__).parent / "profiles" / "co-working.toml"
    text = shipped.read_text(encoding="utf-8")
    own.write_text(text, encoding="utf-8")
    settings = study / "study.toml"
    named = settings.read_text(encoding="utf-8").replace('profile = "co-working"', 'profile = "mine.toml"')  # fmt: skip
    settings.write_text(named, encoding="utf-8")
    infra("board", study)
    page, plan = study / "out" / "index.html", study / "out" / "plan"
    case = next(p.parent.name for p in (study / "out").glob("*/ranking.csv") if "working" in str(p))
    ranking = study / "out" / case / "ranking.csv"
    before, held = ranking.read_bytes(), files(plan)
    assert MARK not in page.read_text(encoding="utf-8")

    first, second = re.findall(r"^weight = [\d.]+", text, flags=re.MULTILINE)[:2]
    a, b = (float(line.split()[-1]) for line in (first, second))
    moved = text.replace(first, f"weight = {a + b - 0.02:.2f}", 1).replace(second, "weight = 0.02", 1)  # fmt: skip
    own.write_text(moved, encoding="utf-8")
    said = infra("board", study)
    assert "earlier weights" in said
    assert MARK in page.read_text(encoding="utf-8")
    assert ranking.read_bytes() != before
    assert files(plan) == held

    infra("plan", study)
    infra("board", study)
    assert MARK not in page.read_text(encoding="utf-8")
