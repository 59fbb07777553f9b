"""Signal strength as a GeoTIFF, from a user: dBm, any coordinate system, its no-data value declared.

Canonical columns, one row a file: `raster easting_min northing_min easting_max northing_max
cell_size_m columns rows crs missing_pct` (metres, EPSG:27700; share of cells without data). Values are
reference-signal power (SS-RSRP or RSRP) from -156 to -31 dBm, in the first band; they are read when
they are sampled. Per-operator predictions are outside the open licence: the file stays out of public
outputs.
"""

from __future__ import annotations

from pathlib import Path

from layers.formats import Format
from layers.formats._plain import commercial
from layers.formats._raster import holds, read_header
from layers.formats._vintage import vintage_in_name
from layers.geotiff import write_geotiff
from layers.layouts import Layout
from layers.peeking import Peek
from layers.rasters import Raster
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

FORMAT = Format(
    key="signal_raster",
    title="signal strength (GeoTIFF)",
    dataset=lambda _detail: "operator-signal",
    looks_like=lambda look: "signal" if holds(look) == "signal" else None,
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout | None = None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    del layout
    return commercial(read_header(look, source, "signal"))


def write(raster: Raster, path: Path) -> Path:
    """Write a practice raster of dBm in EPSG:27700."""
    return write_geotiff(raster, path, unit="dBm", description="SS-RSRP")
