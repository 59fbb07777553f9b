"""Text from files stays text in every CSV that is written: a spreadsheet runs none of it."""

import csv

import pandas as pd
import pytest

from infra.write import write_columns, write_csv

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
