"""Demand points by their routes."""

import numpy as np
import pandas as pd
import pytest
from toy import (
    AREAS,
    DISTRICTS,
    POSTCODES,
    code_points,
    corner,
    county,
    households,
    ofcom,
    reading,
    settled,
)

from layers.full_fibre import allocate, ofcom_fixed
from layers.positions import positions
from layers.postcodes import gazetteer, postcodes
from layers.premises import DEMAND_COLUMNS, demand


def run(*items):
    book, base = county(ofcom(), *items)
    rows = ofcom_fixed(book, base, "E47000009", "County")
    full, giga = (allocate(rows, base, m) for m in ("full_fibre_pct", "gigabit_pct"))
    places, posts, where = gazetteer(book), postcodes(book, base), positions(book)
    made = demand(book, base, posts, where, places, full, giga)
    where.settle(book, base)
    return made, book, full


def bduk(
    status=("white", "under_review", "grey_black", "white", ""),
    plan=(False, False, False, True, False),
    live=(False, False, True, False, False),
    uprn=(1, 2, 3, 4, 5),
):
    rows = {
        "uprn": list(uprn), "postcode": ["AA1 1AA"] * 5, "status": list(status), "current_gigabit": list(live),
        "future_gigabit": False, "in_plan": list(plan), "lad": DISTRICTS[0],
    }  # fmt: skip
    return reading("bduk_premises", rows, vintage="2025-01", detail="2025")


def uprns(numbers=(1, 2, 3, 4, 9), at=((0.5, 0.5), (0.5, 1.5), (2.5, 0.5), (8, 8), (0.5, 0.5))):
    xy = np.array([corner(*p) for p in at])
    return reading(
        "open_uprn",
        {"uprn": list(numbers), "easting": xy[:, 0], "northing": xy[:, 1]},
        vintage="2025",
    )


def test_bduk_counts_uplift_where_white_and_in_no_plan():
    made, _, full = run(bduk(), uprns())
    frame = made.frame.set_index("id")
    assert list(frame.index) == ["uprn:1", "uprn:2", "uprn:3"]
    assert frame["uplift"].tolist() == [1, 0, 0]
    assert frame["without_gigabit"].tolist() == [1, 1, 0]
    assert frame[["white", "under_review", "grey_black"]].to_numpy().tolist() == [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
    ]
    assert frame["area"].tolist() == [AREAS[0], AREAS[2], AREAS[4]]
    assert set(frame["grade"]) == {"measured"}
    # full fibre is known for the constituency only, so it stays a share with its range
    assert frame.loc["uprn:1", "without_full_fibre"] == pytest.approx(0.9)
    assert frame.loc["uprn:1", "without_full_fibre_low"] == pytest.approx(
        0.9 - full.error_points / 100
    )
    assert frame.loc["uprn:1", "without_full_fibre_high"] == 1.0
    assert list(made.frame.columns) == list(DEMAND_COLUMNS)


def test_white_premises_in_a_plan_are_no_uplift_and_an_unknown_status_is_missing():
    made, *_ = run(bduk(), uprns((1, 2, 3, 4, 5), ((0.5, 0.5),) * 5))
    frame = made.frame.set_index("id")
    assert frame.loc["uprn:4", ["white", "uplift"]].tolist() == [1, 0]
    assert np.isnan(frame.loc["uprn:5", "uplift"])


def test_premises_and_uprns_that_are_not_used_are_counted_by_reason():
    premises, points = bduk(), uprns()
    _, book, _ = run(premises, points)
    assert settled(book, premises).set_aside == {
        "no position in OS Open UPRN": 1,
        "outside the study area": 1,
    }
    assert settled(book, points).set_aside == {
        "a UPRN that no premises or register row names": 1, "outside the study area": 1,
    }  # fmt: skip


def test_without_uprn_positions_the_postcode_stands_in():
    made, *_ = run(bduk(), code_points(POSTCODES))
    assert len(made.frame) == 5
    assert "postcode positions" in made.route
    assert set(made.frame["area"]) == {AREAS[0]}


def test_households_are_spread_evenly_over_the_live_postcodes_of_their_area():
    made, *_ = run(code_points(POSTCODES), households())
    frame = made.frame.set_index("id")
    assert frame.loc[["AA1 1AA", "AA1 1AB", "AA1 2AA"], "premises"].tolist() == [50, 50, 100]
    # area 8 has no postcode: its households stand at a point inside it
    assert frame.loc[f"area:{AREAS[7]}", "premises"] == 100
    assert frame["premises"].sum() == 800
    assert frame.loc["AA1 1AA", "without_full_fibre"] == pytest.approx(45)
    assert frame.loc["AA1 1AA", "uplift"] == pytest.approx(45)
    assert frame.loc["AA1 1AA", "without_gigabit"] == pytest.approx(50 * 0.85)
    assert frame["white"].isna().all()
    assert set(frame["grade"]) == {"estimated"}


def test_published_postcode_gigabit_comes_before_the_larger_units_share():
    pc = reading(
        "ofcom_fixed",
        {"area_id": ["AA1 1AA", "QQ1 1QQ"], "gigabit_pct": [80.0, 5.0]},
        vintage="2026-01",
        detail="postcode",
    )
    made, book, _ = run(code_points(POSTCODES), households(), pc)
    frame = made.frame.set_index("id")
    assert frame.loc["AA1 1AA", "without_gigabit"] == pytest.approx(10)
    assert frame.loc["AA1 1AA", "uplift"] == pytest.approx(10)
    assert frame.loc["AA1 1AB", "without_gigabit"] == pytest.approx(42.5)
    assert frame["route"].nunique() == 2
    assert settled(book, pc).set_aside == {"outside the study area": 1}


def test_an_area_without_a_household_count_is_unknown_not_zero():
    some = reading(
        "households",
        {"lsoa21": AREAS[1:], "households": np.full(7, 10.0)},
        vintage="2021",
        detail="totals",
    )
    made, book, _ = run(code_points(POSTCODES), some)
    frame = made.frame.set_index("id")
    assert np.isnan(frame.loc["AA1 1AA", "premises"])
    assert np.isnan(frame.loc["AA1 1AA", "uplift"])
    assert any("no household count" in note for note in book.notes)


def test_no_premises_and_no_households_is_no_demand():
    made, *_ = run(code_points(POSTCODES))
    assert made is None


def test_leading_zeros_do_not_keep_uprns_apart():
    book, _ = county(uprns((100,), ((0.5, 0.5),)))
    x, _ = positions(book).locate(pd.Series(["000000000100", "", "7"]))
    assert np.isfinite(x).tolist() == [True, False, False]


def test_households_of_2011_without_the_lookup_are_refused_with_the_mend(monkeypatch):
    # six of the study's areas did not change; the last two were made of an area of 2011
    monkeypatch.setattr("layers.vintages.LAST_OF_2011", {"E01": 6})
    old = reading("households", {"lsoa21": [*AREAS[:6], "E01000777"], "households": 100.0}, vintage="2011")  # fmt: skip
    made, book, _ = run(old, code_points(POSTCODES))
    assert made is None
    assert "exact fit" in next(iter(settled(book, old).set_aside))
    assert any("is not used: its small areas are those of 2011" in note for note in book.notes)
