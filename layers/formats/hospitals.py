"""NHS list of hospitals in England.

Canonical columns: `publisher_id` (ODS code), `name`, `sector` (`NHS` or `independent`), `kind`,
`postcode`, `easting`, `northing` (EPSG:27700, missing where not published). The published file
separates its cells by the sign U+00AC and is encoded in Latin-1.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.cells import counted
from layers.formats import Format
from layers.formats._places import from_degrees
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import CRLF, dressed, write_table
from layers.grid import to_lonlat
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import POSTCODE, read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

DELIMITER = "\u00ac"
HEADER = (
    "OrganisationID", "OrganisationCode", "OrganisationType", "SubType", "Sector",
    "OrganisationStatus", "IsPimsManaged", "OrganisationName", "Address1", "Address2", "Address3",
    "City", "County", "Postcode", "Latitude", "Longitude", "ParentODSCode", "ParentName", "Phone",
    "Email", "Website", "Fax",
)  # fmt: skip
SECTORS = {"nhs sector": "NHS", "independent sector": "independent"}

LAYOUT = Layout(
    "NHS list of hospitals",
    (
        Field("publisher_id", ("OrganisationCode",), fill_required=True),
        Field("name", ("OrganisationName",), fill_required=True),
        Field("sector", ("Sector",)),
        Field("kind", ("SubType",)),
        Field("postcode", ("Postcode",), "postcode", matches=POSTCODE),
        Field("latitude", ("Latitude",), "number"),
        Field("longitude", ("Longitude",), "number"),
    ),
    unique=("publisher_id",),
    also_expects=("OrganisationType",),
    detail="hospitals",
)

FORMAT = Format(
    key="hospitals",
    title="NHS hospitals",
    dataset=lambda _detail: "nhs-hospitals",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = from_degrees(read_layout(look, source, layout))
    frame = reading.frame
    sector = frame["sector"].str.lower().map(SECTORS)
    kind = frame["kind"].where(frame["kind"].str.upper() != "UNKNOWN", "")
    lost = int(frame["easting"].isna().sum())
    frame = frame.assign(
        sector=sector.where(sector.notna(), frame["sector"]).astype("str"), kind=kind
    )
    reading = replace(reading, frame=frame)
    return (
        reading.note(
            counted(lost, "hospital has", "hospitals have") + " no position, only a postcode"
        )
        if lost
        else reading
    )


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice list in the publisher's dress; a missing position stays empty."""
    known = frame["easting"].notna()
    longitude, latitude = to_lonlat(
        frame["easting"].fillna(400_000).to_numpy(float),
        frame["northing"].fillna(300_000).to_numpy(float),
    )
    work = frame.assign(
        number=range(1, len(frame) + 1),
        type="Hospital",
        kind=frame["kind"].where(frame["kind"] != "", "UNKNOWN"),
        sector=frame["sector"].map({"NHS": "NHS Sector", "independent": "Independent Sector"}),
        status="Visible",
        managed="True",
        lat=pd.Series(latitude, index=frame.index).round(12).where(known),
        long=pd.Series(longitude, index=frame.index).round(12).where(known),
    )
    columns = {
        "OrganisationID": "number", "OrganisationCode": "publisher_id", "OrganisationType": "type",
        "SubType": "kind", "Sector": "sector", "OrganisationStatus": "status",
        "IsPimsManaged": "managed", "OrganisationName": "name", "Postcode": "postcode",
        "Latitude": "lat", "Longitude": "long",
    }  # fmt: skip
    return write_table(
        dressed(work, HEADER, columns), path, encoding="latin-1", newline=CRLF, delimiter=DELIMITER
    )
