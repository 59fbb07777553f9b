"""House of Commons Library, broadband dashboard by constituency (values from Ofcom).

Canonical columns: `area_id`, `area_name`, `superfast_pct`, `gigabit_pct`, `decent_unable_pct`.
Editions up to June 2024 use the constituencies of 2010, later ones those of 2024.
"""

from __future__ import annotations

from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read"]

LAYOUT = Layout(
    "House of Commons Library broadband by constituency",
    (
        Field("area_id", ("Code",), "code", matches=r"[EWSN]\d{8}", fill_required=True),
        Field("area_name", ("Name",)),
        Field("superfast_pct", ("Superfast availability (%)",), "percent"),
        Field("gigabit_pct", ("Gigabit availability (%)",), "percent"),
        Field("decent_unable_pct", ("Below universal service obligation (%)",), "percent"),
    ),
    unique=("area_id",),
    detail="pcon",
)

FORMAT = Format(
    key="commons_broadband",
    title="House of Commons Library, constituency broadband",
    dataset=lambda _detail: "commons-library-broadband",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    return read_layout(look, source, layout)
