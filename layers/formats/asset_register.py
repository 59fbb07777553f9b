"""Council land and building registers under the Local Government Transparency Code 2015.

Canonical columns: `organisation asset_id uprn name street town postcode easting northing tenure
tenure_detail other_detail holding floor_area_m2 energy_band effective_date`; those a register does
not have are left out. Registers differ in header names, so a table of synonyms is used. Positions
are British National Grid or WGS84, as the register's own column says, else by their values.

Vacant property may be published with only the first part of its postcode and no position; such
rows are kept. Chattels (art, regalia) are not property and are set aside.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layers.cells import counted
from layers.formats import Format
from layers.formats._places import OFF_GRID, SWAPPED, looks_swapped
from layers.formats._vintage import vintage_in_name
from layers.formats._writing import dressed, fixed, write_table
from layers.grid import from_lonlat, in_britain, to_lonlat
from layers.layouts import Field, Layout
from layers.peeking import Peek
from layers.reading import read_layout
from layers.source import Reading, SourceFile

__all__ = ["FORMAT", "read", "write"]

Mask = np.ndarray[Any, np.dtype[np.bool_]]
HEADER = (
    "OrganisationLabel", "OrganisationURI", "EffectiveDate", "UPRN", "AssetCode", "PropertyName",
    "StreetNumber", "StreetName", "PostTown", "PostCode", "CoordinateReferenceSystem", "GeoX",
    "GeoY", "TenureType", "TenureDetail", "OtherDetail", "HoldingType", "BuildingSize", "LandArea",
    "EnergyRating",
)  # fmt: skip
OUTWARD_OR_FULL = r"[A-Z]{1,2}\d[A-Z\d]?(?: \d[A-Z]{2})?"
CHATTEL = re.compile(r"chattel", re.IGNORECASE)
BANDS = ("A+", "A", "B", "C", "D", "E", "F", "G")

_ORGANISATION = ("OrganisationLabel", "Organisation", "Organisation Name", "Local Authority")
FIELDS = (
    Field("asset_id", ("AssetCode", "UniqueAssetId", "Unique Asset ID", "Property Ref", "Property Reference", "Asset ID"), fill_required=True),
    Field("tenure", ("TenureType", "Tenure")),
    Field("geo_x", ("GeoX", "X Co-ordinate", "Easting", "Eastings", "Longitude"), "number"),
    Field("geo_y", ("GeoY", "Y Co-ordinate", "Northing", "Northings", "Latitude"), "number"),
    Field("organisation", _ORGANISATION, required=False, may_repeat=True),
    Field("uprn", ("UPRN", "Unique Property Reference Number"), "uprn", required=False),
    Field("name", ("PropertyName", "Name of the building or land", "Asset Name", "Site Name", "Site Address", "Property Address"), required=False),
    Field("street_number", ("StreetNumber", "Street No"), required=False),
    Field("street", ("StreetName", "Street"), required=False),
    Field("town", ("PostTown", "Town"), required=False),
    Field("postcode", ("PostCode", "Postal Code"), "postcode", required=False),
    Field("crs", ("CoordinateReferenceSystem", "CRS"), "code", required=False),
    Field("tenure_detail", ("TenureDetail", "Tenure Category"), required=False),
    Field("other_detail", ("OtherDetail", "Notes", "Purpose"), required=False),
    Field("holding", ("HoldingType", "Asset type", "Building or land", "Land or Building"), required=False),
    Field("floor_area_m2", ("BuildingSize", "Building Size (m2)", "GIA (m2)", "Floor Area (m2)"), "number", required=False, low=0),
    Field("energy_band", ("EnergyRating", "EPC Rating"), "code", required=False),
    Field("effective_date", ("EffectiveDate", "Date"), "date", required=False),
)  # fmt: skip
CANONICAL = (
    "organisation", "asset_id", "uprn", "name", "street", "town", "postcode", "easting", "northing",
    "tenure", "tenure_detail", "other_detail", "holding", "floor_area_m2", "energy_band",
    "effective_date",
)  # fmt: skip

LAYOUT = Layout(
    "Transparency Code land and building register",
    FIELDS,
    unique=("asset_id",),
    detail="register",
)

FORMAT = Format(
    key="asset_register",
    title="council land and building register",
    dataset=lambda _detail: "council-asset-registers",
    layouts=(LAYOUT,),
    vintage=vintage_in_name,
    mapped=True,
)


def read(look: Peek, source: SourceFile, layout: Layout) -> Reading:
    """Read one file; see the module for the canonical columns."""
    reading = read_layout(look, source, layout)
    frame = reading.frame
    chattel = frame["tenure"].str.contains(CHATTEL)
    if "holding" in frame:
        chattel |= frame["holding"].str.contains(CHATTEL)
    reading = _positions(_postcodes(reading.without(chattel, "chattel, not property")))
    frame = reading.frame
    if "street_number" in frame and "street" in frame:
        street = (frame["street_number"] + " " + frame["street"]).str.strip()
        frame = frame.assign(street=street.str.replace(r"\s+", " ", regex=True))
    for name in ("name", "street", "tenure_detail", "other_detail"):
        if name in frame:  # cells may hold line breaks
            frame = frame.assign(**{name: frame[name].str.replace(r"\s+", " ", regex=True)})
    if "energy_band" in frame:
        band = frame["energy_band"]
        frame = frame.assign(energy_band=band.where(band.isin(BANDS), ""))
    return replace(reading, frame=frame[["src", "record", *(c for c in CANONICAL if c in frame)]])


def _postcodes(reading: Reading) -> Reading:
    """Blank postcodes that are neither whole nor the first part of one, and say how many."""
    if "postcode" not in reading.frame:
        return reading
    frame = reading.frame
    compact = frame["postcode"].str.replace(" ", "", regex=False)
    # an outward code of five or more characters does not exist, so what normalising split is whole
    cells = frame["postcode"].where(compact.str.len() > 4, compact)
    wrong = ~cells.str.fullmatch(OUTWARD_OR_FULL) & (cells != "")
    reading = replace(reading, frame=frame.assign(postcode=cells.mask(wrong, "")))
    if wrong.any():
        reading = reading.note(
            counted(int(wrong.sum()), "cell is not a postcode", "cells are not postcodes")
            + ": taken as missing"
        )
    return reading


def _positions(reading: Reading) -> Reading:
    """Turn the register's coordinates into metres, quarantining what cannot be a place."""
    frame = reading.frame
    x, y = frame["geo_x"].to_numpy(float).copy(), frame["geo_y"].to_numpy(float).copy()
    zero: Mask = (x == 0) & (y == 0)
    postcode = frame["postcode"] if "postcode" in frame else pd.Series("", index=frame.index)
    nameless = zero & (postcode == "").to_numpy(dtype=bool)
    x[zero], y[zero] = np.nan, np.nan
    system = frame["crs"] if "crs" in frame else pd.Series("", index=frame.index)
    said = system.str.contains("WGS|4326|ETRS|4258").to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        small: Mask = (np.abs(x) <= 180) & (np.abs(y) <= 180)
    degrees = (said | small) & ~np.isnan(x) & ~np.isnan(y)
    swapped: Mask = degrees & looks_swapped(x, y)
    easting, northing = x.copy(), y.copy()
    convert = degrees & ~swapped
    if convert.any():
        easting[convert], northing[convert] = from_lonlat(x[convert], y[convert])
    half: Mask = np.isnan(x) != np.isnan(y)
    off: Mask = ~np.isnan(x) & ~swapped & ~half & ~in_britain(easting, northing)
    frame = frame.assign(easting=easting, northing=northing)
    reading = replace(reading, frame=frame)
    for mask, reason in (
        (swapped, SWAPPED),
        (nameless, "no position (0, 0)"),
        (half, "only one of two coordinates"),
        (off, OFF_GRID),
    ):
        at = reading.frame["record"].isin(frame["record"].to_numpy()[mask])
        reading = reading.without_bad(at, reason, "geo_x")
    kept = int((zero & ~nameless).sum())
    if kept:
        reading = reading.note(
            counted(kept, "row gives", "rows give") + " 0, 0 as position: taken as no position"
        )
    lost = int(reading.frame["easting"].isna().sum())
    return reading.note(counted(lost, "row has", "rows have") + " no position") if lost else reading


def write(frame: pd.DataFrame, path: Path, *, degrees: bool = True) -> Path:
    """Write a practice register in the national schema.

    Parameters
    ----------
    frame
        Canonical columns; a missing position stays empty.
    path
        Target.
    degrees
        Write positions as WGS84 longitude and latitude; else as National Grid metres.
    """
    known = frame["easting"].notna()
    if degrees:
        x, y = to_lonlat(
            frame["easting"].fillna(400_000).to_numpy(float),
            frame["northing"].fillna(300_000).to_numpy(float),
        )
        decimals, system = 7, "WGS84"
    else:
        x, y = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
        decimals, system = 0, "OSGB36"
    geo_x, geo_y = pd.Series(x, index=frame.index), pd.Series(y, index=frame.index)
    work = frame.assign(
        geo_x=fixed(geo_x.where(known), decimals),
        geo_y=fixed(geo_y.where(known), decimals),
        crs=pd.Series(system, index=frame.index).where(known, ""),
    )
    columns = {
        "OrganisationLabel": "organisation", "EffectiveDate": "effective_date", "UPRN": "uprn",
        "AssetCode": "asset_id", "PropertyName": "name", "StreetName": "street",
        "PostTown": "town", "PostCode": "postcode", "CoordinateReferenceSystem": "crs",
        "GeoX": "geo_x", "GeoY": "geo_y", "TenureType": "tenure", "TenureDetail": "tenure_detail",
        "OtherDetail": "other_detail", "HoldingType": "holding", "BuildingSize": "floor_area_m2",
        "EnergyRating": "energy_band",
    }  # fmt: skip
    return write_table(dressed(work, HEADER, columns), path)
