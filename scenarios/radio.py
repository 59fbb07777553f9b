"""Path loss of 3GPP TR 38.901: UMa, UMi street canyon and RMa, LOS probability, walls.

Pure functions on arrays. Distances in metres, carrier frequency in GHz (Hz only inside breakpoints),
loss in dB. NLOS losses already hold clutter: never add P.2108 or diffraction to them. Below 10 m the
distance is clamped to 10 m; beyond a model's range the loss is NaN. Table 7.4.1-1 (path loss),
7.4.2-1 (LOS probability), 7.4.3-1 and 7.4.3-2 (walls); worked examples R01 to R07 and R14.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SIGMA_DB",
    "building_entry_loss_db",
    "distance_3d_m",
    "los_probability_rma",
    "los_probability_uma",
    "los_probability_umi",
    "rma_breakpoint_m",
    "rma_los_db",
    "rma_nlos_db",
    "uma_breakpoint_m",
    "uma_los_db",
    "uma_nlos_db",
    "umi_los_db",
    "umi_nlos_db",
]

Floats = NDArray[np.float64]
LIGHT_M_PER_S = 3.0e8
NEAREST_M, FARTHEST_M, FARTHEST_RMA_LOS_M = 10.0, 5_000.0, 10_000.0
ENVIRONMENT_HEIGHT_M = 1.0  # hE, fixed at 1 m for deterministic planning and receivers below 13 m

# Standard deviation of shadowing in dB.
SIGMA_DB = {
    "uma_los": 4.0,
    "uma_nlos": 6.0,
    "umi_los": 4.0,
    "umi_nlos": 7.82,
    "rma_los_near": 4.0,
    "rma_los_far": 6.0,
    "rma_nlos": 8.0,
    "wall_low": 4.4,
    "wall_high": 6.5,
}


def _clamped(distance_2d_m: ArrayLike, farthest_m: float) -> Floats:
    d = np.asarray(distance_2d_m, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(d > farthest_m, np.nan, np.maximum(d, NEAREST_M))


def _valid(
    frequency_ghz: ArrayLike, height_ut_m: ArrayLike, top_ghz: float, low_m: float, high_m: float
) -> Floats:
    """Return 1 within the model's frequency and receiver height, NaN outside."""
    f, h = np.asarray(frequency_ghz, float), np.asarray(height_ut_m, float)
    inside = (f >= 0.5) & (f <= top_ghz) & (h >= low_m) & (h <= high_m)
    return np.where(inside, 1.0, np.nan)


def distance_3d_m(
    distance_2d_m: ArrayLike, height_bs_m: ArrayLike, height_ut_m: ArrayLike
) -> Floats:
    """Return slant distance from distance on the ground and the two heights."""
    rise = np.asarray(height_bs_m, float) - np.asarray(height_ut_m, float)
    return np.asarray(np.hypot(np.asarray(distance_2d_m, float), rise))


def uma_breakpoint_m(
    frequency_ghz: ArrayLike, height_bs_m: ArrayLike, height_ut_m: ArrayLike
) -> Floats:
    """Return the breakpoint distance of UMa and UMi, with effective environment height 1 m."""
    bs = np.asarray(height_bs_m, float) - ENVIRONMENT_HEIGHT_M
    ut = np.asarray(height_ut_m, float) - ENVIRONMENT_HEIGHT_M
    return np.asarray(4 * bs * ut * np.asarray(frequency_ghz, float) * 1e9 / LIGHT_M_PER_S)


def _two_slope_db(
    distance_2d_m: ArrayLike,
    frequency_ghz: ArrayLike,
    height_bs_m: ArrayLike,
    height_ut_m: ArrayLike,
    *,
    intercept: float,
    slope: float,
    far: float,
) -> Floats:
    """Return LOS loss: one slope to the breakpoint, 40 dB per decade beyond it."""
    d2 = _clamped(distance_2d_m, FARTHEST_M)
    d3 = distance_3d_m(d2, height_bs_m, height_ut_m)
    turn = uma_breakpoint_m(frequency_ghz, height_bs_m, height_ut_m)
    rise = np.asarray(height_bs_m, float) - np.asarray(height_ut_m, float)
    carrier = 20 * np.log10(np.asarray(frequency_ghz, float))
    near_db = intercept + slope * np.log10(d3) + carrier
    far_db = intercept + 40 * np.log10(d3) + carrier - far * np.log10(turn**2 + rise**2)
    loss = np.where(d2 <= turn, near_db, far_db)
    return np.asarray(loss * _valid(frequency_ghz, height_ut_m, 100, 1.5, 22.5))


def uma_los_db(
    distance_2d_m: ArrayLike,
    frequency_ghz: ArrayLike,
    height_bs_m: ArrayLike = 25.0,
    height_ut_m: ArrayLike = 1.5,
) -> Floats:
    """Return urban macro loss with line of sight (10 m to 5 km, 0.5 to 100 GHz)."""
    return _two_slope_db(
        distance_2d_m, frequency_ghz, height_bs_m, height_ut_m, intercept=28.0, slope=22.0, far=9.0
    )


def uma_nlos_db(
    distance_2d_m: ArrayLike,
    frequency_ghz: ArrayLike,
    height_bs_m: ArrayLike = 25.0,
    height_ut_m: ArrayLike = 1.5,
) -> Floats:
    """Return urban macro loss without line of sight, never below the loss with it."""
    d3 = distance_3d_m(_clamped(distance_2d_m, FARTHEST_M), height_bs_m, height_ut_m)
    loss = (
        13.54
        + 39.08 * np.log10(d3)
        + 20 * np.log10(np.asarray(frequency_ghz, float))
        - 0.6 * (np.asarray(height_ut_m, float) - 1.5)
    )
    return np.asarray(
        np.maximum(uma_los_db(distance_2d_m, frequency_ghz, height_bs_m, height_ut_m), loss)
    )


def umi_los_db(
    distance_2d_m: ArrayLike,
    frequency_ghz: ArrayLike,
    height_bs_m: ArrayLike = 10.0,
    height_ut_m: ArrayLike = 1.5,
) -> Floats:
    """Return street canyon loss with line of sight (10 m to 5 km, 0.5 to 100 GHz)."""
    return _two_slope_db(
        distance_2d_m, frequency_ghz, height_bs_m, height_ut_m, intercept=32.4, slope=21.0, far=9.5
    )


def umi_nlos_db(
    distance_2d_m: ArrayLike,
    frequency_ghz: ArrayLike,
    height_bs_m: ArrayLike = 10.0,
    height_ut_m: ArrayLike = 1.5,
) -> Floats:
    """Return street canyon loss without line of sight, never below the loss with it."""
    d3 = distance_3d_m(_clamped(distance_2d_m, FARTHEST_M), height_bs_m, height_ut_m)
    loss = (
        22.4
        + 35.3 * np.log10(d3)
        + 21.3 * np.log10(np.asarray(frequency_ghz, float))
        - 0.3 * (np.asarray(height_ut_m, float) - 1.5)
    )
    return np.asarray(
        np.maximum(umi_los_db(distance_2d_m, frequency_ghz, height_bs_m, height_ut_m), loss)
    )


def rma_breakpoint_m(
    frequency_ghz: ArrayLike, height_bs_m: ArrayLike, height_ut_m: ArrayLike
) -> Floats:
    """Return the breakpoint distance of RMa, which uses the heights as they are."""
    heights = np.asarray(height_bs_m, float) * np.asarray(height_ut_m, float)
    return np.asarray(2 * np.pi * heights * np.asarray(frequency_ghz, float) * 1e9 / LIGHT_M_PER_S)


def _rma_near_db(d3: Floats, frequency_ghz: ArrayLike, building_height_m: float) -> Floats:
    h = building_height_m**1.72
    return np.asarray(
        20 * np.log10(40 * np.pi * d3 * np.asarray(frequency_ghz, float) / 3)
        + min(0.03 * h, 10) * np.log10(d3)
        - min(0.044 * h, 14.77)
        + 0.002 * np.log10(building_height_m) * d3
    )


def rma_los_db(
    distance_2d_m: ArrayLike,
    frequency_ghz: ArrayLike,
    height_bs_m: ArrayLike = 35.0,
    height_ut_m: ArrayLike = 1.5,
    building_height_m: float = 5.0,
) -> Floats:
    """Return rural macro loss with line of sight (10 m to 10 km, 0.5 to 30 GHz)."""
    d2 = _clamped(distance_2d_m, FARTHEST_RMA_LOS_M)
    d3 = distance_3d_m(d2, height_bs_m, height_ut_m)
    turn = rma_breakpoint_m(frequency_ghz, height_bs_m, height_ut_m)
    far_db = _rma_near_db(turn, frequency_ghz, building_height_m) + 40 * np.log10(d3 / turn)
    loss = np.where(d2 <= turn, _rma_near_db(d3, frequency_ghz, building_height_m), far_db)
    return np.asarray(loss * _valid(frequency_ghz, height_ut_m, 30, 1, 10))


def rma_nlos_db(
    distance_2d_m: ArrayLike,
    frequency_ghz: ArrayLike,
    height_bs_m: ArrayLike = 35.0,
    height_ut_m: ArrayLike = 1.5,
    building_height_m: float = 5.0,
    street_width_m: float = 20.0,
) -> Floats:
    """Return rural macro loss without line of sight (10 m to 5 km), never below the loss with it."""
    d3 = distance_3d_m(_clamped(distance_2d_m, FARTHEST_M), height_bs_m, height_ut_m)
    bs = np.asarray(height_bs_m, float)
    loss = (
        161.04
        - 7.1 * np.log10(street_width_m)
        + 7.5 * np.log10(building_height_m)
        - (24.37 - 3.7 * (building_height_m / bs) ** 2) * np.log10(bs)
        + (43.42 - 3.1 * np.log10(bs)) * (np.log10(d3) - 3)
        + 20 * np.log10(np.asarray(frequency_ghz, float))
        - (3.2 * np.log10(11.75 * np.asarray(height_ut_m, float)) ** 2 - 4.97)
    )
    sight = rma_los_db(distance_2d_m, frequency_ghz, height_bs_m, height_ut_m, building_height_m)
    return np.asarray(np.maximum(sight, loss))


def los_probability_umi(distance_2d_m: ArrayLike) -> Floats:
    """Return the probability of line of sight in a street canyon."""
    d = np.asarray(distance_2d_m, dtype=np.float64)
    far = np.maximum(d, 18.0)
    return np.where(d <= 18, 1.0, 18 / far + np.exp(-far / 36) * (1 - 18 / far))


def los_probability_uma(distance_2d_m: ArrayLike, height_ut_m: ArrayLike = 1.5) -> Floats:
    """Return the probability of line of sight to an urban macro cell.

    Receivers between 13 and 23 m see over part of the clutter; above 23 m the result is NaN.
    """
    d, h = np.asarray(distance_2d_m, dtype=np.float64), np.asarray(height_ut_m, dtype=np.float64)
    far = np.maximum(d, 18.0)
    lift = (np.clip(h - 13, 0, None) / 10) ** 1.5
    street = 18 / far + np.exp(-far / 63) * (1 - 18 / far)
    raised = 1 + lift * 1.25 * (far / 100) ** 3 * np.exp(-far / 150)
    return np.where(h > 23, np.nan, np.where(d <= 18, 1.0, street * raised))


def los_probability_rma(distance_2d_m: ArrayLike) -> Floats:
    """Return the probability of line of sight to a rural macro cell."""
    d = np.asarray(distance_2d_m, dtype=np.float64)
    return np.where(d <= 10, 1.0, np.exp(-(np.maximum(d, 10.0) - 10) / 1000))


def building_entry_loss_db(frequency_ghz: ArrayLike, *, high_loss: bool) -> Floats:
    """Return the loss through an outer wall: standard glass and concrete, or coated glass."""
    f = np.asarray(frequency_ghz, dtype=np.float64)
    glass = 23 + 0.3 * f if high_loss else 2 + 0.2 * f
    share = 0.7 if high_loss else 0.3
    concrete = 5 + 4 * f
    through = share * 10 ** (-glass / 10) + (1 - share) * 10 ** (-concrete / 10)
    return np.asarray(5 - 10 * np.log10(through))
