"""What became of every row."""

import numpy as np
import pandas as pd
from toy import reading

from layers.ledger import Ledger, apart, newest_first, stack


def test_rows_are_set_aside_by_their_own_reason():
    done = apart(reading("f", {"x": [1, 2, 3, 4]}), ["", "a", "b", "a"])
    assert list(done.frame["x"]) == [1]
    assert done.set_aside == {"a": 2, "b": 1}
    assert done.quality().closes


def test_a_file_that_no_layer_settles_is_left_out_with_a_reason():
    item = reading("f", {"x": [1, 2]})
    final, left = Ledger({"f": (item,)}).close()
    assert len(final[0].frame) == 0
    assert sum(final[0].set_aside.values()) == 2
    assert "no layer" in left[item.source.sha256]


def test_a_file_whose_rows_are_all_set_aside_is_not_used_for_its_main_reason():
    item = reading("f", {"x": [1, 2, 3]})
    book = Ledger({"f": (item,)})
    book.settle(apart(item, ["far", "far", "ended"]))
    assert book.close()[1] == {item.source.sha256: "far"}
    assert book.used("f") == ()


def test_newest_vintage_first_then_by_path():
    items = [
        reading("f", {"x": [1]}, name=n, vintage=v)
        for n, v in (("b", "2024"), ("a", "2024"), ("c", "2025"))
    ]
    assert [i.source.path for i in newest_first(items)] == ["c", "a", "b"]


def test_stacking_leaves_absent_columns_missing_and_keeps_kinds():
    whole = stack([pd.DataFrame({"a": [1.5], "t": ["x"]}), pd.DataFrame({"a": [2.5]})], ["a", "t"])
    assert whole["a"].tolist() == [1.5, 2.5]
    assert whole["t"].isna().tolist() == [False, True]
    assert len(stack([], ["a"])) == 0
    assert whole["a"].dtype == np.float64


def test_sources_of_frames_are_found_by_src():
    items = [reading("f", {"x": [1]}, name=n) for n in ("b", "a")]
    book = Ledger({"f": items})
    assert [s.path for s in book.sources([items[0].frame, items[1].frame, None])] == ["a", "b"]
    assert [s.path for s in book.files([f"{items[0].source.src}+{items[1].source.src}"])] == [
        "a",
        "b",
    ]
