"""Premises that a set of sites uplifts together, each counted once, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.catchment import Membership, Reach, catchment
from scenarios.criteria import Metric
from scenarios.full_fibre_recipes import WORTH
from scenarios.routes import Points, Summed, is_stated, positions, stated, summed
from scenarios.scenario import Benefits, Outcomes, SummaryItem

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters

__all__ = ["CLOSE", "NEAR", "WIDE", "Ground", "Together", "deadweight", "ground", "site_benefits"]

Floats = NDArray[np.float64]
NEAR, WIDE, CLOSE = "fibre.catchment_m", "fibre.catchment_wide_m", "fibre.catchment_near_m"
NAN = float("nan")


@dataclass(frozen=True)
class Ground:
    """What the metrics share: the sites, the demand points and the catchments."""

    evidence: Evidence
    parameters: Parameters
    sites: pd.DataFrame
    demand: Points | None
    businesses: Points | None
    wide: Membership
    near: Membership
    business: Membership

    @property
    def count(self) -> int:
        """Number of sites."""
        return len(self.sites)

    def missing(self, unit: str, reason: str) -> Metric:
        """Return a metric that nothing in the study can tell."""
        return Metric.missing(self.count, unit, reason)


def ground(evidence: Evidence, sites: pd.DataFrame, parameters: Parameters) -> Ground:
    """Find the catchments that every metric of the full-fibre fund uses."""
    reach = Reach.of(evidence.streets, parameters)
    near_m = parameters.value(NEAR)
    wide_m = max(parameters.value(WIDE), near_m)
    demand = None if evidence.demand is None else Points(evidence.demand.frame)
    businesses = None if evidence.businesses is None else Points(evidence.businesses.frame)
    at = positions(sites)
    wide = catchment(at, positions(None if demand is None else demand.frame), wide_m, reach)
    return Ground(
        evidence=evidence,
        parameters=parameters,
        sites=sites,
        demand=demand,
        businesses=businesses,
        wide=wide,
        near=wide.within(near_m),
        business=catchment(
            at, positions(None if businesses is None else businesses.frame), near_m, reach
        ),
    )


def deadweight(g: Ground) -> tuple[Floats, Floats, Floats]:
    """Return per demand point the share that stays additional: low, middle, high."""
    if g.demand is None:
        return np.empty(0), np.empty(0), np.empty(0)
    classed = g.demand.frame["white"].notna().to_numpy(dtype=bool)
    white = g.parameters.span("appraisal.deadweight_white_pct")
    other = g.parameters.span("appraisal.deadweight_unclassed_pct")
    low, middle, high = (
        1 - np.where(classed, w, o) / 100 for w, o in zip(white[::-1], other[::-1], strict=True)
    )
    return low, middle, high


def _money(
    p: Parameters, additional: Summed, firms: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Return benefits a year, low, middle, high: firms at their own value, the rest as homes.

    Firms are taken out of the premises before these are valued as homes, so none counts twice; an
    unknown number of firms adds nothing.
    """
    per_home, per_firm = (stated(p, key) for key in WORTH)
    premises = (additional.low, additional.value, additional.high)
    low, middle, high = (
        np.nan_to_num(h * np.maximum(a - np.nan_to_num(u), 0) + f * np.minimum(np.nan_to_num(u), a))
        for h, f, a, u in zip(per_home, per_firm, premises, firms, strict=True)
    )
    return low, middle, high


def _additional_firms(
    firms: tuple[Floats, Floats, Floats], uplift: Summed, additional: Summed
) -> tuple[Floats, Floats, Floats]:
    """Return the firms without gigabit that stay additional, at the rate of the premises."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(uplift.value > 0, additional.value / uplift.value, 0.0)
    return firms[0] * rate, firms[1] * rate, firms[2] * rate


@dataclass(frozen=True)
class Together:
    """What a set of sites reaches together: each point once, however many sites reach it."""

    g: Ground

    @cached_property
    def demand(self) -> Points:
        """Demand points with the uplift that stays additional, low, middle, high."""
        frame = pd.DataFrame() if self.g.demand is None else self.g.demand.frame
        extra = {
            f"additional{end}": frame[f"uplift{end}"].to_numpy(dtype=np.float64) * kept
            for end, kept in zip(("_low", "", "_high"), deadweight(self.g), strict=True)
            if len(frame)
        }
        return Points(frame.assign(**extra))

    @cached_property
    def with_uplift(self) -> tuple[NDArray[np.int64], Floats]:
        """Demand points that a sum of the uplift depends on, and where they are; all where one is unknown."""
        frame = self.demand.frame
        ends = [frame[f"uplift{end}"].to_numpy(dtype=np.float64) for end in ("_low", "", "_high")]
        some = np.any([np.isnan(end) | (end != 0) for end in ends], axis=0)
        every = bool(np.isnan(ends[1]).any())
        at = np.arange(len(frame)) if every else np.flatnonzero(some)
        return at, positions(frame.iloc[at])

    def total(self, members: Membership, column: str) -> Summed:
        """Return a column summed over catchments; missing everywhere without demand points."""
        if column not in self.demand.frame:
            none = np.full(members.n_sites, np.nan)
            text = np.full(members.n_sites, "", dtype=object)
            return Summed(none, none, none, text, text)
        return summed(members, self.demand, column, base="premises")

    def firms(self, chosen: NDArray[np.bool_]) -> tuple[Summed | None, Floats]:
        """Return local units within reach of the chosen, and the share of them without gigabit."""
        if self.g.businesses is None:
            return None, np.asarray([np.nan])
        units = summed(self.g.business.merged(chosen), self.g.businesses, "units")
        merged = self.g.near.merged(chosen)
        without, whole = self.total(merged, "without_gigabit"), self.total(merged, "premises")
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(whole.value > 0, without.value / whole.value, np.nan)
        return units, share

    def __call__(self, chosen: NDArray[np.bool_], ask_gbp: tuple[float, float, float]) -> Outcomes:
        """Return what the chosen sites do together, and what it is worth a year."""
        g, p = self.g, self.g.parameters
        merged = g.near.merged(chosen)
        uplift, extra = self.total(merged, "uplift"), self.total(merged, "additional")
        near = self.total(g.wide.within(p.value(CLOSE)).merged(chosen), "uplift")
        wide = self.total(g.wide.merged(chosen), "uplift")
        review = self.total(merged, "under_review")
        units, share = self.firms(chosen)
        once = "each premises once, however many sites reach it"
        none = "no count of premises or households in the study" if g.demand is None else once
        no_class = "" if review.grade[0] else "no BDUK premises data in the study"
        items = [
            _item("premises_uplifted", "Premises uplifted", uplift, none),
            _item("premises_additional", "Premises that would not be uplifted anyway", extra),
            _item("premises_uplifted_50m", f"Uplifted within {p.value(CLOSE):g} m", near),
            _item("premises_uplifted_500m", f"Uplifted within {p.value(WIDE):g} m", wide),
            _item(
                "premises_under_review",
                "Premises under review nearby, possible but not counted",
                review,
                no_class,
            ),
            _per("cost_per_premises_gbp", "Ask per premises uplifted", ask_gbp, uplift),
            _per("cost_per_additional_premises_gbp", "Ask per additional premises", ask_gbp, extra),
        ]
        firms = (np.asarray([NAN]),) * 3
        if units is not None:
            label = "Local units within reach"
            items.insert(5, _item("business_units_reached", label, units, unit="local units"))
            ends = (units.low * share, units.value * share, units.high * share)
            firms = _additional_firms(ends, uplift, extra)
        low, middle, high = _money(p, extra, firms)
        return Outcomes(
            tuple(items), Benefits(low, middle, high, extra.value, is_stated(p, *WORTH))
        )


def _item(
    key: str, label: str, found: Summed, note: str = "", unit: str = "premises"
) -> SummaryItem:
    low, middle, high = (float(end[0]) for end in (found.low, found.value, found.high))
    grade = str(found.grade[0])
    if key == "premises_additional" and grade == "measured":
        grade = "estimated"  # deadweight is not measured
    return SummaryItem(key, label, middle, low, high, unit, 0, grade, note)


def _per(key: str, label: str, ask: tuple[float, float, float], count: Summed) -> SummaryItem:
    def ratio(money: float, number: float) -> float:
        return money / number if number > 0 and money > 0 else NAN

    fewest, middle, most = (float(end[0]) for end in (count.low, count.value, count.high))
    value, low, high = ratio(ask[1], middle), ratio(ask[0], most), ratio(ask[2], fewest)
    note = "premises and the cost of passing them counted once"
    grade = "" if np.isnan(value) else "estimated"
    return SummaryItem(key, label, value, low, high, "GBP", 0, grade, note)


def site_benefits(g: Ground, together: Together, business: Metric) -> Benefits:
    """Return the benefits of each site on its own; `business` is its firms without gigabit."""
    uplift, extra = (together.total(g.near, name) for name in ("uplift", "additional"))
    firms = _additional_firms((business.low, business.value, business.high), uplift, extra)
    low, middle, high = _money(g.parameters, extra, firms)
    return Benefits(low, middle, high, extra.value, is_stated(g.parameters, *WORTH))
