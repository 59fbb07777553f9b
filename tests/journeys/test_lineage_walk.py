"""The long walk: every number that a study prints, cell by cell, figure by figure, down to the file.

The short one is in `tests/infra/test_trace_cells.py`: every cell's origin, and chains of a sample.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from infra.practice import new_practice_study
from infra.run import run
from infra.session import open_session
from infra.trace import open_books

sys.path.append(str(Path(__file__).parents[1] / "infra"))
import lineage_walk

pytestmark = pytest.mark.slow


def quiet(_text: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def practice_books(tmp_path_factory):
    """A whole study: what `infra sample` and `infra run` make, as small as it comes."""
    folder = tmp_path_factory.mktemp("walk") / "study"
    new_practice_study(folder, premises=500, seed=5)
    run(open_session(folder), lambda _group: True, quiet)
    return open_books(open_session(folder), quiet)


def test_every_cell_of_every_table_has_its_whole_chain(practice_books):
    walked = lineage_walk.explained(practice_books, 0)
    assert walked.broken == []
    every = lineage_walk.origins(practice_books)
    assert every.broken == []
    assert walked.cells == every.cells
    assert sum(walked.cells.values()) > 30_000
    assert lineage_walk.tables_on_disk(practice_books.out) <= set(every.cells)


def test_every_printed_figure_is_found_by_its_id_with_its_value(practice_books):
    walked = lineage_walk.figures(practice_books)
    assert walked.broken == []
    assert sum(walked.cells.values()) > 30_000
    printed = lineage_walk.ids(practice_books)
    assert printed.broken == []
    kinds = {"bid.docx", "answers.docx", "index.html", "data-quality.html"}
    assert kinds == {name.rsplit("/", 1)[-1] for name in printed.cells}


def test_every_number_of_the_workbooks_stands_in_the_table_its_heading_names(practice_books):
    for case in practice_books.session.cases:
        walked = lineage_walk.workbook(practice_books, case)
        assert walked.broken == []
        assert sum(walked.cells.values()) > 1_000


def test_the_real_region_resolves_in_every_cell_and_column(real_data, tmp_path):
    from datetime import date

    from infra.new import new_study

    study = tmp_path / "region"
    new_study(study, "E47000007", date(2026, 11, 23))
    shutil.copytree(real_data, study / "sources", dirs_exist_ok=True, copy_function=shutil.copyfile)
    run(
        open_session(study),
        lambda g: g in {"layers", "coverage"} or g.endswith("/ranking"),
        quiet,
    )
    books = open_books(open_session(study), quiet)
    walked = lineage_walk.origins(books)
    assert walked.broken == []
    assert sum(walked.cells.values()) > 100_000
    chains = lineage_walk.explained(books, 3)
    assert chains.broken == []
    assert sum(chains.cells.values()) > 900
