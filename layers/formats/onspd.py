"""ONS Postcode Directory: every postcode, its position and the areas it is in.

Canonical columns: `postcode introduced terminated usertype easting northing lad lsoa21 msoa21
pcon24 oa21`. `introduced` and `terminated` are text `YYYYMM`; ended postcodes and postcodes with no
position (latitude 99.999999) are set aside, so `terminated` is empty in what is left. Header names
changed in 2025 and carry the year since (`oslaua` became `lad25cd`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from layers.formats import Format
from layers.formats._places import from_degrees, on_grid
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, whole, write_table
from layers.grid import to_lonlat
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import POSTCODE, Keep, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

AREAS = ("lad", "lsoa21", "msoa21", "pcon24", "oa21")
GSS = r"[EWSNLM]\d{8}"
MONTH = r"(?:19|20)\d{4}"
FIRST_OF_2024 = "E14001063"
NO_LATITUDE = 99.999999
HEADER_2025 = (
    "pcd7", "pcd8", "pcds", "dointr", "doterm", "cty25cd", "ced25cd", "lad25cd", "wd25cd",
    "parncp25cd", "usrtypind", "east1m", "north1m", "gridind", "ctry25cd", "rgn25cd", "pcon24cd",
    "ttwa15cd", "oa21cd", "lsoa21cd", "msoa21cd", "ruc21ind", "lat", "long",
)  # fmt: skip


def _area(name: str, headers: tuple[str, ...], pattern: str | None, *, required: bool) -> Field:
    return Field(name, headers, "code", required=required, pattern=pattern, matches=GSS)


COMMON = (
    Field("postcode", ("pcds",), "postcode", matches=POSTCODE, fill_required=True),
    Field("introduced", ("dointr",), matches=MONTH, required=False),
    Field("terminated", ("doterm",), matches=MONTH),
)
DEGREES = (
    Field("latitude", ("lat",), "number", required=False),
    Field("longitude", ("long",), "number", required=False),
)
LAYOUTS = (
    Layout(
        "ONS Postcode Directory (from 2025)",
        (
            *COMMON,
            Field("usertype", ("usrtypind",), required=False),
            Field("easting", ("east1m",), "number"),
            Field("northing", ("north1m",), "number"),
            _area("lad", ("lad25cd",), r"lad\d\dcd", required=True),
            _area("lsoa21", ("lsoa21cd",), None, required=True),
            _area("msoa21", ("msoa21cd",), None, required=False),
            _area("pcon24", ("pcon24cd",), r"pcon(?:2[4-9]|3\d)cd", required=False),
            _area("oa21", ("oa21cd",), None, required=False),
            *DEGREES,
        ),
        unique=("postcode",),
        detail="2025",
    ),
    Layout(
        "ONS Postcode Directory (to 2024)",
        (
            *COMMON,
            Field("usertype", ("usertype",), required=False),
            Field("easting", ("oseast1m",), "number"),
            Field("northing", ("osnrth1m",), "number"),
            _area("lad", ("oslaua",), None, required=True),
            _area("lsoa21", ("lsoa21",), None, required=False),
            _area("msoa21", ("msoa21",), None, required=False),
            _area("pcon24", ("pcon",), None, required=False),
            _area("oa21", ("oa21",), None, required=False),
            *DEGREES,
        ),
        unique=("postcode",),
        detail="2024",
    ),
    Layout(
        "ONS Postcode Directory (labels for headers)",
        (
            Field(
                "postcode",
                ("Postcode 7 char",),
                "postcode",
                pattern=r"postcode 7 char.*",
                matches=POSTCODE,
                fill_required=True,
            ),
            Field("latitude", ("Latitude",), "number"),
            Field("longitude", ("Longitude",), "number"),
            Field("introduced", ("Date of introduction",), matches=MONTH, required=False),
            Field("terminated", ("Date of termination",), matches=MONTH, required=False),
            Field("usertype", ("Postcode user type", "User type"), required=False),
            Field(
                "easting",
                ("Easting", "OS Easting", "Grid reference easting"),
                "number",
                required=False,
            ),
            Field(
                "northing",
                ("Northing", "OS Northing", "Grid reference northing"),
                "number",
                required=False,
            ),
            _area(
                "lad",
                ("Local authority district code", "Local authority district"),
                r"local authority.*code",
                required=False,
            ),
            _area(
                "lsoa21",
                ("LSOA 2021 code", "2021 Census LSOA"),
                r".*lsoa.*2021.*code.*",
                required=False,
            ),
        ),
        unique=("postcode",),
        detail="labels",
        everyday=True,
    ),
)

FORMAT = Format(
    key="onspd",
    title="ONS Postcode Directory",
    dataset=lambda _detail: "onspd",
    layouts=LAYOUTS,
    vintage=vintage_in_name,
    stage=2,
    keep=lambda scope, _source, frame: scope.places(frame, "postcode"),
)


def read(look: Peek, source: SourceFile, layout: Layout, keep: Keep | None = None) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout, keep)
    if "terminated" not in reading.frame:
        reading = replace(reading, frame=reading.frame.assign(terminated="")).note(
            "the file does not say which postcodes have ended: all are taken as live"
        )
    reading = reading.without(reading.frame["terminated"] != "", "ended postcode")
    frame = reading.frame
    if "easting" not in frame or "northing" not in frame:
        frame = frame.drop(columns=[c for c in ("easting", "northing") if c in frame])
        reading = replace(reading, frame=frame.assign(easting=np.nan, northing=np.nan))
        frame = reading.frame
    latitude = frame.get("latitude", pd.Series(np.nan, index=frame.index))
    lost = frame["easting"].isna() & (latitude.isna() | (latitude > 99))
    reading = from_degrees(reading.without(lost, "no position (latitude 99.999999)"))
    reading = on_grid(reading)
    frame = reading.frame
    if layout.detail == "labels":
        noted = [c for c in AREAS if c in frame]
        reading = replace(
            reading, frame=frame.drop(columns=[c for c in noted if (frame[c] == "").all()])
        )
        frame = reading.frame
    if "pcon24" in frame:
        english = frame["pcon24"][frame["pcon24"].str.startswith("E14")]
        if len(english) and (english < FIRST_OF_2024).mean() > 0.5:
            reading = replace(reading, frame=frame.drop(columns="pcon24"))
            reading = reading.note("constituencies are those of 2010 in this edition: not used")
    return reading


def write(frame: pd.DataFrame, path: Path, *, year: int = 2025) -> Path:
    """Write a practice directory in the layout of 2025 onwards.

    Parameters
    ----------
    frame
        Canonical columns; a missing position is written as latitude 99.999999, longitude 0.
    path
        Target.
    year
        Of the codes that carry one (`lad25cd`).
    """
    lost = frame["easting"].isna()
    longitude, latitude = to_lonlat(
        frame["easting"].fillna(400_000).to_numpy(), frame["northing"].fillna(300_000).to_numpy()
    )
    work = frame.assign(
        pcd7=frame["postcode"].str.replace(" ", "", regex=False),
        east=whole(frame["easting"]),
        north=whole(frame["northing"]),
        grid=np.where(lost, "9", "1"),
        country="E92000001",
        lat=np.where(lost, NO_LATITUDE, np.round(latitude, 6)),
        long=np.where(lost, 0.0, np.round(longitude, 6)),
    )
    work["pcd7"] = work["pcd7"].where(work["pcd7"].str.len() == 7, work["postcode"])
    if "usertype" not in work:
        work["usertype"] = "0"
    columns = {
        "pcd7": "pcd7", "pcd8": "postcode", "pcds": "postcode", "dointr": "introduced",
        "doterm": "terminated", "lad25cd": "lad", "wd25cd": "ward", "usrtypind": "usertype",
        "east1m": "east", "north1m": "north", "gridind": "grid", "ctry25cd": "country",
        "pcon24cd": "pcon24", "oa21cd": "oa21", "lsoa21cd": "lsoa21", "msoa21cd": "msoa21",
        "lat": "lat", "long": "long",
    }  # fmt: skip
    out = dressed(work, HEADER_2025, columns)
    out.columns = pd.Index([h.replace("25cd", f"{year % 100:02d}cd") for h in out.columns])
    return write_table(out, path, quote_text=True)
