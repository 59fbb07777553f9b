"""Every condition of the bid's sections on decisions, robustness and the joined-up plan, both ways."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from branches import untaken
from plans import plan_of
from test_bid_decisions import table, year
from test_bid_robustness import with_tests
from test_every_condition import items, none_chosen, registered
from views import SCENARIOS, case_view

from layers.lineage import Figures
from maps import bid_decisions, bid_plan, bid_robustness
from maps.bid_outline import BidPicture
from maps.blocks import Paragraph, TableBlock
from maps.case_report import case_report
from maps.plan_rows import objectives_grid

MODULES = ("bid_decisions", "bid_plan", "bid_robustness", "plan_rows")
NOT_DRAWN = BidPicture()
DRAWN = BidPicture(Path("tornado.png"), "What moves the value for money.")


def rows(name, which, *labels, key="item", **more):
    """Rows of a table of items, or of one with both sets in it."""
    held = [
        {key: f"{label}{'_if_verified' if which == 'if_verified' and key == 'item' else ''}",
         "label": label, "value": 3.0, "note": "a remark", **more}
        for label in labels
    ]  # fmt: skip
    return table(name, key, held)


def judged(view, which="chosen"):
    """A case with every table of its decision, of one set."""
    moved = {"row": "1", "set": which, "label": "Cost", "low_text": "a", "high_text": "b",
             "npsv_low_gbp": 1.0, "npsv_gbp": 1.5, "npsv_high_gbp": 2.0, "swing_gbp": 1.0}  # fmt: skip
    turned = {"row": "1", "set": which, "label": "Rate", "now": 1.0, "switch": 2.0,
              "change_pct": 100.0, "note": ""}  # fmt: skip
    match = {"row": "1", "source": "A fund", "status": "secured", "year": "2026-27", "pays": "capital",
             "amount_gbp": 4.0, "note": "a letter"}  # fmt: skip
    other = {"row": "1", "number": 1, "short_pct": 0.5, "cost_gbp": 9.0, "entering": "A", "leaving": "B"}  # fmt: skip
    cash = [year("2026-27", which, secured_gbp=4.0),
            year("total", which, carried_gbp=5.0, carried_by="Highways")]  # fmt: skip
    method = {"method": "TOPSIS", "sites": 9, "tau": 0.8, "big": 3, "disagreements": 2,
              "cause": "Need"}  # fmt: skip
    poor = [{"site_id": str(n), "name": f"Site {n}", "by_name": "B", "dominators": 1, "certain": "no"}
            for n in range(9)]  # fmt: skip
    serves = {"row": "1", "label": "Growth", "criteria": "Need", "weight_pct": 5.0, "outcomes": pd.NA,
              "alignment": "counted"}  # fmt: skip
    decided = {"row": "1", "kind": "gate", "label": "Vacant", "name": "Hall", "now": "pass", "who": "A",
               "when": "2026-03-01", "why": None}  # fmt: skip
    made = (
        table("financial", "row", cash), rows("financial_check", which, "asked", key="row", set=which),
        table("match", "row", [match]), table("sensitivity", "row", [moved]), table("switching", "row", [turned]),
        rows("choice", which, "brings", "turned_away"), table("alternatives", "row", [other]),
        rows("appraisal", which, "npsv_gbp"), table("methods", "method", [method]), table("dominated", "site_id", poor),
        table("objectives", "row", [serves]), table("overrides", "row", [decided]),
    )  # fmt: skip
    return registered(view, more={t.name: t for t in made})


def without(view, *names, **changed):
    held = {k: t for k, t in view.more.items() if k not in names}
    return registered(view, more={**held, **changed})


def decisions():
    """Cases that between them have and lack every table of a decision."""
    plain = case_view()
    whole = judged(plain)
    yield plain, NOT_DRAWN
    yield whole, DRAWN
    yield judged(none_chosen(plain, waiting=True), "if_verified"), NOT_DRAWN
    nobody = [year("2026-27", cash_gbp=1.0), year("total", carried_gbp=5.0, carried_by=bid_decisions.NOBODY)]  # fmt: skip
    yield without(whole, "match", "financial_check", "alternatives", "sensitivity",
                  financial=table("financial", "row", nobody),
                  choice=rows("choice", "chosen", "brings")), NOT_DRAWN  # fmt: skip
    few = whole.more["dominated"]
    yield without(whole, dominated=replace(few, frame=few.frame.iloc[:0])), NOT_DRAWN
    yield without(whole, "switching", dominated=replace(few, frame=few.frame.iloc[:1])), NOT_DRAWN
    paid = table("financial", "row", [year("2026-27", cash_gbp=1.0)])
    yield without(whole, financial=paid), NOT_DRAWN
    method = whole.more["methods"]
    fewer = replace(method, frame=method.frame.assign(sites=5))
    yield without(whole, methods=fewer), NOT_DRAWN
    # no value of benefits is stated: the sensitivity is of the cost alone
    unvalued = items(whole, {"npsv_gbp": float("nan")})
    yield unvalued, NOT_DRAWN
    yield items(whole, {"npsv_gbp": 5.0}), NOT_DRAWN


def weighings():
    """Rankings with tests of weights of every kind, and without."""
    plain = case_view()
    yield plain
    view = with_tests()
    yield view
    listed = [
        {"item": name, "label": name, "value": 1.0, "unit": "", "decimals": 0, "note": ""}
        for name in ("draws", "seed", bid_robustness.BLIND, "criteria")
    ]
    for held in (listed, listed[1:]):
        told = table("robustness", "item", held)
        tables = [*view.figures.tables.values(), told]
        yield replace(view, more={"robustness": told}, figures=Figures(tables, view.key))
    still = view.weight_tests.frame.assign(enter=0, leave=0)
    yield replace(view, weight_tests=replace(view.weight_tests, frame=still))
    yield replace(view, weight_tests=replace(view.weight_tests, frame=still.iloc[:0]))
    unranked = replace(view.ranking, frame=view.ranking.frame.assign(rank=float("nan")))
    tables = [*(t for t in view.figures.tables.values() if t.name != "ranking"), unranked]
    yield replace(view, ranking=unranked, weight_tests=None, figures=Figures(tables, view.key))


def swapped(plan, **frames):
    """The plan with other rows in some of its tables."""
    tables = {**plan.tables, **{n: replace(plan.tables[n], frame=f) for n, f in frames.items()}}
    return replace(plan, tables=tables, figures=Figures(list(tables.values()), "plan"))


def plans(cases):
    """Plans of every shape that a bid can meet."""
    yield cases[0], None
    plain, full = plan_of(cases), plan_of(cases, full=True)
    yield cases[0], full
    yield cases[2], plain
    yield cases[0], plan_of(cases, inside=False)
    sites = plain.tables["plan_sites"].frame
    yield cases[0], swapped(full, plan_sites=sites.assign(in_plan=False))
    pays = plain.tables["plan_pays"].frame
    gap = plain.tables["plan_summary"].frame
    closed = gap.assign(value=gap["value"].mask(gap["item"] == "gap_pct", 0.0))
    yield cases[0], swapped(full, plan_pays=pays.assign(from_pot_gbp=7.0, sites=2), plan_summary=closed)  # fmt: skip
    relies, works = (plain.tables[f"plan_{n}"].frame for n in ("dependencies", "works"))
    yield cases[0], swapped(plain, plan_dependencies=relies.iloc[:0], plan_works=works.iloc[:0])
    yield cases[0], swapped(plain, plan_dependencies=relies.iloc[:0])
    noted = gap.assign(note="a remark")
    served = full.tables["plan_objectives"].frame
    yield cases[0], swapped(full, plan_savings=noted, plan_objectives=served.iloc[:0])
    many = pd.concat([works] * bid_plan.TOP, ignore_index=True)
    many["row"] = [f"r{n}" for n in range(len(many))]
    yield cases[0], swapped(plain, plan_works=many)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Reports of every section in every shape, and the branches that none of them took."""

    def make():
        made = []
        for view, tornado in decisions():
            report = case_report(view, "bid")
            bid_decisions.cash(report, view)
            bid_decisions.sensitivity(report, view, tornado)
            for part in ("exact_choice", "appraised", "other_methods", "objectives", "overrides"):
                getattr(bid_decisions, part)(report, view)
            made.append(report)
        for view in weighings():
            made.append(case_report(view, "bid"))
            bid_robustness.robustness(made[-1], view)
        for view, plan in plans([case_view(scenario) for scenario in SCENARIOS]):
            shown = replace(view, study=replace(view.study, plan=plan))
            made.append(case_report(shown, "bid"))
            bid_plan.joined_up(made[-1], shown)
            if plan is not None and (grid := objectives_grid(plan)) is not None:
                made[-1].grid("Objectives", grid)
        return made

    return untaken(MODULES, make, tmp_path_factory.mktemp("branches"))


def test_every_branch_is_taken(measured):
    assert measured[1] == {}


def test_no_table_is_empty_and_no_sentence_has_a_hole(measured):
    for report in measured[0]:
        for block in report.blocks:
            if isinstance(block, TableBlock):
                assert block.rows, block.caption
                assert {len(row) for row in block.rows} == {len(block.header)}, block.caption
            if isinstance(block, Paragraph):
                assert block.passage.text.strip()
                assert "{" not in block.passage.text
