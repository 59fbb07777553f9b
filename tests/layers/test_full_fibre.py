"""Fixed coverage: as published, summed, and allocated."""

import numpy as np
import pytest
from toy import AREAS, DISTRICTS, PCON_NAMES, PCONS, county, ofcom, reading, settled

from layers.full_fibre import allocate, commons, fold_name, hidden_error, ofcom_fixed


def rows_of(*items):
    book, base = county(*items)
    return ofcom_fixed(book, base, "E47000009", "Vale and Moor"), base, book


def pick(rows, level, measure="full_fibre_pct", release="2024-01"):
    found = rows[
        (rows["level"] == level) & (rows["measure"] == measure) & (rows["release"] == release)
    ]
    return found.set_index("area_id")


def test_constituencies_stay_as_published():
    rows, _, _ = rows_of(ofcom())
    found = pick(rows, "PCON10")
    assert found["share_pct"].tolist() == [10, 30, 50, 90]
    assert set(found["grade"]) == {"measured"}


def test_districts_are_summed_from_constituencies_and_say_how_many_straddle():
    rows, _, _ = rows_of(ofcom(premises=(100, 300, 100, 100)))
    found = pick(rows, "LAD")
    # (10 + 90) of 400, (50 + 90) of 200
    assert found["share_pct"].tolist() == [25.0, 70.0]
    assert set(found["grade"]) == {"estimated"}
    assert "2 2010 constituencies" in found["method"].iloc[0]
    assert "1 of them straddle" in found["method"].iloc[0]
    assert "0 of them straddle" in found["method"].iloc[1]  # 0.995 is generalised, not a straddle


def test_the_study_total_is_measured_only_where_all_counts_are_published():
    whole, _, _ = rows_of(ofcom())
    total = pick(whole, "study").loc["E47000009"]
    assert (total["share_pct"], total["grade"]) == (45.0, "measured")
    assert total["area_name"] == "Vale and Moor: 4 constituencies"
    bare = ofcom()
    bare.frame["full_fibre_n"] = np.nan
    made, _, _ = rows_of(bare)
    assert pick(made, "study").loc["E47000009", "grade"] == "estimated"
    part, _, _ = rows_of(
        ofcom(codes=PCONS[:3], shares=(1, 2, 3), premises=(1, 1, 1), names=PCON_NAMES[:3])
    )
    assert pick(part, "study").empty


def test_names_without_codes_are_joined_to_another_release():
    bare = ofcom(
        "2019-09", codes=[""] * 4, names=("UPPER, VALE", "LOWER VALE", "OLD MOOR", "NEW MOOR")
    )
    rows, _, _ = rows_of(bare, ofcom())
    assert pick(rows, "PCON10", release="2019-09").index.tolist() == list(PCONS)


def test_names_are_folded_to_letters_and_digits():
    import pandas as pd

    assert fold_name(pd.Series(["Ynys Môn", "BIRMINGHAM, LADYWOOD"])).tolist() == [
        "ynysmon",
        "birminghamladywood",
    ]


def test_rows_outside_are_set_aside_and_a_file_with_none_inside_is_left():
    item = ofcom(codes=(*PCONS[:3], "E14009999"))
    away = ofcom("2023-01", codes=[f"E1400990{n}" for n in range(4)])
    _, _, book = rows_of(item, away)
    assert settled(book, item).set_aside == {"outside the study area": 1}
    assert "none of its constituencies" in book.close()[1][away.source.sha256]


def test_a_share_is_allocated_with_the_error_found_by_hiding():
    rows, base, _ = rows_of(ofcom("2023-01", shares=(1, 1, 1, 1)), ofcom())
    share = allocate(rows, base, "full_fibre_pct")
    # districts 20 and 70: gaps -10, 10, -20, 20
    error = np.sqrt((100 + 100 + 400 + 400) / 4)
    assert share.error_points == pytest.approx(error)
    assert (share.release, share.level) == ("2024-01", "PCON10")
    assert share.frame.loc[AREAS[0], "pct"] == 10
    assert share.frame.loc[AREAS[0], "low_pct"] == 0  # clipped
    assert share.frame.loc[AREAS[7], "high_pct"] == 100
    assert share.frame.loc[AREAS[2], "low_pct"] == pytest.approx(30 - error)
    assert "15.8 points" in share.note


def test_districts_are_the_fallback_and_their_error_is_found_against_the_study():
    laua = ofcom(
        codes=DISTRICTS, shares=(20, 60), premises=(100, 100), names=("W", "E"), detail="laua"
    )
    rows, base, _ = rows_of(laua)
    share = allocate(rows, base, "full_fibre_pct")
    assert (share.level, share.error_points) == ("LAD", 20.0)
    assert pick(rows, "study").loc["E47000009", "share_pct"] == 40.0


def test_an_error_that_cannot_be_known_leaves_every_share_possible():
    rows, base, _ = rows_of(ofcom())
    one = base.constituencies["PCON10"].assign(lad=list("abcd"))
    base.constituencies["PCON10"] = one
    held = rows[(rows["level"] == "PCON10") & (rows["measure"] == "full_fibre_pct")]
    assert np.isnan(hidden_error(held, base, "PCON10"))
    share = allocate(rows, base, "full_fibre_pct")
    assert share.frame[["low_pct", "high_pct"]].iloc[0].tolist() == [0, 100]


def test_nothing_published_for_the_whole_study_means_no_allocation():
    rows, base, _ = rows_of(
        ofcom(codes=PCONS[:3], shares=(1, 2, 3), premises=(1, 1, 1), names=PCON_NAMES[:3])
    )
    assert allocate(rows, base, "full_fibre_pct") is None


def test_the_commons_edition_is_not_taken_for_a_snapshot():
    rows = {
        "area_id": PCONS,
        "area_name": PCON_NAMES,
        "superfast_pct": 99.0,
        "gigabit_pct": 80.0,
        "decent_unable_pct": 0.0,
    }
    book, base = county(reading("commons_broadband", rows, vintage="2025-04-29", detail="pcon"))
    found = commons(book, base)
    assert set(found["release"]) == {"2025-04"}
    assert "edition of 2025-04-29" in found["method"].iloc[0]
