"""Streets of an extract as osmnx reads them: the oracle of the streaming reader."""

from __future__ import annotations

import numpy as np
import osmnx
import pandas as pd

from layers.grid import from_lonlat
from layers.street_pieces import Segments, _classes


def by_osmnx(path):
    """Return the straight pieces of an extract, each two-way street once."""
    graph = osmnx.graph_from_xml(path, simplify=False, retain_all=True)
    edges = [(u, v, d) for u, v, d in graph.edges(data=True) if "highway" in d]
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
    return Segments(
        x[i], y[i], x[j], y[j], highway[keep], oneway[keep], way[keep], np.zeros(len(keep), np.int8)
    )
