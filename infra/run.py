"""From a study to its outputs: which parts to make, which still hold, and the exchange of `out/`.

Outputs are made in groups (`layers`, `coverage`, `<case>/ranking`, `<case>/documents`, `plan`,
`exchange`, `map book`, `board`), each with a key that stands for everything it was made from. A command makes
the groups it is asked for, carries over those that still match, and drops the rest: never a stale
bid beside a new ranking.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from infra import __version__, exchange, outputs
from infra.approval import standing
from infra.changes import changes_view
from infra.dictionary import data_dictionary
from infra.drawn import Drawn
from infra.edition_outputs import same, write_funder, write_public
from infra.editions import redacted_case, redacted_plan, redacted_study, rules_of
from infra.groups import BESIDE_BOARD, group_parts, plan_basis_of
from infra.manifest import (
    Group,
    edited_documents,
    foreign_files,
    harmed_files,
    read_groups,
    write_manifest,
)
from infra.map_layers import with_case_layers, with_study_layers
from infra.newer import newer_than_frozen
from infra.quality_tables import quality_tables
from infra.report import Report
from infra.result_io import load_plan, plan_basis, save_plan
from infra.session import Progress, Session, parameter_values, refuse_parts
from infra.steady import check_unchanged
from infra.store import Store, key_of, versions
from infra.views import attributions, case_view, plan_view, study_view
from infra.write import write_csv
from infra.writing import writing
from layers.disclosure import Edition, shown_sources
from layers.errors import OutputError
from layers.evidence import Evidence
from maps.view import CaseView, PlanView, StudyView
from scenarios.keeping import keeping
from scenarios.plan_tables import JoinedUpTables, joined_up_tables
from scenarios.testbed_raster import write_case_coverage

RADIO = "testbed_5g"
EDITIONS: tuple[Edition, ...] = ("funder", "public")

__all__ = ["Report", "run"]


class _Work:
    """One run: views are made once, and only when a group needs them."""

    def __init__(self, session: Session, progress: Progress, report: Report) -> None:
        self.session = session
        self.progress = progress
        self.report = report
        self._evidence: Evidence | None = None
        self._study: StudyView | None = None
        self._views: dict[str, CaseView] = {}
        self._cases: dict[str, CaseView] = {}
        self._plan: JoinedUpTables | None = None
        self.plan_may_be_earlier = False
        self.drawn = Drawn()

    @property
    def evidence(self) -> Evidence:
        if self._evidence is None:
            self._evidence = self.session.evidence(self.progress)
        return self._evidence

    @property
    def study(self) -> StudyView:
        if self._study is None:
            made = study_view(self.session, self.evidence)
            self._study = with_study_layers(made, self.evidence)
            self.report.study = self._study
        return self._study

    def _ranked(self, key: str) -> CaseView:
        """Return the case without its approval, which may be of figures of the plan of all cases."""
        if key not in self._views:
            self.progress(f"ranking sites for {key}")
            result = self.session.rank(key, self.evidence)
            self.report.results[key] = result
            profile, setting = self.session.profiles[key], self.session.study.model.case[key]
            self._views[key] = case_view(self.study, result, profile, self.evidence, setting)
        return self._views[key]

    def case(self, key: str) -> CaseView:
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
                self._evidence = None  # what is drawn looks at few rows of it, which are read again
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
        self.progress("joining up the cases into one plan")
        session, profiles = self.session, self.session.profiles
        cases = session.study.model.case
        aims = {k: cases[k].target_outcome or p.target_outcome for k, p in profiles.items()}
        targets = {key: aim for key, aim in aims.items() if aim is not None}
        with keeping(session.parts(*session.cases)):
            return joined_up_tables(
                self.evidence,
                self.report.results,
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

    def make(self, group: str, folder: Path) -> None:
        """Write one group into the staging folder."""
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
            outputs.write_board_page(study, cases, folder)
        elif group in EDITIONS:
            self.progress(f"writing the {group} edition")
            self._edition(group, folder)
        else:
            key, part = group.rsplit("/", 1)
            view = self.case(key)
            if part == "ranking":
                outputs.write_ranking(view, folder, self.drawn)
                if view.scenario == RADIO:
                    result, parameters = self.report.results[key], self.session.case_parameters(key)
                    write_case_coverage(result, folder / key, parameters, self.evidence)
            else:
                self.progress(f"drawing the maps and writing the bid for {key}")
                result, parameters = self.report.results[key], self.session.case_parameters(key)
                view = with_case_layers(view, result, self.evidence, parameters, folder / key)
                view = self.with_plan(view)
                outputs.write_documents(view, folder, self.evidence.streets, self.drawn)

    def _evidence_part(self, group: str, folder: Path) -> None:
        """Write what the evidence alone decides: the layers, the gaps, or the data-quality page."""
        if group == "layers":
            self.progress("writing the layers")
            outputs.write_layers(self.evidence, folder)
            return
        if group == "coverage":
            outputs.write_coverage(self.study, self.evidence, folder)
            self.progress("drawing the gap map")
            outputs.write_gap_map(self.study, folder, self.drawn)
            return
        self.progress("writing the data-quality page")
        tables = quality_tables(self.session, self.evidence)
        outputs.write_quality_page(self.study, tables, folder)
        self._evidence = None  # every layer was looked at

    def _edition(self, edition: Edition, folder: Path) -> None:
        """Write what a funder or the public may see, from redacted views."""
        cases = [self.case(key) for key in self.session.cases]
        rules = rules_of(self.evidence, self.study.parameters, edition)
        sources = shown_sources(self.evidence.sources, edition)
        study = redacted_study(self.study, rules, attributions(self.session, sources))
        views = [redacted_case(view, study, rules) for view in cases]
        if edition == "public":
            about = about_study(self.session, self.evidence)
            named = {s.path for s in sources}
            shown = [s for s in about["sources"] if s["path"] in named]
            infra = {"as_of": study.as_of.isoformat(), "sample": study.sample, "edition": edition}
            write_public(study, views, folder, {**about, "sources": shown, "infra": infra})
            return
        plan = self.joined_up and redacted_plan(self.joined_up, study, rules)
        views = [replace(view, study=replace(view.study, plan=plan)) for view in views]
        officers = {key: folder / key for key in self.session.cases}
        equal = all(same(view) for view in views) and not rules.hidden_src
        equal &= all((at / "bid.docx").is_file() for at in officers.values())
        write_funder(views, officers, folder, self.drawn, equal=equal)


def _files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def _carry(out: Path, new: Path, files: Sequence[str]) -> None:
    for name in files:
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        try:  # the old name goes when the folders are exchanged: no need to copy what it holds
            (new / name).hardlink_to(out / name)
        except OSError:
            shutil.copy2(out / name, new / name)


def _keep_edited(out: Path, new: Path, report: Report) -> dict[str, str]:
    """Keep documents that somebody edited; return the new names of the generated ones."""
    renamed: dict[str, str] = {}
    theirs = [*edited_documents(out), *foreign_files(out)]
    for name in theirs:
        target = new / name
        if target.exists():
            fresh = str(Path(name).with_suffix(f".generated{Path(name).suffix}").as_posix())
            target.rename(new / fresh)
            renamed[name] = fresh
            report.remarks.append(
                f"{name} was edited since infra wrote it: kept; the new one is {fresh}"
            )
        _carry(out, new, [name])
    return renamed


def run(session: Session, wanted: Callable[[str], bool], progress: Progress) -> Report:
    """Make the wanted groups of outputs and exchange `out/` as a whole.

    Parameters
    ----------
    session
        The opened study.
    wanted
        Which groups to make. A wanted group that still matches is carried over, not made again.
    progress
        Told, in a few words, what is being done.

    Raises
    ------
    InputError
        When sources are refused; `out/` then stands as it was.
    OutputError
        When the outputs cannot be written; `out/` then stands as it was.
    """
    study = session.study
    refuse_parts(session)
    report = Report()
    with exchange.locked(study.work):
        exchange.repair(study.out, study.work)
        parts = group_parts(session)
        harmed = harmed_files(study.out)
        old = {n: g for n, g in read_groups(study.out).items() if not harmed & set(g.files)}
        if _holds(parts, old):
            report.kept += list(parts)
            return report
        edited = edited_documents(study.out)
        work = _Work(session, progress, report)
        new = exchange.staging(study.work)
        try:
            with writing(study.out):
                groups = _make_groups(work, wanted, parts, old, edited, new)
                if not groups:
                    raise OutputError("nothing was asked for")
                renamed = _keep_edited(study.out, new, report)
                groups = [
                    replace(g, files=tuple(sorted(renamed.get(f, f) for f in g.files)))
                    for g in groups
                ]
                theirs = {
                    p: d for p, d in edited.items() if p not in renamed and _listed(p, groups)
                }
                write_manifest(new, groups, about_study(session, work.evidence), theirs)
                check_unchanged(session.sources)
                exchange.publish(new, study.out)
                report.remarks += newer_than_frozen(study, work.evidence.fates)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return report


def _make_groups(
    work: _Work,
    wanted: Callable[[str], bool],
    parts: dict[str, dict[str, str]],
    old: dict[str, Group],
    edited: Mapping[str, str],
    new: Path,
) -> list[Group]:
    report = work.report
    groups: list[Group] = []
    # bids show the gap map; the board page prints the plan and links to its tables
    needed = {"coverage"} if any(wanted(n) for n in parts if n.endswith("/documents")) else set()
    if wanted("board"):
        needed |= {"coverage", "plan", "quality"} | {n for n in parts if n.endswith("/ranking")}
        # the page alone does not wait for a new plan where only weights have changed
        work.plan_may_be_earlier = not wanted("plan") and "plan" in old
    earlier = work.plan_may_be_earlier and work.earlier_plan is not None
    for name, whole in parts.items():
        made_from = whole
        if name == "board":
            made_from = {**whole, BESIDE_BOARD: key_of([group.name for group in groups])}
            made_from |= {"a plan of earlier weights": "kept"} if earlier else {}
        held, key = old.get(name), key_of(made_from)
        current = held is not None and (held.key == key or (earlier and name == "plan"))
        if held is not None and name == "board" and not wanted(name):
            # a page that nobody asks for again stands, though it links to fewer outputs than there are
            current |= {**held.parts, BESIDE_BOARD: made_from[BESIDE_BOARD]} == made_from
        if held is not None and current:
            _carry(work.session.study.out, new, [f for f in held.files if f not in edited])
            groups.append(held)
            report.kept.append(name)
        elif wanted(name) or name in needed:
            before = _files_below(new)
            work.make(name, new)
            files = tuple(sorted(_files_below(new) - before))
            groups.append(Group(name, key, files, made_from))
            report.made.append(name)
        elif held is not None:
            report.removed.append(name)
    report.removed += sorted(set(old) - set(parts))
    if earlier:
        report.remarks.append("The plan is of earlier weights: infra plan makes it again")
    return groups


def _holds(parts: dict[str, dict[str, str]], old: dict[str, Group]) -> bool:
    """Return whether everything is there as it would be made now."""
    same = {name: key_of(made_from) for name, made_from in parts.items()}
    return same == {name: group.key for name, group in old.items()}


def _listed(path: str, groups: Sequence[Group]) -> bool:
    return any(path in group.files for group in groups)


def about_study(session: Session, evidence: Evidence) -> dict[str, Any]:
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
