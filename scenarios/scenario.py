"""What a scenario gives the engine: candidates, gates, metrics, costs, benefits and outcomes.

A scenario is a module of this folder that holds a line `SCENARIO = Scenario(`; it is found by
reading the files' text, without importing them, so that a newcomer adds one file and its profile.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from scenarios.origins import Origins

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.lineage import Disclosure, Recipe, Table
    from layers.parameters import Parameters
    from layers.source import Grade
    from scenarios.costs import CostLine, SetCost
    from scenarios.criteria import Metric
    from scenarios.gates import Gate
    from scenarios.profile import Profile

__all__ = [
    "Benefits",
    "CriterionSpec",
    "GateSpec",
    "Need",
    "Options",
    "Outcomes",
    "Scenario",
    "SiteMeasure",
    "SummaryItem",
    "load_scenario",
    "missing_needs",
    "scenario_names",
]

Floats = NDArray[np.float64]
NO_ORIGINS = Origins()
MARK = "\nSCENARIO = Scenario("


@dataclass(frozen=True)
class CriterionSpec:
    """A criterion the scenario can measure: what, in which unit, and which way is better."""

    label: str
    unit: str
    better: Literal["more", "less"]


@dataclass(frozen=True)
class GateSpec:
    """A gate the scenario can judge, and what would settle it where the data cannot."""

    label: str
    attach: str


@dataclass(frozen=True)
class Need:
    """A layer of the evidence that the scenario uses, and what happens without it."""

    layer: str
    used_for: str
    without: str


@dataclass(frozen=True)
class SummaryItem:
    """A row of the summary table; `None` or NaN means no data."""

    item: str
    label: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    unit: str = ""
    decimals: int = 0
    grade: str = ""
    note: str = ""


@dataclass(frozen=True)
class SiteMeasure:
    """Something told of every site beside the criteria: a column of the ranking that scores nothing."""

    label: str
    metric: Metric
    grade: Grade
    decimals: int = 0


@dataclass(frozen=True)
class Benefits:
    """Benefits in GBP a year, low, middle and high: one per site, or one for a set of sites.

    `stated` is false while every value behind them is a shipped default; they are then nil, never
    guessed, and no value for money is told. A value that somebody states as nil is stated. `units` is
    what the break-even benefit is spread over.
    """

    low: Floats
    middle: Floats
    high: Floats
    units: Floats
    stated: bool


@dataclass(frozen=True)
class Outcomes:
    """What a set of sites would do together, everything counted once."""

    items: tuple[SummaryItem, ...]
    benefits: Benefits


@dataclass(frozen=True)
class Options:
    """The candidates of a case and all that is known of them, in one order.

    Attributes
    ----------
    sites
        `id name kind owner lad postcode easting northing location`, unique text `id`.
    metrics, gates
        By key; every criterion and every judged gate of the profile.
    costs
        Lines over the sites.
    benefits
        Per site, on its own.
    outcomes
        Given which sites are taken and their capital cost (low, middle, high), what they do
        together.
    catchment_method
        Text per site.
    measures
        By name of the column: what is told of each site beside the criteria.
    facts
        Items of the summary that hold for the case whatever is chosen.
    tables
        Further tables of the case.
    set_measures
        Given a set of sites, what is told of each of them within it: columns of the ranking.
    together
        What a set of sites costs where work is shared; `None` where the set costs the sum of its
        sites. Never more than that sum.
    area_km2
        Given a set of sites, the area they cover together, in square kilometres, each spot once, and
        how that was made; `None` where the scenario covers no area.
    cost_grade, cost_route
        Grade of each site's cost, and how it was priced, in words; `None` where it is the same for
        all: estimated, from the rates of the register.
    """

    sites: pd.DataFrame
    metrics: Mapping[str, Metric]
    gates: Mapping[str, Gate]
    costs: tuple[CostLine, ...]
    benefits: Benefits
    outcomes: Callable[[NDArray[np.bool_], tuple[float, float, float]], Outcomes]
    catchment_method: NDArray[np.object_]
    notes: tuple[str, ...] = ()
    measures: Mapping[str, SiteMeasure] = field(default_factory=dict)
    facts: tuple[SummaryItem, ...] = ()
    tables: tuple[Table, ...] = ()
    set_measures: Callable[[NDArray[np.bool_]], Mapping[str, SiteMeasure]] | None = None
    together: Callable[[NDArray[np.bool_]], SetCost] | None = None
    area_km2: tuple[Callable[[NDArray[np.bool_]], float], Recipe] | None = None
    cost_grade: NDArray[np.object_] | None = None
    cost_route: NDArray[np.object_] | None = None


@dataclass(frozen=True)
class Scenario:
    """A scenario: what it can measure and judge, and the function that finds its options.

    `break_even_label` says what the break-even benefit is spread over. `place_disclosure` is the
    class of the columns that say where a site is. `origins` says how its cost lines and outcomes were
    made.
    """

    title: str
    criteria: Mapping[str, CriterionSpec]
    gates: Mapping[str, GateSpec]
    needs: tuple[Need, ...]
    options: Callable[[Evidence, Profile, Parameters], Options]
    break_even_label: str
    benefits_note: str
    place_disclosure: Disclosure = "public"
    origins: Origins = NO_ORIGINS


@cache
def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios, by reading the folder's files and importing none."""
    found = [
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if MARK in path.read_text(encoding="utf-8")
    ]
    return tuple(sorted(found))


@cache
def load_scenario(name: str, where: str = "study.toml") -> Scenario:
    """Import one scenario.

    Raises
    ------
    StudyError
        When there is none of that name.
    """
    names = scenario_names()
    if name not in names:
        near = difflib.get_close_matches(name.replace("-", "_"), names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "write one of them"
        problem = f"there is no scenario '{name}'"
        mend = f"the scenarios are {', '.join(names)}; {hint}"
        raise StudyError(Fault(where, problem, mend, column="scenario"))
    found: Scenario = importlib.import_module(f"scenarios.{name}").SCENARIO
    return found


def missing_needs(name: str, evidence: Evidence) -> tuple[Need, ...]:
    """Return what a scenario would use and the study does not have."""
    needs = load_scenario(name).needs
    return tuple(need for need in needs if getattr(evidence, need.layer) is None)
