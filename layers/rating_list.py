"""The VOA rating list in a study: offices that are public places, stations that may carry masts.

The list does not say whether a property is empty. An office in it is a candidate to look at, no
more; who occupies it, or that nobody is named, is never read as vacancy.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.ledger import Ledger, apart, newest_first, stack
from layers.sites import Places, fold_place

__all__ = ["RatingList", "same_address"]

SHORTEST_NAME = 5
NO_PLACE = "no public-sector place has its address"
COLUMNS = ("src", "record", "kind", "ba_reference", "name", "street", "postcode", "effective_date")


class RatingList:
    """The rows of all rating lists, newest first, and what became of each."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._readings = newest_first(ledger.of("voa_rating"))
        self.rows = stack([r.frame for r in self._readings], COLUMNS)
        self.rows = self.rows.reset_index(drop=True)
        self._reasons = np.full(len(self.rows), NO_PLACE, dtype=object)
        mast = (self.rows["kind"] == "mast").to_numpy(dtype=bool)
        self._reasons[mast] = "no position, or not near the study area"

    def __len__(self) -> int:
        return len(self.rows)

    def use(self, at: pd.Index) -> None:
        """Note that rows were used."""
        self._reasons[at.to_numpy()] = ""

    def pass_over(self, at: pd.Index, reason: str) -> None:
        """Note why rows were not used."""
        self._reasons[at.to_numpy()] = reason

    def settle(self) -> None:
        """Give every row its fate."""
        start = 0
        for reading in self._readings:
            stop = start + len(reading.frame)
            reasons = self._reasons[start:stop]
            if len(reasons) and not (reasons == "").any():
                self._ledger.leave(reading, "none of its offices and stations is in use here")
            else:
                self._ledger.settle(apart(reading, reasons))
            start = stop

    def references(self) -> set[str]:
        """Return the billing authorities' references of all properties in the lists."""
        return set(self.rows["ba_reference"].astype("str").str.strip()) - {""}

    def offices(self, places: Places) -> pd.DataFrame:
        """Return the offices that are public-sector places: `id src record effective_date`."""
        rows = self.rows[self.rows["kind"] == "office"]
        address = rows["name"].astype("str") + " " + rows["street"].astype("str")
        found = same_address(rows["postcode"], address, places)
        self.use(pd.Index(found["at"].unique()))
        made = found.merge(rows, left_on="at", right_index=True)
        return made[["id", "src", "record", "effective_date"]].reset_index(drop=True)

    def stations(self) -> pd.DataFrame:
        """Return the communication stations, their index that of `rows`."""
        return self.rows[self.rows["kind"] == "mast"]


def same_address(postcode: pd.Series, address: pd.Series, places: Places) -> pd.DataFrame:
    """Find the public-sector places that addresses are of.

    An address is of a place where the postcodes are the same and the place's name stands in it.

    Returns
    -------
    DataFrame
        `at` (index of the address) and `id` of the place, each pair once, in that order.
    """
    given = pd.DataFrame(
        {
            "at": postcode.index,
            "postcode": postcode.astype("str").to_numpy(dtype=object),
            "address": fold_place(address.astype("str")).to_numpy(dtype=object),
        }
    )
    rows = places.rows[["id", "name", "postcode"]].drop_duplicates()
    rows = rows.assign(name=fold_place(rows["name"].astype("str")))
    rows = rows[(rows["postcode"] != "") & (rows["name"].str.len() >= SHORTEST_NAME)]
    given = given[given["postcode"] != ""]
    pairs = given.merge(rows.astype({"postcode": object}), on="postcode")
    if pairs.empty:
        return pd.DataFrame({"at": pd.Series(dtype="int64"), "id": pd.Series(dtype="str")})
    held = [n in a for n, a in zip(pairs["name"], pairs["address"], strict=True)]
    found = pairs.loc[held, ["at", "id"]].drop_duplicates()
    return found.sort_values(["at", "id"], ignore_index=True)
