"""Stops and OpenStreetMap's points."""

from toy import corner, county, reading, settled

from layers.parameters import shipped
from layers.transport import stops, telecom


def test_stops_not_in_use_or_far_away_are_set_aside():
    at = [corner(0.5, 0.5), corner(5, 0.5), corner(9, 0.5), corner(1, 1)]
    rows = {
        "stop_id": ["b", "a", "c", "d"],
        "name": "Stop",
        "stop_type": "BCT",
        "easting": [x for x, _ in at],
        "northing": [y for _, y in at],
        "locality": "",
        "active": [True, True, True, False],
    }
    item = reading("naptan", rows)
    again = reading("naptan", {**rows, "stop_id": ["b", "x", "y", "z"]}, name="z.csv")
    book, base = county(item, again)
    found = stops(book, base, shipped())
    assert found["id"].tolist() == ["a", "b", "x"]
    assert settled(book, item).set_aside == {
        "more than 2,000 m outside the study area": 1,
        "stop not in use": 1,
    }
    assert "same stop in another file or row" in settled(book, again).set_aside
    book, base = county()
    assert stops(book, base, shipped()) is None


def test_telecom_points_fall_into_layers_and_twins_are_one():
    x, y = corner(1, 1)
    rows = {
        "osm_id": [f"node/{n}" for n in range(1, 7)],
        "kind": ["mast", "coworking", "coworking", "cabinet", "exchange", "duct"],
        "name": ["", "Hub", "hub", "", "", ""],
        "easting": [x, x, x + 30, x, x, x], "northing": y,
    }  # fmt: skip
    item = reading("osm_xml", rows, detail="features")
    book, base = county(item)
    found = telecom(book, base, shipped())
    assert {name: len(part) for name, part in found.items()} == {
        "masts": 1,
        "coworking": 1,
        "fibre": 3,
    }
    assert found["masts"]["id"].tolist() == ["osm:node/1"]
    assert settled(book, item).set_aside == {
        "the same feature drawn twice (same name within 50 m)": 1
    }
    book, base = county()
    assert telecom(book, base, shipped()) == {}
