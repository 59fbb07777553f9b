"""The street network."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from toy import corner, county, reading, settled

from layers.errors import SourceError
from layers.grid import to_lonlat
from layers.parameters import shipped
from layers.peeking import peek
from layers.streets import HIGHWAYS, Streets, from_lines, streets

X, Y = corner(1, 1)


def lines(rows):
    frame = gpd.GeoDataFrame(
        {"osm_id": [r[0] for r in rows], "highway": [r[1] for r in rows]},
        geometry=[shapely.LineString([(X + x, Y + y) for x, y in r[2]]) for r in rows],
        crs="EPSG:27700",
    )
    return frame.assign(name="")


CROSS = [
    ("w1", "residential", [(0, 0), (100, 0), (200, 0)]),
    ("w2", "residential", [(100, 0), (100, 50)]),
    ("w3", "motorway", [(200, 0), (200, 300)]),
    ("w4", "residential", [(500, 500), (500, 530)]),
]


def test_ways_meet_where_they_share_a_coordinate():
    net = from_lines(lines(CROSS))
    assert net.counts == {"nodes": 7, "edges": 5, "ways": 4, "parts": 2, "largest_part_nodes": 4}
    assert sorted(net.length_m) == [30, 50, 100, 100, 300]


def test_people_do_not_walk_along_motorways_but_they_are_kept():
    net = from_lines(lines(CROSS))
    barred = net.highway == HIGHWAYS.index("motorway")
    assert (~net.walkable == barred).all()
    assert net.walkable.sum() == 4


def test_parts_are_numbered_by_size():
    net = from_lines(lines(CROSS))
    at = {
        (round(x - X), round(y - Y)): i
        for i, (x, y) in enumerate(zip(net.node_easting, net.node_northing, strict=True))
    }
    assert net.component[at[(0, 0)]] == 0
    assert net.component[at[(500, 500)]] == 1


def test_the_network_covers_what_is_close_to_it():
    net = from_lines(lines(CROSS))
    x, y = np.array([X + 50, X + 5_000]), np.array([Y, Y])
    assert net.covers(x, y).tolist() == [True, False]
    assert net.covers(x, y, 5_000).tolist() == [False, False]


def test_frames_give_the_same_network_back():
    net = from_lines(lines(CROSS))
    again = Streets.from_frames(net.to_frames())
    for name in (
        "node_easting",
        "start",
        "end",
        "length_m",
        "highway",
        "oneway",
        "walkable",
        "component",
    ):
        assert (getattr(net, name) == getattr(again, name)).all(), name
        assert getattr(net, name).dtype == getattr(again, name).dtype, name
    assert again.counts == net.counts
    assert again.covered.equals(net.covered)


def test_lines_are_settled_and_far_ones_set_aside():
    away = ("w9", "residential", [(60_000, 0), (60_100, 0)])
    item = reading("osm_lines", lines([*CROSS, away, CROSS[0]]))
    book, base = county(item)
    net = streets(book, {}, base, shipped())
    assert net.counts["ways"] == 4
    said = "streets: 6 nodes in 2 parts that no street on foot connects; the largest holds 66.7 %"
    assert any(note.startswith(said) for note in book.notes)
    assert any("1 parts of under 100 nodes (2 together)" in note for note in book.notes)
    assert settled(book, item).set_aside == {
        "more than 2,000 m outside the study area": 1,
        "same way earlier in the file": 1,
    }


def test_an_empty_file_of_lines_is_one_clear_fault():
    item = reading("osm_lines", lines(CROSS).iloc[:0])
    book, base = county(item)
    with pytest.raises(SourceError, match="no street in the file"):
        streets(book, {}, base, shipped())


def test_no_street_file_is_no_network_and_far_streets_are_noted():
    book, base = county()
    assert streets(book, {}, base, shipped()) is None
    book, base = county(
        reading("osm_lines", lines([("w9", "residential", [(60_000, 0), (60_100, 0)])]))
    )
    assert streets(book, {}, base, shipped()) is None
    assert any("straight lines" in note for note in book.notes)


def test_open_roads_stand_in_where_no_openstreetmap_file_is():
    roads = reading("open_roads", lines(CROSS), name="roads.gpkg")
    book, base = county(roads)
    net = streets(book, {}, base, shipped())
    assert net.counts["ways"] == 4
    assert len(settled(book, roads).frame) == 4
    export = reading("osm_lines", lines(CROSS[:2]))
    book, base = county(roads, export)
    assert streets(book, {}, base, shipped()).counts["ways"] == 2
    assert len(settled(book, roads).frame) == 0


def extract(folder, ways, name="map.osm"):
    """An OpenStreetMap extract with ways `(id, tags, [(node, x, y), ...])` in metres from the corner."""
    nodes = {n: (x, y) for _, _, at in ways for n, x, y in at}
    text = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    for n, (x, y) in sorted(nodes.items()):
        lon, lat = to_lonlat(np.array([X + x]), np.array([Y + y]))
        text.append(f'<node id="{n}" lon="{lon[0]:.9f}" lat="{lat[0]:.9f}" version="1"/>')
    for way, tags, at in ways:
        inner = "".join(f'<nd ref="{n}"/>' for n, *_ in at) + "".join(
            f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()
        )
        text.append(f'<way id="{way}" version="1">{inner}</way>')
    path = folder / name
    path.write_text("\n".join([*text, "</osm>"]), encoding="utf-8")
    return path


def from_extract(tmp_path, ways, features=0):
    path = extract(tmp_path, ways)
    rows = {
        "osm_id": [f"node/{n}" for n in range(features)],
        "kind": "mast",
        "name": "",
        "easting": X,
        "northing": Y,
    }
    item = reading("osm_xml", rows, name="map.osm", detail="features")
    book, base = county(item)
    return streets(book, {item.source.src: peek(path, "map.osm")}, base, shipped())


def test_an_extract_gives_each_street_once_with_its_direction_and_true_length(tmp_path):
    ways = [
        (1, {"highway": "residential"}, [(1, 0, 0), (2, 100, 0), (3, 200, 0)]),
        (2, {"highway": "primary", "oneway": "yes"}, [(3, 200, 0), (4, 200, 75)]),
        (3, {"building": "yes"}, [(5, 50, 50), (6, 60, 50), (7, 60, 60), (5, 50, 50)]),
    ]
    net = from_extract(tmp_path, ways)
    assert net.counts["edges"] == 3
    assert net.counts["nodes"] == 4
    assert sorted(net.length_m) == pytest.approx([75, 100, 100], abs=0.01)
    one = np.flatnonzero(net.oneway)
    assert net.highway[one].tolist() == [HIGHWAYS.index("primary")]
    assert net.node_northing[net.end[one]] - net.node_northing[net.start[one]] == pytest.approx(
        75, abs=0.01
    )


def test_an_extract_of_features_only_is_no_fault_and_an_empty_one_is(tmp_path):
    building = [(3, {"building": "yes"}, [(5, 50, 50), (6, 60, 50), (7, 60, 60), (5, 50, 50)])]
    assert from_extract(tmp_path, building, features=1) is None
    with pytest.raises(SourceError, match="holds no street"):
        from_extract(tmp_path, building)
