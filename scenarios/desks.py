"""Co-working arithmetic: floor area to desks, energy bands, break-even occupancy.

Formulas of the domain brief, section D2; worked example D01 is its test.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenarios.appraisal import GREEN_BOOK, DiscountRates, annuity_factor

__all__ = [
    "ENERGY_VALUE",
    "break_even_occupancy_pct",
    "desks",
    "energy_value",
    "net_internal_area",
]

Floats = NDArray[np.float64]
ENERGY_VALUE = {"A+": 1.0, "A": 1.0, "B": 0.9, "C": 0.75, "D": 0.6, "E": 0.4, "F": 0.1, "G": 0.0}


def net_internal_area(
    floor_area_m2: ArrayLike, is_gross: ArrayLike, efficiency: float = 0.8
) -> Floats:
    """Return net internal area: gross internal area x efficiency where only gross is known."""
    area = np.asarray(floor_area_m2, dtype=np.float64)
    return np.where(np.asarray(is_gross, dtype=bool), area * efficiency, area)


def desks(nia_m2: ArrayLike, m2_per_desk: float = 9.0, support_share: float = 0.0) -> Floats:
    """Return whole desks that a net internal area takes; NaN where the area is unknown.

    Not a safe occupancy: fire capacity is a separate matter.

    Examples
    --------
    >>> desks([960.0]).tolist()
    [106.0]
    """
    usable = np.asarray(nia_m2, dtype=np.float64) * (1 - support_share)
    # a hair above the quotient, so that 135 m2 at 9 m2 is 15 desks whatever the rounding
    return np.floor(usable / m2_per_desk + 1e-9)


def energy_value(band: ArrayLike) -> Floats:
    """Return the value of energy bands A+ to G; NaN where there is none."""
    text = [str(b).strip().upper() for b in np.asarray(band, dtype=object)]
    return np.asarray([ENERGY_VALUE.get(b, np.nan) for b in text], dtype=np.float64)


def break_even_occupancy_pct(
    desk_count: ArrayLike,
    nia_m2: ArrayLike,
    *,
    price_gbp_per_desk_per_month: float,
    running_gbp_per_m2_per_year: float,
    fit_out_gbp_per_m2: float,
    rent_rates_security_gbp_per_year: ArrayLike = 0.0,
    fit_out_years: int = 10,
    rates: DiscountRates = GREEN_BOOK,
) -> Floats:
    """Return the share of desks that must be let for income to meet cost, in percent.

    Fit-out is spread over `fit_out_years` at the discount rate. With shipped defaults every term
    scales with area, so every building gets the same answer: show no traffic light unless every
    input is stated for the building.
    """
    area = np.asarray(nia_m2, dtype=np.float64)
    yearly = area * (
        running_gbp_per_m2_per_year + fit_out_gbp_per_m2 / annuity_factor(fit_out_years, rates)
    ) + np.asarray(rent_rates_security_gbp_per_year, dtype=np.float64)
    full = np.asarray(desk_count, dtype=np.float64) * price_gbp_per_desk_per_month * 12
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(full > 0, 100 * yearly / full, np.nan)
