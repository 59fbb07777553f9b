"""Every condition of the bid's text is taken both ways; a measure of branches says where one is not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from branches import untaken
from test_bid_decisions import table, year
from test_bid_docx import bare
from views import SCENARIOS, case_view

from layers.lineage import Column, Figures, Table
from maps.answer_sheet import answer_content, write_answer_sheet
from maps.bid_content import BidPicture, bid_content
from maps.blocks import Heading, Paragraph, TableBlock
from maps.view import Approval, ChangedFigure, SectionView
from scenarios.bid_parts import PARTS
from scenarios.profile import Question

WHOLE = ("answer_sheet", "bid_annexes", "bid_cases", "bid_content", "bid_delivery", "bid_outline", "bid_rows", "case_report",
         "prose", "standing", "transparency")  # fmt: skip
ASKED = (
    "Why this place and these sectors?", "What will the market not do?", "How will benefits be measured?",
    "Which sites are unused?", "What match comes with it?", "What does the public get for its money?",
    "On what subsidy footing?", "Can it be delivered: tenure?", "How many homes and businesses gain?",
    "How much is asked?", "Your colour?",
)  # fmt: skip


def registered(view, **changed):
    """The view with some of its tables changed, all of them known to its figures."""
    view = replace(view, **changed)
    own = [view.ranking, view.gates, view.costs, view.criteria, view.summary, *view.more.values()]
    study = view.study
    shared = [
        study.coverage,
        study.district_gaps,
        study.area_gaps,
        study.sources,
        study.quality,
        study.parameters,
    ]
    return replace(view, figures=Figures([*own, *shared], view.figures.scope))


def items(view, values, drop=(), note=""):
    """The view with items of its summary set (a new one is a copy of the ask), some left out."""
    frame = view.summary.frame
    for name, value in values.items():
        if name not in set(frame["item"]):
            new = frame[frame["item"] == "ask_gbp"].assign(item=name, label=name)
            frame = pd.concat([frame, new], ignore_index=True)
        frame = frame.assign(value=frame["value"].mask(frame["item"] == name, value))
    frame = frame[~frame["item"].isin(drop)].assign(note=note)
    return registered(view, summary=replace(view.summary, frame=frame))


def none_chosen(view, *, waiting):
    """Nothing chosen; some sites wait for a check, or none does."""
    frame = view.ranking.frame.assign(chosen=False)
    ranking = replace(view.ranking, frame=frame)
    values = {"sites_chosen": 0, "sites_to_verify": 5 if waiting else 0}
    if waiting:
        values |= {"sites_if_verified": 4, "ask_gbp_if_verified": 9, "desks_if_verified": 3}
    return registered(items(view, values), ranking=ranking)


def rich(view):
    """More sites and gates than are printed, quarantined rows, match, a bill, a long list of outcomes."""
    frame = pd.concat([view.ranking.frame] * 3, ignore_index=True)
    frame["site_id"] = [f"site:{n}" for n in range(len(frame))]
    frame.loc[0, "owner"] = ""
    gate = view.gates.frame.iloc[[0]]
    gates = pd.concat([gate] * 45, ignore_index=True)
    sites = [f"site:{n % len(frame)}" for n in range(45)]
    gates = gates.assign(
        row=[f"{s}|{n}" for n, s in enumerate(sites)], site_id=sites, outcome="unknown",
        reason=[f"reason {n}" for n in range(45)],
    )  # fmt: skip
    costs = view.costs.frame.assign(site_id="site:0")
    quality = view.study.quality
    wrong = quality.frame.assign(quarantined=2)
    study = replace(view.study, quality=replace(quality, frame=wrong))
    bill = pd.DataFrame(
        {"row": ["chosen|duct"], "set": ["chosen"], "item": ["duct"], "quantity": [3.0], "unit": ["m"],
         "rate_gbp": [2.0], "amount_gbp": [6.0]}
    )  # fmt: skip
    names = {c: Column(c, "GBP" if c.endswith("gbp") else "") for c in bild(bill)}
    many = {f"outcome_{n}": 7 for n in range(9)} | {"match_gbp": 5}
    return registered(
        items(view, many), study=study, notes=("a remark.",),
        ranking=replace(view.ranking, frame=frame), gates=replace(view.gates, frame=gates),
        costs=replace(view.costs, frame=costs), more={"bill": Table("bill", "row", bill, names)},
    )  # fmt: skip


def bild(frame):
    return [str(name) for name in frame.columns]


def sections(view, *parts, annexes=None):
    profile = replace(view.profile, sections=(SectionView("Own", parts),), annexes=annexes)
    return replace(view, profile=profile)


def approved(view, **how):
    given = {
        "version": "2", "prepared_by": "A", "prepared_on": date(2026, 1, 1), "checked_by": "B",
        "checked_on": None, "approved_by": "C", "approved_on": date(2026, 1, 3), **how,
    }  # fmt: skip
    return replace(view, approval=Approval(**given))


CHANGE = ChangedFigure("F-AAAAAAAA", "the ask", "£1", "£2")


def variants():
    """Views that between them meet every condition of the text."""
    for scenario in SCENARIOS:
        yield case_view(scenario, sample=scenario == SCENARIOS[0])
    plain = case_view()
    terms = ("largest award (cap_gbp)", "match rate (match_rate_pct)")
    open_fund = replace(
        plain.profile, status="open", weights_note="", questions=ASKED, asked_of_fund=terms
    )
    yield replace(plain, profile=open_fund)
    marked = tuple(Question(text=q, words=9, marks=3, attachments=("Letter",)) for q in ASKED)
    yield replace(rich(plain), profile=replace(plain.profile, questions=marked))
    yield bare(plain)
    for waiting in (True, False):
        held = none_chosen(plain, waiting=waiting)
        yield replace(held, profile=replace(held.profile, questions=ASKED))
    outcomes = [k for k in plain.summary.frame["item"] if k.startswith(("premises", "cost_per"))]
    yield items(plain, {}, drop=(*outcomes, "match_gbp"), note="")
    yield items(plain, {}, drop=("ask_gbp", "budget_gbp", "match_gbp", "unquoted_pct"), note="why")
    empty = replace(plain.ranking, frame=plain.ranking.frame.iloc[:0])
    yield registered(plain, ranking=empty)
    yield sections(plain, *PARTS[6:], annexes=("sites",))
    yield sections(rich(plain), "ask", "costs", annexes=())
    closed_gates = plain.gates.frame.assign(outcome="pass")
    yield replace(
        registered(plain, gates=replace(plain.gates, frame=closed_gates)),
        profile=replace(plain.profile, questions=ASKED),
    )
    yield approved(plain, fingerprint="a" * 64)
    yield approved(plain, why_not="nobody recorded it")
    yield approved(plain, why_not="1 figure has changed since", fingerprint="a", changed=(CHANGE,))
    yield approved(plain, why_not="20 figures", fingerprint="a", changed=(CHANGE,) * 20)

    yield from lacking(plain)
    yield from none_to_fund(plain)
    yield from unusual(plain)
    yield decided(plain)


def lacking(plain):
    """Views without a column, a kind of release, a parameter or a total."""
    study = plain.study
    gaps = study.district_gaps
    short = gaps.frame.drop(columns="gigabit_pct")
    kept = {name: gaps.columns[name] for name in short}
    yield registered(
        plain, study=replace(study, district_gaps=Table("district_gaps", gaps.key, short, kept))
    )
    far = study.coverage.frame.assign(level="PCON24")
    yield registered(plain, study=replace(study, coverage=replace(study.coverage, frame=far)))
    none = study.parameters.frame.iloc[:0]
    whole = study.quality.frame
    whole = whole[whole["src"] != "total"].assign(quarantined=0)
    lean = replace(
        study, parameters=replace(study.parameters, frame=none),
        quality=replace(study.quality, frame=whole), notes=(),
    )  # fmt: skip
    yield registered(plain, study=lean, notes=())
    yield replace(plain, profile=replace(plain.profile, evidence_required=(), questions=ASKED))
    yield sections(plain, "governance", annexes=("method",))


def none_to_fund(plain):
    """Nothing is chosen, for one reason or another."""
    held = none_chosen(plain, waiting=False)
    yield items(held, {"sites_candidates": 0, "sites_chosen": 0})
    yield items(held, {"sites_chosen": 0, "sites_ranked": 0, "sites_without_cost": 2})
    yield items(held, {"sites_chosen": 0, "sites_ranked": 0}, drop=("sites_without_cost",))
    unsaid = items(held, {"sites_chosen": 0, "sites_to_verify": 5, "sites_if_verified": 4})
    yield items(unsaid, {}, drop=("ask_gbp_if_verified",))
    first = plain.ranking.frame.assign(
        chosen=False, chosen_if_verified=True, status="to verify", gates_unknown="tenure"
    )
    columns = {name: plain.ranking.columns.get(name, Column(name)) for name in first}
    ranking = Table("ranking", plain.ranking.key, first, columns)
    yield registered(none_chosen(plain, waiting=True), ranking=ranking)


def unusual(plain):
    """What is rarer: a fund without a name, an ask that is all quoted, a gain that may be a loss."""
    for fund in ("none yet: Growth Board", "No fund: ", "a regional fund"):
        yield replace(plain, profile=replace(plain.profile, fund=fund))
    for share in (0.0, float("nan"), 100.0):
        yield items(plain, {"unquoted_pct": share})
    bare_summary = plain.summary.frame.drop(columns="note")
    columns = {name: plain.summary.columns[name] for name in bare_summary}
    yield registered(plain, summary=Table("summary", plain.summary.key, bare_summary, columns))
    frame = plain.summary.frame
    gain = frame.assign(low=frame["low"].mask(frame["item"] == "npsv_gbp", 1.0))
    yield registered(plain, summary=replace(plain.summary, frame=gain))
    yield items(plain, {}, drop=("bcr",))
    one_gate = plain.gates.frame.drop_duplicates("site_id")
    one_gate = one_gate.assign(outcome="unknown", label="tenure", reason="not said")
    yield registered(plain, gates=replace(plain.gates, frame=one_gate))
    unsaid = plain.criteria.frame.drop(columns="description", errors="ignore")
    kept = {name: plain.criteria.columns[name] for name in unsaid}
    yield registered(plain, criteria=Table("criteria", plain.criteria.key, unsaid, kept))


def decided(plain):
    """A view with cash, sensitivity and checks by other methods."""
    moved = {"row": "1", "set": "chosen", "label": "Cost", "low_text": "a", "high_text": "b",
             "npsv_low_gbp": 1.0, "npsv_gbp": 1.5, "npsv_high_gbp": 2.0, "swing_gbp": 1.0}  # fmt: skip
    method = {
        "method": "TOPSIS",
        "sites": 9,
        "tau": 0.8,
        "big": 3,
        "disagreements": 2,
        "cause": "x",
    }
    tables = (
        table("financial", "row", [year("2026-27", cash_gbp=100.0)]),
        table("sensitivity", "row", [moved]),
        table("methods", "method", [method]),
    )
    return registered(plain, more={t.name: t for t in tables})


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Every bid and answer sheet, and the branches of the text's modules that none of them took."""
    folder = tmp_path_factory.mktemp("branches")
    picture = BidPicture(Path("map.png"), "Sites by rank.")

    def make():
        made = [(bid_content(v, BidPicture(), BidPicture()), answer_content(v)) for v in variants()]
        drawn = decided(case_view())
        made.append((bid_content(drawn, picture, picture, picture), answer_content(drawn)))
        write_answer_sheet(case_view(), folder / "answers.docx")
        for wrong in (lambda: write_answer_sheet(case_view(), folder / "answers.odt"),
                      lambda: BidPicture(Path("map.png"), " ")):  # fmt: skip
            with pytest.raises(ValueError, match=r"\.docx or \.pdf|alternative text"):
                wrong()
        return made

    return untaken(WHOLE, make, folder)


def test_every_branch_of_the_text_is_taken(measured):
    assert measured[1] == {}


def test_whatever_is_known_no_table_is_empty_and_no_text_is_a_hole(measured):
    for report in (report for pair in measured[0] for report in pair):
        for block in report.blocks:
            if isinstance(block, TableBlock):
                assert block.rows, block.caption
                assert {len(row) for row in block.rows} == {len(block.header)}, block.caption
            if isinstance(block, Paragraph):
                said = block.passage.text
                assert said.strip()
                assert "{" not in said, said
                assert not re.search(r" None\b(?! of the ask)", said), said


def test_every_heading_of_a_bid_is_followed_by_something(measured):
    for bid, _ in measured[0]:
        for one, two in pairwise(bid.blocks):
            if isinstance(one, Heading) and isinstance(two, Heading):
                assert two.level > one.level, (one.text, two.text)
