"""Tables document every column; figures quote cells."""

import base64
import hashlib

import numpy as np
import pandas as pd
import pytest

from layers.lineage import Column, Figures, Table, figure_id


def table(**changes):
    frame = pd.DataFrame(
        {"id": ["a", "b"], "x": [1.26, np.nan], "low": [1.0, np.nan], "grade": ["measured", ""]}
    )
    columns = {
        "id": Column("key"),
        "x": Column("a value", unit="premises", decimals=1, low_of="low", grade_of="grade"),
        "low": Column("low", decimals=1),
        "grade": Column("grade"),
    }
    return Table("t", "id", changes.get("frame", frame), changes.get("columns", columns))


def test_values_are_rounded_once_when_the_table_is_made():
    assert table().cell("a", "x") == 1.3


def test_a_column_without_lineage_is_refused():
    with pytest.raises(ValueError, match="without lineage"):
        table(columns={"id": Column("key")})


def test_a_repeated_key_is_refused():
    with pytest.raises(ValueError, match="repeats"):
        table(
            frame=pd.DataFrame(
                {"id": ["a", "a"], "x": [1.0, 2.0], "low": [0.0, 0.0], "grade": ["", ""]}
            )
        )


def test_a_figure_carries_unit_range_and_grade():
    figures = Figures([table()], "case")
    figure = figures.cite("t", "a", "x")
    assert (figure.text, figure.low, figure.grade) == ("1.3 premises", 1.0, "measured")
    assert figure.fig_id == figure_id("case/t", "a", "x")


def test_missing_is_no_data_and_never_zero():
    assert Figures([table()], "case").cite("t", "b", "x").text == "no data"


def test_only_what_was_quoted_is_listed_once_and_in_order():
    figures = Figures([table()], "case")
    figures.cite("t", "b", "x")
    figures.cite("t", "a", "x")
    figures.cite("t", "a", "x")
    assert figures.frame()["row"].tolist() == ["a", "b"]


def test_ids_of_two_cases_differ():
    assert figure_id("one/t", "a", "x") != figure_id("two/t", "a", "x")
    # base 32 of RFC 4648 over the first forty bits
    digest = hashlib.sha256(b"one/t\x1fa\x1fx").digest()
    assert figure_id("one/t", "a", "x") == "F-" + base64.b32encode(digest[:5]).decode()


def test_columns_quoted_at_once_are_told_as_cells_quoted_one_by_one():
    singly, whole = Figures([table()], "case"), Figures([table()], "case")
    for row in ("b", "a"):
        for column in ("x", "low"):
            singly.cite("t", row, column)
    whole.cite("t", "b", "x")  # and one of them twice
    for column in ("x", "low"):
        whole.cite_cells("t", column, table().at(["b", "a"]))
    pd.testing.assert_frame_equal(whole.frame(), singly.frame())
    fresh = Figures([table()], "case")
    fresh.cite_as(whole)
    pd.testing.assert_frame_equal(fresh.frame(), singly.frame())


def test_figures_whose_ids_meet_get_longer_ones_but_for_what_is_printed(monkeypatch):
    def meeting(_table, row, _column, *, longer=False):
        return f"F-AAAAAAAA{row * 4 if longer else ''}"

    monkeypatch.setattr("layers.lineage.figure_id", meeting)
    figures = Figures([table()], "case")
    figures.cite_cells("t", "x", table().at(["a", "b"]))
    assert figures.frame()["fig_id"].tolist() == ["F-AAAAAAAAaaaa", "F-AAAAAAAAbbbb"]
    figures.cite("t", "b", "x")
    assert figures.frame()["fig_id"].tolist() == ["F-AAAAAAAAaaaa", "F-AAAAAAAA"]


def test_the_longer_id_begins_with_the_shorter():
    cell = ("case/t", "a", "x")
    assert len(figure_id(*cell, longer=True)) == len("F-") + 12
    assert figure_id(*cell, longer=True).startswith(figure_id(*cell))


def test_two_figures_of_one_id_are_refused(monkeypatch):
    monkeypatch.setattr("layers.lineage.figure_id", lambda *_cell, **_longer: "F-AAAAAAAA")
    figures = Figures([table()], "case")
    figures.cite_cells("t", "x", table().at(["a", "b"]))
    with pytest.raises(ValueError, match="meets twice: case/t:a:x and case/t:b:x"):
        figures.frame()
