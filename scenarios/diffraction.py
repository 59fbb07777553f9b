"""Site-specific loss: free space, knife edges, Bullington over a terrain profile, end clutter.

ITU-R P.526 (knife edge), P.452-17 section 4.2.1 (Bullington) and P.2108 section 3.2 (clutter), as
set out in the domain brief, section C4; worked examples R08 to R11. Use either this chain or TR
38.901, never both: NLOS of TR 38.901 already holds clutter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

__all__ = [
    "Diffraction",
    "bullington",
    "clutter_loss_db",
    "free_space_loss_db",
    "knife_edge_loss_db",
    "knife_edge_parameter",
]

Floats = NDArray[np.float64]
EFFECTIVE_EARTH_RADIUS_KM = 8_500.0
LAMBDA_GHZ_M = 0.2998
CLUTTER_NEAREST_KM, CLUTTER_CAP_KM = 0.25, 2.0


def free_space_loss_db(distance_km: ArrayLike, frequency_mhz: ArrayLike) -> Floats:
    """Return free-space loss."""
    d, f = np.asarray(distance_km, dtype=np.float64), np.asarray(frequency_mhz, dtype=np.float64)
    return np.asarray(32.45 + 20 * np.log10(d) + 20 * np.log10(f))


def knife_edge_parameter(
    height_m: ArrayLike, near_m: ArrayLike, far_m: ArrayLike, frequency_ghz: ArrayLike
) -> Floats:
    """Return nu for an edge `height_m` above the direct ray, between ends `near_m` and `far_m` away."""
    wavelength = 0.3 / np.asarray(frequency_ghz, dtype=np.float64)
    reach = 1 / np.asarray(near_m, float) + 1 / np.asarray(far_m, float)
    return np.asarray(np.asarray(height_m, float) * np.sqrt(2 / wavelength * reach))


def knife_edge_loss_db(nu: ArrayLike) -> Floats:
    """Return the loss of a knife edge, 0 where the edge is well clear of the ray."""
    v = np.asarray(nu, dtype=np.float64)
    shifted = np.maximum(v, -0.78) - 0.1
    loss = 6.9 + 20 * np.log10(np.sqrt(shifted**2 + 1) + shifted)
    return np.where(v > -0.78, loss, np.where(np.isnan(v), np.nan, 0.0))


@dataclass(frozen=True)
class Diffraction:
    """What Bullington's construction found: line of sight or not, nu, edge loss and whole loss."""

    line_of_sight: bool
    nu: float
    edge_loss_db: float
    loss_db: float


def bullington(
    distance_km: ArrayLike,
    height_amsl_m: ArrayLike,
    transmitter_amsl_m: float,
    receiver_amsl_m: float,
    frequency_ghz: float,
    earth_radius_km: float = EFFECTIVE_EARTH_RADIUS_KM,
) -> Diffraction:
    """Return diffraction over a terrain profile by one equivalent edge.

    Parameters
    ----------
    distance_km
        Increasing, from the transmitter (0) to the receiver.
    height_amsl_m
        Ground, or ground and clutter, above mean sea level at those distances.
    transmitter_amsl_m, receiver_amsl_m
        Heights of the two antennas above mean sea level.

    Returns
    -------
    Diffraction
        No loss where the profile has no intermediate point.
    """
    d_all, h_all = np.asarray(distance_km, float), np.asarray(height_amsl_m, float)
    d, at, ground = d_all[-1], d_all[1:-1], h_all[1:-1]
    if not len(at):
        return Diffraction(line_of_sight=True, nu=-np.inf, edge_loss_db=0.0, loss_db=0.0)
    wavelength = LAMBDA_GHZ_M / frequency_ghz
    terrain = ground + 500 / earth_radius_km * at * (d - at)
    up = float(np.max((terrain - transmitter_amsl_m) / at))
    direct = (receiver_amsl_m - transmitter_amsl_m) / d

    def nu_at(height: Floats, where: Floats) -> Floats:
        ray = (transmitter_amsl_m * (d - where) + receiver_amsl_m * where) / d
        return np.asarray((height - ray) * np.sqrt(0.002 * d / (wavelength * where * (d - where))))

    clear = up < direct
    if clear:
        nu = float(np.max(nu_at(terrain, at)))
    else:
        down = float(np.max((terrain - receiver_amsl_m) / (d - at)))
        peak = np.asarray((receiver_amsl_m - transmitter_amsl_m + down * d) / (up + down))
        nu = float(nu_at(transmitter_amsl_m + up * peak, peak))
    edge = float(knife_edge_loss_db(nu))
    whole = edge + (1 - np.exp(-edge / 6)) * (10 + 0.02 * d)
    return Diffraction(line_of_sight=clear, nu=nu, edge_loss_db=edge, loss_db=float(whole))


def clutter_loss_db(
    frequency_ghz: ArrayLike, distance_km: ArrayLike, locations_pct: ArrayLike
) -> Floats:
    """Return statistical clutter loss at one end of a path.

    Parameters
    ----------
    frequency_ghz
        0.5 to 67.
    distance_km
        From 0.25; beyond 2 km the loss stays that of 2 km.
    locations_pct
        Share of locations, between 0 and 100, at which the loss is not exceeded.

    Returns
    -------
    ndarray
        dB; NaN outside the frequencies and below 0.25 km.
    """
    f, d = np.asarray(frequency_ghz, dtype=np.float64), np.asarray(distance_km, dtype=np.float64)
    quantile = -ndtri(np.asarray(locations_pct, dtype=np.float64) / 100)

    def loss(distance: Floats) -> Floats:
        low = -2 * np.log10(10 ** (-5 * np.log10(f) - 12.5) + 10**-16.5)
        street = 32.98 + 23.9 * np.log10(distance) + 3 * np.log10(f)
        a, b = 10 ** (-0.2 * low), 10 ** (-0.2 * street)
        spread = np.sqrt((16 * a + 36 * b) / (a + b))
        return np.asarray(-5 * np.log10(a + b) - spread * quantile)

    inside = (f >= 0.5) & (f <= 67) & (d >= CLUTTER_NEAREST_KM)
    safe = np.maximum(d, CLUTTER_NEAREST_KM)
    return np.where(inside, np.minimum(loss(safe), loss(np.asarray(CLUTTER_CAP_KM))), np.nan)
