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

__all__ = ["Cells", "counted", "normal_postcode", "normal_postcode_text", "read_cells"]

MISSING = ("", "n/a", "na", "nan", "null", "none", "-", "..", "#n/a", ".")
SUPPRESSED = re.compile(r"^<\s*\d+(\.\d+)?$")
GROUPED = re.compile(r"^-?(£\s*)?\d{1,3}(,\d{3})+(\.\d+)?$|^-?£\s*\d+(\.\d+)?$")
TRUE = ("true", "t", "yes", "y", "1")
UPRN_DIGITS = 14
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


def _parsed(stripped: pd.Series[str]) -> NDArray[np.float64]:
    """Return numbers, NaN where a cell is not one."""
    try:
        array = pa.array(stripped, type=pa.large_string())
        filled = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.large_string()), array)
        fast: NDArray[np.float64] = pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        slow = pd.to_numeric(stripped, errors="coerce")
        return slow.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    return fast.copy()


def _parsed_at_once(cells: pd.Series[str]) -> NDArray[np.float64] | None:
    """Return numbers where every cell is one or empty, and nothing needs a closer look."""
    array = pa.array(cells, type=pa.large_string())
    if pc.any(pc.equal(array, "")).as_py():
        array = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.large_string()), array)
    try:
        values: NDArray[np.float64] = pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return values if values.flags.writeable else values.copy()


def _number(cells: pd.Series[str], item: Field) -> Cells:
    fast = _parsed_at_once(cells)
    stripped = cells.str.strip() if fast is None else cells
    values = _parsed(stripped) if fast is None else fast
    unread = np.isnan(values)
    wrong: list[tuple[str, NDArray[np.bool_]]] = []
    suppressed = 0
    if unread.any():
        rest = stripped[unread]
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


def _outside(values: NDArray[np.float64], item: Field) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the cells that break the bounds of a field."""
    low = item.low if item.low is not None else 0.0 if item.kind in {"percent", "count"} else None
    high = item.high if item.high is not None else 100.0 if item.kind == "percent" else None
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
    plain = _plain_uprns(cells)
    if plain is not None:
        return Cells(pd.Series(plain, index=cells.index))
    stripped, lost = normal_uprn_cells(cells)
    values = _parsed(stripped)
    none = _mask(stripped.str.lower().isin((*MISSING, "0"))) | (values == 0)
    digits = _mask(stripped.str.fullmatch(rf"\d{{1,{UPRN_DIGITS}}}"))
    with np.errstate(invalid="ignore"):
        bad = ~none & ~(digits & (values <= UPRN_MAX))
    number = pd.array(np.where(none | bad, 0, np.nan_to_num(values)).astype("int64"), dtype="Int64")
    number[none | bad] = pd.NA
    wrong = [(LOST_PRECISION, lost), (NOT_A_UPRN, bad & ~lost)]
    if item.fill_required:
        wrong.append(("no value", none))
    series = pd.Series(number, index=cells.index)
    return Cells(series, tuple((why, m) for why, m in wrong if m.any()))


def _plain_uprns(cells: pd.Series[str]) -> pd.arrays.IntegerArray | None:
    """Return UPRNs where every cell is one, written in digits alone."""
    array = pa.array(cells, type=pa.large_string())
    if not len(array) or pc.max(pc.binary_length(array)).as_py() > UPRN_DIGITS:
        return None
    if pc.any(pc.match_substring(array, "x", ignore_case=True)).as_py():  # it would read 0x1F
        return None
    try:
        numbers = pc.cast(array, pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    if not (numbers.min() > 0 and numbers.max() <= UPRN_MAX):
        return None
    return pd.arrays.IntegerArray(numbers.copy(), np.zeros(len(numbers), dtype=bool))


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
        lowered = text.str.lower()
        known = lowered.isin(TRUE)
        unknown = _mask(~known & ~lowered.isin(FALSE))
        return Cells(known, (("neither true nor false", unknown),) if unknown.any() else ())
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
