"""What a GeoTIFF holds: heights or signal strength, told by its unit and its values.

The file itself stays where it is; a reading has one row for it, and `layers.rasters` reads the cells
that are wanted. A GeoTIFF says nothing of its own kind by name, so the values decide: reported
reference-signal powers run from -156 to -31 dBm (3GPP TS 38.133), heights in Britain do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from layers.errors import Fault, SourceError
from layers.peeking import Peek
from layers.placing import Placer
from layers.raster_checks import Kind, check_unit, check_values, check_vertical_unit
from layers.source import Reading, SourceFile

__all__ = ["RASTER_COLUMNS", "holds", "read_header"]

RASTER_COLUMNS = (
    "raster", "easting_min", "northing_min", "easting_max", "northing_max", "cell_size_m",
    "columns", "rows", "crs", "missing_pct",
)  # fmt: skip
LOOKED_AT = 1_000  # cells a side that are looked at to tell what the values are
SIGNAL_AT_MOST_DBM = -20.0


@dataclass(frozen=True)
class _Seen:
    """What a first look at a raster shows; `problem` where it cannot be opened."""

    unit: str = ""
    most: float = float("nan")
    problem: str = ""


@lru_cache(maxsize=256)
def _seen(path: Path, _stamp: int) -> _Seen:
    import rasterio  # noqa: PLC0415 - slow to import
    from rasterio.errors import RasterioError  # noqa: PLC0415

    try:
        with rasterio.open(path) as file:
            values = _some(file)
            most = float(np.nanmax(values)) if np.isfinite(values).any() else float("nan")
            return _Seen(str(file.units[0] or ""), most)
    except (RasterioError, OSError, ValueError) as error:
        return _Seen(problem=str(error).splitlines()[0])


def _some(file: object) -> np.ndarray:
    """Return the first band thinned out, in its unit, NaN where it has no data."""
    height, width = file.height, file.width  # type: ignore[attr-defined]
    shape = (min(height, LOOKED_AT), min(width, LOOKED_AT))
    read = file.read(1, out_shape=shape, masked=True)  # type: ignore[attr-defined]
    values = np.asarray(read.astype(np.float64).filled(np.nan))
    scale, offset = file.scales[0], file.offsets[0]  # type: ignore[attr-defined]
    return values * scale + offset


def holds(look: Peek) -> Literal["signal", "heights"] | None:
    """Return what a GeoTIFF holds, or None where the file is none."""
    if look.kind != "tif" or look.gz:
        return None
    seen = _seen(look.path, look.path.stat().st_mtime_ns)
    if seen.unit.strip().lower() == "dbm":
        return "signal"
    below_zero = np.isfinite(seen.most) and seen.most < SIGNAL_AT_MOST_DBM
    return "signal" if below_zero and not seen.unit else "heights"


def read_header(look: Peek, source: SourceFile, kind: Kind) -> Reading:
    """Read where a raster lies and check its unit and values.

    Raises
    ------
    SourceError
        When it cannot be opened, has no coordinate system, is in another unit or holds no value.
    """
    import rasterio  # noqa: PLC0415
    from rasterio.errors import RasterioError  # noqa: PLC0415

    again = "export it again as GeoTIFF"
    try:
        with rasterio.open(look.path) as file:
            check_unit(str(file.units[0] or ""), look.name, kind)
            placer, _ = Placer.of(file, look.name)
            check_vertical_unit(placer.vertical_unit, look.name)
            values = _some(file)
            bands, driver = file.count, file.driver
    except (RasterioError, OSError, ValueError) as error:
        problem = f"the raster cannot be read ({str(error).splitlines()[0]})"
        raise SourceError(Fault(look.name, problem, again)) from error
    if driver not in {"GTiff", "COG"}:
        raise SourceError(Fault(look.name, f"this is a {driver} file, not a GeoTIFF", again))
    if not np.isfinite(values).any():
        raise SourceError(Fault(look.name, "the raster holds no value at all", again))
    check_values(values, look.name, kind)
    west, south, east, north = placer.bounds
    row = (
        Path(look.stem).name, west, south, east, north, placer.cell_m, placer.width, placer.height,
        placer.crs.name, float(100 * np.isnan(values).mean()),
    )  # fmt: skip
    frame = pd.DataFrame([row], columns=list(RASTER_COLUMNS))
    frame.insert(0, "src", source.src)
    frame.insert(1, "record", 1)
    reading = Reading(source, frame, 1)
    if bands > 1:
        reading = reading.note(f"only the first of its {bands} bands is read")
    return reading
