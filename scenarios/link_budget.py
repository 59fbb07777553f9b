"""Link budgets per resource element, and the probability that a place is covered.

Domain brief, section C5; worked examples R12, R13 and R15. SS-RSRP is per resource element:
comparing it with the power of the whole carrier is wrong by about 35 dB at 100 MHz.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from scenarios.radio import SIGMA_DB, los_probability_uma, uma_los_db, uma_nlos_db

__all__ = [
    "coverage_probability",
    "eirp_per_element_dbm",
    "maximum_path_loss_db",
    "received_dbm",
    "sensitivity_dbm",
    "shadow_margin_db",
    "thermal_noise_dbm",
    "uma_coverage_probability",
]

Floats = NDArray[np.float64]
SUBCARRIERS = 12


def eirp_per_element_dbm(eirp_dbm: float, resource_blocks: float) -> float:
    """Return the EIRP of one resource element of a carrier."""
    return float(eirp_dbm - 10 * np.log10(SUBCARRIERS * resource_blocks))


def received_dbm(
    eirp_element_dbm: float, path_loss_db: ArrayLike, extra_db: ArrayLike = 0.0, gain_dbi: float = 0
) -> Floats:
    """Return SS-RSRP (or RSRP) at the receiver."""
    loss = np.asarray(path_loss_db, float) + np.asarray(extra_db, float)
    return np.asarray(eirp_element_dbm - loss + gain_dbi)


def shadow_margin_db(sigma_db: float, probability: float) -> float:
    """Return the margin that keeps a place at the edge covered with this probability."""
    return float(ndtri(probability) * sigma_db)


def maximum_path_loss_db(
    eirp_element_dbm: float, threshold_dbm: float, margin_db: float = 0.0
) -> float:
    """Return the largest path loss at which the threshold is still met."""
    return eirp_element_dbm - threshold_dbm - margin_db


def thermal_noise_dbm(bandwidth_hz: float, noise_figure_db: float) -> float:
    """Return thermal noise in a bandwidth, with the receiver's noise figure."""
    return float(-174 + 10 * np.log10(bandwidth_hz) + noise_figure_db)


def sensitivity_dbm(bandwidth_hz: float, noise_figure_db: float, sinr_db: float) -> float:
    """Return the weakest signal a receiver can use."""
    return thermal_noise_dbm(bandwidth_hz, noise_figure_db) + sinr_db


def coverage_probability(
    maximum_loss_db: float,
    los_probability: ArrayLike,
    loss_los_db: ArrayLike,
    loss_nlos_db: ArrayLike,
    sigma_los_db: float,
    sigma_nlos_db: float,
) -> Floats:
    """Return the probability that a place is covered, mixing the sighted and the hidden case."""
    sighted = ndtr((maximum_loss_db - np.asarray(loss_los_db, float)) / sigma_los_db)
    hidden = ndtr((maximum_loss_db - np.asarray(loss_nlos_db, float)) / sigma_nlos_db)
    p = np.asarray(los_probability, dtype=np.float64)
    return np.asarray(p * sighted + (1 - p) * hidden)


def uma_coverage_probability(
    distance_2d_m: ArrayLike,
    maximum_loss_db: float,
    frequency_ghz: float,
    height_bs_m: float = 25.0,
    height_ut_m: float = 1.5,
) -> Floats:
    """Return the probability of coverage by an urban macro cell; NaN beyond 5 km."""
    return coverage_probability(
        maximum_loss_db,
        los_probability_uma(distance_2d_m, height_ut_m),
        uma_los_db(distance_2d_m, frequency_ghz, height_bs_m, height_ut_m),
        uma_nlos_db(distance_2d_m, frequency_ghz, height_bs_m, height_ut_m),
        SIGMA_DB["uma_los"],
        SIGMA_DB["uma_nlos"],
    )
