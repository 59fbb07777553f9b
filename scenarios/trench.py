"""What a trench costs: surfaces, the lines of its bill of quantities, and each site's part of it.

Rates come from the register of parameters (domain brief B5); where the street does not say what is
dug up, the surface follows from the class of the street by the table `SURFACE_OF_HIGHWAY`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.streets import HIGHWAYS
from scenarios.costs import RUNNING, CostLine

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = [
    "CHAMBER",
    "CONNECTION",
    "ROUTE_ITEMS",
    "SURFACES",
    "SURFACE_OF_HIGHWAY",
    "Surface",
    "apportion",
    "chambers",
    "edge_cost_gbp",
    "layable",
    "route_lines",
    "surface_shares",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Spread = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Surface:
    """Something fibre is laid in, and the register key of its price per metre."""

    key: str
    item: str
    rate: str


SURFACES = (
    Surface("duct", "re-used duct, sub-duct and cable", "fibre.pia_duct_gbp_per_m"),
    Surface("footway", "trench in footway", "fibre.footway_gbp_per_m"),
    Surface("carriageway", "trench in carriageway", "fibre.carriageway_gbp_per_m"),
    Surface("verge", "trench in soft verge", "fibre.soft_verge_gbp_per_m"),
)
CHAMBERS, CONNECTED = "chambers and joints", "building connection"
WORKS, DESIGNED = "street works, traffic management, permits", "design and project management"
ROUTE_ITEMS = (*(s.item for s in SURFACES), CHAMBERS, CONNECTED, WORKS, DESIGNED)
CHAMBER = "fibre.chamber_gbp"
CONNECTION = "fibre.building_connection_gbp"
RENTAL = "fibre.pia_rental_gbp_per_m_per_year"
STREET_WORKS = "fibre.street_works_pct"
DESIGN = "fibre.design_pct"
BIAS = "appraisal.bias_standard_civil_pct"

# Shares of a metre of trench by surface, in the order (footway, carriageway, verge): toolkit
# defaults. Built-up streets have footways; the carriageway share is crossings, which wider roads
# need more of. Lanes and tracks have verges. Alleys and service roads are paved from side to side.
SURFACE_OF_HIGHWAY: Mapping[str, tuple[float, float, float]] = {
    "trunk": (0.45, 0.15, 0.40),
    "trunk_link": (0.30, 0.30, 0.40),
    "primary": (0.85, 0.15, 0.00),
    "primary_link": (0.70, 0.30, 0.00),
    "secondary": (0.88, 0.12, 0.00),
    "secondary_link": (0.70, 0.30, 0.00),
    "tertiary": (0.90, 0.10, 0.00),
    "tertiary_link": (0.70, 0.30, 0.00),
    "unclassified": (0.60, 0.10, 0.30),
    "residential": (0.95, 0.05, 0.00),
    "living_street": (0.50, 0.50, 0.00),
    "service": (0.00, 1.00, 0.00),
    "pedestrian": (1.00, 0.00, 0.00),
    "track": (0.00, 0.00, 1.00),
    "footway": (1.00, 0.00, 0.00),
    "path": (0.00, 0.00, 1.00),
    "steps": (1.00, 0.00, 0.00),
    "cycleway": (1.00, 0.00, 0.00),
    "bridleway": (0.00, 0.00, 1.00),
    "other": (0.00, 1.00, 0.00),
}
NOT_LAYABLE = ("motorway", "motorway_link", "construction")


def layable(highway: ArrayLike) -> Bools:
    """Return along which edges a trench may go: not along motorways or building sites.

    Parameters
    ----------
    highway
        Class of each edge, a position in `layers.streets.HIGHWAYS`.
    """
    barred = [HIGHWAYS.index(name) for name in NOT_LAYABLE]
    return ~np.isin(np.asarray(highway), barred)


def surface_shares(
    highway: ArrayLike,
    duct: ArrayLike | None = None,
    rule: Mapping[str, tuple[float, float, float]] = SURFACE_OF_HIGHWAY,
) -> Floats:
    """Return the share of each surface along each edge, shape (edges, surfaces).

    Parameters
    ----------
    highway
        Class of each edge, a position in `layers.streets.HIGHWAYS`.
    duct
        Whether an existing duct can be re-used along an edge; then nothing is dug up.
    rule
        Shares of footway, carriageway and verge by class. A class the rule does not name is dug in
        the carriageway, the dearest surface.

    Examples
    --------
    >>> surface_shares([HIGHWAYS.index("residential")]).tolist()
    [[0.0, 0.95, 0.05, 0.0]]
    """
    classes = np.asarray(highway, dtype=np.int64)
    table = np.array([(0.0, *rule.get(name, (0.0, 1.0, 0.0))) for name in HIGHWAYS])
    shares = table[classes]
    if duct is not None:
        shares[np.asarray(duct, dtype=bool)] = (1.0, 0.0, 0.0, 0.0)
    return shares


def edge_cost_gbp(length_m: ArrayLike, shares: Floats, parameters: Parameters) -> Floats:
    """Return what it costs to lay fibre along each edge, at the rates in force."""
    rates = np.array([parameters.value(surface.rate) for surface in SURFACES])
    return np.asarray(np.asarray(length_m, dtype=np.float64) * (shares @ rates))


def chambers(
    trench_m: ArrayLike, joints: ArrayLike, spacing_m: tuple[float, float, float]
) -> Spread:
    """Return the fewest, expected and most chambers: one a spacing, and one at each joint.

    Parameters
    ----------
    trench_m, joints
        Metres dug, and places where new fibre meets fibre (branchings, and where it joins what is
        there today), one a route.
    spacing_m
        Low, default and high distance between chambers; the longest spacing needs the fewest.
    """
    length, more = np.asarray(trench_m, dtype=np.float64), np.asarray(joints, dtype=np.float64)
    short, default, long = (np.ceil(length / s) + more for s in spacing_m)
    return np.minimum(short, long), default, np.maximum(short, long)


def route_lines(
    lengths_m: Mapping[str, Floats],
    chamber_count: Spread,
    connections: ArrayLike,
    parameters: Parameters,
    *,
    low_share: float = 1.0,
) -> tuple[CostLine, ...]:
    """Return the bill of quantities of routes: surfaces, chambers, connections, works, design.

    Street works are a share of civils; design and project management a share of civils,
    connections and street works. Optimism bias (standard civil engineering) stands on every line.
    The rental of re-used duct is a running cost.

    Parameters
    ----------
    lengths_m
        Metres by surface key, one a route.
    chamber_count
        As `chambers` returns.
    connections
        Buildings connected by each route: lead-in, terminal and survey each.
    low_share
        Share of the route that is sure to be needed, for the low amounts: 0 where the map of
        existing fibre is incomplete, so that there may be fibre nearer by.
    """
    joined = np.asarray(connections, dtype=np.float64)
    lines = [
        CostLine.each(
            s.item, "m", lengths_m[s.key], s.rate, bias=BIAS, low=lengths_m[s.key] * low_share
        )
        for s in SURFACES
    ]
    fewest, expected, most = chamber_count
    lines.append(
        CostLine.each(
            CHAMBERS, "each", expected, CHAMBER, bias=BIAS,
            low=fewest * low_share, high=most,
        )
    )  # fmt: skip
    civils = _before_bias(lines, parameters)
    connection = CostLine.each(CONNECTED, "each", joined, CONNECTION, bias=BIAS)
    works = _percentage(WORKS, "£100 of civils", civils, STREET_WORKS)
    above = _before_bias([*lines, connection, works], parameters)
    design = _percentage(DESIGNED, "£100 of the works", above, DESIGN)
    duct = lengths_m["duct"]
    rental = CostLine.each(
        "rental of re-used duct", "m", duct, RENTAL, timing=RUNNING, low=duct * low_share
    )
    whole = (*lines, connection, works, design, rental)
    return tuple(replace(line, optional=True) for line in whole)


def _before_bias(lines: Sequence[CostLine], parameters: Parameters) -> Spread:
    """Return what lines cost before optimism bias: low, middle, high."""
    sums = []
    for at, quantities in enumerate(("quantity_low", "quantity", "quantity_high")):
        amounts = [getattr(x, quantities) * parameters.span(x.rate)[at] for x in lines]
        sums.append(np.sum(amounts, axis=0))
    return sums[0], sums[1], sums[2]


def _percentage(item: str, unit: str, base: Spread, rate: str) -> CostLine:
    """Return a line that is so many pounds for each hundred of others."""
    low, middle, high = (end / 100 for end in base)
    return CostLine.each(item, unit, middle, rate, bias=BIAS, low=low, high=high)


def apportion(total: int, weights: ArrayLike) -> Ints:
    """Split a whole number (of pounds, or pence) in proportion to weights; parts sum to it exactly.

    Each gets the whole part of its share; what is left goes one by one to the largest remainders,
    the first of equal ones first.

    Parameters
    ----------
    weights
        Zero or more, not all zero unless there is nothing to split.

    Raises
    ------
    ValueError
        When there is something to split and nobody to bear it.

    Examples
    --------
    >>> apportion(100, [1, 1, 1]).tolist()
    [34, 33, 33]
    """
    parts: Floats = np.asarray(weights, dtype=np.float64)
    if total == 0:
        return np.zeros(len(parts), np.int64)
    if not parts.sum() > 0:
        raise ValueError(f"there is {total} to split and no weight to split it by")
    parts = parts / parts.max()
    exact = parts / parts.sum() * total
    result: Ints = np.floor(exact).astype(np.int64)
    rest = total - int(result.sum())
    order = np.argsort(-(exact - result), kind="stable")
    bearing = order[parts[order] > 0]
    result[bearing[np.arange(abs(rest)) % len(bearing)]] += np.sign(rest)
    return result
