"""Fund profiles: criteria with fixed anchors and weights, gates, questions. Adding one needs no code."""

from __future__ import annotations

import math
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from layers.errors import Fault, StudyError
from scenarios.bid_parts import ANNEXES, PARTS
from scenarios.profile_weights import scale_faults
from scenarios.scenario import load_scenario, scenario_names

__all__ = [
    "Criterion",
    "GateRule",
    "Profile",
    "Question",
    "Section",
    "Stated",
    "Swing",
    "load_profile",
    "profile_names",
]

FOLDER = Path(__file__).with_name("profiles")
WEIGHT_TOLERANCE = 1e-6
CLOSED = "CLOSED: practice only"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Criterion(_Strict):
    """A criterion: what it is called, what it weighs, and the fixed anchors of its scale."""

    label: str = Field(min_length=1, description="Name in tables and maps")
    weight: float = Field(description="Share of the score; all weights sum to one")
    weight_low: float | None = Field(
        default=None, ge=0, le=1, description="Least weight anybody gave; bounds the tested weights"
    )
    weight_high: float | None = Field(default=None, ge=0, le=1, description="Most weight")
    unit: str = Field(description="Unit of the metric, as the scenario measures it")
    anchor_zero: float = Field(description="Metric worth 0; fixed, never taken from the sites")
    anchor_one: float = Field(description="Metric worth 1")
    missing: Literal["interval"] = Field(
        default="interval",
        description="Missing data: worst and best anchor bound the score, the midpoint ranks",
    )
    decimals: int = Field(default=0, ge=0, le=6, description="Digits kept of the metric")
    description: str = Field(min_length=1, description="What is measured, in one sentence")


class GateRule(_Strict):
    """A gate of the fund.

    `evidence = "data"` gates are judged by the scenario; `evidence = "confirmation"` gates are
    unknown until the study confirms them, and a profile may add any of them.
    """

    label: str = Field(min_length=1, description="Name in tables and maps")
    evidence: Literal["data", "confirmation"] = Field(default="data", description="Who judges it")
    attach: str = Field(min_length=1, description="What to attach to settle it")


class Question(_Strict):
    """A question of a fund's form, with what the form says of its answer."""

    text: str = Field(min_length=1, description="The question as the fund asks it")
    words: int | None = Field(default=None, ge=1, description="Most words an answer may have")
    marks: float | None = Field(default=None, gt=0, description="Marks, or the share of them in %")
    attachments: tuple[str, ...] = Field(default=(), description="What to attach to the answer")


class Swing(_Strict):
    """One person's swing points: what moving each criterion from worst to best anchor is worth."""

    who: str = Field(default="", description="Post or name; may be left out")
    when: date = Field(description="When they were given")
    points: dict[str, float] = Field(description="0 to 100 by criterion, the largest swing 100")


class Section(_Strict):
    """A section of the bid that the fund wants."""

    title: str = Field(min_length=1, description="Its heading, as the fund's form has it")
    parts: tuple[str, ...] = Field(min_length=1, description="Parts it is made of, in order")


class Stated(_Strict):
    """A parameter that the fund's rules fix; the study may still state another."""

    value: float
    low: float | None = None
    high: float | None = None
    why: str = Field(min_length=1, description="Where the fund says so")


class Profile(_Strict):
    """The rules of a fund, as a study uses them."""

    schema_version: Literal[1] = Field(alias="schema", description="Layout of this file")
    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="Name of the profile")
    title: str = Field(min_length=1, description="Title of a bid under it")
    fund: str = Field(min_length=1, description="The fund, its owner and its dates")
    scenario: str = Field(description="Scenario that measures the criteria")
    status: Literal["open", "closed"] = Field(description="Whether bids are taken")
    closed_note: str = Field(default="", description="What every output of a closed fund says")
    weights_note: str = Field(min_length=1, description="Whose weights these are")
    weights_set_by: str = Field(default="", description="Who gave the weights")
    weights_set_on: date | Literal[""] = Field(default="", description="When")
    anchors_set_on: date | Literal[""] = Field(
        default="", description="When an anchor was last changed; weights must not be older"
    )
    swing: tuple[Swing, ...] = Field(
        default=(), description="Swing points of several people; the weights are their median"
    )
    weights_drawn: Literal["uniform", "ordinal", "ranges"] = Field(
        default="uniform", description="Which weights the ranking is tested under"
    )
    weights_set_before_scores: bool = Field(description="Whether weights were set blind to scores")
    themes: tuple[str, ...] = Field(default=(), description="Themes of the fund")
    questions: tuple[str | Question, ...] = Field(
        default=(),
        description="Questions a bid answers: text, or a table of text, words, marks, attachments",
    )
    questions_note: str = Field(
        default="", description="Whose questions, limits and marks these are"
    )
    evidence_required: tuple[str, ...] = Field(default=(), description="What a bid must attach")
    section: tuple[Section, ...] = Field(
        default=(), description="Sections of the bid, in the fund's order; the five cases if none"
    )
    annexes: tuple[str, ...] | None = Field(
        default=None, description="Annexes, in order; all of them where not given"
    )
    horizon_years: int = Field(ge=1, le=125, description="Years of costs and benefits appraised")
    minimum_completeness_pct: float = Field(
        default=60, ge=0, le=100, description="Share of weight with a value below which none ranks"
    )
    cap_gbp: float | None = Field(default=None, gt=0, description="Largest award")
    match_rate_pct: float | None = Field(
        default=None,
        ge=0,
        lt=100,
        description="Share of capital that others must pay; 0 where the fund asks for none, left out "
        "where nobody knows",
    )
    target_outcome: float | None = Field(
        default=None, gt=0, description="Outcome aimed at, by which a joined-up plan divides"
    )
    terms_note: str = Field(
        default="", description="Where cap, match rate and target come from, or why one is not set"
    )
    capacity: Literal["own", "stated"] = Field(
        default="own",
        description="What limits the outcome a site counts for: what the scenario knows it to hold "
        "(co-working: its desks) or what the study states; or only what the study states",
    )
    sharing_rule: Literal["proportional", "shapley"] = Field(
        default="proportional", description="How work shared with other funds is paid for"
    )
    parameters: dict[str, Stated] = Field(
        default_factory=dict, description="Parameters that the fund's rules fix"
    )
    criterion: dict[str, Criterion] = Field(description="Criteria, by the scenario's key")
    gate: dict[str, GateRule] = Field(default_factory=dict, description="Gates, by key")

    @property
    def match_share(self) -> float:
        """Share of capital that others must pay; nil where no rate is known."""
        return (self.match_rate_pct or 0.0) / 100

    @property
    def asked_of_fund(self) -> tuple[str, ...]:
        """What the profile does not know of the fund's terms, and an officer has to ask."""
        terms = {"largest award (cap_gbp)": self.cap_gbp, "match rate (match_rate_pct)": self.match_rate_pct}  # fmt: skip
        return tuple(words for words, value in terms.items() if value is None)

    def most_gbp(self, budget_gbp: float) -> float:
        """Return the most capital there is: the budget, or the largest award and the match beside it."""
        if self.cap_gbp is None:
            return budget_gbp
        return min(budget_gbp, self.cap_gbp / (1 - self.match_share))


def profile_names() -> tuple[str, ...]:
    """Return the names of the shipped profiles, by listing the folder."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load_profile(name: str | Path, folder: Path | None = None) -> Profile:
    """Read and check a profile.

    Parameters
    ----------
    name
        Name of a shipped profile, or a path to a TOML file.
    folder
        Folder that relative paths start from: the study's.

    Raises
    ------
    StudyError
        With every fault found: unknown settings, criteria or gates, anchors, weights.
    """
    text = str(name)
    path = FOLDER / f"{text}.toml"
    where = f"profile {text}"
    if text not in profile_names():
        path, where = (folder or Path()) / text, text
        if not path.is_file():
            problem = "there is no such profile"
            mend = f"name one of {', '.join(profile_names())}, or a path to a TOML file"
            raise StudyError(Fault(where, problem, mend, column="profile"))
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        fault = Fault(where, "the file is not UTF-8 text", "save it as UTF-8")
        raise StudyError(fault) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = int(line[1]) if line else None
        mend = "correct the line; text stands in quotes"
        raise StudyError(Fault(where, f"not readable as TOML ({error})", mend, line=at)) from error
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        # what can be checked in the raw text is said at once with the rest
        raise StudyError([*_schema_faults(error, where), *_weight_faults(raw, where)]) from error
    faults = [
        *_weight_faults(raw, where),
        *scale_faults(profile, where),
        *_scenario_faults(profile, where),
        *_outline_faults(profile, where),
    ]
    if profile.status == "closed" and not profile.closed_note:
        mend = f"write, for example, '{CLOSED}'"
        faults.append(Fault(where, "a closed fund needs a note", mend, column="closed_note"))
    if faults:
        raise StudyError(faults)
    return profile


def _schema_faults(error: ValidationError, where: str) -> list[Fault]:
    faults = []
    for item in error.errors():
        setting = ".".join(str(part) for part in item["loc"])
        kind = str(item["type"])
        if kind == "extra_forbidden":
            problem, mend = "this setting is not known", "take it out or correct its name"
        elif kind == "missing":
            problem, mend = "this setting is missing", "add it; docs describe every setting"
        else:
            problem = f"{item['msg'][0].lower()}{item['msg'][1:]} (it says {item.get('input')!r})"
            mend = "correct the value"
        faults.append(Fault(where, problem, mend, column=setting))
    return faults


def _weight_faults(raw: dict[str, Any], where: str) -> list[Fault]:
    criteria = raw.get("criterion")
    if not isinstance(criteria, dict) or not criteria:
        return [Fault(where, "no criterion is given", "add [criterion.<name>] tables")]
    weights = {
        key: item["weight"]
        for key, item in criteria.items()
        if isinstance(item, dict) and isinstance(item.get("weight"), int | float)
    }
    faults = [
        Fault(where, f"the weight is {w:g}", "give 0 or more", column=f"criterion.{key}.weight")
        for key, w in weights.items()
        if w < 0
    ]
    total = math.fsum(weights.values())
    if len(weights) == len(criteria) and abs(total - 1) > WEIGHT_TOLERANCE:
        problem = f"the weights sum to {total:.6g}, not 1"
        faults.append(Fault(where, problem, "make them sum to 1", column="criterion.*.weight"))
    return faults


def _outline_faults(profile: Profile, where: str) -> list[Fault]:
    """Return parts and annexes of the bid that there are not, or that stand twice."""
    faults = []
    for column, known, given in (
        ("section.parts", PARTS, [part for section in profile.section for part in section.parts]),
        ("annexes", ANNEXES, list(profile.annexes or ())),
    ):
        for name in dict.fromkeys(given):
            if name not in known:
                mend = f"use names among {', '.join(known)}"
                faults.append(Fault(where, f"a bid has no part '{name}'", mend, column=column))
            elif given.count(name) > 1:
                faults.append(Fault(where, f"'{name}' stands twice", "name it once", column=column))
    return faults


def _scenario_faults(profile: Profile, where: str) -> list[Fault]:
    """Return what the profile asks of its scenario that the scenario cannot do."""
    if profile.scenario not in scenario_names():
        problem = f"there is no scenario '{profile.scenario}'"
        mend = f"name one of {', '.join(scenario_names())}"
        return [Fault(where, problem, mend, column="scenario")]
    scenario = load_scenario(profile.scenario)
    faults: list[Fault] = []
    for key, item in profile.criterion.items():
        column = f"criterion.{key}"
        spec = scenario.criteria.get(key)
        if spec is None:
            problem = f"scenario '{profile.scenario}' does not measure '{key}'"
            mend = f"use criteria among {', '.join(scenario.criteria)}"
            faults.append(Fault(where, problem, mend, column=column))
            continue
        if item.unit != spec.unit:
            problem = f"the unit is '{item.unit}', but the scenario measures in '{spec.unit}'"
            mend = f'write unit = "{spec.unit}" and anchors in it'
            faults.append(Fault(where, problem, mend, column=f"{column}.unit"))
        if item.anchor_zero == item.anchor_one:
            problem = f"both anchors are {item.anchor_zero:g}"
            mend = "give two different anchors"
            faults.append(Fault(where, problem, mend, column=column))
        elif (item.anchor_one > item.anchor_zero) != (spec.better == "more"):
            problem = f"the anchors run the wrong way: {spec.better} is better here"
            mend = "exchange anchor_zero and anchor_one"
            faults.append(Fault(where, problem, mend, column=column))
    for key, rule in profile.gate.items():
        if rule.evidence == "data" and key not in scenario.gates:
            problem = f"scenario '{profile.scenario}' does not judge a gate '{key}'"
            listed = ", ".join(scenario.gates) or "none"
            mend = f'use gates among {listed}, or evidence = "confirmation"'
            faults.append(Fault(where, problem, mend, column=f"gate.{key}"))
    return faults
