"""NHS list of GP practices and their branches, as an integrated care board publishes it.

Canonical columns: `publisher_id` (ODS practice code), `name`, `kind` (`main` or `branch`),
`postcode`. It holds no positions: postcodes give them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import CRLF, dressed, write_table
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import POSTCODE, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

HEADER = ("Locality", "Type", "Practice.Code", "Practice.Name", "Postcode", "PCN")

LAYOUT = Layout(
    "NHS list of GP practices",
    (
        Field("publisher_id", ("Practice.Code", "Practice Code"), "code", fill_required=True),
        Field("name", ("Practice.Name", "Practice Name"), fill_required=True),
        Field("kind", ("Type",), required=False),
        Field("postcode", ("Postcode",), "postcode", matches=POSTCODE, fill_required=True),
    ),
    unique=("publisher_id",),
    detail="practices",
)

FORMAT = Format(
    key="gp_practices",
    title="NHS GP practices",
    dataset=lambda _detail: "nhs-gp-practices",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    if "kind" not in reading.frame:
        return reading
    return replace(reading, frame=reading.frame.assign(kind=reading.frame["kind"].str.lower()))


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list: byte-order mark, two spaces inside postcodes; optional `locality`, `pcn`."""
    work = frame.assign(
        kind=frame["kind"].str.capitalize(),
        postcode=frame["postcode"].str.replace(" ", "  ", regex=False),
    )
    columns = dict(
        zip(HEADER, ("locality", "kind", "publisher_id", "name", "postcode", "pcn"), strict=True)
    )
    return write_table(dressed(work, HEADER, columns), path, encoding="utf-8-sig", newline=CRLF)
