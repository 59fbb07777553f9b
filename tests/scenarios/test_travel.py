"""Walking, cycling and driving on the same streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.errors import InputError
from layers.streets import from_lines
from scenarios.reach import nodes_within
from scenarios.travel import DRIVE_SPEED_KMH, oneway_for, travel_costs, travel_network, usable_by

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
    ("mode", "origin", "reached"),
    [
        ("walk", (0, 0), [(0, 0), (100, 0), (0, 50)]),
        ("walk", (100, 0), [(0, 0), (100, 0), (0, 50)]),
        ("drive", (0, 0), [(0, 0), (100, 0), (100, 900)]),
        ("drive", (100, 0), [(100, 0), (100, 900)]),
        ("cycle", (0, 0), [(0, 0), (100, 0)]),
        ("cycle", (100, 0), [(100, 0)]),
    ],
)
def test_who_may_go_where_and_which_way(town, mode, origin, reached):
    found = nodes_within(travel_network(town, mode), [node(town, *origin)], 5_000)
    assert found.node.tolist() == sorted(node(town, *place) for place in reached)


def test_walkers_go_both_ways_everywhere(town):
    assert not oneway_for(town, "walk").any()
    assert oneway_for(town, "drive").sum() == 2
    assert usable_by(town, "cycle").sum() == 1


def test_times_by_speed(town):
    """15 minutes at 4.8 km/h are 1,200 m (worked example D02)."""
    seconds = travel_costs(town, 4.8)
    assert seconds * 1_200 / 900 == pytest.approx(town.length_m)
    drive = nodes_within(travel_network(town, "drive", DRIVE_SPEED_KMH), [node(town, 0, 0)], 100)
    far = dict(zip(drive.node.tolist(), drive.distance.tolist(), strict=True))
    assert far[node(town, 100, 900)] == pytest.approx(100 / (25 / 3.6) + 900 / (90 / 3.6))


@pytest.mark.parametrize("speed", [0, -3.0, {"residential": 30.0}])
def test_a_speed_that_is_none(town, speed):
    with pytest.raises(InputError, match="km/h"):
        travel_costs(town, speed)
