"""Digital indicators behind the Indices of Deprivation 2025, on LSOA 2021 (an R package's export).

Canonical columns: `area_id broadband_score connectivity_score`. The broadband score is standardised
from Ofcom's speeds (higher is worse); the connectivity score is the Department for Transport's, 0 to
100 (higher is better). Neither is a share of premises.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import write_titles
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

LAYOUT = Layout(
    "Indices of Deprivation 2025, underlying indicators",
    (
        Field("area_id", ("lsoa21_code",), "code", matches=r"E01\d{6}", fill_required=True),
        Field("broadband_score", ("digital_connectivity_broadband_download_and_upload_speeds",), "number"),
        Field("connectivity_score", ("connectivity_score",), "number", low=0, high=100),
    ),
    unique=("area_id",),
    detail="2025",
)  # fmt: skip

FORMAT = Format(
    key="imd_indicators",
    title="Indices of Deprivation, underlying indicators",
    dataset=lambda _detail: "indices-of-deprivation-2025",
    layouts=(LAYOUT,),
    vintage=lambda _look: "2025",
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    return read_layout(look, source, layout)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice table with the export's headers."""
    return write_titles(frame, path, LAYOUT)
