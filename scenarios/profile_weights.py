"""Whether a profile's weights are those that people gave, for the anchors as they stand."""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from layers.errors import Fault
from layers.parameters import shipped
from scenarios.weights import median_weights, swing_weights

if TYPE_CHECKING:
    from scenarios.profile import Profile

__all__ = ["scale_faults"]

AGREES = 0.005
NEVER_BY_A_FUND = "appraisal.benefit_"


def scale_faults(profile: Profile, where: str) -> list[Fault]:
    """Return what is wrong with who gave the weights, when, and for which anchors."""
    faults = _age_faults(profile, where)
    faults += _swing_faults(profile, where)
    if profile.weights_drawn == "ranges":
        faults += _range_faults(profile, where)
    faults += _parameter_faults(profile, where)
    return faults


def _age_faults(profile: Profile, where: str) -> list[Fault]:
    changed = profile.anchors_set_on
    if not isinstance(changed, date):
        return []
    mend = "ask for the weights again, on the anchors as they stand, and write the new date"
    if not isinstance(profile.weights_set_on, date):
        text = f"the anchors were changed on {changed}, and no date says when the weights were set"
        return [Fault(where, text, mend, column="weights_set_on")]
    given = [("weights_set_on", "the weights were set", profile.weights_set_on)]
    given += [
        (f"swing.{i}", f"the swing points of person {i} were given", item.when)
        for i, item in enumerate(profile.swing, start=1)
    ]
    return [
        Fault(where, f"{what} on {when}, before an anchor changed on {changed}", mend, column=at)
        for at, what, when in given
        if when < changed
    ]


def _swing_faults(profile: Profile, where: str) -> list[Fault]:
    keys = list(profile.criterion)
    faults = []
    for i, item in enumerate(profile.swing, start=1):
        whose = item.who or f"person {i}"
        missing = [profile.criterion[k].label for k in keys if k not in item.points]
        unknown = [k for k in item.points if k not in keys]
        if missing:
            text = f"{whose} gave no swing points for {', '.join(missing)}"
            mend = "ask for them; 0 means that the swing does not matter"
            faults.append(Fault(where, text, mend, column=f"swing.{i}"))
        for key in unknown:
            near = difflib.get_close_matches(key, keys, n=1)
            mend = f"did you mean '{near[0]}'?" if near else "take it out"
            text = f"{whose} gave points for '{key}', which is no criterion here"
            faults.append(Fault(where, text, mend, column=f"swing.{i}"))
        if any(not 0 <= value <= 100 for value in item.points.values()) or not any(
            item.points.values()
        ):
            text = f"the swing points of {whose} are not from 0 to 100, or all zero"
            faults.append(Fault(where, text, "give 100 to the largest swing", column=f"swing.{i}"))
    if faults or not profile.swing:
        return faults
    people = swing_weights([[item.points[k] for k in keys] for item in profile.swing], where=where)
    median = median_weights(people)
    for key, weight in zip(keys, median, strict=True):
        stated = profile.criterion[key].weight
        if abs(stated - weight) > AGREES:
            text = (
                f"the weight is {stated:g}, but the median of the swing points gives {weight:.3f}"
            )
            mend = "write that, or take the swing points out"
            faults.append(Fault(where, text, mend, column=f"criterion.{key}.weight"))
    return faults


def _range_faults(profile: Profile, where: str) -> list[Fault]:
    faults = []
    for key, item in profile.criterion.items():
        low = item.weight if item.weight_low is None else item.weight_low
        high = item.weight if item.weight_high is None else item.weight_high
        if not low <= item.weight <= high:
            text = f"the weight {item.weight:g} is outside its range {low:g} to {high:g}"
            mend = "correct weight_low and weight_high"
            faults.append(Fault(where, text, mend, column=f"criterion.{key}"))
    ends = [(i.weight_low, i.weight_high) for i in profile.criterion.values()]
    if np.all([low is None and high is None for low, high in ends]):
        mend = "give weight_low and weight_high, or another weights_drawn"
        faults.append(Fault(where, "no criterion has a range", mend, column="weights_drawn"))
    return faults


def _parameter_faults(profile: Profile, where: str) -> list[Fault]:
    return [
        Fault(
            where,
            "a fund cannot accept the value of a benefit",
            "state it in study.toml, with who, when and why",
            column=f"parameters.{key}",
        )
        for key in profile.parameters
        if key.startswith(NEVER_BY_A_FUND) and key in shipped()
    ]
