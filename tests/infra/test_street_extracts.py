"""The streets of an extract are read once, kept by file, and waited for where another process reads them."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from infra import street_extracts
from infra.steady import source_states
from infra.store import Store
from infra.street_extracts import StreetExtracts, load_extract, save_extract
from layers.errors import SourceError
from layers.osm_streets import ExtractStreets, extract_streets, is_extract

sys.path.append(str(Path(__file__).parents[1] / "layers"))
from test_osm_streets import NODES, WAYS, extract, way

DUCT = way(20, [1, 2], communication="line", location="underground")


def same(one: ExtractStreets, other: ExtractStreets) -> bool:
    pieces = [[], []]
    for found, held in zip((one, other), pieces, strict=True):
        if found.segments is not None:
            held += [getattr(found.segments, f.name) for f in dataclasses.fields(found.segments)]
    told = [(s.ways, s.incomplete, shapely.to_wkb(s.ducts).tolist()) for s in (one, other)]
    arrays = (a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(*pieces, strict=True))
    return told[0] == told[1] and all(arrays)


@pytest.fixture
def sources(tmp_path):
    """A folder with an extract, and the states of its files."""
    folder = tmp_path / "sources"
    folder.mkdir()
    path = extract(folder, NODES + WAYS + DUCT)
    (folder / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    return path, lambda: source_states(folder, sorted(folder.iterdir()))


@pytest.mark.parametrize("body", [NODES + WAYS + DUCT, NODES + WAYS, NODES + DUCT, NODES])
def test_streets_come_back_as_they_were(tmp_path, body):
    found = extract_streets(extract(tmp_path, body))
    (tmp_path / "kept").mkdir()
    save_extract(tmp_path / "kept", found)
    assert same(load_extract(tmp_path / "kept"), found)


def test_a_file_is_read_once_and_again_when_it_changes(tmp_path, sources, monkeypatch):
    path, states = sources
    read = []

    def noted(at, name):
        read.append(name)
        return extract_streets(at, name)

    monkeypatch.setattr(street_extracts, "extract_streets", noted)
    first = StreetExtracts(Store(tmp_path / ".infra"), states())(path, "streets.osm")
    again = StreetExtracts(Store(tmp_path / ".infra"), states())(path, "streets.osm")
    assert read == ["streets.osm"]
    assert same(first, again)
    extract(path.parent, NODES + way(10, [1, 2], highway="residential"))
    other = StreetExtracts(Store(tmp_path / ".infra"), states())(path, "streets.osm")
    assert len(read) == 2
    assert other.ways == 1
    assert len(list((tmp_path / ".infra").iterdir())) == 1


def test_who_reads_beforehand_is_waited_for_and_nothing_is_read_twice(
    tmp_path, sources, monkeypatch
):
    path, states = sources
    extracts = StreetExtracts(Store(tmp_path / ".infra"), states())
    extracts.coming = StreetExtracts(Store(tmp_path / ".infra"), states()).read_all
    found = extract_streets(path)

    def never(*_):
        raise AssertionError("read again")

    extracts.coming()
    monkeypatch.setattr(street_extracts, "extract_streets", never)
    assert same(extracts(path, "streets.osm"), found)


def test_what_is_wrong_is_told_to_who_asks_and_not_beforehand(tmp_path, sources):
    path, states = sources
    path.write_bytes(path.read_bytes()[:-40])
    extracts = StreetExtracts(Store(tmp_path / ".infra"), states())
    extracts.read_all()
    with pytest.raises(SourceError, match=r"small\.osm"):
        extracts(path, "small.osm")


def test_an_unpacked_file_has_no_checksum_and_is_read_each_time(tmp_path, sources):
    path, _states = sources
    extracts = StreetExtracts(Store(tmp_path / ".infra"), ())
    assert extracts(path, "x").ways == extract_streets(path).ways
    assert not (tmp_path / ".infra").exists()


def test_extracts_are_known_by_their_first_bytes(sources):
    path, _states = sources
    assert is_extract(path)
    assert not is_extract(path.with_name("other.csv"))
