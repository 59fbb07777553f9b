"""What the outcome of a scenario counts: points that sites reach, each once, or something a site has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from layers.lineage import Recipe
from scenarios.catchment import Membership
from scenarios.cover import merge_alike
from scenarios.site_capacity import capacity_in_force
from scenarios.unused_offices import Buildings, Space
from scenarios.uplift import Together

if TYPE_CHECKING:
    from scenarios.criteria import Metric
    from scenarios.profile import Profile
    from scenarios.scenario import Options

__all__ = ["Counted", "counted"]

Floats = NDArray[np.float64]
PER_UNIT = "coworking.desks_per_unit"
IN_DEMAND = "desks in demand"  # fewer than the desks of a building that stands far from firms


@dataclass(frozen=True)
class Counted:
    """The outcome of a set of sites: demand served, each point once, and what each site has.

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
    capacity
        The most that each site can serve; infinite or None where nothing limits it.
    unknown
        Points within reach whose outcome is not known; they count nothing.
    """

    cover: sp.csr_array
    demand: Floats
    own: Floats
    outcome: str
    unit: str
    made: Recipe
    capacity: Floats | None = None
    unknown: int = 0

    def of(self, chosen: NDArray[np.bool_]) -> float:
        """Return the outcome of a set of sites."""
        served = merge_alike(self.cover, self.demand, capacity=self.capacity).covered(chosen)
        return served + float(self.own[chosen].sum())

    def alone(self) -> Floats:
        """Return the outcome of each site on its own."""
        reach = self.in_reach()
        return np.minimum(reach, np.inf if self.capacity is None else self.capacity) + self.own

    def in_reach(self) -> Floats:
        """Return the outcome of the points in reach of each site, whatever it can hold."""
        return np.asarray(self.cover.T @ self.demand, dtype=np.float64)


@runtime_checkable
class Offices(Protocol):
    """What the co-working scenario's outcomes are made of."""

    g: Buildings
    space: Space
    members: Membership
    units: tuple[Floats, Floats, Floats]
    micro: Metric


@runtime_checkable
class _Weighted(Protocol):
    members: Membership
    weights: tuple[Floats, Floats, Floats]


def counted(options: Options, profile: Profile, stated: Floats) -> Counted:
    """Return what the outcome of a scenario counts, point by point and site by site.

    Parameters
    ----------
    profile
        Of the case: whether what a site holds limits it.
    stated
        The most each site can serve, as the case states it (`site_capacity.stated_capacity`).
    """
    count = len(options.sites)
    together: Any = options.outcomes
    none = sp.csr_array((0, count)), np.zeros(0)
    limit = capacity_in_force(stated, None)
    if isinstance(together, Together):
        return _uplifted(together, count, limit)
    if isinstance(together, Offices):
        return _desks(together, count, stated, limited=profile.capacity == "own")
    if isinstance(together, _Weighted):
        made = Recipe("sum of weight over the target premises within reach of any site in the set, each once",
                      ("sites.kind", "stops.stop_type"), ("testbed.demand_m", "catchment.detour_ratio"))  # fmt: skip
        cover = _points_by_sites(together.members)
        return Counted(cover, together.weights[1], np.zeros(count), "Target premises, weighted",
                       "weighted premises", _limited(made, limit), limit)  # fmt: skip
    made = Recipe("number of sites in the set")
    return Counted(*none, np.ones(count), "Sites funded", "sites", made)


def _uplifted(together: Together, count: int, limit: Floats | None) -> Counted:
    made = Recipe("sum over the points within reach of any site in the set, each once",
                  ("demand.uplift",), ("fibre.catchment_m", "catchment.detour_ratio"))  # fmt: skip
    words = "Premises uplifted", "premises"
    if together.g.demand is None:
        nothing = sp.csr_array((0, count)), np.zeros(0), np.zeros(count)
        return Counted(*nothing, *words, made)
    uplift = together.g.demand.frame["uplift"].to_numpy(dtype=np.float64)
    cover = _points_by_sites(together.g.near)
    unknown = int((np.isnan(uplift) & (np.diff(cover.indptr) > 0)).sum())
    return Counted(
        cover, np.nan_to_num(uplift), np.zeros(count), *words, _limited(made, limit), limit, unknown
    )


def _desks(together: Offices, count: int, stated: Floats, *, limited: bool) -> Counted:
    """Return desks: those that somebody in reach could take, or all where no business is counted.

    Each micro-business in reach could take so many desks (`coworking.desks_per_unit`), in one
    building or another, and no building has more than it takes.
    """
    held = np.nan_to_num(together.space.desks[1])
    made = Recipe("sum over the buildings in the set",
                  ("offices.floor_area_m2", "offices.floor_area_basis"),
                  ("coworking.m2_per_desk", "coworking.nia_of_gia"))  # fmt: skip
    if not (limited and len(together.units[1])):
        nothing = sp.csr_array((0, count)), np.zeros(0)
        return Counted(*nothing, np.fmin(held, stated), "Desks", "desks", made)
    each = together.g.parameters.value(PER_UNIT)
    units = together.units[1]
    cover = _points_by_sites(together.members)
    unknown = int((np.isnan(units) & (np.diff(cover.indptr) > 0)).sum())
    metric = together.micro
    made = Recipe(
        "desks that micro-businesses in reach of the buildings could take, each business once, no building more "
        "than it holds",
        (*made.inputs, *metric.inputs), (*made.parameters, PER_UNIT, *metric.parameters),
        ("profile.capacity", "case.capacity"),
    )  # fmt: skip
    return Counted(
        cover, np.nan_to_num(units) * each, np.zeros(count), "Desks with a micro-business in reach",
        IN_DEMAND, made, capacity_in_force(stated, held), unknown,
    )  # fmt: skip


def _limited(made: Recipe, limit: Floats | None) -> Recipe:
    """Return the recipe with the capacity that the case states."""
    if limit is None:
        return made
    return Recipe(f"{made.formula}, no site more than it can hold", made.inputs, made.parameters,
                  (*made.settings, "case.capacity"))  # fmt: skip


def _points_by_sites(members: Membership) -> sp.csr_array:
    return sp.csr_array(members.matrix(np.ones(len(members.points))).T)
