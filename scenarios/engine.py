"""Run a case: the same for every scenario, from evidence and profile to ranked, costed tables."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.errors import Fault, StudyError
from scenarios.appraisal_tables import appraisal_tables
from scenarios.case_choice import choose
from scenarios.choice_tables import choice_tables
from scenarios.costs import of_each
from scenarios.double_counting import correlated, counted_twice
from scenarios.financial_tables import check_years, financial_tables
from scenarios.gates import check_confirmations
from scenarios.judgement import Judgement, judge
from scenarios.keeping import held
from scenarios.objectives import objectives_table
from scenarios.one_postcode import one_postcode
from scenarios.overrides import overrides_table
from scenarios.robustness_tables import robustness_tables
from scenarios.routes import text_column
from scenarios.scenario import Options, Scenario, load_scenario, missing_needs, scenario_names
from scenarios.set_tables import SETS, bill_table
from scenarios.shared_route import no_routes
from scenarios.summary import summary_table
from scenarios.tables import Made, costs_table, criteria_table, gates_table, ranking_table
from scenarios.tested import Tested, tested_weightings, weight_tests_table, with_robustness

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.lineage import Table
    from layers.parameters import Parameters
    from layers.source import SourceFile
    from scenarios.case import Case
    from scenarios.criteria import Metric
    from scenarios.profile import Profile
    from scenarios.strategy import Strategy

__all__ = [
    "CaseResult",
    "Outlook",
    "outlook",
    "rank_options",
    "run_case",
    "scenario_names",
]


@dataclass(frozen=True)
class CaseResult:
    """A case as the floors above see it.

    Attributes
    ----------
    ranking, gates, costs, criteria, summary, weight_tests
        Tables, as `docs/architecture.md` lists them.
    sites
        `site_id` and `geometry` (EPSG:27700), in the order of the ranking; an empty point where
        only a postcode district is known.
    routes
        Lines of the shared fibre network of the sets, EPSG:27700, for maps (columns:
        `scenarios.shared_route.ROUTE_COLUMNS`; `set` is `chosen` or `chosen_if_verified`); none in
        cases that dig nothing. Network detail: for the officer's edition.
    notes
        What the reader of this case must know.
    more
        Further tables by name, as `docs/architecture.md` lists them.
    parameters
        The register in force for the case: a fund may fix some of it.
    """

    case: Case
    profile: Profile
    ranking: Table
    gates: Table
    costs: Table
    criteria: Table
    summary: Table
    weight_tests: Table
    sites: gpd.GeoDataFrame
    routes: gpd.GeoDataFrame
    notes: tuple[str, ...] = ()
    more: Mapping[str, Table] = field(default_factory=dict)
    parameters: Parameters | None = None


def run_case(
    evidence: Evidence,
    case: Case,
    profile: Profile,
    parameters: Parameters,
    *,
    seed: int = 0,
    strategy: Strategy | None = None,
) -> CaseResult:
    """Rank, cost and appraise the candidates of a case.

    Parameters
    ----------
    evidence
        All the layers of the study.
    case, profile
        The bid, and the rules of its fund.
    parameters
        The register in force.
    seed
        Of the study; the tested weightings are drawn from it.
    strategy
        Whose objectives the case is set against; none when not given.

    Raises
    ------
    StudyError
        When the case and its profile disagree, or a confirmation cannot be placed.
    """
    made = _judged(evidence, case, profile, parameters)
    options, judgement = made.options, made.judgement
    sites = list(text_column(options.sites, "id"))
    # tests are compiled loops for the most part, which let the tables be made meanwhile
    with ThreadPoolExecutor(1) as pool:
        testing = pool.submit(
            copy_context().run, tested_weightings, judgement, profile, sites, seed, confidence=True
        )
        made = _with_sets(made)
        choice = choose(options, judgement, profile, where=f"case.{case.key}")
        more = [
            bill_table(made),
            overrides_table(made, case, parameters),
            *choice_tables(made, choice),
            *options.tables,
        ]
        worth = appraisal_tables(made, choice.count, parameters, seed)
        paid, told = financial_tables(made, case, parameters)
        tested = testing.result()
    more += [*robustness_tables(made, tested, seed), *worth, *paid]
    result = _result(made, tested, case, parameters, (*_notes(evidence, profile, made), *told))
    if strategy is not None:
        more.append(objectives_table(made, strategy, result.summary))
    return replace(result, more={table.name: table for table in more})


def rank_options(
    options: Options,
    evidence: Evidence,
    case: Case,
    profile: Profile,
    parameters: Parameters,
    *,
    seed: int = 0,
) -> CaseResult:
    """Rank candidates whose options are known, without the exact choice and the appraisal of sets.

    The tables are those of `run_case`, and `more` is empty. Of the evidence only districts and the
    layers' sources are used.

    Raises
    ------
    StudyError
        As `run_case`.
    """
    _check(case, profile)
    scenario = load_scenario(profile.scenario, case.where)
    made = _with_sets(_made(options, scenario, evidence, case, profile, parameters))
    sites = list(text_column(options.sites, "id"))
    # confidence factors stand in tables that are not made here
    tested = tested_weightings(made.judgement, profile, sites, seed, confidence=False)
    return _result(made, tested, case, parameters, _notes(evidence, profile, made))


def _result(
    made: Made, tested: Tested, case: Case, parameters: Parameters, notes: tuple[str, ...]
) -> CaseResult:
    """Return where every candidate stands; further tables are the caller's."""
    ranking, profile = ranking_table(made), made.profile
    sites = list(text_column(made.options.sites, "id"))
    return CaseResult(
        case=case,
        profile=profile,
        ranking=with_robustness(ranking, tested, made.judgement.order, profile),
        weight_tests=weight_tests_table(ranking, tested, sites, profile),
        gates=gates_table(made),
        costs=costs_table(made),
        criteria=criteria_table(made),
        summary=summary_table(made),
        sites=_geometry(made.options, made.judgement),
        routes=_routes(made),
        notes=notes,
        parameters=parameters,
    )


def _with_sets(made: Made) -> Made:
    """Return the candidates with what the chosen sets cost."""
    judgement = made.judgement
    together = made.options.together or partial(of_each, judgement.priced)
    return replace(made, sets={name: together(getattr(judgement, name)) for name in SETS})


@dataclass(frozen=True)
class Outlook:
    """What a case has and lacks: its criteria and gates, before anything is chosen or tested.

    Attributes
    ----------
    case
        The bid.
    candidates
        How many sites it has.
    criteria, gates
        The tables of those names.
    metrics
        By criterion, with each site's grade and route.
    """

    case: Case
    candidates: int
    criteria: Table
    gates: Table
    metrics: Mapping[str, Metric]


def outlook(evidence: Evidence, case: Case, profile: Profile, parameters: Parameters) -> Outlook:
    """Say what a case has and lacks, and refuse all that `run_case` would refuse of its settings.

    Parameters and errors are those of `run_case`.
    """
    made = _judged(evidence, case, profile, parameters)
    check_years(case, profile, parameters)
    sites = len(made.options.sites)
    return Outlook(case, sites, criteria_table(made), gates_table(made), made.options.metrics)


def _judged(evidence: Evidence, case: Case, profile: Profile, parameters: Parameters) -> Made:
    """Return the candidates of a case, judged; what they cost in sets is not known yet."""
    _check(case, profile)
    scenario = load_scenario(profile.scenario, case.where)
    options = held("options", lambda: scenario.options(evidence, profile, parameters))
    return _made(options, scenario, evidence, case, profile, parameters)


def _made(
    options: Options,
    scenario: Scenario,
    evidence: Evidence,
    case: Case,
    profile: Profile,
    parameters: Parameters,
) -> Made:
    check_confirmations(case, list(profile.gate), list(text_column(options.sites, "id")))
    districts = evidence.districts.frame
    names = dict(zip(text_column(districts, "id"), text_column(districts, "name"), strict=True))
    judgement = judge(options, profile, case, parameters, names)
    return Made(
        scenario=scenario,
        profile=profile,
        options=options,
        judgement=judgement,
        layer=scenario.needs[0].layer,
        district_names=names,
        sources=_sources(evidence, scenario),
        sets={},
    )


def _check(case: Case, profile: Profile) -> None:
    faults = []
    where = case.where
    if case.scenario.replace("-", "_") != profile.scenario:
        problem = f"the case is of scenario '{case.scenario}', its profile of '{profile.scenario}'"
        mend = "name a profile of the same scenario"
        faults.append(Fault(where, problem, mend, column=f"case.{case.key}.profile"))
    if not np.isfinite(case.budget_gbp) or case.budget_gbp < 0:
        problem = f"the budget is {case.budget_gbp:,g} pounds"
        column = f"case.{case.key}.budget_gbp"
        faults.append(Fault(where, problem, "give 0 or more", column=column))
    if faults:
        raise StudyError(faults)


def _sources(evidence: Evidence, scenario: Scenario) -> tuple[SourceFile, ...]:
    """Return the files of every layer the scenario uses, each once, in order of path."""
    held: list[Any] = [evidence.districts, evidence.areas, evidence.area_gaps, evidence.coverage]
    held += [getattr(evidence, need.layer) for need in scenario.needs]
    files = {file.src: file for layer in held if layer is not None for file in layer.sources}
    return tuple(sorted(files.values(), key=lambda file: (file.path, file.sha256)))


def _geometry(options: Options, judgement: Judgement) -> gpd.GeoDataFrame:
    sites = options.sites.iloc[judgement.order]
    xy = sites[["easting", "northing"]].to_numpy(dtype=np.float64)
    points = shapely.points(np.nan_to_num(xy))
    hidden = np.isnan(xy).any(axis=1) | (text_column(sites, "location") == "area-only")
    points = np.where(hidden, shapely.Point(), points)
    return gpd.GeoDataFrame(
        {"site_id": text_column(sites, "id")}, geometry=list(points), crs="EPSG:27700"
    )


def _routes(made: Made) -> gpd.GeoDataFrame:
    """Return the route lines of every set, one under the other."""
    parts = []
    for name, cost in made.sets.items():
        if cost.routes is not None and len(cost.routes):
            stretch = name + cost.routes["stretch"].str.removeprefix("set")
            parts.append(cost.routes.assign(set=name, stretch=stretch))
    return pd.concat(parts, ignore_index=True) if parts else no_routes()


def _notes(evidence: Evidence, profile: Profile, made: Made) -> tuple[str, ...]:
    options, judgement = made.options, made.judgement
    notes = [profile.closed_note] if profile.status == "closed" else []
    notes += [profile.weights_note, _set_when(profile), *_terms(profile)]
    notes += [*options.notes, *judgement.notes]
    for name, cost in made.sets.items():
        notes += [f"{text} ({SETS[name]})" for text in cost.notes]
    notes += one_postcode(options.sites, {name: getattr(judgement, name) for name in SETS})
    for need in missing_needs(profile.scenario, evidence):
        notes.append(f"no {need.layer} in the study ({need.used_for}): {need.without}")
    for key, item in profile.criterion.items():
        if len(options.sites) and judgement.scored[key].missing.all():
            route = str(options.metrics[key].route[0])
            notes.append(f"{item.label} is unknown for every site ({route})")
    notes += [*correlated(profile, judgement), *counted_twice(profile, options.metrics)]
    return tuple(dict.fromkeys(notes))


def _terms(profile: Profile) -> list[str]:
    """Say where the fund's terms come from, and which of them nobody has stated."""
    said = [profile.terms_note] if profile.terms_note else []
    if profile.asked_of_fund:
        asked = " and ".join(profile.asked_of_fund)
        said.append(f"the profile sets no {asked}: ask the fund, and write the answer into a profile of the study")  # fmt: skip
    return said


def _set_when(profile: Profile) -> str:
    when = f" on {profile.weights_set_on}" if profile.weights_set_on else ""
    who = f" by {profile.weights_set_by}" if profile.weights_set_by else ""
    seen = "before" if profile.weights_set_before_scores else "after"
    return f"weights set{who}{when}, {seen} the scores were seen"
