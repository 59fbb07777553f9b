from __future__ import annotations

import gzip

import pandas as pd
import pytest

from layers.checksum import sha256_of
from layers.errors import SourceError
from layers.formats import osm_xml
from layers.grid import from_lonlat
from layers.peeking import peek
from layers.recognise import recognise
from layers.source import SourceFile

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n'
MAST = '<tag k="man_made" v="mast"/><tag k="tower:type" v="communication"/>'


def source_of(path):
    return SourceFile(
        path.name, sha256_of(path), path.stat().st_size, "osm_xml", "openstreetmap", "", "", "", ""
    )


def read_text(tmp_path, body, name="a.osm"):
    path = tmp_path / name
    path.write_text(HEAD + body + "</osm>\n", encoding="utf-8")
    return osm_xml.read(peek(path), source_of(path))


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"man_made": "tower", "tower:type": "communication"}, "mast"),
        ({"man_made": "communications_tower"}, "mast"),
        ({"building": "yes", "communication:mobile_phone": "yes"}, "mast"),
        ({"man_made": "mast", "tower:type": "lighting"}, ""),
        ({"amenity": "coworking_space"}, "coworking"),
        ({"office": "coworking"}, "coworking"),
        ({"office": "company"}, ""),
        ({"telecom": "exchange"}, "exchange"),
        ({"man_made": "street_cabinet", "street_cabinet": "telecom"}, "cabinet"),
        ({"man_made": "street_cabinet", "utility": "telecom"}, "cabinet"),
        ({"man_made": "street_cabinet", "utility": "power"}, ""),
        ({"manhole": "telecom"}, "duct"),
        ({"communication": "line", "location": "underground"}, "duct"),
        ({"communication": "line"}, ""),
    ],
)
def test_kinds_follow_the_tags_named_in_the_domain_brief(tags, kind):
    assert osm_xml.kind_of(tags) == kind


def test_reads_nodes_and_ways_and_counts_only_candidates(tmp_path):
    reading = read_text(
        tmp_path,
        f'<node id="1" lat="54.2" lon="0.50">{MAST}<tag k="name" v="Mast &amp; one"/></node>'
        '<node id="2" lat="54.2" lon="0.60"/><node id="3" lat="54.3" lon="0.60"/>'
        '<node id="4" lat="54.2" lon="0.51"><tag k="highway" v="street_lamp"/></node>'
        '<way id="7"><nd ref="2"/><nd ref="3"/><tag k="amenity" v="coworking_space"/></way>'
        '<way id="8"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>',
    )
    assert reading.rows_in == 3
    assert reading.frame["osm_id"].tolist() == ["node/1", "node/4", "way/7"]
    assert reading.frame["kind"].tolist() == ["mast", "street_lamp", "coworking"]
    assert reading.frame["name"].tolist() == ["Mast & one", "", ""]
    assert reading.frame["record"].tolist() == [1, 2, 3]
    easting, northing = from_lonlat([0.50, 0.51, 0.60], [54.2, 54.2, 54.25])
    assert reading.frame["easting"].to_numpy() == pytest.approx(easting, abs=0.001)
    assert reading.frame["northing"].to_numpy() == pytest.approx(northing, abs=0.001)


def test_relations_repeats_and_features_without_position_are_accounted_for(tmp_path):
    reading = read_text(
        tmp_path,
        f'<node id="1" lat="54.2" lon="0.50">{MAST}</node>'
        f'<node id="1" lat="54.2" lon="0.50">{MAST}</node>'
        f'<node id="2" lat="0" lon="0">{MAST}</node>'
        '<way id="5"><nd ref="99"/><tag k="telecom" v="exchange"/></way>'
        '<relation id="6"><tag k="office" v="coworking"/></relation>',
    )
    assert reading.rows_in == 5
    assert reading.frame["osm_id"].tolist() == ["node/1"]
    assert sum(reading.set_aside.values()) == 2
    assert reading.quarantine["value"].tolist() == ["node/2", "way/5"]


def test_street_assets_carry_what_their_tags_say_and_nothing_else(tmp_path):
    reading = read_text(
        tmp_path,
        '<node id="1" lat="54.2" lon="0.50"><tag k="highway" v="street_lamp"/><tag k="height" v="8 m"/>'
        '<tag k="material" v="steel"/><tag k="operator" v="The Council"/></node>'
        '<node id="2" lat="54.2" lon="0.51"><tag k="highway" v="bus_stop"/><tag k="shelter" v="yes"/></node>'
        '<node id="3" lat="54.2" lon="0.52"><tag k="highway" v="bus_stop"/></node>'
        '<node id="4" lat="54.2" lon="0.53"><tag k="highway" v="traffic_signals"/><tag k="height" v="20 ft"/></node>'
        '<node id="5" lat="54.2" lon="0.54"><tag k="amenity" v="shelter"/><tag k="shelter_type" v="picnic_shelter"/></node>',
    )
    frame = reading.frame
    assert frame["kind"].tolist() == ["street_lamp", "bus_shelter", "traffic_signals"]
    assert frame["height_m"].isna().tolist() == [False, True, True]  # feet are not guessed at
    assert frame.loc[0, ["height_m", "material", "owner"]].tolist() == [8.0, "steel", "The Council"]


def test_a_file_of_streets_only_has_no_rows(tmp_path):
    reading = read_text(tmp_path, '<node id="1" lat="54.2" lon="0.5"/>')
    assert reading.rows_in == 0
    assert list(reading.frame.columns) == ["src", "record", *osm_xml.COLUMNS]


def test_entities_are_refused_not_expanded(tmp_path):
    path = tmp_path / "bomb.osm"
    path.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE osm [<!ENTITY a "aaaa">\n<!ENTITY b "&a;&a;">]>\n'
        '<osm><node id="1" lat="1" lon="1"><tag k="name" v="&b;"/></node></osm>'
    )
    with pytest.raises(SourceError, match="declares XML entities") as caught:
        osm_xml.read(peek(path), source_of(path))
    assert caught.value.faults[0].line == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + '<node id="1" lat="54.2" lon="0.5"', "breaks off"),
        (HEAD + '<node id="one" lat="54.2" lon="0.5"/></osm>', "id is not a whole number"),
        (HEAD + '<node id="1" lat="north" lon="0.5"/></osm>', "lat is not a number"),
    ],
)
def test_broken_files_are_refused_with_a_line(tmp_path, text, problem):
    path = tmp_path / "broken.osm"
    path.write_text(text)
    with pytest.raises(SourceError, match=problem) as caught:
        osm_xml.read(peek(path), source_of(path))
    assert caught.value.faults[0].line == 3


def test_a_compressed_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "cut.osm.gz"
    text = HEAD + "".join(f'<node id="{i}" lat="54.2" lon="0.{i}"/>' for i in range(9999))
    path.write_bytes(gzip.compress(text.encode())[:-2000])
    look = osm_xml.Peek(path, path.name, "xml", gz=True, head=HEAD.encode())
    with pytest.raises(SourceError, match="cannot be read"):
        osm_xml.read(look, source_of(path))


def test_what_it_writes_it_reads(tmp_path):
    nodes = pd.DataFrame(
        {"osm_id": [1, 2], "easting": [562_000.0, 562_100.0], "northing": [482_000.0, 482_000.0]}
    )
    ways = pd.DataFrame(
        {"osm_id": [11], "nodes": [[1, 2]], "highway": ["residential"], "oneway": [None]}
    )
    features = pd.DataFrame(
        {
            "osm_id": [3, 4, 5],
            "easting": [562_010.0, 562_020.0, 562_030.0],
            "northing": [482_005.0, 482_006.0, 482_007.0],
            "man_made": ["mast", None, None],
            "tower:type": ["communication", None, None],
            "amenity": [None, "coworking_space", ""],
            "highway": [None, None, "street_lamp"],
            "name": [None, 'Practice "Desks" <& more>', None],
        }
    )
    path = osm_xml.write(nodes, ways, features, tmp_path / "streets.osm")
    look = peek(path)
    assert recognise(look).format_key == "osm_xml"
    reading = osm_xml.read(look, source_of(path))
    assert reading.frame["kind"].tolist() == ["mast", "coworking", "street_lamp"]
    assert reading.frame["name"].tolist() == ["", 'Practice "Desks" <& more>', ""]
    assert reading.frame["easting"].to_numpy() == pytest.approx(
        [562_010, 562_020, 562_030], abs=0.02
    )
    text = path.read_text()
    assert text.count('<nd ref="') == 2
    assert "oneway" not in text
    assert path.read_bytes() == osm_xml.write(nodes, ways, features, path).read_bytes()


@pytest.mark.parametrize("name", ["UTB-8", "big5", "utf-7"])
def test_an_encoding_that_cannot_be_read_is_said(tmp_path, read_one, name):
    path = tmp_path / "area.osm"
    path.write_text(f'<?xml version="1.0" encoding="{name}"?>\n<osm version="0.6"/>\n')
    with pytest.raises(SourceError, match=r"cannot be read|not well formed|breaks off"):
        read_one(path)
