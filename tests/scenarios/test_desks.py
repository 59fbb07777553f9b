"""Co-working arithmetic against worked example D01."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios import desks


def test_d01_floor_area_to_desks():
    area = desks.net_internal_area([1200.0, 960.0], [True, False], 0.8)
    assert area.tolist() == [960.0, 960.0]
    assert desks.desks(area, 9.0).tolist() == [106.0, 106.0]


def test_unknown_area_gives_unknown_desks():
    assert np.isnan(desks.desks([np.nan])[0])


def test_a_whole_number_of_desks_is_not_lost_to_rounding():
    assert desks.desks([135.0, 0.1 * 90], 9.0).tolist() == [15.0, 1.0]


def test_energy_bands():
    assert desks.energy_value(["A+", "d", " G "]).tolist() == [1.0, 0.6, 0.0]
    assert np.isnan(desks.energy_value(["", None, "Z"])).all()


def test_break_even_occupancy_is_the_same_for_every_building_on_shipped_defaults():
    terms = {
        "price_gbp_per_desk_per_month": 150,
        "running_gbp_per_m2_per_year": 110,
        "fit_out_gbp_per_m2": 600,
    }
    small, large = desks.break_even_occupancy_pct([10, 100], [90, 900], **terms)
    assert small == pytest.approx(large)
    # 9 m2 x (110 + 600 / 8.316605) = 1,639.30 a year for a desk that earns 1,800
    assert small == pytest.approx(91.07, abs=0.01)
    assert np.isnan(desks.break_even_occupancy_pct(0, 90, **terms))
