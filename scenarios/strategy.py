"""The strategy that a bid serves: objectives in a file, with a date, a status, and what maps to each."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from layers.errors import Fault, StudyError
from scenarios.recipes import countable
from scenarios.scenario import load_scenario, scenario_names

__all__ = ["SHIPPED", "Objective", "Strategy", "load_strategy"]

FOLDER = Path(__file__).with_name("strategies")
SHIPPED = "west-midlands-sep"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Objective(_Strict):
    """An objective, and what of the cases serves it."""

    label: str = Field(min_length=1, description="Name of the objective, as the strategy writes it")
    criteria: tuple[str, ...] = Field(default=(), description="`scenario.criterion` that serve it")
    outcomes: tuple[str, ...] = Field(
        default=(), description="Items of the summary that count for it"
    )


class Strategy(_Strict):
    """A strategy with its date and status."""

    schema_version: Literal[1] = Field(alias="schema", description="Layout of this file")
    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(min_length=1)
    publisher: str = Field(min_length=1)
    date: str = Field(min_length=4, description="Date or year of the strategy")
    status: Literal["in force", "draft", "historic"]
    note: str = ""
    objective: dict[str, Objective] = Field(min_length=1)

    @property
    def words(self) -> str:
        """Title, date and status in one line."""
        return f"{self.title}, {self.publisher}, {self.date} ({self.status})"


def load_strategy(name: str = "", folder: Path | None = None) -> Strategy:
    """Read a strategy: a shipped name, or a TOML file of the study.

    Raises
    ------
    StudyError
        With every fault: no such file, not TOML, unknown settings, criteria and outcomes that no
        scenario has.
    """
    name = name or SHIPPED
    shipped = FOLDER / f"{name}.toml"
    path = shipped if shipped.is_file() else (folder or Path()) / name
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
        mend = f"name a TOML file of the study, or one of {known}"
        raise StudyError(
            Fault(name, "there is no such strategy", mend, column="strategy")
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StudyError(
            Fault(name, f"not readable as TOML ({error})", "correct the line")
        ) from None
    try:
        strategy = Strategy.model_validate(raw)
    except ValidationError as error:
        raise StudyError(
            Fault(
                name, item["msg"][:1].lower() + item["msg"][1:], "correct the setting",
                column=".".join(str(part) for part in item["loc"]),
            )
            for item in error.errors()
        ) from None  # fmt: skip
    known_criteria = [
        f"{scenario}.{criterion}"
        for scenario in scenario_names()
        for criterion in load_scenario(scenario).criteria
    ]
    faults = [
        _unknown(name, f"objective.{key}.{setting}", word, known, problem, mend)
        for key, objective in strategy.objective.items()
        for setting, words, known, problem, mend in (
            ("criteria", objective.criteria, known_criteria, "no scenario measures", "write scenario.criterion"),
            ("outcomes", objective.outcomes, countable(), "no summary has the outcome", "name an item of a case's summary.csv"),
        )
        for word in words
        if word not in known
    ]  # fmt: skip
    if faults:
        raise StudyError(faults)
    return strategy


def _unknown(
    name: str, setting: str, word: str, known: Iterable[str], problem: str, mend: str
) -> Fault:
    near = difflib.get_close_matches(word, list(known), n=1)
    return Fault(
        name, f"{problem} '{word}'", f"did you mean '{near[0]}'?" if near else mend, column=setting
    )
