"""Site-specific loss against worked examples R08 to R11 (ITU-R P.526, P.452, P.2108)."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios import diffraction

NEAR = {"abs": 0.01}
AT_KM = [0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


def test_r08_statistical_clutter():
    loss = diffraction.clutter_loss_db([3.5, 26.0, 0.7], [1.0, 0.5, 5.0], [50, 90, 50])
    assert loss.tolist() == pytest.approx([30.11, 36.78, 23.45], **NEAR)


def test_clutter_is_capped_at_two_kilometres_and_undefined_outside_its_range():
    assert float(diffraction.clutter_loss_db(0.7, 2.0, 50)) == pytest.approx(
        float(diffraction.clutter_loss_db(0.7, 50.0, 50))
    )
    assert np.isnan(diffraction.clutter_loss_db(3.5, 0.2, 50))
    assert np.isnan(diffraction.clutter_loss_db(70.0, 1.0, 50))


def test_r09_knife_edge():
    nu = float(diffraction.knife_edge_parameter(10, 400, 600, 3.5))
    assert nu == pytest.approx(3.118, abs=5e-4)
    assert float(diffraction.knife_edge_loss_db(nu)) == pytest.approx(22.74, **NEAR)
    assert float(diffraction.knife_edge_loss_db(0.0)) == pytest.approx(6.03, **NEAR)
    assert float(diffraction.knife_edge_loss_db(-1.0)) == 0.0


def test_r10_bullington_blocked():
    found = diffraction.bullington(AT_KM, [120, 122, 128, 150, 140, 125, 118], 145.0, 119.5, 3.5)
    assert not found.line_of_sight
    assert found.nu == pytest.approx(3.181, abs=5e-4)
    assert found.edge_loss_db == pytest.approx(22.91, **NEAR)
    assert found.loss_db == pytest.approx(32.75, **NEAR)


def test_r10_bullington_clear():
    found = diffraction.bullington(AT_KM, [120, 119, 118, 117, 116, 117, 118], 145.0, 119.5, 3.5)
    assert found.line_of_sight
    assert found.nu == pytest.approx(-1.5805, abs=5e-4)
    assert found.loss_db == 0.0


def test_no_intermediate_point_is_no_loss():
    assert diffraction.bullington([0, 1], [10, 10], 20, 20, 3.5).loss_db == 0.0


def test_r11_free_space():
    assert float(diffraction.free_space_loss_db(1.0, 3500)) == pytest.approx(103.33, **NEAR)
