"""What a shared trench costs: surfaces, a bill of quantities, and each site's part of it.

Rates come from the register of parameters (domain brief B5); where the street does not say what is
dug up, the surface follows from the class of the street by the table `SURFACE_OF_HIGHWAY`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from layers.streets import HIGHWAYS

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = [
    "CHAMBER",
    "CONNECTION",
    "SURFACES",
    "SURFACE_OF_HIGHWAY",
    "Bill",
    "Surface",
    "apportion",
    "bill",
    "chambers",
    "edge_cost_gbp",
    "layable",
    "surface_lengths_m",
    "surface_shares",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Range = tuple[float, float, float]


@dataclass(frozen=True)
class Surface:
    """Something fibre is laid in, and the register key of its price per metre."""

    key: str
    label: str
    rate: str


SURFACES = (
    Surface("pia_duct", "Re-used duct: sub-duct and cable", "fibre.pia_duct_gbp_per_m"),
    Surface("footway", "Trench in footway", "fibre.footway_gbp_per_m"),
    Surface("carriageway", "Trench in carriageway", "fibre.carriageway_gbp_per_m"),
    Surface("verge", "Trench in soft verge", "fibre.soft_verge_gbp_per_m"),
)
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


def surface_lengths_m(length_m: ArrayLike, shares: Floats) -> dict[str, float]:
    """Return metres by surface over some edges, by the key of the surface."""
    metres = np.asarray(length_m, dtype=np.float64) @ shares
    return {s.key: float(m) for s, m in zip(SURFACES, metres, strict=True)}


def chambers(trench_m: float, branchings: int, spacing_m: Range) -> Range:
    """Return the fewest, expected and most chambers: one a spacing, and one at each branching.

    Parameters
    ----------
    spacing_m
        Low, default and high distance between chambers in metres; the longest spacing needs the
        fewest chambers.
    """
    low, default, high = (math.ceil(trench_m / s) + branchings for s in spacing_m)
    return float(min(low, high)), float(default), float(max(low, high))


@dataclass(frozen=True)
class Bill:
    """A bill of quantities: lines in whole pounds that add up to their totals.

    Attributes
    ----------
    frame
        One row an item: `item group unit quantity rate rate_low rate_high amount_gbp
        amount_gbp_low amount_gbp_high basis parameter`. Groups are `civils`, `connections`,
        `on-costs`, `optimism bias` (capital, year 0) and `running` (each year). Amounts with low
        rates and quantities stand in `_low`. `rate` is GBP per unit, or per cent of the lines
        above that `unit` names.
    """

    frame: pd.DataFrame

    def total(self, *groups: str) -> Range:
        """Return low, default and high total of some groups; of all capital groups when none."""
        wanted = groups or ("civils", "connections", "on-costs", "optimism bias")
        rows = self.frame.loc[self.frame["group"].isin(wanted)]
        low, middle, high = (float(rows[f"amount_gbp{end}"].sum()) for end in ("_low", "", "_high"))
        return low, middle, high

    @property
    def assumed_pct(self) -> float:
        """Share of the capital total whose rate nobody has stated, in per cent; NaN without cost."""
        rows = self.frame.loc[self.frame["group"] != "running"]
        whole = float(rows["amount_gbp"].sum())
        part = float(rows.loc[rows["basis"] == "assumed", "amount_gbp"].sum())
        return 100 * part / whole if whole else math.nan


def bill(
    lengths_m: Mapping[str, float],
    connections: int,
    parameters: Parameters,
    *,
    chamber_count: Range = (0.0, 0.0, 0.0),
) -> Bill:
    """Price a route: surfaces, chambers, connections, street works, design and optimism bias.

    Street works are a share of civils; design and project management a share of civils,
    connections and street works; optimism bias (standard civil engineering) a share of all of
    these. The rental of re-used duct is a running cost.

    Parameters
    ----------
    lengths_m
        Metres by surface key, as `surface_lengths_m` returns.
    connections
        Buildings connected: lead-in, terminal and survey each.
    chamber_count
        As `chambers` returns; none when not given.
    """
    rows = [
        _line(s.label, "civils", "m", (lengths_m.get(s.key, 0.0),) * 3, s.rate, parameters)
        for s in SURFACES
        if lengths_m.get(s.key, 0.0) > 0
    ]
    if chamber_count[2] > 0:
        rows.append(
            _line("Chambers and joints", "civils", "each", chamber_count, CHAMBER, parameters)
        )
    civils = _sum(rows)
    if connections:
        rows.append(
            _line(
                "Building connections",
                "connections",
                "each",
                (float(connections),) * 3,
                CONNECTION,
                parameters,
            )
        )
    rows.append(
        _share(
            "Street works, traffic management, permits",
            "on-costs",
            "% of civils",
            civils,
            STREET_WORKS,
            parameters,
        )
    )
    rows.append(
        _share(
            "Design and project management",
            "on-costs",
            "% of the above",
            _sum(rows),
            DESIGN,
            parameters,
        )
    )
    rows.append(
        _share(
            "Optimism bias, standard civil engineering",
            "optimism bias",
            "% of the above",
            _sum(rows),
            BIAS,
            parameters,
        )
    )
    if lengths_m.get("pia_duct", 0.0) > 0:
        rows.append(
            _line(
                "Rental of re-used duct, each year",
                "running",
                "m",
                (lengths_m["pia_duct"],) * 3,
                RENTAL,
                parameters,
            )
        )
    return Bill(pd.DataFrame(rows))


def _line(
    item: str, group: str, unit: str, quantity: Range, rate: str, parameters: Parameters
) -> dict[str, object]:
    rates = parameters.span(rate)
    amounts = tuple(float(round(q * r)) for q, r in zip(quantity, rates, strict=True))
    return _row(item, group, unit, quantity[1], rates, amounts, rate, parameters)


def _share(
    item: str, group: str, unit: str, base: Range, rate: str, parameters: Parameters
) -> dict[str, object]:
    rates = parameters.span(rate)
    amounts = tuple(float(round(b * r / 100)) for b, r in zip(base, rates, strict=True))
    return _row(item, group, unit, base[1], rates, amounts, rate, parameters)


def _row(
    item: str, group: str, unit: str, quantity: float, rates: Range, amounts: Sequence[float],
    key: str, parameters: Parameters,
) -> dict[str, object]:  # fmt: skip
    return {
        "item": item,
        "group": group,
        "unit": unit,
        "quantity": quantity,
        "rate": rates[1],
        "rate_low": rates[0],
        "rate_high": rates[2],
        "amount_gbp": amounts[1],
        "amount_gbp_low": amounts[0],
        "amount_gbp_high": amounts[2],
        "basis": parameters[key].basis,
        "parameter": key,
    }


def _sum(rows: Sequence[Mapping[str, object]]) -> Range:
    low, middle, high = (
        math.fsum(float(str(row[f"amount_gbp{end}"])) for row in rows)
        for end in ("_low", "", "_high")
    )
    return low, middle, high


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
