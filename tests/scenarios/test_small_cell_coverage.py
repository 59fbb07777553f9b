"""Small cells at the sites: what each covers, what a set covers once, and what may be called new."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from layers.parameters import shipped
from scenarios.link_budget import coverage_probability
from scenarios.radio import SIGMA_DB, los_probability_umi, umi_los_db, umi_nlos_db
from scenarios.scenario import load_scenario
from scenarios.small_cell_coverage import (
    cell_carrier,
    cells_at,
    covered_area_km2,
    covered_radius_m,
    small_cell_coverage,
)

A, B, C, D = "school:A", "hospital:B", "library:C", "library:D"
CARRIER = cell_carrier(shipped())
TESTED = {"testbed.mast_list_complete": tiny.words(1)}


def masts(*east_m):
    rows = [{"id": f"m{i}", "name": "", "kind": "mast", **tiny.at(e)} for i, e in enumerate(east_m)]
    return tiny.layer("masts", pd.DataFrame(rows))


def test_the_link_budget_of_a_small_cell_by_hand():
    """46 dBm less 10 log(12 x 273) = 35.153 less 3 of interference: 7.847 dBm; to -110: 117.847."""
    assert CARRIER.environment == "umi"
    assert CARRIER.most_loss_db[1] == pytest.approx(117.847, abs=1e-3)


def test_no_point_beyond_the_radius_is_covered():
    radius = covered_radius_m(CARRIER)
    far = np.arange(radius, 900.0, 5.0)
    for height in CARRIER.height_m:
        chance = coverage_probability(
            float(CARRIER.most_loss_db[2]),
            los_probability_umi(far),
            umi_los_db(far, 3.5, height),
            umi_nlos_db(far, 3.5, height),
            SIGMA_DB["umi_los"],
            SIGMA_DB["umi_nlos"],
        )
        assert (chance < 0.9).all()
    assert radius == 180  # at 170 m the best case still gives 90 %


def test_premises_covered_by_hand():
    """Points at 10 m are covered; one at 140 m only in the high case; at 160 m the same."""
    ranking = tiny.run("5g-testbed").ranking
    assert ranking.cell(A, "covered_premises") == 100
    assert ranking.cell(A, "covered_premises_low") == 100
    assert ranking.cell(B, "covered_premises") == 50
    assert [ranking.cell(C, f"covered_premises{end}") for end in ("_low", "", "_high")] == [
        0,
        0,
        1009,
    ]
    assert np.isnan(ranking.cell(D, "covered_premises"))  # no position: unknown, not nil
    # units carry their own range
    units = [ranking.cell(A, f"covered_business_units{end}") for end in ("_low", "", "_high")]
    assert units == [36, 40, 44]
    column = ranking.columns["covered_premises"]
    assert column.grade == "modelled"
    assert "modelled, indicative" in column.description


def test_nothing_is_new_until_the_mast_list_is_tested():
    for held in (None, masts(0.0)):
        result = tiny.run("5g-testbed", masts=held)
        assert np.isnan(result.ranking.frame["newly_covered_premises"]).all()
        assert np.isnan(result.summary.cell("premises_newly_covered", "value"))
        assert "not claimed" in result.summary.cell("premises_newly_covered", "note")
    # stated complete, but no list: still unknown
    result = tiny.run("5g-testbed", parameters=TESTED)
    assert np.isnan(result.ranking.frame["newly_covered_premises"]).all()
    assert np.isnan(result.ranking.cell(A, "metric_coverage_gap"))


def test_what_a_tested_mast_covers_is_not_new():
    ranking = tiny.run("5g-testbed", masts=masts(50.0), parameters=TESTED).ranking
    assert ranking.cell(A, "newly_covered_premises_high") == 0
    assert ranking.cell(A, "covered_premises") == 100
    far = tiny.run("5g-testbed", masts=masts(8_000.0), parameters=TESTED).ranking
    assert far.cell(A, "newly_covered_premises_low") == 100


def test_the_route_of_a_modelled_gap_shows_the_published_figure_beside_it():
    ranking = tiny.run("5g-testbed", masts=masts(8_000.0), parameters=TESTED).ranking
    # beyond 5 km of the only mast the model gives no coverage
    assert ranking.cell(A, "metric_coverage_gap") == 1
    route = ranking.cell(A, "route_coverage_gap")
    assert route.startswith("modelled, indicative coverage")
    assert "masts missing from the list look like missing coverage" in route
    assert route.endswith("published for its district (2026-01): 99.0 % of land from any operator")


def test_a_mast_layer_without_a_position_is_no_list():
    held = masts(0.0)
    held.frame[["easting", "northing"]] = np.nan
    ranking = tiny.run("5g-testbed", masts=held, parameters=TESTED).ranking
    assert np.isnan(ranking.cell(A, "metric_coverage_gap"))
    assert np.isnan(ranking.cell(A, "newly_covered_premises"))


def spread(seed=3, sites=25, points=800):
    rng = np.random.default_rng(seed)
    at = pd.DataFrame(
        {
            "id": [f"s{i:02d}" for i in range(sites)],
            "kind": "library",
            "lad": "E1",
            "easting": tiny.EAST + rng.uniform(0, 1_000, sites),
            "northing": tiny.NORTH + rng.uniform(0, 1_000, sites),
            "location": "exact",
        }
    )
    homes = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(points)],
            "easting": tiny.EAST + rng.uniform(0, 1_000, points),
            "northing": tiny.NORTH + rng.uniform(0, 1_000, points),
            "premises": rng.integers(1, 9, points).astype(float),
        }
    )
    return at, homes


def test_adding_a_site_never_lowers_what_a_set_covers_and_counts_once():
    at, homes = spread()
    held = tiny.evidence(demand=tiny.layer("demand", homes), masts=masts(500.0))
    register = shipped().override(TESTED, "study.toml")
    cells = small_cell_coverage(held, register, at)
    alone = {key: m.metric for key, m in cells.measures().items()}
    chosen = np.zeros(len(at), dtype=bool)
    last: dict[str, float] = {}
    for site in np.random.default_rng(1).permutation(len(at)):
        chosen[site] = True
        for item in cells.items(chosen):
            if item.item.startswith("premises"):
                assert item.low <= item.value <= item.high
                for end in ("low", "value", "high"):
                    now, key = getattr(item, end), f"{item.item}{end}"
                    assert now >= last.get(key, 0.0)
                    last[key] = now
    covered = cells.items(chosen)[0]
    assert covered.high < alone["covered_premises"].high.sum()  # they overlap: each once
    assert covered.high <= homes["premises"].sum()
    assert last["premises_newly_coveredvalue"] <= last["premises_coveredvalue"]


def test_no_chosen_site_covers_nothing_and_no_premises_are_unknown():
    at, homes = spread(sites=3)
    held = tiny.evidence(demand=tiny.layer("demand", homes), businesses=None)
    items = {i.item: i for i in small_cell_coverage(held, shipped(), at).items(np.zeros(3, bool))}
    assert items["premises_covered"].value == 0
    assert np.isnan(items["business_units_covered"].value)
    assert items["business_units_covered"].grade == ""
    assert "no business units in the study" in items["business_units_covered"].note
    bare = tiny.run("5g-testbed", demand=None)
    assert np.isnan(bare.ranking.cell(A, "covered_premises"))


def test_sites_known_by_postcode_are_said_to_be_rough():
    notes = tiny.run("5g-testbed").notes
    assert any(n.startswith("1 site is known by postcode only") for n in notes)
    assert any("antennas are taken to stand 8 m above ground (6.4 to 9.6)" in n for n in notes)


def test_cells_stand_where_sites_have_a_position():
    xy = np.asarray([[np.nan, np.nan], [1.0, 2.0]])
    cells, at = cells_at(np.asarray(["a", "b"], dtype=object), xy, CARRIER)
    assert cells.id.tolist() == ["b"]
    assert at.tolist() == [1]
    nothing, at = cells_at(np.asarray(["a"], dtype=object), xy[:1], CARRIER)
    assert len(nothing) == len(at) == 0


def test_the_scenario_names_the_layers_it_counts_over():
    needs = {need.layer for need in load_scenario("testbed_5g").needs}
    assert {"masts", "demand", "businesses"} <= needs


def test_the_area_of_a_set_counts_each_spot_once_and_no_place_without_position():
    carrier = cell_carrier(shipped())
    one = covered_area_km2(carrier, np.array([[0.0, 0.0]]))
    # no farther than any point is covered in any case
    assert 0 < one <= np.pi * (covered_radius_m(carrier) / 1000) ** 2
    far = np.array([[0.0, 0.0], [5_000.0, 0.0], [np.nan, np.nan]])
    assert covered_area_km2(carrier, far) == pytest.approx(2 * one)
    assert covered_area_km2(carrier, np.zeros((3, 2))) == pytest.approx(one)
    assert covered_area_km2(carrier, np.empty((0, 2))) == 0
