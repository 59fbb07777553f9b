"""What lies in reach of the chosen sites, as areas that a map can draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from scenarios.catchment import Reach, catchment
from scenarios.travel import MINUTES, Travel

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters

__all__ = ["catchment_areas", "reach_m"]

CELL_M = 40.0
MOST = 200
DESKS = "coworking"
RADII: Mapping[str, Callable[[Parameters], float]] = {
    "full_fibre_fund": lambda p: p.value("fibre.catchment_m"),
    "testbed_5g": lambda p: p.value("testbed.demand_m"),
    DESKS: lambda p: Travel.to_desks(p).limit_m(p.value(MINUTES)),
}


def reach_m(scenario: str, parameters: Parameters) -> float | None:
    """Return how far the sites of a scenario reach, in metres; `None` where it has no such radius."""
    radius = RADII.get(scenario)
    return None if radius is None else radius(parameters)


def _area(points: NDArray[np.float64], site: NDArray[np.float64]) -> Any:
    """Return the squares that hold points in reach, grown together and smoothed."""
    corner = np.unique(np.floor(np.vstack([points, site]) / CELL_M), axis=0) * CELL_M
    squares = shapely.box(
        corner[:, 0] - CELL_M / 2,
        corner[:, 1] - CELL_M / 2,
        corner[:, 0] + 1.5 * CELL_M,
        corner[:, 1] + 1.5 * CELL_M,
    )
    grown = shapely.buffer(shapely.union_all(squares), CELL_M / 2, quad_segs=3)
    return shapely.simplify(shapely.buffer(grown, -CELL_M / 2, quad_segs=3), CELL_M / 8)


def catchment_areas(
    scenario: str, ranking: pd.DataFrame, evidence: Evidence, parameters: Parameters
) -> gpd.GeoDataFrame:
    """Return the catchment of each chosen site: the places of demand within its reach.

    Parameters
    ----------
    ranking
        The case's ranking; where nothing is chosen, what confirmed gates would choose.

    Returns
    -------
    GeoDataFrame
        `site_id name method geometry` in EPSG:27700, one row a site with a position. Distances follow
        the method of the ranking (`catchment_method`). Drawn in squares of 40 m: a picture of reach,
        not a boundary that anything is counted by.
    """
    limit = reach_m(scenario, parameters)
    flag = "chosen" if bool(ranking["chosen"].any()) else "chosen_if_verified"
    held = ranking[ranking[flag].fillna(value=False).astype(bool) & ranking["easting"].notna()]
    held = held.sort_values(["rank", "site_id"], kind="stable").head(MOST)
    empty = gpd.GeoDataFrame({"site_id": [], "name": [], "method": []}, geometry=[], crs=27700)
    if limit is None or held.empty or evidence.demand is None:
        return empty
    demand = evidence.demand.some(["easting", "northing"]).to_numpy(float)
    at = held[["easting", "northing"]].to_numpy(float)
    travel = Travel.to_desks(parameters) if scenario == DESKS else None
    found = catchment(at, demand, limit, Reach.of(evidence.streets, parameters, travel))
    shapes = [
        _area(demand[found.points[found.indptr[i] : found.indptr[i + 1]]], at[i : i + 1])
        for i in range(len(held))
    ]
    about = {
        "site_id": held["site_id"].astype(str).to_numpy(),
        "name": held["name"].astype(str).to_numpy(),
        "method": found.method.astype(str),
    }
    return gpd.GeoDataFrame(about, geometry=shapes, crs=27700)
