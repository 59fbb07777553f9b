"""The practice study: an invented county in the publishers' own formats, of any size.

Every place, code, address and number is invented. The county lies in the North Sea, its codes are
in blocks that the ONS does not use, and its postcodes begin with Q, as no real postcode area does.
Files have the headers, encodings and faults of the real ones; everything scales with the number of
premises; the same number and seed give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from infra.sample_assets import make_registers
from infra.sample_context import make_drawn
from infra.sample_files import (
    districts,
    write_context,
    write_geography,
    write_places,
    write_terrain,
)
from infra.sample_ofcom import County, write_coverage
from infra.sample_places import make_businesses, make_features, make_places, make_stops
from infra.sample_radio import write_radio
from infra.sample_streets import make_premises, make_streets
from infra.sample_truth import make_truth
from infra.sample_world import CAUTH, CAUTH_NAME, DISTRICT_NAMES, make_areas, make_plane
from layers.errors import Fault, StudyError

__all__ = ["SampleSummary", "write_sample"]

FEWEST, MOST = 500, 5_000_000
DEFAULT_SEED = 20261123


@dataclass(frozen=True)
class SampleSummary:
    """What was written.

    Attributes
    ----------
    area_code, area_name
        The combined authority.
    districts
        Code and name of each district.
    files
        Paths relative to the study folder, with forward slashes, sorted.
    premises, sites, street_nodes
        Counts. Sites are the schools, GP practices, libraries and hospitals.
    assets, vacant_offices
        Rows of the councils' registers, and those that are vacant or surplus offices.
    vacant_uprns
        UPRNs of the vacant offices, where the register gives one.
    """

    area_code: str
    area_name: str
    districts: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    premises: int
    sites: int
    street_nodes: int
    assets: int
    vacant_offices: int
    vacant_uprns: tuple[int, ...] = ()

    @property
    def district_codes(self) -> tuple[str, ...]:
        """The districts' codes."""
        return tuple(code for code, _name in self.districts)


def write_sample(
    folder: Path, *, premises: int = 20_000, seed: int = DEFAULT_SEED
) -> SampleSummary:
    """Write the source files of a practice study into `folder/sources`.

    Parameters
    ----------
    folder
        The study folder; made when it is not there. Files of the same names are overwritten.
    premises
        How many premises, 500 to 5,000,000. Area, streets, sites, masts and businesses follow, at
        the density of the West Midlands (1,386 premises a square kilometre).
    seed
        Of every random draw, 0 or more.

    Returns
    -------
    SampleSummary
        What was written.

    Raises
    ------
    StudyError
        When the number of premises or the seed is out of range.
    """
    if not FEWEST <= premises <= MOST:
        raise StudyError(
            Fault("--premises", f"{premises} is not between {FEWEST} and {MOST}", "give a number in that range")
        )  # fmt: skip
    if seed < 0:
        raise StudyError(Fault("--seed", f"{seed} is negative", "give a whole number from 0"))
    plane = make_plane(premises)
    areas = make_areas(plane, premises, seed)
    streets = make_streets(plane, areas, seed)
    homes = make_premises(streets, areas, premises, seed)
    truth = make_truth(plane, areas, homes, seed)
    features = make_features(plane, homes, areas, seed)
    masts = features[features["tower:type"] == "communication"]
    county = County(areas, streets, homes, truth, masts, seed)
    businesses, _units = make_businesses(plane, homes, areas, seed)
    places = make_places(homes, areas, seed)
    registers = make_registers(plane, homes, areas, DISTRICT_NAMES, seed)
    stops = make_stops(streets, areas, premises, seed)
    sources = folder / "sources"
    paths = [
        *write_geography(county, sources),
        *write_coverage(county, sources),
        *write_places(places, stops, registers, sources),
        *write_context(county, features, businesses, make_drawn(plane, areas), sources),
        *write_terrain(county, plane, sources),
        *write_radio(plane, homes, areas, seed, sources),
    ]
    return SampleSummary(
        area_code=CAUTH,
        area_name=CAUTH_NAME,
        districts=districts(county),
        files=tuple(sorted(path.relative_to(folder).as_posix() for path in paths)),
        premises=len(homes.frame),
        sites=places.count,
        street_nodes=len(streets.easting),
        assets=len(registers.assets),
        vacant_offices=int(registers.assets["vacant"].sum()),
        vacant_uprns=_uprns(registers.assets),
    )


def _uprns(assets: pd.DataFrame) -> tuple[int, ...]:
    """Return UPRNs of vacant offices; one of the first register is published without its own."""
    vacant = assets[assets["vacant"]]
    redacted = vacant.index[vacant["organisation"] == assets["organisation"].iloc[0]][-1:]
    numbers = pd.to_numeric(vacant["uprn"].drop(redacted), errors="coerce").dropna()
    return tuple(sorted({int(number) for number in numbers}))
