"""Coverage of cells from masts, by one of two chains that are never mixed.

`statistical` is TR 38.901: its losses without line of sight hold clutter already. Line of sight is
left to its probability or, given a surface, decided by rays over it. `site-specific` is free space
and Bullington's construction over the profile, clutter heights included where a surface is given;
only without a surface is P.2108 added at the receiver's end. Which chain made a result is part of it.

A cell takes its best server: signal strength and probability of coverage are each the best any
mast gives, so that adding a mast never lowers either. Every number is modelled and indicative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.compiled import in_chunks
from layers.errors import Fault, StudyError
from layers.rasters import Raster
from scenarios.coverage_kernels import site_rows, statistical_rows
from scenarios.coverage_result import (
    MODELLED,
    NO_HEIGHT,
    NO_MAST,
    SITE_SPECIFIC,
    STATISTICAL,
    Coverage,
    Relief,
)
from scenarios.line_of_sight import line_of_sight
from scenarios.radio_kernels import ENVIRONMENTS
from scenarios.transmitters import CASES, Carrier, Masts

__all__ = [
    "check_end_clutter", "check_radius", "heights_to_run", "location_spread_db", "profile_step_m", "site_method",
    "site_specific", "statistical",
]  # fmt: skip

Floats = NDArray[np.float64]
FARTHEST_M = 5_000.0
PROFILE_STEP_M = 50.0
ROWS_AT_ONCE = 16
WINDOWS_MIB = 128


def heights_to_run(masts: Masts) -> tuple[int, ...]:
    """Return which of low, default and high antenna heights to run, the default first.

    Where every height is known one run does, as the cases then differ in power only.
    """
    return (1, 0, 2) if masts.assumed.any() else (1,)


@dataclass
class _Run:
    """Grids that kernels fill, for one set of antenna heights and all three powers."""

    loss: NDArray[np.float32]
    probability: NDArray[np.float32]  # (3, rows, columns)
    server: NDArray[np.int32]
    missing: NDArray[np.int32]

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> _Run:
        return cls(
            np.full(shape, np.nan, dtype=np.float32),
            np.zeros((len(CASES), *shape), dtype=np.float32),
            np.full(shape, -1, dtype=np.int32),
            np.zeros(shape, dtype=np.int32),
        )


def statistical(
    masts: Masts,
    carrier: Carrier,
    cells: Raster,
    *,
    radius_m: float = FARTHEST_M,
    relief: Relief | None = None,
) -> Coverage:
    """Return coverage by TR 38.901 in the carrier's environment.

    Parameters
    ----------
    cells
        The grid; `blank_cells` makes one. With `relief` it must be that of the heights.
    radius_m
        How far from a mast to look; at most the 5 km for which the model is valid.
    relief
        Heights by which line of sight is decided, ray by ray; without, its probability is used.

    Raises
    ------
    StudyError
        When the radius exceeds the model's validity.
    """
    check_radius(radius_m)
    if relief is not None and relief.ground.bounds != cells.bounds:
        raise ValueError("the cells must be those of the heights")
    runs = []
    east, north = cells.centres()
    model = ENVIRONMENTS[carrier.environment]
    notes = [*masts.notes, *carrier.notes]
    reach = 0 if relief is None else int(radius_m / cells.cell_size_m)
    at_once = len(masts) if relief is None else max(1, WINDOWS_MIB * 2**20 // (2 * reach + 1) ** 2)
    unknown = 0
    for height in heights_to_run(masts):
        out = _Run.empty(cells.values.shape)
        runs.append(out)
        for first in range(0, len(masts), max(at_once, 1)):
            some = slice(first, first + at_once)
            x, y, h = masts.easting[some], masts.northing[some], masts.height_m[some, height]
            window = np.zeros((0, 1, 1), dtype=np.uint8)
            at_row = at_col = np.full(len(x), -1, dtype=np.int64)
            if relief is not None:
                lines = line_of_sight(
                    _tops(relief), x, y, h, radius_m=radius_m, receiver_m=carrier.receiver_m,
                    ground=relief.ground,
                )  # fmt: skip
                window, at_row, at_col = lines.window, lines.row, lines.column
                blind = lines.flags == "no height at its place"
                unknown += int(blind.sum()) if height == 1 else 0
            _by_rows(
                statistical_rows, len(north), model, carrier.frequency_ghz, carrier.receiver_m, east,
                north, x, y, h, at_row, at_col, window, radius_m, first, carrier.most_loss_db,
                out.loss, out.server, out.probability,
            )  # fmt: skip
    how = "its probability" if relief is None else "rays over the surface"
    if unknown:
        notes.append(
            f"{unknown:,} masts stand where no height is known: their line of sight is left to its probability"
        )
    method = f"statistical chain: 3GPP TR 38.901 {carrier.environment}, line of sight by {how}"
    built = relief.built if relief is not None and relief.surface is not None else None
    return _finished(STATISTICAL, method, cells, masts, carrier, runs, None, built, notes)


def _by_rows(kernel: Callable[..., None], count: int, *arguments: Any) -> None:
    """Run a kernel over blocks of rows, which no two runs share."""
    in_chunks(lambda i, j: kernel(i, j, *arguments), count, ROWS_AT_ONCE)


def _tops(relief: Relief) -> Raster:
    return relief.ground.like(relief.tops)


def check_radius(radius_m: float) -> None:
    """Refuse a radius beyond the validity of the models."""
    if not 0 < radius_m <= FARTHEST_M:
        problem = f"a radius of {radius_m:,.0f} m is beyond the {FARTHEST_M:,.0f} m for which the models are valid"
        raise StudyError(Fault("coverage radius", problem, f"use at most {FARTHEST_M:,.0f} m"))


def location_spread_db(frequency_ghz: float) -> float:
    """Return the spread of signal among places alike, low antennas in towns (ITU-R P.1546-6, 12)."""
    return float(1.2 + 1.3 * np.log10(frequency_ghz * 1000))


def site_specific(
    masts: Masts,
    carrier: Carrier,
    relief: Relief,
    *,
    radius_m: float = FARTHEST_M,
    step_m: float | None = None,
) -> Coverage:
    """Return coverage by free space, Bullington over each profile and, without a surface, P.2108.

    Parameters
    ----------
    relief
        Heights on the cells that coverage is wanted for, and around the masts that serve them.
    step_m
        Largest step of a profile; when not given the surface's cells, or 50 m over bare earth.

    Raises
    ------
    StudyError
        When the radius is beyond 5 km, or P.2108 is needed outside 0.5 to 67 GHz.

    Notes
    -----
    Masts off the heights are left out and counted in the notes.
    """
    check_radius(radius_m)
    check_end_clutter(relief, carrier)
    ground, tops = relief.ground, relief.tops
    row, column, inside = ground.cells_of(masts.easting, masts.northing)
    foot = np.where(inside, ground.values[row, column], np.nan)
    usable = np.flatnonzero(~np.isnan(foot))
    notes = [*masts.notes, *carrier.notes]
    if len(usable) < len(masts):
        notes.append(
            f"{len(masts) - len(usable):,} of {len(masts):,} masts stand where no height is known and are left out"
        )
    runs = []
    step = step_m or profile_step_m(relief)
    spread = location_spread_db(carrier.frequency_ghz)
    for height in heights_to_run(masts):
        out = _Run.empty(ground.values.shape)
        runs.append(out)
        antenna = (foot + masts.height_m[:, height])[usable]
        _by_rows(
            site_rows, len(tops), carrier.frequency_ghz, tops, ground.values, ground.cell_size_m, step,
            carrier.receiver_m, row[usable], column[usable], antenna, radius_m,
            relief.surface is None, spread, carrier.most_loss_db, out.loss, out.server,
            out.probability, out.missing,
        )  # fmt: skip
    first = runs[0]
    found = first.server >= 0
    first.server[found] = usable[first.server[found]]
    gaps = 100 * float(((first.missing > 0) & found).sum()) / max(int(found.sum()), 1)
    if gaps > 0:
        notes.append(f"{gaps:.1f} % of the cells are seen over a profile with heights missing")
    unknown = np.isnan(ground.values)
    built = relief.built if relief.surface is not None else None
    return _finished(
        SITE_SPECIFIC, site_method(relief), ground, masts, carrier, runs, unknown, built, notes
    )


def check_end_clutter(relief: Relief, carrier: Carrier) -> None:
    """Refuse a carrier that P.2108 would be needed for and is not valid for."""
    if relief.surface is None and not 0.5 <= carrier.frequency_ghz <= 67:
        problem = f"{carrier.frequency_ghz:g} GHz is outside 0.5 to 67 GHz, where P.2108 is valid"
        raise StudyError(Fault("radio model", problem, "give a surface raster, or another carrier"))


def profile_step_m(relief: Relief) -> float:
    """Return the step of a profile: each cell of a surface, or 50 m over bare earth."""
    return (
        min(PROFILE_STEP_M, relief.ground.cell_size_m)
        if relief.surface is not None
        else PROFILE_STEP_M
    )


def site_method(relief: Relief) -> str:
    """Return what the site-specific chain is made of."""
    clutter = (
        "over the surface"
        if relief.surface is not None
        else "over bare earth, P.2108 at the receiver (its loss at 250 m within 250 m)"
    )
    return f"site-specific chain: free space and ITU-R P.526 Bullington {clutter}"


def _finished(
    chain: str,
    method: str,
    cells: Raster,
    masts: Masts,
    carrier: Carrier,
    runs: list[_Run],
    unknown: NDArray[np.bool_] | None,
    built: NDArray[np.bool_] | None,
    notes: list[str],
) -> Coverage:
    state = np.where(runs[0].server >= 0, MODELLED, NO_MAST).astype(np.uint8)
    if unknown is not None:
        state[unknown] = NO_HEIGHT
    if unknown is not None and unknown.any():
        share = 100 * unknown.mean()
        notes = [*notes, f"{share:.1f} % of the area has no heights: coverage there is unknown"]
    element = np.asarray(carrier.element_dbm, dtype=np.float32)
    # the worst height at the lowest power, and the best height at the highest: a lower mast need not
    # be the worse one, so the heights do not follow the powers
    most_loss = np.maximum.reduce([r.loss for r in runs])
    least_loss = np.minimum.reduce([r.loss for r in runs])
    rsrp = np.stack([element[0] - most_loss, element[1] - runs[0].loss, element[2] - least_loss])
    chance = np.stack(
        [
            np.minimum.reduce([r.probability[0] for r in runs]),
            runs[0].probability[1],
            np.maximum.reduce([r.probability[2] for r in runs]),
        ]
    )
    nothing = state != MODELLED
    rsrp[:, nothing] = np.nan
    chance[:, nothing] = np.nan
    return Coverage(
        chain=chain,
        method=method,
        cells=cells,
        rsrp_dbm=rsrp,
        probability=chance,
        server=np.where(nothing, -1, runs[0].server).astype(np.int32),
        state=state,
        masts=len(masts),
        built=built,
        notes=tuple(notes),
    )
