"""A register of street assets that could carry equipment: lamp columns, signals, shelters, poles.

The fields are those that digital-connectivity registers of street furniture ask for. Canonical columns:
`asset_id kind owner height_m material power heritage footway_clear_m structural_test_date name easting
northing` (EPSG:27700; WGS84 degrees are converted), those absent left out. `power` and `heritage` stay in the
register's own words; an empty cell is unknown, never no.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import positioned, with_positions, write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

LAYOUTS = with_positions(
    Layout(
        "register of street assets",
        (
            Field("asset_id", ("asset_id", "Asset ID", "Column ID", "Unit No"), fill_required=True),
            Field("kind", ("asset_type", "Asset Type"), fill_required=True),
            Field("owner", ("owner", "Asset Owner"), required=False),
            Field("height_m", ("height_m", "Column Height (m)", "Height (m)"), "number", required=False, low=0, high=60),
            Field("material", ("material", "Column Material"), required=False),
            Field("power", ("power", "Power Present", "Power"), required=False),
            Field("heritage", ("heritage", "Heritage Setting"), required=False),
            Field("footway_clear_m", ("footway_clear_m", "Footway Clear (m)"), "number", required=False, low=0, high=50),
            Field("structural_test_date", ("structural_test_date", "Structural Test Date"), required=False),
            Field("name", ("name", "Road Name"), required=False),
        ),
        unique=("asset_id",),
        detail="street-assets",
        everyday=True,
    )
)  # fmt: skip

FORMAT = Format(
    key="street_assets",
    title="register of street assets",
    dataset=lambda _detail: "street-assets",
    layouts=LAYOUTS,
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    return positioned(read_layout(look, source, layout))


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice register with National Grid positions."""
    return write_titles(frame, path, LAYOUTS[0])
