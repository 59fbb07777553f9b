"""Signal strength as a GeoTIFF, from a user: dBm, any coordinate system, its no-data value declared.

Canonical columns, one row a file: `easting_min northing_min easting_max northing_max` (metres,
EPSG:27700), `cell_size_m columns rows`. Values are reference-signal power (SS-RSRP or RSRP) from -156 to
-31 dBm, in the first band; they are read when they are sampled. Such a file is known by its unit, else
by values that no heights have. Per-operator predictions are outside the open licence: the file stays
out of public outputs.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layers.errors import Fault, SourceError
from layers.formats import Format
from layers.formats._plain import commercial
from layers.formats._vintage import vintage_in_name
from layers.layouts import Layout
from layers.peeking import Peek
from layers.raster_checks import check_values
from layers.rasters import Raster, open_raster, quietly
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "holds_signal", "read", "write"]

CELLS_TRIED = 1_000  # along each side, when a file is first read
AT_MOST_DBM = -20.0
AGAIN = "export it again as GeoTIFF"


def holds_signal(look: Peek) -> bool:
    """Whether a GeoTIFF is of dBm: its unit says so, or it says none and all its values are below -20."""
    if look.kind != "tif":
        return False
    return _is_dbm(look.path, look.gz, look.path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _is_dbm(path: Path, gz: bool, _stamp: int) -> bool:
    try:
        tried, unit, _, _, _ = _try(f"/vsigzip/{path}" if gz else str(path))
    except (OSError, ValueError):
        return False
    below = np.isfinite(tried).any() and float(np.nanmax(tried)) < AT_MOST_DBM
    return unit == "dbm" or (not unit and bool(below))


def _try(address: str) -> tuple[np.ndarray[Any, np.dtype[np.float64]], str, int, int, int]:
    """Return some of the first band's values, its unit, and rows, columns and bands."""
    import rasterio  # noqa: PLC0415 - slow to import
    from rasterio.errors import RasterioError  # noqa: PLC0415

    try:
        with quietly(), rasterio.open(address) as file:
            shape = (min(file.height, CELLS_TRIED), min(file.width, CELLS_TRIED))
            values = file.read(1, out_shape=shape, masked=True).astype(np.float64).filled(np.nan)
            values = values * file.scales[0] + file.offsets[0]
            unit = str(file.units[0] or "").strip().lower()
            return np.asarray(values), unit, file.height, file.width, file.count
    except (RasterioError, MemoryError) as error:
        raise ValueError(str(error)) from error


FORMAT = Format(
    key="signal_raster",
    title="signal strength (GeoTIFF)",
    dataset=lambda _detail: "operator-signal",
    looks_like=lambda look: "signal" if holds_signal(look) else None,
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:
    """Read where a raster lies, and try its values.

    Raises
    ------
    SourceError
        When it cannot be read, has no coordinate system, is not in dBm or holds no value.
    """
    del layout
    tile = open_raster(look.path, "signal", look.name)
    try:
        tried, _, rows, columns, bands = _try(tile.address)
    except (OSError, ValueError) as error:
        problem = f"the raster is cut short or broken ({error})"
        raise SourceError(Fault(look.name, problem, AGAIN)) from error
    if not np.isfinite(tried).any():
        raise SourceError(Fault(look.name, "the raster holds no value at all", AGAIN))
    check_values(tried, look.name, "signal")
    left, bottom, right, top = tile.bounds
    frame = pd.DataFrame(
        {
            "src": [source.src], "record": [1], "easting_min": [left], "northing_min": [bottom],
            "easting_max": [right], "northing_max": [top], "cell_size_m": [tile.cell_m],
            "columns": [columns], "rows": [rows],
        }
    )  # fmt: skip
    reading = Reading(source, frame, 1)
    empty = 100 * float(np.isnan(tried).mean())
    if empty > 0:
        reading = reading.note(f"{empty:.1f} % of the raster has no signal value")
    if bands > 1:
        reading = reading.note(f"only the first of its {bands} bands is read")
    return commercial(reading)


def write(raster: Raster, path: Path) -> Path:
    """Write a practice raster of dBm in EPSG:27700."""
    from layers.geotiff import write_geotiff  # noqa: PLC0415

    return write_geotiff(raster, path, unit="dBm", description="SS-RSRP")
