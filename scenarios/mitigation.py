"""Optimism bias brought down by factors that people have dealt with, never below its lower bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from layers.errors import Fault, StudyError
from scenarios.case_rules import Word

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = ["Mitigation", "mitigated"]

BIAS = "appraisal.bias_"
WHOLE = 100.0


class Mitigation(Word):
    """A contributory factor of optimism bias, and how far it is dealt with."""

    bias: str = Field(min_length=1, description="Register key of the bias, by type of asset.")
    factor: str = Field(min_length=1, description="The factor: ground conditions, say.")
    contribution_pct: float = Field(gt=0, le=100, description="Its part in the bias.")
    mitigated_pct: float = Field(ge=0, le=100, description="How far it is dealt with.")


def mitigated(
    parameters: Parameters, given: Sequence[Mitigation], *, case: str, where: str
) -> Parameters:
    """Return the register with optimism biases brought down.

    Raises
    ------
    StudyError
        Naming every key that is no bias, and factors of one bias that sum to more than all of it.

    Notes
    -----
    HM Treasury's supplementary guidance on optimism bias (Mott MacDonald, 2002): the upper bound less
    the contribution of each factor times its mitigation, at least the lower bound.
    """
    faults: list[Fault] = []
    changes: dict[str, dict[str, Any]] = {}
    at = f"case.{case}.mitigation"
    for key in dict.fromkeys(item.bias for item in given):
        mine = [item for item in given if item.bias == key]
        if key not in parameters or not key.startswith(BIAS):
            known = ", ".join(k for k in parameters if k.startswith(BIAS))
            text = f"'{key}' is no optimism bias of the register"
            faults.append(Fault(where, text, f"use one of {known}", column=at))
            continue
        parts = sum(item.contribution_pct for item in mine)
        if parts > WHOLE:
            text = f"the factors of {key} contribute {parts:g} % in all"
            faults.append(Fault(where, text, "make them 100 % at most", column=at))
            continue
        low, value, high = parameters.span(key)
        taken = sum(item.contribution_pct * item.mitigated_pct for item in mine) / WHOLE**2
        down = max(low, round(value * (1 - taken), 4))
        changes[key] = {
            "value": down, "low": low, "high": high,
            "who": "; ".join(dict.fromkeys(item.who for item in mine)),
            "when": max(item.when for item in mine).isoformat(),
            "why": "; ".join(
                f"{i.factor}: {i.contribution_pct:g} % of the bias, {i.mitigated_pct:g} % dealt with ({i.why})"
                for i in mine
            ),
        }  # fmt: skip
    if faults:
        raise StudyError(faults)
    return parameters.override(changes, where) if changes else parameters
