"""What becomes of every row while layers are made: used, set aside by reason, or quarantined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.source import OUTSIDE, Reading, SourceFile, kept

__all__ = ["OUTSIDE", "Ledger", "apart", "in_codes", "newest_first", "stack"]


def apart(reading: Reading, reasons: NDArray[Any] | Sequence[str] | pd.Categorical[str]) -> Reading:
    """Set aside the rows that have a reason, counted by reason.

    Parameters
    ----------
    reading
        A reading; its frame has one row for each reason.
    reasons
        Text, empty for rows that stay in use; as categories where there are millions.
    """
    if isinstance(reasons, pd.Categorical):
        words = list(reasons.categories)
        number = np.bincount(reasons.codes, minlength=len(words))
        keep = reasons.codes == words.index("")
        found = {w: n for w, n in zip(words, number, strict=True) if w and n}
    else:
        why = np.asarray(reasons, dtype=object)
        keep = why == ""
        found = pd.Series(why[~keep], dtype=object).value_counts().to_dict()
    if keep.all():
        return reading
    counts = dict(reading.set_aside)
    for reason in sorted(found):
        counts[str(reason)] = counts.get(str(reason), 0) + int(found[reason])
    return replace(reading, frame=kept(reading.frame, keep), set_aside=counts)


def in_codes(code: NDArray[np.int8], *words: str) -> pd.Categorical[str]:
    """Return reasons by their number, 0 where a row stays in use, for files of millions of rows."""
    return pd.Categorical.from_codes(code, categories=pd.Index(["", *words]))


def newest_first(readings: Iterable[Reading]) -> list[Reading]:
    """Order readings by vintage, newest first; by path where the vintage is the same."""
    by_path = sorted(readings, key=lambda item: item.source.path)
    return sorted(by_path, key=lambda item: item.source.vintage, reverse=True)


def stack(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put frames under each other with the named columns; a column one lacks is missing there."""
    whole = [frame.reindex(columns=list(columns)) for frame in frames if len(frame)]
    if not whole:
        return pd.DataFrame(columns=list(columns))
    # an all-missing column has no kind of its own and must not decide that of the others
    kinds: dict[str, Any] = {}
    for name in columns:
        held = [frame[name].dtype for frame in frames if len(frame) and name in frame]
        if held:
            kinds[name] = held[0]
    alike = [
        frame.astype(
            {
                name: kind
                for name, kind in kinds.items()
                if name in frame and frame[name].dtype != kind and frame[name].isna().all()
            }
        )
        if not _integers(kinds, frame)
        else frame
        for frame in whole
    ]
    return pd.concat(alike, ignore_index=True)


def _integers(kinds: Mapping[str, Any], frame: pd.DataFrame) -> bool:
    """Whether an all-missing column would have to become whole numbers, which cannot be missing."""
    return any(
        isinstance(kind, np.dtype) and kind.kind in "iub" and frame[name].isna().all()
        for name, kind in kinds.items()
    )


class Ledger:
    """The readings of a study, and what each layer did with their rows.

    Each format is settled by one layer; files that no layer settles are left out, with a reason.
    """

    def __init__(self, readings: Mapping[str, Sequence[Reading]]) -> None:
        self._readings = {key: tuple(readings[key]) for key in sorted(readings)}
        self._settled: dict[str, Reading] = {}
        self._left: dict[str, str] = {}
        self.notes: list[str] = []

    def of(self, format_key: str, *details: str) -> tuple[Reading, ...]:
        """Return the readings of a format, of the named details where any are named."""
        held = self._readings.get(format_key, ())
        return tuple(item for item in held if not details or item.source.detail in details)

    def settle(self, reading: Reading) -> Reading:
        """Record a reading as a layer leaves it; one that was left out is in use after all."""
        self._left.pop(reading.source.sha256, None)
        self._settled[reading.source.sha256] = reading
        return reading

    def settle_rows(
        self, reading: Reading, reasons: NDArray[Any] | Sequence[str] | pd.Categorical[str]
    ) -> None:
        """Set rows aside by reason and record what is left, without a copy of its columns."""
        self.settle(apart(replace(reading, frame=reading.frame[["src", "record"]]), reasons))

    def leave(self, reading: Reading, reason: str) -> None:
        """Leave a whole file out: all its rows are set aside for one reason."""
        self.settle_rows(reading, in_codes(np.ones(len(reading.frame), dtype=np.int8), reason))
        self._left[reading.source.sha256] = reason

    def add(self, reading: Reading) -> None:
        """Take in a reading that was settled elsewhere."""
        key = reading.source.format_key
        self._readings[key] = (*self._readings.get(key, ()), reading)
        self.settle(reading)

    def leave_the_rest(self, reason: str) -> None:
        """Leave out every file that nothing has settled so far."""
        for held in self._readings.values():
            for reading in held:
                if reading.source.sha256 not in self._settled:
                    self.leave(reading, reason)

    def note(self, text: str) -> None:
        """Add a remark about the layers as a whole."""
        if text not in self.notes:
            self.notes.append(text)

    def close(self) -> tuple[list[Reading], dict[str, str]]:
        """Return all readings as they ended, and why files were left out, by their SHA-256."""
        self.leave_the_rest("no layer uses this kind of file yet")
        final = [
            self._settled[item.source.sha256] for held in self._readings.values() for item in held
        ]
        for reading in final:
            if not len(reading.frame) and reading.source.sha256 not in self._left:
                self._left[reading.source.sha256] = _main_reason(reading)
        return final, dict(self._left)

    def sources(self, frames: Iterable[pd.DataFrame | None]) -> tuple[SourceFile, ...]:
        """Return the files that rows of some frames came from, by their `src`."""
        named: set[str] = set()
        for frame in frames:
            if frame is not None and "src" in frame:
                named.update(str(item) for item in frame["src"].unique())
        return self.files(named)

    def used(self, *format_keys: str) -> tuple[SourceFile, ...]:
        """Return the files of some formats that a layer has settled with rows in use."""
        found = [
            reading.source
            for key in format_keys
            for reading in self._readings.get(key, ())
            if reading.source.sha256 in self._settled
            and len(self._settled[reading.source.sha256].frame)
        ]
        return tuple(sorted(found, key=lambda s: s.path))

    def files(self, keys: Iterable[str]) -> tuple[SourceFile, ...]:
        """Return the files with the given `src` keys, in order of path."""
        wanted = {part for key in keys for part in key.split("+")}
        every = [item.source for held in self._readings.values() for item in held]
        return tuple(sorted((s for s in every if s.src in wanted), key=lambda s: s.path))


def _main_reason(reading: Reading) -> str:
    if reading.set_aside:
        return max(sorted(reading.set_aside), key=lambda reason: reading.set_aside[reason])
    return "every row is wrong (see the quarantine)"
