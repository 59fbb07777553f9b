"""Files of streets as straight pieces: both ends, the class, the direction, and the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.errors import Fault, SourceError
from layers.grid import from_lonlat
from layers.peeking import Peek
from layers.source import Reading

__all__ = ["HIGHWAYS", "Segments", "from_xml", "joined", "segments_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HIGHWAYS = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street",
    "service", "pedestrian", "track", "footway", "path", "steps", "cycleway", "bridleway",
    "construction", "other",
)  # fmt: skip


@dataclass(frozen=True)
class Segments:
    """Straight pieces of ways: both ends, the class and direction, and which way they are of."""

    x1: Floats
    y1: Floats
    x2: Floats
    y2: Floats
    highway: NDArray[np.int8]
    oneway: NDArray[np.bool_]
    way: Ints


def _classes(names: pd.Series) -> NDArray[np.int8]:
    code = {name: i for i, name in enumerate(HIGHWAYS)}
    return names.map(code).fillna(code["other"]).to_numpy().astype(np.int8)


def segments_of(frame: pd.DataFrame) -> Segments:
    """Cut street lines into straight pieces.

    Parameters
    ----------
    frame
        `osm_id highway geometry` (lines in EPSG:27700), `oneway` where known.
    """
    parts, owner = shapely.get_parts(frame["geometry"].to_numpy(), return_index=True)
    xy, line = shapely.get_coordinates(parts, return_index=True)
    same = line[1:] == line[:-1]
    way = owner[line[:-1][same]]
    highway = _classes(frame["highway"].fillna("other").astype("str"))
    oneway = (
        frame["oneway"].to_numpy(bool) if "oneway" in frame else np.zeros(len(frame), dtype=bool)
    )
    ids = pd.util.hash_array(frame["osm_id"].astype("str").to_numpy(dtype=object)).astype(np.int64)
    a, b = xy[:-1][same], xy[1:][same]
    return Segments(a[:, 0], a[:, 1], b[:, 0], b[:, 1], highway[way], oneway[way], ids[way])


def from_xml(look: Peek, reading: Reading) -> Segments | None:
    """Read the streets of an OpenStreetMap extract; `None` where it has only features."""
    import osmnx  # noqa: PLC0415 - slow to import, needed for this kind of file only

    try:
        graph = osmnx.graph_from_xml(look.path, simplify=False, retain_all=True)
    except (ValueError, KeyError, osmnx._errors.InsufficientResponseError):  # noqa: SLF001 - it has no public name
        graph = None
    edges = (
        [] if graph is None else [(u, v, d) for u, v, d in graph.edges(data=True) if "highway" in d]
    )
    if graph is None or not edges:
        if reading.rows_in == 0:
            raise SourceError(
                Fault(
                    look.name,
                    "the extract holds no street, mast, cabinet, exchange or coworking space",
                    "export the study area with its highways from OpenStreetMap",
                )
            )
        return None
    ids = np.fromiter(graph.nodes, np.int64, graph.number_of_nodes())
    lon = np.fromiter((d["x"] for _, d in graph.nodes(data=True)), float, len(ids))
    lat = np.fromiter((d["y"] for _, d in graph.nodes(data=True)), float, len(ids))
    x, y = from_lonlat(lon, lat)
    u = np.fromiter((e[0] for e in edges), np.int64, len(edges))
    v = np.fromiter((e[1] for e in edges), np.int64, len(edges))
    way = np.fromiter((e[2]["osmid"] for e in edges), np.int64, len(edges))
    oneway = np.fromiter((bool(e[2].get("oneway")) for e in edges), bool, len(edges))
    highway = _classes(pd.Series([str(e[2]["highway"]) for e in edges]))
    # osmnx gives a two-way street once in each direction; here it stands once
    low, high = np.minimum(u, v), np.maximum(u, v)
    order = np.lexsort((v, u, way, high, low))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (
        (low[order][1:] != low[order][:-1])
        | (high[order][1:] != high[order][:-1])
        | (way[order][1:] != way[order][:-1])
    )
    keep = order[first]
    at = np.argsort(ids, kind="stable")
    i, j = (at[np.searchsorted(ids[at], n[keep])] for n in (u, v))
    return Segments(x[i], y[i], x[j], y[j], highway[keep], oneway[keep], way[keep])


def joined(parts: Sequence[Segments]) -> Segments:
    """Put the segments of several files together; a way that stands in two files counts once."""
    if len(parts) == 1:
        return parts[0]
    seen: Ints = np.empty(0, np.int64)
    kept: list[dict[str, Any]] = []
    for part in parts:
        fresh = ~np.isin(part.way, seen)
        kept.append({name: getattr(part, name)[fresh] for name in part.__dataclass_fields__})
        seen = np.concatenate([seen, np.unique(part.way)])
    return Segments(**{name: np.concatenate([k[name] for k in kept]) for name in kept[0]})
