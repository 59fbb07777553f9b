"""Masts of a study from all lists: OpenStreetMap, the user's own, and the rating list.

A station of the rating list stands at its postcode, some hundred metres from the truth; one that
near a mast of another list is taken for the same. All lists together are still incomplete.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from layers.boundaries import Ground
from layers.ledger import Ledger, apart, newest_first, stack
from layers.parameters import Parameters
from layers.postcodes import Gazetteer
from layers.rating_list import RatingList
from layers.transport import MARGIN

__all__ = ["listed_masts", "masts"]

COLUMNS = ("id", "src", "record", "name", "kind", "easting", "northing", "height_m")
SAME_MAST_M = 50.0
SAME_STATION_M = 250.0
NEAR = "more than {:,.0f} m outside the study area"


def listed_masts(ledger: Ledger, ground: Ground, parameters: Parameters) -> pd.DataFrame | None:
    """Return the masts of the study's own lists near the study area, each once."""
    margin = parameters.value(MARGIN)
    parts: list[pd.DataFrame] = []
    for reading in newest_first(ledger.of("mast_list")):
        frame = reading.frame
        xy = frame[["easting", "northing"]].to_numpy(float)
        reasons = np.where(ground.near(xy[:, 0], xy[:, 1], margin), "", NEAR.format(margin)).astype(
            object
        )
        reasons[_close(xy, parts, SAME_MAST_M)] = (
            f"the same mast as in another list (within {SAME_MAST_M:.0f} m)"
        )
        reasons[np.isin(reasons, [""]) & frame.duplicated(["easting", "northing"]).to_numpy()] = "the same position again"  # fmt: skip
        ledger.settle(apart(reading, reasons))
        kept = frame.loc[reasons == ""]
        name = kept["name"] if "name" in kept else kept["mast_id"]
        parts.append(kept.assign(id="mast:" + reading.source.src + "/" + kept["mast_id"], name=name, kind="mast"))  # fmt: skip
    made = stack(parts, COLUMNS)
    return made if len(made) else None


def masts(
    ground: Ground,
    parameters: Parameters,
    listed: pd.DataFrame | None,
    known: pd.DataFrame | None,
    rating: RatingList,
    posts: Gazetteer,
) -> pd.DataFrame | None:
    """Return every mast near the study area once, the most exact list first.

    Parameters
    ----------
    listed
        Masts of the study's own lists, which alone say their heights as surveyed.
    known
        OpenStreetMap's, less those that are in a list.
    rating
        Its stations are settled by its own `settle`, later.

    Returns
    -------
    DataFrame or None
        `id src record name kind easting northing height_m` in metres (EPSG:27700), ordered by `id`;
        `height_m` above ground is missing where no list says it.
    """
    parts = [part for part in (listed, known) if part is not None]
    parts.append(_stations(rating, ground, parameters.value(MARGIN), posts, parts))
    made = stack(parts, COLUMNS)
    made["height_m"] = pd.to_numeric(made["height_m"], errors="coerce").astype(float)
    return made.sort_values("id", ignore_index=True) if len(made) else None


def _stations(
    rating: RatingList, ground: Ground, margin: float, posts: Gazetteer, parts: list[pd.DataFrame]
) -> pd.DataFrame:
    rows = rating.stations()
    if rows.empty or not len(posts):
        return pd.DataFrame(columns=list(COLUMNS))
    spot = posts.locate(rows["postcode"])
    xy = spot[["easting", "northing"]].to_numpy(float)
    placed = np.isfinite(xy).all(axis=1)
    near = np.zeros(len(rows), dtype=bool)
    near[placed] = ground.near(xy[placed, 0], xy[placed, 1], margin)
    same = _close(xy, parts, SAME_STATION_M)
    again = pd.DataFrame(xy).duplicated().to_numpy() & placed
    rating.pass_over(rows.index[near & same], f"a mast of another list stands within {SAME_STATION_M:.0f} m")  # fmt: skip
    rating.pass_over(rows.index[near & again & ~same], "another station at the same postcode")
    keep = near & ~same & ~again
    rating.use(rows.index[keep])
    kept = rows[keep]
    ids = "voa:" + kept["src"].astype("str") + "/" + kept["record"].astype("str")
    return pd.DataFrame(
        {
            "id": ids, "src": kept["src"], "record": kept["record"],
            "name": "communication station at " + kept["postcode"].astype("str"), "kind": "mast",
            "easting": xy[keep, 0], "northing": xy[keep, 1],
        }
    )  # fmt: skip


def _close(
    xy: NDArray[np.float64], parts: list[pd.DataFrame], within_m: float
) -> NDArray[np.bool_]:
    """Whether positions are within a distance of masts that are already there."""
    held = [p[["easting", "northing"]].to_numpy(float) for p in parts if len(p)]
    found = np.zeros(len(xy), dtype=bool)
    placed = np.isfinite(xy).all(axis=1)
    if held and placed.any():
        distance, _ = cKDTree(np.concatenate(held)).query(xy[placed])
        found[placed] = distance <= within_m
    return found
