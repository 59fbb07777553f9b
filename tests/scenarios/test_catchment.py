"""Catchments by straight line and along a hand-made street, each point once in a union."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from scenarios.catchment import NO_POSITION, Membership, Reach, catchment

NO_STREETS = Reach(None, snap_m=100.0, detour_ratio=1.3)


@dataclass(frozen=True)
class Ladder:
    """A street along the x axis with a node each 100 m, and a stub 50 m above it that leads nowhere."""

    everywhere: bool = True
    count: int = 11

    @property
    def node_easting(self):
        return np.concatenate([np.arange(self.count) * 100.0, [450.0]])

    @property
    def node_northing(self):
        return np.concatenate([np.zeros(self.count), [50.0]])

    @property
    def component(self):
        return np.array([0] * self.count + [1], dtype=np.int32)

    def graph(self):
        a = np.arange(self.count - 1)
        size = self.count + 1
        half = csr_matrix((np.full(len(a), 100.0), (a, a + 1)), shape=(size, size))
        return csr_matrix(half + half.T)

    def covers(self, easting, northing, within_m):  # noqa: ARG002 - the street is a line
        inside = (easting >= within_m) & (easting <= 1000 - within_m)
        return inside if self.everywhere else np.zeros(len(easting), dtype=bool)


def test_straight_lines_reach_the_network_distance_over_the_detour_ratio():
    points = [[0, 0], [100, 0], [153, 0], [154, 0]]
    members = catchment([[0, 0]], points, 200.0, NO_STREETS)
    assert members.points.tolist() == [0, 1, 2]  # 154 m x 1.3 = 200.2 m
    assert members.distance_m.tolist() == pytest.approx([0, 130, 198.9], abs=1e-3)
    assert members.method.tolist() == ["straight line x 1.3"]


def test_along_streets_the_way_to_the_street_counts():
    streets = Reach(Ladder(), snap_m=100.0, detour_ratio=1.3)
    # the site is 20 m off node 5; the points are at nodes 3 (10 m off), 6 and 8
    points = [[300, 10], [600, 0], [800, 0]]
    members = catchment([[500, 20]], points, 300.0, streets)
    assert members.method.tolist() == ["streets"]
    assert members.points.tolist() == [0, 1]
    assert members.distance_m.tolist() == pytest.approx([230, 120])


def test_two_places_at_one_node_are_no_farther_than_the_straight_line():
    streets = Reach(Ladder(), snap_m=100.0, detour_ratio=1.3)
    members = catchment([[510, 40]], [[520, 40]], 300.0, streets)
    assert members.distance_m.tolist() == pytest.approx([13.0])  # 10 m x 1.3, not 80 m by the node


def test_a_stub_traps_nobody():
    """The lone node at (450, 50) is nearest, but leads nowhere; node 4 or 5 is joined instead."""
    streets = Reach(Ladder(), snap_m=100.0, detour_ratio=1.3)
    members = catchment([[455, 45]], [[700, 0]], 400.0, streets)
    assert members.distance_m.tolist() == pytest.approx([200 + np.hypot(45, 45)], abs=1e-3)


def test_sites_near_the_edge_of_the_streets_or_far_from_one_fall_back():
    streets = Reach(Ladder(), snap_m=100.0, detour_ratio=1.3)
    members = catchment([[100, 0], [500, 101], [np.nan, 0]], [[500, 0]], 200.0, streets)
    assert members.method.tolist() == ["straight line x 1.3", "straight line x 1.3", NO_POSITION]
    assert members.located.tolist() == [True, True, False]
    outside = Reach(Ladder(everywhere=False), snap_m=100.0, detour_ratio=1.3)
    assert catchment([[500, 0]], [[500, 0]], 200.0, outside).method[0] == "straight line x 1.3"


def test_pieces_of_many_sites_agree_with_one_at_a_time():
    streets = Reach(Ladder(count=101), snap_m=100.0, detour_ratio=1.3)
    rng = np.random.default_rng(3)
    sites = np.column_stack([rng.uniform(300, 700, 200), rng.uniform(-20, 20, 200)])
    points = np.column_stack([rng.uniform(0, 1000, 300), rng.uniform(-20, 20, 300)])
    whole = catchment(sites, points, 250.0, streets)
    for i in (0, 77, 199):
        one = catchment(sites[i : i + 1], points, 250.0, streets)
        part = slice(whole.indptr[i], whole.indptr[i + 1])
        assert one.points.tolist() == whole.points[part].tolist()
        assert one.distance_m.tolist() == whole.distance_m[part].tolist()


def test_a_union_counts_each_point_once_and_sums_would_not():
    premises = np.array([10.0, 20.0, 40.0])
    members = catchment([[0, 0], [60, 0]], [[0, 0], [30, 0], [150, 0]], 150.0, NO_STREETS)
    assert members.total(premises).tolist() == [30.0, 70.0]
    assert premises[members.union(np.array([True, True]))].sum() == 70.0
    assert premises[members.union(np.array([True, False]))].sum() == 30.0


def test_shorter_reaches_are_parts_of_longer_ones():
    rng = np.random.default_rng(1)
    sites, points = rng.uniform(0, 2000, (20, 2)), rng.uniform(0, 2000, (500, 2))
    wide = catchment(sites, points, 500.0, NO_STREETS)
    near = catchment(sites, points, 200.0, NO_STREETS)
    part = wide.within(200.0)
    assert part.points.tolist() == near.points.tolist()
    assert part.indptr.tolist() == near.indptr.tolist()
    assert (wide.total(np.ones(500)) >= near.total(np.ones(500))).all()


def test_nearest_and_largest_say_when_a_catchment_is_empty():
    members = catchment([[0, 0], [9000, 0]], [[10, 0], [20, 0]], 100.0, NO_STREETS)
    assert members.nearest_m()[0] == pytest.approx(13.0)
    assert np.isnan(members.nearest_m()[1])
    assert members.most([1, 2], empty=7).tolist() == [2, 7]
    assert members.matrix().shape == (2, 2)


def test_no_points_and_no_sites():
    assert catchment([[0, 0]], np.empty((0, 2)), 100.0, NO_STREETS).total([]).tolist() == [0.0]
    assert catchment(np.empty((0, 2)), [[0, 0]], 100.0, NO_STREETS).n_sites == 0


@given(st.integers(0, 2**32 - 1))
def test_adding_a_site_never_lowers_the_coverage_of_a_set(seed):
    rng = np.random.default_rng(seed)
    sites, points = int(rng.integers(1, 8)), int(rng.integers(1, 40))
    site, point = np.nonzero(rng.random((sites, points)) < 0.3)
    far = rng.uniform(0, 500, len(site))
    members = Membership.of(site, point, far, points, np.full(sites, "streets", dtype=object))
    premises = rng.integers(0, 20, points).astype(float)
    chosen = rng.random(sites) < 0.5
    before = members.merged(chosen).total(premises)[0]
    for more in np.flatnonzero(~chosen):
        larger = chosen.copy()
        larger[more] = True
        after = members.merged(larger).total(premises)[0]
        assert before <= after <= before + members.total(premises)[more]
    shorter = members.within(float(rng.uniform(0, 500)))
    assert shorter.merged(chosen).total(premises)[0] <= before
