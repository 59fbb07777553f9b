"""Boundaries of statistical and administrative areas, any vintage, by their code field.

Canonical columns: `id` (GSS code), `name`, `level`, `geometry` (polygons, EPSG:27700). The level is
the file's detail: `LAD CAUTH RGN LSOA11 LSOA21 MSOA11 MSOA21 OA21 WD13 WD22 PCON10 PCON24 ...`;
constituency codes of up to 2023 are those of the 2010 boundaries. GeoJSON (gzipped or not),
TopoJSON, zipped shapefiles and GeoPackages are read, in WGS84 or British National Grid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.errors import Fault, SourceError
from layers.formats import Format
from layers.formats._vector import (
    feature_fields,
    polygons_mended,
    read_features,
    read_vector,
    vector_layers,
    write_geojson,
)
from layers.layouts import Layout
from layers.peeking import Peek
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "code_field", "read", "write"]

CODE = re.compile(
    r"(OA|LSOA|MSOA|WD|WARD|PCON|LAD|LTLA|CAUTH|RGN)(\d\d)(?:CD|_CODE)", re.IGNORECASE
)
KINDS = ("OA", "LSOA", "MSOA", "WD", "PCON", "LAD", "CAUTH", "RGN")
SAME = {"WARD": "WD", "LTLA": "LAD"}
TIMELESS = ("LAD", "CAUTH", "RGN")
GSS = r"[EWSNK]\d{8}"
NEW_CONSTITUENCIES = 24


def code_field(fields: Iterable[str]) -> tuple[str, str, str] | None:
    """Find the field that holds area codes, the finest where there are several.

    Returns
    -------
    tuple or None
        The field, the level and the year of its codes, such as `("LSOA21CD", "LSOA21", "2021")`.
    """
    found: list[tuple[int, str, str, str]] = []
    for field in fields:
        match = CODE.fullmatch(field.strip())
        if match is None:
            continue
        kind, year = match[1].upper(), match[2]
        kind = SAME.get(kind, kind)
        level = kind if kind in TIMELESS else kind + year
        if kind == "PCON":
            level = "PCON24" if int(year) >= NEW_CONSTITUENCIES else "PCON10"
        found.append((KINDS.index(kind), field, level, f"20{year}"))
    return min(found)[1:] if found else None


def _choice(look: Peek) -> tuple[str | None, tuple[str, str, str]] | None:
    """Return the layer to read and its code field."""
    field = code_field(feature_fields(look))
    if field:
        return None, field
    choices = [(layer, code_field(fields)) for layer, fields in vector_layers(look).items()]
    return next(((layer, found) for layer, found in choices if found), None)


def _looks_like(look: Peek) -> str | None:
    if look.kind not in {"json", "zip", "gpkg"}:
        return None
    choice = _choice(look)
    return choice[1][1] if choice else None


def _vintage(look: Peek) -> str:
    choice = _choice(look)
    return choice[1][2] if choice else ""


FORMAT = Format(
    key="boundaries",
    title="area boundaries",
    dataset=lambda _detail: "ons-boundaries",
    looks_like=_looks_like,
    vintage=_vintage,
)


def _name_field(fields: Iterable[str], code: str) -> str | None:
    stem = re.sub(r"(CD|_CODE)$", "", code, flags=re.IGNORECASE).lower()
    return next((f for f in fields if f.lower() in {f"{stem}nm", f"{stem}_name"}), None)


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:
    """Read one file; see the module for the canonical columns.

    Raises
    ------
    SourceError
        When the file is cut short, has no code field or no usable polygon.
    """
    del layout
    choice = _choice(look)
    if choice is None:
        raise SourceError(
            Fault(
                look.name,
                "no field holds area codes (one like LAD25CD or LSOA21CD)",
                "download the boundaries from the ONS Open Geography Portal again",
            )
        )
    layer, (code, level, _) = choice
    vector = read_vector(look, layer=layer)
    name = _name_field(map(str, vector.table.columns), code)
    columns = {"id": code, "name": name} if name else {"id": code}
    reading = read_features(look, source, vector, columns)
    frame = reading.frame
    reading = reading.without_bad(~frame["id"].str.fullmatch(GSS), "not an area code", "id")
    reading = polygons_mended(reading, "id")
    reading = reading.without_bad(reading.frame.duplicated("id"), "duplicate id", "id")
    if reading.frame.empty:
        raise SourceError(
            Fault(
                look.name,
                f"none of its {reading.rows_in} features is a usable polygon",
                "download the boundaries again",
                column=code,
            )
        )
    frame = reading.frame.assign(level=level)
    if name is None:
        frame = frame.assign(name=frame["id"])
    order = ["src", "record", "id", "name", "level", "geometry"]
    return replace(reading, frame=frame[order])


def write(frame: pd.DataFrame, path: Path, *, level: str, year: int = 2025) -> Path:
    """Write practice boundaries as GeoJSON in WGS84 with the publisher's field names.

    Parameters
    ----------
    frame
        `id`, `name`, `geometry` (EPSG:27700).
    path
        Target.
    level
        As in the module's list; one that carries a year (`LSOA21`) names its fields, others take
        `year` (`LAD25CD`).
    year
        Of the codes.
    """
    stem = level if level[-2:].isdigit() else f"{level}{year % 100:02d}"
    table = pd.DataFrame({f"{stem}CD": frame["id"], f"{stem}NM": frame["name"]})
    return write_geojson(table, list(frame["geometry"]), path)
