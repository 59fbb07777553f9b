"""The main roads that every map draws quietly, kept beside the layers: merging their pieces takes a while."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from layers.streets import HIGHWAYS, Streets

__all__ = ["load_roads", "save_roads"]

MAIN_ROADS = ("motorway", "trunk", "primary", "secondary")
ROADS = "main_roads.parquet"


def save_roads(folder: Path, streets: Streets | None) -> None:
    """Write the main roads of some streets, a row a kind, into the folder of the layers; nothing where there are none.

    Columns: `kind`, `name` (empty), `geometry` (EPSG:27700).
    """
    if streets is None:
        return
    kinds = np.asarray(HIGHWAYS)[streets.highway]
    frames = []
    for kind in MAIN_ROADS:
        keep = np.flatnonzero(kinds == kind)
        if len(keep):
            ends = np.stack([streets.start[keep], streets.end[keep]], axis=1)
            xy = np.stack([streets.node_easting[ends], streets.node_northing[ends]], axis=2)
            lines = shapely.line_merge(shapely.union_all(shapely.linestrings(xy)))
            frames.append({"kind": kind, "name": "", "geometry": lines})
    if frames:
        roads = gpd.GeoDataFrame(frames, geometry="geometry", crs=27700)
        roads.to_parquet(folder / ROADS, index=False)


def load_roads(folder: Path) -> gpd.GeoDataFrame | None:
    """Read back what `save_roads` wrote; none where there are no main roads."""
    path = folder / ROADS
    return gpd.read_parquet(path) if path.is_file() else None
