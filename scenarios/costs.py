"""Cost lines, priced from the register with optimism bias by line, and whether anybody stated them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.parameters import Parameters
    from scenarios.scenario import SummaryItem

__all__ = ["CostLine", "Priced", "SetCost", "of_each", "price", "total"]

Floats = NDArray[np.float64]
Timing = Literal["capital, year 0", "running, each year"]
CAPITAL: Timing = "capital, year 0"
RUNNING: Timing = "running, each year"


@dataclass(frozen=True)
class CostLine:
    """One line of the cost of every site.

    Attributes
    ----------
    quantity, quantity_low, quantity_high
        Per site; NaN where unknown, which makes the cost unknown, never nil.
    rate
        Register key of the rate; its basis says whether the line is quoted.
    bias
        Register key of the optimism bias that suits the line, or `None`.
    optional
        Whether a site of which the line asks nothing does without it.
    """

    item: str
    unit: str
    quantity: Floats
    quantity_low: Floats
    quantity_high: Floats
    rate: str
    bias: str | None = None
    timing: Timing = CAPITAL
    optional: bool = False

    @classmethod
    def each(
        cls,
        item: str,
        unit: str,
        quantity: ArrayLike,
        rate: str,
        *,
        bias: str | None = None,
        timing: Timing = CAPITAL,
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
    ) -> CostLine:
        """Return a line; the quantity's range defaults to the quantity itself."""
        middle = np.asarray(quantity, dtype=np.float64)
        lower = middle if low is None else np.asarray(low, dtype=np.float64)
        upper = middle if high is None else np.asarray(high, dtype=np.float64)
        return cls(item, unit, middle, lower, upper, rate, bias, timing)


@dataclass(frozen=True)
class Priced:
    """A cost line with its amounts in whole pounds, so that printed lines add up to their total."""

    line: CostLine
    rate_gbp: float
    optimism_bias_pct: float
    basis: str
    amount: Floats
    low: Floats
    high: Floats


def price(lines: Sequence[CostLine], parameters: Parameters) -> tuple[Priced, ...]:
    """Return lines priced low, middle and high: quantity x rate x (1 + optimism bias)."""
    priced = []
    for line in lines:
        rates = parameters.span(line.rate)
        biases = parameters.span(line.bias) if line.bias else (0.0, 0.0, 0.0)
        quantities = (line.quantity_low, line.quantity, line.quantity_high)
        low, middle, high = (
            np.round(quantity * rate * (1 + bias / 100), 0) + 0.0
            for quantity, rate, bias in zip(quantities, rates, biases, strict=True)
        )
        priced.append(
            Priced(
                line=line,
                rate_gbp=rates[1],
                optimism_bias_pct=biases[1],
                basis=parameters[line.rate].basis,
                amount=middle,
                low=low,
                high=high,
            )
        )
    return tuple(priced)


def total(
    priced: Sequence[Priced], count: int, timing: Timing, basis: str | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return low, middle and high cost per site over the lines of one timing (and one basis)."""
    chosen = [p for p in priced if p.line.timing == timing and (basis is None or p.basis == basis)]
    start = np.zeros(count)
    return (
        np.sum([start, *(p.low for p in chosen)], axis=0),
        np.sum([start, *(p.amount for p in chosen)], axis=0),
        np.sum([start, *(p.high for p in chosen)], axis=0),
    )


@dataclass(frozen=True)
class SetCost:
    """What a set of sites costs together.

    Attributes
    ----------
    priced
        Lines with one amount each.
    part
        Each site's part of the capital cost, low, middle, high, in whole pounds that sum to it;
        NaN for sites outside the set.
    shared
        Whether work is shared, so that the set costs less than its sites one by one.
    items, notes
        What to say of it.
    routes
        Lines for the map, or `None` (columns: `scenarios.shared_route.ROUTE_COLUMNS`).
    """

    priced: tuple[Priced, ...]
    part: tuple[Floats, Floats, Floats]
    shared: bool = False
    items: tuple[SummaryItem, ...] = ()
    notes: tuple[str, ...] = ()
    routes: gpd.GeoDataFrame | None = None

    def cost(self, timing: Timing, basis: str | None = None) -> tuple[float, float, float]:
        """Return low, middle and high cost over the lines of one timing (and one basis)."""
        low, middle, high = (float(end[0]) for end in total(self.priced, 1, timing, basis))
        return low, middle, high


def of_each(priced: Sequence[Priced], chosen: NDArray[np.bool_]) -> SetCost:
    """Return what chosen sites cost where nothing is shared: the sum of their own lines."""

    def one(values: Floats) -> Floats:
        return np.asarray([values[chosen].sum()])

    lines = tuple(
        replace(
            p,
            line=replace(
                p.line,
                quantity=one(p.line.quantity),
                quantity_low=one(p.line.quantity_low),
                quantity_high=one(p.line.quantity_high),
            ),
            amount=one(p.amount),
            low=one(p.low),
            high=one(p.high),
        )
        for p in priced
    )
    low, middle, high = (
        np.where(chosen, end, np.nan) for end in total(priced, len(chosen), CAPITAL)
    )
    return SetCost(lines, (low, middle, high))
