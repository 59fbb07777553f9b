"""Independent evidence of vacancy combined by the rules of the domain brief, section D4."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from test_sites import assets
from toy import code_points, corner, county, reading, settled

from layers.masts import listed_masts, masts
from layers.offices import CANDIDATE, DISCLOSURE, OFFICE_COLUMNS, offices
from layers.parameters import shipped
from layers.positions import positions
from layers.postcodes import gazetteer
from layers.rating_list import RatingList
from layers.sites import resolve
from layers.vacancy import combined

AS_OF = date(2026, 1, 1)
OFFICE = {"name": ["Area Office", "Two House"], "tenure_detail": ["Vacant", "Vacant"], "effective_date": pd.to_datetime(["2026-01-01"] * 2)}  # fmt: skip


def run(*items):
    book, base = county(*items)
    places = resolve(book, base, positions(book), gazetteer(book))
    rating = RatingList(book)
    made = offices(book, places, shipped(), AS_OF, rating)
    rating.settle()
    return made, book


def voa(**columns):
    base = {
        "kind": ["office", "mast"], "ba_reference": ["R1", "R2"], "name": ["AREA OFFICE", "MAST"], "street": "HIGH ST",
        "postcode": ["AA1 1AA", "AA1 1AB"], "effective_date": "2023-04-01",
    }  # fmt: skip
    return reading("voa_rating", {**base, **columns})


def rates(**columns):
    base = {
        "ba_reference": ["R1"], "address": ["Area Office, High Street"], "postcode": ["AA1 1AA"], "status": "Empty",
        "empty_from": ["2026-01-01"], "relief": "", "kind": ["empty"],
    }  # fmt: skip
    return reading("rates_empties", {**base, **columns}, vintage="2026")


def estate(**columns):
    x, y = corner(0.5, 0.5)
    base = {
        "property_ref": ["G1"], "property_name": ["Crown House"], "department": "Dept", "postcode": "AA1 1AA",
        "easting": [x], "northing": [y], "asset_type": "Building", "usage": "Office", "floor_area_m2": [900.0], "vacant_area_m2": [300.0],
    }  # fmt: skip
    return reading("government_estate", {**base, **columns}, vintage="2026-01-01")


def test_register_and_rates_are_independent_and_combine_to_the_cap():
    # 1 - (1 - 0.8)(1 - 0.7) = 0.94
    made, _ = run(assets(**OFFICE), voa(), rates())
    row = made[made["name"] == "Area Office"].iloc[0]
    assert row["vacancy_confidence"] == pytest.approx(0.94)
    assert "register says: Vacant" in row["vacancy_evidence"]
    assert "business rates: stated empty, empty since 2026-01-01 (" in row["vacancy_evidence"]
    assert "record 1)" in row["vacancy_evidence"]


def test_an_unmatched_reference_or_a_relief_alone_counts_half():
    occupied = {**OFFICE, "tenure_detail": ["", ""]}
    made, _ = run(assets(**occupied), rates())
    assert made[made["name"] == "Area Office"]["vacancy_confidence"].iloc[0] == pytest.approx(0.5)
    made, _ = run(assets(**occupied), voa(), rates(kind=["relief"]))
    assert made[made["name"] == "Area Office"]["vacancy_confidence"].iloc[0] == pytest.approx(0.5)


def test_each_piece_is_aged_by_itself():
    made, _ = run(assets(**OFFICE), voa(), rates(empty_from=["2024-01-01"]))
    # 1 - (1 - 0.8)(1 - 0.7 / 2), two years being 24.0 months
    row = made[made["name"] == "Area Office"].iloc[0]
    assert row["vacancy_confidence"] == pytest.approx(0.87, abs=0.001)
    assert "24 months old" in row["vacancy_evidence"]


def test_an_office_of_the_rating_list_is_a_candidate_and_never_combines():
    made, _ = run(assets(name=["Area Office", "Two House"], tenure_detail=""), voa())
    row = made[made["name"] == "Area Office"].iloc[0]
    assert (row["vacancy_confidence"], row["vacancy_evidence"]) == (0.1, CANDIDATE)
    made, _ = run(assets(**OFFICE), voa())
    assert made[made["name"] == "Area Office"]["vacancy_confidence"].iloc[0] == pytest.approx(0.8)
    made, _ = run(
        assets(name=["Area Office", "x"], tenure_detail="Occupied by local authority"), voa()
    )
    assert made["vacancy_confidence"].tolist() == [0.0]


def test_vacant_space_carries_its_area_and_a_building_without_says_nothing():
    made, _ = run(estate())
    row = made.iloc[0]
    assert row["vacancy_confidence"] == pytest.approx(0.7)
    assert (row["floor_area_m2"], row["floor_area_basis"]) == (300.0, "vacant space")
    assert "300 m2 vacant of 900 m2" in row["vacancy_evidence"]
    made, _ = run(estate(vacant_area_m2=[float("nan")]))
    assert made["vacancy_confidence"].isna().all()


def test_rates_of_other_people_s_property_are_set_aside():
    item = rates(address=["Fish Bar"], postcode=["AA1 1AA"])
    _, book = run(assets(**OFFICE), item)
    assert settled(book, item).set_aside == {
        "none of its properties is a public-sector place of the study": 1
    }


def test_two_records_of_one_source_are_not_independent():
    pieces = pd.DataFrame(
        {"id": "a", "source": "rates", "confidence": [0.7, 0.5], "months": 0.0, "text": ["x", "y"]}
    )
    found = combined(pieces, 24)
    assert found.loc["a", "missed"] == pytest.approx(0.3)
    assert found.loc["a", "text"] == "x 0 months old; y 0 months old"


def test_every_column_has_a_disclosure_class_and_places_are_not_public():
    assert set(DISCLOSURE) == set(OFFICE_COLUMNS)
    assert {
        DISCLOSURE[c] for c in ("easting", "northing", "postcode", "name", "vacancy_evidence")
    } == {"vacancy"}


def test_masts_of_three_lists_stand_once_each():
    x, y = corner(0.5, 0.5)
    mine = reading(
        "mast_list",
        {
            "mast_id": ["M1", "M2"],
            "name": ["a", "b"],
            "easting": [x - 10, x + 900],
            "northing": [y, y],
        },
    )
    stations = voa(kind=["mast", "mast"], postcode=["AA1 1AA", "BB2 2AA"])
    book, base = county(
        mine, stations, code_points({"AA1 1AA": (0.25, 0.5), "BB2 2AA": (2.5, 1.5)})
    )
    rating = RatingList(book)
    listed = listed_masts(book, base, shipped())
    made = masts(base, shipped(), listed, None, rating, gazetteer(book))
    rating.settle()
    assert made["id"].str.split(":").str[0].tolist() == ["mast", "mast", "voa"]
    assert settled(book, mine).quality().used == 2
    assert settled(book, stations).quality().closes


def visit(**columns):
    base = {
        "site_id": ["asset:vale-council/A1"], "visited_on": "2025-12-01", "occupancy": "vacant",
        "confirmed_by_role": "estates manager", "confirmed_on": "2026-01-01",
    }  # fmt: skip
    return reading("visit_sheet", {**base, **columns})


def office_after(**columns):
    made, book = run(assets(**OFFICE), visit(**columns))
    return made.set_index("id").loc["asset:vale-council/A1"], book


def test_a_vacancy_that_the_asset_manager_confirmed_is_certain_and_not_capped():
    row, _ = office_after()
    assert row["vacancy_confidence"] == 1.0
    assert row["vacancy_evidence"].startswith(
        "visit of 2025-12-01: vacant, confirmed by estates manager on 2026-01-01 ("
    )
    assert "register says: Vacant" in row["vacancy_evidence"]  # the trail of the rest is kept


def test_a_confirmation_ages_as_all_evidence_does():
    # halved at 24 months: 1 - (1 - 0.5)(1 - 0.8) = 0.9
    row, _ = office_after(confirmed_on="2024-01-01")
    assert row["vacancy_confidence"] == pytest.approx(0.9, abs=0.001)


@pytest.mark.parametrize(
    ("columns", "confidence", "said"),
    [
        ({"confirmed_by_role": ""}, 0.8, "not confirmed by the asset manager"),
        ({"confirmed_on": ""}, 0.8, "not confirmed by the asset manager"),
        ({"occupancy": "occupied"}, 0.0, "visit of 2025-12-01: occupied"),
        ({"occupancy": "part vacant"}, 0.8, "part vacant without an area: not counted"),
        ({"occupancy": ""}, 0.8, "occupancy not noted"),
    ],
)
def test_a_visit_without_a_confirmation_counts_as_nothing(columns, confidence, said):
    # the register's record is of 2026-01-01; an occupied building is one only if seen since then
    later = {"visited_on": "2026-01-02"} if columns.get("occupancy") == "occupied" else {}
    row, _ = office_after(**columns, **later)
    assert row["vacancy_confidence"] == pytest.approx(confidence)
    assert said.replace("2025-12-01", later.get("visited_on", "2025-12-01")) in row["vacancy_evidence"]  # fmt: skip


def test_a_register_later_than_the_visit_stands():
    row, _ = office_after(occupancy="occupied")
    assert row["vacancy_confidence"] == pytest.approx(0.8)


def test_part_vacant_carries_its_area_and_a_measured_floor_area_is_taken():
    row, _ = office_after(occupancy="part vacant", vacant_area_m2=240.0)
    assert row[["vacancy_confidence", "floor_area_m2", "floor_area_basis"]].tolist() == [1.0, 240.0, "vacant space"]  # fmt: skip
    row, _ = office_after(floor_area_nia_m2=510.0)
    assert row[["floor_area_m2", "floor_area_basis"]].tolist() == [510.0, "NIA"]


def test_only_the_newest_visit_of_a_place_counts_and_strangers_are_set_aside():
    rows = visit(
        site_id=["asset:vale-council/A1"] * 2 + ["asset:elsewhere/1"],
        visited_on=["2025-10-01", "2025-12-01", "2025-12-01"], occupancy=["vacant", "part vacant", "vacant"],
    )  # fmt: skip
    made, book = run(assets(**OFFICE), rows)
    assert "part vacant" in made.set_index("id").loc["asset:vale-council/A1", "vacancy_evidence"]
    assert settled(book, rows).set_aside == {
        "a later visit of the same place": 1,
        "no public-sector place of the study has its id or UPRN": 1,
    }


def test_every_record_behind_a_register_s_word_is_named():
    twice = {**OFFICE, "name": ["Area Office", "Area Office"], "uprn": [7, 7]}
    made, _ = run(assets(**twice))
    text = made["vacancy_evidence"].iloc[0]
    assert "record 1)" in text
    assert "record 2)" in text
