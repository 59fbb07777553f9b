"""What an open command remembers: the newest of a name, made from what it was asked for."""

from infra.kept import KeptParts
from infra.remembered import Remembered
from infra.store import Store
from scenarios.keeping import held, keeping


def test_the_same_is_made_once_and_the_newest_of_a_name_is_held():
    memory, made = Remembered(), []

    def make():
        made.append(1)
        return len(made)

    asked = [memory.once("a", key, make) for key in ("x", "x", "y", "x")]
    assert asked == [1, 1, 2, 3]
    assert memory.once("b", "x", make) == 4


def test_what_fails_is_not_remembered():
    memory = Remembered()
    for _ in range(2):
        try:
            memory.once("a", "x", lambda: 1 / 0)
        except ZeroDivisionError:
            continue
    assert memory.once("a", "x", lambda: "made") == "made"


def test_a_case_finds_what_rests_on_no_weight_and_another_does_not(tmp_path):
    memory, store = Remembered(), Store(tmp_path)

    def asked(cases, remembered=memory):
        with keeping(KeptParts(store, cases, remembered)):
            return held("options", object)

    first = asked([("case", "inputs")])
    assert asked([("case", "inputs")]) is first
    assert asked([("case", "inputs")], None) is not first
    assert asked([("other", "inputs")]) is not first
    assert (
        asked([("case", "inputs"), ("other", "inputs")]) is not first
    )  # of several cases at once there is no one
    assert asked([("case", "changed")]) is not first


def test_without_a_keeper_it_is_made_anew():
    assert held("options", object) is not held("options", object)
