"""Warnings of criteria that may count one thing twice: values that move together, and shared counts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scenarios.criteria import Metric
    from scenarios.judgement import Judgement
    from scenarios.profile import Profile

__all__ = ["correlated", "counted_twice"]

CORRELATED = 0.8
FEWEST_TO_CORRELATE = 30
# what a metric counts or weighs by; positions and denominators, which many share, count nothing
COUNTS = {
    "area_gaps.imd_decile": "deprivation",
    "businesses.micro_weighted": "small businesses",
    "businesses.units": "business units",
    "costs.amount_gbp": "cost",
    "coverage.share_pct": "published coverage",
    "demand.uplift": "premises uplifted",
    "demand.white": "white premises",
    "demand.without_full_fibre": "premises without full fibre",
    "demand.without_gigabit": "premises without gigabit",
    "offices.floor_area_m2": "floor area",
    "stops.stop_type": "stops",
}


def correlated(profile: Profile, judgement: Judgement) -> list[str]:
    """Return warnings of criteria whose values move together over the candidates."""
    notes = []
    for a, b in combinations(profile.criterion, 2):
        first, second = judgement.scored[a], judgement.scored[b]
        both = ~(first.missing | second.missing)
        if both.sum() < FEWEST_TO_CORRELATE:
            continue
        x, y = first.value[both], second.value[both]
        if x.std() == 0 or y.std() == 0:
            continue
        r = float(np.corrcoef(x, y)[0, 1])
        if abs(r) > CORRELATED:
            labels = f"{profile.criterion[a].label} and {profile.criterion[b].label}"
            notes.append(
                f"{labels} move together (r = {r:.2f}): check that they do not count one thing twice"
            )
    return notes


def counted_twice(profile: Profile, metrics: Mapping[str, Metric]) -> list[str]:
    """Return warnings of criteria with weight that are made from the same counts.

    It is told from their lineage, so it holds for one candidate as for a thousand.
    """
    notes = []
    weighted = [key for key, item in profile.criterion.items() if item.weight > 0]
    for a, b in combinations(weighted, 2):
        shared = [COUNTS[i] for i in metrics[a].inputs if i in COUNTS and i in metrics[b].inputs]
        if shared:
            labels = f"{profile.criterion[a].label} and {profile.criterion[b].label}"
            notes.append(
                f"{labels} are both made from {' and '.join(dict.fromkeys(shared))}: the weights of the two "
                "together are what that counts for"
            )
    return notes
