"""Catchments as areas for maps: what they hold, and whose they are."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import shapely
import tiny

from layers.parameters import shipped
from scenarios.catchment_areas import catchment_areas, reach_m

PARAMETERS = shipped()
LIMIT = PARAMETERS.value("fibre.catchment_m")
DETOUR = PARAMETERS.value("catchment.detour_ratio")


def ranking(**changed):
    frame = pd.DataFrame(
        {
            "site_id": ["a", "b", "c"], "name": ["A", "B", "C"], "rank": [1.0, 2.0, np.nan],
            "chosen": [True, False, False], "chosen_if_verified": [True, True, False],
            "easting": [1_000.0, 5_000.0, 9_000.0], "northing": [1_000.0] * 3,
        }
    )  # fmt: skip
    return frame.assign(**changed)


def evidence(points):
    frame = pd.DataFrame(points, columns=["easting", "northing"])
    return SimpleNamespace(demand=tiny.layer("demand", frame), streets=None)


def test_the_area_holds_what_is_in_reach_and_not_what_is_beyond():
    near, far = LIMIT / DETOUR - 5, LIMIT / DETOUR + 200
    held = evidence([(1_000 + near, 1_000), (1_000 - far, 1_000)])
    made = catchment_areas("full_fibre_fund", ranking(), held, PARAMETERS)
    assert made["site_id"].tolist() == ["a"]
    assert made["method"].str.startswith("straight line").all()
    (shape,) = made.geometry
    assert shape.contains(shapely.Point(1_000 + near, 1_000))
    assert not shape.contains(shapely.Point(1_000 - far, 1_000))
    assert shape.is_valid


def test_where_nothing_is_chosen_the_set_after_checks_is_drawn():
    made = catchment_areas(
        "full_fibre_fund", ranking(chosen=False), evidence([(1_000, 1_000)]), PARAMETERS
    )
    assert made["site_id"].tolist() == ["a", "b"]


@pytest.mark.parametrize("scenario", ["full_fibre_fund", "testbed_5g", "coworking"])
def test_every_scenario_has_a_radius_of_its_own(scenario):
    assert reach_m(scenario, PARAMETERS) > 0


def test_a_scenario_without_a_radius_has_no_areas():
    assert reach_m("another", PARAMETERS) is None
    assert catchment_areas("another", ranking(), evidence([(1, 1)]), PARAMETERS).empty
