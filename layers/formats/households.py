"""Census 2021 households by LSOA 2021.

Canonical columns: `lsoa21`, `households`. Read from a table of totals (TS041), or from a table by
type of dwelling that repeats each area's total on every line: the repeats are set aside.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._writing import dressed, whole, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

LSOA = r"[EW]01\d{6}"
BULK = ("date", "geography", "geography code", "Number of households")


def _code(*headers: str) -> Field:
    return Field("lsoa21", headers, "code", matches=LSOA, fill_required=True)


def _total(*headers: str, pattern: str | None = None) -> Field:
    return Field("households", headers, "count", pattern=pattern, fill_required=True)


LAYOUTS = (
    Layout(
        "Census 2021 households by LSOA",
        (_code("geography code"), _total(BULK[3], pattern=r"number of households.*")),
        unique=("lsoa21",),
        also_expects=("geography",),
        detail="totals",
    ),
    Layout(
        "Census 2021 households by LSOA (custom table)",
        (_code("Lower layer Super Output Areas Code"), _total("Observation")),
        unique=("lsoa21",),
        also_expects=("Lower layer Super Output Areas",),
        detail="totals",
    ),
    Layout(
        "Census 2021 households by LSOA and type of dwelling",
        (_code("lsoa21_code"), _total("total_households")),
        also_expects=("type",),
        detail="long",
    ),
)

FORMAT = Format(
    key="households",
    title="Census 2021 households",
    dataset=lambda _detail: "census-2021-households",
    layouts=LAYOUTS,
    vintage=lambda _look: "2021",
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    if layout.detail != "long":
        return reading
    first = reading.frame.groupby("lsoa21", sort=False)["households"].transform("first")
    differs = reading.frame["households"] != first
    reading = reading.without_bad(differs, "total differs from the area's first", "households")
    again = reading.frame.duplicated("lsoa21")
    return reading.without(again, "repeat of an area's total")


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice table of totals; an optional `name` fills the area's name."""
    work = frame.assign(date="2021", households=whole(frame["households"]))
    if "name" not in work:
        work["name"] = work["lsoa21"]
    columns = dict(zip(BULK, ("date", "name", "lsoa21", "households"), strict=True))
    return write_table(dressed(work, BULK, columns), path)
