"""Counts of 2011 areas carried to those of 2021: exact where they can be, unknown elsewhere."""

from __future__ import annotations

import pandas as pd
from toy import reading

from layers.ledger import Ledger
from layers.vintages import SPLIT, carried_to_2021, pairs_of_2011

# A unchanged; B and C merged into D; E split into F and G
PAIRS = {"lsoa11": ["A", "B", "C", "E", "E"], "lsoa21": ["A", "D", "D", "F", "G"]}
NEW = {"A", "D", "F", "G"}


def homes(codes, counts):
    return pd.DataFrame(
        {"code": codes, "n": counts, "src": "s", "record": range(1, len(codes) + 1)}
    )


def carried(frame):
    pairs = pairs_of_2011(Ledger({"lookups": (reading("lookups", PAIRS),)}), NEW)
    return carried_to_2021(frame, "code", "n", pairs, NEW)


def test_unchanged_areas_keep_and_merged_ones_add_up():
    made, why = carried(homes(["A", "B", "C", "E"], [1.0, 2.0, 3.0, 4.0]))
    assert dict(zip(made["code"], made["n"], strict=True)) == {"A": 1.0, "D": 5.0}
    assert why.tolist() == ["", "", "", SPLIT]


def test_a_merger_with_an_unknown_part_is_unknown():
    made, why = carried(homes(["A", "B"], [1.0, 2.0]))
    assert made["code"].tolist() == ["A"]
    assert why[1].startswith("merged")


def test_codes_of_2021_are_left_as_they_are():
    assert carried(homes(["A", "D", "F", "G"], [1.0] * 4)) is None
    assert (
        carried_to_2021(homes(["A"], [1.0]), "code", "n", pairs_of_2011(Ledger({}), NEW), NEW)
        is None
    )
