"""Files of streets as straight pieces: both ends, the class, the direction, and the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["HIGHWAYS", "Segments", "joined", "segments_of"]

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
    """Straight pieces of ways: both ends, the class and direction, which way they are of, who may use them.

    `access` holds the bits of `layers.street_access`; line exports and OS Open Roads say nothing of it.
    """

    x1: Floats
    y1: Floats
    x2: Floats
    y2: Floats
    highway: NDArray[np.int8]
    oneway: NDArray[np.bool_]
    way: Ints
    access: NDArray[np.int8]


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
    return Segments(
        a[:, 0],
        a[:, 1],
        b[:, 0],
        b[:, 1],
        highway[way],
        oneway[way],
        ids[way],
        np.zeros(len(way), np.int8),
    )


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
