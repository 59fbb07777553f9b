"""What the desk knows of a site, on the tiny study: site A at the corner, B 1,000 m east of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiny

from layers.parameters import shipped
from scenarios.desk_evidence import checked_operators, with_projects
from scenarios.gates import decide


def people(name, **columns):
    frame = pd.DataFrame([
        {"id": "p1", **tiny.at(100), name: 40.0}, {"id": "p2", **tiny.at(3_500), name: 7.0},
    ])  # fmt: skip
    return tiny.layer(name, frame.assign(grade="estimated", route="spread", **columns))


def test_freelancers_and_jobs_stand_beside_the_criteria_and_score_nothing():
    plain = tiny.run("co-working").ranking.frame
    more = {"self_employed": people("self_employed"), "jobs": people("jobs", jobs_low=20.0, jobs_high=60.0)}  # fmt: skip
    table = tiny.run("co-working", **more).ranking
    frame = table.frame
    np.testing.assert_array_equal(frame["score"], plain["score"])
    near = frame.set_index("site_id")["self_employed_near"].dropna()
    assert set(near) <= {0.0, 40.0}
    assert 40.0 in set(near)
    assert "lockdown" in table.columns["self_employed_near"].description
    known = frame[frame["jobs_near"].notna()]
    assert (known["jobs_near_low"] <= known["jobs_near"]).all()


def test_operators_are_those_of_the_nearest_checked_address_within_100_m():
    checks = tiny.layer("mobile_checks", pd.DataFrame([
        {"id": "uprn:1", **tiny.at(60), "data_outdoor_likely": 3.0},
        {"id": "uprn:2", **tiny.at(90), "data_outdoor_likely": 1.0},
        {"id": "uprn:3", **tiny.at(1_101), "data_outdoor_likely": 4.0},
    ]))  # fmt: skip
    evidence = tiny.evidence(mobile_checks=checks)
    sites = pd.DataFrame([{"id": "A", **tiny.at(0)}, {"id": "B", **tiny.at(1_000)}, {"id": "C", "easting": np.nan, "northing": np.nan}])  # fmt: skip
    value = checked_operators(evidence, sites, shipped())["operators_checked"].metric.value
    assert value[0] == 3.0
    assert np.isnan(value[1:]).all()  # 101 m is too far; no position is no answer


def test_no_answers_give_no_column():
    assert checked_operators(tiny.evidence(), tiny.sites().frame, shipped()) == {}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("idea", "pass"), ("planned", "pass"), ("funded", "unknown"), ("building", "unknown"), ("done", "unknown"), ("stopped", "pass")],
)  # fmt: skip
def test_a_project_paid_for_at_the_site_makes_its_plan_unknown(status, outcome):
    yes, no = np.array([True, False]), np.array([False, True])
    gate = decide(yes, no, when_met="no plan", when_failed="in a plan")
    sites = pd.DataFrame({"id": ["A", "B"]})
    rows = pd.DataFrame({"id": ["x", "y"], "project": "Hubs", "owner": "Vale Council", "status": status, "site_id": ["A", "B"]})  # fmt: skip
    made = with_projects(gate, tiny.evidence(projects=tiny.layer("projects", rows)), sites)
    assert made.outcome.tolist() == [outcome, "fail"]  # a failed site stays failed
    if outcome == "unknown":
        assert "Hubs of Vale Council" in made.reason[0]
