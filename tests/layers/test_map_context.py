"""Water and names of places, for drawing only."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
import shapely
from toy import corner, county, reading

from layers.errors import SourceError
from layers.grid import to_lonlat
from layers.map_context import map_context
from layers.peeking import peek

X, Y = corner(1, 1)
# a lake of 400 by 400 m with an island of 200 by 200, a pond of 10 by 10, a river that leaves
# the county, a canal whose nodes the extract lacks in part, and four named nodes
SPOTS = {
    1: (100, 100), 2: (500, 100), 3: (500, 500), 4: (100, 500),
    5: (200, 200), 6: (400, 200), 7: (400, 400), 8: (200, 400),
    9: (600, 600), 10: (610, 600), 11: (610, 610), 12: (600, 610),
    13: (0, 50), 14: (60_000, 50), 15: (0, 700),
    21: (50, 50), 22: (300, 300), 23: (90_000, 0), 24: (60, 60),
}  # fmt: skip
NAMES = {21: ("suburb", "Alder"), 22: ("town", "Zed"), 23: ("city", "Far Away"), 24: ("suburb", "")}


def way(number, refs, **tags):
    inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    inner += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    return f'<way id="{number}" version="1">{inner}</way>'


def extract(path):
    keys = sorted(SPOTS)
    lon, lat = to_lonlat(
        np.array([X + SPOTS[k][0] for k in keys], float),
        np.array([Y + SPOTS[k][1] for k in keys], float),
    )
    nodes = ""
    for key, x, y in zip(keys, lon, lat, strict=True):
        kind, name = NAMES.get(key, ("", ""))
        tags = f'<tag k="place" v="{kind}"/><tag k="name" v="{name}"/>' if kind else ""
        nodes += f'<node id="{key}" version="1" lat="{y:.7f}" lon="{x:.7f}">{tags}</node>'
    ways = (
        way(31, [1, 2, 3, 4, 1])
        + way(32, [5, 6, 7, 8, 5])
        + way(33, [9, 10, 11, 12, 9], natural="water")
        + way(34, [13, 14], waterway="river", name="Long Brook")
        + way(35, [15, 999], waterway="canal")
        + way(36, [13, 15], waterway="ditch")
    )
    lake = (
        '<relation id="41" version="1"><member type="way" ref="31" role="outer"/>'
        '<member type="way" ref="32" role="inner"/><tag k="type" v="multipolygon"/>'
        '<tag k="natural" v="water"/><tag k="name" v="Mere"/></relation>'
    )
    text = f'<?xml version="1.0"?><osm version="0.6" generator="test">{nodes}{ways}{lake}</osm>'
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def made(path, *more):
    item = reading("osm_xml", {"osm_id": []}, name=path.name, detail="features")
    book, base = county(item, *more)
    return book, map_context(book, {item.source.src: peek(path, path.name)}, base)


@pytest.mark.parametrize("name", ["water.osm", "water.osm.gz"])
def test_water_is_cut_at_the_county_and_small_ponds_are_left_out(tmp_path, name):
    book, drawn = made(extract(tmp_path / name))
    water = drawn.water.set_index("id")
    assert sorted(water.index) == ["relation/41", "way/34"]
    assert water.loc["relation/41", "geometry"].area == pytest.approx(400**2 - 200**2, rel=1e-3)
    assert water.loc["relation/41", "name"] == "Mere"
    # from one kilometre east of the county's west edge to its east edge, 4 km off
    assert water.loc["way/34", "geometry"].length == pytest.approx(3_000, rel=1e-3)
    assert water.crs.to_epsg() == 27700
    assert any("1 pieces of water are not drawn" in note for note in book.notes)
    assert [s.path for s in drawn.sources] == [name]


def test_towns_come_before_suburbs_and_what_has_no_name_or_lies_outside_is_left_out(tmp_path):
    _, drawn = made(extract(tmp_path / "water.osm"))
    places = drawn.places
    assert places["name"].tolist() == ["Zed", "Alder"]
    assert places["order"].tolist() == [1, 2]
    assert places["easting"].tolist() == pytest.approx([X + 300, X + 50], abs=0.02)


def stops(**columns):
    at = [
        (0.1, 0.1),
        (0.2, 0.1),
        (0.3, 0.1),
        (1.5, 1.5),
        (1.6, 1.5),
        (1.7, 1.5),
        (0.5, 0.5),
        (9, 9),
    ]
    xy = [corner(*spot) for spot in at]
    return reading(
        "naptan",
        {
            "stop_id": [f"s{i}" for i in range(len(at))],
            "name": "Stop", "stop_type": "BCT",
            "easting": [x for x, _ in xy], "northing": [y for _, y in xy],
            "locality": ['"Heath "'] + ["Heath"] * 5 + ["Lone", "Far"], "active": True, **columns,
        },
    )  # fmt: skip


def test_localities_of_stops_stand_in_where_no_extract_names_places():
    book, base = county(stops(locality_code=["A"] * 3 + ["B"] * 3 + ["C", "D"]))
    drawn = map_context(book, {}, base)
    assert drawn.water is None
    assert drawn.places["id"].tolist() == ["locality:A", "locality:B"], "one stop makes no place"
    assert drawn.places["name"].tolist() == ["Heath", "Heath"], "two places of one name stay two"
    assert drawn.places["easting"].tolist() == [corner(0.2, 0)[0], corner(1.6, 0)[0]]
    assert drawn.places["kind"].unique().tolist() == ["locality"]


def test_without_a_file_there_is_nothing_and_a_broken_one_is_named(tmp_path):
    book, base = county()
    drawn = map_context(book, {}, base)
    assert (drawn.water, drawn.places, drawn.sources) == (None, None, ())
    cut = tmp_path / "cut.osm"
    cut.write_bytes(extract(tmp_path / "whole.osm").read_bytes()[:400])
    with pytest.raises(SourceError, match=r"cut\.osm: .*broken or cut short"):
        made(cut)


def test_shapes_are_valid(tmp_path):
    _, drawn = made(extract(tmp_path / "water.osm"))
    assert shapely.is_valid(drawn.water.geometry.to_numpy()).all()
