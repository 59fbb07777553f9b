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
