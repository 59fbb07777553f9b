"""Points that can receive service, and how many premises at each are without it.

Evidence routes, best first: BDUK's premises placed by OS Open UPRN (measured); postcodes with
Ofcom's gigabit share (estimated); households spread over live postcodes, less the share published
for their constituency (estimated). Full fibre is published by constituency and district only, so
`without_full_fibre` is estimated by every route.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.boundaries import Ground
from layers.full_fibre import AreaShare
from layers.ledger import OUTSIDE, Ledger, apart, newest_first, stack
from layers.postcodes import Gazetteer
from layers.source import Reading
from layers.vintages import carried_to_2021, pairs_of_2011

__all__ = ["DEMAND_COLUMNS", "DEMAND_FORMATS", "Demand", "Positions", "demand", "positions"]

MEASURES = ("without_full_fibre", "without_gigabit", "uplift")
STATUSES = ("white", "under_review", "grey_black")
DEMAND_COLUMNS = (
    "id", "src", "record", "easting", "northing", "area", "lad", "premises",
    *(f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")),
    *STATUSES, "grade", "route",
)  # fmt: skip
DEMAND_FORMATS = ("bduk_premises", "households", "open_uprn", "onsud")
ROUTE_BDUK = "BDUK premises at OS Open UPRN positions"
ROUTE_BDUK_POSTCODE = "BDUK premises at postcode positions"
ROUTE_POSTCODE = "postcode gigabit share, households spread over postcodes"
ROUTE_SHARE = "households spread over postcodes, constituency or district share"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Demand:
    """The demand points and on what they rest.

    `premises_grade` and `gigabit_grade` hold for counts in an area: BDUK counts premises one by
    one (measured); households shared out over postcodes still add up to the published count of
    their area, but count homes only (estimated).
    """

    frame: pd.DataFrame
    premises_grade: str
    gigabit_grade: str
    route: str


class Positions:
    """OS Open UPRN: where each UPRN is, and which of them were asked for."""

    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = newest_first(readings)
        frames = [reading.frame for reading in self._readings]
        self._uprn = (
            np.concatenate([_numbers(f["uprn"]) for f in frames])
            if frames
            else np.empty(0, np.int64)
        )
        self._x = (
            np.concatenate([f["easting"].to_numpy(float) for f in frames])
            if frames
            else np.empty(0)
        )
        self._y = (
            np.concatenate([f["northing"].to_numpy(float) for f in frames])
            if frames
            else np.empty(0)
        )
        self._order = np.argsort(self._uprn, kind="stable")
        self._sorted = self._uprn[self._order]
        self.asked = np.zeros(len(self._uprn), dtype=bool)

    def __len__(self) -> int:
        return len(self._uprn)

    def locate(self, uprn: pd.Series) -> tuple[Floats, Floats]:
        """Return easting and northing of each UPRN; NaN where it is not known."""
        wanted = _numbers(uprn)
        x = np.full(len(wanted), np.nan)
        y = np.full(len(wanted), np.nan)
        if not len(self._sorted):
            return x, y
        at = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        hit = (self._sorted[at] == wanted) & (wanted > 0)
        rows = self._order[at[hit]]
        self.asked[rows] = True
        x[hit], y[hit] = self._x[rows], self._y[rows]
        return x, y

    def settle(self, ledger: Ledger, ground: Ground) -> None:
        """Set aside the UPRNs that nothing in the study asked for."""
        if not len(self):
            return
        outside = ground.place(self._x, self._y) < 0
        start = 0
        for reading in self._readings:
            stop = start + len(reading.frame)
            reasons = np.full(
                stop - start, "a UPRN that no premises or register row names", dtype=object
            )
            reasons[self.asked[start:stop]] = ""
            reasons[outside[start:stop]] = OUTSIDE
            if (reasons == "").any():
                ledger.settle(apart(reading, reasons))
            else:
                ledger.leave(reading, "no premises or register names any of its UPRNs")
            start = stop


def positions(ledger: Ledger) -> Positions:
    """Collect the positions of UPRNs."""
    return Positions((*ledger.of("open_uprn"), *ledger.of("onsud")))


def _numbers(uprn: pd.Series) -> NDArray[np.int64]:
    """Return UPRNs as numbers, 0 where there is none (they lose leading zeros in spreadsheets)."""
    return pd.to_numeric(uprn, errors="coerce").fillna(0).to_numpy().astype(np.int64)


def demand(
    ledger: Ledger,
    ground: Ground,
    posts: pd.DataFrame | None,
    where: Positions,
    places: Gazetteer,
    full_fibre: AreaShare | None,
    gigabit: AreaShare | None,
) -> Demand | None:
    """Make the demand points by the best route whose data the study has.

    Parameters
    ----------
    ledger
        Holds BDUK premises, households and Ofcom postcode or output-area files, settled here.
    posts
        Live postcodes of the study.
    where, places
        Positions of UPRNs and of postcodes.
    full_fibre, gigabit
        Published shares allocated to small areas.

    Returns
    -------
    Demand or None
        `None` where the study has neither BDUK premises nor households with postcodes.
    """
    made = _from_bduk(ledger, ground, where, places, full_fibre)
    if made is not None:
        for reading in ledger.of("households"):
            ledger.leave(reading, "BDUK premises are counted one by one and are better")
        for reading in ledger.of("ofcom_fixed", "postcode", "oa"):
            ledger.leave(reading, "BDUK premises say gigabit one by one and are better")
        return made
    return _from_households(ledger, ground, posts, full_fibre, gigabit)


def _from_bduk(
    ledger: Ledger,
    ground: Ground,
    where: Positions,
    places: Gazetteer,
    full_fibre: AreaShare | None,
) -> Demand | None:
    parts: list[pd.DataFrame] = []
    seen: NDArray[np.int64] = np.empty(0, np.int64)
    route = ROUTE_BDUK if len(where) else ROUTE_BDUK_POSTCODE
    for reading in newest_first(ledger.of("bduk_premises")):
        frame = reading.frame
        uprn = _numbers(frame["uprn"])
        if len(where):
            x, y = where.locate(frame["uprn"])
            lost = "no position in OS Open UPRN"
        else:
            spot = places.locate(frame["postcode"])
            x, y = spot["easting"].to_numpy(float), spot["northing"].to_numpy(float)
            lost = "postcode has no position"
        place = ground.place(x, y)
        reasons = np.where(place < 0, OUTSIDE, "").astype(object)
        reasons[np.isnan(x)] = lost
        reasons[np.isin(uprn, seen)] = "same UPRN in a newer file"
        keep = reasons == ""
        ledger.settle(apart(reading, reasons))
        seen = np.concatenate([seen, uprn[keep]])
        parts.append(
            _bduk_points(frame.loc[keep], uprn[keep], x[keep], y[keep], place[keep], ground)
        )
    if not parts or not any(len(part) for part in parts):
        return None
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    frame = frame.sort_values("id", kind="stable", ignore_index=True)
    frame["premises"] = 1.0
    _share(frame, "without_full_fibre", full_fibre)
    frame["grade"] = "measured"
    frame["route"] = route
    return Demand(frame[list(DEMAND_COLUMNS)], "measured", "measured", route)


def _bduk_points(
    frame: pd.DataFrame,
    uprn: NDArray[np.int64],
    x: Floats,
    y: Floats,
    place: NDArray[np.int64],
    ground: Ground,
) -> pd.DataFrame:
    status = frame["status"]
    known = (status != "").to_numpy(dtype=bool)
    made = pd.DataFrame(
        {
            "id": "uprn:" + pd.Series(uprn).astype("str"),
            "src": frame["src"].to_numpy(),
            "record": frame["record"].to_numpy(),
            "easting": x,
            "northing": y,
            "area": ground.column(place, "id").to_numpy(),
            "lad": ground.column(place, "lad").to_numpy(),
        }
    )
    for name in STATUSES:
        made[name] = np.where(known, (status == name).to_numpy(dtype=float), np.nan)
    in_plan = frame["in_plan"].fillna(value=False).to_numpy(dtype=bool)
    without = 1.0 - frame["current_gigabit"].astype(float).to_numpy()
    uplift = np.where(in_plan, 0.0, made["white"].to_numpy())
    for name, value in (("without_gigabit", without), ("uplift", uplift)):
        for end in ("", "_low", "_high"):
            made[f"{name}{end}"] = value
    return made


def _from_households(
    ledger: Ledger,
    ground: Ground,
    posts: pd.DataFrame | None,
    full_fibre: AreaShare | None,
    gigabit: AreaShare | None,
) -> Demand | None:
    homes = _households(ledger, ground)
    if homes is None:
        if posts is not None:
            ledger.note("no count of premises or households: demand is unknown")
        return None
    frame = _spread(homes, posts, ground)
    _share(frame, "without_full_fibre", full_fibre)
    _share(frame, "without_gigabit", gigabit)
    published = _postcode_gigabit(ledger, posts)
    for name in STATUSES:
        frame[name] = np.nan
    frame["grade"] = "estimated"
    frame["route"] = ROUTE_SHARE
    for end in ("", "_low", "_high"):
        frame[f"uplift{end}"] = frame[f"without_full_fibre{end}"]
    route = ROUTE_SHARE
    if published is not None:
        pct = frame["id"].map(published).astype(float)
        has = pct.notna()
        for end in ("", "_low", "_high"):
            value = frame["premises"] * (1 - pct / 100)
            frame[f"without_gigabit{end}"] = value.where(has, frame[f"without_gigabit{end}"])
            frame[f"uplift{end}"] = value.where(has, frame[f"uplift{end}"])
        frame.loc[has, "route"] = ROUTE_POSTCODE
        route = ROUTE_POSTCODE
        ledger.note(
            f"gigabit is published for {int(has.sum())} of {len(has)} postcodes; the rest take their larger area's share"
        )
    return Demand(frame[list(DEMAND_COLUMNS)], "estimated", "estimated", route)


def _households(ledger: Ledger, ground: Ground) -> pd.DataFrame | None:
    """Return households by area from the newest file that covers most of the study."""
    ids = set(ground.areas["id"])
    readings = newest_first(ledger.of("households"))
    if not readings:
        return None
    pairs = pairs_of_2011(ledger, ids)
    best = max(readings, key=lambda r: int(r.frame["lsoa21"].isin(ids).sum()))
    for reading in readings:
        if reading is not best:
            ledger.leave(reading, f"the same households are in {best.source.path}")
    inside = best.frame["lsoa21"].isin(ids)
    found = best.frame.loc[inside].drop_duplicates("lsoa21")
    carried = carried_to_2021(best.frame, "lsoa21", "households", pairs, ids)
    if carried is None:
        ledger.settle(apart(best, np.where(inside, "", OUTSIDE)))
    else:
        found, why = carried
        near = best.frame["lsoa21"].isin(set(pairs["lsoa11"])).to_numpy(dtype=bool)
        ledger.settle(apart(best, np.where(near, why, OUTSIDE).astype(object)))
        ledger.note(
            f"{best.source.path} stands on LSOA of 2011: carried to 2021 by the published lookup, "
            "areas that were split left unknown"
        )
    if len(found) < len(ids):
        ledger.note(
            f"{len(ids) - len(found)} of {len(ids)} small areas have no household count: their premises are unknown"
        )
    return found if len(found) else None


def _spread(homes: pd.DataFrame, posts: pd.DataFrame | None, ground: Ground) -> pd.DataFrame:
    """Spread each area's households evenly over its live postcodes; a point inside it has them where it has none."""
    count = homes.set_index("lsoa21")["households"].astype(float)
    parts = []
    held: set[str] = set()
    if posts is not None:
        number = posts.groupby("area")["id"].transform("size")
        premises = posts["area"].map(count).astype(float) / number
        parts.append(posts.assign(premises=premises))
        held = set(posts["area"])
    bare = ground.areas[~ground.areas["id"].isin(held) & ground.areas["id"].isin(count.index)]
    if len(bare):
        inside = shapely.point_on_surface(bare.geometry.to_numpy())
        record = homes.set_index("lsoa21")["record"].reindex(bare["id"]).to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "id": "area:" + bare["id"].astype(str).to_numpy(),
                    "src": str(homes["src"].iloc[0]),
                    "record": record,
                    "easting": shapely.get_x(inside),
                    "northing": shapely.get_y(inside),
                    "area": bare["id"].to_numpy(),
                    "lad": bare["lad"].to_numpy(),
                    "premises": count.reindex(bare["id"]).to_numpy(),
                }
            )
        )
    columns = ["id", "src", "record", "easting", "northing", "area", "lad", "premises"]
    return stack(parts, columns).sort_values("id", ignore_index=True)


def _share(frame: pd.DataFrame, name: str, share: AreaShare | None) -> None:
    """Set premises times one minus the allocated share, with its range; missing without a share."""
    if share is None:
        for end in ("", "_low", "_high"):
            frame[f"{name}{end}"] = np.nan
        return
    at = share.frame.index.get_indexer(pd.Index(frame["area"]))
    premises = frame["premises"].to_numpy(float)
    for end, column in (("", "pct"), ("_low", "high_pct"), ("_high", "low_pct")):
        pct = share.frame[column].to_numpy(float)[at]
        frame[f"{name}{end}"] = premises * (1 - np.where(at >= 0, pct, np.nan) / 100)


def _postcode_gigabit(ledger: Ledger, posts: pd.DataFrame | None) -> pd.Series | None:
    """Return the published gigabit share of the study's postcodes, by postcode or by output area."""
    if posts is None:
        return None
    found: pd.Series | None = None
    for detail, column in (("postcode", "id"), ("oa", "oa21")):
        known = posts.set_index(column)["id"] if column != "id" else None
        for reading in newest_first(ledger.of("ofcom_fixed", detail)):
            frame = reading.frame
            inside = frame["area_id"].isin(set(posts[column]))
            if "gigabit_pct" not in frame or not inside.any():
                ledger.leave(reading, "none of its areas is in the study area")
                continue
            ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))
            value = frame.loc[inside].set_index("area_id")["gigabit_pct"]
            if known is not None:
                value = pd.Series(posts["oa21"].map(value).to_numpy(), index=posts["id"].to_numpy())
            value = value[value.notna()]
            found = value if found is None else found.combine_first(value)
    return found
