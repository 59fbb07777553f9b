"""Counts published on census areas of 2011, carried to those of 2021 by the published lookups.

LSOA and MSOA alike.

An area that did not change keeps its count, and areas that were merged add theirs up: both are
exact. An area that was split cannot be shared out, and those it was split into stay unknown.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.join_keys import share_of_2011
from layers.ledger import OUTSIDE, Ledger, apart
from layers.source import Reading

__all__ = [
    "OLD_AREAS", "OLD_MSOA", "SPLIT", "areas_of_2021", "carried_to_2021", "msoa_pairs", "on_msoa_2021",
    "pairs_of_2011", "settle_pairs", "stands_on_2011",
]  # fmt: skip

SPLIT = "area of 2011 that was split by 2021: its count cannot be shared out"
OLD_AREAS = (
    "its small areas are those of 2011 and the study's those of 2021: add the ONS lookup 'LSOA (2011) to "
    "LSOA (2021) exact fit', or the edition on areas of 2021"
)
OLD_MSOA = (
    "its MSOAs are those of 2011 and the study's those of 2021: add the ONS lookup 'MSOA (2011) to "
    "MSOA (2021)', or the same counts on areas of 2021"
)
# the highest codes of 2011; those made in 2021 follow on (ONS exact-fit lookups)
LAST_OF_2011 = {"E01": 33_768, "W01": 1_958, "E02": 6_934, "W02": 423}
PARTLY = "merged in 2021 with an area whose count is not known"


def stands_on_2011(codes: pd.Series, areas_2021: set[str]) -> bool:
    """Whether a file's census areas are those of 2011.

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
    pairs = _pairs(ledger, "lsoa11", "lsoa21", areas_2021)
    return pairs.set_axis(["lsoa11", "lsoa21"], axis=1)


def msoa_pairs(ledger: Ledger, msoa_2021: set[str]) -> pd.DataFrame:
    """Return each MSOA of 2011 with those of 2021 it became: `old new`, as `pairs_of_2011` does."""
    return _pairs(ledger, "msoa11", "msoa21", msoa_2021)


def _pairs(ledger: Ledger, old: str, new: str, areas_2021: set[str]) -> pd.DataFrame:
    parts = [
        r.frame[[old, new]] for r in ledger.of("lookups") if {old, new} <= set(r.frame.columns)
    ]
    if not parts:
        return pd.DataFrame({"old": pd.Series(dtype="str"), "new": pd.Series(dtype="str")})
    whole = pd.concat(parts, ignore_index=True).set_axis(["old", "new"], axis=1)
    whole = whole[(whole["old"] != "") & (whole["new"] != "")].drop_duplicates()
    near = set(whole.loc[whole["new"].isin(areas_2021), "old"])
    return whole[whole["old"].isin(near)].reset_index(drop=True)


def settle_pairs(ledger: Ledger, old: str, new: str, areas_2021: set[str]) -> None:
    """Record that the lookups from `old` to `new` were used: their rows of the study."""
    for reading in ledger.of("lookups"):
        if {old, new} <= set(reading.frame.columns):
            inside = reading.frame[new].isin(areas_2021)
            ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))


def areas_of_2021(
    codes: pd.Series, pairs: pd.DataFrame, areas_2021: set[str]
) -> tuple[pd.Series, NDArray[np.object_]] | None:
    """Name the area of 2021 that each row of a file on areas of 2011 counts towards.

    Parameters
    ----------
    codes
        Area of each row; an area may have several rows (industries, sizes).
    pairs
        `old new`, as `msoa_pairs` gives them.
    areas_2021
        The study's.

    Returns
    -------
    tuple or None
        The area of 2021 (missing where there is none to count towards), and why a row of the study's
        neighbourhood is not used. `None` where the codes are not those of 2011.
    """
    if share_of_2011(codes, areas_2021, set(pairs["old"])) == 0:
        return None
    children = pairs.groupby("old")["new"].nunique()
    single = pairs[pairs["old"].map(children) == 1]
    whole = pairs.assign(known=pairs["old"].isin(set(codes)) & (pairs["old"].map(children) == 1))
    complete = whole.groupby("new")["known"].all()
    target = codes.map(single.set_index("old")["new"])
    reasons = np.full(len(codes), "", dtype=object)
    reasons[(codes.map(children).fillna(0) > 1).to_numpy(dtype=bool)] = SPLIT
    partly = target.notna() & ~target.map(complete).fillna(value=False).astype(bool)
    reasons[partly.to_numpy(dtype=bool)] = PARTLY
    return target.where(target.isin(areas_2021) & (reasons == "")), reasons


def on_msoa_2021(
    ledger: Ledger, reading: Reading, pairs: pd.DataFrame, msoa_2021: set[str]
) -> Reading | None:
    """Return a reading of counts by MSOA on the MSOAs of 2021, or leave it out with the mend.

    Rows that cannot be carried are set aside; the rest keep their record. A reading already on the
    areas of 2021 is returned as it is.
    """
    codes = reading.frame["area_id"]
    found = areas_of_2021(codes, pairs, msoa_2021)
    if found is None:
        if not stands_on_2011(codes, msoa_2021):
            return reading
        ledger.leave(reading, OLD_MSOA)
        ledger.note(f"{reading.source.path} is not used: {OLD_MSOA}")
        return None
    target, reasons = found
    settle_pairs(ledger, "msoa11", "msoa21", msoa_2021)
    ledger.note(
        f"{reading.source.path} stands on MSOA of 2011: carried to 2021 by the published lookup, areas "
        "that were split left unknown"
    )
    return apart(
        replace(reading, frame=reading.frame.assign(area_id=target.fillna(codes))), reasons
    )


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
    found = areas_of_2021(frame[code], pairs.set_axis(["old", "new"], axis=1), areas_2021)
    if found is None:
        return None
    target, reasons = found
    rows = frame.loc[target.notna()].assign(**{code: target.dropna()})
    rules = {count: "sum", "src": "first", "record": "first"}
    made: pd.DataFrame = rows.groupby(code, sort=True).agg(rules).reset_index()
    return made, reasons
