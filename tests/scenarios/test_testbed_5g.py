"""The 5G testbed on the tiny study, checked on paper."""

from __future__ import annotations

import numpy as np
import pytest
import tiny

from scenarios.case import Confirmation

KEY = "5g-testbed"
A, B, C = "school:A", "hospital:B", "library:C"
PROMISES = tuple(
    Confirmation("*", gate, "pass", "Digital lead", "2026-03-01", "file 3")
    for gate in ("named_user", "letter_of_support", "revenue_plan")
)


def test_target_premises_by_hand():
    ranking = tiny.run(KEY).ranking
    # B: the hospital itself 1; its station is 400 m off by crow, 520 m by network: too far
    assert ranking.cell(B, "metric_use_case_demand") == 1
    assert ranking.cell(A, "metric_use_case_demand") == 0.5
    assert ranking.cell(C, "metric_use_case_demand") == 0.25
    assert "factories and care homes" in ranking.cell(A, "route_use_case_demand")


def test_no_deficit_is_claimed_without_a_tested_mast_list():
    masts = tiny.layer("masts", tiny.fibre().frame[["id", "name", "kind", "easting", "northing"]])
    for held in (None, masts):
        ranking = tiny.run(KEY, masts=held).ranking
        assert np.isnan(ranking.cell(A, "metric_coverage_gap"))
        assert ranking.cell(A, "metric_coverage_gap_low") == pytest.approx(0.01)  # 99 % from any
        assert ranking.cell(A, "value_coverage_gap_high") == 1
        assert "completeness of the mast list untested" in ranking.cell(A, "route_coverage_gap")


def test_a_tested_mast_list_is_modelled():
    masts = tiny.layer("masts", tiny.fibre().frame[["id", "name", "kind", "easting", "northing"]])
    tested = {"testbed.mast_list_complete": tiny.words(1)}
    ranking = tiny.run(KEY, masts=masts, parameters=tested).ranking
    assert ranking.cell(A, "grade_coverage_gap") == "modelled"
    assert ranking.cell(A, "metric_coverage_gap") < 0.05  # a mast 100 m away
    assert ranking.cell(C, "metric_coverage_gap") > ranking.cell(A, "metric_coverage_gap")
    gap = [ranking.cell(C, f"metric_coverage_gap{end}") for end in ("_low", "", "_high")]
    assert gap == sorted(gap)


def test_a_figure_published_for_all_operators_comes_before_the_floor():
    rows = [("all_operators_5g_pct", "2025-07", lad, 80.0) for lad in ("E1", "E2")]
    rows += [("all_operators_5g_pct", "2026-01", lad, 90.0) for lad in ("E1", "E2")]
    ranking = tiny.run(KEY, coverage=tiny.coverage(rows)).ranking
    assert ranking.cell(A, "metric_coverage_gap") == pytest.approx(0.1)
    assert ranking.cell(A, "grade_coverage_gap") == "estimated"


def test_backhaul_follows_the_map_and_falls_back_to_a_weak_estimate():
    ranking = tiny.run(KEY, fibre=tiny.fibre()).ranking
    assert ranking.cell(A, "metric_backhaul") == 130  # 100 m x 1.3
    assert "OpenStreetMap" in ranking.cell(A, "route_backhaul")
    assert ranking.cell(B, "metric_backhaul") == 13  # half of B's premises are expected to have it
    assert "nothing is known of the route" in ranking.cell(B, "route_backhaul")
    assert ranking.cell(B, "value_backhaul_low") == 0


def test_the_cost_by_hand():
    costs = tiny.run(KEY, fibre=tiny.fibre()).costs
    assert costs.cell(f"{A}|small cells installed", "amount_gbp") == 21_600  # 15,000 x 1.44
    assert costs.cell(f"{A}|fibre backhaul in footway", "amount_gbp") == 15_912  # 130 x 85 x 1.44
    assert costs.cell(f"{A}|share of the private core", "amount_gbp") == 18_000  # 120,000 / 20 x 3
    assert costs.cell(f"{A}|running the small cells", "timing") == "running, each year"
    assert costs.cell(f"{B}|fibre backhaul in footway", "quantity") == 250  # nothing on the map


def test_every_site_is_to_verify_until_the_officer_confirms():
    result = tiny.run(KEY)
    status = result.ranking.frame.set_index("site_id")["status"]
    assert set(status[[A, B, C]]) == {"to verify"}
    assert result.ranking.cell(A, "gates_unknown") == (
        "A named user of the testbed; A letter of support; A revenue plan after grant"
    )
    assert not result.ranking.frame["chosen"].any()
    assert result.summary.cell("sites_chosen", "value") == 0
    assert result.summary.cell("sites_if_verified", "value") == 1
    confirmed = tiny.run(KEY, confirmations=PROMISES)
    assert set(confirmed.ranking.frame.set_index("site_id")["status"][[A, B, C]]) == {"ranked"}
    assert confirmed.summary.cell("sites_chosen", "value") == 1
    would = result.ranking.frame.set_index("site_id")["chosen_if_verified"]
    assert would.to_dict() == confirmed.ranking.frame.set_index("site_id")["chosen"].to_dict()


def test_running_cost_is_in_the_present_cost_and_not_in_the_ask():
    made = tiny.run(KEY, confirmations=PROMISES)
    summary, appraisal = made.summary, made.more["appraisal"]
    # 3,000 a year for ten years at 3.5 %: 8.316605
    cost = summary.cell("ask_gbp", "value") + 3_000 * 8.316605
    assert appraisal.cell("pv_cost_gbp", "value") == pytest.approx(cost, abs=1)
    assert summary.cell("running_gbp_per_year", "value") == 3_000


def test_the_closed_note_comes_first():
    assert tiny.run(KEY).notes[0] == "CLOSED: practice only"
    assert tiny.run("5g-innovation-regions").profile.scenario == "testbed_5g"
