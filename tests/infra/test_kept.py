"""Parts that rest on no weight: kept between rankings, and results the same with them as without."""

import sys
from pathlib import Path

import numpy as np
import pytest

from infra import result_io
from infra.kept import KeptParts
from infra.store import Store
from scenarios import case_choice, catchment
from scenarios.keeping import keeping, kept
from scenarios.profile import load_profile

sys.path.append(str(Path(__file__).parents[1] / "scenarios"))
import tiny

CASES = ("full-fibre-fund", "co-working", "5g-testbed")
WORK = ((catchment, "_catchment"), (case_choice, "best_portfolio"))


def parts(folder, key="case", made_from="inputs"):
    return KeptParts(Store(folder), [(key, made_from)])


def moved(key):
    """The shipped profile with other weights."""
    profile = load_profile(key)
    first, second, *_ = profile.criterion
    weights = {first: profile.criterion[second].weight, second: profile.criterion[first].weight}
    changed = {
        name: item.model_copy(update={"weight": weights.get(name, item.weight)})
        for name, item in profile.criterion.items()
    }
    return profile.model_copy(update={"criterion": changed})


def files(folder, result):
    folder.mkdir()
    result_io.save_result(folder, result)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("key", CASES)
def test_other_weights_need_no_part_again_and_give_what_a_first_run_gives(
    tmp_path, monkeypatch, key
):
    afresh = files(tmp_path / "afresh", tiny.run(key, profile=moved(key)))
    with keeping(parts(tmp_path / "store")):
        tiny.run(key)
    held = {path.name for path in (tmp_path / "store" / "parts-case-inputs").iterdir()}
    for module, name in WORK:
        monkeypatch.setattr(module, name, None)  # not to be called
    with keeping(parts(tmp_path / "store")):
        result = tiny.run(key, profile=moved(key))
    assert files(tmp_path / "kept", result) == afresh
    assert {path.name for path in (tmp_path / "store" / "parts-case-inputs").iterdir()} == held
    assert list((tmp_path / "store").glob("staging-*")) == []


def part(value=1.0):
    return {"numbers": np.array([value, np.nan]), "words": np.array(["a", ""])}


def test_a_part_comes_back_as_it_was_and_is_made_once(tmp_path):
    made = []

    def make():
        made.append(1)
        return part()

    for _ in range(2):
        with keeping(parts(tmp_path)):
            found = kept("x", (np.arange(3), "a", None), make)
            again = kept("x", (np.arange(3), "a", None), make)
        for each in (found, again):
            assert np.array_equal(each["numbers"], [1.0, np.nan], equal_nan=True)
            assert each["words"].tolist() == ["a", ""]
    assert len(made) == 1


@pytest.mark.parametrize(
    "inputs",
    [(np.arange(3.0), "a"), (np.arange(4), "a"), (np.arange(3), "b"), (np.arange(3), "a", None),
     (np.arange(3), ["a"]), (np.arange(3).reshape(1, 3), "a"), ((np.arange(3), "a"),)],
)  # fmt: skip
def test_other_inputs_are_another_part(tmp_path, inputs):
    with keeping(parts(tmp_path)):
        kept("x", (np.arange(3), "a"), part)
        assert kept("x", inputs, lambda: part(2.0))["numbers"][0] == 2.0
    with pytest.raises(TypeError, match="object"), keeping(parts(tmp_path)):
        kept("x", (object(),), part)


def test_only_what_the_last_whole_case_asked_for_stays(tmp_path):
    def names():
        return sorted(path.stem[:1] for path in (tmp_path / "parts-case-inputs").glob("*.npz"))

    with keeping(parts(tmp_path)):
        kept("a", (), part)
        kept("b", (), part)
    with keeping(parts(tmp_path)):
        kept("b", (), part)
        kept("c", (), part)
    assert names() == ["b", "c"]
    with pytest.raises(ZeroDivisionError), keeping(parts(tmp_path)):
        kept("d", (), lambda: 1 / 0)
    assert names() == ["b", "c"]
    assert list(tmp_path.glob("staging-*")) == []


def test_a_harmed_part_and_one_made_from_something_else_are_made_again(tmp_path):
    with keeping(parts(tmp_path)):
        kept("a", (), part)
    with keeping(parts(tmp_path, made_from="other inputs")):
        assert kept("a", (), lambda: part(2.0))["numbers"][0] == 2.0
    (path,) = (tmp_path / "parts-case-other inputs").glob("*.npz")
    path.write_bytes(path.read_bytes()[:-1])
    with keeping(parts(tmp_path, made_from="other inputs")):
        assert kept("a", (), lambda: part(3.0))["numbers"][0] == 3.0
