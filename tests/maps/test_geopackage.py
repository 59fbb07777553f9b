"""study.gpkg: what QGIS and other readers find in it, twice the same bytes."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from map_layers import with_layers
from views import HOSTILE, SCENARIOS, case_view, study_view

from layers.lineage import Column
from maps.geopackage import (
    GpkgLayer,
    layer_name,
    osm_layers,
    route_layers,
    study_layers,
    write_geopackage,
)
from maps.qgis_styles import share_rules
from maps.style import CLASS_COLOURS

MOMENT = "2026-03-02T00:00:00.000Z"
LICENCE = "Open Database Licence 1.0"


@pytest.fixture(scope="module")
def cases():
    return [case_view(scenario) for scenario in SCENARIOS]


@pytest.fixture(scope="module")
def path(tmp_path_factory, cases):
    path = tmp_path_factory.mktemp("gpkg") / "study.gpkg"
    write_geopackage(path, study_layers(study_view(sample=True), cases), MOMENT)
    return path


def rows(path, query):
    with closing(sqlite3.connect(path)) as store:
        return store.execute(query).fetchall()


def test_layers_are_in_the_national_grid_and_described(path, cases):
    found = dict(pyogrio.list_layers(path))
    rankings = {f"ranking_{layer_name(view.key)}": "Point" for view in cases}
    assert found == {
        "areas": "MultiPolygon", "districts": "MultiPolygon", "sites": "Point", **rankings,
        "about": None, "layer_styles": None,
    }  # fmt: skip
    for name in ("areas", "sites", *rankings):
        held = pyogrio.read_info(path, layer=name)
        assert held["crs"] == "EPSG:27700"
        assert held["layer_metadata"]["DESCRIPTION"]
    described = dict(
        rows(
            path,
            "SELECT column_name, description FROM gpkg_data_columns WHERE table_name = 'areas'",
        )
    )
    assert described["full_fibre_pct"].endswith("(%)")
    wrong = "SELECT count(*) FROM gpkg_data_columns c WHERE NOT EXISTS (SELECT 1 FROM pragma_table_info(c.table_name) WHERE name = c.column_name)"
    assert rows(path, wrong) == [(0,)]


def test_what_is_written_is_read_back(path, cases):
    areas = pyogrio.read_dataframe(path, layer="areas")
    held = study_view().area_gaps.frame
    assert areas["id"].tolist() == study_view().areas["id"].tolist()
    merged = areas.set_index("id")["full_fibre_pct"].reindex(held["id"])
    pd.testing.assert_series_equal(
        merged.reset_index(drop=True),
        held["full_fibre_pct"].reset_index(drop=True),
        check_names=False,
    )
    ranking = pyogrio.read_dataframe(path, layer="ranking_full_fibre_fund")
    view = cases[0]
    assert len(ranking) == len(view.ranking.frame)
    chosen = view.ranking.frame.set_index("site_id")["chosen"]
    assert ranking.set_index("site_id")["chosen"].to_dict() == chosen.to_dict()
    everywhere = [view.sites.geometry.is_empty.sum() for view in cases]
    assert sum(everywhere), "the county has a site known by postcode district only"
    places = [pyogrio.read_dataframe(path, layer=f"ranking_{layer_name(v.key)}") for v in cases]
    assert [frame.geometry.isna().sum() for frame in places] == everywhere


def test_text_from_files_stays_text(path, cases):
    names = set(pyogrio.read_dataframe(path, layer="sites")["name"])
    assert HOSTILE in names, "kept as it is: a database has no markup"
    assert not any(ord(c) < 32 for name in names for c in name)


def test_the_file_says_it_is_practice(path):
    about = pyogrio.read_dataframe(path, layer="about").set_index("item")["text"]
    assert about["warning"] == "SAMPLE DATA - NOT FOR BIDS"
    assert about["attribution 1"]


def test_styles_hold_the_classes_of_the_web_map(path):
    styles = rows(path, "SELECT f_table_name, styleName, styleQML, useAsDefault FROM layer_styles")
    for name in {row[0] for row in styles}:
        assert sum(row[3] for row in styles if row[0] == name) == 1, "one opens by itself"
    qml = next(row[2] for row in styles if row[0] == "areas" and row[3])
    root = ET.fromstring(qml.partition("\n")[2])
    rules = root.findall(".//rule")
    assert len(rules) == 3 * len(CLASS_COLOURS) + 1
    symbols = {s.get("name"): s for s in root.findall(".//symbol")}
    first = symbols[rules[0].get("symbol")].find("layer/Option/Option[@name='color']").get("value")
    assert first == "0,34,78,255", "#00224e"
    brush = [layer.find("Option/Option[@name='style']").get("value") for layer in symbols["1"]]
    assert brush == ["solid", "b_diagonal"], "estimated is hatched"


@pytest.mark.parametrize("deficit", [False, True])
def test_every_value_falls_in_exactly_one_rule(deficit):
    frame = pd.DataFrame(
        [(v, g) for v in (0, 10, 24.9, 25, 50, 75, 90, 95, 100) for g in ("measured", "modelled")],
        columns=["share", "grade"],
    )
    frame.loc[len(frame)] = [None, ""]
    with closing(sqlite3.connect(":memory:")) as store:
        frame.to_sql("t", store, index=False)
        counts = [0] * len(frame)
        for rule in share_rules("share", "grade", deficit=deficit):
            for (row,) in store.execute(f"SELECT rowid FROM t WHERE {rule.where}"):
                counts[row - 1] += 1
    assert set(counts) == {1}


def test_the_same_study_gives_the_same_bytes(path, tmp_path, cases):
    again = tmp_path / "again.gpkg"
    write_geopackage(again, study_layers(study_view(sample=True), cases), MOMENT)
    assert again.read_bytes() == path.read_bytes()


def test_the_file_is_sound(path):
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert {row[0] for row in rows(path, "SELECT last_change FROM gpkg_contents")} == {MOMENT}
    assert rows(
        path, "SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_schema'"
    ) == [(2,)]


def test_layers_from_openstreetmap_carry_their_licence_in_a_file_of_their_own(tmp_path):
    masts = pd.DataFrame(
        {"id": ["m1"], "name": ["=2+2"], "easting": [400_000.0], "northing": [280_000.0]}
    )
    line, pool = shapely.LineString([(0, 0), (9, 9)]), shapely.box(0, 0, 5, 5)
    water = gpd.GeoDataFrame(
        {"kind": ["canal", "water"], "name": ["Cut", ""]}, geometry=[line, pool], crs=27700
    )
    layers = osm_layers(study_view(), {"masts": masts}, LICENCE, roads=True, water=water)
    write_geopackage(tmp_path / "osm.gpkg", layers, MOMENT)
    held = dict(pyogrio.list_layers(tmp_path / "osm.gpkg"))
    assert {"masts", "about"} <= set(held)
    assert (held["water"], held["waterways"]) == ("MultiPolygon", "MultiLineString")
    about = pyogrio.read_dataframe(tmp_path / "osm.gpkg", layer="about").set_index("item")["text"]
    assert about["licence"] == LICENCE
    assert (
        LICENCE
        in pyogrio.read_info(tmp_path / "osm.gpkg", layer="masts")["layer_metadata"]["DESCRIPTION"]
    )
    assert osm_layers(replace(study_view(), roads=None), {}, LICENCE, roads=True) == []


def test_a_layer_without_a_single_place_is_still_written(tmp_path):
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[None], crs="EPSG:27700")
    layer = GpkgLayer("lost", "Lost", "No place known", frame, {"id": Column("id")})
    write_geopackage(tmp_path / "x.gpkg", [layer], MOMENT)
    assert pyogrio.read_info(tmp_path / "x.gpkg", layer="lost")["features"] == 1


def test_names_are_written_where_a_layer_is_of_named_places(cases):
    points = pd.DataFrame({"name": ["Oldbury"], "easting": [399_000.0], "northing": [289_000.0]})
    layers = osm_layers(
        study_view(), {"place_names": points, "masts": points}, LICENCE, roads=False
    )
    style = {layer.name: "".join(layer.styles.values()) for layer in layers}
    assert 'labelsEnabled="1"' in style["place_names"]
    assert 'fieldName="name"' in style["place_names"]
    assert 'labelsEnabled="0"' in style["masts"]
    assert "fieldName" not in style["masts"]


@pytest.mark.slow
def test_qgis_draws_our_classes(path):
    """Where QGIS is installed: each layer opens with its own style, districts with their names."""
    script = (
        "import sys; from qgis.core import QgsApplication, QgsVectorLayer\n"
        "app = QgsApplication([], False); app.initQgis()\n"
        "for name in ('areas', 'districts', 'sites'):\n"
        "    held = QgsVectorLayer(sys.argv[1] + '|layername=' + name, name, 'ogr')\n"
        "    rules = held.renderer().rootRule().children() if held.renderer().type() == 'RuleRenderer' else []\n"
        "    named = held.labeling().settings().fieldName if held.labelsEnabled() else '-'\n"
        "    print(name, held.isValid(), held.crs().authid(), len(rules), named)\n"
    )
    python = "/usr/bin/python3"
    if (
        shutil.which(python) is None
        or subprocess.run(
            [python, "-c", "import qgis.core"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("QGIS is not installed (apt-get install python3-qgis)")
    told = subprocess.run(
        [python, "-c", script, str(path)], capture_output=True, text=True, check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin", "HOME": str(path.parent)},
    ).stdout  # fmt: skip
    assert told.splitlines() == [
        "areas True EPSG:27700 19 -", "districts True EPSG:27700 1 name", "sites True EPSG:27700 4 -",
    ]  # fmt: skip


def test_routes_are_lines_of_their_own_layer(tmp_path, cases):
    view = with_layers(cases[0])
    (layer,) = route_layers([view, cases[1]])
    layers = osm_layers(study_view(), {}, LICENCE, roads=False, routes=[layer])
    write_geopackage(tmp_path / "osm.gpkg", layers, MOMENT)
    held = pyogrio.read_info(tmp_path / "osm.gpkg", layer="routes_full_fibre_fund")
    assert (held["geometry_type"], held["features"]) == ("MultiLineString", len(view.routes))
    assert held["layer_metadata"]["DESCRIPTION"].endswith(LICENCE)
