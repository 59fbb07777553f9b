"""What the public edition says of sites: how many by place, and coarse sums; never which."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from layers.disclosure import WITHHELD, hide, without_rows
from layers.lineage import Column, Table
from layers.suppression import SECONDARY, SMALL, coarse, secondary, suppress, to_fives
from maps.view import CaseView

__all__ = ["PLACES", "place_columns", "places_table", "public_summary"]

Level = Literal["district", "postcode district"]
PLACES: dict[str, Level] = {"places": "district", "postcode_districts": "postcode district"}
LEAST = 5
FEW = "withheld: fewer than 5 sites"
PARTS = ("sites_ranked", "sites_to_verify", "sites_excluded", "sites_not_ranked")
EXACT = ("budget_gbp",)
COUNTED = ("sites", "premises", "local units", "desks", "desks in demand")
IF_VERIFIED = "_if_verified"


def place_columns(level: Level) -> dict[str, Column]:
    """Return how the columns of a table of places are made."""
    ways = (
        ("considered", "sites considered", "ranking.name"),
        ("ranked", "sites ranked, or ranked and to verify", "ranking.rank"),
        ("chosen", "sites chosen under the budget", "ranking.chosen"),
    )
    near = "lad_name" if level == "district" else "postcode"
    formula = "number of sites, to the nearest five"
    return {
        "place": Column(f"{level}", inputs=(f"ranking.{near}",)),
        **{n: Column(text, "sites", 0, formula=formula, inputs=(of,)) for n, text, of in ways},
    }


def places_table(view: CaseView, level: Level) -> Table:
    """Return how many sites are considered, ranked and chosen, by district or postcode district.

    Counts below five are `<5`, others rounded to the nearest five; where all that rank in a place
    are chosen, their number is withheld, because it would tell that each of them is.
    """
    frame = view.ranking.frame
    if level == "district":
        names, table_name = frame["lad_name"].astype(str), "places"
    else:
        outward = frame["postcode"].fillna("").astype(str).str.strip().str.upper()
        names = outward.str.extract(r"^([A-Z]{1,2}[0-9][0-9A-Z]?)(?:\s*[0-9][A-Z]{2})?$")[0]
        names, table_name = names.fillna("not known"), "postcode_districts"
    running = frame["rank"].notna()
    chosen = frame["chosen"].astype("boolean").fillna(False).astype(bool)  # noqa: FBT003
    counted = pd.DataFrame(
        {
            "place": names,
            "considered": 1,
            "ranked": running.astype(int),
            "chosen": chosen.astype(int),
        }
    )
    held = counted.groupby("place", sort=True, as_index=False).sum()
    columns = place_columns(level)
    told = f"Sites by {level}, to the nearest five; fewer than five are not counted out"
    table = Table(table_name, "place", held, columns, description=told)
    all_chosen = ((held["chosen"] == held["ranked"]) & (held["chosen"] >= LEAST)).to_numpy()
    for name in ("considered", "ranked", "chosen"):
        table = suppress(table, name)
    mask = np.zeros(table.frame.shape, dtype=bool)
    mask[all_chosen, list(table.frame.columns).index("chosen")] = True
    table = hide(table, mask)
    rounded = table.frame.copy()
    for name in ("considered", "ranked", "chosen"):
        rounded[name] = to_fives(rounded[name].to_numpy(dtype=np.float64, na_value=np.nan))
    return replace(table, frame=rounded)


def public_summary(table: Table) -> Table:
    """Return a case's summary with counts of sites to fives, and sums to two leading figures.

    What rests on fewer than five chosen sites is withheld: it would tell of single ones. What would
    be chosen if open gates were confirmed is left out.
    """
    # what open gates would change is the sites behind those gates: by subtraction, single ones
    own = ~table.frame["item"].astype(str).str.endswith(IF_VERIFIED)
    own &= table.frame["item"] != "sites_if_verified"
    table = without_rows(table, own.to_numpy())
    frame = table.frame.copy()
    items = frame["item"].astype(str)
    values = frame.set_index("item")["value"].astype("float64")
    withheld = dict(table.withheld)
    parts = [name for name in PARTS if name in values.index]
    codes = dict(zip(parts, secondary(values[parts]), strict=True))
    few = not values.get("sites_chosen", np.nan) >= LEAST
    cells = frame[["value", "low", "high"]].to_numpy(dtype=np.float64, copy=True)
    for at, (item, unit) in enumerate(zip(items, frame["unit"].astype(str), strict=True)):
        small = unit in COUNTED and bool(((cells[at] > 0) & (cells[at] < LEAST)).any())
        word = SMALL if small else ""
        if unit == "sites":
            word = WITHHELD if codes.get(item) == SECONDARY else word
            cells[at] = to_fives(cells[at])
        elif item not in EXACT:
            word = FEW if few else word
            cells[at] = [coarse(value) for value in cells[at]]
        if word and np.isfinite(cells[at, 0]):
            withheld |= {(item, name): word for name in ("value", "low", "high")}
        if word:
            cells[at] = np.nan
    frame[["value", "low", "high"]] = cells
    # two leading figures without the point and nought that the exact value was printed with
    known = np.where(np.isnan(cells), 0.0, cells)
    frame["decimals"] = frame["decimals"].where((known % 1 != 0).any(axis=1), 0)
    return replace(table, frame=frame, withheld=withheld)
