"""From evidence and results to what maps and documents are given to print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import pandas as pd

from infra import __version__
from infra.session import DIARY, Session
from infra.study import CaseModel, StudyModel
from layers.catalogue import shipped as catalogue
from layers.evidence import Evidence
from layers.lineage import Column, Figures, Table
from layers.series import coverage_series
from layers.source import Layer, Quality, SourceFile
from maps.buildings import building_table
from maps.view import CaseView, Diary, PlanView, ProfileView, SectionView, StudyView
from scenarios.deficit_table import with_modelled_deficit
from scenarios.engine import CaseResult
from scenarios.plan_tables import JoinedUpTables
from scenarios.profile import Profile

BUILDINGS_ARE_SITES = "coworking"

TARGET_COLUMNS = {
    "measure": Column("measure of the coverage table that it is about"),
    "value": Column(
        "the share to reach", "%", 1, formula="as the study states it", settings=("study.target",)
    ),
    "by": Column("by when", settings=("study.target",)),
    "source": Column("who set it, and where it is written"),
}  # fmt: skip

__all__ = ["attributions", "case_view", "plan_view", "quality_table", "sources_table", "study_view"]


def sources_table(sources: Iterable[SourceFile]) -> Table:
    """Return the source files in use: what, whose, when, under which licence, and the checksum."""
    described = {
        "src": "first eight digits of the checksum; the key on every row",
        "path": "file, relative to the study",
        "title": "what it is",
        "detail": "level or variant",
        "publisher": "who published it",
        "vintage": "what the data describe",
        "licence": "licence",
        "sensitivity": "public, internal or commercial",
        "grade_note": "practice data or real",
        "size_bytes": "size",
        "sha256": "SHA-256 of the file",
    }
    rows = [
        {
            "src": s.src,
            "path": s.path,
            "title": s.title,
            "detail": s.detail,
            "publisher": s.publisher,
            "vintage": s.vintage or "not stated",
            "licence": s.licence,
            "sensitivity": s.sensitivity,
            "grade_note": "practice data" if s.sample else "as published",
            "size_bytes": s.size_bytes,
            "sha256": s.sha256,
        }
        for s in sorted(sources, key=lambda s: s.path)
    ]
    columns = {
        name: Column(text, unit="bytes" if name == "size_bytes" else "")
        for name, text in described.items()
    }
    return Table(
        "sources",
        "src",
        pd.DataFrame(rows, columns=list(described)),
        columns,
        description="Source files in use",
    )


def quality_table(quality: Iterable[Quality]) -> Table:
    """Return what became of every file's rows, ending with the total."""
    rows = [
        {
            "src": q.source.src,
            "path": q.source.path,
            "rows_in": q.rows_in,
            "used": q.used,
            "set_aside": sum(q.set_aside.values()),
            "quarantined": sum(q.quarantined.values()),
            "reasons": "; ".join(
                f"{n} {why}" for why, n in [*q.set_aside.items(), *q.quarantined.items()]
            ),
            "notes": "; ".join(q.notes),
        }
        for q in sorted(quality, key=lambda q: q.source.path)
    ]
    names = ["src", "path", "rows_in", "used", "set_aside", "quarantined", "reasons", "notes"]
    frame = pd.DataFrame(rows, columns=names)
    counts = ["rows_in", "used", "set_aside", "quarantined"]
    total = {
        "src": "total",
        "path": "all files",
        "reasons": "",
        "notes": "",
        **{c: int(frame[c].sum()) for c in counts},
    }
    frame = pd.concat([frame, pd.DataFrame([total])], ignore_index=True)
    columns = {
        "src": Column("source file"), "path": Column("file"),
        "rows_in": Column("rows in the file", unit="rows", decimals=0, formula="used + set_aside + quarantined"),
        "used": Column("rows used", unit="rows", decimals=0, formula="counted"),
        "set_aside": Column("rows rightly not wanted", unit="rows", decimals=0, formula="counted by reason"),
        "quarantined": Column("rows that are wrong, kept in quarantine/", unit="rows", decimals=0, formula="counted by reason"),
        "reasons": Column("why"), "notes": Column("remarks"),
    }  # fmt: skip
    return Table(
        "quality", "src", frame, columns, description="Rows in = used + set aside + quarantined"
    )


def targets_table(model: StudyModel) -> Table:
    """Return the targets that the study states, by measure."""
    rows = [
        {"measure": key, "value": t.value_pct, "by": t.by, "source": t.source}
        for key, t in sorted(model.target.items())
    ]
    frame = pd.DataFrame(rows, columns=list(TARGET_COLUMNS))
    frame["value"] = frame["value"].astype("float64")
    return Table("targets", "measure", frame, TARGET_COLUMNS, description="Targets of the study")


def attributions(session: Session, sources: Iterable[SourceFile]) -> tuple[str, ...]:
    """Return the licences' statements once each, with the year of the study's clock."""
    year = str(session.study.model.as_of.year)
    order = {name: i for i, name in enumerate(catalogue())}
    ranked = sorted(sources, key=lambda s: (order.get(s.dataset, len(order)), s.vintage))
    statements = (s.attribution.replace("{year}", year) for s in ranked if s.attribution)
    return tuple(dict.fromkeys(statements))


def _frame(layer: Layer | None) -> Any:
    return layer.frame if layer is not None else None


def study_view(session: Session, evidence: Evidence) -> StudyView:
    """Return what every page of the study prints."""
    model = session.study.model
    sources = sources_table(evidence.sources)
    quality = quality_table(evidence.quality)
    parameters = session.parameters.table()
    series = coverage_series(evidence.coverage)
    targets = targets_table(model)
    area_gaps, district_gaps = with_modelled_deficit(
        evidence.area_gaps, evidence.district_gaps, evidence, session.parameters
    )
    tables = [
        evidence.coverage,
        series,
        district_gaps,
        area_gaps,
        sources,
        quality,
        parameters,
        targets,
        *([evidence.ward_gaps] if evidence.ward_gaps is not None else []),
    ]
    constituencies = None
    if evidence.constituencies is not None and isinstance(
        evidence.constituencies.frame, gpd.GeoDataFrame
    ):
        constituencies = evidence.constituencies.frame[["id", "name", "geometry"]]
    return StudyView(
        name=model.name,
        area_name=model.area.name,
        as_of=model.as_of,
        sample=evidence.sample or model.sample,
        version=__version__,
        districts=evidence.districts.frame[["id", "name", "geometry"]],
        areas=evidence.areas.frame[["id", "name", "geometry"]],
        constituencies=constituencies,
        roads=session.roads(),
        district_gaps=district_gaps,
        area_gaps=area_gaps,
        coverage=evidence.coverage,
        sources=sources,
        quality=quality,
        parameters=parameters,
        attributions=attributions(session, evidence.sources),
        figures=Figures(tables, "study"),
        notes=evidence.notes,
        series=series,
        targets=targets,
        projects=evidence.projects.frame if evidence.projects is not None else None,
        ward_gaps=evidence.ward_gaps,
        water=_frame(evidence.water),
        place_names=_frame(evidence.place_names),
    )


def _profile_view(profile: Profile) -> ProfileView:
    return ProfileView(
        key=profile.key,
        title=profile.title,
        fund=profile.fund,
        status=profile.status,
        closed_note=profile.closed_note,
        weights_note=profile.weights_note,
        asked_of_fund=profile.asked_of_fund,
        themes=tuple(profile.themes),
        questions=tuple(profile.questions),
        evidence_required=tuple(profile.evidence_required),
        sections=tuple(SectionView(s.title, tuple(s.parts)) for s in profile.section),
        annexes=profile.annexes,
    )


def case_view(
    study: StudyView,
    result: CaseResult,
    profile: Profile,
    evidence: Evidence,
    setting: CaseModel | None = None,
) -> CaseView:
    """Return what the maps and documents of one case print; `setting` is the study's of the case."""
    diary = Diary(**setting.model_dump(include=set(DIARY))) if setting is not None else Diary()
    buildings = None
    if profile.scenario == BUILDINGS_ARE_SITES and evidence.offices is not None:
        buildings = building_table(evidence.offices.frame)
    case_tables = [
        *([buildings] if buildings is not None else []),
        result.ranking,
        result.gates,
        result.costs,
        result.criteria,
        result.summary,
        result.weight_tests,
        *result.more.values(),
    ]
    shared = [
        study.coverage,
        *([study.series] if study.series is not None else []),
        study.district_gaps,
        study.area_gaps,
        study.sources,
        study.quality,
        study.parameters,
        *([study.targets] if study.targets is not None else []),
    ]
    return CaseView(
        key=result.case.key,
        title=result.case.title,
        scenario=result.case.scenario,
        profile=_profile_view(profile),
        study=study,
        ranking=result.ranking,
        gates=result.gates,
        costs=result.costs,
        criteria=result.criteria,
        summary=result.summary,
        weight_tests=result.weight_tests,
        more=result.more,
        buildings=buildings,
        routes=result.routes,
        sites=result.sites,
        figures=Figures([*case_tables, *shared], result.case.key),
        notes=result.notes,
        diary=diary,
    )


def plan_view(made: JoinedUpTables, *, earlier: bool = False) -> PlanView:
    """Return what maps and documents print of the joined-up plan, and whether weights have changed since."""
    tables = {table.name: table for table in made.tables}
    return PlanView(tables, made.lines, made.notes, Figures(made.tables, "plan"), earlier)
