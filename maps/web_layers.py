"""Routes, catchments, rasters and postcodes, as the web map's script draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.grid import to_lonlat
from maps.made_once import kept_with
from maps.passages import clean
from maps.simplify import encode_lines, encode_rings, outlines
from maps.view import CaseView, RasterView, StudyView
from maps.web_raster import raster_data, raster_legend

__all__ = ["layer_data", "layer_legends", "postcode_data", "quiet_data", "rasters_of"]

POSTCODE_DEGREES = 10_000
PLACE_DEGREES = 10_000
WATER_TOLERANCE_M = 12.0
ROUTE_TOLERANCE_M = 3.0
DUCT = "duct"
CHOSEN_SETS = ("chosen", "chosen_if_verified")


def rasters_of(view: CaseView) -> tuple[RasterView, ...]:
    """Return the rasters of the case, then those of the study."""
    return (*view.rasters, *view.study.rasters)


def _routes(view: CaseView) -> list[dict[str, Any]]:
    """Return the new fibre by surface; only of the set that the map follows."""
    if view.routes is None or view.routes.empty:
        return []
    frame = view.routes
    if "set" in frame:
        held = [name for name in CHOSEN_SETS if (frame["set"] == name).any()]
        frame = frame[frame["set"] == held[0]] if held else frame
    found = []
    for surface, part in frame.groupby(frame["surface"].astype(str), sort=True):
        lines = shapely.simplify(part.geometry.to_numpy(), ROUTE_TOLERANCE_M)
        text = [t for parts in outlines(np.asarray(lines, object)) for t in encode_lines(parts)]
        words = clean(surface).replace("_", " ")
        found.append({"words": words, "duct": surface == DUCT, "lines": text})
    return found


def _catchments(view: CaseView) -> dict[str, Any] | None:
    if view.catchments is None:
        return None
    shapes = view.catchments.geometry.to_numpy()
    return {
        "name": [clean(name) for name in view.catchments["name"]],
        "method": [clean(method) for method in view.catchments["method"]],
        "rings": [encode_rings(rings) for rings in outlines(np.asarray(shapes, object))],
    }


@kept_with
def postcode_data(frame: pd.DataFrame) -> dict[str, Any] | None:
    """Return postcodes by sector: the two letters of each, and places to about ten metres.

    >>> at = pd.DataFrame({"id": ["B1 1AB", "B1 1AA"], "easting": [406700.0] * 2, "northing": [286900.0] * 2})
    >>> postcode_data(at)["sectors"], postcode_data(at)["units"]
    (['B1 1'], ['AAAB'])
    """
    if frame.empty:
        return None
    held = frame.sort_values("id", kind="stable")
    ids = held["id"].astype(str)
    sector, unit = ids.str[:-2], ids.str[-2:]
    longitude, latitude = to_lonlat(
        held["easting"].to_numpy(float), held["northing"].to_numpy(float)
    )
    xy = np.rint(np.column_stack([latitude, longitude]) * POSTCODE_DEGREES).astype(np.int64)
    codes, names = pd.factorize(sector)
    starts = np.flatnonzero(np.r_[True, np.diff(codes) != 0])
    ends = np.r_[starts[1:], len(codes)]
    return {
        "sectors": [str(name) for name in names],
        "units": ["".join(unit.iloc[a:b]) for a, b in zip(starts, ends, strict=True)],
        "at": encode_lines([xy[a:b] for a, b in zip(starts, ends, strict=True)]),
    }


def quiet_data(study: StudyView) -> dict[str, Any]:
    """Return water and names of places; a name that a district has is the district's already."""
    data: dict[str, Any] = {}
    if study.water is not None and len(study.water):
        shapes = study.water.geometry.to_numpy()
        flat = shapely.get_dimensions(shapes) == 2
        lakes, rivers = (
            shapely.get_parts(shapely.simplify(shapes[held], WATER_TOLERANCE_M))
            for held in (flat, ~flat)
        )
        lakes = lakes[shapely.get_dimensions(lakes) == 2]
        data["water"] = {
            "rings": [encode_rings(rings) for rings in outlines(np.asarray(lakes, object))],
            "lines": [
                t for parts in outlines(np.asarray(rivers, object)) for t in encode_lines(parts)
            ],
        }
    if study.place_names is not None:
        frame = study.place_names.sort_values("order", kind="stable")
        named = frame[~frame["name"].isin(study.districts["name"].astype(str))]
        longitude, latitude = to_lonlat(
            named["easting"].to_numpy(float), named["northing"].to_numpy(float)
        )
        at = np.rint(np.column_stack([latitude, longitude]) * PLACE_DEGREES).astype(np.int64)
        if len(named):
            names = [clean(name) for name in named["name"]]
            data["places"] = {"name": names, "at": encode_lines([at])[0]}
    return data


def layer_data(view: CaseView) -> dict[str, Any]:
    """Return what the script draws over the areas; parts that the study lacks are left out."""
    data: dict[str, Any] = {}
    if routes := _routes(view):
        data["routes"] = routes
    if (catchments := _catchments(view)) is not None:
        data["catchments"] = catchments
    if held := rasters_of(view):
        data["rasters"] = {raster.key: raster_data(raster) for raster in held}
    found = view.study.postcodes
    if found is not None and (postcodes := postcode_data(found)) is not None:
        data["postcodes"] = postcodes
    return data


def layer_legends(view: CaseView) -> list[dict[str, Any]]:
    """Return a legend for each raster."""
    return [
        {
            "label": raster.label,
            "words": raster.words,
            "classes": [{"fill": fill, "words": words} for fill, words in raster_legend(raster)],
        }
        for raster in rasters_of(view)
    ]
