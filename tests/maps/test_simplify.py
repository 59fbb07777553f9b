"""Outlines stay true, small and shared."""

import doctest
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from county import geography

from maps import simplify
from maps.simplify import decode, encode_rings, main_roads, outlines, simplified


def test_examples_hold():
    assert doctest.testmod(simplify, extraglobs={"np": np}).failed == 0


def test_neighbours_keep_their_shared_border():
    _, areas, _, _ = geography()
    lighter = simplified(areas.geometry, 60)
    assert shapely.coverage_is_valid(lighter)
    assert (
        shapely.get_num_coordinates(lighter).sum()
        < shapely.get_num_coordinates(areas.geometry).sum()
    )
    assert shapely.area(lighter).sum() == pytest.approx(areas.area.sum(), rel=0.01)


def test_outlines_come_back_within_a_metre():
    districts, _, _, _ = geography()
    shapes = districts.geometry.to_numpy()
    rings = outlines(shapes)[0]
    points = decode(encode_rings(rings)[0])
    from layers.grid import from_lonlat

    east, north = from_lonlat(points[:, 1], points[:, 0])
    exact = shapely.get_coordinates(shapely.get_exterior_ring(shapes[0]))[:-1]
    assert np.hypot(east - exact[:, 0], north - exact[:, 1]).max() < 1.0


def test_a_tiny_area_does_not_vanish():
    shapes = gpd.GeoSeries([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 900, 900)], crs=27700)
    assert not shapely.is_empty(simplified(shapes, 500)).any()


def test_nothing_to_draw_is_nothing():
    assert len(simplified(gpd.GeoSeries([], crs=27700))) == 0


def test_roads_of_a_corner_are_not_drawn(study):
    assert len(main_roads(study, 40)) == 2
    part = study.roads.copy()
    part["geometry"] = part.geometry.intersection(shapely.box(396_000, 276_000, 406_000, 300_000))
    assert len(main_roads(replace(study, roads=part), 40)) == 0
    assert len(main_roads(replace(study, roads=None), 40)) == 0
