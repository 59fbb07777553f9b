"""Portfolios as a part that can be kept: plain data, sites by their positions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from scenarios.keeping import Part
from scenarios.portfolio import Portfolio
from scenarios.trade_offs import Alternative, BudgetStep

__all__ = ["Found", "found_of", "part_of"]

TOLD = "told"
Found = tuple[Portfolio | None, Sequence[BudgetStep], Sequence[Alternative], bool]


def part_of(found: Found) -> Part:
    """Return the best portfolio, the steps of budget and the alternatives as a part."""
    best, steps, others, complete = found
    told = {
        "best": _plain(best),
        "steps": [[step.budget_gbp, _plain(step.portfolio), step.note] for step in steps],
        "others": [[_plain(o.portfolio), o.short_pct, o.enters, o.leaves] for o in others],
        "complete": complete,
    }
    return {TOLD: np.array(json.dumps(told))}


def found_of(part: Part, sites: int) -> Found:
    """Return what `part_of` was given, over so many sites."""
    told: dict[str, Any] = json.loads(str(part[TOLD]))
    steps = [
        BudgetStep(budget, _portfolio(plain, sites), note) for budget, plain, note in told["steps"]
    ]
    others = []
    for plain, short, enters, leaves in told["others"]:
        other = _portfolio(plain, sites)
        if other is not None:
            others.append(Alternative(other, short, tuple(enters), tuple(leaves)))
    return _portfolio(told["best"], sites), steps, others, told["complete"]


def _plain(portfolio: Portfolio | None) -> dict[str, Any] | None:
    if portfolio is None:
        return None
    return {**asdict(portfolio), "chosen": np.flatnonzero(portfolio.chosen).tolist()}


def _portfolio(plain: dict[str, Any] | None, sites: int) -> Portfolio | None:
    if plain is None:
        return None
    chosen = np.zeros(sites, dtype=bool)
    chosen[plain["chosen"]] = True
    return Portfolio(**{**plain, "chosen": chosen})
