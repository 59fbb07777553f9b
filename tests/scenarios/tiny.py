"""A hand-made study small enough to check on paper: two districts, three areas, four sites.

Positions are metres from a corner at (400000, 300000). Site A stands at the corner; site B 1,000 m
east of it, C 2,000 m east, D 3,000 m east. Straight lines x 1.3 stand in for streets, so 200 m of
network is 153.8 m of crow's flight.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.evidence import Evidence
from layers.lineage import Column, Table
from layers.source import Layer, SourceFile

EAST, NORTH = 400_000.0, 300_000.0
NAN = float("nan")


def source(name: str) -> SourceFile:
    """A file of the tiny study."""
    digest = f"{sum(map(ord, name)):08x}" + "0" * 56
    return SourceFile(
        path=f"sources/{name}.csv",
        sha256=digest,
        size_bytes=1,
        format_key=name,
        dataset=name,
        title=name,
        publisher="nobody",
        licence="none",
        attribution="",
        sample=True,
    )


def layer(name: str, frame: pd.DataFrame) -> Layer:
    """A layer with its `src` and `record`."""
    file = source(name)
    whole = frame.assign(src=file.src, record=np.arange(1, len(frame) + 1))
    return Layer(name, whole, (file,))


def at(east: float, north: float = 0.0) -> dict[str, float]:
    """A position, metres from the corner."""
    return {"easting": EAST + east, "northing": NORTH + north}


def table(name: str, key: str, frame: pd.DataFrame) -> Table:
    """A table whose lineage is only names."""
    return Table(name, key, frame, {str(c): Column(str(c)) for c in frame.columns}, (source(name),))


def districts() -> Layer:
    """Two districts, left and right."""
    boxes = [
        shapely.box(EAST - 5000, NORTH - 5000, EAST + 1500, NORTH + 5000),
        shapely.box(EAST + 1500, NORTH - 5000, EAST + 9000, NORTH + 5000),
    ]
    frame = gpd.GeoDataFrame(
        {"id": ["E1", "E2"], "name": ["Westbury", "Eastbury"]}, geometry=boxes, crs="EPSG:27700"
    )
    return layer("districts", frame)


def areas() -> Layer:
    """Three areas; only their ids matter."""
    frame = gpd.GeoDataFrame(
        {
            "id": ["a1", "a2", "a3"],
            "name": ["one", "two", "three"],
            "lad": ["E1", "E1", "E2"],
            "lad_name": ["Westbury", "Westbury", "Eastbury"],
            "hectares": [1.0, 1.0, 1.0],
        },
        geometry=[shapely.box(0, 0, 1, 1)] * 3,
        crs="EPSG:27700",
    )
    return layer("areas", frame)


def sites() -> Layer:
    """Four public places: a school, a hospital, a library and one whose position is unknown."""
    rows: list[dict[str, Any]] = [
        {"id": "school:A", "name": "A school", "kind": "school", "register": "school", "owner": "Westbury Council", "lad": "E1", "area": "a1", **at(0)},
        {"id": "hospital:B", "name": "B hospital", "kind": "hospital", "register": "hospital", "owner": "NHS Sector", "lad": "E1", "area": "a2", **at(1000)},
        {"id": "library:C", "name": "C library", "kind": "library", "register": "library", "owner": "Eastbury Council", "lad": "E2", "area": "a3", **at(2000)},
        {"id": "library:D", "name": "D library", "kind": "library", "register": "library", "owner": "", "lad": "", "area": "", "easting": NAN, "northing": NAN},
        {"id": "library:X", "name": "closed", "kind": "library", "register": "library", "owner": "", "lad": "E1", "area": "a1", **at(0)},
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["postcode"], frame["uprn"] = "ZZ1 1AA", 0
    frame["status"] = ["open", "open", "open", "open", "closed"]
    frame["location"] = ["exact", "exact", "postcode", "", "exact"]
    frame["note"] = ""
    return layer("sites", frame)


def numbered_sites() -> Layer:
    """The same with a UPRN each, as a register of circuits needs."""
    frame = sites().frame
    return layer("sites", frame.assign(uprn=np.arange(11, 11 + len(frame))))


def site_register() -> Layer:
    """A: 20 of 100 Mbit/s, 18 months left, £4,200 a year, £1,000 to leave; B: little is stated."""
    frame = pd.DataFrame(
        {
            "id": ["uprn:11", "uprn:12"], "uprn": [11, 12], "speed_mbps": [20.0, 50.0],
            "required_mbps": [100.0, NAN], "annual_cost_gbp": [4200.0, 4200.0],
            "exit_charge_gbp": [1000.0, NAN], "months_left": [18.0, -3.0],
        }
    )  # fmt: skip
    return layer("site_register", frame)


DEMAND_TEXT = {"grade": "measured", "route": "counted one by one"}


def demand(**changes: Any) -> Layer:
    """Premises: 100 beside A (60 white, none planned), 50 beside B, 10 at 140 m from C.

    A's are in area a1, B's in a2, C's in a3. The points hold many premises each, which is enough.
    """
    rows: list[dict[str, Any]] = [
        {"id": "uprn:1", **at(0, 10), "area": "a1", "lad": "E1", "premises": 100.0, "white": 60.0, "under_review": 20.0, "grey_black": 20.0},
        {"id": "uprn:2", **at(1000, 10), "area": "a2", "lad": "E1", "premises": 50.0, "white": 10.0, "under_review": 0.0, "grey_black": 40.0},
        {"id": "uprn:3", **at(2000, 140), "area": "a3", "lad": "E2", "premises": 10.0, "white": 10.0, "under_review": 0.0, "grey_black": 0.0},
        {"id": "uprn:4", **at(2000, 160), "area": "a3", "lad": "E2", "premises": 999.0, "white": 999.0, "under_review": 0.0, "grey_black": 0.0},
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    for end in ("", "_low", "_high"):
        frame[f"without_full_fibre{end}"] = frame["premises"] * 0.5
        frame[f"without_gigabit{end}"] = frame["white"] + frame["under_review"]
        frame[f"uplift{end}"] = frame["white"]
    return layer("demand", frame.assign(**DEMAND_TEXT).assign(**changes))


def businesses() -> Layer:
    """Forty units beside A, ten beside B."""
    rows = [
        {"id": "b1", **at(0, 20), "area": "a1", "units": 40.0, "units_low": 36.0, "units_high": 44.0, "micro_weighted": 15.0, "micro_weighted_low": 14.0, "micro_weighted_high": 16.0},
        {"id": "b2", **at(1000, 20), "area": "a2", "units": 10.0, "units_low": 8.0, "units_high": 12.0, "micro_weighted": 4.0, "micro_weighted_low": 3.5, "micro_weighted_high": 4.5},
    ]  # fmt: skip
    frame = pd.DataFrame(rows).assign(
        jobs=NAN, grade="estimated", route="units spread over premises"
    )
    return layer("businesses", frame)


def stops() -> Layer:
    """A station 400 m from B by crow (520 m by network), and two bus stops beside A."""
    rows = [
        {"id": "s1", "name": "B Parkway", "stop_type": "RLY", **at(1400)},
        {"id": "s2", "name": "A Street", "stop_type": "BCT", **at(0, 50)},
        {"id": "s3", "name": "A Lane", "stop_type": "BCT", **at(50)},
    ]
    return layer("stops", pd.DataFrame(rows))


def fibre() -> Layer:
    """A duct 100 m from A."""
    return layer("fibre", pd.DataFrame([{"id": "f1", "name": "", "kind": "duct", **at(100)}]))


def offices() -> Layer:
    """Three buildings: a vacant office, a closed library as a lead, and a vacant stable."""
    rows: list[dict[str, Any]] = [
        {"id": "uprn:1", "name": "Old Council Offices", "kind": "office", "register": "asset", "lad": "E1", "area": "a1", "location": "exact", "floor_area_m2": 1200.0, "floor_area_basis": "GIA", "energy_band": "C", "vacancy_confidence": 0.8, "vacancy_evidence": "register says: vacant", "office_capable": True, **at(0)},
        {"id": "library:X", "name": "X library", "kind": "library", "register": "library", "lad": "E1", "area": "a2", "location": "exact", "floor_area_m2": NAN, "floor_area_basis": "", "energy_band": "", "vacancy_confidence": 0.1, "vacancy_evidence": "service closed; building state unknown", "office_capable": True, **at(1000)},
        {"id": "asset:S", "name": "Stable", "kind": "other", "register": "asset", "lad": "E2", "area": "a3", "location": "exact", "floor_area_m2": 90.0, "floor_area_basis": "NIA", "energy_band": "G", "vacancy_confidence": 0.8, "vacancy_evidence": "register says: vacant", "office_capable": False, **at(2000)},
        {"id": "asset:Z", "name": "", "kind": "other", "register": "asset", "lad": "E2", "area": "", "location": "area-only", "floor_area_m2": NAN, "floor_area_basis": "", "energy_band": "", "vacancy_confidence": 0.8, "vacancy_evidence": "register says: vacant", "office_capable": None, "easting": NAN, "northing": NAN},
    ]  # fmt: skip
    frame = pd.DataFrame(rows).assign(
        owner="Westbury Council", postcode="ZZ1 1AA", uprn=0, status="closed", note="",
        tenure="Freehold", tenure_detail="",
    )  # fmt: skip
    frame["office_capable"] = frame["office_capable"].astype("boolean")
    return layer("offices", frame)


def area_gaps() -> Table:
    """Deciles 1, 5 and 10."""
    frame = pd.DataFrame({"id": ["a1", "a2", "a3"], "imd_decile": [1.0, 5.0, 10.0]})
    return table("area_gaps", "id", frame)


def coverage(rows: list[tuple[str, str, str, float]] | None = None) -> Table:
    """Published shares by district: measure, release, district, percent."""
    listed = [
        ("area_5g_any_pct", "2026-01", "E1", 99.0),
        ("area_5g_any_pct", "2026-01", "E2", 98.0),
    ]
    frame = pd.DataFrame(
        rows if rows is not None else listed,
        columns=["measure", "release", "area_id", "share_pct"],
    )
    frame["level"] = "LAD"
    frame["row"] = frame["area_id"] + "|" + frame["measure"] + "|" + frame["release"]
    return table("coverage", "row", frame)


def evidence(**changes: Any) -> Evidence:
    """The tiny study; name a layer to change it or take it away."""
    held: dict[str, Any] = {
        "districts": districts(),
        "areas": areas(),
        "demand": demand(),
        "sites": sites(),
        "offices": offices(),
        "stops": stops(),
        "businesses": businesses(),
        "constituencies": None,
        "coworking": None,
        "masts": None,
        "fibre": None,
        "streets": None,
        "terrain": None,
        "coverage": coverage(),
        "district_gaps": table("district_gaps", "id", pd.DataFrame({"id": ["E1", "E2"]})),
        "area_gaps": area_gaps(),
    }
    return Evidence(**(held | changes))


def run(key: str, budget_gbp: float = 100_000.0, **more: Any) -> Any:
    """Run one of the shipped cases on the tiny study.

    Layers, `confirmations`, `parameters` (an override), `profile` and what else a `Case` holds
    (`rules`, ...) may be given, and the `strategy`.
    """
    from layers.parameters import shipped
    from scenarios.case import Case
    from scenarios.engine import run_case
    from scenarios.profile import load_profile

    profile = more.pop("profile", None) or load_profile(key)
    register = shipped().override(more.pop("parameters", {}), "study.toml")
    confirmations = more.pop("confirmations", ())
    strategy = more.pop("strategy", None)
    held = {f.name: more.pop(f.name) for f in fields(Case) if f.name in more}
    case = Case(key, key, profile.scenario, key, budget_gbp, confirmations, **held)
    return run_case(evidence(**more), case, profile, register, strategy=strategy)


def words(value: float) -> dict[str, Any]:
    """A stated parameter."""
    return {"value": value, "who": "Finance", "when": "2026-03-01", "why": "paper 4"}
