"""Vector files (GeoJSON, TopoJSON, zipped shapefile, GeoPackage): fields, geometries, repair."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.cells import counted
from layers.errors import Fault, SourceError
from layers.formats._places import OFF_GRID, SWAPPED, looks_swapped
from layers.grid import from_lonlat, transform_lonlat
from layers.peeking import Peek, read_bytes
from layers.source import QUARANTINE_COLUMNS, Reading, SourceFile

__all__ = [
    "Vector",
    "feature_fields",
    "polygons_mended",
    "read_features",
    "read_vector",
    "vector_layers",
    "write_geojson",
]

DEGREES = 7
CUT_SHORT = "the file is cut short or is not valid"
AGAIN = "download it again"
METRES = "EPSG:27700"
NOT_AREA = "not a polygon"
_PROPERTIES = re.compile(rb'"properties"\s*:\s*(?=\{)')


@dataclass(frozen=True)
class Vector:
    """Features of one layer: attributes, geometries (None where missing), and what the CRS is."""

    table: pd.DataFrame
    geometry: NDArray[Any]
    crs: str


def feature_fields(look: Peek) -> tuple[str, ...]:
    """Return the property names of the first feature of a GeoJSON file; empty when it is not one."""
    if look.kind != "json" or b'"FeatureCollection"' not in look.head:
        return ()
    fields = _first_properties(look.head)
    if fields is None:  # a large first geometry stands before its properties
        fields = _first_properties(read_bytes(look.path, look.name))
    return fields or ()


def _first_properties(data: bytes) -> tuple[str, ...] | None:
    start = data.find(b'"features"')
    match = _PROPERTIES.search(data, max(start, 0)) if start >= 0 else None
    if match is None:
        return None
    text = data[match.end() : match.end() + (1 << 20)].decode("utf-8", errors="replace")
    try:
        found, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None
    return tuple(str(name) for name in found)


def vector_layers(look: Peek) -> dict[str, tuple[str, ...]]:
    """Return the layers of a GeoPackage, TopoJSON or zipped shapefile, each with its fields."""
    import pyogrio  # noqa: PLC0415 - slow to import, and only vector files need it

    if look.kind not in {"gpkg", "zip"} and not _is_topology(look):
        return {}
    layers: dict[str, tuple[str, ...]] = {}
    try:
        target = _target(look)
        with warnings.catch_warnings():
            # what the library finds odd is told once, in our words, when the file is read
            warnings.simplefilter("ignore")
            for name in [str(row[0]) for row in pyogrio.list_layers(target)]:
                info = pyogrio.read_info(target, layer=name)
                layers[name] = tuple(str(field) for field in info["fields"])
    except (
        pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, SourceError, UnicodeDecodeError,
    ):  # fmt: skip
        return {}
    return layers


def _is_topology(look: Peek) -> bool:
    return look.kind == "json" and b'"Topology"' in look.head[:4096]


def _target(look: Peek) -> Any:
    """Return what the vector library opens: a path, a path into an archive, or unpacked bytes."""
    if look.kind == "zip":
        try:
            with zipfile.ZipFile(look.path) as archive:
                shapes = sorted(n for n in archive.namelist() if n.lower().endswith(".shp"))
        except zipfile.BadZipFile as error:
            raise SourceError(
                Fault(look.name, "the archive is cut short or broken", AGAIN)
            ) from error
        if not shapes:
            raise SourceError(
                Fault(look.name, "the archive holds no shapefile", "unpack it and give its files")
            )
        return f"/vsizip/{{{look.path.resolve()}}}/{shapes[0]}"
    if look.kind == "gpkg":
        return str(look.path)
    return read_bytes(look.path, look.name)


def read_vector(look: Peek, *, layer: str | None = None) -> Vector:
    """Read a vector file.

    Raises
    ------
    SourceError
        When it is cut short, broken or holds no features.
    """
    import pyogrio.raw  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            # features it cannot make a geometry of come back without one, and are quarantined
            warnings.simplefilter("ignore")
            meta, _, packed, columns = pyogrio.raw.read(_target(look), layer=layer)
    except UnicodeDecodeError as error:
        problem = "its text is not UTF-8, as the format says it must be"
        raise SourceError(Fault(look.name, problem, AGAIN)) from error
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        place = re.search(r"line (\d+)", str(error))
        raise SourceError(
            Fault(look.name, CUT_SHORT, AGAIN, line=int(place[1]) if place else None)
        ) from error
    if packed is None or not len(packed):
        raise SourceError(Fault(look.name, "the file holds no features", AGAIN))
    names = [str(name) for name in meta["fields"]]
    table = pd.DataFrame(dict(zip(names, columns, strict=True)), index=range(len(packed)))
    shapes = shapely.from_wkb(packed, on_invalid="ignore")
    return Vector(table, np.asarray(shapes, dtype=object), str(meta["crs"] or ""))


def _is_metres(vector: Vector, bounds: NDArray[np.float64]) -> bool:
    """Whether coordinates are National Grid metres, by the declared CRS, else by their size."""
    crs = vector.crs.upper()
    if "27700" in crs or "BRITISH" in crs or "OSGB" in crs:
        return True
    with np.errstate(invalid="ignore"):
        return bool(np.nanmax(np.abs(bounds)) > 360) if np.isfinite(bounds).any() else False


def read_features(
    look: Peek, source: SourceFile, vector: Vector, columns: dict[str, str]
) -> Reading:
    """Return features in EPSG:27700 as a reading with the named columns and `geometry`.

    Parameters
    ----------
    look, source
        The file.
    vector
        Its features.
    columns
        Our column to the file's field; text, empty where missing.
    """
    geometry = vector.geometry
    count = len(geometry)
    lost = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    bounds = shapely.bounds(geometry)
    notes: list[str] = []
    swapped = np.zeros(count, dtype=bool)
    outside = np.zeros(count, dtype=bool)
    if _is_metres(vector, bounds):
        placed = geometry
    elif not vector.crs or "4326" in vector.crs or "CRS84" in vector.crs or "4258" in vector.crs:
        swapped = ~lost & looks_swapped(bounds[:, 0], bounds[:, 1])
        placed, outside = _from_degrees(geometry, ~lost & ~swapped)
    else:
        raise SourceError(
            Fault(
                look.name,
                f"its coordinate system ({vector.crs.splitlines()[0][:60]}) is not known here",
                "export it in WGS84 (EPSG:4326) or British National Grid (EPSG:27700)",
            )
        )
    frame = pd.DataFrame({"src": source.src, "record": np.arange(1, count + 1, dtype=np.int64)})
    for name, field in columns.items():
        cells = vector.table[field]
        frame[name] = cells.where(cells.notna(), "").astype("str").str.strip()
    frame["geometry"] = placed
    data = gpd.GeoDataFrame(frame, geometry="geometry", crs=METRES)
    empty = pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
    reading = Reading(source, data, count, {}, empty, tuple(notes))
    first = next(iter(columns))
    for mask, reason in ((lost, "no geometry"), (swapped, SWAPPED)):
        reading = _quarantine(reading, mask, reason, first)
    return reading.without(reading.frame["record"].isin(np.flatnonzero(outside) + 1), OFF_GRID)


def _from_degrees(
    geometry: NDArray[Any], good: NDArray[np.bool_]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the good geometries in metres, and which of them the transform does not cover."""
    at = np.flatnonzero(good)
    degrees, owner = shapely.get_coordinates(geometry[at], return_index=True)
    metres = np.column_stack(from_lonlat(degrees[:, 0].copy(), degrees[:, 1].copy()))
    outside = np.zeros(len(geometry), dtype=bool)
    outside[at[owner[~np.isfinite(metres).all(axis=1)]]] = True
    inside = ~outside[at]
    placed = geometry.copy()
    placed[at[inside]] = shapely.set_coordinates(geometry[at[inside]].copy(), metres[inside[owner]])
    return placed, outside


def _quarantine(reading: Reading, mask: NDArray[np.bool_], reason: str, column: str) -> Reading:
    """Quarantine by the feature's position in the file."""
    at = reading.frame["record"].isin(np.flatnonzero(mask) + 1)
    return reading.without_bad(at, reason, column)


def polygons_mended(reading: Reading, column: str) -> Reading:
    """Repair invalid polygons, say how many, and quarantine what cannot be repaired."""
    frame = reading.frame
    shapes = np.asarray(frame["geometry"].to_numpy(), dtype=object)
    area = np.isin(shapely.get_type_id(shapes), [3, 6])
    wrong = area & ~shapely.is_valid(shapes)
    if wrong.any():
        shapes[wrong] = [_polygonal(shape) for shape in shapely.make_valid(shapes[wrong])]
        data = gpd.GeoDataFrame(frame.assign(geometry=shapes), geometry="geometry", crs=METRES)
        reading = replace(reading, frame=data)
    broken = wrong & shapely.is_empty(shapes)
    mended = int((wrong & ~broken).sum())
    if mended:
        reading = reading.note(
            counted(
                mended, "polygon crossed itself and was", "polygons crossed themselves and were"
            )
            + " repaired"
        )
    keep = ~broken
    reading = reading.without_bad(broken, "polygon cannot be repaired", column)
    return reading.without_bad(~area[keep], NOT_AREA, column)


def _polygonal(shape: Any) -> Any:
    """Return the polygons of what a repair gave; lines and points left over have no area."""
    parts = shapely.get_parts(shape, return_index=False)
    areas = [p for part in parts for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
    if not areas:
        return shapely.Polygon()
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def write_geojson(table: pd.DataFrame, geometry: Sequence[Any], path: Path) -> Path:
    """Write GeoJSON in WGS84 to seven decimals, a feature a line.

    Parameters
    ----------
    table
        Properties, in order.
    geometry
        Shapes in EPSG:27700.
    path
        Target.
    """
    shapes = transform_lonlat(np.asarray(geometry, dtype=object), inverse=True)
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, DEGREES) + 0.0)
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": properties,
                "geometry": shapely.geometry.mapping(shape),
            },
            ensure_ascii=False,
        )
        for properties, shape in zip(table.to_dict("records"), rounded, strict=True)
    ]
    crs = '{"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}'
    body = ",\n".join(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'{{"type": "FeatureCollection", "crs": {crs}, "features": [\n{body}\n]}}\n',
        encoding="utf-8",
        newline="\n",
    )
    return path
