"""Routes, catchments, a raster and postcodes for the invented county's maps."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from maps.view import RasterView

__all__ = ["with_layers"]


def with_layers(view):
    """The case with everything a web map can draw."""
    left, bottom, right, top = view.study.districts.total_bounds
    x, y = (left + right) / 2, (bottom + top) / 2
    routes = gpd.GeoDataFrame(
        {
            "set": ["chosen", "chosen", "chosen_if_verified"],
            "surface": ["footway", "duct", "verge"],
        },
        geometry=[shapely.LineString([(x, y), (x + 900 * i, y + 500)]) for i in (1, 2, 3)],
        crs=27700,
    )
    reach = gpd.GeoDataFrame(
        {"site_id": ["a"], "name": ["<b>Reach</b>"], "method": ["streets"]},
        geometry=[shapely.Point(x, y).buffer(800)],
        crs=27700,
    )
    rng = np.random.default_rng(1)
    values = rng.uniform(0, 100, (60, 80))
    values[0, :] = np.nan
    raster = RasterView(
        "coverage", "Coverage, probability", "%", "Modelled, indicative.", values, x - 2_000, y + 1_500,
        50.0, (50.0, 90.0),
    )  # fmt: skip
    posts = pd.DataFrame(
        {
            "id": ["ZZ1 1AA", "ZZ1 1AB", "ZZ10 9XY"],
            "easting": [x, x + 100, x + 5_000],
            "northing": [y, y, y + 3_000],
        }
    )
    water = gpd.GeoDataFrame(
        {"kind": ["water", "river"], "name": ["<i>Mere</i>", ""]},
        geometry=[
            shapely.Point(x, y - 900).buffer(600),
            shapely.LineString([(left, y), (x, y + 300), (right, y)]),
        ],
        crs=27700,
    )
    district = str(view.study.districts["name"].iloc[0])
    names = ["Alderwick", district, "<b>Bold</b>", "Crakeley", "Alderwick on the same spot"]
    places = pd.DataFrame(
        {
            "name": names,
            "order": range(1, 6),
            "easting": [x + 3_000, x, x - 4_000, x + 4_000, x + 3_010],
            "northing": [y + 4_000, y, y - 5_000, y - 4_000, y + 4_010],
        }
    )
    study = replace(view.study, postcodes=posts, water=water, place_names=places)
    return replace(view, study=study, routes=routes, catchments=reach, rasters=(raster,))
