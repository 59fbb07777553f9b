"""Counts of 2011 areas carried to those of 2021: exact where they can be, unknown elsewhere."""

from __future__ import annotations

import gzip
import json

import pandas as pd
import pytest
from toy import reading

from layers.ledger import Ledger
from layers.vintages import (
    OLD_MSOA,
    SPLIT,
    carried_to_2021,
    msoa_pairs,
    on_msoa_2021,
    pairs_of_2011,
    stands_on_2011,
)

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


# E02001854 became two; E02001864 and E02002068 became one; the codes are real, the changes are not
MSOA_PAIRS = {
    "msoa11": ["E02000001", "E02001854", "E02001854", "E02001864", "E02002068", "E02000002"],
    "msoa21": ["E02000001", "E02006943", "E02006944", "E02007038", "E02007038", "E02000002"],
}
MSOA_2021 = {"E02000001", "E02006943", "E02006944", "E02007038"}


def msoa_file():
    rows = {"area_id": ["E02000001", "E02001854", "E02001864", "E02002068", "E02000002"]}
    return reading("nomis_businesses", {**rows, "units": [10.0, 20.0, 5.0, 6.0, 9.0]})


def test_counts_by_msoa_of_2011_are_carried_and_their_lookup_is_in_use():
    counts, pairs = msoa_file(), reading("lookups", MSOA_PAIRS)
    ledger = Ledger({"lookups": (pairs,), "nomis_businesses": (counts,)})
    ledger.leave(pairs, "no layer needs this lookup")
    made = on_msoa_2021(ledger, counts, msoa_pairs(ledger, MSOA_2021), MSOA_2021)
    # what lies outside the study keeps its code, for the layer to set aside
    assert made.frame["area_id"].tolist() == ["E02000001", "E02007038", "E02007038", "E02000002"]
    assert made.set_aside == {SPLIT: 1}
    final, left = ledger.close()
    assert pairs.source.sha256 not in left
    assert len(next(r for r in final if r.source == pairs.source).frame) == 5


def test_counts_by_msoa_of_2011_without_a_lookup_are_refused_with_the_mend():
    counts = msoa_file()
    ledger = Ledger({"nomis_businesses": (counts,)})
    assert on_msoa_2021(ledger, counts, msoa_pairs(ledger, MSOA_2021), MSOA_2021) is None
    assert ledger.close()[1][counts.source.sha256] == OLD_MSOA
    assert "MSOA (2011) to MSOA (2021)" in ledger.notes[0]


def test_msoa_of_both_censuses_are_told_apart_in_the_real_area(real_data):
    """The publishers' boundaries of the West Midlands: four MSOAs ended in 2021, five began."""
    now = json.loads((real_data / "boundaries/boundaries_msoa21_wmca.geojson").read_text())
    study = {f["properties"]["msoa21_code"] for f in now["features"]}
    old = []
    for path in sorted((real_data / "boundaries/msoa11").glob("*.json.gz")):
        features = json.loads(gzip.decompress(path.read_bytes()))["features"]
        old += [next(v for k, v in f["properties"].items() if k.lower() == "msoa11cd") for f in features]  # fmt: skip
    assert stands_on_2011(pd.Series(old), study)
    assert not stands_on_2011(pd.Series(sorted(study)), study)
