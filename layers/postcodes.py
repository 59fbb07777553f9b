"""Live postcodes of the study area, and where any postcode is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.boundaries import Ground
from layers.grid import in_britain
from layers.join_keys import among
from layers.ledger import OUTSIDE, Ledger, apart, newest_first, stack
from layers.source import Reading

__all__ = ["Gazetteer", "gazetteer", "postcodes"]

FORMATS = ("onspd", "code_point_open")
COLUMNS = ("id", "easting", "northing", "area", "lad", "oa21", "src", "record")
NO_POSITION_QUALITY = 90


class Gazetteer:
    """Where postcodes are: every one of the sources, inside the study area and out, live or ended.

    `frame` is indexed by postcode: `easting northing live src`.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def locate(self, cells: pd.Series) -> pd.DataFrame:
        """Return `easting northing src` for each postcode, missing where it is not known."""
        found = self.frame.reindex(cells.astype(object))[["easting", "northing", "src"]]
        return found.reset_index(drop=True)

    def __len__(self) -> int:
        return len(self.frame)


def gazetteer(ledger: Ledger) -> Gazetteer:
    """Collect the positions of all postcodes; a live entry counts before an ended one."""
    parts = [_positions(reading) for key in FORMATS for reading in newest_first(ledger.of(key))]
    whole = stack(parts, ["postcode", "easting", "northing", "live", "src"])
    if whole.empty:
        return Gazetteer(whole.set_index("postcode"))
    whole = whole.sort_values("live", ascending=False, kind="stable").drop_duplicates("postcode")
    return Gazetteer(whole.set_index("postcode"))


def _positions(reading: Reading) -> pd.DataFrame:
    frame = reading.frame
    good = in_britain(frame["easting"].to_numpy(float), frame["northing"].to_numpy(float))
    live = (
        (frame["terminated"] == "")
        if "terminated" in frame
        else pd.Series(data=True, index=frame.index)
    )
    part = frame[["postcode", "easting", "northing", "src"]].assign(live=live.astype(bool))
    return part.loc[good]


def postcodes(ledger: Ledger, ground: Ground) -> pd.DataFrame | None:
    """Return the live postcodes of the study area.

    The ONS Postcode Directory is taken first where the study has it (it knows which postcodes have
    ended); Code-Point Open fills in the rest.

    Returns
    -------
    DataFrame or None
        `id` (the postcode), `easting northing` in metres (EPSG:27700), `area`, `lad`, `oa21`
        (empty where not known), `src record`, ordered by `id`; `None` without a source.
    """
    parts: list[pd.DataFrame] = []
    known: set[str] = set()
    for key in FORMATS:
        for reading in newest_first(ledger.of(key)):
            made, reasons = _inside(reading, ground, known)
            known |= set(made["id"])
            parts.append(made)
            ledger.settle(apart(reading, reasons))
    if not parts or not known:
        return None
    return stack(parts, COLUMNS).sort_values("id", ignore_index=True)


def _inside(
    reading: Reading, ground: Ground, known: set[str]
) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """Return the live postcodes of one file inside the study, and why the others are not wanted."""
    frame = reading.frame
    x, y = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
    place = ground.place(x, y)
    if "lsoa21" in frame:  # published for the postcode: better than a point in a drawn polygon
        order = pd.Series(np.arange(len(ground.areas)), index=ground.areas["id"].to_numpy())
        published = order.reindex(frame["lsoa21"].astype(object)).to_numpy()
        place = np.where(np.isnan(published), place, np.nan_to_num(published)).astype(np.int64)
    reasons = np.full(len(frame), "", dtype=object)
    reasons[place < 0] = OUTSIDE
    reasons[among(frame["postcode"], known)] = "same postcode in a fuller file"
    reasons[frame["postcode"].duplicated().to_numpy()] = "same postcode earlier in the file"
    if "terminated" in frame:
        reasons[(frame["terminated"] != "").to_numpy(dtype=bool)] = "ended postcode"
    nowhere = ~in_britain(x, y)
    if "quality" in frame:
        nowhere |= (frame["quality"] == NO_POSITION_QUALITY).to_numpy(dtype=bool)
    reasons[nowhere] = "no position"
    keep = reasons == ""
    part = frame.loc[keep]
    at = place[keep]
    made = pd.DataFrame(
        {
            "id": part["postcode"].to_numpy(),
            "easting": x[keep],
            "northing": y[keep],
            "area": ground.column(at, "id").to_numpy(),
            "lad": ground.column(at, "lad").to_numpy(),
            "oa21": part["oa21"].to_numpy() if "oa21" in part else "",
            "src": part["src"].to_numpy(),
            "record": part["record"].to_numpy(),
        }
    )
    return made, reasons
