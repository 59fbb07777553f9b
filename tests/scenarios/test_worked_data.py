"""Vectors D04, D05, D07 and D08 of the worked examples, by the functions that the product uses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers.formats import load
from layers.parameters import shipped
from layers.peeking import peek
from layers.recognise import recognise
from layers.source import SourceFile
from scenarios.appraisal import cost_per_additional
from scenarios.catchment import Membership, straight_line_distances
from scenarios.routes import Points, catchment_share


def test_d04_shares_are_of_all_premises_and_unable_of_matched(worked_examples, real_data):
    """The first row of the published file: Aberavon, January 2024."""
    given = {k: v["value"] for k, v in worked_examples["D04"]["inputs"].items()}
    expected = worked_examples["D04"]["expected"]
    path = real_data / "ofcom_fixed" / "202401_fixed_pcon_coverage_r01.csv"
    look = peek(path)
    key = "ofcom_fixed"
    source = SourceFile(path.name, "0" * 64, 1, key, "", "", "", "", "", "2024-01")
    frame = load(key).read(look, source, recognise(look).layout).frame
    row = frame.iloc[0]
    assert (row["premises"], row["matched_premises"]) == (given["all_premises"], given["matched"])
    assert row["full_fibre_n"] == given["n_full_fibre"]
    assert row["full_fibre_pct"] == expected["full_fibre_pct"]
    assert row["unable_30_n"] == expected["n_unable_30"] == given["matched"] - given["n_sfbb"]
    assert round(100 * row["unable_30_n"] / row["premises"], 1) == expected["unable_30_pct"]
    assert row["unable_30_pct"] == expected["unable_30_pct"]


def test_d05_an_area_from_its_postcodes(worked_examples):
    """A postcode without a value widens the range and is spoken for by the others."""
    example = worked_examples["D05"]
    rows = example["inputs"]["postcodes"]["value"]
    share = np.array([np.nan if pct is None else pct for _, pct, _ in rows], dtype=float)
    premises = np.array([float(n) for *_, n in rows])
    gigabit = share / 100 * premises
    frame = pd.DataFrame({"premises": premises, "gigabit": gigabit, "grade": "estimated"})
    every = np.arange(len(rows))
    area = Membership.of(
        np.zeros_like(every), every, np.zeros(len(rows)), len(rows), np.array(["streets"], object)
    )
    found = catchment_share(area, Points(frame), "gigabit", layer="demand", words="gigabit")
    expected = example["expected"]
    assert 100 * found.value[0] == pytest.approx(expected["area_pct"])
    assert 100 * found.low[0] == pytest.approx(expected["low_bound_pct"])
    assert 100 * found.high[0] == pytest.approx(expected["high_bound_pct"], abs=1e-4)
    known = premises[~np.isnan(share)].sum() / premises.sum()
    assert known == pytest.approx(expected["weight_with_value"], abs=1e-6)


def test_d07_what_the_first_contracts_paid_for_a_premises(worked_examples):
    example = worked_examples["D07"]
    contracts = example["inputs"]["contracts"]["value"]
    for region, (millions, premises) in contracts.items():
        paid = cost_per_additional(millions * 1e6, premises, 0.0)
        assert paid == pytest.approx(example["expected"][region], abs=1)
    money, premises = (sum(column) for column in zip(*contracts.values(), strict=True))
    whole = float(cost_per_additional(money * 1e6, premises, 0.0))
    assert whole == pytest.approx(example["expected"]["all_contracts"], abs=1)
    # the default of a subsidised area rests on these contracts
    low, default, high = shipped().span("fibre.passing_subsidised_gbp")
    assert low < whole < high
    assert default == pytest.approx(whole, rel=0.03)


def test_d08_straight_lines_on_the_national_grid(worked_examples):
    a, b = (np.array([worked_examples["D08"]["inputs"][k]["value"]], float) for k in ("a", "b"))
    site, point, metres = straight_line_distances(a, b, 2_000.0)
    assert (site.tolist(), point.tolist()) == ([0], [0])
    assert metres[0] == pytest.approx(worked_examples["D08"]["expected"]["d_m"], abs=0.001)
