"""OS Open Roads, GeoPackage: road links of Great Britain (layer `road_link`).

Canonical columns: `osm_id` (the link's own `id`), `highway` (a class of `layers.street_pieces.HIGHWAYS`,
by `HIGHWAY_OF`), `name`, `geometry` (LineStrings, EPSG:27700). Links meet where they share an end:
roads that cross on a bridge share none. Open Roads holds no one-way rules, no footpaths and no alleys,
so walks along it are somewhat longer than on the ground.

Only links that Ordnance Survey marks as `fictitious` (drawn to close a gap) are set aside.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.formats import Format
from layers.formats._vector import METRES, read_features, read_vector, vector_layers
from layers.formats._vintage import vintage_in_name
from layers.layouts import Layout
from layers.peeking import Peek
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "HIGHWAY_OF", "highway_of", "read", "write"]

LAYER = "road_link"
NEEDED = {"id", "road_function", "form_of_way", "trunk_road", "fictitious"}
# road_function of the product guide, and the class of street whose rules and surfaces fit it
HIGHWAY_OF = {
    "Motorway": "motorway",
    "A Road": "primary",
    "B Road": "secondary",
    "Minor Road": "tertiary",
    "Local Road": "residential",
    "Local Access Road": "service",
    "Restricted Local Access Road": "service",
    "Secondary Access Road": "service",
}
SLIP = "Slip Road"
LINKED = ("motorway", "trunk", "primary", "secondary", "tertiary")
TRUE = ("true", "1", "yes")


def _looks_like(look: Peek) -> str | None:
    if look.kind != "gpkg":
        return None
    return LAYER if set(vector_layers(look).get(LAYER, ())) >= NEEDED else None


FORMAT = Format(
    key="open_roads",
    title="OS Open Roads (GeoPackage)",
    dataset=lambda _detail: "os-open-roads",
    looks_like=_looks_like,
    vintage=vintage_in_name,
)


def highway_of(function: pd.Series, form: pd.Series, trunk: pd.Series) -> pd.Series:
    """Return the class of street of road links; `other` for a function that is not known."""
    classes = function.map(HIGHWAY_OF).fillna("other")
    classes = classes.mask(trunk & (function == "A Road"), "trunk")
    slip = (form == SLIP) & classes.isin(LINKED)
    return classes.mask(slip, classes + "_link")


def _flag(cells: pd.Series) -> pd.Series:
    return cells.str.lower().isin(TRUE)


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    del layout
    vector = read_vector(look, layer=LAYER)
    columns = {
        "osm_id": "id", "function": "road_function", "form": "form_of_way", "trunk": "trunk_road",
        "fictitious": "fictitious",
    }  # fmt: skip
    if "name_1" in vector.table:
        columns["name"] = "name_1"
    reading = read_features(look, source, vector, columns)
    frame = reading.frame
    if "name" not in frame:
        frame["name"] = ""
    frame["highway"] = highway_of(frame["function"], frame["form"], _flag(frame["trunk"]))
    reading = reading.without(_flag(reading.frame["fictitious"]), "drawn to close a gap")
    kinds = shapely.get_type_id(np.asarray(reading.frame["geometry"].to_numpy(), dtype=object))
    reading = reading.without_bad(~np.isin(kinds, [1, 5]), "not a line", "osm_id")
    reading = reading.without_bad(reading.frame.duplicated("osm_id"), "duplicate id", "osm_id")
    unknown = int((reading.frame["highway"] == "other").sum())
    if unknown:
        reading = reading.note(f"{unknown:,} links have a road function that is not known here")
    kept = reading.frame[["src", "record", "osm_id", "highway", "name", "geometry"]]
    return replace(reading, frame=kept)


def write(frame: gpd.GeoDataFrame, path: Path) -> Path:
    """Write road links as a GeoPackage in the publisher's layout.

    Parameters
    ----------
    frame
        `osm_id road_function form_of_way trunk_road name geometry` (EPSG:27700).
    """
    shapes = np.asarray(frame["geometry"].to_numpy(), dtype=object)
    table = gpd.GeoDataFrame(
        {
            "id": frame["osm_id"].to_numpy(),
            "fictitious": False,
            "road_classification": frame["road_function"].to_numpy(),
            "road_function": frame["road_function"].to_numpy(),
            "form_of_way": frame["form_of_way"].to_numpy(),
            "road_classification_number": "",
            "name_1": frame["name"].to_numpy(),
            "length": np.round(shapely.length(shapes)),
            "length_uom": "m",
            "trunk_road": frame["trunk_road"].to_numpy(dtype=bool),
        },
        geometry=list(shapes),
        crs=METRES,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_file(path, layer=LAYER, driver="GPKG", engine="pyogrio")
    return path
