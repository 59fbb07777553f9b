"""What maps draw of a ranking besides its tables, kept in the store as the ranking is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd

from infra.session import Session
from infra.store import Store, key_of
from layers.evidence import Evidence
from scenarios.catchment_areas import catchment_areas
from scenarios.engine import CaseResult
from scenarios.testbed_raster import write_case_coverage

__all__ = ["kept_reach", "write_kept_coverage"]

REACH = "reach.parquet"


def kept_reach(
    session: Session, key: str, result: CaseResult, evidence: Callable[[], Evidence]
) -> gpd.GeoDataFrame:
    """Return what lies in reach of a case's chosen sites, as `catchment_areas` does.

    Parameters
    ----------
    result
        The ranking of the case `key`.
    evidence
        Gives the layers, where they are to be looked at.
    """

    def write(folder: Path) -> None:
        scenario, parameters = session.cases[key].scenario, session.case_parameters(key)
        reach = catchment_areas(scenario, result.ranking.frame, evidence(), parameters)
        reach.to_parquet(folder / REACH, index=False)

    return gpd.read_parquet(_kept("reach", session, key, write) / REACH)


def write_kept_coverage(
    session: Session, key: str, result: CaseResult, evidence: Callable[[], Evidence], target: Path
) -> None:
    """Write the rasters that `write_case_coverage` makes of a 5G case into a folder."""

    def write(folder: Path) -> None:
        write_case_coverage(result, folder, session.case_parameters(key), evidence())

    held = _kept("rasters", session, key, write)
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(held.glob("*.tif")):
        shutil.copyfile(path, target / path.name)


def _kept(step: str, session: Session, key: str, write: Callable[[Path], None]) -> Path:
    """Return the folder of a step that rests on nothing but the ranking of a case, made where there is none."""
    store, name, made_from = (
        Store(session.study.work),
        f"{step}-{key_of(key)}",
        session.case_key(key),
    )
    if not store.has(name, made_from):
        store.save(name, made_from, write)
    return store.folder(name, made_from)
