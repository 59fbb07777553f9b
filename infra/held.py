"""Rows looked up cell by cell: a frame is slow at one cell, and a trace asks for thousands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["NOBODY", "At", "Held", "Mask"]

Mask = NDArray[np.bool_]
At = NDArray[np.int64]
NOBODY: At = np.empty(0, dtype=np.int64)


class Held:
    """A frame that is only read; what is asked of a column is kept for the next time.

    Parameters
    ----------
    frame
        The rows, by position.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._cells: dict[str, list[Any]] = {}
        self._texts: dict[str, NDArray[np.object_]] = {}
        self._where: dict[str, dict[str, At]] = {}
        self._files: tuple[NDArray[np.int64], list[str]] | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def __contains__(self, column: str) -> bool:
        return column in self.frame

    def cells(self, column: str) -> list[Any]:
        """Return the values of a column as plain Python."""
        if column not in self._cells:
            self._cells[column] = self.frame[column].tolist()
        return self._cells[column]

    def texts(self, column: str) -> NDArray[np.object_]:
        """Return the values of a column as text."""
        if column not in self._texts:
            self._texts[column] = self.frame[column].astype(str).to_numpy(dtype=object)
        return self._texts[column]

    def row(self, at: int) -> dict[str, Any]:
        """Return one row."""
        return {name: self.cells(name)[at] for name in self.frame.columns if name != "geometry"}

    def where(self, column: str, value: object) -> At:
        """Return the positions of the rows whose column reads so."""
        if column not in self._where:
            texts = pd.Series(self.texts(column), dtype=object)
            indices = texts.groupby(texts, sort=False).indices
            self._where[column] = {str(k): np.sort(v) for k, v in indices.items()}
        return self._where[column].get(str(value), NOBODY)

    def every(self) -> Mask:
        """Return a mask of all rows."""
        return np.ones(len(self), dtype=bool)

    def equal(self, column: str, value: object) -> Mask:
        """Return a mask of the rows whose column reads so."""
        mask = np.zeros(len(self), dtype=bool)
        mask[self.where(column, value)] = True
        return mask

    def among(self, column: str, values: set[str]) -> Mask:
        """Return a mask of the rows whose column reads as one of several."""
        mask = np.zeros(len(self), dtype=bool)
        for value in values:
            mask[self.where(column, value)] = True
        return mask

    def starts(self, column: str, text: str) -> Mask:
        """Return a mask of the rows whose column begins so."""
        return np.array([str(t).startswith(text) for t in self.texts(column)], dtype=bool)

    def total(self, column: str, at: At) -> float | None:
        """Return the sum of a column over some rows; `None` where it is not one of numbers."""
        if column not in self.frame or not pd.api.types.is_numeric_dtype(self.frame[column]):
            return None
        values = self.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)[at]
        return None if np.isnan(values).all() else float(np.nansum(values))

    def by_file(self, at: At) -> dict[str, int]:
        """Return how many of some rows each file has, by `src`."""
        if self._files is None:
            texts = np.array([str(text) for text in self.texts("src")], dtype=object)
            found, names = pd.factorize(texts, sort=True)
            self._files = (found.astype(np.int64), [str(name) for name in names])
        codes, listed = self._files
        counts = np.bincount(codes[at], minlength=len(listed))
        return {name: int(n) for name, n in zip(listed, counts, strict=True) if n}
