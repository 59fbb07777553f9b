"""What a map, page or document is given to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd

from layers.lineage import Figures, Table

__all__ = ["CaseView", "ProfileView", "StudyView"]

SAMPLE_RIBBON = "SAMPLE DATA - NOT FOR BIDS"


@dataclass(frozen=True)
class StudyView:
    """What is the same for every case of a study.

    Attributes
    ----------
    as_of
        The study's only clock: ages and "date produced" come from it.
    districts, areas, constituencies, roads
        Geometry in EPSG:27700 with `id` and `name` (roads: `kind`, `name`); numbers about them
        stand in the tables, joined on `id`.
    district_gaps, area_gaps, coverage
        Coverage gaps by district, by small area, and by area and release.
    sources, quality, parameters
        Files with vintage, licence and checksum (key `src`); rows in, used, set aside, quarantined
        (key `src`); parameters in force (key `key`).
    attributions
        Statements the licences ask for, in order.
    figures
        For figures about the study as a whole (scope `study`).
    """

    name: str
    area_name: str
    as_of: date
    sample: bool
    version: str
    districts: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    constituencies: gpd.GeoDataFrame | None
    roads: gpd.GeoDataFrame | None
    district_gaps: Table
    area_gaps: Table
    coverage: Table
    sources: Table
    quality: Table
    parameters: Table
    attributions: tuple[str, ...]
    figures: Figures
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProfileView:
    """A fund as its profile describes it."""

    key: str
    title: str
    fund: str
    status: str
    closed_note: str
    weights_note: str
    themes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    evidence_required: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseView:
    """One bid: its profile, its tables and the sites' geometry (`site_id`, EPSG:27700).

    `sites` has no geometry (empty point) for places whose location is only a postcode district.
    """

    key: str
    title: str
    scenario: str
    profile: ProfileView
    study: StudyView
    ranking: Table
    gates: Table
    costs: Table
    criteria: Table
    summary: Table
    sites: gpd.GeoDataFrame
    figures: Figures
    notes: tuple[str, ...] = ()
