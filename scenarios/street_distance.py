"""What the siting models need of streets, and where places may join them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

__all__ = ["StreetGraph", "joinable_nodes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SMALLEST_PART = 100


class StreetGraph(Protocol):
    """What is needed of streets; `layers.streets.Streets` has it. Metres, EPSG:27700."""

    @property
    def node_easting(self) -> Floats:
        """Easting of each node."""

    @property
    def node_northing(self) -> Floats:
        """Northing of each node."""

    @property
    def component(self) -> NDArray[np.int32]:
        """For each node the number of the connected part it belongs to; part 0 is the largest."""

    def graph(self) -> csr_matrix:
        """Return the symmetric matrix of walkable lengths, nodes by nodes."""

    def covers(self, easting: Floats, northing: Floats, within_m: float) -> NDArray[np.bool_]:
        """Whether there are streets all around positions, as far as `within_m`."""


def joinable_nodes(streets: StreetGraph) -> Ints:
    """Return the nodes that places may join at: those of parts large enough to lead anywhere.

    A stub that the map does not connect would trap whatever joined it.
    """
    size = np.bincount(streets.component) if len(streets.component) else np.empty(0, np.int64)
    large = size >= SMALLEST_PART
    if len(large):
        large[0] = True
    return np.flatnonzero(large[streets.component])
