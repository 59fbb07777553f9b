"""What the register of circuits says of a building: speed, contract, saving."""

import numpy as np
import pytest
import tiny

from layers.parameters import shipped
from scenarios.circuits import contract_timing, speed_shortfall, whole_life_saving

SITES = tiny.numbered_sites().frame
WITH = tiny.evidence(site_register=tiny.site_register())


def test_shortfall_and_timing_are_those_of_the_register():
    short = speed_shortfall(WITH, SITES)
    assert short.value[0] == 0.8  # 20 of 100 Mbit/s
    assert np.isnan(short.value[1:]).all()
    months = contract_timing(WITH, SITES)
    assert months.value[:2].tolist() == [18.0, 0.0]  # one that has ended waits no more
    assert short.grade[0] == "measured"


def test_the_saving_is_discounted_and_unknown_without_an_exit_charge():
    saving = whole_life_saving(WITH, SITES, 15, shipped())
    # (4,200 - 1,200) x 11.517411 (A06) - 1,000
    assert saving.value[0] == pytest.approx(3000 * 11.517411 - 1000, abs=0.01)
    assert saving.low[0] < saving.value[0] < saving.high[0]
    assert np.isnan(saving.value[1])


def test_without_a_register_nothing_is_known():
    bare = tiny.evidence()
    for metric in (
        speed_shortfall(bare, SITES),
        contract_timing(bare, SITES),
        whole_life_saving(bare, SITES, 15, shipped()),
    ):
        assert np.isnan(metric.value).all()
        assert metric.route[0] == "no register of circuits in the study"
