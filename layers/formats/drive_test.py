"""Signal strength measured while driving, from a CSV with the names below or a mapping file.

Canonical columns: `measured_at operator technology rsrp_dbm download_mbps easting northing`
(EPSG:27700; WGS84 degrees are converted), those absent left out. A measurement holds where and when
it was made: routes follow main roads and say little of what lies between. The file stays out of
public outputs.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import commercial, positioned, with_positions, write_titles
from layers.formats._vintage import vintage_in_name
from layers.formats.signal_pixels import RSRP
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

LAYOUTS = with_positions(
    Layout(
        "drive test",
        (
            Field("measured_at", ("measured_at", "timestamp", "time"), fill_required=True),
            Field("operator", ("operator", "network"), required=False),
            Field("technology", ("technology", "tech"), required=False),
            RSRP,
            Field("download_mbps", ("download_mbps", "DL Mbps"), "number", required=False, low=0),
        ),
        detail="drive-test",
        everyday=True,
    )
)

FORMAT = Format(
    key="drive_test",
    title="drive test",
    dataset=lambda _detail: "operator-signal",
    layouts=LAYOUTS,
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = positioned(read_layout(look, source, layout))
    return commercial(reading.without(reading.frame["rsrp_dbm"].isna(), "nothing was received"))


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice drive with National Grid positions."""
    return write_titles(frame, path, LAYOUTS[0])
