"""What a run makes: the views of a study and of its cases, and each group of outputs from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from infra import __version__, outputs
from infra.approval import standing
from infra.changes import changes_view
from infra.dictionary import data_dictionary
from infra.drawn import Drawn
from infra.edition_outputs import same, write_funder, write_public
from infra.editions import Rules, redacted_case, redacted_plan, redacted_study, rules_of
from infra.groups import group_parts, plan_basis_of
from infra.map_layers import with_case_layers, with_study_layers
from infra.memory import give_back
from infra.quality_tables import quality_tables
from infra.report import Report
from infra.result_io import load_plan, plan_basis, save_plan
from infra.result_layers import kept_reach, write_kept_coverage
from infra.session import Progress, Session, parameter_values
from infra.store import Store, key_of, versions
from infra.views import attributions, case_view, plan_view, study_view
from infra.write import write_csv
from layers.disclosure import Edition, shown_sources
from layers.evidence import Evidence
from layers.lineage import Figures
from maps.view import CaseView, PlanView, StudyView
from scenarios.engine import CaseResult
from scenarios.keeping import keeping
from scenarios.lean import lean
from scenarios.plan_tables import JoinedUpTables, joined_up_tables

__all__ = ["CASE_PARTS", "Work", "about_study"]

RADIO = "testbed_5g"
CASE_PARTS = ("ranking", "documents", "funder")


@dataclass(frozen=True)
class _ForFunders:
    """The redacted views of the study and of each case, and whether nothing at all is withheld."""

    study: StudyView
    cases: Mapping[str, CaseView]
    equal: bool


class Work:
    """One run: views are made once, and only when a group needs them."""

    def __init__(self, session: Session, progress: Progress, report: Report) -> None:
        self.session = session
        self.progress = progress
        self.report = report
        self._evidence: Evidence | None = None
        self._lean: Evidence | None = None
        self._study: StudyView | None = None
        self._told: set[str] = set()
        self._views: dict[str, CaseView] = {}
        self._cases: dict[str, CaseView] = {}
        self._plan: JoinedUpTables | None = None
        self.plan_may_be_earlier = False
        self.drawn = Drawn()

    @property
    def evidence(self) -> Evidence:
        """The layers."""
        if self._evidence is None:
            self._evidence = self.session.evidence(self.progress)
        return self._evidence

    @property
    def seen(self) -> Evidence:
        """What rankings and the plan look at of the layers, read once for all of them."""
        if self._lean is None:
            self._lean = lean(self.evidence)
        return self._lean

    @property
    def study(self) -> StudyView:
        """What every page prints."""
        if self._study is None:
            made_from = key_of(group_parts(self.session)["layers"])
            made = self.session.once("study", made_from, self._made_study)
            figures = made.figures
            # what is quoted is of this run alone
            self._study = replace(made, figures=Figures(figures.tables.values(), figures.scope))
            self.report.study = self._study
        return self._study

    def _made_study(self) -> StudyView:
        return with_study_layers(study_view(self.session, self.evidence), self.evidence)

    def _result(self, key: str) -> CaseResult:
        """Return a case's ranking, made or read once."""
        if key not in self.report.results:
            self.tell(key, "ranked")
            self.report.results[key] = self.session.rank(key, self.seen)
        return self.report.results[key]

    def _ranked(self, key: str) -> CaseView:
        """Return the case without its approval, which may be of figures of the plan of all cases."""
        if key not in self._views:
            result = self._result(key)
            profile, setting = self.session.profiles[key], self.session.study.model.case[key]
            self._views[key] = case_view(self.study, result, profile, self.evidence, setting)
        return self._views[key]

    def case(self, key: str) -> CaseView:
        """Return what a case's pages print, with the standing of its approval."""
        if key not in self._cases:
            view = self._ranked(key)
            given = self.session.study.model.case[key].approval
            approval = standing(
                self.session.study, self.with_plan(view) if given.approved_by else view
            )
            if approval.approved_by and not approval.holds:
                said = approval.why_not.removesuffix(".")
                self.report.remarks.append(f"The approval of {key} does not hold: {said}")
            self._cases[key] = replace(view, approval=approval)
        return self._cases[key]

    @property
    def plan(self) -> JoinedUpTables:
        """The joined-up plan, found once however many groups print it."""
        if self._plan is None:
            store, key = Store(self.session.study.work), key_of(group_parts(self.session)["plan"])
            if not store.has("plan", key):
                made = self._joined_up()
                basis = plan_basis_of(self.session)
                store.save("plan", key, lambda folder: save_plan(folder, made, basis))
                self.let_go()
            self._plan = load_plan(store.folder("plan", key))
        return self._plan

    @cached_property
    def earlier_plan(self) -> JoinedUpTables | None:
        """The plan as it was kept, where nothing has changed since but weights; else none."""
        store = Store(self.session.study.work)
        key = store.latest("plan")
        if not key or key == key_of(group_parts(self.session)["plan"]):
            return None
        folder = store.folder("plan", key)
        return load_plan(folder) if plan_basis(folder) == plan_basis_of(self.session) else None

    def _joined_up(self) -> JoinedUpTables:
        for key in self.session.cases:
            self._ranked(key)
        # a page may have asked for another case first; the plan's ties go by the order of the study
        results = {key: self.report.results[key] for key in self.session.cases}
        self.progress("joining up the cases into one plan")
        session, profiles = self.session, self.session.profiles
        cases = session.study.model.case
        aims = {k: cases[k].target_outcome or p.target_outcome for k, p in profiles.items()}
        targets = {key: aim for key, aim in aims.items() if aim is not None}
        with keeping(session.parts(*session.cases)):
            return joined_up_tables(
                self.seen,
                results,
                session.parameters,
                targets=targets,
                pot_gbp=session.study.model.plan.pot_gbp,
                rule=session.sharing_rule,
                floor=session.study.model.plan.floor,
                seed=session.study.model.seed,
            )

    @property
    def joined_up(self) -> PlanView | None:
        """The plan as a bid prints it; none where there is nothing to join up."""
        return plan_view(self.plan) if len(self.session.cases) > 1 else None

    def with_plan(self, view: CaseView) -> CaseView:
        """Return a case as its documents print it, with its part in the plan."""
        return replace(view, study=replace(view.study, plan=self.joined_up))

    def make(
        self, group: str, folder: Path, before_links: Callable[[], object] | None = None
    ) -> None:
        """Write one group into the staging folder; a page calls `before_links` before it looks for other files."""
        if group in {"layers", "coverage", "quality"}:
            self._evidence_part(group, folder)
        elif group == "exchange":
            self.progress("writing the study for QGIS")
            cases = [self.case(k) for k in self.session.cases]
            outputs.write_geopackages(self.study, cases, self.evidence, folder)
            plan = {table.name: table for table in self.plan.tables}
            write_csv(data_dictionary(self.study, cases, plan), folder / "data_dictionary.csv")
        elif group == "map book":
            self.progress("drawing the map book")
            outputs.write_book(self.study, [self.case(k) for k in self.session.cases], folder)
        elif group == "plan":
            self.report.plan = (*self.plan.lines, *self.plan.notes)
            outputs.write_plan(self.plan, self.study, folder)
        elif group == "board":
            self.progress("drawing the board page")
            cases = [self.case(k) for k in self.session.cases]
            earlier = self.earlier_plan if self.plan_may_be_earlier else None
            shown = plan_view(earlier or self.plan, earlier=earlier is not None)
            study = replace(self.study, plan=shown)
            named = self.session.study.model.baseline
            if named:
                before = changes_view(self.session.study.root / named, study, cases)
                study = replace(study, changes=before)
            outputs.write_board_page(study, cases, folder, before_links)
        elif group == "public":
            self.progress("writing the public edition")
            self._public(folder)

    def let_go(self) -> None:
        """Hold no rows of the layers: what is drawn looks at few of them, which are read again."""
        self._evidence = self._lean = None
        give_back()

    def tell(self, key: str, part: str) -> None:
        """Say, once, that a part of a case is being made; its tables are written in no time."""
        if part == "ranked" and key not in self._told and not self.session.is_ranked(key):
            self._told.add(key)
            self.progress(f"ranking sites for {key}")
        elif part == "documents":
            self.progress(f"drawing the maps and writing the bid for {key}")
        elif part == "funder":
            self.progress(f"writing the funder edition of {key}")

    def make_case(self, key: str, part: str, folder: Path) -> None:
        """Make one part of a case: rank it, or write its rasters, ranking, maps, documents or funder's edition.

        `viewed` writes nothing: it reads what the next part needs.
        """
        if part == "ranked":  # read back once it is looked at
            self.tell(key, "ranked")
            self.session.make_ranking(key, self.seen)
            return
        if part == "rasters":
            self.let_go()  # pixels are many too
            result = self._result(key)
            write_kept_coverage(self.session, key, result, lambda: self.seen, folder / key)
            return
        view = self.case(key)
        if part == "viewed":
            return
        if part == "ranking":
            outputs.write_ranking(view, folder, self.drawn)
        elif part == "maps":  # before the plan is there, by who has nothing else to do
            outputs.write_print_maps(view, folder, self.drawn)
        elif part == "documents":
            result = self.report.results[key]
            reach = kept_reach(self.session, key, result, lambda: self.evidence)
            view = with_case_layers(view, reach, folder / key)
            view = self.with_plan(view)
            outputs.write_documents(view, folder, self.evidence.streets, self.drawn)
        else:
            seen = self.for_funders
            write_funder(seen.cases[key], folder / key, folder, self.drawn, equal=seen.equal)

    def make_funder(self, folder: Path, *, copied: bool) -> None:
        """Write what the funder's edition holds besides the cases: nothing where those are `copied`."""
        if not (copied and self.for_funders.equal):
            (folder / "funder" / "coverage").mkdir(parents=True, exist_ok=True)
            outputs.write_gap_map(self.for_funders.study, folder / "funder", self.drawn)

    def _evidence_part(self, group: str, folder: Path) -> None:
        """Write what the evidence alone decides: the layers, the gaps, or the data-quality page."""
        if group == "layers":
            self.progress("writing the layers")
            outputs.write_layers(self.evidence, folder)
            self.let_go()  # every row was written
            return
        if group == "coverage":
            outputs.write_coverage(self.study, self.evidence, folder)
            self.progress("drawing the gap map")
            outputs.write_gap_map(self.study, folder, self.drawn)
            return
        self.progress("writing the data-quality page")
        tables = quality_tables(self.session, self.evidence)
        outputs.write_quality_page(self.study, tables, folder)
        self.let_go()  # every layer was looked at

    def _redacted(self, edition: Edition) -> tuple[StudyView, list[CaseView], Rules]:
        """Return what an edition may see."""
        rules = rules_of(self.evidence, self.study.parameters, edition)
        sources = shown_sources(self.evidence.sources, edition)
        study = redacted_study(self.study, rules, attributions(self.session, sources))
        cases = [redacted_case(self.case(key), study, rules) for key in self.session.cases]
        return study, cases, rules

    @cached_property
    def for_funders(self) -> _ForFunders:
        """What funders may see."""
        study, cases, rules = self._redacted("funder")
        plan = self.joined_up and redacted_plan(self.joined_up, study, rules)
        views = {v.key: replace(v, study=replace(v.study, plan=plan)) for v in cases}
        equal = all(same(view) for view in views.values()) and not rules.hidden_src
        return _ForFunders(study, views, equal)

    def _public(self, folder: Path) -> None:
        """Write what the public may see."""
        study, views, _rules = self._redacted("public")
        about = about_study(self.session, self.evidence)
        named = {s.path for s in shown_sources(self.evidence.sources, "public")}
        shown = [s for s in about["sources"] if s["path"] in named]
        infra = {"as_of": study.as_of.isoformat(), "sample": study.sample, "edition": "public"}
        write_public(study, views, folder, {**about, "sources": shown, "infra": infra})


def about_study(session: Session, evidence: Evidence) -> dict[str, Any]:
    """Return what the manifest says of the study, its sources and settings."""
    model = session.study.model
    return {
        "name": "infra-study",
        "title": model.name,
        "version": __version__,
        "sources": [
            {
                "title": f"{s.title}{f' ({s.detail})' if s.detail else ''}",
                "path": s.path,
                "hash": f"sha256:{s.sha256}",
                "bytes": s.size_bytes,
                "vintage": s.vintage,
                "publisher": s.publisher,
                "licence": s.licence,
                "attribution": s.attribution.replace("{year}", str(model.as_of.year)),
                "sensitivity": s.sensitivity,
                "sample": s.sample,
            }
            for s in sorted(evidence.sources, key=lambda s: s.path)
        ],
        "infra": {
            "as_of": model.as_of.isoformat(),
            "seed": model.seed,
            "sample": model.sample,
            "files": dict(session.source_key),
            "study": model.model_dump(
                mode="json", by_alias=True, exclude={"parameters", "fetch", "country"}
            ),
            "parameters": parameter_values(session.parameters),
            "profiles": {k: p.model_dump(mode="json") for k, p in session.profiles.items()},
            "versions": versions(),
        },
    }
