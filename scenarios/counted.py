"""What the outcome of a scenario counts: points that sites reach, each once, or something a site has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from layers.lineage import Recipe
from scenarios.catchment import Membership
from scenarios.unused_offices import Space
from scenarios.uplift import Together

if TYPE_CHECKING:
    from scenarios.scenario import Options

__all__ = ["Counted", "counted"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counted:
    """The outcome of a set of sites: demand reached, each point once, and what each site has.

    Attributes
    ----------
    cover
        Points by sites.
    demand, own
        Outcome of each point, and of each site on its own, in `unit`.
    outcome
        What is counted, in words.
    made
        What it rests on.
    unknown
        Points within reach whose outcome is not known; they count nothing.
    """

    cover: sp.csr_array
    demand: Floats
    own: Floats
    outcome: str
    unit: str
    made: Recipe
    unknown: int = 0

    def of(self, chosen: NDArray[np.bool_]) -> float:
        """Return the outcome of a set of sites."""
        reached = self.cover @ chosen.astype(np.float64) > 0
        return float(self.demand[reached].sum() + self.own[chosen].sum())


@runtime_checkable
class _Weighted(Protocol):
    members: Membership
    weights: tuple[Floats, Floats, Floats]


@runtime_checkable
class _Spacious(Protocol):
    space: Space


def counted(options: Options) -> Counted:
    """Return what the outcome of a scenario counts, point by point and site by site."""
    count = len(options.sites)
    together: Any = options.outcomes
    none = sp.csr_array((0, count)), np.zeros(0)
    if isinstance(together, Together):
        made = Recipe("sum over the points within reach of any site in the plan, each once",
                      ("demand.uplift",), ("fibre.catchment_m", "catchment.detour_ratio"))  # fmt: skip
        if together.g.demand is None:
            return Counted(*none, np.zeros(count), "Premises uplifted", "premises", made)
        uplift = together.g.demand.frame["uplift"].to_numpy(dtype=np.float64)
        cover = _points_by_sites(together.g.near)
        unknown = int((np.isnan(uplift) & (np.diff(cover.indptr) > 0)).sum())
        return Counted(cover, np.nan_to_num(uplift), np.zeros(count), "Premises uplifted",
                       "premises", made, unknown)  # fmt: skip
    if isinstance(together, _Spacious):
        made = Recipe("sum over the buildings in the plan",
                      ("offices.floor_area_m2", "offices.floor_area_basis"),
                      ("coworking.m2_per_desk", "coworking.nia_of_gia"))  # fmt: skip
        return Counted(*none, np.nan_to_num(together.space.desks[1]), "Desks", "desks", made)
    if isinstance(together, _Weighted):
        made = Recipe("sum of weight over the target premises within reach of any site in the plan, each once",
                      ("sites.kind", "stops.stop_type"), ("testbed.demand_m", "catchment.detour_ratio"))  # fmt: skip
        cover = _points_by_sites(together.members)
        return Counted(cover, together.weights[1], np.zeros(count), "Target premises, weighted",
                       "weighted premises", made)  # fmt: skip
    return Counted(
        *none, np.ones(count), "Sites funded", "sites", Recipe("number of sites in the plan")
    )


def _points_by_sites(members: Membership) -> sp.csr_array:
    return sp.csr_array(members.matrix(np.ones(len(members.points))).T)
