"""Routes, catchments, rasters and postcodes of the web map."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from map_layers import with_layers
from PIL import Image
from views import case_view

from layers.grid import from_lonlat, to_lonlat
from maps.simplify import decode
from maps.view import RasterView
from maps.web import case_page
from maps.web_layers import layer_data, postcode_data, quiet_data
from maps.web_raster import raster_data, raster_legend
from maps.webtext import page_text


@pytest.fixture(scope="module")
def view():
    return with_layers(case_view())


def test_a_study_without_them_has_none_of_them():
    assert layer_data(case_view()) == {}


def test_routes_are_those_of_the_chosen_set_by_surface(view):
    routes = layer_data(view)["routes"]
    assert [(part["words"], part["duct"], len(part["lines"])) for part in routes] == [
        ("duct", True, 1), ("footway", False, 1),
    ]  # fmt: skip
    waiting = view.routes[view.routes["set"] == "chosen_if_verified"]
    assert [p["words"] for p in layer_data(replace(view, routes=waiting))["routes"]] == ["verge"]


def test_water_is_drawn_and_a_name_that_a_district_has_is_not_written_twice(view):
    assert quiet_data(case_view().study) == {}
    quiet = quiet_data(view.study)
    assert (len(quiet["water"]["rings"]), len(quiet["water"]["lines"])) == (1, 1)
    assert quiet["places"]["name"] == [
        "Alderwick",
        "<b>Bold</b>",
        "Crakeley",
        "Alderwick on the same spot",
    ]
    at = decode(quiet["places"]["at"]) * 10  # this text counts ten-thousandths of a degree
    x, y = from_lonlat(at[:, 1], at[:, 0])
    first = view.study.place_names.iloc[0]
    assert abs(x[0] - first["easting"]) < 10
    assert abs(y[0] - first["northing"]) < 10


def test_a_map_says_what_it_does_not_draw(view):
    told = page_text(case_view())["missing"]
    assert told.startswith("Not drawn, for want of a file that covers the area:")
    assert told.endswith("water and names of places.")
    assert "water" not in page_text(view)["missing"]


def test_a_postcode_is_found_within_ten_metres():
    rng = np.random.default_rng(2)
    x, y = rng.uniform(390_000, 430_000, 200), rng.uniform(270_000, 300_000, 200)
    ids = [f"B{i // 40 + 1} {i % 9}{'ABDEF'[i % 5]}{'GHJLN'[i // 40]}" for i in range(200)]
    frame = pd.DataFrame({"id": ids, "easting": x, "northing": y}).drop_duplicates("id")
    made = postcode_data(frame)
    found = {}
    for sector, units, text in zip(made["sectors"], made["units"], made["at"], strict=True):
        at = decode(text) * 10  # this text counts ten-thousandths of a degree
        for k in range(len(units) // 2):
            found[sector + units[2 * k : 2 * k + 2]] = at[k]
    assert set(found) == set(frame["id"])
    spots = np.array([found[i] for i in frame["id"]])
    east, north = from_lonlat(spots[:, 1].copy(), spots[:, 0].copy())
    assert np.hypot(east - frame["easting"], north - frame["northing"]).max() < 7
    assert postcode_data(frame.iloc[:0]) is None


def picture_of(data):
    head, _, text = data["image"].partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_a_raster_keeps_its_classes_in_their_places():
    values = np.full((40, 40), 10.0)
    values[:20, 20:] = 95.0  # the north-east quarter
    values[20:, :20] = np.nan
    raster = RasterView("k", "L", "%", "", values, 400_000.0, 300_000.0, 100.0, (50.0, 90.0))
    data = raster_data(raster)
    (south, west), (north, east) = data["bounds"]
    picture = picture_of(data)
    indexed = np.asarray(picture)
    at = to_lonlat(np.array([403_000.0, 401_000.0]), np.array([299_000.0, 299_000.0]))
    for longitude, latitude, wanted in zip(*at, (2, 0), strict=True):
        column = int((longitude - west) / (east - west) * picture.width)
        row = int((north - latitude) / (north - south) * picture.height)
        assert indexed[row, column] == wanted
    share = (indexed == 2).mean()
    assert 0.22 < share < 0.26, "a quarter of the square, less the corners the grid's turn adds"
    assert set(np.unique(indexed)) == {0, 2}
    assert picture.info["transparency"] == 0


def test_the_legend_says_every_class_once():
    raster = RasterView("k", "L", "%", "", np.zeros((1, 1)), 0, 0, 1.0, (25.0, 50.0, 90.0))
    assert [words for _, words in raster_legend(raster)] == [
        "25 to 50 %",
        "50 to 90 %",
        "90 % and over",
    ]
    gap = replace(raster, deficit=True)
    assert [c for c, _ in raster_legend(gap)] == [c for c, _ in raster_legend(raster)][::-1]


def test_names_in_layers_reach_the_page_as_text_only(view):
    html = case_page(view).render()
    assert "<b>Reach</b>" not in html
    assert "\\u003cb\\u003eReach" in html
    assert "img-src data:" in html
