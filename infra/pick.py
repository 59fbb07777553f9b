"""Which rows of a table or layer went into one cell: by key, by area, by catchment, or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infra.checks import where_is
from infra.trace import OWN, Books, Page, split_ref
from layers.formats import format_names, load
from layers.peeking import peek
from layers.recognise import recognise
from layers.source import Layer
from scenarios.catchment import Reach, catchment
from scenarios.routes import positions
from scenarios.travel import MINUTES, Travel

__all__ = ["Cell", "Picked", "pick"]

Mask = NDArray[np.bool_]
POINTS = ("demand", "businesses", "stops", "coworking", "masts", "fibre", "sites", "offices")
PLACE = ("kind", "easting", "northing")
# register keys that say how far a site reaches, by the layer it reaches for; the first one named
REACH = {
    "fibre": ("fibre.duct_near_m", "testbed.backhaul_limit_m"),
    "stops": ("coworking.rail_m", "coworking.stops_m", "testbed.demand_m"),
    "": (
        "fibre.catchment_m", "fibre.catchment_near_m", "fibre.catchment_wide_m", "testbed.demand_m",
        "testbed.gap_m", "testbed.assets_m", "coworking.demand_limit_m", MINUTES,
    ),
}  # fmt: skip
FULL_FIBRE = "full_fibre_fund"
RINGS = ("fibre.catchment_m", "fibre.catchment_near_m", "fibre.catchment_wide_m")
OF_RANKS = (
    "rank", "rank_best", "rank_worst", "rank_mean", "chosen", "chosen_if_verified", "chosen_pct",
    "chosen_if_verified_pct", "first_pct", "top10_pct",
)  # fmt: skip
VERIFIED = "_if_verified"


@dataclass(frozen=True)
class Cell:
    """One cell of a table of the outputs."""

    page: Page
    row: str
    column: str

    @property
    def name(self) -> str:
        """`case/table:row:column`."""
        return f"{self.page.full_name}:{self.row}:{self.column}"


@dataclass(frozen=True)
class Picked:
    """The rows of an input that a cell was made from.

    Attributes
    ----------
    how
        In words: `the same row`, `within 200 m of the site (streets)`.
    page
        The table, where the rows are of a table of the outputs; their cells can be followed.
    frame
        The rows; with `src` and `record` where they were read from files.
    """

    reference: str
    column: str
    how: str
    frame: pd.DataFrame
    page: Page | None = None
    layer: Layer | None = None


def pick(books: Books, cell: Cell, reference: str, parameters: Sequence[str]) -> Picked:
    """Return the rows of an input that a cell was made from.

    Parameters
    ----------
    cell
        The cell.
    reference
        One input its lineage names.
    parameters
        Register keys the cell was made with: one of them may say how far a site reaches.
    """
    home, column, row = split_ref(reference)
    page = books.page(cell.page.scope, home)
    if page is not None:
        how, mask = _of_table(books, cell, page, column, row)
        return Picked(reference, column, how, page.frame.loc[mask], page)
    layer = books.layers.get(home)
    if layer is not None:
        how, frame = _of_layer(books, cell, home, layer, column, parameters)
        return Picked(reference, column, how, frame, layer=layer)
    if home == "streets" and books.evidence.streets is not None:
        return Picked(reference, column, "the whole street network", pd.DataFrame())
    if home in format_names():
        return _of_files(books, cell, reference, home, column)
    return Picked(reference, column, "not in this study", pd.DataFrame())


def _every(frame: pd.DataFrame) -> Mask:
    return np.ones(len(frame), dtype=bool)


def _equal(frame: pd.DataFrame, column: str, value: object) -> Mask:
    return (frame[column].astype(str) == str(value)).to_numpy(dtype=bool)


def _starts(frame: pd.DataFrame, column: str, text: str) -> Mask:
    return frame[column].astype(str).str.startswith(text).to_numpy(dtype=bool)


def _of_table(books: Books, cell: Cell, page: Page, column: str, row: str) -> tuple[str, Mask]:
    frame, here = page.frame, cell.page
    if row:
        named = _value(cell, row.removeprefix(OWN)) if row.startswith(OWN) else row
        return f"the row {named}", _equal(frame, page.key, named)
    if page is here:
        if cell.column in OF_RANKS:
            return "all rows of the table, compared", _every(frame)
        return "the same row", _equal(frame, page.key, cell.row)
    if here.name == "summary":
        return _chosen(books, cell, page)
    if page.name == "coverage":
        return _published(cell, page)
    return _by_site_or_area(books, cell, page, column)


def _by_site_or_area(books: Books, cell: Cell, page: Page, column: str) -> tuple[str, Mask]:
    frame, between = page.frame, (cell.page.name, page.name)
    found = "all rows of the table", _every(frame)
    if "bill" in between:
        return _of_set(books, cell, page)
    if between in {("ranking", "costs"), ("ranking", "gates")}:
        mask = _equal(frame, "site_id", cell.row)
        # ask, cost per premises and rank rest on capital; only appraisal counts the running
        if column.startswith("amount_gbp") and cell.column not in {"npsv_gbp", "bcr"}:
            mask = mask & _starts(frame, "timing", "capital")
        found = "lines of the site", mask
    elif between == ("costs", "ranking"):
        found = "the row of the site", _equal(frame, page.key, _value(cell, "site_id"))
    elif between == ("district_gaps", "area_gaps"):
        found = "small areas of the district", _equal(frame, "lad", cell.row)
    elif between in {("ranking", "area_gaps"), ("costs", "area_gaps")}:
        found = _areas(books, cell, page)
    return found


def _flag(cell: Cell) -> str:
    """Return the column of the ranking that marks the set a cell is about."""
    verified = cell.row.endswith(VERIFIED) or cell.row.startswith("chosen_if_verified|")
    verified = verified or (cell.page.name == "ranking" and "if_verified" in cell.column)
    return "chosen_if_verified" if verified else "chosen"


def _of_set(books: Books, cell: Cell, page: Page) -> tuple[str, Mask]:
    """Rows behind a line of a set's bill, or lines of the bill behind a site's part of it."""
    flag = _flag(cell)
    words = flag.replace("_", " ")
    if page.name == "bill":
        mask = _equal(page.frame, "set", flag) & _starts(page.frame, "timing", "capital")
        return f"capital lines of the {words} sites together", mask
    how, mask = _chosen(books, cell, page)
    if page.name == "costs":
        mask = mask & _equal(page.frame, "item", _value(cell, "item"))
    return how, mask


def _value(cell: Cell, column: str) -> Any:
    return cell.page.row(cell.row).get(column)


def _chosen(books: Books, cell: Cell, page: Page) -> tuple[str, Mask]:
    """Rows of the chosen sites; counts of sites are over all candidates."""
    flag = _flag(cell)
    if page.name == "bill":
        return _lines_of_set(cell, page, flag)
    ranking = books.page(cell.page.scope, "ranking")
    if ranking is None or cell.row.startswith("sites_"):
        return "all candidates", _every(page.frame)
    sites = set(ranking.frame.loc[ranking.frame[flag].astype(str) == "true", "site_id"])
    mask = page.frame["site_id"].isin(sites).to_numpy(dtype=bool)
    if page.name == "costs":
        stem = cell.row.removesuffix(VERIFIED)
        if stem in {"ask_gbp", "unquoted_pct"}:
            mask = mask & _starts(page.frame, "timing", "capital")
        elif stem.startswith("running"):
            mask = mask & _starts(page.frame, "timing", "running")
        return f"lines of the {len(sites)} {flag.replace('_', ' ')} sites", mask
    return f"the {len(sites)} {flag.replace('_', ' ')} sites", mask


def _lines_of_set(cell: Cell, page: Page, flag: str) -> tuple[str, Mask]:
    mask = _equal(page.frame, "set", flag)
    stem = cell.row.removesuffix(VERIFIED)
    if stem in {"ask_gbp", "unquoted_pct"}:
        mask = mask & _starts(page.frame, "timing", "capital")
    return f"lines of the {flag.replace('_', ' ')} sites together", mask


def _published(cell: Cell, page: Page) -> tuple[str, Mask]:
    """Rows of the coverage table that a gap was taken from: measure, release, and the same share."""
    frame = page.frame
    row = cell.page.row(cell.row)
    stem = "gigabit" if "gigabit" in cell.column else "full_fibre"
    share = cell.column if (frame["measure"] == cell.column).any() else f"{stem}_pct"
    place = cell.row if cell.page.name == "district_gaps" else row.get("lad", cell.row)
    mask = _equal(frame, "measure", share)
    release = str(
        row.get(f"{stem}_release" if stem in cell.column else f"{share[:-4]}_release", "")
    )
    if cell.page.name == "ranking":
        # a testbed's gap is the newest share of its district
        mask = frame["measure"].isin(["all_operators_5g_pct", "area_5g_any_pct"]).to_numpy(bool)
    if release:
        mask = mask & _equal(frame, "release", release)
    if cell.page.name == "area_gaps" and f"{stem}_pct" in row:
        near = (frame["share_pct"].astype(float) - float(row[f"{stem}_pct"])).abs() <= 0.05 + 1e-9
        return (
            f"published shares of {release} equal to the area's own, of the unit it lies in",
            np.asarray(mask & near & (frame["grade"] == "measured"), dtype=bool),
        )
    mask = mask & _equal(frame, "area_id", place)
    held = frame.loc[mask]
    if not release and len(held):
        newest = held["release"].astype(str).max()
        mask = mask & _equal(frame, "release", newest)
    first = np.flatnonzero(mask)[:1] if cell.page.name == "district_gaps" else np.flatnonzero(mask)
    kept = np.zeros(len(frame), dtype=bool)
    kept[first] = True  # the published row stands first; those summed from other units follow
    return "the published row of the district", kept


def _areas(books: Books, cell: Cell, page: Page) -> tuple[str, Mask]:
    layer, site = _site(books, cell)
    demand = books.layers.get("demand")
    recipe = cell.page.recipe(cell.page.row(cell.row), cell.column)
    key = _reach_key("demand", recipe.parameters)
    if demand is not None and key and any(i.startswith("demand.") for i in recipe.inputs):
        how, points = _around(books, cell, demand, key)
        areas = set(points["area"].dropna().astype(str))
        if areas:
            return f"small areas of the points {how}", page.frame["id"].isin(areas).to_numpy(bool)
    area = "" if site is None or layer is None else site.get("area", "")
    return "the small area the site is in", _equal(page.frame, "id", area)


def _site(books: Books, cell: Cell) -> tuple[Layer | None, pd.Series[Any] | None]:
    """Return the layer of a ranking's sites and the row of one of them."""
    ranking = books.page(cell.page.scope, "ranking")
    if ranking is None:
        return None, None
    name = split_ref(ranking.columns["site_id"].inputs[0])[0]
    layer = books.layers.get(name)
    if layer is None:
        return None, None
    key = cell.row if cell.page.name == "ranking" else _value(cell, "site_id")
    found = layer.frame.loc[layer.frame["id"].astype(str) == str(key)]
    return layer, found.iloc[0] if len(found) else None


def _reach_key(home: str, parameters: Sequence[str]) -> str:
    wanted = (*REACH.get(home, ()), *REACH[""])
    return next((key for key in wanted if key in parameters), "")


def _of_layer(
    books: Books, cell: Cell, home: str, layer: Layer, column: str, parameters: Sequence[str]
) -> tuple[str, pd.DataFrame]:
    frame, here = layer.frame, cell.page.name
    if here in {"ranking", "costs"}:
        return _of_site(books, cell, home, layer, column, parameters)
    if here in {"summary", "bill"}:
        return _around_chosen(books, cell, home, layer, parameters)
    if here == "area_gaps" and home == "areas":
        return "the small area itself", frame.loc[_equal(frame, "id", cell.row)]
    if here == "area_gaps" and "area" in frame:
        return "points of the small area", frame.loc[_equal(frame, "area", cell.row)]
    if here == "district_gaps" and "lad" in frame:
        mask = _equal(frame, "lad", cell.row)
        if column == "vacancy_confidence":
            mask = mask & (frame[column] > 0).to_numpy(dtype=bool)
        return "rows of the district", frame.loc[mask]
    return "all rows of the layer", frame


def _of_site(
    books: Books, cell: Cell, home: str, layer: Layer, column: str, parameters: Sequence[str]
) -> tuple[str, pd.DataFrame]:
    """Rows of a layer behind a site's own cell: its own row, its district, or what is in reach."""
    frame, key = layer.frame, _reach_key(home, parameters)
    own, site = _site(books, cell)
    if (
        home in POINTS
        and key
        and cell.column not in PLACE
        and (own is not layer or column in PLACE)
    ):
        return _around(books, cell, layer, key)
    if own is layer and site is not None:
        return "the site's own row", frame.loc[_equal(frame, "id", site["id"])]
    if home == "districts" and site is not None:
        return "the site's district", frame.loc[_equal(frame, "id", site.get("lad", ""))]
    return "all rows of the layer", frame


def _catchment(
    books: Books, scope: str, sites: pd.DataFrame, layer: Layer, key: str
) -> tuple[str, pd.DataFrame]:
    """Find the points in reach as the case's scenario finds them."""
    session = books.session
    case = session.cases.get(scope)
    p = session.parameters if case is None else session.case_parameters(scope)
    travel = None
    if key == MINUTES:  # other spaces are looked for on foot, whatever way people come
        travel = Travel.of("walk", p) if layer.name == "coworking" else Travel.to_desks(p)
    reach = Reach.of(books.evidence.streets, p, travel)
    limit = furthest = p.value(key) if travel is None else travel.limit_m(p.value(key))
    rings = case is not None and case.scenario.replace("-", "_") == FULL_FIBRE and key in RINGS
    if rings and layer.name == "demand":
        # its rings are cut from the widest one, which decides whether streets reach far enough
        furthest = max(limit, *(p.value(ring) for ring in RINGS))
    found = catchment(positions(sites), positions(layer.frame), furthest, reach).within(limit)
    methods = ", ".join(sorted({str(m) for m in found.method}))
    points = layer.frame.iloc[np.unique(found.points)]
    return f"within {limit:g} m ({key}; {methods})", points


def _around(books: Books, cell: Cell, layer: Layer, key: str) -> tuple[str, pd.DataFrame]:
    """Points within reach of the site of a cell."""
    own, site = _site(books, cell)
    if site is None or own is None:
        return "of a site that is not in the layers", layer.frame.iloc[:0]
    at = own.frame.loc[own.frame["id"] == site["id"]]
    how, points = _catchment(books, cell.page.scope, at, layer, key)
    if layer is own:
        ranking = books.page(cell.page.scope, "ranking")
        if ranking is not None:  # places that are no candidates are not counted
            points = points.loc[points["id"].astype(str).isin(ranking.position)]
    return f"{how.partition(' (')[0]} of the site ({how.partition(' (')[2]}", points


def _around_chosen(
    books: Books, cell: Cell, home: str, layer: Layer, parameters: Sequence[str]
) -> tuple[str, pd.DataFrame]:
    """Points within reach of any chosen site, each once."""
    ranking = books.page(cell.page.scope, "ranking")
    key = _reach_key(home, parameters)
    if ranking is None or not key:
        return "rows behind what the chosen sites were measured by", layer.frame
    flag = _flag(cell)
    sites = set(ranking.frame.loc[ranking.frame[flag].astype(str) == "true", "site_id"])
    own = books.layers[split_ref(ranking.columns["site_id"].inputs[0])[0]]
    if own is None:
        return "of no site", layer.frame.iloc[:0]
    chosen = own.frame.loc[own.frame["id"].astype(str).isin(sites)]
    how, points = _catchment(books, cell.page.scope, chosen, layer, key)
    return f"{how.partition(' (')[0]} of any {flag.replace('_', ' ')} site, each once", points


def _of_files(books: Books, cell: Cell, reference: str, home: str, column: str) -> Picked:
    """Read again the files of a format that no layer keeps, and find the row of the same area."""
    parts = []
    for source in books.evidence.sources:
        if source.format_key != home:
            continue
        path = where_is(books.session.study.root, source.path)
        if path is None:
            continue
        look = peek(path, source.path)
        frame = load(home).read(look, source, recognise(look).layout).frame
        if "area_id" in frame:
            parts.append(frame.loc[_equal(frame, "area_id", cell.row)])
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    how = (
        "the row of the same area" if len(found) else "brought over from other areas, see its files"
    )
    return Picked(reference, column, how, found)
