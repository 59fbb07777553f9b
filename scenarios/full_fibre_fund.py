"""The full-fibre fund: public buildings whose connection also brings fibre near other premises.

Metrics of the domain brief, section B3, each by the best evidence the study holds. Gigabit is any
technology and never stands for full fibre; where one had to be used, the route says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.catchment import Membership, Reach, catchment
from scenarios.costs import CAPITAL, CostLine, price, total
from scenarios.criteria import Metric, best_route, weakest
from scenarios.gates import Gate, decide
from scenarios.routes import (
    catchment_share,
    catchment_total,
    deprivation,
    positions,
    public_sites,
    stated,
    summed,
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

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.profile import Profile

__all__ = ["SCENARIO"]

Floats = NDArray[np.float64]
KINDS = ("library", "hospital", "gp", "school", "civic", "office")
MAIN_KINDS = ("school", "hospital", "gp", "civic", "library")
NEAR, WIDE, CLOSE = "fibre.catchment_m", "fibre.catchment_wide_m", "fibre.catchment_near_m"
BIAS = "appraisal.bias_standard_civil_pct"
NOT_PUBLIC = r"independent|private"
REGISTERS = ("asset", "school", "library", "hospital", "gp")


@dataclass(frozen=True)
class _Ground:
    """What the metrics share: the sites, the demand points and the catchments."""

    evidence: Evidence
    parameters: Parameters
    sites: pd.DataFrame
    demand: pd.DataFrame | None
    businesses: pd.DataFrame | None
    wide: Membership
    near: Membership
    business: Membership

    @property
    def count(self) -> int:
        return len(self.sites)

    def missing(self, unit: str, reason: str) -> Metric:
        return Metric.missing(self.count, unit, reason)


def _ground(evidence: Evidence, sites: pd.DataFrame, parameters: Parameters) -> _Ground:
    reach = Reach.of(evidence.streets, parameters)
    near_m = parameters.value(NEAR)
    wide_m = max(parameters.value(WIDE), near_m)
    demand = None if evidence.demand is None else evidence.demand.frame
    businesses = None if evidence.businesses is None else evidence.businesses.frame
    at = positions(sites)
    wide = catchment(at, positions(demand), wide_m, reach)
    return _Ground(
        evidence=evidence,
        parameters=parameters,
        sites=sites,
        demand=demand,
        businesses=businesses,
        wide=wide,
        near=wide.within(near_m),
        business=catchment(at, positions(businesses), near_m, reach),
    )


def _uplift(g: _Ground) -> Metric:
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


def _gap(g: _Ground) -> Metric:
    """Return the share of premises near each site without the service, best evidence first."""
    if g.demand is None:
        return g.missing("ratio", "no count of premises or households in the study")
    gigabit = catchment_share(
        g.near, g.demand, "without_gigabit", layer="demand", words="without gigabit"
    )
    fibre = catchment_share(
        g.near, g.demand, "without_full_fibre", layer="demand", words="without full fibre"
    )
    measured = gigabit.where(np.asarray(gigabit.grade == "measured"), "not counted one by one")
    return best_route(measured, fibre, gigabit)


def _need(g: _Ground, gap: Metric) -> Metric:
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


def _business_demand(g: _Ground) -> Metric:
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


def _costs(g: _Ground, uplift: Metric) -> tuple[CostLine, ...]:
    ones = np.ones(g.count)
    return (
        CostLine.each(
            "public site connected", "site", ones, "fibre.public_site_all_in_gbp", bias=BIAS
        ),
        CostLine.each(
            "passing the premises uplifted",
            "premises",
            uplift.value,
            "fibre.passing_dense_urban_gbp",
            bias=BIAS,
            low=uplift.low,
            high=uplift.high,
        ),
    )


def _cost_effectiveness(g: _Ground, uplift: Metric, costs: tuple[CostLine, ...]) -> Metric:
    low, middle, high = total(price(costs, g.parameters), g.count, CAPITAL)
    # below one premises the ratio has no meaning; it is then the cost of reaching one
    return Metric.of(
        middle / np.maximum(uplift.value, 1.0),
        low=low / np.maximum(uplift.high, 1.0),
        high=high / np.maximum(uplift.low, 1.0),
        unit="GBP/premises",
        grade=uplift.grade,
        route=np.asarray([f"cost model / uplift ({route})" for route in uplift.route], dtype=object),
        formula="capital cost with optimism bias / premises uplifted (at least one)",
        inputs=("costs.amount_gbp", *uplift.inputs),
        parameters=("fibre.public_site_all_in_gbp", "fibre.passing_dense_urban_gbp", BIAS),
    )


def _subsidy(g: _Ground) -> Metric:
    without = "no BDUK premises data in the study: the class of premises is unknown"
    if g.demand is None or not g.demand["white"].notna().any():
        return g.missing("ratio", without)
    share = catchment_share(
        g.near, g.demand, "white", layer="demand", words="Gigabit White", parameters=(NEAR,)
    )
    return share


def _deliverability(g: _Ground) -> Metric:
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


def _in_area(g: _Ground) -> Gate:
    districts = set(g.evidence.districts.frame["id"].astype(str))
    lad = text_column(g.sites, "lad")
    inside = np.asarray([code in districts for code in lad], dtype=bool)
    elsewhere = ~inside & (lad != "")
    return decide(
        inside,
        elsewhere,
        because_pass="lies in a district of the study",
        because_fail="lies in a district outside the study",
        because_unknown="its district is not known",
    )


def _not_in_plan(g: _Ground) -> Gate:
    """Judge by the BDUK premises at the site: white but not counted as uplift means in a plan."""
    attach = "no BDUK premises data at the site: not known whether a plan already covers it"
    none = np.zeros(g.count, dtype=bool)
    if g.demand is None or not g.demand["white"].notna().any():
        return decide(none, none, because_unknown=attach)
    at_site = g.wide.within(g.parameters.value("fibre.site_match_m"))
    white = g.demand["white"].to_numpy(dtype=np.float64)
    uplift = g.demand["uplift"].to_numpy(dtype=np.float64)
    classed = ~np.isnan(white)
    seen = at_site.total(classed.astype(float))
    planned = at_site.total(np.where(classed & (white > uplift), 1.0, 0.0))
    return decide(
        (seen > 0) & (planned == 0),
        (seen > 0) & (planned == seen),
        because_pass="BDUK data: no premises at the site is in a plan",
        because_fail="BDUK data: the premises at the site are in a contract, voucher or hub",
        because_unknown=np.where(
            seen > 0, "BDUK data: some premises at the site are in a plan", attach
        ),
    )


def _public_owner(g: _Ground) -> Gate:
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
        because_pass=np.asarray([f"in the {r} register" for r in register], dtype=object),
        because_fail="the register gives an independent or private owner",
        because_unknown="no register says who owns it",
    )


def _deadweight(g: _Ground) -> tuple[Floats, Floats, Floats]:
    """Return per demand point the share that stays additional: low, middle, high."""
    if g.demand is None:
        return np.empty(0), np.empty(0), np.empty(0)
    classed = g.demand["white"].notna().to_numpy(dtype=bool)
    white = g.parameters.span("appraisal.deadweight_white_pct")
    other = g.parameters.span("appraisal.deadweight_unclassed_pct")
    low, middle, high = (
        1 - np.where(classed, w, o) / 100 for w, o in zip(white[::-1], other[::-1], strict=True)
    )
    return low, middle, high


def _money(
    p: Parameters, additional: tuple[Floats, Floats, Floats], units: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Return benefits a year, low, middle, high: firms at their own value, the rest as homes.

    Firms are taken out of the premises before these are valued as homes, so none counts twice; an
    unknown number of firms adds nothing.
    """
    homes = stated(p, "appraisal.benefit_residential_gbp_per_year")
    firms = stated(p, "appraisal.benefit_sme_gbp_per_year")
    low, middle, high = (
        np.nan_to_num(
            h * np.maximum(a - np.nan_to_num(u), 0) + f * np.minimum(np.nan_to_num(u), a)
        )
        for h, f, a, u in zip(homes, firms, additional, units, strict=True)
    )
    return low, middle, high


@dataclass(frozen=True)
class _Together:
    """What a set of sites reaches together: each point once, however many sites reach it."""

    g: _Ground
    kept: tuple[Floats, Floats, Floats]

    def _points(self, column: str, mask: NDArray[np.bool_], factor: Floats | None) -> float:
        if self.g.demand is None:
            return float("nan")
        values = self.g.demand[column].to_numpy(dtype=np.float64)
        held = values[mask] if factor is None else values[mask] * factor[mask]
        return float(np.nansum(held)) if not np.isnan(held).all() or not len(held) else np.nan

    def uplift(
        self, mask: NDArray[np.bool_], *, additional: bool = False
    ) -> tuple[float, float, float]:
        """Return premises uplifted at some points, low, middle, high."""
        names = ("uplift_low", "uplift", "uplift_high")
        factors = self.kept if additional else (None, None, None)
        low, middle, high = (
            self._points(name, mask, factor) for name, factor in zip(names, factors, strict=True)
        )
        return low, middle, high

    def __call__(
        self, chosen: NDArray[np.bool_], ask_gbp: tuple[float, float, float]
    ) -> Outcomes:
        g = self.g
        reached = g.near.union(chosen)
        uplift, extra = self.uplift(reached), self.uplift(reached, additional=True)
        grade = _grade_of(g, reached)
        close = self.uplift(g.wide.within(g.parameters.value(CLOSE)).union(chosen))
        wide = self.uplift(g.wide.union(chosen))
        review = self._points("under_review", reached, None)
        units = _union_units(g, chosen)
        items = (
            _item("premises_uplifted", "Premises uplifted", uplift, grade, _uplift_note(g)),
            _item("premises_additional", "Premises that would not be uplifted anyway", extra, grade),
            _item("premises_uplifted_50m", f"The same within {g.parameters.value(CLOSE):g} m", close, grade),
            _item("premises_uplifted_500m", f"The same within {g.parameters.value(WIDE):g} m", wide, grade),
            SummaryItem(
                "premises_under_review",
                "Premises under review nearby, possible but not counted",
                review,
                unit="premises",
                grade="measured" if review == review else "",
                note="" if review == review else "no BDUK premises data in the study",
            ),
            _item("business_units_reached", "Local units within reach", units, "estimated", unit="local units"),
            _per("cost_per_premises_gbp", "Ask per premises uplifted", ask_gbp, uplift, grade),
            _per("cost_per_additional_premises_gbp", "Ask per additional premises", ask_gbp, extra, grade),
        )
        each = tuple(np.asarray([v]) for v in extra)
        firms = tuple(np.asarray([v]) for v in units)
        low, middle, high = _money(g.parameters, (each[0], each[1], each[2]), (firms[0], firms[1], firms[2]))
        return Outcomes(items, Benefits(low, middle, high, each[1]))


def _grade_of(g: _Ground, reached: NDArray[np.bool_]) -> str:
    if g.demand is None or not len(g.demand):
        return ""
    rows = text_column(g.demand, "grade")
    held = set(rows[reached]) or set(rows)
    return next((name for name in ("modelled", "estimated", "measured") if name in held), "")


def _uplift_note(g: _Ground) -> str:
    if g.demand is None:
        return "no count of premises or households in the study"
    return "each premises once, however many sites reach it"


def _union_units(g: _Ground, chosen: NDArray[np.bool_]) -> tuple[float, float, float]:
    if g.businesses is None:
        return float("nan"), float("nan"), float("nan")
    reached = g.business.union(chosen)
    names = ("units_low", "units", "units_high")
    low, middle, high = (
        float(np.nansum(g.businesses.get(n, g.businesses["units"]).to_numpy(float)[reached]))
        for n in names
    )
    return low, middle, high


def _item(
    key: str,
    label: str,
    ends: tuple[float, float, float],
    grade: str,
    note: str = "",
    unit: str = "premises",
) -> SummaryItem:
    low, middle, high = ends
    known = grade if middle == middle else ""
    return SummaryItem(key, label, middle, low, high, unit, 0, known, note)


def _per(
    key: str,
    label: str,
    ask: tuple[float, float, float],
    count: tuple[float, float, float],
    grade: str,
) -> SummaryItem:
    def ratio(money: float, number: float) -> float:
        return money / number if number > 0 and money > 0 else float("nan")

    value = ratio(ask[1], count[1])
    low, high = ratio(ask[0], count[2]), ratio(ask[2], count[0])
    return SummaryItem(
        key, label, value, low, high, "GBP", 0, grade if value == value else "",
        "premises counted once; passing costs of overlapping catchments are not yet shared",
    )  # fmt: skip


def _site_benefits(g: _Ground, together: _Together, business: Metric) -> Benefits:
    if g.demand is None:
        nil = np.zeros(g.count)
        return Benefits(nil, nil, nil, np.full(g.count, np.nan))
    additional = []
    for name, factor in zip(("uplift_low", "uplift", "uplift_high"), together.kept, strict=True):
        values = g.demand[name].to_numpy(dtype=np.float64) * factor
        additional.append(g.near.total(np.nan_to_num(values)))
    low, middle, high = _money(
        g.parameters,
        (additional[0], additional[1], additional[2]),
        (business.low, business.value, business.high),
    )
    return Benefits(low, middle, high, additional[1])


def _options(evidence: Evidence, profile: Profile, parameters: Parameters) -> Options:
    sites, notes = public_sites(evidence.sites, KINDS)
    g = _ground(evidence, sites, parameters)
    uplift, gap = _uplift(g), _gap(g)
    business = _business_demand(g)
    costs = _costs(g, uplift)
    members = None if g.demand is None else g.near
    together = _Together(g, _deadweight(g))
    metrics = {
        "uplift": uplift,
        "public_service_need": _need(g, gap),
        "business_demand": business,
        "cost_effectiveness": _cost_effectiveness(g, uplift, costs),
        "subsidy_eligibility": _subsidy(g),
        "deprivation": deprivation(evidence, sites, members, (NEAR,)),
        "deliverability": _deliverability(g),
    }
    gates = {
        "in_area": _in_area(g),
        "not_in_plan": _not_in_plan(g),
        "public_owner": _public_owner(g),
    }
    return Options(
        sites=sites,
        metrics={key: metrics[key] for key in profile.criterion},
        gates=gates,
        costs=costs,
        benefits=_site_benefits(g, together, business),
        outcomes=together,
        catchment_method=g.near.method,
        notes=notes,
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
        Need("streets", "catchments along streets", "straight line x detour ratio stands in"),
        Need("fibre", "duct at hand", "deliverability keeps its whole range"),
        Need("offices", "tenure", "deliverability keeps its whole range"),
    ),
    options=_options,
    break_even_label="Benefit per additional premises per year at which NPSV is nil",
    benefits_note="benefits per premises are counted only once the study states them",
)
