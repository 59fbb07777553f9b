"""A study opened for work: its cases, profiles and parameters checked together, its evidence kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd

from infra import evidence_io, result_io
from infra.desk import file_settings, quotes_of
from infra.kept import KeptParts
from infra.remembered import Remembered
from infra.roads import load_roads, save_roads
from infra.steady import SourceState, check_unchanged, source_states
from infra.store import Store, code_hash, key_of, versions
from infra.street_extracts import StreetExtracts
from infra.study import STUDY_FILE, CaseModel, Study, load_study
from layers.build import StudyArea, build
from layers.errors import Fault, InputError, SourceError, StudyError
from layers.evidence import Evidence
from layers.gather import Gathered, gather
from layers.parameters import Parameters, shipped
from scenarios.case import Case, Confirmation
from scenarios.case_rules import CaseRules
from scenarios.engine import CaseResult, Outlook, outlook, run_case
from scenarios.keeping import keeping
from scenarios.mitigation import mitigated
from scenarios.profile import Profile, load_profile
from scenarios.sharing import Rule
from scenarios.strategy import Strategy, load_strategy

Made = TypeVar("Made")

__all__ = ["DIARY", "UNRANKED", "Progress", "Session", "open_session", "refuse_parts"]

# Settings of a case that only pages print: no ranking is made from them.
DIARY = ("deadline", "stage", "owner")
UNRANKED = {*DIARY, "approval"}

Progress = Callable[[str], None]


def _quiet(_text: str) -> None:
    return


@dataclass(frozen=True)
class Session:
    """What every command starts from."""

    study: Study
    parameters: Parameters
    cases: Mapping[str, Case]
    profiles: Mapping[str, Profile]
    strategy: Strategy
    remembered: Remembered | None = None

    @cached_property
    def area(self) -> StudyArea:
        """The study area."""
        area = self.study.model.area
        return StudyArea(area.code, area.name, tuple(area.districts))

    @cached_property
    def sources(self) -> tuple[SourceState, ...]:
        """Every source file as it was when it was first looked at."""
        return source_states(self.study.sources_folder, self.study.files())

    @cached_property
    def extracts(self) -> StreetExtracts:
        """The streets of the study's OpenStreetMap extracts."""
        return StreetExtracts(Store(self.study.work), self.sources)

    @property
    def source_key(self) -> list[tuple[str, str]]:
        """Name and checksum of every source file."""
        return [(source.name, source.sha256) for source in self.sources]

    @cached_property
    def evidence_parts(self) -> dict[str, str]:
        """Everything that the layers are made from, by name, each as a hash."""
        model = self.study.model
        return {
            "source files": key_of(self.source_key),
            "what the study says of its sources": key_of(model.sources.model_dump(mode="json")),
            "the study area": key_of(model.area.model_dump(mode="json")),
            "the study's clock": key_of(model.as_of.isoformat()),
            "practice or real": key_of(model.sample),
            "parameters": key_of(parameter_values(self.parameters)),
            "the code of layers": code_hash("layers"),
            "the code of infra": code_hash("infra"),
            "the versions of libraries": key_of(versions()),
        }

    @cached_property
    def evidence_key(self) -> str:
        """Stands for everything that the layers are made from."""
        return key_of(self.evidence_parts)

    def case_parts(self, key: str) -> dict[str, str]:
        """Everything that a case's ranking is made from, by name, each as a hash."""
        case = self.study.model.case[key]
        return {
            **self.evidence_parts,
            f"the settings of {key}": key_of(case.model_dump(mode="json", exclude=UNRANKED)),
            f"the profile of {key}": key_of(self.profiles[key].model_dump(mode="json")),
            "the strategy": key_of(self.strategy.model_dump(mode="json")),
            "the seed": key_of(self.study.model.seed),
            "the code of scenarios": code_hash("scenarios"),
        }

    def parts(self, *keys: str) -> KeptParts:
        """Return the kept parts of the rankings of some cases that rest on no weight."""
        made_from = {
            key: key_of({**self.case_parts(key), f"the profile of {key}": self.weightless(key)})
            for key in keys
        }
        cases = [(key_of(key), made_from[key]) for key in keys]
        return KeptParts(Store(self.study.work), cases, self.remembered)

    def once(self, what: str, made_from: str, make: Callable[[], Made]) -> Made:
        """Return something from memory where this command remembers, and make it where it does not."""
        if self.remembered is None:
            return make()
        return self.remembered.once(what, made_from, make)

    def weightless(self, key: str) -> str:
        """Stand for a case's profile but its weights, and who gave them how."""
        held = self.profiles[key].model_dump(mode="json")
        for name in [n for n in held if n.startswith("weights_") or n == "swing"]:
            del held[name]
        for criterion in held["criterion"].values():
            for name in ("weight", "weight_low", "weight_high"):
                del criterion[name]
        return key_of(held)

    def case_key(self, key: str) -> str:
        """Stands for everything that a case's ranking is made from."""
        return key_of(self.case_parts(key))

    def gather(self, progress: Progress = _quiet, *, unread: Collection[str] = ()) -> Gathered:
        """Read every source file; faults are collected in what comes back.

        Files of the formats in `unread` are recognised only.
        """
        hashed: tuple[SourceState, ...] = vars(self).get("sources", ())
        return gather(
            self.study.root,
            self.study.files(),
            settings=file_settings(self.study),
            sample=self.study.model.sample,
            progress=progress,
            districts=self.area.districts,
            unread=unread,
            hashes={source.path: source.sha256 for source in hashed},
        )

    @property
    def is_built(self) -> bool:
        """Whether the layers are kept, with nothing changed that they are made from."""
        return Store(self.study.work).has("evidence", self.evidence_key)

    def evidence(
        self, progress: Progress = _quiet, *, gathered: Gathered | None = None
    ) -> Evidence:
        """Return the layers, from the store where nothing they are made from has changed.

        Raises
        ------
        SourceError
            With the faults of every file that was refused.
        """
        refuse_parts(self)
        store = Store(self.study.work)
        if not store.has("evidence", self.evidence_key):
            self._keep_evidence(store, gathered or self.gather(progress), progress)
        # always read back, so that a first run and a later one see the very same values
        folder, root = store.folder("evidence", self.evidence_key), self.study.root
        return self.once("evidence", folder.name, lambda: evidence_io.load(folder, root))

    def _keep_evidence(self, store: Store, gathered: Gathered, progress: Progress) -> None:
        """Make the layers and keep them; nothing of them is held once they are read back."""
        if gathered.faults:
            raise SourceError(gathered.faults)
        progress("building the layers")
        model = self.study.model
        made = build(gathered, self.area, self.parameters, model.as_of, self.extracts)
        check_unchanged(self.sources)

        def write(folder: Path) -> None:
            evidence_io.save(folder, made)
            save_roads(folder, made.streets)

        store.save("evidence", self.evidence_key, write)

    def roads(self) -> gpd.GeoDataFrame | None:
        """Return the main roads as lines, for maps to draw quietly; the layers must be kept."""
        return load_roads(Store(self.study.work).folder("evidence", self.evidence_key))

    def case_parameters(self, key: str) -> Parameters:
        """Return the register for a case: the study's, the fund's fixed values, biases mitigated."""
        profile = self.profiles[key]
        fixed = {
            name: {**item.model_dump(exclude_none=True), "who": profile.fund}
            for name, item in profile.parameters.items()
            if name not in self.study.model.parameters
        }
        held = self.parameters
        if fixed:
            held = held.override(fixed, f"profile {profile.key}")
        given = self.study.model.case[key].mitigation
        return mitigated(held, given, case=key, where=STUDY_FILE)

    def is_ranked(self, key: str) -> bool:
        """Whether the ranking of a case is kept, with nothing changed that it is made from."""
        return Store(self.study.work).has(f"case-{key_of(key)}", self.case_key(key))

    def cells(self, key: str) -> int:
        """Return how many cells the tables of a kept ranking hold: how much there is to draw of it."""
        folder = Store(self.study.work).folder(f"case-{key_of(key)}", self.case_key(key))
        return result_io.cells_of(folder)

    def make_ranking(self, key: str, evidence: Evidence) -> None:
        """Rank the sites of one case and keep the ranking, where none is kept of all that it is made from."""
        if self.is_ranked(key):
            return
        with keeping(self.parts(key)):
            result = run_case(
                evidence,
                self.cases[key],
                self.profiles[key],
                self.case_parameters(key),
                seed=self.study.model.seed,
                strategy=self.strategy,
            )
        step, made_from = f"case-{key_of(key)}", self.case_key(key)
        Store(self.study.work).save(
            step, made_from, lambda folder: result_io.save_result(folder, result)
        )

    def rank(self, key: str, evidence: Evidence) -> CaseResult:
        """Return the ranking of one case, made or kept; it is read back always, so that every run sees the same."""
        self.make_ranking(key, evidence)
        step, made_from = f"case-{key_of(key)}", self.case_key(key)
        held, case, profile = (
            Store(self.study.work).folder(step, made_from), self.cases[key], self.profiles[key],
        )  # fmt: skip
        parameters = self.case_parameters(key)
        return self.once(
            step, held.name, lambda: result_io.load_result(held, case, profile, parameters)
        )

    def outlook(self, key: str, evidence: Evidence) -> Outlook:
        """Say what one case has and lacks, without ranking it."""
        return outlook(evidence, self.cases[key], self.profiles[key], self.case_parameters(key))

    @property
    def sharing_rule(self) -> Rule:
        """How the plan splits shared work: the study's rule, else the one its profiles give.

        Raises
        ------
        StudyError
            When the profiles give different rules and the study gives none.
        """
        own = self.study.model.plan.sharing_rule
        if own:
            return own
        given = sorted({profile.sharing_rule for profile in self.profiles.values()})
        if len(given) > 1:
            problem = f"the profiles split shared work by different rules: {' and '.join(given)}"
            mend = "say which one the plan uses"
            raise StudyError(Fault(STUDY_FILE, problem, mend, column="plan.sharing_rule"))
        return given[0]


def refuse_parts(session: Session) -> None:
    """Refuse to hold a study at once that is made part by part.

    Raises
    ------
    StudyError
        Where `study.toml` has [country].
    """
    if session.study.model.country is not None:
        problem = "this study is made part by part: only 'infra run' as a whole works on it"
        mend = "use that, or take [country] out of study.toml"
        raise StudyError(Fault(STUDY_FILE, problem, mend, column="country"))


def parameter_values(parameters: Parameters) -> dict[str, list[Any]]:
    """Return every parameter's low, value, high and basis, as plain data."""
    return {
        key: [p.low, p.default, p.high, p.basis, p.who, p.when, p.why, p.sensitivity]
        for key, p in parameters.items()
    }


def _profile_of(root: Path, name: str) -> str | Path:
    return root / name if name.endswith(".toml") else name


def _register(study: Study, faults: list[Fault]) -> Parameters:
    """Return the register with the study's quotes, then its own statements, over what is shipped."""
    parameters = shipped()
    stated = {
        key: item.model_dump(mode="json", exclude_none=True)
        for key, item in study.model.parameters.items()
    }
    try:
        quoted = quotes_of(study, parameters).changes
        parameters = parameters.override(quoted, "supplier quotes")
    except InputError as error:
        faults += error.faults
    try:
        parameters = parameters.override(stated, STUDY_FILE)
    except InputError as error:
        faults += error.faults
    return parameters


def _misfits(key: str, item: CaseModel, profile: Profile, parameters: Parameters) -> list[Fault]:
    """Return what of a case's settings does not fit its profile or the register."""
    faults: list[Fault] = []
    if profile.scenario != item.scenario:
        faults.append(
            Fault(
                STUDY_FILE,
                f"case '{key}' asks for scenario '{item.scenario}', but profile '{item.profile}' is for '{profile.scenario}'",
                "name a profile made for that scenario, or the profile's own scenario",
                column=f"case.{key}.scenario",
            )
        )
    faults += [
        Fault(
            STUDY_FILE,
            f"case '{key}' confirms a gate '{gate}' that the profile does not have",
            f"use one of {', '.join(profile.gate)}",
            column=f"case.{key}.confirm",
        )
        for gate in sorted({c.gate for c in item.confirm} - set(profile.gate))
    ]
    try:
        mitigated(parameters, item.mitigation, case=key, where=STUDY_FILE)
        parameters.override(
            {n: i.model_dump(exclude_none=True) for n, i in profile.parameters.items()},
            f"profile {item.profile}",
        )
    except InputError as error:
        faults += error.faults
    return faults


def _case(key: str, item: CaseModel, profile: Profile, as_of: date) -> Case:
    """Return a case as the scenarios take it."""
    confirmations = tuple(
        Confirmation(c.site, c.gate, c.outcome, c.who, c.when.isoformat(), c.why)
        for c in item.confirm
    )
    return Case(
        key=key,
        title=item.title or profile.title,
        scenario=item.scenario,
        profile=item.profile,
        budget_gbp=item.budget_gbp,
        confirmations=confirmations,
        finance=item.finance,
        as_of=as_of,
        rules=CaseRules(**{name: getattr(item, name) for name in CaseRules.model_fields}),
    )


def open_session(folder: Path, remembered: Remembered | None = None) -> Session:
    """Open a study and check everything it names before any long work begins.

    A command that opens it again and again gives what it remembers of it.

    Raises
    ------
    StudyError
        With every fault in the study, its profiles and its parameters.
    """
    study = load_study(folder)
    faults: list[Fault] = []
    parameters = _register(study, faults)
    cases: dict[str, Case] = {}
    profiles: dict[str, Profile] = {}
    for key, item in study.model.case.items():
        try:
            profiles[key] = load_profile(_profile_of(study.root, item.profile))
        except InputError as error:
            faults += error.faults
            continue
        faults += _misfits(key, item, profiles[key], parameters)
        cases[key] = _case(key, item, profiles[key], study.model.as_of)
    strategy = None
    try:
        strategy = load_strategy(study.model.strategy, study.root)
    except InputError as error:
        faults += error.faults
    if faults or strategy is None:
        raise StudyError(faults)
    return Session(study, parameters, cases, profiles, strategy, remembered)
