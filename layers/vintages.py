"""Counts published on LSOA of 2011, carried to LSOA of 2021 by the published lookup where they can be.

An area that did not change keeps its count, and areas that were merged add theirs up: both are
exact. An area that was split cannot be shared out, and those it was split into stay unknown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.join_keys import share_of_2011
from layers.ledger import Ledger

__all__ = ["OLD_AREAS", "SPLIT", "carried_to_2021", "pairs_of_2011", "stands_on_2011"]

SPLIT = "area of 2011 that was split by 2021: its count cannot be shared out"
OLD_AREAS = (
    "its small areas are those of 2011 and the study's those of 2021: add the ONS lookup 'LSOA (2011) to "
    "LSOA (2021) exact fit', or the edition on areas of 2021"
)
# the highest codes of 2011; those made in 2021 follow on (ONS exact-fit lookup)
LAST_OF_2011 = {"E01": 33_768, "W01": 1_958}
PARTLY = "merged in 2021 with an area whose count is not known"


def stands_on_2011(codes: pd.Series, areas_2021: set[str]) -> bool:
    """Whether a file's small areas are those of 2011.

    Most codes did not change, so such a file fits most of a study and would quietly leave out the
    rest. It is told by holding areas of the study and others that the study does not have, and none of
    those that were made in 2021.

    Examples
    --------
    >>> study = {"E01000001", "E01033886", "E01033887"}  # the last two were one area, E01000002
    >>> stands_on_2011(pd.Series(["E01000001", "E01000002"]), study)
    True
    >>> stands_on_2011(pd.Series(["E01000001", "E01033886", "E01033887", "E01000009"]), study)
    False
    """
    made = {a for a in areas_2021 if a[:3] in LAST_OF_2011 and int(a[3:]) > LAST_OF_2011[a[:3]]}
    held = set(codes)
    return bool(made and held & areas_2021 and held - areas_2021) and not held & made


def pairs_of_2011(ledger: Ledger, areas_2021: set[str]) -> pd.DataFrame:
    """Return each area of 2011 with the study's areas of 2021 it became: `lsoa11 lsoa21`.

    Areas of 2011 that lie partly outside the study have a row with `lsoa21` outside it too.
    """
    parts = [
        r.frame[["lsoa11", "lsoa21"]]
        for r in ledger.of("lookups")
        if {"lsoa11", "lsoa21"} <= set(r.frame.columns)
    ]
    if not parts:
        return pd.DataFrame({"lsoa11": pd.Series(dtype="str"), "lsoa21": pd.Series(dtype="str")})
    whole = pd.concat(parts, ignore_index=True).drop_duplicates()
    near = set(whole.loc[whole["lsoa21"].isin(areas_2021), "lsoa11"])
    return whole[whole["lsoa11"].isin(near)].reset_index(drop=True)


def carried_to_2021(
    frame: pd.DataFrame, code: str, count: str, pairs: pd.DataFrame, areas_2021: set[str]
) -> tuple[pd.DataFrame, NDArray[np.object_]] | None:
    """Carry counts from areas of 2011 to those of 2021.

    Parameters
    ----------
    frame
        One row an area, with its `code`, its `count`, `src` and `record`.
    pairs
        As `pairs_of_2011` gives them.

    Returns
    -------
    tuple or None
        Rows by area of 2021 (same columns; the first record of those added up), and for each row of
        `frame` why it was not used (empty where it was, or where it is outside the study). `None`
        where the codes are not those of 2011.
    """
    old = set(pairs["lsoa11"])
    if share_of_2011(frame[code], areas_2021, old) == 0:
        return None
    children = pairs.groupby("lsoa11")["lsoa21"].nunique()
    single = pairs[pairs["lsoa11"].map(children) == 1]
    held = set(frame[code])
    whole = pairs.assign(known=pairs["lsoa11"].isin(held) & (pairs["lsoa11"].map(children) == 1))
    complete = whole.groupby("lsoa21")["known"].all()
    target = frame[code].map(single.set_index("lsoa11")["lsoa21"])
    reasons = np.full(len(frame), "", dtype=object)
    split = frame[code].map(children).fillna(0) > 1
    reasons[split.to_numpy(dtype=bool)] = SPLIT
    partly = target.notna() & ~target.map(complete).fillna(value=False).astype(bool)
    reasons[partly.to_numpy(dtype=bool)] = PARTLY
    used = target.notna() & (reasons == "") & target.isin(areas_2021)
    rows = frame.loc[used].assign(**{code: target[used]})
    rules = {count: "sum", "src": "first", "record": "first"}
    made: pd.DataFrame = rows.groupby(code, sort=True).agg(rules).reset_index()
    return made, reasons
