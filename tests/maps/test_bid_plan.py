"""The joined-up plan in a bid: what this fund pays, what it saves, who relies on whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plans import plan_of
from views import SCENARIOS, case_view

from maps.bid_content import BidPicture, bid_content
from maps.blocks import Heading, Paragraph, TableBlock

TITLE = "The joined-up plan"


@pytest.fixture(scope="module")
def cases():
    return [case_view(scenario) for scenario in SCENARIOS]


def section(view, plan):
    """The report of a bid, and the blocks of its section on the plan."""
    report = bid_content(
        replace(view, study=replace(view.study, plan=plan)), BidPicture(), BidPicture()
    )
    blocks = report.blocks
    heads = [i for i, b in enumerate(blocks) if isinstance(b, Heading)]
    at = next(i for i in heads if blocks[i].text.endswith(TITLE))
    return report, blocks[at + 1 : min(i for i in heads if i > at)]


def said(blocks):
    return " ".join(b.passage.text for b in blocks if isinstance(b, Paragraph))


def grids(blocks):
    return {b.caption: b.rows for b in blocks if isinstance(b, TableBlock)}


def test_the_bid_says_what_its_fund_pays_and_saves_and_on_whom_it_relies(cases):
    report, blocks = section(cases[0], plan_of(cases, full=True))
    text, tables = said(blocks), grids(blocks)
    assert "pays £100 for 1 site; on their own they would cost it £150" in text
    assert "saves it £50" in text
    assert "brings 5 premises; a separate plan with the same money brings 4.5" in text
    assert "at most 1.25" in text
    assert tables["Which fund pays what in the plan, and gets what"][0][2:5] == ("100", "200", "50")
    assert len(tables["Work that this bid shares, each paid for once"]) == 2
    (step,) = tables["Schedule of dependencies"]
    assert (step[0], step[-1]) == ("2", "17")
    assert tables["Value for money of the whole plan"] == (("npsv_gbp", "−£321"),)
    held = {figure.table for figure in (*report.quoted.values(), *report.tabled.values())}
    assert {"plan/plan_pays", "plan/plan_dependencies", "plan/plan_appraisal"} <= held


def test_a_bid_outside_the_plan_says_so(cases):
    plan = plan_of(cases)
    pays = plan.tables["plan_pays"]
    third = pays.frame.assign(case=cases[2].key)
    plan.figures.tables["plan_pays"] = replace(pays, frame=third)
    plan = replace(plan, tables={**plan.tables, "plan_pays": replace(pays, frame=third)})
    _, blocks = section(cases[2], plan)
    assert "The plan holds no site of this bid." in said(blocks)
    assert "No work of this bid is shared with another" in said(blocks)


def test_a_study_of_one_case_and_an_empty_plan_say_so(cases):
    _, blocks = section(cases[0], None)
    assert said(blocks) == "The study holds no other bid that this one could share work with."
    _, blocks = section(cases[0], plan_of(cases, inside=False))
    assert "A sentence." in said(blocks)
    assert not grids(blocks)
