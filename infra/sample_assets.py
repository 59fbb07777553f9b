"""Councils' land and building registers of the practice county, and energy certificates.

Three districts publish, each in another layout that real councils use for the Transparency Code,
with the faults such lists have: two headers that stand twice, a line break inside a cell, a byte
outside ASCII, a repeated UPRN, a vacant row with the outward postcode only, swapped coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.sample_streets import Premises
from infra.sample_world import Areas, Plane, rng_of
from layers.grid import to_lonlat

__all__ = ["REGISTER_DISTRICTS", "Registers", "make_registers", "write_registers"]

Ints = NDArray[np.int64]

# positions of the districts that publish a register
REGISTER_DISTRICTS = (0, 2, 3)
OFFICE_NAMES = (
    "Civic Offices",
    "Neighbourhood Office",
    "Practice House Offices",
    "Business Centre",
    "Town Hall",
    "Depot Office",
)
OTHER_NAMES = (
    "Community Hall",
    "Pavilion",
    "Depot",
    "Public Toilets",
    "Park",
    "Allotments",
    "Car Park",
)
LAND = frozenset({"Park", "Allotments", "Car Park"})
EVERY_SIXTH = 6
ENERGY_BANDS = np.array(list("ABCDEFG"))
ENERGY_SHARES = (0.03, 0.12, 0.28, 0.28, 0.17, 0.07, 0.05)


@dataclass(frozen=True)
class Registers:
    """The registers' rows, and the certificates of some of their buildings.

    `assets` has the canonical columns of `layers.formats.asset_register`, and `district` (position),
    `office` and `vacant`; `certificates` those of `layers.formats.epc_non_domestic`.
    """

    assets: pd.DataFrame
    certificates: pd.DataFrame


def _rows(
    plane: Plane, premises: Premises, areas: Areas, district: int, name: str, seed: int
) -> pd.DataFrame:
    rng = rng_of(seed, 20 + district)
    frame = premises.frame
    members = np.flatnonzero(areas.lad[frame["area"].to_numpy()] == district)
    offices = 24 + round(len(members) / 1_500)
    count = min(offices + round(1.5 * offices), len(members))
    index = np.sort(rng.choice(members, count, replace=False))
    at = frame.iloc[index].reset_index(drop=True)
    office = np.zeros(count, dtype=bool)
    office[rng.choice(count, offices, replace=False)] = True
    order = np.cumsum(office) - 1
    vacant = office & (order % EVERY_SIXTH == 2)
    what = np.where(
        office,
        np.array(OFFICE_NAMES)[order % len(OFFICE_NAMES)],
        np.array(OTHER_NAMES)[np.arange(count) % len(OTHER_NAMES)],
    )
    land = np.isin(what, sorted(LAND))
    spare_land = land & (rng.random(count) < 0.15)  # vacant, but no office
    surplus = vacant & (order // EVERY_SIXTH % 3 == 1)
    let = ~vacant & ~spare_land & (rng.random(count) < 0.2)
    detail = np.where(let, "Leasehold", "Occupied by local authority")
    detail = np.where(vacant | spare_land, "Vacant", detail)
    area = np.round(np.clip(rng.lognormal(6.6, 0.75, count), 90, 9_000), 1)
    east, north = at["easting"].to_numpy(float), at["northing"].to_numpy(float)
    central = np.hypot(east - plane.centre[0], north - plane.centre[1])
    area = np.where(central < 0.3 * plane.radius_m, np.round(1.4 * area, 1), area)
    leasehold = rng.random(count) < 0.18
    return pd.DataFrame(
        {
            "organisation": f"Practice Council of {name}",
            "asset_id": [f"{name[:3].upper()}{i + 1:05d}" for i in range(count)],
            "uprn": at["uprn"].map("{:012d}".format),
            "name": [f"{name} {w} {i + 1}" for i, w in enumerate(what)],
            "street": [f"Practice Street {n}" for n in at["line"]],
            "town": name,
            "postcode": premises.postcodes["postcode"].to_numpy()[at["postcode"].to_numpy()],
            "easting": at["easting"].round().astype("int64"),
            "northing": at["northing"].round().astype("int64"),
            "tenure": np.where(leasehold, "Leasehold", "Freehold"),
            "tenure_detail": np.where(surplus, "Surplus", detail),
            "other_detail": np.where(office, "Offices", what),
            "holding": np.where(land, "Land", np.where(office, "Offices", "Buildings")),
            "floor_area_m2": np.where(land, np.nan, area),
            "energy_band": np.where(
                land | (rng.random(count) < 0.4),
                "",
                rng.choice(ENERGY_BANDS, count, p=ENERGY_SHARES),
            ),
            "effective_date": "2025-06-30",
            "district": district,
            "office": office,
            "vacant": vacant,
        }
    )


def _certificates(assets: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Give some buildings an energy certificate, a few an older one besides."""
    rng = rng_of(seed, 30)
    buildings = assets[assets["holding"] != "Land"].reset_index(drop=True)
    held = buildings[rng.random(len(buildings)) < np.where(buildings["office"], 0.65, 0.25)]
    older = held[rng.random(len(held)) < 0.12]
    both = pd.concat([held, older], ignore_index=True)
    old = np.arange(len(both)) >= len(held)
    years = np.where(old, 2012, rng.integers(2017, 2026, len(both)))
    months, days = rng.integers(1, 7, len(both)), rng.integers(1, 28, len(both))
    band = rng.choice(ENERGY_BANDS, len(both), p=ENERGY_SHARES).astype(object)
    lower = rng.random(len(both)) < 0.1  # some councils' assessors wrote a small letter
    return pd.DataFrame(
        {
            "certificate": [
                f"9999-{i % 10_000:04d}-{i // 10_000:04d}-0000-9999"
                for i in range(1, len(both) + 1)
            ],
            "uprn": both["uprn"].where(rng.random(len(both)) >= 0.08, ""),
            "postcode": both["postcode"],
            "property_type": np.where(
                both["office"],
                "B1 Offices and Workshop businesses",
                "D1 Non-residential Institutions",
            ),
            "rating_band": np.where(lower, pd.Series(band).str.lower(), band),
            "floor_area_m2": both["floor_area_m2"].round(),
            "lodged": [f"{y}-{m:02d}-{d:02d}" for y, m, d in zip(years, months, days, strict=True)],
        }
    )


def make_registers(
    plane: Plane, premises: Premises, areas: Areas, names: tuple[str, ...], seed: int
) -> Registers:
    """Make the registers of three districts; about one office in six is vacant or surplus."""
    assets = pd.concat(
        [_rows(plane, premises, areas, d, names[d], seed) for d in REGISTER_DISTRICTS],
        ignore_index=True,
    )
    return Registers(assets, _certificates(assets, seed))


def _with_repeated_headers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the layout that names organisation and label twice; grid coordinates."""
    rows = rows.reset_index(drop=True).copy()
    rows["easting"] = rows["easting"].astype("Int64")
    rows["northing"] = rows["northing"].astype("Int64")
    vacant = np.flatnonzero(rows["vacant"])
    rows.loc[vacant[-1], "postcode"] = rows.loc[vacant[-1], "postcode"].split()[0]
    rows.loc[vacant[-1], ["name", "uprn", "street"]] = ""
    rows.loc[vacant[-1], ["easting", "northing"]] = pd.NA
    kept = np.flatnonzero(~rows["vacant"])
    rows.loc[kept[1], "name"] = rows.loc[kept[1], "name"] + "\nand Annexe"
    rows.loc[kept[2], "name"] = rows.loc[kept[2], "name"] + " and Caf\u00e9"
    rows.loc[kept[4], "uprn"] = rows.loc[kept[3], "uprn"]
    rows.loc[kept[5::3], "postcode"] = ""
    rows.loc[vacant[0], "tenure_detail"] = "VACANT"
    table = pd.DataFrame({"code": "99Q1", "label": rows["organisation"]})
    columns = ["uprn", "asset_id", "name", "street", "town", "postcode", "easting", "northing"]
    columns += ["tenure", "tenure_detail", "holding"]
    table = pd.concat([table, table, rows[columns]], axis=1)
    table.columns = pd.Index(
        [
            *("Organisation", "OrganisationLabel", "Organisation", "OrganisationLabel", "UPRN"),
            *("AssetCode", "PropertyName", "StreetName", "PostTown", "PostCode", "GeoX", "GeoY"),
            *("TenureType", "TenureDetail", "HoldingType"),
        ]
    )
    return table


def _national_schema(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the full national layout: degrees, floor area and energy rating."""
    rows = rows.reset_index(drop=True)
    longitude, latitude = to_lonlat(
        rows["easting"].to_numpy(float), rows["northing"].to_numpy(float)
    )
    x, y = [[f"{value:.7f}" for value in values] for values in (longitude, latitude)]
    kept = np.flatnonzero(~rows["vacant"])
    x[kept[0]], y[kept[0]] = y[kept[0]], x[kept[0]]
    placed = ~np.isin(np.arange(len(rows)), kept[3::7])
    return pd.DataFrame(
        {
            "OrganisationLabel": rows["organisation"],
            "OrganisationURI": "",
            "EffectiveDate": rows["effective_date"],
            "UPRN": rows["uprn"].where(placed, ""),
            "AssetCode": rows["asset_id"],
            "PropertyName": rows["name"],
            "StreetNumber": "",
            "StreetName": rows["street"],
            "PostTown": rows["town"],
            "PostCode": rows["postcode"],
            "CoordinateReferenceSystem": np.where(placed, "WGS84", ""),
            "GeoX": np.where(placed, x, ""),
            "GeoY": np.where(placed, y, ""),
            "TenureType": rows["tenure"],
            "TenureDetail": rows["tenure_detail"],
            "OtherDetail": rows["other_detail"],
            "HoldingType": np.where(rows["holding"] == "Land", "Land", "Buildings"),
            "BuildingSize": rows["floor_area_m2"],
            "LandArea": "",
            "EnergyRating": rows["energy_band"],
        }
    )


def _spaced_headers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the short layout, some of whose headers have spaces; grid coordinates."""
    surplus = rows["tenure_detail"] == "Surplus"
    return pd.DataFrame(
        {
            "Organisation": rows["organisation"],
            "Organisation Label": "99Q4",
            "UPRN": rows["uprn"],
            "AssetCode": rows["asset_id"],
            "Site Address": rows["name"] + " " + rows["street"] + " " + rows["town"],
            "GeoX": rows["easting"],
            "GeoY": rows["northing"],
            "TenureType": rows["tenure"].str.replace("Leasehold", "Leashold"),
            "Tenure Detail": rows["tenure_detail"].where(~surplus, "Occupied by local authority"),
            "Holding Type": np.where(surplus, "Buildings Declared Surplus", rows["holding"]),
        }
    )


def write_registers(assets: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the three registers as their councils publish them.

    The canonical writer has one layout; these are the layouts, faults and all, of real lists.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plans = (
        (
            "ashmere_council_land_and_assets_2025-06-30.csv",
            _with_repeated_headers,
            "cp1252",
            "\r\n",
        ),
        ("coldharrow_land_and_building_assets_2025-06-30.csv", _national_schema, "utf-8", "\n"),
        (
            "dunmarsh_local_authority_land_and_assets_2025-06-30.csv",
            _spaced_headers,
            "utf-8",
            "\r\n",
        ),
    )
    paths = []
    for district, (name, layout, encoding, newline) in zip(REGISTER_DISTRICTS, plans, strict=True):
        path = folder / name
        rows = layout(assets[assets["district"] == district])
        rows.to_csv(path, index=False, encoding=encoding, lineterminator=newline)
        paths.append(path)
    with paths[-1].open("ab") as stream:  # lists kept in spreadsheets end in blank rows
        stream.write(b",,,,,,,,,\r\n" * 2)
    return paths
