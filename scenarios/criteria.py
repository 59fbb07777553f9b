"""Metrics of the sites, with grade and route, and what each is worth on its criterion's scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenarios.values import value_on_anchors

if TYPE_CHECKING:
    from scenarios.profile import Criterion

__all__ = ["MISSING", "Metric", "Scored", "best_route", "on_scale", "weakest"]

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

MISSING = ""  # a value that is not there has no grade
GRADES = ("measured", "estimated", "modelled", MISSING)
VALUE_DECIMALS = 4
POINTS_DECIMALS = 6


@dataclass(frozen=True)
class Metric:
    """A metric of every candidate site: value, range, grade and the route by which it was found.

    Attributes
    ----------
    value, low, high
        In `unit`. NaN in `value` means missing; NaN in `low` or `high` means unbounded on that
        side. Missing values may still have bounds, which narrow the score's range.
    grade, route
        Text per site; the grade is empty where there is no value.
    formula, inputs, parameters
        Lineage, as in `layers.lineage.Column`.
    """

    value: Floats
    low: Floats
    high: Floats
    grade: Texts
    route: Texts
    unit: str
    formula: str = ""
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        value: ArrayLike,
        *,
        unit: str,
        grade: str | ArrayLike,
        route: str | ArrayLike,
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
        formula: str = "",
        inputs: Sequence[str] = (),
        parameters: Sequence[str] = (),
    ) -> Metric:
        """Return a metric; the range defaults to the value itself, the grade is spread over sites."""
        middle = np.asarray(value, dtype=np.float64)
        lower = middle if low is None else np.asarray(low, dtype=np.float64)
        upper = middle if high is None else np.asarray(high, dtype=np.float64)
        grades = _spread(grade, len(middle))
        grades[np.isnan(middle)] = MISSING
        return cls(
            value=middle,
            low=np.fmin(lower, np.where(np.isnan(lower), np.nan, middle)),
            high=np.fmax(upper, np.where(np.isnan(upper), np.nan, middle)),
            grade=grades,
            route=_spread(route, len(middle)),
            unit=unit,
            formula=formula,
            inputs=tuple(inputs),
            parameters=tuple(parameters),
        )

    @classmethod
    def missing(cls, count: int, unit: str, reason: str) -> Metric:
        """Return a metric that nothing in the study can tell."""
        return cls.of(np.full(count, np.nan), unit=unit, grade=MISSING, route=reason)

    def where(self, keep: NDArray[np.bool_], reason: str) -> Metric:
        """Return the metric with the sites outside `keep` made missing, for a reason."""
        grade, route = self.grade.copy(), self.route.copy()
        grade[~keep], route[~keep] = MISSING, reason
        return replace(
            self,
            value=np.where(keep, self.value, np.nan),
            low=np.where(keep, self.low, np.nan),
            high=np.where(keep, self.high, np.nan),
            grade=grade,
            route=route,
        )


@dataclass(frozen=True)
class Scored:
    """A criterion's metric rounded to its decimals, and its value and points with their ranges.

    `points` are weight x value. Where the metric is missing the value is the midpoint of its range.
    """

    metric: Floats
    metric_low: Floats
    metric_high: Floats
    value: Floats
    value_low: Floats
    value_high: Floats
    points: Floats
    missing: NDArray[np.bool_]
    capped: int


def _spread(text: Any, count: int) -> Texts:
    result = np.empty(count, dtype=object)
    result[:] = text if isinstance(text, str) else np.asarray(text, dtype=object)
    return result


def weakest(grades: Sequence[Texts]) -> Texts:
    """Return, site by site, the weakest of several grades: a value is as weak as what it is made of."""
    order = {grade: i for i, grade in enumerate(GRADES)}
    codes = np.max([[order[str(g)] for g in column] for column in grades], axis=0)
    return np.asarray([GRADES[int(code)] for code in codes], dtype=object)


def best_route(*routes: Metric) -> Metric:
    """Return, site by site, the first route that has a value; otherwise the narrowest bounds.

    Routes are given best first. Formula and inputs of every route are kept, as any site may have
    used any of them.
    """
    first = routes[0]
    result = {
        name: getattr(first, name).copy() for name in ("value", "low", "high", "grade", "route")
    }
    for other in routes[1:]:
        take = np.isnan(result["value"]) & ~np.isnan(other.value)
        # a later route without a value may still bound what an earlier one cannot
        bound = np.isnan(result["value"]) & np.isnan(other.value)
        bound &= np.isnan(result["low"]) & np.isnan(result["high"])
        bound &= ~(np.isnan(other.low) & np.isnan(other.high))
        for name, column in result.items():
            column[take | bound] = getattr(other, name)[take | bound]
    parts = list(dict.fromkeys(route.formula for route in routes if route.formula))
    return Metric(
        **result,
        unit=first.unit,
        formula="; else ".join(parts),
        inputs=tuple(dict.fromkeys(i for route in routes for i in route.inputs)),
        parameters=tuple(dict.fromkeys(p for route in routes for p in route.parameters)),
    )


def on_scale(metric: Metric, criterion: Criterion) -> Scored:
    """Return what a metric is worth: value, points and their ranges, per site.

    Missing data widen the range to the worst and the best anchor (or to the bounds that are
    known) and never count as 0; the midpoint of the range stands in the score.
    """
    zero, one = criterion.anchor_zero, criterion.anchor_one
    middle, low, high = (
        np.round(column, criterion.decimals) + 0.0
        for column in (metric.value, metric.low, metric.high)
    )
    missing = np.isnan(middle)
    value, capped = value_on_anchors(middle, zero, one)
    at_low, _ = value_on_anchors(np.where(np.isnan(low), min(zero, one), low), zero, one)
    at_high, _ = value_on_anchors(np.where(np.isnan(high), max(zero, one), high), zero, one)
    worst, best = np.minimum(at_low, at_high), np.maximum(at_low, at_high)
    value = np.where(missing, (worst + best) / 2, value)
    worst, best = np.minimum(worst, value), np.maximum(best, value)
    value, worst, best = (np.round(v, VALUE_DECIMALS) for v in (value, worst, best))
    return Scored(
        metric=middle,
        metric_low=low,
        metric_high=high,
        value=value,
        value_low=worst,
        value_high=best,
        points=np.round(criterion.weight * value, POINTS_DECIMALS),
        missing=missing,
        capped=int(capped.sum()),
    )
