"""Boundaries and OpenStreetMap exports: fields of any vintage, repair, and files that are broken."""

from __future__ import annotations

import gzip
import json
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.errors import SourceError
from layers.formats import load
from layers.formats.boundaries import code_field
from layers.grid import to_lonlat
from layers.peeking import peek
from layers.recognise import recognise

SQUARE = shapely.box(400_000, 290_000, 401_000, 291_000)


def degrees(shape) -> dict:
    turned = shapely.transform(shape, lambda xy: np.column_stack(to_lonlat(xy[:, 0], xy[:, 1])))
    return json.loads(shapely.to_geojson(turned))


def collection(*features: tuple[dict, dict | None], **extra) -> str:
    items = [{"type": "Feature", "properties": p, "geometry": g} for p, g in features]
    return json.dumps({"type": "FeatureCollection", **extra, "features": items})


@pytest.fixture
def given(tmp_path, read_one):
    def read(text: str, name: str = "areas.geojson"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_one(path)

    return read


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["FID", "LAD25CD", "LAD25NM"], ("LAD25CD", "LAD", "2025")),
        (["lsoa21cd"], ("lsoa21cd", "LSOA21", "2021")),
        (["ltla24_name", "ltla24_code"], ("ltla24_code", "LAD", "2024")),
        (["ward22_code"], ("ward22_code", "WD22", "2022")),
        (["WD13CD", "LAD13CD"], ("WD13CD", "WD13", "2013")),
        (["PCON21CD"], ("PCON21CD", "PCON10", "2021")),
        (["PCON24CD"], ("PCON24CD", "PCON24", "2024")),
        (["CAUTH25CD"], ("CAUTH25CD", "CAUTH", "2025")),
        (["areacd", "areanm"], None),
    ],
)
def test_code_fields_of_any_vintage(fields, expected):
    assert code_field(fields) == expected


def test_degrees_become_metres_to_a_centimetre(given):
    text = collection(({"LAD25CD": "E08000025", "LAD25NM": "Ashby"}, degrees(SQUARE)))
    reading = given(text)
    (row,) = reading.frame.to_dict("records")
    assert (row["id"], row["name"], row["level"], row["record"]) == ("E08000025", "Ashby", "LAD", 1)
    assert shapely.hausdorff_distance(row["geometry"], SQUARE) < 0.01
    assert reading.frame.crs.to_epsg() == 27700


def test_metres_are_known_by_their_size_or_their_crs(given):
    metres = json.loads(shapely.to_geojson(SQUARE))
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    for extra in ({}, {"crs": crs}):
        reading = given(collection(({"LSOA21CD": "E01008881"}, metres), **extra))
        assert reading.frame.geometry.iloc[0].equals(SQUARE)
        assert reading.frame["name"].tolist() == ["E01008881"]


@pytest.mark.parametrize("driver", ["shapefile", "gpkg", "gz"])
def test_other_containers(tmp_path, read_one, driver):
    frame = gpd.GeoDataFrame({"LAD25CD": ["E08000025"], "LAD25NM": ["Ashby"]}, geometry=[SQUARE], crs="EPSG:27700")  # fmt: skip
    if driver == "gpkg":
        path = tmp_path / "a.gpkg"
        frame.to_file(path, layer="districts")
    elif driver == "gz":
        path = tmp_path / "a.json.gz"
        text = collection(({"LAD25CD": "E08000025", "LAD25NM": "Ashby"}, degrees(SQUARE)))
        path.write_bytes(gzip.compress(text.encode()))
    else:
        frame.to_file(tmp_path / "a.shp")
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in sorted(tmp_path.glob("a.*")):
                if part != path:
                    archive.write(part, f"folder/{part.name}")
    reading = read_one(path, expect="boundaries")
    assert reading.frame["id"].tolist() == ["E08000025"]
    assert reading.frame.geometry.iloc[0].area == pytest.approx(1_000_000, abs=1)


def test_a_bow_tie_is_repaired_and_said(given):
    tie = shapely.Polygon([(400_000, 290_000), (401_000, 291_000), (401_000, 290_000), (400_000, 291_000)])  # fmt: skip
    reading = given(collection(({"LAD25CD": "E08000025"}, degrees(tie))))
    assert reading.frame.geometry.is_valid.all()
    # two triangles of 1,000 m by 500 m
    assert reading.frame.geometry.area.iloc[0] == pytest.approx(500_000, abs=5)
    assert reading.notes == ("1 polygon crossed itself and was repaired",)


def test_features_that_cannot_be_areas_are_quarantined(given):
    ring = degrees(SQUARE)["coordinates"][0]
    swapped = {"type": "Polygon", "coordinates": [[[y, x] for x, y in ring]]}
    flat = {"type": "Polygon", "coordinates": [[ring[0], ring[1], ring[0], ring[0]]]}
    far = {"type": "Polygon", "coordinates": [[[10, 50], [11, 50], [11, 51], [10, 50]]]}
    reading = given(
        collection(
            ({"LAD25CD": "E08000025"}, degrees(SQUARE)),
            ({"LAD25CD": "E08000026"}, None),
            ({"LAD25CD": "E08000027"}, swapped),
            ({"LAD25CD": "E08000028"}, flat),
            ({"LAD25CD": "E08000029"}, {"type": "Point", "coordinates": ring[0]}),
            ({"LAD25CD": "E08000025"}, degrees(SQUARE)),
            ({"LAD25CD": "somewhere"}, degrees(SQUARE)),
            ({"LAD25CD": "N09000001"}, far),
        )
    )
    assert reading.frame["record"].tolist() == [1]
    found = dict(zip(reading.quarantine["record"], reading.quarantine["reason"], strict=True))
    assert found == {
        2: "no geometry",
        3: "longitude and latitude are swapped",
        4: "polygon cannot be repaired",
        5: "not a polygon",
        6: "duplicate id",
        7: "not an area code",
    }
    assert dict(reading.set_aside) == {"outside the cover of the National Grid transform": 1}


def test_a_file_without_a_usable_polygon_is_refused(given):
    with pytest.raises(SourceError, match="none of its 1 features is a usable polygon"):
        given(collection(({"LAD25CD": "E08000025"}, None)))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_files_cut_short_are_refused(tmp_path, read_one, share):
    shapes = [shapely.box(400_000 + i, 290_000, 400_001 + i, 290_001) for i in range(50)]
    text = collection(*(({"LAD25CD": f"E{i:08d}"}, degrees(s)) for i, s in enumerate(shapes)))
    path = tmp_path / "a.geojson"
    path.write_text(text[: int(len(text) * share)], encoding="utf-8")
    with pytest.raises(SourceError, match="cut short"):
        read_one(path)
    whole = gzip.compress(text.encode())
    path = tmp_path / "b.geojson.gz"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceError, match="cut short"):
        read_one(path)


def test_an_unknown_coordinate_system_is_refused(tmp_path, read_one):
    frame = gpd.GeoDataFrame({"LAD25CD": ["E08000025"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4277")  # fmt: skip
    frame.to_file(tmp_path / "a.gpkg")
    with pytest.raises(SourceError, match="is not known here"):
        read_one(tmp_path / "a.gpkg")


def line(*points: tuple[float, float]) -> list[list[float]]:
    xy = np.array(points, float)
    return np.column_stack(to_lonlat(xy[:, 0], xy[:, 1])).tolist()


def test_osm_ways(given):
    one = {"type": "MultiLineString", "coordinates": [line((400_000, 290_000), (400_100, 290_000))]}
    two = {
        "type": "MultiLineString",
        "coordinates": [
            line((400_000, 290_000), (400_100, 290_000)),
            line((400_300, 290_000), (400_400, 290_000)),
        ],
    }
    tags = {"osm_type": "way", "name": None}
    reading = given(
        collection(
            ({"full_id": "w1", "osm_id": "1", "highway": "residential", **tags}, one),
            ({"full_id": "w2", "osm_id": "2", "highway": "motorway", **tags}, two),
            ({"full_id": "w3", "osm_id": "3", "highway": None, **tags}, one),
            ({"full_id": "w1", "osm_id": "1", "highway": "residential", **tags}, one),
        ),
        "roads.geojson",
    )
    assert reading.source.format_key == "osm_lines"
    assert reading.frame["osm_id"].tolist() == ["w1", "w2"]
    assert reading.frame.geometry.geom_type.tolist() == ["LineString", "MultiLineString"]
    assert reading.frame.geometry.length.iloc[0] == pytest.approx(100, abs=0.02)
    assert reading.frame["name"].tolist() == ["", ""]
    assert dict(reading.set_aside) == {"not a street or path": 1}
    assert reading.quarantine["reason"].tolist() == ["duplicate id"]
    assert reading.notes == ("1 way was clipped into several pieces",)


def test_osm_buildings(given):
    reading = given(
        collection(
            ({"full_id": "w1", "osm_id": "1", "building": "office", "name": "A"}, degrees(SQUARE))
        ),
        "bdgs.geojson",
    )
    assert reading.source.format_key == "osm_buildings"
    (row,) = reading.frame.to_dict("records")
    assert (row["osm_id"], row["building"], row["name"], row["amenity"]) == (
        "w1",
        "office",
        "A",
        "",
    )


def test_topology_without_area_codes_is_left_out(tmp_path):
    text = '{"type":"Topology","arcs":[[[0,50],[1,0],[0,1],[-1,-1]]],"objects":{"x":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0]],"properties":{"areacd":"E1"}}]}}}'
    path = tmp_path / "x.json"
    path.write_text(text)
    assert "no field of area codes" in recognise(peek(path)).nearest


def test_boundary_writer_names_fields_by_level_and_year(tmp_path):
    frame = gpd.GeoDataFrame({"id": ["E08000025"], "name": ["Ashby"]}, geometry=[SQUARE], crs=27700)
    path = load("boundaries").write(frame, tmp_path / "a.geojson", level="LAD", year=2025)
    feature = json.loads(path.read_text(encoding="utf-8"))["features"][0]
    assert feature["properties"] == {"LAD25CD": "E08000025", "LAD25NM": "Ashby"}
    assert all(
        len(repr(v).split(".")[1]) <= 7 for xy in feature["geometry"]["coordinates"][0] for v in xy
    )
