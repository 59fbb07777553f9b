"""What is known of unused public offices: space, who could walk there, transport, gigabit, energy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.catchment import Membership, Reach, catchment
from scenarios.criteria import Metric, best_route
from scenarios.desks import desks, energy_value
from scenarios.routes import Points, catchment_share, positions, summed, text_column
from scenarios.travel import MINUTES, Travel

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters

__all__ = [
    "STOPS_M",
    "Buildings",
    "Space",
    "competition",
    "connectivity",
    "energy",
    "micro_units",
    "public_transport",
    "space_metric",
    "space_of",
    "stops_near",
    "vacancy",
]

Floats = NDArray[np.float64]
RAIL_TYPES = ("RLY", "MET")
BUS_TYPES = ("BCT", "BCS", "BCE")
OTHER_WEIGHT = "coworking.other_sector_weight"
NEAR = "fibre.catchment_m"
STOPS_M = "coworking.stops_m"


@dataclass(frozen=True)
class Buildings:
    """The candidate buildings, the evidence around them, and how far people come from."""

    evidence: Evidence
    parameters: Parameters
    sites: pd.DataFrame
    reach: Reach
    travel: Travel

    @property
    def walk_m(self) -> float:
        """How far one walks in the time that people take to a space, whatever way they come."""
        return Travel.of("walk", self.parameters).limit_m(self.parameters.value(MINUTES))

    @property
    def way_text(self) -> str:
        """The time that people take to a space, in words: `15 minutes on foot`."""
        return f"{self.parameters.value(MINUTES):g} minutes {self.travel.words or 'on foot'}"

    def who_come(self, frame: pd.DataFrame | None) -> Membership:
        """Return which rows of a layer lie within the time that people take to a space."""
        limit_m = self.travel.limit_m(self.parameters.value(MINUTES))
        reach = replace(self.reach, travel=self.travel)
        return catchment(positions(self.sites), positions(frame), limit_m, reach)

    @property
    def count(self) -> int:
        """Number of buildings."""
        return len(self.sites)

    def around(self, frame: pd.DataFrame | None, limit_m: float) -> Membership:
        """Return which rows of a layer lie within a distance."""
        return catchment(positions(self.sites), positions(frame), limit_m, self.reach)

    def numbers(self, name: str) -> Floats:
        """Return a column as numbers, NaN where unknown."""
        if name not in self.sites:
            return np.full(self.count, np.nan)
        return pd.to_numeric(self.sites[name], errors="coerce").to_numpy(dtype=np.float64)


@dataclass(frozen=True)
class Space:
    """Net internal area and desks, low, middle, high; NaN where the floor area is unknown."""

    nia: tuple[Floats, Floats, Floats]
    desks: tuple[Floats, Floats, Floats]


def space_of(g: Buildings) -> Space:
    """Return net internal area and desks by the usual densities."""
    area, basis = g.numbers("floor_area_m2"), text_column(g.sites, "floor_area_basis")
    efficiency = g.parameters.span("coworking.nia_of_gia")
    each = g.parameters.span("coworking.m2_per_desk")
    net = basis == "NIA"
    # a register that does not say how it measured may have measured net already
    unsaid = ~net & (basis != "GIA")
    nia = [area * np.where(net, 1.0, e) for e in efficiency]
    nia[2] = np.where(unsaid, area, nia[2])
    count = [desks(a, per) for a, per in zip(nia, each[::-1], strict=True)]
    return Space((nia[0], nia[1], nia[2]), (count[0], count[1], count[2]))


def space_metric(space: Space) -> Metric:
    """Return the desks a building takes."""
    low, middle, high = space.desks
    known = ~np.isnan(middle)
    return Metric.of(
        middle,
        low=low,
        high=high,
        unit="desks",
        grade="estimated",
        route=np.where(
            known,
            "floor area by the usual density; not a safe occupancy",
            "no floor area in any source",
        ),
        formula="floor(net internal area / area per desk)",
        inputs=("offices.floor_area_m2", "offices.floor_area_basis"),
        parameters=("coworking.m2_per_desk", "coworking.nia_of_gia"),
    )


def micro_units(g: Buildings) -> tuple[Metric, Membership, tuple[Floats, Floats, Floats]]:
    """Return micro units within the time, who they are, and at each point low, middle, high."""
    layer = g.evidence.businesses
    members = g.who_come(None if layer is None else layer.frame)
    if layer is None:
        reason = "no business counts in the study"
        return Metric.missing(g.count, "weighted units", reason), members, (np.empty(0),) * 3
    frame = layer.frame
    way = g.travel.parameters
    points = Points(frame)
    counted = summed(members, points, "micro_weighted")
    by_sector = Metric.of(
        counted.value,
        low=counted.low,
        high=counted.high,
        unit="weighted units",
        grade=counted.grade,
        route=counted.route,
        formula="sum of micro units within the time, digital and professional 1, others at their weight",
        inputs=(
            "businesses.micro_weighted",
            "businesses.micro_weighted_low",
            "businesses.micro_weighted_high",
        ),
        parameters=way,
    )
    share, digital = (
        g.parameters.span(f"coworking.{name}") for name in ("micro_share", "digital_share")
    )
    other = g.parameters.value(OTHER_WEIGHT)
    factors = [s * (other + (1 - other) * d) for s, d in zip(share, digital, strict=True)]
    units = summed(members, points, "units")
    by_share = Metric.of(
        units.value * factors[1],
        low=units.low * factors[0],
        high=units.high * factors[2],
        unit="weighted units",
        grade=np.where(units.grade == "measured", "estimated", units.grade),
        route=np.asarray(
            [f"{r}; micro and digital units by usual shares" for r in units.route], dtype=object
        ),
        formula="sum of units within the time x micro share x weight of the usual mix of sectors",
        inputs=("businesses.units",),
        parameters=("coworking.micro_share", "coworking.digital_share", OTHER_WEIGHT, *way),
    )
    ends = []
    for end, factor in zip(("_low", "", "_high"), factors, strict=True):
        point, stand_in = (
            frame.get(f"{name}{end}", frame[name]).to_numpy(dtype=np.float64)
            for name in ("micro_weighted", "units")
        )
        ends.append(np.where(np.isnan(point), stand_in * factor, point))
    return best_route(by_sector, by_share), members, (ends[0], ends[1], ends[2])


def competition(g: Buildings) -> Metric:
    """Return co-working spaces within the walk, each less with distance."""
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


def public_transport(g: Buildings) -> Metric:
    """Return how near rail or tram is, and how many bus stops are around."""
    layer = g.evidence.stops
    if layer is None:
        return Metric.missing(g.count, "ratio", "no public-transport stops in the study")
    p = g.parameters
    kind = text_column(layer.frame, "stop_type")
    rail_m, stops_m = p.value("coworking.rail_m"), p.value(STOPS_M)
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
        grade=np.where(members.straight, "estimated", "measured"),
        route="active stops and stations of NaPTAN; nothing is said of how often anything calls",
        formula="0.6 x (1 - distance to rail or tram / 800 m) + 0.4 x min(bus stops within 400 m, 10) / 10",
        inputs=("stops.stop_type", "stops.easting", "stops.northing"),
        parameters=("coworking.rail_m", STOPS_M, "coworking.stops_enough", "coworking.rail_share"),
    )  # fmt: skip


def stops_near(g: Buildings) -> Membership | None:
    """Return which stops and stations lie within the distance that stops count from each building."""
    layer = g.evidence.stops
    if layer is None:
        return None
    served = layer.frame.loc[
        np.isin(text_column(layer.frame, "stop_type"), (*RAIL_TYPES, *BUS_TYPES))
    ]
    return g.around(served, g.parameters.value(STOPS_M))


def connectivity(g: Buildings) -> Metric:
    """Return gigabit at the building where it is counted, else the share around it."""
    if g.evidence.demand is None:
        return Metric.missing(g.count, "ratio", "no gigabit share in the study")
    demand = g.evidence.demand.frame
    inputs = ("demand.without_gigabit", "demand.premises")
    wanted = text_column(g.sites, "id")
    held = demand.loc[demand["id"].isin(wanted).to_numpy(dtype=bool)]
    at = pd.Index(held["id"].astype(str)).get_indexer(pd.Index(wanted))
    exact = np.full(g.count, np.nan)
    if len(held):
        row = held.iloc[np.maximum(at, 0)]
        found = (at >= 0) & (text_column(row, "grade") == "measured")
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
        g.around(demand, g.parameters.value(NEAR)), Points(demand), "without_gigabit", layer="demand",
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


def energy(g: Buildings) -> Metric:
    """Return the value of the energy band."""
    value = energy_value(text_column(g.sites, "energy_band"))
    return Metric.of(
        value,
        unit="ratio",
        grade="measured",
        route=np.where(
            np.isnan(value),
            "no energy certificate in any source",
            "band of the newest energy certificate or of the register",
        ),
        formula="A 1, B 0.9, C 0.75, D 0.6, E 0.4, F 0.1, G 0",
        inputs=("offices.energy_band",),
    )


def vacancy(g: Buildings) -> Metric:
    """Return how sure the evidence makes us that the building is unused."""
    return Metric.of(
        g.numbers("vacancy_confidence"),
        unit="ratio",
        grade="estimated",
        route=text_column(g.sites, "vacancy_evidence"),
        formula="1 - product of (1 - confidence of each piece of evidence), less with age",
        inputs=("offices.vacancy_confidence",),
    )
