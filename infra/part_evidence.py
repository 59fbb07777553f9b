"""The evidence of a partitioned study as scenarios see it: around some sites, or as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from infra.session import Session
from layers.evidence import Evidence
from layers.lineage import Column, Table
from layers.part_layers import near_points
from layers.parts import reached
from layers.shared import Shared
from layers.sites import SITE_COLUMNS
from layers.source import Layer
from scenarios.scenario import Options, load_scenario
from scenarios.uplift import NEAR, WIDE

__all__ = ["options_at", "reach_m", "wanted_squares"]

MATCH = "fibre.site_match_m"


def reach_m(session: Session, case: str) -> float:
    """Return how far from a site, at most, anything lies that its options are made from."""
    parameters = session.case_parameters(case)
    return max(parameters.value(key) for key in (NEAR, WIDE, MATCH))


def wanted_squares(sites: pd.DataFrame, reach: float) -> pd.DataFrame:
    """Return the squares that the sites of each part can reach: `square part`."""
    frames = []
    for part in sorted(set(sites["part"].tolist())):
        own = sites[sites["part"] == part]
        found = reached(own["easting"].to_numpy(float), own["northing"].to_numpy(float), reach)
        frames.append(pd.DataFrame({"square": found, "part": part}))
    if not frames:
        return pd.DataFrame({"square": np.empty(0, np.int64), "part": np.empty(0, np.int64)})
    return pd.concat(frames, ignore_index=True)


def options_at(
    session: Session,
    case: str,
    shared: Shared,
    sites: pd.DataFrame,
    offices: pd.DataFrame | None,
    near: Sequence[tuple[Path, Sequence[int]]],
    *,
    only: bool = False,
) -> Options:
    """Return the options at some sites.

    Parameters
    ----------
    sites
        Those, and for their sake the sites around them.
    offices
        Candidate offices of the whole study.
    near
        Row groups of the points that they can reach.
    only
        Whether to keep only the points within reach of these sites.
    """
    at = sites[["easting", "northing"]].to_numpy(np.float64)
    demand, firms = near_points(near, (at, reach_m(session, case)) if only else None)
    profile = session.profiles[case]
    evidence = _around(shared, sites[list(SITE_COLUMNS)], demand, firms)
    if offices is not None:
        evidence = replace(evidence, offices=Layer("offices", offices, ()))
    parameters = session.case_parameters(case)
    return load_scenario(profile.scenario).options(evidence, profile, parameters)


def _around(
    shared: Shared, sites: pd.DataFrame, demand: pd.DataFrame, firms: pd.DataFrame | None
) -> Evidence:
    areas = shared.ground.areas
    columns = {"id": Column("small area"), "imd_decile": Column("decile of deprivation")}
    decile = pd.DataFrame({"id": areas["id"], "imd_decile": shared.decile})
    gaps = Table("area_gaps", "id", decile, columns)
    none = Table("none", "id", pd.DataFrame({"id": []}), {"id": Column("id")})
    return Evidence(
        districts=Layer("districts", shared.ground.districts, ()),
        areas=Layer("areas", areas, ()),
        demand=Layer("demand", demand, ()),
        sites=Layer("sites", sites, ()),
        offices=None,
        stops=None,
        businesses=None if firms is None else Layer("businesses", firms, ()),
        constituencies=None,
        coworking=None,
        masts=None,
        fibre=None,
        streets=None,
        terrain=None,
        coverage=none,
        district_gaps=none,
        area_gaps=gaps,
    )
