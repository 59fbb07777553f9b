"""Evidence routes that scenarios share: sums over catchments, deprivation, published shares."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.criteria import GRADES, MISSING, Metric

if TYPE_CHECKING:
    from layers.evidence import Evidence
    from layers.parameters import Parameters
    from layers.source import Layer
    from scenarios.catchment import Membership

__all__ = [
    "ENOUGH_KNOWN",
    "Points",
    "Summed",
    "catchment_share",
    "catchment_total",
    "deprivation",
    "district_share",
    "is_stated",
    "positions",
    "public_sites",
    "stated",
    "summed",
    "text_column",
]

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
UNPLACED = "the position of the site is not known"
ENOUGH_KNOWN = (
    0.6  # share of a catchment's premises whose value must be known to speak for the rest
)
SITE_COLUMNS = ("id", "name", "kind", "owner", "lad", "postcode", "easting", "northing", "location")
PLACE_COLUMNS = (*SITE_COLUMNS, "area", "register", "status", "uprn")


def positions(frame: pd.DataFrame | None) -> Floats:
    """Return easting and northing of a layer's rows, shape (n, 2); no rows without a layer."""
    if frame is None or not len(frame):
        return np.empty((0, 2))
    return frame[["easting", "northing"]].to_numpy(dtype=np.float64)


def text_column(frame: pd.DataFrame, name: str) -> Texts:
    """Return a column as text, empty where there is none."""
    if name not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[name].fillna("").astype(str).to_numpy(dtype=object)


def public_sites(
    layer: Layer | None, kinds: Collection[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the candidate sites among public-sector places, and notes on those left out.

    Places known to be closed are not candidates; those of unknown status are. Rows keep the order
    of their ids.
    """
    if layer is None:
        frame = pd.DataFrame({name: pd.Series(dtype=object) for name in PLACE_COLUMNS})
        positions_ = {"easting": np.empty(0), "northing": np.empty(0)}
        return frame.assign(**positions_), ("the study has no register of public-sector places",)
    frame = layer.frame
    status = text_column(frame, "status")
    kind = text_column(frame, "kind")
    closed = status == "closed"
    other = ~np.isin(kind, list(kinds)) & ~closed
    notes = []
    if closed.any():
        notes.append(f"{int(closed.sum())} places whose service has closed are not candidates")
    if other.any():
        notes.append(f"{int(other.sum())} places of other kinds are not candidates")
    kept = frame.loc[~(closed | other)].sort_values("id", kind="stable").reset_index(drop=True)
    if (text_column(kept, "status") == "unknown").any():
        count = int((text_column(kept, "status") == "unknown").sum())
        notes.append(
            f"{count} candidates come from registers that do not say whether they are open"
        )
    return kept, tuple(notes)


@dataclass(frozen=True)
class Summed:
    """A quantity summed over each catchment, low, middle and high, with grade and route."""

    low: Floats
    value: Floats
    high: Floats
    grade: Texts
    route: Texts


def _coded(column: pd.Series[Any]) -> tuple[NDArray[np.int64], list[str]]:
    """Return a number per row and the texts by number; what is missing is empty text."""
    code, texts = pd.factorize(column)
    named = [str(text) for text in texts]
    if (code < 0).any():
        empty = named.index("") if "" in named else len(named)
        code = np.where(code < 0, empty, code)
        named = [*named, ""][: max(len(named), empty + 1)]
    return np.asarray(code, dtype=np.int64), named


@dataclass(frozen=True)
class Points:
    """A layer's points, with what grades and routes they have worked out once."""

    frame: pd.DataFrame

    @cached_property
    def told(self) -> tuple[NDArray[np.int64], Texts, Texts]:
        """Grade and route of each point as a code, and the grades and routes by code, weakest last."""
        if not len(self.frame):
            return np.empty(0, np.int64), np.asarray([MISSING], object), np.asarray([""], object)
        blank = pd.Series("", index=self.frame.index)
        grade, grades = _coded(self.frame.get("grade", blank))
        route, routes = _coded(self.frame.get("route", blank))
        both = grade * len(routes) + route
        pairs = np.flatnonzero(np.bincount(both))
        code = np.searchsorted(pairs, np.arange(len(grades) * len(routes)))[both]
        named = [(str(grades[p // len(routes)]), str(routes[p % len(routes)])) for p in pairs]
        order = {name: i for i, name in enumerate(GRADES)}
        listed = sorted(
            range(len(named)), key=lambda i: (order.get(named[i][0], len(GRADES)), named[i][1])
        )
        place = np.empty(len(named), dtype=np.int64)
        place[listed] = np.arange(len(named))
        return (
            place[code],
            np.asarray([named[i][0] for i in listed], dtype=object),
            np.asarray([named[i][1] for i in listed], dtype=object),
        )

    def weakest(self, members: Membership) -> tuple[Texts, Texts]:
        """Return per site the weakest grade among its points, and a route that has it."""
        codes, grades, routes = self.told
        # a catchment without points is known by the layer as a whole, at its weakest
        at = members.most(codes, len(grades) - 1)
        return grades[at], routes[at]


def summed(members: Membership, points: Points, column: str, *, base: str | None = None) -> Summed:
    """Sum a column over each catchment, with its `_low` and `_high` where the layer has them.

    Parameters
    ----------
    members
        Catchments over the points.
    base
        Column that bounds the quantity from above at each point (premises). Points whose value is
        missing then take the share of the known points of the same catchment, graded estimated,
        as long as these hold 60 % of its base; beyond that the sum is missing with its bounds.
        Without a base every point counts alike, and only the known ones bound the rest.

    Returns
    -------
    Summed
        NaN for sites without a position; 0 for an empty catchment.
    """
    frame, total = points.frame, members.total_of_entries

    def entries(name: str) -> Floats:
        return np.asarray(frame[name].to_numpy(dtype=np.float64)[members.points])

    value = entries(column)
    known = ~np.isnan(value)
    least, most = (
        np.where(known, entries(name) if name in frame else value, 0.0)
        for name in (f"{column}_low", f"{column}_high")
    )
    middle = total(np.where(known, value, 0.0))
    low = total(np.nan_to_num(least))
    high = total(np.where(known, np.where(np.isnan(most), value, most), 0.0))
    grade, route = points.weakest(members)
    lost = total(~known) > 0
    if lost.any():
        size = np.ones(len(value)) if base is None else entries(base)
        bound = base is not None
        middle, high, grade = _fill(members, size, known, lost, middle, high, grade, bound=bound)
    grade, route = _by_straight_line(members, grade, route)
    unplaced = ~members.located
    for column_ in (low, middle, high):
        column_[unplaced] = np.nan
    grade[np.isnan(middle)] = MISSING
    route[unplaced] = UNPLACED
    # no upper bound is not the same as a bound at the value
    upper = np.where(np.isnan(high), np.nan, np.fmax(high, middle))
    return Summed(np.fmin(low, middle), middle, upper, grade, route)


def _by_straight_line(members: Membership, grade: Texts, route: Texts) -> tuple[Texts, Texts]:
    """Say where straight lines stand in for streets: what they reach is estimated, not measured."""
    straight = members.straight
    grade, route = grade.copy(), route.copy()
    grade[straight & (grade == "measured")] = "estimated"
    route[straight] = [
        f"{text}; reach by {method.removeprefix('union, some by ')}" if text else text
        for text, method in zip(route[straight], members.method[straight], strict=True)
    ]
    return grade, route


def _fill(
    members: Membership,
    size: Floats,
    known: NDArray[np.bool_],
    lost: NDArray[np.bool_],
    middle: Floats,
    high: Floats,
    grade: Texts,
    *,
    bound: bool,
) -> tuple[Floats, Floats, Texts]:
    """Let the known points of a catchment speak for the others, or say that they cannot."""
    total, sized = members.total_of_entries, np.nan_to_num(size)
    with_value, without = total(sized * known), total(sized * ~known)
    unsized = total(np.isnan(size) & ~known) > 0
    whole = with_value + without
    scale = whole / np.where(with_value > 0, with_value, 1.0)
    enough = (with_value >= ENOUGH_KNOWN * whole) & (with_value > 0) & ~unsized
    filled = np.where(lost, np.where(enough, middle * scale, np.nan), middle)
    if bound:
        top = np.where(lost, np.where(unsized, np.nan, high + without), high)
    else:
        top = np.where(lost, np.where(enough, high * scale, np.nan), high)
    grade = grade.copy()
    grade[lost & enough & (grade == "measured")] = "estimated"
    return filled, top, grade


def catchment_total(
    members: Membership,
    points: Points,
    column: str,
    *,
    unit: str,
    layer: str,
    base: str | None = None,
    parameters: Sequence[str] = (),
) -> Metric:
    """Return a column summed over each catchment, as a metric."""
    found = summed(members, points, column, base=base)
    return Metric.of(
        found.value,
        low=found.low,
        high=found.high,
        unit=unit,
        grade=found.grade,
        route=found.route,
        formula=f"sum of {column} over the catchment",
        inputs=(f"{layer}.{column}",),
        parameters=parameters,
    )


def catchment_share(
    members: Membership,
    points: Points,
    column: str,
    *,
    layer: str,
    words: str,
    parameters: Sequence[str] = (),
) -> Metric:
    """Return a count's share of the premises of each catchment, 0 to 1; missing without premises."""
    part = summed(members, points, column, base="premises")
    whole = summed(members, points, "premises")
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = [
            np.where(whole.value > 0, np.clip(count / whole.value, 0, 1), np.nan)
            for count in (part.low, part.value, part.high)
        ]
    low, value, high = ends
    return Metric.of(
        value,
        low=low,
        high=high,
        unit="ratio",
        grade=part.grade,
        route=np.asarray([f"{words}: {route}" for route in part.route], dtype=object),
        formula=f"sum of {column} over the catchment / sum of premises",
        inputs=(f"{layer}.{column}", f"{layer}.premises"),
        parameters=parameters,
    )


def _decile_by_area(evidence: Evidence) -> pd.Series[float]:
    frame = evidence.area_gaps.frame
    if "imd_decile" not in frame:
        return pd.Series(dtype="float64")
    keys = frame[evidence.area_gaps.key].astype(str)
    return pd.Series(frame["imd_decile"].to_numpy(dtype=np.float64), index=keys)


def deprivation(
    evidence: Evidence,
    sites: pd.DataFrame,
    around: tuple[Membership, Points] | None,
    parameters: Sequence[str] = (),
) -> Metric:
    """Return the deprivation decile around each site: of its premises, or of its own small area.

    Parameters
    ----------
    around
        Catchments and the demand points they are over; `None` takes the decile of the site's own
        area.
    """
    decile = _decile_by_area(evidence)
    own = decile.reindex(pd.Index(text_column(sites, "area"))).to_numpy(dtype=np.float64)
    own_area = Metric.of(
        own,
        unit="decile",
        grade="measured",
        route=np.where(
            np.isnan(own),
            "no decile for the small area of the site",
            "Index of Multiple Deprivation of the small area the site is in",
        ),
        formula="decile of the site's own area",
        inputs=("area_gaps.imd_decile", "sites.area"),
    )
    if around is None:
        return own_area
    members, points = around
    area, named = pd.factorize(points.frame["area"].fillna(""))
    deciles = decile.reindex(pd.Index(named)).to_numpy(dtype=np.float64)[area]
    premises = np.nan_to_num(points.frame["premises"].to_numpy(dtype=np.float64))
    known = ~np.isnan(deciles)
    whole, held = members.total(premises), members.total(premises * known)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = members.total(np.nan_to_num(deciles) * premises * known) / held
        enough = (held > 0) & (held >= ENOUGH_KNOWN * whole) & members.located
    grade, _ = points.weakest(members)
    mean_around = Metric.of(
        np.where(enough, mean, np.nan),
        unit="decile",
        grade=grade,
        route="Index of Multiple Deprivation, mean over the premises of the catchment",
        formula="premises-weighted mean decile over the catchment",
        inputs=("area_gaps.imd_decile", "demand.premises"),
        parameters=parameters,
    )
    take = np.isnan(mean_around.value)
    parts: dict[str, NDArray[Any]] = {
        name: np.where(take, getattr(own_area, name), getattr(mean_around, name))
        for name in ("value", "low", "high", "grade", "route")
    }
    return Metric(
        **parts,
        unit="decile",
        formula=f"{mean_around.formula}; where it has no premises, {own_area.formula}",
        inputs=tuple(dict.fromkeys(mean_around.inputs + own_area.inputs)),
        parameters=tuple(parameters),
    )


def district_share(evidence: Evidence, measure: str) -> tuple[pd.Series[float], str]:
    """Return the newest published share of a measure by district, in percent, and its release."""
    frame = evidence.coverage.frame
    if "measure" not in frame or not len(frame):
        return pd.Series(dtype="float64"), ""
    rows = frame[(frame["measure"] == measure) & (frame["level"] == "LAD")]
    rows = rows[rows["share_pct"].notna()]
    if rows.empty:
        return pd.Series(dtype="float64"), ""
    newest = str(rows["release"].astype(str).max())
    rows = rows[rows["release"].astype(str) == newest].drop_duplicates("area_id")
    values = rows["share_pct"].to_numpy(dtype=np.float64)
    return pd.Series(values, index=rows["area_id"].astype(str).to_numpy()), newest


def stated(parameters: Parameters, key: str) -> tuple[float, float, float]:
    """Return low, middle and high of a value that counts only once somebody states it; else nil."""
    if not is_stated(parameters, key):
        return 0.0, 0.0, 0.0
    return parameters.span(key)


def is_stated(parameters: Parameters, *keys: str) -> bool:
    """Return whether somebody stated any of some values."""
    return any(parameters[key].basis == "stated" for key in keys)
