"""Each layer has one declared schema; all its faults come together, in our words."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.formats import format_names
from layers.reasons import CODES, code_of
from layers.schemas import check_layers, declared

HOUSE = Path(__file__).parents[2]


def sites(**changed):
    frame = pd.DataFrame(
        {
            "id": ["library:1", "gp:2", "uprn:3"], "src": "aabbccdd", "record": [1, 2, 3],
            "name": "Ash", "kind": ["library", "gp", "school"], "register": "library", "owner": "",
            "lad": "E08000025", "area": "E01008881", "postcode": "B1 1AA", "easting": 400_000.0,
            "northing": 280_000.0, "uprn": pd.array([pd.NA, 7, 8], dtype="Int64"), "status": "open",
            "location": "exact", "note": "",
        }
    )  # fmt: skip
    return frame.assign(**changed)


def faults(name, frame):
    (checked,) = check_layers({name: frame})
    assert checked.rows == len(frame)
    return {(f.column, f.problem) for f in checked.faults}


def test_a_good_layer_has_no_faults_and_many_rules():
    (checked,) = check_layers({"sites": sites()})
    assert checked.faults == ()
    assert checked.rules > 30


def test_every_fault_is_told_at_once_with_its_rows():
    broken = sites(
        id=["library:1", "library:1", "uprn:3"],
        kind=["library", "gp", "pub"],
        easting=[400_000.0, -5.0, np.nan],
        src="not hex",
    ).drop(columns="status")
    found = faults("sites", broken)
    assert ("id", "in 2 rows a value stands more than once (first: library:1, library:1)") in found
    assert ("status", "the column is not there") in found
    assert ("easting", "in 1 row a value is below 0 (first: library:1)") in found
    assert ("easting", "in 1 row a value has no value (first: uprn:3)") in found or (
        "easting", "in 1 row a value is missing (first: uprn:3)") in found  # fmt: skip
    assert any(c == "src" and "expected form" in p for c, p in found)
    assert any(c == "kind" and "is none of library" in p and "uprn:3" in p for c, p in found)


def test_orders_and_sums_between_columns():
    area = pd.DataFrame({"id": ["E01000001", "E01000002"], "lad": "E08000025", "hectares": 5.0})
    for name in ("full_fibre", "gigabit"):
        area[f"{name}_pct"], area[f"without_{name}"] = 50.0, 5.0
        area[f"{name}_low_pct"], area[f"{name}_high_pct"] = 40.0, 60.0
        area[f"{name}_grade"] = "estimated"
    area = area.assign(premises=10.0, premises_grade="", deficit_5g_pct=np.nan, imd_decile=3.0)
    assert faults("area_gaps", area) == set()
    assert faults("area_gaps", area.assign(without_gigabit=[5.0, 11.0])) == {
        (None, "in 1 row a value without_gigabit is above premises (first: E01000002)")
    }
    low = faults("area_gaps", area.assign(full_fibre_low_pct=[40.0, 55.0]))
    assert low == {
        (None, "in 1 row a value full_fibre_low_pct is above full_fibre_pct (first: E01000002)")
    }
    # a missing value breaks no order
    assert faults("area_gaps", area.assign(without_gigabit=[np.nan, 5.0])) == set()


def test_shapes_are_valid_and_in_the_national_grid():
    box, bow = shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    table = {"id": ["E08000025", "E08000026"], "src": "aabbccdd", "record": [1, 2], "name": "A"}
    good = gpd.GeoDataFrame(table, geometry=[box, box], crs=27700)
    assert faults("districts", good) == set()
    assert faults("districts", good.set_crs(4326, allow_override=True)) == {
        (None, "the whole column or layer is not in EPSG:27700")
    }
    crossed = faults("districts", good.set_geometry([box, bow], crs=27700))
    assert crossed == {("geometry", "in 1 row a value is no valid area (first: E08000026)")}


def test_every_layer_of_the_house_plan_has_a_schema():
    text = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("### The layers")[1].split("## scenarios/")[0]
    named = set(
        re.findall(
            r"`(\w+)`", " ".join(r.split("|")[1] for r in table.splitlines() if r.startswith("| `"))
        )
    )
    without = {
        "coverage_over_time",
        "streets",
        "terrain",
        "surface",
        "bare_earth",
        "signal",
        "fates",
        "quarantine",
    }
    assert named - without <= set(declared())


@pytest.mark.parametrize("name", format_names())
def test_every_reason_in_a_reader_has_a_code(name):
    """Literal reasons of `without_bad` fall under a code; a new one needs a rule or a word of ours."""
    source = (HOUSE / "layers" / "formats" / f"{name}.py").read_text(encoding="utf-8")
    for reason in re.findall(r"without_bad\([^\",]+,\s*f?\"([^\"]+)\",\s*f?\"", source):
        plain = re.sub(r"\{[^}]*\}", "x", reason)
        assert code_of(plain) in CODES, reason


def test_checking_changes_nothing_of_a_layer():
    frame = sites()
    before = frame.copy(deep=True)
    check_layers({"sites": frame})
    pd.testing.assert_frame_equal(frame, before)
