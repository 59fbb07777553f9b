"""Errors of estimates, by hand: hide the finer level, make it from the larger, compare."""

from __future__ import annotations

from dataclasses import make_dataclass

import pandas as pd
import pytest

from layers.accuracy import found_errors
from layers.source import Layer


def layer(**columns):
    return Layer("made", pd.DataFrame(columns), ())


def evidence(**changed):
    gaps = {"id": ["a", "b"], "full_fibre_pct": [60.0, 40.0], "full_fibre_low_pct": [50.0, 30.0],
            "full_fibre_high_pct": [70.0, 50.0], "full_fibre_grade": "estimated", "gigabit_grade": "measured"}  # fmt: skip
    made = {
        "area_gaps": layer(**gaps),
        "coverage": layer(measure=["full_fibre_pct"], level=["PCON24"], src=["aabbccdd"]),
        "notes": ("full fibre by small area is the published share of its constituency; error 10.0 points",),
        "areas": layer(id=["a", "b"], name=["Ash 001A", "Ash 001B"], lad=["L", "L"]),
        "demand": None, "businesses": None, "jobs": None, "self_employed": None, "district_gaps": layer(id=[]),
    }  # fmt: skip
    whole = made | changed
    return make_dataclass("Evidence", whole)(**whole)


def test_the_share_carries_the_error_that_its_range_was_made_with():
    (found,) = found_errors(evidence())
    assert (found.layer, found.column, found.value) == ("area_gaps", "full_fibre_pct", 10.0)
    assert found.src == "aabbccdd"


def test_districts_summed_from_constituencies_against_their_published_shares():
    rows = {
        "area_id": ["D", "D", "D", "E", "P"], "level": ["LAD"] * 4 + ["PCON24"],
        "measure": ["gigabit_pct", "gigabit_pct", "full_fibre_pct", "gigabit_pct", "gigabit_pct"],
        "release": "2024-01", "share_pct": [91.0, 94.0, 50.0, 80.0, 10.0],
        "grade": ["measured", "estimated", "estimated", "estimated", "measured"], "src": "aa",
    }  # fmt: skip
    found = {f.layer: f for f in found_errors(evidence(coverage=layer(**rows)))}["coverage"]
    # one district has both, 3 points apart; full fibre is never published for districts here
    assert (found.value, found.compared) == (3.0, 1)
    assert "1 of 2 measures" in found.method
    alone = layer(**{k: v[1:] if isinstance(v, list) else v for k, v in rows.items()})
    found = {f.layer: f for f in found_errors(evidence(coverage=alone))}["coverage"]
    assert pd.isna(found.value)


def test_an_error_that_cannot_be_found_is_missing_and_says_why():
    notes = ("full fibre by small area is a share; error not known, so the range is 0 to 100 %",)
    (found,) = found_errors(evidence(notes=notes))
    assert pd.isna(found.value)
    assert found.method.startswith("not found:")


def test_households_of_small_areas_against_an_even_part_of_their_msoa():
    # 30 homes at one postcode and 90 at three are spread as 30 to each: no error
    even = layer(id=list("wxyz"), area=["a", "b", "b", "b"], premises=[30.0] * 4, grade="estimated", route="r", src="aa")  # fmt: skip
    found = {f.column: f for f in found_errors(evidence(demand=even))}
    assert found["premises"].value == pytest.approx(0)
    # 60 and 60 at one and three postcodes: guessed 30 and 90, off by 50 % both
    odd = layer(id=list("wxyz"), area=["a", "b", "b", "b"], premises=[60.0, 20, 20, 20], grade="estimated", route="r", src="aa")  # fmt: skip
    found = {f.column: f for f in found_errors(evidence(demand=odd))}
    assert found["premises"].value == pytest.approx(50)
    assert found["premises"].compared == 2


def test_businesses_of_districts_against_the_jobs_of_their_sectors():
    areas = layer(id=["a", "b"], name=["Ash 001A", "Elm 001A"], lad=["L", "M"])
    units = layer(area=["a", "b"], units=[10.0, 30.0], jobs=[50.0, 50.0], route="active businesses by district, shared by jobs of postcode sectors", src="aa")  # fmt: skip
    found = {f.column: f for f in found_errors(evidence(areas=areas, businesses=units))}
    # 40 shared 20 and 20: off by +100 % and -33.3 %
    assert found["units"].value == pytest.approx(((100**2 + (100 / 3) ** 2) / 2) ** 0.5)


@pytest.mark.parametrize(("grade", "compared"), [("measured", "small area"), ("estimated", "MSOA")])
def test_jobs_are_hidden_at_the_level_they_are_published_for(grade, compared):
    """Two areas of 30 premises: 10 and 30 jobs are each guessed 20, off by +100 % and -33.3 %."""
    names = ["Ash 001A", "Ash 001B"] if grade == "measured" else ["Ash 001A", "Ash 002A"]
    gaps = evidence().area_gaps.frame.assign(full_fibre_grade="measured", jobs_grade=grade)
    made = evidence(
        area_gaps=Layer("made", gaps, ()),
        areas=layer(id=["a", "b"], name=names, lad=["L", "L"]),
        demand=layer(id=["x", "y"], area=["a", "b"], premises=[30.0, 30.0], grade="measured", src="aa"),
        jobs=layer(area=["a", "b"], jobs=[10.0, 30.0], src="bb"),
    )  # fmt: skip
    (found,) = found_errors(made)
    assert (found.layer, found.column, found.compared) == ("jobs", "jobs", 2)
    assert found.value == pytest.approx(((100**2 + (100 / 3) ** 2) / 2) ** 0.5)
    assert found.method.startswith(f"the published count of each {compared} was hidden")
