"""Evidence comes back in parts: rows are read when they are first looked at."""

import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from infra import evidence_io
from layers.errors import Fault
from layers.schemas import Checked
from layers.streets import Streets

sys.path.append(str(Path(__file__).parents[1] / "scenarios"))
import tiny

ONE_STREET = Streets(
    np.array([0.0, 50.0]), np.array([0.0, 0.0]), np.array([0], np.int32), np.array([1], np.int32),
    np.array([50.0]), np.array([3], np.int8), np.array([True]), np.array([True]),
    np.array([0, 0], np.int32), shapely.box(0, -9, 50, 9), {"edges": 1}, notes=("short",),
    duct=np.array([True]), access=np.array([2], np.int8),
)  # fmt: skip


def study():
    return tiny.evidence(streets=ONE_STREET)


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Evidence of the tiny study read back, and the names of what was read so far."""
    folder = tmp_path / ".infra" / "evidence-0"
    folder.mkdir(parents=True)
    held = study()
    layers = [getattr(held, f.name) for f in fields(held)]
    named = {s.path: s for layer in layers for s in getattr(layer, "sources", ())}
    evidence_io.save(folder, replace(held, sources=tuple(named.values())))
    read, names = evidence_io._read, []

    def noted(place, name, but=()):
        names.append(name)
        return read(place, name, but)

    monkeypatch.setattr(evidence_io, "_read", noted)
    return evidence_io.load(folder, tmp_path), names


def test_layers_and_streets_are_read_when_they_are_looked_at(kept):
    evidence, names = kept
    tables = {"coverage", "district_gaps", "area_gaps", "quarantine"}
    assert set(names) == tables
    assert evidence.demand.name == "demand"
    assert evidence.streets is not None
    assert set(names) == tables
    pd.testing.assert_frame_equal(evidence.demand.frame, study().demand.frame)
    assert evidence.demand.frame is evidence.demand.frame
    assert names.count("demand") == 1


@pytest.mark.parametrize("first", [f.name for f in fields(Streets) if f.init])
def test_streets_are_whole_whatever_is_looked_at_first(kept, first):
    evidence, names = kept
    for name in (first, "start", "length_m"):
        held, whole = getattr(evidence.streets, name), getattr(ONE_STREET, name)
        if isinstance(whole, np.ndarray):
            np.testing.assert_array_equal(held, whole)
        else:
            assert held == whole
    assert names.count("streets.edges") == 1


def test_a_layer_that_is_read_later_can_be_changed(kept):
    evidence, _names = kept
    some = replace(evidence.sites, frame=evidence.sites.frame.head(1))
    assert len(some.frame) == 1
    assert some.sources == evidence.sites.sources


def test_some_columns_are_read_without_the_others(kept):
    evidence, names = kept
    columns = ["easting", "northing"]
    held = evidence.demand.some(columns)
    assert list(held) == columns
    assert "demand" not in names
    pd.testing.assert_frame_equal(held, evidence.demand.frame[columns])
    pd.testing.assert_frame_equal(held, evidence.demand.some(columns))


def test_a_layer_without_some_columns_reads_the_others_alone(kept):
    evidence, names = kept
    fewer = evidence.demand.without({"white", "lad"})
    assert "demand" not in names
    assert fewer.sources == evidence.demand.sources
    pd.testing.assert_frame_equal(fewer.frame, study().demand.frame.drop(columns=["lad", "white"]))
    whole = evidence.demand.frame
    pd.testing.assert_frame_equal(evidence.demand.without({"white", "lad"}).frame, fewer.frame)
    assert "white" in whole


def test_what_was_checked_when_layers_were_built_is_kept(tmp_path):
    fault = Fault("layer sites", "in 1 row a value is empty", "report it", column="kind")
    checked = (Checked("demand", 4, 30, ()), Checked("sites", 5, 12, (fault,)))
    folder = tmp_path / ".infra" / "evidence-0"
    folder.mkdir(parents=True)
    held = replace(tiny.evidence(), checked=checked)
    layers = [getattr(held, f.name) for f in fields(held)]
    named = {s.path: s for layer in layers for s in getattr(layer, "sources", ())}
    evidence_io.save(folder, replace(held, sources=tuple(named.values())))
    assert evidence_io.load(folder, tmp_path).checked == checked
