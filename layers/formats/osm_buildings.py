"""OpenStreetMap buildings exported as GeoJSON (QuickOSM): polygons with a `building` tag.

Canonical columns: `osm_id` (`w326025808`, `r18175256`), `building`, `name`, `amenity`, `geometry`
(polygons, EPSG:27700).
"""

from __future__ import annotations

from dataclasses import replace

from layers.formats import Format
from layers.formats._vector import feature_fields, polygons_mended, read_features, read_vector
from layers.formats._vintage import vintage_in_name
from layers.layouts import Layout
from layers.peeking import Peek
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read"]


def _looks_like(look: Peek) -> str | None:
    return "building" if {"osm_id", "building"} <= set(feature_fields(look)) else None


FORMAT = Format(
    key="osm_buildings",
    title="OpenStreetMap buildings (GeoJSON)",
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
    columns = {"osm_id": key, "building": "building"}
    columns |= {name: name for name in ("name", "amenity") if name in fields}
    reading = read_features(look, source, vector, columns)
    reading = reading.without(reading.frame["building"] == "", "not a building")
    reading = polygons_mended(reading, "osm_id")
    reading = reading.without_bad(reading.frame.duplicated("osm_id"), "duplicate id", "osm_id")
    frame = reading.frame
    for name in ("name", "amenity"):
        if name not in frame:
            frame = frame.assign(**{name: ""})
    order = ["src", "record", "osm_id", "building", "name", "amenity", "geometry"]
    return replace(reading, frame=frame[order])
