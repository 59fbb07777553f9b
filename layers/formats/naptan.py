"""NaPTAN: public transport stops and stations.

Canonical columns: `stop_id`, `name`, `stop_type` (`BCT` bus stop, `RLY` rail station, `MET` and
`PLT` tram, ...), `easting`, `northing` (EPSG:27700), `locality`, `locality_code`
(of the national gazetteer), `active`. Inactive stops are set aside. Where the grid position is missing, longitude and latitude are converted.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from layers.formats import Format
from layers.formats._places import from_degrees, on_grid
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, fixed, whole, write_table
from layers.grid import to_lonlat
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

HEADER = (
    "ATCOCode", "NaptanCode", "PlateCode", "CleardownCode", "CommonName", "CommonNameLang",
    "ShortCommonName", "ShortCommonNameLang", "Landmark", "LandmarkLang", "Street", "StreetLang",
    "Crossing", "CrossingLang", "Indicator", "IndicatorLang", "Bearing", "NptgLocalityCode",
    "LocalityName", "ParentLocalityName", "GrandParentLocalityName", "Town", "TownLang", "Suburb",
    "SuburbLang", "LocalityCentre", "GridType", "Easting", "Northing", "Longitude", "Latitude",
    "StopType", "BusStopType", "TimingStatus", "DefaultWaitTime", "Notes", "NotesLang",
    "AdministrativeAreaCode", "CreationDateTime", "ModificationDateTime", "RevisionNumber",
    "Modification", "Status",
)  # fmt: skip
ACTIVE = ("active", "act")
INACTIVE = ("inactive", "ina", "pending", "pen", "delete", "del")

LAYOUT = Layout(
    "NaPTAN stops",
    (
        Field("stop_id", ("ATCOCode",), fill_required=True),
        Field("name", ("CommonName",)),
        Field("stop_type", ("StopType",), "code", fill_required=True),
        Field("easting", ("Easting",), "number"),
        Field("northing", ("Northing",), "number"),
        Field("longitude", ("Longitude",), "number", required=False),
        Field("latitude", ("Latitude",), "number", required=False),
        Field("locality", ("LocalityName",), required=False),
        Field("locality_code", ("NptgLocalityCode",), required=False),
        Field("status", ("Status",)),
    ),
    unique=("stop_id",),
    detail="stops",
)

FORMAT = Format(
    key="naptan",
    title="NaPTAN stops",
    dataset=lambda _detail: "naptan",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    status = reading.frame["status"].str.lower()
    unknown = ~status.isin((*ACTIVE, *INACTIVE, ""))
    reading = reading.without_bad(unknown, "unknown status", "status")
    ended = reading.frame["status"].str.lower().isin(INACTIVE)
    reading = reading.without(ended, "inactive stop")
    reading = on_grid(from_degrees(reading))
    lost = reading.frame["easting"].isna() | reading.frame["northing"].isna()
    reading = reading.without_bad(lost, "no position", "easting")
    frame = reading.frame.drop(columns="status").assign(active=True)
    return replace(reading, frame=frame)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a practice file with the publisher's 43 columns.

    Parameters
    ----------
    frame
        Canonical columns; where `active` is false the stop is written as inactive.
    path
        Target.
    """
    longitude, latitude = to_lonlat(
        frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
    )
    status = frame["active"].map({True: "active", False: "inactive"})
    work = frame.assign(
        easting=whole(frame["easting"]),
        northing=whole(frame["northing"]),
        longitude=fixed(pd.Series(longitude, index=frame.index), 5),
        latitude=fixed(pd.Series(latitude, index=frame.index), 5),
        status=status,
        grid="UKOS",
    )
    columns = {
        "ATCOCode": "stop_id", "CommonName": "name", "LocalityName": "locality", "NptgLocalityCode": "locality_code",
        "GridType": "grid", "Easting": "easting", "Northing": "northing",
        "Longitude": "longitude", "Latitude": "latitude", "StopType": "stop_type",
        "Status": "status",
    }  # fmt: skip
    return write_table(dressed(work, HEADER, columns), path)
