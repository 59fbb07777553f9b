"""The layers combined."""

import numpy as np
import pandas as pd
import pytest
from toy import AREAS, DISTRICTS, county, ofcom, reading

from layers.coverage import coverage_rows
from layers.full_fibre import allocate
from layers.gap_columns import AREA_COLUMNS, DISTRICT_COLUMNS
from layers.gaps import Ingredients, area_gaps, area_sums, district_gaps
from layers.premises import Demand

INDEX = pd.Index(AREAS, name="id")


def ingredients(
    premises=100.0,
    decile=(1, 2, 3, 4, 5, 6, 7, 8),
    units=(1, 2, 3, 4, 5, 6, 7, 8),
    premises_grade="estimated",
    masts=None,
    items=(),
):
    book, base = county(ofcom(premises=(1000, 1000, 1000, 1000)), *items)
    rows, _ = coverage_rows(book, base, "E47000009", "County")
    full, giga = (allocate(rows, base, m) for m in ("full_fibre_pct", "gigabit_pct"))
    lad = base.areas["lad"].to_numpy()
    demand = pd.DataFrame(
        {"id": AREAS, "src": "s", "record": 1, "area": AREAS, "lad": lad, "premises": premises}
    )
    share = 1 - full.frame["pct"].to_numpy() / 100
    for name in ("without_full_fibre", "without_gigabit"):
        for end in ("", "_low", "_high"):
            demand[f"{name}{end}"] = demand["premises"] * share
    deficit = pd.DataFrame(
        np.nan if masts is None else masts, index=INDEX, columns=["pct", "low_pct", "high_pct"]
    )
    deprived = pd.DataFrame(
        {"decile": np.array(decile, float), "grade": "measured", "src": "", "record": 0},
        index=INDEX,
    )
    firms = pd.DataFrame({"area": AREAS, "units": np.array(units, float), "src": ""})
    parts = Ingredients(
        base,
        Demand(demand, premises_grade, premises_grade, "r"),
        area_sums(demand, firms, base.areas),
        rows,
        full,
        giga,
        deficit,
        deprived,
        None,
        None,
    )
    return parts, book


def both(**settings):
    parts, book = ingredients(**settings)
    small = area_gaps(parts, book)
    return small, district_gaps(parts, small, book)


def test_values_published_for_constituencies_never_look_measured_for_an_area():
    small, _ = both(premises_grade="measured")
    assert set(small.frame["full_fibre_grade"]) == {"estimated"}
    assert set(small.frame["premises_grade"]) == {"measured"}
    assert small.cell(AREAS[0], "full_fibre_pct") == 10
    assert small.cell(AREAS[0], "full_fibre_low_pct") == 0
    assert small.cell(AREAS[0], "full_fibre_high_pct") == pytest.approx(25.8)
    assert small.cell(AREAS[0], "without_full_fibre") == 90
    assert small.cell(AREAS[0], "full_fibre_release") == "2024-01"


def test_every_column_has_lineage_and_every_range_its_ends():
    for columns in (AREA_COLUMNS, DISTRICT_COLUMNS):
        for name, column in columns.items():
            assert column.description, name
            for other in (column.low_of, column.high_of, column.grade_of):
                assert other is None or other in columns, (name, other)


def test_coincidence_counts_what_holds_and_says_which():
    small, _ = both()
    # shares without full fibre 90 90 70 70 50 50 10 10 (median 60); deciles 1 to 3; density above 4.5
    assert small.frame["coincidence"].tolist() == [2, 2, 2, 1, 1, 1, 1, 1]
    assert (
        small.cell(AREAS[0], "coincidence_note") == "holds: share without full fibre, deprivation"
    )
    assert small.cell(AREAS[7], "coincidence_note") == "holds: business density"


def test_coincidence_is_missing_where_one_of_the_three_is_unknown():
    small, _ = both(decile=(np.nan, 2, 3, 4, 5, 6, 7, 8), units=(1, np.nan, 3, 4, 5, 6, 7, 8))
    assert small.frame["coincidence"].isna().tolist() == [True, True] + [False] * 6
    assert small.cell(AREAS[0], "coincidence_note") == "unknown: deprivation"
    assert small.cell(AREAS[1], "coincidence_note") == "unknown: business density"


def test_premises_that_are_unknown_stay_unknown():
    small, _ = both(premises=np.array([np.nan] + [100.0] * 7))
    assert np.isnan(small.cell(AREAS[0], "premises"))
    assert np.isnan(small.cell(AREAS[0], "without_full_fibre"))
    assert small.cell(AREAS[0], "premises_grade") == ""


def test_districts_show_the_publishers_base_and_what_was_summed():
    _, large = both()
    row = large.frame.set_index("id").loc[DISTRICTS[0]]
    assert row[["premises", "full_fibre_pct", "without_full_fibre"]].tolist() == [2000, 20, 1600]
    assert row[["full_fibre_grade", "full_fibre_release", "premises_grade"]].tolist() == [
        "estimated",
        "2024-01",
        "estimated",
    ]
    assert row["most_deprived_areas"] == 3
    assert row["areas"] == 4
    assert np.isnan(row["sites"])


def test_the_deficit_is_modelled_or_unknown():
    small, large = both()
    assert small.frame["deficit_5g_pct"].isna().all()
    assert set(small.frame["deficit_5g_grade"]) == {""}
    small, large = both(masts=40.0)
    assert set(small.frame["deficit_5g_grade"]) == {"modelled"}
    assert large.frame["deficit_5g_pct"].tolist() == [40, 40]
    assert "mast list is complete" in AREA_COLUMNS["deficit_5g_pct"].formula


def test_gigabit_of_a_district_is_the_newest_published():
    ons = reading(
        "ons_local_statistics",
        {
            "area_id": DISTRICTS,
            "area_name": "",
            "measure": "gigabit_pct",
            "period": "2026-01",
            "value": [95.0, 90.0],
            "unit": "%",
        },
        vintage="2026-01",
    )
    _, large = both(items=(ons,))
    assert large.frame["gigabit_pct"].tolist() == [95, 90]
    assert set(large.frame["gigabit_grade"]) == {"measured"}
    assert large.frame["without_gigabit"].tolist() == [100, 200]
