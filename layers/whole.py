"""What of a partitioned study is made at once: its ground, published coverage, postcodes and sites.

The files of premises and of their positions are not among what is read here; `layers/split.py` reads
them in pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.boundaries import Ground, ground
from layers.build import StudyArea, close_accounts, constituencies_of, offices_of
from layers.businesses import NomisCounts, bare_note, nomis_counts
from layers.coverage import coverage_rows, coverage_table
from layers.deprivation import deprivation
from layers.errors import Fault, InputError
from layers.evidence import Evidence
from layers.full_fibre import AreaShare, allocate
from layers.gaps import AreaSums, Ingredients, area_gaps, district_gaps
from layers.gather import FileFate, Gathered, Waiting
from layers.ledger import Ledger
from layers.membership import Lookups
from layers.mobile_5g import deficit
from layers.parameters import Parameters
from layers.positions import UNASKED_FILE, Positions
from layers.postcodes import Gazetteer, gazetteer, postcodes
from layers.premises import DEMAND_COLUMNS, DEMAND_FORMATS, ROUTE_BDUK, Demand
from layers.rating_list import RatingList
from layers.registers import register_rows
from layers.sites import resolve, sites
from layers.source import Layer, Reading
from layers.split import Account
from layers.ward_gaps import ward_gaps

__all__ = ["Whole", "begun", "ended", "places_of_sites", "with_account"]

NOT_IN_PARTS = "no layer of a partitioned study is made from it"


@dataclass
class Whole:
    """A partitioned study as far as it is made at once."""

    gathered: Gathered
    ledger: Ledger
    ground: Ground
    coverage: pd.DataFrame
    full_fibre: AreaShare | None
    gigabit: AreaShare | None
    places: Gazetteer
    postcodes: pd.DataFrame | None
    deprivation: pd.DataFrame
    nomis: NomisCounts | None
    named: NDArray[np.int64]


def begun(gathered: Gathered, area: StudyArea, parameters: Parameters) -> Whole:
    """Make what needs neither premises nor sites.

    Raises
    ------
    InputError
        Where there is no ground to stand on, or no premises and positions to split.
    """
    kinds = {waiting.source.format_key for waiting in gathered.waiting}
    faults = [
        Fault(
            "sources",
            f"there is no file of {what}",
            f"add {what}: a partitioned study is counted from it",
        )
        for key, what in (("bduk_premises", "BDUK premises"), ("open_uprn", "OS Open UPRN"))
        if key not in kinds
    ]
    if faults:
        raise InputError(faults)
    ledger = Ledger(gathered.readings)
    base = ground(ledger, Lookups(ledger), area.districts)
    rows, _active = coverage_rows(ledger, base, area.code, area.name)
    shares = {m: allocate(rows, base, m) for m in ("full_fibre_pct", "gigabit_pct")}
    for share in shares.values():
        if share is not None:
            ledger.note(share.note)
    places, posts = gazetteer(ledger), postcodes(ledger, base)
    for reading in ledger.of("households"):
        ledger.leave(reading, "BDUK premises are counted one by one and are better")
    for reading in ledger.of("ofcom_fixed", "postcode", "oa"):
        ledger.leave(reading, "BDUK premises say gigabit one by one and are better")
    return Whole(
        gathered,
        ledger,
        base,
        rows,
        shares["full_fibre_pct"],
        shares["gigabit_pct"],
        places,
        posts,
        deprivation(ledger, base),
        nomis_counts(ledger, base, parameters, premises=True),
        _named(ledger),
    )


def _named(ledger: Ledger) -> NDArray[np.int64]:
    """Return the UPRNs, in order, of register rows that give no position themselves."""
    found = [np.empty(0, np.int64)]
    for _, rows in register_rows(ledger):
        bare = rows["easting"].isna() | rows["northing"].isna()
        found.append(rows.loc[bare & (rows["uprn"] > 0), "uprn"].to_numpy(np.int64))
    return np.unique(np.concatenate(found))


def places_of_sites(
    whole: Whole, named: Sequence[Reading], parameters: Parameters, as_of: date
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Return the layers of public-sector places and of candidate offices.

    Parameters
    ----------
    named
        Positions of the UPRNs that registers name.
    """
    ledger = whole.ledger
    registers = resolve(ledger, whole.ground, Positions(tuple(named)), whole.places)
    rating = RatingList(ledger)
    found = offices_of(ledger, registers, parameters, as_of, rating)
    rating.settle()
    return (sites(registers) if registers is not None else None), found


def with_account(whole: Whole, waiting: Waiting, account: Account, wrong: pd.DataFrame) -> None:
    """Enter what became of a file that was split: its rows are counted, and not held here."""
    aside = dict(account.set_aside)
    if not account.kept and waiting.source.format_key == "open_uprn" and aside:
        aside = {UNASKED_FILE: sum(aside.values())}
    frame = pd.DataFrame(index=pd.RangeIndex(account.kept))
    reading = Reading(waiting.source, frame, account.rows_in, dict(sorted(aside.items())), wrong)
    whole.ledger.add(reading)
    source = waiting.source
    fate = FileFate(
        source.path,
        "used",
        source.title,
        source.detail,
        source.vintage,
        "",
        source,
        reading.quality(),
    )
    held = whole.gathered
    whole.gathered = replace(
        held,
        fates=tuple(sorted((*held.fates, fate), key=lambda f: f.name)),
        looks={**held.looks, source.src: waiting.look},
    )


def ended(
    whole: Whole,
    sums: AreaSums,
    site_rows: pd.DataFrame | None,
    office_rows: pd.DataFrame | None,
    parameters: Parameters,
) -> Evidence:
    """Make the gap tables and close the account of every file.

    Returns
    -------
    Evidence
        Demand and businesses have their sources and no rows: these are in the parts' files.
    """
    ledger, base = whole.ledger, whole.ground
    ledger.leave_the_rest(NOT_IN_PARTS)
    if whole.nomis is not None:
        _note_bare(ledger, whole.nomis, base, sums)
    made = Demand(pd.DataFrame(columns=list(DEMAND_COLUMNS)), "measured", "measured", ROUTE_BDUK)
    coverage = coverage_table(whole.coverage, ledger)
    parts = Ingredients(
        base, made, sums, whole.coverage, whole.full_fibre, whole.gigabit,
        deficit(None, None, base.areas, parameters), whole.deprivation, site_rows, office_rows,
    )  # fmt: skip
    small = area_gaps(parts, ledger)
    large = district_gaps(parts, small, ledger)
    closing = close_accounts(ledger, whole.gathered, set())

    def layer(name: str, frame: pd.DataFrame | None, more: Any = ()) -> Layer | None:
        if frame is None or (frame.empty and not more):
            return None
        sources = tuple(sorted({*ledger.sources([frame]), *more}, key=lambda s: s.path))
        quality = tuple(r.quality() for r in closing.readings if r.source in sources)
        return Layer(name, frame, sources, quality)

    shares = [s.src for s in (whole.full_fibre, whole.gigabit) if s is not None]
    of_demand = (*ledger.used(*DEMAND_FORMATS), *ledger.files(shares))
    districts, areas = layer("districts", base.districts), layer("areas", base.areas)
    if districts is None or areas is None:
        raise AssertionError("a study has districts and areas")
    units = None if whole.nomis is None else pd.DataFrame({"src": []})
    return Evidence(
        districts=districts,
        areas=areas,
        demand=layer("demand", made.frame, of_demand),
        sites=layer("sites", site_rows),
        offices=layer("offices", office_rows),
        stops=None,
        businesses=layer("businesses", units, ledger.used("nomis_businesses")),
        constituencies=layer("constituencies", constituencies_of(base, whole.full_fibre)),
        coworking=None,
        masts=None,
        fibre=None,
        streets=None,
        terrain=None,
        coverage=coverage,
        district_gaps=large,
        area_gaps=small,
        ward_gaps=ward_gaps(small, base.area_ward),
        sources=closing.sources,
        quality=tuple(r.quality() for r in closing.readings),
        notes=tuple(ledger.notes),
        postcodes=layer("postcodes", whole.postcodes),
        fates=closing.fates,
        quarantine=closing.quarantine,
    )


def _note_bare(ledger: Ledger, nomis: NomisCounts, base: Ground, sums: AreaSums) -> None:
    """Note how many MSOAs have units and no premises."""
    with_points = sums.areas.index[sums.areas["premises"].notna()]
    named = set(base.area_msoa.reindex(with_points))
    units = nomis.frame["units"]
    bare = units.index[(units > 0) & ~units.index.isin(named)]
    if len(bare):
        ledger.note(bare_note(len(bare)))
