"""How the quantities that stand row by row in a case's tables were made.

Cost lines and items of the summary are different quantities in one column, so their lineage goes
by row. What a scenario adds under a name that is not listed here rests, for all the trace can say,
on everything that the scenario measured: complete, if not exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from layers.lineage import Recipe
from scenarios.costs import CAPITAL

if TYPE_CHECKING:
    from scenarios.profile import Profile
    from scenarios.scenario import Options

__all__ = [
    "COUNTED",
    "DISCOUNT",
    "benefit_parameters",
    "measured",
    "quantities",
    "set_quantities",
    "summary_recipes",
]

SUFFIX = "_if_verified"
DISCOUNT = (
    "appraisal.discount_years_0_30_pct",
    "appraisal.discount_years_31_75_pct",
    "appraisal.discount_years_76_125_pct",
)
AS_MEASURED = {"micro_units_reached": "micro_business_demand"}
CATCHMENT = ("catchment.street_snap_m", "catchment.detour_ratio")
NEAR, WIDE, CLOSE = "fibre.catchment_m", "fibre.catchment_wide_m", "fibre.catchment_near_m"
DEADWEIGHT = ("appraisal.deadweight_white_pct", "appraisal.deadweight_unclassed_pct")
DESKS = ("coworking.m2_per_desk", "coworking.nia_of_gia")
FLOORS = ("offices.floor_area_m2", "offices.floor_area_basis")
VIABILITY = (
    "coworking.price_gbp_per_desk_per_month", "coworking.running_gbp_per_m2_per_year",
    "coworking.fit_out_gbp_per_m2", "coworking.occupier_gbp_per_m2_per_year", "coworking.fit_out_years",
)  # fmt: skip
BENEFITS = {
    "full_fibre_fund": (
        "appraisal.benefit_residential_gbp_per_year",
        "appraisal.benefit_sme_gbp_per_year",
        *DEADWEIGHT,
    ),
    "testbed_5g": ("appraisal.benefit_5g_site_gbp_per_year",),
    "coworking": ("appraisal.benefit_desk_gbp_per_year",),
}
FIBRE = ("fibre.easting", "fibre.northing")
SITES = ("sites.easting", "sites.northing")
STREETS = ("streets.start", "streets.length_m", "streets.highway")
SURFACED = (
    "fibre.pia_duct_gbp_per_m", "fibre.footway_gbp_per_m", "fibre.carriageway_gbp_per_m",
    "fibre.soft_verge_gbp_per_m",
)  # fmt: skip
ROUTED = ("catchment.street_snap_m", "fibre.mapped_fibre_limit_m", *SURFACED)
TRENCHES = (
    "re-used duct, sub-duct and cable", "trench in footway", "trench in carriageway",
    "trench in soft verge", "rental of re-used duct",
)  # fmt: skip
WORKS = (*ROUTED, "fibre.chamber_spacing_m", "fibre.chamber_gbp")
ABOVE = (*WORKS, "fibre.building_connection_gbp", "fibre.street_works_pct")


def _route_lines(way: str) -> dict[str, Recipe]:
    """Return how the lines of a route's bill of quantities are made."""
    on = (*SITES, *FIBRE, *STREETS)
    return {
        **{item: Recipe(f"metres by surface of {way}", on, ROUTED) for item in TRENCHES},
        "chambers and joints": Recipe(
            f"metres dug of {way} / spacing, and one at each joint", on, (*ROUTED, "fibre.chamber_spacing_m")
        ),
        "building connection": Recipe(f"sites joined by {way}", on, ROUTED),
        "street works, traffic management, permits": Recipe(f"civils of {way}", on, WORKS),
        "design and project management": Recipe(f"civils, connections and street works of {way}", on, ABOVE),
    }  # fmt: skip


OWN_WAY = "the cheapest way along streets to known fibre"
SHARED_WAY = "the cheapest shared network found along streets to known fibre"
LINES = {
    **_route_lines(OWN_WAY),
    "public site connected": Recipe("one for each site", ("ranking.site_id",)),
    "passing the premises uplifted": Recipe(
        "premises uplifted by the site", ("ranking.metric_uplift",)
    ),
    "small cells installed": Recipe("cells for each site", (), ("testbed.cells_per_site",)),
    "columns replaced or strengthened": Recipe(
        "cells for each site x share of columns",
        (),
        ("testbed.cells_per_site", "testbed.columns_replaced"),
    ),
    "running the small cells": Recipe("cells for each site", (), ("testbed.cells_per_site",)),
    "share of the private core": Recipe("1 / sites per core", (), ("testbed.sites_per_core",)),
    "fibre backhaul in footway": Recipe("distance to fibre", ("ranking.metric_backhaul",)),
    "fit-out": Recipe("net internal area", FLOORS, ("coworking.nia_of_gia",)),
    "running the building": Recipe("net internal area", FLOORS, ("coworking.nia_of_gia",)),
}
SMALL_CELL, MACRO_3500, MACRO_700 = (
    tuple(f"{group}_{name}" for name in ("eirp_dbm", "interference_margin_db", "resource_blocks", "frequency_ghz", "height_m"))
    for group in ("radio.small_3500", "radio.macro_3500", "radio.macro_700")
)  # fmt: skip
MACRO_CELL = ("radio.mast_model", *MACRO_3500, *MACRO_700)
CELLS = (
    *SMALL_CELL,
    "radio.threshold_5g_high_dbm",
    "radio.receiver_height_m",
    "radio.site_specific",
)
TODAY = (*CELLS, *MACRO_CELL, "testbed.mast_list_complete")
COVERED = "sum over the points that small cells at any chosen site cover, each once"
NEWLY = f"{COVERED}, less those that the listed masts cover today"
PLACES = ("sites.easting", "sites.northing")
MASTS = ("masts.easting", "masts.northing")
HOMES = ("demand.premises", "demand.easting", "demand.northing", *PLACES)
FIRMS = ("businesses.units", "businesses.easting", "businesses.northing", *PLACES)
COMPARED = Recipe(
    "modelled less measured SS-RSRP, cell by cell",
    ("signal_points.rsrp_dbm", "signal_points.easting", "signal_points.northing", *MASTS),
    (*MACRO_CELL, "radio.threshold_5g_high_dbm", "radio.receiver_height_m", "radio.pixel_macro_m", "radio.apply_calibration"),
)  # fmt: skip
PLACES_NEAR = Recipe(
    "street assets and public buildings within reach of any candidate site, by how the rules came out",
    ("small_cells.outcome",),
    ("testbed.assets_m", "testbed.column_height_m", "testbed.footway_clear_m", "testbed.column_fibre_m", *CATCHMENT),
)  # fmt: skip
SIGNAL = ("points", "cells", "bias_db", "rmse_db", "offset_db", "rmse_after_db")
REACHED = "sum over the points within reach of any chosen site, each once"
ALONG = ("demand.easting", "demand.northing", "demand.uplift", *SITES, *FIBRE, *STREETS)
NET = tuple(f"appraisal.{name}_pct" for name in ("leakage", "displacement", "substitution"))
OUTCOMES = {
    "sharing_saves_gbp": Recipe(
        "sum of the chosen sites' own costs less the ask", ("ranking.cost_gbp", "summary.value[ask_gbp]")
    ),
    "routed_sites": Recipe("number of chosen sites with a route", ("ranking.fibre_route_m",)),
    "route_alone_km": Recipe("sum of the chosen sites' own ways", ("ranking.fibre_route_m",)),
    "route_shared_km": Recipe(f"length of {SHARED_WAY}", (*SITES, *FIBRE, *STREETS), ROUTED),
    "route_reused_km": Recipe(f"metres in existing duct of {SHARED_WAY}", (*SITES, *FIBRE, *STREETS), ROUTED),
    "premises_passed": Recipe(
        "sum over the points near the shared route, each once", ALONG, ("fibre.passed_within_m", *ROUTED)
    ),
    "premises_passed_additional": Recipe(
        "sum over the points near the shared route, each once, less deadweight",
        (*ALONG, "demand.white"), ("fibre.passed_within_m", *ROUTED, *DEADWEIGHT),
    ),
    "premises_passed_net": Recipe(
        "additional premises passed x (1 - leakage) x (1 - displacement) x (1 - substitution)",
        ("summary.value[premises_passed_additional]",), NET,
    ),
    "premises_uplifted": Recipe(REACHED, ("demand.uplift",), (NEAR, *CATCHMENT)),
    "premises_additional": Recipe(
        f"{REACHED}, less deadweight", ("demand.uplift", "demand.white"), (NEAR, *CATCHMENT, *DEADWEIGHT)
    ),
    "premises_uplifted_50m": Recipe(REACHED, ("demand.uplift",), (CLOSE, *CATCHMENT)),
    "premises_uplifted_500m": Recipe(REACHED, ("demand.uplift",), (WIDE, *CATCHMENT)),
    "premises_under_review": Recipe(REACHED, ("demand.under_review",), (NEAR, *CATCHMENT)),
    "business_units_reached": Recipe(REACHED, ("businesses.units",), (NEAR, *CATCHMENT)),
    "cost_per_premises_gbp": Recipe(
        "ask / premises uplifted", ("summary.value[ask_gbp]", "summary.value[premises_uplifted]")
    ),
    "cost_per_additional_premises_gbp": Recipe(
        "ask / additional premises", ("summary.value[ask_gbp]", "summary.value[premises_additional]")
    ),
    "target_premises_weighted": Recipe(
        f"{REACHED}, weighted by kind",
        ("sites.kind", "stops.stop_type"),
        ("testbed.demand_m", *CATCHMENT),
    ),
    "premises_covered": Recipe(COVERED, HOMES, CELLS),
    "premises_newly_covered": Recipe(NEWLY, (*HOMES, *MASTS), TODAY),
    "business_units_covered": Recipe(COVERED, FIRMS, CELLS),
    "premises_indoors_covered": Recipe(
        f"{COVERED}, behind an outer wall", HOMES, (*CELLS, "radio.indoor_depth_m", "radio.indoor_loss_db_per_m")
    ),
    "business_units_newly_covered": Recipe(NEWLY, (*FIRMS, *MASTS), TODAY),
    **{f"cell_places_{name}": PLACES_NEAR for name in ("candidate", "to_verify", "excluded")},
    **{f"signal_{name}": COMPARED for name in SIGNAL},
    "cost_per_site_gbp": Recipe("ask / sites chosen", ("summary.value[ask_gbp]", "summary.value[sites_chosen]")),
    "break_even_occupancy_pct": Recipe(
        "yearly cost / income with every desk let, over the chosen buildings", FLOORS, (*DESKS, *VIABILITY)
    ),
    "desks": Recipe("sum over the chosen buildings", ("ranking.metric_space",), DESKS),
    "micro_units_reached": Recipe(
        REACHED, ("businesses.micro_weighted", "businesses.units"), CATCHMENT
    ),
    "stops_reached": Recipe(REACHED, ("stops.stop_type",), ("coworking.stops_m", *CATCHMENT)),
    "cost_per_desk_gbp": Recipe("ask / desks", ("summary.value[ask_gbp]", "summary.value[desks]")),
    "running_gbp_per_year": Recipe("sum of running lines of the chosen sites", ("costs.amount_gbp", "ranking.chosen")),
}  # fmt: skip

# what an objective of a strategy can count: outcomes of some scenario, and the sites chosen
COUNTED = (*OUTCOMES, "sites_chosen")


def benefit_parameters(scenario: str) -> tuple[str, ...]:
    """Return the register keys that value a scenario's benefits; none where it has none."""
    return BENEFITS.get(scenario, ())


def measured(options: Options) -> Recipe:
    """Return the inputs and parameters of all that a scenario measured."""
    metrics = options.metrics.values()
    own = {"costs.amount_gbp"}  # a metric made of the cost cannot explain the cost
    inputs = tuple(dict.fromkeys(i for m in metrics for i in m.inputs if i not in own))
    parameters = tuple(dict.fromkeys(p for m in metrics for p in m.parameters))
    return Recipe("from what the scenario measured at the site", inputs, parameters)


def quantities(options: Options) -> dict[str, Recipe]:
    """Return how the quantity of each cost line was made, by its name."""
    everything = measured(options)
    return {line.item: LINES.get(line.item, everything) for line in options.costs}


def set_quantities(options: Options, flag: str) -> dict[str, Recipe]:
    """Return how the quantity of each line of a set that shares work was made, by its name."""
    shared = {
        "public site connected": Recipe("number of sites without a route", (flag, "ranking.site_id")),
        "passing the premises uplifted": Recipe(REACHED, ("demand.uplift", flag), (NEAR, *CATCHMENT)),
        **_route_lines(SHARED_WAY),
    }  # fmt: skip
    everything = measured(options)
    return {line.item: shared.get(line.item, everything) for line in options.costs}


def summary_recipes(items: Iterable[str], options: Options, profile: Profile) -> dict[str, Recipe]:
    """Return how each item of the summary was made, by its key.

    Parameters
    ----------
    items
        Keys of the summary; the ones that end in `_if_verified` are made as those without.
    """
    costs = ("bill.amount_gbp", "ranking.chosen")
    worth = ("profile.horizon_years",)
    values = (*DISCOUNT, *benefit_parameters(profile.scenario))
    everything = measured(options)
    units = everything.inputs
    budget = (
        "case.budget_gbp",
        *(("profile.cap_gbp", "profile.match_rate_pct") if profile.cap_gbp else ()),
    )
    fixed = {
        "ask_gbp": Recipe(f"sum of lines '{CAPITAL}' of the chosen sites", costs),
        "budget_gbp": Recipe("the case's budget, at most the fund's cap and the match beside it", settings=budget),
        "match_gbp": Recipe(
            "match rate x ask", ("summary.value[ask_gbp]",), settings=("profile.match_rate_pct",)
        ),
        "npsv_gbp": Recipe(
            "present value of benefits less costs", (*costs, *units), values, worth
        ),
        "bcr": Recipe("present value of benefits / of public costs", (*costs, *units), values, worth),
        "unquoted_pct": Recipe(
            "100 x lines on assumed rates / ask", (*costs, "bill.basis"), settings=()
        ),
        "break_even_gbp_per_year": Recipe(
            "present value of costs / (units x annuity factor)", (*costs, *units), DISCOUNT, worth
        ),
    }  # fmt: skip
    standing = Recipe("number of sites by status", ("ranking.status",))
    chosen = Recipe("number of sites", ("ranking.chosen",), settings=budget)
    made: dict[str, Recipe] = {}
    for item in items:
        stem = item.removesuffix(SUFFIX)
        if stem in fixed:
            found = fixed[stem]
        elif stem in {"sites_chosen", "sites_if_verified"}:
            found = chosen
        elif stem == "sites_without_cost":
            found = Recipe("number of sites without a cost", ("ranking.cost_gbp",))
        elif stem.startswith("sites_"):
            found = standing
        else:
            found = OUTCOMES.get(stem, everything)
            metric = options.metrics.get(AS_MEASURED.get(stem, ""))
            if metric is not None:
                found = replace(found, parameters=(*metric.parameters, *found.parameters))
        made[item] = _verified(found) if item != stem else found
    return made


def _verified(recipe: Recipe) -> Recipe:
    """Point a recipe at the set that would be chosen if every gate were confirmed."""
    swap: Mapping[str, str] = {
        "ranking.chosen": "ranking.chosen_if_verified",
        "summary.value[sites_chosen]": "summary.value[sites_if_verified]",
    }
    inputs = tuple(
        swap.get(i, f"{i[:-1]}{SUFFIX}]" if i.startswith("summary.value[") else i)
        for i in recipe.inputs
    )
    return Recipe(recipe.formula, inputs, recipe.parameters, recipe.settings)
