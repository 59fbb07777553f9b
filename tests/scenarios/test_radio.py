"""Path loss against worked examples R01 to R07 and R14 (3GPP TR 38.901)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import radio

NEAR = {"abs": 0.01}


def test_r01_uma_los_before_the_breakpoint():
    assert float(radio.distance_3d_m(200, 25, 1.5)) == pytest.approx(201.3759, abs=1e-3)
    assert float(radio.uma_breakpoint_m(3.5, 25, 1.5)) == pytest.approx(560.0, **NEAR)
    assert float(radio.uma_los_db(200, 3.5)) == pytest.approx(89.57, **NEAR)


def test_r02_uma_los_beyond_the_breakpoint():
    assert float(radio.uma_los_db(1000, 3.5)) == pytest.approx(109.41, **NEAR)


def test_r03_uma_nlos():
    assert float(radio.uma_los_db(500, 3.5)) == pytest.approx(98.27, **NEAR)
    assert float(radio.uma_nlos_db(500, 3.5)) == pytest.approx(129.92, **NEAR)


def test_r04_umi_los():
    assert float(radio.uma_breakpoint_m(3.5, 10, 1.5)) == pytest.approx(210.0, **NEAR)
    assert radio.umi_los_db([100, 400], 3.5).tolist() == pytest.approx([85.31, 103.24], **NEAR)


def test_r05_umi_nlos():
    assert radio.umi_nlos_db(150, [3.5, 26.0]).tolist() == pytest.approx([110.83, 129.38], **NEAR)


def test_r06_los_probability():
    near = {"abs": 1e-4}
    assert float(radio.los_probability_umi(100)) == pytest.approx(0.2310, **near)
    assert float(radio.los_probability_uma(500)) == pytest.approx(0.0363, **near)
    assert float(radio.los_probability_uma(300, 15)) == pytest.approx(0.0958, **near)
    assert float(radio.los_probability_rma(1000)) == pytest.approx(0.3716, **near)
    assert float(radio.los_probability_umi(18)) == 1.0
    assert float(radio.los_probability_uma(18)) == 1.0
    assert float(radio.los_probability_rma(10)) == 1.0


def test_r07_rma():
    assert float(radio.rma_breakpoint_m(0.7, 35, 1.5)) == pytest.approx(769.69, **NEAR)
    assert float(radio.rma_los_db(2000, 0.7)) == pytest.approx(105.42, **NEAR)
    assert float(radio.rma_nlos_db(2000, 0.7)) == pytest.approx(128.07, **NEAR)


def test_r14_outdoor_to_indoor():
    assert float(radio.building_entry_loss_db(3.5, high_loss=False)) == pytest.approx(12.70, **NEAR)
    assert float(radio.building_entry_loss_db(3.5, high_loss=True)) == pytest.approx(26.85, **NEAR)


@pytest.mark.parametrize("loss", [radio.uma_los_db, radio.uma_nlos_db, radio.umi_nlos_db])
def test_below_ten_metres_is_clamped_and_beyond_five_kilometres_is_nan(loss):
    assert float(loss(1.0, 3.5)) == float(loss(10.0, 3.5))
    assert np.isnan(loss(5000.1, 3.5))
    assert np.isnan(loss(100.0, 0.4))
    assert np.isnan(loss(np.nan, 3.5))


def test_rma_reaches_ten_kilometres_in_sight_and_five_out_of_it():
    assert not np.isnan(radio.rma_los_db(9_999, 0.7))
    assert np.isnan(radio.rma_los_db(10_001, 0.7))
    assert np.isnan(radio.rma_nlos_db(5_001, 0.7))
    assert np.isnan(radio.rma_los_db(1_000, 31))


@pytest.mark.parametrize(
    "loss",
    [
        radio.uma_los_db,
        radio.uma_nlos_db,
        radio.umi_los_db,
        radio.umi_nlos_db,
        radio.rma_los_db,
        radio.rma_nlos_db,
    ],
)
def test_loss_never_falls_with_distance(loss):
    distance = np.linspace(10, 5000, 4991)
    assert (np.diff(loss(distance, 3.5)) > -1e-9).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from(["uma", "umi", "rma"]),
    st.floats(0.5, 30.0),
    st.floats(10.0, 150.0),
    st.floats(1.5, 10.0),
)
def test_loss_never_falls_with_distance_at_any_carrier_and_height_within_validity(kind, f, bs, ut):
    distance = np.geomspace(10, 5_000, 400)
    for sight in ("los", "nlos"):
        loss = getattr(radio, f"{kind}_{sight}_db")(distance, f, bs, ut)
        assert (np.diff(loss) > -1e-9).all()


def test_hidden_is_never_better_than_sighted():
    distance = np.linspace(10, 5000, 500)
    assert (radio.uma_nlos_db(distance, 3.5) >= radio.uma_los_db(distance, 3.5)).all()
    assert (radio.umi_nlos_db(distance, 26) >= radio.umi_los_db(distance, 26)).all()
    assert (radio.rma_nlos_db(distance, 0.7) >= radio.rma_los_db(distance, 0.7)).all()
