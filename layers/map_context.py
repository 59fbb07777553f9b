"""What maps draw quietly under their own marks: water and the names of places.

Water comes from OpenStreetMap extracts; names from the same extracts, else from the localities of
NaPTAN's stops (National Public Transport Gazetteer). Nothing is counted or measured by either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from layers.boundaries import Ground
from layers.grid import from_lonlat, transform_lonlat
from layers.ledger import Ledger, newest_first
from layers.osm_streets import form_of, guarded
from layers.peeking import Peek
from layers.source import SourceFile

__all__ = ["Context", "map_context"]

# by rank: which name stays where two would run into each other
PLACES = ("city", "town", "suburb", "village", "hamlet", "neighbourhood")
RIVERS = ("river", "canal")
STILL = (("natural", "water"), ("landuse", "reservoir"), ("waterway", "riverbank"))
LOCALITY = "locality"
FEWEST_STOPS = 3
SMALLEST_M2 = 2_000.0
SHAPES = osmium.geom.WKBFactory()
STOP_COLUMNS = ("src", "record", "stop_id", "locality", "locality_code", "easting", "northing")
WATER_COLUMNS = ("id", "src", "record", "kind", "name", "geometry")
PLACE_COLUMNS = ("id", "src", "record", "name", "kind", "order", "easting", "northing")


@dataclass(frozen=True)
class Context:
    """Water and names of places near the study area, `None` where no file has them.

    Attributes
    ----------
    water
        `id src record kind name geometry` (EPSG:27700); kind `river`, `canal` (lines) or `water`.
    places
        `id src record name kind order easting northing`; kind of OpenStreetMap or `locality`,
        `order` from 1, the name to keep first where two would run into each other.
    sources
        Extracts that water or names were taken from.
    """

    water: gpd.GeoDataFrame | None
    places: pd.DataFrame | None
    sources: tuple[SourceFile, ...] = ()


def map_context(ledger: Ledger, looks: Mapping[str, Peek], ground: Ground) -> Context:
    """Return water and names of places inside the study area.

    Raises
    ------
    SourceError
        When an extract is cut short or broken.
    """
    water: list[dict[str, Any]] = []
    places: list[dict[str, Any]] = []
    used = []
    for reading in newest_first(ledger.of("osm_xml")):
        look = looks[reading.source.src]
        shapes, names, lost = _extracted(look.path, look.name)
        wet = _near(shapes, ground)
        named = _inside(names, ground)
        if lost:
            ledger.note(
                f"{look.name}: {lost:,} pieces of water are not drawn: the extract lacks their nodes"
            )
        for rows, found in ((water, wet), (places, named)):
            known = {row["id"] for row in rows}
            rows += [{**row, "src": reading.source.src} for row in found if row["id"] not in known]
        if wet or named:
            used.append(reading.source)
    stops = _localities(ledger, ground) if not places else None
    frame = _ordered(places) if places else stops
    held = gpd.GeoDataFrame(water, columns=list(WATER_COLUMNS), geometry="geometry", crs=27700)
    return Context(
        held.sort_values("id", ignore_index=True) if len(held) else None, frame, tuple(used)
    )


def _extracted(path: Path, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Return water (in longitude and latitude), names of places, and how many shapes lack nodes."""
    wanted = osmium.filter.TagFilter(
        *STILL, *(("waterway", kind) for kind in RIVERS), *(("place", kind) for kind in PLACES)
    )
    water: list[dict[str, Any]] = []
    places: list[dict[str, Any]] = []
    lost = 0

    def read() -> None:
        nonlocal lost
        file = osmium.io.File(str(path), form_of(path, name))
        areas = osmium.filter.TagFilter(*STILL)
        stream: Any = osmium.FileProcessor(file).with_areas(areas).with_filter(wanted)
        for record, item in enumerate(stream, start=1):
            told = {"record": record, "name": item.tags.get("name", "")}
            if item.is_node():
                places.extend(_place(item, told))
                continue
            try:
                water.extend(_water(item, told))
            except (osmium.InvalidLocationError, RuntimeError):
                lost += 1

    guarded(read, name)
    return water, places, lost


def _place(item: Any, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a named place of a node, or nothing."""
    kind, spot = item.tags.get("place", ""), item.location
    if kind not in PLACES or not told["name"] or not spot.valid():
        return []
    return [{**told, "id": f"node/{item.id}", "kind": kind, "x": spot.lon, "y": spot.lat}]


def _water(item: Any, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a river or canal of a way, still water of an area, or nothing."""
    kind = item.tags.get("waterway", "")
    if item.is_way() and kind in RIVERS:
        shape = shapely.from_wkb(SHAPES.create_linestring(item))
        return [{**told, "id": f"way/{item.id}", "kind": kind, "geometry": shape}]
    if item.is_area():
        shape = shapely.from_wkb(SHAPES.create_multipolygon(item))
        whose = "way" if item.from_way() else "relation"
        return [{**told, "id": f"{whose}/{item.orig_id()}", "kind": "water", "geometry": shape}]
    return []


def _near(rows: Sequence[dict[str, Any]], ground: Ground) -> list[dict[str, Any]]:
    """Return water as it lies in the study area, in EPSG:27700."""
    if not rows:
        return []
    shapes = transform_lonlat(np.array([row["geometry"] for row in rows], dtype=object))
    shapes = shapely.intersection(shapely.make_valid(shapes), ground.outline)
    lines = shapely.get_dimensions(shapes) == 1
    held = ~shapely.is_empty(shapes) & (lines | (shapely.area(shapes) >= SMALLEST_M2))
    return [
        {**row, "geometry": shape}
        for row, shape, keep in zip(rows, shapes, held, strict=True)
        if keep
    ]


def _inside(rows: Sequence[dict[str, Any]], ground: Ground) -> list[dict[str, Any]]:
    """Return the places of the study area, with eastings and northings."""
    if not rows:
        return []
    x, y = from_lonlat(np.array([r["x"] for r in rows]), np.array([r["y"] for r in rows]))
    held = shapely.contains_xy(ground.outline, x, y)
    return [
        {**{k: v for k, v in row.items() if k not in "xy"}, "easting": east, "northing": north}
        for row, east, north, keep in zip(rows, x.tolist(), y.tolist(), held, strict=True)
        if keep
    ]


def _ordered(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame["rank"] = frame["kind"].map(PLACES.index)
    frame = frame.sort_values(["rank", "name", "id"], ignore_index=True)
    return frame.assign(order=np.arange(1, len(frame) + 1))[list(PLACE_COLUMNS)]


def _localities(ledger: Ledger, ground: Ground) -> pd.DataFrame | None:
    """Return the localities of the stops in use, each at the median of its stops, most stops first."""
    parts = [
        reading.frame.reindex(columns=[*STOP_COLUMNS])
        for reading in newest_first(ledger.of("naptan"))
        if "locality" in reading.frame
    ]
    if not parts:
        return None
    stops = pd.concat(parts, ignore_index=True).drop_duplicates("stop_id")
    # some localities are published inside quotation marks
    stops["name"] = stops["locality"].fillna("").astype(str).str.strip(' "')
    x, y = stops["easting"].to_numpy(float), stops["northing"].to_numpy(float)
    stops = stops[(stops["name"] != "") & shapely.contains_xy(ground.outline, x, y)]
    # two places may share a name, never a code of the gazetteer
    stops["key"] = (
        stops["locality_code"].fillna("").astype(str).where(lambda c: c != "", stops["name"])
    )
    made = stops.groupby("key", sort=True).agg(
        src=("src", "first"), record=("record", "first"), name=("name", "first"), stops=("name", "size"),
        easting=("easting", "median"), northing=("northing", "median"),
    ).reset_index()  # fmt: skip
    made = made[made["stops"] >= FEWEST_STOPS]
    if made.empty:
        return None
    made = made.sort_values(
        ["stops", "name", "key"], ascending=[False, True, True], ignore_index=True
    )
    made = made.assign(
        id="locality:" + made["key"], kind=LOCALITY, order=np.arange(1, len(made) + 1)
    )
    named: pd.DataFrame = made[list(PLACE_COLUMNS)]
    return named
