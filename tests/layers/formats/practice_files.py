"""A practice file of every format, written by its own writer, for tests that damage them."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from test_practice_writers import CASES

from layers.formats import load
from layers.rasters import Raster

WIZARD = (
    '"UK Business Counts - local units by industry and employment size band"\n'
    '"ONS Crown Copyright Reserved [from Nomis on 3 March 2026]"\n\n'
    '"date","2025"\n"industry","Total"\n"legal status","Total"\n\n'
    '"2021 super output area - middle layer","mnemonic","Total","Micro (0 to 9)","Large (250+)"\n'
    '"Ashby 001","E02001827","125","110","0"\n"Ashby 002","E02001828","80","75","5"\n\n'
    '"Figures are rounded to the nearest five."\n'
)
TEXTS = {
    "workplace_jobs": ("daytime.csv", "StrSect,employment\nB11,120\nCV12,80\n"),
    "commons_broadband": (
        "BroadbandDashboardDataFile.csv",
        (
            "Code,Name,Superfast availability (%),Gigabit availability (%),Below universal service obligation (%),"
            "Average download speed (Mbps),Receiving under 10 Mbps (%),Receiving over 30 Mbps (%)\n"
            'E14001096,"Ash, Upper",98.1,80.2,0.1,100.5,3.2,80.1\nE14001097,Cedar,97,70,0.2,90,4,75\n'
        ),
    ),
    "onspd labels": (
        "labels.csv",
        "Postcode 7 char,Latitude,Longitude,Local authority district code\nB1  1AA,52.478,-1.907,E08000025\nB13 0HN,52.42,-1.88,E08000025\n",
    ),
    "osm_lines": (
        "ways.geojson",
        (
            '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"osm_id":"1","highway":"residential","name":"x"},'
            '"geometry":{"type":"LineString","coordinates":[[-1.9,52.5],[-1.91,52.51]]}}]}'
        ),
    ),
    "osm_buildings": (
        "buildings.geojson",
        (
            '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"osm_id":"1","building":"yes","name":"x","amenity":null},'
            '"geometry":{"type":"Polygon","coordinates":[[[-1.9,52.5],[-1.91,52.51],[-1.9,52.51],[-1.9,52.5]]]}}]}'
        ),
    ),
    "onsud": (
        "ONSUD_2025.csv",
        "UPRN,GRIDGB1E,GRIDGB1N,PCDS,LAD25CD,LSOA21CD\n1,406523,286448,B1 1AA,E08000025,E01033620\n",
    ),
}


def practice_files(folder: Path) -> dict[str, Path]:
    """Write one file a case, named as a publisher would, and return them by case."""
    made = {
        case: load(key).write(frame, folder / case.replace(" ", "_") / name, **options)
        for case, (key, frame, options, name) in CASES.items()
    }
    tile = pd.DataFrame({"tile": ["SP08"], "easting_min": [400_000.0], "northing_min": [280_000.0], "cell_size_m": [50.0], "columns": [4], "rows": [3]})  # fmt: skip
    made["terrain_asc"] = load("terrain_asc").write(
        tile, folder / "terrain" / "SP08.asc", heights=np.arange(12.0).reshape(3, 4)
    )
    nodes = pd.DataFrame({"osm_id": [1, 2], "easting": [406_523.0, 406_600.0], "northing": [286_448.0, 286_500.0]})  # fmt: skip
    ways = pd.DataFrame({"osm_id": [10], "nodes": [[1, 2]], "highway": ["residential"]})
    masts = pd.DataFrame({"osm_id": [3], "easting": [406_550.0], "northing": [286_460.0], "man_made": ["mast"], "tower:type": ["communication"]})  # fmt: skip
    made["osm_xml"] = load("osm_xml").write(nodes, ways, masts, folder / "osm" / "area.osm")
    hill = Raster(np.full((4, 4), 120.0, dtype=np.float32), 400_000.0, 280_040.0, 10.0)
    made["height_raster"] = load("height_raster").write(hill, folder / "surface" / "SP08_DSM.tif")
    for case, (name, text) in TEXTS.items():
        made[case] = folder / case / name
        made[case].parent.mkdir(parents=True, exist_ok=True)
        made[case].write_text(text, encoding="utf-8")
    cells = np.linspace(-120, -60, 48, dtype=np.float32).reshape(6, 8)
    cells[0, 0] = np.nan
    signal = Raster(cells, 400_000.0, 280_600.0, 100.0)
    made["signal_raster"] = load("signal_raster").write(signal, folder / "tif" / "signal.tif")
    road = gpd.GeoDataFrame(
        {"osm_id": ["l1", "l2"], "road_function": ["A Road", "Local Road"], "form_of_way": "Single Carriageway", "trunk_road": False, "name": "High Street"},
        geometry=shapely.linestrings([[(4e5, 28e4), (401e3, 28e4)], [(401e3, 28e4), (401e3, 281e3)]]),
        crs=27700,
    )  # fmt: skip
    made["open_roads"] = load("open_roads").write(road, folder / "roads" / "oproad_sp_2026.gpkg")
    wizard = folder / "wizard" / "nomis_wizard.csv"
    wizard.parent.mkdir(parents=True, exist_ok=True)
    wizard.write_text(WIZARD, encoding="utf-8")
    made["nomis wizard"] = wizard
    return made


def binary_files(folder: Path, files: dict[str, Path]) -> dict[str, Path]:
    """Write what is not text: GeoPackage, zipped shapefile, OSM PBF, gzip and an archive of files."""
    shape = gpd.GeoDataFrame(
        {"LSOA21CD": ["E01008881", "E01008882"], "LSOA21NM": ["Ash 001A", "Ash 001B"]},
        geometry=[shapely.box(4e5, 28e4, 401e3, 281e3), shapely.box(401e3, 28e4, 402e3, 281e3)],
        crs=27700,
    )
    for part in ("gpkg", "shp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    shape.to_file(folder / "gpkg" / "areas.gpkg")
    shape.to_file(folder / "shp" / "areas.shp")
    packed = folder / "areas_shapefile.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "shp").iterdir()):
            archive.write(path, path.name)
    pbf = folder / "area.osm.pbf"
    with osmium.SimpleWriter(str(pbf)) as writer:
        for item in osmium.FileProcessor(str(files["osm_xml"])):
            writer.add(item)
    gz = folder / "osopenuprn.csv.gz"
    gz.write_bytes(gzip.compress(files["open_uprn"].read_bytes(), mtime=0))
    bundle = folder / "package.zip"
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for case in ("open_uprn", "naptan", "boundaries"):
            if case in files:
                archive.write(files[case], f"data/{files[case].name}")
    return {
        "gpkg": folder / "gpkg" / "areas.gpkg", "shapefile zip": packed, "osm pbf": pbf,
        "gzip": gz, "archive": bundle, "height raster": files["height_raster"],
        "signal raster": files["signal_raster"], "terrain tile": files["terrain_asc"],
    }  # fmt: skip
