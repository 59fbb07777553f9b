"""What a shared trench costs, and each site's part of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.parameters import shipped
from layers.streets import HIGHWAYS
from scenarios.trench import (
    SURFACE_OF_HIGHWAY,
    SURFACES,
    apportion,
    bill,
    chambers,
    edge_cost_gbp,
    layable,
    surface_lengths_m,
    surface_shares,
)

PARAMETERS = shipped()
D06 = {"pia_duct": 400.0, "footway": 150.0, "carriageway": 20.0, "verge": 60.0}


def test_worked_example_d06(worked_examples):
    """Domain brief B5 and vector D06: 22,750 of civils, 26,250 with the building, 36.11 a metre."""
    example = worked_examples["D06"]
    named = {"PIA duct": "pia_duct"}
    lengths = {named.get(s, s): float(m) for s, m, _ in example["inputs"]["segments"]["value"]}
    assert lengths == D06
    priced = bill(lengths, 1, PARAMETERS)
    expected = example["expected"]
    assert priced.total("civils")[1] == expected["civils"]
    assert priced.total("civils", "connections")[1] == expected["total"]
    per_metre = priced.total("civils")[1] / sum(lengths.values())
    assert round(per_metre, 2) == expected["per_metre"]


def test_on_costs_and_bias_by_hand():
    """Civils 22,750; works 10 %; design 12 % of 28,525; optimism bias 44 % of 31,948."""
    priced = bill(D06, 1, PARAMETERS)
    amount = priced.frame.set_index("item")["amount_gbp"]
    assert amount["Street works, traffic management, permits"] == 2_275
    assert amount["Design and project management"] == 3_423
    assert amount["Optimism bias, standard civil engineering"] == round(31_948 * 0.44)
    assert priced.total()[1] == 31_948 + 14_057
    assert amount["Rental of re-used duct, each year"] == 200
    assert priced.total("running") == (80, 200, 400)


def test_low_is_all_low_and_high_all_high():
    low, default, high = bill(D06, 1, PARAMETERS).total("civils", "connections")
    assert low == 400 * 8 + 150 * 60 + 20 * 110 + 60 * 25 + 1_500
    assert high == 400 * 20 + 150 * 120 + 20 * 200 + 60 * 60 + 10_000
    assert low < default < high


def test_lines_add_up_and_say_who_stated_them():
    stated = PARAMETERS.override(
        {"fibre.footway_gbp_per_m": {"value": 90, "who": "a", "when": "b", "why": "c"}}, "study"
    )
    priced = bill({"footway": 100.4}, 2, stated, chamber_count=(1, 2, 3))
    frame = priced.frame
    assert frame.loc[frame["item"] == "Trench in footway", "basis"].item() == "stated"
    capital = frame[frame["group"] != "running"]
    assert priced.total()[1] == capital["amount_gbp"].sum()
    assert (capital["amount_gbp"] == capital["amount_gbp"].round()).all()
    assert priced.assumed_pct == pytest.approx(100 * (1 - 9_036 / capital["amount_gbp"].sum()))


def test_nothing_to_lay_costs_nothing():
    priced = bill({}, 0, PARAMETERS)
    assert priced.total() == (0, 0, 0)
    assert math.isnan(priced.assumed_pct)


def test_surfaces_follow_the_class_of_the_street():
    classes = [HIGHWAYS.index(name) for name in ("residential", "primary", "track", "service")]
    shares = surface_shares(classes, duct=[False, False, False, True])
    assert [s.key for s in SURFACES] == ["pia_duct", "footway", "carriageway", "verge"]
    assert shares.tolist() == [[0, 0.95, 0.05, 0], [0, 0.85, 0.15, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    cost = edge_cost_gbp([100.0] * 4, shares, PARAMETERS)
    assert cost.tolist() == pytest.approx([8_775, 9_325, 4_000, 1_200])
    lengths = surface_lengths_m([100.0] * 4, shares)
    assert lengths == pytest.approx(
        {"pia_duct": 100, "footway": 180, "carriageway": 20, "verge": 100}
    )


def test_every_class_has_a_surface_or_is_barred():
    for i, name in enumerate(HIGHWAYS):
        assert layable([i])[0] == (name in SURFACE_OF_HIGHWAY)
        assert surface_shares([i]).sum() == pytest.approx(1)
    assert not layable([HIGHWAYS.index("motorway")])[0]


def test_chambers():
    assert chambers(1_000, 2, (250.0, 150.0, 100.0)) == (6, 9, 12)
    assert chambers(0, 0, (250.0, 150.0, 100.0)) == (0, 0, 0)


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
