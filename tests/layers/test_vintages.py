"""Counts of 2011 areas carried to those of 2021: exact where they can be, unknown elsewhere."""

from __future__ import annotations

import pandas as pd
import pytest
from toy import reading

from layers.ledger import Ledger
from layers.vintages import SPLIT, carried_to_2021, pairs_of_2011, stands_on_2011

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


STUDY_2021 = {"E01000001", "E01033886", "E01033887"}


@pytest.mark.parametrize(
    ("codes", "old"),
    [
        (["E01000001", "E01000002"], True),  # E01000002 was split into the two new ones
        (["E01000001", "E01033886", "E01033887", "E01000009"], False),  # the whole country, of 2021
        (["E01000001"], False),  # a part of the study: nothing tells
        (["E01000008"], False),  # somewhere else
    ],
)
def test_areas_of_2011_are_told_although_most_codes_did_not_change(codes, old):
    assert stands_on_2011(pd.Series(codes), STUDY_2021) is old


def test_the_real_lookup_tells_both_vintages(real_data):
    frame = pd.read_csv(real_data / "lookups/lookup_lsoa11_lsoa21_ltla22_wmca.csv")
    study = set(frame["lsoa21_code"])
    assert stands_on_2011(frame["lsoa11_code"], study)
    assert not stands_on_2011(frame["lsoa21_code"], study)
