"""What a small cell covers indoors: worked example R14's walls, and never more than outdoors."""

from __future__ import annotations

import numpy as np
import pytest
import tiny

from layers.parameters import shipped
from scenarios.indoor import entry_loss_db, indoor_carrier
from scenarios.small_cell_coverage import cell_carrier, covered_radius_m


def test_the_way_in_by_hand():
    """R14 at 3.5 GHz: 12.70 dB through standard glass, 26.85 dB through coated glass.

    Spreads 4.4 and 6.5 dB beside 4 dB outdoors in sight, at 90 %: 1.2816 x (hypot - 4).
    """
    low, middle, high = entry_loss_db(cell_carrier(shipped()), shipped())
    standard, coated = (1.2816 * (np.hypot(4.0, s) - 4.0) for s in (4.4, 6.5))
    assert middle == pytest.approx(12.70 + 0.5 * 5 + standard, abs=0.01)
    assert high == pytest.approx(12.70 + 0.5 * 2 + standard, abs=0.01)
    assert low == pytest.approx(26.85 + 0.5 * 10 + coated, abs=0.01)


def test_a_cell_reaches_less_far_indoors():
    carrier = cell_carrier(shipped())
    assert covered_radius_m(indoor_carrier(carrier, shipped())) < covered_radius_m(carrier)


def test_premises_indoors_are_some_of_those_outdoors():
    result = tiny.run("5g-testbed")
    ends = ("low", "value", "high")
    inside, outside = (
        [result.summary.cell(f"{item}_covered_if_verified", end) for end in ends]
        for item in ("premises_indoors", "premises")
    )
    assert inside == sorted(inside)
    assert all(a <= b for a, b in zip(inside, outside, strict=True))
    assert outside[1] > 0
    assert "behind standard glass" in result.summary.cell(
        "premises_indoors_covered_if_verified", "note"
    )
    frame = result.ranking.frame
    placed = frame[frame["covered_premises"].notna()]
    assert (placed["covered_premises_indoors"] <= placed["covered_premises"]).all()
    assert "newly_covered_premises_indoors" not in frame
