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
    "Cells",
    "counted",
    "normal_postcode",
    "normal_postcode_text",
    "read_cells",
    "read_numbers",
    "read_plain",
]

MISSING = ("", "n/a", "na", "nan", "null", "none", "-", "..", "#n/a", ".")
SUPPRESSED = re.compile(r"^<\s*\d+(\.\d+)?$")
GROUPED = re.compile(r"^-?(£\s*)?\d{1,3}(,\d{3})+(\.\d+)?$|^-?£\s*\d+(\.\d+)?$")
PIECE = 8_192
TRUE = ("true", "t", "yes", "y", "1")
UPRN_DIGITS = 14
PIECE_CELLS = 1 << 11
FALSE = ("false", "f", "no", "n", "0", "")


@dataclass(frozen=True)
class Cells:
    """The values of a column, in order; which cells are wrong and why; how many were suppressed."""

    series: pd.Series[Any]
    wrong: tuple[tuple[str, NDArray[np.bool_]], ...] = field(default=())
    suppressed: int = 0


def counted(number: int, one: str, many: str) -> str:
    """Return a count in words: the form for one, or the number and the form for many.

    >>> counted(1, "polygon was", "polygons were"), counted(1200, "row", "rows")
    ('1 polygon was', '1,200 rows')
    """
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


def _mask(values: pd.Series[bool]) -> NDArray[np.bool_]:
    return values.to_numpy(dtype=bool)


def _in_pieces(array: pa.Array, kind: pa.DataType) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return numbers, 0 or NaN where a cell is empty or odd, and the cells of pieces that hold an odd one.

    One odd cell in thousands must not send a whole column the slow way.
    """
    missing = 0 if pa.types.is_integer(kind) else np.nan
    values: NDArray[Any] = np.full(len(array), missing, dtype=kind.to_pandas_dtype())
    odd = np.zeros(len(array), dtype=bool)
    for low in range(0, len(array), PIECE_CELLS):
        piece = array.slice(low, PIECE_CELLS)
        try:
            made = pc.fill_null(pc.cast(piece, kind), missing)
        except pa.ArrowInvalid:
            odd[low : low + PIECE_CELLS] = True
        else:
            values[low : low + PIECE_CELLS] = made.to_numpy(zero_copy_only=False)
    return values, odd


def _without(array: pa.Array, cells: pa.Array) -> pa.Array:
    return pc.if_else(cells, pa.scalar(None, array.type), array)


def _parsed(cells: pd.Series[str]) -> NDArray[np.float64]:
    """Return numbers, NaN where a cell is not one."""
    array = pa.array(cells, type=pa.large_string())
    array = _without(array, pc.equal(pc.binary_length(array), 0))
    values, odd = _in_pieces(array, pa.float64())
    rest = np.flatnonzero(odd)
    if len(rest):
        slow = pd.to_numeric(cells.iloc[rest].str.strip(), errors="coerce")
        values[rest] = slow.to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def _parsed_at_once(array: pa.Array) -> NDArray[np.float64] | None:
    """Return numbers where every cell is one or empty, and nothing needs a closer look."""
    empty = pc.equal(pc.binary_length(array), 0)
    if pc.any(empty).as_py():
        array = pc.if_else(empty, pa.scalar(None, array.type), array)
    try:
        values: NDArray[np.float64] = pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return values if values.flags.writeable else values.copy()


def _number(cells: pd.Series[str], item: Field) -> Cells:
    values = _parsed(cells)
    unread = np.isnan(values)
    wrong: list[tuple[str, NDArray[np.bool_]]] = []
    suppressed = 0
    if unread.any():
        rest = cells[unread].str.strip()
        blank = _mask(rest.str.lower().isin(MISSING))
        hidden = _mask(rest.str.match(SUPPRESSED.pattern))
        grouped = _mask(rest.str.match(GROUPED.pattern))
        suppressed = int(hidden.sum())
        at = np.flatnonzero(unread)
        if grouped.any():
            plain = rest[grouped].str.replace(r"[,£\s]", "", regex=True)
            values[at[grouped]] = pd.to_numeric(plain).to_numpy(dtype=np.float64)
        bad = np.zeros(len(cells), dtype=bool)
        bad[at] = ~(blank | hidden | grouped)
        wrong.append(("not a number", bad))
    wrong.append(("not a number", np.isinf(values)))
    wrong.extend(_outside(values, item))
    if item.fill_required:
        wrong.append(("no value", np.isnan(values)))
    series = pd.Series(values, index=cells.index)
    return Cells(series, tuple((why, m) for why, m in wrong if m.any()), suppressed)


def _bounds(item: Field) -> tuple[float | None, float | None]:
    low = item.low if item.low is not None else 0.0 if item.kind in {"percent", "count"} else None
    high = item.high if item.high is not None else 100.0 if item.kind == "percent" else None
    return low, high


def _outside(values: NDArray[np.float64], item: Field) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the cells that break the bounds of a field."""
    low, high = _bounds(item)
    wrong: list[tuple[str, NDArray[np.bool_]]] = []
    outside = np.zeros(len(values), dtype=bool)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    if low is not None and high is not None:
        wrong.append((f"outside {low:g} to {high:g}", outside))
    else:
        wrong.append(("negative" if low == 0 else "out of range", outside))
    if item.kind == "count":
        with np.errstate(invalid="ignore"):
            wrong.append(("not a whole number", np.isfinite(values) & (values % 1 != 0)))
    return wrong


def _uprn(cells: pd.Series[str], item: Field) -> Cells:
    """Read UPRNs: leading zeros and a trailing `.0` do not matter, zero means there is none."""
    array = pa.array(cells, type=pa.large_string())
    length = pc.binary_length(array)
    strange = pc.or_(pc.greater(length, UPRN_DIGITS), _hexadecimal(array))
    strange = pc.or_(strange, pc.equal(length, 0))
    values, odd = _in_pieces(_without(array, strange), pa.int64())
    odd |= strange.to_numpy(zero_copy_only=False) | (values < 0)
    values[odd] = 0
    none, bad, lost = (np.zeros(len(cells), dtype=bool) for _ in range(3))
    rest = np.flatnonzero(odd)
    if len(rest):
        values[rest], none[rest], lost[rest] = _odd_uprns(cells.iloc[rest])
        bad[rest] = ~none[rest] & (values[rest] == 0)
    none |= ~bad & (values == 0)
    bad |= values > UPRN_MAX
    number = pd.arrays.IntegerArray(np.where(bad, 0, values), none | bad)
    wrong = [(LOST_PRECISION, lost), (NOT_A_UPRN, bad & ~lost)]
    if item.fill_required:
        wrong.append(("no value", none))
    series = pd.Series(number, index=cells.index)
    return Cells(series, tuple((why, m) for why, m in wrong if m.any()))


def _odd_uprns(
    cells: pd.Series[str],
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return UPRNs not written in digits alone, 0 where a cell is none; which are missing, which lost digits."""
    stripped, lost = normal_uprn_cells(cells)
    digits = _mask(stripped.str.fullmatch(rf"\d{{1,{UPRN_DIGITS}}}"))
    values = np.zeros(len(cells), dtype=np.int64)
    values[digits] = pd.to_numeric(stripped[digits]).to_numpy(dtype=np.int64)
    return values, _mask(stripped.str.lower().isin(MISSING)) | (digits & (values == 0)), lost


def _hexadecimal(array: pa.Array) -> pa.Array:
    """Find cells like 0x1F, which the parser would read; two plain searches beat one of any case."""
    return pc.or_(pc.match_substring(array, "x"), pc.match_substring(array, "X"))


def _plain_uprns(array: pa.Array) -> NDArray[np.int64] | None:
    """Return UPRNs where every cell is one, written in digits alone."""
    if not len(array) or pc.max(pc.binary_length(array)).as_py() > UPRN_DIGITS:
        return None
    if pc.any(_hexadecimal(array)).as_py():
        return None
    try:
        numbers: NDArray[np.int64] = pc.cast(array, pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return numbers.copy() if numbers.min() > 0 and numbers.max() <= UPRN_MAX else None


def read_plain(array: pa.Array, item: Field) -> Cells | None:
    """Return what `read_cells` would, at once, where every cell of a column of numbers is as it should be.

    Returns
    -------
    Cells or None
        `None` where some cell needs a closer look.
    """
    if item.kind == "uprn":
        numbers = _plain_uprns(array)
        if numbers is None:
            return None
        none = np.zeros(len(numbers), dtype=bool)
        return Cells(pd.Series(pd.arrays.IntegerArray(numbers, none), copy=False))
    values = _parsed_at_once(array)
    if values is None:
        return None
    low, high = _bounds(item)
    with np.errstate(invalid="ignore"):
        # a missing value is neither within bounds nor beyond them
        if (low is not None and (values < low).any()) or (
            high is not None and (values > high).any()
        ):
            return None
        odd = np.isinf(values) | (values % 1 != 0) if item.kind == "count" else np.isinf(values)
    missing = np.isnan(values)
    if (odd & ~missing).any() or (missing.any() and (item.fill_required or _says_nan(array))):
        return None
    return Cells(pd.Series(values, copy=False))


def read_numbers(array: pa.Array, item: Field) -> Cells:
    """Return what `read_cells` would: only the pieces that hold an odd cell are read cell by cell.

    One odd cell in a hundred thousand then costs a piece, not the whole chunk it stands in.
    """
    series: list[pd.Series[Any]] = []
    wrong: list[tuple[str, NDArray[np.bool_]]] = []
    suppressed = 0
    for start in range(0, len(array), PIECE):
        part = array.slice(start, PIECE)
        read = read_plain(part, item)
        if read is None:
            read = read_cells(part.to_pandas(), item)
        series.append(read.series)
        suppressed += read.suppressed
        for why, mask in read.wrong:
            whole = np.zeros(len(array), dtype=bool)
            whole[start : start + len(part)] = mask
            wrong.append((why, whole))
    return Cells(pd.concat(series, ignore_index=True), tuple(wrong), suppressed)


def _says_nan(array: pa.Array) -> bool:
    """Whether a cell is read as missing although it holds something."""
    return bool(pc.any(pc.match_substring(array, "nan", ignore_case=True)).as_py())


def _date(text: pd.Series[str], item: Field) -> Cells:
    """Read dates, day before month, to ISO text."""
    filled = ~_mask(text.str.lower().isin(MISSING))
    day = text.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$", expand=False)
    rest = filled & _mask(day.isna())
    when = pd.to_datetime(day, errors="coerce", format="%Y-%m-%d")
    if rest.any():
        when.loc[rest] = pd.to_datetime(
            text[rest], errors="coerce", format="mixed", dayfirst=True
        ).to_numpy()
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
    if item.kind in {"percent", "count", "number"}:
        return _number(cells, item)
    if item.kind == "uprn":
        return _uprn(cells, item)
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
    wrong: list[tuple[str, NDArray[np.bool_]]] = []
    blank = _mask(text == "")
    if item.fill_required:
        wrong.append(("no value", blank))
    if item.matches:
        wrong.append(
            ("not in the expected form", ~_mask(text.str.fullmatch(item.matches)) & ~blank)
        )
    return Cells(text, tuple((why, m) for why, m in wrong if m.any()))
