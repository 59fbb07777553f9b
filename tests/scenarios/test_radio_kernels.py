"""Compiled path loss is that of the array functions, and of independent public implementations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import StudyError
from scenarios import radio
from scenarios.coverage_kernels import end_clutter_db
from scenarios.diffraction import bullington, clutter_loss_db, free_space_loss_db
from scenarios.link_budget import coverage_probability
from scenarios.radio_kernels import (
    ENVIRONMENTS,
    check_frequency,
    mixed_probability,
    path_loss_db,
    sight_probability,
    site_loss_db,
)

WITHIN_DB = 0.01


@pytest.mark.parametrize("environment", sorted(ENVIRONMENTS))
def test_a_hundred_thousand_links_agree_with_the_array_functions(environment):
    rng = np.random.default_rng(11)
    n = 100_000
    d, f = rng.uniform(1, 5_200, n), rng.choice([0.3, 0.7, 3.5, 26.0, 60.0, 120.0], n)
    bs, ut, seen = rng.uniform(10, 60, n), rng.uniform(0.8, 24, n), rng.random(n) < 0.5
    ours = path_loss_db(environment, d, f, bs, ut, seen)
    with np.errstate(invalid="ignore", divide="ignore"):
        los = getattr(radio, f"{environment}_los_db")(d, f, bs, ut)
        nlos = getattr(radio, f"{environment}_nlos_db")(d, f, bs, ut)
    theirs = np.where(seen, los, nlos)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    assert np.nanmax(np.abs(ours - theirs)) < WITHIN_DB


def test_worked_examples_r01_to_r07():
    assert float(path_loss_db("uma", 200, 3.5, 25, 1.5, sighted=True)) == pytest.approx(
        89.57, abs=WITHIN_DB
    )
    assert float(path_loss_db("uma", 500, 3.5, 25, 1.5, sighted=False)) == pytest.approx(
        129.92, abs=WITHIN_DB
    )
    assert float(path_loss_db("umi", 150, 26, 10, 1.5, sighted=False)) == pytest.approx(
        129.38, abs=WITHIN_DB
    )
    assert float(path_loss_db("rma", 2000, 0.7, 35, 1.5, sighted=False)) == pytest.approx(
        128.07, abs=WITHIN_DB
    )


def test_nothing_in_nothing_out():
    assert path_loss_db("uma", [], 3.5, 25, 1.5, sighted=True).shape == (0,)


def test_probability_of_sight_and_of_coverage_agree():
    d = np.linspace(1, 4_900, 400)
    for name, theirs in (
        ("uma", radio.los_probability_uma(d, 17.0)),
        ("umi", radio.los_probability_umi(d)),
        ("rma", radio.los_probability_rma(d)),
    ):
        ours = [sight_probability(ENVIRONMENTS[name], x, 17.0) for x in d]
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    p = radio.los_probability_uma(d)
    los, nlos = radio.uma_los_db(d, 3.5), radio.uma_nlos_db(d, 3.5)
    ours = [mixed_probability(132.85, *row, 4.0, 6.0) for row in zip(p, los, nlos, strict=True)]
    np.testing.assert_allclose(ours, coverage_probability(132.85, p, los, nlos, 4, 6), atol=1e-12)


def test_end_clutter_agrees_and_its_median_is_r08():
    for f, d in ((3.5, 1.0), (26.0, 0.5), (0.7, 5.0), (60.0, 0.25), (3.5, 1.99)):
        median, spread = end_clutter_db(f, d)
        assert median == pytest.approx(float(clutter_loss_db(f, d, 50)), abs=1e-9)
        if (
            d <= 0.5
        ):  # 84.134 % of places lie under one spread more; near 2 km the cap cuts that off
            assert median + spread == pytest.approx(
                float(clutter_loss_db(f, d, 84.1344746)), abs=1e-6
            )
    assert end_clutter_db(3.5, 0.05) == end_clutter_db(3.5, 0.25)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10_000), st.sampled_from([10.0, 30.0, 50.0]), st.sampled_from([0.7, 3.5, 26.0])
)
def test_a_profile_over_cells_is_bullingtons_and_the_same_in_both_directions(seed, step, f):
    rng = np.random.default_rng(seed)
    heights = rng.uniform(0, 60, (60, 60)).astype(np.float32)
    r0, c0, r1, c1 = (int(v) for v in rng.integers(0, 60, 4))
    start, end = float(heights[r0, c0] + rng.uniform(1, 50)), float(heights[r1, c1] + 1.5)
    there, _ = site_loss_db(heights, r0, c0, r1, c1, start, end, 10.0, step, f)
    back, _ = site_loss_db(heights, r1, c1, r0, c0, end, start, 10.0, step, f)
    assert there == pytest.approx(back, abs=1e-9)
    d_m = max(float(np.hypot(r1 - r0, c1 - c0)) * 10, 10.0)
    n = int(np.ceil(d_m / step - 1e-9))
    i = np.arange(n + 1)
    rows = (r0 + i * (r1 - r0) / n + 0.5 + 1e-9).astype(int)
    columns = (c0 + i * (c1 - c0) / n + 0.5 + 1e-9).astype(int)
    edge = bullington(i * d_m / n / 1000, heights[rows, columns], start, end, f).loss_db
    free = float(free_space_loss_db(np.hypot(d_m, end - start) / 1000, f * 1000))
    assert there == pytest.approx(free + edge, abs=WITHIN_DB)


def test_missing_heights_are_left_out_of_a_profile_and_counted():
    heights = np.full((1, 11), 50, dtype=np.float32)
    clear, none = site_loss_db(heights, 0, 0, 0, 10, 80.0, 60.0, 10.0, 10.0, 3.5)
    heights[0, 5] = np.nan
    gap, one = site_loss_db(heights, 0, 0, 0, 10, 80.0, 60.0, 10.0, 10.0, 3.5)
    assert (none, one) == (0, 1)
    assert gap == pytest.approx(clear, abs=0.5)


@pytest.mark.parametrize("environment", sorted(ENVIRONMENTS))
@pytest.mark.parametrize("sighted", [True, False])
def test_loss_never_falls_with_distance(environment, sighted):
    loss = path_loss_db(environment, np.linspace(1, 5_000, 5_000), 3.5, 25, 1.5, sighted)
    assert (np.diff(loss) > -1e-9).all()


def test_carriers_outside_a_models_validity_are_refused_in_one_message():
    with pytest.raises(
        StudyError, match=r"40 GHz is outside 0\.5 to 30 GHz, where rma of TR 38\.901"
    ) as caught:
        check_frequency("rma", 40, receiver_m=40)
    assert len(caught.value.faults) == 2
    with pytest.raises(StudyError, match=r"no model 'hata'. To mend: use one of: rma, uma, umi"):
        check_frequency("hata", 3.5)


def test_p2108_equals_the_reference_implementation_of_the_us_administration():
    from ITS.ITU.PSeries import P2108

    rng = np.random.default_rng(2)
    for f, d, p in zip(
        rng.uniform(0.5, 67, 200), rng.uniform(0.25, 5, 200), rng.uniform(1, 99, 200), strict=True
    ):
        theirs = P2108.TerrestrialStatisticalModel(f, d, p)
        assert float(clutter_loss_db(f, d, p)) == pytest.approx(theirs, abs=WITHIN_DB)
        assert end_clutter_db(f, d)[0] == pytest.approx(
            P2108.TerrestrialStatisticalModel(f, d, 50.0), abs=WITHIN_DB
        )
