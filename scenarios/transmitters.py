"""What transmits: a carrier with its link budget, and masts with heights that can be true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import Fault, InputError
from scenarios.link_budget import eirp_per_element_dbm, maximum_path_loss_db
from scenarios.radio_kernels import check_frequency

if TYPE_CHECKING:
    from layers.parameters import Parameters

__all__ = ["CASES", "LABEL", "Carrier", "Masts", "masts_from"]

Floats = NDArray[np.float64]
Span = tuple[float, float, float]
Level = Literal["edge", "high", "very_high"]
CASES = ("low", "default", "high")
LABEL = "modelled, indicative coverage, not a network operator prediction"
# lowest and highest antenna above ground at which each model is used; the register's own bounds,
# and for RMa those of TR 38.901 table 7.4.1-1
HEIGHTS_M = {"uma": (2.0, 150.0), "umi": (2.0, 150.0), "rma": (10.0, 150.0)}
STATED_M = {"uma": 25.0, "umi": 10.0}  # the one antenna height that TR 38.901 states each for
ENVIRONMENT_WORDS = {"uma": "urban macro", "umi": "street canyon", "rma": "rural macro"}
NAMED_AT_MOST = 5
MILLIMETRE_GHZ = 24.0  # above it, claims rest on line of sight (domain brief C5)


@dataclass(frozen=True)
class Carrier:
    """A carrier's model and link budget, each as low, default and high.

    Attributes
    ----------
    element_dbm
        EIRP of one resource element less the interference margin; low takes the low EIRP and the
        high margin, so that it gives the least coverage.
    height_m
        Antenna height where a mast does not say its own.
    threshold_dbm
        SS-RSRP at which a place counts as covered.
    parameters
        Register keys it was made of, for lineage.
    """

    name: str
    environment: str
    frequency_ghz: float
    element_dbm: Span
    height_m: Span
    threshold_dbm: float
    receiver_m: float
    parameters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_frequency(self.environment, self.frequency_ghz, self.receiver_m)

    @classmethod
    def of(
        cls,
        parameters: Parameters,
        group: str = "radio.macro_3500",
        environment: str = "uma",
        level: Level = "high",
    ) -> Carrier:
        """Return the carrier that a group of the register describes.

        Parameters
        ----------
        group
            `radio.macro_3500`, `radio.macro_700`, `radio.small_3500` or `radio.small_26000`.
        environment
            `uma` (macro in a city), `umi` (street canyon) or `rma` (macro in the country).
        level
            Threshold: `high` confidence (-110 dBm), `very_high` (-100), `edge` (-120, not for claims).

        Raises
        ------
        StudyError
            When the frequency or the receiver's height is outside the model's validity.
        """
        names = (
            "eirp_dbm",
            "interference_margin_db",
            "resource_blocks",
            "frequency_ghz",
            "height_m",
        )
        keys = [f"{group}_{name}" for name in names]
        eirp, margin, blocks, frequency, height = (parameters.span(key) for key in keys)
        threshold = f"radio.threshold_5g_{level}_dbm"
        element = [
            eirp_per_element_dbm(power - less, blocks[1])
            for power, less in zip(eirp, margin[::-1], strict=True)
        ]
        return cls(
            name=group.rpartition(".")[2],
            environment=environment,
            frequency_ghz=frequency[1],
            element_dbm=(element[0], element[1], element[2]),
            height_m=height,
            threshold_dbm=parameters.value(threshold),
            receiver_m=parameters.value("radio.receiver_height_m"),
            parameters=(*keys, threshold, "radio.receiver_height_m"),
        )

    @property
    def words(self) -> str:
        """The model's environment, in words."""
        return ENVIRONMENT_WORDS[self.environment]

    @property
    def notes(self) -> tuple[str, ...]:
        """What limits claims made with this carrier."""
        if self.frequency_ghz < MILLIMETRE_GHZ:
            return ()
        return (f"{self.frequency_ghz:g} GHz: only places in line of sight may be claimed",)

    @property
    def most_loss_db(self) -> Floats:
        """Return the largest path loss at which the threshold is met: low, default, high."""
        return np.asarray([maximum_path_loss_db(e, self.threshold_dbm) for e in self.element_dbm])


@dataclass(frozen=True)
class Masts:
    """Transmitting sites that can be used.

    Attributes
    ----------
    height_m
        Above ground, shape (masts, 3): low, default, high; all the same where the height is known.
    assumed
        Whether the height is the carrier's default.
    notes
        What was assumed or left out, for the people who read the results.
    """

    id: NDArray[np.object_]
    easting: Floats
    northing: Floats
    height_m: Floats
    assumed: NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.id)

    @property
    def xy(self) -> Floats:
        """Easting and northing, shape (masts, 2)."""
        return np.column_stack([self.easting, self.northing])


def masts_from(
    frame: pd.DataFrame, carrier: Carrier, *, where: str = "mast list", strict: bool = False
) -> Masts:
    """Return the masts of a list that a carrier can be put on.

    Parameters
    ----------
    frame
        `id easting northing` and, where known, `height_m` above ground. Metres, EPSG:27700.
    carrier
        Gives the height of masts that do not say theirs, and the model whose limits hold.
    where
        What to call the list in messages.
    strict
        Refuse the list when any mast cannot be used, as for a list that a user wrote for one bid;
        otherwise such masts are left out and counted in the notes.

    Raises
    ------
    InputError
        In one message, when no mast can be used, or any cannot and `strict` is asked for.
    """
    height = np.full(len(frame), np.nan)
    if "height_m" in frame:
        height = pd.to_numeric(frame["height_m"], errors="coerce").to_numpy(dtype=np.float64)
    xy = frame[["easting", "northing"]].to_numpy(dtype=np.float64)
    ids = frame["id"].astype(str).to_numpy(dtype=object)
    low, high = HEIGHTS_M[carrier.environment]
    nowhere = np.isnan(xy).any(axis=1)
    with np.errstate(invalid="ignore"):
        wild = ~nowhere & ((height < low) | (height > high))
    faults, notes = [], []
    for mask, problem, mend in (
        (nowhere, "have no position", "give easting and northing"),
        (wild, f"have heights outside {low:g} to {high:g} m above ground", "correct the heights, in metres above ground"),
    ):  # fmt: skip
        if mask.any():
            shown = [
                f"{i} ({h:g} m)" if np.isfinite(h) else str(i)
                for i, h in zip(ids[mask], height[mask], strict=True)
            ]
            more = f" and {len(shown) - NAMED_AT_MOST} more" if len(shown) > NAMED_AT_MOST else ""
            listed = ", ".join(shown[:NAMED_AT_MOST]) + more
            faults.append(
                Fault(where, f"{int(mask.sum()):,} of {len(ids):,} masts {problem}: {listed}", mend)
            )
            notes.append(f"{int(mask.sum()):,} masts left out, as they {problem}")
    keep = ~(nowhere | wild)
    if len(frame) and (not keep.any() or (strict and faults)):
        raise InputError(faults)
    assumed = np.isnan(height[keep])
    spread = np.repeat(height[keep, None], len(CASES), axis=1)
    spread[assumed] = carrier.height_m
    if assumed.any():
        ends = f"{carrier.height_m[1]:g} m ({carrier.height_m[0]:g} to {carrier.height_m[2]:g})"
        notes.append(
            f"{int(assumed.sum()):,} of {int(keep.sum()):,} masts have no height: {ends} assumed"
        )
    stated = STATED_M.get(carrier.environment)
    if stated is not None:
        far = (height[keep] < stated / 2) | (height[keep] > 2 * stated)  # NaN is neither
        if far.any():
            notes.append(
                f"{int(far.sum()):,} of {int(keep.sum()):,} masts are under half or over twice the {stated:g} m "
                f"for which TR 38.901 states {carrier.environment}: their loss is extrapolated"
            )
    return Masts(ids[keep], xy[keep, 0], xy[keep, 1], spread, assumed, tuple(notes))
