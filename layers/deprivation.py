"""Deprivation of each small area: the Index of Multiple Deprivation, decile 1 the most deprived."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.ledger import OUTSIDE, Ledger, apart, newest_first

__all__ = ["deprivation"]


def deprivation(ledger: Ledger, ground: Ground) -> pd.DataFrame:
    """Return the decile of each area.

    The edition of 2025 is on LSOA 2021. The edition of 2019 is on LSOA 2011 and stands in only
    where there is no newer one: measured for areas that a lookup says did not change, unknown for
    the others; estimated where no lookup says so.

    Returns
    -------
    DataFrame
        Indexed by area id: `decile` (1 to 10, missing where unknown), `grade`, `edition`, `src`,
        `record`.
    """
    index = pd.Index(ground.areas["id"], name="id")
    blank = {"decile": np.nan, "grade": "", "edition": "", "src": "", "record": 0}
    made = pd.DataFrame(blank, index=index)
    newer, older = ledger.of("imd", "2025"), ledger.of("imd", "2019")
    chosen = newest_first(newer or older)
    for reading in older if newer else ():
        ledger.leave(reading, "ended vintage: the Index of 2025 is in the study")
    known: set[str] = set()
    for reading in chosen:
        frame = reading.frame
        mine = frame["area_id"].isin(index)
        if not newer and ground.unchanged_2011 is not None:
            mine &= frame["area_id"].isin(ground.unchanged_2011)
        fresh = mine & ~frame["area_id"].isin(known)
        reasons = np.where(mine, "same area in another file", OUTSIDE).astype(object)
        if not newer:
            reasons[(frame["area_id"].isin(index) & ~mine).to_numpy(dtype=bool)] = (
                "area changed between 2011 and 2021"
            )
        reasons[fresh.to_numpy(dtype=bool)] = ""
        if fresh.any():
            ledger.settle(apart(reading, reasons))
        else:
            ledger.leave(reading, "the same deciles are in another file" if mine.any() else OUTSIDE)
        rows = frame.loc[fresh].set_index("area_id")
        known |= set(rows.index)
        made.loc[rows.index, "decile"] = rows["decile"].astype(float)
        made.loc[rows.index, "grade"] = (
            "measured" if newer or ground.unchanged_2011 is not None else "estimated"
        )
        made.loc[rows.index, "edition"] = "2025" if newer else "2019"
        made.loc[rows.index, "src"] = rows["src"].astype("str")
        made.loc[rows.index, "record"] = rows["record"]
    return made
