"""Rows of the public-sector registers in one shape: what and where a place is, open or closed.

Vacancy is read only where a register says it; a missing occupier says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from layers.ledger import Ledger
from layers.source import Reading

__all__ = ["NOT_OFFICE", "OFFICE", "ROW_COLUMNS", "VACANT", "register_rows", "said"]

ROW_COLUMNS = (
    "src", "record", "register", "publisher_id", "uprn", "name", "kind", "owner", "postcode",
    "easting", "northing", "status", "vacant", "office_text", "tenure", "tenure_detail",
    "vacancy_text", "floor_area_m2", "vacant_area_m2", "energy_band", "dated", "note", "reason",
)  # fmt: skip
# domain brief A7; "not vacant" and "non-surplus" say the opposite
VACANT = r"(?<!not )(?<!non-)(?<!non )\b(?:vacant|void|empty|surplus|unoccupied|disused|declared surplus|available to let)\b"
FORMER = r"\b(?:former|formerly|disused|vacant|void|empty|unoccupied)\b"
OFFICE = r"\b(?:office|offices|civic|council house|town hall|business centre|enterprise centre|depot office|library|neighbourhood office)\b"
NOT_OFFICE = (
    r"\b(?:toilets?|conveniences?|conveinences?|garages?|stables?|pavilion|changing rooms?|kiosk|bus shelter|"
    r"crematori\w+|mausoleum|scout hut|sub-?station|car park|barn|bandstand|greenhouse|sports? facilit\w+|"
    r"pumping station|chapel|church|cemetery|schools?|academy|nursery|leisure|swimming|theatre|museum)\b"
)
CHATTEL = r"\b(?:chattels?|regalia|art|paintings?|sculptures?|statues?|street furniture)\b"
LAND = (
    r"\b(?:land|open spaces?|gardens?|allott?ments?|parks?|playing fields?|street record|cemeter\w+|"
    r"woodlands?|verges?|car parks?|roads?|bridges?|farmland|recreation ground|footpaths?|subsoil)\b"
)
BUILDING = (
    r"\b(?:buildings?|offices?|hall|centre|library|depot|school|museum|theatre|toilets?|conveniences?|"
    r"conveinences?|pavilion|clinic|shops?|units?|flats?|houses?|lodge|premises|workshops?|hostel|baths?|"
    r"commercial|industrial)\b"
)
CIVIC = r"\b(?:civic|council house|town hall|city hall)\b"


def said(cells: pd.Series, rule: str) -> pd.Series:
    """Whether text says something, without regard to case."""
    return cells.str.contains(rule, case=False, regex=True)


def register_rows(ledger: Ledger) -> list[tuple[Reading, pd.DataFrame]]:
    """Return each register's reading with its rows in one shape (`ROW_COLUMNS`).

    `reason` is filled where a row is no place of the public sector: land, a chattel, an
    independent hospital.
    """
    shapes: dict[str, Callable[[Reading], pd.DataFrame]] = {
        "asset_register": _assets,
        "government_estate": _government,
        "schools": _schools,
        "libraries": _libraries,
        "hospitals": _hospitals,
        "gp_practices": _practices,
    }
    taken = []
    for key, shape in shapes.items():
        for reading in ledger.of(key):
            rows = shape(reading)
            taken.append((reading, rows[list(ROW_COLUMNS)]))
    return taken


def _base(reading: Reading, register: str) -> pd.DataFrame:
    """Return a frame with every column, empty where a register says nothing."""
    frame = reading.frame
    index = frame.index
    made: dict[str, Any] = {
        "src": frame["src"],
        "record": frame["record"],
        "register": pd.Series(register, index=index),
        "publisher_id": _text(frame, "publisher_id"),
        "uprn": _uprn(frame),
        "name": _text(frame, "name"),
        "kind": pd.Series("other", index=index),
        "owner": pd.Series("", index=index),
        "postcode": _text(frame, "postcode"),
        "easting": _numbers(frame, "easting"),
        "northing": _numbers(frame, "northing"),
        "status": pd.Series("open", index=index),
        "vacant": pd.Series(data=False, index=index),
        "floor_area_m2": _numbers(frame, "floor_area_m2"),
        "vacant_area_m2": _numbers(frame, "vacant_area_m2"),
        "energy_band": _text(frame, "energy_band").str.upper(),
        "dated": _dates(frame, reading.source.vintage),
    }
    blank = ("office_text", "tenure", "tenure_detail", "vacancy_text", "note", "reason")
    return pd.DataFrame(made).assign(**dict.fromkeys(blank, ""))


def _text(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series("", index=frame.index)
    return frame[name].fillna("").astype("str").str.strip()


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series(np.nan, index=frame.index)
    return pd.to_numeric(frame[name], errors="coerce").astype(float)


def _uprn(frame: pd.DataFrame) -> pd.Series:
    if "uprn" not in frame:
        return pd.Series(0, index=frame.index, dtype="int64")
    return pd.to_numeric(frame["uprn"], errors="coerce").fillna(0).astype("int64")


def _dates(frame: pd.DataFrame, vintage: str) -> pd.Series:
    """Return each row's own date, else the file's vintage; missing where neither is known."""
    whole = pd.Timestamp(vintage) if vintage else pd.NaT
    if "effective_date" not in frame:
        return pd.Series(whole, index=frame.index, dtype="datetime64[ns]")
    own = pd.to_datetime(frame["effective_date"], errors="coerce").astype("datetime64[ns]")
    return own.where(own.notna(), whole)


def _assets(reading: Reading) -> pd.DataFrame:
    """Return the buildings of a Transparency Code register; land and chattels get a reason."""
    frame = reading.frame
    made = _base(reading, "asset")
    made["publisher_id"] = _text(frame, "asset_id")
    street = _text(frame, "street")
    made["name"] = made["name"].where(made["name"] != "", street)
    made["owner"] = _text(frame, "organisation")
    own_ids = made["publisher_id"] != ""
    owner_key = made["owner"].str.lower().str.replace(r"[^a-z0-9]+", "-", regex=True).str.strip("-")
    made.loc[own_ids, "publisher_id"] = owner_key[own_ids] + "/" + made.loc[own_ids, "publisher_id"]
    made["tenure"], made["tenure_detail"] = _text(frame, "tenure"), _text(frame, "tenure_detail")
    holding, other = _text(frame, "holding"), _text(frame, "other_detail")
    made["office_text"] = made["name"] + " | " + holding + " | " + other
    made["vacancy_text"] = made["tenure_detail"] + " | " + holding + " | " + other
    made["vacant"] = said(made["vacancy_text"], VACANT)
    made["status"] = np.where(made["vacant"], "closed", "unknown")
    kind = np.select(
        [
            said(made["office_text"], CIVIC),
            said(made["office_text"], r"\blibrary\b"),
            said(made["office_text"], r"\b(?:schools?|academy|nursery)\b"),
            said(made["office_text"], OFFICE),
        ],
        ["civic", "library", "school", "office"],
        default="other",
    )
    made["kind"] = kind
    text = holding + " | " + other
    chattel = said(holding, CHATTEL)
    building = said(holding, r"\bbuildings?\b")
    land = said(text, LAND) & ~building
    shown = building | said(made["office_text"], BUILDING)
    reason = np.where(~shown, "not shown to be a building", "")
    reason = np.where(land, "land, not a building", reason)
    made["reason"] = np.where(chattel, "a chattel, not property", reason)
    made["note"] = ("tenure " + made["tenure"].str.lower()).where(made["tenure"] != "", "")
    return made


def _government(reading: Reading) -> pd.DataFrame:
    """Return the buildings of the central estate; vacant space is read where an area says it."""
    frame = reading.frame
    made = _base(reading, "government")
    made["publisher_id"] = _text(frame, "property_ref")
    part = _text(frame, "building_ref")
    made["publisher_id"] += ("/" + part).where(part != "", "")
    made["name"] = _text(frame, "property_name")
    made["owner"] = _text(frame, "department")
    made["tenure"] = _text(frame, "tenure")
    what = _text(frame, "asset_type") + " | " + _text(frame, "usage")
    made["office_text"] = made["name"] + " | " + what
    made["kind"] = np.where(said(made["office_text"], OFFICE), "office", "other")
    made["status"] = "unknown"
    shown = said(made["office_text"], BUILDING) | (made["floor_area_m2"] > 0)
    land = said(what, LAND) & ~shown
    made["reason"] = np.where(land, "land, not a building", "")
    return made


def _schools(reading: Reading) -> pd.DataFrame:
    made = _base(reading, "school")
    status = _text(reading.frame, "status").str.lower()
    made["kind"] = "school"
    made["status"] = np.where(status.str.startswith("closed"), "closed", "open")
    made["note"] = _text(reading.frame, "phase")
    return made


def _libraries(reading: Reading) -> pd.DataFrame:
    frame = reading.frame
    made = _base(reading, "library")
    made["kind"] = "library"
    made["status"] = np.where(_truth(frame, "closed"), "closed", "open")
    made["owner"] = _text(frame, "run_by")
    year = _numbers(frame, "closed_year")
    shut = made["status"] == "closed"
    told = year.astype("Int64").astype("str")
    made["note"] = np.where(
        shut & year.notna(), "service closed " + told, np.where(shut, "service closed", "")
    )
    return made


def _truth(frame: pd.DataFrame, name: str) -> pd.Series:
    """Read a flag that may be a yes, or a code given only where it holds."""
    if name not in frame:
        return pd.Series(data=False, index=frame.index)
    if pd.api.types.is_bool_dtype(frame[name]):
        return frame[name].fillna(value=False).astype(bool)
    return ~_text(frame, name).str.lower().isin(["", "false", "f", "no", "n", "0"])


def _hospitals(reading: Reading) -> pd.DataFrame:
    made = _base(reading, "hospital")
    sector = _text(reading.frame, "sector")
    made["kind"] = "hospital"
    made["owner"] = sector
    made["reason"] = np.where(said(sector, "independent"), "independent sector, not public", "")
    return made


def _practices(reading: Reading) -> pd.DataFrame:
    made = _base(reading, "gp")
    made["kind"] = "gp"
    made["owner"] = "GP practice"
    made["note"] = _text(reading.frame, "kind")
    again = made["publisher_id"].duplicated(keep=False) & (made["publisher_id"] != "")
    made.loc[again, "publisher_id"] += "@" + made.loc[again, "postcode"].str.replace(
        " ", "", regex=False
    )
    return made
