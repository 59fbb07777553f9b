"""The 5G testbed: public places where a small cell would serve users that a testbed wants.

Metrics of the domain brief, section C1. No deficit of coverage is claimed while the completeness
of the mast list is untested: missing masts look like missing coverage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.catchment import Membership, Reach, catchment
from scenarios.costs import CAPITAL, RUNNING, CostLine, price, total
from scenarios.coverage_gap import modelled_gap, published_gap
from scenarios.criteria import Metric, best_route
from scenarios.desk_evidence import checked_operators
from scenarios.gates import in_area
from scenarios.routes import (
    deprivation,
    is_stated,
    positions,
    public_sites,
    stated,
    text_column,
)
from scenarios.scenario import (
    Benefits,
    CriterionSpec,
    GateSpec,
    Need,
    Options,
    Outcomes,
    Scenario,
    SummaryItem,
)
from scenarios.signal_check import check_signal
from scenarios.site_measures import street_snap
from scenarios.small_cell_coverage import (
    SmallCellCoverage,
    cell_carrier,
    covered_area_km2,
    small_cell_coverage,
)
from scenarios.small_cell_places import small_cell_places
from scenarios.testbed_recipes import BENEFIT, COVERED_AREA, ORIGINS

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.profile import Profile

__all__ = ["SCENARIO"]

Floats = NDArray[np.float64]
KINDS = ("library", "hospital", "gp", "school", "civic", "office")
# kinds of public site that are target premises, and the register key of their weight
WEIGHTS = {
    "hospital": "testbed.weight_hospital",
    "school": "testbed.weight_campus",
    "gp": "testbed.weight_gp",
    "library": "testbed.weight_civic",
    "civic": "testbed.weight_civic",
}
HUB_TYPES = ("RLY", "MET")  # stations; entrances and platforms would count one of them twice
SITE_BIAS = "appraisal.bias_standard_civil_pct"
CORE_BIAS = "appraisal.bias_equipment_pct"


@dataclass(frozen=True)
class _Ground:
    evidence: Evidence
    parameters: Parameters
    sites: pd.DataFrame
    reach: Reach

    @property
    def count(self) -> int:
        return len(self.sites)

    def around(self, frame: pd.DataFrame | None, key: str) -> Membership:
        """Return which rows of a layer lie within a distance of the register."""
        limit = self.parameters.value(key)
        return catchment(positions(self.sites), positions(frame), limit, self.reach)


def _targets(g: _Ground) -> tuple[pd.DataFrame, tuple[Floats, Floats, Floats], str]:
    """Return target premises as points, their weights low, middle, high, and what is not counted."""
    sites = g.sites
    ends: tuple[list[float], list[float], list[float]] = ([], [], [])
    frames = [sites[["easting", "northing"]]]
    for kind in text_column(sites, "kind"):
        span = g.parameters.span(WEIGHTS[kind]) if kind in WEIGHTS else (0.0, 0.0, 0.0)
        for end, weight in zip(ends, span, strict=True):
            end.append(weight)
    words = "hospitals, schools, practices and libraries in the registers"
    if g.evidence.stops is not None:
        stops = g.evidence.stops.frame
        hubs = stops[np.isin(text_column(stops, "stop_type"), HUB_TYPES)]
        frames.append(hubs[["easting", "northing"]])
        for end, weight in zip(
            ends, g.parameters.span("testbed.weight_transport_hub"), strict=True
        ):
            end.extend([weight] * len(hubs))
        words += ", rail and tram stations"
    low, middle, high = (np.asarray(end, dtype=np.float64) for end in ends)
    return pd.concat(frames, ignore_index=True), (low, middle, high), words


def _demand(members: Membership, weights: tuple[Floats, Floats, Floats], words: str) -> Metric:
    low, middle, high = (members.total(w) for w in weights)
    for column in (low, middle, high):
        column[~members.located] = np.nan
    return Metric.of(
        middle,
        low=low,
        high=high,
        unit="weighted premises",
        grade="estimated",  # counted from registers, weighed by assumption
        route=f"{words}; factories and care homes are in no source here, so this is a minimum",
        formula="sum of weight by kind over the target premises within reach, the site itself too",
        inputs=("sites.kind", "stops.stop_type"),
        parameters=("testbed.demand_m", *sorted(set(WEIGHTS.values())), "testbed.weight_transport_hub"),
    )  # fmt: skip


def _backhaul(g: _Ground) -> tuple[Metric, Floats, Floats, Floats]:
    """Return distance to fibre as a metric, and the lengths to price: low, middle, high."""
    limit = g.parameters.value("testbed.backhaul_limit_m")
    default = g.parameters.span("testbed.backhaul_unknown_m")
    spread = [np.full(g.count, end) for end in default]
    if g.evidence.fibre is not None:
        found = g.around(g.evidence.fibre.frame, "testbed.backhaul_limit_m").nearest_m()
        mapped = Metric.of(
            found,
            low=np.where(np.isnan(found), np.nan, 0.0),
            unit="m",
            grade="estimated",
            route="nearest exchange, cabinet or duct on OpenStreetMap, which is incomplete: at most this far",
            formula="shortest distance to fibre on the map",
            inputs=("fibre.easting", "fibre.northing"),
            parameters=("testbed.backhaul_limit_m",),
        )
        for i, known in enumerate((np.zeros(g.count), found, found)):
            spread[i] = np.where(np.isnan(found), spread[i], known)
    else:
        mapped = Metric.missing(g.count, "m", "no fibre on any map in the study")
    metric = best_route(mapped, _backhaul_by_share(g, limit))
    return metric, spread[0], spread[1], spread[2]


def _backhaul_by_share(g: _Ground, limit: float) -> Metric:
    """Return the distance to where one premises with full fibre is to be expected, a weak estimate."""
    none = Metric.missing(g.count, "m", "no full-fibre share in the study")
    if g.evidence.demand is None:
        return none
    demand = g.evidence.demand.frame
    have = demand["premises"].to_numpy(float) - demand["without_full_fibre"].to_numpy(float)
    if not (have >= 1).any():
        return none
    found = g.around(demand.loc[have >= 1], "testbed.backhaul_limit_m").nearest_m()
    return Metric.of(
        found,
        low=np.where(np.isnan(found), np.nan, 0.0),
        high=np.full(g.count, limit),
        unit="m",
        grade="estimated",
        route="distance to where the published full-fibre share leads one to expect a served premises; nothing is known of the route",
        formula="shortest distance to a demand point with at least one premises with full fibre expected",
        inputs=("demand.premises", "demand.without_full_fibre"),
        parameters=("testbed.backhaul_limit_m",),
    )


def _costs(g: _Ground, lengths: tuple[Floats, Floats, Floats]) -> tuple[CostLine, ...]:
    low, middle, high = g.parameters.span("testbed.cells_per_site")
    weak_low, weak, weak_high = g.parameters.span("testbed.columns_replaced")
    ones = np.ones(g.count)
    share_low, share, share_high = (
        1 / v for v in g.parameters.span("testbed.sites_per_core")[::-1]
    )
    return (
        CostLine.each(
            "small cells installed", "cells", ones * middle, "testbed.small_cell_gbp",
            bias=SITE_BIAS, low=ones * low, high=ones * high,
        ),
        CostLine.each(
            "columns replaced or strengthened", "columns", ones * (middle * weak), "testbed.column_replacement_gbp",
            bias=SITE_BIAS, low=ones * (low * weak_low), high=ones * (high * weak_high),
        ),
        CostLine.each(
            "fibre backhaul in footway", "m", lengths[1], "fibre.footway_gbp_per_m",
            bias=SITE_BIAS, low=lengths[0], high=lengths[2],
        ),
        CostLine.each(
            "share of the private core", "core", ones * share, "testbed.core_gbp",
            bias=CORE_BIAS, low=ones * share_low, high=ones * share_high,
        ),
        CostLine.each(
            "running the small cells", "cells", ones * middle,
            "testbed.small_cell_opex_gbp_per_year", timing=RUNNING,
            low=ones * low, high=ones * high,
        ),
    )  # fmt: skip


def _cost_metric(g: _Ground, costs: tuple[CostLine, ...]) -> Metric:
    low, middle, high = total(price(costs, g.parameters), g.count, CAPITAL)
    return Metric.of(
        middle,
        low=low,
        high=high,
        unit="GBP",
        grade="estimated",
        route="cost model on the register's rates",
        formula="capital cost with optimism bias",
        inputs=("costs.amount_gbp",),
        parameters=("testbed.small_cell_gbp", "testbed.column_replacement_gbp", "fibre.footway_gbp_per_m", "testbed.core_gbp", SITE_BIAS, CORE_BIAS),
    )  # fmt: skip


@dataclass(frozen=True)
class _Together:
    """What a set of sites reaches and covers together: each target premises and point once."""

    g: _Ground
    cells: SmallCellCoverage
    members: Membership
    weights: tuple[Floats, Floats, Floats]
    running: tuple[Floats, Floats, Floats]  # middle, low, high

    def __call__(self, chosen: NDArray[np.bool_], ask_gbp: tuple[float, float, float]) -> Outcomes:
        reached = self.members.union(chosen)
        low, middle, high = (float(w[reached].sum()) for w in self.weights)
        count = int(chosen.sum())
        least, each, most = (end / count if count else float("nan") for end in ask_gbp)
        running = [float(end[chosen].sum()) for end in self.running]
        items = (
            SummaryItem(
                "target_premises_weighted", "Target premises within reach, weighted", middle, low,
                high, "weighted premises", 1, "estimated",
                "each once; factories and care homes are in no source here, so a minimum",
            ),
            *self.cells.items(chosen),
            SummaryItem("cost_per_site_gbp", "Ask per site", each, least, most, unit="GBP", grade="estimated" if count else ""),
            SummaryItem(
                "running_gbp_per_year", "Running cost after grant, a year",
                running[0], running[1], running[2], unit="GBP", grade="estimated",
                note="not part of the ask; counted in NPSV",
            ),
        )  # fmt: skip
        return Outcomes(items, _benefits(self.g, np.asarray([float(count)])))


def _benefits(g: _Ground, sites: Floats) -> Benefits:
    """Return the benefits of so many sites, at the value that the study states for one."""
    low, middle, high = (sites * v for v in stated(g.parameters, BENEFIT))
    return Benefits(low, middle, high, sites, is_stated(g.parameters, BENEFIT))


def _area_km2(g: _Ground, chosen: NDArray[np.bool_]) -> float:
    """Return the area that small cells at some sites cover together, in square kilometres."""
    return covered_area_km2(cell_carrier(g.parameters), positions(g.sites)[chosen])


def _options(evidence: Evidence, profile: Profile, parameters: Parameters) -> Options:
    sites, notes = public_sites(evidence.sites, KINDS)
    g = _Ground(evidence, parameters, sites, Reach.of(evidence.streets, parameters))
    targets, weights, words = _targets(g)
    members = g.around(targets, "testbed.demand_m")
    demand = None if evidence.demand is None else evidence.demand.frame
    backhaul, low, middle, high = _backhaul(g)
    costs = _costs(g, (low, middle, high))
    check = check_signal(evidence, parameters)
    cells = small_cell_coverage(evidence, parameters, sites, check)
    places = small_cell_places(evidence, parameters, sites, g.reach)
    lads = text_column(sites, "lad")
    metrics = {
        "use_case_demand": _demand(members, weights, words),
        "coverage_gap": best_route(
            modelled_gap(evidence, parameters, check, g.around(demand, "testbed.gap_m"), lads),
            published_gap(evidence, lads),
        ),
        "site_availability": places.metric(),
        "backhaul": backhaul,
        "deliverability": Metric.missing(
            g.count, "ratio", "planning flags, power and EMF clearance are in no source here"
        ),
        "deprivation": deprivation(evidence, sites, None),
        "cost": _cost_metric(g, costs),
    }
    least, usual, most = total(price(costs, parameters), g.count, RUNNING)
    running = (usual, least, most)
    return Options(
        sites=sites,
        metrics={key: metrics[key] for key in profile.criterion},
        gates={"in_area": in_area(lads, text_column(evidence.districts.frame, "id"))},
        costs=costs,
        benefits=_benefits(g, np.ones(g.count)),
        outcomes=_Together(g, cells, members, weights, running),
        catchment_method=members.method,
        notes=(*notes, *cells.notes, *check.notes),
        measures=street_snap(members)
        | cells.measures()
        | checked_operators(evidence, sites, parameters),
        facts=(*places.facts(), *check.items()),
        tables=(places.table(),),
        area_km2=(partial(_area_km2, g), COVERED_AREA),
    )


SCENARIO = Scenario(
    title="5G testbed on public places",
    criteria={
        "use_case_demand": CriterionSpec("Use-case demand", "weighted premises", "more"),
        "coverage_gap": CriterionSpec("Coverage gap", "ratio", "more"),
        "site_availability": CriterionSpec("Site availability", "assets", "more"),
        "backhaul": CriterionSpec("Backhaul", "m", "less"),
        "deliverability": CriterionSpec("Deliverability", "ratio", "more"),
        "deprivation": CriterionSpec("Deprivation", "decile", "less"),
        "cost": CriterionSpec("Cost", "GBP", "less"),
    },
    gates={"in_area": GateSpec("Inside the study area", "the site's address")},
    needs=(
        Need("sites", "candidate sites and target premises", "no site can be ranked"),
        Need("stops", "rail and tram stations as target premises", "stations are not counted"),
        Need("masts", "coverage gap and what would be new", "no deficit is claimed"),
        Need(
            "street_assets",
            "places for small cells in streets",
            "public rooftops alone are counted",
        ),
        Need("fibre", "backhaul", "backhaul is a weak estimate from the full-fibre share"),
        Need("demand", "premises covered", "premises covered are unknown, no deficit is claimed"),
        Need("surface", "line of sight of small cells", "it is left to its probability"),
        Need("businesses", "business units covered", "business units covered are unknown"),
        Need("streets", "catchments along streets", "straight line x detour ratio stands in"),
    ),
    options=_options,
    break_even_label="Benefit per site per year at which NPSV is nil",
    benefits_note="benefits of a testbed site are counted only once the study states them",
    origins=ORIGINS,
)
