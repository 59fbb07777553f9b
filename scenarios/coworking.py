"""Co-working in unused public offices: who could walk there, and what the building would take.

Metrics and gates of the domain brief, section D2. Most registers omit floor area and energy band,
so "unknown" is the usual answer of a gate: such a building is a lead to verify, never funded yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.catchment import Membership, Reach, catchment
from scenarios.costs import RUNNING, CostLine, price, total
from scenarios.criteria import Metric, best_route
from scenarios.desks import desks, energy_value, walk_radius_m
from scenarios.gates import Gate, decide
from scenarios.routes import (
    SITE_COLUMNS,
    catchment_share,
    deprivation,
    positions,
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
BIAS = "appraisal.bias_non_standard_buildings_pct"
RAIL_TYPES = ("RLY", "MET")
BUS_TYPES = ("BCT", "BCS", "BCE")
OTHER_WEIGHT = "coworking.other_sector_weight"
NEAR = "fibre.catchment_m"
LEASABLE = ("A+", "A", "B", "C", "D", "E")


@dataclass(frozen=True)
class _Ground:
    evidence: Evidence
    parameters: Parameters
    sites: pd.DataFrame
    reach: Reach
    walk_m: float

    @property
    def count(self) -> int:
        return len(self.sites)

    def around(self, frame: pd.DataFrame | None, limit_m: float) -> Membership:
        return catchment(positions(self.sites), positions(frame), limit_m, self.reach)

    def numbers(self, name: str) -> Floats:
        if name not in self.sites:
            return np.full(self.count, np.nan)
        return pd.to_numeric(self.sites[name], errors="coerce").to_numpy(dtype=np.float64)


@dataclass(frozen=True)
class _Space:
    """Net internal area and desks, low, middle, high; NaN where the floor area is unknown."""

    nia: tuple[Floats, Floats, Floats]
    desks: tuple[Floats, Floats, Floats]


def _space(g: _Ground) -> _Space:
    area, basis = g.numbers("floor_area_m2"), text_column(g.sites, "floor_area_basis")
    efficiency = g.parameters.span("coworking.nia_of_gia")
    each = g.parameters.span("coworking.m2_per_desk")
    net = basis == "NIA"
    # a register that does not say how it measured may have measured net already
    unsaid = ~net & (basis != "GIA")
    nia = [area * np.where(net, 1.0, e) for e in efficiency]
    nia[2] = np.where(unsaid, area, nia[2])
    count = [desks(a, per) for a, per in zip(nia, each[::-1], strict=True)]
    return _Space((nia[0], nia[1], nia[2]), (count[0], count[1], count[2]))


def _space_metric(g: _Ground, space: _Space) -> Metric:
    low, middle, high = space.desks
    known = ~np.isnan(middle)
    return Metric.of(
        middle,
        low=low,
        high=high,
        unit="desks",
        grade="estimated",
        route=np.where(
            known, "floor area by the usual density; not a safe occupancy", "no floor area in any source"
        ),
        formula="floor(net internal area / area per desk)",
        inputs=("offices.floor_area_m2", "offices.floor_area_basis"),
        parameters=("coworking.m2_per_desk", "coworking.nia_of_gia"),
    )


def _micro(g: _Ground) -> tuple[Metric, Membership, Floats]:
    """Return micro units within the walk, who they are, and the units at each point."""
    layer = g.evidence.businesses
    members = g.around(None if layer is None else layer.frame, g.walk_m)
    if layer is None:
        reason = "no business counts in the study"
        return Metric.missing(g.count, "weighted units", reason), members, np.empty(0)
    frame = layer.frame
    walk = ("coworking.walk_minutes", "coworking.walk_speed_kmh")
    counted = summed(members, frame, "micro_weighted")
    by_sector = Metric.of(
        counted.value,
        unit="weighted units",
        grade=counted.grade,
        route=counted.route,
        formula="sum of micro units over the walk, digital and professional 1, others at their weight",
        inputs=("businesses.micro_weighted",),
        parameters=walk,
    )
    share, digital = (
        g.parameters.span(f"coworking.{name}") for name in ("micro_share", "digital_share")
    )
    other = g.parameters.value(OTHER_WEIGHT)
    factors = [s * (other + (1 - other) * d) for s, d in zip(share, digital, strict=True)]
    units = summed(members, frame, "units")
    by_share = Metric.of(
        units.value * factors[1],
        low=units.low * factors[0],
        high=units.high * factors[2],
        unit="weighted units",
        grade=np.where(units.grade == "measured", "estimated", units.grade),
        route=np.asarray(
            [f"{r}; micro and digital units by usual shares" for r in units.route], dtype=object
        ),
        formula="sum of units over the walk x micro share x weight of the usual mix of sectors",
        inputs=("businesses.units",),
        parameters=("coworking.micro_share", "coworking.digital_share", OTHER_WEIGHT, *walk),
    )
    point = frame["micro_weighted"].to_numpy(dtype=np.float64)
    stand_in = frame["units"].to_numpy(dtype=np.float64) * factors[1]
    return best_route(by_sector, by_share), members, np.where(np.isnan(point), stand_in, point)


def _competition(g: _Ground) -> Metric:
    layer = g.evidence.coworking
    if layer is None:
        return Metric.missing(g.count, "decayed spaces", "no co-working spaces in any source")
    members = g.around(layer.frame, g.walk_m)
    decay = g.parameters.value("coworking.decay_m")
    pull = members.total(np.ones(members.n_points), np.exp(-members.distance_m / decay))
    pull[~members.located] = np.nan
    return Metric.of(
        pull,
        high=pull / g.parameters.value("coworking.osm_found"),
        unit="decayed spaces",
        grade="estimated",
        route="co-working spaces on OpenStreetMap, which is incomplete: a minimum",
        formula="sum over spaces within the walk of exp(-distance / decay)",
        inputs=("coworking.easting", "coworking.northing"),
        parameters=("coworking.decay_m", "coworking.osm_found", "coworking.walk_minutes"),
    )


def _transport(g: _Ground) -> Metric:
    layer = g.evidence.stops
    if layer is None:
        return Metric.missing(g.count, "ratio", "no public-transport stops in the study")
    p = g.parameters
    kind = text_column(layer.frame, "stop_type")
    rail_m, stops_m = p.value("coworking.rail_m"), p.value("coworking.stops_m")
    rail = g.around(layer.frame.loc[np.isin(kind, RAIL_TYPES)], rail_m).nearest_m()
    members = g.around(layer.frame.loc[np.isin(kind, BUS_TYPES)], stops_m)
    enough = p.value("coworking.stops_enough")
    buses = np.minimum(members.total(np.ones(members.n_points)), enough) / enough
    share = p.value("coworking.rail_share")
    value = share * (1 - np.where(np.isnan(rail), rail_m, rail) / rail_m) + (1 - share) * buses
    value[~members.located] = np.nan
    return Metric.of(
        value,
        unit="ratio",
        grade="measured",
        route="active stops and stations of NaPTAN; nothing is said of how often anything calls",
        formula="0.6 x (1 - distance to rail or tram / 800 m) + 0.4 x min(bus stops within 400 m, 10) / 10",
        inputs=("stops.stop_type", "stops.easting", "stops.northing"),
        parameters=("coworking.rail_m", "coworking.stops_m", "coworking.stops_enough", "coworking.rail_share"),
    )  # fmt: skip


def _connectivity(g: _Ground) -> Metric:
    """Return gigabit at the building where it is counted, else the share around it."""
    if g.evidence.demand is None:
        return Metric.missing(g.count, "ratio", "no gigabit share in the study")
    demand = g.evidence.demand.frame
    inputs = ("demand.without_gigabit", "demand.premises")
    measured = text_column(demand, "grade") == "measured"
    ids = pd.Index(demand["id"].astype(str))
    at = ids.get_indexer(pd.Index(text_column(g.sites, "id"))) if ids.is_unique else None
    exact = np.full(g.count, np.nan)
    if at is not None and len(ids):
        found = (at >= 0) & measured[np.maximum(at, 0)]
        row = demand.iloc[np.maximum(at, 0)]
        without = row["without_gigabit"].to_numpy(float) / row["premises"].to_numpy(float)
        planned = (row["white"] > row["uplift"]).to_numpy(dtype=bool)
        later = g.parameters.value("coworking.future_gigabit_value")
        exact = np.where(found, np.where(without < 1, 1 - without, later * planned), np.nan)
    own = Metric.of(
        exact,
        unit="ratio",
        grade="measured",
        route="BDUK premises data for the building: gigabit now 1, planned 0.6, else 0",
        formula="1 with gigabit now, the value of planned gigabit, else 0",
        inputs=inputs,
        parameters=("coworking.future_gigabit_value",),
    )
    share = catchment_share(
        g.around(demand, g.parameters.value(NEAR)), demand, "without_gigabit", layer="demand",
        words="gigabit of any technology around the building", parameters=(NEAR,),
    )  # fmt: skip
    around = Metric.of(
        1 - share.value,
        low=1 - share.high,
        high=1 - share.low,
        unit="ratio",
        grade=np.where(share.grade == "measured", "estimated", share.grade),
        route=share.route,
        formula=f"1 - {share.formula}",
        inputs=inputs,
        parameters=(NEAR,),
    )
    return best_route(own, around)


def _energy(g: _Ground) -> Metric:
    return Metric.of(
        energy_value(text_column(g.sites, "energy_band")),
        unit="ratio",
        grade="measured",
        route="band of the newest energy certificate or of the register",
        formula="A 1, B 0.9, C 0.75, D 0.6, E 0.4, F 0.1, G 0",
        inputs=("offices.energy_band",),
    )


def _vacancy(g: _Ground) -> Metric:
    return Metric.of(
        g.numbers("vacancy_confidence"),
        unit="ratio",
        grade="estimated",
        route=text_column(g.sites, "vacancy_evidence"),
        formula="1 - product of (1 - confidence of each piece of evidence), less with age",
        inputs=("offices.vacancy_confidence",),
    )


def _gates(g: _Ground, space: _Space) -> dict[str, Gate]:
    capable = g.sites["office_capable"].astype("boolean")
    location = text_column(g.sites, "location")
    band = pd.Series(text_column(g.sites, "energy_band")).str.strip().str.upper()
    band_text = band.to_numpy(dtype=object)
    poor, fit = np.isin(band_text, ["F", "G"]), np.isin(band_text, LEASABLE)
    funded = g.parameters["coworking.energy_budget_gbp"]
    paid = funded.basis == "stated" and funded.default > 0
    low, _, high = space.desks
    fewest = g.parameters.value("coworking.desks_minimum")
    vacancy = g.numbers("vacancy_confidence")
    sure = g.parameters.value("coworking.vacancy_gate")
    none = np.zeros(g.count, dtype=bool)
    evidence = text_column(g.sites, "vacancy_evidence")
    with np.errstate(invalid="ignore"):
        vacant = vacancy >= sure
        spacious, cramped = low >= fewest, high < fewest
    return {
        "office_capable": decide(
            capable.fillna(value=False).to_numpy(dtype=bool),
            (~capable).fillna(value=False).to_numpy(dtype=bool),
            because_pass="its name or use is that of an office",
            because_fail="its name or use is not that of an office",
            because_unknown="neither name nor use tells whether it can be an office",
        ),
        "location": decide(
            np.isin(location, ["exact", "postcode"]),
            none,
            because_pass=np.asarray([f"location known: {text}" for text in location], dtype=object),
            because_unknown="published for a postcode district only",
        ),
        "no_block": decide(
            none, none, because_unknown="nobody has said whether heritage or the asset plan stands in the way"
        ),
        "energy": decide(
            fit | (poor & paid),
            poor & (not paid),
            because_pass=np.where(poor, "energy band below E, with a budget to mend it", "energy band E or better"),
            because_fail="energy band F or G and no budget to mend it",
            because_unknown="no energy certificate in any source",
        ),
        "desks": decide(
            spacious,
            cramped,
            because_pass=f"takes at least {fewest:g} desks at the tightest estimate",
            because_fail=f"takes fewer than {fewest:g} desks at the widest estimate",
            because_unknown=np.where(np.isnan(high), "no floor area in any source", f"may take {fewest:g} desks or fewer"),
        ),
        "vacant": decide(
            vacant,
            none,
            because_pass=evidence,
            because_unknown=np.asarray([f"not shown to be unused: {text or 'no evidence'}" for text in evidence], dtype=object),
        ),
    }  # fmt: skip


def _costs(space: _Space) -> tuple[CostLine, ...]:
    low, middle, high = space.nia
    return (
        CostLine.each("fit-out", "m2", middle, "coworking.fit_out_gbp_per_m2", bias=BIAS, low=low, high=high),
        CostLine.each(
            "running the building", "m2", middle, "coworking.running_gbp_per_m2_per_year",
            timing=RUNNING, low=low, high=high,
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class _Together:
    """What a set of buildings offers together: each business within a walk once."""

    g: _Ground
    space: _Space
    members: Membership
    units: Floats
    running: Floats

    def __call__(
        self, chosen: NDArray[np.bool_], ask_gbp: tuple[float, float, float]
    ) -> Outcomes:
        low, middle, high = (float(d[chosen].sum()) for d in self.space.desks)
        reached = self.members.union(chosen)
        known = len(self.units) > 0
        micro = float(np.nansum(self.units[reached])) if known else float("nan")
        each = ask_gbp[1] / middle if middle > 0 else float("nan")
        items = (
            SummaryItem("desks", "Desks", middle, low, high, "desks", 0, "estimated", "not a safe occupancy"),
            SummaryItem(
                "micro_units_reached", "Micro-businesses within a walk, weighted", micro,
                unit="weighted units", grade="estimated" if known else "", note="each counted once",
            ),
            SummaryItem(
                "cost_per_desk_gbp", "Ask per desk", each,
                ask_gbp[0] / high if high > 0 else float("nan"),
                ask_gbp[2] / low if low > 0 else float("nan"),
                "GBP", 0, "estimated" if middle > 0 else "",
            ),
            SummaryItem(
                "running_gbp_per_year", "Running cost, a year", float(self.running[chosen].sum()),
                unit="GBP", grade="estimated", note="not part of the ask; counted in NPSV, before any income",
            ),
        )  # fmt: skip
        span = stated(self.g.parameters, "appraisal.benefit_desk_gbp_per_year")
        counts = (low, middle, high)
        worth = [np.asarray([v * n]) for v, n in zip(span, counts, strict=True)]
        return Outcomes(items, Benefits(worth[0], worth[1], worth[2], np.asarray([middle])))


def _buildings(evidence: Evidence) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if evidence.offices is None:
        names = [*SITE_COLUMNS, "area", "office_capable"]
        frame = pd.DataFrame({name: pd.Series(dtype=object) for name in names})
        empty = {"easting": np.empty(0), "northing": np.empty(0)}
        return frame.assign(**empty), ("the study has no register that names unused buildings",)
    frame = evidence.offices.frame.sort_values("id", kind="stable").reset_index(drop=True)
    unknown = int(frame["floor_area_m2"].isna().sum())
    notes = []
    if unknown:
        notes.append(f"{unknown} of {len(frame)} buildings have no floor area: no cost, and never funded until it is known")
    return frame, tuple(notes)


def _options(evidence: Evidence, profile: Profile, parameters: Parameters) -> Options:
    sites, notes = _buildings(evidence)
    detour = parameters.value("catchment.detour_ratio")
    walk_m, _ = walk_radius_m(
        parameters.value("coworking.walk_speed_kmh"),
        parameters.value("coworking.walk_minutes"),
        detour,
    )
    g = _Ground(evidence, parameters, sites, Reach.of(evidence.streets, parameters), walk_m)
    space = _space(g)
    micro, members, units = _micro(g)
    costs = _costs(space)
    metrics = {
        "micro_business_demand": micro,
        "competition": _competition(g),
        "public_transport": _transport(g),
        "space": _space_metric(g, space),
        "connectivity": _connectivity(g),
        "energy": _energy(g),
        "need": deprivation(evidence, sites, None),
        "vacancy_confidence": _vacancy(g),
    }
    _, running, _ = total(price(costs, parameters), g.count, RUNNING)
    span = stated(parameters, "appraisal.benefit_desk_gbp_per_year")
    worth = [np.nan_to_num(v * d) for v, d in zip(span, space.desks, strict=True)]
    return Options(
        sites=sites,
        metrics={key: metrics[key] for key in profile.criterion},
        gates=_gates(g, space),
        costs=costs,
        benefits=Benefits(worth[0], worth[1], worth[2], space.desks[1]),
        outcomes=_Together(g, space, members, units, running),
        catchment_method=members.method,
        notes=notes,
    )


SCENARIO = Scenario(
    title="Co-working in unused public offices",
    criteria={
        "micro_business_demand": CriterionSpec("Micro-business demand", "weighted units", "more"),
        "competition": CriterionSpec("Competition", "decayed spaces", "less"),
        "public_transport": CriterionSpec("Public transport", "ratio", "more"),
        "space": CriterionSpec("Space", "desks", "more"),
        "connectivity": CriterionSpec("Connectivity", "ratio", "more"),
        "energy": CriterionSpec("Energy", "ratio", "more"),
        "need": CriterionSpec("Need", "decile", "less"),
        "vacancy_confidence": CriterionSpec("Vacancy confidence", "ratio", "more"),
    },
    gates={
        "office_capable": GateSpec("Can be an office", "use class or a survey"),
        "location": GateSpec("Location known", "the full address"),
        "no_block": GateSpec("No heritage or asset-plan block", "word from planning and estates"),
        "energy": GateSpec("Energy band E or better, or a budget", "the certificate or a budget"),
        "desks": GateSpec("At least 15 desks", "floor area, net internal, and its date"),
        "vacant": GateSpec("Unused", "the asset manager's confirmation with its date"),
    },
    needs=(
        Need("offices", "candidate buildings", "no building can be ranked"),
        Need("businesses", "micro-business demand", "micro-business demand is unknown"),
        Need("coworking", "competition", "competition is unknown"),
        Need("stops", "public transport", "public transport is unknown"),
        Need("demand", "connectivity", "connectivity is unknown"),
        Need("streets", "walks along streets", "straight line x detour ratio stands in"),
    ),
    options=_options,
    break_even_label="Benefit per desk per year at which NPSV is nil",
    benefits_note="benefits of a desk are counted only once the study states them",
    place_disclosure="vacancy",
)
