"""Every public-sector place of the study, resolved once to one stable id.

A place is `uprn:<number>` where a register gives its UPRN, else `<register>:<publisher's id>`,
else `bng:<easting>,<northing>:<name hash>`. The same place in two registers is one place: the same
UPRN, or the same name within 75 m; the merge is counted and noted.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from layers.boundaries import Ground
from layers.ledger import OUTSIDE, Ledger, apart
from layers.positions import Positions
from layers.postcodes import Gazetteer
from layers.registers import register_rows
from layers.source import Reading

__all__ = ["SITE_COLUMNS", "Places", "fold_place", "numbered", "resolve", "sites"]

SITE_COLUMNS = (
    "id", "src", "record", "name", "kind", "register", "owner", "lad", "area", "postcode",
    "easting", "northing", "uprn", "status", "location", "note",
)  # fmt: skip
SAME_PLACE_M = 75.0
FULL_POSTCODE = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$")
# the register whose row stands for a place found in several
REGISTERS = ("asset", "government", "school", "library", "hospital", "gp")
# a postcode district belongs to the study when most of its live postcodes do
MOSTLY = 0.5


@dataclass(frozen=True)
class Places:
    """Public-sector places: the registers' rows with the id of their place, and one row a place.

    `rows` has `registers.ROW_COLUMNS`, `id`, `area`, `lad` and `location` (`exact`, `postcode` or
    `area-only`); `places` has `SITE_COLUMNS`.
    """

    rows: pd.DataFrame
    places: pd.DataFrame


def fold_place(names: pd.Series) -> pd.Series:
    """Reduce a place's name to letters and digits in lower case, for comparison."""
    return (
        names.str.lower()
        .str.replace("&", "and", regex=False)
        .str.replace(r"[^a-z0-9]+", "", regex=True)
    )


def resolve(ledger: Ledger, ground: Ground, where: Positions, posts: Gazetteer) -> Places | None:
    """Find the public-sector places of the study in all registers.

    Rows outside the study, without a position, of land or of chattels are set aside by reason;
    positions come from the register, else from OS Open UPRN, else from the postcode.

    Returns
    -------
    Places or None
        `None` where the study has no register at all.
    """
    taken = register_rows(ledger)
    if not taken:
        return None
    readings = [reading for reading, _ in taken]
    frames = [rows.assign(reading=i) for i, (_, rows) in enumerate(taken)]
    rows = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    rows = _located(rows, where, posts)
    rows = _in_study(rows, ground, posts)
    live = rows["reason"] == ""
    kept = rows.loc[live].reset_index(drop=True)
    group = _groups(kept)
    kept["id"] = _ids(kept, group)
    order = kept["register"].map({name: i for i, name in enumerate(REGISTERS)})
    kept = kept.assign(order=order, at=np.flatnonzero(live.to_numpy()))
    kept = kept.sort_values(["id", "order", "src", "record"], kind="stable", ignore_index=True)
    first = ~kept["id"].duplicated().to_numpy()
    lead = kept.groupby("id")["register"].transform("first")
    why = "merged with the same place in the register of " + lead.map(PLURALS)
    reasons = rows["reason"].to_numpy(dtype=object).copy()
    reasons[kept["at"].to_numpy()[~first]] = why.to_numpy(dtype=object)[~first]
    _settle(ledger, readings, rows["reading"].to_numpy(), reasons)
    kept = kept.drop(columns=["order", "at", "reason", "reading"])
    return Places(kept, _one_a_place(kept))


PLURALS = {
    "asset": "land and building assets", "government": "the central government estate", "school": "schools", "library": "libraries",
    "hospital": "hospitals", "gp": "GP practices",
}  # fmt: skip


def sites(places: Places) -> pd.DataFrame | None:
    """Return the places that can be served: known to be open, or not known to be closed.

    Returns
    -------
    DataFrame or None
        `SITE_COLUMNS`, ordered by `id`; places without a position are not sites.
    """
    frame = places.places
    fit = (frame["status"] != "closed") & (frame["location"] != "area-only")
    return numbered(frame.loc[fit].reset_index(drop=True)) if fit.any() else None


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return places with their UPRN missing where there is none."""
    return frame.assign(uprn=frame["uprn"].astype("Int64").where(frame["uprn"] > 0))


def _located(rows: pd.DataFrame, where: Positions, posts: Gazetteer) -> pd.DataFrame:
    """Give each row a position and say how exact it is."""
    x, y = rows["easting"].to_numpy(float).copy(), rows["northing"].to_numpy(float).copy()
    location = np.where(np.isfinite(x) & np.isfinite(y), "exact", "").astype(object)
    lost = location == ""
    if lost.any() and len(where):
        ux, uy = where.locate(rows.loc[lost, "uprn"])
        x[lost], y[lost] = ux, uy
        location[lost] = np.where(np.isfinite(ux), "exact", "")
    lost = location == ""
    if lost.any() and len(posts):
        found = posts.locate(rows.loc[lost, "postcode"])
        x[lost], y[lost] = found["easting"].to_numpy(float), found["northing"].to_numpy(float)
        location[lost] = np.where(np.isfinite(x[lost]), "postcode", "")
    return rows.assign(easting=x, northing=y, location=location)


def _in_study(rows: pd.DataFrame, ground: Ground, posts: Gazetteer) -> pd.DataFrame:
    """Find the area of each row, and the reason where it is not wanted."""
    place = ground.place(rows["easting"].to_numpy(float), rows["northing"].to_numpy(float))
    area = ground.column(place, "id").to_numpy(dtype=object)
    lad = ground.column(place, "lad").to_numpy(dtype=object)
    reasons = rows["reason"].to_numpy(dtype=object).copy()
    location = rows["location"].to_numpy(dtype=object).copy()
    reasons[(location != "") & (place < 0)] = OUTSIDE
    bare = (reasons == "") & (location == "")
    if bare.any():
        full = rows["postcode"].str.match(FULL_POSTCODE.pattern).to_numpy(dtype=bool)
        outward = (
            rows["postcode"].str.extract(r"^([A-Z]{1,2}\d[A-Z\d]?)\b", expand=False).fillna("")
        )
        home = _district_homes(outward[bare & ~full], ground, posts)
        lads = np.array([home.get(code, "") for code in outward], dtype=object)
        known = outward.isin(home).to_numpy(dtype=bool)
        reasons[bare & full] = "postcode not known: no position"
        reasons[bare & (outward == "").to_numpy()] = "no position and no postcode"
        reasons[bare & ~full & known & (lads == "")] = OUTSIDE
        reasons[bare & ~full & (outward != "").to_numpy() & ~known] = "postcode district not known"
        lead = rows["register"].isin(["asset"]).to_numpy() & rows["vacant"].to_numpy(dtype=bool)
        lead |= (rows["vacant_area_m2"] > 0).to_numpy(dtype=bool)
        only = bare & (reasons == "")
        reasons[only & ~lead] = "only a postcode district, and no vacancy said"
        location[only & lead] = "area-only"
        lad[only & lead] = lads[only & lead]
    return rows.assign(area=area, lad=lad, location=location, reason=reasons)


def _district_homes(outward: pd.Series, ground: Ground, posts: Gazetteer) -> dict[str, str]:
    """Return the study district that postcode districts mostly lie in; empty where outside."""
    homes: dict[str, str] = {}
    wanted = sorted(set(outward) - {""})
    if not wanted or not len(posts):
        return homes
    part = posts.frame.index.to_series().str.split(" ").str[0]
    for code in wanted:
        held = posts.frame.loc[(part == code).to_numpy()]
        if held.empty:
            continue
        place = ground.place(held["easting"].to_numpy(float), held["northing"].to_numpy(float))
        lads = ground.column(place, "lad")
        inside = lads[lads != ""]
        mostly = len(inside) > MOSTLY * len(held)
        homes[code] = str(inside.value_counts().sort_index().idxmax()) if mostly else ""
    return homes


def _groups(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Return a number for each row that rows of the same place share."""
    size = len(rows)
    if not size:
        return np.empty(0, np.int64)
    starts, ends = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    uprn = rows["uprn"].to_numpy()
    has = np.flatnonzero(uprn > 0)
    lead = pd.Series(has).groupby(uprn[has]).transform("first").to_numpy(dtype=np.int64)
    starts.append(has)
    ends.append(lead)
    spots = np.flatnonzero(np.isfinite(rows["easting"].to_numpy(float)))
    if len(spots):
        tree = cKDTree(rows[["easting", "northing"]].to_numpy(float)[spots])
        pairs = spots[tree.query_pairs(SAME_PLACE_M, output_type="ndarray")]
        name = fold_place(rows["name"]).to_numpy(dtype=object)
        register = rows["register"].to_numpy(dtype=object)
        given = (rows["publisher_id"] != "").to_numpy(dtype=bool)
        a, b = pairs[:, 0], pairs[:, 1]
        # a publisher that numbers its places knows two of them apart; so do two UPRNs
        apart_ = (register[a] == register[b]) & given[a] & given[b]
        apart_ |= (uprn[a] > 0) & (uprn[b] > 0) & (uprn[a] != uprn[b])
        same = (name[a] == name[b]) & (name[a] != "") & ~apart_
        starts.append(a[same])
        ends.append(b[same])
    i, j = np.concatenate(starts), np.concatenate(ends)
    graph = coo_matrix((np.ones(len(i), np.int8), (i, j)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _ids(rows: pd.DataFrame, group: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the stable id of each row's place."""
    own = np.full(len(rows), "", dtype=object)
    for i, (uprn, register, pid, x, y, name, postcode) in enumerate(
        zip(
            *(
                rows[c]
                for c in (
                    "uprn",
                    "register",
                    "publisher_id",
                    "easting",
                    "northing",
                    "name",
                    "postcode",
                )
            ),
            strict=True,
        )
    ):
        if uprn > 0:
            own[i] = f"uprn:{uprn}"
        elif pid:
            own[i] = f"{register}:{pid}"
        else:
            digest = hashlib.sha256(re.sub(r"[^a-z0-9]+", "", name.lower()).encode()).hexdigest()[
                :8
            ]
            spot = f"{x:.0f},{y:.0f}" if np.isfinite(x) else postcode
            own[i] = f"bng:{spot}:{digest}"
    rank = pd.Series(own).str.split(":").str[0].map({"uprn": 0, "bng": 2}).fillna(1)
    order = rows["register"].map({name: i for i, name in enumerate(REGISTERS)})
    frame = pd.DataFrame({"own": own, "rank": rank, "order": order.to_numpy(), "group": group})
    best = (
        frame.sort_values(["group", "rank", "order", "own"])
        .drop_duplicates("group")
        .set_index("group")["own"]
    )
    return np.asarray(best.reindex(group), dtype=object)


def _one_a_place(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a place: the first register's, filled from the others, all of them noted."""
    filled = rows.copy()
    filled["exact"] = filled["location"].map({"exact": 0, "postcode": 1, "area-only": 2})
    by_position = (
        filled.sort_values(["id", "exact"], kind="stable").drop_duplicates("id").set_index("id")
    )
    places = filled.drop_duplicates("id").set_index("id")
    for name in ("easting", "northing", "area", "lad", "location"):
        places[name] = by_position[name]
    several = filled["id"].duplicated(keep=False)
    status = (
        filled["status"].map({"open": 0, "unknown": 2, "closed": 1}).groupby(filled["id"]).min()
    )
    places["status"] = status.map({0: "open", 1: "closed", 2: "unknown"})
    for name in ("postcode", "owner"):
        value = filled[name].where(filled[name] != "").groupby(filled["id"]).first()
        places[name] = value.fillna("")
    kind = filled["kind"].where(filled["kind"] != "other").groupby(filled["id"]).first()
    places["kind"] = kind.fillna("other")
    if several.any():
        others = filled.loc[several & filled["id"].duplicated()]
        said = (
            others["register"]
            + " register ("
            + others["name"]
            + ", "
            + others["src"]
            + " record "
            + others["record"].astype(str)
            + ")"
        )
        also = "also in the " + said.groupby(others["id"]).agg("; ".join)
        places.loc[also.index, "note"] = (
            places.loc[also.index, "note"] + "; " + also
        ).str.removeprefix("; ")
    places["uprn"] = filled["uprn"].groupby(filled["id"]).max()
    return places.reset_index()[list(SITE_COLUMNS)].sort_values("id", ignore_index=True)


def _settle(
    ledger: Ledger, readings: list[Reading], owner: NDArray[np.int64], reasons: NDArray[np.object_]
) -> None:
    for i, reading in enumerate(readings):
        ledger.settle(apart(reading, reasons[owner == i]))
