"""Libraries in England, the Libraries Taskforce list with positions.

Canonical columns: `publisher_id`, `name`, `address`, `postcode`, `easting`, `northing`
(EPSG:27700), `authority_id` (the list's own number), `run_by` (`council`, `commissioned`,
`community`, `independent` or the published code; empty once closed), `closed`, `closed_year`
(missing where not stated), `replacement` (opened in place of another). `XLT` libraries are
closed for a time only and count as closed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._places import from_degrees
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, write_table
from layers.grid import to_lonlat
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import POSTCODE, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

HEADER = (
    "name", "id", "authority_id", "address", "postcode", "lat", "lng", "statutory2010",
    "statutory2016", "type", "closed", "closed_year", "opened_year", "replacement", "notes",
    "hours", "staffhours", "url", "email",
)  # fmt: skip
RUN_BY = {"LAL": "council", "CL": "commissioned", "CRL": "community", "ICL": "independent"}
CODES = {name: code for code, name in RUN_BY.items()}

LAYOUT = Layout(
    "Libraries Taskforce list of libraries",
    (
        Field("publisher_id", ("id",), fill_required=True),
        Field("name", ("name",), fill_required=True),
        Field("address", ("address",)),
        Field("postcode", ("postcode",), "postcode", matches=POSTCODE),
        Field("latitude", ("lat",), "number"),
        Field("longitude", ("lng",), "number"),
        Field("authority_id", ("authority_id",)),
        Field("run_by", ("type",), "code"),
        Field("closed", ("closed",), "code", matches=r"XL[RT]?"),
        Field("closed_year", ("closed_year",), "number", required=False, low=1900, high=2100),
        Field("replacement", ("replacement",), "flag", required=False),
    ),
    unique=("publisher_id",),
    detail="libraries",
)

FORMAT = Format(
    key="libraries",
    title="Libraries in England",
    dataset=lambda _detail: "libraries-england",
    layouts=(LAYOUT,),
    vintage=lambda look: vintage_in_name(look) or "2016",
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = from_degrees(read_layout(look, source, layout))
    frame = reading.frame
    run_by = frame["run_by"].map(RUN_BY)
    frame = frame.assign(
        run_by=run_by.where(run_by.notna(), frame["run_by"]).astype("str"),
        closed=frame["closed"] != "",
    )
    return replace(reading, frame=frame)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list; closed libraries are written `XL`, or `XLR` where they have a year."""
    longitude, latitude = to_lonlat(
        frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
    )
    closed = frame["closed"].astype(bool)
    year = frame.get("closed_year", pd.Series(float("nan"), index=frame.index)).astype("Int64")
    replacement = frame.get("replacement", pd.Series(data=False, index=frame.index))
    work = frame.assign(
        lat=latitude.round(9),
        lng=longitude.round(9),
        type=frame["run_by"].map(CODES).fillna("").mask(closed, ""),
        state=pd.Series("", index=frame.index)
        .mask(closed, "XL")
        .mask(closed & year.notna(), "XLR"),
        year=year,
        replacement=replacement.map({True: "t", False: "f"}),
        yes="t",
    )
    columns = {
        h: h
        for h in (
            "name",
            "authority_id",
            "address",
            "postcode",
            "lat",
            "lng",
            "type",
            "replacement",
        )
    }
    columns |= {
        "id": "publisher_id", "closed": "state", "closed_year": "year", "statutory2010": "yes",
        "statutory2016": "yes",
    }  # fmt: skip
    return write_table(dressed(work, HEADER, columns), path)
