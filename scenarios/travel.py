"""Who may go where on the streets, which way, and how fast: walking, cycling and driving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from layers.errors import Fault, InputError
from layers.street_access import CYCLE, CYCLE_BOTH_WAYS, NO_CYCLE, NO_DRIVE
from layers.streets import HIGHWAYS, SMALLEST_PART, Streets
from scenarios.reach import Network, network
from scenarios.street_parts import joinable_nodes

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = [
    "ON_FOOT",
    "SPEED_OF_CLASS",
    "Mode",
    "Travel",
    "joinable_edges",
    "oneway_for",
    "travel_costs",
    "travel_network",
    "usable_by",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Mode = Literal["walk", "cycle", "drive"]

CYCLISTS_BARRED = ("motorway", "motorway_link", "construction", "steps", "footway", "pedestrian")
SHARED_IF_TAGGED = ("footway", "pedestrian")  # open to cyclists where a tag says so
DRIVERS_BARRED = (
    "pedestrian", "track", "footway", "path", "steps", "cycleway", "bridleway", "construction",
)  # fmt: skip
MODES: tuple[Mode, ...] = ("walk", "cycle", "drive")
TO_DESKS, MINUTES = "coworking.travel_mode", "coworking.walk_minutes"
REFERENCE = {
    "walk": "coworking.walk_speed_kmh", "cycle": "travel.cycle_kmh", "drive": "travel.drive_kmh",
}  # fmt: skip
WORDS = {"walk": "", "cycle": "by cycle", "drive": "by car"}

# The register key of the mean speed of a car along each class of street; what is not named here
# goes at the speed of `travel.drive_other_kmh`
SPEED_OF_CLASS: Mapping[str, str] = {
    "motorway": "travel.drive_motorway_kmh",
    "trunk": "travel.drive_trunk_kmh",
    "primary": "travel.drive_primary_kmh",
    "secondary": "travel.drive_secondary_kmh",
    "tertiary": "travel.drive_minor_kmh",
    "unclassified": "travel.drive_minor_kmh",
    "residential": "travel.drive_residential_kmh",
    "motorway_link": "travel.drive_primary_kmh",
    "trunk_link": "travel.drive_primary_kmh",
    "primary_link": "travel.drive_secondary_kmh",
    "secondary_link": "travel.drive_minor_kmh",
    "tertiary_link": "travel.drive_residential_kmh",
    "living_street": "travel.drive_slow_kmh",
    "service": "travel.drive_slow_kmh",
}
OTHER_SPEED = "travel.drive_other_kmh"


@dataclass(frozen=True)
class Travel:
    """A mode of travel and its speeds.

    Distances by car are metres at the reference speed: a street on which cars go twice as fast as
    that counts half its length. So a time is a distance too, for the straight lines that stand in
    where there are no streets.

    Attributes
    ----------
    reference_kmh
        Speed over a whole journey.
    by_class_kmh
        Speed along each class of street; empty where it is the same along all.
    walk_kmh
        Speed of the way to the street and from it.
    """

    mode: Mode
    reference_kmh: float
    walk_kmh: float
    by_class_kmh: Mapping[str, float]

    @classmethod
    def of(cls, mode: Mode, parameters: Parameters) -> Travel:
        """Return the speeds of the register."""
        speeds = {}
        if mode == "drive":
            speeds = {
                name: parameters.value(SPEED_OF_CLASS.get(name, OTHER_SPEED)) for name in HIGHWAYS
            }
        walk = parameters.value(REFERENCE["walk"])
        return cls(mode, parameters.value(REFERENCE[mode]), walk, speeds)

    @classmethod
    def to_desks(cls, parameters: Parameters) -> Travel:
        """Return how people come to a co-working space, as the register says."""
        return cls.of(MODES[round(parameters.value(TO_DESKS))], parameters)

    @property
    def words(self) -> str:
        """What is told of the mode after the word streets; nothing of people on foot."""
        return WORDS[self.mode]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Register keys of the mode, the time and the speeds."""
        classes = (*SPEED_OF_CLASS.values(), OTHER_SPEED) if self.by_class_kmh else ()
        return tuple(dict.fromkeys((TO_DESKS, MINUTES, REFERENCE[self.mode], *classes)))

    @property
    def off_street(self) -> float:
        """Metres that a metre to the street and from it counts: it is walked in any mode."""
        return self.reference_kmh / self.walk_kmh

    def limit_m(self, minutes: float) -> float:
        """Return the distance that a time is worth."""
        return self.reference_kmh * 1000 * minutes / 60

    def ends(self, streets: Streets) -> tuple[Ints, Ints]:
        """Return both ends of each edge, turned round so that searches from a site run against traffic.

        The way that counts is that from the points to the site.
        """
        return streets.end.astype(np.int64), streets.start.astype(np.int64)


ON_FOOT = Travel("walk", 4.8, 4.8, {})


def usable_by(streets: Streets, mode: Mode) -> Bools:
    """Return which edges people may use by a mode."""
    if mode == "walk":
        return np.asarray(streets.walkable, dtype=bool)
    barred = CYCLISTS_BARRED if mode == "cycle" else DRIVERS_BARRED
    by_class = ~_of_class(streets, barred)
    if mode == "drive":
        return by_class & ~_tagged(streets, NO_DRIVE)
    shared = _tagged(streets, CYCLE) & _of_class(streets, SHARED_IF_TAGGED)
    return (by_class | shared) & ~_tagged(streets, NO_CYCLE)


def _of_class(streets: Streets, names: tuple[str, ...]) -> Bools:
    return np.isin(streets.highway, [HIGHWAYS.index(name) for name in names])


def _tagged(streets: Streets, bit: int) -> Bools:
    """Return which edges have a bit of `layers.street_access`."""
    if streets.access is None:
        return np.zeros(len(streets.start), dtype=bool)
    return np.asarray(streets.access & bit > 0)


def joinable_edges(streets: Streets, mode: Mode) -> Bools:
    """Return the edges that places may join at: those of parts large enough to lead anywhere."""
    usable = usable_by(streets, mode)
    start, end = streets.start, streets.end
    size = len(streets.node_easting)
    if mode == "walk":
        joins = np.zeros(size, dtype=bool)
        joins[joinable_nodes(streets)] = True
        return np.asarray(usable & joins[start], dtype=bool)
    links = coo_array(
        (np.ones(int(usable.sum()), np.int8), (start[usable], end[usable])), (size, size)
    )
    part = connected_components(links, directed=False)[1]
    count = np.bincount(part, minlength=1)
    large = count >= min(SMALLEST_PART, int(count.max()))
    return np.asarray(usable & large[part[start]], dtype=bool)


def oneway_for(streets: Streets, mode: Mode) -> Bools:
    """Return which edges lead one way only: walkers go both ways everywhere, cyclists where signed."""
    if mode == "walk":
        return np.zeros(len(streets.start), dtype=bool)
    single = np.asarray(streets.oneway, dtype=bool)
    return single & ~_tagged(streets, CYCLE_BOTH_WAYS) if mode == "cycle" else single


def travel_costs(streets: Streets, travel: Travel) -> Floats:
    """Return the length of each edge in metres at the reference speed.

    Raises
    ------
    InputError
        When a speed is not above 0.
    """
    length = np.asarray(streets.length_m, dtype=np.float64)
    if not travel.by_class_kmh:
        return length
    speeds = np.array([travel.by_class_kmh.get(name, np.nan) for name in HIGHWAYS])
    by_edge = speeds[streets.highway]
    bad = ~(by_edge > 0)
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(
            Fault(
                "travel speeds",
                f"the speed along '{HIGHWAYS[streets.highway[first]]}' is {by_edge[first]:g} km/h",
                "give a speed above 0 for every class of street",
            )
        )
    return length * (travel.reference_kmh / by_edge)


def travel_network(streets: Streets, travel: Travel) -> Network:
    """Return the network as somebody sees it who looks from a site towards those who come to it."""
    start, end = travel.ends(streets)
    return network(
        start,
        end,
        travel_costs(streets, travel),
        len(streets.node_easting),
        oneway=oneway_for(streets, travel.mode),
        usable=usable_by(streets, travel.mode),
    )
