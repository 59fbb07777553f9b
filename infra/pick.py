"""Which rows of a table or layer went into one cell: by key, by area, by catchment, or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from infra.checks import where_is
from infra.held import NOBODY, At, Held, Mask
from infra.page import OWN, Page, split_ref
from infra.places import PLACES
from infra.trace import Books
from layers.formats import format_names, load
from layers.peeking import peek
from layers.recognise import recognise
from layers.source import Layer
from scenarios.catchment import Reach, catchment
from scenarios.routes import positions
from scenarios.travel import MINUTES, Travel

__all__ = ["COMPARED", "Cell", "Picked", "pick"]

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
CHOSEN = ("chosen", "chosen_if_verified")
VERIFIED = "_if_verified"
COMPARED = "all rows of the table, compared"
NOTHING = (Held(pd.DataFrame()), NOBODY)


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
    held, rows
        Where the rows are, and their positions there; they have `src` and `record` where they were
        read from files.
    page
        The table, where the rows are of a table of the outputs; their cells can be followed.
    """

    reference: str
    column: str
    how: str
    held: Held
    rows: At
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
        if column in CHOSEN and page.name == "ranking" and not mask.any():
            # a sum over nobody rests on what kept every candidate out
            how, mask = f"none of the {len(page.held)} candidates is in the set", page.held.every()
        return Picked(reference, column, how, page.held, np.flatnonzero(mask), page)
    layer = books.layers.get(home)
    if layer is not None:
        how, at = _of_layer(books, cell, home, column, parameters)
        return Picked(reference, column, how, books.held(home), at, layer=layer)
    if home == "streets" and books.evidence.streets is not None:
        return Picked(reference, column, "the whole street network", *NOTHING)
    if home in format_names():
        return _of_files(books, cell, reference, home, column)
    return Picked(reference, column, "not in this study", *NOTHING)


def _of_table(books: Books, cell: Cell, page: Page, column: str, row: str) -> tuple[str, Mask]:
    held, here = page.held, cell.page
    if row:
        named = _value(cell, row.removeprefix(OWN)) if row.startswith(OWN) else row
        return f"the row {named}", held.equal(page.key, named)
    if page is here:
        return _of_own(cell, page, column)
    if here.name == "summary":
        return _chosen(books, cell, page)
    if page.name == "coverage":
        return _published(cell, page)
    return _by_site_or_area(books, cell, page, column)


def _of_own(cell: Cell, page: Page, column: str) -> tuple[str, Mask]:
    """Rows of the cell's own table: those added up, all that are compared, or its own row."""
    if page.name == "coverage" and column == cell.column:
        return "the published rows that were added up", _parts(cell, page)
    if cell.column in OF_RANKS:
        return COMPARED, page.held.every()
    return "the same row", page.held.equal(page.key, cell.row)


def _parts(cell: Cell, page: Page) -> Mask:
    """Rows of the coverage table that a sum in it was made of: the same measure of the same file."""
    row, held = page.row(cell.row), page.held
    mask = held.among("area_id", set(str(row["parts"]).split()))
    for name in ("measure", "release", "src"):
        mask = mask & held.equal(name, row[name])
    return mask & held.equal("parts", "")


def _by_site_or_area(books: Books, cell: Cell, page: Page, column: str) -> tuple[str, Mask]:
    here, held = cell.page, page.held
    between = (here.name, page.name)
    found = "all rows of the table", held.every()
    if "bill" in between:
        return _of_set(books, cell, page)
    if between in {("ranking", "costs"), ("ranking", "gates")}:
        mask = held.equal("site_id", cell.row)
        # ask, cost per premises and rank rest on capital; only appraisal counts the running
        if column.startswith("amount_gbp") and cell.column not in {"npsv_gbp", "bcr"}:
            mask = mask & held.starts("timing", "capital")
        found = "lines of the site", mask
    elif here.name in PLACES:
        found = "the sites of the place", _in_place(cell, page)
    elif between == ("costs", "ranking"):
        found = "the row of the site", held.equal(page.key, _value(cell, "site_id"))
    elif between == ("district_gaps", "area_gaps"):
        found = "small areas of the district", held.equal("lad", cell.row)
    elif between == ("ward_gaps", "area_gaps"):
        ids = set(str(_value(cell, "area_ids")).split())
        found = "small areas of the ward", held.among("id", ids)
    elif between in {("ranking", "area_gaps"), ("costs", "area_gaps")}:
        found = _areas(books, cell, page)
    return found


def _in_place(cell: Cell, page: Page) -> Mask:
    """Rows of the ranking of a district, or of a postcode's outward part."""
    if PLACES[cell.page.name] == "district":
        return page.held.equal("lad_name", cell.row)
    return np.array([str(p).partition(" ")[0] == cell.row for p in page.held.texts("postcode")])


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
        mask = page.held.equal("set", flag) & page.held.starts("timing", "capital")
        return f"capital lines of the {words} sites together", mask
    how, mask = _chosen(books, cell, page)
    if page.name == "costs":
        mask = mask & page.held.equal("item", _value(cell, "item"))
    return how, mask


def _value(cell: Cell, column: str) -> Any:
    return cell.page.row(cell.row).get(column)


def _sites_with(ranking: Page, flag: str) -> set[str]:
    """Return the sites that a column of the ranking marks."""
    return {str(ranking.held.cells("site_id")[i]) for i in ranking.held.where(flag, "true")}


def _chosen(books: Books, cell: Cell, page: Page) -> tuple[str, Mask]:
    """Rows of the chosen sites; counts of sites are over all candidates."""
    flag, held = _flag(cell), page.held
    if page.name == "bill":
        return _lines_of_set(cell, page, flag)
    if "site_id" not in held:
        return "all rows of the table", held.every()
    ranking = books.page(cell.page.scope, "ranking")
    if ranking is None or cell.row.startswith("sites_"):
        return "all candidates", held.every()
    sites = _sites_with(ranking, flag)
    mask = held.among("site_id", sites)
    if page.name == "costs":
        stem = cell.row.removesuffix(VERIFIED)
        if stem in {"ask_gbp", "unquoted_pct"}:
            mask = mask & held.starts("timing", "capital")
        elif stem.startswith("running"):
            mask = mask & held.starts("timing", "running")
        return f"lines of the {len(sites)} {flag.replace('_', ' ')} sites", mask
    return f"the {len(sites)} {flag.replace('_', ' ')} sites", mask


def _lines_of_set(cell: Cell, page: Page, flag: str) -> tuple[str, Mask]:
    mask = page.held.equal("set", flag)
    stem = cell.row.removesuffix(VERIFIED)
    if stem in {"ask_gbp", "unquoted_pct"}:
        mask = mask & page.held.starts("timing", "capital")
    return f"lines of the {flag.replace('_', ' ')} sites together", mask


def _published(cell: Cell, page: Page) -> tuple[str, Mask]:
    """Rows of the coverage table that a gap was taken from: measure, release, and the same share."""
    held = page.held
    row = cell.page.row(cell.row)
    stem = "gigabit" if "gigabit" in cell.column else "full_fibre"
    share = cell.column if len(held.where("measure", cell.column)) else f"{stem}_pct"
    place = cell.row if cell.page.name == "district_gaps" else row.get("lad", cell.row)
    mask = held.equal("measure", share)
    release = str(
        row.get(f"{stem}_release" if stem in cell.column else f"{share[:-4]}_release", "")
    )
    if cell.page.name == "ranking":
        # a testbed's gap is the newest share of its district
        mask = held.among("measure", {"all_operators_5g_pct", "area_5g_any_pct"})
    if release:
        mask = mask & held.equal("release", release)
    if cell.page.name == "area_gaps" and f"{stem}_pct" in row:
        shares = held.frame["share_pct"].to_numpy(dtype=np.float64, na_value=np.nan)
        near = np.abs(shares - float(row[f"{stem}_pct"])) <= 0.05 + 1e-9
        return (
            f"published shares of {release} equal to the area's own, of the unit it lies in",
            np.asarray(mask & near & held.equal("grade", "measured"), dtype=bool),
        )
    mask = mask & held.equal("area_id", place)
    if not release and mask.any():
        newest = max(str(r) for r in held.texts("release")[mask])
        mask = mask & held.equal("release", newest)
    first = np.flatnonzero(mask)[:1] if cell.page.name == "district_gaps" else np.flatnonzero(mask)
    kept = np.zeros(len(held), dtype=bool)
    kept[first] = True  # the published row stands first; those summed from other units follow
    return "the published row of the district", kept


def _areas(books: Books, cell: Cell, page: Page) -> tuple[str, Mask]:
    home, site = _site(books, cell)
    recipe = cell.page.recipe(cell.page.row(cell.row), cell.column)
    key = _reach_key("demand", recipe.parameters)
    demand = books.layers.get("demand")
    if demand is not None and key and any(i.startswith("demand.") for i in recipe.inputs):
        how, at = _around(books, cell, "demand", key)
        areas = {str(a) for a in demand.frame["area"].iloc[at].dropna()}
        if areas:
            return f"small areas of the points {how}", page.held.among("id", areas)
    area = "" if site is None else books.held(home).row(site).get("area", "")
    return "the small area the site is in", page.held.equal("id", area)


def _site(books: Books, cell: Cell) -> tuple[str, int | None]:
    """Return the layer of a ranking's sites and the position of the site of a cell there."""
    ranking = books.page(cell.page.scope, "ranking")
    if ranking is None:
        return "", None
    name = split_ref(ranking.columns["site_id"].inputs[0])[0]
    if books.layers.get(name) is None:
        return "", None
    key = cell.row if cell.page.name == "ranking" else _value(cell, "site_id")
    found = books.held(name).where("id", key)
    return name, int(found[0]) if len(found) else None


def _reach_key(home: str, parameters: Sequence[str]) -> str:
    wanted = (*REACH.get(home, ()), *REACH[""])
    return next((key for key in wanted if key in parameters), "")


def _of_layer(
    books: Books, cell: Cell, home: str, column: str, parameters: Sequence[str]
) -> tuple[str, At]:
    held, here = books.held(home), cell.page.name
    if here in {"ranking", "costs"}:
        return _of_site(books, cell, home, column, parameters)
    if here in {"summary", "bill"}:
        return _around_chosen(books, cell, home, parameters)
    if here == "area_gaps" and home == "areas":
        return "the small area itself", held.where("id", cell.row)
    if here == "area_gaps" and "area" in held:
        return "points of the small area", held.where("area", cell.row)
    if here == "district_gaps" and "lad" in held:
        at = held.where("lad", cell.row)
        if column == "vacancy_confidence":
            at = at[(held.frame[column].iloc[at] > 0).to_numpy(dtype=bool)]
        return "rows of the district", at
    return "all rows of the layer", np.arange(len(held))


def _of_site(
    books: Books, cell: Cell, home: str, column: str, parameters: Sequence[str]
) -> tuple[str, At]:
    """Rows of a layer behind a site's own cell: its own row, its district, or what is in reach."""
    held, key = books.held(home), _reach_key(home, parameters)
    own, site = _site(books, cell)
    if home in POINTS and key and cell.column not in PLACE and (own != home or column in PLACE):
        return _around(books, cell, home, key)
    if own == home and site is not None:
        return "the site's own row", np.array([site])
    if home == "offices" and site is not None:
        return "the same place in that layer", held.where("id", books.held(own).cells("id")[site])
    if home == "districts" and site is not None:
        return "the site's district", held.where("id", books.held(own).row(site).get("lad", ""))
    return "all rows of the layer", np.arange(len(held))


def _catchment(
    books: Books, scope: str, own: str, sites: At, home: str, key: str
) -> tuple[str, At]:
    """Find the points in reach as the case's scenario finds them; the same question is asked once."""
    asked = (scope, own, sites.tobytes(), home, key)
    if asked not in books.reached:
        books.reached[asked] = _catchment_anew(books, scope, own, sites, home, key)
    return books.reached[asked]


def _catchment_anew(
    books: Books, scope: str, own: str, sites: At, home: str, key: str
) -> tuple[str, At]:
    session = books.session
    case = session.cases.get(scope)
    p = session.parameters if case is None else session.case_parameters(scope)
    travel = None
    if key == MINUTES:  # other spaces are looked for on foot, whatever way people come
        travel = Travel.of("walk", p) if home == "coworking" else Travel.to_desks(p)
    reach = Reach.of(books.evidence.streets, p, travel)
    limit = furthest = p.value(key) if travel is None else travel.limit_m(p.value(key))
    rings = case is not None and case.scenario.replace("-", "_") == FULL_FIBRE and key in RINGS
    if rings and home == "demand":
        # its rings are cut from the widest one, which decides whether streets reach far enough
        furthest = max(limit, *(p.value(ring) for ring in RINGS))
    starts = positions(books.held(own).frame.iloc[sites])
    found = catchment(starts, positions(books.held(home).frame), furthest, reach).within(limit)
    methods = ", ".join(sorted({str(m) for m in found.method}))
    return f"within {limit:g} m ({key}; {methods})", np.unique(found.points)


def _around(books: Books, cell: Cell, home: str, key: str) -> tuple[str, At]:
    """Points within reach of the site of a cell."""
    own, site = _site(books, cell)
    if site is None:
        return "of a site that is not in the layers", NOBODY
    how, at = _catchment(books, cell.page.scope, own, np.array([site]), home, key)
    if home == own:
        ranking = books.page(cell.page.scope, "ranking")
        if ranking is not None:  # places that are no candidates are not counted
            ids = books.held(home).texts("id")
            at = np.array([i for i in at if ids[i] in ranking.position], dtype=np.int64)
    return f"{how.partition(' (')[0]} of the site ({how.partition(' (')[2]}", at


def _around_chosen(
    books: Books, cell: Cell, home: str, parameters: Sequence[str]
) -> tuple[str, At]:
    """Points within reach of any chosen site, each once."""
    ranking = books.page(cell.page.scope, "ranking")
    key = _reach_key(home, parameters)
    if ranking is None or not key:
        every = np.arange(len(books.held(home)))
        return "rows behind what the chosen sites were measured by", every
    flag = _flag(cell)
    own = split_ref(ranking.columns["site_id"].inputs[0])[0]
    if books.layers[own] is None:
        return "of no site", NOBODY
    chosen = np.flatnonzero(books.held(own).among("id", _sites_with(ranking, flag)))
    how, at = _catchment(books, cell.page.scope, own, chosen, home, key)
    return f"{how.partition(' (')[0]} of any {flag.replace('_', ' ')} site, each once", at


def _of_files(books: Books, cell: Cell, reference: str, home: str, column: str) -> Picked:
    """Find the row of the same area in the files of a format that no layer keeps."""
    if home not in books.published:
        books.published[home] = Held(_read_again(books, home))
    held = books.published[home]
    at = held.where("area_id", cell.row) if "area_id" in held else NOBODY
    how = "the row of the same area" if len(at) else "brought over from other areas, see its files"
    return Picked(reference, column, how, held, at)


def _read_again(books: Books, home: str) -> pd.DataFrame:
    parts = []
    for source in books.evidence.sources:
        path = where_is(books.session.study.root, source.path)
        if source.format_key != home or path is None:
            continue
        look = peek(path, source.path)
        frame = load(home).read(look, source, recognise(look).layout).frame
        if "area_id" in frame:
            parts.append(frame)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
