"""Places as nodes of the street network, each where it stands on its street."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenarios.snapping import attach
from scenarios.street_parts import joinable_nodes

if TYPE_CHECKING:
    from layers.streets import Streets

__all__ = ["Placed", "with_places"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Placed:
    """Streets cut where places join them.

    Attributes
    ----------
    streets
        The network with a node for each place.
    node
        Node of each place; -1 where no street is near enough, or the place has no position.
    snap_m
        Straight distance from each place to the street; NaN where it joins none.
    """

    streets: Streets
    node: Ints
    snap_m: Floats


def with_places(streets: Streets, xy: ArrayLike, usable: Bools, limit_m: float) -> Placed:
    """Cut streets where places join them, at the nearest point of the nearest street.

    Streets in parts too small to lead anywhere are not joined: they are breaks in the map.

    Parameters
    ----------
    xy
        Easting and northing in metres, EPSG:27700, shape (n, 2); NaN is no position.
    usable
        Edges that may be joined.
    limit_m
        Farthest that a street may be.
    """
    places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    start, end = streets.start.astype(np.int64), streets.end.astype(np.int64)
    joins = np.zeros(len(streets.node_easting), dtype=bool)
    joins[joinable_nodes(streets)] = True
    at = attach(
        places[:, 0], places[:, 1], streets.node_easting, streets.node_northing, start, end,
        limit_m=limit_m, usable=np.asarray(usable, dtype=bool) & joins[start],
    )  # fmt: skip
    size = len(streets.node_easting)
    node = np.full(len(places), -1, dtype=np.int64)
    held = at.on_street
    node[held & (at.share <= 0)] = start[at.edge[held & (at.share <= 0)]]
    node[held & (at.share >= 1)] = end[at.edge[held & (at.share >= 1)]]
    inner = np.flatnonzero(held & (at.share > 0) & (at.share < 1))
    if not len(inner):
        return Placed(streets, node, at.snap_m)
    cuts, which = np.unique(
        np.column_stack([at.edge[inner].astype(np.float64), at.share[inner]]),
        axis=0,
        return_inverse=True,
    )
    node[inner] = size + np.ravel(which)
    return Placed(_cut(streets, cuts), node, at.snap_m)


def _cut(streets: Streets, cuts: Floats) -> Streets:
    """Return the network with a node at each cut (edge, share), which are in order."""
    edge, share = cuts[:, 0].astype(np.int64), cuts[:, 1]
    start, end = streets.start.astype(np.int64), streets.end.astype(np.int64)
    size = len(streets.node_easting)
    fresh = size + np.arange(len(edge))
    first = np.r_[True, edge[1:] != edge[:-1]]
    last = np.r_[first[1:], True]
    east, north = (
        xy[start[edge]] + share * (xy[end[edge]] - xy[start[edge]])
        for xy in (streets.node_easting, streets.node_northing)
    )
    # each cut closes the piece before it; the last of a street opens the piece to its end
    before = np.where(first, start[edge], fresh - 1)
    from_share = np.where(first, 0.0, np.r_[0.0, share[:-1]])
    uncut = np.ones(len(start), dtype=bool)
    uncut[edge] = False
    kept = np.flatnonzero(uncut)
    part = np.r_[kept, edge, edge[last]]
    length = np.r_[
        streets.length_m[kept],
        streets.length_m[edge] * (share - from_share),
        streets.length_m[edge[last]] * (1 - share[last]),
    ]
    return replace(
        streets,
        node_easting=np.r_[streets.node_easting, east],
        node_northing=np.r_[streets.node_northing, north],
        start=np.r_[start[kept], before, fresh[last]].astype(np.int32),
        end=np.r_[end[kept], fresh, end[edge[last]]].astype(np.int32),
        length_m=length,
        highway=streets.highway[part],
        oneway=streets.oneway[part],
        walkable=streets.walkable[part],
        component=np.r_[streets.component, streets.component[start[edge]]],
        duct=None if streets.duct is None else streets.duct[part],
        access=None if streets.access is None else streets.access[part],
    )
