"""What a map, page or document is given to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.lineage import Figures, Table

__all__ = [
    "Approval",
    "Asked",
    "CaseView",
    "ChangedFigure",
    "ChangesView",
    "Diary",
    "PlanView",
    "ProfileView",
    "StudyView",
]

SAMPLE_RIBBON = "SAMPLE DATA - NOT FOR BIDS"


@dataclass(frozen=True)
class PlanView:
    """The joined-up plan across the cases.

    Attributes
    ----------
    tables
        By name, as `docs/architecture.md` lists them.
    lines
        What there is to say, in plain sentences.
    figures
        For figures about the plan (scope `plan`).
    earlier
        Whether weights have changed since it was made.
    """

    tables: Mapping[str, Table]
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    figures: Figures
    earlier: bool = False


@dataclass(frozen=True)
class ChangesView:
    """What differs from the earlier outputs that the study names as its baseline.

    Attributes
    ----------
    table
        `changes`, key `row`: `part about what unit decimals before after change note`; its
        description says which outputs those are.
    figures
        For figures about the changes (scope `changes`).
    """

    table: Table
    figures: Figures


@dataclass(frozen=True, eq=False)
class RasterView:
    """A raster on the National Grid, north up, to be drawn in classes.

    Attributes
    ----------
    key, label, unit, words
        Short name; what it shows; unit of its values; how it was made, with its grade.
    values
        Shape (rows, columns); NaN is no data.
    left_m, top_m, cell_m
        Left and top edge, and side of a cell, in metres.
    breaks
        Where each class begins; values below the first are not drawn.
    deficit
        Whether a high value is the gap, so that it is the dark one.
    """

    key: str
    label: str
    unit: str
    words: str
    values: NDArray[np.float64]
    left_m: float
    top_m: float
    cell_m: float
    breaks: tuple[float, ...]
    deficit: bool = False


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
    projects
        What is already under way: `id project owner status fund place lad lad_name site_id start
        end`; `None` where the study holds no list.
    targets
        Shares that somebody has set out to reach, key `measure`: `value by source`.
    series
        Coverage over time, one line an area and measure, with its breaks (`layers/series.py`).
    sources, quality, parameters
        Files with vintage, licence and checksum (key `src`); rows in, used, set aside, quarantined
        (key `src`); parameters in force (key `key`).
    attributions
        Statements the licences ask for, in order.
    figures
        For figures about the study as a whole (scope `study`).
    plan
        The joined-up plan; only where what is printed may speak of it.
    ward_gaps
        Gaps by ward, added up from small areas; `None` where no lookup gives wards.
    water, place_names
        What is drawn quietly: water (`kind name geometry`) and places (`name order easting northing`,
        the name of the smallest order stays where two would run into each other).
    postcodes
        Live postcodes of the area, for the search of the web map: `id easting northing`.
    rasters
        Rasters that every web map offers.
    changes
        What differs from the study's baseline; only where what is printed may speak of it.
    edition
        `officer`, `funder` or `public`: its tables are already redacted for it.
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
    plan: PlanView | None = None
    series: Table | None = None
    targets: Table | None = None
    projects: pd.DataFrame | None = None
    changes: ChangesView | None = None
    edition: str = "officer"
    postcodes: pd.DataFrame | None = None
    rasters: tuple[RasterView, ...] = ()
    water: gpd.GeoDataFrame | None = None
    place_names: pd.DataFrame | None = None
    ward_gaps: Table | None = None


class Asked(Protocol):
    """A question of a fund's form, with what the form says of its answer."""

    @property
    def text(self) -> str:
        """The question as the fund asks it."""

    @property
    def words(self) -> int | None:
        """Most words an answer may have; `None` where the profile states no limit."""

    @property
    def marks(self) -> float | None:
        """Marks, or the share of them in %."""

    @property
    def attachments(self) -> tuple[str, ...]:
        """What to attach to the answer."""


@dataclass(frozen=True)
class SectionView:
    """A section of a bid: its title, and the parts it is made of (`scenarios/bid_parts.py`)."""

    title: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class ProfileView:
    """A fund as its profile describes it.

    Attributes
    ----------
    sections, annexes
        What the fund wants in a bid, in its order; none where it keeps to the five-case model.
    asked_of_fund
        Terms that the profile does not know: `match rate (match_rate_pct)`.
    """

    key: str
    title: str
    fund: str
    status: str
    closed_note: str
    weights_note: str
    themes: tuple[str, ...] = ()
    questions: tuple[str | Asked, ...] = ()
    sections: tuple[SectionView, ...] = ()
    annexes: tuple[str, ...] | None = None
    evidence_required: tuple[str, ...] = ()
    asked_of_fund: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diary:
    """What the study says of a bid's course: no ranking is made from it.

    Attributes
    ----------
    deadline
        Last day on which the fund takes the bid.
    stage, owner
        Where the bid stands, and the post or team that answers for it.
    """

    deadline: date | None = None
    stage: str = ""
    owner: str = ""


@dataclass(frozen=True)
class ChangedFigure:
    """A figure of an approved bid that is no longer what was approved, as both read."""

    fig_id: str
    what: str
    approved: str
    now: str


@dataclass(frozen=True)
class Approval:
    """Who stands behind a bid, and whether its approval holds for the figures it prints.

    Attributes
    ----------
    version, prepared_by, checked_by, approved_by
        As the study says; empty where it does not yet.
    prepared_on, checked_on, approved_on
        When.
    fingerprint
        SHA-256 over the approved figures, where they were recorded.
    changed
        Figures that differ from those approved: the approval is void while there is one.
    why_not
        Why an approver is named but the approval does not hold; empty where it holds, and where
        nobody has approved.
    """

    version: str = ""
    prepared_by: str = ""
    prepared_on: date | None = None
    checked_by: str = ""
    checked_on: date | None = None
    approved_by: str = ""
    approved_on: date | None = None
    fingerprint: str = ""
    changed: tuple[ChangedFigure, ...] = ()
    why_not: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bid is approved as it is printed."""
        return bool(self.approved_by and self.fingerprint and not self.why_not)


@dataclass(frozen=True)
class CaseView:
    """One bid: its profile, its tables and the sites' geometry (`site_id`, EPSG:27700).

    `sites` has no geometry (empty point) for places whose location is only a postcode district.
    `buildings` describes candidate buildings (layer `offices`), keyed as the ranking is; it is among
    the tables of `figures` where it is given. `more` holds further tables by name, as
    `docs/architecture.md` lists them, all of them among the tables of `figures`. `routes` are the
    lines of the chosen sites' shared fibre network (`set stretch site_id sites kind surface length_m
    cost_gbp geometry`, EPSG:27700): network detail, for the officer's edition only.
    `places` counts sites by district and by postcode district: the public edition's only word on them.
    `approval` says who prepared, checked and approved the bid, and whether that holds.
    `catchments` is what lies in reach of the chosen sites (`site_id name method geometry`) and
    `rasters` coverage by their cells, both for maps.
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
    weight_tests: Table | None = None
    buildings: Table | None = None
    more: Mapping[str, Table] = field(default_factory=dict)
    diary: Diary = Diary()
    approval: Approval = Approval()
    routes: gpd.GeoDataFrame | None = None
    places: tuple[Table, ...] = ()
    catchments: gpd.GeoDataFrame | None = None
    rasters: tuple[RasterView, ...] = ()
