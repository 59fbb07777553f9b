"""A fund's own sections: their titles, their order, their numbers, and what no bid does without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maps.bid_annexes import ANNEXES as ANNEX_WRITERS
from maps.bid_cases import WRITERS
from maps.bid_content import BidPicture, bid_content
from maps.bid_outline import outline_of
from maps.blocks import Heading, Paragraph
from maps.view import SectionView
from scenarios.bid_parts import ALWAYS, ANNEXES, PARTS


def headings(report, level):
    return [b.text for b in report.blocks if isinstance(b, Heading) and b.level == level]


def said(report):
    return " ".join(b.passage.text for b in report.blocks if isinstance(b, Paragraph))


@pytest.fixture
def own(case):
    sections = (
        SectionView("What it costs", ("funding", "ask")),
        SectionView("Need", ("ranking", "monitoring", "robustness")),
    )
    return replace(case, profile=replace(case.profile, sections=sections, annexes=("quality",)))


def written(view):
    return bid_content(view, BidPicture(), BidPicture())


def test_every_part_that_a_profile_may_name_has_a_writer_and_a_title():
    assert set(WRITERS) == set(PARTS)
    assert set(ANNEX_WRITERS) == set(ANNEXES)
    titles = [title for title, _ in WRITERS.values()]
    assert len(set(titles)) == len(titles)


def test_the_five_cases_hold_every_part_once(case):
    outline = outline_of(case.profile)
    assert sorted(p for s in outline.sections for p in s.parts) == sorted(PARTS)
    assert sorted(outline.annexes) == sorted(ANNEXES)
    assert [s.title for s in outline.sections] == [
        "Strategic case", "Economic case", "Commercial case", "Financial case", "Management case",
    ]  # fmt: skip


def test_a_funds_own_sections_stand_in_its_order_under_its_titles(own):
    report = written(own)
    assert headings(report, 1) == [
        "Executive summary", "1 What it costs", "2 Need",
        "Annex A Data quality", "Annex B Attribution", "Annex C Figures",
    ]  # fmt: skip
    numbered = [text for text in headings(report, 2) if text[0].isdigit()]
    assert numbered == [
        "1.1 Funding", "1.2 The ask", "2.1 The ranking", "2.2 Benefits and monitoring",
        "2.3 Robustness and sensitivity",
    ]  # fmt: skip


def test_nothing_refers_to_a_part_that_the_bid_does_without(own, case):
    less, whole = said(written(own)), said(written(case))
    assert "section 1.2" in whole
    assert "Annex A lists more sites" in whole
    assert "register in Annex C" in whole
    assert "the study's coverage table" in less
    assert "bid.xlsx and ranking.csv hold every site." in less
    assert "register of parameters in bid.xlsx" in less
    assert "section " not in less


def test_licences_and_the_list_of_figures_cannot_be_left_out(case):
    bare = replace(case, profile=replace(case.profile, annexes=()))
    assert outline_of(bare.profile).annexes == ALWAYS
    report = written(bare)
    assert "Annex B says where it comes from" in str(report.blocks)


def test_only_parameters_that_the_case_was_made_with_are_listed(case):
    rows = next(
        b.rows for b in written(case).blocks if getattr(b, "caption", "") == "Parameters in use"
    )
    frame = case.study.parameters.frame.set_index("label")
    used = set(case.costs.frame["parameter"])
    for row in rows:
        held = frame.loc[row[0]]
        assert held["key"] in used or held["basis"] == "stated", row
    assert len(rows) == (frame["key"].isin(used) | (frame["basis"] == "stated")).sum()
