"""Where each UPRN is, and which of them the study asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.boundaries import Ground
from layers.ledger import OUTSIDE, Ledger, in_codes, newest_first
from layers.source import Reading

__all__ = ["UNASKED_FILE", "Positions", "joined", "numbers_of", "positions", "taken"]

UNASKED = "a UPRN that no premises or register row names"
UNASKED_FILE = "no premises or register names any of its UPRNs"

Floats = NDArray[np.float64]


class Positions:
    """OS Open UPRN: where each UPRN is, and which of them were asked for."""

    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self.readings = newest_first(readings)
        frames = [reading.frame for reading in self.readings]
        self._uprn = joined([numbers_of(f["uprn"]) for f in frames], np.int64)
        self.x = joined([f["easting"].to_numpy(float) for f in frames], np.float64)
        self.y = joined([f["northing"].to_numpy(float) for f in frames], np.float64)
        self._order: NDArray[np.int64] | None = None
        if (np.diff(self._uprn) < 0).any():  # published in order; the first of the same number wins
            self._order = np.argsort(self._uprn, kind="stable")
        self._sorted = self._uprn if self._order is None else self._uprn[self._order]
        self._places: NDArray[np.int32] | None = None
        self.asked = np.zeros(len(self._uprn), dtype=bool)

    def __len__(self) -> int:
        return len(self._uprn)

    def rows(self, uprn: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each UPRN, -1 where it is not known; they count as asked for."""
        if not len(self._sorted):
            return np.full(len(uprn), -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self._sorted, uprn), len(self._sorted) - 1)
        hit = (self._sorted[rows] == uprn) & (uprn > 0)
        if self._order is not None:
            rows = self._order[rows]
        rows[~hit] = -1
        self.asked[rows[hit]] = True
        return rows

    def locate(self, uprn: pd.Series) -> tuple[Floats, Floats]:
        """Return easting and northing of each UPRN; NaN where it is not known."""
        rows = self.rows(numbers_of(uprn))
        return taken(self.x, rows), taken(self.y, rows)

    def places(self, ground: Ground) -> NDArray[np.int32]:
        """Return the small area of each row, -1 outside the study; found once."""
        if self._places is None:
            self._places = ground.place(self.x, self.y).astype(np.int32)
        return self._places

    def reasons(self, ground: Ground) -> list[tuple[Reading, pd.Categorical[str]]]:
        """Return why rows of each file are not used: outside the study, or not asked for."""
        if not len(self):
            return []
        outside = self.places(ground) < 0
        code = np.where(outside, 2, ~self.asked).astype(np.int8)
        ends = np.cumsum([0, *(len(reading.frame) for reading in self.readings)])
        return [
            (reading, in_codes(code[start:stop], UNASKED, OUTSIDE))
            for reading, start, stop in zip(self.readings, ends[:-1], ends[1:], strict=True)
        ]

    def settle(self, ledger: Ledger, ground: Ground) -> None:
        """Set aside the UPRNs that nothing in the study asked for."""
        for reading, why in self.reasons(ground):
            if (why.codes == 0).any():
                ledger.settle_rows(reading, why)
            else:
                ledger.leave(reading, UNASKED_FILE)


def joined(parts: list[NDArray[Any]], kind: type) -> NDArray[Any]:
    """Return arrays one after the other; an empty one of a kind where there are none."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, kind)


def taken(values: Floats, rows: NDArray[np.int64]) -> Floats:
    """Return the values of some rows; NaN for row -1."""
    if not len(values):
        return np.full(len(rows), np.nan)
    return np.where(rows >= 0, values[rows], np.nan)


def positions(ledger: Ledger) -> Positions:
    """Collect the positions of UPRNs."""
    return Positions((*ledger.of("open_uprn"), *ledger.of("onsud")))


def numbers_of(uprn: pd.Series) -> NDArray[np.int64]:
    """Return UPRNs as numbers, 0 where there is none (they lose leading zeros in spreadsheets)."""
    if uprn.dtype == np.int64:
        return uprn.to_numpy()
    return pd.to_numeric(uprn, errors="coerce").fillna(0).to_numpy().astype(np.int64)
