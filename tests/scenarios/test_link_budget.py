"""Link budgets against worked examples R12, R13 and R15."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios import link_budget, radio

NEAR = {"abs": 0.01}


def test_r12_signal_per_resource_element():
    element = link_budget.eirp_per_element_dbm(58.0, 273)
    assert element == pytest.approx(22.85, **NEAR)
    loss = radio.uma_nlos_db(500, 3.5)
    assert float(link_budget.received_dbm(element, loss)) == pytest.approx(-107.07, **NEAR)
    assert link_budget.maximum_path_loss_db(element, -110) == pytest.approx(132.85, **NEAR)
    margin = link_budget.shadow_margin_db(6.0, 0.9)
    assert margin == pytest.approx(7.69, **NEAR)
    assert link_budget.maximum_path_loss_db(element, -110, margin) == pytest.approx(125.16, **NEAR)


def test_r13_noise_and_sensitivity():
    assert link_budget.thermal_noise_dbm(100e6, 9) == pytest.approx(-85.0, **NEAR)
    assert link_budget.sensitivity_dbm(100e6, 9, -3) == pytest.approx(-88.0, **NEAR)


def test_r15_coverage_probability():
    covered = link_budget.uma_coverage_probability([500, 1000], 132.8466, 3.5)
    assert covered.tolist() == pytest.approx([0.6987, 0.0875], abs=5e-4)


def test_coverage_never_rises_with_distance():
    covered = link_budget.uma_coverage_probability(np.linspace(10, 5000, 500), 132.8, 3.5)
    assert (np.diff(covered) <= 1e-9).all()
    assert ((covered >= 0) & (covered <= 1)).all()
