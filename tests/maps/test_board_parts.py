"""Deadlines, changes, projects, the joined-up plan and downloads on the board page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pandas as pd
import pytest
from plans import plan_of
from test_board import render, words_of
from views import HOSTILE, SCENARIOS, case_view, study_view

from layers.lineage import Column, Figures, Table
from layers.ward_gaps import ward_gaps
from maps.board_compare import whole_row
from maps.board_course import course
from maps.board_wards import wards_block
from maps.listing import list_title
from maps.measures import MEASURES
from maps.plan_rows import dependencies_grid, works_grid
from maps.view import ChangesView, Diary


@pytest.fixture
def study():
    return study_view()


@pytest.fixture
def cases():
    return [case_view(scenario) for scenario in SCENARIOS]


def table_of(text, label):
    """Words of the table whose region has this label, cell by cell."""
    (part,) = re.findall(f'aria-label="{label}">(.*?)</div>', text, re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]+>", " ", part)).replace("\u00a0", " ").split())


def test_the_nearest_deadline_comes_first_and_what_is_not_stated_says_so(tmp_path, study, cases):
    late = Diary(date(2026, 4, 1), "outline", "digital team")
    gone = Diary(date(2026, 2, 28), HOSTILE, "estates team")
    cases = [replace(cases[0], diary=late), replace(cases[1], diary=gone), cases[2]]
    text, _ = render(tmp_path / "a.html", study, cases)
    words = table_of(text, "Table of funds and deadlines")
    assert "1 April 2026, in 30 days outline digital team" in words
    assert "28 February 2026, passed 2 days ago" in words
    assert "not stated not stated not stated" in words
    assert words.index("28 February") < words.index("1 April") < words.index("not stated")
    assert HOSTILE not in text


def test_the_public_page_has_no_column_for_what_is_withheld(tmp_path, study, cases):
    public = replace(study, edition="public")
    text, _ = render(tmp_path / "a.html", public, [replace(c, study=public) for c in cases])
    words = table_of(text, "Table of funds")
    assert "not stated" not in words
    assert "Deadline" not in words
    assert "Deadlines, stages and who answers for a bid are not in this edition." in text


def changes(rows):
    columns = {
        name: Column(name, **more)
        for name, more in {
            "row": {}, "part": {}, "about": {}, "what": {}, "unit": {}, "decimals": {},
            "before": {"unit_of": "unit", "decimals_of": "decimals"},
            "after": {"unit_of": "unit", "decimals_of": "decimals"},
            "change": {"unit_of": "unit", "decimals_of": "decimals"}, "note": {},
        }.items()
    }  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(columns))
    told = "Against the earlier outputs of Study, as of 1 June 2025"
    table = Table("changes", "row", frame, columns, description=told)
    return ChangesView(table, Figures([table], "changes"))


def test_without_a_baseline_the_page_says_it_cannot_tell_what_changed(tmp_path, study, cases):
    _, parsed = render(tmp_path / "a.html", study, cases)
    assert "cannot say what has changed" in words_of(parsed)


def test_changes_have_signs_and_units_and_name_the_sites(tmp_path, study, cases):
    rows = [
        ("a", "coverage", "Ash", "full fibre", "%", 1, 50.0, 58.5, 8.5, ""),
        ("b", "case", "Bid", "The ask", "GBP", 0, 900.0, 700.0, -200.0, ""),
        ("c", "sites", "Bid", "sites newly chosen", "sites", 0, 0.0, 1.0, 1.0, HOSTILE),
    ]
    view = changes(rows)
    text, parsed = render(tmp_path / "a.html", replace(study, changes=view), cases)
    words = table_of(text, "Table of changes")
    assert "Ash full fibre 50.0 % 58.5 % +8.5 points" in words
    assert "Bid The ask £900 £700 −£200" in words
    assert 'Bid: 1 sites newly chosen: <script>alert("sites")</script>.' in words_of(parsed)
    assert HOSTILE not in text
    assert len(view.figures.frame()) == 7


def test_no_difference_is_said(tmp_path, study, cases):
    _, parsed = render(tmp_path / "a.html", replace(study, changes=changes([])), cases)
    assert "Nothing on this page differs" in words_of(parsed)


def projects(view, column):
    site = view.ranking.frame.loc[view.ranking.frame[column].astype(bool)].iloc[0]
    blank = {"fund": "Local", "place": "", "site_id": "", "start": "2025-04-01", "end": ""}
    rows = [
        blank
        | {"project": "Same", "owner": "Group A", "status": "building", "site_id": site["site_id"]},
        blank | {"project": "Near", "owner": HOSTILE, "status": "planned"},
        blank
        | {"project": "Past", "owner": "Group B", "status": "done", "site_id": site["site_id"]},
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(id=frame["project"], lad=site["lad"], lad_name=site["lad_name"])


def test_a_project_at_a_chosen_building_shows_that_work_would_be_done_twice(tmp_path, study, cases):
    held = replace(study, projects=projects(cases[0], "chosen"))
    text, parsed = render(tmp_path / "a.html", held, cases[:1])
    words = table_of(text, "Table of existing projects")
    assert words.count("the same building:") == 1, "a project that is done blocks nothing"
    assert "same district:" in words
    assert "already is: see the last column" in words_of(parsed)
    assert HOSTILE not in text


def test_without_a_list_of_projects_the_page_says_so(tmp_path, study, cases):
    _, parsed = render(tmp_path / "a.html", study, cases)
    assert "cannot show what would be done twice" in words_of(parsed)


def test_the_plan_has_three_numbers_a_map_a_caveat_and_who_pays(tmp_path, study, cases):
    text, parsed = render(tmp_path / "a.html", replace(study, plan=plan_of(cases)), cases)
    words = words_of(parsed)
    assert "2 sites and purposes in the plan" in words
    assert "£150 in all" in words
    assert "£60 saved by sharing work" in words
    assert "could be at most 1.2 % better" in words
    assert table_of(text, "Table of the plan by fund").endswith(
        "Fibre 1 100 200 50 5 premises +0.5"
    )
    assert '<script>alert("sites")</script> connection' in table_of(text, "Table of shared work")
    assert HOSTILE not in text
    part = text[text.index('id="plan"') : text.index('id="verify"')]
    square = re.search(r'data-part="entered" d="([^"]*)"', part)[1]
    assert square.count("M") == 1, "one building, two funds: one square mark"
    assert re.search(r'data-part="kept" d=""', part)


def test_the_plan_is_appraised_and_its_objectives_stand_in_a_matrix(tmp_path, study, cases):
    plan = plan_of(cases, full=True)
    text, _ = render(tmp_path / "a.html", replace(study, plan=plan), cases)
    assert table_of(text, "Table of the appraisal of the plan").endswith("npsv_gbp −£321")
    assert table_of(text, "Table of objectives by bid").endswith(
        "Growth 12.5 %; counted as an outcome not served"
    )


def test_a_plan_that_funds_nothing_prints_its_sentences(tmp_path, study, cases):
    plan = plan_of(cases, inside=False)
    _, parsed = render(tmp_path / "a.html", replace(study, plan=plan), cases)
    words = words_of(parsed)
    assert "A sentence." in words
    assert "A note." in words
    assert plan.figures.frame().empty


def test_only_files_that_are_there_are_offered(tmp_path, study, cases):
    (tmp_path / "coverage").mkdir()
    (tmp_path / "coverage" / "coverage.csv").write_bytes(b"x" * 2_500)
    text, _ = render(tmp_path / "index.html", study, cases)
    part = text[text.index('id="downloads"') : text.index('id="sources"')]
    assert re.findall(r'href="([^"]+)"', part) == [
        "coverage/coverage.csv", "manifest.json", "figures.csv",
    ]  # fmt: skip
    assert "(CSV, 2 kB)" in part


def with_series(study, **breaks):
    """The study with its coverage as lines over time, some of them broken."""
    held = study.coverage
    frame = held.frame.assign(
        **{"break": [breaks.get(r, "") for r in held.frame["release"]]}, break_reason="counted anew"
    )
    columns = {c: held.columns.get(c, Column("")) for c in frame}
    series = Table("coverage_over_time", "row", frame, columns)
    figures = Figures([*study.figures.tables.values(), series], "study")
    return replace(study, series=series, figures=figures)


def test_a_line_is_not_drawn_across_a_break_and_the_table_marks_it(study):
    full_fibre = MEASURES[0]
    plain = course(with_series(study), full_fibre)
    assert not plain["breaks"]
    assert 'class="break"' not in plain["rows"][0]["panel"]
    last = max(study.coverage.frame["release"])
    broken = course(with_series(study, **{last: "definition"}), full_fibre)
    assert broken["breaks"] == [f"{broken['months'][-1]}: counted anew"]
    assert broken["rows"][0]["panel"].count('path class="course"') == 2
    assert broken["rows"][0]["panel"].count('class="break"') == 1
    assert broken["rows"][0]["cells"][-1].endswith("†")
    mended = course(with_series(study, **{last: "definition, mended"}), full_fibre)
    assert not mended["breaks"], "the readers put it right"


def test_constituencies_have_lines_of_their_own_where_published(study):
    levels = sorted(set(study.coverage.frame["level"].astype(str)))
    (level,) = [name for name in levels if name.startswith("PCON")]
    found = course(with_series(study), MEASURES[0], level)
    names = study.coverage.frame.loc[study.coverage.frame["level"] == level, "area_name"]
    assert [row["name"] for row in found["rows"]] == sorted(set(names))
    assert found["folded"]
    assert found["unit"].startswith("Constituency")
    with pytest.raises(ValueError, match="no small pictures"):
        course(study, MEASURES[0], "OA")


def ward_table(study):
    ids = study.area_gaps.frame["id"].astype(str)
    names = [f"Ward {k}" for k in range(len(ids))]
    wards = pd.DataFrame(
        {
            "ward": [f"E0500000{k % 3}" for k in range(len(ids))],
            "ward_name": [f"<b>{n[:6]}</b>" for n in names],
        },
        index=ids,
    )
    return ward_gaps(study.area_gaps, wards)


def test_wards_stand_in_a_table_or_the_page_says_why_not():
    study = study_view()
    assert "LSOA 2021 to ward" in wards_block(study)["told"]
    made = ward_table(study)
    held = replace(
        study, ward_gaps=made, figures=Figures([*study.figures.tables.values(), made], "study")
    )
    block = wards_block(held)
    assert block["count"] == 3
    assert block["told"].startswith("No release in this study is published by ward")
    head = [cell["name"] for cell in block["table"]["header"]]
    assert head[:4] == ["Ward", "District", "Premises", "Full fibre"]
    first = [str(cell) for cell in block["table"]["rows"][0]]
    assert first[0] == "&lt;b&gt;Ward 0&lt;/b&gt;"
    assert "data-figure" in first[2]
    foot = block["table"]["rows"][-1]
    assert str(foot[0]) == study.area_name, "what the shares are held against stands at the foot"
    public = wards_block(replace(held, edition="public"))
    assert public["table"] is None
    assert "not in this edition" in public["told"]


def test_the_whole_area_is_shown_at_its_newest_release_and_the_sum_wins_within_one(study):
    held = study.coverage
    own = held.frame[
        (held.frame["level"] == "study") & (held.frame["measure"] == "gigabit_pct")
    ].iloc[-1]
    published = own.to_dict() | {"row": "whole", "level": "CAUTH", "share_pct": 95.9}

    def newest(release):
        row = pd.DataFrame([published | {"release": release}])
        frame = pd.concat([held.frame, row], ignore_index=True)
        return whole_row(replace(study, coverage=replace(held, frame=frame)), "gigabit_pct")

    assert newest("2030-01") == "whole", "a later release beats the study's own sum"
    assert newest(own["release"]) == own["row"]
    assert newest("2001-01") == own["row"]


def test_the_plan_names_bids_by_their_titles(cases):
    plan = plan_of(cases)
    first = cases[0].key
    for grid in (works_grid(plan, "", 9), dependencies_grid(plan, "", first, 9)):
        said = " ".join(cell for row in grid.rows for cell in row if isinstance(cell, str))
        assert "Fibre" in said
        assert first not in said


def test_a_list_without_a_chosen_site_does_not_call_them_chosen(cases):
    frame = cases[0].ranking.frame
    none = replace(cases[0], ranking=replace(cases[0].ranking, frame=frame.assign(chosen=False)))
    assert list_title(cases[0]) == "Chosen sites, then by rank"
    assert list_title(none) == "Sites by rank; none is chosen yet"
