"""What becomes of a ranking under other reasonable weights, as columns and a table of the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.lineage import Column, Table
from scenarios.judgement import RANKED, TO_VERIFY, Judgement
from scenarios.profile import Profile
from scenarios.robustness import Choice, Robustness, smaa_of_choices
from scenarios.rules import Rules
from scenarios.sensitivity import OneChange, PlaceLimits, one_at_a_time, place_limits, sentence
from scenarios.weights import draw_ordinal, draw_uniform, draw_within

__all__ = [
    "DRAWS",
    "Tested",
    "tested_weightings",
    "values_of",
    "weight_tests_table",
    "with_robustness",
]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
DRAWS = 10_000
# each limit takes hundreds of rankings: of more sites only how often they are chosen is said
MOST_WITH_LIMITS = 5_000
LEAST_GBP = 0.01  # where must-have sites take the whole budget
MUST = "It must be chosen, so that no weighting takes it out."
MUST_NOT = "It must not be chosen, so that no weighting takes it in."
IF_CONFIRMED = "If its open gates are confirmed: "


@dataclass(frozen=True)
class Tested:
    """Tested weightings of a case, in the order of the options.

    `found` lets only sites that pass every gate into the chosen set; `if_verified` lets in those
    with an open gate too. Sentences are there for every listed site; `passes` says which pass every
    gate.
    """

    found: Robustness
    if_verified: Robustness
    sentences: NDArray[np.object_]
    changes: tuple[OneChange, ...]
    passes: NDArray[np.bool_]
    listed: NDArray[np.int64]


def tested_weightings(
    judgement: Judgement,
    profile: Profile,
    sites: Sequence[str],
    seed: int,
    *,
    confidence: bool,
) -> Tested:
    """Rank the sites of a case under 10,000 drawn weightings, uncertain values drawn too.

    Parameters
    ----------
    judgement
        Of the case.
    profile
        Its criteria, with their weights.
    sites
        Their ids, in the order of the options.
    seed
        Of the study.
    confidence
        Whether to find confidence factors too.
    """
    keys = list(profile.criterion)
    weights = np.asarray([profile.criterion[key].weight for key in keys])
    low, mid, high = values_of(judgement, profile)
    missing = np.column_stack([judgement.scored[key].missing for key in keys])
    status = judgement.status
    ranked = np.isin(status, [RANKED, TO_VERIFY])
    drawn = _drawn(profile, seed)

    cost = judgement.capital[1]

    def free(eligible: Mask, rules: Rules) -> tuple[Mask, float]:
        """Return who may be chosen by rank, and the money that must-have sites leave."""
        may = eligible.copy()
        may[[*rules.must_have, *rules.must_not]] = False
        left = judgement.budget_gbp - float(cost[list(rules.must_have)].sum())
        return may, max(left, LEAST_GBP)

    listed = np.flatnonzero(ranked)
    names = [sites[int(i)] for i in listed]
    passes = status == RANKED
    now, would = judgement.rules, judgement.rules_if_verified

    def limits(eligible: Mask, rules: Rules) -> PlaceLimits | None:
        if len(listed) > MOST_WITH_LIMITS:
            return None
        may, left = free(eligible, rules)
        return place_limits(
            mid[listed], weights, costs_gbp=cost[listed], budget_gbp=left,
            eligible=may[listed], site_id=names,
        )  # fmt: skip

    sets = [(passes, now), (ranked, would)][: 2 if (status == TO_VERIFY).any() else 1]
    tallied = smaa_of_choices(
        low, mid, high, drawn, costs_gbp=cost,
        choices=[Choice(*free(eligible, rules)) for eligible, rules in sets],
        site_id=sites, seed=seed, ranked=ranked, missing=missing, confidence=confidence,
    )  # fmt: skip
    for each, (_, rules) in zip(tallied, sets, strict=True):
        each.chosen_pct[list(rules.must_have)] = 100.0
    found, if_verified = tallied[0], tallied[-1]
    may, left = free(ranked, would)
    changes = one_at_a_time(
        mid[listed], weights, costs_gbp=cost[listed], budget_gbp=left,
        eligible=may[listed], site_id=names,
    )  # fmt: skip
    labels = [profile.criterion[key].label for key in keys]
    passing, confirmed = limits(passes, now), limits(ranked, would)
    sentences = np.full(len(sites), "", dtype=object)
    for position, site in enumerate(listed):
        if np.isnan(cost[site]):
            sentences[site] = "Its cost is unknown, so it is in no tested set."
        elif site in would.must_have:
            sentences[site] = MUST if site in now.must_have else IF_CONFIRMED + MUST.lower()
        elif site in would.must_not:
            sentences[site] = MUST_NOT
        elif status[site] == RANKED:
            sentences[site] = sentence(
                float(found.chosen_pct[site]), DRAWS, passing, position, labels
            )
        else:
            said = sentence(float(if_verified.chosen_pct[site]), DRAWS, confirmed, position, labels)
            sentences[site] = IF_CONFIRMED + said[:1].lower() + said[1:]
    return Tested(found, if_verified, sentences, tuple(changes), passes, listed)


def values_of(judgement: Judgement, profile: Profile) -> tuple[Floats, Floats, Floats]:
    """Return values on the criteria's scales, low, middle and high: sites by criteria."""
    scored = [judgement.scored[key] for key in profile.criterion]
    low, mid, high = (
        np.column_stack([getattr(item, name) for item in scored])
        for name in ("value_low", "value", "value_high")
    )
    return low, mid, high


def _drawn(profile: Profile, seed: int) -> Floats:
    """Draw weights as the profile says: all, all in its order, or within the group's ranges."""
    criteria = list(profile.criterion.values())
    weights = np.asarray([item.weight for item in criteria])
    if profile.weights_drawn == "ordinal":
        order = 1 + np.searchsorted(np.sort(-np.round(weights, 9)), -np.round(weights, 9))
        return draw_ordinal(DRAWS, [int(place) for place in order], seed=seed)
    if profile.weights_drawn == "ranges":
        ends = [(i.weight_low, i.weight_high, i.weight) for i in criteria]
        low = [w if end is None else end for end, _, w in ends]
        high = [w if end is None else end for _, end, w in ends]
        return draw_within(DRAWS, low, high, seed=seed, where=f"profile {profile.key}")
    return draw_uniform(DRAWS, len(criteria), seed=seed)


def with_robustness(
    ranking: Table, tested: Tested, order: NDArray[np.int64], profile: Profile
) -> Table:
    """Return the `ranking` table with what the tested weightings say of each site.

    Parameters
    ----------
    ranking
        One row a candidate, in the order of print.
    tested
        In the order of the options.
    order
        The options in the order of print.
    profile
        Of the case.
    """
    values = tuple(
        f"ranking.value_{key}{end}" for key in profile.criterion for end in ("", "_low", "_high")
    )
    settings = ("case.budget_gbp", "study.seed")
    why = f"over {DRAWS:,} weightings ({profile.weights_drawn}), uncertain values drawn between low and high"

    def column(text: str, unit: str, decimals: int) -> Column:
        return Column(
            text,
            unit,
            decimals,
            "modelled",
            f"{text}, {why}",
            (*values, "ranking.cost_gbp"),
            settings=settings,
        )

    found = tested.found
    more = {
        "chosen_pct": (np.where(tested.passes, found.chosen_pct, np.nan), column("share of tested weightings in which the site is in the chosen set", "%", 1)),
        "chosen_if_verified_pct": (tested.if_verified.chosen_pct, column("the same if every open gate were confirmed", "%", 1)),
        "first_pct": (found.first_pct, column("share of tested weightings in which the site is first", "%", 1)),
        "top10_pct": (found.top_pct(10), column("share of tested weightings in which the site is among the first ten", "%", 1)),
        "rank_mean": (found.rank_mean, column("mean rank", "", 1)),
    }  # fmt: skip
    frame = ranking.frame.copy()
    columns = dict(ranking.columns)
    for name, (array, described) in more.items():
        frame[name] = array[order]
        columns[name] = described
    frame["robustness_sentence"] = tested.sentences[order]
    columns["robustness_sentence"] = Column(
        "how firmly the site is in, or out of, the chosen set", formula=why, inputs=values
    )
    return replace(ranking, frame=frame, columns=columns, _position={})


def weight_tests_table(
    ranking: Table, tested: Tested, sites: Sequence[str], profile: Profile
) -> Table:
    """Return the `weight_tests` table: each criterion left out, or weighing a quarter less or more.

    Sites with an open gate take part, as if it were confirmed: the test is of the weights.
    """
    keys = list(profile.criterion)
    names = dict(zip(ranking.frame["site_id"], ranking.frame["name"], strict=True))

    def said(positions: Sequence[int]) -> str:
        return "; ".join(str(names[sites[tested.listed[i]]]) for i in positions[:5])

    rows = [
        {
            "row": f"{keys[change.criterion]}|{change.test}",
            "criterion": keys[change.criterion],
            "label": profile.criterion[keys[change.criterion]].label,
            "test": change.test,
            "weight": change.weight,
            "first_site": said([change.winner]),
            "enter": len(change.enters),
            "leave": len(change.leaves),
            "entering": said(change.enters),
            "leaving": said(change.leaves),
        }
        for change in tested.changes
    ]
    values = tuple(f"ranking.value_{key}" for key in keys)
    settings = ("profile.criterion", "case.budget_gbp")

    def counted(text: str) -> Column:
        how = "ranking and walk-down again with that weight, the others in proportion"
        return Column(
            text, "sites", 0, "modelled", how, (*values, "ranking.cost_gbp"), settings=settings
        )

    columns = {
        "row": Column("criterion and test"),
        "criterion": Column("criterion"),
        "label": Column("its name"),
        "test": Column("left out, 25 % less or 25 % more"),
        "weight": Column("the weight in the test", "", 4, settings=settings, formula="the profile's weight, changed"),
        "first_site": Column("the site that is then first"),
        "enter": counted("sites that come into the chosen set"),
        "leave": counted("sites that go out of it"),
        "entering": Column("up to five that come in"),
        "leaving": Column("up to five that go out"),
    }  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(columns))
    return Table(
        "weight_tests", "row", frame, columns, ranking.sources,
        "What other weights would change, open gates taken as confirmed",
    )  # fmt: skip
