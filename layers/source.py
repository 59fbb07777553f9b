"""Source files, what was read from them, and the layers made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = [
    "OUTSIDE",
    "Grade",
    "Layer",
    "Quality",
    "Reading",
    "Sensitivity",
    "SourceFile",
    "kept",
    "one_word",
]

Grade = Literal["measured", "estimated", "modelled"]
Sensitivity = Literal["public", "internal", "commercial"]

OUTSIDE = "outside the study area"
# a frame is cut at so few rows left out, and copied without them where there are more
FEW_CUTS = 16
LONG = 100_000
QUARANTINE_COLUMNS = ("file", "src", "record", "reason", "column", "value")


def one_word(word: str, count: int) -> pd.Categorical[str]:
    """Return a column that says the same word in every row, at a byte a row."""
    return pd.Categorical.from_codes(np.zeros(count, dtype=np.int8), categories=pd.Index([word]))


def kept(frame: pd.DataFrame, keep: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the rows of a frame where `keep` is true, numbered anew; a few left out cost little."""
    gone = len(keep) - int(np.count_nonzero(keep))
    if not gone:
        return frame
    if gone <= min(FEW_CUTS, len(frame) - 1):
        rows = np.flatnonzero(~keep)
        stretches = zip(np.r_[0, rows + 1], np.r_[rows, len(frame)], strict=True)
        return pd.concat([frame.iloc[a:b] for a, b in stretches if b > a], ignore_index=True)
    if type(frame) is not pd.DataFrame or len(frame) < LONG:
        return frame.loc[keep].reset_index(drop=True)
    # column by column and by the mask itself, which needs no list of a million rows
    parts = {name: frame[name].array[keep] for name in frame}
    return pd.DataFrame(parts, index=pd.RangeIndex(len(frame) - gone), copy=False)


@dataclass(frozen=True)
class SourceFile:
    """A file as its publisher gave it, identified by what is in it.

    Attributes
    ----------
    path
        Path relative to the study folder, with forward slashes.
    sha256
        Of the bytes on disk; its first eight digits are `src`, the key carried by every row.
    format_key, dataset
        The reader that understood it, and its entry in `catalogue.toml`.
    vintage
        What the data describe: `2024-01`, `2025`, `2024-07-15`; empty where nothing says.
    detail
        What distinguishes files of one format: a level (`pcon`), a variant (`residential`).
    """

    path: str
    sha256: str
    size_bytes: int
    format_key: str
    dataset: str
    title: str
    publisher: str
    licence: str
    attribution: str
    vintage: str = ""
    detail: str = ""
    sensitivity: Sensitivity = "public"
    sample: bool = False

    @property
    def src(self) -> str:
        """Key of this file in the `src` column of every row read from it."""
        return self.sha256[:8]


@dataclass(frozen=True)
class Reading:
    """The rows of one file: used, set aside (rightly not wanted) or quarantined (wrong, kept).

    `frame` holds the rows still in use, with columns `src` and `record` (the ordinal of the
    data record or feature in the file, from 1). `quarantine` has `QUARANTINE_COLUMNS`.
    """

    source: SourceFile
    frame: pd.DataFrame
    rows_in: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    quarantine: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(QUARANTINE_COLUMNS))
    )
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        accounted = len(self.frame) + sum(self.set_aside.values()) + len(self.quarantine)
        if accounted != self.rows_in:
            raise AssertionError(
                f"{self.source.path}: {self.rows_in} rows in, but {len(self.frame)} used + "
                f"{sum(self.set_aside.values())} set aside + {len(self.quarantine)} quarantined"
            )

    def without(self, mask: NDArray[np.bool_] | pd.Series[bool], reason: str) -> Reading:
        """Set aside the rows where `mask` is true, for a stated reason."""
        drop = np.asarray(mask, dtype=bool)
        count = int(drop.sum())
        if count == 0:
            return self
        counts = dict(self.set_aside)
        counts[reason] = counts.get(reason, 0) + count
        return replace(self, frame=kept(self.frame, ~drop), set_aside=counts)

    def without_bad(
        self, mask: NDArray[np.bool_] | pd.Series[bool], reason: str, column: str
    ) -> Reading:
        """Quarantine the rows where `mask` is true, keeping the offending value."""
        return self.without_any_bad([(mask, reason, column)])

    def without_any_bad(
        self, faults: Sequence[tuple[NDArray[np.bool_] | pd.Series[bool], str, str]]
    ) -> Reading:
        """Quarantine the rows that have a fault, at once: its mask, the reason, and the column at fault.

        A row that has several is told by the first of them.
        """
        left = np.ones(len(self.frame), dtype=bool)
        told = [self.quarantine] if len(self.quarantine) else []
        for mask, reason, column in faults:
            at = np.flatnonzero(np.asarray(mask, dtype=bool) & left)
            if not len(at):
                continue
            left[at] = False
            values: Any = ""
            if column in self.frame:
                cells = self.frame[column].iloc[at]
                values = cells.astype(str).where(cells.notna(), "").to_numpy()
            more = {
                "file": self.source.path,
                "src": self.source.src,
                "record": self.frame["record"].to_numpy()[at],
                "reason": reason,
                "column": column,
                "value": values,
            }
            told.append(pd.DataFrame(more))
        if left.all():
            return self
        whole = pd.concat(told, ignore_index=True) if len(told) > 1 else told[0]
        return replace(self, frame=kept(self.frame, left), quarantine=whole)

    def note(self, text: str) -> Reading:
        """Add a remark that `infra check` prints beside the file."""
        return replace(self, notes=(*self.notes, text))

    def quality(self) -> Quality:
        """Return the reconciliation of this file."""
        reasons = self.quarantine["reason"].value_counts()
        return Quality(
            source=self.source,
            rows_in=self.rows_in,
            used=len(self.frame),
            set_aside=dict(sorted(self.set_aside.items())),
            quarantined={str(reason): int(reasons[reason]) for reason in sorted(reasons.index)},
            notes=self.notes,
        )


@dataclass(frozen=True)
class Quality:
    """Rows in = used + set aside + quarantined, for one file."""

    source: SourceFile
    rows_in: int
    used: int
    set_aside: Mapping[str, int]
    quarantined: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def closes(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows_in == self.used + sum(self.set_aside.values()) + sum(
            self.quarantined.values()
        )


@dataclass(frozen=True)
class Layer:
    """A layer: a frame with a stable `id`, the files it came from, and what became of their rows.

    Spatial layers are GeoDataFrames in EPSG:27700. Every row carries `src` and `record`.
    """

    name: str
    frame: pd.DataFrame
    sources: tuple[SourceFile, ...]
    quality: tuple[Quality, ...] = ()
    quarantine: Sequence[pd.DataFrame] = ()
    notes: tuple[str, ...] = ()

    def some(self, columns: Sequence[str]) -> pd.DataFrame:
        """Return some columns of the frame: where they are enough, no others need be read."""
        return self.frame[list(columns)]

    def without(self, columns: Collection[str]) -> Layer:
        """Return the layer without some columns, which then need not be read."""
        left = [name for name in self.frame if name not in columns]
        return replace(self, frame=self.frame[left])

    @property
    def sample(self) -> bool:
        """Whether any source is practice data."""
        return any(source.sample for source in self.sources)

    @property
    def vintage(self) -> str:
        """The vintages of the sources, joined for print."""
        return ", ".join(sorted({source.vintage for source in self.sources if source.vintage}))
