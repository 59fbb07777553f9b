"""Cost lines, priced from the register with optimism bias by line, and whether anybody stated them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = ["CostLine", "Priced", "price", "total"]

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
    """

    item: str
    unit: str
    quantity: Floats
    quantity_low: Floats
    quantity_high: Floats
    rate: str
    bias: str | None = None
    timing: Timing = CAPITAL

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
