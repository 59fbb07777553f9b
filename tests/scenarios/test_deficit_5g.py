"""The modelled 5G deficit: nearest masts, ranges, flags, and unknown where nothing is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hills import LEFT, TOP, carrier, masts

from scenarios.deficit_5g import MAST_FLAG, area_deficit, point_deficit
from scenarios.link_budget import uma_coverage_probability
from scenarios.transmitters import masts_from

MACRO = carrier()


def around(masts_, *away_m):
    return masts_.xy[0] + np.column_stack([away_m, np.zeros(len(away_m))])


def test_points_have_the_probability_of_the_urban_macro_model():
    site = masts((0, 0))
    found = point_deficit(around(site, 100.0, 900.0, 2_500.0, 6_000.0), site, MACRO)
    expected = uma_coverage_probability([100, 900, 2500], float(MACRO.most_loss_db[1]), 3.5)
    np.testing.assert_allclose(found.probability[1, :3], expected, atol=1e-6)
    assert found.probability[:, 3].tolist() == [0, 0, 0]
    assert found.nearest_m.tolist() == pytest.approx([100, 900, 2500, 6000])
    assert (found.deficit[0] <= found.deficit[1]).all()
    assert (found.deficit[1] <= found.deficit[2]).all()


def test_results_say_that_missing_masts_look_like_missing_coverage():
    site = masts((0, 0))
    untested = point_deficit(around(site, 100.0), site, MACRO)
    assert untested.flags[0].endswith("a deficit is not claimed")
    assert MAST_FLAG in untested.flags
    tested = point_deficit(around(site, 100.0), site, MACRO, list_tested=True)
    assert tested.flags[0] == MAST_FLAG


def test_a_higher_mast_farther_off_may_serve_better():
    frame = pd.DataFrame(
        {
            "id": ["near", "far"],
            "easting": [LEFT, LEFT + 950],
            "northing": [TOP, TOP],
            "height_m": [2.0, 60.0],
        }
    )
    both = masts_from(frame, MACRO)
    alone = [masts_from(frame.iloc[[i]], MACRO) for i in (0, 1)]
    at = [[LEFT + 470.0, TOP]]
    best = max(float(point_deficit(at, m, MACRO).probability[1, 0]) for m in alone)
    assert float(point_deficit(at, both, MACRO).probability[1, 0]) == pytest.approx(best)


def test_adding_a_mast_never_raises_the_deficit():
    rng = np.random.default_rng(6)
    points = np.column_stack([LEFT + rng.uniform(0, 9e3, 500), TOP - rng.uniform(0, 9e3, 500)])
    cells = rng.integers(0, 900, (12, 2)).tolist()
    last = np.ones((3, 500))
    for n in range(1, 13):
        now = point_deficit(points, masts(*cells[:n]), MACRO).deficit
        assert (now <= last + 1e-9).all()
        last = now


def test_shares_of_areas_weigh_premises_and_unknown_is_never_nil():
    site = masts((0, 0))
    points = np.vstack([around(site, 50.0, 6_000.0, 6_000.0), [[np.nan, np.nan]]])
    found = point_deficit(points, site, MACRO)
    table = area_deficit(
        found,
        ["A", "A", "B", "C"],
        [30, 10, 5, 8],
        ["A", "B", "C", "D"],
        published_pct={"A": 0.0, "B": 0.0},
    )
    assert table.loc["A", "pct"] == pytest.approx(25.0, abs=0.1)
    assert table.loc["A", "low_pct"] <= table.loc["A", "pct"] <= table.loc["A", "high_pct"]
    assert table.loc["B", "pct"] == pytest.approx(100.0)
    assert table.loc["A", "nearest_mast_m"] == pytest.approx((30 * 50 + 10 * 6000) / 40)
    assert table.loc[["C", "D"], "pct"].isna().all()
    assert table.loc[["C", "D"], "grade"].tolist() == ["", ""]
    assert table.loc["A", "published_pct"] == 0.0
    assert "not a network operator prediction" in table.loc["A", "flag"]
    nothing = point_deficit(
        points, masts_from(pd.DataFrame(columns=["id", "easting", "northing"]), MACRO), MACRO
    )
    assert np.isnan(nothing.probability).all()
    assert nothing.flags[0] == "no mast list: nothing is known"
