"""OS Code-Point Open: the position of every postcode unit of Great Britain.

Canonical columns: `postcode`, `quality` (10 best to 60), `easting`, `northing` (EPSG:27700). The
files have no header; the publisher's ten columns and the first four of them alone are both known.
Postcodes of quality 90 have no position and are set aside.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._places import on_grid
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, whole, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import POSTCODE, Keep, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

HEADERS = (
    "Postcode", "Positional_quality_indicator", "Eastings", "Northings", "Country_code",
    "NHS_regional_HA_code", "NHS_HA_code", "Admin_county_code", "Admin_district_code",
    "Admin_ward_code",
)  # fmt: skip
NO_POSITION = 90
FIELDS = (
    Field("postcode", ("Postcode",), "postcode", matches=POSTCODE, fill_required=True),
    Field(
        "quality", (HEADERS[1],), "count", low=10, high=90, matches=r"[1-9]0", fill_required=True
    ),
    Field("easting", ("Eastings",), "number", low=0, matches=r"\d{1,6}", fill_required=True),
    Field("northing", ("Northings",), "number", low=0, matches=r"\d{1,7}", fill_required=True),
)
REST = tuple(Field(h, (h,), matches=r"(?:[A-Z]\d{8})?") for h in HEADERS[4:])

LAYOUTS = (
    Layout("OS Code-Point Open", (*FIELDS, *REST), ("postcode",), headerless=True, detail="full"),
    Layout(
        "OS Code-Point Open, first four columns",
        FIELDS,
        ("postcode",),
        headerless=True,
        detail="positions",
    ),
)

FORMAT = Format(
    key="code_point_open",
    title="OS Code-Point Open",
    dataset=lambda _detail: "os-code-point-open",
    layouts=LAYOUTS,
    vintage=vintage_in_name,
    stage=2,
    keep=lambda scope, _source, frame: scope.places(frame, "postcode"),
)


def read(look: Peek, source: SourceFile, layout: Layout, keep: Keep | None = None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, replace(layout, fields=FIELDS), keep)
    lost = reading.frame["quality"] == NO_POSITION
    return on_grid(reading.without(lost, "no position (quality 90)"))


def write(frame: pd.DataFrame, path: Path, *, full: bool = True) -> Path:
    """Write a practice file as published: no header, text quoted.

    Parameters
    ----------
    frame
        Canonical columns; a missing position is written as 0, 0 with quality 90. Optional `lad` and
        `ward` fill the district and ward columns.
    path
        Target.
    full
        Ten columns, or only the first four.
    """
    lost = frame["easting"].isna()
    work = pd.DataFrame(
        {
            "postcode": frame["postcode"],
            "quality": whole(frame["quality"].mask(lost, NO_POSITION)),
            "easting": whole(frame["easting"].mask(lost, 0)),
            "northing": whole(frame["northing"].mask(lost, 0)),
            "country": "E92000001",
        }
    )
    columns = dict(
        zip(HEADERS, ("postcode", "quality", "easting", "northing", "country"), strict=False)
    )
    for header, name in (("Admin_district_code", "lad"), ("Admin_ward_code", "ward")):
        if name in frame:
            work[name] = frame[name]
            columns[header] = name
    out = dressed(work, HEADERS if full else HEADERS[:4], columns)
    return write_table(out, path, header=False, quote_text=full)
