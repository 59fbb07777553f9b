"""The words that layer schemas are written in: columns, and rules between columns.

Each word makes a pandera column or check; its `metadata` holds the unit. Checks see whole columns at
once. Missing values pass unless a column says it is always filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

__all__ = [
    "CRS", "GRADES", "at_most", "code", "flag", "grade", "name_of", "number", "place", "position",
    "ranged", "shape", "text", "together", "words",
]  # fmt: skip

CRS = "EPSG:27700"
GRADES = ("measured", "estimated", "modelled")
GSS = r"[EWSNKL]\d{8}"
ROUNDED = 1e-6


def _said(rule: Callable[[Any], Any], problem: str) -> pa.Check:
    return pa.Check(rule, name=problem, error=problem)


def _is_text(cells: pd.Series[Any]) -> bool:
    kind = cells.dtype
    if isinstance(kind, pd.CategoricalDtype):
        kind = kind.categories.dtype
    return bool(pd.api.types.is_string_dtype(kind) or kind == np.dtype(object))


def text(
    *, filled: bool = False, unique: bool = False, form: str = "", needed: bool = True
) -> pa.Column:
    """Return a column of text, empty where missing; of a form (whole cell, regular expression) where it is filled."""
    checks = [_said(_is_text, "is not text")]
    if filled:
        checks.append(_said(lambda s: s != "", "is empty"))
    if form:
        rule = f"(?:{form})?"
        checks.append(_said(lambda s: s.str.fullmatch(rule), "is not in the expected form"))
    return pa.Column(None, checks, unique=unique, required=needed, nullable=not filled)


def code(*, filled: bool = True, unique: bool = False, needed: bool = True) -> pa.Column:
    """Return a column of ONS area codes."""
    return text(filled=filled, unique=unique, form=GSS, needed=needed)


def name_of(table: str) -> pa.Column:
    """Return a column of stable ids, one a row."""
    column = text(filled=True, unique=True)
    column.metadata = {"of": table}
    return column


def words(*known: str, filled: bool = True, needed: bool = True) -> pa.Column:
    """Return a column that holds words of a vocabulary."""
    allowed = set(known) if filled else {*known, ""}
    check = _said(lambda s: s.isin(allowed), f"is none of {', '.join(known)}")
    return pa.Column(None, check, required=needed, nullable=not filled)


def grade(*, filled: bool = True) -> pa.Column:
    """Return a column of grades of evidence."""
    return words(*GRADES, filled=filled)


def number(
    unit: str, low: float | None = 0.0, high: float | None = None, *, filled: bool = False,
    whole: bool = False, needed: bool = True,
) -> pa.Column:  # fmt: skip
    """Return a column of numbers in a unit, within bounds."""
    checks = [_said(lambda s: pd.api.types.is_numeric_dtype(s.dtype), "is not a number")]
    if low is not None:
        checks.append(_said(lambda s: s >= low - ROUNDED, f"is below {low:g}"))
    if high is not None:
        checks.append(_said(lambda s: s <= high + ROUNDED, f"is above {high:g}"))
    if whole:
        checks.append(_said(lambda s: s % 1 == 0, "is no whole number"))
    column = pa.Column(None, checks, required=needed, nullable=not filled)
    column.metadata = {"unit": unit}
    return column


def flag() -> pa.Column:
    """Return a column of true or false, missing where not known."""
    check = _said(lambda s: pd.api.types.is_bool_dtype(s.dtype), "is neither true nor false")
    return pa.Column(None, check, nullable=True)


def position(*, filled: bool = True) -> dict[str, pa.Column]:
    """Return a position in metres on the National Grid."""
    return {
        "easting": number("m", 0, 700_000, filled=filled),
        "northing": number("m", 0, 1_300_000, filled=filled),
    }


def place(*, filled: bool = True) -> dict[str, pa.Column]:
    """Return the small area and the district of a row."""
    return {"area": code(filled=filled), "lad": code(filled=filled)}


def ranged(name: str, unit: str, high: float | None = None) -> dict[str, pa.Column]:
    """Return a value with its low and high end; see `together` for their order."""
    return {f"{name}{end}": number(unit, 0, high) for end in ("", "_low", "_high")}


def shape(kind: str) -> tuple[pa.Column, pa.Check]:
    """Return the geometry column and the check of its CRS; empty and missing shapes pass the latter."""

    def good(shapes: pd.Series[Any]) -> pd.Series[bool]:
        held = shapely.is_valid(shapes.to_numpy())
        return pd.Series(held, index=shapes.index) | shapes.isna()

    column = pa.Column(None, _said(good, f"is no valid {kind}"), nullable=True)
    crs = _said(lambda f: f.crs is not None and f.crs == CRS, f"is not in {CRS}")
    return column, crs


def at_most(part: str, whole: str, share: float = 1.0) -> pa.Check:
    """Require that one column is never above another; a missing value of either passes."""

    def rule(frame: pd.DataFrame) -> pd.Series[bool]:
        if part not in frame or whole not in frame:
            return pd.Series(data=True, index=frame.index)
        a, b = frame[part].to_numpy(float), frame[whole].to_numpy(float)
        with np.errstate(invalid="ignore"):
            more = a > share * b + ROUNDED * np.maximum(1.0, np.abs(b))
        return pd.Series(~more, index=frame.index)

    return _said(rule, f"{part} is above {whole}")


def together(names: Iterable[str], end: str = "") -> list[pa.Check]:
    """Require the order low, value, high of columns with a range, such as `x_low_pct` and `x_pct`."""
    return [
        at_most(f"{name}{part}{end}", f"{name}{whole}{end}")
        for name in names
        for part, whole in (("_low", ""), ("", "_high"))
    ]
