"""From text cells to values: what is missing, what is suppressed, what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from layers.dates import read_dates
from layers.join_keys import (
    LOST_PRECISION,
    NOT_A_UPRN,
    UPRN_MAX,
    normal_postcode,
    normal_postcode_text,
    normal_uprn_cells,
)
from layers.layouts import Field

__all__ = [
    "NUMERIC",
    "Cells",
    "counted",
    "normal_postcode",
    "normal_postcode_text",
    "read_cells",
    "read_numbers",
]

NUMERIC = ("percent", "count", "number", "uprn")
MISSING = ("", "n/a", "na", "nan", "null", "none", "-", "..", "#n/a", ".")
SUPPRESSED = re.compile(r"^<\s*\d+(\.\d+)?$")
GROUPED = re.compile(r"^-?(£\s*)?\d{1,3}(,\d{3})+(\.\d+)?$|^-?£\s*\d+(\.\d+)?$")
TRUE = ("true", "t", "yes", "y", "1")
UPRN_DIGITS = 14
# the signs of plain numbers, from the first to the last: digits alone, or with a minus and a point
DIGITS, NUMBER_SIGNS = (ord("0"), ord("9")), (ord("-"), ord("9"))
PIECE_CELLS = 1 << 11
FALSE = ("false", "f", "no", "n", "0", "")

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Cells:
    """The values of a column, in order; which cells are wrong and why; how many were suppressed."""

    series: pd.Series[Any]
    wrong: tuple[tuple[str, Mask], ...] = field(default=())
    suppressed: int = 0


def counted(number: int, one: str, many: str) -> str:
    """Return a count in words: the form for one, or the number and the form for many.

    >>> counted(1, "polygon was", "polygons were"), counted(1200, "row", "rows")
    ('1 polygon was', '1,200 rows')
    """
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


def _mask(values: pd.Series[bool]) -> Mask:
    return values.to_numpy(dtype=bool)


def _starts(array: pa.Array) -> NDArray[np.int32]:
    """Return where each cell of a column of text starts, and where the last one stops."""
    offsets = array.buffers()[1]
    if offsets is None:
        return np.zeros(1, np.int32)
    return np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)


def _strange(array: pa.Array, signs: tuple[int, int]) -> Rows:
    """Return the cells that hold another byte than those from the first sign to the last."""
    starts, text = _starts(array), array.buffers()[2]
    if text is None:
        return np.empty(0, np.intp)
    first, last = int(starts[0]), int(starts[-1])
    held = np.frombuffer(text, np.uint8, last - first, first)
    # below the first sign, the difference wraps around to a large number
    other = np.flatnonzero(held - np.uint8(signs[0]) > signs[1] - signs[0])
    return np.unique(np.searchsorted(starts, other + first, side="right") - 1)


def _cast(array: pa.Array, kind: pa.DataType, odd: Mask) -> NDArray[Any]:
    """Return numbers of all cells but the odd ones; where the parser stops, all around becomes odd."""
    missing = 0 if pa.types.is_integer(kind) else np.nan
    plain = array
    if odd.any():
        plain = pc.if_else(pa.array(odd), pa.scalar(None, array.type), array)
    try:
        return _filled(pc.cast(plain, kind), missing)
    except pa.ArrowInvalid:
        values: NDArray[Any] = np.full(len(array), missing, dtype=kind.to_pandas_dtype())
    for low in range(0, len(array), PIECE_CELLS):
        piece = slice(low, low + PIECE_CELLS)
        try:
            values[piece] = _filled(pc.cast(plain[piece], kind), missing)
        except pa.ArrowInvalid:
            odd[piece] = True
    return values


def _filled(array: pa.Array, missing: float) -> NDArray[Any]:
    found: NDArray[Any] = pc.fill_null(array, missing).to_numpy(zero_copy_only=False)
    return found


def read_numbers(array: pa.Array, item: Field) -> Cells:
    """Turn a column of text into numbers or UPRNs: see `read_cells`.

    Only an odd cell is looked at closely: one that holds more than the signs of a plain number, or whose
    number cannot be right.
    """
    uprn = item.kind == "uprn"
    size = np.diff(_starts(array))
    absent = size == 0
    odd = size > UPRN_DIGITS if uprn else np.zeros(len(array), dtype=bool)
    odd[_strange(array, DIGITS if uprn else NUMBER_SIGNS)] = True
    leave = odd | absent
    values = _cast(array, pa.int64() if uprn else pa.float64(), leave)
    odd |= leave & ~absent
    if item.fill_required:
        odd |= absent
    if uprn:
        odd |= ~absent & ((values <= 0) | (values > UPRN_MAX))
    else:
        for _, outside in _outside(values, item):
            odd |= outside
    rows = np.flatnonzero(odd)
    none = absent if uprn else None
    wrong: list[tuple[str, Mask]] = []
    suppressed = 0
    if len(rows):
        values = values if values.flags.writeable else values.copy()
        cells = array.take(pa.array(rows)).to_pandas()
        if uprn:
            values[rows], absent[rows], found = _odd_uprns(cells, item)
        else:
            values[rows], suppressed, found = _odd_numbers(cells, item)
        for why, mask in found:
            whole = np.zeros(len(array), dtype=bool)
            whole[rows[mask]] = True
            wrong.append((why, whole))
    kept = values if none is None else pd.arrays.IntegerArray(values, none)
    return Cells(pd.Series(kept, copy=False), tuple(wrong), suppressed)


def _odd_numbers(
    cells: pd.Series[str], item: Field
) -> tuple[NDArray[np.float64], int, list[tuple[str, Mask]]]:
    """Return numbers, NaN where a cell is none; how many are suppressed; what is wrong."""
    text = cells.str.strip()
    values = np.array(pd.to_numeric(text, errors="coerce"), dtype=np.float64)
    unread = np.isnan(values)
    rest = text[unread]
    blank = _mask(rest.str.lower().isin(MISSING))
    hidden = _mask(rest.str.match(SUPPRESSED.pattern))
    grouped = _mask(rest.str.match(GROUPED.pattern))
    at = np.flatnonzero(unread)
    if grouped.any():
        plain = rest[grouped].str.replace(r"[,£\s]", "", regex=True)
        values[at[grouped]] = pd.to_numeric(plain).to_numpy(dtype=np.float64)
    bad = np.isinf(values)
    bad[at] = ~(blank | hidden | grouped)
    wrong = [("not a number", bad), *_outside(values, item)]
    if item.fill_required:
        wrong.append(("no value", np.isnan(values)))
    return values, int(hidden.sum()), [(why, mask) for why, mask in wrong if mask.any()]


def _bounds(item: Field) -> tuple[float | None, float | None]:
    low = item.low if item.low is not None else 0.0 if item.kind in {"percent", "count"} else None
    high = item.high if item.high is not None else 100.0 if item.kind == "percent" else None
    return low, high


def _outside(values: NDArray[np.float64], item: Field) -> list[tuple[str, Mask]]:
    """Return the cells that break the bounds of a field; a missing value breaks none."""
    low, high = _bounds(item)
    wrong: list[tuple[str, Mask]] = []
    below = values < low if low is not None else None
    above = values > high if high is not None else None
    if below is not None and above is not None:
        wrong.append((f"outside {low:g} to {high:g}", below | above))
    elif below is not None:
        wrong.append(("negative" if low == 0 else "out of range", below))
    elif above is not None:
        wrong.append(("out of range", above))
    if item.kind == "count":
        with np.errstate(invalid="ignore"):
            wrong.append(("not a whole number", np.isfinite(values) & (values % 1 != 0)))
    return wrong


def _odd_uprns(
    cells: pd.Series[str], item: Field
) -> tuple[NDArray[np.int64], Mask, list[tuple[str, Mask]]]:
    """Return UPRNs not written in digits alone, 0 where a cell is none; which are missing; what is wrong.

    Leading zeros and a trailing `.0` do not matter; zero means there is none.
    """
    text, lost = normal_uprn_cells(cells)
    digits = _mask(text.str.fullmatch(rf"\d{{1,{UPRN_DIGITS}}}"))
    values = np.zeros(len(cells), dtype=np.int64)
    values[digits] = pd.to_numeric(text[digits]).to_numpy(dtype=np.int64)
    none = _mask(text.str.lower().isin(MISSING)) | (digits & (values == 0))
    bad = ~none & ((values == 0) | (values > UPRN_MAX))
    values[bad] = 0
    wrong = [(LOST_PRECISION, lost), (NOT_A_UPRN, bad & ~lost)]
    if item.fill_required:
        wrong.append(("no value", none))
    return values, none | bad, [(why, mask) for why, mask in wrong if mask.any()]


def _date(text: pd.Series[str], item: Field) -> Cells:
    """Read dates, day before month, to ISO text."""
    filled = ~_mask(text.str.lower().isin(MISSING))
    when = read_dates(text)
    bad = filled & _mask(when.isna())
    wrong = [("not a date", bad)]
    if item.fill_required:
        wrong.append(("no value", ~filled))
    values = when.dt.strftime("%Y-%m-%d").fillna("").astype("str")
    return Cells(values, tuple((why, m) for why, m in wrong if m.any()))


def _flag(text: pd.Series[str], item: Field) -> Cells:
    lowered = text.str.lower()
    known = lowered.isin(TRUE)
    faults = [("neither true nor false", _mask(~known & ~lowered.isin(FALSE)))]
    if item.fill_required:
        faults.append(("no value", _mask(text == "")))
    return Cells(known, tuple((why, m) for why, m in faults if m.any()))


def read_cells(cells: pd.Series[str], item: Field) -> Cells:
    """Turn the text cells of one field into values.

    Parameters
    ----------
    cells
        Text as it stands in the file, never null.
    item
        The field.

    Returns
    -------
    Cells
        Numbers as float64 with NaN where missing or suppressed; flags as bool; UPRNs as Int64; choices as
        categories; all else as text, empty where missing.
    """
    if item.kind in NUMERIC:
        array = pa.array(cells, type=pa.string())
        # a column that was put together from several comes in several pieces
        whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        return read_numbers(whole, item)
    text = cells.str.strip()
    if item.kind == "choice":
        found = text.str.lower().map(item.choices)
        words = list(dict.fromkeys(item.choices.values()))
        chosen = pd.Series(pd.Categorical(found, categories=words), index=cells.index)
        unknown = _mask(chosen.isna() & (text != ""))
        why = f"unknown {item.title.replace('_', ' ')}"
        return Cells(chosen, ((why, unknown),) if unknown.any() else ())
    if item.kind == "flag":
        return _flag(text, item)
    if item.kind == "date":
        return _date(text, item)
    if item.kind == "code":
        text = text.str.upper()
    elif item.kind == "postcode":
        text = normal_postcode(text)
    wrong: list[tuple[str, Mask]] = []
    blank = _mask(text == "")
    if item.fill_required:
        wrong.append(("no value", blank))
    if item.matches:
        wrong.append(
            ("not in the expected form", ~_mask(text.str.fullmatch(item.matches)) & ~blank)
        )
    return Cells(text, tuple((why, m) for why, m in wrong if m.any()))
