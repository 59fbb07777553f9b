"""Signal strength at points: measured on a drive, predicted on a grid, or graded by address.

Three kinds that are not mixed: `measured` and `predicted` SS-RSRP in dBm (`signal_points`), and the
grades of Ofcom's saved answers by address (`mobile_checks`), which are stricter than Connected Nations.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.boundaries import Ground
from layers.formats.ofcom_mobile_api import GRADES
from layers.ledger import OUTSIDE, Ledger, apart, newest_first, stack
from layers.parameters import Parameters
from layers.postcodes import Gazetteer
from layers.premises import Positions
from layers.transport import MARGIN

__all__ = ["CHECK_COLUMNS", "SIGNAL_COLUMNS", "mobile_checks", "signal_points"]

SIGNAL_COLUMNS = (
    "id", "src", "record", "easting", "northing", "kind", "operator", "technology", "rsrp_dbm",
    "download_mbps", "measured_at", "grade", "route",
)  # fmt: skip
CHECK_COLUMNS = (
    "id", "src", "record", "easting", "northing", "area", "uprn", "postcode", "location",
    "data_outdoor_likely", "data_indoor_likely", *GRADES, "grade", "route",
)  # fmt: skip
KINDS = {
    "drive_test": ("measured", "measured", "drive test: holds where and when it was made"),
    "signal_pixels": ("predicted", "modelled", "an operator's prediction for a cell of a grid"),
}
ADDRESS = "Ofcom's grade for the address, 0 to 4; stricter than Connected Nations"


def signal_points(
    ledger: Ledger, ground: Ground, parameters: Parameters
) -> pd.DataFrame | None:  # fmt: skip
    """Return measured and predicted signal strength within `catchment.margin_m` of the study.

    Returns
    -------
    DataFrame or None
        `SIGNAL_COLUMNS`; `rsrp_dbm` in dBm, positions in metres (EPSG:27700), `download_mbps` missing
        and `measured_at` empty where the file has none. Ordered by `id`.
    """
    margin = parameters.value(MARGIN)
    parts: list[pd.DataFrame] = []
    for key, (kind, grade, route) in KINDS.items():
        for reading in ledger.of(key):
            frame = reading.frame
            x, y = frame["easting"].to_numpy(float), frame["northing"].to_numpy(float)
            near = ground.near(x, y, margin)
            far = f"more than {margin:,.0f} m outside the study area"
            ledger.settle(apart(reading, np.where(near, "", far)))
            kept = frame.loc[near]
            name = kept["src"].astype("str") + ":" + kept["record"].astype("str")
            parts.append(kept.assign(id="signal:" + name, kind=kind, grade=grade, route=route))
    made = stack(parts, SIGNAL_COLUMNS)
    if made.empty:
        return None
    for text in ("operator", "technology", "measured_at"):
        made[text] = made[text].fillna("").astype("str")
    made["download_mbps"] = made["download_mbps"].astype(float)
    return made.sort_values("id", ignore_index=True)


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
