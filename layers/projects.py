"""Digital projects that already run or are decided, at their places: what is not asked for twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.ledger import OUTSIDE, Ledger, apart, newest_first, stack
from layers.positions import Positions

__all__ = ["COMMITTED", "PROJECT_COLUMNS", "projects"]

PROJECT_COLUMNS = (
    "id", "src", "record", "project", "owner", "status", "fund", "place", "lad", "lad_name",
    "site_id", "uprn", "easting", "northing", "location", "start", "end",
)  # fmt: skip
# states in which somebody has said that it will be paid for, or it is there
COMMITTED = ("funded", "building", "done")
AGAIN = "the same project at the same place in a newer list"


def projects(
    ledger: Ledger, ground: Ground, where: Positions, sites: pd.DataFrame | None
) -> pd.DataFrame | None:
    """Return one row a project and place.

    A place is known by the id of a site, else by its UPRN (that of a site, or one with a position),
    else only by its district or its name.

    Returns
    -------
    DataFrame or None
        `PROJECT_COLUMNS`: `status` is `idea planned funded building done stopped`; `location` is
        `exact`, `district` or `named`, and only an exact one has a position (EPSG:27700). `uprn` is 0
        where none is known. Ordered by `id`.
    """
    parts: list[pd.DataFrame] = []
    seen: set[str] = set()
    for reading in newest_first(ledger.of("existing_projects")):
        made = _placed(reading.frame, ground, where, sites)
        names = dict(zip(ground.districts["id"], ground.districts["name"], strict=True))
        outside = (made["lad"] != "") & ~made["lad"].isin(names)
        reasons = np.where(outside, OUTSIDE, "").astype(object)
        again = made["id"].isin(seen) | made["id"].duplicated()
        reasons[again.to_numpy(bool)] = AGAIN
        keep = reasons == ""
        ledger.settle(apart(reading, reasons))
        seen |= set(made.loc[keep, "id"])
        kept = made.loc[keep]
        parts.append(kept.assign(lad_name=kept["lad"].map(names).fillna("")))
    whole = stack(parts, PROJECT_COLUMNS)
    return whole.sort_values("id", ignore_index=True) if len(whole) else None


def _placed(
    frame: pd.DataFrame, ground: Ground, where: Positions, sites: pd.DataFrame | None
) -> pd.DataFrame:
    """Find the place of each row, and give it an id that survives a new list."""
    blank = pd.Series("", index=frame.index, dtype="str")
    made = frame.copy()
    for name in ("place", "district", "site_id", "start", "end"):
        made[name] = made.get(name, blank).fillna("").astype("str")
    uprn = pd.to_numeric(made.get("uprn", blank), errors="coerce")
    made["uprn"] = uprn.fillna(0).astype("int64")
    x, y = np.full(len(made), np.nan), np.full(len(made), np.nan)
    lad = made["district"].to_numpy(dtype=object)
    if sites is not None and len(sites):
        by_id = sites.drop_duplicates("id").set_index("id")
        numbers = pd.to_numeric(sites["uprn"], errors="coerce").fillna(0).astype("int64")
        of_uprn = sites["id"][numbers > 0].groupby(numbers[numbers > 0]).first()
        known = made["site_id"].isin(by_id.index)
        site = made["site_id"].where(known, made["uprn"].map(of_uprn).fillna(""))
        made["site_id"] = site.where(site != "", made["site_id"])
        found = by_id.reindex(site)
        x, y = found["easting"].to_numpy(float), found["northing"].to_numpy(float)
        lad = np.where(found["lad"].notna(), found["lad"], lad)
    px, py = where.locate(made["uprn"])
    x, y = np.where(np.isnan(x), px, x), np.where(np.isnan(y), py, y)
    spot = ground.place(x, y)
    lad = np.where((lad == "") & (spot >= 0), ground.column(spot, "lad"), lad)
    made["easting"], made["northing"], made["lad"] = x, y, lad.astype(str)
    # a position outside the study has no district of it: the row is set aside as outside
    away = (spot < 0) & np.isfinite(x) & (made["lad"] == "").to_numpy()
    made.loc[away, "lad"] = "outside"
    exact = np.isfinite(x)
    made["location"] = np.where(exact, "exact", np.where(made["lad"] != "", "district", "named"))
    at = made["site_id"].where(made["site_id"] != "", made["uprn"].astype("str"))
    at = at.where(at != "0", made["place"].where(made["place"] != "", made["lad"]))
    made["id"] = "project:" + made["project"].str.strip().str.lower() + ":" + at.str.lower()
    return made
