"""How much of its outcome a site of a case can serve: what the scenario knows, or what people state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from scenarios.unknown_site import unknown_site

if TYPE_CHECKING:
    from scenarios.case import Case

__all__ = ["capacity_in_force", "stated_capacity"]

Floats = NDArray[np.float64]
EVERY = "*"


def stated_capacity(case: Case, sites: Sequence[str]) -> Floats:
    """Return the most that each site may serve, as the case states it; NaN where it states nothing.

    A site that is named goes before `*`, which stands for every site.

    Raises
    ------
    StudyError
        Naming every site that is no candidate or is named twice.
    """
    place = {site: i for i, site in enumerate(sites)}
    stated = np.full(len(sites), np.nan)
    faults, seen = [], set()
    column = f"case.{case.key}.capacity"
    for rule in sorted(case.rules.capacity, key=lambda r: r.site != EVERY):
        if rule.site in seen:
            problem = f"the capacity of '{rule.site}' is stated twice"
            faults.append(Fault(case.where, problem, "state it once", column=column))
        elif rule.site == EVERY:
            stated[:] = rule.most
        elif rule.site in place:
            stated[place[rule.site]] = rule.most
        else:
            faults.append(unknown_site(case.where, column, rule.site, place))
        seen.add(rule.site)
    if faults:
        raise StudyError(faults)
    return stated


def capacity_in_force(stated: Floats, own: Floats | None) -> Floats | None:
    """Return the capacities that count: the less of what is stated and the scenario's own, or none."""
    limit = np.full(len(stated), np.inf) if own is None else np.nan_to_num(own)
    limit = np.fmin(limit, stated)
    return limit if np.isfinite(limit).any() else None
