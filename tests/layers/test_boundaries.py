"""The ground of a study."""

import numpy as np
import pytest
from toy import (
    AREAS,
    DISTRICTS,
    PCONS,
    area_boxes,
    boundaries,
    corner,
    county,
    ledger,
    reading,
    square,
    squares,
)

from layers.boundaries import ground
from layers.errors import InputError
from layers.ledger import Ledger
from layers.membership import Lookups


def test_areas_know_their_district_and_size():
    _, base = county()
    assert base.areas["id"].tolist() == list(AREAS)
    assert base.areas["lad"].tolist() == [DISTRICTS[0]] * 4 + [DISTRICTS[1]] * 4
    assert base.areas["lad_name"].iloc[-1] == "Eastmoor"
    assert base.areas["hectares"].tolist() == [100.0] * 8


def test_without_a_lookup_a_point_inside_the_area_tells_its_district():
    book = Ledger({"boundaries": boundaries()})
    base = ground(book, Lookups(book), DISTRICTS)
    assert base.areas["lad"].tolist() == [DISTRICTS[0]] * 4 + [DISTRICTS[1]] * 4
    assert base.constituencies == {}


def test_constituencies_come_without_geometry_where_no_boundary_file_is_there():
    _, base = county()
    units = base.constituencies["PCON10"]
    assert units["id"].tolist() == list(PCONS)
    assert units["name"].iloc[0] == "Upper, Vale"
    assert units.geometry.isna().all()
    assert base.area_units["PCON10"][AREAS[0]] == PCONS[0]


def test_positions_are_placed_and_a_sliver_goes_to_the_nearest_area():
    boxes = area_boxes()
    boxes[1] = (boxes[1][0] + 20, boxes[1][1], boxes[1][2], boxes[1][3])  # a gap of 20 m
    lad = boundaries()[0]
    book = Ledger({"boundaries": (lad, squares("LSOA21", AREAS, AREAS, boxes))})
    base = ground(book, Lookups(book), DISTRICTS)
    x, y = corner(1, 0.5)
    found = base.place(np.array([x + 5, x + 15, x + 100, x + 9_000]), np.full(4, y))
    assert found.tolist() == [0, 1, 1, -1]
    assert base.column(found, "id").tolist() == [AREAS[0], AREAS[1], AREAS[1], ""]


def test_near_is_measured_from_the_edge_of_the_study():
    _, base = county()
    x, y = corner(4, 1)
    assert base.near(np.array([x + 400, x + 600]), np.array([y, y]), 500).tolist() == [True, False]


def test_every_missing_district_is_named_at_once():
    book = Ledger({})
    with pytest.raises(InputError) as raised:
        ground(book, Lookups(book), DISTRICTS)
    text = str(raised.value)
    assert all(code in text for code in DISTRICTS)
    assert "LSOA 2021" in text


def test_ended_vintages_and_coarser_copies_are_not_used():
    old = squares("LSOA11", ["E01009999"], ["old"], [square(0, 0)])
    copy = squares(
        "LAD", DISTRICTS, ("W", "E"), [square(0, 0, 2), square(2, 0, 2)], name="zz.geojson"
    )
    far = squares("LSOA21", ["E01009998"], ["far"], [square(9, 9)], name="far.geojson")
    book, _ = county(old, copy, far)
    final, left = book.close()
    assert "LSOA 2011 was replaced" in left[old.source.sha256]
    assert "more detailed" in left[copy.source.sha256]
    assert left[far.source.sha256] == "outside the study area"
    assert all(r.quality().closes for r in final)


def test_a_level_that_nothing_asks_for_is_left_out():
    msoa = squares("MSOA21", ["E02000001"], ["m"], [square(0, 0, 2)])
    book, _ = county(msoa)
    assert "no layer needs boundaries of MSOA21" in book.close()[1][msoa.source.sha256]


def test_msoa_is_found_by_a_point_where_business_counts_need_it():
    msoa = squares("MSOA21", ["E02000009"], ["m"], [square(0, 0, 2)])
    nomis = reading("nomis_businesses", {"area_id": ["E02000009"]})
    lad, areas = boundaries()
    book = Ledger({"boundaries": (lad, areas, msoa), "nomis_businesses": (nomis,)})
    base = ground(book, Lookups(book), DISTRICTS)
    assert base.area_msoa.tolist() == ["E02000009"] * 4 + [""] * 4


def test_the_ledger_of_the_county_closes():
    final, _ = ledger().close()
    assert all(r.quality().closes for r in final)
