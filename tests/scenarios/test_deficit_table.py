"""The modelled deficit in the gap tables: claimed when the list is tested, empty and said until then."""

from __future__ import annotations

import pandas as pd
import pytest
import tiny

from layers.parameters import shipped
from scenarios.deficit_table import with_modelled_deficit

TESTED = {"testbed.mast_list_complete": tiny.words(1)}
MAST = tiny.layer("masts", pd.DataFrame([{"id": "m", "name": "", "kind": "mast", **tiny.at(0)}]))


def tables(parameters, **changes):
    """Areas a1 (premises beside the mast), a2 a kilometre off, a3 two kilometres off."""
    evidence = tiny.evidence(**changes)
    areas = tiny.table("area_gaps", "id", pd.DataFrame({"id": ["a1", "a2", "a3", "a4"], "lad": ["E1", "E1", "E2", "E2"]}))  # fmt: skip
    return with_modelled_deficit(areas, evidence.district_gaps, evidence, parameters)


@pytest.mark.parametrize(
    ("changes", "parameters", "said"),
    [
        ({"masts": MAST}, shipped(), "completeness of the mast list untested"),
        ({}, shipped().override(TESTED, "study.toml"), "no mast list"),
    ],
)
def test_nothing_is_claimed_from_an_untested_list_and_the_published_figure_stands(
    changes, parameters, said
):
    areas, districts = tables(parameters, **changes)
    for table in (areas, districts):
        assert table.frame["no_5g_modelled_pct"].isna().all()
        assert set(table.frame["no_5g_modelled_grade"]) == {""}
        assert table.frame["no_5g_note"].str.startswith(f"{said}: no deficit is claimed").all()
    assert areas.frame["no_5g_published_pct"].tolist() == [1.0, 1.0, 2.0, 2.0]


def test_a_tested_list_tells_the_areas_of_a_district_apart():
    areas, districts = tables(shipped().override(TESTED, "study.toml"), masts=MAST)
    share = areas.frame.set_index("id")["no_5g_modelled_pct"]
    assert share["a1"] < 1 < share["a2"] < share["a3"]
    assert pd.isna(share["a4"])  # no premises: unknown, not covered
    row = areas.frame.iloc[1]
    assert (
        row["no_5g_modelled_low_pct"] < row["no_5g_modelled_pct"] < row["no_5g_modelled_high_pct"]
    )
    assert areas.frame["no_5g_modelled_grade"].tolist() == ["modelled"] * 3 + [""]
    assert "modelled, indicative" in row["no_5g_note"]
    assert "published (2026-01) is the share of land without 5G" in row["no_5g_note"]
    weighed = (share["a1"] * 100 + share["a2"] * 50) / 150
    found = districts.frame.set_index("id")["no_5g_modelled_pct"]
    assert found["E1"] == pytest.approx(weighed, abs=0.1)
