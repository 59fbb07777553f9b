"""Text from files stays text in every CSV that is written: a spreadsheet runs none of it."""

import csv
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from infra.write import records, write_columns, write_csv, write_geojson

HOSTILE = [
    "=1+1",
    "+44 121",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "a\r=1",
    "a\r\n=1",
    "\x07=1",
    "a\x1b[2Jb\u202e",
]
# a carriage return would end the row for most readers: it is kept as a line break within the cell
WRITTEN = [
    "'=1+1",
    "'+44 121",
    "'-2+3",
    "'@SUM(A1)",
    "'\t=1",
    "'\n=1",
    "a\n=1",
    "a\n=1",
    "'=1",
    "a[2Jb",
]


@pytest.mark.parametrize("kind", ["str", "object", "category"])
def test_a_cell_that_begins_like_a_formula_is_made_text(tmp_path, kind):
    frame = pd.DataFrame(
        {
            "file": pd.Series(HOSTILE).astype(kind),
            "value": pd.Series([*HOSTILE[:-1], None]).astype(kind),
            "line": -1.0,
        }
    )
    write_csv(frame, tmp_path / "quarantine.csv", {"line": 0})
    with (tmp_path / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["file"] for row in rows] == WRITTEN
    assert [row["value"] for row in rows] == [*WRITTEN[:-1], ""]
    # a number may begin with a minus sign: it is ours, not text from a file
    assert {row["line"] for row in rows} == {"-1"}


def test_columns_are_written_as_a_frame_of_them_is(tmp_path):
    columns = {
        "id": [*HOSTILE, "plain", 'quoted "x", y', "two\nlines"],
        "value": [*HOSTILE[:-1], None, 0.1, 1e-7, float("nan")],
        "low": [None, pd.NA, *[float(i) for i in range(len(HOSTILE) + 1)]],
    }
    write_columns(columns, tmp_path / "columns.csv")
    frame = pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in columns.items()})
    write_csv(frame, tmp_path / "frame.csv")
    assert (tmp_path / "columns.csv").read_bytes() == (tmp_path / "frame.csv").read_bytes()


KINDS = pd.DataFrame(
    {
        "key": ["a", "b", "c"],
        "day": pd.to_datetime(["2026-01-01", None, "2026-02-03"]),
        "count": pd.array([1, None, 3], dtype="Int64"),
        "yes": pd.array([True, None, False], dtype="boolean"),
        "any": [True, None, 1.5],
        "money": [1.5, np.nan, 1e20],
        "share": [1 / 3, 0.5, np.nan],
        "kind": pd.Categorical(["x", "y", None]),
    }
)


def test_every_kind_of_column_is_written_as_plain_values_and_missing_as_nothing(tmp_path):
    withheld = {("b", "kind"): "<5", ("a", "money"): "withheld"}
    write_csv(KINDS, tmp_path / "a.csv", {"money": 2}, key="key", withheld=withheld)
    assert (tmp_path / "a.csv").read_text("utf-8").splitlines() == [
        "key,day,count,yes,any,money,share,kind",
        f"a,2026-01-01,1,true,True,withheld,{1 / 3!r},x",
        "b,,,,,,0.5,<5",
        "c,2026-02-03,3,false,1.5,100000000000000000000.00,,",
    ]


def test_rows_as_plain_data_have_none_for_missing_and_no_letters_that_act():
    frame = KINDS[["count", "yes", "share"]].assign(
        name=["a\x07", None, "=1\n"], held=[[1], None, {}]
    )
    assert records(frame) == [
        {"count": 1, "yes": True, "share": 1 / 3, "name": "a", "held": [1]},
        {"count": None, "yes": None, "share": 0.5, "name": None, "held": None},
        {"count": 3, "yes": False, "share": None, "name": "=1\n", "held": {}},
    ]


def test_places_and_shapes_are_geojson_and_none_where_there_is_no_place(tmp_path):
    points = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[shapely.Point(), shapely.Point(407000, 287000)], crs=27700)  # fmt: skip
    write_geojson(points, tmp_path / "p.json", ["n"])
    first, second = json.loads((tmp_path / "p.json").read_text("utf-8"))["features"]
    assert (first["geometry"], first["properties"]) == (None, {"n": 1})
    assert second["geometry"]["type"] == "Point"
    assert second["geometry"]["coordinates"] == pytest.approx([-1.9, 52.48], abs=0.01)
    lines = points.set_geometry([None, shapely.LineString([(407000, 287000), (407100, 287000)])])
    write_geojson(lines, tmp_path / "l.json", ["n"])
    first, second = json.loads((tmp_path / "l.json").read_text("utf-8"))["features"]
    assert first["geometry"] is None
    assert second["geometry"]["type"] == "LineString"
    assert second["geometry"]["coordinates"][0] == pytest.approx([-1.9, 52.48], abs=0.01)
