"""Outputs land whole; what was there before survives anything that goes wrong."""

import pytest

from infra import exchange
from layers.errors import OutputError


def tree(folder, text):
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text(text)
    return folder


@pytest.fixture(params=["one step", "two renames"])
def either_way(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(exchange, "_exchange", lambda _first, _second: False)


@pytest.mark.usefixtures("either_way")
def test_new_takes_the_place_of_old(tmp_path):
    out = tree(tmp_path / "out", "old")
    exchange.publish(tree(tmp_path / "new", "new"), out)
    assert (out / "a.txt").read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_the_first_run_has_nothing_to_exchange(tmp_path):
    exchange.publish(tree(tmp_path / "new", "new"), tmp_path / "out")
    assert (tmp_path / "out" / "a.txt").read_text() == "new"


@pytest.mark.usefixtures("either_way")
def test_a_file_in_the_place_of_out_is_said_and_left(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="a file stands where the folder should be"):
        exchange.publish(tree(tmp_path / "new", "new"), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_an_exchange_cut_off_between_two_renames_is_undone(tmp_path):
    tree(tmp_path / "out.previous", "old")
    exchange.repair(tmp_path / "out", tmp_path / ".infra")
    assert (tmp_path / "out" / "a.txt").read_text() == "old"


def test_an_exchange_cut_off_before_the_clearing_is_finished(tmp_path):
    tree(tmp_path / "out", "new")
    tree(tmp_path / "out.previous", "old")
    tree(tmp_path / ".infra" / "staging-1", "half")
    exchange.repair(tmp_path / "out", tmp_path / ".infra")
    assert (tmp_path / "out" / "a.txt").read_text() == "new"
    assert not (tmp_path / "out.previous").exists()
    assert list((tmp_path / ".infra").iterdir()) == []


def test_two_commands_at_once_are_one_too_many(tmp_path):
    with (
        exchange.locked(tmp_path / ".infra"),
        pytest.raises(OutputError, match="another infra command"),
        exchange.locked(tmp_path / ".infra"),
    ):
        pass
