"""Which sites another one dominates: at least as good on every criterion, no dearer, and better in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from layers.lineage import Column, Table
from scenarios.routes import text_column

if TYPE_CHECKING:
    from scenarios.criteria import Scored
    from scenarios.tables import Made

__all__ = ["Dominance", "dominance", "dominated_table"]

BLOCK = 256
HOW = (
    "no lower on any criterion, no dearer, and better in one; a missing value counts as the lowest of the "
    "site that dominates and as the highest of the one that is dominated; a criterion unknown for every "
    "site is left out"
)


@dataclass(frozen=True)
class Dominance:
    """For each site how many dominate it, and the first of them (-1 where none)."""

    count: NDArray[np.int64]
    by: NDArray[np.int64]


def dominance(giving: ArrayLike, taking: ArrayLike, cost_gbp: ArrayLike) -> Dominance:
    """Find which rows are dominated.

    Parameters
    ----------
    giving, taking
        Values by site and criterion, of a site as the one that dominates and as the one that is
        dominated: the same where they are known, its lowest and its highest where they are not.
    cost_gbp
        Of each site; one of unknown cost neither dominates nor is dominated.

    Notes
    -----
    Dodgson et al. (2009), Multi-criteria analysis: a manual, on dominance: an option is dominated
    where another is at least as good on all criteria and better on one.

    Examples
    --------
    >>> dominance([[1, 1], [1, 0.5], [0, 2]], [[1, 1], [1, 0.5], [0, 2]], [5, 5, 5]).by.tolist()
    [-1, 0, -1]
    """
    able = np.atleast_2d(np.asarray(giving, dtype=np.float64))
    facing = np.atleast_2d(np.asarray(taking, dtype=np.float64))
    cost = np.asarray(cost_gbp, dtype=np.float64)
    size = len(cost)
    count, by = np.zeros(size, np.int64), np.full(size, -1, np.int64)
    for first in range(0, size, BLOCK):
        part = slice(first, first + BLOCK)
        with np.errstate(invalid="ignore"):  # NaN compares as false: no dominance
            holds = cost[None, :] <= cost[part, None]
            better = cost[None, :] < cost[part, None]
        for criterion in range(able.shape[1]):
            mine, other = facing[part, criterion, None], able[None, :, criterion]
            holds &= other >= mine
            better |= other > mine
        holds &= better
        count[part] = holds.sum(axis=1)
        by[part] = np.where(holds.any(axis=1), holds.argmax(axis=1), -1)
    return Dominance(count, by)


def dominated_table(made: Made, listed: NDArray[np.int64]) -> Table:
    """Return the `dominated` table: one row a ranked site that another one dominates.

    Parameters
    ----------
    listed
        Positions of the sites that have a rank, in its order.
    """
    scored = _telling([made.judgement.scored[key] for key in made.profile.criterion], listed)
    columns = {
        "site_id": Column("stable id of the dominated site", disclosure=made.scenario.place_disclosure),
        "name": Column("its name", disclosure=made.scenario.place_disclosure),
        "by_site_id": Column("the best ranked of the sites that dominate it", disclosure=made.scenario.place_disclosure),
        "by_name": Column("name of that site", disclosure=made.scenario.place_disclosure),
        "dominators": Column("sites that dominate it", "sites", 0, "modelled", HOW, (*(f"ranking.value_{k}" for k in made.profile.criterion), "ranking.cost_gbp"), settings=("profile.criterion",)),
        "certain": Column("yes where that site does so whatever the values within their ranges"),
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    if scored and len(listed):
        giving = np.column_stack([np.where(s.missing, s.value_low, s.value) for s in scored])[
            listed
        ]
        taking = np.column_stack([np.where(s.missing, s.value_high, s.value) for s in scored])[
            listed
        ]
        low = np.column_stack([s.value_low for s in scored])[listed]
        high = np.column_stack([s.value_high for s in scored])[listed]
        found = dominance(giving, taking, made.judgement.capital[1][listed])
        site, name = (text_column(made.options.sites, n)[listed] for n in ("id", "name"))
        for at in np.flatnonzero(found.by >= 0):
            by = found.by[at]
            rows.append(
                {
                    "site_id": site[at], "name": name[at], "by_site_id": site[by],
                    "by_name": name[by], "dominators": float(found.count[at]),
                    "certain": "yes" if (low[by] >= high[at]).all() else "no",
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(columns))
    frame["dominators"] = frame["dominators"].astype("float64")
    return made.table("dominated", "site_id", frame, columns, "Ranked sites that another one dominates")  # fmt: skip


def _telling(scored: list[Scored], listed: NDArray[np.int64]) -> list[Scored]:
    """Return the criteria that are known of any listed site: the rest tells none from another."""
    return [item for item in scored if not item.missing[listed].all()]
