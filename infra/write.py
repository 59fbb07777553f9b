"""Tables and frames to files, the same bytes every time."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.grid import transform_lonlat
from layers.lineage import Table

__all__ = [
    "inert",
    "records",
    "write_columns",
    "write_csv",
    "write_geojson",
    "write_json",
    "write_lineage",
    "write_table",
]

# Controls, and marks that turn the direction of reading: a terminal or an editor would act on them.
ACTING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
PLAIN_JSON = json.JSONEncoder(ensure_ascii=False, default=str, allow_nan=False)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
STARTS = frozenset(FORMULA)
POINT = 0  # shapely's number of it; -1 is none


def inert(value: Any) -> Any:
    """Keep a spreadsheet from running text that looks like a formula, or that would begin a row."""
    if not isinstance(value, str):
        return value
    # a lone carriage return is not quoted by the writer, and readers take it for the end of a row
    text = ACTING.sub("", value).replace("\r\n", "\n").replace("\r", "\n")
    return "'" + text if value.startswith(FORMULA) or text.startswith(FORMULA) else text


def _harmless(texts: Collection[str]) -> bool:
    """Return whether `inert` would change none of some texts: a quick look at all of them at once."""
    # printable leaves out every control, and every mark that turns the direction of reading
    return " ".join(texts).isprintable() and STARTS.isdisjoint({text[:1] for text in texts})


def write_csv(
    frame: pd.DataFrame,
    path: Path,
    decimals: dict[str, int] | None = None,
    *,
    key: str | None = None,
    withheld: Mapping[tuple[str, str], str] | None = None,
) -> None:
    """Write a frame as UTF-8 CSV: fixed decimals, text that cannot become a formula, blank for missing.

    A withheld cell, by row key and column, holds the word that stands in its place.
    """
    told = {}
    for name in frame.columns:
        values = _cells(frame[name], (decimals or {}).get(name))
        held = {row: word for (row, at), word in (withheld or {}).items() if at == name}
        if held and key is not None:
            rows = frame[key].astype(str)
            values = [held.get(row, value) for row, value in zip(rows, values, strict=True)]
        told[name] = values
    _write_rows(told, told.values(), path)


def _cells(column: pd.Series, decimals: int | None) -> Sequence[Any]:
    """Return what is written of a column: plain values, empty for missing."""
    values = column.tolist()
    if pd.api.types.is_bool_dtype(column):
        return ["true" if value is True else "false" if value is False else "" for value in values]
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.astype("str").where(column.notna(), "").tolist()
    if not pd.api.types.is_numeric_dtype(column):
        return _told(values)
    if decimals is not None and pd.api.types.is_float_dtype(column):
        values = [f"{value:.{decimals}f}" for value in values]
    return _but_missing(values, column, "")


def _but_missing(values: Sequence[Any], column: pd.Series, instead: str | None) -> Sequence[Any]:
    """Return the values of a column with something else in place of the missing."""
    missing = column.isna().to_numpy()
    if not missing.any():
        return values
    return [instead if gone else v for v, gone in zip(values, missing.tolist(), strict=True)]


def _write_rows(names: Iterable[str], columns: Iterable[Sequence[Any]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(names)
        lines.writerows(zip(*columns, strict=True))


def write_columns(
    columns: Mapping[str, Sequence[Any]], path: Path, own: Collection[str] = ()
) -> None:
    """Write whole columns of plain values as `write_csv` does a frame, each text looked at once.

    Columns of our `own` letters alone, none missing, are not looked at.
    """
    told = (values if name in own else _told(values) for name, values in columns.items())
    _write_rows(columns, told, path)


def _told(values: Sequence[Any]) -> Sequence[Any]:
    """Return values with text that cannot act, and none for the missing."""
    # far fewer than there are values, which a set finds without a loop of ours
    texts = {value for value in set(values) if isinstance(value, str)}
    changed: dict[str, str] = {}
    if not _harmless(texts):
        changed = {text: kept for text in texts if (kept := inert(text)) != text}
    missing = pd.isna(np.fromiter(values, dtype=object, count=len(values)))
    if not changed and not missing.any():
        return values
    pairs = zip(values, missing.tolist(), strict=True)
    return [
        None if gone else changed.get(value, value) if isinstance(value, str) else value
        for value, gone in pairs
    ]


def write_table(table: Table, path: Path) -> None:
    """Write a table as CSV with the decimals its columns declare."""
    decimals = {
        name: column.decimals
        for name, column in table.columns.items()
        if column.decimals is not None
    }
    write_csv(table.frame, path, decimals, key=table.key, withheld=table.withheld)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or (isinstance(value, float) and np.isnan(value))
    ):
        return None
    return ACTING.sub("", value) if isinstance(value, str) else value


def write_json(data: Any, path: Path, depth: int = 2) -> None:
    """Write plain data as JSON, its members to a depth on lines of their own; missing is null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = _lines(data, depth)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _lines(data: Any, depth: int) -> str:
    """Return plain data as JSON: what lies deeper is one line, which the compiled writer makes."""
    if not depth or not data or not isinstance(data, dict | list | tuple):
        return PLAIN_JSON.encode(data)
    if isinstance(data, dict):
        names = (json.dumps(str(name), ensure_ascii=False) for name in data)
        values = (_lines(value, depth - 1) for value in data.values())
        parts = (f"{name}: {value}" for name, value in zip(names, values, strict=True))
        return "{\n" + ",\n".join(parts) + "\n}"
    return "[\n" + ",\n".join(_lines(value, depth - 1) for value in data) + "\n]"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as plain data."""
    names = [str(name) for name in frame.columns]
    columns = [_plain_column(frame.iloc[:, at]) for at in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain_column(column: pd.Series) -> Sequence[Any]:
    values = column.tolist()
    numbers = pd.api.types.is_numeric_dtype(column)
    if not numbers and not _harmless([value for value in values if isinstance(value, str)]):
        return [_plain(value) for value in values]
    if not numbers and column.dtype == object:  # it may hold lists, of which none is missing
        return [value if isinstance(value, str) else _plain(value) for value in values]
    return _but_missing(values, column, None)


def write_geojson(frame: gpd.GeoDataFrame, path: Path, properties: list[str]) -> None:
    """Write points or shapes as GeoJSON in longitude and latitude (OSTN15), six decimals.

    A row whose geometry is empty (a location known only by postcode district) gets `null`.
    """
    shapes = frame.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    lonlat = np.full(len(shapes), None, dtype=object)
    lonlat[placed] = shapely.set_precision(transform_lonlat(shapes[placed], inverse=True), 1e-6)
    features = [
        {"type": "Feature", "properties": row, "geometry": shape}
        for row, shape in zip(records(frame[properties]), _geojson(lonlat), strict=True)
    ]
    write_json({"type": "FeatureCollection", "features": features}, path)


def _geojson(shapes: NDArray[Any]) -> list[dict[str, Any] | None]:
    """Return shapes as GeoJSON objects, none for none."""
    if (shapely.get_type_id(shapes) <= POINT).all():  # points, or none
        places = shapely.get_coordinates(shapes).tolist()
        at = iter(places)
        return [
            None if shape is None else {"type": "Point", "coordinates": next(at)}
            for shape in shapes
        ]
    return [None if s is None else json.loads(shapely.to_geojson(s)) for s in shapes]


def write_lineage(tables: list[Table], path: Path) -> None:
    """Write how every column of the tables was made."""
    write_json([table.lineage() for table in tables], path, depth=3)
