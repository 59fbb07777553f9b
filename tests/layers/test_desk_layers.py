"""Layers of what lies on the desk, over the toy county: projects, signal, residents, jobs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import toy

from layers.area_counts import indicators, jobs, self_employed
from layers.formats.self_employed import PANDEMIC
from layers.mobile_checks import mobile_checks
from layers.positions import positions
from layers.postcodes import gazetteer
from layers.projects import projects

SITES = pd.DataFrame({
    "id": ["uprn:7", "library:2"], "uprn": [7, 0], "lad": [toy.DISTRICTS[0], toy.DISTRICTS[1]],
    "easting": [400_500.0, 402_500.0], "northing": [300_500.0, 300_500.0],
})  # fmt: skip


def one_project(**columns):
    base = {"project": ["Hubs"], "owner": "Vale Council", "status": "building", "fund": "GigaHubs"}
    return toy.reading("existing_projects", {**base, **columns}, name="projects.csv")


@pytest.mark.parametrize(
    ("columns", "location", "site", "lad"),
    [
        ({"site_id": ["library:2"]}, "exact", "library:2", toy.DISTRICTS[1]),
        ({"uprn": pd.array([7], dtype="Int64")}, "exact", "uprn:7", toy.DISTRICTS[0]),
        ({"district": [toy.DISTRICTS[1]]}, "district", "", toy.DISTRICTS[1]),
        ({"place": ["Ashby"]}, "named", "", ""),
    ],
)
def test_a_project_stands_at_its_site_else_in_its_district(columns, location, site, lad):
    ledger, base = toy.county(one_project(**columns))
    made = projects(ledger, base, positions(ledger), SITES)
    row = made.iloc[0]
    assert (row["location"], row["site_id"], row["lad"]) == (location, site, lad)
    assert np.isfinite(row["easting"]) == (location == "exact")
    assert row["owner"] == "Vale Council"


def test_a_project_elsewhere_and_a_repeat_are_set_aside():
    twice = one_project(project=["Hubs", "Hubs", "Far"], district=["", "", "E08000999"], place=["A", "A", "B"])  # fmt: skip
    ledger, base = toy.county(twice)
    made = projects(ledger, base, positions(ledger), None)
    assert made["id"].tolist() == ["project:hubs:a"]
    assert toy.settled(ledger, twice).set_aside == {
        "outside the study area": 1,
        "the same project at the same place in a newer list": 1,
    }


def test_saved_answers_are_placed_by_uprn_else_postcode():
    answers = toy.reading(
        "ofcom_mobile_api",
        {"uprn": pd.array([7, 8, 9], dtype="Int64"), "postcode": ["", "ZZ1 1AA", ""], "ee_data_outdoor": [4.0, 3.0, 1.0], "data_outdoor_likely": [1.0, 0.0, 0.0]},
    )  # fmt: skip
    where = toy.reading("open_uprn", {"uprn": [7], "easting": [400_500.0], "northing": [300_500.0]})
    posts = toy.reading("code_point_open", {"postcode": ["ZZ1 1AA"], "quality": [10.0], "easting": [402_500.0], "northing": [300_500.0]})  # fmt: skip
    ledger, base = toy.county(answers, where, posts)
    made = mobile_checks(ledger, base, positions(ledger), gazetteer(ledger))
    assert made.set_index("id")["location"].to_dict() == {"uprn:7": "exact", "uprn:8": "postcode"}
    assert made["ee_data_outdoor"].tolist() == [4.0, 3.0]
    assert made["h3_data_outdoor"].isna().all()


def demand():
    return pd.DataFrame({
        "id": list("abc"), "area": [toy.AREAS[0], toy.AREAS[0], toy.AREAS[1]],
        "premises": [30.0, 10.0, 60.0], "easting": [400_100.0, 400_200.0, 401_500.0],
        "northing": 300_500.0,
    })  # fmt: skip


NO_PAIRS = pd.DataFrame({"lsoa11": [], "lsoa21": []}, dtype="str")


def test_self_employed_residents_are_measured_by_area_and_estimated_at_points():
    census = toy.reading("self_employed", {
        "area_id": [toy.AREAS[0], toy.AREAS[1], "E01999999"], "area_name": "x", "self_employed": [40.0, 12.0, 9.0],
        "self_employed_with_employees": [4.0, 2.0, 1.0], "self_employed_without_employees": [36.0, 10.0, 8.0],
    })  # fmt: skip
    ledger, base = toy.county(census)
    made = self_employed(ledger, base, demand(), NO_PAIRS)
    area = made.by_area
    assert area.loc[toy.AREAS[0], ["self_employed", "grade"]].tolist() == [40.0, "measured"]
    assert np.isnan(area.loc[toy.AREAS[2], "self_employed"])  # missing is not nil
    # 40 residents over 30 and 10 premises
    assert made.points["self_employed"].tolist() == pytest.approx([30.0, 10.0, 12.0])
    assert made.points["grade"].unique().tolist() == ["estimated"]
    assert PANDEMIC in made.points["route"].iloc[0]
    assert any(PANDEMIC in note for note in ledger.notes)


def test_jobs_take_the_total_of_one_status_with_its_interval():
    bres = toy.reading("bres", {
        "area_id": [toy.AREAS[0]] * 3, "area_name": "x", "industry": ["total", "total", "C"],
        "status": ["Employment", "Employees", "Employment"], "jobs": [100.0, 90.0, 10.0],
        "jobs_low": [75.0, 65.0, 5.0], "jobs_high": [125.0, 115.0, 15.0],
    })  # fmt: skip
    ledger, base = toy.county(bres)
    made = jobs(ledger, base, demand(), NO_PAIRS)
    assert made.by_area.loc[toy.AREAS[0], ["jobs_low", "jobs", "jobs_high"]].tolist() == [75, 100, 125]  # fmt: skip
    assert toy.settled(ledger, bres).set_aside == {
        "another status of employment": 1,
        "a part of the industries": 1,
    }


def test_jobs_of_an_msoa_are_shared_by_premises_and_estimated():
    bres = toy.reading("bres", {
        "area_id": ["E02000001"], "area_name": "x", "industry": ["total"], "status": [""],
        "jobs": [200.0], "jobs_low": [175.0], "jobs_high": [225.0],
    })  # fmt: skip
    ledger, base = toy.county(bres)
    made = jobs(ledger, base, demand(), NO_PAIRS)
    # 40 of 100 premises are in the first area
    assert made.by_area.loc[toy.AREAS[0], ["jobs", "grade"]].tolist() == [80.0, "estimated"]


def test_jobs_of_2011_areas_follow_the_published_lookup():
    pairs = pd.DataFrame({"lsoa11": ["E01000901", "E01000902"], "lsoa21": [toy.AREAS[0]] * 2})
    bres = toy.reading("bres", {
        "area_id": ["E01000901", "E01000902"], "area_name": "x", "industry": "total", "status": "",
        "jobs": [10.0, 30.0], "jobs_low": [5.0, 25.0], "jobs_high": [15.0, 35.0],
    })  # fmt: skip
    ledger, base = toy.county(bres)
    made = jobs(ledger, base, demand(), pairs)
    assert made.by_area.loc[toy.AREAS[0], ["jobs_low", "jobs", "jobs_high"]].tolist() == [30, 40, 50]  # fmt: skip


def test_jobs_of_merged_msoas_of_2011_add_up():
    """E02006903 and E02006904 of 2011 are E02000001 of the toy county in 2021."""
    bres = toy.reading("bres", {
        "area_id": ["E02006903", "E02006904"], "area_name": "x", "industry": "total", "status": "",
        "jobs": [50.0, 150.0], "jobs_low": [25.0, 125.0], "jobs_high": [75.0, 175.0],
    })  # fmt: skip
    lookup = {"msoa11": ["E02006903", "E02006904"], "msoa21": ["E02000001"] * 2}
    ledger, base = toy.county(bres, toy.reading("lookups", lookup))
    made = jobs(ledger, base, demand(), NO_PAIRS)
    assert made.by_area.loc[toy.AREAS[0], "jobs"] == 80.0


def test_indicators_stand_by_area():
    ledger, base = toy.county(toy.reading("imd_indicators", {"area_id": [toy.AREAS[0], "E01999999"], "broadband_score": [1.5, 0.0], "connectivity_score": [50.0, 1.0]}))  # fmt: skip
    made = indicators(ledger, base)
    assert made.loc[toy.AREAS[0], "broadband_score"] == 1.5
    assert made["broadband_score"].notna().sum() == 1
