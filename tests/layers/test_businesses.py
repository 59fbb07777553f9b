"""Business units at points."""

import numpy as np
import pandas as pd
import pytest
from toy import AREAS, DISTRICTS, POSTCODES, code_points, corner, county, reading, settled

from layers.businesses import ROUTE_NOMIS_JOBS, businesses, sector_of
from layers.parameters import shipped
from layers.postcodes import gazetteer, postcodes

ACTIVE = pd.DataFrame(
    {
        "area_id": [*DISTRICTS, DISTRICTS[0]],
        "period": ["2024-01", "2024-01", "2019-01"],
        "units": [500.0, 300.0, 9.0],
        "src": "s",
        "record": [1, 2, 3],
    }
)


def run(*items, demand=None, active=ACTIVE):
    book, base = county(*items)
    return businesses(
        book, base, demand, postcodes(book, base), gazetteer(book), active, shipped()
    ), book


def points():
    return pd.DataFrame(
        {
            "id": ["p1", "p2", "p3"],
            "easting": 0.0,
            "northing": 0.0,
            "area": [AREAS[0], AREAS[1], AREAS[4]],
            "premises": [30.0, 10.0, 5.0],
        }
    )


def nomis(rows):
    frame = pd.DataFrame(rows, columns=["area_id", "industry", "sizeband", "units"])
    return reading(
        "nomis_businesses",
        frame.assign(area_name="", units_low=frame["units"] - 2, units_high=frame["units"] + 2),
    )


def test_nomis_units_are_spread_by_premises_within_their_msoa():
    item = nomis(
        [
            ("E02000001", "total", "total", 100.0),
            ("E02000002", "total", "total", 40.0),
            ("E02009999", "total", "total", 7.0),
        ]
    )
    jobs = reading("workplace_jobs", {"sector": ["AA1 1"], "jobs": [1.0]})
    made, book = run(item, jobs, demand=points())
    assert made["units"].tolist() == [75, 25, 40]
    assert made["units_high"].tolist() == [76.5, 25.5, 42]
    assert made["micro_weighted"].isna().all()
    assert settled(book, item).set_aside == {"outside the study area": 1}
    assert "newer and better" in book.close()[1][jobs.source.sha256]


def test_more_units_go_where_a_premises_has_more_jobs():
    """Two sectors of one MSOA: 30 premises with 30 jobs, and 10 with 50: weights 30 and 50."""
    item = nomis([("E02000001", "total", "total", 80.0), ("E02000002", "total", "total", 40.0)])
    jobs = reading(
        "workplace_jobs", {"sector": ["AA1 1", "AA1 2", "QQ1 1"], "jobs": [30.0, 50.0, 9.0]}
    )
    posts = code_points({"AA1 1AA": (0.5, 0.5), "AA1 2AA": (1.5, 0.5)})
    here = points().iloc[:2].assign(easting=[corner(0.5, 0)[0], corner(1.5, 0)[0]])
    here["northing"] = corner(0, 0.5)[1]
    made, book = run(item, jobs, posts, demand=here)
    assert made["units"].tolist() == pytest.approx([30, 50])
    assert made["units_low"].sum() == pytest.approx(78)
    assert set(made["route"]) == {ROUTE_NOMIS_JOBS}
    assert settled(book, jobs).set_aside == {"outside the study area": 1}


def test_district_counts_alone_are_spread_over_premises_and_said_to_be_weak():
    here = points().assign(lad=[DISTRICTS[0], DISTRICTS[0], DISTRICTS[1]], src="s", record=1)
    made, book = run(demand=here)
    assert made["units"].tolist() == [375, 125, 300]
    assert set(made["grade"]) == {"estimated"}
    assert any("by district only" in note for note in book.notes)


def test_micro_units_of_digital_and_professional_sections_count_whole_and_others_in_part():
    rows = [
        ("E02000001", "total", "total", 100.0),
        ("E02000001", "total", "micro", 80.0),
        ("E02000001", "J", "micro", 20.0),
        ("E02000001", "M", "micro", 10.0),
        ("E02000001", "C", "micro", 50.0),
    ]
    made, _ = run(nomis(rows), demand=points().iloc[:2])
    # 30 + 0.3 x 50 = 45, of which three quarters at the first point
    assert made["micro_weighted"].tolist() == pytest.approx([33.75, 11.25])
    # each cell lies within 2 of what it shows: 26 + 0.3 x 52 at least, 34 + 0.3 x 48 at most
    assert made["micro_weighted_low"].sum() == pytest.approx(41.6)
    assert made["micro_weighted_high"].sum() == pytest.approx(48.4)


def test_the_interval_that_rounding_leaves_holds_the_rest_that_rounding_makes_negative():
    """Two sections of 12, rounded to 10 each, and a total of 23 that shows 25: nothing is left over."""
    rows = [
        ("E02000001", "total", "micro", 20.0), ("E02000001", "J", "micro", 10.0),
        ("E02000001", "M", "micro", 15.0), ("E02000001", "total", "total", 25.0),
    ]  # fmt: skip
    made, _ = run(nomis(rows), demand=points().iloc[:2])
    low, middle, high = (made[f"micro_weighted{end}"].sum() for end in ("_low", "", "_high"))
    assert low <= middle <= high
    assert middle == pytest.approx(25)


def test_district_counts_are_shared_by_jobs_of_sectors():
    jobs = reading(
        "workplace_jobs",
        {
            "sector": ["AA1 1", "AA1 2", "AA1 3", "BB2 1", "BB2 2", "QQ1 1"],
            "jobs": [100.0, 200.0, 100.0, 60.0, 40.0, 9.0],
        },
        vintage="2011",
    )
    made, book = run(code_points(POSTCODES), jobs)
    frame = made.set_index("id")
    assert frame.loc["AA1 1AA", ["jobs", "units"]].tolist() == [50, 62.5]
    assert made.groupby(made["id"].str[:3])["units"].sum().tolist() == pytest.approx([500, 300])
    # the study's 800 units shared by 400 and 100 jobs would be 640 and 160
    error = np.sqrt((0.28**2 + (140 / 300) ** 2) / 2)
    assert frame.loc["AA1 1AA", "units_low"] == pytest.approx(62.5 * (1 - error))
    assert set(frame["grade"]) == {"estimated"}
    assert frame["micro_weighted"].isna().all()
    assert settled(book, jobs).set_aside == {"outside the study area": 1}
    assert any("38 %" in note for note in book.notes)


def test_a_sector_across_the_edge_keeps_only_its_share():
    jobs = reading("workplace_jobs", {"sector": ["AA1 1"], "jobs": [90.0]})
    made, _ = run(
        code_points({"AA1 1AA": (0.5, 0.5), "AA1 1AB": (9, 9), "AA1 1AC": (2.5, 0.5)}), jobs
    )
    assert made["jobs"].tolist() == [30.0, 30.0]


def test_a_postcode_without_jobs_data_is_unknown_not_zero():
    jobs = reading("workplace_jobs", {"sector": ["AA1 1", "BB2 1"], "jobs": [100.0, 60.0]})
    made, _ = run(code_points(POSTCODES), jobs)
    assert made.set_index("id").loc["AA1 2AA", ["jobs", "units"]].isna().all()


def test_without_district_counts_there_is_no_layer():
    jobs = reading("workplace_jobs", {"sector": ["AA1 1"], "jobs": [1.0]})
    made, book = run(code_points(POSTCODES), jobs, active=ACTIVE.iloc[:1])
    assert made is None
    assert "no district counts" in book.close()[1][jobs.source.sha256]


def test_the_sector_is_the_postcode_less_its_last_two_letters():
    assert sector_of(pd.Series(["B1 1AA", "WV10 9ZZ"])).tolist() == ["B1 1", "WV10 9"]
