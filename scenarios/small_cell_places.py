"""Where small cells could go near the sites of a testbed: street assets and public rooftops.

Every asset of the study's registers and of OpenStreetMap, and every public building, is a place considered;
rules pass, fail or stay unknown (`small_cells`). Counts are minimums where only OpenStreetMap says what
stands in a street.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.lineage import Column, Table
from scenarios.catchment import Membership, Reach, catchment
from scenarios.criteria import Metric
from scenarios.routes import positions, text_column
from scenarios.scenario import SummaryItem
from scenarios.small_cells import CANDIDATE, EXCLUDED, TO_VERIFY, SmallCells, candidates

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from layers.source import SourceFile

__all__ = ["NEAR", "SmallCellPlaces", "small_cell_places"]

Floats = NDArray[np.float64]
NEAR = "testbed.assets_m"
RULE_KEYS = ("testbed.column_height_m", "testbed.footway_clear_m", "testbed.column_fibre_m")
OF_REGISTER = "asset:"
INPUTS = ("street_assets.easting", "street_assets.northing", "sites.easting", "sites.northing")
TEXTS = {
    "place": "column (street asset) or rooftop (public building)",
    "kind": "kind of asset or building",
    "name": "street or building",
    "owner": "owner as registered; empty is unknown",
    "material": "material as registered; empty is unknown",
    "power": "power present, as registered; empty is unknown",
    "heritage": "in a heritage setting, as registered; empty is unknown",
    "structural_test_date": "date of the last structural test; empty is unknown",
    "outcome": "candidate (every rule met), to verify (something unknown), excluded (a rule failed)",
    "failed": "rules that fail",
    "unknown": "rules that nothing here settles",
}
NUMBERS = {
    "easting": ("easting", "m", 0),
    "northing": ("northing", "m", 0),
    "height_m": ("height as registered", "m", 1),
    "footway_clear_m": ("footway left clear, as registered", "m", 1),
    "fibre_m": ("straight distance to the nearest fibre on the map", "m", 0),
}

REGISTERED = "as the register or the map has it"
MADE_OF = {
    "easting": (REGISTERED, ("street_assets.easting", "sites.easting")),
    "northing": (REGISTERED, ("street_assets.northing", "sites.northing")),
    "height_m": (REGISTERED, ("street_assets.height_m",)),
    "footway_clear_m": (REGISTERED, ("street_assets.footway_clear_m",)),
    "fibre_m": ("shortest straight distance", ("fibre.easting", "fibre.northing", *INPUTS)),
}


@dataclass(frozen=True)
class SmallCellPlaces:
    """The places within reach of any candidate site, and how many each site has.

    Attributes
    ----------
    frame
        As `small_cells.SmallCells.frame`, only places within reach, with `src`.
    met, possible
        Per site: places that meet every rule, and those that none excludes; NaN without a position.
    registered
        Whether any place comes from a register of street assets, not from the map only.
    """

    frame: pd.DataFrame
    met: Floats
    possible: Floats
    registered: bool
    sources: tuple[SourceFile, ...] = ()

    def metric(self) -> Metric:
        """Return usable assets near each site: at least those that meet every rule."""
        open_end = np.full(len(self.met), np.nan)
        street = (
            "street assets of the registers and of OpenStreetMap"
            if self.registered
            else "street assets of OpenStreetMap, which is incomplete"
        )
        return Metric.of(
            self.possible,
            low=self.met,
            high=open_end,
            unit="assets",
            grade="estimated",
            route=f"{street}, and public rooftops, that no rule excludes; the low end counts those that meet every rule, and the map may lack others",
            formula="street assets and public buildings within reach, less those that fail a rule for small cells",
            inputs=INPUTS,
            parameters=(NEAR, *RULE_KEYS),
        )

    def facts(self) -> tuple[SummaryItem, ...]:
        """Return how many places near the sites came out how."""
        outcome = self.frame["outcome"]
        words = {
            CANDIDATE: ("candidate", "meet every rule", ""),
            TO_VERIFY: ("to_verify", "meet every rule that is known", "a survey settles the rest"),
            EXCLUDED: ("excluded", "fail a rule", ""),
        }
        return tuple(
            SummaryItem(
                f"cell_places_{key}", f"Places for small cells near the sites that {label}",
                float((outcome == name).sum()), unit="places", grade="estimated", note=note,
            )
            for name, (key, label, note) in words.items()
        )  # fmt: skip

    def table(self) -> Table:
        """Return the places with what is known of each, as a table of the case."""
        columns = {"id": Column("id of the place", inputs=("street_assets.id", "sites.id"))}
        columns |= {name: Column(text) for name, text in TEXTS.items()}
        columns |= {
            name: Column(
                text,
                unit,
                decimals,
                grade="estimated",
                formula=MADE_OF[name][0],
                inputs=MADE_OF[name][1],
            )
            for name, (text, unit, decimals) in NUMBERS.items()
        }
        frame = self.frame[list(columns)].reset_index(drop=True)
        return Table(
            "small_cells", "id", frame, columns, self.sources,
            "Places where a small cell could go near the candidate sites; unknown is never a pass",
        )  # fmt: skip


def small_cell_places(
    evidence: Evidence, parameters: Parameters, sites: pd.DataFrame, reach: Reach
) -> SmallCellPlaces:
    """Judge every street asset and public rooftop within reach of the candidate sites.

    Parameters
    ----------
    sites
        `id easting northing` and what registers say; each is itself a rooftop.
    """
    assets = evidence.street_assets
    street = None if assets is None else assets.frame
    fibre = positions(None if evidence.fibre is None else evidence.fibre.frame)
    found: SmallCells = candidates(street, _rooftops(sites), fibre, parameters)
    members: Membership = catchment(
        positions(sites), positions(found.frame), parameters.value(NEAR), reach
    )
    outcome = found.frame["outcome"].to_numpy(dtype=object)
    met = members.total((outcome == CANDIDATE).astype(float))
    possible = members.total((outcome != EXCLUDED).astype(float))
    for values in (met, possible):
        values[~members.located] = np.nan
    near = found.frame.iloc[np.unique(members.points)]
    layers = (assets, evidence.sites, evidence.fibre)
    files = {s.src: s for layer in layers if layer is not None for s in layer.sources}
    ids = text_column(found.frame, "id").astype(str)
    return SmallCellPlaces(
        near,
        met,
        possible,
        bool(np.char.startswith(ids, OF_REGISTER).any()),
        tuple(sorted(files.values(), key=lambda s: s.path)),
    )


def _rooftops(sites: pd.DataFrame) -> pd.DataFrame:
    """Return public buildings as rooftops: nobody has surveyed one, so little of them is known."""
    kept = ["id", "easting", "northing", "kind", "owner", "name"]
    return sites[[name for name in kept if name in sites]]
