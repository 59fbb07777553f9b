"""The shared route of a set of sites: where it runs, what each site uses, what sharing saves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from layers.errors import Fault, InputError
from scenarios.appraisal import Additionality
from scenarios.reach import nearest_source, network
from scenarios.steiner import EFFORT, SharedTree, shared_tree
from scenarios.trench import (
    CHAMBER,
    CONNECTION,
    Bill,
    Range,
    apportion,
    bill,
    chambers,
    edge_cost_gbp,
    layable,
    surface_lengths_m,
    surface_shares,
)

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from layers.streets import Streets

__all__ = ["Passed", "SharedRoute", "along_ducts", "passed", "premises_near", "shared_route"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
CRS = "EPSG:27700"
CLASSES = ("white", "under_review", "grey_black", "unclassed")


@dataclass(frozen=True)
class SharedRoute:
    """A shared network from existing fibre to a set of sites.

    Attributes
    ----------
    tree
        The edges, and the way from each node to the fibre.
    path_site, path_edge
        Which site uses which edge of the tree, one entry a use, in order of site.
    length_m, alone_m
        The whole tree; and for each site the length of its own cheapest way to the nearest fibre,
        NaN where it is not reached.
    reached
        For each site whether the route joins it.
    shares
        Surfaces along each edge of the network, as `trench.surface_shares`.
    bill
        Bill of quantities of the whole route.
    site_gbp
        Each site's part of the capital cost in whole pounds: an edge's cost is split among the
        sites that use it, a connection is the site's own, and on-costs follow. NaN where a site is
        not reached; the parts sum to the total exactly.
    """

    tree: SharedTree
    path_site: Ints
    path_edge: Ints
    length_m: float
    alone_m: Floats
    reached: Bools
    shares: Floats
    bill: Bill
    site_gbp: Floats

    @property
    def saving_text(self) -> str:
        """What sharing saves, in words: `47 sites alone 212 km, together 31 km`."""
        count = int(self.reached.sum())
        alone = float(np.nansum(self.alone_m))
        text = f"{count:,} {'site' if count == 1 else 'sites'} alone {_distance(alone)}, "
        text += f"together {_distance(self.length_m)}"
        lost = int((~self.reached).sum())
        return f"{text}; {lost:,} cannot be reached along streets" if lost else text

    def lines(self, streets: Streets, site_ids: Sequence[str]) -> gpd.GeoDataFrame:
        """Return the route of each site and of the set.

        Returns
        -------
        GeoDataFrame
            `route` (`site` or `set`), `site_id` (empty for the set), `length_m`, `geometry` in
            EPSG:27700; one row for each site reached, in order, and the set last.
        """
        pieces = _pieces(streets)
        counts = np.bincount(self.path_site, minlength=len(self.reached))
        first = np.concatenate([[0], np.cumsum(counts)])
        rows: list[dict[str, Any]] = []
        for site in np.flatnonzero(self.reached).tolist():
            edges = self.path_edge[first[site] : first[site + 1]]
            rows.append(_route("site", site_ids[site], streets, pieces, edges))
        rows.append(_route("set", "", streets, pieces, self.tree.edge))
        return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)


def _route(
    kind: str, site: str, streets: Streets, pieces: NDArray[Any], edges: Ints
) -> dict[str, Any]:
    merged = shapely.line_merge(shapely.multilinestrings(pieces[edges]))
    parts = shapely.multilinestrings(shapely.get_parts(merged))
    length = float(streets.length_m[edges].sum())
    return {"route": kind, "site_id": site, "length_m": round(length, 1), "geometry": parts}


def _distance(metres: float) -> str:
    return f"{metres / 1000:,.0f} km" if metres >= 10_000 else f"{metres / 1000:,.1f} km"


def _pieces(streets: Streets) -> NDArray[Any]:
    x, y = streets.node_easting, streets.node_northing
    ends = np.stack(
        [
            np.column_stack([x[streets.start], y[streets.start]]),
            np.column_stack([x[streets.end], y[streets.end]]),
        ],
        axis=1,
    )
    pieces: NDArray[Any] = shapely.linestrings(ends)
    return pieces


def along_ducts(streets: Streets, ducts: Sequence[Any] | NDArray[Any], within_m: float) -> Bools:
    """Return which edges run along an existing duct: both ends and the middle are near one.

    Parameters
    ----------
    ducts
        Lines in EPSG:27700.
    """
    result = np.zeros(len(streets.start), dtype=bool)
    lines = np.asarray(ducts, dtype=object)
    if not len(lines) or not len(result):
        return result
    x, y = streets.node_easting, streets.node_northing
    start, end = streets.start, streets.end
    places = (
        (x[start], y[start]),
        ((x[start] + x[end]) / 2, (y[start] + y[end]) / 2),
        (x[end], y[end]),
    )
    tree = shapely.STRtree(lines)
    result[:] = True
    for east, north in places:
        left = np.flatnonzero(result)
        near, _ = tree.query(
            shapely.points(east[left], north[left]), predicate="dwithin", distance=within_m
        )
        result[:] = False
        result[left[near]] = True
    return result


def shared_route(
    streets: Streets,
    site_nodes: ArrayLike,
    fibre_nodes: ArrayLike,
    parameters: Parameters,
    *,
    chamber_spacing_m: Range,
    duct: ArrayLike | None = None,
    effort: int = EFFORT,
) -> SharedRoute:
    """Find and price the shared route of a set of sites.

    Parameters
    ----------
    site_nodes, fibre_nodes
        Nodes of the street network that sites and existing fibre are attached to.
    chamber_spacing_m
        Low, default and high distance between chambers.
    duct
        Which edges have a duct to re-use (see `along_ducts`); none when not given.
    effort
        See `steiner.shared_tree`.

    Raises
    ------
    InputError
        When there is no site or no fibre, or they are at no node.
    """
    sites, fibre = np.asarray(site_nodes, np.int64), np.asarray(fibre_nodes, np.int64)
    _check(sites, fibre)
    size = len(streets.node_easting)
    shares = surface_shares(streets.highway, duct)
    cost = edge_cost_gbp(streets.length_m, shares, parameters)
    usable = layable(streets.highway)
    tree = shared_tree(
        streets.start, streets.end, cost, size, sites, fibre, usable=usable, effort=effort
    )
    path_site, path_edge = _paths(tree.parent, tree.via, sites, tree.reached)
    streets_network = network(streets.start, streets.end, cost, size, usable=usable)
    own = nearest_source(streets_network, fibre)
    own_site, own_edge = _paths(own.parent, own.via, sites, tree.reached)
    alone = np.bincount(own_site, streets.length_m[own_edge], minlength=len(sites))
    lengths = surface_lengths_m(streets.length_m[tree.edge], shares[tree.edge])
    dug = sum(metres for key, metres in lengths.items() if key != "pia_duct")
    count = chambers(dug, _branchings(streets, tree), chamber_spacing_m)
    priced = bill(lengths, int(tree.reached.sum()), parameters, chamber_count=count)
    return SharedRoute(
        tree=tree,
        path_site=path_site,
        path_edge=path_edge,
        length_m=float(streets.length_m[tree.edge].sum()),
        alone_m=np.where(tree.reached, alone, np.nan),
        reached=tree.reached,
        shares=shares,
        bill=priced,
        site_gbp=_attributed(priced, cost, count[1], path_site, path_edge, tree, parameters),
    )


def _check(sites: Ints, fibre: Ints) -> None:
    faults = []
    if not len(sites):
        faults.append(
            Fault("the shared route", "there is no site to join", "choose at least one site")
        )
    if not len(fibre):
        faults.append(
            Fault(
                "the shared route",
                "no existing fibre is known in the study",
                "add a file of fibre nodes (cabinets, exchanges, own ducts), or state one",
            )
        )
    if faults:
        raise InputError(faults)


def _paths(parent: Ints, via: Ints, sites: Ints, reached: Bools) -> tuple[Ints, Ints]:
    """Return site and edge for each edge on the way of each site, all sites walked in step."""
    at = np.flatnonzero(reached)
    node = sites[at]
    site_parts, edge_parts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    while len(at):
        on = parent[node] >= 0
        at, node = at[on], node[on]
        site_parts.append(at)
        edge_parts.append(via[node])
        node = parent[node]
    site, edge = np.concatenate(site_parts), np.concatenate(edge_parts)
    order = np.argsort(site, kind="stable")
    return site[order], edge[order]


def _branchings(streets: Streets, tree: SharedTree) -> int:
    """Return the number of nodes where the route divides."""
    ends = np.concatenate([streets.start[tree.edge], streets.end[tree.edge]])
    return int((np.bincount(ends) >= 3).sum()) if len(ends) else 0


def _attributed(
    priced: Bill,
    cost: Floats,
    chamber_count: float,
    path_site: Ints,
    path_edge: Ints,
    tree: SharedTree,
    parameters: Parameters,
) -> Floats:
    """Return each site's part of the capital cost in whole pounds."""
    users = np.bincount(path_edge, minlength=len(cost))
    direct: Floats = np.bincount(
        path_site, cost[path_edge] / users[path_edge], minlength=len(tree.reached)
    ).astype(np.float64)
    laid = float(cost[tree.edge].sum())
    if laid > 0:
        direct = direct * (1 + chamber_count * parameters.value(CHAMBER) / laid)
    weights = direct + parameters.value(CONNECTION) * tree.reached
    total = int(priced.total()[1])
    if not tree.reached.any():
        return np.full(len(tree.reached), np.nan)
    return np.where(tree.reached, apportion(total, weights).astype(float), np.nan)


def premises_near(
    streets: Streets, edges: ArrayLike, easting: Floats, northing: Floats, within_m: float
) -> Bools:
    """Return which points lie within a distance of a route: each once, however often it passes.

    Parameters
    ----------
    edges
        Edges of the route.
    easting, northing
        Metres, EPSG:27700; NaN is nowhere near.
    """
    result = np.zeros(len(easting), dtype=bool)
    lines = _pieces(streets)[np.asarray(edges, dtype=np.int64)]
    if not len(lines):
        return result
    left, bottom, right, top = shapely.total_bounds(lines)
    with np.errstate(invalid="ignore"):
        box = (easting >= left - within_m) & (easting <= right + within_m)
        box &= (northing >= bottom - within_m) & (northing <= top + within_m)
    at = np.flatnonzero(box)
    near, _ = shapely.STRtree(lines).query(
        shapely.points(easting[at], northing[at]), predicate="dwithin", distance=within_m
    )
    result[at[near]] = True
    return result


@dataclass(frozen=True)
class Passed:
    """Premises that a route passes, low, default and high.

    `uplift` are those not served today; `additional` those that would not be served anyway
    (uplift less deadweight); `net` what is left after leakage, displacement and substitution.
    `unknown_points` carry no count and are in none of these.
    """

    points: int
    unknown_points: int
    uplift: float
    additional: Range
    net: Range


def passed(near: Bools, uplift: Mapping[str, ArrayLike], parameters: Parameters) -> Passed:
    """Count the premises a route passes, with deadweight by class and additionality.

    Additional premises are uplift x (1 - deadweight) (domain brief B3); the rest of additionality
    follows the Additionality Guide (F1), without its multipliers, which are for jobs.

    Parameters
    ----------
    near
        Which points are passed, as `premises_near` returns.
    uplift
        Premises at each point by class: `white`, `under_review`, `grey_black`, and `unclassed`
        where there is no BDUK data. NaN is unknown.

    Raises
    ------
    KeyError
        For a class that is none of these.
    """
    strange = sorted(set(uplift) - set(CLASSES))
    if strange:
        raise KeyError(f"no deadweight is known for {', '.join(strange)}; classes are {CLASSES}")
    unknown = np.zeros(int(near.sum()), dtype=bool)
    total, kept = 0.0, [0.0, 0.0, 0.0]
    for name in CLASSES:
        if name not in uplift:
            continue
        values = np.asarray(uplift[name], dtype=np.float64)[near]
        unknown |= np.isnan(values)
        count = float(np.nansum(values))
        total += count
        low, default, high = parameters.span(f"appraisal.deadweight_{name}_pct")
        for i, deadweight in enumerate((high, default, low)):
            kept[i] += count * (1 - deadweight / 100)
    keys = ("leakage", "displacement", "substitution")
    spans = [parameters.span(f"appraisal.{key}_pct") for key in keys]
    nets = [Additionality(*(span[2 - i] / 100 for span in spans)).apply(kept[i]) for i in range(3)]
    return Passed(
        points=int(near.sum()),
        unknown_points=int(unknown.sum()),
        uplift=total,
        additional=(kept[0], kept[1], kept[2]),
        net=(nets[0], nets[1], nets[2]),
    )
