"""Points as GeoParquet, written from their coordinates without making an object of each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS

__all__ = ["write_points"]

LITTLE_ENDIAN, POINT = 1, 1
WKB = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])


def write_points(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame with `easting` and `northing` as GeoParquet 1.0 in EPSG:27700.

    Parameters
    ----------
    frame
        Its columns, and a last one `geometry`: the points as well-known binary, missing where a coordinate is.
    path
        File to write.
    """
    x, y = (
        frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("easting", "northing")
    )
    about = {
        "encoding": "WKB",
        "crs": CRS.from_epsg(27700).to_json_dict(),
        "geometry_types": ["Point"] if len(frame) else [],
    }
    known = ~(np.isnan(x) | np.isnan(y))
    if known.any():
        about["bbox"] = [
            float(v) for v in (x[known].min(), y[known].min(), x[known].max(), y[known].max())
        ]
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.append_column("geometry", _points(x, y, known))
    geo = {"primary_column": "geometry", "columns": {"geometry": about}, "version": "1.0.0"}
    told = {**(table.schema.metadata or {}), b"geo": json.dumps(geo).encode()}
    text = [
        f.name for f in table.schema if not pa.types.is_floating(f.type) and f.name != "geometry"
    ]
    # numbers and shapes hardly repeat: looking for repeats in them only takes time
    pq.write_table(table.replace_schema_metadata(told), path, use_dictionary=text)


def _points(x: np.ndarray, y: np.ndarray, known: np.ndarray) -> pa.Array:
    shapes = np.zeros(int(known.sum()), dtype=WKB)
    shapes["order"], shapes["kind"], shapes["x"], shapes["y"] = (
        LITTLE_ENDIAN,
        POINT,
        x[known],
        y[known],
    )
    ends = np.concatenate([[0], np.cumsum(known)]).astype(np.int32) * WKB.itemsize
    held = pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    buffers = [
        None if known.all() else held,
        pa.py_buffer(ends.tobytes()),
        pa.py_buffer(shapes.tobytes()),
    ]
    return pa.Array.from_buffers(pa.binary(), len(x), buffers)
