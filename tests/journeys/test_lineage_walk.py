"""The long walk: every number that a study prints, cell by cell, figure by figure, down to the file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from journey import infra

from infra.practice import new_practice_study
from infra.session import open_session
from infra.trace import open_books

sys.path.append(str(Path(__file__).parents[1] / "infra"))
import lineage_walk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def practice_books(tmp_path_factory):
    """A whole study, small enough that every single cell can be asked for its chain."""
    folder = tmp_path_factory.mktemp("walk") / "study"
    new_practice_study(folder, premises=500, seed=5)
    said = infra("run", folder)
    assert said.code == 0, said.text
    return open_books(open_session(folder), lambda _: None)


def test_every_cell_has_its_whole_chain(practice_books):
    walked = lineage_walk.explained(practice_books, 0)
    assert walked.broken == []
    assert (
        sum(walked.cells.values())
        == sum(lineage_walk.origins(practice_books).cells.values())
        > 5_000
    )
    assert lineage_walk.tables_on_disk(practice_books.out) <= set(walked.cells)


def test_every_printed_figure_is_found_by_its_id_with_its_value(practice_books):
    walked = lineage_walk.figures(practice_books)
    assert walked.broken == []
    assert sum(walked.cells.values()) > 3_000


def test_every_number_of_the_workbooks_stands_in_the_table_its_heading_names(practice_books):
    for case in practice_books.session.cases:
        walked = lineage_walk.workbook(practice_books, case)
        assert walked.broken == []
        assert sum(walked.cells.values()) > 1_000


def test_the_real_region_resolves_in_every_cell_and_column(real_data, tmp_path):
    import shutil

    study = tmp_path / "region"
    assert infra("new", study, "--area", "E47000007", "--as-of", "2026-11-23").code == 0
    shutil.copytree(real_data, study / "sources", dirs_exist_ok=True, copy_function=shutil.copyfile)
    for command in (
        ("coverage", study),
        *(("rank", study, c) for c in ("full-fibre-fund", "5g-testbed", "co-working")),
    ):
        said = infra(*command)
        assert said.code == 0, said.text
    books = open_books(open_session(study), lambda _: None)
    walked = lineage_walk.origins(books)
    assert walked.broken == []
    assert sum(walked.cells.values()) > 100_000
    chains = lineage_walk.explained(books, 1)
    assert chains.broken == []
    assert sum(chains.cells.values()) > 250
