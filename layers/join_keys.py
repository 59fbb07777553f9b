"""Keys that join one file to another, as they survive spreadsheets: UPRN, postcode, ONS code.

A spreadsheet drops leading zeros (harmless: a UPRN is a number), guards with `str` or an
apostrophe (harmless), writes `100012345678.0` (harmless) or `1.00012E+11`: the last digits are
then lost for good, and the row is refused rather than joined to another property.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = [
    "DISTRICT_CODE",
    "LOST_PRECISION",
    "NOT_A_UPRN",
    "UPRN_MAX",
    "among",
    "normal_postcode",
    "normal_postcode_text",
    "normal_uprn_cells",
    "share_of_2011",
]

# unitary authorities, districts, metropolitan and London boroughs; Wales, Scotland, Northern Ireland
DISTRICT_CODE = r"(?:E0[6789]|W06|S12|N09)\d{6}"
UPRN_MAX = 999_999_999_999
LOST_PRECISION = (
    "UPRN has lost its last digits in a spreadsheet (like 1.00012E+11): format the column as text "
    "before saving, or export it again"
)
NOT_A_UPRN = "not a UPRN (a spreadsheet may have damaged it)"
AS_PUBLISHED = "^([A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2})?$"
SCIENTIFIC = r"^(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$"


def normal_postcode(cells: pd.Series[str]) -> pd.Series[str]:
    """Return postcodes as published: upper case, one space before the last three characters."""
    array = pa.array(cells, type=pa.large_string())
    if pc.all(pc.match_substring_regex(array, AS_PUBLISHED)).as_py():
        return cells
    tight = cells.str.upper().str.replace(r"\s+", "", regex=True)
    return tight.where(tight.str.len() < 5, tight.str[:-3] + " " + tight.str[-3:])


def normal_postcode_text(cell: str) -> str:
    """Return one postcode as `normal_postcode` does.

    >>> normal_postcode_text("b13  0hn")
    'B13 0HN'
    """
    tight = "".join(cell.upper().split())
    return tight if len(tight) < 5 else f"{tight[:-3]} {tight[-3:]}"


def normal_uprn_cells(cells: pd.Series[str]) -> tuple[pd.Series[str], NDArray[np.bool_]]:
    """Undo what spreadsheets do to UPRNs, where it can be undone.

    Parameters
    ----------
    cells
        Text, never null.

    Returns
    -------
    tuple
        Text without `str`, apostrophe and a trailing `.0`; and the cells whose last digits are
        lost. Scientific notation that still shows every digit is written out.

    Examples
    --------
    >>> text, lost = normal_uprn_cells(pd.Series(["str000123", "5.0", "1.00012E+11", "1.23E+2"]))
    >>> text.tolist(), lost.tolist()
    (['000123', '5', '1.00012E+11', '123'], [False, False, True, False])
    """
    text = cells.str.strip()
    guarded = text.str.startswith(("str", "STR", "Str", "'"))
    if guarded.any():
        text = text.str.replace(r"^(?:str|')\s*", "", regex=True, case=False)
    text = text.str.replace(r"\.0+$", "", regex=True)
    lost: NDArray[np.bool_] = np.zeros(len(text), dtype=bool)
    if not text.str.contains("E", case=False, regex=False).any():
        return text, lost
    parts = text.str.extract(SCIENTIFIC)
    found = parts[0].notna()
    digits = (parts[0].fillna("") + parts[1].fillna("")).str.rstrip("0")
    length = pd.to_numeric(parts[2], errors="coerce").fillna(0).astype("int64") + 1
    # a value all of whose digits are shown is whole; one that fills its places with zeros is not
    shown = parts[1].fillna("").str.len() + 1 == length
    lost = (found & ~shown).to_numpy(dtype=bool)
    whole = found & shown
    if whole.any():
        filled = [d.ljust(n, "0") for d, n in zip(digits[whole], length[whole], strict=True)]
        text = text.copy()
        text[whole] = np.array(filled, dtype=object)
    return text, lost


def among(cells: pd.Series[str], known: AbstractSet[str]) -> NDArray[np.bool_]:
    """Whether each text is one of those known.

    `Series.isin` makes a table of all that is known at each call, which for the postcodes of a region
    takes a quarter of a second.

    >>> among(pd.Series(["B1 1AA", "B1 1AB"]), {"B1 1AB"}).tolist()
    [False, True]
    """
    return np.fromiter((cell in known for cell in cells.array), dtype=bool, count=len(cells))


def share_of_2011(codes: pd.Series[Any], areas_2021: set[str], areas_2011: set[str]) -> float:
    """Return the share of a file's codes that only the areas of 2011 have, 0 to 1.

    Codes of areas that did not change are in both sets and say nothing.
    """
    known = codes[codes.isin(areas_2021 | areas_2011)]
    if not len(known):
        return 0.0
    return float((known.isin(areas_2011) & ~known.isin(areas_2021)).mean())
