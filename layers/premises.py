"""Points that can receive service, and how many premises at each are without it.

Evidence routes, best first: BDUK's premises placed by OS Open UPRN (measured); postcodes with
Ofcom's gigabit share (estimated); households spread over live postcodes, less the share published
for their constituency (estimated). Full fibre is published by constituency and district only, so
`without_full_fibre` is estimated by every route.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from layers.boundaries import Ground
from layers.full_fibre import AreaShare
from layers.ledger import OUTSIDE, Ledger, apart, in_codes, newest_first, stack
from layers.positions import Positions, joined, numbers_of, taken
from layers.postcodes import Gazetteer
from layers.source import one_word
from layers.vintages import (
    OLD_AREAS,
    carried_to_2021,
    pairs_of_2011,
    settle_pairs,
    stands_on_2011,
)

__all__ = [
    "DEMAND_COLUMNS",
    "DEMAND_FORMATS",
    "Counted",
    "Demand",
    "bduk_demand",
    "counted_one_by_one",
    "demand",
    "in_order_of_text",
    "uprn_ids",
]

MEASURES = ("without_full_fibre", "without_gigabit", "uplift")
STATUSES = ("white", "under_review", "grey_black")
DEMAND_COLUMNS = (
    "id", "src", "record", "easting", "northing", "area", "lad", "premises",
    *(f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")),
    *STATUSES, "grade", "route",
)  # fmt: skip
DEMAND_FORMATS = ("bduk_premises", "households", "open_uprn", "onsud")
NO_AREA = "none of its areas is in the study area"
NO_GIGABIT = "it has no gigabit shares, and no other speed stands in for them"
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
    found = counted_one_by_one(ledger, ground, where, places)
    return None if found is None else bduk_demand(found, ground, full_fibre)


@dataclass(frozen=True)
class Counted:
    """Premises counted one by one, placed in small areas, ordered by their UPRN as text.

    Attributes
    ----------
    columns
        Arrays of one length: `number` (UPRN), `file` (place in `files`), `record`, `easting`,
        `northing`, `place` (row of the ground's areas), `status` (place in `STATUSES`, -1 unknown),
        `gigabit`, `in_plan`.
    files
        `src` of each file.
    route
        How they were placed, in words.
    """

    columns: dict[str, NDArray[Any]]
    files: tuple[str, ...]
    route: str


def counted_one_by_one(
    ledger: Ledger, ground: Ground, where: Positions, places: Gazetteer
) -> Counted | None:
    """Place BDUK's premises by OS Open UPRN, else by postcode, and settle every row of them.

    Returns
    -------
    Counted or None
        `None` where no premises of a BDUK file lies in the study.
    """
    readings = newest_first(ledger.of("bduk_premises"))
    frames = [reading.frame for reading in readings]
    if not frames:
        return None
    number = joined([numbers_of(frame["uprn"]) for frame in frames], np.int64)
    if len(where):
        rows = where.rows(number)
        x, y = taken(where.x, rows), taken(where.y, rows)
        place = np.where(rows >= 0, where.places(ground)[rows], np.int32(-1))
        route, lost = ROUTE_BDUK, "no position in OS Open UPRN"
        del rows
    else:
        spots = [places.locate(frame["postcode"]) for frame in frames]
        x, y = (
            joined([spot[axis].to_numpy(float) for spot in spots], np.float64)
            for axis in ("easting", "northing")
        )
        place = ground.place(x, y)
        route, lost = ROUTE_BDUK_POSTCODE, "postcode has no position"
    code = np.where(np.isnan(x), 2, place < 0).astype(np.int8)
    order = in_order_of_text(number)
    later = _has_come(number[order], code[order] == 0)
    code[order[later]] = 3
    start = 0
    for reading in readings:
        stop = start + len(reading.frame)
        part = in_codes(code[start:stop], OUTSIDE, lost, "same UPRN in a newer file")
        ledger.settle_rows(reading, part)
        start = stop
    order = order[code[order] == 0]
    if not len(order):
        return None
    columns = {"number": number[order], "easting": x[order]}
    del number, x
    columns |= {"northing": y[order], "place": place[order]}
    del y, place, code, later
    columns |= {
        "file": np.repeat(np.arange(len(frames), dtype=np.int16), [len(f) for f in frames])[order],
        "record": joined([f["record"].to_numpy() for f in frames], np.int64)[order],
        "status": joined([_status(f["status"]) for f in frames], np.int64)[order],
        "gigabit": joined([f["current_gigabit"].to_numpy(bool) for f in frames], np.bool_)[order],
        "in_plan": joined([f["in_plan"].fillna(value=False).to_numpy(bool) for f in frames], np.bool_)[order],
    }  # fmt: skip
    return Counted(columns, tuple(r.source.src for r in readings), route)


def bduk_demand(found: Counted, ground: Ground, full_fibre: AreaShare | None) -> Demand:
    """Make the demand points of premises counted one by one, whose columns are used up."""
    frame = _bduk_points(found.columns, list(found.files), ground, full_fibre, found.route)
    return Demand(frame, "measured", "measured", found.route)


def _status(cells: pd.Series) -> NDArray[np.int8]:
    """Return each status as its place in `STATUSES`, -1 where it is not known."""
    cells = cells.astype("category")
    place = pd.Index(STATUSES).get_indexer(cells.cat.categories).astype(np.int8)
    return np.append(place, np.int8(-1))[cells.cat.codes]


def _has_come(number: NDArray[np.int64], good: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a good row of the same number stands before each row; equal numbers stand together."""
    first = np.r_[True, number[1:] != number[:-1]]
    if first.all():  # as published: no number stands twice
        return np.zeros(len(number), dtype=bool)
    before: NDArray[np.int64] = np.cumsum(good) - good
    group = np.cumsum(first) - 1
    return np.asarray(before > before[first][group])


def uprn_ids(uprn: NDArray[np.int64]) -> pd.Series:
    """Return the ids of premises: `uprn:` and the number."""
    kind = pa.large_string()
    digits = pc.cast(pa.array(uprn), kind)
    joined = pc.binary_join_element_wise(pa.scalar("uprn:", kind), digits, pa.scalar("", kind))
    del digits
    pa.default_memory_pool().release_unused()
    return pd.Series(joined, dtype="str")


def in_order_of_text(number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the order of premises by their number as text, which is how their ids are ordered.

    Of equal numbers the one that stands first stays first.
    """
    length = np.searchsorted(10 ** np.arange(1, 13, dtype=np.int64), number, side="right")
    # filled up with zeros to twelve digits; of two that are then equal the shorter comes first
    key = number * 10 ** (11 - length) * 16 + length
    return np.argsort(key, kind="stable")


def _bduk_points(
    whole: dict[str, NDArray[Any]],
    files: list[str],
    ground: Ground,
    full_fibre: AreaShare | None,
    route: str,
) -> pd.DataFrame:
    place, status = whole.pop("place"), whole.pop("status")
    areas = ground.areas["id"].to_numpy()
    premises = np.ones(len(place))
    made: dict[str, Any] = {
        "id": uprn_ids(whole.pop("number")),
        "src": pd.Categorical.from_codes(whole.pop("file"), categories=pd.Index(files)),
        "record": whole.pop("record"),
        "easting": whole.pop("easting"),
        "northing": whole.pop("northing"),
        "area": _repeated(areas, place),
        "lad": _repeated(ground.areas["lad"].to_numpy(), place),
        "premises": premises,
    }
    at = None if full_fibre is None else full_fibre.frame.index.get_indexer(areas)[place]
    made |= _shares(at, premises, "without_full_fibre", full_fibre)
    states = {
        name: np.where(status >= 0, (status == code).astype(float), np.nan)
        for code, name in enumerate(STATUSES)
    }
    without = 1.0 - whole.pop("gigabit").astype(float)
    uplift = np.where(whole.pop("in_plan"), 0.0, states["white"])
    for name, value in (("without_gigabit", without), ("uplift", uplift)):
        made |= {f"{name}{end}": value for end in ("", "_low", "_high")}
    made |= states
    made |= {"grade": one_word("measured", len(place)), "route": one_word(route, len(place))}
    return pd.DataFrame(made, columns=list(DEMAND_COLUMNS), copy=False)


def _repeated(texts: NDArray[Any], at: NDArray[np.int32]) -> pd.Series:
    """Return the texts at some places of a short list, as a column of text."""
    kind = pa.large_string()
    cells = [str(text).encode() for text in texts]
    width = len(cells[0])
    if any(len(cell) != width for cell in cells):
        whole = pa.DictionaryArray.from_arrays(pa.array(at), pa.array(texts, kind))
        return pd.Series(whole.cast(kind), dtype="str")
    # codes are all of one length, and are then copied as they are
    text = np.array(cells, dtype=f"S{width}").view(np.uint8).reshape(-1, width)[at]
    starts = np.arange(0, len(at) * width + 1, width, dtype=np.int64)
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(text)]
    return pd.Series(pa.Array.from_buffers(kind, len(at), buffers), dtype="str")


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
    if carried is None and stands_on_2011(best.frame["lsoa21"], ids):
        ledger.leave(best, OLD_AREAS)
        ledger.note(f"{best.source.path} is not used: {OLD_AREAS}")
        return None
    if carried is None:
        ledger.settle(apart(best, np.where(inside, "", OUTSIDE)))
    else:
        found, why = carried
        near = best.frame["lsoa21"].isin(set(pairs["lsoa11"])).to_numpy(dtype=bool)
        ledger.settle(apart(best, np.where(near, why, OUTSIDE).astype(object)))
        settle_pairs(ledger, "lsoa11", "lsoa21", ids)
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


def _shares(
    at: NDArray[np.int64] | None, premises: Floats, name: str, share: AreaShare | None
) -> dict[str, Floats]:
    """Return premises times one minus the allocated share, with its range; missing without a share.

    `at` is the row of `share.frame` that each place takes its share from, -1 for none.
    """
    if share is None or at is None:
        return dict.fromkeys(
            [f"{name}{end}" for end in ("", "_low", "_high")], np.full(len(premises), np.nan)
        )
    made = {}
    for end, column in (("", "pct"), ("_low", "high_pct"), ("_high", "low_pct")):
        pct = share.frame[column].to_numpy(float)[at]
        made[f"{name}{end}"] = premises * (1 - np.where(at >= 0, pct, np.nan) / 100)
    return made


def _share(frame: pd.DataFrame, name: str, share: AreaShare | None) -> None:
    """Add the columns of `_shares` to a frame of demand points."""
    at = None if share is None else share.frame.index.get_indexer(pd.Index(frame["area"]))
    for column, value in _shares(at, frame["premises"].to_numpy(float), name, share).items():
        frame[column] = value


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
                ledger.leave(reading, NO_AREA if "gigabit_pct" in frame else NO_GIGABIT)
                continue
            ledger.settle(apart(reading, np.where(inside, "", OUTSIDE)))
            value = frame.loc[inside].set_index("area_id")["gigabit_pct"]
            if known is not None:
                value = pd.Series(posts["oa21"].map(value).to_numpy(), index=posts["id"].to_numpy())
            value = value[value.notna()]
            found = value if found is None else found.combine_first(value)
    return found
