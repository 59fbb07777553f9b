"""A study as GeoPackages for QGIS: areas, sites, routes and rankings, described and styled.

`study.gpkg` holds what is ours or the publishers'; layers derived from OpenStreetMap go to a file of
their own, because their licence asks that a database made from them is shared alike. Premises stay
in GeoParquet. The same study gives the same bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

from layers.lineage import Column, Table
from maps.measures import available
from maps.passages import clean
from maps.qgis_styles import (
    areas_qml,
    fill_qml,
    line_qml,
    outline_qml,
    point_qml,
    share_rules,
    sites_qml,
)
from maps.style import ROAD
from maps.view import SAMPLE_RIBBON, CaseView, StudyView

__all__ = [
    "GpkgLayer",
    "layer_name",
    "osm_layers",
    "route_layers",
    "study_layers",
    "write_geopackage",
]

CRS = "EPSG:27700"
OSM_TITLES = {
    "masts": "masts",
    "fibre": "cabinets, exchanges, ducts",
    "coworking": "co-working spaces",
    "place_names": "names of places",
}
WATER = "#7fb2dc"
# Of the file's header: the release of SQLite that wrote it last, which is no property of the study.
SQLITE_VERSION_AT, SQLITE_VERSION = 96, (3_040_000).to_bytes(4, "big")
SCHEMA_EXTENSION = "http://www.geopackage.org/spec121/#extension_schema"
STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
);
"""
DATA_COLUMNS = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
"""


@dataclass(frozen=True)
class GpkgLayer:
    """One layer to write.

    Attributes
    ----------
    name, title, words
        Of its table; as a reader sees it; a sentence about it.
    frame
        With a geometry in EPSG:27700, or without one.
    columns
        What its fields mean.
    styles
        QML by name; the first is the one that opens.
    """

    name: str
    title: str
    words: str
    frame: pd.DataFrame
    columns: Mapping[str, Column] = field(default_factory=dict)
    styles: Mapping[str, str] = field(default_factory=dict)


def layer_name(key: str) -> str:
    """Return a name that every program takes as it stands.

    >>> layer_name("5g-testbed")
    '5g_testbed'
    """
    return key.replace("-", "_")


def _of_areas(table: Table, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    held = shapes[["id", "geometry"]].assign(id=shapes["id"].astype(str))
    frame = table.frame.assign(**{table.key: table.frame[table.key].astype(str)})
    joined = held.merge(frame, left_on="id", right_on=table.key, how="left", validate="1:1")
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=CRS)


def _area_layer(study: StudyView, table: Table, shapes: gpd.GeoDataFrame, name: str) -> GpkgLayer:
    titles = {
        "areas": "Small areas: coverage, gaps and need",
        "districts": "Districts: coverage and gaps",
    }
    styles = {}
    for measure in available(study):
        grade = table.columns[measure.share].grade_of if measure.share in table.columns else None
        if grade is not None and table.frame[measure.share].notna().any():
            rules = share_rules(measure.share, grade, deficit=measure.deficit)
            styles[measure.label] = areas_qml(rules)
    outline = {"Outline": outline_qml(titles[name])}
    # districts open as outlines, so that the areas beneath them show
    styles = styles | outline if name == "areas" else outline | styles
    frame = _of_areas(table, shapes)
    return GpkgLayer(name, titles[name], clean(table.description), frame, table.columns, styles)


def _ranking_layer(view: CaseView) -> GpkgLayer:
    places = view.sites.assign(site_id=view.sites["site_id"].astype(str))
    frame = view.ranking.frame.assign(site_id=view.ranking.frame["site_id"].astype(str))
    joined = places[["site_id", "geometry"]].merge(frame, on="site_id", how="right", validate="1:1")
    words = (
        f"Every candidate of the bid, with its rank, score, gates and cost ({clean(view.title)})"
    )
    return GpkgLayer(
        f"ranking_{layer_name(view.key)}",
        f"Ranking: {clean(view.title)}",
        words,
        gpd.GeoDataFrame(joined, geometry="geometry", crs=CRS),
        view.ranking.columns,
        {"Chosen, ranked, to verify": sites_qml("chosen", "status")},
    )


def _sites_layer(cases: Sequence[CaseView]) -> GpkgLayer:
    """Return every site once, with its rank and status in each case."""
    shared = ("site_id", "name", "kind", "owner", "lad_name", "postcode")
    own = ("rank", "status", "chosen")
    found = pd.DataFrame()
    columns: dict[str, Column] = {}
    for view in cases:
        case = layer_name(view.key)
        named = {name: f"{case}_{name}" for name in own}
        frame = view.ranking.frame[[*shared, *own]].astype({"site_id": str}).rename(columns=named)
        places = view.sites[["site_id", "geometry"]].astype({"site_id": str})
        frame = frame.merge(places, on="site_id", validate="1:1").set_index("site_id")
        found = found.combine_first(frame) if len(found) else frame
        columns |= {name: view.ranking.columns[name] for name in shared}
        columns |= {
            new: Column(f"{view.ranking.columns[old].description}, in {clean(view.title)}")
            for old, new in named.items()
        }
    order = [
        *shared[1:],
        *(f"{layer_name(v.key)}_{name}" for v in cases for name in own),
        "geometry",
    ]
    frame = gpd.GeoDataFrame(found[order].reset_index(), geometry="geometry", crs=CRS)
    first = layer_name(cases[0].key)
    styles = {
        f"As ranked for {clean(view.title)}": sites_qml(
            f"{layer_name(view.key)}_chosen", f"{layer_name(view.key)}_status"
        )
        for view in sorted(cases, key=lambda v: layer_name(v.key) != first)
    }
    words = "Every site that a bid considers, once, with its place in each bid"
    return GpkgLayer("sites", "Sites of every bid", words, frame, columns, styles)


def _about(study: StudyView, more: Mapping[str, str]) -> GpkgLayer:
    told = {
        "study": study.name, "area": study.area_name, "as of": study.as_of.isoformat(),
        "made with": f"infra {study.version}", "coordinates": "British National Grid, EPSG:27700",
        **({"warning": SAMPLE_RIBBON} if study.sample else {}), **more,
        **{f"attribution {i}": text for i, text in enumerate(study.attributions, 1)},
    }  # fmt: skip
    frame = pd.DataFrame({"item": list(told), "text": [clean(text) for text in told.values()]})
    columns = {"item": Column("what"), "text": Column("what to know of it")}
    return GpkgLayer(
        "about", "About this file", "Study, date, warning and licences", frame, columns
    )


def study_layers(study: StudyView, cases: Sequence[CaseView]) -> list[GpkgLayer]:
    """Return the layers of `study.gpkg`: areas, districts, sites and a ranking a case."""
    layers = [
        _about(study, {"premises": "in layers/demand.parquet, not in this file"}),
        _area_layer(study, study.area_gaps, study.areas, "areas"),
        _area_layer(study, study.district_gaps, study.districts, "districts"),
    ]
    if cases:
        layers.append(_sites_layer(cases))
    return layers + [_ranking_layer(view) for view in cases]


PLACES = "place_names"
ROUTE_COLUMNS = {
    "set": Column("chosen, or chosen if every open gate were confirmed"),
    "stretch": Column("stretch of the shared network"),
    "site_id": Column("the site, where a stretch serves one alone"),
    "sites": Column("sites that the stretch serves", "sites"),
    "kind": Column("what the stretch is for"),
    "surface": Column("what is dug, or an existing duct"),
    "length_m": Column("length", "m"),
    "cost_gbp": Column("cost of laying it", "GBP"),
}


def route_layers(cases: Sequence[CaseView]) -> list[GpkgLayer]:
    """Return the routes of new fibre, a layer a case that has any."""
    return [
        GpkgLayer(
            f"routes_{layer_name(view.key)}",
            f"Routes: {clean(view.title)}",
            "Shared network of new fibre along streets, estimated",
            view.routes,
            ROUTE_COLUMNS,
            {"Routes of new fibre": line_qml("Routes of new fibre")},
        )
        for view in cases
        if view.routes is not None and len(view.routes)
    ]


def osm_layers(
    study: StudyView,
    points: Mapping[str, pd.DataFrame],
    licence: str,
    *,
    roads: bool,
    water: gpd.GeoDataFrame | None = None,
    routes: Sequence[GpkgLayer] = (),
) -> list[GpkgLayer]:
    """Return the layers of `study_osm.gpkg`; empty where nothing comes from OpenStreetMap.

    Parameters
    ----------
    points
        Layers of points by name, with `easting` and `northing`.
    licence
        Of the files they come from.
    roads
        Whether the study's main roads come from there too.
    water
        Rivers, canals and still water from there.
    routes
        Routes along streets of OpenStreetMap.
    """
    layers = []
    for name, frame in points.items():
        placed = gpd.GeoDataFrame(
            frame.drop(columns=["geometry"], errors="ignore"),
            geometry=gpd.points_from_xy(frame["easting"], frame["northing"]),
            crs=CRS,
        )
        title = f"OpenStreetMap: {OSM_TITLES.get(name, name)}"
        words = f"{title}, {licence}"
        style = {title: point_qml(title, named=name == PLACES)}
        layers.append(GpkgLayer(name, title, words, placed, {}, style))
    if roads and study.roads is not None and len(study.roads):
        title = "OpenStreetMap: main roads"
        style = {title: line_qml(title, ROAD, "0.3")}
        layers.append(GpkgLayer("roads", title, f"{title}, {licence}", study.roads, {}, style))
    layers += _water_layers(water, licence)
    told = {
        "licence": licence,
        "share alike": "a database made from these layers keeps the licence",
    }
    layers += [replace(layer, words=f"{layer.words}, {licence}") for layer in routes]
    return [_about(study, told), *layers] if layers else []


def _water_layers(water: gpd.GeoDataFrame | None, licence: str) -> list[GpkgLayer]:
    """Return still water as areas, and rivers and canals as lines."""
    if water is None or not len(water):
        return []
    flat = shapely.get_dimensions(water.geometry.to_numpy()) == 2
    made = []
    for name, title, frame, style in (
        ("water", "OpenStreetMap: still water", water[flat], fill_qml),
        ("waterways", "OpenStreetMap: rivers and canals", water[~flat], line_qml),
    ):
        if len(frame):
            words = f"{title}, {licence}"
            made.append(GpkgLayer(name, title, words, frame, {}, {title: style(title, WATER)}))
    return made


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns every reader takes: text cleaned, missing numbers empty."""
    out: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if name == "geometry":
            continue
        if pd.api.types.is_bool_dtype(column) and not column.isna().any():
            out[name] = column.to_numpy(dtype=bool)
        elif pd.api.types.is_integer_dtype(column) and not column.isna().any():
            out[name] = column.to_numpy(dtype=np.int64)
        elif pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            out[name] = column.to_numpy(dtype=float, na_value=np.nan)
        elif column.map(lambda v: isinstance(v, bool | np.bool_)).any():
            # a flag that only some cases have
            out[name] = column.map({True: True, False: False}).fillna(value=False).astype(bool)
        else:
            text = column.astype(object)
            out[name] = text.map(clean, na_action="ignore").where(text.notna(), None).to_numpy()
    made: pd.DataFrame = pd.DataFrame(out, index=frame.index)
    if "geometry" not in frame:
        return made
    shapes: NDArray[Any] = np.array(frame["geometry"].to_numpy(), dtype=object)
    shapes[shapely.is_empty(shapes) | shapely.is_missing(shapes)] = None
    placed: pd.DataFrame = gpd.GeoDataFrame(made, geometry=shapes, crs=CRS)
    return placed


def _kind(frame: gpd.GeoDataFrame) -> str:
    """Return the one geometry type a layer is written with: several parts where any may have them."""
    types = set(shapely.get_type_id(frame.geometry.dropna().to_numpy()).tolist())
    return "Point" if types <= {0} else "MultiLineString" if types <= {1, 5} else "MultiPolygon"


def write_geopackage(path: Path, layers: Sequence[GpkgLayer], moment: str) -> None:
    """Write layers with their descriptions and styles.

    Parameters
    ----------
    path
        File to write; it must not exist.
    moment
        When the file says it was last changed, as `YYYY-MM-DDTHH:MM:SSZ`: the study's own date.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"OGR_CURRENT_DATE": moment}
    pyogrio.set_gdal_config_options(options)
    try:
        for layer in layers:
            told: dict[str, Any] = {"IDENTIFIER": layer.title, "DESCRIPTION": layer.words}
            frame = _plain(layer.frame)
            if isinstance(frame, gpd.GeoDataFrame):
                kind = _kind(frame)
                told |= {"GEOMETRY_NAME": "geom", "geometry_type": kind}
                told |= {"promote_to_multi": kind != "Point"}
            pyogrio.write_dataframe(
                frame,
                path,
                layer=layer.name,
                driver="GPKG",
                append=path.exists(),
                dataset_options={"VERSION": "1.2"},
                **told,
            )
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))
    with closing(sqlite3.connect(path)) as store:
        _describe(store, layers)
        _style(store, layers, moment)
        store.commit()
        store.execute("VACUUM")
    _settle(path)


def _describe(store: sqlite3.Connection, layers: Sequence[GpkgLayer]) -> None:
    store.executescript(DATA_COLUMNS)
    store.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
        [(f"gpkg_data_column{end}", SCHEMA_EXTENSION) for end in ("s", "_constraints")],
    )
    rows = []
    for layer in layers:
        for name in layer.frame.columns:
            held = layer.columns.get(str(name))
            if held is not None and held.description:
                unit = f" ({held.unit})" if held.unit else ""
                words = f"{clean(held.description)}{unit}"
                rows.append((layer.name, str(name), str(name), words))
    store.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, description) VALUES (?, ?, ?, ?)",
        rows,
    )


def _style(store: sqlite3.Connection, layers: Sequence[GpkgLayer], moment: str) -> None:
    store.executescript(STYLES)
    store.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles for QGIS', ?)",
        (moment,),
    )
    store.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
        "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, "
        "update_time) VALUES ('', '', ?, 'geom', ?, ?, '', ?, ?, '', NULL, ?)",
        [
            (layer.name, name, qml, number == 0, name, moment)
            for layer in layers
            for number, (name, qml) in enumerate(layer.styles.items())
        ],
    )


def _settle(path: Path) -> None:
    """Write over the one field of the header that tells which SQLite wrote the file."""
    with path.open("r+b") as file:
        file.seek(SQLITE_VERSION_AT)
        file.write(SQLITE_VERSION)
