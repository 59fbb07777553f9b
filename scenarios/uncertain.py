"""The values of a ranking that are not known exactly, cell by cell, with what keys their draws."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.errors import Fault, StudyError

__all__ = ["Cells", "check_ranges", "uncertain_cells"]

Floats = NDArray[np.float64]
RANGE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Cells:
    """The uncertain values, in the order the sites are ranked in among equals."""

    site: NDArray[np.int64]
    criterion: NDArray[np.int64]
    range: Floats
    flat: NDArray[np.bool_]
    key: NDArray[np.uint64]


def check_ranges(low: Floats, mid: Floats, high: Floats, names: list[str], where: str) -> None:
    """Refuse a value outside its range, or a range outside 0 to 1."""
    slack = RANGE_TOLERANCE
    wrong = ~((low >= -slack) & (low <= mid + slack) & (mid <= high + slack) & (high <= 1 + slack))
    if wrong.any():
        site, criterion = (int(i[0]) for i in np.nonzero(wrong))
        problem = (
            f"criterion {criterion + 1} of {names[site]} has the range "
            f"{low[site, criterion]:g}, {mid[site, criterion]:g}, {high[site, criterion]:g}"
        )
        raise StudyError(Fault(where, problem, "values run 0 <= low <= value <= high <= 1"))


def uncertain_cells(low: Floats, high: Floats, flat: NDArray[np.bool_], names: list[str]) -> Cells:
    """Return the cells whose low and high differ; `flat` says which are drawn evenly."""
    site, criterion = np.nonzero(high > low)
    digests = [hashlib.sha256(name.encode()).digest()[:8] for name in names]
    names_key = np.array([int.from_bytes(d, "little") for d in digests], dtype=np.uint64)
    steps = (criterion.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return Cells(
        site.astype(np.int64),
        criterion.astype(np.int64),
        np.stack([low[site, criterion], high[site, criterion]], axis=1),
        flat[site, criterion],
        names_key[site] + steps,
    )
