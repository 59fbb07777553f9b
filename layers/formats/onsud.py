"""ONS UPRN Directory: the areas every unique property reference number is in.

Canonical columns: `uprn easting northing postcode lad lsoa21 msoa21 ward pcon24 oa21`, those the
edition has. Header names carry the year (`LAD25CD`).
"""

from __future__ import annotations

from dataclasses import replace

from layers.formats import Format
from layers.formats._places import off_grid, on_grid
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import Keep, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read"]

GSS = r"[EWSNLM]\d{8}"

LAYOUT = Layout(
    "ONS UPRN Directory",
    (
        Field("uprn", ("UPRN",), "uprn", fill_required=True),
        Field("easting", ("GRIDGB1E",), "number"),
        Field("northing", ("GRIDGB1N",), "number"),
        Field("postcode", ("PCDS",), "postcode", required=False),
        Field("lad", ("LAD25CD",), "code", pattern=r"lad\d\dcd", matches=GSS),
        Field("lsoa21", ("LSOA21CD",), "code", matches=GSS, required=False),
        Field("msoa21", ("MSOA21CD",), "code", matches=GSS, required=False),
        Field("ward", ("WD25CD",), "code", pattern=r"wd\d\dcd", matches=GSS, required=False),
        Field("pcon24", ("PCON24CD",), "code", pattern=r"pcon(?:2[4-9]|3\d)cd", matches=GSS, required=False),
        Field("oa21", ("OA21CD",), "code", matches=GSS, required=False),
    ),
    unique=("uprn",),
    detail="uprn",
    check=off_grid,
)  # fmt: skip

FORMAT = Format(
    key="onsud",
    title="ONS UPRN Directory",
    dataset=lambda _detail: "onsud",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
    stage=2,
    keep=lambda scope, _source, frame: scope.places(frame, "uprn"),
)


def read(look: Peek, source: SourceFile, layout: Layout, keep: Keep | None = None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = on_grid(read_layout(look, source, layout, keep))
    frame = reading.frame.assign(uprn=reading.frame["uprn"].astype("int64"))
    return replace(reading, frame=frame)
