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

from scenarios.catchment import Membership, Reach
from scenarios.costs import RUNNING, CostLine, price, total
from scenarios.coworking_recipes import BENEFIT, ORIGINS
from scenarios.criteria import Metric
from scenarios.desk_evidence import people_near
from scenarios.gates import Gate, decide
from scenarios.office_demand import decayed_demand, huff_drawn
from scenarios.office_viability import break_even, break_even_of_set, light
from scenarios.routes import SITE_COLUMNS, deprivation, is_stated, stated, text_column
from scenarios.scenario import (
    Benefits,
    CriterionSpec,
    GateSpec,
    Need,
    Options,
    Outcomes,
    Scenario,
    SiteMeasure,
    SummaryItem,
)
from scenarios.site_measures import street_snap
from scenarios.travel import Travel
from scenarios.unused_offices import (
    STOPS_M,
    Buildings,
    Space,
    competition,
    connectivity,
    energy,
    micro_units,
    public_transport,
    space_metric,
    space_of,
    stops_near,
    vacancy,
)

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from scenarios.profile import Profile

__all__ = ["SCENARIO"]

Floats = NDArray[np.float64]
Spread = tuple[Floats, Floats, Floats]
BIAS = "appraisal.bias_non_standard_buildings_pct"
DECAY, DEMAND_LIMIT = "coworking.decay_m", "coworking.demand_limit_m"
MICRO = ("coworking.micro_share", "coworking.digital_share", "coworking.other_sector_weight")
LEASABLE = ("A+", "A", "B", "C", "D", "E")


def _gates(g: Buildings, space: Space) -> dict[str, Gate]:
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
        # the layer gives 0 only where a register names an occupier: silence is missing, not 0
        vacant, occupied = vacancy >= sure, vacancy == 0
        spacious, cramped = low >= fewest, high < fewest
    return {
        "office_capable": decide(
            capable.fillna(value=False).to_numpy(dtype=bool),
            (~capable).fillna(value=False).to_numpy(dtype=bool),
            when_met="its name or use is that of an office",
            when_failed="its name or use is not that of an office",
            when_unknown="neither name nor use tells whether it can be an office",
        ),
        "location": decide(
            np.isin(location, ["exact", "postcode"]),
            none,
            when_met=np.asarray([f"location known: {text}" for text in location], dtype=object),
            when_unknown="published for a postcode district only",
        ),
        "no_block": decide(
            none, none, when_unknown="nobody has said whether heritage or the asset plan stands in the way"
        ),
        "energy": decide(
            fit | (poor & paid),
            poor & (not paid),
            when_met=np.where(poor, "energy band below E, with a budget to mend it", "energy band E or better"),
            when_failed="energy band F or G and no budget to mend it",
            when_unknown="no energy certificate in any source",
        ),
        "desks": decide(
            spacious,
            cramped,
            when_met=f"takes at least {fewest:g} desks at the tightest estimate",
            when_failed=f"takes fewer than {fewest:g} desks at the widest estimate",
            when_unknown=np.where(np.isnan(high), "no floor area in any source", f"may take {fewest:g} desks or fewer"),
        ),
        "vacant": decide(
            vacant,
            occupied,
            when_met=evidence,
            when_failed=evidence,
            when_unknown=np.asarray([f"not shown to be unused: {text or 'no evidence'}" for text in evidence], dtype=object),
        ),
    }  # fmt: skip


def _costs(space: Space) -> tuple[CostLine, ...]:
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
    """What a set of buildings offers together: each business within the time once."""

    g: Buildings
    space: Space
    members: Membership
    wide: Membership
    units: Spread
    running: Spread
    stops: Membership | None
    micro: Metric

    def decayed(self) -> Metric:
        """Return micro units around each building, each less with distance."""
        if not len(self.units[1]):
            return Metric.missing(self.g.count, "weighted units", "no business counts in the study")
        spans = zip(self.units, self.g.parameters.span(DECAY), strict=True)
        ends = [decayed_demand(self.wide, units, decay_m) for units, decay_m in spans]
        for end in ends:
            end[~self.wide.located] = np.nan
        return Metric.of(
            ends[1],
            low=ends[0],
            high=ends[2],
            unit="weighted units",
            grade="estimated",
            route=self.wide.method,
            formula="sum of micro units x exp(-distance / decay), as far as the demand limit",
            inputs=("businesses.micro_weighted", "businesses.units"),
            parameters=(DECAY, DEMAND_LIMIT, *MICRO),
        )

    def drawn(self, chosen: NDArray[np.bool_]) -> dict[str, SiteMeasure]:
        """Return what each building of a set draws when all of them open, each unit once."""
        none = np.full(self.g.count, np.nan)
        found, reached = none, 0.0
        if len(self.units[1]):
            nearest = self.g.parameters.value("coworking.huff_nearest_m")
            found = huff_drawn(self.wide, self.units[1], self.space.desks[1], chosen, nearest)
            reached = float(np.nansum(found))
        share = 100 * found / reached if reached > 0 else none
        inputs = ("businesses.micro_weighted", "businesses.units", "offices.floor_area_m2")
        keys = (DEMAND_LIMIT, "coworking.huff_nearest_m", "coworking.m2_per_desk", *MICRO)
        how = "units x (desks / distance^2) / sum over the set of desks / distance^2 (Huff), each unit once"
        units = Metric.of(
            found,
            unit="weighted units",
            grade="estimated",
            route="",
            formula=how,
            inputs=inputs,
            parameters=keys,
        )
        part = Metric.of(
            share,
            unit="%",
            grade="estimated",
            route="",
            formula=f"100 x drawn / drawn by the set; drawn: {how}",
            inputs=inputs,
            parameters=keys,
        )
        return {
            "huff_units": SiteMeasure("micro-businesses drawn, weighted", units, "estimated"),
            "huff_pct": SiteMeasure("share of those drawn by the set", part, "estimated", 1),
        }  # fmt: skip

    def __call__(self, chosen: NDArray[np.bool_], ask_gbp: tuple[float, float, float]) -> Outcomes:
        low, middle, high = (float(d[chosen].sum()) for d in self.space.desks)
        reached = self.members.union(chosen)
        known = len(self.units[1]) > 0
        least, micro, most = (
            float(np.nansum(end[reached])) if known else float("nan") for end in self.units
        )
        running = [float(end[chosen].sum()) for end in self.running]
        stops = float("nan") if self.stops is None else float(self.stops.union(chosen).sum())
        each = ask_gbp[1] / middle if middle > 0 else float("nan")
        low_b, let, high_b = break_even_of_set(self.space, chosen, self.g.parameters)
        items = (
            SummaryItem("desks", "Desks", middle, low, high, "desks", 0, "estimated", "not a safe occupancy"),
            SummaryItem(
                "micro_units_reached", f"Micro-businesses within {self.g.way_text}, weighted", micro, least, most,
                "weighted units", 0, "estimated" if known else "", "each counted once",
            ),
            SummaryItem(
                "stops_reached", f"Stops and stations within {self.g.parameters.value(STOPS_M):g} m", stops,
                unit="stops", grade="" if self.stops is None else "measured", note="each counted once",
            ),
            SummaryItem(
                "cost_per_desk_gbp", "Ask per desk", each,
                ask_gbp[0] / high if high > 0 else float("nan"),
                ask_gbp[2] / low if low > 0 else float("nan"),
                "GBP", 0, "estimated" if middle > 0 else "",
            ),
            SummaryItem(
                "break_even_occupancy_pct", "Desks that must be let for income to meet cost", let, low_b,
                high_b, "%", 0, "" if np.isnan(let) else "estimated", light(let, self.g.parameters),
            ),
            SummaryItem(
                "running_gbp_per_year", "Running cost, a year", running[1], running[0], running[2],
                unit="GBP", grade="estimated", note="not part of the ask; counted in NPSV, before any income",
            ),
        )  # fmt: skip
        desks = (np.asarray([low]), np.asarray([middle]), np.asarray([high]))
        return Outcomes(items, _benefits(self.g.parameters, desks))


def _benefits(parameters: Parameters, desks: tuple[Floats, Floats, Floats]) -> Benefits:
    """Return the benefits of desks, low, middle and high, at the value that the study states for one."""
    span = stated(parameters, BENEFIT)
    low, middle, high = (np.nan_to_num(v * d) for v, d in zip(span, desks, strict=True))
    return Benefits(low, middle, high, desks[1], is_stated(parameters, BENEFIT))


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
        notes.append(
            f"{unknown} of {len(frame)} buildings have no floor area: no cost, and never funded until it is known"
        )
    return frame, tuple(notes)


def _options(evidence: Evidence, profile: Profile, parameters: Parameters) -> Options:
    sites, notes = _buildings(evidence)
    reach = Reach.of(evidence.streets, parameters)
    g = Buildings(evidence, parameters, sites, reach, Travel.to_desks(parameters))
    space = space_of(g)
    micro, members, units = micro_units(g)
    businesses = None if evidence.businesses is None else evidence.businesses.frame
    wide = g.around(businesses, parameters.value(DEMAND_LIMIT))
    costs = _costs(space)
    metrics = {
        "micro_business_demand": micro,
        "competition": competition(g),
        "public_transport": public_transport(g),
        "space": space_metric(space),
        "connectivity": connectivity(g),
        "energy": energy(g),
        "need": deprivation(evidence, sites, None),
        "vacancy_confidence": vacancy(g),
    }
    running = total(price(costs, parameters), g.count, RUNNING)
    together = _Together(g, space, members, wide, units, running, stops_near(g), micro)
    return Options(
        sites=sites,
        metrics={key: metrics[key] for key in profile.criterion},
        gates=_gates(g, space),
        costs=costs,
        benefits=_benefits(parameters, space.desks),
        outcomes=together,
        catchment_method=members.method,
        notes=notes,
        measures={
            "decayed_demand": SiteMeasure(
                "micro-businesses around, less with distance", together.decayed(), "estimated"
            ),
            "break_even_occupancy_pct": SiteMeasure(
                "desks that must be let for income to meet cost",
                break_even(space, parameters),
                "estimated",
                0,
            ),
            **people_near(g),
            **street_snap(members),
        },
        set_measures=together.drawn,
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
        Need(
            "self_employed",
            "freelancers near",
            "freelancers, whom business counts omit, are not shown",
        ),
        Need("coworking", "competition", "competition is unknown"),
        Need("stops", "public transport", "public transport is unknown"),
        Need("demand", "connectivity", "connectivity is unknown"),
        Need("streets", "walks along streets", "straight line x detour ratio stands in"),
    ),
    options=_options,
    break_even_label="Benefit per desk per year at which NPSV is nil",
    benefits_note="benefits of a desk are counted only once the study states them",
    place_disclosure="vacancy",
    origins=ORIGINS,
)
