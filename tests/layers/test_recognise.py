"""Recognition by header and content, and what is said of a file that nothing fits."""

from __future__ import annotations

import json

import pytest

from layers.peeking import peek
from layers.recognise import recognise

UPRN = "UPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\n1,2,3,4,5\n"


def look_at(tmp_path, text: str, name: str = "file.csv", encoding: str = "utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return recognise(peek(path))


def test_the_header_decides_not_the_name(tmp_path):
    found = look_at(tmp_path, UPRN, "202401_fixed_pcon_coverage_r01.csv")
    assert (found.format_key, found.detail) == ("open_uprn", "points")


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda t: "\ufeff" + t])
def test_case_and_byte_order_mark_do_not_matter(tmp_path, change):
    assert look_at(tmp_path, change(UPRN)).format_key == "open_uprn"


def test_the_file_name_adds_only_the_variant(tmp_path):
    header = (
        "parl_const,parliamentary_constituency_name,All Premises,All Matched Premises,"
        "SFBB availability (% premises),UFBB availability (% premises),"
        "Full Fibre availability (% premises),% of premises unable to receive 30Mbit/s\n"
        "E14000530,ALDERSHOT,10,10,90,80,70,1\n"
    )
    plain = look_at(tmp_path, header, "202401_fixed_pcon_coverage_r01.csv")
    homes = look_at(tmp_path, header, "202401_fixed_pcon_res_coverage_r01.csv")
    assert (plain.detail, homes.detail) == ("pcon", "pcon-residential")
    assert homes.layout is plain.layout


def test_a_renamed_column_is_refused_by_name(tmp_path):
    found = look_at(tmp_path, UPRN.replace("Y_COORDINATE", "Y_COORD"))
    assert not found.known
    assert found.format_key == "open_uprn"
    (fault,) = found.fault
    assert fault.column == "Y_COORDINATE"
    assert "nearest: 'Y_COORD'" in fault.problem


def test_an_unknown_header_is_left_out_with_the_nearest_layout(tmp_path):
    found = look_at(tmp_path, "lsoa21_code,ruc21_code\nE01008881,UN1\n")
    assert not found.known
    assert not found.fault
    assert found.nearest.startswith("nearest known layout:")
    found = look_at(tmp_path, "apples,pears\n1,2\n")
    assert found.nearest == "no known layout has any of its columns ('apples', 'pears')"


def test_households_by_type_and_by_tenure_are_told_apart(tmp_path):
    head = "lsoa21_code,total_households,{},n,prop\nE01008881,584,x,29,0.05\n"
    assert look_at(tmp_path, head.format("type")).format_key == "households"
    assert not look_at(tmp_path, head.format("tenure")).known


def test_a_postcode_directory_is_not_a_lookup(tmp_path):
    header = "pcds,dointr,doterm,east1m,north1m,lad25cd,lsoa21cd,msoa21cd\n"
    row = "B1 1AA,198001,,406523,286448,E08000025,E01033620,E02001827\n"
    assert look_at(tmp_path, header + row).format_key == "onspd"
    uprn = (
        "UPRN,GRIDGB1E,GRIDGB1N,PCDS,LAD25CD,LSOA21CD\n1,406523,286448,B1 1AA,E08000025,E01033620\n"
    )
    assert look_at(tmp_path, uprn).format_key == "onsud"


def test_geojson_without_a_code_field_says_which_fields_it_has(tmp_path):
    feature = {"type": "Feature", "properties": {"town": "x"}, "geometry": None}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    found = look_at(tmp_path, text, "areas.geojson")
    assert not found.known
    assert "'town'" in found.nearest
    assert "LAD25CD" in found.nearest


def test_geojson_cut_within_its_first_feature_is_said_to_be(tmp_path):
    text = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"LAD25'
    assert "cut short" in look_at(tmp_path, text, "areas.geojson").nearest


def test_code_fields_behind_a_large_geometry_or_a_crs_are_found(tmp_path):
    ring = [[-2 + i / 100_000, 52.5] for i in range(8_000)] + [[-2, 52.6], [-2, 52.5]]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"LAD25CD": "E08000025", "LAD25NM": "Ashby"},
    }
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
    found = look_at(tmp_path, text, "areas.geojson")
    assert (found.format_key, found.detail) == ("boundaries", "LAD")
    assert found.format.vintage(found.look) == "2025"


def test_headerless_postcodes_are_known_by_their_form(tmp_path):
    assert look_at(tmp_path, "B1 1AY,10,406523,286448\n").detail == "positions"
    assert (
        look_at(tmp_path, '"B1  1AY",10,406523,286448,"E92000001","","","","E08000025",""\n').detail
        == "full"
    )
    assert not look_at(tmp_path, "B1 1AY,ten,406523,286448\n").known


def test_a_zip_without_a_shapefile_and_a_broken_one_are_left_out(tmp_path):
    import zipfile

    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", UPRN)
    assert "no reader here takes zip" in recognise(peek(path)).nearest
    path.write_bytes(b"PK\x03\x04broken")
    assert not recognise(peek(path)).known
