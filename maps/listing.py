"""Sites as maps list them: the chosen first, then by rank, and which of them carry a number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.lineage import Figure, Figures
from maps.passages import clean, coarse
from maps.view import CaseView

__all__ = [
    "MOST_NUMBERED",
    "NUMBERED",
    "kind_words",
    "list_title",
    "named",
    "ordered_sites",
    "quoted_column",
    "robustness",
    "site_points",
]

NUMBERED = 20
MOST_NUMBERED = 120
STATUS_ORDER = {"ranked": 0, "to verify": 0, "excluded": 1, "not ranked": 2}
KIND_WORDS = {
    "gp": "GP surgery",
    "civic": "civic building",
    "other": "public building",
    "mast": "mast site",
}
# A name that holds one of these words says itself what the place is.
SAID_BY = {
    "gp": ("surgery", "practice", "medical", "health centre", "gp", "doctors", "clinic"),
    "civic": ("civic", "town hall", "council house", "court", "offices"),
    "other": ("centre", "hall", "depot", "park", "museum", "house"),
    "school": ("school", "academy", "college", "nursery"),
    "hospital": ("hospital", "infirmary"),
    "office": ("office", "house", "business centre"),
    "library": ("library",),
}


def ordered_sites(view: CaseView) -> pd.DataFrame:
    """Return the ranking as maps list it: the chosen by rank, then the others by rank, then the rest.

    Adds `numbered`: whether the map writes the site's rank (the chosen, the best `MOST_NUMBERED` of
    them where there are more, and the best others up to `NUMBERED` in all).
    """
    frame = view.ranking.frame.copy()
    frame["chosen"] = frame["chosen"].astype("boolean").fillna(False).astype(bool)  # noqa: FBT003
    frame["order"] = np.where(
        frame["chosen"],
        -1,
        frame["status"].map(STATUS_ORDER).fillna(9),
    )
    frame = frame.sort_values(["order", "rank", "site_id"], kind="stable", na_position="last")
    frame = frame.drop(columns="order").reset_index(drop=True)
    shown = frame["status"].isin(("ranked", "to verify")) & frame["rank"].notna()
    others = (shown & ~frame["chosen"]).to_numpy()
    place = frame["rank"].where(others).rank(method="first")
    room = max(NUMBERED - int((frame["chosen"] & shown).sum()), 0)
    first = (frame["chosen"] & shown).cumsum() <= MOST_NUMBERED
    frame["numbered"] = (frame["chosen"] & shown & first) | (place <= room).fillna(False)  # noqa: FBT003
    return frame


def list_title(view: CaseView) -> str:
    """Return the title of a list of sites in the order of `ordered_sites`."""
    chosen = bool(view.ranking.frame["chosen"].astype(bool).any())
    return "Chosen sites, then by rank" if chosen else "Sites by rank; none is chosen yet"


def site_points(view: CaseView, site_ids: pd.Series[str]) -> NDArray[Any]:
    """Return points in EPSG:27700 in the order asked for; empty where there is no exact place."""
    ids = map(str, view.sites["site_id"].tolist())
    held = dict(zip(ids, view.sites.geometry.to_numpy(), strict=True))
    nowhere = shapely.Point()
    found = [held.get(str(site)) for site in site_ids.tolist()]
    return np.array([nowhere if point is None else point for point in found], dtype=object)


def kind_words(kind: object) -> str:
    """Return what a place is, in words.

    >>> kind_words("gp"), kind_words("library"), kind_words("")
    ('GP surgery', 'library', 'public building')
    """
    text = str(kind or "").strip()
    return KIND_WORDS.get(text, text) or KIND_WORDS["other"]


def named(name: str, kind: object) -> str:
    """Return a place's name, with what it is in brackets where the name does not say so.

    >>> named("Birmingham Central", "library"), named("Oldbury Library", "library")
    ('Birmingham Central (library)', 'Oldbury Library')
    """
    said = SAID_BY.get(str(kind), (kind_words(kind),))
    told = any(re.search(rf"\b{re.escape(word)}", name, re.IGNORECASE) for word in said)
    return name if told else f"{name} ({kind_words(kind)})"


def robustness(view: CaseView, site_id: str) -> tuple[Figure | None, str]:
    """Return how often a site is chosen in tested weightings, and the sentence about it.

    `None` and an empty text where the ranking does not have them.
    """
    table = view.ranking
    sentence = ""
    if "robustness_sentence" in table.columns:
        held = table.cell(site_id, "robustness_sentence")
        sentence = "" if pd.isna(held) else clean(held)
    if "chosen_pct" not in table.columns or pd.isna(table.cell(site_id, "chosen_pct")):
        return None, sentence
    return coarse(view.figures.cite("ranking", site_id, "chosen_pct"), 0), sentence


def quoted_column(
    figures: Figures,
    table: str,
    rows: Sequence[str],
    column: str,
    *,
    ranges: bool = True,
    read: Callable[[Figure], Figure] | None = None,
) -> dict[str, Any]:
    """Quote a column: texts, ids in one run of letters, and ranges where any row has one.

    Parameters
    ----------
    rows
        Keys of the rows, in the order asked for.
    read
        How a figure is to be read, where with fewer decimals than it has.
    """
    cited = [figures.cite(table, row, column) for row in rows]
    shown = cited if read is None else [read(figure) for figure in cited]
    quoted: dict[str, Any] = {
        "text": [figure.text for figure in shown],
        "ids": "".join(figure.fig_id.removeprefix("F-") for figure in cited),
    }
    spans = [figure.range_text for figure in shown] if ranges else []
    if any(spans):
        quoted["range"] = spans
    return quoted
