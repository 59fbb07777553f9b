"""What is alike is copied; what differs in one cell is drawn anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.drawn import Drawn, alike
from layers.lineage import Column, Figures, Table

COLUMNS = {"id": Column("key"), "share": Column("share", "%", 1)}


def table(share: float, **more: object) -> Table:
    frame = pd.DataFrame({"id": ["a", "b"], "share": [np.nan, share]})
    return Table("gaps", "id", frame, COLUMNS, **more)


@pytest.mark.parametrize(
    "other",
    [
        table(40.1),
        table(40.0, withheld={("b", "share"): "<5"}),
        replace(table(40.0), columns=COLUMNS | {"share": Column("share", "%", 0)}),
        replace(table(40.0), frame=table(40.0).frame[["share", "id"]]),
    ],
)
def test_a_table_that_differs_in_one_thing_is_not_alike(other):
    assert alike(table(40.0), table(40.0))
    assert not alike(table(40.0), other)


def test_figures_are_alike_by_their_tables_not_by_what_was_quoted():
    quoted, fresh = Figures([table(40.0)], "case"), Figures([table(40.0)], "case")
    quoted.cite("gaps", "b", "share")
    assert alike(quoted, fresh)
    assert not alike(fresh, Figures([table(40.0)], "other"))
    fresh.cite_as(quoted)
    assert fresh.frame().equals(quoted.frame())


LISTED = {
    "id": Column("key"), "x": Column("a value", "m", 1, low_of="low"), "low": Column("low"),
    "other": Column("not quoted"),
}  # fmt: skip


def listed(**changes: object) -> Table:
    frame = pd.DataFrame({"id": ["a", "b"], "x": [1.0, 2.0], "low": [0.5, 1.5], "other": [7, 8]})
    return Table("t", "id", frame.assign(**changes), LISTED)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"other": [0, 0]}, True),
        ({"x": [1.0, 2.1]}, False),
        ({"low": [0.5, 1.4]}, False),
        ({"id": ["a", "c"]}, False),
    ],
)
def test_what_is_seen_of_figures_is_alike_where_their_lines_are(changes, same):
    """What an edition withholds of a column that is not quoted changes no line of the list."""
    one, other = Figures([listed()], "case"), Figures([listed(**changes)], "case")
    for figures in (one, other):
        figures.cite_cells("t", "x", np.array([0, 1]))
    assert alike(one.seen(), other.seen()) == same
    assert one.frame().equals(other.frame()) == same


def test_what_is_seen_of_figures_is_which_are_quoted_and_how():
    quoted, printed = Figures([listed()], "case"), Figures([listed()], "case")
    quoted.cite_cells("t", "x", np.array([0]))
    printed.cite("t", "a", "x")
    assert not alike(quoted.seen(), printed.seen())  # a printed id stays short where two meet
    quoted.cite("t", "a", "x")
    assert alike(quoted.seen(), printed.seen())
    quoted.cite("t", "b", "x")
    assert not alike(quoted.seen(), printed.seen())


def test_the_same_is_written_once_and_copied(tmp_path: Path):
    drawn, made = Drawn(), []

    def write(name: str, held: Table) -> bytes:
        path = tmp_path / name

        def make() -> None:
            made.append(name)
            path.write_text(held.frame.to_csv())

        drawn.once("table", held, [path], make)
        return path.read_bytes()

    first = write("first", table(40.0))
    assert write("second", table(40.0)) == first
    assert write("third", table(41.0)) != first
    assert made == ["first", "third"]
    drawn.once("other writer", table(40.0), [tmp_path / "x"], lambda: made.append("x"))
    assert made[-1] == "x"


def test_a_file_that_is_there_already_is_left(tmp_path: Path):
    """Cases of one edition share a folder, and the second comes to the file of the first."""
    drawn, path = Drawn(), tmp_path / "gap.png"
    for _case in range(2):
        drawn.once("map", table(40.0), [path], lambda: path.write_text("drawn"))
    assert path.read_text() == "drawn"
