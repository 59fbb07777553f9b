"""What is made of an object is made once, and not kept beyond the object."""

from __future__ import annotations

import gc
import weakref

import pandas as pd

from maps.made_once import kept_with

made: list[int] = []


@kept_with
def rows(frame: pd.DataFrame) -> list[int]:
    made.append(len(frame))
    return [len(frame)]


def test_one_object_is_looked_at_once_and_an_equal_one_again():
    made.clear()
    one, equal = pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]})
    assert rows(one) is rows(one)
    assert rows(equal) is not rows(one)
    assert made == [2, 2]


def test_an_object_that_is_let_go_is_not_kept_and_another_in_its_place_is_looked_at():
    made.clear()
    for length in range(5):  # the next often lies where the last one lay
        frame = pd.DataFrame({"a": range(length)})
        assert rows(frame) == [length]
        gone = weakref.ref(frame)
        del frame
        gc.collect()
        assert gone() is None
    assert made == [0, 1, 2, 3, 4]
