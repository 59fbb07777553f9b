"""The engine: tables with lineage, ties, completeness, empty studies, the same bytes twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from layers.errors import StudyError
from layers.lineage import Figures
from layers.parameters import shipped
from scenarios.case import Case, Confirmation
from scenarios.engine import run_case, scenario_names
from scenarios.profile import load_profile, profile_names
from scenarios.scenario import load_scenario, missing_needs

CASES = ("full-fibre-fund", "5g-testbed", "co-working")
EVERY_CASE = (
    "ask_gbp", "budget_gbp", "sites_candidates", "sites_ranked", "sites_to_verify",
    "sites_excluded", "sites_not_ranked", "sites_chosen", "sites_if_verified", "npsv_gbp", "bcr",
    "unquoted_pct", "break_even_gbp_per_year",
)  # fmt: skip


@pytest.mark.parametrize("key", CASES)
def test_every_table_has_its_columns_and_lineage(key):
    result = tiny.run(key)
    criteria = list(result.profile.criterion)
    names = set(result.ranking.frame.columns)
    for c in criteria:
        assert {
            f"metric_{c}",
            f"metric_{c}_low",
            f"value_{c}_high",
            f"points_{c}",
            f"grade_{c}",
            f"route_{c}",
        } <= names
    assert set(EVERY_CASE) <= set(result.summary.frame["item"])
    assert result.sites["site_id"].tolist() == result.ranking.frame["site_id"].tolist()
    keys = {
        f"{t.name}.{c}"
        for t in (result.ranking, result.gates, result.costs, result.criteria)
        for c in t.frame
    }
    for table in (result.ranking, result.gates, result.costs, result.criteria, result.summary):
        assert table.sources
        for column in table.columns.values():
            assert all(p in shipped() for p in column.parameters)
            for given in column.inputs:
                head = given.split(".")[0]
                assert given.split("[")[0] in keys or head not in {
                    "ranking",
                    "gates",
                    "costs",
                    "criteria",
                }
            for beside in (column.unit_of, column.grade_of, column.low_of, column.high_of):
                assert beside is None or beside in table.frame
    assert table.lineage()["key"] == "item"


@pytest.mark.parametrize("key", CASES)
def test_figures_can_be_quoted_from_every_cell(key):
    result = tiny.run(key)
    figures = Figures([result.ranking, result.summary, result.costs], key)
    assert figures.cite("summary", "ask_gbp").unit == "GBP"
    site = str(result.ranking.frame["site_id"].iloc[0])
    assert "to" in figures.cite("ranking", site, "score").range_text


@pytest.mark.parametrize("key", CASES)
def test_the_same_study_gives_the_same_tables_whatever_the_order_of_rows(key):
    first = tiny.run(key)
    shuffled = {
        name: tiny.layer(name, getattr(tiny, name)().frame.iloc[::-1].reset_index(drop=True))
        for name in ("sites", "offices", "stops", "businesses", "demand")
    }
    again = tiny.run(key, **shuffled)
    for name in ("ranking", "gates", "costs", "criteria", "summary"):
        pd.testing.assert_frame_equal(getattr(first, name).frame, getattr(again, name).frame)


@pytest.mark.parametrize("key", CASES)
def test_a_study_with_no_candidates_still_has_its_tables(key):
    result = tiny.run(key, sites=None, offices=None)
    assert len(result.ranking.frame) == 0
    assert result.summary.cell("sites_candidates", "value") == 0
    assert np.isnan(result.summary.cell("npsv_gbp", "value"))
    assert any("register" in note for note in result.notes)


@pytest.mark.parametrize("key", CASES)
def test_a_study_with_only_its_sites_still_runs(key):
    bare = dict.fromkeys(("demand", "stops", "businesses", "coworking", "masts", "fibre"))
    result = tiny.run(key, **bare, coverage=tiny.coverage([]))
    assert (result.ranking.frame["status"].isin(["not ranked", "excluded", "to verify"])).all()
    assert not result.ranking.frame["chosen"].any()


def test_scenarios_are_found_without_importing_them():
    assert set(scenario_names()) >= {"coworking", "full_fibre_fund", "testbed_5g"}
    assert "scenario" not in scenario_names()


def test_needs_name_layers_of_the_evidence():
    for name in scenario_names():
        for need in load_scenario(name).needs:
            assert hasattr(tiny.evidence(), need.layer)
    absent = {need.layer for need in missing_needs("coworking", tiny.evidence())}
    assert absent == {"coworking", "self_employed", "streets"}


def test_a_case_and_a_profile_of_different_scenarios():
    case = Case("x", "x", "coworking", "full-fibre-fund", 1.0)
    with pytest.raises(StudyError, match="its profile of 'full_fibre_fund'"):
        run_case(tiny.evidence(), case, load_profile("full-fibre-fund"), shipped())


def test_a_budget_below_nothing():
    with pytest.raises(StudyError, match="budget is -1"):
        tiny.run("full-fibre-fund", budget_gbp=-1.0)


def test_a_confirmation_of_a_site_that_is_not_there():
    word = Confirmation("library:Z", "in_area", "pass", "a", "b", "c")
    with pytest.raises(StudyError, match="no candidate site 'library:Z'"):
        tiny.run("full-fibre-fund", confirmations=(word,))


def test_equal_sites_share_a_rank_and_print_by_cost_then_id():
    sites = tiny.sites().frame
    twins = pd.concat([sites, sites.iloc[[0]].assign(id="school:0")], ignore_index=True)
    frame = tiny.run("full-fibre-fund", sites=tiny.layer("sites", twins)).ranking.frame
    assert frame["site_id"].tolist()[:2] == ["school:0", "school:A"]
    assert frame["rank"].tolist()[:3] == [1, 1, 3]


def test_one_site_only_is_first_and_never_dominated():
    alone = tiny.layer("sites", tiny.sites().frame.iloc[[0]])
    made = tiny.run("full-fibre-fund", sites=alone)
    row = made.ranking.frame.iloc[0]
    assert (row["rank"], row["rank_best"], row["rank_worst"], row["first_pct"]) == (1, 1, 1, 100)
    assert made.more["dominated"].frame.empty
    assert "no change of any one weight" in made.more["robustness"].cell("smallest_change", "note")


@pytest.mark.parametrize("key", CASES)
def test_every_site_gated_out_is_said_by_gate_and_nothing_is_asked(key):
    gate = next(iter(load_profile(key).gate))
    named = tiny.run(key).ranking.frame["site_id"]
    each = [Confirmation(s, gate, "fail", "Board", "2026-01-01", "paper 1") for s in named]
    made = tiny.run(key, confirmations=tuple(each))
    frame = made.ranking.frame
    assert (frame["status"] == "excluded").all()
    assert frame["gates_failed"].str.len().gt(0).all()
    assert made.summary.cell("ask_gbp", "value") == 0
    assert made.summary.cell("sites_excluded", "value") == len(frame)


def test_too_little_known_is_not_ranked():
    strict = load_profile("full-fibre-fund").model_copy(update={"minimum_completeness_pct": 96.0})
    frame = tiny.run("full-fibre-fund", profile=strict).ranking.frame
    assert (frame["status"] == "not ranked").all()
    assert frame["rank"].isna().all()
    assert frame["score"].isna().all()
    assert frame["score_low"].notna().all()


# the register of sites alone tells most of what 5G Innovation Regions weigh
@pytest.mark.parametrize("key", sorted({*profile_names()} - {"5g-innovation-regions"}))
def test_where_every_criterion_is_missing_nothing_is_ranked_and_each_is_named(key):
    blind = {
        "demand": None, "businesses": None, "stops": None, "coverage": tiny.coverage([]),
        "area_gaps": tiny.table("area_gaps", "id", pd.DataFrame({"id": [], "imd_decile": []})),
    }  # fmt: skip
    made = tiny.run(key, **blind)
    assert set(made.ranking.frame["status"]) <= {"not ranked", "excluded"}
    assert made.ranking.frame["rank"].isna().all()
    assert made.summary.cell("ask_gbp", "value") == 0
    assert made.more["choice"].cell("exact_outcome", "note") == "no site may be chosen"
    assert sum("is unknown for every site" in note for note in made.notes) >= 3


def test_identical_sites_share_the_rank_and_each_other_is_as_good():
    twins = tiny.sites().frame.drop(columns=["src", "record"]).iloc[[0] * 4]
    twins = twins.assign(id=[f"school:{i}" for i in range(4)])
    confirmed = tuple(
        Confirmation("*", gate, "pass", "Board", "2026-01-01", "paper 1")
        for gate in load_profile("full-fibre-fund").gate
    )
    made = tiny.run("full-fibre-fund", 60_000.0, confirmations=confirmed, sites=tiny.layer("sites", twins))  # fmt: skip
    frame = made.ranking.frame
    assert frame["rank"].tolist() == [1, 1, 1, 1]
    assert (frame["rank_best"].tolist(), frame["rank_worst"].tolist()) == ([1] * 4, [4] * 4)
    assert frame["chosen"].sum() == 1
    assert made.more["dominated"].frame.empty
    assert made.more["choice"].cell("near_optimal", "value") == 3
    assert made.more["methods"].frame["tau"].isna().all()


def test_the_cap_of_a_fund_bounds_the_budget_and_match_is_said():
    capped = load_profile("full-fibre-fund").model_copy(
        update={"cap_gbp": 60_000.0, "match_rate_pct": 25.0}
    )
    summary = tiny.run("full-fibre-fund", profile=capped).summary
    # 60,000 of grant stand beside 20,000 of match
    assert summary.cell("budget_gbp", "value") == 80_000
    assert "£60,000, with its match £80,000" in summary.cell("budget_gbp", "note")
    assert summary.cell("ask_gbp", "value") == 57_168
    assert summary.cell("match_gbp", "value") == 14_292


def test_terms_that_no_profile_states_are_asked_of_the_officer():
    told = tiny.run("full-fibre-fund").notes
    assert any("Wave 3 offered 95 million" in note for note in told)
    assert any("no largest award (cap_gbp) and match rate (match_rate_pct): ask" in n for n in told)
    testbed = load_profile("5g-testbed")
    assert (testbed.cap_gbp, testbed.match_rate_pct) == (25_000_000, 50)
    assert testbed.asked_of_fund == ()
    assert load_profile("co-working").asked_of_fund == ("largest award (cap_gbp)",)
    named = [name for name in profile_names() if not load_profile(name).terms_note]
    assert named == []


def test_match_that_the_fund_asks_for_and_nobody_states_is_said():
    made = tiny.run(
        "full-fibre-fund",
        profile=load_profile("full-fibre-fund").model_copy(update={"match_rate_pct": 25.0}),
    )
    asked = made.summary.cell("match_gbp", "value")
    said = f"others pay 25 % of the capital, £{asked:,.0f}; the study states £0"
    assert any(said in note for note in made.notes)


def test_quoted_rates_lower_the_unquoted_share():
    quote = {"fibre.public_site_all_in_gbp": tiny.words(15_700)}
    summary = tiny.run("full-fibre-fund", budget_gbp=60_000, parameters=quote).summary
    # 34,560 of 57,168 is still assumed
    assert summary.cell("unquoted_pct", "value") == 60
