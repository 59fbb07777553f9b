"""Whether an office pays: the occupancy at which income meets cost, and when that may be judged.

Domain brief D2. With shipped defaults every term scales with area, so every building gets the same
answer; no light is shown while any of the inputs is assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenarios.appraisal import DiscountRates
from scenarios.criteria import Metric
from scenarios.desks import break_even_occupancy_pct

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from scenarios.unused_offices import Space

__all__ = ["INPUTS", "break_even", "break_even_of_set", "light"]

Floats = NDArray[np.float64]
PRICE = "coworking.price_gbp_per_desk_per_month"
RUNNING = "coworking.running_gbp_per_m2_per_year"
FIT_OUT = "coworking.fit_out_gbp_per_m2"
OCCUPIER = "coworking.occupier_gbp_per_m2_per_year"
YEARS = "coworking.fit_out_years"
GREEN, AMBER = "coworking.occupancy_green_pct", "coworking.occupancy_amber_pct"
INPUTS = (PRICE, RUNNING, FIT_OUT, OCCUPIER)


def _occupancy(desks: Floats, nia: Floats, p: Parameters, end: int) -> Floats:
    """Return break-even at the low (0), middle (1) or high (2) end: dear rooms, cheap desks are high."""
    costs = [p.span(key)[end] for key in (RUNNING, FIT_OUT, OCCUPIER)]
    return break_even_occupancy_pct(
        desks,
        nia,
        price_gbp_per_desk_per_month=p.span(PRICE)[2 - end],
        running_gbp_per_m2_per_year=costs[0],
        fit_out_gbp_per_m2=costs[1],
        rent_rates_security_gbp_per_year=costs[2] * nia,
        fit_out_years=int(p.value(YEARS)),
        rates=DiscountRates.of(p),
    )


def break_even(space: Space, p: Parameters) -> Metric:
    """Return the share of desks that must be let for income to meet cost, per building."""
    # what is not known of the area does not change the ratio; desks to an area do
    ends = [
        _occupancy(desks, nia, p, end)
        for end, (desks, nia) in enumerate(zip(space.desks[::-1], space.nia[::-1], strict=True))
    ]
    known = ~np.isnan(ends[1])
    return Metric.of(
        ends[1],
        low=ends[0],
        high=ends[2],
        unit="%",
        grade="estimated",
        route=np.where(known, light(float("nan"), p), "no floor area in any source"),
        formula=(
            "(running + fit-out spread over its years + rent-equivalent, rates and void security) x area "
            "/ (desks x price x 12)"
        ),
        inputs=("offices.floor_area_m2", "offices.floor_area_basis"),
        parameters=(*INPUTS, YEARS, "coworking.m2_per_desk", "coworking.nia_of_gia"),
    )


def break_even_of_set(
    space: Space, chosen: NDArray[np.bool_], p: Parameters
) -> tuple[float, float, float]:
    """Return low, middle and high break-even occupancy of some buildings run as one."""
    ends = []
    for end, (desks, nia) in enumerate(zip(space.desks[::-1], space.nia[::-1], strict=True)):
        whole = np.asarray([desks[chosen].sum()]), np.asarray([nia[chosen].sum()])
        ends.append(float(_occupancy(*whole, p, end)[0]))
    low, middle, high = ends
    return min(low, middle), middle, max(high, middle)


def light(occupancy_pct: float, p: Parameters) -> str:
    """Return green, amber or red in words; or which inputs are assumed, so that none is shown."""
    assumed = [p[key].label.lower() for key in INPUTS if p[key].basis != "stated"]
    if assumed:
        return f"no traffic light: {', '.join(assumed)} assumed"
    green, amber = p.value(GREEN), p.value(AMBER)
    if np.isnan(occupancy_pct):
        return ""
    if occupancy_pct < green:
        return f"green: below {green:g} %"
    return (
        f"amber: {green:g} to {amber:g} %" if occupancy_pct <= amber else f"red: above {amber:g} %"
    )
