"""A practice study: invented sources in the publishers' formats, and a study.toml for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from infra.new import AreaEntry, study_text
from infra.sample import write_sample
from infra.writing import ELSEWHERE, writing
from layers.errors import Fault, StudyError
from scenarios.profile import load_profile

__all__ = ["PracticeStudy", "new_practice_study"]

AS_OF = date(2025, 12, 1)
BUDGET_PER_PREMISES = {"full-fibre-fund": 40, "5g-testbed": 20, "co-working": 60}
LEAST_BUDGET = {"full-fibre-fund": 400_000, "5g-testbed": 300_000, "co-working": 1_500_000}


@dataclass(frozen=True)
class PracticeStudy:
    """What was made."""

    folder: Path
    premises: int
    files: int


def new_practice_study(folder: Path, *, premises: int, seed: int) -> PracticeStudy:
    """Make a practice study of a given size; the same size and seed give the same bytes.

    Raises
    ------
    StudyError
        When there is a study already.
    OutputError
        When the folder cannot be written.
    """
    path = folder / "study.toml"
    if path.exists():
        raise StudyError(
            Fault(
                str(path),
                "there is a study here already",
                "name another folder, or remove this one",
            )
        )
    with writing(folder, ELSEWHERE):
        folder.mkdir(parents=True, exist_ok=True)
        made = write_sample(folder, premises=premises, seed=seed)
        area = AreaEntry(made.area_code, made.area_name, tuple(code for code, _ in made.districts))
        budgets = {
            key: max(rate * premises, LEAST_BUDGET[key])
            for key, rate in BUDGET_PER_PREMISES.items()
        }
        confirmed = [("5g-testbed", "*", gate) for gate in _asked_of_people("5g-testbed")]
        # one would not confirm every office: about half of the vacant ones
        offices = [f"uprn:{uprn}" for uprn in made.vacant_uprns[::2]]
        confirmed += [
            ("co-working", site, gate) for site in offices for gate in ("vacant", "no_block")
        ]
        text = study_text(
            area,
            name="Practice study",
            as_of=AS_OF,
            seed=seed,
            budgets=budgets,
            sample=True,
            confirmed=confirmed,
        )
        path.write_text(text, encoding="utf-8", newline="\n")
    return PracticeStudy(folder, premises, len(made.files))


def _asked_of_people(profile: str) -> list[str]:
    """Return the gates that only people can settle."""
    rules = load_profile(profile).gate
    return [key for key, rule in rules.items() if rule.evidence == "confirmation"]
