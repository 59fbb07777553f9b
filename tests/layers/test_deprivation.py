"""Deprivation by small area."""

from dataclasses import replace

import numpy as np
from toy import AREAS, county, reading, settled

from layers.deprivation import deprivation


def imd(edition, areas=AREAS, decile=3):
    rows = {"area_id": list(areas), "decile": float(decile), "rank": 1.0, "edition": edition}
    return reading("imd", rows, vintage=edition, detail=edition)


def test_the_edition_of_2025_is_measured_and_2019_is_left_out():
    old, new = imd("2019"), imd("2025", (*AREAS[:7], "E01999999"))
    book, base = county(old, new)
    found = deprivation(book, base)
    assert found["decile"].tolist()[:7] == [3.0] * 7
    assert np.isnan(found["decile"].iloc[7])
    assert found["grade"].tolist() == ["measured"] * 7 + [""]
    assert settled(book, new).set_aside == {"outside the study area": 1}
    assert "ended vintage" in book.close()[1][old.source.sha256]


def test_2019_stands_in_for_areas_that_did_not_change():
    item = imd("2019")
    book, base = county(item)
    found = deprivation(book, replace(base, unchanged_2011=frozenset(AREAS[:2])))
    assert found["grade"].tolist() == ["measured"] * 2 + [""] * 6
    assert settled(book, item).set_aside == {"area changed between 2011 and 2021": 6}


def test_2019_without_a_lookup_is_estimated():
    book, base = county(imd("2019"))
    assert set(deprivation(book, base)["grade"]) == {"estimated"}


def test_the_lookup_of_changes_is_read_where_2019_is_all_there_is():
    change = reading(
        "lookups",
        {"lsoa11": AREAS[:2], "lsoa21": AREAS[:2], "change": ["U", "X"]},
        vintage="2022",
        name="change.csv",
    )
    _, base = county(imd("2019"), change)
    assert base.unchanged_2011 == {AREAS[0]}
