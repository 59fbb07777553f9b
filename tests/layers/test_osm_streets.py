"""Streets of OpenStreetMap extracts, against osmnx on the same file."""

from __future__ import annotations

import gzip

import networkx as nx
import numpy as np
import osmium
import pytest
from osmnx_oracle import by_osmnx

from layers import streets as assembling
from layers.errors import SourceError
from layers.grid import from_lonlat
from layers.osm_streets import extract_streets
from layers.street_pieces import HIGHWAYS
from layers.streets import Streets
from scenarios.travel import oneway_for, usable_by

NODES = """
 <node id="1" version="1" lat="52.5000" lon="-1.9000"/>
 <node id="2" version="1" lat="52.5000" lon="-1.8990"/>
 <node id="3" version="1" lat="52.5000" lon="-1.8980"/>
 <node id="4" version="1" lat="52.5010" lon="-1.8990"/>
 <node id="5" version="1" lat="52.5020" lon="-1.8990"/>
 <node id="6" version="1" lat="52.5020" lon="-1.8980"/>
"""


def way(number, refs, **tags):
    inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    inner += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    return f' <way id="{number}" version="1">{inner}</way>\n'


WAYS = (
    way(10, [1, 2, 3], highway="residential")
    + way(11, [2, 4, 5], highway="primary", oneway="yes")
    + way(12, [5, 6], highway="service", oneway="-1")
    + way(13, [6, 3, 3, 4], highway="tertiary", junction="roundabout")
    + way(14, [1, 4], building="yes")
    + way(15, [3, 6], highway="elevator")
)


def extract(folder, body, name="small.osm"):
    path = folder / name
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="hand">\n{body}</osm>\n',
        encoding="utf-8",
    )
    return path


def assert_same(ours, theirs):
    for name in ours.__dataclass_fields__:
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name


def test_pieces_are_those_of_osmnx(tmp_path):
    path = extract(tmp_path, NODES + WAYS)
    found = extract_streets(path)
    assert found.ways == 5
    assert found.incomplete == 0
    assert_same(found.segments, by_osmnx(path))


def test_one_way_streets_keep_their_direction(tmp_path):
    seg = extract_streets(extract(tmp_path, NODES + WAYS)).segments
    x, _ = from_lonlat(np.array([-1.898, -1.899]), np.array([52.502, 52.502]))
    service = np.flatnonzero(seg.highway == HIGHWAYS.index("service"))
    # tagged -1 from node 5 to node 6: driven from 6 to 5
    assert (seg.x1[service], seg.x2[service]) == (x[0], x[1])
    assert seg.oneway[service].all()
    assert seg.oneway[seg.highway == HIGHWAYS.index("tertiary")].all()
    assert not seg.oneway[seg.highway == HIGHWAYS.index("residential")].any()
    assert (seg.highway == HIGHWAYS.index("other")).sum() == 1


def test_the_network_has_the_distances_of_osmnx(tmp_path):
    import osmnx

    path = extract(tmp_path, NODES + WAYS)
    network = assembling._finish(assembling._nodes(extract_streets(path).segments), (), ())
    graph = osmnx.graph_from_xml(path, simplify=False, retain_all=True)
    undirected = nx.Graph(
        graph.edge_subgraph([e for e in graph.edges if "highway" in graph.edges[e]])
    )
    assert network.counts["nodes"] == len(undirected)
    assert network.counts["parts"] == nx.number_connected_components(undirected)
    # osmnx measures on a sphere; the National Grid differs by well under 0.5 %
    theirs = sum(d["length"] for _, _, d in undirected.edges(data=True))
    ours = nx.Graph()
    ours.add_weighted_edges_from(zip(network.start, network.end, network.length_m, strict=True))
    assert ours.size("weight") == pytest.approx(theirs, rel=5e-3)


def test_private_ways_are_kept_but_nobody_walks_there(tmp_path):
    """Node 1 to 4 by a private drive, and on along a shared path; a one-way street with contraflow cycling."""
    body = (
        NODES
        + way(10, [1, 4], highway="service", access="private")
        + way(11, [4, 5], highway="footway", bicycle="designated")
        + way(12, [5, 6], highway="residential", oneway="yes", **{"oneway:bicycle": "no"})
    )
    found = extract_streets(extract(tmp_path, body))
    made = assembling._finish(assembling._nodes(found.segments), (), ())
    by_class = {HIGHWAYS[h]: i for i, h in enumerate(made.highway)}
    walk, cycle, drive = (usable_by(made, mode) for mode in ("walk", "cycle", "drive"))
    names = ("service", "footway", "residential")
    assert [bool(walk[by_class[n]]) for n in names] == [False, True, True]
    assert [bool(cycle[by_class[n]]) for n in names] == [False, True, True]
    assert [bool(drive[by_class[n]]) for n in names] == [False, False, True]
    assert not oneway_for(made, "cycle").any()
    assert oneway_for(made, "drive").sum() == 1
    again = Streets.from_frames(made.to_frames())
    assert np.array_equal(again.access, made.access)


@pytest.mark.parametrize("arrange", ["ways first", "gzip", "pbf", "odd name"])
def test_order_compression_and_name_do_not_matter(tmp_path, arrange):
    expected = extract_streets(extract(tmp_path, NODES + WAYS)).segments
    path = extract(
        tmp_path, (WAYS + NODES) if arrange == "ways first" else NODES + WAYS, "other.osm"
    )
    if arrange == "gzip":
        packed = tmp_path / "other.osm.gz"
        packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        path = packed
    elif arrange == "pbf":
        packed = tmp_path / "other.osm.pbf"
        with osmium.SimpleWriter(str(packed)) as writer:
            for element in osmium.FileProcessor(str(path)):
                writer.add(element)
        path = packed
    elif arrange == "odd name":
        path = path.rename(tmp_path / "streets.txt")
    assert_same(extract_streets(path).segments, expected)


def test_underground_lines_are_ducts_and_no_streets(tmp_path):
    cable = way(20, [1, 4], communication="line", location="underground")
    poles = way(21, [2, 4], communication="line", location="overhead")
    found = extract_streets(extract(tmp_path, NODES + WAYS + cable + poles))
    assert found.ways == 5
    (line,) = found.ducts
    x, y = from_lonlat(np.array([-1.9, -1.899]), np.array([52.5, 52.501]))
    assert list(line.coords) == list(zip(x, y, strict=True))
    only = extract_streets(extract(tmp_path, NODES + cable, "cable.osm"))
    assert only.segments is None
    assert len(only.ducts) == 1


def test_missing_nodes_are_counted_not_guessed(tmp_path):
    found = extract_streets(
        extract(tmp_path, NODES + way(10, [1, 2, 99, 3], highway="residential"))
    )
    assert len(found.segments.way) == 1
    assert found.incomplete == 2
    assert "2 pieces of street are left out" in found.notes[0]


def test_a_file_with_no_streets_says_so(tmp_path):
    found = extract_streets(extract(tmp_path, NODES + way(14, [1, 4], building="yes")))
    assert found.segments is None
    assert found.ways == 0
    nodeless = extract_streets(extract(tmp_path, way(10, [1, 2], highway="residential")))
    assert nodeless.segments is None
    assert nodeless.incomplete == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<?xml version='1.0'?><osm version='0.6'><node id='1'", "broken or cut short"),
        (b"<html><body>Too many requests</body></html>", "broken or cut short"),
        (b"a,b,c\n1,2,3\n", "neither OpenStreetMap XML nor PBF"),
        (b"", "neither OpenStreetMap XML nor PBF"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x99", "broken or cut short"),
    ],
)
def test_broken_files_are_refused_in_one_sentence(tmp_path, content, words):
    path = tmp_path / "bad.osm"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        extract_streets(path, "sources/bad.osm")
    assert len(caught.value.faults) == 1
    assert words in str(caught.value)
    assert "sources/bad.osm" in str(caught.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        extract_streets(tmp_path / "nowhere.osm")


def test_a_published_pbf(real_data):
    """294 ways around the University of Leeds (README of the data folder)."""
    found = extract_streets(real_data / "osm" / "its-example.osm.pbf")
    assert 0 < found.ways <= 294
    network = assembling._finish(assembling._nodes(found.segments), (), ())
    assert np.isfinite(network.length_m).all()
    # Leeds: easting about 429 km, northing about 434 km
    assert np.median(network.node_easting) == pytest.approx(429_000, abs=3_000)
    assert np.median(network.node_northing) == pytest.approx(434_000, abs=3_000)
