"""The full-fibre fund: public buildings whose connection also brings fibre near other premises.

Metrics of the domain brief, section B3, each by the best evidence the study holds. Gigabit is any
technology and never stands for full fibre; where one had to be used, the route says which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scenarios.catchment import Reach, catchment
from scenarios.circuits import contract_timing, speed_shortfall, whole_life_saving
from scenarios.costs import CAPITAL, total
from scenarios.criteria import Metric, best_route, weakest
from scenarios.desk_evidence import with_projects
from scenarios.full_fibre_costs import FibreCosts, fibre_costs
from scenarios.full_fibre_recipes import ORIGINS
from scenarios.gates import Gate, decide, in_area
from scenarios.routes import (
    catchment_share,
    catchment_total,
    deprivation,
    positions,
    public_sites,
    summed,
    text_column,
)
from scenarios.scenario import CriterionSpec, GateSpec, Need, Options, Scenario, SiteMeasure
from scenarios.site_measures import street_snap
from scenarios.uplift import NEAR, Ground, Together, ground, site_benefits

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.profile import Profile

__all__ = ["SCENARIO"]

KINDS = ("library", "hospital", "gp", "school", "civic", "office")
MAIN_KINDS = ("school", "hospital", "gp", "civic", "library")
NOT_PUBLIC = r"independent|private"
REGISTERS = ("asset", "school", "library", "hospital", "gp")


def _uplift(g: Ground) -> Metric:
    if g.demand is None:
        return g.missing("premises", "no count of premises or households in the study")
    return catchment_total(
        g.near,
        g.demand,
        "uplift",
        unit="premises",
        layer="demand",
        base="premises",
        parameters=(NEAR, "catchment.detour_ratio"),
    )


def _gap(g: Ground) -> Metric:
    """Return the share of premises near each site without the service, best evidence first."""
    if g.demand is None:
        return g.missing("ratio", "no count of premises or households in the study")
    gigabit = catchment_share(
        g.near, g.demand, "without_gigabit", layer="demand", words="without gigabit"
    )
    fibre = catchment_share(
        g.near, g.demand, "without_full_fibre", layer="demand", words="without full fibre"
    )
    unknown = g.demand.frame["without_gigabit"].isna().to_numpy(dtype=np.float64)
    one_by_one = (g.demand.weakest(g.near)[0] == "measured") & (g.near.total(unknown) == 0)
    measured = gigabit.where(np.asarray(one_by_one, dtype=bool), "not counted one by one")
    return best_route(measured, fibre, gigabit)


def _need(g: Ground, gap: Metric) -> Metric:
    main = g.parameters.value("fibre.need_weight_main")
    other = g.parameters.value("fibre.need_weight_other")
    weight = np.where(np.isin(text_column(g.sites, "kind"), MAIN_KINDS), main, other)
    at = positions(g.sites)
    reach = Reach.of(g.evidence.streets, g.parameters)
    served = catchment(at, at, g.parameters.value(NEAR), reach).total(weight)
    return Metric.of(
        served * gap.value,
        low=served * gap.low,
        high=served * gap.high,
        unit="weighted sites",
        grade=gap.grade,
        route=np.asarray([f"sites in the registers x share {r}" for r in gap.route], dtype=object),
        formula="sum over public sites in the catchment of weight by type x share without service",
        inputs=("sites.kind", *gap.inputs),
        parameters=("fibre.need_weight_main", "fibre.need_weight_other", NEAR),
    )


def _business_demand(g: Ground) -> Metric:
    if g.businesses is None or g.demand is None:
        reason = "no business counts" if g.businesses is None else "no share without gigabit"
        return g.missing("local units", f"{reason} in the study")
    units = summed(g.business, g.businesses, "units")
    gap = catchment_share(g.near, g.demand, "without_gigabit", layer="demand", words="gigabit")
    return Metric.of(
        units.value * gap.value,
        low=units.low * np.nan_to_num(gap.low, nan=0.0),
        high=units.high * np.nan_to_num(gap.high, nan=1.0),
        unit="local units",
        grade=weakest([units.grade, gap.grade]),
        route=np.asarray(
            [f"{u}; x share without {s}" for u, s in zip(units.route, gap.route, strict=True)],
            dtype=object,
        ),
        formula="sum of units over the catchment x share of its premises without gigabit",
        inputs=("businesses.units", *gap.inputs),
        parameters=(NEAR,),
    )


def _cost_effectiveness(g: Ground, uplift: Metric, costs: FibreCosts) -> Metric:
    low, middle, high = total(costs.priced, g.count, CAPITAL)
    capital = [line for line in costs.lines if line.timing == CAPITAL]
    keys = [key for line in capital for key in (line.rate, line.bias) if key]
    told = zip(costs.route, uplift.route, strict=True)
    # below one premises the ratio has no meaning; it is then the cost of reaching one
    return Metric.of(
        middle / np.maximum(uplift.value, 1.0),
        low=low / np.maximum(uplift.high, 1.0),
        high=high / np.maximum(uplift.low, 1.0),
        unit="GBP/premises",
        grade=weakest([uplift.grade, costs.grade]),
        route=np.asarray([f"cost ({cost}) / uplift ({route})" for cost, route in told], object),
        formula="capital cost of the site on its own, with optimism bias / premises uplifted (at least one)",
        inputs=("costs.amount_gbp", *uplift.inputs),
        parameters=tuple(dict.fromkeys(keys)),
    )


def _measures(g: Ground, costs: FibreCosts) -> dict[str, SiteMeasure]:
    """Return how far each site is from its street, and along streets from known fibre."""
    snap = street_snap(g.near)
    if costs.routes is None:
        return snap
    found = costs.routes
    way = Metric.of(
        found.alone_m,
        low=np.where(np.isnan(found.alone_m), np.nan, found.alone_m * found.complete),
        unit="m",
        grade="estimated",
        route="",
        formula="length of the cheapest way along streets to the nearest known fibre",
        inputs=("sites.easting", "sites.northing", "streets.start", "streets.length_m", "fibre.easting", "fibre.northing"),
        parameters=("catchment.street_snap_m", "fibre.mapped_fibre_limit_m"),
    )  # fmt: skip
    return {
        **snap,
        "fibre_route_m": SiteMeasure("way along streets to known fibre", way, "estimated"),
    }


def _subsidy(g: Ground) -> Metric:
    without = "no BDUK premises data in the study: the class of premises is unknown"
    if g.demand is None or not g.demand.frame["white"].notna().any():
        return g.missing("ratio", without)
    return catchment_share(
        g.near, g.demand, "white", layer="demand", words="Gigabit White", parameters=(NEAR,)
    )


def _deliverability(g: Ground) -> Metric:
    """Return what is known of freehold, wayleave, duct at hand and heritage; the rest is a range."""
    tenure = np.full(g.count, "", dtype=object)
    if g.evidence.offices is not None:
        register = g.evidence.offices.frame.drop_duplicates("id").set_index("id")
        held = pd.Series(text_column(register, "tenure"), index=register.index.astype(str))
        tenure = held.reindex(g.sites["id"].astype(str)).fillna("").to_numpy(dtype=object)
    lower = np.char.lower(tenure.astype(str))
    freehold = np.where(
        np.char.find(lower, "freehold") >= 0,
        1.0,
        np.where(np.char.find(lower, "lease") >= 0, 0.0, np.nan),
    )
    duct = np.full(g.count, np.nan)
    if g.evidence.fibre is not None:
        reach = Reach.of(g.evidence.streets, g.parameters)
        near_m = g.parameters.value("fibre.duct_near_m")
        found = catchment(
            positions(g.sites), positions(g.evidence.fibre.frame), near_m, reach
        ).nearest_m()
        # the map is incomplete: a duct that is not on it may still be there
        duct = np.where(np.isfinite(found), 1.0, np.nan)
    unknown = np.full(g.count, np.nan)
    items = np.column_stack([freehold, unknown, duct, unknown])
    return Metric.of(
        items.mean(axis=1),
        low=np.nan_to_num(items, nan=0.0).mean(axis=1),
        high=np.nan_to_num(items, nan=1.0).mean(axis=1),
        unit="ratio",
        grade="measured",
        route="checklist: freehold, wayleave, duct, heritage; not all of it is known",
        formula="share of the checklist met; items without evidence bound the range",
        inputs=("offices.tenure", "fibre.easting", "fibre.northing"),
        parameters=("fibre.duct_near_m",),
    )


def _not_in_plan(g: Ground) -> Gate:
    """Judge by the BDUK premises at the site: white but not counted as uplift means in a plan."""
    attach = "no BDUK premises data at the site: not known whether a plan already covers it"
    none = np.zeros(g.count, dtype=bool)
    if g.demand is None or not g.demand.frame["white"].notna().any():
        return decide(none, none, when_unknown=attach)
    at_site = g.wide.within(g.parameters.value("fibre.site_match_m"))
    white = g.demand.frame["white"].to_numpy(dtype=np.float64)
    uplift = g.demand.frame["uplift"].to_numpy(dtype=np.float64)
    classed = ~np.isnan(white)
    seen = at_site.total(classed.astype(float))
    planned = at_site.total(np.where(classed & (white > uplift), 1.0, 0.0))
    return decide(
        (seen > 0) & (planned == 0),
        (seen > 0) & (planned == seen),
        when_met="BDUK data: no premises at the site is in a plan",
        when_failed="BDUK data: the premises at the site are in a contract, voucher or hub",
        when_unknown=np.where(
            seen > 0, "BDUK data: some premises at the site are in a plan", attach
        ),
    )


def _public_owner(g: Ground) -> Gate:
    owner = pd.Series(text_column(g.sites, "owner")).str.lower()
    private = owner.str.contains(NOT_PUBLIC, regex=True).to_numpy(dtype=bool)
    register = text_column(g.sites, "register")
    hospital = text_column(g.sites, "kind") == "hospital"
    listed = np.isin(register, REGISTERS)
    nhs = owner.str.contains("nhs", regex=False).to_numpy(dtype=bool)
    passed = listed & ~private & (~hospital | nhs)
    return decide(
        passed,
        private,
        when_met=np.asarray([f"in the {r} register" for r in register], dtype=object),
        when_failed="the register gives an independent or private owner",
        when_unknown="no register says who owns it",
    )


def _options(evidence: Evidence, profile: Profile, parameters: Parameters) -> Options:
    sites, notes = public_sites(evidence.sites, KINDS)
    g = ground(evidence, sites, parameters)
    uplift, gap = _uplift(g), _gap(g)
    business = _business_demand(g)
    around = None if g.demand is None else (g.near, g.demand)
    together = Together(g)
    costs = fibre_costs(g, together, uplift)
    metrics = {
        "uplift": uplift,
        "public_service_need": _need(g, gap),
        "business_demand": business,
        "cost_effectiveness": _cost_effectiveness(g, uplift, costs),
        "subsidy_eligibility": _subsidy(g),
        "deprivation": deprivation(evidence, sites, around, (NEAR,)),
        "deliverability": _deliverability(g),
        "speed_shortfall": speed_shortfall(evidence, sites),
        "contract_timing": contract_timing(evidence, sites),
        "whole_life_saving": whole_life_saving(evidence, sites, profile.horizon_years, parameters),
    }
    gates = {
        "in_area": in_area(text_column(sites, "lad"), text_column(evidence.districts.frame, "id")),
        "not_in_plan": with_projects(_not_in_plan(g), evidence, sites),
        "public_owner": _public_owner(g),
    }
    return Options(
        sites=sites,
        metrics={key: metrics[key] for key in profile.criterion},
        gates=gates,
        costs=costs.lines,
        benefits=site_benefits(g, together, business),
        outcomes=together,
        catchment_method=g.near.method,
        notes=(*notes, *costs.notes),
        measures=_measures(g, costs),
        together=costs.set_cost,
        cost_grade=costs.grade,
        cost_route=costs.route,
    )


SCENARIO = Scenario(
    title="Full fibre to public buildings and what lies around them",
    criteria={
        "uplift": CriterionSpec("Uplift", "premises", "more"),
        "public_service_need": CriterionSpec("Public-service need", "weighted sites", "more"),
        "business_demand": CriterionSpec("Business demand", "local units", "more"),
        "cost_effectiveness": CriterionSpec("Cost-effectiveness", "GBP/premises", "less"),
        "subsidy_eligibility": CriterionSpec("Subsidy eligibility", "ratio", "more"),
        "deprivation": CriterionSpec("Deprivation", "decile", "less"),
        "deliverability": CriterionSpec("Deliverability", "ratio", "more"),
        "speed_shortfall": CriterionSpec("Speed shortfall", "ratio", "more"),
        "contract_timing": CriterionSpec("Contract timing", "months", "less"),
        "whole_life_saving": CriterionSpec("Whole-life saving", "GBP", "more"),
    },
    gates={
        "in_area": GateSpec("Inside the study area", "the site's address"),
        "not_in_plan": GateSpec(
            "Not already in a BDUK plan",
            "BDUK premises data, or BDUK's word that no contract, voucher or hub covers the site",
        ),
        "public_owner": GateSpec("Public-sector owner", "title or the owner's confirmation"),
    },
    needs=(
        Need("sites", "candidate sites", "no site can be ranked"),
        Need("demand", "uplift, need, cost per premises", "uplift is unknown and no cost is known"),
        Need("businesses", "business demand", "business demand is unknown"),
        Need(
            "streets",
            "catchments and trenches along streets",
            "straight line x detour ratio and an all-in rate stand in",
        ),
        Need(
            "fibre",
            "trenches, duct at hand",
            "an all-in rate stands in, deliverability keeps its whole range",
        ),
        Need(
            "site_register",
            "speed, contract end and cost of today's circuits",
            "service need, contract timing and whole-life saving are unknown",
        ),
        Need("offices", "tenure", "deliverability keeps its whole range"),
    ),
    options=_options,
    break_even_label="Benefit per additional premises per year at which NPSV is nil",
    benefits_note="benefits per premises are counted only once the study states them",
    origins=ORIGINS,
)
