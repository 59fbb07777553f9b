"""English Indices of Deprivation, 2019 (on LSOA 2011) and 2025 (on LSOA 2021).

Canonical columns: `area_id`, `decile` (1 = most deprived tenth), `rank` (1 = most deprived),
`score` where published, `edition` (`2019` or `2025`). Editions are not comparable over time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._writing import dressed, fixed, whole, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

SCORE = "Index of Multiple Deprivation (IMD) Score"
RANK = "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
DECILE = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"
YEARS = {"2019": ("2011", "2019"), "2025": ("2021", "2024")}
LSOA = r"E01\d{6}"


def _official(edition: str) -> Layout:
    lsoa, _ = YEARS[edition]
    start = r"index of multiple deprivation \(imd\) "
    return Layout(
        f"Index of Multiple Deprivation {edition}",
        (
            Field("area_id", (f"LSOA code ({lsoa})",), "code", matches=LSOA, fill_required=True),
            Field("rank", (RANK,), "count", pattern=start + "rank.*", low=1, fill_required=True),
            Field("decile", (DECILE,), "count", pattern=start + "decile.*", low=1, high=10, fill_required=True),
            Field("score", (SCORE,), "number", required=False, low=0, high=100),
        ),
        unique=("area_id",),
        detail=edition,
    )  # fmt: skip


def _package(edition: str, key: str, names: tuple[str, str, str]) -> Layout:
    decile, rank, score = names
    return Layout(
        f"Index of Multiple Deprivation {edition} (R package export)",
        (
            Field("area_id", (key,), "code", matches=LSOA, fill_required=True),
            Field("rank", (rank,), "count", low=1, fill_required=True),
            Field("decile", (decile,), "count", low=1, high=10, fill_required=True),
            Field("score", (score,), "number", required=False, low=0, high=100),
        ),
        unique=("area_id",),
        detail=edition,
    )


PACKAGE = ("IMD_decile", "IMD_rank", "IMD_score")
LAYOUTS = (
    _official("2025"),
    _official("2019"),
    _package("2025", "lsoa21_code", PACKAGE),
    _package("2019", "lsoa11_code", PACKAGE),
)

FORMAT = Format(
    key="imd",
    title="English Indices of Deprivation",
    dataset=lambda detail: f"indices-of-deprivation-{detail}",
    layouts=LAYOUTS,
    vintage=lambda look: "2025" if any("21" in h for h in look.header[:3]) else "2019",
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    frame = reading.frame.assign(edition=layout.detail)
    order = ["src", "record", "area_id", "decile", "rank", "score", "edition"]
    return replace(reading, frame=frame[[c for c in order if c in frame]])


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice file with the publisher's headers of the frame's `edition`.

    Parameters
    ----------
    frame
        Canonical columns, all of one edition; optional `name`, `lad` and `lad_name` fill theirs.
    path
        Target.
    """
    edition = str(frame["edition"].iloc[0])
    lsoa, lad = YEARS[edition]
    columns = {
        f"LSOA code ({lsoa})": "area_id",
        f"LSOA name ({lsoa})": "name",
        f"Local Authority District code ({lad})": "lad",
        f"Local Authority District name ({lad})": "lad_name",
    }
    work = frame.assign(rank=whole(frame["rank"]), decile=whole(frame["decile"]))
    if "score" in frame:
        work["score"] = fixed(frame["score"], 3)
        columns[SCORE] = "score"
    columns |= {RANK: "rank", DECILE: "decile"}
    return write_table(dressed(work, tuple(columns), columns), path, encoding="utf-8-sig")
