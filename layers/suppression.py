"""Small numbers hidden so that neither totals nor an earlier release give them back.

A count of 1 to 4 is printed `<5`. Where a total is known, further cells are withheld until every
count that may be behind a `<5` is possible. Numbers that rest on single sites are coarse besides,
so that two releases that differ by one site do not differ by that site's number.

Source of the rule: counts below five are withheld, with secondary suppression (house rules on
small numbers, as the Office for National Statistics and Ofcom's postcode files apply them).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from layers.disclosure import WITHHELD, hide
from layers.lineage import Table

__all__ = ["SECONDARY", "SMALL", "coarse", "secondary", "suppress", "to_fives"]

LEAST = 5
SMALL = "<5"
SHOWN, PRIMARY, SECONDARY = 0, 1, 2

Codes = NDArray[np.int8]


def _covered(values: NDArray[np.float64], codes: Codes) -> bool:
    """Return whether every hidden count may be 1, 2, 3 or 4, for one who knows total and rules."""
    primary = int((codes == PRIMARY).sum())
    if primary == 0:
        return True
    rest = float(values[codes != SHOWN].sum())
    hidden = int((codes == SECONDARY).sum())
    # of the remainder, the other `<5` take 1 to 4 each; a withheld cell takes 5 or more
    most = rest - (primary - 1) - LEAST * hidden
    least = rest - 4 * (primary - 1)
    return most >= LEAST - 1 and (hidden > 0 or least <= 1)


def secondary(values: ArrayLike) -> Codes:
    """Return for counts that sum to a known total: 0 shown, 1 small, 2 withheld to protect a small one.

    Parameters
    ----------
    values
        Counts, with missing as NaN; missing cells are left out of the sum.

    Notes
    -----
    The smallest shown count of five or more is withheld next, until the remainder allows each
    small count every value from 1 to 4. Where that never happens, no cell is shown at all, so that
    nothing tells which of them are small.
    """
    counts = np.asarray(values, dtype=np.float64)
    codes = np.where((counts >= 1) & (counts < LEAST), PRIMARY, SHOWN).astype(np.int8)
    known = np.nan_to_num(counts)
    free = [int(i) for i in np.argsort(counts, kind="stable") if counts[i] >= LEAST]
    while not _covered(known, codes) and free:
        codes[free.pop(0)] = SECONDARY
    if not _covered(known, codes):
        codes[np.isfinite(counts)] = SECONDARY
    return codes


def suppress(
    table: Table, column: str, group: pd.Series[str] | None = None, beside: tuple[str, ...] = ()
) -> Table:
    """Return a table without the small counts of a column, nor what would give them back.

    Parameters
    ----------
    group
        For each row, the name of the total it counts into; all rows one total where not given.
    beside
        Columns that tell of the same count (a share, a density) and go with it.
    """
    frame = table.frame
    codes = np.zeros(len(frame), dtype=np.int8)
    groups = group if group is not None else pd.Series("", index=frame.index)
    values = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    for rows in frame.groupby(groups.to_numpy(), sort=False).indices.values():
        codes[rows] = secondary(values[rows])
    names = [str(name) for name in frame.columns]
    for code, word in ((PRIMARY, SMALL), (SECONDARY, WITHHELD)):
        mask = np.zeros(frame.shape, dtype=bool)
        mask[codes == code, names.index(column)] = True
        table = hide(table, mask, word)
        mask[:] = False
        for name in beside:
            mask[codes == code, names.index(name)] = True
        table = hide(table, mask)
    return table


def to_fives(values: ArrayLike) -> NDArray[np.float64]:
    """Return counts rounded to the nearest five; below five they are not to be shown.

    >>> to_fives([7, 8, 12.5, 0]).tolist()
    [5.0, 10.0, 10.0, 0.0]
    """
    return LEAST * np.round(np.asarray(values, dtype=np.float64) / LEAST)


def coarse(value: float, figures: int = 2) -> float:
    """Return a number with so many leading figures.

    >>> coarse(1829545), coarse(0.0), coarse(-4321.0), coarse(8.3)
    (1800000.0, 0.0, -4300.0, 8.3)
    """
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, figures - 1 - math.floor(math.log10(abs(value))))
