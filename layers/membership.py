"""Which small area lies in which larger one, from the publishers' lookups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.ledger import Ledger, apart, newest_first

__all__ = ["WHOLE_OVERLAP", "Lookups"]

FORMAT = "lookups"
# a lookup's overlap is rounded and its boundaries are generalised: 0.99 is "all of it"
WHOLE_OVERLAP = 0.99


class Lookups:
    """All lookup files of a study, asked for one relation at a time.

    Each unit takes its answer from the newest file that has one. What was asked of each row is
    remembered, so that `settle` can say which rows were used.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._readings = newest_first(ledger.of(FORMAT))
        self._used: dict[str, NDArray[np.bool_]] = {
            item.source.src: np.zeros(len(item.frame), dtype=bool) for item in self._readings
        }

    def relation(self, start: str, end: str, within: set[str] | None = None) -> pd.DataFrame:
        """Return one row a unit of level `start` with its unit of level `end`.

        Parameters
        ----------
        start, end
            Levels as the lookups' columns call them, such as `lsoa21` and `lad`.
        within
            Where given, only rows whose `end` is one of these count.

        Returns
        -------
        DataFrame
            `start`, `end`, `<end>_name` and `overlap` (missing where a file has none), `src`,
            `record`; empty where no lookup has both levels.
        """
        wanted = [start, end, f"{end}_name", "overlap", "change", "src", "record"]
        parts: list[pd.DataFrame] = []
        known: set[str] = set()
        for reading in self._readings:
            frame = reading.frame
            if start not in frame or end not in frame:
                continue
            fit = (frame[start] != "") & (frame[end] != "") & ~frame[start].isin(known)
            if within is not None:
                fit &= frame[end].isin(within)
            fit &= ~frame[start].where(fit).duplicated()
            self._used[reading.source.src] |= fit.to_numpy(dtype=bool)
            part = frame.loc[fit]
            known |= set(part[start])
            parts.append(part.reindex(columns=wanted))
        if not parts:
            return pd.DataFrame(columns=wanted)
        filled = [part for part in parts if len(part)] or parts[:1]
        return pd.concat([part.astype(object) for part in filled], ignore_index=True)

    def main_district(self, level: str, districts: set[str]) -> pd.DataFrame:
        """Return each constituency of the study with its main district.

        The publishers' own lookup is taken where there is one (`overlap` is the share in the main
        district); otherwise the district with most of the constituency's small areas.

        Returns
        -------
        DataFrame
            `id`, `lad`, `overlap`, ordered by `id`.
        """
        direct = [
            r for r in self._readings if {level, "lad"} <= set(r.frame) and "lsoa21" not in r.frame
        ]
        for reading in direct:
            frame = reading.frame
            fit = frame["lad"].isin(districts) & (frame[level] != "")
            if "overlap" in frame:
                best = frame["overlap"].groupby(frame[level]).transform("max")
                fit &= frame["overlap"] == best
            fit &= ~frame[level].where(fit).duplicated()
            if fit.any():
                self._used[reading.source.src] |= fit.to_numpy(dtype=bool)
                found = frame.loc[fit].reindex(columns=[level, "lad", "overlap"])
                return found.rename(columns={level: "id"}).sort_values("id", ignore_index=True)
        areas = self.relation("lsoa21", level).merge(
            self.relation("lsoa21", "lad")[["lsoa21", "lad"]], on="lsoa21"
        )
        if areas.empty:
            return pd.DataFrame(columns=["id", "lad", "overlap"])
        counts = areas.groupby([level, "lad"]).size().rename("n").reset_index()
        counts["overlap"] = counts["n"] / counts.groupby(level)["n"].transform("sum")
        counts = counts.sort_values([level, "overlap", "lad"], ascending=[True, False, True])
        main = counts.drop_duplicates(level)
        main = main[main["lad"].isin(districts)]
        return main.rename(columns={level: "id"})[["id", "lad", "overlap"]].reset_index(drop=True)

    def settle(self, ledger: Ledger, areas: set[str], districts: set[str]) -> None:
        """Set aside the rows that no relation used, or that lie outside the study."""
        for reading in self._readings:
            frame = reading.frame
            used = self._used[reading.source.src]
            outside = np.zeros(len(frame), dtype=bool)
            if "lsoa21" in frame:
                outside |= ~frame["lsoa21"].isin(areas).to_numpy(dtype=bool)
            elif "lad" in frame:
                outside |= ~frame["lad"].isin(districts).to_numpy(dtype=bool)
            if not (used & ~outside).any():
                ledger.leave(reading, "no layer needs this lookup, or a newer one says the same")
                continue
            reasons = np.where(outside, "outside the study area", "")
            reasons = np.where(~used & ~outside, "same unit in a newer lookup", reasons)
            ledger.settle(apart(reading, reasons))
