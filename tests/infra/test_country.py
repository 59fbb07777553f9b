"""The partitioned plan: however it is cut and wherever it is done, the outputs are those of a whole run."""

import json
import shutil

import pandas as pd
import pytest
from country_study import CASE, cut, digests, quiet, small_study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra import part_steps
from infra.country import run_country
from infra.engine import LocalEngine, engine_of
from infra.run import run
from infra.session import open_session
from layers.errors import StudyError


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("country") / "study"
    return folder, small_study(folder)


@pytest.fixture(scope="module")
def whole(study):
    """What `infra run` makes of it at once."""
    folder, text = study
    session = open_session(cut(folder, text, 0, 0))
    run(session, lambda g: g in {"layers", "coverage", f"{CASE}/ranking"}, quiet)
    held = folder.with_name("whole")
    shutil.rmtree(held, ignore_errors=True)
    (folder / "out").rename(held)
    return held


@pytest.fixture(scope="module")
def one_part(study, whole):
    folder, text = study
    run_country(open_session(cut(folder, text, 1, 1)), LocalEngine(), quiet)
    held = folder.with_name("one")
    (folder / "out").rename(held)
    return held


def test_one_part_makes_the_tables_of_a_whole_run(whole, one_part):
    made, expected = digests(one_part), digests(whole)
    tables = [n for n in made if n.endswith(".csv") and not n.endswith("notes.csv")]
    assert {"coverage/area_gaps.csv", "coverage/quality.csv", f"{CASE}/ranking.csv"} <= set(tables)
    assert {n: made[n] for n in tables} == {n: expected[n] for n in tables}
    assert (one_part / "quarantine" / "quarantine.csv").read_text(encoding="utf-8").count(
        "osopenuprn"
    ) == 2


def test_premises_and_businesses_are_those_of_a_whole_run(whole, one_part):
    for name in ("demand", "businesses"):
        expected = pd.read_parquet(whole / "layers" / f"{name}.parquet").drop(columns="geometry")
        files = sorted((one_part / "layers" / name).glob("*.parquet"))
        made = pd.concat([pd.read_parquet(f) for f in files]).sort_values("id", ignore_index=True)
        assert len(files) == 7
        pd.testing.assert_frame_equal(made, expected, check_dtype=False, check_categorical=False)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(parts=st.integers(2, 9), buckets=st.integers(2, 6))
def test_how_a_study_is_cut_up_changes_no_byte(study, one_part, parts, buckets):
    folder, text = study
    shutil.rmtree(folder / "out", ignore_errors=True)
    report = run_country(open_session(cut(folder, text, parts, buckets)), LocalEngine(), quiet)
    assert report.parts == min(parts, 7)  # a part is at least a district
    assert digests(folder / "out") == digests(one_part)
    again = run_country(open_session(folder), LocalEngine(), quiet)
    assert again.unchanged


class Stops(LocalEngine):
    """Does so many tasks, and then is killed."""

    def __init__(self, tasks):
        self.left = tasks
        self.did = []

    def map(self, step, tasks):
        for done in super().map(step, tasks):
            self.did.append(step.__name__)
            self.left -= 1
            yield done
            if not self.left:
                raise KeyboardInterrupt


def test_a_run_goes_on_where_it_was_stopped(study, one_part):
    folder, text = study
    shutil.rmtree(folder / "out", ignore_errors=True)
    session = open_session(cut(folder, text, 4, 3))
    with pytest.raises(KeyboardInterrupt):
        run_country(session, Stops(12), quiet)
    assert not (folder / "out").exists()
    rest = Stops(100)
    run_country(open_session(folder), rest, quiet)
    # eight files, three buckets, four parts and their sites: twelve of nineteen were done
    assert rest.did == ["layers"] * 3 + ["sites"] * 4
    assert digests(folder / "out") == digests(one_part)
    assert not list((folder / ".infra").glob("country-*"))


def test_what_is_not_made_in_parts_is_refused(study):
    folder, text = study
    session = open_session(cut(folder, text, 2, 2))
    with pytest.raises(StudyError, match="made part by part"):
        run(session, lambda _g: True, quiet)
    other = text.replace("full_fibre_fund", "coworking").replace(
        'profile = "full-fibre-fund"', 'profile = "co-working"'
    )
    with pytest.raises(StudyError, match="one case, of the scenario full_fibre_fund"):
        run_country(open_session(cut(folder, other, 2, 2)), LocalEngine(), quiet)
    cut(folder, text, 0, 0)


def test_a_task_of_another_version_or_another_place_is_refused(tmp_path):
    task = {"work": str(tmp_path), "code": "0123456789abcdef"}
    with pytest.raises(StudyError, match="another version of infra"):
        part_steps.split(task)
    with pytest.raises(StudyError, match="does not see the folder"):
        part_steps.join({"work": str(tmp_path / "x"), "code": part_steps.own_code()})


def test_an_engine_and_its_scheduler_belong_together():
    with pytest.raises(StudyError, match="needs the address"):
        engine_of("dask", "")
    with pytest.raises(StudyError, match="only for --engine dask"):
        engine_of("local", "tcp://127.0.0.1:1")
    assert json.dumps({"engine": engine_of("local", "").name}) == '{"engine": "local"}'
