"""Decayed demand, Huff shares, and when an office may be called viable."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.parameters import shipped
from scenarios.catchment import Membership
from scenarios.office_demand import decayed_demand, huff_drawn
from scenarios.office_viability import INPUTS, break_even_of_set, light
from scenarios.unused_offices import Space

KEY = "co-working"
OLD = "uprn:1"


def members(rows, sites, points):
    """Distances as `(site, point, metres)`."""
    site, point, far = (np.array(x) for x in zip(*rows, strict=True))
    method = np.full(sites, "streets", dtype=object)
    return Membership.of(site, point, far.astype(float), points, method)


def test_demand_falls_with_distance_by_hand():
    reach = members([(0, 0, 0.0), (0, 1, 500.0), (1, 1, 1_000.0)], 2, 3)
    found = decayed_demand(reach, [10.0, 20.0, 99.0], 500.0)
    assert found == pytest.approx([10 + 20 * np.exp(-1), 20 * np.exp(-2)])
    assert decayed_demand(reach, [np.nan, 20.0, 1.0], 500.0)[1] == pytest.approx(20 * np.exp(-2))


def test_huff_by_hand():
    """Two offices 200 m and 400 m away; the far one has four times the desks: half each."""
    reach = members([(0, 0, 200.0), (1, 0, 400.0), (1, 1, 400.0), (2, 0, 300.0)], 3, 2)
    chosen = np.array([True, True, False])
    drawn = huff_drawn(reach, [60.0, 5.0], [25.0, 100.0, 500.0], chosen, 100.0)
    assert drawn[:2].tolist() == [30, 35]
    assert np.isnan(drawn[2])
    alone = huff_drawn(reach, [60.0, 5.0], [25.0, 100.0, 500.0], np.array([1, 0, 0], bool), 100.0)
    assert alone[0] == 60
    # next door counts as 100 m: (25 / 100^2) against (100 / 100^2)
    beside = members([(0, 0, 0.0), (1, 0, 90.0)], 2, 1)
    assert huff_drawn(beside, [50.0], [25.0, 100.0], chosen[:2], 100.0).tolist() == [10, 40]


def test_a_building_of_unknown_size_draws_nobody():
    reach = members([(0, 0, 200.0), (1, 0, 200.0)], 2, 1)
    drawn = huff_drawn(reach, [7.0], [np.nan, 10.0], np.array([True, True]), 100.0)
    assert drawn.tolist() == [0, 7]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_each_unit_is_drawn_once(seed):
    rng = np.random.default_rng(seed)
    sites, points = int(rng.integers(1, 6)), int(rng.integers(1, 20))
    pairs = [(s, p) for s in range(sites) for p in range(points) if rng.random() < 0.5] or [(0, 0)]
    reach = members([(s, p, rng.uniform(0, 1_600)) for s, p in pairs], sites, points)
    units, size = rng.uniform(0, 50, points), rng.uniform(1, 200, sites)
    chosen = rng.random(sites) < 0.7
    drawn = huff_drawn(reach, units, size, chosen, 100.0)
    assert np.nansum(drawn) == pytest.approx(units[reach.union(chosen)].sum())
    assert (np.isnan(drawn) == ~chosen).all()


def test_no_light_while_anything_is_assumed():
    register = shipped()
    text = light(50.0, register)
    assert text.startswith("no traffic light: price of a desk, running cost")
    stated = register.override({key: tiny.words(register.value(key)) for key in INPUTS}, "study")
    assert light(50.0, stated) == "green: below 60 %"
    assert light(60.0, stated) == light(80.0, stated) == "amber: 60 to 80 %"
    assert light(91.0, stated) == "red: above 80 %"
    part = register.override({INPUTS[0]: tiny.words(150)}, "study")
    assert "price of a desk" not in light(50.0, part)
    assert light(50.0, part).startswith("no traffic light")


def test_break_even_by_hand():
    """90 m2: 110 + 600 / 8.316605 + 60 a m2, against 10 desks at 1,800 a year."""
    area, desks = np.array([90.0]), np.array([10.0])
    space = Space((area,) * 3, (desks,) * 3)
    low, middle, high = break_even_of_set(space, np.array([True]), shipped())
    assert middle == pytest.approx(100 * 90 * (110 + 600 / 8.316605 + 60) / 18_000, abs=0.01)
    assert low < middle < high
    assert np.isnan(break_even_of_set(space, np.array([False]), shipped())[1])


def test_the_case_tells_of_it():
    result = tiny.run(KEY, budget_gbp=1e9)
    cell = lambda column: result.ranking.cell(OLD, column)  # noqa: E731
    # 15 micro units 26 m off along the detour, and 4 more 1,300 m off
    assert cell("decayed_demand") == round(15 * np.exp(-26 / 500) + 4 * np.exp(-1_300.26 / 500))
    # 14 and 16 micro units after rounding, at a decay of 250 and of 1,000 m
    assert cell("decayed_demand_low") == round(
        14 * np.exp(-26 / 250) + 3.5 * np.exp(-1_300.26 / 250)
    )
    assert cell("metric_micro_business_demand_low") == 14
    reached = [
        result.summary.cell("micro_units_reached_if_verified", end)
        for end in ("low", "value", "high")
    ]
    assert reached == [14, 15, 16]
    assert cell("decayed_demand_low") <= cell("decayed_demand") <= cell("decayed_demand_high")
    assert cell("break_even_occupancy_pct") == pytest.approx(122, abs=1)
    drawn = result.ranking.frame["huff_units_if_verified"]
    chosen = result.ranking.frame["chosen_if_verified"]
    assert (drawn.notna() == chosen).all()
    assert drawn.sum() == pytest.approx(19, abs=1)
    assert result.ranking.frame["huff_pct_if_verified"].sum() == pytest.approx(100)
    note = result.summary.cell("break_even_occupancy_pct_if_verified", "note")
    assert note.startswith("no traffic light")


def test_without_counts_of_businesses_demand_is_unknown():
    result = tiny.run(KEY, budget_gbp=1e9, businesses=None)
    assert result.ranking.frame["decayed_demand"].isna().all()
    assert result.ranking.frame["huff_units_if_verified"].isna().all()


def test_no_business_anywhere_is_none_and_not_a_fault():
    nobody = dict.fromkeys(
        (
            "units",
            "units_low",
            "units_high",
            "micro_weighted",
            "micro_weighted_low",
            "micro_weighted_high",
        ),
        0.0,
    )
    businesses = tiny.businesses().frame.assign(**nobody).drop(columns=["src", "record"])
    result = tiny.run(KEY, budget_gbp=1e9, businesses=tiny.layer("businesses", businesses))
    assert result.ranking.cell(OLD, "decayed_demand") == 0
    assert result.ranking.cell(OLD, "metric_micro_business_demand") == 0
    assert (result.ranking.frame["huff_units_if_verified"].dropna() == 0).all()
    assert result.ranking.frame["huff_pct_if_verified"].isna().all()
    fibre = tiny.run("full-fibre-fund", businesses=tiny.layer("businesses", businesses))
    assert fibre.ranking.cell("school:A", "metric_business_demand") == 0
