"""Coverage of cells by two chains that are never mixed, and at points, per site and per set."""

# ruff: noqa: PD011 - values of rasters, not of frames

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hills import LEFT, TOP, at, carrier, flat, hills, masts, raster
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError, SourceError, StudyError
from scenarios.coverage_points import cover_points, reach_m
from scenarios.coverage_raster import site_specific, statistical
from scenarios.coverage_result import MODELLED, NO_HEIGHT, NO_MAST, Relief, best_of, blank_cells
from scenarios.diffraction import bullington, clutter_loss_db, free_space_loss_db
from scenarios.link_budget import uma_coverage_probability
from scenarios.radio import los_probability_uma, uma_los_db, uma_nlos_db
from scenarios.transmitters import LABEL, Carrier, masts_from

AREA = (LEFT, TOP - 2_000, LEFT + 2_000, TOP)
MACRO = carrier()


def test_a_carriers_link_budget_is_per_resource_element():
    """68 dBm less 10 log(12 x 273) less 3 dB of interference is 29.85 dBm an element."""
    assert MACRO.element_dbm[1] == pytest.approx(68 - 35.153 - 3, abs=1e-3)
    assert MACRO.element_dbm[0] == pytest.approx(65 - 35.153 - 6, abs=1e-3)
    assert MACRO.most_loss_db[1] == pytest.approx(29.847 + 110, abs=1e-3)


def test_carriers_outside_validity_and_wild_masts_are_refused():
    with pytest.raises(StudyError, match=r"40 GHz is outside 0\.5 to 30 GHz"):
        Carrier("x", "rma", 40.0, (1, 2, 3), (10, 10, 10), -110, 1.5)
    frame = pd.DataFrame(
        {"id": ["a", "b", "c", "d"], "easting": [1.0, 2, 3, np.nan], "northing": [1.0, 2, 3, 4],
         "height_m": [np.nan, 4000, 30, 20]}
    )  # fmt: skip
    found = masts_from(frame, MACRO)
    assert found.id.tolist() == ["a", "c"]
    assert found.height_m.tolist() == [[20, 25, 30], [30, 30, 30]]
    assert found.assumed.tolist() == [True, False]
    assert found.notes == (
        "1 masts left out, as they have no position",
        "1 masts left out, as they have heights outside 2 to 150 m above ground",
        "1 of 2 masts have no height: 25 m (20 to 30) assumed",
    )
    with pytest.raises(
        InputError, match=r"1 of 4 masts have heights outside 2 to 150 m above ground: b \(4000 m\)"
    ):
        masts_from(frame, MACRO, strict=True)
    with pytest.raises(InputError, match="above ground"):
        masts_from(frame.iloc[[1]], MACRO)
    assert len(masts_from(frame.iloc[:0], MACRO)) == 0


def test_the_statistical_chain_is_tr_38901_cell_by_cell():
    cells = blank_cells(AREA, 50)
    found = statistical(masts((100, 100)), MACRO, cells)
    east, north = cells.centres()
    x, y = at(100, 100)
    d = np.hypot(east[None, :] - x, north[:, None] - y)
    p = los_probability_uma(d)
    loss = p * uma_los_db(d, 3.5) + (1 - p) * uma_nlos_db(d, 3.5)
    np.testing.assert_allclose(found.rsrp_dbm[1], MACRO.element_dbm[1] - loss, atol=0.01)
    chance = uma_coverage_probability(d, float(MACRO.most_loss_db[1]), 3.5)
    np.testing.assert_allclose(found.probability[1], chance, atol=1e-6)
    assert (found.rsrp_dbm[0] < found.rsrp_dbm[1]).all()
    assert (found.probability[2] >= found.probability[1]).all()
    assert (found.server == 0).all()
    assert found.label == LABEL
    assert found.method.startswith(
        "statistical chain: 3GPP TR 38.901 uma, line of sight by its probability"
    )
    assert found.raster().notes[0] == LABEL


def test_line_of_sight_over_a_surface_decides_between_the_two_losses():
    values = np.full((61, 121), 100.0)
    values[:, 70] = 160.0  # a wall higher than the antenna
    relief = Relief(flat(61, 121), raster(values))
    found = statistical(masts((30, 60)), MACRO, relief.ground, radius_m=600, relief=relief)
    d = 300.0
    seen, hidden = found.rsrp_dbm[1, 30, 30], found.rsrp_dbm[1, 30, 90]
    assert seen == pytest.approx(MACRO.element_dbm[1] - float(uma_los_db(d, 3.5)), abs=0.01)
    assert hidden == pytest.approx(MACRO.element_dbm[1] - float(uma_nlos_db(d, 3.5)), abs=0.01)


def test_the_site_specific_chain_over_bare_earth_ends_in_p2108():
    ground, _ = hills()
    found = site_specific(masts((60, 20)), MACRO, Relief(ground), step_m=50)
    for row, column in ((60, 90), (10, 30), (110, 100)):
        d_m = float(np.hypot(row - 60, column - 20)) * 10
        n = int(np.ceil(d_m / 50 - 1e-9))
        i = np.arange(n + 1)
        rows = (60 + i * (row - 60) / n + 0.5 + 1e-9).astype(int)
        columns = (20 + i * (column - 20) / n + 0.5 + 1e-9).astype(int)
        ends = float(ground.values[60, 20]) + 25, float(ground.values[row, column]) + 1.5
        edge = bullington(i * d_m / n / 1000, ground.values[rows, columns], *ends, 3.5).loss_db
        free = float(free_space_loss_db(np.hypot(d_m, ends[1] - ends[0]) / 1000, 3500))
        clutter = float(clutter_loss_db(3.5, max(d_m / 1000, 0.25), 50))
        expected = MACRO.element_dbm[1] - free - edge - clutter
        assert found.rsrp_dbm[1, row, column] == pytest.approx(expected, abs=0.01)
    assert found.chain == "site-specific"
    assert "P.2108" in found.method


def test_with_a_surface_clutter_is_in_the_profile_and_not_added_again():
    ground = flat(61, 121)
    found = site_specific(masts((30, 60)), MACRO, Relief(ground, flat(61, 121)))
    d3 = float(np.hypot(300, 23.5)) / 1000
    free = float(free_space_loss_db(d3, 3500))
    assert found.rsrp_dbm[1, 30, 30] == pytest.approx(MACRO.element_dbm[1] - free, abs=0.05)
    assert "P.2108" not in found.method


def test_the_two_chains_are_never_mixed():
    ground = flat(41, 41)
    one = statistical(masts((20, 20)), MACRO, ground)
    other = site_specific(masts((20, 20)), MACRO, Relief(ground))
    with pytest.raises(StudyError, match="a statistical and a site-specific result would be mixed"):
        best_of(one, other)


def test_the_best_of_macro_and_small_cells():
    small = carrier("radio.small_3500", "umi")
    cells = blank_cells(AREA, 50)
    macro = statistical(masts((100, 100)), MACRO, cells)
    street = statistical(
        masts((100, 102), (20, 20), height=8.0, on=small), small, cells, radius_m=500
    )
    both = best_of(macro, street)
    assert (both.probability >= macro.probability).all()
    assert set(np.unique(both.server)) <= {0, 1, 2}
    assert both.masts == 3


def test_beyond_every_mast_there_is_no_value_and_the_share_is_said():
    cells = blank_cells((LEFT, TOP - 1_000, LEFT + 12_000, TOP), 100)
    found = statistical(masts((50, 50)), MACRO, cells)
    assert (found.state == NO_MAST).any()
    assert np.isnan(found.rsrp_dbm[:, found.state == NO_MAST]).all()
    shares = found.shares()
    assert not any(np.isnan(v) for v in shares.values())
    assert shares["no_mast_pct"] > 50
    assert shares["covered_low_pct"] <= shares["covered_pct"] <= shares["covered_high_pct"]
    with pytest.raises(StudyError, match="beyond the 5,000 m"):
        statistical(masts((50, 50)), MACRO, cells, radius_m=9_000)


def test_ground_that_is_not_known_is_unknown_not_uncovered():
    values = np.full((61, 61), 100.0)
    values[:, 40:] = np.nan
    found = site_specific(masts((30, 20), (30, 50)), MACRO, Relief(raster(values)))
    assert (found.state[:, 40:] == NO_HEIGHT).all()
    assert (found.state[:, :40] == MODELLED).all()
    shares = found.shares()
    assert shares["no_height_pct"] == pytest.approx(100 * 21 / 61)
    assert shares["covered_high_pct"] >= shares["covered_low_pct"] + shares["no_height_pct"] - 1e-9
    assert "1 of 2 masts stand where no height is known and are left out" in found.notes
    points = np.asarray([at(30, 10), at(30, 50), (0.0, 0.0)])
    chance, state = found.at(points[:, 0], points[:, 1])
    assert state.tolist() == [MODELLED, NO_HEIGHT, NO_HEIGHT]
    assert np.isnan(chance[:, 1:]).all()


def test_feet_against_metres_never_reach_a_profile():
    ground, surface = hills()
    with pytest.raises(SourceError, match="in feet"):
        Relief(ground, raster(surface.values / 0.3048))


def test_assumed_heights_widen_the_range():
    frame = pd.DataFrame({"id": ["m"], "easting": [at(60, 60)[0]], "northing": [at(60, 60)[1]]})
    cells = blank_cells((LEFT, TOP - 1_200, LEFT + 1_200, TOP), 50)
    guessed = statistical(masts_from(frame, MACRO), MACRO, cells)
    known = statistical(masts((60, 60)), MACRO, cells)
    np.testing.assert_allclose(guessed.rsrp_dbm[1], known.rsrp_dbm[1], atol=1e-4)
    assert (guessed.rsrp_dbm[0] <= known.rsrp_dbm[0] + 1e-4).all()
    assert (guessed.rsrp_dbm[2] >= known.rsrp_dbm[2] - 1e-4).all()


def points_of(rng, count=300, side=3_000):
    return np.column_stack([LEFT + rng.uniform(0, side, count), TOP - rng.uniform(0, side, count)])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from(["statistical", "sight", "site-specific"]))
def test_adding_a_site_never_lowers_the_coverage_of_a_set(seed, how):
    rng = np.random.default_rng(seed)
    ground, surface = hills(seed=seed)
    relief = None if how == "statistical" else Relief(ground, surface)
    chain = "site-specific" if how == "site-specific" else "statistical"
    small = carrier("radio.small_3500", "umi")
    sites = masts(*rng.integers(0, 120, (6, 2)).tolist(), height=8.0, on=small)
    found = cover_points(sites, points_of(rng, side=1_200), small, chain=chain, relief=relief)
    premises = rng.integers(1, 40, 300)
    again = np.random.default_rng(seed)
    again.integers(0, 120, (6, 2))
    kept = cover_points(
        sites, points_of(again, side=1_200), small, chain=chain, relief=relief, covered_only=True
    )
    assert len(kept.site) <= len(found.site)
    assert (kept.covered() == found.covered()).all()  # the pairs left out count for nothing
    assert (kept.per_site(premises) == found.per_site(premises)).all()
    chosen = np.zeros(6, dtype=bool)
    before = (0.0, 0.0, 0.0)
    for i in rng.permutation(6):
        chosen[i] = True
        after = found.by_set(chosen, premises)
        assert all(b <= a + 1e-9 for b, a in zip(before, after, strict=True))
        assert after[0] <= after[1] <= after[2]
        before = after
    together = found.by_set(np.ones(6, dtype=bool), premises)
    assert together[1] <= found.per_site(premises)[1].sum() + 1e-9  # each point once


def test_premises_of_two_sites_side_by_side_count_once():
    small = carrier("radio.small_3500", "umi")
    sites = masts((100, 100), (100, 101), (190, 190), height=8.0, on=small)
    near = np.asarray(at(100, 102))
    found = cover_points(sites, [near, near + 10_000, [np.nan, np.nan]], small)
    premises = [12.0, 7.0, 5.0]
    assert found.per_site(premises)[1].tolist() == [12, 12, 0]
    assert found.by_set(np.asarray([True, True, True]), premises) == (12, 12, 12)
    assert found.unknown.tolist() == [False, False, True]


def test_what_is_new_leaves_out_what_is_covered_today():
    sites = masts((100, 100))
    points = np.asarray([at(100, 110), at(100, 90), at(100, 100)])
    found = cover_points(sites, points, MACRO)
    today = np.asarray([[0, 0, 0], [1, 0, 0], [1, 1, 0]], dtype=bool)  # low, default, high
    assert found.per_site([1, 1, 1], today)[:, 0].tolist() == [1, 2, 3]
    assert found.by_set(np.asarray([True]), [1, 1, 1], today) == (1, 2, 3)


def test_a_table_of_sites_has_ranges_a_grade_and_no_missing_value():
    ground = flat(61, 61)
    sites = masts((30, 30), (300, 300))
    points = [at(30, 40), at(30, 20)]
    found = cover_points(sites, points, MACRO, chain="site-specific", relief=Relief(ground))
    table = found.table(["s1", "s2"], [10, np.nan], [3, 4])
    assert table.frame["site_id"].tolist() == ["s1"]  # s2 stands off the heights
    assert table.cell("s1", "premises_covered") == 10
    assert table.cell("s1", "businesses_covered") == 7
    assert not table.frame.isna().any().any()
    assert table.columns["premises_covered"].grade == "modelled"
    assert table.columns["premises_covered"].low_of == "premises_covered_low"
    assert table.description == LABEL
    assert table.cell("s1", "chain") == "site-specific"
    assert "premises_newly_covered" not in table.frame  # today's coverage was not given
    assert "1 of 2 sites stand where no height is known and are left out" in found.notes


def test_points_agree_with_the_raster_they_lie_on():
    ground, surface = hills()
    relief = Relief(ground, surface)
    sites = masts((60, 60), (20, 90))
    cells = [
        (r, c)
        for r, c in np.random.default_rng(1).integers(0, 120, (60, 2))
        if not relief.built[r, c]
    ]
    points = np.asarray([at(r, c) for r, c in cells])
    whole = site_specific(sites, MACRO, relief)
    found = cover_points(sites, points, MACRO, chain="site-specific", relief=relief)
    np.testing.assert_allclose(
        found.best_probability(), whole.at(points[:, 0], points[:, 1])[0], atol=1e-5
    )


def test_a_point_on_a_building_takes_the_open_cell_beside_it():
    top = np.full((41, 41), 100.0)
    top[20, 30] = 112.0
    relief = Relief(flat(41, 41), raster(top))
    found = cover_points(masts((20, 10)), [at(20, 30), at(20, 29)], MACRO, relief=relief)
    assert found.probability[1, 0] > 0.5
    assert relief.built.sum() == 1


def test_no_cell_reaches_farther_than_its_link_budget():
    small = carrier("radio.small_3500", "umi")
    reach = reach_m(small)
    assert 300 < reach < 5_000
    x, y = at(0, 0)
    beyond = cover_points(
        masts((0, 0), height=8.0, on=small), [[x + reach + 20, y]], small, radius_m=5_000
    )
    assert not beyond.covered().any()
    assert reach_m(MACRO) == 5_000


def test_at_26_ghz_only_line_of_sight_may_be_claimed():
    high = carrier("radio.small_26000", "umi")
    site = masts((100, 100), height=6.0, on=high)
    said = "26 GHz: only places in line of sight may be claimed"
    assert said in statistical(site, high, blank_cells(AREA, 50), radius_m=500).notes
    assert said in cover_points(site, [at(100, 101)], high).notes
