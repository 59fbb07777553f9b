"""Who may go where on the streets, which way, and how fast: walking, cycling and driving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, InputError
from layers.streets import HIGHWAYS, Streets
from scenarios.reach import Network, network

__all__ = ["DRIVE_SPEED_KMH", "Mode", "oneway_for", "travel_costs", "travel_network", "usable_by"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Mode = Literal["walk", "cycle", "drive"]

CYCLISTS_BARRED = ("motorway", "motorway_link", "construction", "steps", "footway", "pedestrian")
DRIVERS_BARRED = (
    "pedestrian", "track", "footway", "path", "steps", "cycleway", "bridleway", "construction",
)  # fmt: skip

# Mean speeds over a whole journey, stops included: toolkit defaults, below the limits
DRIVE_SPEED_KMH: Mapping[str, float] = {
    "motorway": 90, "motorway_link": 50, "trunk": 60, "trunk_link": 40, "primary": 40,
    "primary_link": 35, "secondary": 35, "secondary_link": 30, "tertiary": 32, "tertiary_link": 28,
    "unclassified": 30, "residential": 25, "living_street": 10, "service": 12, "other": 20,
}  # fmt: skip


def usable_by(streets: Streets, mode: Mode) -> Bools:
    """Return which edges people may use by a mode."""
    if mode == "walk":
        return np.asarray(streets.walkable, dtype=bool)
    barred = CYCLISTS_BARRED if mode == "cycle" else DRIVERS_BARRED
    return ~np.isin(streets.highway, [HIGHWAYS.index(name) for name in barred])


def oneway_for(streets: Streets, mode: Mode) -> Bools:
    """Return which edges lead one way only: walkers go both ways everywhere."""
    if mode == "walk":
        return np.zeros(len(streets.start), dtype=bool)
    return np.asarray(streets.oneway, dtype=bool)


def travel_costs(streets: Streets, speed_kmh: float | Mapping[str, float] | None = None) -> Floats:
    """Return the length of each edge in metres, or the time along it in seconds.

    Parameters
    ----------
    speed_kmh
        One speed, or one for each class of street (a class that is not named takes that of
        `other`); lengths are returned when not given.

    Raises
    ------
    InputError
        When a speed is not above 0.
    """
    length = np.asarray(streets.length_m, dtype=np.float64)
    if speed_kmh is None:
        return length
    if isinstance(speed_kmh, Mapping):
        speeds = np.array(
            [speed_kmh.get(name, speed_kmh.get("other", np.nan)) for name in HIGHWAYS]
        )
        by_edge = speeds[streets.highway]
    else:
        by_edge = np.full(len(length), float(speed_kmh))
    bad = ~(by_edge > 0)
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(
            Fault(
                "travel speeds",
                f"the speed along '{HIGHWAYS[streets.highway[first]]}' is {by_edge[first]:g} km/h",
                "give a speed above 0 for every class of street, or one for 'other'",
            )
        )
    return length / (by_edge / 3.6)


def travel_network(
    streets: Streets, mode: Mode, speed_kmh: float | Mapping[str, float] | None = None
) -> Network:
    """Return the network as a mode of travel sees it.

    Parameters
    ----------
    speed_kmh
        As in `travel_costs`: distances in metres without, times in seconds with.
    """
    return network(
        streets.start,
        streets.end,
        travel_costs(streets, speed_kmh),
        len(streets.node_easting),
        oneway=oneway_for(streets, mode),
        usable=usable_by(streets, mode),
    )
