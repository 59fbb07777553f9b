"""The outputs of a partitioned study: its layers by part, its gap tables and its ranking."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from infra import exchange, outputs
from infra.groups import group_parts
from infra.manifest import Group, harmed_files, read_groups, write_manifest
from infra.session import Session
from infra.store import key_of
from infra.views import study_view
from infra.work import about_study
from infra.write import write_csv, write_lineage, write_table
from infra.writing import writing
from layers.evidence import Evidence
from scenarios.engine import CaseResult

__all__ = ["groups_of", "holds", "write_outputs"]


def groups_of(session: Session, case: str) -> dict[str, dict[str, str]]:
    """Return what each group of outputs is made from; how the study is cut up is no part of it."""
    parts = group_parts(session)
    names = ("layers", "coverage", f"{case}/ranking")
    return {name: {**parts[name], "made part by part": "yes"} for name in names}


def holds(session: Session, case: str) -> bool:
    """Whether `out/` is what this study would make now."""
    out = session.study.out
    harmed = harmed_files(out)
    held = {n: g.key for n, g in read_groups(out).items() if not harmed & set(g.files)}
    return held == {name: key_of(made) for name, made in groups_of(session, case).items()}


def write_outputs(
    session: Session, case: str, evidence: Evidence, result: CaseResult, parts: Path
) -> None:
    """Write everything aside and exchange it for `out/` as a whole.

    Parameters
    ----------
    parts
        Folder of the parts' layers.
    """
    study = session.study
    new = exchange.staging(study.work)
    try:
        with writing(study.out):
            _write_layers(evidence, parts, new)
            view = study_view(session, evidence)
            outputs.write_coverage(view, evidence, new)
            _write_ranking(result, new / case, sample=view.sample)
            groups = [
                Group(name, key_of(made), _files(new, name.split("/")[0]), made)
                for name, made in groups_of(session, case).items()
            ]
            write_manifest(new, groups, about_study(session, evidence))
            exchange.publish(new, study.out)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _files(folder: Path, group: str) -> tuple[str, ...]:
    held = [folder / group, *([folder / "quarantine"] if group == "coverage" else [])]
    found = (p for top in held for p in top.rglob("*") if p.is_file())
    return tuple(sorted(p.relative_to(folder).as_posix() for p in found))


def _write_layers(evidence: Evidence, parts: Path, folder: Path) -> None:
    """Write the layers; premises and businesses stay in a file a district, and are not copied."""
    outputs.write_layers(replace(evidence, demand=None, businesses=None), folder)
    for name in ("demand", "businesses"):
        for source in sorted((parts / name).glob("*.parquet")):
            target = folder / "layers" / name / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.hardlink_to(source)
            except OSError:
                shutil.copy2(source, target)


def _write_ranking(result: CaseResult, folder: Path, *, sample: bool) -> None:
    """Write the tables of the case, how they were made, and where the sites are."""
    tables = [
        result.ranking, result.gates, result.costs, result.criteria, result.summary,
        result.weight_tests,
    ]  # fmt: skip
    for table in tables:
        write_table(table, folder / f"{table.name}.csv")
    write_lineage(tables, folder / "lineage.json")
    write_csv(pd.DataFrame({"note": list(result.notes)}), folder / "notes.csv")
    names = [name for name in outputs.SITE_PROPERTIES if name in result.ranking.frame]
    frame = result.ranking.frame[names].merge(result.sites, on="site_id", sort=False)
    if sample:
        frame["warning"] = "SAMPLE DATA - NOT FOR BIDS"
    places = gpd.GeoDataFrame(frame, geometry="geometry", crs=27700)
    places.to_parquet(folder / "sites.parquet", index=False)
