"""Sites of a set that share a postcode are told, once, and never merged."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scenarios.one_postcode import one_postcode

SITES = pd.DataFrame(
    {
        "name": [
            "North Practice",
            "South Practice",
            "West Practice",
            "Ward Unit",
            "Library",
            "Hall",
        ],
        "postcode": ["B1 1AA", "B1 1AA", "B1 1AA", "B1 1AA", "B2 2BB", ""],
    }
)
NONE = np.zeros(6, dtype=bool)


def test_a_postcode_of_several_sites_is_told_once_with_what_to_do():
    chosen = np.array([True, True, False, False, True, True])
    (told,) = one_postcode(SITES, {"chosen": chosen, "chosen_if_verified": ~NONE})
    assert told.startswith("2 sites stand at B1 1AA (")
    assert "North Practice; South Practice. They may be one building" in told
    assert "must_not" in told


def test_what_only_the_larger_set_holds_is_told_of_that_with_three_names():
    (told,) = one_postcode(SITES, {"chosen": NONE, "chosen_if_verified": ~NONE})
    assert told.startswith("4 sites stand at B1 1AA (the sites chosen if")
    assert "West Practice; and 1 more." in told


def test_sites_apart_and_sites_without_a_postcode_say_nothing():
    assert one_postcode(SITES, {"chosen": np.array([True, False, False, False, True, True])}) == []
