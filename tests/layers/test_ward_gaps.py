"""Gaps by ward are sums of small areas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from toy import AREAS, county, reading

from layers.gap_columns import AREA_COLUMNS
from layers.lineage import Table
from layers.ward_gaps import ward_gaps


def areas(**columns):
    frame = pd.DataFrame({name: [np.nan] * 4 for name in AREA_COLUMNS}).astype(object)
    told = {
        "id": list("abcd"), "lad": "E08000901", "lad_name": "West", "full_fibre_release": "2024-01",
        "premises": [100.0, 300.0, 200.0, 50.0], "premises_grade": "measured",
        "without_full_fibre": [50.0, 50.0, 20.0, np.nan],
        "without_full_fibre_low": [40.0, 40.0, 10.0, np.nan],
        "without_full_fibre_high": [60.0, 80.0, 40.0, np.nan],
        "imd_decile": [1.0, 9.0, np.nan, 3.0], **columns,
    }  # fmt: skip
    for name, values in told.items():
        frame[name] = values
    for name in frame.columns:
        if name.startswith("without_") or name in {"premises", "imd_decile"}:
            frame[name] = frame[name].astype(float)
    return Table("area_gaps", "id", frame, AREA_COLUMNS)


def wards(*codes):
    return pd.DataFrame(
        {"ward": codes, "ward_name": [f"Ward {c}" for c in codes]}, index=list("abcd")
    )


def test_a_ward_is_the_sum_of_its_areas_and_its_share_follows():
    made = ward_gaps(areas(), wards("E05000001", "E05000001", "E05000002", "E05000002")).frame
    first, second = made.to_dict("records")
    assert (first["premises"], first["without_full_fibre"], first["areas"]) == (400, 100, 2)
    assert first["area_ids"] == "a b"
    # 100 of 400 premises are without it, 80 at least and 140 at most
    assert first["full_fibre_pct"] == pytest.approx(75)
    assert (first["full_fibre_low_pct"], first["full_fibre_high_pct"]) == pytest.approx((65, 80))
    assert (first["full_fibre_grade"], first["most_deprived_areas"]) == ("estimated", 1)
    assert np.isnan(second["full_fibre_pct"]), "an area without a value leaves the ward without one"
    assert (second["premises"], second["full_fibre_grade"]) == (250, "")
    assert second["most_deprived_areas"] == 1
    assert np.isnan(first["gigabit_pct"])


def test_without_a_lookup_there_is_no_table_and_an_area_without_a_ward_is_left_out():
    assert ward_gaps(areas(), None) is None
    assert ward_gaps(areas(), wards("", "", "", "")) is None
    made = ward_gaps(areas(), wards("E05000001", "", "", "")).frame
    assert made["premises"].tolist() == [100.0]


def test_the_newest_lookup_gives_the_wards():
    old, new = (
        reading(
            "lookups",
            {"lsoa21": AREAS[:2], "ward": [code, code], "ward_name": ["Old", "New"][i]},
            name=f"lsoa21_wd{year}.csv",
            vintage=str(year),
        )
        for i, (year, code) in enumerate(((2022, "E05000022"), (2025, "E05000025")))
    )
    _, base = county(old, new)
    assert base.area_ward["ward"].tolist()[:3] == ["E05000025", "E05000025", ""]
    assert base.area_ward["ward_name"].iloc[0] == "New"
    assert county()[1].area_ward is None
