"""Census 2021 self-employed residents (TS066) by LSOA or MSOA 2021.

Canonical columns: `area_id area_name residents_16_plus self_employed_with_employees
self_employed_without_employees self_employed` (full-time students left out). Freelancers are the
co-working demand that business counts leave out. The census was taken in March 2021, with furlough
and lockdown in force: answers on work then are a caveat that is printed with every use.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._writing import dressed, whole, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "PANDEMIC", "read", "write"]

PANDEMIC = (
    "census of March 2021, taken during lockdown and furlough: self-employment then may differ "
    "from now"
)
START = "Economic activity status: Economically active (excluding full-time students)"
RULE = r"economic activity status: economically active \(excluding full-?time students\)\s*:\s*in employment\s*:\s*self-employed {} employees(?:\s*:\s*total)?"
TOTAL = "Economic activity status: Total: All usual residents aged 16 years and over"
HEADERS = {
    "self_employed_with_employees": f"{START}:In employment:Self-employed with employees",
    "self_employed_without_employees": f"{START}:In employment:Self-employed without employees",
}
LAYOUT = Layout(
    "Census 2021 economic activity (TS066)",
    (
        Field("area_id", ("geography code",), "code", matches=r"[EW]0[12]\d{6}", fill_required=True),
        Field("area_name", ("geography",)),
        Field("residents_16_plus", (TOTAL,), "count", pattern=r"economic activity status: total.*", required=False),
        *(
            Field(name, (header,), "count", pattern=RULE.format(name.split("_")[2]))
            for name, header in HEADERS.items()
        ),
    ),
    unique=("area_id",),
    detail="areas",
)  # fmt: skip

FORMAT = Format(
    key="self_employed",
    title="Census 2021 self-employed residents",
    dataset=lambda _detail: "census-2021-economic-activity",
    layouts=(LAYOUT,),
    vintage=lambda _look: "2021",
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    frame = reading.frame
    both = frame["self_employed_with_employees"] + frame["self_employed_without_employees"]
    reading = replace(reading, frame=frame.assign(self_employed=both))
    if "residents_16_plus" in frame:
        more = both > frame["residents_16_plus"]
        reading = reading.without_bad(more, "more self-employed than residents", "self_employed")
    return reading.note(PANDEMIC)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice table with the bulk download's headers."""
    counts = ["residents_16_plus", *HEADERS]
    work = frame.assign(date="2021", **{n: whole(frame[n]) for n in counts if n in frame})
    columns = {"date": "date", "geography": "area_name", "geography code": "area_id"}
    columns |= {TOTAL: "residents_16_plus", **{h: n for n, h in HEADERS.items()}}
    return write_table(dressed(work, tuple(columns), columns), path, quote_text=True)
