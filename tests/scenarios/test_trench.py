"""What a shared trench costs, and each site's part of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.parameters import shipped
from layers.streets import HIGHWAYS
from scenarios.costs import CAPITAL, RUNNING, price, total
from scenarios.trench import (
    ROUTE_ITEMS,
    SURFACE_OF_HIGHWAY,
    SURFACES,
    apportion,
    chambers,
    edge_cost_gbp,
    layable,
    route_lines,
    surface_shares,
)

PARAMETERS = shipped()
# optimism bias at nil, so that amounts are quantity x rate
BARE = PARAMETERS.override(
    {"appraisal.bias_standard_civil_pct": {"value": 0, "low": 0, "high": 0}}, "study"
)
D06 = {"duct": 400.0, "footway": 150.0, "carriageway": 20.0, "verge": 60.0}


def bill(lengths, chamber=(0, 0, 0), connections=1, parameters=PARAMETERS, **more):
    """Lines of one route by item, priced."""
    metres = {s.key: np.array([lengths.get(s.key, 0.0)]) for s in SURFACES}
    counts = tuple(np.array([float(c)]) for c in chamber)
    lines = route_lines(metres, counts, [connections], parameters, **more)
    return {p.line.item: p for p in price(lines, parameters)}


def test_worked_example_d06(worked_examples):
    """Domain brief B5 and vector D06: 22,750 of civils, 26,250 with the building, 36.11 a metre."""
    example = worked_examples["D06"]
    named = {"PIA duct": "duct"}
    lengths = {named.get(s, s): float(m) for s, m, _ in example["inputs"]["segments"]["value"]}
    assert lengths == D06
    priced = bill(lengths, parameters=BARE)
    civils = sum(priced[s.item].amount[0] for s in SURFACES)
    expected = example["expected"]
    assert civils == expected["civils"]
    assert civils + priced["building connection"].amount[0] == expected["total"]
    assert round(civils / sum(lengths.values()), 2) == expected["per_metre"]


def test_on_costs_by_hand():
    """Civils 22,750; works 10 %; design 12 % of 28,525: with the building 31,948."""
    priced = bill(D06, parameters=BARE)
    assert priced["street works, traffic management, permits"].amount == [2_275]
    assert priced["design and project management"].amount == [3_423]
    assert total(list(priced.values()), 1, CAPITAL)[1] == [31_948]
    rental = total(list(priced.values()), 1, RUNNING)
    assert [end[0] for end in rental] == [80, 200, 400]


def test_optimism_bias_stands_on_every_line():
    priced = bill(D06)
    assert total(list(priced.values()), 1, CAPITAL)[1] == pytest.approx(31_948 * 1.44, abs=6)
    capital = [p for p in priced.values() if p.line.timing == CAPITAL]
    assert {p.optimism_bias_pct for p in capital} == {44}


def test_low_is_all_low_and_high_all_high():
    priced = bill(D06, parameters=BARE)
    both = [priced[s.item] for s in SURFACES] + [priced["building connection"]]
    low, default, high = (float(end[0]) for end in total(both, 1, CAPITAL))
    assert low == 400 * 8 + 150 * 60 + 20 * 110 + 60 * 25 + 1_500
    assert high == 400 * 20 + 150 * 120 + 20 * 200 + 60 * 60 + 10_000
    assert low < default < high


def test_where_fibre_may_be_nearer_the_low_amounts_hold_no_route():
    priced = bill(D06, (6, 9, 12), parameters=BARE, low_share=0.0)
    low = total(list(priced.values()), 1, CAPITAL)[0]
    # the connection and 8 % design
    assert low == [1_500 + 120]
    assert priced["chambers and joints"].high == [12 * 2_500]


def test_lines_say_who_stated_them():
    stated = PARAMETERS.override(
        {"fibre.footway_gbp_per_m": {"value": 90, "who": "a", "when": "b", "why": "c"}}, "study"
    )
    priced = bill({"footway": 100.4}, (1, 2, 3), 2, stated)
    assert priced["trench in footway"].basis == "stated"
    assert priced["trench in footway"].amount == [round(100.4 * 90 * 1.44)]
    assert priced["chambers and joints"].basis == "assumed"
    assert all(p.line.optional for p in priced.values())
    assert set(ROUTE_ITEMS) == set(priced) - {"rental of re-used duct"}


def test_nothing_to_lay_costs_nothing():
    assert total(list(bill({}, connections=0).values()), 1, CAPITAL) == ([0], [0], [0])


def test_surfaces_follow_the_class_of_the_street():
    classes = [HIGHWAYS.index(name) for name in ("residential", "primary", "track", "service")]
    shares = surface_shares(classes, duct=[False, False, False, True])
    assert [s.key for s in SURFACES] == ["duct", "footway", "carriageway", "verge"]
    assert shares.tolist() == [[0, 0.95, 0.05, 0], [0, 0.85, 0.15, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    cost = edge_cost_gbp([100.0] * 4, shares, PARAMETERS)
    assert cost.tolist() == pytest.approx([8_775, 9_325, 4_000, 1_200])


def test_every_class_has_a_surface_or_is_barred():
    for i, name in enumerate(HIGHWAYS):
        assert layable([i])[0] == (name in SURFACE_OF_HIGHWAY)
        assert surface_shares([i]).sum() == pytest.approx(1)
    assert not layable([HIGHWAYS.index("motorway")])[0]


def test_chambers():
    fewest, expected, most = chambers([1_000, 0], [2, 0], (100.0, 150.0, 250.0))
    assert (fewest.tolist(), expected.tolist(), most.tolist()) == ([6, 0], [9, 0], [12, 0])


@given(st.integers(0, 10**9), st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=40))
def test_parts_sum_to_the_whole_exactly(total, weights):
    if total and sum(weights) <= 0:
        with pytest.raises(ValueError, match="no weight"):
            apportion(total, weights)
        return
    parts = apportion(total, weights)
    assert parts.sum() == total
    assert (parts >= 0).all()
    if total:
        exact = np.array(weights) / max(weights)
        exact = exact / exact.sum() * total
        assert np.abs(parts - exact).max() <= 1 + 1e-6 * total
