"""Rasters that a study holds: the surface with buildings and trees, bare earth, signal strength."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from layers.archives import real
from layers.boundaries import Ground
from layers.ledger import Ledger, apart
from layers.parameters import Parameters
from layers.peeking import Peek
from layers.raster_checks import Kind
from layers.rasters import Bounds, Raster, read_rasters
from layers.source import SourceFile
from layers.transport import MARGIN

__all__ = ["HeightFile", "Heights", "heights"]


@dataclass(frozen=True)
class HeightFile:
    """One raster: where it is kept, how it is called, and where it lies (metres, EPSG:27700)."""

    path: Path
    name: str
    easting_min: float
    northing_min: float
    easting_max: float
    northing_max: float
    cell_size_m: float


@dataclass(frozen=True)
class Heights:
    """Rasters of one kind, tiles of mixed cell sizes and coordinate systems included."""

    kind: Kind
    files: tuple[HeightFile, ...]
    sources: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def bounds(self) -> Bounds:
        """Smallest easting and northing, largest easting and northing of all files, in metres."""
        return (
            min(f.easting_min for f in self.files),
            min(f.northing_min for f in self.files),
            max(f.easting_max for f in self.files),
            max(f.northing_max for f in self.files),
        )

    def read(self, bounds: Bounds, cell_size_m: float) -> Raster | None:
        """Return heights (dBm for signal) on cells of the National Grid; `None` where no file meets the bounds.

        Raises
        ------
        SourceError
            With every file that cannot be read or is not in metres.
        """
        left, bottom, right, top = bounds
        near = [
            f
            for f in self.files
            if f.easting_min < right
            and left < f.easting_max
            and f.northing_min < top
            and bottom < f.northing_max
        ]
        if not near:
            return None
        return read_rasters(
            [real(f.path) for f in near], bounds, kind=self.kind, cell_size_m=cell_size_m
        )


def heights(
    ledger: Ledger, looks: Mapping[str, Peek], ground: Ground, parameters: Parameters, kind: Kind
) -> Heights | None:
    """Return the rasters of a kind near the study area, or `None` without one.

    Rasters that lie elsewhere are set aside and said in the notes: nothing is known from them.
    """
    margin = parameters.value(MARGIN)
    left, bottom, right, top = ground.outline.bounds
    files: list[HeightFile] = []
    sources: list[SourceFile] = []
    away = 0
    format_key = "signal_raster" if kind == "signal" else "height_raster"
    for reading in sorted(ledger.of(format_key, kind), key=lambda r: r.source.path):
        row = reading.frame.iloc[0]
        far = (
            row["easting_min"] > right + margin
            or row["northing_min"] > top + margin
            or row["easting_max"] < left - margin
            or row["northing_max"] < bottom - margin
        )
        reason = f"more than {margin:,.0f} m outside the study area" if far else ""
        ledger.settle(apart(reading, np.asarray([reason], dtype=object)))
        if far:
            away += 1
            continue
        look = looks[reading.source.src]
        files.append(
            HeightFile(
                look.home or look.path,
                look.name,
                float(row["easting_min"]),
                float(row["northing_min"]),
                float(row["easting_max"]),
                float(row["northing_max"]),
                float(row["cell_size_m"]),
            )
        )
        sources.append(reading.source)
    if away:
        ledger.note(f"{away} {kind} rasters lie outside the study area and are not used")
    if not files:
        return None
    sizes = ", ".join(f"{s:g}" for s in sorted({f.cell_size_m for f in files}))
    note = f"{len(files)} raster{'s' if len(files) > 1 else ''} of {sizes} m cells"
    return Heights(kind, tuple(files), tuple(sources), (note,))
