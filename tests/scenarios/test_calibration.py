"""Bias, error and offset against measured points, and what is said without enough of them."""

# ruff: noqa: PD011 - values of rasters, not of frames

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hills import LEFT, TOP, at, raster

from layers.errors import InputError
from scenarios.calibration import calibrate, median_by_cell


def drive(count=400, bias=6.0, noise=4.0, seed=2, side=400):
    """A modelled raster, and points that measure it `bias` dB weaker, with noise."""
    rng = np.random.default_rng(seed)
    model = raster(rng.uniform(-105, -80, (side, side)))
    row, column = rng.integers(0, side, (2, count))
    east, north = at(row, column)
    measured = model.values[row, column] - bias + rng.normal(0, noise, count)
    return model, pd.DataFrame({"easting": east, "northing": north, "rsrp_dbm": measured})


def test_bias_and_error_by_hand():
    model = raster([[-90.0, -80.0, -70.0]])
    x, y = at(np.zeros(3), np.arange(3))
    found = calibrate(
        pd.DataFrame({"easting": x, "northing": y, "rsrp_dbm": [-93.0, -81.0, -75.0]}), model
    )
    assert found.bias_db == pytest.approx(3.0)  # 3, 1 and 5 dB too hopeful
    assert found.rmse_db == pytest.approx(np.sqrt(35 / 3))
    assert found.spread_db == pytest.approx(2.0)
    assert not found.applies
    assert found.offset_db == 0.0  # three cells are too few to correct a model by
    assert "indicative" in found.label
    assert found.table().frame["item"].tolist() == [
        "points",
        "used",
        "cells",
        "bias_db",
        "spread_db",
        "rmse_db",
        "offset_db",
    ]


def test_enough_points_calibrate_and_the_error_is_found_on_hidden_land():
    model, points = drive()
    found = calibrate(points, model)
    assert found.bias_db == pytest.approx(6.0, abs=0.7)
    assert found.offset_db == -found.bias_db
    assert found.rmse_db == pytest.approx(np.hypot(6, 4), abs=0.6)
    assert found.rmse_after_db == pytest.approx(4.0, abs=0.5)
    assert found.label.startswith("modelled coverage calibrated on 400 measured points in")
    np.testing.assert_allclose(found.apply([-90.0]), [-90.0 - found.bias_db])


def test_points_in_one_cell_count_once():
    rows = median_by_cell(
        np.asarray([1.0, 2, 3, 15]), np.asarray([1.0, 2, 3, 1]), np.asarray([1.0, 9, 2, 7]), 10
    )
    assert rows["value"].tolist() == [2.0, 7.0]
    assert rows["points"].tolist() == [3, 1]


def test_points_that_cannot_be_used_are_counted_by_reason():
    model, points = drive(60)
    points.loc[0, "rsrp_dbm"] = np.nan
    points.loc[1, "rsrp_dbm"] = -20.0
    points.loc[2, ["easting", "northing"]] = [LEFT - 500, TOP]
    found = calibrate(points, model)
    assert (found.points, found.used) == (60, 57)
    assert found.set_aside == {
        "no position or no value": 1, "outside -156 to -31 dBm": 1, "nothing modelled there": 1,
    }  # fmt: skip


def test_points_that_are_not_rsrp_or_lie_elsewhere_are_refused():
    model, points = drive(50)
    with pytest.raises(InputError, match="not SS-RSRP in dBm"):
        calibrate(points.assign(rsrp_dbm=points["rsrp_dbm"] + 90), model)
    with pytest.raises(InputError, match="none of 50 points can be compared"):
        calibrate(points.assign(easting=0.0), model)
