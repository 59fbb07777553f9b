"""Heights of the ground from OS Terrain tiles, sampled at points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.archives import real
from layers.boundaries import Ground
from layers.errors import Fault, SourceError
from layers.ledger import Ledger, apart
from layers.parameters import Parameters
from layers.peeking import Peek
from layers.rasters import quietly
from layers.source import SourceFile
from layers.transport import MARGIN

__all__ = ["Terrain", "Tile", "terrain"]

Floats = NDArray[np.float64]
CELLS_AT_MOST = 200_000_000


@dataclass(frozen=True)
class Tile:
    """One gridded file: the position of its lower left corner and its cells."""

    path: Path
    name: str
    easting_min: float
    northing_min: float
    cell_size_m: float
    columns: int
    rows: int


@dataclass(frozen=True)
class Terrain:
    """Tiles of bare-earth heights above Ordnance Datum Newlyn, and a sampler.

    Tiles are read when first asked for, into one grid over all of them, so that heights run on
    across their edges.
    """

    tiles: tuple[Tile, ...]
    sources: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    _grid: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    @property
    def cell_size_m(self) -> float:
        """Side of a cell in metres."""
        return self.tiles[0].cell_size_m

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest easting and northing, largest easting and northing of all tiles, in metres."""
        return (
            min(t.easting_min for t in self.tiles),
            min(t.northing_min for t in self.tiles),
            max(t.easting_min + t.columns * t.cell_size_m for t in self.tiles),
            max(t.northing_min + t.rows * t.cell_size_m for t in self.tiles),
        )

    def grid(self) -> Floats:
        """Return the heights, rows from north to south; NaN where there is no tile."""
        if "heights" not in self._grid:
            self._grid["heights"] = _mosaic(self.tiles, self.bounds)
        return self._grid["heights"]

    def sample(
        self, easting: Floats, northing: Floats, method: Literal["bilinear", "nearest"] = "bilinear"
    ) -> Floats:
        """Return heights in metres at positions (EPSG:27700); NaN outside the tiles.

        `bilinear` weighs the four cell centres around a point, of which the missing do not count;
        `nearest` takes the cell that a point is in.
        """
        heights = self.grid()
        left, _, _, top = self.bounds
        x = (np.asarray(easting, float) - left) / self.cell_size_m
        y = (top - np.asarray(northing, float)) / self.cell_size_m
        rows, columns = heights.shape
        result = np.full(x.shape, np.nan)
        with np.errstate(invalid="ignore"):
            inside = (x >= 0) & (x <= columns) & (y >= 0) & (y <= rows)
        i = np.minimum(y[inside].astype(np.int64), rows - 1)
        j = np.minimum(x[inside].astype(np.int64), columns - 1)
        if method == "nearest":
            result[inside] = heights[i, j]
            return result
        u, v = x[inside] - 0.5, y[inside] - 0.5
        j0, i0 = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        total, weight = np.zeros(len(u)), np.zeros(len(u))
        for di in (0, 1):
            for dj in (0, 1):
                share = np.abs(1 - di - (v - i0)) * np.abs(1 - dj - (u - j0))
                value = heights[np.clip(i0 + di, 0, rows - 1), np.clip(j0 + dj, 0, columns - 1)]
                held = np.isfinite(value)
                total += np.where(held, share * np.nan_to_num(value), 0.0)
                weight += np.where(held, share, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = total / weight
        result[inside] = np.where(np.isfinite(heights[i, j]), found, np.nan)
        return result


def _mosaic(tiles: Sequence[Tile], bounds: tuple[float, float, float, float]) -> Floats:
    import rasterio  # noqa: PLC0415 - slow to import
    from rasterio.errors import RasterioError  # noqa: PLC0415

    left, bottom, right, top = bounds
    cell = tiles[0].cell_size_m
    shape = (round((top - bottom) / cell), round((right - left) / cell))
    heights = np.full(shape, np.nan)
    for tile in tiles:
        try:
            held = real(tile.path)
            path = f"/vsigzip/{held}" if held.suffix == ".gz" else str(held)
            with quietly(), rasterio.open(path) as file:
                values = file.read(1, masked=True).astype(float).filled(np.nan)
        except (RasterioError, OSError) as error:
            raise SourceError(
                Fault(
                    tile.name,
                    f"the terrain tile cannot be read ({error})",
                    "download the tile again",
                )
            ) from error
        row = round((top - tile.northing_min) / cell) - tile.rows
        column = round((tile.easting_min - left) / cell)
        heights[row : row + tile.rows, column : column + tile.columns] = values
    return heights


def terrain(
    ledger: Ledger, looks: Mapping[str, Peek], ground: Ground, parameters: Parameters
) -> Terrain | None:
    """Return the terrain over the study area, or `None` without a tile there.

    Raises
    ------
    SourceError
        When tiles of different cell sizes are mixed, or the study needs more cells than is sane.
    """
    margin = parameters.value(MARGIN)
    left, bottom, right, top = ground.outline.bounds
    tiles: list[Tile] = []
    sources: list[SourceFile] = []
    seen: set[tuple[float, float]] = set()
    for reading in sorted(ledger.of("terrain_asc"), key=lambda r: r.source.path):
        frame = reading.frame
        x, y, cell = (
            frame[n].to_numpy(float) for n in ("easting_min", "northing_min", "cell_size_m")
        )
        far = (x > right + margin) | (y > top + margin)
        far |= (x + cell * frame["columns"].to_numpy(float) < left - margin) | (
            y + cell * frame["rows"].to_numpy(float) < bottom - margin
        )
        reasons = np.where(far, f"more than {margin:,.0f} m outside the study area", "").astype(
            object
        )
        again = np.array([(a, b) in seen for a, b in zip(x, y, strict=True)], dtype=bool)
        reasons[again] = "same tile in another file"
        ledger.settle(apart(reading, reasons))
        look = looks[reading.source.src]
        for row in frame.loc[reasons == ""].itertuples():
            seen.add((float(row.easting_min), float(row.northing_min)))
            tiles.append(
                Tile(
                    look.home or look.path,
                    look.name,
                    float(row.easting_min),
                    float(row.northing_min),
                    float(row.cell_size_m),
                    int(row.columns),
                    int(row.rows),
                )
            )
            sources.append(reading.source)
    if not tiles:
        return None
    sizes = sorted({tile.cell_size_m for tile in tiles})
    if len(sizes) > 1:
        raise SourceError(
            Fault(
                tiles[0].name,
                f"terrain tiles of different cell sizes are mixed ({', '.join(f'{s:g} m' for s in sizes)})",
                "keep tiles of one product only",
            )
        )
    made = Terrain(
        tuple(tiles),
        tuple(sources),
        (f"{len(tiles)} terrain tiles of {sizes[0]:g} m cells; bare earth, no buildings or trees",),
    )
    west, south, east, north = made.bounds
    if (east - west) * (north - south) / sizes[0] ** 2 > CELLS_AT_MOST:
        raise SourceError(
            Fault(
                tiles[0].name,
                "the terrain tiles span too large an area",
                "keep the tiles around the study area",
            )
        )
    return made
