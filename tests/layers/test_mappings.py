"""A user's mapping file says which header holds what."""

from __future__ import annotations

import pytest

from layers.gather import gather

ESTATE = "Ref,Site,Organ,Pcode,E,N,Vacant sqm\n1,Crown House,Dept,B1 1AA,406523,286448,300\n2,Depot,Dept,B13 0HN,406875,286393,\n"
MAPPING = """
format = "government_estate"
[columns]
property_ref = "Ref"
property_name = "Site"
department = "Organ"
postcode = "Pcode"
easting = "E"
northing = "N"
vacant_area_m2 = "Vacant sqm"
"""


def study(folder, mapping, text=ESTATE):
    (folder / "estate.csv").write_text(text)
    (folder / "estate.mapping.toml").write_text(mapping)
    made = gather(folder, [folder / "estate.csv", folder / "estate.mapping.toml"])
    return made, {f.name: f for f in made.fates}


def test_a_mapped_file_is_read_as_its_format(tmp_path):
    made, fate = study(tmp_path, MAPPING)
    (reading,) = made.readings["government_estate"]
    assert reading.frame["property_name"].tolist() == ["Crown House", "Depot"]
    assert reading.frame["vacant_area_m2"].fillna(0).tolist() == [300, 0]
    assert fate["estate.mapping.toml"].status == "used"
    assert fate["estate.csv"].quality.closes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("government_estate", "ofcom_fixed"), "takes no mapping"),
        (('"Ref"', '"Reference"'), "has no column 'Reference'"),
        (("postcode =", "post_code ="), "has no column 'post_code'"),
        (('"Ref"', "3"), "is not text"),
        (("[columns]", "[colums]"), "no setting 'colums'"),
        (("[columns]", "[columns"), "not readable as TOML"),
    ],
)
def test_a_wrong_mapping_is_refused_in_plain_words(tmp_path, change, said):
    made, _ = study(tmp_path, MAPPING.replace(*change))
    assert any(said in fault.problem for fault in made.faults), made.faults
    assert all(fault.mend and fault.where == "estate.mapping.toml" for fault in made.faults)


def test_a_mapping_without_its_file_is_left_out(tmp_path):
    (tmp_path / "x.mapping.toml").write_text(MAPPING)
    made = gather(tmp_path, [tmp_path / "x.mapping.toml"])
    assert made.fates[0].status == "not recognised"


def test_a_drive_test_with_degrees_can_be_mapped(tmp_path):
    (tmp_path / "estate.csv").write_text(
        "t,lng,lat,signal\n1,-1.905,52.4757,-95\n2,-1.9,52.4752,-140.5\n"
    )
    mapping = 'format = "drive_test"\n[columns]\nmeasured_at = "t"\nlongitude = "lng"\nlatitude = "lat"\nrsrp_dbm = "signal"\n'
    (tmp_path / "estate.mapping.toml").write_text(mapping)
    made = gather(tmp_path, [tmp_path / "estate.csv", tmp_path / "estate.mapping.toml"])
    (reading,) = made.readings["drive_test"]
    assert reading.frame["rsrp_dbm"].tolist() == [-95, -140.5]
    assert 406_000 < reading.frame["easting"].iloc[0] < 407_500
    assert reading.source.sensitivity == "commercial"
