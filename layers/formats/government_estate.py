"""Central government land and buildings, by a mapping file beside the list.

The headers of the published list were not confirmed, so the list is read with the names below, or
with those that a mapping file gives. Canonical columns: `property_ref property_name department
building_ref uprn postcode easting northing asset_type usage tenure floor_area_m2 vacant_area_m2`
(metres, EPSG:27700), those absent left out. The list records vacant space in buildings that stay
in use; a building without vacant area says nothing about vacancy.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import positioned, write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

LAYOUT = Layout(
    "central government estate",
    (
        Field("property_ref", ("property_ref",), fill_required=True),
        Field("property_name", ("property_name",)),
        Field("department", ("department",), required=False),
        Field("building_ref", ("building_ref",), required=False),
        Field("uprn", ("uprn",), "uprn", required=False),
        Field("postcode", ("postcode",), "postcode", required=False),
        Field("easting", ("easting",), "number", required=False),
        Field("northing", ("northing",), "number", required=False),
        Field("asset_type", ("asset_type",), required=False),
        Field("usage", ("usage",), required=False),
        Field("tenure", ("tenure",), required=False),
        Field("floor_area_m2", ("floor_area_m2",), "number", required=False, low=0),
        Field("vacant_area_m2", ("vacant_area_m2",), "number", required=False, low=0),
    ),
    unique=("property_ref", "building_ref"),
    also_expects=("property_ref", "department", "asset_type", "usage"),
    detail="estate",
    everyday=True,
)

FORMAT = Format(
    key="government_estate",
    title="central government land and buildings",
    dataset=lambda _detail: "government-property",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = positioned(read_layout(look, source, layout), needed=False)
    frame = reading.frame
    if "vacant_area_m2" in frame and "floor_area_m2" in frame:
        more = frame["vacant_area_m2"] > frame["floor_area_m2"] * 1.01
        reading = reading.without_bad(more, "more vacant area than floor area", "vacant_area_m2")
    return reading


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list with the canonical names as headers."""
    return write_titles(frame, path, LAYOUT)
