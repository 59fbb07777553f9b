"""What a run makes does not depend on what it was asked for first."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from infra import work as works
from infra.report import Report
from infra.work import Work

CASES = ("full-fibre-fund", "5g-testbed", "co-working")


@pytest.mark.parametrize("asked", [(), ("5g-testbed",), ("co-working", "5g-testbed")])
def test_the_plan_takes_the_cases_in_the_order_of_the_study(asked, monkeypatch):
    taken = []
    monkeypatch.setattr(
        works, "joined_up_tables", lambda _, results, *_1, **_2: taken.append(results)
    )
    monkeypatch.setattr(works, "keeping", lambda _: nullcontext())
    monkeypatch.setattr(works, "case_view", lambda *_: None)
    monkeypatch.setattr(Work, "study", None)
    monkeypatch.setattr(Work, "seen", None)
    monkeypatch.setattr(Work, "evidence", None)
    case = SimpleNamespace(target_outcome=None)
    plan = SimpleNamespace(pot_gbp=0.0, floor="")
    session = SimpleNamespace(
        cases=CASES,
        is_ranked=lambda _: True,
        rank=lambda key, _: f"result of {key}",
        parts=lambda *_: None,
        parameters=None,
        sharing_rule="",
        profiles=dict.fromkeys(CASES, case),
        study=SimpleNamespace(
            model=SimpleNamespace(case=dict.fromkeys(CASES, case), plan=plan, seed=1)
        ),
    )
    work = Work(session, lambda _: None, Report())
    for key in asked:
        work._ranked(key)
    work._joined_up()
    assert [list(results.items()) for results in taken] == [
        [(key, f"result of {key}") for key in CASES]
    ]
