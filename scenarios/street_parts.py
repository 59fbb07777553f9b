"""Which parts of a street network places may join."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from layers.streets import SMALLEST_PART, Streets

__all__ = ["joinable_nodes"]


def joinable_nodes(streets: Streets) -> NDArray[np.int64]:
    """Return the nodes that places may join at: those of parts large enough to lead anywhere.

    A stub that the map does not connect would trap whatever joined it.
    """
    size = np.bincount(streets.component) if len(streets.component) else np.empty(0, np.int64)
    large = size >= SMALLEST_PART
    if len(large):
        large[0] = True
    return np.flatnonzero(large[streets.component])
