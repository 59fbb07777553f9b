"""Candidate buildings and the evidence of their vacancy."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from test_sites import assets, libraries
from toy import code_points, county, reading, settled

from layers.offices import LEAD, OFFICE_COLUMNS, combine, offices
from layers.parameters import shipped
from layers.positions import positions
from layers.postcodes import gazetteer
from layers.sites import resolve

AS_OF = date(2026, 1, 1)


def run(*items, as_of=AS_OF):
    book, base = county(*items)
    places = resolve(book, base, positions(book), gazetteer(book))
    return offices(book, places, shipped(), as_of), book


def dated(when="2026-01-01", **columns):
    return assets(effective_date=pd.to_datetime([when, when]), **columns)


def test_confidence_combines_independent_evidence_up_to_the_cap():
    # domain brief D4: 1 - (1 - 0.8)(1 - 0.3) = 0.86; cap 0.95
    found = combine(
        np.array([[0.8, 0.3], [0.8, 0.9]]), np.array([0.0, np.nan]), cap=0.95, halving_months=24
    )
    assert found == pytest.approx([0.86, 0.95])


def test_confidence_halves_every_24_months():
    found = combine(np.array([[0.8]] * 3), np.array([0.0, 24.0, 48.0]), cap=0.95, halving_months=24)
    assert found == pytest.approx([0.8, 0.4, 0.2])


def test_vacant_offices_of_a_register_are_candidates_with_their_trail():
    made, _ = run(
        dated(
            name=["Area Office", "Old Mill"],
            tenure_detail=["Vacant", "Occupied by local authority"],
        )
    )
    row = made.set_index("id").loc["asset:vale-council/A1"]
    assert row["vacancy_confidence"] == pytest.approx(0.8)
    assert row["vacancy_evidence"].startswith("register says: Vacant")
    assert bool(row["office_capable"])
    assert row["status"] == "closed"
    assert len(made) == 1  # an occupied mill is neither vacant nor an office
    assert tuple(made.columns) == OFFICE_COLUMNS


def test_age_counts_from_the_study_s_clock():
    made, _ = run(dated("2024-01-01", tenure_detail="Vacant"))
    assert made["vacancy_confidence"].round(2).tolist() == [0.4, 0.4]
    assert "24 months old" in made["vacancy_evidence"].iloc[0]


def test_a_missing_occupier_is_never_vacancy():
    made, _ = run(
        dated(name=["Area Office", "Town Hall"], tenure_detail=["", "Occupied by local authority"])
    )
    frame = made.set_index("name")
    assert np.isnan(frame.loc["Area Office", "vacancy_confidence"])
    assert frame.loc["Area Office", "vacancy_evidence"] == "nothing said about vacancy"
    assert frame.loc["Town Hall", "vacancy_confidence"] == 0
    assert frame.loc["Town Hall", "status"] == "unknown"


def test_a_name_alone_is_weak_evidence():
    made, _ = run(dated(name=["Former Office", "Area Office"], tenure_detail=""))
    assert made.set_index("name").loc["Former Office", "vacancy_confidence"] == pytest.approx(0.3)


def test_closed_libraries_are_leads_only_and_do_not_age():
    made, _ = run(libraries(("Old Library",), ((0.5, 0.5),), (True,)))
    row = made.iloc[0]
    assert (row["vacancy_confidence"], row["vacancy_evidence"]) == (0.1, LEAD)
    assert bool(row["office_capable"])
    assert np.isnan(row["floor_area_m2"])


def test_an_open_library_is_no_candidate():
    assert run(libraries())[0] is None


def test_office_capable_is_missing_where_nothing_tells():
    made, _ = run(dated(name=["Mill View", "Public Toilets"], tenure_detail="Vacant"))
    capable = made.set_index("name")["office_capable"]
    assert capable.isna()["Mill View"]
    assert not capable["Public Toilets"]


def test_one_record_vacant_and_one_occupied_is_part_vacant_at_most():
    made, _ = run(dated(uprn=[7, 7], tenure_detail=["Vacant", "Occupied by local authority"]))
    assert len(made) == 1
    assert "part-vacant at most" in made["vacancy_evidence"].iloc[0]


def test_land_is_never_a_candidate_and_area_only_rows_have_no_pin():
    made, _ = run(
        dated(
            holding=["Land", "Buildings"],
            tenure_detail="Vacant",
            easting=[np.nan] * 2,
            northing=[np.nan] * 2,
            postcode="AA1",
        ),
        code_points({"AA1 1AA": (0.5, 0.5)}),
    )
    assert made["location"].tolist() == ["area-only"]
    assert made["easting"].isna().all()


def test_floor_area_and_energy_band_come_from_the_register_else_the_newest_certificate():
    register = dated(
        uprn=[7, 8], tenure_detail="Vacant", floor_area_m2=[120.0, np.nan], energy_band=["c", ""]
    )
    rows = {
        "certificate": ["a", "b", "c", "d"], "uprn": [7, 8, 8, 0], "postcode": "AA1 1AA", "property_type": "B1 Offices",
        "rating_band": ["A", "F", "d", "B"], "floor_area_m2": [999.0, 1.0, 300.0, 2.0],
        "lodged": pd.to_datetime(["2020-01-01", "2015-01-01", "2021-01-01", "2022-01-01"]),
    }  # fmt: skip
    epc = reading("epc_non_domestic", rows)
    made, book = run(register, epc)
    frame = made.set_index("id")
    assert frame.loc["uprn:7", ["floor_area_m2", "floor_area_basis", "energy_band"]].tolist() == [
        120.0,
        "register",
        "C",
    ]
    assert frame.loc["uprn:8", ["floor_area_m2", "floor_area_basis", "energy_band"]].tolist() == [
        300.0,
        "GIA",
        "D",
    ]
    assert settled(book, epc).set_aside == {
        "an older certificate of the same UPRN": 1,
        "no UPRN to join by": 1,
    }
