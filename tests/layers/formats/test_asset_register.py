"""Council registers: synonyms, repeated labels, positions of two kinds, redacted vacant rows."""

from __future__ import annotations

import numpy as np
import pytest

from layers.errors import LayoutError

# the header of the Cheltenham register of 2021 (domain brief, A7), with its repeated labels
REPEATED = (
    "Organisation,OrganisationLabel,Organisation,OrganisationLabel,UPRN,AssetCode,PropertyName,"
    "StreetName,PostTown,PostCode,GeoX,GeoY,TenureType,TenureDetail,HoldingType"
)
PLAIN = "AssetCode,PropertyName,PostCode,GeoX,GeoY,TenureType,TenureDetail"


@pytest.fixture
def given(tmp_path, read_one):
    def read(text: str):
        path = tmp_path / "register.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return read_one(path, expect="asset_register")

    return read


def test_repeated_organisation_labels_are_let_pass(given):
    row = '23UB,Ashby Council,x,y,010000480247,A1,"Town\nHall",High St,Ashby,,395522,223084,Freehold,Vacant,Offices'
    first = given(f"{REPEATED}\n{row}\n").frame.iloc[0]
    assert first["organisation"] == "Ashby Council"
    assert first["name"] == "Town Hall"
    assert first["uprn"] == 10000480247
    assert (first["easting"], first["northing"]) == (395522, 223084)


def test_other_repeated_headers_are_refused(given):
    with pytest.raises(LayoutError, match="'PostCode' stands twice"):
        given("AssetCode,PostCode,PostCode,GeoX,GeoY,TenureType\nA1,B1 1AA,B2 2BB,1,2,Freehold\n")


def test_synonyms_of_other_councils(given):
    text = (
        "Unique Asset ID,Name of the building or land,X Co-ordinate,Y Co-ordinate,Tenure,Tenure Category,"
        "Building or land\nA1,Depot,395522,223084,Freehold,Vacant,Building\n"
    )
    row = given(text).frame.iloc[0]
    assert (row["asset_id"], row["name"], row["tenure_detail"], row["holding"]) == ("A1", "Depot", "Vacant", "Building")  # fmt: skip


def test_degrees_and_metres_are_told_apart_by_value(given):
    rows = "A1,x,B1 1AA,395522,223084,Freehold,\nA2,x,B1 1AA,-2.3520922,53.3879587,Freehold,\n"
    frame = given(f"{PLAIN}\n{rows}").frame
    assert frame["easting"].iloc[0] == 395522
    # Altrincham Town Hall stands at about SJ 767 879
    assert frame["easting"].iloc[1] == pytest.approx(376_700, abs=200)
    assert frame["northing"].iloc[1] == pytest.approx(387_900, abs=200)


def test_positions_that_cannot_be_places(given):
    rows = (
        "A1,x,B1 1AA,53.3879587,-2.3520922,Freehold,\n"
        "A2,x,B1 1AA,0,0,Freehold,\n"
        "A3,x,,0,0,Freehold,\n"
        "A4,x,B1 1AA,395522,,Freehold,\n"
        "A5,x,B1 1AA,900000,223084,Freehold,\n"
        "A6,x,B1 1AA,10.5,45.0,Freehold,\n"
        "A7,x,B1 1AA,,,Freehold,\n"
    )
    reading = given(f"{PLAIN}\n{rows}")
    assert dict(zip(reading.quarantine["record"], reading.quarantine["reason"], strict=True)) == {
        1: "longitude and latitude are swapped",
        3: "no position (0, 0)",
        4: "only one of two coordinates",
        5: "outside the cover of the National Grid transform",
        6: "outside the cover of the National Grid transform",
    }
    assert reading.frame["asset_id"].tolist() == ["A2", "A7"]
    assert reading.frame["easting"].isna().all()
    assert "1 row gives 0, 0 as position: taken as no position" in reading.notes
    assert reading.quality().closes


def test_vacant_rows_may_hold_only_the_first_part_of_a_postcode(given):
    rows = "A1,,B13,,,Freehold,Vacant\nA2,,wv10,,,Freehold,Vacant\nA3,,Various,,,Freehold,\nA4,,b130hn,,,Freehold,\n"
    reading = given(f"{PLAIN}\n{rows}")
    assert reading.frame["postcode"].tolist() == ["B13", "WV10", "", "B13 0HN"]
    assert "1 cell is not a postcode: taken as missing" in reading.notes


def test_chattels_and_blank_rows_are_set_aside_and_repeats_quarantined(given):
    rows = "A1,Mayor's chain,,,,Chattel,\nA2,x,,,,Freehold,\nA2,x,,,,Freehold,\n,x,,,,Freehold,\n,,,,,,\n"
    reading = given(f"{PLAIN}\n{rows}")
    assert dict(reading.set_aside) == {"blank row": 1, "chattel, not property": 1}
    assert reading.quarantine["reason"].tolist() == ["duplicate id", "no value"]
    assert reading.frame["asset_id"].tolist() == ["A2"]


def test_missing_floor_areas_stay_missing(given):
    text = "AssetCode,GeoX,GeoY,TenureType,BuildingSize,EnergyRating\nA1,,,Freehold,,\nA2,,,Freehold,415.05,e\nA3,,,Freehold,-5,\n"
    reading = given(text)
    assert np.isnan(reading.frame["floor_area_m2"].iloc[0])
    assert reading.frame["energy_band"].tolist() == ["", "E"]
    assert reading.quarantine["reason"].tolist() == ["negative"]
