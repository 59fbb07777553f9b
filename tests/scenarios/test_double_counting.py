"""Criteria that may count one thing twice are warned of: by their values, and by what they are made from."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scenarios.double_counting import FEWEST_TO_CORRELATE, correlated, counted_twice


def profile(**weights):
    labels = {key: SimpleNamespace(label=key.title(), weight=w) for key, w in weights.items()}
    return SimpleNamespace(criterion=labels)


def scored(**values):
    held = {
        key: SimpleNamespace(value=np.asarray(v, float), missing=np.isnan(np.asarray(v, float)))
        for key, v in values.items()
    }
    return SimpleNamespace(scored=held)


def metrics(**inputs):
    return {key: SimpleNamespace(inputs=held) for key, held in inputs.items()}


def test_values_that_move_together_are_named_with_r():
    rising = np.arange(FEWEST_TO_CORRELATE, dtype=float)
    wave = np.where(np.arange(FEWEST_TO_CORRELATE) % 2, 1.0, 0.0)
    (note,) = correlated(profile(a=1, b=1, c=1), scored(a=rising, b=-rising, c=wave))
    assert note.startswith("A and B move together (r = -1.00)")


@pytest.mark.parametrize("few", [FEWEST_TO_CORRELATE - 1, 1])
def test_too_few_sites_say_nothing(few):
    rising = np.arange(few, dtype=float)
    assert correlated(profile(a=1, b=1), scored(a=rising, b=rising)) == []


def test_the_same_count_under_two_weights_is_named_once():
    made = metrics(
        a=("demand.uplift", "demand.premises"),
        b=("costs.amount_gbp", "demand.uplift", "demand.premises"),
    )
    (note,) = counted_twice(profile(a=0.3, b=0.2), made)
    assert note.startswith("A and B are both made from premises uplifted:")


def test_a_shared_denominator_position_or_a_criterion_without_weight_counts_nothing():
    shared = ("demand.premises", "sites.easting")
    assert counted_twice(profile(a=0.5, b=0.5), metrics(a=shared, b=shared)) == []
    same = ("demand.uplift",)
    assert counted_twice(profile(a=1, b=0), metrics(a=same, b=same)) == []
