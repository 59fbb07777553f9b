"""The cost of full fibre on the tiny study with one street, checked on paper."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.streets import from_lines
from scenarios.case import Confirmation
from scenarios.full_fibre_costs import _capped
from scenarios.uplift import Together

KEY = "full-fibre-fund"
A, B, C = "school:A", "hospital:B", "library:C"
RICH = 1e9


def street():
    """One residential street past A, B and C, 3 km long, with a node every 500 m."""
    line = shapely.LineString([(tiny.EAST + x, tiny.NORTH) for x in range(-500, 3_001, 500)])
    frame = gpd.GeoDataFrame(
        {"osm_id": ["1"], "highway": ["residential"]}, geometry=[line], crs="EPSG:27700"
    )
    return from_lines(frame)


def on_streets(budget_gbp=RICH, **more):
    """The tiny study with its street, and a complete list of fibre: one duct 100 m from A."""
    return tiny.run(KEY, budget_gbp, **({"streets": street(), "fibre": tiny.fibre()} | more))


def value(result, item):
    return result.summary.cell(item, "value")


def test_the_school_by_hand():
    """100 m: 95 footway, 5 carriageway, 2 chambers; works 10 %, design 12 %, bias 44 %."""
    result = on_streets()
    lines = result.costs.frame.set_index("row")["amount_gbp"]
    assert lines[f"{A}|trench in footway"] == round(95 * 85 * 1.44)
    assert lines[f"{A}|trench in carriageway"] == round(5 * 140 * 1.44)
    assert lines[f"{A}|chambers and joints"] == 2 * 1_728
    assert lines[f"{A}|building connection"] == 5_040
    assert lines[f"{A}|street works, traffic management, permits"] == round(1_117.5 * 1.44)
    assert lines[f"{A}|design and project management"] == round(15_792.5 * 0.12 * 1.44)
    assert lines[f"{A}|passing the premises uplifted"] == 34_560
    assert f"{A}|public site connected" not in lines  # it has a route
    assert f"{A}|re-used duct, sub-duct and cable" not in lines  # nor does it re-use a duct
    assert result.ranking.cell(A, "cost_gbp") == lines.filter(like=f"{A}|").sum() == 60_030
    assert result.ranking.cell(A, "cost_route") == "100 m along streets to the nearest known fibre"
    assert result.ranking.cell(A, "cost_grade") == "estimated"
    assert result.ranking.cell(A, "fibre_route_m") == 100


def test_together_the_trench_is_dug_once():
    word = {"who": "BDUK", "when": "2026-03-01", "why": "letter"}
    result = on_streets(confirmations=(Confirmation(C, "not_in_plan", "pass", **word),))
    assert value(result, "sites_chosen") == 3
    # alone 100 + 900 + 1,900 m; together 100 m west and 1,900 m east
    assert value(result, "route_alone_km") == 2.9
    assert value(result, "route_shared_km") == 2.0
    assert "3 sites alone 2.9 km, together 2.0 km (the chosen sites)" in result.notes
    bill = result.more["bill"].frame.set_index("row")["quantity"]
    assert bill["chosen|trench in footway"] == 1_900
    assert bill["chosen|chambers and joints"] == 14 + 1
    assert bill["chosen|building connection"] == 3
    assert bill["chosen|passing the premises uplifted"] == value(result, "premises_uplifted") == 80


def check_books(result):
    """What the bill, the parts and the ask must agree on."""
    frame = result.ranking.frame
    for name, part, suffix in (
        ("chosen", "part_gbp", ""),
        ("chosen_if_verified", "part_if_verified_gbp", "_if_verified"),
    ):
        chosen = frame[frame[name]]
        ask = value(result, f"ask_gbp{suffix}")
        bill = result.more["bill"].frame
        lines = bill[(bill["set"] == name) & bill["timing"].str.startswith("capital")]
        assert lines["amount_gbp"].sum() == ask == chosen[part].sum()
        for end in ("low", "high"):
            total = result.summary.cell(f"ask_gbp{suffix}", end)
            assert lines[f"amount_gbp_{end}"].sum() == total == chosen[f"{part}_{end}"].sum()
        assert ask <= chosen["cost_gbp"].sum()
        assert (chosen[part] <= chosen["cost_gbp"] + 1).all()
        assert frame.loc[~frame[name], part].isna().all()
        saved = value(result, f"sharing_saves_gbp{suffix}")
        if len(chosen):
            assert saved == chosen["cost_gbp"].sum() - ask
        else:
            assert np.isnan(saved)


@pytest.mark.parametrize("budget", [1, 70_000, 200_000, 400_000, RICH])
def test_bill_parts_and_ask_agree_and_fit_the_budget(budget):
    result = on_streets(budget)
    check_books(result)
    assert value(result, "ask_gbp") <= budget


def test_existing_duct_is_re_used_and_its_rental_runs_each_year():
    """All the street has a duct: no trench, one joint, 12 a metre and 0.50 a year."""
    net = street()
    result = on_streets(streets=replace(net, duct=np.ones(len(net.start), dtype=bool)))
    lines = result.costs.frame.set_index("row")
    assert f"{A}|trench in footway" not in lines.index
    assert lines.loc[f"{A}|re-used duct, sub-duct and cable", "amount_gbp"] == 100 * 12 * 1.44
    assert lines.loc[f"{A}|rental of re-used duct", "amount_gbp"] == 50
    assert value(result, "route_reused_km") == value(result, "route_shared_km") > 0
    assert (result.routes["kind"] == "reuse").all()
    assert value(result, "ask_gbp") < value(on_streets(), "ask_gbp")
    check_books(result)


def test_a_duct_is_a_way_to_fibre_and_not_its_end():
    rows = [
        {"id": "d", "name": "", "kind": "duct", **tiny.at(10)},
        {"id": "c", "name": "", "kind": "cabinet", **tiny.at(400)},
    ]
    result = on_streets(fibre=tiny.layer("fibre", pd.DataFrame(rows)))
    assert result.ranking.cell(A, "fibre_route_m") == 400


def test_along_streets_what_was_counted_stays_measured():
    rows = [
        shapely.LineString([(tiny.EAST + x, tiny.NORTH + y) for x in range(-1_000, 3_001, 200)])
        for y in range(-1_000, 1_001, 200)
    ]
    side = shapely.LineString([(tiny.EAST, tiny.NORTH + y) for y in range(-1_000, 1_001, 200)])
    grid = {"osm_id": [str(i) for i in range(12)], "highway": "residential"}
    net = from_lines(gpd.GeoDataFrame(grid, geometry=[*rows, side], crs="EPSG:27700"))
    result = on_streets(streets=net)
    assert result.ranking.cell(A, "catchment_method") == "streets"
    assert result.ranking.cell(A, "grade_uplift") == "measured"
    assert result.summary.cell("premises_uplifted", "grade") == "measured"
    apart = on_streets(streets=None)
    assert apart.summary.cell("premises_uplifted", "grade") == "estimated"


def test_one_site_costs_what_it_costs_alone():
    result = on_streets(70_000)
    assert value(result, "sites_chosen") == 1
    assert value(result, "ask_gbp") == result.ranking.cell(A, "cost_gbp")
    assert value(result, "sharing_saves_gbp") == 0


def test_premises_of_two_sites_are_passed_once():
    sites = tiny.sites()
    twin = sites.frame.iloc[[0]].assign(id="school:A2")
    double = tiny.layer("sites", pd.concat([sites.frame, twin], ignore_index=True))
    for more in ({}, {"streets": None, "fibre": None}):
        result = on_streets(sites=double, **more)
        check_books(result)
        bill = result.more["bill"].frame.set_index("row")["quantity"]
        assert bill["chosen|passing the premises uplifted"] == 70  # 60 at the school, 10 at B
        parts = result.ranking.frame.set_index("site_id")["part_gbp"]
        assert parts["school:A2"] == pytest.approx(parts[A], abs=1)
        assert value(result, "sharing_saves_gbp") >= 34_560


def test_without_streets_or_fibre_the_all_in_rate_stands_and_says_so():
    for more, lack in (
        ({"streets": None}, "no streets in the study"),
        ({"fibre": None}, "no known fibre in the study"),
        ({"streets": None, "fibre": None}, "no streets and no known fibre in the study"),
    ):
        result = on_streets(**more)
        assert f"each site is priced at an all-in rate: {lack}" in result.notes
        assert result.ranking.cell(A, "cost_route") == f"all-in rate: {lack}"
        assert result.ranking.cell(A, "cost_grade") == "modelled"
        assert result.ranking.cell(A, "grade_cost_effectiveness") == "modelled"
        assert result.ranking.cell(A, "cost_gbp") == 22_608 + 34_560
        assert "route_shared_km" not in result.summary
        assert not len(result.routes)


def test_a_site_far_from_streets_is_priced_all_in_and_flagged():
    sites = tiny.sites()
    sites.frame.loc[sites.frame["id"] == B, "northing"] += 3_000
    result = on_streets(sites=sites)
    assert result.ranking.cell(B, "cost_route") == "all-in rate: no street within 100 m"
    assert result.ranking.cell(B, "cost_grade") == "modelled"
    assert np.isnan(result.ranking.cell(B, "street_snap_m"))
    assert result.ranking.cell(B, "cost_gbp") == 22_608  # nobody lives out there
    check_books(result)


def test_an_incomplete_map_may_hide_nearer_fibre():
    osm = tiny.fibre().frame.assign(id="osm:node/1").drop(columns=["src", "record"])
    result = on_streets(fibre=tiny.layer("fibre", osm))
    costs = result.costs.frame.set_index("row")
    assert costs.loc[f"{A}|trench in footway", "amount_gbp_low"] == 0
    assert result.ranking.cell(A, "fibre_route_m_low") == 0
    assert any("OpenStreetMap's, which is incomplete" in note for note in result.notes)
    full = on_streets().costs.frame.set_index("row")
    assert full.loc[f"{A}|trench in footway", "amount_gbp_low"] == round(95 * 60 * 1.03)


def test_premises_along_the_route_with_deadweight_and_additionality():
    result = on_streets()
    # A's point is 10 m off the street beyond the fibre's reach of the route; B's 10 m off it
    assert value(result, "premises_passed") == 70
    assert value(result, "premises_passed_additional") == 63
    # leakage 10 %, displacement 25 %
    assert value(result, "premises_passed_net") == round(63 * 0.9 * 0.75)
    more = on_streets(parameters={"appraisal.deadweight_white_pct": tiny.words(50)})
    assert value(more, "premises_passed") == 70
    assert value(more, "premises_passed_additional") == 35


@pytest.mark.parametrize("unknown", [False, True])
def test_premises_near_a_route_are_those_that_a_sum_of_uplift_depends_on(unknown):
    frame = pd.DataFrame(
        {
            "easting": [1.0, 2.0, 3.0], "northing": [0.0, 0.0, 0.0], "premises": [4.0, 5.0, 6.0],
            "uplift_low": [0.0, 0.0, np.nan], "uplift": [0.0, 2.0, np.nan if unknown else 0.0],
            "uplift_high": [0.0, 2.0, 3.0],
        }
    )  # fmt: skip
    together = Together(SimpleNamespace(demand=None))
    vars(together)["demand"] = SimpleNamespace(frame=frame)
    at, xy = together.with_uplift
    # one of nil counts only where it speaks for one that is unknown
    assert at.tolist() == ([0, 1, 2] if unknown else [1, 2])
    assert xy[:, 0].tolist() == frame["easting"].iloc[at].tolist()


def test_route_lines_for_the_map():
    result = on_streets()
    lines = result.routes
    assert lines.crs.to_epsg() == 27700
    assert set(lines["set"]) == {"chosen", "chosen_if_verified"}
    assert lines["stretch"].is_unique
    mine = lines[lines["set"] == "chosen"]
    assert mine["length_m"].sum() == pytest.approx(1000 * value(result, "route_shared_km"), abs=10)
    assert tiny.run("co-working").routes.empty


def test_every_line_of_the_bill_says_how_it_was_made():
    result = on_streets()
    for column in ("quantity", "amount_gbp", "rate_gbp", "optimism_bias_pct"):
        spec = result.more["bill"].columns[column]
        for row in result.more["bill"].frame["row"]:
            recipe = spec.recipe(row)
            assert recipe.inputs or recipe.parameters or recipe.settings, (row, column)
    for item in result.summary.frame["item"]:
        recipe = result.summary.columns["value"].recipe(item)
        assert recipe.inputs or recipe.parameters or recipe.settings, item


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(1, 1_000)), min_size=1, max_size=8),
    st.floats(0.05, 1),
)
def test_nobody_pays_more_than_alone(sites, share):
    weight, own = (np.array(x) for x in zip(*sites, strict=True))
    weight += 0.01
    amount = share * own.sum()
    part = _capped(amount, weight, own)
    assert part.sum() == pytest.approx(amount)
    assert (part <= own * (1 + 1e-9)).all()
