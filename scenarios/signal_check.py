"""The carrier of today's masts, held against measured signal where the study has any.

Modelled SS-RSRP of the listed masts is compared with 5G points of a drive test, or with an operator's own
predictions where nobody drove. Where there are enough points, and the study does not say otherwise
(`radio.apply_calibration`), the offset is added to the signal of masts. It is not added to the small cells
that a case proposes: they stand elsewhere, lower, and nobody has measured them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import InputError
from scenarios.calibration import Calibration, calibrate
from scenarios.coverage_raster import statistical
from scenarios.coverage_result import blank_cells
from scenarios.routes import positions, text_column
from scenarios.scenario import SummaryItem
from scenarios.transmitters import LABEL, Carrier, Masts, masts_from

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters

__all__ = ["APPLY", "SignalCheck", "check_signal", "listed_masts", "mast_carrier"]

MAST_MODEL = "radio.mast_model"
MAST_MODELS = (("radio.macro_3500", "uma"), ("radio.macro_700", "uma"), ("radio.macro_700", "rma"))
PIXEL = "radio.pixel_macro_m"
APPLY = "radio.apply_calibration"
FIFTH = ("5G", "NR")
# in order of trust: measurements before an operator's own model
KINDS = {"measured": "drive-test points", "predicted": "points of an operator's own prediction"}
NONE = "no drive test or operator's points in the study: coverage is modelled, indicative, and checked against nothing"
CELLS_AT_MOST = 4_000_000


@dataclass(frozen=True)
class SignalCheck:
    """What measured points say of the model of masts.

    Attributes
    ----------
    carrier
        Of the masts, with the offset where it is applied.
    calibration
        `None` where there was nothing to compare.
    applied
        Whether the offset is in the carrier.
    what
        The points compared, in words.
    """

    carrier: Carrier
    calibration: Calibration | None
    applied: bool
    what: str
    notes: tuple[str, ...]

    @property
    def label(self) -> str:
        """What results made with the carrier are called."""
        if not self.applied or self.calibration is None:
            return LABEL
        return (
            f"modelled coverage calibrated on {self.calibration.used:,} {self.what} in "
            f"{self.calibration.cells:,} cells, not a network operator prediction"
        )

    @property
    def parameters(self) -> tuple[str, ...]:
        """Register keys behind the carrier."""
        return (*self.carrier.parameters, *((APPLY,) if self.calibration is not None else ()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Evidence behind the offset; none where it is not applied."""
        return ("signal_points.rsrp_dbm",) if self.applied else ()

    def items(self) -> tuple[SummaryItem, ...]:
        """Return the comparison for the summary; nothing where nothing was compared."""
        c = self.calibration
        if c is None:
            return ()
        used = "added to the signal of masts" if self.applied else "not added"
        rows = (
            ("points", "Points of measured signal compared", float(c.used), "points", 0, self.what),
            ("cells", "Cells compared, each at the median of its points", float(c.cells), "cells", 0, ""),
            ("bias_db", "Bias of modelled signal: modelled less measured", c.bias_db, "dB", 1, "above 0 the model is too hopeful"),
            ("rmse_db", "Root mean square error of modelled signal", c.rmse_db, "dB", 1, ""),
            ("offset_db", "Calibrated offset", c.offset_db, "dB", 1, used),
            ("rmse_after_db", "Root mean square error with the offset, on land it was not found on", c.rmse_after_db, "dB", 1, ""),
        )  # fmt: skip
        return tuple(
            SummaryItem(
                f"signal_{key}", label, value, unit=unit, decimals=decimals,
                grade="" if np.isnan(value) else "modelled", note=note,
            )
            for key, label, value, unit, decimals, note in rows
        )  # fmt: skip


def mast_carrier(parameters: Parameters) -> Carrier:
    """Return the carrier that every mast of the list is taken to have, by the register's model."""
    made = Carrier.of(parameters, *MAST_MODELS[round(parameters.value(MAST_MODEL))])
    return replace(made, parameters=(MAST_MODEL, *made.parameters))


def listed_masts(evidence: Evidence, carrier: Carrier) -> Masts:
    """Return the masts of the study that have a position; none without a list."""
    if evidence.masts is None:
        return masts_from(pd.DataFrame(columns=["id", "easting", "northing"]), carrier)
    frame = evidence.masts.frame
    placed = np.flatnonzero(~np.isnan(positions(frame)).any(axis=1))
    return masts_from(frame.iloc[placed], carrier)


def check_signal(evidence: Evidence, parameters: Parameters) -> SignalCheck:
    """Compare the masts' modelled signal with the study's points, and calibrate where there are enough.

    Points that cannot be compared are said in the notes and stop nothing: a poor drive test must not keep
    a case from being ranked.
    """
    carrier = mast_carrier(parameters)
    masts = listed_masts(evidence, carrier)
    if evidence.signal_points is None:
        return SignalCheck(carrier, None, applied=False, what="", notes=(*masts.notes, NONE))
    if not len(masts):
        note = "the study has points of measured signal but no mast list: nothing can be compared"
        return SignalCheck(carrier, None, applied=False, what="", notes=(note,))
    frame, what, notes = _points(evidence.signal_points.frame)
    notes = [*masts.notes, *notes]
    if frame is None:
        return SignalCheck(carrier, None, applied=False, what="", notes=tuple(notes))
    try:
        found = _compare(frame, masts, carrier, parameters)
    except InputError as error:
        notes.append(f"measured signal is not used: {error.faults[0].problem}")
        return SignalCheck(carrier, None, applied=False, what=what, notes=tuple(notes))
    applied = found.applies and parameters.value(APPLY) >= 1
    notes.append(_said(found, what, applied=applied))
    if applied:
        low, middle, high = (e + found.offset_db for e in carrier.element_dbm)
        carrier = replace(carrier, element_dbm=(low, middle, high))
    return SignalCheck(carrier, found, applied, what, tuple(notes))


def _points(frame: pd.DataFrame) -> tuple[pd.DataFrame | None, str, list[str]]:
    """Return the 5G points of the kind trusted most, what they are, and what was left."""
    notes = []
    technology = np.char.upper(text_column(frame, "technology").astype(str))
    other = (technology != "") & ~np.any([np.char.find(technology, t) >= 0 for t in FIFTH], axis=0)
    if other.any():
        notes.append(
            f"{int(other.sum()):,} points of signal are not 5G and are not compared with 5G masts"
        )
    kinds = text_column(frame, "kind")
    for kind, words in KINDS.items():
        mask: NDArray[np.bool_] = (kinds == kind) & ~other
        if mask.any():
            unsaid = int((technology[mask] == "").sum())
            if unsaid:
                notes.append(f"{unsaid:,} {words} do not say their technology and are taken as 5G")
            left = int((~mask & ~other).sum())
            if left:
                notes.append(
                    f"{left:,} points of an operator's prediction are not used beside a drive test"
                )
            return frame.loc[mask], words, notes
    return None, "", notes


def _compare(
    frame: pd.DataFrame, masts: Masts, carrier: Carrier, parameters: Parameters
) -> Calibration:
    xy = positions(frame)
    side = parameters.value(PIXEL)
    low, high = np.nanmin(xy, axis=0) - side, np.nanmax(xy, axis=0) + side
    while np.prod((high - low) / side) > CELLS_AT_MOST:
        side *= 2
    cells = blank_cells((low[0], low[1], high[0], high[1]), side)
    return calibrate(frame, statistical(masts, carrier, cells).raster())


def _said(found: Calibration, what: str, *, applied: bool) -> str:
    """Return the comparison in one sentence."""
    side = "stronger" if found.bias_db > 0 else "weaker"
    text = (
        f"signal of the listed masts as modelled is {abs(found.bias_db):.1f} dB {side} than {found.used:,} {what} "
        f"in {found.cells:,} cells say (root mean square error {found.rmse_db:.1f} dB)"
    )
    if applied:
        return (
            f"{text}; an offset of {found.offset_db:+.1f} dB is added to the signal of masts, with which the "
            f"error on land it was not found on is {found.rmse_after_db:.1f} dB; small cells are not calibrated. "
            "Masts missing from the list look like bias, and routes follow main roads"
        )
    why = "as the study asks for none" if found.applies else "as there are too few cells"
    return f"{text}; no offset is added, {why}"
