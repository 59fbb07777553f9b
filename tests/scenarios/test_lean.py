"""What rankings leave unread changes nothing in them."""

import pandas as pd
import pytest
import tiny

from scenarios.lean import UNREAD, lean


def test_columns_that_nobody_looks_at_are_left_out():
    held = tiny.evidence()
    fewer = lean(held)
    assert not set(UNREAD["demand"]) & set(fewer.demand.frame)
    assert set(held.demand.frame) - set(UNREAD["demand"]) == set(fewer.demand.frame)
    assert fewer.demand.sources == held.demand.sources
    assert fewer.sites is held.sites


def test_a_study_without_premises_stays_without():
    fewer = lean(tiny.evidence(demand=None, businesses=None))
    assert fewer.demand is None
    assert fewer.businesses is None


@pytest.mark.parametrize("key", ["full-fibre-fund", "5g-testbed", "co-working"])
def test_a_ranking_is_the_same_without_them(key):
    held = lean(tiny.evidence())
    whole, fewer = tiny.run(key), tiny.run(key, demand=held.demand, businesses=held.businesses)
    for name in ("ranking", "gates", "costs", "criteria", "summary"):
        one, other = getattr(whole, name).frame, getattr(fewer, name).frame
        pd.testing.assert_frame_equal(one, other)
