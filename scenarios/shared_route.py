"""Routes from sites to existing fibre: each on its own, and a shared network for a set of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from scenarios.reach import Network, nearest_source, network
from scenarios.snapping import attach
from scenarios.steiner import EFFORT, SharedTree, shared_tree
from scenarios.street_places import with_places
from scenarios.trench import SURFACES, Spread, chambers, edge_cost_gbp, layable, surface_shares

if TYPE_CHECKING:
    from layers.parameters import Parameters
    from layers.streets import Streets

__all__ = [
    "ROUTE_COLUMNS",
    "Routes",
    "SharedRoute",
    "no_routes",
    "premises_near",
    "route_lines_of",
    "routes_to_fibre",
    "shared_route",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Whole = NDArray[np.signedinteger[Any]]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]
CRS = "EPSG:27700"
SNAP, SPACING = "catchment.street_snap_m", "fibre.chamber_spacing_m"
LIMIT = "fibre.mapped_fibre_limit_m"
ROUTE_COLUMNS = (
    "set", "stretch", "site_id", "sites", "kind", "surface", "length_m", "cost_gbp", "geometry",
)  # fmt: skip


@dataclass(frozen=True)
class Routes:
    """Streets priced for fibre, and the cheapest way of each site to the nearest fibre.

    Attributes
    ----------
    streets
        The network with a node for each site and fibre point.
    ways
        The same with the costs, as it is searched.
    cost_gbp, shares
        Along each edge: what laying fibre costs, and the shares of `trench.SURFACES`.
    fibre, node
        Nodes of existing fibre, and of each site (-1: none).
    snap_m
        Straight distance from each site to its street.
    routed
        Which sites have a route that is priced.
    why
        For each site in words what its route is, or why it has none.
    length_m
        By surface the length of each site's own route, 0 where it has none.
    complete
        Whether the list of fibre is complete, so that no nearer fibre can be missing from it.
    """

    streets: Streets
    ways: Network
    cost_gbp: Floats
    shares: Floats
    fibre: Ints
    node: Ints
    snap_m: Floats
    routed: Bools
    why: Texts
    length_m: Mapping[str, Floats]
    complete: bool

    @property
    def alone_m(self) -> Floats:
        """Length of each site's own route, NaN where it has none."""
        whole: Floats = np.sum(list(self.length_m.values()), axis=0)
        return np.where(self.routed, whole, np.nan)

    def own_chambers(self, parameters: Parameters) -> Spread:
        """Return the chambers of each site's own route: one joint where it meets the fibre."""
        dug = np.sum([m for key, m in self.length_m.items() if key != "duct"], axis=0)
        return chambers(dug, dug > 0, parameters.span(SPACING))


def routes_to_fibre(
    streets: Streets | None, site_xy: ArrayLike, fibre_xy: ArrayLike, parameters: Parameters, *,
    complete: bool = False,
) -> Routes | None:  # fmt: skip
    """Find the cheapest way of each site along streets to existing fibre.

    Parameters
    ----------
    site_xy, fibre_xy
        Easting and northing in metres, EPSG:27700, shape (n, 2); NaN is no position.
    complete
        Whether the list of fibre is complete. Where it is not, routes longer than
        `fibre.mapped_fibre_limit_m` are not priced: the map is then too thin to tell.

    Returns
    -------
    Routes or None
        `None` where there are no streets, or no fibre stands near one.
    """
    places = np.asarray(site_xy, dtype=np.float64).reshape(-1, 2)
    known = np.asarray(fibre_xy, dtype=np.float64).reshape(-1, 2)
    if streets is None or not len(streets.start) or not len(known):
        return None
    snap_m = parameters.value(SNAP)
    placed = with_places(streets, np.vstack([places, known]), layable(streets.highway), snap_m)
    fibre = np.unique(placed.node[len(places) :])
    fibre = fibre[fibre >= 0]
    if not len(fibre):
        return None
    net, node = placed.streets, placed.node[: len(places)]
    shares = surface_shares(net.highway, net.duct)
    cost = edge_cost_gbp(net.length_m, shares, parameters)
    ways = network(net.start, net.end, cost, len(net.node_easting), usable=layable(net.highway))
    own = nearest_source(ways, fibre)
    joined = (node >= 0) & (own.source[node] >= 0)
    site, edge = _paths(own.parent, own.via, node, joined)
    lengths = {
        s.key: np.bincount(site, net.length_m[edge] * shares[edge, k], minlength=len(node)).astype(
            np.float64
        )
        for k, s in enumerate(SURFACES)
    }
    whole = np.sum(list(lengths.values()), axis=0)
    near = joined & (complete | (whole <= parameters.value(LIMIT)))
    why = _reasons(places, node, joined, near, whole, parameters)
    lengths = {key: np.where(near, metres, 0.0) for key, metres in lengths.items()}
    snap = np.where(node >= 0, placed.snap_m[: len(places)], np.nan)
    return Routes(net, ways, cost, shares, fibre, node, snap, near, why, lengths, complete)


def _reasons(
    places: Floats, node: Ints, joined: Bools, near: Bools, whole: Floats, parameters: Parameters
) -> Texts:
    """Return in words what each site's route is, or why it has none."""
    far = (
        f"the nearest fibre on an incomplete map is more than {parameters.value(LIMIT):,.0f} m off"
    )
    off = f"no street within {parameters.value(SNAP):g} m"
    why = np.asarray(
        [f"{m:,.0f} m along streets to the nearest known fibre" for m in whole], object
    )
    why[~near] = far
    why[~joined] = "no street joins it to known fibre"
    why[node < 0] = off
    why[np.isnan(places).any(axis=1)] = "its position is not known"
    return why


@dataclass(frozen=True)
class SharedRoute:
    """A shared network from existing fibre to a set of sites.

    Attributes
    ----------
    tree
        The edges, and the way from each node to the fibre.
    sites
        Positions of the sites it joins.
    path_site, path_edge
        Which site uses which edge of the tree, one entry a use, in order of site.
    length_m
        By surface.
    joints
        Places where new fibre meets new or existing fibre.
    direct_gbp
        Each site's part of what laying the fibre costs: an edge's cost is split evenly among the
        sites that use it. In the order of `sites`.
    """

    tree: SharedTree
    sites: Ints
    path_site: Ints
    path_edge: Ints
    length_m: Mapping[str, float]
    joints: int
    direct_gbp: Floats

    @property
    def whole_m(self) -> float:
        """Length of the whole route."""
        return float(sum(self.length_m.values()))

    def chamber_count(self, parameters: Parameters) -> Spread:
        """Return the chambers of the whole route, one entry each."""
        dug = sum(metres for key, metres in self.length_m.items() if key != "duct")
        return chambers([dug], [self.joints], parameters.span(SPACING))


def shared_route(routes: Routes, chosen: Bools, *, effort: int = EFFORT) -> SharedRoute | None:
    """Find the shared route of those chosen sites that have a route; `None` where none has.

    Parameters
    ----------
    effort
        See `steiner.shared_tree`.
    """
    sites = np.flatnonzero(chosen & routes.routed)
    if not len(sites):
        return None
    net, node = routes.streets, routes.node[sites]
    tree = shared_tree(
        net.start, net.end, routes.cost_gbp, len(net.node_easting), node, routes.fibre,
        effort=effort, ways=routes.ways,
    )  # fmt: skip
    site, edge = _paths(tree.parent, tree.via, node, tree.reached)
    users = np.bincount(edge, minlength=len(routes.cost_gbp))
    direct = np.bincount(site, routes.cost_gbp[edge] / users[edge], minlength=len(sites))
    metres = net.length_m[tree.edge] @ routes.shares[tree.edge]
    lengths = {s.key: float(m) for s, m in zip(SURFACES, metres, strict=True)}
    joints = _joints(net, tree, routes.fibre)
    return SharedRoute(tree, sites, site, edge, lengths, joints, direct.astype(np.float64))


def _paths(parent: Whole, via: Whole, nodes: Ints, joined: Bools) -> tuple[Ints, Ints]:
    """Return place and edge for each edge on the way of each place, all places walked in step."""
    at = np.flatnonzero(joined)
    node = nodes[at]
    at_parts, edge_parts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    while len(at):
        on = parent[node] >= 0
        at, node = at[on], node[on]
        at_parts.append(at)
        edge_parts.append(via[node])
        node = parent[node]
    place, edge = np.concatenate(at_parts), np.concatenate(edge_parts)
    order = np.argsort(place, kind="stable")
    return place[order], edge[order]


def _joints(net: Streets, tree: SharedTree, fibre: Ints) -> int:
    """Return the nodes where the route divides, and those where it meets existing fibre."""
    ends = np.concatenate([net.start[tree.edge], net.end[tree.edge]]).astype(np.int64)
    degree = np.bincount(ends, minlength=len(net.node_easting))
    meets = np.zeros(len(degree), dtype=bool)
    meets[fibre] = True
    return int(((degree >= 3) | (meets & (degree >= 1))).sum())


def no_routes() -> gpd.GeoDataFrame:
    """Return route lines of a case that has none."""
    empty: dict[str, Any] = {name: [] for name in ROUTE_COLUMNS}
    return gpd.GeoDataFrame(empty, geometry="geometry", crs=CRS)


def route_lines_of(
    routes: Routes, found: SharedRoute, site_id: Sequence[str], which: str
) -> gpd.GeoDataFrame:
    """Return a shared route as lines: one row a stretch that the same sites use in the same street.

    Parameters
    ----------
    site_id
        Ids of all sites, in the order of the routes.
    which
        Name of the set.

    Returns
    -------
    GeoDataFrame
        `set`, `stretch` (unique text), `site_id` (of the only site that uses it, else empty),
        `sites` (how many use it), `kind` (`new` or `reuse`), `surface` (most of it), `length_m`,
        `cost_gbp` (laying alone, before chambers, on-costs and optimism bias), `geometry`
        (EPSG:27700).
    """
    net, edge = routes.streets, found.tree.edge
    if not len(edge):
        return no_routes()
    users = np.bincount(found.path_edge, minlength=len(net.start))[edge]
    first = np.full(len(net.start), len(found.sites), dtype=np.int64)
    np.minimum.at(first, found.path_edge, found.path_site)
    # in a tree, stretches with the same number of users and the same first user have the same users
    surface = np.argmax(routes.shares[edge], axis=1)
    keys = np.column_stack([first[edge], users, net.highway[edge], surface])
    groups, group = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    of = group.ravel()[order]
    lines = shapely.line_merge(shapely.multilinestrings(_pieces(net, edge[order]), indices=of))
    parts = np.split(edge[order], np.flatnonzero(np.diff(of)) + 1)
    rows = []
    for at, ((owner, count, _, kind), mine) in enumerate(zip(groups.tolist(), parts, strict=True)):
        rows.append(
            {
                "set": which,
                "stretch": f"{which} {at + 1:04d}",
                "site_id": site_id[found.sites[owner]] if count == 1 else "",
                "sites": count,
                "kind": "reuse" if SURFACES[kind].key == "duct" else "new",
                "surface": SURFACES[kind].key,
                "length_m": round(float(net.length_m[mine].sum()), 1),
                "cost_gbp": round(float(routes.cost_gbp[mine].sum())),
                "geometry": lines[at],
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)[list(ROUTE_COLUMNS)]


def _pieces(net: Streets, edge: Ints) -> NDArray[Any]:
    ends = np.stack([net.start[edge], net.end[edge]], axis=1)
    xy = np.stack([net.node_easting[ends], net.node_northing[ends]], axis=2)
    pieces: NDArray[Any] = shapely.linestrings(xy)
    return pieces


def premises_near(
    routes: Routes, found: SharedRoute, easting: Floats, northing: Floats, within_m: float
) -> Bools:
    """Return which points lie within a distance of a route: each once, however often it passes.

    Parameters
    ----------
    easting, northing
        Metres, EPSG:27700; NaN is nowhere near.
    """
    net, edge = routes.streets, found.tree.edge
    near = np.zeros(len(easting), dtype=bool)
    if not len(edge):
        return near
    ends = np.concatenate([net.start[edge], net.end[edge]])
    left, right = net.node_easting[ends].min(), net.node_easting[ends].max()
    bottom, top = net.node_northing[ends].min(), net.node_northing[ends].max()
    with np.errstate(invalid="ignore"):
        near |= (easting >= left - within_m) & (easting <= right + within_m)
        near &= (northing >= bottom - within_m) & (northing <= top + within_m)
    at = np.flatnonzero(near)
    found_at = attach(
        easting[at], northing[at], net.node_easting, net.node_northing,
        net.start[edge], net.end[edge], limit_m=within_m,
    )  # fmt: skip
    near[at] = found_at.on_street
    return near
