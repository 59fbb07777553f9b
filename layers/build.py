"""From gathered readings to evidence: every layer of a study, and every row accounted for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.area_facts import area_facts
from layers.boundaries import Ground, ground
from layers.businesses import businesses
from layers.coverage import coverage_rows, coverage_table
from layers.deprivation import deprivation
from layers.district_codes import bridged as bridge_districts
from layers.errors import Fault, InputError
from layers.evidence import Evidence
from layers.fibre import listed_fibre
from layers.full_fibre import AreaShare, allocate
from layers.gaps import Ingredients, area_gaps, area_sums, district_gaps
from layers.gather import FileFate, Gathered
from layers.heights import heights as height_rasters
from layers.ledger import Ledger, apart, newest_first
from layers.map_context import map_context
from layers.masts import listed_masts, masts
from layers.membership import Lookups
from layers.mobile_5g import deficit
from layers.mobile_checks import mobile_checks
from layers.offices import offices
from layers.osm_streets import ExtractStreets, extract_streets
from layers.parameters import Parameters
from layers.positions import Positions, positions
from layers.postcodes import Gazetteer, gazetteer, postcodes
from layers.premises import DEMAND_FORMATS, demand
from layers.projects import projects
from layers.quotes import settle_quotes
from layers.raster_checks import Kind
from layers.rating_list import RatingList
from layers.reading import with_lines
from layers.reasons import code_of
from layers.schemas import LayerError, check_layers, frames_of
from layers.signal_points import signal_points
from layers.sites import Places, resolve, sites
from layers.source import QUARANTINE_COLUMNS, Layer, Reading, SourceFile
from layers.street_assets import listed_assets, street_assets
from layers.streets import streets
from layers.terrain import terrain
from layers.transport import stops, telecom
from layers.ward_gaps import ward_gaps

__all__ = ["Closing", "StudyArea", "build", "close_accounts", "constituencies_of", "offices_of"]

RASTERS: tuple[Kind, ...] = ("surface", "terrain", "signal")


@dataclass(frozen=True)
class StudyArea:
    """The area of a study: its code, its name and the codes of its districts."""

    code: str
    name: str
    districts: tuple[str, ...]


def build(
    gathered: Gathered,
    area: StudyArea,
    parameters: Parameters,
    as_of: date,
    read_streets: Callable[[Path, str], ExtractStreets] = extract_streets,
) -> Evidence:
    """Make every layer that the study's files allow.

    Parameters
    ----------
    gathered
        What `gather` returned; its faults are not looked at here.
    area
        The study area.
    parameters
        The register in force.
    as_of
        The study's only clock: ages of evidence come from it.
    read_streets
        Reads the streets of an OpenStreetMap extract, or knows them already.

    Returns
    -------
    Evidence
        Layers without a source are `None`. Each file's quality is after the study's own filter.

    Raises
    ------
    InputError
        Where there is no ground to stand on: districts or small areas without boundaries.
    LayerError
        With every rule that some layer breaks of those that `layers/schemas.py` declares.
    """
    made = _evidence(gathered, area, parameters, as_of, read_streets)
    checked = check_layers(frames_of(made))
    faults = [fault for layer in checked for fault in layer.faults]
    if faults:
        raise LayerError(faults)
    return replace(made, checked=checked)


def _evidence(
    gathered: Gathered,
    area: StudyArea,
    parameters: Parameters,
    as_of: date,
    read_streets: Callable[[Path, str], ExtractStreets],
) -> Evidence:
    if not area.districts:
        raise InputError(
            Fault(
                "study.toml",
                f"the area {area.code} names no districts",
                "list the codes of its districts",
            )
        )
    ledger = _ledger(gathered, area)
    base = ground(ledger, Lookups(ledger), area.districts)
    rows, active = coverage_rows(ledger, base, area.code, area.name)
    shares = {m: allocate(rows, base, m) for m in ("full_fibre_pct", "gigabit_pct")}
    for share in shares.values():
        if share is not None:
            ledger.note(share.note)
    places, posts, where = gazetteer(ledger), postcodes(ledger, base), positions(ledger)
    made = demand(
        ledger, base, posts, where, places, shares["full_fibre_pct"], shares["gigabit_pct"]
    )
    points = made.frame if made is not None else None
    units = businesses(ledger, base, points, posts, places, active, parameters)
    registers = resolve(ledger, base, where, places)
    site_rows = sites(registers) if registers is not None else None
    rating = RatingList(ledger)
    office_rows = offices_of(ledger, registers, parameters, as_of, rating)
    checks, planned = _at_addresses(ledger, base, where, places, site_rows)
    own_fibre = listed_fibre(ledger, base, parameters)
    network = streets(ledger, gathered.looks, base, parameters, own_fibre, read_streets)
    listed = listed_assets(ledger, base, parameters)
    own_masts = listed_masts(ledger, base, parameters)
    osm = telecom(ledger, base, parameters, listed, own_masts, own_fibre)
    assets = street_assets(listed, osm.get("street_assets"))
    signals = signal_points(ledger, base, parameters)
    mast_rows = masts(base, parameters, own_masts, osm.get("masts"), rating, places)
    rating.settle()
    heights = terrain(ledger, gathered.looks, base, parameters)
    surface, bare, signal = (
        height_rasters(ledger, gathered.looks, base, parameters, kind) for kind in RASTERS
    )
    drawn, stop_rows = map_context(ledger, gathered.looks, base), stops(ledger, base, parameters)
    deprived = deprivation(ledger, base)
    circuits = _site_register(ledger, site_rows, as_of)
    settle_quotes(ledger, parameters, as_of)
    facts = area_facts(ledger, base, points, signal, parameters)
    far = deficit(points, mast_rows, base.areas, parameters)
    coverage = coverage_table(rows, ledger)
    ingredients = Ingredients(
        base,
        made,
        area_sums(points, units, base.areas),
        rows,
        shares["full_fibre_pct"],
        shares["gigabit_pct"],
        far,
        deprived,
        site_rows,
        office_rows,
        facts,
    )
    small = area_gaps(ingredients, ledger)
    large = district_gaps(ingredients, small, ledger)
    from_network = (*(network.sources if network is not None else ()), *drawn.sources)
    closing = close_accounts(ledger, gathered, {source.src for source in from_network})

    def layer(
        name: str, frame: pd.DataFrame | None, more: tuple[SourceFile, ...] = ()
    ) -> Layer | None:
        if frame is None or frame.empty:
            return None
        sources = tuple(sorted({*ledger.sources([frame]), *more}, key=lambda s: s.path))
        quality = tuple(r.quality() for r in closing.readings if r.source in sources)
        return Layer(name, frame, sources, quality)

    of_shares = ledger.files([s.src for s in shares.values() if s is not None])
    of_demand = (*ledger.used(*DEMAND_FORMATS), *of_shares)
    of_units = (*ledger.used("workplace_jobs", "nomis_businesses"), *ledger.sources([active]))
    districts, areas = layer("districts", base.districts), layer("areas", base.areas)
    if districts is None or areas is None:  # `ground` has refused a study without them
        raise AssertionError("a study has districts and areas")
    return Evidence(
        districts=districts,
        areas=areas,
        demand=layer("demand", points, of_demand),
        sites=layer("sites", site_rows),
        offices=layer("offices", office_rows),
        stops=layer("stops", stop_rows),
        businesses=layer("businesses", units, of_units),
        constituencies=layer("constituencies", constituencies_of(base, shares["full_fibre_pct"])),
        coworking=layer("coworking", osm.get("coworking")),
        masts=layer("masts", mast_rows),
        fibre=layer("fibre", osm.get("fibre") if own_fibre is None else own_fibre),
        streets=network,
        terrain=heights,
        coverage=coverage,
        district_gaps=large,
        area_gaps=small,
        ward_gaps=ward_gaps(small, base.area_ward),
        sources=closing.sources,
        quality=tuple(r.quality() for r in closing.readings),
        notes=tuple(ledger.notes),
        site_register=layer("site_register", circuits),
        signal_points=layer("signal_points", signals),
        street_assets=layer("street_assets", assets),
        surface=surface,
        bare_earth=bare,
        projects=layer("projects", planned),
        postcodes=layer("postcodes", posts),
        mobile_checks=layer("mobile_checks", checks),
        self_employed=layer("self_employed", facts.self_employed, of_demand),
        jobs=layer("jobs", facts.jobs, of_demand),
        water=layer("water", drawn.water, drawn.sources),
        place_names=layer("place_names", drawn.places, drawn.sources),
        signal=signal,
        fates=closing.fates,
        quarantine=closing.quarantine,
    )


def _ledger(gathered: Gathered, area: StudyArea) -> Ledger:
    """Open the account of a study, its files on local authorities under the study's own codes."""
    readings, said, bridged = bridge_districts(gathered.readings, area.districts)
    ledger = Ledger(readings)
    for text in said:
        ledger.note(text)
    for reading in ledger.of("code_changes"):
        if bridged:
            ledger.settle(reading)
        else:
            ledger.leave(
                reading, "no file of the study has its local authorities under other codes"
            )
    return ledger


def _at_addresses(
    ledger: Ledger,
    base: Ground,
    where: Positions,
    places: Gazetteer,
    site_rows: pd.DataFrame | None,
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Return what else stands at UPRNs, saved answers and projects; then no UPRN is asked for."""
    checks = mobile_checks(ledger, base, where, places)
    planned = projects(ledger, base, where, site_rows)
    where.settle(ledger, base)
    return checks, planned


def offices_of(
    ledger: Ledger,
    registers: Places | None,
    parameters: Parameters,
    as_of: date,
    rating: RatingList,
) -> pd.DataFrame | None:
    """Return the candidate buildings; files that only tell of such are left out where there are none."""
    if registers is None:
        for key in ("epc_non_domestic", "display_energy", "rates_empties", "visit_sheet"):
            for reading in ledger.of(key):
                ledger.leave(reading, "no register of public-sector places to join it to")
        return None
    return offices(ledger, registers, parameters, as_of, rating)


def constituencies_of(base: Ground, share: AreaShare | None) -> gpd.GeoDataFrame | None:
    """Return the constituencies that full fibre was published for, else the newest there are."""
    levels = sorted(base.constituencies)
    if not levels:
        return None
    level = share.level if share is not None and share.level in levels else levels[-1]
    frame = base.constituencies[level].sort_values("id", ignore_index=True)
    return frame.assign(level=level)


def _site_register(
    ledger: Ledger, site_rows: pd.DataFrame | None, as_of: date
) -> pd.DataFrame | None:
    """Return the officer's own register of circuits for places of the study, with months left."""
    known = set(site_rows["uprn"].dropna()) if site_rows is not None else set()
    parts: list[pd.DataFrame] = []
    seen: set[int] = set()
    for reading in newest_first(ledger.of("site_register")):
        uprn = pd.to_numeric(reading.frame["uprn"], errors="coerce").fillna(0).astype("int64")
        reasons = np.full(len(uprn), "", dtype=object)
        reasons[(uprn.isin(seen) | uprn.duplicated()).to_numpy()] = "same UPRN in another row"
        reasons[~uprn.isin(known).to_numpy()] = "no public-sector place of the study has its UPRN"
        reasons[(uprn == 0).to_numpy()] = "no UPRN to join by"
        ledger.settle(apart(reading, reasons))
        rows = reading.frame.assign(id="uprn:" + uprn.astype("str"), uprn=uprn).loc[reasons == ""]
        seen |= set(rows["uprn"])
        parts += [rows] if len(rows) else []
    if not parts:
        return None
    whole: pd.DataFrame = pd.concat(parts, ignore_index=True)
    # a register without a date says nothing of how long is left
    ends = pd.to_datetime(whole.get("contract_end", pd.Series("", whole.index)), errors="coerce")
    months = 12 * (ends.dt.year - as_of.year) + ends.dt.month - as_of.month
    whole = whole.assign(months_left=months.astype("float64"))
    return whole.sort_values("id", ignore_index=True)


@dataclass(frozen=True)
class Closing:
    """Every reading, file and rejected row as it ended."""

    readings: tuple[Reading, ...]
    sources: tuple[SourceFile, ...]
    fates: tuple[FileFate, ...]
    quarantine: pd.DataFrame


def close_accounts(ledger: Ledger, gathered: Gathered, also_used: set[str]) -> Closing:
    """Settle what is left, and say for every file and every row what became of it."""
    final, left = ledger.close()
    for digest in list(left):
        if digest[:8] in also_used:
            del left[digest]
    by_path = {r.source.path: r for r in (*final, *gathered.left)}
    fates = tuple(_final_fate(fate, by_path, left) for fate in gathered.fates)
    readings = tuple(by_path[path] for path in sorted(by_path))
    used = {fate.name for fate in fates if fate.status == "used"}
    sources = tuple(r.source for r in readings if r.source.path in used)
    return Closing(readings, sources, fates, _quarantine(readings, gathered))


def _final_fate(
    fate: FileFate, by_path: Mapping[str, Reading], left: Mapping[str, str]
) -> FileFate:
    reading = by_path.get(fate.name)
    if reading is None:
        return fate
    quality = reading.quality()
    reason = left.get(reading.source.sha256, "")
    if fate.status == "used" and reason:
        return replace(fate, status="not used", reason=reason, quality=quality)
    return replace(fate, quality=quality)


def _quarantine(readings: tuple[Reading, ...], gathered: Gathered) -> pd.DataFrame:
    """Return all rejected rows with their physical line where the file is delimited text."""
    parts = []
    for reading in readings:
        if not len(reading.quarantine):
            continue
        src = reading.source.src
        look = gathered.looks.get(src)
        if look is not None and look.kind == "csv":
            part = with_lines(look, reading, headerless=src in gathered.headerless)
        else:
            part = reading.quarantine.assign(
                line=pd.array([pd.NA] * len(reading.quarantine), dtype="Int64")
            )
        parts.append(part.astype({"value": "str", "column": "str"}))
    columns = ["file", "src", "record", "line", "code", "reason", "column", "value"]
    if not parts:
        return pd.DataFrame(columns=columns)
    missing = set(QUARANTINE_COLUMNS) - set(columns)
    if missing:
        raise AssertionError(f"quarantine columns without a place: {sorted(missing)}")
    whole = pd.concat(parts, ignore_index=True)
    whole["code"] = whole["reason"].map(code_of).astype("str")
    whole = whole[columns]
    return whole.sort_values(["file", "record"], kind="stable", ignore_index=True)
