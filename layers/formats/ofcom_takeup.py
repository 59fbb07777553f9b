"""Ofcom Connected Nations, take-up of full fibre by local authority.

Canonical columns: `area_id area_name takeup_of_covered_pct takeup_of_all_pct` (share of the premises
that full fibre passes, and of all premises, that have an active full-fibre service).
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

MONTH = re.compile(r"^(20\d{2})(\d{2})_")
LAYOUT = Layout(
    "Ofcom full-fibre take-up by local authority",
    (
        Field("area_id", ("laua",), "code", matches=r"[EWSNK]\d{8}", fill_required=True),
        Field("area_name", ("laua_name",)),
        Field("takeup_of_covered_pct", ("Full-fibre take-up (% of full-fibre coverage)",), "percent"),
        Field("takeup_of_all_pct", ("Full-fibre take-up (% of all premises)",), "percent"),
    ),
    unique=("area_id",),
    detail="laua",
)  # fmt: skip


def _vintage(look: Peek) -> str:
    match = MONTH.match(look.stem)
    return f"{match[1]}-{match[2]}" if match else vintage_in_name(look)


FORMAT = Format(
    key="ofcom_takeup",
    title="Ofcom Connected Nations, full-fibre take-up",
    dataset=lambda _detail: "ofcom-connected-nations-fixed",
    layouts=(LAYOUT,),
    vintage=_vintage,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    more = reading.frame["takeup_of_all_pct"] > reading.frame["takeup_of_covered_pct"] + 0.1
    return reading.without_bad(more, "a larger share of all premises than of those covered", "takeup_of_all_pct")  # fmt: skip


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice file with the publisher's headers."""
    return write_titles(frame, path, LAYOUT)
