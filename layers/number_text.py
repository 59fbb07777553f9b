"""Numbers as a reader reads them: thousands separated, the unit as the field writes it, `no data` for the missing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["NO_DATA", "format_number", "is_missing"]

NO_DATA = "no data"
# one of a unit that is counted
ONE = {
    "areas": "area", "buildings": "building", "business units": "business unit", "businesses": "business",
    "cells": "cell", "desks": "desk", "districts": "district", "draws": "draw", "files": "file",
    "households": "household", "jobs": "job", "masts": "mast", "percentage points": "percentage point",
    "points": "point", "ranks": "rank", "residents": "resident", "rows": "row", "sites": "site", "units": "unit",
    "years": "year",
}  # fmt: skip


def is_missing(value: Any) -> bool:
    """Return whether a cell has no value; nil is one."""
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def format_number(value: Any, unit: str = "", decimals: int | None = None) -> str:
    """Return a number for reading, with its unit as the field writes it.

    >>> format_number(1265713, "premises")
    '1,265,713 premises'
    >>> format_number(1250000.0, "GBP", 0)
    '£1,250,000'
    >>> format_number(3500.0, "GBP each"), format_number(140.0, "GBP/m")
    ('£3,500 each', '£140/m')
    >>> format_number(1, "sites"), format_number(1.0, "ranks", 1)
    ('1 site', '1.0 ranks')
    >>> format_number(float("nan"), "%")
    'no data'
    """
    if is_missing(value):
        return NO_DATA
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    places = decimals if decimals is not None else (0 if float(value).is_integer() else 2)
    text = f"{abs(float(value)):,.{max(places, 0)}f}"
    sign = "-" if float(value) < 0 and float(text.replace(",", "")) != 0 else ""
    if unit == "GBP" or unit.startswith(("GBP/", "GBP ")):
        return f"{sign}£{text}{unit.removeprefix('GBP')}"
    if unit == "%":
        return f"{sign}{text} %"
    return f"{sign}{text} {ONE.get(unit, unit) if text == '1' else unit}".rstrip()
