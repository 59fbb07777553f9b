"""Gates: pass, fail or unknown, each with its reason. Without evidence a gate stays unknown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from scenarios.case import EVERY_SITE, Case, Confirmation
from scenarios.unknown_site import unknown_site

__all__ = ["FAIL", "PASS", "UNKNOWN", "Gate", "check_confirmations", "confirm", "decide", "in_area"]

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Gate:
    """The outcome of one gate at every candidate site, and why."""

    outcome: NDArray[np.object_]
    reason: NDArray[np.object_]


def decide(
    passed: Mask,
    failed: Mask,
    *,
    when_met: Any = "",
    when_failed: Any = "",
    when_unknown: Any = "",
) -> Gate:
    """Return a gate from what is known to pass and what is known to fail; the rest is unknown.

    Reasons are one text, or one text per site.

    Raises
    ------
    ValueError
        When a site both passes and fails.
    """
    if (passed & failed).any():
        raise ValueError("a site cannot both pass and fail a gate")
    count = len(passed)
    outcome = np.full(count, UNKNOWN, dtype=object)
    outcome[passed], outcome[failed] = PASS, FAIL
    reason = np.empty(count, dtype=object)
    unknown = ~(passed | failed)
    for mask, text in ((passed, when_met), (failed, when_failed), (unknown, when_unknown)):
        reason[mask] = text if isinstance(text, str) else np.asarray(text, dtype=object)[mask]
    return Gate(outcome, reason)


def in_area(lad: NDArray[np.object_], districts: Collection[str]) -> Gate:
    """Return whether each site lies in a district of the study; unknown where its district is."""
    inside = np.isin(lad, list(districts))
    return decide(
        inside,
        ~inside & (lad != ""),
        when_met="lies in a district of the study",
        when_failed="lies in a district outside the study",
        when_unknown="its district is not known",
    )


def confirm(gate: Gate, key: str, sites: Sequence[str], given: Sequence[Confirmation]) -> Gate:
    """Return a gate with people's confirmations applied, who, when and why in the reason.

    A confirmation for every site settles only what is unknown; one for a named site is later and
    more particular, so it also overrules what the data say, and keeps what they said.
    """
    outcome, reason = gate.outcome.copy(), gate.reason.copy()
    place = {site: i for i, site in enumerate(sites)}
    mine = [c for c in given if c.gate == key]
    for item in (c for c in mine if c.site == EVERY_SITE):
        unknown = outcome == UNKNOWN
        outcome[unknown], reason[unknown] = item.outcome, item.text
    for item in (c for c in mine if c.site != EVERY_SITE and c.site in place):
        i = place[item.site]
        data_said = f" (the data: {gate.outcome[i]}, {gate.reason[i]})"
        outcome[i] = item.outcome
        reason[i] = item.text + ("" if gate.outcome[i] == UNKNOWN else data_said)
    return Gate(outcome, reason)


def check_confirmations(case: Case, gates: Sequence[str], sites: Sequence[str]) -> None:
    """Check that every confirmation names a gate and a site that exist, and says who, when and why.

    Raises
    ------
    StudyError
        With all that is wrong.
    """
    faults: list[Fault] = []
    known = {EVERY_SITE, *sites}
    for number, item in enumerate(case.confirmations, start=1):
        column = f"case.{case.key}.confirmations[{number}]"
        if item.gate not in gates:
            listed = ", ".join(gates) or "none"
            problem = f"there is no gate '{item.gate}' in this case"
            faults.append(Fault(case.where, problem, f"use one of: {listed}", column=column))
        if item.site not in known:
            faults.append(unknown_site(case.where, column, item.site, sites, every=EVERY_SITE))
        absent = [name for name in ("who", "when", "why") if not getattr(item, name).strip()]
        if absent:
            problem = f"the confirmation does not say {' and '.join(absent)}"
            mend = "name the person, the date and the evidence they rely on"
            faults.append(Fault(case.where, problem, mend, column=column))
        if item.outcome not in (PASS, FAIL):
            problem = f"the outcome is '{item.outcome}'"
            faults.append(Fault(case.where, problem, "write 'pass' or 'fail'", column=column))
    if faults:
        raise StudyError(faults)
