"""The traps of the later formats: rating list, Nomis wizard, rounding, PBF, saved answers, 5G."""

from __future__ import annotations

import json

import numpy as np
import osmium
import pytest
from practice_files import WIZARD

from layers.formats.bres import rounding_step


@pytest.fixture
def given(tmp_path, read_one):
    def read(text: str, name: str = "file.csv", encoding: str = "utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return read_one(path)

    return read


def rated(*changes, cells=28):
    row = ["1", "4605", "N1", "R1", "CO", "OFFICES AND PREMISES", "123", "x", "MR A PERSON", "1", "HIGH ST",
           "ASHBY", "", "", "B1 1AA", "01-APR-2023", "", "25000", "", "", "", "203G", "", "", "", "", "", ""]  # fmt: skip
    for at, value in changes:
        row[at] = value
    return "*".join(row[:cells] + [""] * max(cells - 28, 0))


def test_a_rating_list_with_and_without_the_29th_cell(given):
    shop = rated((3, "R3"), (4, "CS"), (6, "3"))
    mast = rated((3, "R2"), (4, "MT1"), (6, "2"), (10, "CAF\u00c9"))
    reading = given("\r\n".join([rated(), rated((3, "R9"), (6, "9"), cells=29), mast, shop]) + "\r\n", encoding="latin-1")  # fmt: skip
    assert reading.frame["kind"].tolist() == ["office", "office", "mast"]
    assert reading.frame["street"].iloc[2] == "CAF\u00c9"
    assert reading.frame["effective_date"].iloc[0] == "2023-04-01"
    assert reading.set_aside == {"neither an office nor a communication station": 1}


def test_no_person_s_name_leaves_the_rating_list(given):
    reading = given(f"{rated()}\n{rated(cells=20)}\n")
    assert reading.quality().quarantined == {"row has 20 of 28 fields": 1}
    assert "PERSON" not in reading.frame.to_csv() + reading.quarantine.to_csv()


def test_a_wizard_s_table_has_titles_above_and_notes_below(given):
    reading = given(WIZARD)
    assert reading.source.format_key == "nomis_businesses"
    assert (reading.source.vintage, reading.source.detail) == ("2025", "local-units-wizard")
    first = reading.frame[reading.frame["area_id"] == "E02001827"]
    assert dict(zip(first["sizeband"], first["units"], strict=True)) == {
        "total": 125,
        "micro": 110,
        "large": 0,
    }
    assert first["industry"].unique().tolist() == ["total"]
    assert reading.set_aside == {"a note of the publisher below the table": 1}
    assert reading.quality().closes


def test_bres_rounding_is_the_stricter_rule():
    # domain brief A6: 1-49 to 10, 50-249 to 50, 250-499 to 100, 500-999 to 200, 1,000-2,499 to 500
    jobs = np.array([49, 50, 249, 250, 499, 500, 999, 1000, 2499], float)
    assert rounding_step(jobs).tolist() == [10, 50, 50, 100, 100, 200, 200, 500, 500]


def test_features_of_a_pbf_are_those_of_the_xml(tmp_path, read_one):
    path = tmp_path / "area.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        at = [(-1.90, 52.48), (-1.91, 52.48), (-1.91, 52.49)]
        for number, place in enumerate(at, start=1):
            tags = {"man_made": "mast", "tower:type": "communication"} if number == 1 else {}
            writer.add_node(osmium.osm.mutable.Node(id=number, location=place, tags=tags))
        writer.add_way(osmium.osm.mutable.Way(id=9, nodes=[2, 3], tags={"office": "coworking", "name": "Hub"}))  # fmt: skip
    frame = read_one(path, expect="osm_xml").frame
    assert frame["osm_id"].tolist() == ["node/1", "way/9"]
    assert frame["kind"].tolist() == ["mast", "coworking"]
    assert frame["easting"].between(406_000, 407_000).all()


def test_saved_answers_count_operators_by_address(given):
    answer = {"PostCode": "b11aa", "Availability": [
        {"UPRN": 7, "EEDataOutdoor": 4, "VODataOutdoor": 3, "H3DataOutdoor": 4}, {"UPRN": 8, "EEDataOutdoor": 9}, {"UPRN": None},
    ]}  # fmt: skip
    reading = given(json.dumps(answer), "b11aa.json")
    assert reading.frame[["uprn", "postcode", "data_outdoor_likely"]].to_numpy().tolist() == [
        [7, "B1 1AA", 2]
    ]
    assert reading.quality().quarantined == {"a grade that is not 0 to 4": 1, "no value": 1}


def test_standalone_5g_and_roads_are_not_taken_for_the_others(given):
    head = "laua,laua_name,prem_count,4G_prem_out_0,4G_abrd_out_0,5G_SA_high_confidence_prem_out_0,5G_high_confidence_prem_out_0"
    row = given(
        f"{head}\nE08000025,A,10,0,2,60,10\n", "202601_mobile_coverage_laua_r1.csv"
    ).frame.iloc[0]
    assert (row["5g_sa_high_prem_out_any_pct"], row["5g_high_prem_out_any_pct"]) == (40, 90)
    assert row["4g_abrd_out_any_pct"] == 98


def test_a_directory_with_labels_for_headers_is_placed_by_degrees(given):
    reading = given(
        "Postcode 7 char,Latitude,Longitude\nB1  1AA,52.4757,-1.9056\nB1  1AB,99.999999,0\n"
    )
    assert reading.frame["postcode"].tolist() == ["B1 1AA"]
    assert 406_000 < reading.frame["easting"].iloc[0] < 407_000
    assert any("which postcodes have ended" in note for note in reading.notes)
