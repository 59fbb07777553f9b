"""Reach and coverage are worked out once for a ranking, and again where what is kept was harmed."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from geopandas.testing import assert_geodataframe_equal

from infra import result_layers
from infra.result_layers import kept_reach, write_kept_coverage
from layers.parameters import shipped
from scenarios.catchment_areas import catchment_areas
from scenarios.testbed_raster import write_case_coverage

sys.path.append(str(Path(__file__).parents[1] / "scenarios"))
import tiny

KEY = "5g-testbed"


@pytest.fixture(scope="module")
def result():
    return tiny.run(KEY)


@pytest.fixture
def session(tmp_path):
    """What the kept layers ask of a session; its ranking goes by `made_from`."""
    return SimpleNamespace(
        study=SimpleNamespace(work=tmp_path / ".infra"),
        cases={KEY: SimpleNamespace(scenario="testbed_5g")},
        case_parameters=lambda _key: shipped(),
        case_key=lambda _key: "made-from",
    )


def not_asked():
    raise AssertionError("the layers were looked at again")


def test_reach_is_worked_out_once_and_read_back_as_it_was(session, result):
    first = kept_reach(session, KEY, result, tiny.evidence)
    again = kept_reach(session, KEY, result, not_asked)
    made = catchment_areas("testbed_5g", result.ranking.frame, tiny.evidence(), shipped())
    assert len(made)
    assert_geodataframe_equal(first, made)
    assert_geodataframe_equal(again, first)


def test_another_ranking_has_its_own(session, result):
    kept_reach(session, KEY, result, tiny.evidence)
    session.case_key = lambda _key: "other weights"
    with pytest.raises(AssertionError, match="looked at again"):
        kept_reach(session, KEY, result, not_asked)


def test_rasters_are_copied_as_they_were_written(session, result, tmp_path):
    write_case_coverage(result, tmp_path, shipped(), tiny.evidence())
    made = {path.name: path.read_bytes() for path in sorted(tmp_path.glob("*.tif"))}
    assert made
    for target, evidence in (("first", tiny.evidence), ("again", not_asked)):
        write_kept_coverage(session, KEY, result, evidence, tmp_path / target)
        held = {path.name: path.read_bytes() for path in sorted((tmp_path / target).iterdir())}
        assert held == made


def test_a_harmed_raster_is_made_again(session, result, tmp_path):
    write_kept_coverage(session, KEY, result, tiny.evidence, tmp_path / "first")
    kept = next(session.study.work.glob("rasters-*/coverage_if_verified.tif"))
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1])
    write_kept_coverage(session, KEY, result, tiny.evidence, tmp_path / "again")
    assert (tmp_path / "again" / kept.name).read_bytes() == whole


def test_a_ranking_without_rasters_is_not_looked_at_again(session, result, tmp_path, monkeypatch):
    monkeypatch.setattr(result_layers, "write_case_coverage", lambda *_: ())
    write_kept_coverage(session, KEY, result, tiny.evidence, tmp_path / "first")
    monkeypatch.setattr(result_layers, "write_case_coverage", not_asked)
    write_kept_coverage(session, KEY, result, not_asked, tmp_path / "again")
    assert list((tmp_path / "again").iterdir()) == []
