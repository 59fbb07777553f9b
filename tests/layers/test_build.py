"""From readings to evidence."""

from dataclasses import fields
from datetime import date

import pandas as pd
import pytest
from toy import (
    AREAS,
    DISTRICTS,
    POSTCODES,
    boundaries,
    code_points,
    households,
    lookups,
    ofcom,
    reading,
)

from layers.build import StudyArea, build
from layers.errors import InputError
from layers.gather import FileFate, Gathered
from layers.parameters import shipped
from layers.source import Layer

AREA = StudyArea("E47000009", "County", DISTRICTS)


def gathered(*items):
    readings = {}
    for item in items:
        readings.setdefault(item.source.format_key, []).append(item)
    fates = tuple(
        sorted(
            (FileFate(i.source.path, "used", source=i.source) for i in items), key=lambda f: f.name
        )
    )
    return Gathered({k: tuple(v) for k, v in readings.items()}, fates=fates)


def made(*items):
    return build(gathered(*boundaries(), *lookups(), *items), AREA, shipped(), date(2026, 1, 1))


def library():
    rows = {
        "publisher_id": ["1"],
        "name": ["Old"],
        "postcode": "AA1 1AA",
        "easting": [400_500.0],
        "northing": [300_500.0],
        "run_by": "",
        "closed": [True],
        "closed_year": [2012.0],
    }
    return reading("libraries", rows, vintage="2016")


def test_boundaries_alone_make_a_study_whose_other_layers_are_none():
    found = made()
    assert len(found.areas.frame) == 8
    absent = (
        "demand",
        "sites",
        "offices",
        "stops",
        "businesses",
        "coworking",
        "masts",
        "fibre",
        "streets",
        "terrain",
        "site_register",
    )
    assert all(getattr(found, name) is None for name in absent)
    assert found.area_gaps.frame["premises"].isna().all()
    assert len(found.coverage.frame) == 0


def test_without_ground_there_is_no_study():
    with pytest.raises(InputError, match="E08000901"):
        build(gathered(), AREA, shipped(), date(2026, 1, 1))
    with pytest.raises(InputError, match="names no districts"):
        build(gathered(), StudyArea("E1", "x", ()), shipped(), date(2026, 1, 1))


def test_every_file_reconciles_and_has_a_final_fate():
    strange = reading("osm_buildings", {"osm_id": [1, 2]})
    found = made(ofcom(), code_points(POSTCODES), households(), strange)
    assert all(q.closes for q in found.quality)
    fate = {f.name: f for f in found.fates}
    assert fate[strange.source.path].status == "not used"
    assert fate[strange.source.path].quality.set_aside == {"no layer uses this kind of file yet": 2}
    assert strange.source not in found.sources
    assert fate["cpo.csv"].quality.set_aside == {"outside the study area": 1}


def test_layers_have_unique_ids_and_say_where_rows_come_from():
    found = made(ofcom(), code_points(POSTCODES), households(), library())
    for item in fields(found):
        layer = getattr(found, item.name)
        if isinstance(layer, Layer):
            assert layer.frame["id"].is_unique, item.name
            assert {"src", "record"} <= set(layer.frame), item.name
            assert layer.sources or item.name == "constituencies", item.name
    assert {s.format_key for s in found.demand.sources} == {
        "code_point_open",
        "households",
        "ofcom_fixed",
    }
    assert found.offices.frame["id"].tolist() == ["library:1"]
    assert found.sites is None
    assert any("root mean square" in note for note in found.notes)


def test_the_same_readings_make_the_same_evidence_in_any_order():
    items = (
        ofcom(),
        ofcom("2023-01", shares=(1, 2, 3, 4)),
        code_points(POSTCODES),
        households(),
        library(),
    )
    one, two = made(*items), made(*items[::-1])
    for name in ("coverage", "area_gaps", "district_gaps"):
        pd.testing.assert_frame_equal(getattr(one, name).frame, getattr(two, name).frame)
    pd.testing.assert_frame_equal(one.demand.frame, two.demand.frame)
    assert one.notes == two.notes


def test_practice_data_mark_the_whole_evidence():
    from dataclasses import replace

    from layers.evidence import Evidence

    found = made(households(), code_points(POSTCODES))
    assert isinstance(found, Evidence)
    assert not found.sample
    assert replace(found, sources=(replace(found.sources[0], sample=True),)).sample


def test_rejected_rows_of_all_files_are_kept_with_file_and_reason():
    bad = households()
    bad = bad.without_bad(bad.frame["lsoa21"] == AREAS[0], "not a number", "households")
    found = made(bad, code_points(POSTCODES))
    assert found.quarantine[["file", "record", "reason"]].to_numpy().tolist() == [
        [bad.source.path, 1, "not a number"]
    ]
    assert found.quarantine["line"].isna().all()
    assert {q.source.path: q for q in found.quality}[bad.source.path].quarantined == {
        "not a number": 1
    }


def test_the_officers_register_joins_sites_by_uprn():
    assets = {
        "organisation": "C",
        "asset_id": ["1"],
        "uprn": [77],
        "name": ["Hall"],
        "postcode": "",
        "easting": [400_500.0],
        "northing": [300_500.0],
        "holding": "Buildings",
    }
    circuits = {
        "uprn": [77, 78, 77],
        "site_name": ["Hall", "Other", "Hall again"],
        "current_circuit": "copper",
    }
    item = reading("site_register", circuits)
    found = made(reading("asset_register", assets), item)
    assert found.site_register.frame["id"].tolist() == ["uprn:77"]
    quality = {q.source.path: q for q in found.quality}[item.source.path]
    assert quality.set_aside == {
        "no public-sector place of the study has its UPRN": 1,
        "same UPRN in another row": 1,
    }
