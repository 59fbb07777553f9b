"""Coverage over time: which value a line takes, and where it breaks."""

import pandas as pd
import pytest

from layers.lineage import Column, Table
from layers.series import MENDED, changes, coverage_series
from layers.source import SourceFile

OFCOM, ONS, COMMONS = "0f000000", "05000000", "c0000000"
PLACE = "E08000901"


def rows(*cells, level="LAD", area=PLACE, measure="gigabit_pct"):
    """Rows of a coverage table from (release, share, src, basis)."""
    return [
        {
            "area_id": area, "area_name": "Westvale", "level": level, "measure": measure,
            "release": release, "premises": 100.0, "count": share, "share_pct": share,
            "grade": "estimated" if basis else "measured", "method": "", "basis": basis, "src": src,
            "record": 1,
        }
        for release, share, src, basis in cells
    ]  # fmt: skip


def series(*parts):
    frame = pd.DataFrame([row for part in parts for row in part])
    frame.insert(0, "row", [str(n) for n in range(len(frame))])
    sources = tuple(
        SourceFile(f"{src}.csv", src.ljust(64, "0"), 1, "f", "d", title, publisher, "l", "a")
        for src, title, publisher in (
            (OFCOM, "fixed coverage", "Ofcom"), (ONS, "local statistics", "ONS"), (COMMONS, "dashboard", "Commons"),
        )
    )  # fmt: skip
    columns = {name: Column("") for name in frame}
    return coverage_series(Table("coverage", "row", frame, columns, sources)).frame


def shown(frame, *columns):
    return frame[list(columns)].to_numpy().tolist()


def test_a_change_is_the_difference_to_the_release_before():
    made = series(rows(("2024-01", 40.0, OFCOM, ""), ("2024-07", 42.5, OFCOM, "")))
    assert pd.isna(made["change_points"].iloc[0])
    assert made["change_points"].iloc[1] == pytest.approx(2.5)
    assert made["break"].tolist() == ["", ""]
    assert made["before"].tolist() == ["", f"{PLACE}|LAD|gigabit_pct|2024-01"]


def test_superfast_of_2019_and_2020_is_a_break_that_was_mended():
    # Ofcom left ultrafast out of superfast in 2018 and 2019; the readers add it back
    cells = (
        ("2018-09", 90.0, OFCOM, ""),
        ("2019-09", 92.0, OFCOM, ""),
        ("2020-09", 95.0, OFCOM, ""),
    )
    made = series(rows(*cells, measure="superfast_pct"))
    assert made["break"].tolist() == ["", "", MENDED]
    assert made["change_points"].iloc[2] == pytest.approx(3.0)
    assert "ultrafast" in made["break_reason"].iloc[2]


def test_a_changed_definition_gives_no_change():
    cells = (("2024-01", 2.0, OFCOM, ""), ("2026-01", 1.0, OFCOM, ""))
    made = series(rows(*cells, measure="decent_unable_pct"))
    assert made["break"].tolist() == ["", "definition"]
    assert made["change_points"].isna().all()


def test_between_the_last_old_and_the_first_new_release_every_crossing_is_marked():
    releases = ("2024-01", "2025-01", "2026-01", "2026-07")
    made = series(rows(*((r, 1.0, OFCOM, "") for r in releases), measure="decent_unable_pct"))
    assert made["break"].tolist() == ["", "definition", "definition", ""]


def test_constituencies_of_2024_start_a_line_of_their_own_and_say_why():
    old = rows(("2022-09", 50.0, OFCOM, ""), level="PCON10", area="E14000564")
    new = rows(("2024-07", 60.0, OFCOM, ""), level="PCON24", area="E14001096")
    made = series(old, new).set_index("area_id")
    assert made.loc["E14000564", "break"] == ""
    assert made.loc["E14001096", "break"] == "bounds"
    assert "2010" in made.loc["E14001096", "break_reason"]
    assert made["change_points"].isna().all()


def test_a_sum_over_other_units_is_a_break():
    ten, four = "sum of constituencies of 2010", "sum of constituencies of 2024"
    made = series(rows(("2024-01", 50.0, OFCOM, ten), ("2024-07", 55.0, OFCOM, four)))
    assert made["break"].tolist() == ["", "basis"]
    assert made["break_reason"].iloc[1] == f"{ten} before; from here {four}"
    assert made["change_points"].isna().all()


def test_fewer_operators_behind_all_of_them_is_a_break():
    made = series(
        rows(("2025-01", 30.0, OFCOM, "all 4 operators"), ("2026-01", 50.0, OFCOM, "all 3 operators"))
    )  # fmt: skip
    assert made["break"].tolist() == ["", "basis"]


def test_a_line_keeps_to_the_source_with_most_releases_and_others_stand_in_outside_them():
    made = series(
        rows(("2022-09", 40.0, ONS, ""), ("2024-01", 60.0, ONS, ""), ("2026-01", 80.0, ONS, "")),
        rows(("2020-09", 20.0, OFCOM, "sum of constituencies of 2010")),
        rows(("2024-01", 59.0, OFCOM, "sum of constituencies of 2010")),
        rows(("2023-09", 55.0, COMMONS, ""), ("2026-06", 82.0, COMMONS, "")),
    )
    assert shown(made, "release", "share_pct", "break") == [
        ["2020-09", 20.0, ""],
        ["2022-09", 40.0, "source; basis"],
        ["2024-01", 60.0, ""],
        ["2026-01", 80.0, ""],
        ["2026-06", 82.0, "source"],
    ]


def test_areas_without_a_share_have_no_row_and_no_coverage_no_rows():
    made = series(rows(("2024-01", None, OFCOM, ""), ("2024-07", 1.0, OFCOM, "")))
    assert made["release"].tolist() == ["2024-07"]
    columns = ["row", "area_id", "area_name", "level", "measure", "release", "premises", "count",
               "share_pct", "grade", "method", "basis", "src", "record"]  # fmt: skip
    empty = Table(
        "coverage", "row", pd.DataFrame(columns=columns), {c: Column("") for c in columns}
    )
    assert coverage_series(empty).frame.empty


def test_the_shipped_changes_say_when_and_who_says_so():
    for rule in changes():
        assert rule.last < rule.first
        assert rule.reason
        assert rule.source
