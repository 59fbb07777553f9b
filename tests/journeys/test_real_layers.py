"""The whole folder of published files, read and combined: facts that must come out of it."""

from __future__ import annotations

from datetime import date

import pytest

from layers.build import StudyArea, build
from layers.gather import gather
from layers.parameters import shipped

DISTRICTS = tuple(f"E080000{n}" for n in range(25, 32))


@pytest.fixture(scope="module")
def gathered(real_data):
    return gather(real_data, [p for p in real_data.rglob("*") if p.is_file()])


@pytest.fixture(scope="module")
def evidence(gathered):
    area = StudyArea("E47000007", "West Midlands", DISTRICTS)
    return build(gathered, area, shipped(), date(2026, 11, 23))


def test_full_fibre_over_the_28_constituencies_by_release(evidence):
    frame = evidence.coverage.frame
    held = frame[(frame["level"] == "study") & (frame["measure"] == "full_fibre_pct")]
    share = dict(zip(held["release"], held["share_pct"].round(1), strict=True))
    # computed independently from the same files by those who collected them (README of the folder)
    assert share == {
        "2018-09": 4.2,
        "2019-09": 14.3,
        "2020-09": 25.2,
        "2022-09": 42.9,
        "2024-01": 62.4,
    }
    assert set(held["grade"]) == {"measured"}
    assert held["area_name"].str.contains("28 constituencies").all()


def test_district_gigabit_agrees_with_the_ons_series(evidence):
    frame = evidence.coverage.frame
    held = frame[
        (frame["level"] == "LAD")
        & (frame["measure"] == "gigabit_pct")
        & (frame["release"] == "2024-01")
    ]
    published = held[held["grade"] == "measured"].set_index("area_id")["share_pct"]
    summed = held[held["grade"] == "estimated"].set_index("area_id")["share_pct"]
    assert len(published) == len(summed) == 7
    assert (published - summed.round(1)).abs().round(1).max() <= 0.3
    straddling = held.loc[held["grade"] == "estimated", "method"].str.contains(
        "; 1 of them straddle"
    )
    assert straddling.sum() == 2


def test_every_file_reconciles_and_is_accounted_for(gathered, evidence):
    assert all(q.closes for q in evidence.quality)
    assert len(evidence.fates) == len(gathered.fates)
    for fate in evidence.fates:
        assert fate.status == "used" or fate.reason, fate.name
        if fate.status == "not used" and fate.quality is not None:
            assert fate.quality.used == 0, fate.name
    assert gathered.faults == ()


def test_constituency_values_are_estimated_for_small_areas(evidence):
    frame = evidence.area_gaps.frame
    assert len(frame) == 1719
    assert set(frame["full_fibre_grade"]) == {"estimated"}
    assert (frame["full_fibre_low_pct"] < frame["full_fibre_high_pct"]).all()
    assert any("14.0 points" in note for note in evidence.notes)


def test_each_layer_that_the_folder_allows_is_there(evidence):
    assert (len(evidence.districts.frame), len(evidence.constituencies.frame)) == (7, 28)
    # Census 2021 households of the seven districts, spread over their live postcodes
    assert evidence.demand.frame["premises"].sum() == pytest.approx(1_131_715)
    kinds = evidence.sites.frame["kind"].value_counts()
    assert (kinds["library"], kinds["gp"]) == (142, 235)
    assert evidence.stops.frame["id"].is_unique
    assert evidence.streets.counts["ways"] == 6353
    assert evidence.streets.counts["largest_part_nodes"] > 0.9 * evidence.streets.counts["nodes"]
    assert 20 < evidence.terrain.sample(*([[405_000.0]], [[305_000.0]])).item() < 300
    assert evidence.masts is None  # no mast list: the 5G deficit is unknown
    assert evidence.area_gaps.frame["deficit_5g_pct"].isna().all()
    assert evidence.area_gaps.frame["imd_decile"].notna().all()


def test_business_units_add_up_to_the_published_districts(evidence):
    frame = evidence.businesses.frame
    lad = frame["area"].map(evidence.areas.frame.set_index("id")["lad"])
    units = frame["units"].groupby(lad).sum()
    assert set(units.index) == set(DISTRICTS)
    assert units.sum() == pytest.approx(104_870)


def test_closed_libraries_are_leads_and_other_councils_registers_are_outside(evidence):
    offices = evidence.offices.frame
    assert len(offices) == 10
    assert set(offices["vacancy_confidence"]) == {0.1}
    assert set(offices["vacancy_evidence"]) == {"service closed; building state unknown"}
    fate = {f.name: f for f in evidence.fates}
    for name in (
        "trafford_land_and_building_assets.csv",
        "cheltenham_local_authority_land_and_assets_2023.csv",
    ):
        found = fate[f"property/{name}"]
        assert (found.status, found.reason, found.quality.used) == (
            "not used",
            "outside the study area",
            0,
        )


def test_rejected_rows_are_found_again_on_their_line(evidence, real_data):
    row = evidence.quarantine[evidence.quarantine["reason"].str.contains("swapped")].iloc[0]
    line = (real_data / row["file"]).read_text(encoding="utf-8").splitlines()[row["line"] - 1]
    assert row["value"] in line
