"""Ofcom's grades of mobile coverage by address, from saved answers; stricter than Connected Nations."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.formats.ofcom_mobile_api import GRADES
from layers.ledger import OUTSIDE, Ledger, apart, newest_first, stack
from layers.positions import Positions
from layers.postcodes import Gazetteer

__all__ = ["CHECK_COLUMNS", "mobile_checks"]

CHECK_COLUMNS = (
    "id", "src", "record", "easting", "northing", "area", "uprn", "postcode", "location",
    "data_outdoor_likely", "data_indoor_likely", *GRADES, "grade", "route",
)  # fmt: skip
ADDRESS = "Ofcom's grade for the address, 0 to 4; stricter than Connected Nations"


def mobile_checks(
    ledger: Ledger, ground: Ground, where: Positions, places: Gazetteer
) -> pd.DataFrame | None:
    """Return the addresses of saved answers, placed by UPRN, else at their postcode.

    Returns
    -------
    DataFrame or None
        `CHECK_COLUMNS`: a grade of 0 to 4 by operator, service and place, missing where not
        answered, and how many operators have grade 4. Ordered by `id`.
    """
    parts: list[pd.DataFrame] = []
    seen: set[int] = set()
    for reading in newest_first(ledger.of("ofcom_mobile_api")):
        frame = reading.frame
        uprn = frame["uprn"].astype("int64")
        x, y = where.locate(uprn)
        exact = np.isfinite(x)
        spot = places.locate(frame["postcode"])
        x = np.where(exact, x, spot["easting"].to_numpy(float))
        y = np.where(exact, y, spot["northing"].to_numpy(float))
        place = ground.place(x, y)
        reasons = np.where(place < 0, OUTSIDE, "").astype(object)
        reasons[~np.isfinite(x)] = "neither its UPRN nor its postcode has a position"
        reasons[uprn.isin(seen).to_numpy(bool)] = "same address in a newer answer"
        keep = reasons == ""
        ledger.settle(apart(reading, reasons))
        seen |= set(uprn[keep])
        kept = frame.loc[keep]
        parts.append(
            kept.assign(
                id="uprn:" + uprn[keep].astype("str"),
                uprn=uprn[keep],
                easting=x[keep],
                northing=y[keep],
                area=ground.column(place[keep], "id").to_numpy(),
                location=np.where(exact[keep], "exact", "postcode"),
                grade="measured",
                route=ADDRESS,
            )
        )
    made = stack(parts, CHECK_COLUMNS)
    if made.empty:
        return None
    for name in (*GRADES, "data_outdoor_likely", "data_indoor_likely"):
        made[name] = made[name].astype(float)
    return made.sort_values("id", ignore_index=True)
