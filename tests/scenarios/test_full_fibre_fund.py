"""The full-fibre fund on the tiny study, checked on paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from scenarios.case import Confirmation

KEY = "full-fibre-fund"
A, B, C, D = "school:A", "hospital:B", "library:C", "library:D"


def test_the_school_by_hand():
    ranking = tiny.run(KEY).ranking
    cell = lambda column: ranking.cell(A, column)  # noqa: E731
    assert cell("metric_uplift") == 60  # all the white premises 13 m away
    assert cell("metric_public_service_need") == 0.8  # one school x (60 + 20) of 100 without
    assert cell("metric_business_demand") == 32  # 40 units x 0.8
    assert (cell("metric_business_demand_low"), cell("metric_business_demand_high")) == (28.8, 35.2)
    # 15,700 x 1.44 + 60 x 400 x 1.44
    assert cell("cost_gbp") == 22_608 + 34_560
    assert cell("metric_cost_effectiveness") == 953  # 57,168 / 60
    assert cell("metric_subsidy_eligibility") == 0.6
    assert cell("metric_deprivation") == 1
    assert np.isnan(cell("metric_deliverability"))
    # 0.25 x 0.06 + 0.2 x 0.08 + 0.15 x 0.16 + 0.15 x 0.8125 + 0.1 x 0.6 + 0.1 x 1 + 0.05 x 0.5
    assert cell("score") == pytest.approx(0.3619, abs=1e-9)
    assert cell("completeness_pct") == 95
    assert cell("rank") == 1


def test_points_add_up_to_the_score_and_cost_lines_to_the_cost():
    result = tiny.run(KEY)
    frame = result.ranking.frame
    points = frame[[c for c in frame if c.startswith("points_")]].sum(axis=1)
    known = frame["score"].notna()
    assert np.round(points[known], 4).tolist() == frame.loc[known, "score"].tolist()
    lines = result.costs.frame.groupby("site_id")["amount_gbp"].sum()
    for site in (A, B, C):
        assert lines[site] == result.ranking.cell(site, "cost_gbp")


def test_network_reach_decides_who_gains():
    """C's premises at 140 m are 182 m off by network; those at 160 m are 208 m off."""
    ranking = tiny.run(KEY).ranking
    assert ranking.cell(C, "metric_uplift") == 10
    assert ranking.cell(C, "catchment_method") == "straight line x 1.3"
    # what a straight line reaches is not measured, and the figure says so
    assert ranking.cell(C, "grade_uplift") == "estimated"
    assert ranking.cell(C, "route_uplift") == "counted one by one; reach by straight line x 1.3"


def test_status_gates_and_the_chosen():
    result = tiny.run(KEY)
    status = dict(zip(result.ranking.frame["site_id"], result.ranking.frame["status"], strict=True))
    # C has no premises within 50 m that BDUK data could speak of; D has no position at all
    assert status == {A: "ranked", B: "ranked", C: "to verify", D: "not ranked"}
    assert result.gates.cell(f"{B}|public_owner", "outcome") == "pass"
    assert result.gates.cell(f"{C}|not_in_plan", "outcome") == "unknown"
    assert "attach BDUK premises data" in result.gates.cell(f"{C}|not_in_plan", "reason")
    chosen = result.ranking.frame.set_index("site_id")["chosen"]
    assert chosen.to_dict() == {A: True, C: False, B: True, D: False}
    assert "library:X" not in status  # its service has closed


def test_a_confirmation_lets_a_site_in():
    word = Confirmation(C, "not_in_plan", "pass", "BDUK", "2026-03-01", "letter")
    result = tiny.run(KEY, confirmations=(word,))
    assert result.ranking.cell(C, "status") == "ranked"
    assert (
        result.gates.cell(f"{C}|not_in_plan", "reason") == "confirmed by BDUK, 2026-03-01: letter"
    )
    assert bool(result.ranking.cell(C, "chosen"))
    assert not bool(result.ranking.cell(B, "chosen"))  # 57,168 + 28,368 leaves too little


def test_a_plan_at_the_site_and_a_private_owner_exclude():
    demand = tiny.demand()
    demand.frame.loc[0, ["uplift", "uplift_low", "uplift_high"]] = 0.0  # white, but in a contract
    sites = tiny.sites()
    sites.frame.loc[sites.frame["id"] == B, "owner"] = "Independent Sector"
    result = tiny.run(KEY, demand=demand, sites=sites)
    assert result.ranking.cell(A, "status") == "excluded"
    assert result.ranking.cell(A, "gates_failed") == "Not already in a BDUK plan"
    assert result.ranking.cell(B, "status") == "excluded"
    assert np.isnan(result.ranking.cell(B, "rank"))


def test_the_summary_by_hand():
    summary = tiny.run(KEY).summary
    value = lambda item: summary.cell(item, "value")  # noqa: E731
    assert value("ask_gbp") == 57_168 + 28_368
    assert value("premises_uplifted") == 70
    assert value("premises_additional") == 63  # 10 % deadweight where white
    assert np.isnan(value("npsv_gbp"))
    assert np.isnan(value("bcr"))
    assert "only once the study states them" in summary.cell("bcr", "note")
    assert value("unquoted_pct") == 100
    # 85,536 / (63 x 11.517411), the annuity factor of A06
    assert value("break_even_gbp_per_year") == pytest.approx(117.88, abs=0.01)
    assert value("cost_per_premises_gbp") == 1_222
    assert value("sites_candidates") == 4
    assert (value("sites_ranked"), value("sites_to_verify"), value("sites_not_ranked")) == (2, 1, 1)
    assert value("sites_chosen") == 2


def test_overlapping_catchments_count_premises_once():
    sites = tiny.sites()
    twin = sites.frame.iloc[[0]].assign(id="school:A2")
    double = tiny.layer("sites", pd.concat([sites.frame, twin], ignore_index=True))
    result = tiny.run(KEY, budget_gbp=1e9, sites=double)
    assert bool(result.ranking.cell("school:A2", "chosen"))
    assert result.ranking.cell("school:A2", "metric_uplift") == 60
    assert result.summary.cell("premises_uplifted", "value") == 70
    assert result.ranking.cell("school:A2", "rank") == result.ranking.cell(A, "rank") == 1


def test_stated_benefits_count_and_break_even_is_where_npsv_is_nil():
    stated = {"appraisal.benefit_residential_gbp_per_year": tiny.words(117.88)}
    summary = tiny.run(KEY, businesses=None, parameters=stated).summary
    assert summary.cell("npsv_gbp", "value") == pytest.approx(0, abs=5)
    assert summary.cell("bcr", "value") == pytest.approx(1.0)


def test_changing_deadweight_changes_additional_premises_only():
    more = {"appraisal.deadweight_white_pct": tiny.words(50)}
    summary = tiny.run(KEY, parameters=more).summary
    assert summary.cell("premises_uplifted", "value") == 70
    assert summary.cell("premises_additional", "value") == 35


def test_without_bduk_data_the_next_route_is_taken_and_gates_stay_unknown():
    demand = tiny.demand(
        white=np.nan, under_review=np.nan, grey_black=np.nan, grade="estimated",
        route="households, constituency share",
    )  # fmt: skip
    result = tiny.run(KEY, demand=demand)
    assert result.ranking.cell(A, "grade_uplift") == "estimated"
    told = "households, constituency share; reach by straight line x 1.3"
    assert result.ranking.cell(A, "route_uplift") == told
    assert "without full fibre" in result.ranking.cell(A, "route_public_service_need")
    assert result.ranking.cell(A, "metric_public_service_need") == 0.5
    assert np.isnan(result.ranking.cell(A, "metric_subsidy_eligibility"))
    assert (result.ranking.frame["status"] != "ranked").all()
    assert result.summary.cell("sites_chosen", "value") == 0
    assert result.summary.cell("sites_if_verified", "value") >= 1
    assert result.summary.cell("ask_gbp", "value") == 0
    assert np.isnan(result.summary.cell("npsv_gbp", "value"))
    assert "to verify" in result.summary.cell("sites_chosen", "note")


def test_losing_evidence_widens_the_range_and_never_lowers_it_silently():
    full, less = tiny.run(KEY).ranking, tiny.run(KEY, businesses=None).ranking
    assert less.cell(A, "score_low") <= full.cell(A, "score_low")
    assert less.cell(A, "score_high") >= full.cell(A, "score_high")
    assert less.cell(A, "completeness_pct") == 80
    assert less.cell(A, "route_business_demand") == "no business counts in the study"


def test_some_premises_of_unknown_class_are_spoken_for_by_the_rest():
    demand = tiny.demand()
    extra = demand.frame.iloc[[0]].assign(id="uprn:9", premises=25.0)
    for name in ("white", "uplift", "uplift_low", "uplift_high"):
        extra[name] = np.nan
    wider = tiny.layer("demand", pd.concat([demand.frame, extra], ignore_index=True))
    ranking = tiny.run(KEY, demand=wider).ranking
    assert ranking.cell(A, "metric_uplift") == 75  # 60 of 100 known, 25 more: 60 x 125 / 100
    assert (ranking.cell(A, "metric_uplift_low"), ranking.cell(A, "metric_uplift_high")) == (60, 85)
    assert ranking.cell(A, "grade_uplift") == "estimated"


def test_mostly_unknown_is_unknown_with_its_bounds():
    demand = tiny.demand()
    extra = demand.frame.iloc[[0]].assign(id="uprn:9", premises=200.0)
    for name in ("white", "uplift", "uplift_low", "uplift_high"):
        extra[name] = np.nan
    wider = tiny.layer("demand", pd.concat([demand.frame, extra], ignore_index=True))
    ranking = tiny.run(KEY, demand=wider).ranking
    assert np.isnan(ranking.cell(A, "metric_uplift"))
    assert (ranking.cell(A, "metric_uplift_low"), ranking.cell(A, "metric_uplift_high")) == (
        60,
        260,
    )
    assert np.isnan(ranking.cell(A, "cost_gbp"))
    assert not bool(ranking.cell(A, "chosen"))


def test_no_demand_at_all_is_unknown_not_nil():
    result = tiny.run(KEY, demand=None)
    assert np.isnan(result.ranking.cell(A, "metric_uplift"))
    assert (result.ranking.frame["status"] == "not ranked").all()
    assert np.isnan(result.summary.cell("premises_uplifted", "value"))


def test_the_upgrade_profile_puts_need_first_and_asks_for_the_contract():
    known = {"sites": tiny.numbered_sites(), "site_register": tiny.site_register()}
    result = tiny.run("gigahubs", **known)
    assert (result.gates.frame.query("gate == 'contract_end'")["outcome"] == "unknown").all()
    word = Confirmation("*", "contract_end", "pass", "ICT", "2026-03-01", "register")
    assert (
        tiny.run("gigahubs", confirmations=(word,), **known).ranking.cell(A, "status") == "ranked"
    )
    # six tenths of the weight rests on the register of circuits
    alone = tiny.run("gigahubs", confirmations=(word,))
    assert (alone.ranking.frame["status"] != "ranked").all()
    assert any("no site_register in the study" in note for note in alone.notes)


def test_a_duct_at_hand_narrows_deliverability():
    ranking = tiny.run(
        KEY,
        fibre=tiny.layer(
            "fibre", pd.DataFrame([{"id": "f", "name": "", "kind": "duct", **tiny.at(50)}])
        ),
    ).ranking
    assert ranking.cell(A, "metric_deliverability_low") == 0.25
    assert ranking.cell(A, "value_deliverability_high") == 1
