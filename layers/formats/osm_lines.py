"""OpenStreetMap ways exported as GeoJSON (QuickOSM): lines with a `highway` tag.

Canonical columns: `osm_id` (`w2310`), `highway`, `name`, `geometry` (LineStrings, EPSG:27700;
MultiLineStrings where the export clipped a way into pieces). Such
exports carry no node numbers, one-way rules or turn restrictions; junctions are where lines share
coordinates.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from layers.cells import counted
from layers.formats import Format
from layers.formats._vector import METRES, feature_fields, read_features, read_vector
from layers.formats._vintage import vintage_in_name
from layers.layouts import Layout
from layers.peeking import Peek
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read"]

LINE, LINES = 1, 5


def _looks_like(look: Peek) -> str | None:
    fields = feature_fields(look)
    return "highway" if {"osm_id", "highway"} <= set(fields) and "building" not in fields else None


FORMAT = Format(
    key="osm_lines",
    title="OpenStreetMap ways (GeoJSON)",
    dataset=lambda _detail: "openstreetmap",
    looks_like=_looks_like,
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    del layout
    vector = read_vector(look)
    fields = set(vector.table.columns)
    key = "full_id" if "full_id" in fields else "osm_id"
    columns = {"osm_id": key, "highway": "highway"}
    if "name" in fields:
        columns["name"] = "name"
    reading = read_features(look, source, vector, columns)
    reading = reading.without(reading.frame["highway"] == "", "not a street or path")
    shapes = np.asarray(reading.frame["geometry"].to_numpy(), dtype=object)
    joined = shapely.get_geometry(shapes, 0)
    several = shapely.get_num_geometries(shapes) > 1
    joined[several] = shapely.line_merge(shapes[several])
    frame = reading.frame.assign(geometry=joined)
    frame = gpd.GeoDataFrame(frame, geometry="geometry", crs=METRES)
    if "name" not in frame:
        frame["name"] = ""
    frame = frame[["src", "record", "osm_id", "highway", "name", "geometry"]]
    reading = replace(reading, frame=frame)
    kinds = shapely.get_type_id(joined)
    reading = reading.without_bad(~np.isin(kinds, [LINE, LINES]), "not a line", "osm_id")
    clipped = int((kinds == LINES).sum())
    if clipped:
        reading = reading.note(
            counted(clipped, "way was", "ways were") + " clipped into several pieces"
        )
    return reading.without_bad(reading.frame.duplicated("osm_id"), "duplicate id", "osm_id")
