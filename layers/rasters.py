"""Rasters from anywhere, on one grid: terrain, surface and signal strength.

Any raster that the library behind rasterio opens, in any coordinate system, is brought onto cells
of the National Grid. Longitude and latitude go through OSTN15, so that a raster in degrees lands
within centimetres and not the two metres of the usual seven parameters. Cells without data stay
missing: NaN here, counted in `missing_pct`, never zero.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, SourceError
from layers.placing import Placer
from layers.raster_checks import Kind, check_unit, check_values, check_vertical_unit

if TYPE_CHECKING:
    from layers.terrain import Terrain

__all__ = [
    "Bounds",
    "Raster",
    "Tile",
    "bilinear",
    "from_terrain",
    "open_raster",
    "quietly",
    "read_rasters",
]

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

CELLS_AT_MOST = 200_000_000
CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Raster:
    """Cells of the National Grid, rows from north to south; NaN where nothing is known.

    Attributes
    ----------
    easting_min, northing_max
        Left and top edges in metres, EPSG:27700.
    notes
        What a reader of the results must know: mixed resolutions, missing cells.
    """

    values: NDArray[np.float32]
    easting_min: float
    northing_max: float
    cell_size_m: float
    notes: tuple[str, ...] = ()
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def bounds(self) -> Bounds:
        """Left, bottom, right and top edges in metres."""
        rows, columns = self.values.shape
        right = self.easting_min + columns * self.cell_size_m
        return (
            self.easting_min,
            self.northing_max - rows * self.cell_size_m,
            right,
            self.northing_max,
        )

    @property
    def missing_pct(self) -> float:
        """Share of cells of which nothing is known."""
        return float(100 * np.isnan(self.values).mean()) if self.values.size else 100.0

    def centres(self) -> tuple[Floats, Floats]:
        """Return the eastings of the columns' centres and the northings of the rows'."""
        rows, columns = self.values.shape
        east = self.easting_min + (np.arange(columns) + 0.5) * self.cell_size_m
        north = self.northing_max - (np.arange(rows) + 0.5) * self.cell_size_m
        return east.astype(np.float64), north.astype(np.float64)

    def cells_of(
        self, easting: Floats, northing: Floats
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return row, column and whether a position lies on the raster (row and column 0 if not)."""
        rows, columns = self.values.shape
        x = (np.asarray(easting, float) - self.easting_min) / self.cell_size_m
        y = (self.northing_max - np.asarray(northing, float)) / self.cell_size_m
        with np.errstate(invalid="ignore"):
            inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        row = np.where(inside, y, 0).astype(np.int64)
        column = np.where(inside, x, 0).astype(np.int64)
        return row, column, inside

    def sample(
        self, easting: Floats, northing: Floats, method: Literal["bilinear", "nearest"] = "bilinear"
    ) -> Floats:
        """Return values at positions; NaN off the raster and where nothing is known."""
        row, column, inside = self.cells_of(easting, northing)
        if method == "nearest":
            return np.where(inside, self.values[row, column].astype(np.float64), np.nan)
        x = (np.asarray(easting, float) - self.easting_min) / self.cell_size_m
        y = (self.northing_max - np.asarray(northing, float)) / self.cell_size_m
        return bilinear(self.values, x, y)

    def like(self, values: NDArray[Any]) -> Raster:
        """Return other values on the same cells."""
        return Raster(
            values.astype(np.float32), self.easting_min, self.northing_max, self.cell_size_m
        )


def bilinear(values: NDArray[Any], x: Floats, y: Floats) -> Floats:
    """Return values between cell centres, from pixel coordinates that count from the corner.

    Of the four cells around a point, those without data do not count; where the cell that the
    point is in has no data, neither has the point.
    """
    rows, columns = values.shape
    with np.errstate(invalid="ignore"):
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    result = np.full(x.shape, np.nan)
    u, v = x[inside] - 0.5, y[inside] - 0.5
    own = values[y[inside].astype(np.int64), x[inside].astype(np.int64)]
    left, top = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    total, weight = np.zeros(len(u)), np.zeros(len(u))
    for down in (0, 1):
        for right in (0, 1):
            share = np.abs(1 - down - (v - top)) * np.abs(1 - right - (u - left))
            at = values[np.clip(top + down, 0, rows - 1), np.clip(left + right, 0, columns - 1)]
            held = np.isfinite(at)
            total += np.where(held, share * np.where(held, at, 0.0), 0.0)
            weight += np.where(held, share, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        result[inside] = np.where(np.isfinite(own), total / weight, np.nan)
    return result


@dataclass(frozen=True)
class Tile:
    """A raster file and where it lies: its bounds on the National Grid, its cells' side in metres."""

    path: Path
    address: str
    placer: Placer
    cell_m: float
    bounds: Bounds  # of the tile on the National Grid
    assumed: bool


def read_rasters(
    paths: Sequence[Path], bounds: Bounds, *, kind: Kind, cell_size_m: float | None = None
) -> Raster:
    """Read rasters onto one grid of square cells.

    Parameters
    ----------
    paths
        One or more files, in any order and any coordinate system, tiles of mixed cell sizes
        included: where tiles overlap, the finest that has a value there wins, then the first by name.
    bounds
        Left, bottom, right and top of the area wanted, metres in EPSG:27700; widened to whole cells.
    kind
        `terrain` (bare earth) and `surface` (with buildings and trees) in metres above sea level;
        `signal` in dBm.
    cell_size_m
        Side of the cells; that of the finest file when not given. Finer files are averaged (signal:
        nearest, as decibels do not average), coarser ones are read between their cell centres.

    Raises
    ------
    SourceError
        With every file that cannot be read, has no coordinate system or is not in metres (dBm for
        signal), or when no file covers any of the area.

    Notes
    -----
    A file without a coordinate system is refused, save ASCII grids whose corner lies on the
    National Grid: the Ordnance Survey and the Environment Agency publish theirs so.
    """
    left, bottom, right, top = bounds
    if not (left < right and bottom < top):
        raise ValueError(f"bounds must be left, bottom, right, top, not {bounds}")
    faults: list[Fault] = []
    tiles: list[Tile] = []
    for path in sorted(paths, key=lambda p: (p.name, p.as_posix())):
        try:
            tiles.append(open_raster(path, kind))
        except SourceError as error:
            faults.extend(error.faults)
    if faults:
        raise SourceError(faults)
    near = [t for t in tiles if _meet(t.bounds, bounds)]
    if not near:
        names = ", ".join(t.path.name for t in tiles) or "no file"
        problem = f"covers none of the area ({names})"
        mend = f"give {kind} rasters for {left:,.0f} {bottom:,.0f} to {right:,.0f} {top:,.0f} (EPSG:27700)"
        raise SourceError(Fault(tiles[0].path.name if tiles else kind, problem, mend))
    near.sort(key=lambda t: (t.cell_m, t.path.name, t.path.as_posix()))
    cell = cell_size_m or near[0].cell_m
    west, north = math.floor(left / cell) * cell, math.ceil(top / cell) * cell
    shape = (math.ceil((north - bottom) / cell), math.ceil((right - west) / cell))
    if shape[0] * shape[1] > CELLS_AT_MOST:
        problem = f"the area needs {shape[0] * shape[1]:,} cells of {cell:g} m"
        raise SourceError(Fault(kind, problem, "use larger cells or a smaller area"))
    grid = Raster(np.full(shape, np.nan, dtype=np.float32), west, north, cell)
    for tile in near:
        _lay(tile, grid, kind)
    return _noted(grid, near, kind)


def _noted(grid: Raster, tiles: Sequence[Tile], kind: Kind) -> Raster:
    notes = []
    sizes = sorted({round(t.cell_m, 2) for t in tiles})
    if len(sizes) > 1:
        listed = ", ".join(f"{s:g}" for s in sizes)
        notes.append(f"{kind} of cells of {listed} m mixed: the finest known at a place is used")
    if any(t.assumed for t in tiles):
        notes.append(f"{kind} grids without a coordinate system are taken as National Grid")
    if grid.missing_pct > 0:
        notes.append(f"{grid.missing_pct:.1f} % of the area has no {kind} data")
    if np.isnan(grid.values).all():
        names = ", ".join(t.path.name for t in tiles)
        problem = "holds no data in the area"
        raise SourceError(Fault(names, problem, f"give {kind} rasters that cover the area"))
    return Raster(grid.values, grid.easting_min, grid.northing_max, grid.cell_size_m, tuple(notes))


def _meet(a: Bounds, b: Bounds) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@contextmanager
def quietly() -> Iterator[None]:
    """Leave out what the library says by itself of a file: we read it or refuse it, in our words.

    That is its warning of a raster without a position, and its failure to print a message of its own
    that quotes bytes of a damaged file.
    """
    from rasterio.errors import NotGeoreferencedWarning  # noqa: PLC0415

    said = sys.unraisablehook

    def hook(raised: sys.UnraisableHookArgs) -> None:
        if not isinstance(raised.exc_value, UnicodeDecodeError):
            said(raised)

    sys.unraisablehook = hook
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            yield
    finally:
        sys.unraisablehook = said


def open_raster(path: Path, kind: Kind, name: str = "") -> Tile:
    """Check a file's coordinate system and units, and find where it lies.

    Raises
    ------
    SourceError
        When it cannot be read, has no coordinate system, or is declared in another unit.
    """
    import rasterio  # noqa: PLC0415 - slow to import
    from pyproj.exceptions import ProjError  # noqa: PLC0415
    from rasterio.errors import RasterioError  # noqa: PLC0415

    name = name or path.name
    address = f"/vsigzip/{path}" if path.suffix == ".gz" else str(path)
    try:
        with quietly(), rasterio.open(address) as file:
            check_unit(file.units[0] or "", name, kind)
            placer, assumed = Placer.of(file, name)
            if kind != "signal":
                check_vertical_unit(placer.vertical_unit, name)
            if not (placer.cell_m > 0 and all(math.isfinite(b) for b in placer.bounds)):
                problem = "the raster does not say where it lies"
                raise SourceError(Fault(name, problem, "save it again with its position"))
            return Tile(path, address, placer, placer.cell_m, placer.bounds, assumed)
    except (RasterioError, OSError, ValueError, ProjError) as error:
        raise SourceError(
            Fault(name, f"the raster cannot be read ({error})", "download it again")
        ) from error


def _lay(tile: Tile, grid: Raster, kind: Kind) -> None:
    """Fill the cells that are still empty from one tile."""
    import rasterio  # noqa: PLC0415
    from rasterio.windows import Window  # noqa: PLC0415

    rows, columns = grid.values.shape
    size = grid.cell_size_m
    first_row = max(0, math.floor((grid.northing_max - tile.bounds[3]) / size))
    last_row = min(rows, math.ceil((grid.northing_max - tile.bounds[1]) / size))
    first = max(0, math.floor((tile.bounds[0] - grid.easting_min) / size))
    last = min(columns, math.ceil((tile.bounds[2] - grid.easting_min) / size))
    if first_row >= last_row or first >= last:
        return
    east, north = grid.centres()
    if _same_cells(tile, grid):
        column = round((grid.easting_min - tile.placer.affine.c) / size)
        row = round((tile.placer.affine.f - grid.northing_max) / size)
        window = Window(column + first, row + first_row, last - first, last_row - first_row)
        with quietly(), rasterio.open(tile.address) as file:
            _fill(grid.values[first_row:last_row, first:last], _read(file, window, tile, kind))
        return
    shrink = 1 if kind == "signal" else max(1, round(size / tile.cell_m))
    step = max(1, CELLS_AT_ONCE // ((last - first) * shrink**2))
    with quietly(), rasterio.open(tile.address) as file:
        for top in range(first_row, last_row, step):
            bottom = min(top + step, last_row)
            x, y = np.meshgrid(east[first:last], north[top:bottom])
            column, row = tile.placer.pixel(x.ravel(), y.ravel())
            span = _window(column, row, file.width, file.height, shrink)
            if span is None:
                continue
            c0, r0, c1, r1 = span
            window = Window(c0, r0, c1 - c0, r1 - r0)
            values = _means(_read(file, window, tile, kind), shrink)
            at = ((column - c0) / shrink, (row - r0) / shrink)
            found = _nearest(values, *at) if kind == "signal" else bilinear(values, *at)
            target = grid.values[top:bottom, first:last]
            _fill(target, found.reshape(target.shape))


def _same_cells(tile: Tile, grid: Raster) -> bool:
    """Whether a tile's cells are cells of the grid, so that they need only be copied."""
    a, size = tile.placer.affine, grid.cell_size_m
    if tile.placer.route != "grid" or (a.b, a.d) != (0.0, 0.0) or (a.a, a.e) != (size, -size):
        return False
    across, down = (a.c - grid.easting_min) / size, (a.f - grid.northing_max) / size
    return bool(abs(across - round(across)) < 1e-6 and abs(down - round(down)) < 1e-6)


def _read(file: Any, window: Any, tile: Tile, kind: Kind) -> Floats:
    """Return a part of a tile in its unit, NaN where it has no data."""
    read = file.read(1, window=window, masked=True)
    values = read.astype(np.float64).filled(np.nan)
    if (file.scales[0], file.offsets[0]) != (1.0, 0.0):
        values = values * file.scales[0] + file.offsets[0]
    check_values(values, tile.path.name, kind)
    return np.asarray(values)


def _fill(target: NDArray[np.float32], found: Floats) -> None:
    """Write values where the target has none yet."""
    empty = np.isnan(target)
    target[empty] = found[empty]


def _means(values: NDArray[Any], block: int) -> NDArray[Any]:
    """Return the means of square blocks, of the cells that have data."""
    if block == 1:
        return values
    rows, columns = (math.ceil(n / block) for n in values.shape)
    padded = np.full((rows * block, columns * block), np.nan)
    padded[: values.shape[0], : values.shape[1]] = values
    cut = padded.reshape(rows, block, columns, block)
    held = np.isfinite(cut)
    count = held.sum(axis=(1, 3))
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.where(held, cut, 0.0).sum(axis=(1, 3)) / np.where(count, count, np.nan)
        )


def _nearest(values: NDArray[Any], x: Floats, y: Floats) -> Floats:
    rows, columns = values.shape
    with np.errstate(invalid="ignore"):
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    result = np.full(x.shape, np.nan)
    result[inside] = values[y[inside].astype(np.int64), x[inside].astype(np.int64)]
    return result


def _window(
    column: Floats, row: Floats, width: int, height: int, shrink: int
) -> tuple[int, int, int, int] | None:
    """Return the pixels needed, with a margin, on multiples of `shrink`; None where there are none."""
    with np.errstate(invalid="ignore"):
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    if not inside.any():
        return None
    margin = 2 * shrink
    c0 = max(0, int((column[inside].min() - margin) // shrink) * shrink)
    r0 = max(0, int((row[inside].min() - margin) // shrink) * shrink)
    return (
        c0,
        r0,
        min(width, math.ceil(column[inside].max()) + margin),
        min(height, math.ceil(row[inside].max()) + margin),
    )


def from_terrain(terrain: Terrain, bounds: Bounds, cell_size_m: float) -> Raster:
    """Return the study's terrain tiles on cells of a chosen size, read between their centres."""
    left, bottom, right, top = bounds
    west, north = (
        math.floor(left / cell_size_m) * cell_size_m,
        math.ceil(top / cell_size_m) * cell_size_m,
    )
    shape = (math.ceil((north - bottom) / cell_size_m), math.ceil((right - west) / cell_size_m))
    grid = Raster(np.full(shape, np.nan, dtype=np.float32), west, north, cell_size_m)
    east, north_of = grid.centres()
    x, y = np.meshgrid(east, north_of)
    grid.values[...] = terrain.sample(x.ravel(), y.ravel()).reshape(shape)
    share = grid.missing_pct
    notes = (f"{share:.1f} % of the area has no terrain data",) if share > 0 else ()
    return Raster(grid.values, west, north, cell_size_m, notes)
