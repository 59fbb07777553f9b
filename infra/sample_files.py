"""Geography, postcodes, places and context of the practice county, in their publishers' formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.sample_assets import Registers, write_registers
from infra.sample_context import Drawn
from infra.sample_ofcom import County
from infra.sample_places import Places
from infra.sample_radio import ground_m
from infra.sample_streets import FIRST_UPRN, ways_of
from infra.sample_world import DISTRICT_NAMES, Plane, rng_of
from layers.formats import load

__all__ = ["tile_name", "write_context", "write_geography", "write_places", "write_terrain"]

Floats = NDArray[np.float64]

TILE_M, CELL_M = 10_000, 50
TERRAIN_MARGIN_M = 500.0
FIRST_OTHER_UPRN = 900_900_000_000
HOUSEHOLD_SHARE = 0.93


def write_geography(county: County, folder: Path) -> list[Path]:
    """Write boundaries, lookups, postcodes and UPRNs."""
    frame = county.areas.frame
    boundaries = folder / "boundaries"
    lsoa = pd.DataFrame(
        {"id": frame["code"], "name": frame["name"], "geometry": county.areas.geometry}
    )
    layers = (
        (lsoa, "LSOA21", "Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW_BFC_V10"),
        (county.areas.merged("lad"), "LAD25", "Local_Authority_Districts_December_2025_Boundaries_UK_BFC"),
        (county.areas.merged("pcon"), "PCON24", "Westminster_Parliamentary_Constituencies_July_2024_Boundaries_UK_BFC"),
        (county.areas.merged("cauth"), "CAUTH25", "Combined_Authorities_December_2025_Boundaries_EN_BFC"),
    )  # fmt: skip
    write = load("boundaries").write
    paths = [
        write(part, boundaries / f"{name}.geojson", level=level) for part, level, name in layers
    ]
    lookup = frame.rename(
        columns={
            "code": "lsoa21",
            "name": "lsoa21_name",
            "msoa": "msoa21",
            "msoa_name": "msoa21_name",
            "pcon": "pcon24",
            "pcon_name": "pcon24_name",
        }
    )
    for level, name in (
        ("ward", "LSOA21_WD25_LAD25_EW_LU"),
        ("pcon24", "LSOA21_PCON24_LAD25_EW_LU"),
        ("msoa21", "LSOA21_MSOA21_LAD25_EW_LU"),
    ):
        columns = ["lsoa21", "lsoa21_name", level, f"{level}_name", "lad", "lad_name"]
        path = folder / "lookups" / f"{name}.csv"
        paths.append(load("lookups").write(lookup[columns], path, year=2025))
    return paths + _postcodes(county, folder / "postcodes") + _uprns(county, folder / "uprn")


def _postcodes(county: County, folder: Path) -> list[Path]:
    """Write Code-Point Open and the ONS Postcode Directory, ended postcodes and one lost included."""
    rng = rng_of(county.seed, 11)
    postcodes, frame = county.premises.postcodes, county.areas.frame
    area = postcodes["area"].to_numpy()
    live = pd.DataFrame(
        {
            "postcode": postcodes["postcode"],
            "introduced": rng.choice(["198001", "199606", "201004", "202102"], len(postcodes)),
            "terminated": "",
            "usertype": np.where(postcodes["large"], "1", "0"),
            "easting": postcodes["easting"],
            "northing": postcodes["northing"],
            "lad": frame["lad"].to_numpy()[area],
            "ward": frame["ward"].to_numpy()[area],
            "lsoa21": frame["code"].to_numpy()[area],
            "msoa21": frame["msoa"].to_numpy()[area],
            "pcon24": frame["pcon"].to_numpy()[area],
            "oa21": postcodes["oa"],
        }
    )
    # ended postcodes take the sector 0, which live ones here do not use
    chosen = np.sort(rng.choice(len(live), max(3, len(live) // 25), replace=False))
    ended = live.iloc[chosen].assign(
        postcode=[
            f"{outward} 0{inward[1:]}"
            for outward, inward in live["postcode"].iloc[chosen].str.split(" ")
        ],
        introduced="198001",
        terminated="201907",
        easting=live["easting"].iloc[chosen] + 30,
    )
    ended = ended.drop_duplicates("postcode")
    lost = live.iloc[[0]].assign(
        postcode=f"{postcodes['outward'].iloc[0]} 0ZZ",
        usertype="1",
        easting=np.nan,
        northing=np.nan,
    )
    directory = pd.concat([live, ended, lost], ignore_index=True).sort_values(
        "postcode", kind="stable", ignore_index=True
    )
    paths = [load("onspd").write(directory, folder / "ONSPD_AUG_2025_UK.csv", year=2025)]
    points = pd.concat([live, lost], ignore_index=True).assign(quality=10)
    points.loc[points["easting"].isna(), "quality"] = 90
    points = points.sort_values("postcode", kind="stable", ignore_index=True)
    letters = points["postcode"].str.extract(r"^([A-Z]+)", expand=False)
    for letter in np.unique(letters):
        path = folder / "codepo_gb_2025-08" / f"{str(letter).lower()}.csv"
        paths.append(load("code_point_open").write(points[letters == letter], path))
    return paths


def _uprns(county: County, folder: Path) -> list[Path]:
    """Write OS Open UPRN: every premises, and one in thirty that are none (masts, shells)."""
    rng = rng_of(county.seed, 12)
    frame, streets = county.premises.frame, county.streets
    other = rng.integers(0, len(streets.easting), max(5, len(frame) // 30))
    table = pd.DataFrame(
        {
            "uprn": np.concatenate([frame["uprn"], FIRST_OTHER_UPRN + np.arange(len(other))]),
            "easting": np.concatenate([frame["easting"], streets.easting[other]]),
            "northing": np.concatenate([frame["northing"], streets.northing[other]]),
        }
    ).sort_values("uprn", kind="stable", ignore_index=True)
    if not (table["uprn"].iloc[0] < FIRST_UPRN < table["uprn"].iloc[-1]):
        raise AssertionError("the UPRN blocks are out of order")
    return [load("open_uprn").write(table, folder / "osopenuprn_202508.csv")]


def write_places(
    places: Places, stops: pd.DataFrame, registers: Registers, folder: Path
) -> list[Path]:
    """Write public-sector places, stops, councils' registers and energy certificates."""
    sites = folder / "sites"
    return [
        load("schools").write(places.schools, sites / "edubasealldata20250801.csv"),
        load("gp_practices").write(places.gp_practices, sites / "gp_practices_2025-08-01.csv"),
        load("libraries").write(places.libraries, sites / "libraries_2016.csv"),
        load("hospitals").write(places.hospitals, sites / "Hospital_2025.csv"),
        load("naptan").write(stops, folder / "naptan" / "Stops_2025-08-01.csv"),
        load("epc_non_domestic").write(
            registers.certificates, folder / "property" / "non-domestic-certificates_2025-08.csv"
        ),
        *write_registers(registers.assets, folder / "property"),
    ]


def write_context(
    county: County, features: pd.DataFrame, businesses: pd.DataFrame, drawn: Drawn, folder: Path
) -> list[Path]:
    """Write households, deprivation, businesses and the OpenStreetMap extract."""
    frame = county.areas.frame
    number = np.bincount(county.premises.frame["area"].to_numpy(), minlength=len(frame))
    households = pd.DataFrame(
        {
            "lsoa21": frame["code"],
            "name": frame["name"],
            "households": np.round(number * HOUSEHOLD_SHARE).astype(np.int64),
        }
    )
    imd = pd.concat(
        [
            frame[["code", "name", "lad", "lad_name"]].rename(columns={"code": "area_id"}),
            county.truth.imd,
        ],
        axis=1,
    ).assign(edition="2025")
    nodes, ways = ways_of(county.streets)
    nodes, ways, features = (
        pd.concat(pair, ignore_index=True)
        for pair in ((nodes, drawn.nodes), (ways, drawn.ways), (features, drawn.features))
    )
    return [
        load("households").write(households, folder / "census" / "census2021-households-lsoa.csv"),
        load("imd").write(imd, folder / "deprivation" / "File_1_IoD2025_Index_of_Multiple_Deprivation.csv"),
        load("nomis_businesses").write(businesses, folder / "business" / "nomis_local_units_2025.csv"),
        load("osm_xml").write(nodes, ways, features, folder / "osm" / "streets.osm"),
    ]  # fmt: skip


def tile_name(easting: float, northing: float) -> str:
    """Return the name of the 10 km square that a position is in.

    Letters follow the Ordnance Survey's grid: squares of 500 km, then of 100 km, from the north
    west, without the letter I.

    Examples
    --------
    >>> tile_name(400_000, 300_000)
    'SK00'
    """
    letters = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
    east, north = int(easting // 100_000), int(northing // 100_000)
    first = (3 - north // 5) * 5 + east // 5 + 2
    second = (4 - north % 5) * 5 + east % 5
    ten = f"{int(easting // TILE_M) % 10}{int(northing // TILE_M) % 10}"
    return letters[first] + letters[second] + ten


def write_terrain(county: County, plane: Plane, folder: Path) -> list[Path]:
    """Write heights of gentle hills, a tile for each 10 km square that the county touches."""
    x, y = county.streets.easting, county.streets.northing
    west, east = (
        int((v + d) // TILE_M)
        for v, d in ((x.min(), -TERRAIN_MARGIN_M), (x.max(), TERRAIN_MARGIN_M))
    )
    south, north = (
        int((v + d) // TILE_M)
        for v, d in ((y.min(), -TERRAIN_MARGIN_M), (y.max(), TERRAIN_MARGIN_M))
    )
    half = np.arange(TILE_M // CELL_M) * CELL_M + CELL_M / 2
    paths = []
    for column in range(west, east + 1):
        for row in range(south, north + 1):
            corner = (column * TILE_M, row * TILE_M)
            grid_x, grid_y = np.meshgrid(corner[0] + half, corner[1] + half[::-1])
            flat = ground_m(plane, grid_x.ravel(), grid_y.ravel(), county.seed)
            heights = flat.reshape(grid_x.shape)
            name = tile_name(*corner)
            path = folder / "terrain" / f"{name}.asc"
            tile = pd.DataFrame(
                {
                    "tile": [name],
                    "easting_min": corner[0],
                    "northing_min": corner[1],
                    "cell_size_m": CELL_M,
                    "columns": heights.shape[1],
                    "rows": heights.shape[0],
                }
            )
            paths.append(load("terrain_asc").write(tile, path, heights=heights))
    return paths


def districts(county: County) -> tuple[tuple[str, str], ...]:
    """Return the code and name of each district."""
    codes = np.unique(county.areas.frame["lad"].to_numpy())
    return tuple(zip((str(c) for c in codes), DISTRICT_NAMES, strict=True))
