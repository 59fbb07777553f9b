"""The ground of a study: its districts, its small areas, its constituencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.district_codes import ADD_CHANGES
from layers.errors import Fault, InputError
from layers.grid import AreaGrid, assign_points
from layers.ledger import OUTSIDE, Ledger, apart
from layers.membership import Lookups
from layers.source import Reading

__all__ = ["CRS", "Ground", "ground"]

CRS = "EPSG:27700"
FORMAT = "boundaries"
HECTARE_M2 = 10_000
NEEDED = {
    "LAD": "districts",
    "LSOA21": "small areas (LSOA 2021)",
}
SAME_DISTRICT = 0.9  # share of a code's small areas that lie in one district of the study
CONSTITUENCIES = {"PCON10": "pcon10", "PCON24": "pcon24"}
ENDED = {
    "LSOA11": "ended vintage: LSOA 2011 was replaced by LSOA 2021",
    "MSOA11": "ended vintage: MSOA 2011 was replaced by MSOA 2021",
    "WD13": "ended vintage: wards of 2013",
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """Districts, small areas and constituencies, and which of them a position is in.

    Attributes
    ----------
    districts
        `id name geometry src record`, ordered by `id`.
    areas
        `id name lad lad_name geometry hectares src record`, ordered by `id`.
    constituencies
        By level (`PCON10`, `PCON24`): `id name lad overlap geometry src record`; geometry is
        missing where the study has no boundary file of that level.
    area_units
        By level: the constituency of each area (text, empty where unknown), indexed by area id.
    area_msoa
        MSOA 2021 of each area (empty where unknown), indexed by area id.
    area_ward
        `ward ward_name` of each area (empty where unknown), by the newest lookup; `None` without one.
    """

    districts: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    constituencies: dict[str, gpd.GeoDataFrame]
    area_units: dict[str, pd.Series]
    area_msoa: pd.Series
    unchanged_2011: frozenset[str] | None = None
    area_ward: pd.DataFrame | None = None
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def outline(self) -> Any:
        """The study area as one polygon."""
        shape = shapely.union_all(
            np.concatenate([self.districts.geometry.to_numpy(), self.areas.geometry.to_numpy()])
        )
        shapely.prepare(shape)
        return shape

    @cached_property
    def _grid(self) -> AreaGrid:
        return AreaGrid(self.areas.geometry.to_numpy())

    def let_go(self) -> None:
        """Drop what was made ready for searches; it is made again when it is asked for."""
        for name in ("_grid", "outline"):
            self.__dict__.pop(name, None)
        self._cache.clear()

    def place(self, easting: Floats, northing: Floats) -> NDArray[np.int64]:
        """Find the area of each position: its place in `areas`, or -1 outside the study.

        Boundaries of two levels are generalised differently, so a position inside a district can
        fall in a sliver between areas: it belongs to the nearest area.
        """
        x, y = np.asarray(easting, float), np.asarray(northing, float)
        shapes = self.areas.geometry.to_numpy()
        result = self._grid.find(x, y)
        lost = np.flatnonzero((result < 0) & np.isfinite(x) & np.isfinite(y))
        if len(lost):
            district = assign_points(x[lost], y[lost], self.districts.geometry.to_numpy())
            lost = lost[district >= 0]
        if len(lost):
            tree = shapely.STRtree(shapes)
            points = shapely.points(x[lost], y[lost])
            which, nearest = tree.query_nearest(points, all_matches=True)
            first = pd.Series(nearest).groupby(which).min()
            result[lost[first.index.to_numpy()]] = first.to_numpy()
        return result

    def near(self, easting: Floats, northing: Floats, margin_m: float) -> NDArray[np.bool_]:
        """Whether positions lie within a distance of the study area."""
        key = f"near {margin_m:g}"
        if key not in self._cache:
            wide = self.outline.buffer(margin_m)
            shapely.prepare(wide)
            self._cache[key] = wide
        found: NDArray[np.bool_] = shapely.contains_xy(
            self._cache[key], np.asarray(easting, float), np.asarray(northing, float)
        )
        return found

    def column(self, places: NDArray[np.int64], name: str) -> pd.Series:
        """Return a column of `areas` for places found by `place`; empty text outside."""
        values: pd.Series = self.areas[name].reset_index(drop=True)
        found = values.reindex(pd.Index(places)) if len(places) else values.iloc[:0]
        return found.fillna("").reset_index(drop=True)


def ground(ledger: Ledger, lookups: Lookups, districts: Sequence[str]) -> Ground:
    """Make the districts, areas and constituencies of a study.

    Parameters
    ----------
    ledger
        Holds the boundary readings; they are settled here.
    lookups
        The study's lookups; they are settled here too.
    districts
        Codes of the study's districts.

    Raises
    ------
    InputError
        Naming every district without a boundary, and small areas that are not there at all.
    """
    chosen = _Chosen(ledger)
    lads = set(districts)
    lad = chosen.take("LAD", lads)
    faults = [
        Fault(
            "sources",
            f"no boundary of the district {code}",
            "add district boundaries (LAD) from the ONS Open Geography Portal",
        )
        for code in sorted(lads - set(lad["id"]))
    ]
    every_area = chosen.candidates("LSOA21")
    if every_area.empty:
        faults.append(
            Fault(
                "sources",
                "no boundaries of small areas (LSOA 2021)",
                "add LSOA 2021 boundaries from the ONS Open Geography Portal",
            )
        )
    if faults:
        raise InputError(faults)
    lad = lad.sort_values("id", ignore_index=True)
    area_lad = _districts_of_areas(every_area, lad, lookups, ledger)
    areas = chosen.take("LSOA21", set(area_lad.index)).sort_values("id", ignore_index=True)
    if areas.empty:
        raise InputError(
            Fault(
                "sources",
                "none of the small areas (LSOA 2021) lies in the study's districts",
                "add the LSOA 2021 boundaries of these districts",
            )
        )
    areas["lad"] = areas["id"].map(area_lad)
    areas["lad_name"] = areas["lad"].map(lad.set_index("id")["name"])
    areas["hectares"] = areas.geometry.area / HECTARE_M2
    names = ["id", "name", "lad", "lad_name", "geometry", "hectares", "src", "record"]
    areas = gpd.GeoDataFrame(areas[names], crs=CRS)
    constituencies: dict[str, gpd.GeoDataFrame] = {}
    units: dict[str, pd.Series] = {}
    for level, column in CONSTITUENCIES.items():
        made = _constituencies(level, column, areas, lad, lookups, chosen)
        if made is not None:
            constituencies[level], units[level] = made
    no_msoa = pd.Series("", index=areas["id"].to_numpy())
    by_msoa = any(ledger.of(key) for key in ("nomis_businesses", "bres", "self_employed"))
    msoa = _msoa(areas, lookups, chosen) if by_msoa else no_msoa
    old_imd = ledger.of("imd", "2019") and not ledger.of("imd", "2025")
    unchanged = _unchanged(lookups) if old_imd else None
    wards = _wards(areas, lookups)
    chosen.settle(ledger)
    lookups.settle(ledger, set(areas["id"]), lads)
    return Ground(
        gpd.GeoDataFrame(lad[["id", "name", "geometry", "src", "record"]], crs=CRS),
        areas,
        constituencies,
        units,
        msoa,
        unchanged,
        wards,
    )


class _Chosen:
    """The boundary readings, most detailed first, and which of their rows were taken."""

    def __init__(self, ledger: Ledger) -> None:
        ordered = sorted(ledger.of(FORMAT), key=lambda r: r.source.path)
        self.readings = sorted(ordered, key=_vertices, reverse=True)
        self.taken = {r.source.src: np.zeros(len(r.frame), dtype=bool) for r in self.readings}
        self.wanted = {r.source.src: np.zeros(len(r.frame), dtype=bool) for r in self.readings}
        self.asked: set[str] = set()

    def candidates(self, level: str) -> gpd.GeoDataFrame:
        """Return all features of a level, one a code, from the most detailed file that has it."""
        columns = ["id", "name", "geometry", "src", "record"]
        parts = [r.frame.loc[r.frame["level"] == level, columns] for r in self.readings]
        parts = [part for part in parts if len(part)]
        if not parts:
            return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=CRS)
        whole = pd.concat(parts, ignore_index=True).drop_duplicates("id", ignore_index=True)
        return gpd.GeoDataFrame(whole, geometry="geometry", crs=CRS)

    def take(self, level: str, ids: set[str]) -> pd.DataFrame:
        """Return the features of a level with some codes, and remember them as used."""
        self.asked.add(level)
        whole = self.candidates(level)
        picked: pd.DataFrame = whole[whole["id"].isin(ids)].reset_index(drop=True)
        for reading in self.readings:
            frame, src = reading.frame, reading.source.src
            match = ((frame["level"] == level) & frame["id"].isin(ids)).to_numpy(dtype=bool)
            self.wanted[src] |= match
            records = set(picked.loc[picked["src"] == src, "record"])
            self.taken[src] |= match & frame["record"].isin(records).to_numpy(dtype=bool)
        return picked

    def settle(self, ledger: Ledger) -> None:
        levels = self.asked
        for reading in self.readings:
            frame, src = reading.frame, reading.source.src
            found = sorted(set(frame["level"]))
            if not self.taken[src].any() and not set(found) & levels:
                known = [ENDED[level] for level in found if level in ENDED]
                ledger.leave(
                    reading,
                    known[0] if known else f"no layer needs boundaries of {', '.join(found)}",
                )
                continue
            if not self.taken[src].any() and self.wanted[src].any():
                ledger.leave(reading, "the same areas are in a more detailed file")
                continue
            reasons = np.full(len(frame), OUTSIDE, dtype=object)
            reasons[~frame["level"].isin(levels).to_numpy(dtype=bool)] = (
                "a level that no layer needs"
            )
            reasons[self.wanted[src]] = "same area in a more detailed file"
            reasons[self.taken[src]] = ""
            ledger.settle(apart(reading, reasons))


def _vertices(reading: Reading) -> float:
    """Return the mean number of vertices a feature: the measure of detail."""
    counts = shapely.get_num_coordinates(reading.frame["geometry"].to_numpy())
    return float(counts.mean()) if len(counts) else 0.0


def _districts_of_areas(
    areas: pd.DataFrame, lad: pd.DataFrame, lookups: Lookups, ledger: Ledger
) -> pd.Series:
    """Return the district of each area in the study: by lookup, else by a point inside the area."""
    published = lookups.relation("lsoa21", "lad").set_index("lsoa21")["lad"]
    found = areas["id"].map(published.to_dict()).astype(object)
    unknown = found.isna().to_numpy(dtype=bool)
    if unknown.any():
        found[unknown] = _drawn_in(areas.geometry.to_numpy()[unknown], lad)
    for code, district in _other_codes(areas, found, lad).items():
        ledger.note(
            f"a lookup has the district {district} under the code {code} of another year: its small areas "
            f"are told by their bounds; {ADD_CHANGES}"
        )
        found = found.replace(code, district)
    series = pd.Series(found.to_numpy(), index=areas["id"].to_numpy())
    kept: pd.Series = series[series.isin(set(lad["id"]))]
    return kept


def _drawn_in(shapes: NDArray[np.object_], lad: pd.DataFrame) -> NDArray[np.object_]:
    """Return the district that a point inside each shape is in; empty text for none."""
    inside = shapely.point_on_surface(shapes)
    at = assign_points(shapely.get_x(inside), shapely.get_y(inside), lad.geometry.to_numpy())
    return np.where(at >= 0, lad["id"].to_numpy(dtype=object)[np.maximum(at, 0)], "")


def _other_codes(areas: pd.DataFrame, found: pd.Series, lad: pd.DataFrame) -> dict[str, str]:
    """Return codes of lookups that are none of the study's, and the district their areas lie in."""
    strange = ~found.isin([*lad["id"], ""]).to_numpy(dtype=bool)
    if not strange.any():
        return {}
    shapes, codes = areas.geometry.to_numpy()[strange], found[strange].astype(str).to_numpy()
    left, bottom, right, top = shapely.total_bounds(lad.geometry.to_numpy())
    box = shapely.bounds(shapes)
    near = (box[:, 0] < right) & (box[:, 2] > left) & (box[:, 1] < top) & (box[:, 3] > bottom)
    drawn = np.full(len(shapes), "", dtype=object)
    drawn[near] = _drawn_in(shapes[near], lad)
    made: dict[str, str] = {}
    for code, inside in pd.Series(drawn).groupby(codes, sort=True):
        most = inside.value_counts(normalize=True)
        if most.index[0] and most.iloc[0] >= SAME_DISTRICT:
            made[str(code)] = str(most.index[0])
    return made


def _constituencies(
    level: str,
    column: str,
    areas: gpd.GeoDataFrame,
    lad: pd.DataFrame,
    lookups: Lookups,
    chosen: _Chosen,
) -> tuple[gpd.GeoDataFrame, pd.Series] | None:
    """Return the constituencies whose main district is in the study, and each area's constituency."""
    main = lookups.main_district(column, set(lad["id"]))
    shapes = chosen.candidates(level)
    of_area = lookups.relation("lsoa21", column)
    units = (
        areas["id"].astype(object).map(of_area.set_index("lsoa21")[column].to_dict()).astype(object)
    )
    if main.empty and shapes.empty:
        return None
    if main.empty:
        main = _main_by_overlay(shapes, lad)
    if units.isna().any() and not shapes.empty:
        inside = shapely.point_on_surface(areas.geometry.to_numpy())
        at = assign_points(shapely.get_x(inside), shapely.get_y(inside), shapes.geometry.to_numpy())
        drawn = pd.Series(
            np.where(at >= 0, shapes["id"].to_numpy(dtype=object)[np.maximum(at, 0)], "")
        )
        units = units.where(units.notna(), drawn)
    picked = chosen.take(level, set(main["id"]))
    named = of_area[[column, f"{column}_name"]].dropna().drop_duplicates(column)
    names = dict(zip(named[column], named[f"{column}_name"], strict=True))
    frame = main.merge(picked, on="id", how="left")
    said = pd.Series([names.get(code, "") for code in frame["id"]], dtype=object)
    frame["name"] = frame["name"].astype(object).where(frame["name"].notna(), said)
    frame["src"] = frame["src"].fillna("")
    frame["record"] = frame["record"].fillna(0).astype("int64")
    made = gpd.GeoDataFrame(
        frame[["id", "name", "lad", "overlap", "geometry", "src", "record"]],
        geometry="geometry",
        crs=CRS,
    )
    return made, pd.Series(units.fillna("").to_numpy(), index=areas["id"].to_numpy())


def _main_by_overlay(shapes: gpd.GeoDataFrame, lad: pd.DataFrame) -> pd.DataFrame:
    """Return each constituency's main district by area of overlap, where no lookup says it."""
    tree = shapely.STRtree(shapes.geometry.to_numpy())
    which, found = tree.query(lad.geometry.to_numpy(), predicate="intersects")
    parts = shapely.make_valid(shapes.geometry.to_numpy()[found])
    shared = shapely.area(shapely.intersection(lad.geometry.to_numpy()[which], parts))
    frame = pd.DataFrame(
        {
            "id": shapes["id"].to_numpy()[found],
            "lad": lad["id"].to_numpy()[which],
            "overlap": shared / shapely.area(parts),
        }
    )
    frame = frame.sort_values(
        ["id", "overlap", "lad"], ascending=[True, False, True]
    ).drop_duplicates("id")
    return frame[frame["overlap"] > 0.5].reset_index(drop=True)


def _wards(areas: gpd.GeoDataFrame, lookups: Lookups) -> pd.DataFrame | None:
    relation = lookups.relation("lsoa21", "ward").set_index("lsoa21")
    if relation.empty:
        return None
    held = relation.reindex(areas["id"].to_numpy()).fillna("")
    return pd.DataFrame({"ward": held["ward"], "ward_name": held["ward_name"]}).astype("str")


def _msoa(areas: gpd.GeoDataFrame, lookups: Lookups, chosen: _Chosen) -> pd.Series:
    """Return the MSOA 2021 of each area: by lookup, else by a point inside the area."""
    relation = lookups.relation("lsoa21", "msoa21").set_index("lsoa21")["msoa21"]
    found = areas["id"].map(relation.to_dict()).astype(object)
    shapes = chosen.candidates("MSOA21")
    if found.isna().any() and not shapes.empty:
        inside = shapely.point_on_surface(areas.geometry.to_numpy())
        at = assign_points(shapely.get_x(inside), shapely.get_y(inside), shapes.geometry.to_numpy())
        codes = np.where(at >= 0, shapes["id"].to_numpy(dtype=object)[np.maximum(at, 0)], "")
        found = found.where(found.notna(), pd.Series(codes))
        chosen.take("MSOA21", set(codes) - {""})
    return pd.Series(found.fillna("").to_numpy(), index=areas["id"].to_numpy())


def _unchanged(lookups: Lookups) -> frozenset[str] | None:
    """Return the LSOA codes that mean the same area in 2011 and 2021, where a lookup says so."""
    relation = lookups.relation("lsoa11", "lsoa21")
    if relation.empty or relation["change"].isna().all():
        return None
    same = relation[(relation["change"] == "U") & (relation["lsoa11"] == relation["lsoa21"])]
    return frozenset(same["lsoa21"])
