"""Approval of a bid: whose, of which figures, and when it is void. Views are the maps' county."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "maps"))

from plans import plan_of
from views import SCENARIOS, case_view

from infra.approval import FIELDS, fingerprint_of, names_of, record_path, standing
from infra.study import Study, StudyModel, load_study
from infra.write import inert
from layers.errors import StudyError
from layers.lineage import Figures
from maps.bid_content import BidPicture, bid_content
from maps.case_report import case_report
from maps.prose import banners
from maps.standing import control_rows

CASE = "full-fibre-fund"
GIVEN = {
    "version": "1.0",
    "prepared_by": "Digital team",
    "prepared_on": "2026-03-02",
    "checked_by": "Programme office",
    "checked_on": "2026-03-03",
    "approved_by": "=Section 151 officer",
    "approved_on": "2026-03-04",
}


def study_of(root, given):
    case = {"scenario": "full_fibre_fund", "profile": CASE, "budget_gbp": 1, "approval": given}
    area = {"code": "E47000007", "name": "Ashshire", "districts": ["E08000025"]}
    said = {"schema": 1, "name": "x", "as_of": "2026-03-02", "area": area, "case": {CASE: case}}
    return Study(root, StudyModel.model_validate(said))


def printed(view):
    """Every figure of the bid as `figures.csv` keeps it, read as `infra approve` reads it."""
    bid_content(view, BidPicture(), BidPicture())
    plan = view.study.plan
    quoted = [view.figures, *([plan.figures] if plan else [])]
    frame = pd.concat([held.frame() for held in quoted], ignore_index=True)
    text = frame.map(inert).to_csv(index=False)
    return [{name: row[name] for name in FIELDS} for row in csv.DictReader(io.StringIO(text))]


def record(study, view):
    figures = printed(view)
    kept = {
        "case": CASE,
        "names": names_of(study.model.case[CASE].approval),
        "fingerprint": fingerprint_of(figures),
        "figures": [[f[name] for name in FIELDS] for f in figures],
    }
    path = record_path(study, CASE, "1.0")
    path.parent.mkdir()
    path.write_text(json.dumps(kept), encoding="utf-8")
    return path


@pytest.fixture
def approved(tmp_path):
    study = study_of(tmp_path, GIVEN)
    record(study, case_view())
    return study


def raised(view, item, by):
    """The view with one item of its summary higher."""
    frame = view.summary.frame.copy()
    frame.loc[frame["item"] == item, "value"] += by
    summary = replace(view.summary, frame=frame)
    tables = {**view.figures.tables, "summary": summary}
    return replace(view, summary=summary, figures=Figures(tables.values(), view.figures.scope))


def test_a_bid_is_a_draft_until_somebody_approves_it(tmp_path):
    held = standing(study_of(tmp_path, {}), case_view())
    assert not held.holds
    view = replace(case_view(), approval=held)
    assert banners(view)[-1].startswith("DRAFT. Not approved for submission")
    assert case_report(view, "bid").running.endswith("DRAFT of 2 March 2026")
    assert all("[Officer to complete" in detail for _, detail in control_rows(view))


def test_an_approver_alone_is_no_approval(tmp_path):
    held = standing(study_of(tmp_path, GIVEN), case_view())
    assert not held.holds
    assert "infra approve records them" in held.why_not
    assert (
        "Void"
        in dict(control_rows(replace(case_view(), approval=held)))[
            "Approved by the Section 151 officer"
        ]
    )


def test_the_same_figures_keep_the_approval(approved):
    held = standing(approved, case_view())
    assert held.holds
    view = replace(case_view(), approval=held)
    assert not any("DRAFT" in banner for banner in banners(view))
    assert case_report(view, "bid").running.endswith("Version 1.0, approved 4 March 2026")
    rows = dict(control_rows(view))
    assert rows["Prepared by"] == "Digital team, 2 March 2026"
    assert rows["Approved by the Section 151 officer"] == "=Section 151 officer, 4 March 2026"
    assert rows["Figures approved (SHA-256 begins)"] == held.fingerprint[:16]


def test_a_figure_that_moves_by_a_pound_voids_the_approval_and_is_named(approved):
    view = raised(case_view(), "ask_gbp", 1)
    held = standing(approved, view)
    assert not held.holds
    (change,) = held.changed
    assert change.what == "The ask"
    assert change.approved.startswith("£1,309,000 (")
    assert change.now == change.approved.replace("£1,309,000", "£1,309,001")
    assert held.why_not == "1 figure has changed since"
    content = bid_content(replace(view, approval=held), BidPicture(), BidPicture())
    (table,) = [
        b for b in content.blocks if getattr(b, "caption", "").startswith("Figures changed")
    ]
    assert table.rows == ((change.fig_id, change.now, change.approved, change.what),)
    assert (
        "DRAFT. The approval of version 1.0 by =Section 151 officer on 4 March 2026 is void"
        in str(content.blocks)
    )


def test_a_range_alone_voids_it_too(approved):
    view = case_view()
    frame = view.summary.frame.copy()
    frame.loc[frame["item"] == "ask_gbp", "high"] += 1
    summary = replace(view.summary, frame=frame)
    tables = {**view.figures.tables, "summary": summary}
    view = replace(view, summary=summary, figures=Figures(tables.values(), view.figures.scope))
    assert [c.what for c in standing(approved, view).changed] == ["The ask"]


def test_a_site_that_is_gone_or_new_voids_it(approved):
    view = case_view()
    frame = view.ranking.frame.copy()
    frame.loc[0, "site_id"] = "uprn:777"
    ranking = replace(view.ranking, frame=frame)
    tables = {**view.figures.tables, "ranking": ranking}
    view = replace(view, ranking=ranking, figures=Figures(tables.values(), view.figures.scope))
    changed = standing(approved, view).changed
    assert {c.now for c in changed if "library:L000" in c.what} == {"no longer there"}
    assert {c.approved for c in changed if "uprn:777" in c.what} == {"not in it"}


def test_other_names_or_a_changed_record_do_not_hold(approved):
    other = study_of(approved.root, {**GIVEN, "approved_by": "Another"})
    assert "other people or dates" in standing(other, case_view()).why_not
    path = record_path(approved, CASE, "1.0")
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept["figures"][0][1] = "1"
    path.write_text(json.dumps(kept), encoding="utf-8")
    assert (
        "record of the approved figures has been changed" in standing(approved, case_view()).why_not
    )
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(StudyError, match="record of an approval cannot be read"):
        standing(approved, case_view())


def test_dates_run_forward_and_a_version_is_a_plain_word(tmp_path):
    for wrong in ({"checked_on": "2026-03-01"}, {"version": "../1"}):
        text = "\n".join(f'{k} = "{v}"' if not k.endswith("_on") else f"{k} = {v}"
                         for k, v in {**GIVEN, **wrong}.items())  # fmt: skip
        (tmp_path / "study.toml").write_text(
            'schema = 1\nname = "x"\nas_of = 2026-03-02\n'
            '[area]\ncode = "E47000007"\nname = "A"\ndistricts = ["E08000025"]\n'
            f'[case.{CASE}]\nscenario = "full_fibre_fund"\nprofile = "{CASE}"\nbudget_gbp = 1\n'
            f"[case.{CASE}.approval]\n{text}\n",
            encoding="utf-8",
        )
        with pytest.raises(StudyError, match=f"case.{CASE}.approval"):
            load_study(tmp_path)


def test_an_approval_is_of_the_plan_that_the_bid_prints_too(tmp_path):
    def with_plan(saved):
        view = case_view()
        plan = plan_of([case_view(scenario) for scenario in SCENARIOS], full=True)
        pays = plan.tables["plan_pays"]
        pays = replace(pays, frame=pays.frame.assign(saved_gbp=saved))
        tables = {**plan.tables, "plan_pays": pays}
        plan = replace(plan, tables=tables, figures=Figures(tables.values(), "plan"))
        return replace(view, study=replace(view.study, plan=plan))

    study = study_of(tmp_path, GIVEN)
    record(study, with_plan(50.0))
    assert standing(study, with_plan(50.0)).holds
    now = standing(study, with_plan(49.0))
    assert not now.holds
    assert [(c.what, c.approved, c.now) for c in now.changed] == [
        (f"plan_pays: {CASE}, saved_gbp", "£50", "£49")
    ]
