"""OS Open Roads: field names as in the published GeoPackage (`oproad_gb.gpkg`, layer `road_link`)."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.formats.open_roads import HIGHWAY_OF, highway_of, write
from layers.street_pieces import HIGHWAYS

ROADS = [
    ("l1", "A Road", "Dual Carriageway", True, [(0, 0), (100, 0)]),
    ("l2", "Local Road", "Single Carriageway", False, [(100, 0), (100, 80)]),
    ("l3", "Motorway", "Slip Road", True, [(0, 0), (0, 50)]),
    ("l4", "Restricted Local Access Road", "Single Carriageway", False, [(100, 80), (150, 80)]),
    ("l5", "Hovercraft Road", "Single Carriageway", False, [(150, 80), (190, 80)]),
]


def links():
    names = ("osm_id", "road_function", "form_of_way", "trunk_road")
    frame = gpd.GeoDataFrame(
        {name: [road[i] for road in ROADS] for i, name in enumerate(names)},
        geometry=[
            shapely.LineString([(400_000 + x, 290_000 + y) for x, y in road[4]]) for road in ROADS
        ],
        crs="EPSG:27700",
    )
    return frame.assign(name="High Street")


def test_links_are_read_with_the_class_of_street_that_fits(tmp_path, read_one):
    reading = read_one(write(links(), tmp_path / "oproad_sp_2026.gpkg"))
    assert reading.source.format_key == "open_roads"
    frame = reading.frame
    assert list(frame.columns) == ["src", "record", "osm_id", "highway", "name", "geometry"]
    assert frame["highway"].tolist() == [
        "trunk",
        "residential",
        "motorway_link",
        "service",
        "other",
    ]
    assert frame.geometry.length.tolist() == [100, 80, 50, 50, 40]
    assert frame["name"].unique().tolist() == ["High Street"]
    assert reading.notes == ("1 links have a road function that is not known here",)


def test_what_is_wrong_is_kept_apart(tmp_path, read_one):
    twice = pd.concat([links(), links().iloc[:1]], ignore_index=True)
    path = write(gpd.GeoDataFrame(twice, crs="EPSG:27700"), tmp_path / "twice.gpkg")
    reading = read_one(path)
    assert reading.quarantine["reason"].tolist() == ["duplicate id"]
    held = gpd.read_file(path, layer="road_link")
    held["fictitious"] = [True] + [False] * 5
    held["id"] = [f"l{i}" for i in range(6)]
    held.to_file(path, layer="road_link", driver="GPKG")
    assert dict(read_one(path).set_aside) == {"drawn to close a gap": 1}


@pytest.mark.parametrize("function", sorted(HIGHWAY_OF))
def test_every_class_is_one_the_streets_know(function):
    for form in ("Single Carriageway", "Slip Road"):
        for trunk in (True, False):
            made = highway_of(pd.Series([function]), pd.Series([form]), pd.Series([trunk]))
            assert made.item() in HIGHWAYS
