"""The inner loops of coverage, compiled: cells against masts, and masts against points.

Two chains, never mixed: `statistical` (TR 38.901, which holds clutter in its NLOS losses) and
`site-specific` (free space, Bullington over a profile, end clutter where the profile has none).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from layers.compiled import compiled
from scenarios.radio_kernels import (
    mixed_probability,
    sight_probability,
    sigma_db,
    site_loss_db,
    two_losses_db,
)

__all__ = [
    "end_clutter_db",
    "ray_is_clear",
    "site_pairs",
    "site_rows",
    "statistical_pairs",
    "statistical_rows",
]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
HIDDEN, VISIBLE = 0, 1
MODELLED, NO_MAST, NO_HEIGHT = 0, 1, 2
HALF = 0.5 + 1e-9
NEAREST_CLUTTER_KM, FARTHEST_CLUTTER_KM = 0.25, 2.0


@compiled
def end_clutter_db(f: float, distance_km: float) -> tuple[float, float]:
    """Return median and spread of P.2108 section 3.2 at one end; below 250 m those of 250 m."""
    d = min(max(distance_km, NEAREST_CLUTTER_KM), FARTHEST_CLUTTER_KM)
    low = -2.0 * math.log10(10.0 ** (-5.0 * math.log10(f) - 12.5) + 10.0**-16.5)
    street = 32.98 + 23.9 * math.log10(d) + 3.0 * math.log10(f)
    a, b = 10.0 ** (-0.2 * low), 10.0 ** (-0.2 * street)
    return -5.0 * math.log10(a + b), math.sqrt((16.0 * a + 36.0 * b) / (a + b))


@compiled
def ray_is_clear(
    heights: Singles, row0: int, col0: int, row1: int, col1: int, from_m: float, to_m: float,
    drop: float,
) -> bool:  # fmt: skip
    """Whether nothing between two cells stands over the straight ray between two antennas.

    `drop` is metres that a cell falls under the horizon per squared cell of distance.
    """
    n = max(abs(row1 - row0), abs(col1 - col0))
    if n < 2:
        return True
    length2 = float((row1 - row0) ** 2 + (col1 - col0) ** 2)
    end = to_m - drop * length2
    for i in range(1, n):
        t = i / n
        h = heights[int(row0 + t * (row1 - row0) + HALF), int(col0 + t * (col1 - col0) + HALF)]
        if h - drop * length2 * t * t > from_m + (end - from_m) * t:
            return False
    return True


@compiled
def _by_sight(window: NDArray[np.uint8], y: int, x: int, otherwise: float) -> float:
    """Return 1 or 0 where sight is known, and a probability elsewhere."""
    if y < 0 or x < 0 or y >= window.shape[0] or x >= window.shape[1]:
        return otherwise
    if window[y, x] == VISIBLE:
        return 1.0
    return 0.0 if window[y, x] == HIDDEN else otherwise


@compiled
def statistical_rows(
    low: int, high: int, model: int, f: float, ut: float, east: Floats, north: Floats, mast_x: Floats,
    mast_y: Floats, mast_h: Floats, mast_row: Ints, mast_col: Ints, window: NDArray[np.uint8],
    radius_m: float, first: int, most_db: Floats, loss: Singles, server: NDArray[np.int32],
    probability: Singles,
) -> None:  # fmt: skip
    """Bring some masts into some rows of cells: least expected loss, its mast, best probability.

    `window` holds what each mast sees around its own cell (see `line_of_sight`), or is empty where
    line of sight is left to its probability.
    """
    sighted = window.shape[0] > 0
    reach = (window.shape[1] - 1) // 2
    for r in range(low, high):
        for m in range(mast_x.size):
            dy = north[r] - mast_y[m]
            if abs(dy) > radius_m:
                continue
            half = math.sqrt(radius_m * radius_m - dy * dy)
            left = np.searchsorted(east, mast_x[m] - half)
            right = np.searchsorted(east, mast_x[m] + half, side="right")
            for c in range(left, right):
                dx = east[c] - mast_x[m]
                d = math.sqrt(dx * dx + dy * dy)
                los, nlos = two_losses_db(model, d, f, mast_h[m], ut)
                if math.isnan(nlos):
                    continue
                p = sight_probability(model, d, ut)
                if sighted and mast_row[m] >= 0:
                    p = _by_sight(window[m], r - mast_row[m] + reach, c - mast_col[m] + reach, p)
                mean = p * los + (1.0 - p) * nlos
                if not mean >= loss[r, c]:
                    loss[r, c] = mean
                    server[r, c] = first + m
                s_los, s_nlos = sigma_db(model, d, f, mast_h[m], ut)
                for k in range(most_db.size):
                    chance = mixed_probability(most_db[k], p, los, nlos, s_los, s_nlos)
                    probability[k, r, c] = max(probability[k, r, c], chance)


@compiled
def site_rows(
    low: int, high: int, f: float, heights: Singles, ground: Singles, cell_m: float, step_m: float,
    ut: float, mast_row: Ints, mast_col: Ints, antenna_m: Floats, radius_m: float, end_clutter: bool,
    spread_db: float, most_db: Floats, loss: Singles, server: NDArray[np.int32],
    probability: Singles, missing: NDArray[np.int32],
) -> None:  # fmt: skip
    """Bring masts into some rows of cells by free space, Bullington and, if asked, end clutter."""
    radius = radius_m / cell_m
    for r in range(low, high):
        for m in range(mast_row.size):
            dy = float(r - mast_row[m])
            if abs(dy) > radius:
                continue
            half = int(math.sqrt(radius * radius - dy * dy))
            for c in range(
                max(0, mast_col[m] - half), min(ground.shape[1], mast_col[m] + half + 1)
            ):
                foot = ground[r, c]
                if math.isnan(foot):
                    continue
                db, gaps = site_loss_db(
                    heights, mast_row[m], mast_col[m], r, c, antenna_m[m], foot + ut, cell_m, step_m, f
                )  # fmt: skip
                s = spread_db
                if end_clutter:
                    d_km = math.sqrt(dy * dy + float(c - mast_col[m]) ** 2) * cell_m / 1000.0
                    extra, s = end_clutter_db(f, d_km)
                    db += extra
                if not db >= loss[r, c]:
                    loss[r, c] = db
                    server[r, c] = m
                    missing[r, c] = gaps
                for k in range(most_db.size):
                    chance = mixed_probability(most_db[k], 1.0, db, db, s, s)
                    probability[k, r, c] = max(probability[k, r, c], chance)


@compiled
def statistical_pairs(
    model: int, f: float, ut: float, mast: Ints, point: Ints, distance_m: Floats, mast_h: Floats,
    heights: Singles, ground: Singles, mast_row: Ints, mast_col: Ints, row: Ints, col: Ints,
    drop: float, most_db: Floats,
) -> Singles:  # fmt: skip
    """Return the probability of coverage of pairs; with heights, line of sight is decided by a ray."""
    out = np.empty((most_db.size, mast.size), dtype=np.float32)
    for i in range(mast.size):
        m, q = mast[i], point[i]
        los, nlos = two_losses_db(model, distance_m[i], f, mast_h[m], ut)
        p = sight_probability(model, distance_m[i], ut)
        if heights.shape[0] > 0 and mast_row[m] >= 0 and row[q] >= 0:
            a = ground[mast_row[m], mast_col[m]] + mast_h[m]
            b = ground[row[q], col[q]] + ut
            if not (math.isnan(a) or math.isnan(b)):
                clear = b >= heights[row[q], col[q]] and ray_is_clear(
                    heights, mast_row[m], mast_col[m], row[q], col[q], a, b, drop
                )
                p = 1.0 if clear else 0.0
        s_los, s_nlos = sigma_db(model, distance_m[i], f, mast_h[m], ut)
        for k in range(most_db.size):
            if math.isnan(nlos):
                out[k, i] = 0.0
            else:
                out[k, i] = mixed_probability(most_db[k], p, los, nlos, s_los, s_nlos)
    return out


@compiled
def site_pairs(
    f: float, heights: Singles, ground: Singles, cell_m: float, step_m: float, ut: float, mast: Ints,
    point: Ints, mast_row: Ints, mast_col: Ints, antenna_m: Floats, row: Ints, col: Ints,
    end_clutter: bool, spread_db: float, most_db: Floats,
) -> Singles:  # fmt: skip
    """Return the probability of coverage of pairs, site-specific; NaN where an end has no height."""
    out = np.full((most_db.size, mast.size), np.nan, dtype=np.float32)
    for i in range(mast.size):
        m, q = mast[i], point[i]
        if mast_row[m] < 0 or row[q] < 0 or math.isnan(antenna_m[m]):
            continue
        foot = ground[row[q], col[q]]
        if math.isnan(foot):
            continue
        db, _ = site_loss_db(
            heights, mast_row[m], mast_col[m], row[q], col[q], antenna_m[m], foot + ut, cell_m, step_m, f
        )  # fmt: skip
        s = spread_db
        if end_clutter:
            away = math.sqrt(float((row[q] - mast_row[m]) ** 2 + (col[q] - mast_col[m]) ** 2))
            extra, s = end_clutter_db(f, away * cell_m / 1000.0)
            db += extra
        for k in range(most_db.size):
            out[k, i] = mixed_probability(most_db[k], 1.0, db, db, s, s)
    return out
