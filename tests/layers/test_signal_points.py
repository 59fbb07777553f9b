"""Signal strength at points."""

from toy import corner, county, reading, settled

from layers.parameters import shipped
from layers.signal_points import signal_points


def test_drive_tests_and_predictions_are_one_layer_that_says_which_is_which():
    x, y = corner(1, 1)
    drive = reading("drive_test", {"measured_at": ["2026-05-01", "2026-05-02"], "rsrp_dbm": [-95.0, -101.5], "easting": [x, x + 90_000], "northing": y})  # fmt: skip
    grid = reading("signal_pixels", {"operator": ["One"], "technology": ["5G"], "rsrp_dbm": [-90.0], "easting": [x + 100], "northing": [y]})  # fmt: skip
    book, base = county(drive, grid)
    found = signal_points(book, base, shipped())
    assert sorted(found["kind"]) == ["measured", "predicted"]
    measured = found[found["kind"] == "measured"].iloc[0]
    assert (measured["rsrp_dbm"], measured["technology"]) == (-95.0, "")
    assert found["id"].is_unique
    assert settled(book, drive).set_aside == {"more than 2,000 m outside the study area": 1}
    book, base = county()
    assert signal_points(book, base, shipped()) is None
