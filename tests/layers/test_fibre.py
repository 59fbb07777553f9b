"""The study's own list of fibre, and the streets along which a duct can be re-used."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from toy import corner, county, reading, settled

from layers.fibre import along_ducts, duct_lines, listed_fibre
from layers.parameters import shipped
from layers.streets import Streets, from_lines, streets
from layers.transport import telecom

X, Y = corner(1, 1)
ROWS = {
    "fibre_id": ["E1", "D1", "D2"],
    "kind": ["exchange", "duct", "duct"],
    "name": ["Hall", "", ""],
    "easting": [X, X, X + 500.0],
    "northing": [Y, Y + 3, Y],
    "to_easting": [np.nan, X + 200.0, np.nan],
    "to_northing": [np.nan, Y + 3, np.nan],
}


def ways():
    rows = [
        ("1", [(0, 0), (100, 0), (200, 0), (300, 0)]),
        ("2", [(100, 0), (100, 80)]),
    ]
    return gpd.GeoDataFrame(
        {"osm_id": [r[0] for r in rows], "highway": "residential", "name": ""},
        geometry=[shapely.LineString([(X + x, Y + y) for x, y in r[1]]) for r in rows],
        crs="EPSG:27700",
    )


def test_a_list_stands_in_for_the_map():
    own = reading("fibre_list", ROWS)
    osm = {"osm_id": ["node/1", "node/2"], "kind": ["cabinet", "coworking"], "name": "", "easting": X, "northing": Y}  # fmt: skip
    map_ = reading("osm_xml", osm)
    book, base = county(own, map_)
    listed = listed_fibre(book, base, shipped())
    assert listed["id"].str.endswith(("/D1", "/D2", "/E1")).all()
    layers = telecom(book, base, shipped(), fibre=listed)
    assert "fibre" not in layers
    assert settled(book, map_).set_aside == {
        "the study's own list of fibre stands in for the map's": 1
    }
    assert "fibre" in telecom(*county(map_), shipped())


def test_streets_along_a_duct_have_it_to_re_use():
    own, roads = reading("fibre_list", ROWS), reading("osm_lines", ways())
    book, base = county(own, roads)
    net = streets(book, {}, base, shipped(), listed_fibre(book, base, shipped()))
    # the first 200 m of the street; its last piece and the side street have none
    assert net.length_m[net.duct].sum() == pytest.approx(200)
    again = Streets.from_frames(net.to_frames())
    assert (again.duct == net.duct).all()
    book, base = county(reading("osm_lines", ways()))
    assert streets(book, {}, base, shipped()).duct is None


def test_a_duct_that_only_crosses_is_not_along():
    net = from_lines(ways())
    at = net.node_easting, net.node_northing, net.start, net.end
    across = shapely.LineString([(X + 150, Y - 50), (X + 150, Y + 50)])
    assert not along_ducts(*at, np.array([across]), 15).any()
    assert not along_ducts(*at, duct_lines(None), 15).any()
