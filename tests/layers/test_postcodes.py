"""Live postcodes of the study, and where any postcode is."""

import pandas as pd
from toy import AREAS, DISTRICTS, POSTCODES, code_points, corner, county, reading, settled

from layers.postcodes import gazetteer, postcodes


def onspd(rows):
    """Rows of `postcode: (column, row, terminated, lsoa21)`."""
    xy = [corner(c, r) for c, r, _, _ in rows.values()]
    data = {
        "postcode": list(rows), "terminated": [t for _, _, t, _ in rows.values()],
        "easting": [x for x, _ in xy], "northing": [y for _, y in xy],
        "lsoa21": [a for *_, a in rows.values()], "oa21": [f"OA{i}" for i in range(len(rows))],
    }  # fmt: skip
    return reading("onspd", data, vintage="2025-05")


def test_postcodes_outside_or_without_position_are_set_aside_by_reason():
    item = code_points(POSTCODES)
    item.frame.loc[0, ["quality", "easting", "northing"]] = [90, 0.0, 0.0]
    book, base = county(item)
    found = postcodes(book, base)
    assert len(found) == 7
    assert found["id"].is_monotonic_increasing
    assert found.set_index("id").loc["BB2 1AA", ["area", "lad"]].tolist() == [
        AREAS[4],
        DISTRICTS[1],
    ]
    assert settled(book, item).set_aside == {"no position": 1, "outside the study area": 1}


def test_the_directory_comes_first_and_ended_postcodes_go():
    directory = onspd(
        {"AA1 1AA": (0.5, 0.5, "", AREAS[1]), "AA1 9ZZ": (0.5, 0.5, "201001", AREAS[0])}
    )
    points = code_points({"AA1 1AA": (1.5, 1.5), "AA1 1AB": (0.5, 0.5)})
    book, base = county(directory, points)
    found = postcodes(book, base).set_index("id")
    # the published area counts, not the polygon the point falls in
    assert found.loc["AA1 1AA", "area"] == AREAS[1]
    assert list(found.index) == ["AA1 1AA", "AA1 1AB"]
    assert settled(book, directory).set_aside == {"ended postcode": 1}
    assert settled(book, points).set_aside == {"same postcode in a fuller file": 1}


def test_the_gazetteer_knows_postcodes_outside_the_study_too():
    book, _ = county(code_points(POSTCODES))
    places = gazetteer(book)
    found = places.locate(pd.Series(["ZZ9 9ZZ", "QQ1 1QQ"]))
    assert found["easting"].tolist()[0] == corner(9, 9)[0]
    assert found["easting"].isna().tolist() == [False, True]


def test_a_live_entry_counts_before_an_ended_one():
    book, _ = county(
        onspd({"AA1 1AA": (0.5, 0.5, "201001", AREAS[0])}), code_points({"AA1 1AA": (1.5, 1.5)})
    )
    assert gazetteer(book).frame.loc["AA1 1AA", "easting"] == corner(1.5, 1.5)[0]


def test_no_source_means_none():
    book, base = county()
    assert postcodes(book, base) is None
    assert len(gazetteer(book)) == 0
