"""Stops and OpenStreetMap's points."""

import numpy as np
from toy import corner, county, reading, settled

from layers.parameters import shipped
from layers.street_assets import listed_assets, street_assets
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


def test_street_assets_of_a_register_come_first_and_the_map_adds_what_it_lacks():
    x, y = corner(1, 1)
    at = {"easting": [x, x + 3, x + 40, x + 90], "northing": y, "name": "Stop"}
    mapped = reading("osm_xml", {"osm_id": ["node/1", "node/2", "node/3", "node/4"], "kind": ["street_lamp", "street_lamp", "bus_shelter", "bus_shelter"], "height_m": [6.0, np.nan, np.nan, np.nan], "material": "", "owner": "", **at}, detail="features")  # fmt: skip
    own = reading("street_assets", {"asset_id": ["A", "B"], "kind": "lamp column", "material": ["steel", ""], "easting": [x, x + 90_000], "northing": y})  # fmt: skip
    book, base = county(mapped, own)
    listed = listed_assets(book, base, shipped())
    made = street_assets(listed, telecom(book, base, shipped(), listed)["street_assets"])
    # both lamps of the map are within 5 m of the register's; shelters across a road stay two
    assert made["kind"].tolist() == ["lamp column", "bus_shelter", "bus_shelter"]
    assert made["material"].tolist() == ["steel", "", ""]
    assert made["height_m"].isna().all()  # the register does not say: unknown, not the map's
    assert settled(book, mapped).set_aside == {
        "the same street asset as in a register (within 5 m)": 2
    }
    assert settled(book, own).set_aside == {"more than 2,000 m outside the study area": 1}
