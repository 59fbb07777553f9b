"""Dates as publishers and officers write them: ISO, day before month, with words, times and zones."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

__all__ = ["read_dates"]

ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$"
ZONE = re.compile(r"(:\d\d(?:\.\d+)?)\s*(?:Z|UTC|GMT|BST|[+-]\d\d:?\d\d)$", re.IGNORECASE)
TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s*[ap]m)?", re.IGNORECASE)
WITH_YEAR = re.compile(
    r"\d{4}|\d{1,2}\D{1,3}\d{1,2}\D{1,3}\d\d|\d{1,2}\W*[a-z]{3,9}\W*\d\d", re.IGNORECASE
)
FIRST_YEAR = 1700  # nothing that is read is older; a year before it is a damaged cell


def read_dates(text: pd.Series[str]) -> pd.Series[Any]:
    """Return the day of each cell, day before month, missing where it is none.

    A time zone never moves the day. What has no year is no date: the library would fill it in from the
    clock.

    Parameters
    ----------
    text
        Stripped text, never null.
    """
    day = text.str.extract(ISO, expand=False)
    when = pd.to_datetime(day, errors="coerce", format="%Y-%m-%d")
    rest = day.isna() & (text != "")
    if rest.any():
        when.loc[rest] = _loose(text[rest]).to_numpy()
    return when.where(when.dt.year >= FIRST_YEAR)


def _loose(text: pd.Series[str]) -> pd.Series[Any]:
    plain = text.str.replace(ZONE, r"\1", regex=True)
    dated = plain.str.replace(TIME, "", regex=True).str.contains(WITH_YEAR)
    # whatever is taken for a zone all the same must not stop the reading of the column
    found = pd.to_datetime(
        plain.where(dated, ""), errors="coerce", format="mixed", dayfirst=True, utc=True
    )
    return found.dt.tz_localize(None)
