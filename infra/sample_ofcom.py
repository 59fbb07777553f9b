"""Coverage files of the practice county: Ofcom fixed and mobile, ONS series, BDUK premises."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from infra.sample_streets import FIRST_UPRN, Premises, Streets
from infra.sample_truth import RELEASES, Truth, coverage_table
from infra.sample_world import CAUTH, CAUTH_NAME, Areas, rng_of
from layers.formats import load

__all__ = ["County", "spoil", "write_coverage"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONTRACT, SUPPLIER = "Practice Lot 1 contract", "Practice Network Company"
# outdoor reach in metres at which any operator, then all four, count as covering a place
REACH_M = {"4g": (2_600.0, 1_500.0), "5g_high": (950.0, 520.0), "5g_very_high": (620.0, 300.0)}
INDOOR_REACH = 0.7
OPERATORS = 4
AHEAD_POINTS = 8.0  # what the practice country has over the practice county
ONS_RELEASES = ("2024-07", "2025-07")


@dataclass(frozen=True)
class County:
    """Everything the writers need, made once."""

    areas: Areas
    streets: Streets
    premises: Premises
    truth: Truth
    masts: pd.DataFrame
    seed: int


def spoil(path: Path, edits: Mapping[int, Mapping[str, str]], *, encoding: str = "utf-8") -> None:
    """Overwrite cells of a delimited file that has no line break inside a cell.

    Parameters
    ----------
    path
        The file; all its other bytes stay as they are.
    edits
        Ordinal of the data row, from 1, to header and new cell.
    encoding
        Of the file, for the edited lines.
    """
    lines = path.read_bytes().splitlines(keepends=True)
    header = next(csv.reader([lines[0].decode(encoding).lstrip("\ufeff")]))
    for row, cells in edits.items():
        line = lines[row].decode(encoding)
        ending = line[len(line.rstrip("\r\n")) :]
        values = next(csv.reader([line.rstrip("\r\n")]))
        for name, cell in cells.items():
            values[header.index(name)] = cell
        out = io.StringIO()
        csv.writer(out, lineterminator=ending).writerow(values)
        lines[row] = out.getvalue().encode(encoding)
    path.write_bytes(b"".join(lines))


def write_coverage(county: County, folder: Path) -> list[Path]:
    """Write all coverage files below a folder; return their paths."""
    return [
        *_fixed(county, folder / "ofcom"),
        *_nations(county, folder / "nations"),
        *_fixed_postcodes(county, folder / "ofcom" / "postcode_files"),
        *_mobile_and_series(county, folder),
        *_bduk(county, folder / "bduk"),
    ]


def _lads(areas: Areas) -> pd.DataFrame:
    names: pd.Series[str] = areas.frame.groupby("lad", sort=True)["lad_name"].first()
    return names.reset_index()


def _fixed(county: County, folder: Path) -> list[Path]:
    """Write constituencies and local authorities, release by release.

    The newest release by local authority comes twice: in r01 one district has the counts of the
    year before, which r02 corrects.
    """
    frame = county.areas.frame
    area = county.premises.frame["area"].to_numpy()
    write = load("ofcom_fixed").write
    paths = []
    for level, column in (("pcon", "pcon"), ("laua", "lad")):
        codes, where = np.unique(frame[column].to_numpy(), return_inverse=True)
        names = frame.groupby(column, sort=True)[f"{column}_name"].first().to_numpy()
        tables = []
        for release in RELEASES:
            table = coverage_table(county.truth, where[area], len(codes), release)
            table.insert(0, "area_id", codes)
            # the published constituency names are in capitals
            table.insert(1, "area_name", [n.upper() for n in names] if level == "pcon" else names)
            tables.append(table)
            revision = "r02" if level == "laua" and release == RELEASES[-1] else "r01"
            name = f"{release.replace('-', '')}_fixed_{level}_coverage_{revision}.csv"
            paths.append(write(table, folder / name, level=level))
        if level == "laua":
            early = tables[-1].copy()
            early.iloc[4] = tables[-2].iloc[4]
            name = f"{RELEASES[-1].replace('-', '')}_fixed_laua_coverage_r01.csv"
            paths.append(write(early, folder / name, level=level))
    return paths


def _nations(county: County, folder: Path) -> list[Path]:
    """Write the summary of the nations: England, a stated step ahead of the county (invented)."""
    whole = np.zeros(len(county.premises.frame), dtype=np.int64)
    rows = [
        {
            "area_name": "England", "premises_type": "All", "rurality": "All", "speed": speed,
            "share_pct": round(min(float(share) + AHEAD_POINTS, 99.0), 1),
            "premises": pd.NA, "period": f"{release}-01",
        }
        for release in RELEASES
        for table in [coverage_table(county.truth, whole, 1, release)]
        for speed, share in (
            ("Full fibre", table["full_fibre_pct"].iloc[0]),
            ("Gigabit", table["gigabit_pct"].iloc[0]),
        )
    ]  # fmt: skip
    name = f"{RELEASES[-1].replace('-', '')}_fixed_nations_summary.csv"
    return [load("ofcom_nations").write(pd.DataFrame(rows), folder / name)]


def _fixed_postcodes(county: County, folder: Path) -> list[Path]:
    """Write the newest release by postcode, one file a postcode area, with no full fibre.

    In r01 one area's file is a copy of another's; r02 corrects it. Postcodes where Ofcom knows
    fewer than four premises are withheld: blank, `N/A`, or a suppressed share.
    """
    postcodes = county.premises.postcodes
    table = coverage_table(
        county.truth,
        county.premises.frame["postcode"].to_numpy(),
        len(postcodes),
        RELEASES[-1],
    )
    table["area_id"] = table["area_name"] = postcodes["postcode"]
    few = table["premises"] < 4
    shares = [c for c in table.columns if c.endswith("_pct")]
    table.loc[few, shares] = np.nan
    letters = postcodes["outward"].str.extract(r"^([A-Z]+)", expand=False)
    month = RELEASES[-1].replace("-", "")
    write = load("ofcom_fixed").write
    paths = []
    parts = {str(letter): table[letters == letter] for letter in np.unique(letters)}
    first, second = list(parts)[:2]
    for letter, part in parts.items():
        early = parts[first] if letter == second else part
        name = f"{month}_fixed_postcode_coverage_r01_{letter}.csv"
        paths.append(write(early.iloc[:-1], folder / name, level="postcode"))
        path = write(
            part, folder / f"{month}_fixed_postcode_coverage_r02_{letter}.csv", level="postcode"
        )
        spoil(
            path,
            {
                2: {"% of premises unable to receive 30Mbit/s": "<4"},
                5: {"% of premises unable to receive 30Mbit/s": "N/A"},
            },
        )
        paths.append(path)
    return paths


def _shares(near: Floats, group: Ints, count: int, reach: float) -> Floats:
    total = np.bincount(group, minlength=count)
    reached = np.bincount(group[near <= reach], minlength=count)
    return np.round(100 * reached / np.maximum(total, 1), 2)


def _mobile(county: County) -> pd.DataFrame:
    """Return the share of premises and of land near enough to a mast, by district."""
    areas, streets = county.areas, county.streets
    tree = cKDTree(county.masts[["easting", "northing"]].to_numpy())
    homes = county.premises.frame
    distance = {
        "prem": np.asarray(tree.query(homes[["easting", "northing"]].to_numpy())[0]),
        # street nodes stand for the land: they lie evenly over it
        "geo": np.asarray(tree.query(np.column_stack([streets.easting, streets.northing]))[0]),
    }
    group = {
        "prem": areas.lad[homes["area"].to_numpy()],
        "geo": areas.lad[areas.of(streets.easting, streets.northing)],
    }
    lads = _lads(areas)
    table = lads.rename(columns={"lad": "area_id", "lad_name": "area_name"})
    known = county.truth.known
    table["premises"] = np.bincount(group["prem"][known], minlength=len(table))
    for tech, (any_m, all_m) in REACH_M.items():
        for measure in ("prem", "geo"):
            for place in ("in", "out") if tech == "4g" else ("out",):
                shrink = INDOOR_REACH if place == "in" else 1.0
                family = f"{tech}_{measure}_{place}"
                near, where = distance[measure], group[measure]
                table[f"{family}_any_pct"] = _shares(near, where, len(table), shrink * any_m)
                table[f"{family}_all_pct"] = _shares(near, where, len(table), shrink * all_m)
                table[f"{family}_all_operators"] = float(OPERATORS)
    return table


def _mobile_and_series(county: County, folder: Path) -> list[Path]:
    """Write the mobile file, and the ONS series that are made from the same numbers."""
    mobile = _mobile(county)
    month = RELEASES[-1].replace("-", "")
    paths = [
        load("ofcom_mobile").write(
            mobile, folder / "ofcom" / f"{month}_mobile_coverage_laua_r01.csv", level="laua"
        )
    ]
    lad = county.areas.lad[county.premises.frame["area"].to_numpy()]
    for period in ONS_RELEASES:
        fixed = coverage_table(county.truth, lad, len(mobile), period)
        # the year before, masts reached a little less far
        was = 1.0 if period == ONS_RELEASES[-1] else 0.93
        values = {
            "gigabit_pct": (fixed["gigabit_n"], fixed["premises"]),
            "area_5g_any_pct": (mobile["5g_high_geo_out_any_pct"] * was, pd.Series([100.0] * 7)),
        }
        for measure, (part, whole) in values.items():
            name = (
                "gigabit-capable-broadband" if measure == "gigabit_pct" else "network-coverage-5g"
            )
            rows = pd.DataFrame(
                {
                    "area_id": [*mobile["area_id"], CAUTH],
                    "area_name": [*mobile["area_name"], CAUTH_NAME],
                    "geography": ["Metropolitan District"] * len(mobile) + ["Combined Authority"],
                    "measure": measure,
                    "period": period,
                    "value": np.round(
                        100 * np.append(part / whole, part.sum() / whole.sum()).astype(float), 1
                    ),
                    "unit": "%",
                }
            )
            path = folder / "ons_local_statistics" / f"{name}_{period}.csv"
            paths.append(load("ons_local_statistics").write(rows, path))
    return paths


def _bduk(county: County, folder: Path) -> list[Path]:
    """Write BDUK's premises, a file a district; some UPRNs have lost their leading zero."""
    frame, bduk = county.premises.frame, county.truth.bduk
    rng = rng_of(county.seed, 10)
    uprn = frame["uprn"].to_numpy()
    text = pd.Series(uprn).astype(str)
    kept = (uprn < FIRST_UPRN) & (rng.random(len(uprn)) < 0.5)
    text[kept] = "0" + text[kept]
    lad = county.areas.lad[frame["area"].to_numpy()]
    lads = _lads(county.areas)
    out = pd.DataFrame(
        {
            "uprn": text,
            "postcode": county.premises.postcodes["postcode"].to_numpy()[frame["postcode"]],
            "status": bduk["status"],
            "current_gigabit": bduk["current_gigabit"],
            "future_gigabit": bduk["future_gigabit"],
            "in_plan": bduk["contract"] | bduk["voucher"],
            "lad": lads["lad"].to_numpy()[lad],
            "lad_name": lads["lad_name"].to_numpy()[lad],
        }
    )
    paths = []
    for k, (code, name) in enumerate(zip(lads["lad"], lads["lad_name"], strict=True)):
        here = np.flatnonzero(lad == k)
        path = load("bduk_premises").write(
            out.iloc[here], folder / f"202505_bduk_premises_{name.lower()}_{code}.csv"
        )
        voucher = np.flatnonzero(bduk["voucher"].to_numpy()[here])
        contract = np.flatnonzero(bduk["contract"].to_numpy()[here])
        cells = {
            int(i) + 1: {
                "bduk_gis": "false",
                "bduk_vouchers": "true",
                "bduk_vouchers_contract_name": "Practice voucher project",
                "bduk_vouchers_supplier": SUPPLIER,
            }
            for i in voucher
        }
        cells |= {
            int(i) + 1: {
                "lot_id": "99",
                "lot_name": "Practice Lot",
                "bduk_gis_contract_name": CONTRACT,
                "bduk_gis_supplier": SUPPLIER,
            }
            for i in contract
        }
        spoil(path, cells)
        paths.append(path)
    return paths
