"""What a map shows, since when, and in which words."""

import doctest
from dataclasses import replace
from datetime import date

import pytest
from views import case_view, study_view

from maps import measures
from maps.measures import MEASURES, available, case_measure, finding, picture, published, whole_area

FULL_FIBRE, GIGABIT, MODELLED, DEFICIT, FIVE_G = MEASURES


def without(table, column):
    from layers.lineage import Table

    if column not in table.columns:
        return table
    frame = table.frame.copy()
    frame[column] = float("nan")
    return Table(table.name, table.key, frame, table.columns)


def test_examples_hold():
    assert doctest.testmod(measures).failed == 0


def test_old_data_say_so_in_the_title(study):
    assert finding(study, FULL_FIBRE) == "Where full fibre had not arrived in January 2024"
    fresh = replace(study, as_of=date(2024, 6, 1))
    assert finding(fresh, FULL_FIBRE) == "Where full fibre has not arrived"


def test_full_cover_is_not_called_a_gap(study):
    table = study.district_gaps
    frame = table.frame.assign(area_5g_any_pct=100.0)
    everywhere = replace(study, district_gaps=replace(table, frame=frame))
    assert finding(everywhere, FIVE_G) == "5G outdoors: no gap in the figures"


@pytest.mark.parametrize("odd", ["2021-22", "not stated", "", "2019"])
def test_odd_dates_are_said_as_they_are(odd):
    assert measures.month(odd) in {"2021-22", "date not stated", "2019"}


def test_every_area_has_its_class_and_grade(study):
    drawn = picture(study, FULL_FIBRE)
    assert len(drawn.classes) == len(study.areas) == 40
    assert drawn.classes[3] is None
    assert drawn.rows[3] == ""
    assert drawn.grades_shown == {"estimated", "modelled"}
    assert drawn.usual_grade == "estimated"


def test_published_values_are_the_newest_and_measured(study):
    drawn = published(study, FULL_FIBRE)
    assert drawn.grades_shown == {"measured"}
    assert all(row.endswith("|2024-01") for row in drawn.rows)
    assert published(replace(study, constituencies=None), FULL_FIBRE) is None


def test_the_5g_case_falls_back_by_evidence():
    view = case_view("testbed_5g")
    assert case_measure(view) == DEFICIT
    no_masts = replace(view.study, area_gaps=without(view.study.area_gaps, "deficit_5g_pct"))
    assert case_measure(replace(view, study=no_masts)) == FIVE_G
    neither = replace(no_masts, district_gaps=without(no_masts.district_gaps, "area_5g_any_pct"))
    assert case_measure(replace(view, study=neither)) == FULL_FIBRE


def test_a_modelled_deficit_comes_before_the_screen_by_distance():
    from layers.lineage import Column

    view = case_view("testbed_5g")
    gaps = view.study.area_gaps
    column = MODELLED.share
    frame = gaps.frame.assign(**{column: 30.0})
    told = replace(
        gaps, frame=frame, columns={**gaps.columns, column: Column("x", "%", grade="modelled")}
    )
    assert case_measure(replace(view, study=replace(view.study, area_gaps=told))) == MODELLED


def test_unknown_everywhere_is_no_measure():
    study = study_view()
    for measure in MEASURES:
        name = f"{measure.level}_gaps"
        study = replace(study, **{name: without(getattr(study, name), measure.share)})
    assert available(study) == []
    assert case_measure(replace(case_view(), study=study)) is None


def test_whole_area_row(study):
    row = whole_area(study, FULL_FIBRE)
    assert study.coverage.cell(row, "share_pct") == 58.4
    assert whole_area(study, FIVE_G) == ""
