"""The shared route of a set of sites on streets: where it runs, who pays, whom it passes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.errors import InputError
from layers.parameters import shipped
from layers.streets import from_lines
from scenarios.shared_route import along_ducts, passed, premises_near, shared_route

PARAMETERS = shipped()
SPACING = (200.0, 150.0, 100.0)
E, N = 400_000, 290_000
# fibre at (0, 0); a trunk of 1,000 m east; two sites 100 m north and south of its end; an island
WAYS = [
    ("trunk", "residential", [(0, 0), (500, 0), (1_000, 0)]),
    ("north", "residential", [(1_000, 0), (1_000, 100)]),
    ("south", "track", [(1_000, 0), (1_000, -100)]),
    ("island", "residential", [(3_000, 0), (3_100, 0)]),
    ("motorway", "motorway", [(0, 0), (1_000, 100)]),
]


@pytest.fixture(scope="module")
def town():
    frame = gpd.GeoDataFrame(
        {"osm_id": [w[0] for w in WAYS], "highway": [w[1] for w in WAYS]},
        geometry=[shapely.LineString([(E + x, N + y) for x, y in w[2]]) for w in WAYS],
        crs="EPSG:27700",
    )
    return from_lines(frame)


def node(town, x, y):
    return int(np.argmin(np.hypot(town.node_easting - E - x, town.node_northing - N - y)))


def route(town, places, **options):
    sites = [node(town, *place) for place in places]
    return shared_route(
        town, sites, [node(town, 0, 0)], PARAMETERS, chamber_spacing_m=SPACING, **options
    )


def test_sharing_saves_the_trunk(town):
    found = route(town, [(1_000, 100), (1_000, -100)])
    assert found.length_m == pytest.approx(1_200)
    assert found.alone_m == pytest.approx([1_100, 1_100])
    assert found.saving_text == "2 sites alone 2.2 km, together 1.2 km"
    metres = found.bill.frame.set_index("item")["quantity"]
    assert metres["Trench in footway"] == pytest.approx(1_100 * 0.95)
    assert metres["Trench in soft verge"] == pytest.approx(100)
    # 1,200 m at one in 150 m, and one where the trunk divides
    assert metres["Chambers and joints"] == 9


def test_what_sites_pay_sums_to_the_total_exactly(town):
    found = route(town, [(1_000, 100), (1_000, -100), (0, 0)])
    assert found.site_gbp.sum() == found.bill.total()[1]
    north, south, fibre = found.site_gbp
    # the same half of the trunk; footway is dearer than verge; the site at the fibre pays its own
    assert north > south > fibre > 0


def test_a_site_on_an_island_is_said_and_pays_nothing(town):
    found = route(town, [(1_000, 100), (3_100, 0)])
    assert found.reached.tolist() == [True, False]
    assert np.isnan(found.site_gbp[1])
    assert np.isnan(found.alone_m[1])
    assert found.site_gbp[0] == found.bill.total()[1]
    assert found.saving_text.endswith("1 cannot be reached along streets")
    lost = route(town, [(3_100, 0)])
    assert lost.length_m == 0
    assert np.isnan(lost.site_gbp).all()
    assert len(lost.lines(town, ["a"])) == 1


def test_no_trench_goes_along_a_motorway(town):
    motorway = town.highway == 0
    found = route(town, [(1_000, 100)])
    assert motorway.sum() == 1
    assert not motorway[found.tree.edge].any()


def test_ducts_are_re_used_and_priced_so(town):
    duct = along_ducts(
        town, [shapely.LineString([(E - 10, N + 3), (E + 1_010, N + 3)])], within_m=5
    )
    assert duct.sum() == 2
    assert not along_ducts(town, [], 5).any()
    found = route(town, [(1_000, 100)], duct=duct)
    lengths = found.bill.frame.set_index("item")["quantity"]
    assert lengths["Re-used duct: sub-duct and cable"] == pytest.approx(1_000)
    assert lengths["Chambers and joints"] == 1
    assert found.bill.total()[1] < route(town, [(1_000, 100)]).bill.total()[1]


def test_route_lines(town):
    found = route(town, [(1_000, 100), (3_100, 0), (1_000, -100)])
    lines = found.lines(town, ["a", "b", "c"])
    assert lines.crs.to_epsg() == 27700
    assert lines["route"].tolist() == ["site", "site", "set"]
    assert lines["site_id"].tolist() == ["a", "c", ""]
    assert lines["length_m"].tolist() == [1_100, 1_100, 1_200]
    assert lines.length.tolist() == pytest.approx([1_100, 1_100, 1_200])
    assert (lines.geom_type == "MultiLineString").all()


def test_premises_are_counted_once_with_deadweight(town):
    found = route(town, [(1_000, 100), (1_000, -100)])
    x = E + np.array([500.0, 500.0, 1_010.0, 500.0, np.nan])
    y = N + np.array([10.0, -30.0, 0.0, 200.0, 0.0])
    near = premises_near(town, found.tree.edge, x, y, 30)
    assert near.tolist() == [True, True, True, False, False]
    assert not premises_near(town, [], x, y, 30).any()
    white = np.array([10.0, np.nan, 5.0, 99.0, 99.0])
    result = passed(near, {"white": white}, PARAMETERS)
    assert (result.points, result.unknown_points, result.uplift) == (3, 1, 15)
    # deadweight 10 % where Gigabit White (domain brief F1)
    assert result.additional == pytest.approx((13.5, 13.5, 13.5))
    # leakage 10 %, displacement 25 %
    assert result.net[1] == pytest.approx(13.5 * 0.9 * 0.75)
    assert result.net[0] < result.net[1] < result.net[2]
    loose = passed(near, {"unclassed": np.ones(5)}, PARAMETERS)
    assert loose.additional == pytest.approx((0.6, 2.25, 2.7))


def test_changing_deadweight_changes_additional_premises_not_those_passed(town):
    other = PARAMETERS.override({"appraisal.deadweight_white_pct": {"value": 50}}, "study")
    near = np.array([True, True])
    before, after = (passed(near, {"white": [4.0, 6.0]}, p) for p in (PARAMETERS, other))
    assert before.uplift == after.uplift == 10
    assert (before.additional[1], after.additional[1]) == pytest.approx((9, 5))


def test_bad_input(town):
    with pytest.raises(InputError, match="no existing fibre"):
        shared_route(town, [0], [], PARAMETERS, chamber_spacing_m=SPACING)
    with pytest.raises(InputError, match="no site to join"):
        shared_route(town, [], [0], PARAMETERS, chamber_spacing_m=SPACING)
    with pytest.raises(KeyError, match="deadweight"):
        passed(np.array([True]), {"blue": [1.0]}, PARAMETERS)
