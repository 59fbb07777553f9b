"""Numbers with their units, as a reader reads them."""

import numpy as np
import pandas as pd
import pytest

from layers.number_text import format_number, is_missing


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (1265713, "premises", None, "1,265,713 premises"),
        (1250000.4, "GBP", 0, "£1,250,000"),
        (-3.5, "GBP", 1, "-£3.5"),
        (-0.04, "GBP", 1, "£0.0"),
        (62.4, "%", 1, "62.4 %"),
        (True, "", None, "yes"),
        (None, "GBP", 0, "no data"),
        (1, "sites", None, "1 site"),
        (1.0, "business units", 0, "1 business unit"),
        (1.0, "ranks", 1, "1.0 ranks"),
        (0, "sites", None, "0 sites"),
        (1, "premises", None, "1 premises"),
        (21, "rows", None, "21 rows"),
    ],
)
def test_numbers_for_reading(value, unit, decimals, text):
    assert format_number(value, unit, decimals) == text


@pytest.mark.parametrize("value", [None, pd.NA, float("nan"), np.float64("nan")])
def test_what_is_missing(value):
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, 0.0, "", False, "nan"])
def test_nil_is_not_missing(value):
    assert not is_missing(value)
