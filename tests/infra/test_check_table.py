"""The table at the end of `infra check`: have, stale, missing, and where to get it."""

from __future__ import annotations

from datetime import date

import pytest

from infra.check_table import SOURCES_OF, held_data, months_old, needed_datasets, table_lines
from layers.catalogue import shipped
from layers.gather import FileFate
from layers.source import SourceFile
from scenarios.scenario import load_scenario, scenario_names

AS_OF = date(2026, 11, 1)


def fate(dataset, vintage, status="used"):
    source = SourceFile("a.csv", "0" * 64, 1, "f", dataset, "t", "p", "l", "a", vintage)
    return FileFate("a.csv", status, vintage=vintage, source=source)


@pytest.mark.parametrize("scenario", scenario_names())
def test_every_layer_that_a_scenario_needs_has_its_datasets(scenario):
    layers = {need.layer for need in load_scenario(scenario).needs}
    assert layers <= set(SOURCES_OF)
    assert set(needed_datasets(scenario)) <= set(shipped())


def test_tenure_is_asked_of_the_registers_that_hold_it():
    needed = needed_datasets("full_fibre_fund")
    assert {key for key, uses in needed.items() if "tenure" in uses} == {
        "council-asset-registers",
        "government-property",
    }


def test_have_stale_and_missing_are_told_by_what_is_used_and_how_old_it_is():
    # NaPTAN of 2026-10 is young; fixed coverage of 2024-01 is 34 months old, over its 12
    fates = [fate("naptan", "2026-10"), fate("ofcom-connected-nations-fixed", "2024-01"), fate("bduk-premises", "2026-05", "not used")]  # fmt: skip
    rows = {row.dataset: row for row in held_data("coworking", fates, AS_OF)}
    assert rows["naptan"].status == "have"
    assert (rows["ofcom-connected-nations-fixed"].status, rows["ofcom-connected-nations-fixed"].vintage) == ("stale", "2024-01")  # fmt: skip
    assert rows["bduk-premises"].status == "missing"  # a file that is not used is not had
    assert rows["bduk-premises"].where == shipped()["bduk-premises"].source


def test_what_only_stands_in_is_not_asked_for_beside_the_better():
    without = {row.dataset for row in held_data("coworking", [], AS_OF)}
    beside = {row.dataset for row in held_data("coworking", [fate("onspd", "2026-08")], AS_OF)}
    assert without - beside == {"os-code-point-open"}


def test_the_newest_release_decides():
    fates = [fate("ofcom-connected-nations-fixed", v) for v in ("2026-07", "2018-09")]
    rows = {row.dataset: row for row in held_data("full_fibre_fund", fates, AS_OF)}
    assert rows["ofcom-connected-nations-fixed"].status == "have"


@pytest.mark.parametrize(
    ("vintage", "months"), [("2026-10", 1), ("2025", 11), ("2026-01-15", 10), ("", None)]
)
def test_age_counts_from_the_study_s_clock(vintage, months):
    assert months_old(vintage, AS_OF) == months


def test_what_is_not_had_says_where_it_is_published():
    lines = table_lines("5g-testbed", held_data("testbed_5g", [fate("naptan", "2026-10")], AS_OF))
    assert lines[0].startswith("5g-testbed: 1 have, 0 stale, ")
    missing = next(i for i, line in enumerate(lines) if line.startswith("  missing"))
    assert lines[missing + 1].strip().startswith("get it from: ")
