"""What is true of every practice premises: which service it can have, release by release.

All coverage files are counted from this one truth, so that they can be checked against each other:
full fibre implies gigabit, gigabit implies the lower speeds, and what is built stays built.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.sample_streets import Premises
from infra.sample_world import DISTRICT_NAMES, Areas, Plane, rng_of, smooth_field

__all__ = ["MEASURES", "RELEASES", "Truth", "coverage_table", "make_truth"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

RELEASES = ("2022-09", "2023-09", "2024-07", "2025-07")
MEASURES = ("superfast", "ultrafast_100", "ultrafast", "gigabit", "full_fibre")
# share of premises with full fibre at each release, a row a district: some ahead, some behind
ROLL_OUT = np.array(
    [
        [0.22, 0.38, 0.56, 0.71],
        [0.45, 0.62, 0.76, 0.86],
        [0.08, 0.16, 0.30, 0.47],
        [0.03, 0.07, 0.14, 0.24],
        [0.12, 0.33, 0.60, 0.82],
        [0.12, 0.22, 0.35, 0.50],
        [0.04, 0.08, 0.19, 0.33],
    ]
)
# how much a district's roll-out leaves deprived places until last (0: it takes no notice)
PASSES_BY = np.array([0.0, 0.1, 0.9, 1.1, -0.4, 0.0, 0.3])
# share of premises with cable, and how much of it was upgraded to gigabit at each release
CABLE = np.array([0.62, 0.35, 0.45, 0.22, 0.15, 0.30, 0.12])
CABLE_UPGRADED = (0.85, 1.0, 1.0, 1.0)
# share of premises in a build contract, by district, of those nobody plans to reach
IN_CONTRACT = np.array([0.0, 0.0, 0.15, 0.35, 0.05, 0.0, 0.30])


@dataclass(frozen=True)
class Truth:
    """One truth for every premises, in the order of `Premises.frame`.

    Attributes
    ----------
    full_fibre, gigabit
        For each release, whether each premises can have it.
    superfast, ultrafast_100, ultrafast
        Whether the premises can have it without counting gigabit networks.
    known, matched
        Whether Ofcom's list has the premises, and whether it could match it to operators' records.
    below_decent
        Whether neither 10 Mbit/s down nor 1 up is to be had.
    bduk
        `status current_gigabit future_gigabit contract voucher`, a row a premises.
    imd
        `decile rank score`, a row an area.
    """

    full_fibre: tuple[Bools, ...]
    gigabit: tuple[Bools, ...]
    superfast: Bools
    ultrafast_100: Bools
    ultrafast: Bools
    known: Bools
    matched: Bools
    below_decent: Bools
    bduk: pd.DataFrame
    imd: pd.DataFrame

    def has(self, measure: str, release: str) -> Bools:
        """Return whether each premises can have a service at a release."""
        at = RELEASES.index(release)
        if measure == "full_fibre":
            return self.full_fibre[at]
        if measure == "gigabit":
            return self.gigabit[at]
        lower: Bools = getattr(self, measure)
        return lower | self.gigabit[at]


def _quantiles(score: Floats, group: Ints) -> Floats:
    """Return each score's place among its group, from 0 to under 1."""
    order = np.lexsort((score, group))
    sizes = np.bincount(group, minlength=len(DISTRICT_NAMES))
    first = np.cumsum(sizes) - sizes
    place = np.empty(len(score))
    place[order] = np.arange(len(score)) - first[group[order]]
    return np.asarray(place / sizes[group])


def _imd(plane: Plane, easting: Floats, northing: Floats, seed: int) -> pd.DataFrame:
    """Return deprivation by area: worst about the towns, with a pattern of its own."""
    rng = rng_of(seed, 4)
    field = smooth_field(
        easting, northing, rng, wavelengths_m=(plane.radius_m, 0.4 * plane.radius_m)
    )
    out = np.hypot(easting - plane.centre[0], northing - plane.centre[1]) / plane.radius_m
    score = 0.9 * field - 1.3 * out + rng.normal(0, 0.45, len(easting))
    place = (np.argsort(np.argsort(-score, kind="stable"), kind="stable") + 0.5) / len(score)
    # the county is more deprived than the country: a third of its areas in the first two tenths
    rank = np.floor(33_755 * place**1.5).astype(np.int64) + 1
    decile = np.minimum((rank - 1) * 10 // 33_755 + 1, 10)
    return pd.DataFrame(
        {"decile": decile, "rank": rank, "score": np.round(80 * (1 - (rank / 33_755) ** 0.4), 3)}
    )


def _bduk(
    gigabit: Bools, postcode: Ints, lad: Ints, count: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return what the market review says of each premises; plans go by postcode."""
    plan = rng.random(count)[postcode]
    current = gigabit & (rng.random(len(gigabit)) >= 0.004)  # built since the review
    planned = ~gigabit & (plan < 0.26)
    future = current | planned | (gigabit & ~current)
    unsure = ~future & (plan > 0.80)
    review = unsure | (planned & (plan < 0.08))
    status = np.where(review, "under_review", np.where(future, "grey_black", "white"))
    white = status == "white"
    lot = rng.random(count)[postcode]
    contract = white & (lot < IN_CONTRACT[lad])
    voucher = white & ~contract & (rng.random(len(gigabit)) < 0.02)
    return pd.DataFrame(
        {
            "status": status,
            "current_gigabit": current,
            "future_gigabit": future,
            "contract": contract,
            "voucher": voucher,
        }
    )


def make_truth(plane: Plane, areas: Areas, premises: Premises, seed: int) -> Truth:
    """Decide what every premises can have."""
    rng = rng_of(seed, 5)
    frame, postcodes = premises.frame, premises.postcodes
    area, postcode = frame["area"].to_numpy(), frame["postcode"].to_numpy()
    lad = areas.lad[area]
    at = frame.groupby("area")[["easting", "northing"]].mean().reindex(range(len(areas.lad)))
    middle = areas.tree.data[: len(areas.lad)]
    east = at["easting"].fillna(pd.Series(middle[:, 0])).to_numpy()
    north = at["northing"].fillna(pd.Series(middle[:, 1])).to_numpy()
    imd = _imd(plane, east, north, seed)
    deprived = (5.5 - imd["decile"].to_numpy(float)) / 4.5

    x, y = postcodes["easting"].to_numpy(), postcodes["northing"].to_numpy()
    waves = (0.8 * plane.radius_m, 0.3 * plane.radius_m, 700.0)
    fibre = smooth_field(x, y, rng, wavelengths_m=waves) + 0.45 * rng.normal(size=len(x))
    cable = smooth_field(x, y, rng, wavelengths_m=waves) + 0.20 * rng.normal(size=len(x))
    fibre += (PASSES_BY[areas.lad] * deprived)[postcodes["area"].to_numpy()]
    score = fibre[postcode] + 0.2 * rng.normal(size=len(area))
    place = _quantiles(score, lad)
    cabled = _quantiles(cable[postcode] + 0.05 * rng.normal(size=len(area)), lad) < CABLE[lad]
    upgrade = rng.random(len(postcodes))[postcode]
    full_fibre = tuple(place < ROLL_OUT[lad, i] for i in range(len(RELEASES)))
    gigabit = tuple(
        ff | (cabled & (upgrade < CABLE_UPGRADED[i])) for i, ff in enumerate(full_fibre)
    )
    copper = rng.random(len(postcodes))[postcode] * 0.8 + rng.random(len(area)) * 0.2
    known = rng.random(len(area)) >= 0.004
    return Truth(
        full_fibre=full_fibre,
        gigabit=gigabit,
        superfast=(copper < 0.90) | cabled,
        ultrafast_100=(copper < 0.25) | cabled,
        ultrafast=(copper < 0.17) | cabled,
        known=known,
        matched=known & (rng.random(len(area)) >= 0.01),
        below_decent=copper > 0.95,
        bduk=_bduk(gigabit[-1], postcode, lad, len(postcodes), rng),
        imd=imd,
    )


def coverage_table(truth: Truth, group: Ints, count: int, release: str) -> pd.DataFrame:
    """Count premises and services by group, as Ofcom does.

    Counts are of matched premises; shares are of all premises, to one decimal, and missing where
    there are none.

    Returns
    -------
    DataFrame
        A row a group: `premises matched_premises`, and `<measure>_n` and `<measure>_pct` for
        `MEASURES`, `unable_30` and `decent_unable`.
    """

    def counted(which: Bools) -> Ints:
        return np.bincount(group[which], minlength=count).astype(np.int64)

    premises = counted(truth.known)
    matched = counted(truth.matched)
    table: dict[str, Ints | Floats] = {"premises": premises, "matched_premises": matched}
    better = truth.has("superfast", release)
    numbers = {m: counted(truth.matched & truth.has(m, release)) for m in MEASURES}
    numbers["unable_30"] = matched - numbers["superfast"]
    numbers["decent_unable"] = counted(truth.matched & ~better & truth.below_decent)
    for measure, number in numbers.items():
        table[f"{measure}_n"] = number
        with np.errstate(invalid="ignore"):
            share: Floats = np.where(premises > 0, 100 * number / np.maximum(premises, 1), np.nan)
        table[f"{measure}_pct"] = np.asarray(np.round(share, 1), dtype=np.float64)
    return pd.DataFrame(table)
