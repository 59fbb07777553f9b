"""Sites as maps list them: the chosen first, then by rank, and which of them carry a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from maps.view import CaseView

__all__ = ["NUMBERED", "ordered_sites", "site_points"]

NUMBERED = 20
STATUS_ORDER = {"ranked": 0, "to verify": 0, "excluded": 1, "not ranked": 2}


def ordered_sites(view: CaseView) -> pd.DataFrame:
    """Return the ranking as maps list it: the chosen by rank, then the others by rank, then the rest.

    Adds `numbered`: whether the map writes the site's rank (all the chosen, and the best others up
    to `NUMBERED` in all).
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
    frame["numbered"] = (frame["chosen"] & shown) | (place <= room).fillna(False)  # noqa: FBT003
    return frame


def site_points(view: CaseView, site_ids: pd.Series[str]) -> NDArray[Any]:
    """Return points in EPSG:27700 in the order asked for; empty where there is no exact place."""
    held = dict(zip(view.sites["site_id"].astype(str), view.sites.geometry, strict=True))
    points = [held.get(str(site_id)) for site_id in site_ids]
    return np.array([p if p is not None else shapely.Point() for p in points], dtype=object)
