"""5G: published by district, modelled from masts."""

import numpy as np
import pandas as pd
from toy import DISTRICTS, county, reading

from layers.full_fibre import COVERAGE_COLUMNS
from layers.mobile_5g import deficit, ofcom_mobile
from layers.parameters import shipped


def test_any_and_all_operators_become_coverage_rows():
    rows = {
        "area_id": [*DISTRICTS, "E06000001"], "area_name": ["W", "E", "far"], "premises": [10.0, 20.0, 5.0],
        "5g_very_high_prem_out_all_pct": [40.0, 50.0, 1.0], "5g_very_high_prem_out_all_operators": [3, 3, 3],
        "5g_high_geo_out_any_pct": [99.0, 98.0, 1.0],
    }  # fmt: skip
    item = reading("ofcom_mobile", rows, vintage="2026-01", detail="laua")
    pcon = reading("ofcom_mobile", rows, vintage="2026-01", detail="pcon")
    book, base = county(item, pcon)
    found = ofcom_mobile(book, base, COVERAGE_COLUMNS)
    every = found[found["measure"] == "all_operators_5g_pct"]
    assert every["share_pct"].tolist() == [40.0, 50.0]
    assert every["method"].iloc[0].endswith("all 3 operators")
    assert found[found["measure"] == "area_5g_any_pct"]["share_pct"].tolist() == [99.0, 98.0]
    assert "local authority only" in book.close()[1][pcon.source.sha256]


def points(distances, premises=1.0):
    return pd.DataFrame(
        {
            "easting": np.asarray(distances, float),
            "northing": 0.0,
            "area": "a",
            "premises": premises,
        }
    )


MAST = pd.DataFrame({"easting": [0.0], "northing": [0.0]})
AREAS = pd.DataFrame({"id": ["a", "b"]})


def test_the_deficit_is_the_share_of_premises_beyond_the_radius():
    # radii 400, 600, 900 m: beyond them lie 3, 2 and 1 of four premises
    found = deficit(points([100, 500, 700, 1_000]), MAST, AREAS, shipped()).loc["a"]
    assert found.tolist() == [50.0, 25.0, 75.0]


def test_an_area_without_premises_and_a_study_without_masts_are_unknown_not_zero():
    assert deficit(points([100]), MAST, AREAS, shipped()).loc["b"].isna().all()
    for masts in (None, MAST.iloc[:0]):
        assert deficit(points([100]), masts, AREAS, shipped()).isna().all().all()
    assert deficit(None, MAST, AREAS, shipped()).isna().all().all()
