"""Supplier quotes: a price for an item of the register of parameters.

Canonical columns: `item price_gbp unit base_date valid_to confidentiality parameter supplier`
(dates ISO; `confidentiality` `public`, `internal` or `commercial`). `parameter` is a key of
`layers/parameters.toml`, whose unit the quote must have; a quote without one is kept, and states
nothing. The file is commercially sensitive unless every row says that it is public.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._plain import commercial, write_titles
from layers.formats._vintage import vintage_in_name
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

CLASSES = ("public", "internal", "commercial")
LAYOUT = Layout(
    "supplier quotes",
    (
        Field("item", ("item", "Item"), fill_required=True),
        Field("price_gbp", ("price_gbp", "Price (GBP)"), "number", low=0, fill_required=True),
        Field("unit", ("unit", "Unit"), fill_required=True),
        Field("base_date", ("base_date", "Base date"), "date", fill_required=True),
        Field("valid_to", ("valid_to", "Valid to"), "date"),
        Field("confidentiality", ("confidentiality", "Confidentiality")),
        Field("parameter", ("parameter", "Parameter")),
        Field("supplier", ("supplier", "Supplier"), required=False),
    ),
    detail="quotes",
    everyday=True,
)

FORMAT = Format(
    key="supplier_quotes",
    title="supplier quotes",
    dataset=lambda _detail: "supplier-quotes",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    said = reading.frame["confidentiality"].str.lower().str.strip()
    said = said.where(said != "", "commercial").replace(
        {"confidential": "commercial", "commercial in confidence": "commercial", "open": "public"}
    )
    frame = reading.frame.assign(
        confidentiality=said, parameter=reading.frame["parameter"].str.strip()
    )
    reading = replace(reading, frame=frame)
    reading = reading.without_bad(
        ~frame["confidentiality"].isin(CLASSES),
        "confidentiality is not public, internal or commercial",
        "confidentiality",
    )
    frame = reading.frame
    late = (frame["valid_to"] != "") & (frame["valid_to"] < frame["base_date"])
    reading = reading.without_bad(late, "ends before its base date", "valid_to")
    open_ = len(reading.frame) and (reading.frame["confidentiality"] == "public").all()
    return reading if open_ else commercial(reading)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write practice quotes with the canonical names as headers."""
    return write_titles(frame, path, LAYOUT)
