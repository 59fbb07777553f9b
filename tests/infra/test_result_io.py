"""Results kept between runs come back as they were, and print the same."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from infra import result_io
from infra.write import write_table
from layers.parameters import shipped
from scenarios.plan_tables import joined_up_tables

sys.path.append(str(Path(__file__).parents[1] / "scenarios"))
import tiny

CASES = ("full-fibre-fund", "co-working", "5g-testbed")


def tables(result):
    return [*(getattr(result, name) for name in result_io.MAIN), *result.more.values()]


def alike(folder, first, second):
    """Hold two tables against each other: cells, lineage, and the bytes of their CSV."""
    assert (first.name, first.key, first.sources) == (second.name, second.key, second.sources)
    assert first.columns == second.columns
    cells = [t.frame.astype(object).where(t.frame.notna(), None) for t in (first, second)]
    pd.testing.assert_frame_equal(*cells, check_exact=True)
    for name, table in (("a", first), ("b", second)):
        write_table(table, folder / f"{name}.csv")
    assert (folder / "a.csv").read_bytes() == (folder / "b.csv").read_bytes()


@pytest.fixture(scope="module")
def results():
    return {key: tiny.run(key) for key in CASES}


@pytest.mark.parametrize("key", CASES)
def test_a_result_comes_back_as_it_was(tmp_path, results, key):
    made = results[key]
    (tmp_path / "kept").mkdir()
    result_io.save_result(tmp_path / "kept", made)
    held = result_io.load_result(tmp_path / "kept", made.case, made.profile, made.parameters)
    assert result_io.cells_of(tmp_path / "kept") == sum(t.frame.size for t in tables(made))
    assert held.notes == made.notes
    assert list(held.more) == list(made.more)
    for first, second in zip(tables(made), tables(held), strict=True):
        alike(tmp_path, first, second)
    for name in result_io.DRAWN:
        first, second = getattr(made, name), getattr(held, name)
        assert first.crs == second.crs
        assert first.geometry.geom_equals(second.geometry).all()


def test_a_plan_comes_back_as_it_was(tmp_path, results):
    made = joined_up_tables(tiny.evidence(), results, shipped())
    (tmp_path / "kept").mkdir()
    result_io.save_plan(tmp_path / "kept", made, "all but the weights")
    assert result_io.plan_basis(tmp_path / "kept") == "all but the weights"
    assert result_io.plan_basis(tmp_path) == ""
    held = result_io.load_plan(tmp_path / "kept")
    assert (held.lines, held.notes) == (made.lines, made.notes)
    for first, second in zip(made.tables, held.tables, strict=True):
        alike(tmp_path, first, second)
