"""Swing weights of a group: what each person gives, how far they differ, and what each would rank.

A person's file is a CSV with a line for each criterion: `criterion` (key or label) and `points`, from 0 to
100, the largest swing 100. Lines `who` and `when` may say whose it is and the date; names are optional.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from scenarios.cross_check import agreement
from scenarios.profile import Profile
from scenarios.ranking import additive_score, ranking_order, ranks
from scenarios.weights import median_weights, swing_weights

if TYPE_CHECKING:
    from layers.lineage import Table

__all__ = ["Group", "Person", "group_of", "profile_lines", "rankings_of", "read_person", "spread"]

Floats = NDArray[np.float64]
WHO, WHEN = "who", "when"
MOST = 100.0
HEADER = {"criterion", "criteria"}


@dataclass(frozen=True)
class Person:
    """One person's swing points, by criterion."""

    who: str
    when: str
    points: Mapping[str, float]


@dataclass(frozen=True)
class Group:
    """Weights of several people.

    Attributes
    ----------
    weights
        People by criteria, each row summing to one.
    median
        Median weight of each criterion, scaled to sum to one.
    """

    people: tuple[Person, ...]
    weights: Floats
    median: Floats


def read_person(text: str, profile: Profile, *, where: str, number: int) -> Person:
    """Read one person's file.

    Raises
    ------
    StudyError
        Naming every criterion that is missing, unknown or given twice, and every point that is none.
    """
    keys = {key.lower(): key for key in profile.criterion}
    keys |= {item.label.lower(): key for key, item in profile.criterion.items()}
    faults: list[Fault] = []
    points: dict[str, float] = {}
    said = {WHO: "", WHEN: ""}
    for line, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        name, value = [*(cell.strip() for cell in row), "", ""][:2]
        if name.lower() in said:
            said[name.lower()] = value
        elif (name or value) and name.lower() not in HEADER:
            faults += _take(points, keys, name, value, Fault(where, "", "", line=line))
    if said[WHEN] and not _is_date(said[WHEN]):
        faults.append(Fault(where, f"'{said[WHEN]}' is no date", "write it as 2026-11-25"))
    missing = [item.label for key, item in profile.criterion.items() if key not in points]
    if missing:
        problem = f"there are no swing points for {', '.join(missing)}"
        faults.append(Fault(where, problem, "ask for them; 0 means that the swing does not matter"))
    elif not faults and not any(points.values()):
        faults.append(Fault(where, "all swing points are zero", "give 100 to the largest swing"))
    if faults:
        raise StudyError(faults)
    return Person(said[WHO] or f"person {number}", said[WHEN], points)


def _take(
    points: dict[str, float], keys: Mapping[str, str], name: str, value: str, at: Fault
) -> list[Fault]:
    """Take one line into the points, and return what is wrong with it."""
    key = keys.get(name.lower())
    if key is None:
        near = difflib.get_close_matches(name.lower(), keys, n=1)
        mend = (
            f"did you mean '{keys[near[0]]}'?"
            if near
            else f"use {', '.join(dict.fromkeys(keys.values()))}"
        )
        return [replace(at, problem=f"'{name}' is no criterion of this case", mend=mend)]
    found = []
    if key in points:
        found.append(replace(at, problem=f"'{name}' stands twice", mend="keep one line"))
    given = _number(value)
    if given is None:
        problem = f"the points of '{name}' are '{value}'"
        found.append(replace(at, problem=problem, mend="give a number from 0 to 100"))
    points[key] = given or 0.0
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= MOST else None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def group_of(people: Sequence[Person], profile: Profile) -> Group:
    """Return the weights of a group, each person's points over their sum, and the median."""
    keys = list(profile.criterion)
    weights = swing_weights([[person.points[key] for key in keys] for person in people])
    return Group(tuple(people), weights, median_weights(weights))


def spread(group: Group, profile: Profile) -> pd.DataFrame:
    """Return one row a criterion: the profile's weight, the group's median, least and most."""
    items = profile.criterion.items()
    return pd.DataFrame(
        {
            "criterion": [key for key, _ in items],
            "label": [item.label for _, item in items],
            "profile_weight": [item.weight for _, item in items],
            "median": group.median.round(4),
            "least": group.weights.min(axis=0).round(4),
            "most": group.weights.max(axis=0).round(4),
            **{f"person_{i}": weights.round(4) for i, weights in enumerate(group.weights, start=1)},
        }
    )


def rankings_of(group: Group, ranking: Table, profile: Profile) -> tuple[pd.DataFrame, list[float]]:
    """Return the rank of each listed site under the profile, the median and each person.

    Returns
    -------
    tuple
        One row a site, in the order of the median's ranking; and Kendall's tau-b of each person's
        ranking with that of the median.
    """
    frame = ranking.frame[ranking.frame["rank"].notna()]
    values = frame[[f"value_{key}" for key in profile.criterion]].to_numpy(dtype=np.float64)
    middle = ranks(additive_score(values, group.median))
    own = [ranks(additive_score(values, weights)) for weights in group.weights]
    made = pd.DataFrame(
        {
            "site_id": frame["site_id"].to_numpy(), "name": frame["name"].to_numpy(),
            "rank_profile": frame["rank"].to_numpy(), "rank_median": middle,
            **{f"rank_{i}": rank for i, rank in enumerate(own, start=1)},
        }
    )  # fmt: skip
    if own:
        table = np.stack(own, axis=1)
        made["rank_best"], made["rank_worst"] = table.min(axis=1), table.max(axis=1)
    sites = [str(site) for site in made["site_id"]]
    order = ranking_order(middle, frame["cost_gbp"], sites)
    return made.iloc[order].reset_index(drop=True), [agreement(rank, middle) for rank in own]


def profile_lines(group: Group, profile: Profile, *, on: str) -> list[str]:
    """Return the group's weights as lines of a profile, with ranges, ready to paste."""
    lines = [
        f'weights_set_by = "{len(group.people)} people, median of swing points"',
        f"weights_set_on = {on}",
        'weights_drawn = "ranges"',
        "",
    ]
    for person in group.people:
        points = ", ".join(f"{key} = {value:g}" for key, value in person.points.items())
        name = person.who.replace('"', "'")
        lines += [
            "[[swing]]",
            f'who = "{name}"',
            f"when = {person.when or on}",
            f"points = {{ {points} }}",
            "",
        ]
    least, most = group.weights.min(axis=0), group.weights.max(axis=0)
    rounded = _rounded(group.median)
    for j, key in enumerate(profile.criterion):
        low, high = min(least[j], rounded[j]), max(most[j], rounded[j])
        lines += [
            f"[criterion.{key}]",
            f"weight = {rounded[j]:.4f}",
            f"weight_low = {low:.4f}",
            f"weight_high = {high:.4f}",
            "",
        ]
    return lines


def _rounded(weights: Floats) -> Floats:
    """Return weights of four digits that sum to one."""
    units = np.floor(weights * 10_000 + 1e-9)
    short = round(10_000 - float(units.sum()))
    first = np.argsort(-(weights * 10_000 - units), kind="stable")[:short]
    units[first] += 1
    return units / 10_000
