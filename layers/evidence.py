"""All the layers of a study, as the scenarios see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from layers.gather import FileFate
from layers.lineage import Table
from layers.source import Layer, Quality, SourceFile

if TYPE_CHECKING:
    from layers.heights import Heights
    from layers.schemas import Checked
    from layers.streets import Streets
    from layers.terrain import Terrain

__all__ = ["Evidence"]


@dataclass(frozen=True)
class Evidence:
    """The layers; `None` means the study has no source for it, which is never the same as zero.

    Columns are listed in `docs/architecture.md`.

    Attributes
    ----------
    site_register
        The officer's own register of circuits: `uprn site_name current_circuit ...`, ids `uprn:...`.
    signal_points
        Signal strength measured or predicted at points; commercially sensitive.
    street_assets
        Lamp columns, signals and shelters that could carry a small cell.
    surface, bare_earth
        Rasters of heights with buildings and trees, and without; `terrain` is OS Terrain 50.
    postcodes
        Live postcodes of the study area, with their positions.
    projects
        Digital projects that run or are decided, at their places; see `layers/projects.py`.
    mobile_checks
        Ofcom's grades by address, from saved answers; see `layers/mobile_checks.py`.
    self_employed, jobs
        Residents and jobs at demand points; see `layers/area_counts.py`.
    water, place_names
        What maps draw quietly: water, and names of places; see `layers/map_context.py`.
    ward_gaps
        Gaps by ward, added up from small areas; see `layers/ward_gaps.py`.
    signal
        A user's rasters of signal strength; commercially sensitive.
    sources
        The files that some row was used of, in order of path.
    quality
        One for each file that was read: rows in = used + set aside + quarantined.
    fates
        One for each file of the study, whatever became of it.
    checked
        One for each layer and table that was held against its schema when they were built.
    quarantine
        Rejected rows of all files: `file src record line code reason column value`; `code` stays
        when a reason is reworded (`layers/reasons.py`), `line` is the physical line of delimited text, missing for other kinds.
    """

    districts: Layer
    areas: Layer
    demand: Layer | None
    sites: Layer | None
    offices: Layer | None
    stops: Layer | None
    businesses: Layer | None
    constituencies: Layer | None
    coworking: Layer | None
    masts: Layer | None
    fibre: Layer | None
    streets: Streets | None
    terrain: Terrain | None
    coverage: Table
    district_gaps: Table
    area_gaps: Table
    sources: tuple[SourceFile, ...] = ()
    quality: tuple[Quality, ...] = ()
    notes: tuple[str, ...] = field(default=())
    site_register: Layer | None = None
    signal_points: Layer | None = None
    street_assets: Layer | None = None
    surface: Heights | None = None
    bare_earth: Heights | None = None
    projects: Layer | None = None
    postcodes: Layer | None = None
    mobile_checks: Layer | None = None
    self_employed: Layer | None = None
    jobs: Layer | None = None
    water: Layer | None = None
    place_names: Layer | None = None
    ward_gaps: Table | None = None
    signal: Heights | None = None
    fates: tuple[FileFate, ...] = ()
    quarantine: pd.DataFrame = field(default_factory=pd.DataFrame)
    checked: tuple[Checked, ...] = ()

    @property
    def sample(self) -> bool:
        """Whether any source is practice data."""
        return any(source.sample for source in self.sources)
