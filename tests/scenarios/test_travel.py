"""Walking, cycling and driving on the same streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.errors import InputError
from layers.parameters import shipped
from layers.streets import HIGHWAYS, from_lines
from scenarios.reach import nodes_within
from scenarios.travel import (
    Travel,
    joinable_edges,
    oneway_for,
    travel_costs,
    travel_network,
    usable_by,
)

WAYS = [
    ("a", "residential", True, [(0, 0), (100, 0)]),
    ("b", "motorway", True, [(100, 0), (100, 900)]),
    ("c", "footway", False, [(0, 0), (0, 50)]),
]


@pytest.fixture(scope="module")
def town():
    frame = gpd.GeoDataFrame(
        {
            "osm_id": [w[0] for w in WAYS],
            "highway": [w[1] for w in WAYS],
            "oneway": [w[2] for w in WAYS],
        },
        geometry=[shapely.LineString([(400_000 + x, 290_000 + y) for x, y in w[3]]) for w in WAYS],
        crs="EPSG:27700",
    )
    return from_lines(frame)


def node(town, x, y):
    return int(
        np.argmin(np.hypot(town.node_easting - 400_000 - x, town.node_northing - 290_000 - y))
    )


@pytest.mark.parametrize(
    ("mode", "site", "from_where"),
    [
        ("walk", (0, 0), [(0, 0), (100, 0), (0, 50)]),
        ("walk", (100, 0), [(0, 0), (100, 0), (0, 50)]),
        ("drive", (0, 0), [(0, 0)]),
        ("drive", (100, 900), [(0, 0), (100, 0), (100, 900)]),
        ("cycle", (0, 0), [(0, 0)]),
        ("cycle", (100, 0), [(0, 0), (100, 0)]),
    ],
)
def test_from_where_people_come_and_which_way(town, mode, site, from_where):
    net = travel_network(town, Travel.of(mode, shipped()))
    found = nodes_within(net, [node(town, *site)], 5_000)
    assert found.node.tolist() == sorted(node(town, *place) for place in from_where)


def test_walkers_go_both_ways_everywhere(town):
    assert not oneway_for(town, "walk").any()
    assert oneway_for(town, "drive").sum() == 2
    assert usable_by(town, "cycle").sum() == 1


def test_a_time_is_a_distance_at_the_reference_speed(town):
    """15 minutes at 4.8 km/h are 1,200 m (worked example D02)."""
    assert Travel.of("walk", shipped()).limit_m(15) == pytest.approx(1_200)
    drive = Travel.of("drive", shipped())
    found = nodes_within(travel_network(town, drive), [node(town, 100, 900)], 5_000)
    far = dict(zip(found.node.tolist(), found.distance.tolist(), strict=True))
    seconds = far[node(town, 0, 0)] / (30 / 3.6)
    assert seconds == pytest.approx(100 / (25 / 3.6) + 900 / (90 / 3.6))


def test_how_people_come_to_desks_is_the_study_s_to_state():
    assert Travel.to_desks(shipped()).mode == "walk"
    stated = shipped().override({"coworking.travel_mode": {"value": 1}}, "study.toml")
    assert Travel.to_desks(stated).limit_m(10) == pytest.approx(15_000 / 6)
    assert "travel.cycle_kmh" in Travel.to_desks(stated).parameters


def test_every_class_of_street_has_a_speed(town):
    speeds = Travel.of("drive", shipped()).by_class_kmh
    assert set(speeds) == set(HIGHWAYS)
    assert min(speeds.values()) > 0
    assert travel_costs(town, Travel.of("cycle", shipped())).tolist() == town.length_m.tolist()


def test_a_speed_that_is_none(town):
    with pytest.raises(InputError, match="km/h"):
        travel_costs(town, Travel("drive", 30.0, 4.8, {"residential": 30.0}))


def test_a_fragment_of_road_is_no_place_to_start_from(town):
    """The footway joins nothing that cars may use, and no part is larger than the motorway's."""
    assert joinable_edges(town, "drive").sum() == 2
    assert joinable_edges(town, "walk").sum() == 2
