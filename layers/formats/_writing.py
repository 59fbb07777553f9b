"""What the practice writers share: the same bytes for the same frame, in a publisher's dress."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

__all__ = ["dressed", "fixed", "whole", "write_table"]

CRLF = "\r\n"
LF = "\n"


def write_table(
    out: pd.DataFrame,
    path: Path,
    *,
    encoding: str = "utf-8",
    newline: str = LF,
    header: bool = True,
    quote_text: bool = False,
    delimiter: str = ",",
) -> Path:
    """Write a table whose cells are ready as they stand; missing cells are left empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    out.to_csv(
        path,
        sep=delimiter,
        index=False,
        header=header,
        encoding=encoding,
        lineterminator=newline,
        quoting=csv.QUOTE_NONNUMERIC if quote_text else csv.QUOTE_MINIMAL,
    )
    return path


def dressed(
    frame: pd.DataFrame, headers: tuple[str, ...], columns: Mapping[str, str]
) -> pd.DataFrame:
    """Return a table with the publisher's headers in order, filled from our columns, else empty.

    Parameters
    ----------
    frame
        Canonical columns.
    headers
        The publisher's whole header.
    columns
        Publisher's header to our column; a column the frame lacks stays empty.
    """
    empty = pd.Series("", index=frame.index, dtype="str")
    return pd.DataFrame(
        {h: frame[columns[h]] if columns.get(h) in frame else empty for h in headers},
        index=frame.index,
    )


def fixed(values: pd.Series[float], decimals: int) -> pd.Series[str]:
    """Return numbers as text with a fixed number of decimals; missing stays missing."""
    return values.astype("float64").map(f"{{:.{decimals}f}}".format, na_action="ignore")


def whole(values: pd.Series[float]) -> pd.Series[int]:
    """Return whole numbers that may be missing, so that they print without a decimal point."""
    return values.astype("Float64").round().astype("Int64")
