"""What full fibre costs: each site on its own, and a set of sites on one shared network.

A site with a route is priced by the bill of quantities of its own way to the nearest known fibre; one
without, by the all-in rate. Passing is priced by premises uplifted, and in a set each counts once.
How the two costs belong together stands in `docs/decisions/0021-cost-of-a-set.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.appraisal import Additionality
from scenarios.catchment import Membership
from scenarios.costs import CAPITAL, CostLine, Priced, SetCost, of_each, price, total
from scenarios.routes import Summed, positions, text_column
from scenarios.scenario import SummaryItem
from scenarios.shared_route import (
    Routes,
    SharedRoute,
    premises_near,
    route_lines_of,
    routes_to_fibre,
    shared_route,
)
from scenarios.trench import CONNECTION, apportion, route_lines

if TYPE_CHECKING:
    from scenarios.criteria import Metric
    from scenarios.uplift import Ground, Together

__all__ = ["ALL_IN", "BIAS", "CONNECTED", "PASSED", "PASSING", "FibreCosts", "fibre_costs"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]
BIAS = "appraisal.bias_standard_civil_pct"
ALL_IN, PASSING = "fibre.public_site_all_in_gbp", "fibre.passing_dense_urban_gbp"
CONNECTED, PASSED = "public site connected", "passing the premises uplifted"
WITHIN = "fibre.passed_within_m"
OSM = "osm:"
ADDITIONALITY = ("leakage", "displacement", "substitution")
NAN = float("nan")


@dataclass(frozen=True)
class FibreCosts:
    """The cost model of a full-fibre case.

    Attributes
    ----------
    lines
        Cost lines of every site on its own.
    routes
        Streets and routes, or `None` where the study has no streets or no fibre near one.
    """

    g: Ground
    together: Together
    lines: tuple[CostLine, ...]
    routes: Routes | None

    @cached_property
    def priced(self) -> tuple[Priced, ...]:
        """The lines at the rates in force."""
        return price(self.lines, self.g.parameters)

    @property
    def grade(self) -> Texts:
        """Grade per site: estimated by a route along streets, modelled by the all-in rate."""
        routed = np.zeros(self.g.count, bool) if self.routes is None else self.routes.routed
        return np.where(routed, "estimated", "modelled").astype(object)

    @property
    def route(self) -> Texts:
        """How each site was priced, in words."""
        if self.routes is None:
            return np.full(self.g.count, f"all-in rate: {_lacking(self.g)}", dtype=object)
        told = [
            why if routed else f"all-in rate: {why}"
            for why, routed in zip(self.routes.why, self.routes.routed, strict=True)
        ]
        return np.asarray(told, dtype=object)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of the case must know of its costs."""
        if self.routes is None:
            return (f"each site is priced at an all-in rate: {_lacking(self.g)}",)
        routed = int(self.routes.routed.sum())
        text = (
            f"{routed:,} of {self.g.count:,} sites are priced by a route along streets, the others at "
            "an all-in rate"
        )
        if not self.routes.complete:
            text += "; known fibre is OpenStreetMap's, which is incomplete, so routes are at most this long"
        return (text,)

    def set_cost(self, chosen: Bools) -> SetCost:
        """Return what chosen sites cost on one shared network, each premises passed once.

        Where sharing saves nothing, the sites' own lines stand: a set never costs more than its
        sites one by one.
        """
        alone = of_each(self.priced, chosen)
        found = None if self.routes is None else shared_route(self.routes, chosen)
        lines = self._set_lines(chosen, found)
        priced = price(lines, self.g.parameters)
        shared = SetCost(priced, alone.part, shared=True)
        ask, apart = shared.cost(CAPITAL), alone.cost(CAPITAL)
        saves = chosen.any() and bool(np.isfinite(ask).all()) and ask[1] < apart[1]
        items = self._items(chosen, found, apart[1] - ask[1] if saves else 0.0)
        if not saves:
            cost = replace(alone, items=items)
        else:
            cost = replace(shared, items=items, part=self._parts(chosen, found, ask))
        if self.routes is None or found is None:
            return cost
        notes = (_saving_text(self.routes, chosen, found),) if chosen.sum() > 1 else ()
        ids = text_column(self.g.sites, "id").tolist()
        return replace(cost, notes=notes, routes=route_lines_of(self.routes, found, ids, "set"))

    def _set_lines(self, chosen: Bools, found: SharedRoute | None) -> tuple[CostLine, ...]:
        uplift = self.together.total(self.g.near.merged(chosen), "uplift")
        if self.routes is None:
            return _basic(np.asarray([float(chosen.sum())]), uplift)
        count = 0.0 if found is None else float(len(found.sites))
        lengths = {
            key: np.asarray([0.0 if found is None else found.length_m[key]])
            for key in self.routes.length_m
        }
        none = (np.zeros(1),) * 3
        chambers = none if found is None else found.chamber_count(self.g.parameters)
        bill = route_lines(
            lengths, chambers, [count], self.g.parameters, low_share=float(self.routes.complete)
        )
        return (*_basic(np.asarray([float(chosen.sum()) - count]), uplift), *bill)

    def _parts(
        self, chosen: Bools, found: SharedRoute | None, ask: tuple[float, float, float]
    ) -> tuple[Floats, Floats, Floats]:
        """Split the cost of a set: a trench and a premises evenly among those who use them.

        Nobody pays more than alone: what would be above that falls to the others.
        """
        p = self.g.parameters
        weight = self._passing_part(chosen) * p.value(PASSING)
        routed = np.zeros(self.g.count, dtype=bool)
        if found is not None:
            routed[found.sites] = True
            laid, works = found.direct_gbp.sum(), 1.0
            chamber = float(found.chamber_count(p)[1][0]) * p.value("fibre.chamber_gbp")
            scale = 1 + chamber / laid if laid > 0 else 1.0
            works += p.value("fibre.street_works_pct") / 100
            direct = found.direct_gbp * scale * works + p.value(CONNECTION)
            weight[found.sites] += direct * (1 + p.value("fibre.design_pct") / 100)
        weight += np.where(chosen & ~routed, p.value(ALL_IN), 0.0)
        at = np.flatnonzero(chosen)
        parts = []
        for amount, own in zip(ask, total(self.priced, self.g.count, CAPITAL), strict=True):
            part = np.full(self.g.count, np.nan)
            part[at] = apportion(int(amount), _capped(amount, weight[at], own[at]))
            parts.append(part)
        return parts[0], parts[1], parts[2]

    def _passing_part(self, chosen: Bools) -> Floats:
        """Return per site its part of the premises uplifted: each split among those who reach it."""
        near = self.g.near
        if self.g.demand is None:
            return np.zeros(self.g.count)
        uplift = np.nan_to_num(self.g.demand.frame["uplift"].to_numpy(dtype=np.float64))
        mine = np.repeat(chosen, np.diff(near.indptr))
        reach = np.bincount(near.points[mine], minlength=near.n_points)
        return np.where(chosen, near.total(uplift / np.maximum(reach, 1)), 0.0)

    def _items(
        self, chosen: Bools, found: SharedRoute | None, saved: float
    ) -> tuple[SummaryItem, ...]:
        apart = "the chosen sites' own costs less the ask: trenches dug once, premises passed once"
        some = bool(chosen.any())
        grade = "estimated" if some else ""
        saving = SummaryItem(
            "sharing_saves_gbp", "What sharing work between the sites saves",
            saved if some else NAN, unit="GBP", grade=grade, note=apart,
        )  # fmt: skip
        if self.routes is None:
            return (saving,)
        alone = np.where(chosen, self.routes.alone_m, np.nan)
        metres = (0.0, 0.0) if found is None else (found.whole_m, found.length_m["duct"])

        def km(item: str, label: str, value: float, note: str = "") -> SummaryItem:
            known = value / 1000 if found is not None else NAN
            return SummaryItem(
                item, label, known, unit="km", decimals=2, note=note,
                grade="estimated" if found is not None else "",
            )  # fmt: skip

        routed = (
            "sites chosen that have a route along streets; the others are priced at the all-in rate"
        )
        return (
            saving,
            SummaryItem(
                "routed_sites", "Chosen sites priced by a route along streets",
                float((chosen & self.routes.routed).sum()), unit="sites", note=routed,
            ),
            km("route_alone_km", "Trench and duct if each of them were joined alone", float(np.nansum(alone))),
            km("route_shared_km", "Trench and duct of the shared network", metres[0]),
            km("route_reused_km", "Of it in existing duct", metres[1]),
            *self._passed(found),
        )  # fmt: skip

    def _passed(self, found: SharedRoute | None) -> tuple[SummaryItem, ...]:
        """Return premises not served today that the route passes, each once, and the additional."""
        p, frame = self.g.parameters, self.together.demand.frame
        members = _at(np.zeros(len(frame), dtype=bool))
        if found is not None and self.routes is not None and self.g.demand is not None:
            at, xy = self.together.with_uplift
            near = np.zeros(len(frame), dtype=bool)
            near[at] = premises_near(self.routes, found, xy[:, 0], xy[:, 1], p.value(WITHIN))
            members = _at(near)
        uplift, extra = (self.together.total(members, c) for c in ("uplift", "additional"))
        spans = [p.span(f"appraisal.{name}_pct") for name in ADDITIONALITY]
        low, middle, high = (
            Additionality(*(span[at] / 100 for span in spans)).apply(float(end[0]))
            for at, end in ((2, extra.low), (1, extra.value), (0, extra.high))
        )
        none = "" if found is not None else "no chosen site has a route"
        told = f"within {p.value(WITHIN):g} m of the route, each once; not in the ask unless also uplifted"
        grade = "estimated" if found is not None and self.g.demand is not None else ""

        def item(key: str, label: str, ends: tuple[float, float, float], note: str) -> SummaryItem:
            a, b, c = ends if found is not None else (NAN,) * 3
            return SummaryItem(key, label, b, a, c, "premises", 0, grade, note)

        return (
            item("premises_passed", "Premises not served today that the route passes", _ends(uplift), none or told),
            item("premises_passed_additional", "Of them, premises that would not be served anyway", _ends(extra), none or "less deadweight"),
            item("premises_passed_net", "Of them, after leakage, displacement and substitution", (low, middle, high), none or "net additional, without multipliers"),
        )  # fmt: skip


def _capped(amount: float, weight: Floats, own: Floats) -> Floats:
    """Return parts in proportion to weights, none above what the site would pay on its own."""
    part = np.zeros(len(weight))
    free = np.ones(len(weight), dtype=bool)
    while free.any() and weight[free].sum() > 0:
        left = amount - part[~free].sum()
        part[free] = left * weight[free] / weight[free].sum()
        over = free & (part > own)
        if not over.any():
            break
        part[over] = own[over]
        free &= ~over
    return part


def _ends(found: Summed) -> tuple[float, float, float]:
    return float(found.low[0]), float(found.value[0]), float(found.high[0])


def _at(near: Bools) -> Membership:
    """Return marked points as the catchment of one site."""
    points = np.flatnonzero(near)
    return Membership(
        indptr=np.asarray([0, len(points)], dtype=np.int64),
        points=points,
        distance_m=np.zeros(len(points), dtype=np.float32),
        n_points=len(near),
        method=np.asarray(["union"], dtype=object),
    )


def _lit(fibre: pd.DataFrame) -> pd.DataFrame:
    """Return where fibre can be joined: a duct is a way to it, unless nothing else is known."""
    places = fibre[text_column(fibre, "kind") != "duct"]
    return places if len(places) else fibre


def _lacking(g: Ground) -> str:
    lacks = [
        name
        for name, held in (("streets", g.evidence.streets), ("known fibre", g.evidence.fibre))
        if held is None
    ]
    return f"no {' and no '.join(lacks)} in the study" if lacks else "no known fibre near a street"


def _saving_text(routes: Routes, chosen: Bools, found: SharedRoute) -> str:
    """Return what sharing saves, in words: `47 sites alone 212 km, together 31 km`."""
    alone = float(np.nansum(np.where(chosen, routes.alone_m, np.nan)))
    count = len(found.sites)
    text = f"{count:,} {'site' if count == 1 else 'sites'} alone {_distance(alone)}, "
    text += f"together {_distance(found.whole_m)}"
    rest = int(chosen.sum()) - count
    return f"{text}; {rest:,} more without a route" if rest else text


def _distance(metres: float) -> str:
    return f"{metres / 1000:,.0f} km" if metres >= 10_000 else f"{metres / 1000:,.1f} km"


def _basic(connected: Floats, uplift: Summed | Metric) -> tuple[CostLine, ...]:
    """Return the lines that need no route: sites at the all-in rate, and passing."""
    return (
        replace(CostLine.each(CONNECTED, "site", connected, ALL_IN, bias=BIAS), optional=True),
        CostLine.each(
            PASSED, "premises", uplift.value, PASSING, bias=BIAS, low=uplift.low, high=uplift.high
        ),
    )


def fibre_costs(g: Ground, together: Together, uplift: Metric) -> FibreCosts:
    """Return the cost model of a full-fibre case.

    Parameters
    ----------
    uplift
        Premises each site uplifts on its own.
    """
    fibre = None if g.evidence.fibre is None else g.evidence.fibre.frame
    complete = fibre is not None and not np.any(
        np.char.startswith(text_column(fibre, "id").astype(str), OSM)
    )
    routes = routes_to_fibre(
        g.evidence.streets,
        positions(g.sites),
        positions(None if fibre is None else _lit(fibre)),
        g.parameters,
        complete=complete,
    )
    routed = np.zeros(g.count, bool) if routes is None else routes.routed
    lines: Sequence[CostLine] = _basic((~routed).astype(np.float64), uplift)
    if routes is not None:
        lines = (
            *lines,
            *route_lines(
                routes.length_m, routes.own_chambers(g.parameters), routed, g.parameters,
                low_share=float(complete),
            ),
        )  # fmt: skip
    return FibreCosts(g, together, tuple(lines), routes)
