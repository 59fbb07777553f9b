"""A country of any size in the publishers' own formats, written district by district from a seed.

Nothing in it is real. Districts are squares of ten by ten small areas of about 914 premises each, at
the density of the West Midlands; their borders are bent by a smooth field, so that an area has about a
hundred corners. Codes are in blocks that the ONS does not use, postcodes begin with letters that no
real postcode area does. Degrees of Open UPRN, which no reader uses, are interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import shapely

SEED = 20261126
PER_AREA, SIDE, AREA_M = 914, 10, 812.0
WEST, SOUTH = 300_000.0, 150_000.0
POSTCODES_PER_AREA, SITES_PER_PREMISES = 50, 1 / 320
SEATS, MSOAS = 2, 20  # of a district
PER_PAIR = 4  # districts with postcodes of one area
PLAIN = pa_csv.WriteOptions(include_header=False, quoting_style="none")
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
PAIRS = [a + b for a in "QVXJ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"] + [
    f"Z{b}" for b in "ABCDFGHIJKLM"
]
STATUS = np.array(["Gigabit White", "Gigabit Under Review", "Gigabit Grey/Black"])


@dataclass(frozen=True)
class Land:
    """Districts in columns and rows, and the corners of their areas."""

    columns: int
    rows: int
    corners: np.ndarray

    @property
    def districts(self) -> int:
        return self.columns * self.rows

    def areas_of(self, district: int) -> np.ndarray:
        """Column and row of each area of a district."""
        east, north = district % self.columns * SIDE, district // self.columns * SIDE
        i, j = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
        return np.column_stack([east + i.ravel(), north + j.ravel()])

    def quads(self, cells: np.ndarray) -> np.ndarray:
        """The four corners of each area, against the clock."""
        i, j = cells.T
        return np.stack(
            [
                self.corners[i, j],
                self.corners[i + 1, j],
                self.corners[i + 1, j + 1],
                self.corners[i, j + 1],
            ],
            axis=1,
        )


def land(premises: int) -> Land:
    wanted = max(1, round(premises / PER_AREA / SIDE**2))
    rows = max(1, round((wanted / 1.8) ** 0.5))
    columns = max(1, round(wanted / rows))
    i, j = np.meshgrid(np.arange(columns * SIDE + 1), np.arange(rows * SIDE + 1), indexing="ij")
    moved = np.random.default_rng(SEED).uniform(-0.2, 0.2, (*i.shape, 2))
    corners = (np.stack([i, j], axis=2) + moved) * AREA_M + np.array([WEST, SOUTH])
    return Land(columns, rows, corners)


def bent(shapes: np.ndarray) -> np.ndarray:
    """Bend borders by a smooth field, which moves shared corners alike."""

    def bend(xy: np.ndarray) -> np.ndarray:
        x, y = xy[:, 0], xy[:, 1]
        return np.column_stack([x + 25 * np.sin(y / 61), y + 25 * np.sin(x / 67)])

    return np.asarray(shapely.transform(shapely.segmentize(shapes, 35.0), bend))


def codes(district: int) -> pd.DataFrame:
    """Codes and names of a district's areas, and of what they are in."""
    at = np.arange(SIDE**2)
    msoa, seat = district * MSOAS + at // 5, district * SEATS + at // 50
    return pd.DataFrame(
        {
            "lsoa21": [f"E01{900_000 + district * SIDE**2 + i}" for i in at],
            "lsoa21_name": [f"Practice {district:03d} {i:03d}" for i in at],
            "msoa21": [f"E02{900_000 + m}" for m in msoa],
            "msoa21_name": [f"Practice {m:05d}" for m in msoa],
            "pcon24": [f"E14{900_000 + s}" for s in seat],
            "pcon24_name": [f"Practice Seat {s:03d}" for s in seat],
            "lad": f"E08{900_000 + district}",
            "lad_name": f"Practice District {district:03d}",
        }
    )


def small_files(folder: Path, where: Land) -> None:
    """Boundaries, lookups, Ofcom's constituencies and districts, deprivation, local units."""
    from layers.formats import imd, lookups, nomis_businesses, ofcom_fixed  # noqa: PLC0415

    rng = np.random.default_rng(SEED + 1)
    frame = pd.concat([codes(d) for d in range(where.districts)], ignore_index=True)
    cells = np.concatenate([where.areas_of(d) for d in range(where.districts)])
    shapes = bent(shapely.polygons(where.quads(cells)))
    whole = [shapely.union_all(shapes[at]) for at in frame.groupby("lad").indices.values()]
    lads = frame.groupby("lad", as_index=False)["lad_name"].first()
    for stem, ids, names, drawn in (
        ("LSOA21", frame["lsoa21"], frame["lsoa21_name"], shapes),
        ("LAD25", lads["lad"], lads["lad_name"], whole),
    ):
        table = {f"{stem}CD": ids, f"{stem}NM": names}
        gpd.GeoDataFrame(table, geometry=list(drawn), crs=27700).to_file(folder / f"{stem}.gpkg")
    common = ["lsoa21", "lsoa21_name", "lad", "lad_name"]
    for level in ("msoa21", "pcon24"):
        named = frame[[*common, level, f"{level}_name"]]
        lookups.write(named, folder / f"LSOA21_{level.upper()}_LAD25_EW_LU.csv", year=2025)
    for level, column in (("pcon", "pcon24"), ("laua", "lad")):
        units = frame.groupby(column, as_index=False).agg(
            area_name=(f"{column}_name", "first"), areas=("lsoa21", "size")
        )
        full = rng.uniform(40, 92, len(units)).round(1)
        table = units.rename(columns={column: "area_id"}).assign(
            premises=units["areas"] * PER_AREA, full_fibre_pct=full, gigabit_pct=(full + 6).round(1)
        )
        ofcom_fixed.write(table, folder / f"202507_fixed_{level}_coverage_r01.csv", level=level)
    rank = rng.integers(1, 33_755, len(frame))
    ranked = frame.rename(columns={"lsoa21": "area_id", "lsoa21_name": "name"}).assign(
        rank=rank, decile=np.minimum((rank - 1) * 10 // 33_755 + 1, 10), edition="2025",
        score=(80 * (1 - rank / 33_755)).round(3),
    )  # fmt: skip
    imd.write(ranked, folder / "File_1_IoD2025_Index_of_Multiple_Deprivation.csv")
    msoas = frame.groupby("msoa21", as_index=False)["msoa21_name"].first()
    units = rng.poisson(260, len(msoas))
    counts = [
        pd.DataFrame(
            {"area_id": msoas["msoa21"], "area_name": msoas["msoa21_name"], "industry": industry, "sizeband": band, "units": (units * share / 5).round() * 5}
        )
        for industry, band, share in (("total", "total", 1.0), ("total", "micro", 0.88), ("J", "micro", 0.06), ("M", "micro", 0.13))
    ]  # fmt: skip
    nomis_businesses.write(
        pd.concat(counts, ignore_index=True), folder / "nomis_local_units_2025.csv"
    )


def postcodes_of(district: int) -> np.ndarray:
    """The postcodes of a district, fifty an area."""
    n = np.arange(SIDE**2 * POSTCODES_PER_AREA)
    outward = district % PER_PAIR * 2 + 1 + n // 4_000
    unit = n % 400
    first, second = np.array(list(LETTERS))[unit // 20], np.array(list(LETTERS))[unit % 20]
    words = [PAIRS[district // PER_PAIR] + o for o in outward.astype(str)]
    sector = (n % 4_000 // 400).astype(str)
    return np.array(
        [f"{w} {s}{a}{b}" for w, s, a, b in zip(words, sector, first, second, strict=True)],
        dtype=object,
    )


@dataclass(frozen=True)
class Addresses:
    """The UPRNs of a district: where each is, in which area and postcode, and which are premises."""

    uprn: np.ndarray
    xy: np.ndarray
    postcode: np.ndarray
    premises: np.ndarray


def addresses(where: Land, district: int, count: int, rng: np.random.Generator) -> Addresses:
    """Draw addresses in the areas of a district; a fifth of them are no premises."""
    total = count + count // 4
    area = np.sort(rng.integers(0, SIDE**2, total))
    u, v = rng.uniform(0.02, 0.98, (2, total))
    quad = where.quads(where.areas_of(district))[area]
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=1)
    xy = (quad * weights[:, :, None]).sum(axis=1).round(2)
    premises = np.zeros(total, dtype=bool)
    premises[rng.permutation(total)[:count]] = True
    uprn = 10_000_000_000 + district * 10_000_000 + np.cumsum(rng.integers(1, 9, total))
    return Addresses(
        uprn, xy, area * POSTCODES_PER_AREA + rng.integers(0, POSTCODES_PER_AREA, total), premises
    )


def write_points(file, found: Addresses) -> None:
    """Append a district to OS Open UPRN."""
    from layers.grid import to_lonlat  # noqa: PLC0415

    low, high = found.xy.min(axis=0), found.xy.max(axis=0)
    x, y = (
        np.array([low[0], high[0], low[0], high[0]]),
        np.array([low[1], low[1], high[1], high[1]]),
    )
    corner = [np.asarray(c).reshape(2, 2) for c in to_lonlat(x, y)]
    a, b = ((found.xy - low) / (high - low)).T
    degrees = [
        ((1 - b) * ((1 - a) * c[0, 0] + a * c[0, 1]) + b * ((1 - a) * c[1, 0] + a * c[1, 1])).round(
            7
        )
        for c in corner
    ]
    table = {
        "u": found.uprn,
        "x": found.xy[:, 0],
        "y": found.xy[:, 1],
        "lat": degrees[1],
        "lon": degrees[0],
    }
    pa_csv.write_csv(pa.table(table), file, PLAIN)


def write_premises(
    path: Path, district: int, found: Addresses, names: np.ndarray, rng: np.random.Generator
) -> None:
    """Write a district's BDUK file."""
    from layers.formats.bduk_premises import HEADER  # noqa: PLC0415

    at = np.flatnonzero(found.premises)
    count = len(at)
    gigabit = rng.random(count) < 0.82
    status = np.where(gigabit, 2, rng.choice(3, count, p=[0.55, 0.15, 0.30]))
    planned = (status == 0) & (rng.random(count) < 0.25)

    def words(codes: np.ndarray, texts: np.ndarray) -> pa.Array:
        return pa.array(texts).take(pa.array(codes))

    flag = np.array(["false", "true"])
    uprn = pa.array(found.uprn[at])
    held = {
        "uprn": uprn,
        "struprn": pa.compute.binary_join_element_wise("str", uprn.cast(pa.string()), ""),
        "bduk_recognised_premises": "true",
        "country": "England",
        "postcode": words(found.postcode[at], names),
        "subsidy_control_status": words(status, STATUS),
        "current_gigabit": words(gigabit.astype(int), flag),
        "future_gigabit": words((gigabit | planned).astype(int), flag),
        "local_authority_district_ons_code": f"E08{900_000 + district}",
        "local_authority_district_ons": f"Practice District {district:03d}",
        "bduk_gis": words(planned.astype(int), flag),
        "bduk_vouchers": "false",
        "bduk_superfast": "false",
        "bduk_hubs": "false",
    }
    columns = {}
    for name in HEADER:
        cell = held.get(name, "")
        columns[name] = (
            pa.array(np.full(1, cell)).take(pa.array(np.zeros(count, int)))
            if isinstance(cell, str)
            else cell
        )
    with path.open("wb") as file:
        file.write((",".join(HEADER) + "\n").encode())
        pa_csv.write_csv(pa.table(columns), file, PLAIN)


def sites_of(
    district: int, found: Addresses, names: np.ndarray, count: int, rng: np.random.Generator
) -> pd.DataFrame:
    at = rng.choice(np.flatnonzero(found.premises), count, replace=False)
    return pd.DataFrame(
        {
            "uprn": found.uprn[at], "easting": found.xy[at, 0].round(), "northing": found.xy[at, 1].round(),
            "postcode": names[found.postcode[at]], "lad": f"E08{900_000 + district}", "lad_name": f"Practice District {district:03d}",
            "kind": rng.choice(["school", "gp", "hospital"], count, p=[0.72, 0.25, 0.03]),
        }
    )  # fmt: skip


def write_sites(folder: Path, sites: pd.DataFrame, rng: np.random.Generator) -> None:
    """Schools give positions and UPRNs, practices a postcode only, hospitals longitude and latitude."""
    from layers.formats import gp_practices, hospitals, schools  # noqa: PLC0415

    kinds = {k: part.reset_index(drop=True) for k, part in sites.groupby("kind")}
    school, gp, hospital = kinds["school"], kinds["gp"], kinds["hospital"]
    numbered = [f"{i:06d}" for i in range(len(school))]
    schools.write(
        school.assign(publisher_id=[str(100_000 + i) for i in range(len(school))], name=[f"Practice School {i}" for i in numbered], phase=rng.choice(["Primary", "Secondary"], len(school)), status="Open"),
        folder / "edubasealldata20250801.csv",
    )  # fmt: skip
    gp_practices.write(
        gp.assign(publisher_id=[f"Q{10_000 + i}" for i in range(len(gp))], name=[f"Practice Surgery {i}" for i in range(len(gp))], kind="main", locality="", pcn=""),
        folder / "gp_practices_2025-08-01.csv",
    )  # fmt: skip
    hospitals.write(
        hospital.assign(publisher_id=[f"QP{i:04d}" for i in range(len(hospital))], name=[f"Practice Hospital {i}" for i in range(len(hospital))], sector="NHS", kind="Hospital"),
        folder / "Hospital_2025.csv",
    )  # fmt: skip


STUDY = """schema = 1
name = "Practice country"
as_of = 2026-09-01
seed = 20261126
sample = true

[area]
code = "E92999901"
name = "Practice country"
districts = [{districts}]

[country]
parts = {parts}

[case.full-fibre-fund]
scenario = "full_fibre_fund"
profile = "full-fibre-fund"
budget_gbp = {budget}
"""


def write_country(study: Path, premises: int, parts: int = 0, places: int = 0) -> dict[str, int]:
    """Write a study of so many premises; return what it holds."""
    from layers.formats import code_point_open  # noqa: PLC0415

    where = land(premises)
    folder = study / "sources"
    (folder / "bduk").mkdir(parents=True)
    (folder / "codepo").mkdir()
    small_files(folder, where)
    rng = np.random.default_rng(SEED + 2)
    each = np.full(where.districts, premises // where.districts)
    each[: premises - each.sum()] += 1
    wanted = np.diff(
        np.round(
            np.linspace(0, places or premises * SITES_PER_PREMISES, where.districts + 1)
        ).astype(int)
    )
    sites, points, codepo = [], 0, {}
    with (folder / "osopenuprn_202608.csv").open("wb") as file:
        file.write(b"\xef\xbb\xbfUPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\n")
        for district in range(where.districts):
            found = addresses(where, district, int(each[district]), rng)
            names = postcodes_of(district)
            write_points(file, found)
            code = f"E08{900_000 + district}"
            write_premises(
                folder / "bduk" / f"202601_bduk_premises_{code}.csv", district, found, names, rng
            )
            sites.append(sites_of(district, found, names, int(wanted[district]), rng))
            points += len(found.uprn)
            first = np.unique(found.postcode, return_index=True)
            here = pd.DataFrame(
                {
                    "postcode": names[first[0]],
                    "quality": 10,
                    "easting": found.xy[first[1], 0],
                    "northing": found.xy[first[1], 1],
                    "lad": code,
                }
            )
            codepo.setdefault(PAIRS[district // PER_PAIR], []).append(here)
    for pair, frames in codepo.items():
        whole = pd.concat(frames, ignore_index=True)
        code_point_open.write(whole, folder / "codepo" / f"{pair.lower()}.csv")
    every = pd.concat(sites, ignore_index=True)
    write_sites(folder, every, rng)
    districts = ", ".join(f'"E08{900_000 + d}"' for d in range(where.districts))
    budget = max(round(len(every) * 250, -3), 500_000)
    (study / "study.toml").write_text(
        STUDY.format(districts=districts, parts=parts, budget=budget), encoding="utf-8"
    )
    return {
        "premises": premises, "uprns": points, "areas": where.districts * SIDE**2,
        "postcodes": sum(len(f) for fs in codepo.values() for f in fs), "sites": len(every), "districts": where.districts,
        "mib": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) >> 20,
    }  # fmt: skip
