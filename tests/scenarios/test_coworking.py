"""Co-working on the tiny study, checked on paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from scenarios.case import Confirmation

KEY = "co-working"
OFFICE, LEAD, STABLE, AREA_ONLY = "uprn:1", "library:X", "asset:S", "asset:Z"
CLEAR = Confirmation("*", "no_block", "pass", "Planning", "2026-03-01", "no heritage flag")


def test_the_vacant_office_by_hand():
    ranking = tiny.run(KEY).ranking
    cell = lambda column: ranking.cell(OFFICE, column)  # noqa: E731
    assert cell("metric_space") == 106  # D01: 1,200 m2 gross
    assert (cell("metric_space_low"), cell("metric_space_high")) == (90, 127)
    # both business points lie within 923 m? B's is 1,000 m off: only A's 15
    assert cell("metric_micro_business_demand") == 15
    # no rail within 800 m by network; two bus stops of ten
    assert cell("metric_public_transport") == pytest.approx(0.08)
    assert cell("metric_connectivity") == pytest.approx(0.2)  # BDUK: 20 of 100 have gigabit
    assert cell("grade_connectivity") == "measured"
    assert cell("metric_energy") == 0.75
    assert cell("metric_need") == 1
    assert cell("metric_vacancy_confidence") == 0.8
    assert np.isnan(cell("metric_competition"))
    # 0.25 x 0.01 + 0.1 x 0.5 + 0.15 x 0.08 + 0.15 x 1 + 0.15 x 0.2 + 0.05 x 0.75 + 0.1 + 0.05 x 0.8
    assert cell("score") == pytest.approx(0.422, abs=1e-4)
    assert cell("cost_gbp") == 869_760  # 960 m2 x 600 x 1.51


def test_a_station_counts_by_its_network_distance():
    ranking = tiny.run(KEY).ranking
    # 400 m x 1.3 = 520 m: 0.6 x (1 - 520 / 800)
    assert ranking.cell(LEAD, "metric_public_transport") == pytest.approx(0.21)


def test_stops_of_two_buildings_beside_each_other_count_once():
    offices = tiny.offices()
    twin = offices.frame[offices.frame["id"] == OFFICE].assign(id="office:twin")
    both = pd.concat([offices.frame, twin], ignore_index=True)
    result = tiny.run(KEY, budget_gbp=1e9, offices=tiny.layer("offices", both))
    chosen = result.ranking.frame["chosen_if_verified"].sum()
    assert chosen >= 2
    assert result.summary.cell("stops_reached_if_verified", "value") == 2
    assert np.isnan(tiny.run(KEY, stops=None).summary.cell("stops_reached", "value"))


def test_who_comes_by_cycle_is_counted_where_the_study_says_so():
    """15 minutes at 15 km/h are 3,750 m: both points; the other spaces stay within a walk."""
    ride = {"coworking.travel_mode": tiny.words(1)}
    result = tiny.run(KEY, parameters=ride)
    assert result.ranking.cell(OFFICE, "metric_micro_business_demand") == 19
    label = result.summary.cell("micro_units_reached", "label")
    assert label == "Micro-businesses within 15 minutes by cycle, weighted"


def test_gates_are_unknown_where_the_registers_are_silent():
    gates = tiny.run(KEY).gates
    outcome = lambda site, gate: gates.cell(f"{site}|{gate}", "outcome")  # noqa: E731
    assert [
        outcome(OFFICE, g) for g in ("office_capable", "location", "energy", "desks", "vacant")
    ] == ["pass"] * 5
    assert outcome(OFFICE, "no_block") == "unknown"
    assert [outcome(LEAD, g) for g in ("energy", "desks", "vacant")] == ["unknown"] * 3
    assert "building state unknown" in gates.cell(f"{LEAD}|vacant", "reason")
    assert [outcome(STABLE, g) for g in ("office_capable", "energy", "desks")] == ["fail"] * 3
    assert outcome(AREA_ONLY, "location") == "unknown"
    assert outcome(AREA_ONLY, "office_capable") == "unknown"


def test_a_closed_service_is_a_lead_and_never_funded():
    result = tiny.run(KEY, budget_gbp=1e9, confirmations=(CLEAR,))
    assert result.ranking.cell(OFFICE, "status") == "ranked"
    assert bool(result.ranking.cell(OFFICE, "chosen"))
    assert result.ranking.cell(LEAD, "status") == "to verify"
    assert not bool(result.ranking.cell(LEAD, "chosen"))
    assert np.isnan(result.ranking.cell(LEAD, "cost_gbp"))
    assert not bool(result.ranking.cell(LEAD, "chosen_if_verified"))
    assert result.ranking.cell(STABLE, "status") == "excluded"
    assert result.ranking.cell(AREA_ONLY, "status") == "not ranked"
    assert any("no floor area" in note for note in result.notes)


def test_an_area_only_building_has_no_pin():
    sites = tiny.run(KEY).sites.set_index("site_id")
    assert sites.geometry[AREA_ONLY].is_empty
    assert not sites.geometry[OFFICE].is_empty
    assert sites.crs.to_epsg() == 27700


def test_a_missing_certificate_does_not_lower_the_rank_silently():
    offices = tiny.offices()
    offices.frame.loc[offices.frame["id"] == OFFICE, "energy_band"] = ""
    with_band, without = tiny.run(KEY).ranking, tiny.run(KEY, offices=offices).ranking
    assert without.cell(OFFICE, "value_energy") == 0.5
    assert without.cell(OFFICE, "score_high") >= with_band.cell(OFFICE, "score")
    assert without.cell(OFFICE, "score_low") <= with_band.cell(OFFICE, "score")
    assert without.cell(OFFICE, "route_energy") == "no energy certificate in any source"


def test_a_budget_lets_a_poor_band_through():
    paid = {"coworking.energy_budget_gbp": tiny.words(20_000)}
    assert tiny.run(KEY, parameters=paid).gates.cell(f"{STABLE}|energy", "outcome") == "pass"


def test_micro_units_fall_back_to_usual_shares():
    businesses = tiny.businesses()
    for end in ("", "_low", "_high"):
        businesses.frame[f"micro_weighted{end}"] = np.nan
    ranking = tiny.run(KEY, businesses=businesses).ranking
    # 40 x 0.84 x (0.3 + 0.7 x 0.2) = 14.784
    assert ranking.cell(OFFICE, "metric_micro_business_demand") == 15
    assert "usual shares" in ranking.cell(OFFICE, "route_micro_business_demand")
    low = ranking.cell(OFFICE, "metric_micro_business_demand_low")
    assert low == 11  # 36 x 0.78 x (0.3 + 0.7 x 0.12) = 10.8


def test_competition_fades_with_distance_and_is_a_minimum():
    space = tiny.layer(
        "coworking", pd.DataFrame([{"id": "c", "name": "", "kind": "coworking", **tiny.at(100)}])
    )
    ranking = tiny.run(KEY, coworking=space).ranking
    pull = np.exp(-130 / 500)
    assert ranking.cell(OFFICE, "metric_competition") == pytest.approx(round(pull, 2))
    assert ranking.cell(OFFICE, "metric_competition_high") == pytest.approx(round(2 * pull, 2))
    assert ranking.cell(OFFICE, "value_competition_low") < ranking.cell(OFFICE, "value_competition")


def test_places_are_classed_as_vacancy():
    result = tiny.run(KEY)
    for name in ("name", "postcode", "easting", "site_id", "route_vacancy_confidence"):
        assert result.ranking.columns[name].disclosure == "vacancy"
    assert result.ranking.columns["score"].disclosure == "public"
    assert tiny.run("full-fibre-fund").ranking.columns["name"].disclosure == "public"


def test_the_summary_by_hand():
    summary = tiny.run(KEY, budget_gbp=1e9, confirmations=(CLEAR,)).summary
    assert summary.cell("desks", "value") == 106
    assert summary.cell("cost_per_desk_gbp", "value") == 8_205  # 869,760 / 106
    assert summary.cell("running_gbp_per_year", "value") == 105_600
    assert summary.cell("micro_units_reached", "value") == 15


def test_a_named_occupier_excludes_until_somebody_overrules():
    offices = tiny.offices()
    row = offices.frame["id"] == OFFICE
    offices.frame.loc[row, "vacancy_confidence"] = 0.0
    offices.frame.loc[row, "vacancy_evidence"] = "register names an occupier or tenant"
    result = tiny.run(KEY, offices=offices, confirmations=(CLEAR,))
    assert result.ranking.cell(OFFICE, "status") == "excluded"
    word = Confirmation(OFFICE, "vacant", "pass", "Asset manager", "2026-03-01", "moved out")
    again = tiny.run(KEY, offices=offices, confirmations=(CLEAR, word))
    assert again.ranking.cell(OFFICE, "status") == "ranked"
    reason = again.gates.cell(f"{OFFICE}|vacant", "reason")
    assert reason.endswith("(the data: fail, register names an occupier or tenant)")
