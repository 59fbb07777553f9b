"""Ofcom Connected Nations, summary of the United Kingdom and its nations.

Canonical columns: `area_id` (GSS code, empty where the name is not a nation), `area_name`,
`premises_type`, `rurality`, `speed` (as published), `share_pct`, `premises`, `period` (ISO date or
month). One row a nation, kind of premises, rurality, speed and date.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "NATIONS", "read", "write"]

NATIONS = {
    "uk": "K02000001", "united kingdom": "K02000001", "england": "E92000001",
    "wales": "W92000004", "scotland": "S92000003", "northern ireland": "N92000002",
}  # fmt: skip
LAYOUT = Layout(
    "Ofcom fixed coverage of the United Kingdom and its nations",
    (
        Field("area_name", ("location",), fill_required=True),
        Field("premises_type", ("premise type",)),
        Field("rurality", ("rurality",)),
        Field("speed", ("speed",), fill_required=True),
        Field("share_pct", ("% premises",), "percent"),
        Field("premises", ("premises",), "count"),
        Field("period", ("date",)),
    ),
    unique=("area_name", "premises_type", "rurality", "speed", "period"),
    detail="nations",
)

FORMAT = Format(
    key="ofcom_nations",
    title="Ofcom Connected Nations, summary of the nations",
    dataset=lambda _detail: "ofcom-connected-nations-fixed",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    frame = reading.frame
    code = frame["area_name"].str.lower().map(NATIONS).fillna("").astype("str")
    frame = frame.assign(area_id=code)
    order = ["src", "record", "area_id", *(f.name for f in layout.fields)]
    return replace(reading, frame=frame[order])


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice summary with the publisher's headers."""
    return write_titles(frame, path, LAYOUT)
