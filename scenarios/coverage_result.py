"""What a run of coverage gives: cells with signal, probability, best server and what is not known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, StudyError
from layers.raster_checks import check_heights_agree
from layers.rasters import Bounds, Raster
from scenarios.coverage_kernels import MODELLED, NO_HEIGHT, NO_MAST
from scenarios.transmitters import CASES, LABEL

__all__ = [
    "COVERED_AT", "MODELLED", "NO_HEIGHT", "NO_MAST", "SITE_SPECIFIC", "STATISTICAL", "Coverage",
    "Relief", "best_of", "blank_cells", "open_cells",
]  # fmt: skip

Floats = NDArray[np.float64]
STATISTICAL: Literal["statistical"] = "statistical"
SITE_SPECIFIC: Literal["site-specific"] = "site-specific"
COVERED_AT = 0.9  # probability at which a place counts as covered: z = 1.2816 at the edge
BUILT_M = 2.0
OPEN_WITHIN_M = 50.0


@dataclass(frozen=True)
class Relief:
    """Heights on one grid of cells: bare earth, and the surface with buildings where it is known."""

    ground: Raster
    surface: Raster | None = None

    def __post_init__(self) -> None:
        if self.surface is None:
            return
        if (
            self.surface.bounds != self.ground.bounds
            or self.surface.values.shape != self.ground.values.shape
        ):
            raise ValueError("terrain and surface must be on the same cells")
        check_heights_agree(self.ground, self.surface)

    @property
    def tops(self) -> NDArray[np.float32]:
        """Heights that stand in the way: the surface, and the ground where none is known."""
        if self.surface is None:
            return self.ground.values
        held = np.isnan(self.surface.values)
        return np.where(held, self.ground.values, self.surface.values).astype(np.float32)

    @property
    def built(self) -> NDArray[np.bool_]:
        """Cells where something stands over a receiver's head, such as a building."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.tops - self.ground.values > BUILT_M)


@dataclass(frozen=True)
class Coverage:
    """What masts give each cell.

    Attributes
    ----------
    cells
        The grid; its values mean nothing here.
    rsrp_dbm, probability
        Shape (3, rows, columns) for low, default and high; NaN where nothing was modelled.
    server
        Position of the best mast in the default case, -1 where there is none.
    masts
        How many masts there were.
    state
        `MODELLED`, `NO_MAST` (beyond the model's reach of every mast) or `NO_HEIGHT`.
    """

    chain: str
    method: str
    cells: Raster
    rsrp_dbm: NDArray[np.float32]
    probability: NDArray[np.float32]
    server: NDArray[np.int32]
    state: NDArray[np.uint8]
    masts: int
    built: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()
    label: str = LABEL

    def raster(self, case: str = "default", what: str = "rsrp_dbm") -> Raster:
        """Return `rsrp_dbm` or `probability` of a case as a raster, to be written as GeoTIFF."""
        values: NDArray[np.float32] = getattr(self, what)[CASES.index(case)]
        return replace(self.cells.like(values), notes=(self.label, self.method, *self.notes))

    def shares(self, covered_at: float = COVERED_AT) -> dict[str, float]:
        """Return percentages of the area: covered (low, default, high), no mast, no height.

        Cells without a height are unknown: they count as not covered in `low`, as covered in `high`,
        and not at all in `default`. None of the numbers is ever NaN.
        """
        known = self.state != NO_HEIGHT
        with np.errstate(invalid="ignore"):
            hit = [((p >= covered_at) & known) for p in self.probability]
        every, seen = self.state.size, max(int(known.sum()), 1)
        unknown = every - int(known.sum())
        low, high = 100 * hit[0].sum() / every, 100 * (hit[2].sum() + unknown) / every
        default = min(max(100 * hit[1].sum() / seen, low), high)
        return {
            "covered_low_pct": float(low),
            "covered_pct": float(default),
            "covered_high_pct": float(high),
            "no_mast_pct": float(100 * (self.state == NO_MAST).sum() / every),
            "no_height_pct": float(100 * unknown / every),
        }

    def at(
        self, easting: Floats, northing: Floats
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return probability (3, points) and state outdoors at positions.

        A position on a building takes the nearest open cell within 50 m. Off the cells: `NO_HEIGHT`,
        as nothing is known there. Beyond the reach of every mast the probability is nil.
        """
        row, column, inside = self.cells.cells_of(easting, northing)
        if self.built is not None:
            row, column = open_cells(self.built, self.cells.cell_size_m, row, column)
        state = np.where(inside, self.state[row, column], NO_HEIGHT).astype(np.uint8)
        found = np.where(state == MODELLED, self.probability[:, row, column], np.float32(0.0))
        found[:, state == NO_HEIGHT] = np.nan
        return found.astype(np.float32), state


def open_cells(
    built: NDArray[np.bool_], cell_m: float, row: NDArray[np.int64], column: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the nearest cell without a building, where one is within 50 m; else the cell itself."""
    if not built.any() or built.all():
        return row, column
    from scipy import ndimage  # noqa: PLC0415 - only where there are buildings

    away, (r, c) = ndimage.distance_transform_edt(built, return_indices=True)
    near = away[row, column] * cell_m <= OPEN_WITHIN_M
    return (
        np.where(near, r[row, column], row).astype(np.int64),
        np.where(near, c[row, column], column).astype(np.int64),
    )


def blank_cells(bounds: Bounds, cell_size_m: float) -> Raster:
    """Return a grid of cells without values over an area, for the statistical chain."""
    left, bottom, right, top = bounds
    west = np.floor(left / cell_size_m) * cell_size_m
    north = np.ceil(top / cell_size_m) * cell_size_m
    shape = (
        int(np.ceil((north - bottom) / cell_size_m)),
        int(np.ceil((right - west) / cell_size_m)),
    )
    return Raster(np.zeros(shape, dtype=np.float32), float(west), float(north), cell_size_m)


def best_of(first: Coverage, *others: Coverage) -> Coverage:
    """Return the best that several carriers or sets of masts give, all by one chain on one grid.

    Raises
    ------
    StudyError
        When the chains differ: the two are never mixed.
    """
    best = first
    for other in others:
        if other.chain != best.chain:
            problem = f"a {best.chain} and a {other.chain} result would be mixed"
            raise StudyError(Fault("coverage", problem, "run all carriers by one chain"))
        if other.cells.bounds != best.cells.bounds:
            raise ValueError("the results are not on the same cells")
        better = np.nan_to_num(other.rsrp_dbm[1], nan=-np.inf) > np.nan_to_num(
            best.rsrp_dbm[1], nan=-np.inf
        )
        best = replace(
            best,
            rsrp_dbm=np.fmax(best.rsrp_dbm, other.rsrp_dbm),
            probability=np.fmax(best.probability, other.probability),
            server=np.where(better, other.server + best.masts, best.server).astype(np.int32),
            state=np.minimum(best.state, other.state),
            masts=best.masts + other.masts,
            method=best.method if other.method == best.method else f"{best.method}; {other.method}",
            notes=tuple(dict.fromkeys((*best.notes, *other.notes))),
        )
    return best
