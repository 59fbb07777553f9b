"""What people found at a building: an asset manager's confirmation, and the visit itself.

A vacancy that the asset manager confirmed with a date is the strongest evidence there is (domain
brief D4): 1.0, halved by its age as all evidence is, and not held to the cap. A visit alone says
what was seen and counts as nothing until it is confirmed; one that found the building occupied ends
the matter, unless a register says otherwise later.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from layers.ledger import Ledger, apart, newest_first, stack
from layers.sites import Places
from layers.vacancy import MONTH_DAYS, trail

__all__ = ["VISIT_COLUMNS", "visits", "with_visits"]

VISIT_COLUMNS = ("id", "confidence", "occupied", "area_m2", "nia_m2", "text", "visited_on")
NO_AREA = "part vacant without an area: not counted"
SPACE = "vacant space"


def visits(ledger: Ledger, places: Places, as_of: date, halving_months: float) -> pd.DataFrame:
    """Return the newest visit of each place.

    Returns
    -------
    DataFrame
        `VISIT_COLUMNS`, one row a place: `confidence` (0 to 1, aged; missing where nothing is
        confirmed), whether it was found `occupied`, the vacant area and the net internal area in m2
        (missing where not measured), and what it says with its file and record.
    """
    by_uprn = places.places[places.places["uprn"] > 0].set_index("uprn")["id"]
    known = set(places.places["id"])
    seen: set[str] = set()
    parts: list[pd.DataFrame] = []
    for reading in newest_first(ledger.of("visit_sheet")):
        frame = reading.frame.sort_values(["visited_on", "record"], ascending=[False, True])
        uprn = pd.to_numeric(frame.get("uprn", pd.Series(0, index=frame.index)), errors="coerce")
        place = frame["site_id"].where(frame["site_id"].isin(known), uprn.map(by_uprn))
        reasons = pd.Series("", index=frame.index, dtype=object)
        reasons[place.isna()] = "no public-sector place of the study has its id or UPRN"
        again = place.notna() & (place.isin(seen) | place.duplicated())
        reasons[again] = "a later visit of the same place"
        seen |= set(place.dropna())
        ledger.settle(apart(reading, reasons.sort_index().to_numpy()))
        kept = frame.loc[reasons == ""].assign(id=place)
        parts.append(_told(kept, as_of, halving_months))
    return stack(parts, VISIT_COLUMNS)


def _told(rows: pd.DataFrame, as_of: date, halving_months: float) -> pd.DataFrame:
    blank, none = pd.Series("", index=rows.index), pd.Series(np.nan, index=rows.index)
    role = rows.get("confirmed_by_role", blank).fillna("").str.strip()
    part = rows["occupancy"] == "part vacant"
    area = pd.to_numeric(rows.get("vacant_area_m2", none), errors="coerce")
    bare = part & ~(area > 0)
    vacant = (rows["occupancy"] == "vacant") | part
    sure = vacant & ~bare & (role != "") & (rows["confirmed_on"] != "")
    when = pd.to_datetime(rows["confirmed_on"].where(sure), errors="coerce")
    months = ((pd.Timestamp(as_of) - when).dt.days / MONTH_DAYS).clip(lower=0)
    said = "visit of " + rows["visited_on"] + ": " + rows["occupancy"].where(rows["occupancy"] != "", "occupancy not noted")  # fmt: skip
    how = np.where(
        sure, ", confirmed by " + role + " on " + rows["confirmed_on"],
        np.where(bare, f", {NO_AREA}", np.where(vacant, ", not confirmed by the asset manager", "")),
    )  # fmt: skip
    return pd.DataFrame(
        {
            "id": rows["id"],
            "confidence": (0.5 ** (months / halving_months)).where(sure),
            "occupied": rows["occupancy"] == "occupied",
            "area_m2": area.where(part & ~bare),
            "nia_m2": pd.to_numeric(rows.get("floor_area_nia_m2", none), errors="coerce"),
            "text": said + how + " " + trail(rows),
            "visited_on": rows["visited_on"],
        }
    )


def with_visits(made: pd.DataFrame, found: pd.DataFrame, newest: pd.Series) -> pd.DataFrame:
    """Bring visits to the candidate buildings.

    Parameters
    ----------
    made
        Buildings with `id vacancy_confidence vacancy_evidence floor_area_m2 floor_area_basis`.
    found
        As `visits` gives them.
    newest
        By id: the date of the newest register record that says vacant; missing where none does.
    """
    if found.empty:
        return made
    at = found.set_index("id").reindex(made["id"])
    own = made["vacancy_confidence"].to_numpy(float)
    sure = at["confidence"].to_numpy(float)
    joint = 1 - (1 - np.nan_to_num(own)) * (1 - np.nan_to_num(sure))
    value = np.where(np.isnan(sure), own, joint)
    visited = pd.to_datetime(at["visited_on"], errors="coerce")
    later = (pd.to_datetime(newest.reindex(made["id"])) > visited).to_numpy(bool)
    occupied = at["occupied"].fillna(value=False).astype(bool).to_numpy() & ~later
    value = np.where(occupied, 0.0, value)
    told = at["text"].fillna("").to_numpy(dtype=object)
    before = made["vacancy_evidence"].to_numpy(dtype=object)
    text = np.where(told == "", before, told + "; " + before)
    nia, area = at["nia_m2"].to_numpy(float), at["area_m2"].to_numpy(float)
    floor = np.where(nia > 0, nia, made["floor_area_m2"].to_numpy(float))
    basis = np.where(nia > 0, "NIA", made["floor_area_basis"])
    floor = np.where(area > 0, area, floor)
    basis = np.where(area > 0, SPACE, basis)
    return made.assign(
        vacancy_confidence=value, vacancy_evidence=text, floor_area_m2=floor, floor_area_basis=basis
    )
