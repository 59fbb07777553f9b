"""The invented county: its geography, coverage gaps, sources and parameters."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.gaps import AREA_COLUMNS, DISTRICT_COLUMNS
from layers.lineage import Column, Figures, Table
from layers.source import SourceFile
from maps.view import StudyView

DISTRICTS = ("Ashmoor", "Brindleford", "Calderwick", "Dunstead")
AREAS_WIDE, AREAS_HIGH, CELL_M = 8, 5, 4_000.0
WEST, SOUTH = 396_000.0, 276_000.0
GRADES = ("measured", "estimated", "modelled")
ATTRIBUTIONS = (
    "Contains information licensed by the Office of Communications: Connected Nations, fixed coverage, January 2024.",
    "Contains OS data © Crown copyright and database right 2026.",
    "Source: Office for National Statistics licensed under the Open Government Licence v.3.0.",
    "© OpenStreetMap contributors, ODbL 1.0.",
)


def wiggle(
    a: tuple[float, float], b: tuple[float, float], seed: int, depth: int = 3
) -> list[tuple[float, float]]:
    """A line from a to b displaced like a stream; the same whichever side asks."""
    (ax, ay), (bx, by) = a, b
    if depth == 0:
        return [a, b]
    shift = ((seed * 2654435761) % 1000) / 1000 - 0.5
    middle = ((ax + bx) / 2 - (by - ay) * shift * 0.35, (ay + by) / 2 + (bx - ax) * shift * 0.35)
    return wiggle(a, middle, seed * 31 + 7, depth - 1)[:-1] + wiggle(
        middle, b, seed * 37 + 11, depth - 1
    )


@cache
def area_polygons() -> tuple[shapely.Polygon, ...]:
    rng = np.random.default_rng(11)
    grid = {
        (i, j): (
            WEST + i * CELL_M + float(rng.uniform(-900, 900)),
            SOUTH + j * CELL_M + 700 * np.sin(i) + float(rng.uniform(-900, 900)),
        )
        for j in range(AREAS_HIGH + 1)
        for i in range(AREAS_WIDE + 1)
    }

    def edge(p: tuple[int, int], q: tuple[int, int]) -> list[tuple[float, float]]:
        first, last = sorted((p, q))
        line = wiggle(
            grid[first], grid[last], first[0] * 1009 + first[1] * 9176 + last[0] * 31 + last[1] + 5
        )
        return line if first == p else line[::-1]

    shapes = []
    for j in range(AREAS_HIGH):
        for i in range(AREAS_WIDE):
            ring = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
            line = [point for p, q in pairwise(ring) for point in edge(p, q)[:-1]]
            shapes.append(shapely.Polygon(line))
    return tuple(shapes)


def district_of(i: int, j: int) -> int:
    return (0 if i < 3 else 2) if j < 2 else (1 if i < 5 else 3)


def code(prefix: str, number: int) -> str:
    return f"{prefix}{99_000_000 + number}"


@cache
def geography() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    polygons = area_polygons()
    cells = [(i, j) for j in range(AREAS_HIGH) for i in range(AREAS_WIDE)]
    which = [district_of(i, j) for i, j in cells]
    names = [f"{DISTRICTS[d]} {n + 1:03d}{'ABCD'[n % 4]}" for n, d in enumerate(which)]
    areas = gpd.GeoDataFrame(
        {
            "id": [code("E01", n + 1) for n in range(len(cells))],
            "name": names,
            "lad": [code("E08", d + 1) for d in which],
            "lad_name": [DISTRICTS[d] for d in which],
            "hectares": [round(p.area / 10_000, 1) for p in polygons],
            "src": "aaaa0001",
            "record": range(1, len(cells) + 1),
        },
        geometry=list(polygons),
        crs="EPSG:27700",
    )
    shapes = np.asarray(polygons, dtype=object)
    districts = gpd.GeoDataFrame(
        {
            "id": [code("E08", d + 1) for d in range(4)],
            "name": list(DISTRICTS),
            "src": "aaaa0002",
            "record": range(1, 5),
        },
        geometry=[shapely.union_all(shapes[np.asarray(which) == d]) for d in range(4)],
        crs="EPSG:27700",
    )
    seats = np.asarray([min(i // 2, 3) + (4 if j > 2 else 0) for i, j in cells])
    constituencies = gpd.GeoDataFrame(
        {
            "id": [code("E14", s + 1) for s in range(8)],
            "name": [f"{['North', 'South'][s < 4]} county {s % 4 + 1}" for s in range(8)],
            "src": "aaaa0003",
            "record": range(1, 9),
        },
        geometry=[shapely.union_all(shapes[seats == s]) for s in range(8)],
        crs="EPSG:27700",
    )
    roads = gpd.GeoDataFrame(
        {"id": ["r1", "r2"], "kind": ["motorway", "primary"], "name": ["M99", "A999"]},
        geometry=[
            shapely.LineString(
                wiggle((WEST, SOUTH + 9_000), (WEST + 31_500, SOUTH + 12_500), 4, 5)
            ),
            shapely.LineString(
                wiggle((WEST + 9_500, SOUTH + 500), (WEST + 18_000, SOUTH + 20_000), 9, 5)
            ),
        ],
        crs="EPSG:27700",
    )
    return districts, areas, constituencies, roads


def table(
    name: str, key: str, frame: pd.DataFrame, columns: dict[str, Column], description: str = ""
) -> Table:
    """A table whose undescribed columns are plain text or numbers."""
    every = {str(c): columns.get(str(c), Column(str(c).replace("_", " "))) for c in frame.columns}
    return Table(name, key, frame, every, description=description)


def gaps(
    name: str, columns: dict[str, Column], known: dict[str, object], description: str
) -> Table:
    """A gap table with the real one's columns; what is not told is unknown."""
    frame = pd.DataFrame(known)
    for column in columns:
        if column not in frame:
            text = column.endswith(("_grade", "_release", "_note"))
            frame[column] = "" if text else np.nan
    return Table(name, "id", frame[list(columns)], columns, description=description)


def shares(
    measure: str, share: np.ndarray, premises: np.ndarray, spread: float
) -> dict[str, object]:
    """A share with its range, and the premises without."""
    known: dict[str, object] = {}
    for end, pct in (("", share), ("_low", share - spread), ("_high", share + spread)):
        known[f"{measure}{end}_pct"] = np.clip(pct, 0, 100)
        swapped = {"": "", "_low": "_high", "_high": "_low"}[end]
        known[f"without_{measure}{swapped}"] = premises * (100 - np.clip(pct, 0, 100)) / 100
    return known


RELEASES = (("2018-09", 0.05), ("2020-09", 0.35), ("2022-09", 0.7), ("2024-01", 1.0))


def coverage_rows(base: dict[str, float]) -> pd.DataFrame:
    """Published for constituencies, shared out to districts, summed over the study."""
    districts, _, constituencies, _ = geography()
    levels = {
        "LAD": [(i, n, base[n]) for i, n in zip(districts["id"], districts["name"], strict=True)],
        "PCON24": [
            (i, n, 30 + 9.3 * k)
            for k, (i, n) in enumerate(
                zip(constituencies["id"], constituencies["name"], strict=True)
            )
        ],
        "study": [(code("E47", 1), "Four Rivers Combined Authority", 58.4)],
    }
    rows = []
    five_g = {"Ashmoor": 58.8, "Brindleford": 82.0, "Calderwick": 70.4}
    for release, growth in RELEASES:
        for level, places in levels.items():
            for number, (area_id, area_name, share) in enumerate(places):
                full_fibre = round(share * growth, 1)
                gigabit = np.nan if release == "2018-09" else min(full_fibre + 22, 99.0)
                for measure, pct in (("full_fibre_pct", full_fibre), ("gigabit_pct", gigabit)):
                    premises = 30_000.0 if level == "study" else 4_000.0 + number
                    rows.append(
                        {
                            "row": f"{area_id}|{measure}|{release}",
                            "area_id": area_id,
                            "area_name": area_name,
                            "level": level,
                            "measure": measure,
                            "release": release,
                            "premises": premises,
                            "count": premises * pct / 100,
                            "share_pct": pct,
                            "grade": "estimated" if level == "LAD" else "measured",
                            "method": "constituencies shared out"
                            if level == "LAD"
                            else "published",
                            "src": "bbbb0001",
                            "record": number + 1,
                        }
                    )
    for number, (area_id, area_name, _) in enumerate(levels["LAD"]):
        if area_name in five_g:
            rows.append(
                rows[0]
                | {
                    "row": f"{area_id}|area_5g_any_pct|2024-01",
                    "area_id": area_id,
                    "area_name": area_name,
                    "measure": "area_5g_any_pct",
                    "release": "2024-01",
                    "premises": np.nan,
                    "count": np.nan,
                    "share_pct": five_g[area_name],
                    "grade": "measured",
                    "method": "published",
                    "record": number + 1,
                }
            )
    return pd.DataFrame(rows)


@cache
def gap_tables() -> tuple[Table, Table, Table]:
    districts, areas, _, _ = geography()
    rng = np.random.default_rng(5)
    base = {"Ashmoor": 38.0, "Brindleford": 61.0, "Calderwick": 55.0, "Dunstead": 88.0}
    premises = rng.integers(520, 980, len(areas)).astype(float)
    share = np.clip(
        np.array([base[d] for d in areas["lad_name"]]) + rng.normal(0, 13, len(areas)), 1, 99.5
    )
    share[[3, 27]] = np.nan
    share[[12, 30]] = [96.4, 12.5]
    deficit = np.array(
        [
            {"Ashmoor": 41.2, "Brindleford": 18.0, "Calderwick": 29.6, "Dunstead": 6.1}[d]
            for d in areas["lad_name"]
        ]
    )
    gigabit = np.clip(share + 22, 0, 99.4)
    grades = np.array(["modelled" if n % 13 == 5 else "estimated" for n in range(len(areas))])
    area_gaps = gaps(
        "area_gaps",
        AREA_COLUMNS,
        {
            **{name: list(areas[name]) for name in ("id", "name", "lad", "lad_name", "hectares")},
            "premises": premises,
            "premises_grade": "estimated",
            **shares("full_fibre", share, premises, 6.0),
            "full_fibre_grade": np.where(np.isnan(share), "", grades),
            "full_fibre_release": "2024-01",
            **shares("gigabit", gigabit, premises, 4.0),
            "gigabit_grade": np.where(np.isnan(gigabit), "", "estimated"),
            "deficit_5g_pct": deficit,
            "deficit_5g_low_pct": deficit * 0.6,
            "deficit_5g_high_pct": deficit * 1.4,
            "deficit_5g_grade": "modelled",
            "imd_decile": rng.integers(1, 11, len(areas)).astype(float),
            "imd_grade": "measured",
            "business_units": rng.integers(10, 240, len(areas)).astype(float),
            "business_per_hectare": rng.uniform(0.1, 4, len(areas)),
            "business_grade": "estimated",
            "coincidence": rng.integers(0, 4, len(areas)).astype(float),
            "coincidence_note": "holds: deprivation",
        },
        "Coverage gaps by small area (LSOA 2021)",
    )
    district_premises = np.array(
        [premises[(areas["lad"] == d).to_numpy()].sum() for d in districts["id"]]
    )
    district_share = np.array([base[n] for n in districts["name"]])
    told = shares("full_fibre", district_share, district_premises, 0.0)
    told |= shares("gigabit", district_share + 11, district_premises, 0.0)
    district_gaps = gaps(
        "district_gaps",
        DISTRICT_COLUMNS,
        {
            "id": list(districts["id"]),
            "name": list(districts["name"]),
            "premises": district_premises,
            "premises_grade": "measured",
            **{key: told[key] for key in told if key in DISTRICT_COLUMNS},
            "full_fibre_grade": ["measured", "estimated", "measured", "estimated"],
            "full_fibre_release": "2024-01",
            "gigabit_grade": "measured",
            "gigabit_release": "2024-01",
            "area_5g_any_pct": [58.8, 82.0, 70.4, np.nan],
            "area_5g_grade": ["measured", "measured", "measured", ""],
            "area_5g_release": "2024-01",
            "deficit_5g_pct": [41.2, 18.0, 29.6, 6.1],
            "deficit_5g_grade": "modelled",
            "most_deprived_areas": [4.0, 2.0, 3.0, 1.0],
            "areas": [6.0, 15.0, 10.0, 9.0],
            "sites": [6.0, 8.0, 7.0, 5.0],
            "offices_to_verify": [2.0, 1.0, 1.0, 1.0],
        },
        "Coverage gaps by district",
    )
    coverage = table(
        "coverage",
        "row",
        coverage_rows(base),
        {
            "share_pct": Column("share of premises covered", "%", 1, grade_of="grade"),
            "count": Column("premises covered", "premises", 0, grade_of="grade"),
            "premises": Column("premises", "premises", 0, "measured"),
        },
    )
    return district_gaps, area_gaps, coverage


COUNTS = ("rows_in", "used", "set_aside", "quarantined")


def source_files(sample: bool) -> tuple[SourceFile, ...]:
    ogl = "Open Government Licence v3.0"
    return (
        SourceFile(
            "sources/fixed_pcon.csv",
            "bbbb0001" + "0" * 56,
            126_538,
            "ofcom_fixed",
            "ofcom-fixed-pcon",
            "Connected Nations, fixed coverage by constituency",
            "Ofcom",
            ogl,
            ATTRIBUTIONS[0],
            "2024-01",
            "pcon",
            sample=sample,
        ),
        SourceFile(
            "sources/lsoa.geojson",
            "aaaa0001" + "0" * 56,
            660_856,
            "boundaries",
            "ons-lsoa21",
            "Lower layer super output areas 2021",
            "Office for National Statistics",
            ogl,
            ATTRIBUTIONS[2],
            "2021",
            "LSOA21",
            sample=sample,
        ),
        SourceFile(
            "sources/libraries.csv",
            "cccc0001" + "0" * 56,
            47_872,
            "libraries",
            "libraries-england",
            "Basic dataset for libraries",
            "Arts Council England",
            ogl,
            "Contains public sector information licensed under the Open Government Licence v3.0.",
            "2023-12",
            sample=sample,
        ),
        SourceFile(
            "sources/roads.geojson",
            "dddd0001" + "0" * 56,
            90_001,
            "osm_lines",
            "osm",
            "OpenStreetMap roads",
            "OpenStreetMap contributors",
            "ODbL 1.0",
            ATTRIBUTIONS[3],
            "",
            sample=sample,
        ),
    )


def source_tables(sample: bool) -> tuple[Table, Table, Table]:
    files = source_files(sample)
    sources = pd.DataFrame(
        [
            {
                "src": f.src,
                "path": f.path,
                "title": f.title,
                "detail": f.detail,
                "publisher": f.publisher,
                "vintage": f.vintage or "not stated",
                "licence": f.licence,
                "sensitivity": f.sensitivity,
                "grade_note": "practice data" if f.sample else "as published",
                "size_bytes": f.size_bytes,
                "sha256": f.sha256,
            }
            for f in files
        ]
    )
    rows = [
        {
            "src": f.src,
            "path": f.path,
            "rows_in": 120 + n,
            "used": 110,
            "set_aside": 7 + n,
            "quarantined": 3,
            "reasons": f"{7 + n} outside the study area; 3 share over 100 %",
            "notes": "",
        }
        for n, f in enumerate(files)
    ]
    total = {name: sum(row[name] for row in rows) for name in COUNTS}
    rows.append({"src": "total", "path": "all files", **total, "reasons": "", "notes": ""})
    quality = pd.DataFrame(rows)
    counts = {name: Column(name.replace("_", " "), "rows", 0) for name in COUNTS}
    parameters = pd.DataFrame(
        {
            "key": ["catchment.detour_ratio", "cost.connection_gbp"],
            "label": [
                "Street distance over straight-line distance",
                "Cost of connecting a building",
            ],
            "unit": ["ratio", "GBP"],
            "low": [1.2, 18_000.0],
            "value": [1.3, 24_000.0],
            "high": [1.5, 36_000.0],
            "basis": ["assumed", "stated"],
            "source": ["toolkit default", "supplier quote Q-12"],
            "who": ["", "network manager"],
            "when": ["", "2026-02-01"],
            "why": ["", "framework price"],
        }
    )
    return (
        table("sources", "src", sources, {"size_bytes": Column("size", "bytes", 0)}),
        table("quality", "src", quality, counts),
        table(
            "parameters",
            "key",
            parameters,
            {"value": Column("value in force", unit_of="unit", low_of="low", high_of="high")},
        ),
    )


def study_view(sample: bool = False) -> StudyView:
    """Return the invented county."""
    districts, areas, constituencies, roads = geography()
    district_gaps, area_gaps, coverage = gap_tables()
    sources, quality, parameters = source_tables(sample)
    tables = (district_gaps, area_gaps, coverage, sources, quality, parameters)
    return StudyView(
        name="practice-county",
        area_name="Four Rivers Combined Authority",
        as_of=date(2026, 3, 2),
        sample=sample,
        version="0.1.0",
        districts=districts[["id", "name", "geometry"]],
        areas=areas[["id", "name", "geometry"]],
        constituencies=constituencies[["id", "name", "geometry"]],
        roads=roads.copy(),
        district_gaps=district_gaps,
        area_gaps=area_gaps,
        coverage=coverage,
        sources=sources,
        quality=quality,
        parameters=parameters,
        attributions=ATTRIBUTIONS,
        figures=Figures(tables, "study"),
        notes=("District values are estimated where a constituency straddles two districts.",),
    )
