"""Every public-sector place, resolved once."""

import hashlib

import numpy as np
import pytest
from toy import AREAS, DISTRICTS, POSTCODES, code_points, corner, county, reading, settled

from layers.positions import positions
from layers.postcodes import gazetteer
from layers.sites import SITE_COLUMNS, resolve, sites


def run(*items):
    book, base = county(*items)
    where = positions(book)
    return resolve(book, base, where, gazetteer(book)), book


def assets(**columns):
    base = {
        "organisation": "Vale Council", "asset_id": ["A1", "A2"], "uprn": [0, 0], "name": ["One House", "Two House"],
        "postcode": ["AA1 1AA", "AA1 1AB"], "easting": [corner(0.5, 0)[0], corner(0.6, 0)[0]],
        "northing": [corner(0, 0.5)[1]] * 2, "tenure": "Freehold", "tenure_detail": "Occupied by local authority",
        "holding": "Buildings",
    }  # fmt: skip
    return reading("asset_register", {**base, **columns}, vintage="2024")


def libraries(names=("One House Library",), at=((0.5, 0.5),), closed=(False,), ids=None):
    xy = np.array([corner(*p) for p in at])
    rows = {
        "publisher_id": list(ids or [str(i) for i in range(1, len(names) + 1)]), "name": list(names), "postcode": "AA1 1AA",
        "easting": xy[:, 0], "northing": xy[:, 1], "run_by": "council", "closed": list(closed), "closed_year": 2012.0,
    }  # fmt: skip
    return reading("libraries", rows, vintage="2016")


def test_ids_come_from_the_uprn_else_the_register_else_the_place():
    hospital = {
        "publisher_id": [""],
        "name": ["St. Ann's"],
        "sector": ["NHS"],
        "kind": ["Hospital"],
        "postcode": ["AA1 1AA"],
        "easting": [corner(3.5, 0)[0]],
        "northing": [corner(0, 0.5)[1]],
    }
    places, _ = run(
        assets(uprn=[100, 0]), libraries(at=((1.5, 1.5),)), reading("hospitals", hospital)
    )
    frame = places.places.set_index("id")
    digest = hashlib.sha256(b"stanns").hexdigest()[:8]
    assert sorted(frame.index) == [
        "asset:vale-council/A2",
        f"bng:403500,300500:{digest}",
        "library:1",
        "uprn:100",
    ]
    assert frame.loc["library:1", ["area", "lad", "kind"]].tolist() == [
        AREAS[3],
        DISTRICTS[0],
        "library",
    ]


def test_the_same_place_in_two_registers_is_one_and_the_merge_is_counted():
    library = libraries(("One House",), ((0.54, 0.5),))
    places, book = run(assets(), library)
    frame = places.places.set_index("id")
    assert sorted(frame.index) == ["asset:vale-council/A1", "asset:vale-council/A2"]
    assert "also in the library register (One House" in frame.loc["asset:vale-council/A1", "note"]
    assert frame.loc["asset:vale-council/A1", ["kind", "status"]].tolist() == ["library", "open"]
    assert settled(book, library).set_aside == {
        "merged with the same place in the register of land and building assets": 1
    }


def test_the_same_name_beyond_75_m_or_two_uprns_or_two_numbers_are_different_places():
    far = libraries(("One House",), ((0.58, 0.5),))
    assert len(run(assets(), far)[0].places) == 3
    twins = assets(name=["One House", "One House"], easting=[corner(0.5, 0)[0]] * 2)
    assert len(run(twins)[0].places) == 2  # the council numbers them apart
    assert len(run(assets(uprn=[1, 2], name=["Same", "Same"], asset_id=["", ""]))[0].places) == 2


def test_records_of_one_uprn_are_one_place():
    item = assets(uprn=[100, 100])
    places, book = run(item)
    assert places.places["id"].tolist() == ["uprn:100"]
    assert len(settled(book, item).frame) == 1


def test_land_chattels_and_independent_hospitals_are_no_places():
    land = assets(holding=["Land", "Civic Regalia"])
    other = assets(
        asset_id=["B1", "B2"],
        name=["Plot 5", "Bridge Street"],
        holding=["Miscellaneous", "Land/Buildings"],
    )
    beds = {
        "publisher_id": ["H1"],
        "name": ["Spa"],
        "sector": ["independent"],
        "postcode": [""],
        "easting": [corner(0.5, 0.5)[0]],
        "northing": [corner(0.5, 0.5)[1]],
    }
    private = reading("hospitals", beds)
    object.__setattr__(
        other, "source", reading("asset_register", {"x": [1]}, name="other.csv").source
    )
    places, book = run(land, private)
    assert places.places.empty
    assert settled(book, land).set_aside == {
        "land, not a building": 1,
        "a chattel, not property": 1,
    }
    assert settled(book, private).set_aside == {"independent sector, not public": 1}
    places, book = run(other)
    assert places.places["name"].tolist() == ["Bridge Street"]
    assert settled(book, other).set_aside == {"not shown to be a building": 1}


def test_positions_come_from_the_uprn_then_the_postcode_and_say_so():
    lost = {"easting": [np.nan, np.nan], "northing": [np.nan, np.nan]}
    x, y = corner(2.5, 0.5)
    points = reading("open_uprn", {"uprn": [100], "easting": [x], "northing": [y]})
    places, _ = run(assets(uprn=[100, 0], **lost), points, code_points(POSTCODES))
    frame = places.places.set_index("id")
    assert frame.loc["uprn:100", ["easting", "location"]].tolist() == [x, "exact"]
    assert frame.loc["asset:vale-council/A2", "location"] == "postcode"
    assert frame.loc["asset:vale-council/A2", "easting"] == corner(0.75, 0)[0]


def test_rows_without_any_position_are_set_aside_by_reason():
    lost = {"easting": [np.nan] * 2, "northing": [np.nan] * 2, "postcode": ["QQ1 1QQ", ""]}
    item = assets(**lost)
    _, book = run(item, code_points(POSTCODES))
    assert settled(book, item).set_aside == {
        "postcode not known: no position": 1,
        "no position and no postcode": 1,
    }


def test_a_vacant_building_with_only_a_postcode_district_has_no_pin():
    lost = {
        "easting": [np.nan] * 2,
        "northing": [np.nan] * 2,
        "postcode": ["AA1", "ZZ9"],
        "tenure_detail": "Vacant",
    }
    item = assets(**lost)
    places, book = run(item, code_points(POSTCODES))
    only = places.places.iloc[0]
    assert (only["location"], only["lad"], only["area"]) == ("area-only", DISTRICTS[0], "")
    assert np.isnan(only["easting"])
    assert settled(book, item).set_aside == {"outside the study area": 1}
    assert sites(places) is None


def test_closed_libraries_are_not_sites_and_missing_uprns_stay_missing():
    places, _ = run(libraries(("Old", "New"), ((0.5, 0.5), (1.5, 0.5)), (True, False)))
    found = sites(places)
    assert found["id"].tolist() == ["library:2"]
    assert found["uprn"].isna().all()
    assert tuple(found.columns) == SITE_COLUMNS
    assert places.places.set_index("id").loc["library:1", "note"] == "service closed 2012"


def test_practices_of_one_code_are_told_apart_by_postcode():
    rows = {
        "publisher_id": ["M1", "M1"],
        "name": ["Main", "Branch"],
        "kind": ["main", "branch"],
        "postcode": ["AA1 1AA", "BB2 1AA"],
    }
    places, _ = run(reading("gp_practices", rows), code_points(POSTCODES))
    assert places.places["id"].tolist() == ["gp:M1@AA11AA", "gp:M1@BB21AA"]


def test_rows_outside_the_study_are_set_aside_whatever_else_they_are():
    x, y = corner(9, 9)
    item = assets(easting=[x, x], northing=[y, y], holding=["Land", "Buildings"])
    _, book = run(item)
    assert settled(book, item).set_aside == {"outside the study area": 2}


def test_no_register_at_all_is_none():
    assert run()[0] is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_id_does_not_depend_on_the_order_of_rows(order):
    names = np.array(["One House", "Two House"])[list(order)]
    ids = np.array(["A1", "A2"])[list(order)]
    east = np.array([corner(0.5, 0)[0], corner(0.6, 0)[0]])[list(order)]
    places, _ = run(assets(asset_id=list(ids), name=list(names), easting=list(east)))
    assert places.places["id"].tolist() == ["asset:vale-council/A1", "asset:vale-council/A2"]
