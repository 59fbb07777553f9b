"""Measured signal against the masts: what is reported, what is applied, and what is only said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from layers.parameters import shipped
from scenarios.coverage_raster import statistical
from scenarios.coverage_result import blank_cells
from scenarios.deficit_5g import point_deficit
from scenarios.signal_check import APPLY, NONE, check_signal, mast_carrier
from scenarios.transmitters import masts_from

BIAS = 7.0  # the made-up streets are this much worse than the model
MASTS = pd.DataFrame([{"id": f"m{i}", "name": "", "kind": "mast", "height_m": 25.0, **tiny.at(x)} for i, x in enumerate((0, 2500))])  # fmt: skip


def drive(bias=BIAS, noise=3.0, technology="5G NR", kind="measured", count=300):
    """Points on cells of 50 m, of the model's own signal less a bias."""
    rng = np.random.default_rng(3)
    carrier = mast_carrier(shipped())
    cells = blank_cells((399_000.0, 299_000.0, 403_500.0, 301_000.0), 50.0)
    signal = statistical(masts_from(MASTS, carrier), carrier, cells).raster()
    east, north = cells.centres()
    x, y = rng.choice(east, count), rng.choice(north, count)
    frame = pd.DataFrame({"id": [f"s{i}" for i in range(count)], "easting": x, "northing": y})
    frame["rsrp_dbm"] = signal.sample(x, y, "nearest") - bias + rng.normal(0, noise, count)
    return frame.assign(kind=kind, technology=technology, operator="", measured_at="")


def study(*frames, **changes):
    points = pd.concat(frames, ignore_index=True).assign(src="x", record=1)
    points["id"] = [f"s{i}" for i in range(len(points))]
    held = {
        "masts": tiny.layer("masts", MASTS),
        "signal_points": tiny.layer("signal_points", points),
    }
    return tiny.evidence(**(held | changes))


def test_without_points_every_number_is_modelled_and_indicative():
    check = check_signal(tiny.evidence(), shipped())
    assert check.notes == (NONE,)
    assert "modelled, indicative" in check.label
    assert check.items() == ()


def test_the_model_of_masts_is_the_study_s_to_state():
    """At 700 MHz in the country a mast reaches far beyond one of 3.5 GHz in a city."""
    near = np.array([[tiny.EAST + 3_000.0, tiny.NORTH]])
    chances = []
    for model in (0, 1, 2):
        register = shipped().override({"radio.mast_model": tiny.words(model)}, "study.toml")
        made = mast_carrier(register)
        found = point_deficit(near, masts_from(MASTS.iloc[:1], made), made, list_tested=True)
        chances.append((made.environment, made.frequency_ghz, found.probability[1, 0]))
    assert [c[:2] for c in chances] == [("uma", 3.5), ("uma", 0.7), ("rma", 0.7)]
    assert chances[0][2] < 0.05
    assert chances[2][2] > 0.5
    assert "radio.mast_model" in made.parameters
    assert made.words == "rural macro"


def test_bias_error_and_offset_are_found_and_the_offset_is_applied():
    check = check_signal(study(drive()), shipped())
    items = {i.item: i for i in check.items()}
    assert items["signal_bias_db"].value == pytest.approx(BIAS, abs=0.8)
    assert items["signal_rmse_db"].value == pytest.approx(np.hypot(BIAS, 3.0), abs=0.8)
    assert items["signal_offset_db"].note == "added to the signal of masts"
    plain = mast_carrier(shipped())
    moved = np.subtract(check.carrier.element_dbm, plain.element_dbm)
    np.testing.assert_allclose(moved, -items["signal_bias_db"].value)
    assert check.label.startswith("modelled coverage calibrated on 300 drive-test points in")
    assert "small cells are not calibrated" in check.notes[-1]


def test_a_study_may_ask_for_no_offset():
    check = check_signal(study(drive()), shipped().override({APPLY: tiny.words(0)}, "study.toml"))
    assert not check.applied
    assert check.carrier == mast_carrier(shipped())
    assert "the study asks for none" in check.notes[-1]


def test_too_few_cells_are_reported_and_change_nothing():
    check = check_signal(study(drive(count=12)), shipped())
    assert not check.applied
    assert "too few cells" in check.notes[-1]
    assert {i.item: i.grade for i in check.items()}["signal_rmse_after_db"] == ""


def test_other_technologies_and_predictions_stand_aside_from_a_drive_test():
    check = check_signal(
        study(drive(), drive(bias=0, technology="4G"), drive(bias=0, kind="predicted")), shipped()
    )
    assert check.calibration.bias_db == pytest.approx(BIAS, abs=0.8)
    assert any("300 points of signal are not 5G" in note for note in check.notes)
    assert any("not used beside a drive test" in note for note in check.notes)
    alone = check_signal(study(drive(kind="predicted")), shipped())
    assert "an operator's own prediction" in alone.label


def test_what_cannot_be_compared_is_said_and_stops_nothing():
    wild = check_signal(study(drive().assign(rsrp_dbm=60.0)), shipped())
    assert "are not SS-RSRP" in wild.notes[-1]
    assert not wild.applied
    bare = check_signal(study(drive(), masts=None), shipped())
    assert "no mast list" in bare.notes[0]
    other = check_signal(study(drive(technology="4G")), shipped())
    assert other.calibration is None


def test_the_case_reports_the_comparison():
    result = tiny.run(
        "5g-testbed", signal_points=study(drive()).signal_points, masts=tiny.layer("masts", MASTS)
    )
    summary = result.summary
    assert summary.cell("signal_bias_db", "value") == pytest.approx(BIAS, abs=0.8)
    assert any("an offset of -" in note for note in result.notes)


def test_masts_of_impossible_or_unstated_heights_are_said_in_the_case():
    heights = [25.0, 4_000.0, 60.0, np.nan]
    rows = [{"id": f"m{i}", "name": "", "kind": "mast", "height_m": h, **tiny.at(500 * i)} for i, h in enumerate(heights)]  # fmt: skip
    notes = tiny.run("5g-testbed", masts=tiny.layer("masts", pd.DataFrame(rows))).notes
    assert any(
        "1 masts left out, as they have heights outside 2 to 150 m" in note for note in notes
    )
    assert any("over twice the 25 m for which TR 38.901 states uma" in note for note in notes)
    assert any("1 of 3 masts have no height: 25 m (20 to 30) assumed" in note for note in notes)
