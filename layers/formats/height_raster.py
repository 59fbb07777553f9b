"""Heights as rasters: GeoTIFF in any coordinate system, and ASCII grids of the surface.

A raster does not say whether it is bare earth or holds buildings and trees, so its name (or a folder's)
must: `DSM` or `surface`, else `DTM`, `DEM` or `terrain`, as the Environment Agency names its tiles. Canonical
columns, one row a file: `kind` (`surface` or `terrain`), `easting_min northing_min easting_max northing_max`
(metres, EPSG:27700), `cell_size_m columns rows`. Heights are metres above Ordnance Datum Newlyn; they are
read when they are needed. Feet, and heights that cannot be metres in Britain, are refused here.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import Fault, SourceError
from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.formats.signal_raster import holds_signal
from layers.layouts import Layout
from layers.peeking import Peek
from layers.raster_checks import Kind, check_values
from layers.rasters import Raster, Tile, open_raster, quietly
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

WORDS: dict[Kind, frozenset[str]] = {
    "surface": frozenset({"dsm", "surface"}),
    "terrain": frozenset({"dtm", "dem", "terrain"}),
}
CELLS_TRIED = 1_000  # along each side, when a file is first read


def _kind(name: str) -> Kind | None:
    """Return what the words of a name, the file's own before its folders', say it holds."""
    parts = name.lower().replace("!", "/").split("/")
    for part in reversed(parts):
        words = set(re.split(r"[^a-z]+", part))
        for kind, known in WORDS.items():
            if words & known:
                return kind
    return None


def _looks_like(look: Peek) -> str | None:
    kind = _kind(look.name)
    if look.kind == "tif":
        return None if holds_signal(look) else kind
    # OS Terrain 50 has the same layout, and a reader of its own
    return kind if look.kind == "asc" and kind == "surface" else None


FORMAT = Format(
    key="height_raster",
    title="heights (raster)",
    dataset=lambda _detail: "height-rasters",
    looks_like=_looks_like,
    vintage=vintage_in_name,
)


def _try(tile: Tile, name: str) -> tuple[NDArray[np.float64], int, int]:
    """Return some of a raster's heights, and its rows and columns."""
    import rasterio  # noqa: PLC0415 - slow to import
    from rasterio.errors import RasterioError  # noqa: PLC0415

    try:
        with quietly(), rasterio.open(tile.address) as file:
            if file.count != 1:
                problem = f"the raster has {file.count} bands: heights have one (is it a picture?)"
                raise SourceError(Fault(name, problem, "give the raster of heights"))
            shape = (min(file.height, CELLS_TRIED), min(file.width, CELLS_TRIED))
            tried = file.read(1, out_shape=shape, masked=True).astype(np.float64).filled(np.nan)
            if (file.scales[0], file.offsets[0]) != (1.0, 0.0):
                tried = tried * file.scales[0] + file.offsets[0]
            return tried, file.height, file.width
    except (RasterioError, OSError, ValueError, MemoryError) as error:
        problem = f"the raster is cut short or broken ({error})"
        raise SourceError(Fault(name, problem, "download it again")) from error


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:
    """Read where a raster lies, and try its heights.

    Raises
    ------
    SourceError
        When it cannot be read, has no coordinate system, or its heights are not metres in Britain.
    """
    del layout
    kind: Kind = "surface" if source.detail == "surface" else "terrain"
    tile = open_raster(look.path, kind, look.name)
    tried, rows, columns = _try(tile, look.name)
    check_values(tried, look.name, kind)
    left, bottom, right, top = tile.bounds
    frame = pd.DataFrame(
        {
            "src": [source.src], "record": [1], "kind": [kind],
            "easting_min": [left], "northing_min": [bottom], "easting_max": [right], "northing_max": [top],
            "cell_size_m": [tile.cell_m], "columns": [columns], "rows": [rows],
        }
    )  # fmt: skip
    reading = Reading(source, frame, 1)
    empty = 100 * float(np.isnan(tried).mean())
    return reading.note(f"{empty:.1f} % of the raster has no height") if empty > 0 else reading


def write(raster: Raster, path: Path) -> Path:
    """Write a practice raster of heights as GeoTIFF; the name must say what it holds."""
    from layers.geotiff import write_geotiff  # noqa: PLC0415

    if _kind(path.name) is None:
        raise ValueError(f"the name {path.name} says neither DSM nor DTM")
    return write_geotiff(raster, path, unit="m", description="metres above Ordnance Datum Newlyn")
