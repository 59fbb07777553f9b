"""Local authorities under the codes of other years: Barnsley was E08000016 until April 2025."""

import numpy as np
import pandas as pd
import pytest
from toy import AREAS, DISTRICTS, area_boxes, boundaries, reading, square, squares

from layers.boundaries import ground
from layers.coverage import coverage_rows, coverage_table
from layers.district_codes import ADD_CHANGES, Changes, bridged, changes_of
from layers.gather import gather
from layers.ledger import Ledger
from layers.membership import Lookups
from layers.scope import scope_of
from layers.series import coverage_series

WEST, EAST = DISTRICTS
# West was numbered anew, East was made of two; North gave a field to West; Old was split
HISTORY = {
    "old": ["E07000001", "E07000002", "E07000003", "E07000009", "E07000009", "E07000004", "E07000004"],
    "old_name": ["Westvale", "Upper", "Lower", "Northam", "Northam", "Old", "Old"],
    "new": [WEST, EAST, EAST, "E08000909", WEST, "E08000908", "E08000909"],
    "new_name": ["Westvale", "Eastmoor", "Eastmoor", "Northam", "Westvale", "Southam", "Northam"],
    "since": "2021-04-01",
}  # fmt: skip
AGAIN = "the code of another year"


def history():
    return reading("code_changes", HISTORY)


def shares(codes, values, names="x", period="2019-09"):
    rows = {"area_id": codes, "area_name": names, "measure": "gigabit_pct", "period": period, "value": values, "unit": "%"}  # fmt: skip
    return reading("ons_local_statistics", rows, vintage=period)


def counts(codes, premises, fibre, **more):
    n, full = np.asarray(premises, float), np.asarray(fibre, float)
    rows = {"area_id": codes, "area_name": "x", "premises": n, "full_fibre_n": full, "full_fibre_pct": np.round(100 * full / n, 1)}  # fmt: skip
    return reading("ofcom_fixed", {**rows, **more}, vintage="2020-09", detail="laua")


def bring(item, *more):
    held = {"boundaries": boundaries(), item.source.format_key: (item,)}
    made, notes, used = bridged(held | {r.source.format_key: (r,) for r in more}, DISTRICTS)
    return made[item.source.format_key][0], notes, used


def test_the_published_changes_say_what_became_of_each_code():
    found = changes_of([history()])
    assert found.into(DISTRICTS) == {"E07000001": WEST, "E07000002": EAST, "E07000003": EAST}
    assert found.moved == {"E07000009"}  # its land with another authority's name is not counted
    assert found.whole(EAST, {"E07000002", "E07000003"})
    assert not found.whole(EAST, {"E07000002"})


def test_codes_are_followed_through_several_years_and_both_ways():
    chain = Changes({"a": frozenset({"b"}), "b": frozenset({"c"})})
    assert chain.into(["c"]) == {"a": "c", "b": "c"}
    assert chain.into(["a"]) == {"b": "a", "c": "a"}
    circle = Changes({"a": frozenset({"b"}), "b": frozenset({"a"})})
    assert circle.into(["c"]) == {}


def test_an_authority_numbered_anew_keeps_its_figures_and_says_so():
    made, notes, used = bring(shares(["E07000001", EAST], [20.0, 60.0]), history())
    assert made.frame["area_id"].tolist() == [WEST, EAST]
    assert made.frame["made_of"].tolist() == ["as published, for the same authority under the code E07000001", ""]  # fmt: skip
    assert (notes, used) == ((), True)


def test_a_file_newer_than_the_study_is_brought_back():
    anew = reading("code_changes", {"old": [WEST], "old_name": "Westvale", "new": "E08000999", "new_name": "Westvale", "since": ""})  # fmt: skip
    made, _, used = bring(shares(["E08000999"], [20.0]), anew)
    assert made.frame["area_id"].tolist() == [WEST]
    assert used


def test_merged_authorities_are_added_up_by_their_premises():
    file = counts(["E07000002", "E07000003", "E06000001"], [100, 300, 50], [10, 90, 5])
    made, _, _ = bring(file, history())
    row = made.frame[made.frame["area_id"] == EAST].iloc[0]
    # (10 + 90) of 400
    assert (row["premises"], row["full_fibre_n"], row["full_fibre_pct"]) == (400, 100, 25.0)
    assert "sum of published counts of the 2 authorities" in row["made_of"]
    assert made.quality().set_aside == {"merged: added to the authority that it became": 1}
    assert made.quality().closes


def test_counts_that_are_not_published_are_made_from_shares_and_said():
    file = counts(["E07000002", "E07000003"], [100, 300], [10, 90], gigabit_pct=[50.0, 10.0])
    row = bring(file, history())[0].frame.iloc[0]
    assert row["gigabit_pct"] == pytest.approx(100 * (50 + 30) / 400)
    assert "counts made from published shares" in row["made_of"]


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (["E07000002", "E07000003"], "cannot be added up"),
        (["E07000002"], "lacks others"),
        (["E07000001", WEST], "under its other code too"),
    ],
)
def test_what_cannot_be_brought_is_set_aside_with_its_reason(codes, words):
    made, _, _ = bring(shares(codes, [1.0] * len(codes)), history())
    assert any(words in reason for reason in made.set_aside)
    assert made.quality().closes


def test_an_authority_made_since_of_several_is_not_shared_out():
    since = reading("code_changes", {"old": [WEST, "E07000005"], "old_name": "x", "new": "E06000099", "new_name": "y", "since": ""})  # fmt: skip
    made, _, _ = bring(shares(["E06000099"], [1.0]), since)
    assert "cannot be shared out" in next(iter(made.set_aside))


def test_without_the_changes_a_name_under_another_code_is_said_with_the_mend():
    made, notes, used = bring(shares(["E07000001", EAST], [1.0, 2.0], ["WESTVALE", "Eastmoor"]))
    assert AGAIN in next(iter(made.set_aside))
    assert WEST in notes[0]
    assert "E07000001" in notes[0]
    assert ADD_CHANGES in notes[0]
    assert not used


def test_a_national_file_without_the_districts_is_said():
    many = [f"E07000{n}" for n in range(200, 300)]
    made, notes, _ = bring(shares(many, [1.0] * 100, [f"x{n}" for n in range(100)]))
    assert made.set_aside == {next(iter(made.set_aside)): 100}
    assert "covers the country and has nothing for" in notes[0]
    regional, none, _ = bring(shares(many[:5], [1.0] * 5))
    assert (regional.set_aside, none) == ({}, ())


def test_small_areas_follow_their_district_and_the_file_of_changes_is_in_use():
    lads = ["E07000001"] * 4 + [EAST] * 4
    held = {"boundaries": boundaries(), "lookups": (reading("lookups", {"lsoa21": AREAS, "lad": lads}),)}  # fmt: skip
    made, _, used = bridged(held | {"code_changes": (history(),)}, DISTRICTS)
    assert used
    book = Ledger(made)
    base = ground(book, Lookups(book), DISTRICTS)
    assert base.areas["lad"].tolist() == [WEST] * 4 + [EAST] * 4


def test_without_the_changes_small_areas_are_told_by_their_bounds_and_it_is_said():
    outside = squares("LSOA21", ["E01000009"], ["Area 9"], [square(9, 9)], name="far.geojson")
    lads = ["E07000001"] * 4 + [EAST] * 4 + ["E07000077"]
    rows = reading("lookups", {"lsoa21": [*AREAS, "E01000009"], "lad": lads})
    book = Ledger({"boundaries": (*boundaries(), outside), "lookups": (rows,)})
    base = ground(book, Lookups(book), DISTRICTS)
    assert base.areas["id"].tolist() == list(AREAS)
    assert len(area_boxes()) == len(base.areas)
    assert any("E07000001" in note and ADD_CHANGES in note for note in book.notes)
    assert not any("E07000077" in note for note in book.notes)


def test_premises_of_a_district_under_its_older_code_are_near_the_study():
    scope = scope_of([*boundaries(), history()], DISTRICTS)
    assert "E07000001" in scope.districts
    frame = pd.DataFrame({"lad": ["E07000001", "E07000077", ""]})
    assert scope.premises(frame).tolist() == [True, False, True]


def test_the_coverage_table_says_under_which_code_a_figure_was_published():
    made, _, _ = bridged({"boundaries": boundaries(), "ons_local_statistics": (shares(["E07000001"], [20.0]),), "code_changes": (history(),)}, DISTRICTS)  # fmt: skip
    book = Ledger(made)
    rows, _ = coverage_rows(book, ground(book, Lookups(book), DISTRICTS), "E47000009", "County")
    assert rows["area_name"].tolist() == ["Westvale"]
    assert rows["method"].tolist() == ["as published, for the same authority under the code E07000001"]  # fmt: skip


def test_land_exchanged_with_a_neighbour_breaks_the_line():
    """Barnsley and Sheffield exchanged land in April 2025: each has two successors, one of its own name."""
    moved = {"old": ["E07000001", "E07000001"], "old_name": "Westvale", "new": [WEST, "E08000999"], "new_name": ["Westvale", "Northam"], "since": ""}  # fmt: skip
    changes = reading("code_changes", moved)
    then, now = shares(["E07000001"], [20.0]), shares([WEST], [30.0], period="2026-01")
    made, _, _ = bridged({"boundaries": boundaries(), "ons_local_statistics": (then, now), "code_changes": (changes,)}, DISTRICTS)  # fmt: skip
    book = Ledger(made)
    rows, _ = coverage_rows(book, ground(book, Lookups(book), DISTRICTS), "E47000009", "County")
    line = coverage_series(coverage_table(rows, book)).frame
    line = line[line["area_id"] == WEST]
    assert line["break"].tolist() == ["", "basis"]
    assert "its bounds before they moved" in " ".join(line["break_reason"])


CHD = (
    "\ufeffGEOGCD,GEOGNM,GEOGNMW,GEOGCD_P,GEOGNM_P,GEOGNMW_P,SI_ID,SI_TITLE,OPER_DATE,ENTITYCD,YEAR\r\n"
    "E06000061,North Northamptonshire,,E07000150,Corby,,1,The Northamptonshire Order 2020,01/04/2021 00:00:00,E06,2021\r\n"
    "E06000061,North Northamptonshire,,E07000153,Kettering,,1,The Northamptonshire Order 2020,01/04/2021 00:00:00,E06,2021\r\n"
    "E07000240,St Albans,,E07000240,St. Albans,,2,Name,01/04/2013 00:00:00,E07,2013\r\n"
    "E05000001,Ward,,E05009999,Old ward,,3,Wards,01/04/2021 00:00:00,E05,2021\r\n"
    "E06000062,West Northamptonshire,,,,,1,The Northamptonshire Order 2020,01/04/2021 00:00:00,E06,2021\r\n"
)
PAIR = "LAD22CD,LAD22NM,LAD23CD,LAD23NM,ObjectId\nE07000026,Allerdale,E06000063,Cumberland,1\nE07000027,Barrow,E06000064,Westmorland,2\nE06000001,Hartlepool,E06000001,Hartlepool,3\n"


@pytest.mark.parametrize(
    ("name", "text", "old", "since", "vintage"),
    [
        ("Changes.csv", CHD, ["E07000150", "E07000153"], "2021-04-01", ""),
        ("LAD22_LAD23_UK_LU.csv", PAIR, ["E07000026", "E07000027"], "", "2023"),
        ("any.csv", PAIR.replace("LAD22", "LAD19").replace("LAD23", "LAD31"), ["E07000026", "E07000027"], "", "2031"),
    ],
)  # fmt: skip
def test_both_published_forms_are_read(tmp_path, name, text, old, since, vintage):
    (tmp_path / name).write_bytes(text.encode())
    made = gather(tmp_path, [tmp_path / name])
    assert made.faults == ()
    (found,) = made.readings["code_changes"]
    assert found.frame["old"].tolist() == old
    assert set(found.frame["since"]) == {since}
    assert found.source.vintage == vintage
    assert found.quality().closes


def test_a_lookup_to_other_areas_is_no_list_of_changes(tmp_path):
    (tmp_path / "x.csv").write_text("LAD22CD,LAD23CD,CAUTH23CD\nE08000025,E08000025,E47000007\n")
    assert set(gather(tmp_path, [tmp_path / "x.csv"]).readings) == {"lookups"}


def test_the_real_series_of_barnsley_is_whole_across_its_new_code(real_data):
    """ONS files of 2022 to 2024 have E08000016, of 2026 E08000038, of 2025 both."""
    folder = real_data / "ons_local_statistics"
    files = sorted(folder.glob("gigabit-capable-broadband_*.csv"))
    gathered = gather(folder, files)
    change = {"old": ["E08000016"], "old_name": "Barnsley", "new": ["E08000038"], "new_name": "Barnsley", "since": "2025-04-01"}  # fmt: skip
    box = squares("LAD", ["E08000038"], ["Barnsley"], [square(0, 0)])
    held = dict(gathered.readings) | {"boundaries": (box,)}
    alone, notes, _ = bridged(held, ["E08000038"])
    assert len(notes) == 4  # the four files that do not know its new code
    made, none, _ = bridged(held | {"code_changes": (reading("code_changes", change),)}, ["E08000038"])  # fmt: skip
    assert none == ()
    found = {
        key: {r.frame.loc[r.frame["area_id"] == "E08000038", "period"].iloc[0] for r in group["ons_local_statistics"] if (r.frame["area_id"] == "E08000038").any()}
        for key, group in (("alone", alone), ("bridged", made))
    }  # fmt: skip
    assert len(found["alone"]) == 3
    assert len(found["bridged"]) == 7
