"""Census 2011 workplace population (jobs) by postcode sector.

Canonical columns: `sector` (as `B1 1`), `jobs`. The file writes sectors without a space: the last
digit is the sector, so that `B11` is sector 1 of district B1.
"""

from __future__ import annotations

from dataclasses import replace

from layers.formats import Format
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read"]

LAYOUT = Layout(
    "Census 2011 workplace jobs by postcode sector",
    (
        Field(
            "sector", ("StrSect",), "code", matches=r"[A-Z]{1,2}\d[A-Z\d]? ?\d", fill_required=True
        ),
        Field("jobs", ("employment",), "number", low=0, fill_required=True),
    ),
    unique=("sector",),
    detail="sectors",
)

FORMAT = Format(
    key="workplace_jobs",
    title="Census 2011 workplace jobs",
    dataset=lambda _detail: "census-2011-workplace",
    layouts=(LAYOUT,),
    vintage=lambda _look: "2011",
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    tight = reading.frame["sector"].str.replace(" ", "", regex=False)
    frame = reading.frame.assign(sector=tight.str[:-1] + " " + tight.str[-1])
    return replace(reading, frame=frame)
