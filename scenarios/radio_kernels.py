"""Path loss link by link, compiled: the same formulas as `radio` and `diffraction`, for millions of links.

Nothing here is a second opinion: tests hold every kernel to 0.01 dB of the array functions. Kernels
are for the inner loops of coverage, where arrays of every link would not fit in memory.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.compiled import compiled, in_chunks
from layers.errors import Fault, StudyError

__all__ = [
    "ENVIRONMENTS",
    "RMA",
    "UMA",
    "UMI",
    "check_frequency",
    "mixed_probability",
    "path_loss_db",
    "sight_probability",
    "sigma_db",
    "site_loss_db",
    "two_losses_db",
]

Floats = NDArray[np.float64]

UMA, UMI, RMA = 0, 1, 2
ENVIRONMENTS = {"uma": UMA, "umi": UMI, "rma": RMA}
FREQUENCIES_GHZ = {"uma": (0.5, 100.0), "umi": (0.5, 100.0), "rma": (0.5, 30.0)}
RECEIVERS_M = {"uma": (1.5, 22.5), "umi": (1.5, 22.5), "rma": (1.0, 10.0)}
LIGHT_M_PER_S = 3.0e8
NEAREST_M, FARTHEST_M, FARTHEST_RMA_LOS_M = 10.0, 5_000.0, 10_000.0
EARTH_KM = 8_500.0
LAMBDA_GHZ_M = 0.2998
LINKS_AT_ONCE = 65_536
MOST_STEPS = 8_192
INVERSE = 1.0 / np.maximum(np.arange(MOST_STEPS + 1), 1)  # a division costs as much as all else
LOG10_E = math.log10(math.e)
HALF = 0.5 + 1e-9
RMA_BUILDING_M, RMA_STREET_M = 5.0, 20.0


def check_frequency(environment: str, frequency_ghz: float, receiver_m: float = 1.5) -> None:
    """Refuse a carrier or receiver outside a model's validity.

    Raises
    ------
    StudyError
        Naming the model, what was asked for and what it is valid for.
    """
    faults = []
    if environment not in ENVIRONMENTS:
        known = ", ".join(sorted(ENVIRONMENTS))
        raise StudyError(
            Fault("radio model", f"there is no model '{environment}'", f"use one of: {known}")
        )
    low, high = FREQUENCIES_GHZ[environment]
    if not low <= frequency_ghz <= high:
        said = f"{frequency_ghz:g} GHz is outside {low:g} to {high:g} GHz, where {environment} of TR 38.901 is valid"
        faults.append(Fault("radio model", said, "choose a carrier within the range"))
    low, high = RECEIVERS_M[environment]
    if not low <= receiver_m <= high:
        said = f"a receiver at {receiver_m:g} m is outside {low:g} to {high:g} m, where {environment} of TR 38.901 is valid"
        faults.append(Fault("radio model", said, "choose a receiver height within the range"))
    if faults:
        raise StudyError(faults)


@compiled
def _log10(x: float) -> float:
    # the natural logarithm is several times faster, and as exact to the fifteenth digit
    return math.log(x) * LOG10_E


@compiled
def _rma_near(d3: float, f: float, h: float) -> float:
    bend = h**1.72
    return float(
        20.0 * _log10(40.0 * math.pi * d3 * f / 3.0)
        + min(0.03 * bend, 10.0) * _log10(d3)
        - min(0.044 * bend, 14.77)
        + 0.002 * _log10(h) * d3
    )


@compiled
def two_losses_db(
    model: int,
    distance_2d_m: float,
    f: float,
    bs: float,
    ut: float,
    building_m: float = RMA_BUILDING_M,
    street_m: float = RMA_STREET_M,
) -> tuple[float, float]:
    """Return loss with and without line of sight of one link (model number, metres, GHz)."""
    far = FARTHEST_RMA_LOS_M if model == RMA else FARTHEST_M
    if not distance_2d_m <= far:
        return np.nan, np.nan
    d2 = max(distance_2d_m, NEAREST_M)
    rise = bs - ut
    d3 = math.sqrt(d2 * d2 + rise * rise)
    log_d, log_f = _log10(d3), _log10(f)
    if model == RMA:
        turn = 2.0 * math.pi * bs * ut * f * 1e9 / LIGHT_M_PER_S
        if d2 <= turn:
            los = _rma_near(d3, f, building_m)
        else:
            los = _rma_near(turn, f, building_m) + 40.0 * _log10(d3 / turn)
        if d2 > FARTHEST_M:
            return los, np.nan
        log_bs, log_ut = _log10(bs), _log10(11.75 * ut)
        nlos = (
            161.04
            - 7.1 * _log10(street_m)
            + 7.5 * _log10(building_m)
            - (24.37 - 3.7 * (building_m / bs) ** 2) * log_bs
            + (43.42 - 3.1 * log_bs) * (log_d - 3.0)
            + 20.0 * log_f
            - (3.2 * log_ut * log_ut - 4.97)
        )
        return los, max(los, nlos)
    turn = 4.0 * (bs - 1.0) * (ut - 1.0) * f * 1e9 / LIGHT_M_PER_S
    if model == UMA:
        if d2 <= turn:
            los = 28.0 + 22.0 * log_d + 20.0 * log_f
        else:
            los = 28.0 + 40.0 * log_d + 20.0 * log_f - 9.0 * _log10(turn * turn + rise * rise)
        nlos = 13.54 + 39.08 * log_d + 20.0 * log_f - 0.6 * (ut - 1.5)
    else:
        if d2 <= turn:
            los = 32.4 + 21.0 * log_d + 20.0 * log_f
        else:
            los = 32.4 + 40.0 * log_d + 20.0 * log_f - 9.5 * _log10(turn * turn + rise * rise)
        nlos = 22.4 + 35.3 * log_d + 21.3 * log_f - 0.3 * (ut - 1.5)
    return los, max(los, nlos)


@compiled
def sight_probability(model: int, distance_2d_m: float, ut: float) -> float:
    """Return the probability of line of sight of one link."""
    if model == RMA:
        return 1.0 if distance_2d_m <= 10.0 else math.exp(-(distance_2d_m - 10.0) / 1000.0)
    if distance_2d_m <= 18.0:
        return 1.0
    near = 18.0 / distance_2d_m
    if model == UMI:
        return near + math.exp(-distance_2d_m / 36.0) * (1.0 - near)
    street = near + math.exp(-distance_2d_m / 63.0) * (1.0 - near)
    if ut <= 13.0:
        return street
    lift = ((ut - 13.0) / 10.0) ** 1.5
    hump = (distance_2d_m / 100.0) ** 3 * math.exp(-distance_2d_m / 150.0)
    return float(street * (1.0 + lift * 1.25 * hump))


@compiled
def sigma_db(
    model: int, distance_2d_m: float, f: float, bs: float, ut: float
) -> tuple[float, float]:
    """Return the spread of shadowing with and without line of sight."""
    if model == UMA:
        return 4.0, 6.0
    if model == UMI:
        return 4.0, 7.82
    turn = 2.0 * math.pi * bs * ut * f * 1e9 / LIGHT_M_PER_S
    return (4.0 if distance_2d_m <= turn else 6.0), 8.0


@compiled
def _below(margin_db: float, spread_db: float) -> float:
    return 0.5 * math.erfc(-margin_db / (spread_db * math.sqrt(2.0)))


@compiled
def mixed_probability(
    most_db: float, sight: float, los_db: float, nlos_db: float, s_los: float, s_nlos: float
) -> float:
    """Return the probability that loss stays within `most_db`, over sighted and hidden places."""
    p = 0.0
    if sight > 0.0:
        p += sight * _below(most_db - los_db, s_los)
    if sight < 1.0:
        p += (1.0 - sight) * _below(most_db - nlos_db, s_nlos)
    return p


@compiled
def _edge_db(nu: float) -> float:
    if nu <= -0.78:
        return 0.0
    x = nu - 0.1
    return float(6.9 + 20.0 * _log10(math.sqrt(x * x + 1.0) + x))


@compiled
def site_loss_db(
    heights: NDArray[np.float32],
    row0: int,
    col0: int,
    row1: int,
    col1: int,
    from_m: float,
    to_m: float,
    cell_m: float,
    step_m: float,
    f: float,
) -> tuple[float, int]:
    """Return free-space plus Bullington loss between two cells, and how many heights were missing.

    `heights` are of the ground with clutter, above sea level; they count between the two ends only.
    `from_m` and `to_m` are the antennas above sea level. The profile has equal steps of at most
    `step_m`, each taking the cell it falls in; cells without a height are left out of it.
    """
    across, down = (col1 - col0) * cell_m, (row1 - row0) * cell_m
    d_m = max(math.sqrt(across * across + down * down), NEAREST_M)
    rise = to_m - from_m
    slant_km = math.sqrt(d_m * d_m + rise * rise) / 1000.0
    free = 32.45 + 20.0 * _log10(slant_km) + 20.0 * _log10(f * 1000.0)
    n = min(math.ceil(d_m / step_m - 1e-9), MOST_STEPS)
    if n < 2:
        return free, 0
    d = d_m / 1000.0
    part = d / n
    bend = 500.0 / EARTH_KM * part * part
    slope = rise / n
    step_c, step_r = (col1 - col0) / n, (row1 - row0) / n
    up, down_, worst = -np.inf, -np.inf, -np.inf
    missing = 0
    y, x, jf = row0 + HALF, col0 + HALF, float(n)
    for i in range(1, n):
        # the nearest cell, and halfway always the one to the south-east, from whichever end it is
        # seen: the small addition keeps rounding out of that
        fi = float(i)
        h = heights[int(y + fi * step_r), int(x + fi * step_c)]
        if math.isnan(h):
            missing += 1
            continue
        far = jf - fi
        t = h + bend * fi * far - from_m
        rising, falling = t * INVERSE[i], (t - rise) * INVERSE[n - i]
        # plain comparisons: max() would look for NaN, of which there are none here
        if rising > up:  # noqa: PLR1730
            up = rising
        if falling > down_:  # noqa: PLR1730
            down_ = falling
        if up < slope:  # once the way is blocked, how near the rest comes to it does not matter
            over = t - slope * fi
            worst = max(worst, -over * over * INVERSE[i] * INVERSE[n - i])
    if up == -np.inf:
        return free, missing
    wavelength = LAMBDA_GHZ_M / f
    if up < slope:
        nu = math.copysign(math.sqrt(abs(worst) * 0.002 * n / (wavelength * part)), worst)
    else:
        peak = (rise + down_ * n) / (up + down_)
        over = up * peak - slope * peak
        nu = over * math.sqrt(0.002 * n / (wavelength * part * peak * (n - peak)))
    edge = _edge_db(nu)
    return free + edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 0.02 * d), missing


@compiled
def _losses(
    model: int, d: Floats, f: Floats, bs: Floats, ut: Floats, sighted: NDArray[np.bool_], low: float,
    high: float, top: float, out: Floats,
) -> None:  # fmt: skip
    for i in range(d.size):
        if f[i] >= 0.5 and f[i] <= top and ut[i] >= low and ut[i] <= high:
            los, nlos = two_losses_db(model, d[i], f[i], bs[i], ut[i])
            out[i] = los if sighted[i] else nlos
        else:
            out[i] = np.nan


def path_loss_db(
    environment: str,
    distance_2d_m: ArrayLike,
    frequency_ghz: ArrayLike,
    height_bs_m: ArrayLike,
    height_ut_m: ArrayLike,
    sighted: ArrayLike,
) -> Floats:
    """Return TR 38.901 loss of many links at once.

    Parameters
    ----------
    environment
        `uma`, `umi` or `rma`.
    distance_2d_m, frequency_ghz, height_bs_m, height_ut_m, sighted
        Broadcast against one another; `sighted` says which links have line of sight.

    Returns
    -------
    ndarray
        dB; NaN outside validity, as in `scenarios.radio`; below 10 m the loss of 10 m.
    """
    arrays = np.broadcast_arrays(
        np.asarray(distance_2d_m, float), np.asarray(frequency_ghz, float),
        np.asarray(height_bs_m, float), np.asarray(height_ut_m, float), np.asarray(sighted, bool),
    )  # fmt: skip
    flat: list[Any] = [np.ascontiguousarray(a).ravel() for a in arrays]
    low, high = RECEIVERS_M[environment]
    top = FREQUENCIES_GHZ[environment][1]
    d, f, bs, ut, seen = flat
    model, found = ENVIRONMENTS[environment], np.empty(d.size)

    def part(i: int, j: int) -> None:
        _losses(
            model, d[i:j], f[i:j], bs[i:j], ut[i:j], seen[i:j], low, high, top, found[i:j]
        )  # fmt: skip

    in_chunks(part, d.size, LINKS_AT_ONCE)
    return found.reshape(arrays[0].shape)
